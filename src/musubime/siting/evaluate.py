"""What a decision costs and whom it serves, counted plainly: the yardstick for every solver of this package."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from musubime.language import Text, text
from musubime.region import Floats, Ints

from ._viability import TOLERANCE, Views, views_of
from .model import Bools, HubProblem, HubSolution


@dataclass(frozen=True)
class Evaluation:
    """A decision counted out. users_at: (places, services) users of an average planning year who go there.
    holding: (places, services) weight of the draws in which a new or kept service has its fewest users, None
    without draws.

    broken: the requirements that the decision does not meet, empty when it may be carried out.
    """

    hubs: tuple[int, ...]
    building_of: Ints
    rescued: Bools
    offered: Bools
    assigned: Ints
    users_at: Floats
    travel_jpy: float
    cost_jpy: float
    broken: tuple[Text, ...]
    holding: Floats | None = None

    @property
    def objective_jpy(self) -> float:
        return self.travel_jpy + self.cost_jpy

    @property
    def opened(self) -> Bools:
        return np.asarray(self.building_of >= 0)


def weighted_users(problem: HubProblem) -> Floats:
    """Users of an average planning year: (settlements, services)."""
    return np.asarray(np.tensordot(problem.year_weights, problem.users, axes=1), dtype=np.float64)


def jpy_per_user_minute(problem: HubProblem) -> Floats:
    """What one user's one-way minute costs in a year, there and back: (services,)."""
    return np.asarray(problem.trips_per_year * 2.0 * problem.jpy_per_minute, dtype=np.float64)


def closest(problem: HubProblem, offered: Bools) -> Ints:
    """Place of the closest offer within the limit, the first of equals, -1 = not served: (settlements, services)."""
    assigned = np.full((len(problem.settlement_ids), len(problem.service_ids)), -1, dtype=np.int64)
    for s, limit in enumerate(problem.limit_min):
        places = np.flatnonzero(offered[:, s])
        if len(places):
            minutes = problem.minutes[:, places]
            nearest = minutes.argmin(axis=1)
            within = minutes[np.arange(len(minutes)), nearest] <= limit
            assigned[within, s] = places[nearest[within]]
    return assigned


def unreached(problem: HubProblem, offered: Bools) -> list[tuple[int, int]]:
    """Settlements and services that `reach_min` asks for and no offer meets."""
    if problem.reach_min is None:
        return []
    somebody = np.asarray((problem.users > 0).any(axis=0), dtype=bool)
    somebody[list(problem.excused)] = False
    return [
        (int(i), s) for s, most in enumerate(problem.reach_min) if np.isfinite(most)
        for i in np.flatnonzero(somebody[:, s] & ~((problem.minutes <= most) & offered[:, s]).any(axis=1))
    ]


def evaluate(
    problem: HubProblem, hubs: Iterable[int], building_of: Ints, rescued: Bools | None = None
) -> Evaluation:
    """Count a decision. building_of: (places, services) building of a newly offered service, -1 elsewhere."""
    hubs = tuple(sorted(int(j) for j in hubs))
    rescued = np.zeros_like(problem.rescue) if rescued is None else np.asarray(rescued, dtype=bool)
    opened = np.asarray(building_of >= 0)
    offered = problem.existing | rescued | opened
    assigned = closest(problem, offered)
    users, yen = weighted_users(problem), jpy_per_user_minute(problem)
    served = assigned >= 0
    rows = np.arange(len(problem.settlement_ids))[:, None]
    minutes = np.where(served, problem.minutes[rows, np.maximum(assigned, 0)], problem.unserved_min)
    views = views_of(problem, told=True)
    users_at = _at_places(problem, assigned, users[None])[0]
    seen_at = _at_places(problem, assigned, views.users)
    used = np.unique(building_of[opened])
    cost = (
        problem.hub_cost_jpy * len(hubs) + problem.building_cost_jpy[used].sum()
        + (opened * problem.service_cost_jpy).sum() + (rescued * problem.rescue_cost_jpy).sum()
    )
    return Evaluation(
        hubs, building_of, rescued, offered, assigned, users_at, float((users * minutes * yen).sum()), float(cost),
        _broken(problem, hubs, building_of, rescued, offered, views, seen_at, float(cost)),
        np.where(opened | rescued, views.holding(seen_at, problem.min_users)[1], np.nan) if len(views.weight) else None,
    )


def _at_places(problem: HubProblem, assigned: Ints, users: Floats) -> Floats:
    """users: (views, settlements, services), to where each goes: (views, places, services)."""
    at = np.zeros((len(users), *problem.existing.shape))
    row, column = np.nonzero(assigned >= 0)
    cell = assigned[row, column] * at.shape[2] + column
    for one, seen in zip(at, users, strict=True):
        one[:] = np.bincount(cell, weights=seen[row, column], minlength=one.size).reshape(one.shape)
    return at


