"""One alternative as the document tells it: hubs, buildings, who goes where, what closes, whom it leaves unserved."""

from __future__ import annotations

from typing import Any

import numpy as np

from musubime.language import Text, text
from musubime.region import Floats, Ints
from musubime.siting import HubProblem, HubSolution, evaluate

from . import document as d
from .alternatives import Answer
from .basis import Bools, PlanBasis
from .measures import measure, minutes_to_nearest


def assignments(basis: PlanBasis, offered: Bools, limit_min: Floats) -> list[d.Assignment]:
    """Where each settlement goes for each service: the closest offer within the limit. offered: (places, services)."""
    out: list[d.Assignment] = []
    for column, service in enumerate(basis.service_ids):
        some = np.flatnonzero(offered[:, column])
        near = some[np.argmin(basis.car_min[:, some], axis=1)] if len(some) else None
        for i, settlement in enumerate(basis.settlement_ids):
            place, minutes = None, None
            if near is not None and basis.car_min[i, near[i]] <= limit_min[column]:
                place, minutes = basis.place_ids[near[i]], float(basis.car_min[i, near[i]])
            out.append(d.Assignment(settlement=settlement, service=service, place=place, minutes=minutes))
    return out


def offered_in_years(
    basis: PlanBasis, reference: HubProblem, problem: HubProblem, solution: HubSolution
) -> list[Bools]:
    """What can be had where in each year after the base year: what is still there, changed as the problem departs
    from the reference (closed at once, or kept for good), and what the plan opens and keeps."""
    planned = solution.opened | solution.rescued
    gone = (reference.existing | reference.rescue) & ~(problem.existing | problem.rescue)
    held = problem.existing & ~reference.existing
    return [stays & ~gone | held | planned for stays in basis.stays[1:]]


def alternative(answer: Answer, reference: HubProblem, basis: PlanBasis) -> d.Alternative:
    """An answer of the solver in the terms of the document. reference: the problem under whose weights all compare."""
    solution, problem = answer.solution, answer.problem
    by_year = {
        year: measure(basis, t, offered, problem.limit_min)
        for t, (year, offered) in enumerate(
            zip(basis.years[1:], offered_in_years(basis, reference, problem, solution), strict=True), 1)
    }
    kept_outside = [
        d.KeptOutside(
            place=basis.place_ids[j], name=basis.place_names[j], service=basis.service_ids[s],
            cost_jpy_per_year=float(problem.rescue_cost_jpy[s]),
        )
        for j, s in np.argwhere(solution.rescued) if j not in solution.hubs
    ]
    return d.Alternative(
        id=answer.id, name=d.words(answer.name), question=d.words(answer.question),
        status="optimal" if solution.status == "optimal" else "feasible", seconds=solution.seconds,
        hubs=_hubs(answer, basis), kept_outside=kept_outside, closed=_closed(basis, reference, problem, solution),
        assignment=assignments(basis, solution.offered, problem.limit_min), by_year=by_year,
        unserved=_unserved(answer, basis), unserved_min=problem.unserved_min,
        objective_jpy=solution.objective_jpy,
        bound_jpy=solution.bound_jpy, gap=solution.gap, cost_jpy_per_year=solution.cost_jpy,
        social_cost_jpy=evaluate(reference, solution.hubs, solution.building_of, solution.rescued).objective_jpy,
    )


def _closed(basis: PlanBasis, reference: HubProblem, problem: HubProblem, solution: HubSolution) -> list[str]:
    """Buildings of which a service ends by the plan year: by itself and not kept, or because the problem ends it."""
    planned = solution.opened | solution.rescued
    held = problem.existing & ~reference.existing
    place, service = basis.facility_place[basis.lost_facility], basis.lost_service
    lost = basis.lost_facility[
        (basis.lost_year <= basis.plan_year) & ~(planned | held)[place, service]]
    ended = basis.known & ~problem.existing & ~problem.rescue & ~planned
    by_itself = np.zeros_like(basis.offered)
    by_itself[basis.lost_facility, basis.lost_service] = True
    also = np.flatnonzero((basis.offered & ~by_itself & ended[basis.facility_place]).any(axis=1))
    return sorted({basis.facility_ids[f] for f in [*lost, *also]})


