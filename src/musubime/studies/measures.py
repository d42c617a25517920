"""What a year looks like for residents when certain services can be had at certain places."""

from __future__ import annotations

import numpy as np

from musubime import access
from musubime.region import Floats

from .basis import Bools, PlanBasis
from .document import Measures, ReachOfService


def minutes_to_nearest(minutes: Floats, offered: Bools) -> Floats:
    """Minutes to the nearest offered column, inf where none: (rows,)."""
    return minutes[:, offered].min(axis=1) if offered.any() else np.full(len(minutes), np.inf)


def reach_of(result: access.Reach) -> ReachOfService:
    return ReachOfService(
        users=result.users, within_car=result.within_car, within_walk=result.within_walk, beyond=result.beyond,
        over_65_beyond=result.over_65_beyond, without_car_beyond=result.without_car_beyond,
        without_car_beyond_walk=result.without_car_beyond_walk, mean_car_min=result.mean_car_min,
    )


def measure(basis: PlanBasis, t: int, offered: Bools, limit_min: Floats | None = None) -> Measures:
    """Measures of year position `t` with services offered (places, services), assumed ones included.

    limit_min: (services,) by car, where they are others than those of the basis.
    """
    limits = basis.limit_min if limit_min is None else limit_min
    people, over_65 = basis.people[t], basis.over_65[t]
    lacking = np.zeros(len(people), dtype=bool)
    reach: dict[str, ReachOfService] = {}
    spent = trips = worst = 0.0
    for column, service in enumerate(basis.service_ids):
        car = minutes_to_nearest(basis.car_min, offered[:, column])
        walk = minutes_to_nearest(basis.walk_min, offered[:, column])
        users = basis.users[t, :, column]
        reach[service] = reach_of(access.reach(
            car, walk, users, over_65, basis.without_car[t], float(limits[column]),
            float(basis.limit_walk_min[column]),
        ))
        if basis.placeable[column]:
            served = car <= limits[column]
            lacking |= ~served
            use = users * basis.trips_per_year[column]
            spent += float((use * np.where(served, car, basis.unserved_min)).sum())
            trips += float(use.sum())
            lived = served & (people > 0)
            worst = max(worst, float(car[lived].max()) if lived.any() else 0.0)
    return Measures(
        served_people=float(people[~lacking].sum()), unserved_people=float(people[lacking].sum()),
        served_over_65=float(over_65[~lacking].sum()), unserved_over_65=float(over_65[lacking].sum()),
        mean_min=spent / trips if trips else None, worst_min=worst if trips else None, reach=reach,
    )
