"""What a year looks like for residents when certain services can be had at certain places."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musubime import access
from musubime.region import Floats

from .document import Measures, ReachOfService
from .outlook import Outlook
from .today import Today


def minutes_to_nearest(minutes: Floats, offered: NDArray[np.bool_]) -> Floats:
    """Minutes to the nearest offered column, inf where none: (rows,)."""
    return minutes[:, offered].min(axis=1) if offered.any() else np.full(len(minutes), np.inf)


def reach_of(result: access.Reach) -> ReachOfService:
    return ReachOfService(
        users=result.users, within_car=result.within_car, within_walk=result.within_walk, beyond=result.beyond,
        over_65_beyond=result.over_65_beyond, without_car_beyond=result.without_car_beyond,
        without_car_beyond_walk=result.without_car_beyond_walk, mean_car_min=result.mean_car_min,
    )


def measure(today: Today, outlook: Outlook, t: int, offered: NDArray[np.bool_]) -> Measures:
    """Measures of year position `t` with services offered (places, services), assumed ones included."""
    parameters, counts = today.parameters, outlook.counts
    walk_m_per_min = parameters.number("access.walk.m_per_min")
    people = counts.total[t]
    lacking = np.zeros(len(people), dtype=bool)
    reach: dict[str, ReachOfService] = {}
    spent = trips = worst = 0.0
    to_places_walk = today.walk.minutes[:, today.places.principal]
    for column, service in enumerate(today.services):
        car = minutes_to_nearest(today.to_places, offered[:, column])
        walk = minutes_to_nearest(to_places_walk, offered[:, column])
        limit = parameters.number(f"service.{service}.limit_car_min")
        users = outlook.demand.users[t, :, column]
        reach[service] = reach_of(access.reach(
            car, walk, users, counts.over_65[t], outlook.without_car[t], limit,
            parameters.number(f"service.{service}.limit_walk_m") / walk_m_per_min,
        ))
        if parameters[f"service.{service}.placeable"].value:
            served = car <= limit
            lacking |= ~served
            use = users * parameters.number(f"service.{service}.trips_per_year")
            spent += float((use * np.where(served, car, parameters.number("plan.unserved_min"))).sum())
            trips += float(use.sum())
            lived = served & (people > 0)
            worst = max(worst, float(car[lived].max()) if lived.any() else 0.0)
    return Measures(
        served_people=float(people[~lacking].sum()), unserved_people=float(people[lacking].sum()),
        mean_min=spent / trips if trips else None, worst_min=worst if trips else None, reach=reach,
    )
