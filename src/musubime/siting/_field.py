"""The hub problem as flat arrays, for kernels: built in milliseconds, so that every what-if may build its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from musubime.region import Floats, Ints

from . import _field_kernels as k
from ._viability import TOLERANCE, views_of
from .evaluate import unreached
from .model import Bools, HubProblem

MOST_OPENABLE = 13  # services that may open at one place: its table has two to that power entries


class Field(NamedTuple):
    """Clients are settlement-and-service pairs, l = service * settlements + settlement. Candidates are
    place-and-service pairs that the plan may offer. Money is yen a year.

    ptr, cand, cost: each client's candidates, nearest first, and what it costs when it goes there; the last entry
        of each list (cand = -1) is what it costs when none of them offers: the way to what stays, or unserved.
    cptr, client, entry: each candidate's clients, and the entries of their lists that are the candidate.
    place, service: (candidates,); opens, keeps: it may be opened in a hub, kept; keep_jpy; forced: must be opened.
    users: (clients, views), least: (candidates,) fewest users; draw: (views,), draw_weight: (draws,), share.
    bit: (candidates,) its bit in the place's table, -1 if it may not open; fptr, table: at fptr[j] + mask the cost
        of opening the services of `mask` at j in the cheapest buildings, inf where there is no room.
    here: (places,) services that stay there. pptr, pcand: each place's candidates.
    rptr, rcand: who must be reached: candidates of which one must be offered. qptr, qreq: by candidate.
    aptr, aplace: places that must not be hubs beside a place.
    limits: hub_jpy, fewest hubs, most hubs, budget (inf: none), services of a hub.
    """

    ptr: Ints
    cand: NDArray[np.int32]
    cost: Floats
    cptr: Ints
    client: NDArray[np.int32]
    entry: Ints
    place: Ints
    service: Ints
    opens: Bools
    keeps: Bools
    keep_jpy: Floats
    forced: Bools
    users: Floats
    least: Floats
    draw: Ints
    draw_weight: Floats
    share: float
    bit: Ints
    fptr: Ints
    table: Floats
    here: Ints
    must: Bools
    never: Bools
    pptr: Ints
    pcand: Ints
    rptr: Ints
    rcand: Ints
    qptr: Ints
    qreq: Ints
    aptr: Ints
    aplace: Ints
    hub_jpy: float
    fewest: int
    most: int
    budget: float
    k: int


@dataclass(frozen=True)
class Ground:
    """What a series of similar problems shares: each settlement's places in order of minutes."""

    order: NDArray[np.int32]
    minutes: Floats


def make_ground(problem: HubProblem) -> Ground:
    order = np.argsort(problem.minutes, axis=1, kind="stable")
    return Ground(order.astype(np.int32), np.take_along_axis(problem.minutes, order, axis=1))


def candidates_of(problem: HubProblem) -> tuple[Bools, Bools]:
    """(places, services): what may be opened where, for all that rooms and orders tell; and what may be kept."""
    p = problem
    largest = np.full(len(p.place_ids), -1.0)
    used = np.setdiff1d(np.arange(len(p.building_place)), p.never_buildings)
    np.maximum.at(largest, p.building_place[used], p.floor_m2[used])
    opens = p.may_open & ~p.existing & (largest[:, None] >= p.service_floor_m2) & (largest[:, None] >= 0)
    opens[list(p.never_hubs)] = False
    keeps = p.rescue & ~p.existing
    for j, s, _ in p.must_open:
        keeps[j, s] = False
    return opens, keeps


def can_be_packed(problem: HubProblem) -> bool:
    """Is no place open to more services than a table holds?"""
    return int(candidates_of(problem)[0].sum(axis=1).max(initial=0)) <= MOST_OPENABLE


