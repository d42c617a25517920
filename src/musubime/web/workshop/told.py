"""An answer as people see it: figures against the plan on the wall, who gains and who loses, and what is kept of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from musubime.language import Text, text, verbatim
from musubime.siting import Change, HubProblem, HubSolution, apply, evaluate
from musubime.studies import Workshop
from musubime.studies.workshop_document import WorkshopAnswer

PROVEN = 1e-6
PEOPLE, MINUTES, YEN, COUNT = "people", "minutes", "yen", "count"


def decision_of(solution: HubSolution, shop: Workshop) -> dict[str, Any]:
    """What is kept of a solution: with it any server shows the same plan again, without solving."""
    p = shop.problem
    kept: dict[str, Any] = {"made_from": shop.made_from, "status": solution.status}
    if not solution.is_feasible():
        return kept | {"why": [dict(words) for words in (w.model_dump() for w in shop.tell(solution).why)]}
    return kept | {
        "bound_jpy": solution.bound_jpy, "objective_jpy": solution.objective_jpy,
        "hubs": [p.place_ids[j] for j in solution.hubs],
        "opened": [[p.place_ids[j], p.service_ids[s], p.building_ids[solution.building_of[j, s]]]
                   for j, s in np.argwhere(solution.building_of >= 0)],
        "kept": [[p.place_ids[j], p.service_ids[s]] for j, s in np.argwhere(solution.rescued)],
    }


def solution_of(kept: Mapping[str, Any], problem: HubProblem, shop: Workshop) -> HubSolution:
    """The solution of the changed problem from what was kept. Raises KeyError where it is of another workshop."""
    building_of = np.full(problem.existing.shape, -1, dtype=np.int64)
    rescued = np.zeros_like(problem.rescue)
    for place, service, building in kept["opened"]:
        building_of[shop.place_at[place], shop.service_at[service]] = shop.building_at[building]
    for place, service in kept["kept"]:
        rescued[shop.place_at[place], shop.service_at[service]] = True
    e = evaluate(problem, (shop.place_at[place] for place in kept["hubs"]), building_of, rescued)
    bound = min(float(kept["bound_jpy"]), e.objective_jpy)
    gap = (e.objective_jpy - bound) / e.objective_jpy if e.objective_jpy else 0.0
    status: Literal["optimal", "feasible"] = "optimal" if gap <= PROVEN else "feasible"
    return HubSolution(
        status=status, hubs=e.hubs, offered=e.offered, opened=e.opened, rescued=e.rescued, building_of=e.building_of,
        assigned=e.assigned, objective_jpy=e.objective_jpy, bound_jpy=bound, gap=gap, cost_jpy=e.cost_jpy, seconds=0.0)


@dataclass(frozen=True)
class Told:
    """One variant, told. answer.plan is None where there is no plan. objective_jpy: what is minimised."""

    answer: WorkshopAnswer
    objective_jpy: float
    year: int

    @property
    def found(self) -> bool:
        return self.answer.plan is not None

    @property
    def hub_ids(self) -> list[str]:
        return [hub.place for hub in self.answer.plan.hubs] if self.answer.plan else []


def tell(kept: Mapping[str, Any], changes: tuple[Change, ...], shop: Workshop) -> Told:
    """A kept decision, told in full."""
    year = shop.basis.plan_year
    if kept["status"] in {"infeasible", "unknown"}:
        answer = WorkshopAnswer(status=kept["status"], why=kept["why"], gap=None, plan=None, settlements=[])
        return Told(answer, float("inf"), year)
    solution = solution_of(kept, apply(shop.problem, *changes), shop)
    answer = shop.tell(solution, *changes)
    if answer.plan is not None:  # thousands of objects that no page shows, and that the collector would walk through
        answer = answer.model_copy(update={"plan": answer.plan.model_copy(update={"assignment": []})})
    return Told(answer, solution.objective_jpy, year)


def summary_of(told: Told) -> dict[str, Any]:
    """Figures for lists and exports, of the plan's own year."""
    plan = told.answer.plan
    if plan is None:
        return {"status": told.answer.status}
    m = plan.by_year[told.year]
    return {
        "status": told.answer.status, "gap": told.answer.gap, "year": told.year, "served_people": m.served_people,
        "unserved_people": m.unserved_people, "unserved_over_65": m.unserved_over_65, "mean_min": m.mean_min,
        "worst_min": m.worst_min, "cost_jpy_per_year": plan.cost_jpy_per_year, "hubs": [h.name for h in plan.hubs],
        "objective_jpy": told.objective_jpy,
    }


