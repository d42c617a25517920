"""Nearest facilities, people within reach, and the users a facility would have."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musubime.region import Floats, Ints, TravelTimes

from .model import Reach


def nth_nearest(times: TravelTimes, offered: NDArray[np.bool_], n: int) -> tuple[Ints, Floats]:
    """The n-th nearest destination (n = 1: nearest) that offers a service: position and minutes, (origins,) each.

    -1 and inf where fewer than n can be reached. Of equally near ones the first in the table counts as nearer.
    """
    some = np.flatnonzero(offered)
    index = np.full(len(times.origin_ids), -1, dtype=np.int64)
    minutes = np.full(len(times.origin_ids), np.inf)
    if len(some) >= n:
        order = np.argsort(times.minutes[:, some], axis=1, kind="stable")[:, n - 1]
        minutes = np.take_along_axis(times.minutes[:, some], order[:, None], axis=1)[:, 0]
        index = np.where(np.isfinite(minutes), some[order], -1)
    return index, minutes


def nearest_two(times: TravelTimes, offered: NDArray[np.bool_]) -> tuple[Ints, Floats, Ints, Floats]:
    """Nearest and second nearest: positions and minutes, (origins,) each; see `nth_nearest`."""
    first, first_min = nth_nearest(times, offered, 1)
    second, second_min = nth_nearest(times, offered, 2)
    return first, first_min, second, second_min


def reach(
    car_min: Floats, walk_min: Floats, users: Floats, over_65: Floats, without_car: Floats,
    limit_car_min: float, limit_walk_min: float,
) -> Reach:
    """People within and beyond reach of one service. All arrays (settlements,); minutes to the nearest, inf = none.

    The walking limit in minutes is `service.*.limit_walk_m` / `access.walk.m_per_min`: metres of the way walked.
    """
    by_car, on_foot = car_min <= limit_car_min, walk_min <= limit_walk_min
    beyond = ~(by_car | on_foot)
    there = np.isfinite(car_min) & (users > 0)
    return Reach(
        users=float(users.sum()), within_car=float(users[by_car].sum()), within_walk=float(users[on_foot].sum()),
        beyond=float(users[beyond].sum()), over_65_beyond=float(over_65[beyond].sum()),
        without_car_beyond=float(without_car[beyond].sum()),
        without_car_beyond_walk=float(without_car[~on_foot].sum()),
        mean_car_min=float(np.average(car_min[there], weights=users[there])) if there.any() else None,
    )


def catchment_users(
    times: TravelTimes, offered: NDArray[np.bool_], users: Floats, limit_min: float = np.inf
) -> Floats:
    """Users of each destination when everybody goes to the nearest that offers the service within the limit.

    users: (years, origins). Returns (years, destinations); nobody is at a destination that does not offer it.
    """
    index, minutes = nth_nearest(times, offered, 1)
    goes = (index >= 0) & (minutes <= limit_min)
    destinations = len(times.destination_ids)
    return np.stack([np.bincount(index[goes], weights=year[goes], minlength=destinations) for year in users])
