"""One alternative as the document tells it: hubs, buildings, who goes where, what closes, whom it leaves unserved."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musubime.language import Text, text
from musubime.region import Floats
from musubime.siting import HubProblem, evaluate

from . import document as d
from .alternatives import Answer
from .measures import measure, minutes_to_nearest
from .options import PlanOptions
from .outlook import Outlook
from .today import Today


def assignments(today: Today, offered: NDArray[np.bool_]) -> list[d.Assignment]:
    """Where each settlement goes for each service: the closest offer within the limit. offered: (places, services)."""
    out: list[d.Assignment] = []
    for column, service in enumerate(today.services):
        some = np.flatnonzero(offered[:, column])
        limit = today.parameters.number(f"service.{service}.limit_car_min")
        for i, settlement in enumerate(today.region.settlements.ids):
            place, minutes = None, None
            if len(some):
                near = some[np.argmin(today.to_places[i, some])]
                if today.to_places[i, near] <= limit:
                    place, minutes = today.places.ids[near], float(today.to_places[i, near])
            out.append(d.Assignment(settlement=settlement, service=service, place=place, minutes=minutes))
    return out


def alternative(
    answer: Answer, reference: HubProblem, today: Today, outlook: Outlook, options: PlanOptions
) -> d.Alternative:
    """An answer of the solver in the terms of the document. reference: the problem under whose weights all compare."""
    solution, problem = answer.solution, answer.problem
    planned = solution.opened | solution.rescued
    by_year = {
        year: measure(today, outlook, t, outlook.stays[t] | planned) for t, year in enumerate(outlook.years) if t
    }
    at = outlook.years.index(options.plan_year)
    lost = [
        today.facilities.ids[future.facility] for future in outlook.futures
        if future.lost_year <= options.plan_year
        and not planned[today.places.of_facility[future.facility], future.service]
    ]
    kept_outside = [
        d.KeptOutside(
            place=today.places.ids[j], name=today.places.names[j], service=today.services[s],
            cost_jpy_per_year=float(problem.rescue_cost_jpy[s]),
        )
        for j, s in np.argwhere(solution.rescued) if j not in solution.hubs
    ]
    return d.Alternative(
        id=answer.id, name=d.words(answer.name), question=d.words(answer.question),
        status="optimal" if solution.status == "optimal" else "feasible", seconds=solution.seconds,
        hubs=_hubs(answer, today, outlook, at), kept_outside=kept_outside, closed=sorted(set(lost)),
        assignment=assignments(today, solution.offered), by_year=by_year,
        unserved=_unserved(answer, today, outlook, at, options), unserved_min=problem.unserved_min,
        objective_jpy=solution.objective_jpy,
        bound_jpy=solution.bound_jpy, gap=solution.gap, cost_jpy_per_year=solution.cost_jpy,
        social_cost_jpy=evaluate(reference, solution.hubs, solution.building_of, solution.rescued).objective_jpy,
    )


def _users_of_places(today: Today, outlook: Outlook, offered: NDArray[np.bool_]) -> Floats:
    """Users by year, place and service when everybody goes to the closest offer within the limit."""
    users = np.zeros((len(outlook.years), *offered.shape))
    for column, service in enumerate(today.services):
        some = np.flatnonzero(offered[:, column])
        if len(some):
            near = some[np.argmin(today.to_places[:, some], axis=1)]
            minutes = today.to_places[np.arange(len(near)), near]
            goes = minutes <= today.parameters.number(f"service.{service}.limit_car_min")
            for t, mine in enumerate(outlook.demand.users[:, goes, column]):
                np.add.at(users[t, :, column], near[goes], mine)
    return users


def _hubs(answer: Answer, today: Today, outlook: Outlook, at: int) -> list[d.Hub]:
    solution, problem, places = answer.solution, answer.problem, today.places
    names = dict(zip(today.facilities.ids, today.facilities.names, strict=True))
    users = _users_of_places(today, outlook, solution.offered)
    hubs = np.array(solution.hubs, dtype=int)
    limit = today.parameters.number("plan.hub_limit_min")
    to_hubs = today.to_places[:, hubs] if len(hubs) else np.zeros((len(today.to_places), 0))
    nearest = to_hubs.argmin(axis=1) if len(hubs) else np.zeros(len(to_hubs), dtype=int)
    within = to_hubs.min(axis=1) <= limit if len(hubs) else np.zeros(len(to_hubs), dtype=bool)
    out: list[d.Hub] = []
    for k, j in enumerate(hubs):
        services: list[d.HubService] = []
        used: list[int] = []
        for column, service in enumerate(today.services):
            if not solution.offered[j, column]:
                continue
            building = int(solution.building_of[j, column])
            if building >= 0:
                action, cost, floor = "opened", problem.service_cost_jpy[column], problem.service_floor_m2[column]
                used.append(building)
            elif solution.rescued[j, column]:
                action, cost, floor = "kept", problem.rescue_cost_jpy[column], 0.0
            else:
                action, cost, floor = ("stays" if outlook.known[j, column] else "assumed"), 0.0, 0.0
            building_id = problem.building_ids[building] if building >= 0 else None
            services.append(d.HubService(
                service=service, action=action, building=building_id,  # type: ignore[arg-type]
                building_name=names[building_id] if building_id else None,
                users={year: float(users[t, j, column]) for t, year in enumerate(outlook.years)},
                cost_jpy_per_year=float(cost), floor_m2=float(floor),
            ))
        mine = within & (nearest == k)
        used = list(dict.fromkeys(used))
        cost = problem.hub_cost_jpy + sum(float(problem.building_cost_jpy[b]) for b in used)
        out.append(d.Hub(
            place=places.ids[j], name=places.names[j], lon=float(places.lon[j]), lat=float(places.lat[j]),
            buildings_used=[problem.building_ids[b] for b in used], services=services,
            settlements=[today.region.settlements.ids[i] for i in np.flatnonzero(mine)],
            people={year: float(outlook.counts.total[t, mine].sum()) for t, year in enumerate(outlook.years)},
            cost_jpy_per_year=cost + sum(service.cost_jpy_per_year for service in services),
            why=d.words(_why(answer, today, outlook, at, int(j), mine)),
        ))
    return out


def _why(
    answer: Answer, today: Today, outlook: Outlook, at: int, place: int, mine: NDArray[np.bool_]
) -> Text:
    """What the hub changes: people who would lack one of its new or kept services without it."""
    solution = answer.solution
    people = outlook.counts.total[at]
    helped = np.zeros(len(people), dtype=bool)
    changed = np.flatnonzero((solution.opened | solution.rescued)[place])
    for column in changed:
        limit = today.parameters.number(f"service.{today.services[column]}.limit_car_min")
        elsewhere = np.arange(len(solution.offered)) != place
        others = outlook.stays[at][:, column] | solution.offered[:, column] & elsewhere
        helped |= (today.to_places[:, place] <= limit) & (minutes_to_nearest(today.to_places, others) > limit)
    year, limit = outlook.years[at], today.parameters.number("plan.hub_limit_min")
    around = float(people[mine].sum())
    if not len(changed):
        return text(
            "{around:,.0f} people live nearest to it within {limit:.0f} minutes in {year}; all its services are there "
            "already.", around=around, limit=limit, year=year,
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


def _unserved(
    answer: Answer, today: Today, outlook: Outlook, at: int, options: PlanOptions
) -> list[d.Unserved]:
    """Settlements with people that lack a service which a hub may offer, most people first."""
    solution, s = answer.solution, today.region.settlements
    people = outlook.counts.total[at]
    hubs = np.array(solution.hubs, dtype=int)
    out: list[d.Unserved] = []
    for i in np.argsort(-people, kind="stable"):
        lacking = [
            column for column, service in enumerate(today.services)
            if solution.assigned[i, column] < 0 and today.parameters[f"service.{service}.placeable"].value
        ]
        if not lacking or people[i] < 0.5:
            continue
        near = int(hubs[np.argmin(today.to_places[i, hubs])]) if len(hubs) else -1
        to_hub = float(today.to_places[i, near]) if near >= 0 else float("inf")
        out.append(d.Unserved(
            settlement=s.ids[i], name=s.names[i], people=float(people[i]),
            services=[today.services[column] for column in lacking],
            nearest_hub_min=to_hub if np.isfinite(to_hub) else None,
            reason=d.words(_reason(answer, today, int(i), lacking, near, to_hub, options)),
        ))
    return out


def _reason(
    answer: Answer, today: Today, i: int, lacking: list[int], hub: int, to_hub: float, options: PlanOptions
) -> Text:
    """Why nothing serves settlement `i`: no way, no hub near, too few users at the hub, the budget, or the cost."""
    solution, problem = answer.solution, answer.problem
    limit = today.parameters.number("plan.hub_limit_min")
    if not np.isfinite(today.to_places[i]).any():
        return text("No way in the road file leads from here to any building.")
    if not np.isfinite(to_hub) or to_hub > limit:
        return text("Every hub is more than {limit:.0f} minutes away.", limit=limit)
    users = np.tensordot(problem.year_weights, problem.users, axes=1)
    few = all(
        users[(solution.assigned[:, column] < 0) & (today.to_places[:, hub] <= problem.limit_min[column]), column].sum()
        < problem.min_users[column] or today.to_places[i, hub] > problem.limit_min[column]
        for column in lacking
    )
    if few:
        return text("A hub is near, but too few who lack these services live within their limits of it.")
    if problem.budget_jpy is not None:
        return text("A hub is near, but within the budget other services come first.")
    return text("A hub is near, but to offer these there would cost more a year than the travel it saves is worth.")