@dataclass(frozen=True)
class Figure:
    """One figure of a variant beside the plan's own. turn: "better", "worse", "same", or "other" where neither."""

    label: Text
    base: float | None
    now: float | None
    kind: str
    turn: str
    change: Text

    @property
    def digits(self) -> int:
        return 1 if self.kind == MINUTES else 0

    @property
    def arrow(self) -> str:
        difference = _difference(self)
        return "" if not difference else "▲" if difference > 0 else "▼"


def _difference(figure: Figure) -> float:
    if figure.base is None or figure.now is None:
        return 0.0
    return round(round(figure.now, figure.digits) - round(figure.base, figure.digits), figure.digits)  # as it is read


def figures(now: Mapping[str, Any], base: Mapping[str, Any]) -> list[Figure]:
    """Figures of a summary beside those of the plan without changes."""
    year = base["year"]
    rows = (
        (text("People who reach every service, {year}", year=year), "served_people", PEOPLE, 1),
        (text("People who lack at least one service, {year}", year=year), "unserved_people", PEOPLE, -1),
        (text("of them 65 or older"), "unserved_over_65", PEOPLE, -1),
        (text("Minutes to the nearest offer, on average"), "mean_min", MINUTES, -1),
        (text("Longest way that counts as within reach, minutes"), "worst_min", MINUTES, -1),
        (text("Cost a year, 10,000 yen"), "cost_jpy_per_year", YEN, -1),
        (text("Hubs"), "hubs", COUNT, 0),
    )
    out = []
    for label, name, kind, good in rows:
        a, b = base.get(name), now.get(name)
        a, b = (len(a), len(b or ())) if isinstance(a, list) else (a, b)
        if kind == YEN:
            a, b = (None if x is None else x / 10_000 for x in (a, b))
        out.append(_figure(label, a, b, kind, good))
    return out


def _figure(label: Text, base: float | None, now: float | None, kind: str, good: int) -> Figure:
    bare = Figure(label, base, now, kind, "same", text("as in the plan"))
    d = _difference(bare)
    if not d:
        return bare
    turn = "other" if not good else "better" if d * good > 0 else "worse"
    size = abs(d)
    if kind == MINUTES:
        change = text("{size:,.1f} minutes more", size=size) if d > 0 else text("{size:,.1f} minutes less", size=size)
    elif kind == YEN:
        change = text("{size:,.0f} × 10,000 yen more", size=size) if d > 0 else text(
            "{size:,.0f} × 10,000 yen less", size=size)
    elif kind == PEOPLE:
        change = text("{size:,.0f} people more", size=size) if d > 0 else text("{size:,.0f} people fewer", size=size)
    else:
        change = text("{size:,.0f} more", size=size) if d > 0 else text("{size:,.0f} fewer", size=size)
    return Figure(label, base, now, kind, turn, change)


@dataclass(frozen=True)
class Turn:
    """A settlement for which something changes. services: what it gains or loses."""

    id: str
    name: str
    district: str
    people: float
    services: tuple[Text, ...]

    @property
    def what(self) -> Text:
        return joined(self.services)


def joined(parts: tuple[Text, ...]) -> Text:
    """A list of names, in the reader's language."""
    return verbatim({"ja": "、".join(p.to("ja") for p in parts), "en": ", ".join(p.to("en") for p in parts)})


def gains_and_losses(now: Told, base: Told, shop: Workshop) -> tuple[list[Turn], list[Turn]]:
    """Settlements that reach a service which they lack under the plan, and the reverse; most people first."""
    gains: list[Turn] = []
    losses: list[Turn] = []
    for row, before, s in zip(now.answer.settlements, base.answer.settlements, shop.settlements, strict=True):
        lacks, lacked = set(row.lacking[now.year]), set(before.lacking[now.year])
        people = s.people[now.year]
        if people < 0.5:
            continue
        for out, services in ((gains, lacked - lacks), (losses, lacks - lacked)):
            if services:
                out.append(Turn(s.id, s.name, s.district, people, tuple(
                    verbatim(service.name.model_dump()) for service in shop.services if service.id in services)))
    return sorted(gains, key=lambda t: -t.people), sorted(losses, key=lambda t: -t.people)


def gap_in_words(status: str, gap: float | None) -> Text:
    """How far the plan can be from the best possible one, without a formula."""
    if gap is None:
        return text("No plan")
    if gap <= PROVEN:
        return text("No plan is better under these conditions: that is proven.")
    return text("At most {gap:.1%} from the best possible plan.", gap=math.ceil(gap * 1000 - 1e-9) / 1000)
