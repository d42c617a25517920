"""What another program needs to ask "what if …?" of a region's plan: the problem as it was solved, and its words.

    from pathlib import Path
    from musubime.siting import WhatIf, changes
    from musubime.studies import PlanOptions, open_workshop

    shop = open_workshop(Path("town"), PlanOptions(), keep=Path("town.workshop"))
    place, clinic = shop.place_at["P-F005"], shop.service_at["clinic"]
    asked = (changes.MustHub(place), changes.MayOpen(place, clinic, False))
    engine = WhatIf(shop.problem, shop.solution)
    answer = shop.tell(engine.answer(*asked, seconds=0.2), *asked)
    print(answer.model_dump_json())
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from musubime import __version__
from musubime import parameters as shipped
from musubime.errors import InputError
from musubime.language import LANGUAGES, Text, text, verbatim
from musubime.provenance import Ledger
from musubime.region import Region
from musubime.siting import Change, HubProblem, HubSolution, apply

from . import document as d
from .alternatives import Answer, answer_reference, no_reference
from .assemble_hubs import alternative, nearest_hubs, offered_in_years
from .basis import PlanBasis, basis_of_plan, problem_of_plan
from .options import PlanOptions
from .outlook import look_ahead
from .plan_file import read_plan
from .today import look_at_today
from .workshop_document import (
    SettlementAnswer,
    WorkshopAnswer,
    WorkshopBuilding,
    WorkshopService,
    WorkshopSettlement,
    WorkshopSite,
)
from .workshop_file import read_workshop, write_workshop


@dataclass(frozen=True)
class Workshop:
    """A plan's problem with its solution, and what is needed to tell any other solution of it, or of the problem
    with `siting.changes`, in the terms of plan.json. Made by `open_workshop`; may be pickled; `save` and `load` keep it
    in one file without pickle.

    problem, solution: the reference of `musubime plan`; hand both to `siting.WhatIf`. The problem's arrays are in the
    order of `settlements`, `sites`, `services` and of the buildings within the sites; a `siting.changes` names a thing
    by its position, which each of them has as `position` and `place_at`, `service_at`, `building_at` give for an id.
    made_from: what `fingerprint` gave for the region and the options.
    """

    problem: HubProblem
    solution: HubSolution
    basis: PlanBasis
    made_from: str

    @cached_property
    def place_at(self) -> dict[str, int]:
        return {key: at for at, key in enumerate(self.problem.place_ids)}

    @cached_property
    def service_at(self) -> dict[str, int]:
        return {key: at for at, key in enumerate(self.problem.service_ids)}

    @cached_property
    def building_at(self) -> dict[str, int]:
        return {key: at for at, key in enumerate(self.problem.building_ids)}

    @cached_property
    def settlement_at(self) -> dict[str, int]:
        return {key: at for at, key in enumerate(self.problem.settlement_ids)}

    @cached_property
    def services(self) -> tuple[WorkshopService, ...]:
        b, p = self.basis, self.problem
        return tuple(
            WorkshopService(
                position=s, id=key, name=d.Words(ja=b.service_names_ja[s], en=b.service_names_en[s]),
                placeable=bool(b.placeable[s]), limit_min=float(p.limit_min[s]), min_users=float(p.min_users[s]))
            for s, key in enumerate(b.service_ids)
        )

    @cached_property
    def settlements(self) -> tuple[WorkshopSettlement, ...]:
        b = self.basis
        return tuple(
            WorkshopSettlement(
                position=i, id=key, name=b.settlement_names[i], district=b.districts[i],
                lon=float(b.settlement_lon[i]), lat=float(b.settlement_lat[i]),
                people={year: float(b.people[t, i]) for t, year in enumerate(b.years)},
                over_65={year: float(b.over_65[t, i]) for t, year in enumerate(b.years)})
            for i, key in enumerate(b.settlement_ids)
        )

    @cached_property
    def sites(self) -> tuple[WorkshopSite, ...]:
        b, p = self.basis, self.problem
        facility = {key: at for at, key in enumerate(b.facility_ids)}
        buildings: list[list[WorkshopBuilding]] = [[] for _ in p.place_ids]
        for at, key in enumerate(p.building_ids):
            f = facility[key]
            buildings[int(p.building_place[at])].append(WorkshopBuilding(
                position=at, id=key, name=b.facility_names[f], lon=float(b.facility_lon[f]),
                lat=float(b.facility_lat[f]), cost_jpy=float(p.building_cost_jpy[at]),
                floor_m2=float(p.floor_m2[at]) if np.isfinite(p.floor_m2[at]) else None))
        never = set(p.never_hubs)

        def named(row: np.ndarray) -> list[str]:
            return [p.service_ids[s] for s in np.flatnonzero(row)]

        return tuple(
            WorkshopSite(
                position=j, id=key, name=b.place_names[j], lon=float(b.place_lon[j]), lat=float(b.place_lat[j]),
                candidate=j not in never, buildings=buildings[j], stays=named(p.existing[j]),
                at_risk=named(p.rescue[j]), may_open=named(p.may_open[j]))
            for j, key in enumerate(p.place_ids)
        )

    def tell(
        self, solution: HubSolution, *changes: Change, name: Text | None = None, question: Text | None = None,
        id: str = "answer",
    ) -> WorkshopAnswer:
        """A solution of the problem with these changes, in the terms of plan.json. Takes some milliseconds.

        Hubs with their services, buildings, cost, people and people of 65 and over; served and unserved people of each
        year; where each settlement goes for what, which hub is its nearest, and what it lacks in which year.
        id, name, question: what the plan is called in the answer.
        """
        if not solution.is_feasible():
            return WorkshopAnswer(
                status=solution.status, why=[d.words(self._named(reason)) for reason in solution.why()], gap=None,
                plan=None, settlements=[])
        problem, b = apply(self.problem, *changes), self.basis
        answer = Answer(
            id, name or text("A plan tried out"), question or text("What if …?"), problem, solution)
        nearest, minutes = nearest_hubs(b, solution)
        lacks = [
            np.column_stack([
                b.car_min[:, column].min(axis=1) > limit if len(column) else np.ones(len(minutes), dtype=bool)
                for column, limit in zip(map(np.flatnonzero, offered.T), problem.limit_min, strict=True)
            ]) & b.placeable
            for offered in offered_in_years(b, self.problem, problem, solution)
        ]
        return WorkshopAnswer(
            status=solution.status, why=[], gap=solution.gap, plan=alternative(answer, self.problem, b),
            settlements=[
                SettlementAnswer(
                    id=key, hub=b.place_ids[nearest[i]] if nearest[i] >= 0 else None,
                    hub_min=float(minutes[i]) if nearest[i] >= 0 else None,
                    within_hub_limit=bool(minutes[i] <= b.hub_limit_min),
                    lacking={
                        year: [b.service_ids[s] for s in np.flatnonzero(row[i])]
                        for year, row in zip(b.years[1:], lacks, strict=True)})
                for i, key in enumerate(b.settlement_ids)
            ],
        )

    def _named(self, reason: Text) -> Text:
        """With names where the engine says ids."""
        b, p = self.basis, self.problem
        names = dict(zip(b.facility_ids, b.facility_names, strict=True))
        known = {key: {"ja": names[key], "en": names[key]} for key in p.building_ids}
        for ids, told in ((p.settlement_ids, b.settlement_names), (p.place_ids, b.place_names)):
            known |= {key: {"ja": name, "en": name} for key, name in zip(ids, told, strict=True)}
        known |= {service.id: service.name.model_dump() for service in self.services}

        def one(part: str, language: str) -> str:
            """An id, "service (place)", or an id with the count of a list cut short."""
            if part in known:
                return str(known[part][language])
            found = re.fullmatch(r"(\S+?)( … \(\d+\)| \((.+)\))", part)
            if not found or found[1] not in known:
                return part
            head, tail, place = found[1], found[2], found[3]
            return str(known[head][language]) + (f" ({known[place][language]})" if place in known else tail)

        return Text(reason.template, tuple(
            (field, verbatim({
                language: ", ".join(one(part, language) for part in value.split(", ")) for language in LANGUAGES
            }) if isinstance(value, str) else value)
            for field, value in reason.values))

    def save(self, path: Path) -> None:
        """Keep it in one file (npz with JSON, no pickle), written in one step."""
        write_workshop(path, self.problem, self.solution, self.basis, self.made_from)

    @classmethod
    def load(cls, path: Path) -> Workshop:
        """What `save` kept, in some milliseconds. Raises InputError when the file is something else."""
        return cls(*read_workshop(path))


def fingerprint(region: Path, options: PlanOptions) -> str:
    """Changes when a file of the region's folder, an option or the version of Musubime does."""
    digest = hashlib.sha256(f"{__version__} {options!r}".encode())
    for file in sorted(path for path in region.rglob("*") if path.is_file()):
        digest.update(str(file.relative_to(region)).encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def open_workshop(
    region: Path, options: PlanOptions | None = None, *, plan: Path | None = None, keep: Path | None = None,
    progress: Callable[[Text], None] | None = None,
) -> Workshop:
    """The workshop of a region's folder: the problem that `musubime plan` solves with these options, solved.

    Only what the problem needs is worked out: no alternatives, sensitivity, road cuts and pages (a few seconds where
    the plan takes half a minute). plan: instead of options, the folder or plan.json of a finished plan, whose years,
    hubs, budget and seed are taken. keep: a file to load when it was made from the same region, options and version,
    and to write otherwise. progress: told each step.

    Raises InputError with every fault of the region and of the options, or with what conflicts when no plan meets
    everything that is asked.
    """
    say = progress or (lambda _: None)
    if plan is not None:
        options = options_of(plan)
    asked = options or PlanOptions()
    made_from = fingerprint(region, asked)
    if keep is not None and keep.is_file():
        try:
            kept = Workshop.load(keep)
        except InputError:
            kept = None  # of another version, or cut short: it is made again
        if kept is not None and kept.made_from == made_from:
            return kept
    shop = make_workshop(Region.open(region), asked, made_from, say)
    if keep is not None:
        shop.save(keep)
    return shop


def make_workshop(
    region: Region, options: PlanOptions, made_from: str = "", progress: Callable[[Text], None] | None = None
) -> Workshop:
    """The workshop of a region that is open already."""
    say = progress or (lambda _: None)
    if blocking := [fault for fault in [*region.check(), *options.faults(region)] if fault.blocks]:
        raise InputError(blocking)
    parameters = shipped.load(overrides=region.parameters)
    say(text("Looking at who reaches what today"))
    today = look_at_today(region, parameters, Ledger(list(region.ledger.sources), list(region.ledger.notes)))
    say(text("Projecting people to {year}", year=options.years[-1]))
    outlook = look_ahead(today, options.years, options.plan_year, options.seed)
    say(text("Looking for hubs"))
    answer = answer_reference(problem_of_plan(today, outlook, options), options.seconds_per_solve)
    if not answer.solution.is_feasible():
        raise InputError(no_reference(answer.solution))
    return Workshop(answer.problem, answer.solution, basis_of_plan(today, outlook, options.plan_year), made_from)


def options_of(plan: Path) -> PlanOptions:
    """What a finished plan was asked for: plan.json or its folder."""
    document = read_plan(plan / "plan.json" if plan.is_dir() else plan)
    return PlanOptions(
        years=tuple(document.years[1:]), hubs=document.asked_hubs, budget_jpy=document.asked_budget_jpy,
        seed=document.seed)