def make_field(
    problem: HubProblem, ground: Ground | None = None, drop: Bools | None = None, force: Bools | None = None
) -> Field | None:
    """All arrays, or None when something is required that nothing can meet: an opening that is not possible or has
    too few users around, or a settlement that must be reached and cannot be.

    drop, force: (places, services) candidates to leave out, and that must be offered, opened or kept.
    """
    p = problem
    ground = ground or make_ground(p)
    n, services = len(p.settlement_ids), len(p.service_ids)
    views = views_of(p)
    opens, keeps = candidates_of(p)
    if drop is not None:
        opens, keeps = opens & ~drop, keeps & ~drop
    per_minute = _per_minute(p)
    users = np.ascontiguousarray(views.users.transpose(2, 1, 0)).reshape(services * n, -1)
    counted = users.max(axis=1, initial=0.0) > 0
    forced = np.zeros_like(opens) if force is None else force.copy()
    for j, s, _ in p.must_open:
        forced[j, s] = True
    must, never = np.zeros(len(p.place_ids), dtype=bool), np.zeros(len(p.place_ids), dtype=bool)
    must[list(p.must_hubs)] = True
    must |= (forced & ~keeps).any(axis=1)
    never[list(p.never_hubs)] = True
    aptr, aplace = _apart(p)
    for sure in np.flatnonzero(must):
        never[aplace[aptr[sure] : aptr[sure + 1]]] = True  # too close to a place that is sure to be a hub
    opens &= ~never[:, None]
    if (must & never).any():
        return None
    around = k.users_around(
        ground.order, ground.minutes, opens | keeps, p.existing, forced, p.limit_min, users, counted)
    viable = views.enough(np.moveaxis(around, 2, 0), p.min_users)
    opens, keeps = opens & viable, keeps & viable
    if (forced & ~(opens | keeps)).any():
        return None
    place, service = np.nonzero(opens | keeps)
    cand_of = np.full(opens.shape, -1, dtype=np.int32)
    cand_of[place, service] = np.arange(len(place))
    ptr, cand, cost = k.lists(
        ground.order, ground.minutes, cand_of, p.existing, forced, p.limit_min, per_minute, p.unserved_min, counted)
    cptr, client, entry = k.by_candidate(ptr, cand, len(place))
    bit, fptr, table = _tables(p, opens, place, service)
    required = _required(p, cand_of)
    if required is None:
        return None
    rptr, rcand = required
    qptr, qreq = _inverse(rptr, rcand, len(place))
    most = min(x for x in (p.hubs, p.max_hubs, len(must)) if x is not None)
    return Field(
        ptr, cand, cost, cptr, client, entry, place.astype(np.int64), service.astype(np.int64), opens[place, service],
        keeps[place, service], p.rescue_cost_jpy[service].astype(np.float64), forced[place, service], users,
        p.min_users[service].astype(np.float64), views.draw, views.weight, float(views.share), bit, fptr, table,
        p.existing.sum(axis=1).astype(np.int64), must, never,
        np.searchsorted(place, np.arange(len(must) + 1)).astype(np.int64), np.arange(len(place)), rptr, rcand,
        qptr, qreq, aptr, aplace, float(p.hub_cost_jpy), int(p.hubs or 0), int(most),
        float("inf") if p.budget_jpy is None else float(p.budget_jpy), int(p.min_services),
    )


def _per_minute(p: HubProblem) -> Floats:
    """What one more one-way minute costs each client in a year: (clients,)."""
    users = np.tensordot(p.year_weights, p.users, axes=1)
    return np.ascontiguousarray((users * (p.trips_per_year * 2.0 * p.jpy_per_minute)).T).reshape(-1)


def _tables(p: HubProblem, opens: Bools, place: Ints, service: Ints) -> tuple[Ints, Ints, Floats]:
    bit = np.where(opens[place, service], np.cumsum(opens, axis=1)[place, service] - 1, -1)
    count = opens.sum(axis=1)
    fptr = np.concatenate([[0], np.cumsum(1 << count)]).astype(np.int64)
    only = np.full(opens.shape, -2, dtype=np.int64)  # -2 free, -1 must open anywhere, else must open in that building
    for j, s, b in p.must_open:
        only[j, s] = b
    by_place = np.argsort(p.building_place, kind="stable")
    by_place = by_place[~np.isin(by_place, p.never_buildings)]
    bptr = np.searchsorted(p.building_place[by_place], np.arange(len(opens) + 1))
    table = k.packing(
        opens, only, bptr, by_place, p.floor_m2 * (1 + TOLERANCE / 2), p.building_cost_jpy, p.service_floor_m2,
        p.service_cost_jpy, fptr)
    return bit.astype(np.int64), fptr, table


def _required(p: HubProblem, cand_of: NDArray[np.int32]) -> tuple[Ints, Ints] | None:
    rows: dict[tuple[int, ...], None] = {}
    for i, s in unreached(p, p.existing):
        assert p.reach_min is not None
        some = cand_of[p.minutes[i] <= p.reach_min[s], s]
        some = some[some >= 0]
        if not len(some):
            return None
        rows[tuple(int(c) for c in some)] = None
    ptr = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    return ptr, np.array([c for row in rows for c in row], dtype=np.int64)


def _inverse(ptr: Ints, item: Ints, count: int) -> tuple[Ints, Ints]:
    row = np.repeat(np.arange(len(ptr) - 1), np.diff(ptr))
    order = np.argsort(item, kind="stable")
    return np.searchsorted(item[order], np.arange(count + 1)).astype(np.int64), row[order].astype(np.int64)


def _apart(p: HubProblem) -> tuple[Ints, Ints]:
    pairs = np.array([(a, b) for a, b in p.apart if a != b], dtype=np.int64).reshape(-1, 2)
    both = np.unique(np.concatenate([pairs, pairs[:, ::-1]]), axis=0)
    return np.searchsorted(both[:, 0], np.arange(len(p.place_ids) + 1)).astype(np.int64), both[:, 1].copy()
