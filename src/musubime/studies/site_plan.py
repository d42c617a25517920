"""The plan's own model alone: the hubs of a region in one solve, without alternatives and pages."""

from __future__ import annotations

from dataclasses import dataclass

from musubime import parameters as shipped
from musubime.errors import InputError
from musubime.language import text
from musubime.provenance import Ledger
from musubime.region import Region
from musubime.siting import HubProblem, HubSolution, solve_hubs

from .basis import problem_of_plan
from .options import PlanOptions
from .outlook import look_ahead
from .site_input import Told
from .today import look_at_today


@dataclass(frozen=True)
class HubAnswer:
    """names: of the problem's places."""

    problem: HubProblem
    solution: HubSolution
    names: tuple[str, ...]


def solve_plan(
    region: Region, hubs: int | None, seconds: float, gap: float, told: Told, years: tuple[int, ...] | None = None
) -> HubAnswer:
    """The reference of `musubime plan`, solved to `gap`. Raises InputError with every fault of region and options."""
    options = PlanOptions(hubs=hubs) if years is None else PlanOptions(years=years, hubs=hubs)
    if blocking := [fault for fault in [*region.check(), *options.faults(region)] if fault.blocks]:
        raise InputError(blocking)
    parameters = shipped.load(overrides=region.parameters)
    told(text("Looking at who reaches what today"))
    today = look_at_today(region, parameters, Ledger(list(region.ledger.sources), list(region.ledger.notes)))
    told(text("Projecting people to {year}", year=options.years[-1]))
    outlook = look_ahead(today, options.years, options.plan_year)
    problem = problem_of_plan(today, outlook, options)
    told(text("Looking for hubs"))
    return HubAnswer(problem, solve_hubs(problem, seconds=seconds, gap=gap), today.places.names)
