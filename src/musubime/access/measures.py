"""Access in one figure a settlement: what can be reached, what is left after others have used it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.region import Floats, Ints, TravelTimes

from .decay import Decay
from .nearest import nth_nearest


def opportunities(minutes: Floats, offers: Floats, decay: Decay) -> Floats:
    """Offers that can be reached, weighted by `decay`. minutes: (origins, destinations).

    offers: (destinations,) or (destinations, services): beds, shops, or 1 where it is offered. With `Cutoff` the
    cumulative measure, with any other decay the gravity measure of Hansen (1959).
    """
    return np.asarray(decay(minutes) @ np.asarray(offers, dtype=np.float64))


@dataclass(frozen=True)
class FloatingCatchment:
    """access: (origins,) capacity for each person, after competition. demand: (destinations,) people who come.

    unserved: (origins,) people out of reach of any capacity, or over the capacity of where they go; with
    `unserved_people` + `served_people` everybody.
    """

    access: Floats
    demand: Floats
    unserved: Floats
    served_people: float
    unserved_people: float


def floating_catchment(
    minutes: Floats, people: Floats, capacity: Floats, decay: Decay, *, balanced: bool = False
) -> FloatingCatchment:
    """Two-step floating catchments. minutes: (origins, destinations); people: (origins,); capacity: (destinations,).

    Plain (Luo and Wang 2003; with a decay: Luo and Qi 2009): demand_j = sum_i people_i w_ij, ratio_j = capacity_j /
    demand_j, access_i = sum_j ratio_j w_ij. Balanced (Paez, Higgins, Vivona 2019): people divide among what they
    reach, w_ij / sum_j w_ij, and ratios among who comes, so neither is counted twice. What is unserved always
    comes from the balanced division: a person goes to one place at a time.
    """
    _check(minutes, people, capacity)
    w = decay(minutes) * (capacity > 0)
    by_origin = _divide(w, w.sum(axis=1, keepdims=True))
    arriving = people @ by_origin
    full = np.minimum(_divide(capacity, arriving, over=np.inf), 1.0)
    unserved = people * (1 - (by_origin * full).sum(axis=1))
    if balanced:
        demand = arriving
        access = _divide(w, w.sum(axis=0, keepdims=True)) @ _divide(capacity, demand)
    else:
        demand = people @ w
        access = w @ _divide(capacity, demand)
    lost = float(unserved.sum())
    return FloatingCatchment(access, demand, unserved, float(people.sum()) - lost, lost)


def _divide(a: Floats, b: Floats, over: float = 0.0) -> Floats:
    """a / b, and `over` where b is 0."""
    return np.asarray(np.divide(a, b, out=np.full(np.broadcast_shapes(a.shape, b.shape), over), where=b > 0))


def _check(minutes: Floats, people: Floats, capacity: Floats) -> None:
    faults = [
        Fault(text("A figure is negative or not a number."), text("Correct it, or leave the place out."),
              field=field, row=int(row) + 1, value=str(values[row]))
        for field, values in (("people", people), ("capacity", capacity))
        for row in np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
    ]
    faults += [
        Fault(text("A travel time is negative or not a number."),
              text("Write inf where no way leads; nan is not a travel time."), field="minutes", row=int(i) + 1,
              value=str(minutes[i, j]))
        for i, j in np.argwhere(~(minutes >= 0))[:100]
    ]
    if faults:
        raise InputError(faults)


def gini(values: Floats, people: Floats) -> float:
    """Gini index of a good spread over people: 0 everybody the same, towards 1 one person has all.

    Area between the Lorenz curve and the diagonal, by trapezoids; nan when nobody is there or nothing is to be had.
    """
    order = np.argsort(values, kind="stable")
    weight, good = people[order], (values * people)[order]
    if weight.sum() <= 0 or good.sum() <= 0:
        return float("nan")
    curve = np.concatenate([[0.0], np.cumsum(good) / good.sum()])
    return float(1 - ((curve[1:] + curve[:-1]) * weight / weight.sum()).sum())


def tail_mean(values: Floats, people: Floats, share: float, *, worst_is_high: bool = True) -> float:
    """Mean over the `share` of people with the highest values (lowest if not), who may be part of a settlement.

    tail_mean(minutes, people, 0.1) is the mean time of the worst-off tenth; inf when one of them gets nowhere.
    """
    order = np.argsort(-values if worst_is_high else values, kind="stable")
    weight, value = people[order], values[order]
    total = weight.sum() * share
    if total <= 0:
        return float("nan")
    upto = np.minimum(np.cumsum(weight), total)
    taken = np.diff(np.concatenate([[0.0], upto]))
    some = taken > 0
    return float(taken[some] @ value[some] / total)


def palma(values: Floats, people: Floats) -> float:
    """Palma ratio of a good: mean of the best-off tenth over mean of the worst-off two fifths; 1 is equal.

    inf when those two fifths have nothing. For times, in which little is good, the ratio is turned by the caller.
    """
    best, rest = tail_mean(values, people, 0.1), tail_mean(values, people, 0.4, worst_is_high=False)
    return best / rest if rest > 0 else float("nan") if np.isnan(rest) or best == 0 else float("inf")


@dataclass(frozen=True)
class AccessTable:
    """Everything the command `access` prints, by origin and service (origins, services) or by service (services,).

    nearest, second: positions of destinations, -1 none; their minutes inf. within: offers within the limit.
    users_within, users_beyond: people; beyond includes those without any way. mean_min, worst_tenth_min: of users,
    over those who can get there, and of the worst-off tenth (inf when one of them cannot). gini: of the number of
    offers within the limit over users.
    """

    nearest: Ints
    nearest_min: Floats
    second: Ints
    second_min: Floats
    within: Floats
    users_within: Floats
    users_beyond: Floats
    users_without_way: Floats
    mean_min: Floats
    worst_tenth_min: Floats
    gini: Floats


def access_table(
    times: TravelTimes, offered: NDArray[np.bool_], users: Floats, limit_min: Floats
) -> AccessTable:
    """offered: (destinations, services); users: (origins, services); limit_min: (services,)."""
    services = range(offered.shape[1])
    first = [nth_nearest(times, offered[:, s], 1) for s in services]
    second = [nth_nearest(times, offered[:, s], 2) for s in services]
    nearest_min = _columns([minutes for _, minutes in first], users.shape)
    inside = nearest_min <= limit_min
    reachable = np.isfinite(nearest_min)
    going = np.where(reachable, users, 0.0)
    within = _columns([
        (times.minutes[:, offered[:, s]] <= limit_min[s]).sum(axis=1).astype(np.float64) for s in services
    ], users.shape)
    return AccessTable(
        nearest=_columns([index for index, _ in first], users.shape).astype(np.int64), nearest_min=nearest_min,
        second=_columns([index for index, _ in second], users.shape).astype(np.int64),
        second_min=_columns([minutes for _, minutes in second], users.shape), within=within,
        users_within=np.asarray(np.where(inside, users, 0.0).sum(axis=0)),
        users_beyond=np.asarray(np.where(inside, 0.0, users).sum(axis=0)),
        users_without_way=np.asarray(np.where(reachable, 0.0, users).sum(axis=0)),
        mean_min=_divide(
            (np.where(reachable, nearest_min, 0.0) * going).sum(axis=0), going.sum(axis=0), over=np.nan),
        worst_tenth_min=np.array([tail_mean(nearest_min[:, s], users[:, s], 0.1) for s in services]),
        gini=np.array([gini(within[:, s], users[:, s]) for s in services]),
    )


def _columns(columns: list[NDArray[np.generic]], shape: tuple[int, ...]) -> Floats:
    return np.asarray(np.stack(columns, axis=1) if columns else np.zeros(shape), dtype=np.float64)