def _users_of_places(basis: PlanBasis, offered: Bools, limit_min: Floats) -> Floats:
    """Users by year, place and service when everybody goes to the closest offer within the limit."""
    users = np.zeros((len(basis.years), *offered.shape))
    for column in range(len(basis.service_ids)):
        some = np.flatnonzero(offered[:, column])
        if len(some):
            near = some[np.argmin(basis.car_min[:, some], axis=1)]
            minutes = basis.car_min[np.arange(len(near)), near]
            goes = minutes <= limit_min[column]
            for t, mine in enumerate(basis.users[:, goes, column]):
                np.add.at(users[t, :, column], near[goes], mine)
    return users


def nearest_hubs(basis: PlanBasis, solution: HubSolution) -> tuple[Ints, Floats]:
    """Each settlement's nearest hub (position of the place, -1 without any way to one) and the minutes to it."""
    hubs = np.array(solution.hubs, dtype=np.int64)
    if not len(hubs):
        return np.full(len(basis.settlement_ids), -1), np.full(len(basis.settlement_ids), np.inf)
    to_hubs = basis.car_min[:, hubs]
    minutes = to_hubs.min(axis=1)
    return np.where(np.isfinite(minutes), hubs[to_hubs.argmin(axis=1)], -1), minutes


def _hubs(answer: Answer, basis: PlanBasis) -> list[d.Hub]:
    solution, problem = answer.solution, answer.problem
    names = dict(zip(basis.facility_ids, basis.facility_names, strict=True))
    users = _users_of_places(basis, solution.offered, problem.limit_min)
    nearest, minutes = nearest_hubs(basis, solution)
    out: list[d.Hub] = []
    for j in solution.hubs:
        services: list[d.HubService] = []
        used: list[int] = []
        for column, service in enumerate(basis.service_ids):
            if not solution.offered[j, column]:
                continue
            building = int(solution.building_of[j, column])
            if building >= 0:
                action, cost, floor = "opened", problem.service_cost_jpy[column], problem.service_floor_m2[column]
                used.append(building)
            elif solution.rescued[j, column]:
                action, cost, floor = "kept", problem.rescue_cost_jpy[column], 0.0
            else:
                action, cost, floor = ("stays" if basis.known[j, column] else "assumed"), 0.0, 0.0
            building_id = problem.building_ids[building] if building >= 0 else None
            services.append(d.HubService(
                service=service, action=action, building=building_id,  # type: ignore[arg-type]
                building_name=names[building_id] if building_id else None,
                users={year: float(users[t, j, column]) for t, year in enumerate(basis.years)},
                cost_jpy_per_year=float(cost), floor_m2=float(floor), holds=_share(solution.holds, j, column),
            ))
        mine = (nearest == j) & (minutes <= basis.hub_limit_min)
        used = list(dict.fromkeys(used))
        cost = problem.hub_cost_jpy + sum(float(problem.building_cost_jpy[b]) for b in used)
        out.append(d.Hub(
            place=basis.place_ids[j], name=basis.place_names[j], lon=float(basis.place_lon[j]),
            lat=float(basis.place_lat[j]),
            buildings_used=[problem.building_ids[b] for b in used], services=services,
            settlements=[basis.settlement_ids[i] for i in np.flatnonzero(mine)],
            people={year: float(basis.people[t, mine].sum()) for t, year in enumerate(basis.years)},
            over_65={year: float(basis.over_65[t, mine].sum()) for t, year in enumerate(basis.years)},
            cost_jpy_per_year=cost + sum(service.cost_jpy_per_year for service in services),
            why=d.words(_why(answer, basis, int(j), mine)), **_holds(answer, services),
        ))
    return out


def _share(holds: Floats | None, j: int, column: int) -> float | None:
    return None if holds is None or np.isnan(holds[j, column]) else min(1.0, float(holds[j, column]))


def _holds(answer: Answer, services: list[d.HubService]) -> dict[str, Any]:
    """In how many draws of the outlook each service that the hub opens or keeps has its fewest users."""
    solution, problem = answer.solution, answer.problem
    shares = [service.holds for service in services if service.holds is not None]
    if solution.hub_holds is None or problem.draws is None or not shares:
        return {}
    least = min(shares)
    if least > 1 - 1e-9:
        return {"holds": 1.0, "holds_said": d.words(text(
            "Each service that it opens or keeps has its fewest users in all {draws} draws of the outlook.",
            draws=len(problem.draws)))}
    return {"holds": least, "holds_said": d.words(text(
        "Each service that it opens or keeps has its fewest users in at least {share:.0%} of {draws} draws of the "
        "outlook.", share=least, draws=len(problem.draws),
    ))}


