"""Why there is no plan: the smallest set of requirements that cannot hold together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import combinations

import numpy as np

from musubime.language import Text, text

from ._core import make_core
from ._highs import new_highs, pass_program, run_milp
from ._milp import make_program
from .evaluate import unreached
from .model import HubProblem

_FREE: dict[str, Callable[[HubProblem], HubProblem]] = {
    "draws": lambda p: replace(p, hold_share=0.0),
    "viability": lambda p: replace(p, min_users=np.zeros_like(p.min_users)),
    "reach": lambda p: replace(p, reach_min=None),
    "hubs": lambda p: replace(p, hubs=None),
    "max_hubs": lambda p: replace(p, max_hubs=None),
    "budget": lambda p: replace(p, budget_jpy=None),
    "apart": lambda p: replace(p, apart=()),
    "open": lambda p: replace(p, must_open=()),
    "unused": lambda p: replace(p, never_buildings=()),
    "must": lambda p: replace(p, must_hubs=()),
    "never": lambda p: replace(p, never_hubs=()),
    "services": lambda p: replace(p, min_services=0),
    "floor": lambda p: replace(p, floor_m2=np.full_like(p.floor_m2, np.inf)),
}
"""How each group of requirements is given up, the costliest to keep first."""


def find_conflict(problem: HubProblem, *, seconds: float = 20.0) -> tuple[Text, ...]:
    """Requirements that conflict, as few as possible: giving up any one of them leaves a plan.

    A deletion filter finds a set from which nothing can be left out; every smaller set is then tried, since two
    such sets may differ in size. `seconds` limits each of the small feasibility programs.
    """
    present = [name for name in _FREE if _applies(problem, name)]
    kept = list(present)
    for name in present:
        fewer = [other for other in kept if other != name]
        if not _has_plan(_only(problem, fewer), seconds):
            kept = fewer
    for size in range(1, len(kept)):
        for names in combinations(present, size):
            if not _has_plan(_only(problem, names), seconds):
                return tuple(_sentence(problem, name) for name in names)
    return tuple(_sentence(problem, name) for name in kept)


def _only(problem: HubProblem, kept: Iterable[str]) -> HubProblem:
    for name in set(_FREE) - set(kept):
        problem = _FREE[name](problem)
    return problem


def _has_plan(problem: HubProblem, seconds: float) -> bool:
    """Is there any plan? A stop without an answer counts as yes, so that no requirement is accused unproven."""
    if problem.hubs is None and not problem.must_hubs and not problem.must_open and problem.reach_min is None:
        return problem.budget_jpy is None or problem.budget_jpy >= 0  # doing nothing is a plan
    program = make_program(make_core(problem), feasibility_only=True)
    highs = new_highs()
    pass_program(
        highs, cost=program.cost, constant=0.0, lower=program.lower, upper=program.upper,
        row_lower=program.row_lower, row_upper=program.row_upper, start=program.start, index=program.index,
        value=program.value, integer=program.integer,
    )
    return run_milp(highs, seconds=seconds, gap=1.0, start_values=None).status != "infeasible"


def _applies(problem: HubProblem, name: str) -> bool:
    return {
        "viability": bool((problem.min_users > 0).any()), "reach": problem.reach_min is not None,
        "draws": problem.draws is not None and problem.hold_share > 0 and bool((problem.min_users > 0).any()),
        "apart": bool(problem.apart), "open": bool(problem.must_open), "unused": bool(problem.never_buildings),
        "hubs": problem.hubs is not None,
        "max_hubs": problem.max_hubs is not None, "budget": problem.budget_jpy is not None,
        "must": bool(problem.must_hubs), "never": bool(problem.never_hubs),
        "services": problem.min_services > 0, "floor": bool(np.isfinite(problem.floor_m2).any()),
    }[name]


def _sentence(problem: HubProblem, name: str) -> Text:
    def places(positions: tuple[int, ...]) -> str:
        names = [problem.place_ids[j] for j in positions]
        return ", ".join(names[:5]) + (f" … ({len(names)})" if len(names) > 5 else "")

    opened = ", ".join(dict.fromkeys(
        f"{problem.service_ids[s]} ({problem.place_ids[j]})" for j, s, _ in problem.must_open[:5]))
    return {
        "draws": text("fewest users in {share:.0%} of the draws of the outlook", share=problem.hold_share),
        "reach": _reach_sentence(problem),
        "apart": text("hubs that keep their distance from one another"),
        "unused": text("buildings that are not to be used: {buildings}", buildings=", ".join(
            problem.building_ids[b] for b in problem.never_buildings[:5])),
        "open": text("what must be opened: {what}", what=opened),
        "viability": text("the fewest users that a new or kept service needs"),
        "hubs": text("exactly {hubs} hubs", hubs=problem.hubs),
        "max_hubs": text("at most {hubs} hubs", hubs=problem.max_hubs),
        "budget": text("a budget of {jpy:,.0f} yen a year", jpy=problem.budget_jpy or 0.0),
        "must": text("places that must be hubs: {places}", places=places(problem.must_hubs)),
        "never": text("places that must not be hubs: {places}", places=places(problem.never_hubs)),
        "services": text("at least {n} services at every hub", n=problem.min_services),
        "floor": text("the floor area of the buildings"),
    }[name]


def _reach_sentence(problem: HubProblem) -> Text:
    """Names the settlements that nothing within reach could serve, if there are any."""
    may = problem.existing | problem.rescue | problem.may_open
    alone = list(dict.fromkeys(problem.settlement_ids[i] for i, _ in unreached(problem, may)))
    if alone:
        return text("everybody within the stated reach of a service; nothing could be within reach of {settlements}",
                    settlements=", ".join(alone[:5]) + (f" … ({len(alone)})" if len(alone) > 5 else ""))
    return text("everybody within the stated reach of a service")