def _broken(
    problem: HubProblem, hubs: tuple[int, ...], building_of: Ints, rescued: Bools, offered: Bools,
    views: Views, seen_at: Floats, cost_jpy: float,
) -> tuple[Text, ...]:
    """Every requirement that does not hold, each once for each place or building."""
    is_hub = np.zeros(len(problem.place_ids), dtype=bool)
    is_hub[list(hubs)] = True
    opened = building_of >= 0
    broken: list[Text] = []
    if problem.hubs is not None and len(hubs) != problem.hubs:
        broken.append(text("exactly {hubs} hubs", hubs=problem.hubs))
    if problem.max_hubs is not None and len(hubs) > problem.max_hubs:
        broken.append(text("at most {hubs} hubs", hubs=problem.max_hubs))
    if problem.budget_jpy is not None and cost_jpy > problem.budget_jpy * (1 + TOLERANCE):
        broken.append(text("a budget of {jpy:,.0f} yen a year", jpy=problem.budget_jpy))
    names = problem.place_ids
    broken += [text("{place} must be a hub", place=names[j]) for j in problem.must_hubs if not is_hub[j]]
    broken += [text("{place} must not be a hub", place=names[j]) for j in problem.never_hubs if is_hub[j]]
    for j in hubs:
        if offered[j].sum() < problem.min_services:
            broken.append(text("at least {n} services at {place}", n=problem.min_services, place=names[j]))
    itself, weight = views.holding(seen_at, problem.min_users)
    broken += [
        text("fewest users of {service} at {place}", service=problem.service_ids[s], place=names[j])
        for j, s in np.argwhere((opened | rescued) & ~itself)
    ]
    if len(views.weight):
        broken += [
            text("{service} at {place} holds in too few draws of the outlook", service=problem.service_ids[s],
                 place=names[j])
            for j, s in np.argwhere((opened | rescued) & (weight < problem.hold_share - TOLERANCE))
        ]
    broken += [
        text("{first} and {second} are too close to be hubs both", first=names[a], second=names[b])
        for a, b in problem.apart if is_hub[a] and is_hub[b] and a != b
    ]
    broken += [
        text("{service} must be opened at {place} as asked", service=problem.service_ids[s], place=names[j])
        for j, s, b in problem.must_open if building_of[j, s] < 0 or b not in (-1, int(building_of[j, s]))
    ]
    broken += [
        text("{service} within reach of {settlement}", service=problem.service_ids[s],
             settlement=problem.settlement_ids[i])
        for i, s in unreached(problem, offered)
    ]
    wrong = (opened & ~(problem.may_open & is_hub[:, None])) | (rescued & ~problem.rescue)
    wrong |= opened & (problem.building_place[np.maximum(building_of, 0)] != np.arange(len(names))[:, None]) \
        if len(problem.building_ids) else opened
    wrong |= (opened | rescued) & problem.existing | opened & rescued
    broken += [
        text("{service} cannot be offered at {place} in this way", service=problem.service_ids[s], place=names[j])
        for j, s in np.argwhere(wrong)
    ]
    for b in np.unique(building_of[opened]):
        if b in problem.never_buildings:
            broken.append(text("{building} must not be used", building=problem.building_ids[b]))
        needed = float((problem.service_floor_m2 * (building_of == b)).sum())
        if needed > problem.floor_m2[b] * (1 + TOLERANCE):
            broken.append(text("the floor area of {building}", building=problem.building_ids[b]))
    return tuple(broken)


def without_plan(problem: HubProblem) -> HubSolution:
    """What comes about when nothing is opened or kept. It is counted, not chosen: the bound is the value itself."""
    nothing = np.full(problem.existing.shape, -1, dtype=np.int64)
    counted = evaluate(problem, (), nothing)
    return solution(counted, "feasible", counted.objective_jpy, 0.0)


def solution(counted: Evaluation, status: str, bound_jpy: float, seconds: float) -> HubSolution:
    """A HubSolution from a counted decision; the gap is that of the counted value."""
    value = counted.objective_jpy
    bound = min(bound_jpy, value)
    gap = (value - bound) / abs(value) if value else 0.0
    return HubSolution(
        "optimal" if gap <= 2 * TOLERANCE and status == "optimal" else "feasible",
        counted.hubs, counted.offered, counted.opened, counted.rescued, counted.building_of, counted.assigned,
        value, bound, gap, counted.cost_jpy, seconds, holds=counted.holding,
        hub_holds=None if counted.holding is None else tuple(
            float(np.nanmin(counted.holding[j], initial=1.0)) for j in counted.hubs),
    )