def _why(answer: Answer, basis: PlanBasis, place: int, mine: Bools) -> Text:
    """What the hub changes: people who would lack one of its new or kept services without it."""
    solution, limits = answer.solution, answer.problem.limit_min
    people, year = basis.people[basis.plan_at], basis.plan_year
    helped = np.zeros(len(people), dtype=bool)
    changed = np.flatnonzero((solution.opened | solution.rescued)[place])
    for column in changed:
        elsewhere = np.arange(len(solution.offered)) != place
        others = answer.problem.existing[:, column] | solution.offered[:, column] & elsewhere
        helped |= (basis.car_min[:, place] <= limits[column]) & (
            minutes_to_nearest(basis.car_min, others) > limits[column])
    around = float(people[mine].sum())
    if not len(changed):
        return text(
            "{around:,.0f} people live nearest to it within {limit:.0f} minutes in {year}; all its services are there "
            "already.", around=around, limit=basis.hub_limit_min, year=year,
        )
    served = np.zeros(len(people), dtype=bool)
    for column in changed:
        served |= solution.assigned[:, column] == place
    users = float(people[served].sum())
    if helped.any():
        return text(
            "{users:,.0f} people use what it opens or keeps in {year}; {helped:,.0f} of them would otherwise be beyond "
            "the limit for one of these services.", users=users, year=year,
            helped=float(people[helped & served].sum()),
        )
    return text(
        "{users:,.0f} people use what it opens or keeps in {year}; for them it is nearer than anything else, though "
        "nobody would be beyond the limit without it.", users=users, year=year,
    )


def _unserved(answer: Answer, basis: PlanBasis) -> list[d.Unserved]:
    """Settlements with people that lack a service which a hub may offer, most people first."""
    solution, people = answer.solution, basis.people[basis.plan_at]
    nearest, to_hubs = nearest_hubs(basis, solution)
    lacks = (solution.assigned < 0) & basis.placeable
    out: list[d.Unserved] = []
    for i in np.argsort(-people, kind="stable"):
        if not lacks[i].any() or people[i] < 0.5:
            continue
        lacking = np.flatnonzero(lacks[i]).tolist()
        out.append(d.Unserved(
            settlement=basis.settlement_ids[i], name=_distinct(basis, int(i)), people=float(people[i]),
            services=[basis.service_ids[column] for column in lacking],
            nearest_hub_min=float(to_hubs[i]) if np.isfinite(to_hubs[i]) else None,
            reason=d.words(_reason(answer, basis, int(i), lacking, int(nearest[i]), float(to_hubs[i]))),
        ))
    return out


def _distinct(basis: PlanBasis, i: int) -> str:
    """The settlement's name, with its district where several have the name."""
    name, district = basis.settlement_names[i], basis.districts[i]
    return f"{name}（{district}）" if district and basis.settlement_names.count(name) > 1 else name


def _reason(answer: Answer, basis: PlanBasis, i: int, lacking: list[int], hub: int, to_hub: float) -> Text:
    """Why nothing serves settlement `i`: no way, no hub near, too few users at the hub, the budget, or the cost."""
    solution, problem = answer.solution, answer.problem
    if not np.isfinite(basis.car_min[i]).any():
        return text("No way in the road file leads from here to any building.")
    if to_hub > basis.hub_limit_min:
        return text("Every hub is more than {limit:.0f} minutes away.", limit=basis.hub_limit_min)
    users = np.tensordot(problem.year_weights, problem.users, axes=1)
    few = all(
        users[(solution.assigned[:, column] < 0) & (basis.car_min[:, hub] <= problem.limit_min[column]), column].sum()
        < problem.min_users[column] or basis.car_min[i, hub] > problem.limit_min[column]
        for column in lacking
    )
    if few:
        return text("A hub is near, but too few who lack these services live within their limits of it.")
    if problem.budget_jpy is not None:
        return text("A hub is near, but within the budget other services come first.")
    return text("A hub is near, but to offer these there would cost more a year than the travel it saves is worth.")
