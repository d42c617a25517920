"""A hub problem made small without changing its optimum: what can be offered, and who would come to it.

Everything here is exact. See docs/methods/siting.md, "What is solved".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from musubime.region import Floats, Ints

from ._viability import Views, views_of
from .evaluate import jpy_per_user_minute, weighted_users
from .model import Bools, HubProblem

FREE = -1  # in a list of places: an offer that exists and stays, where the list ends


@dataclass(frozen=True)
class Core:
    """Candidates (a service at a place), their options, and the shared prefixes of the users' ordered lists.

    cand_place, cand_service: (candidates,). cand_of: (places, services) candidate or -1.
    option_cand, option_building, option_jpy: (options,), building -1 = rescue of what is there.
    rooms: buildings worth considering, ascending.
    A node is a set of candidates that stands at the head of somebody's list; node -1 is the empty set.
    node_size, node_first: (nodes,) how many, and the one that a node of one holds.
    node_jpy: (nodes,) yearly cost while no candidate of the set is open. fixed_jpy: cost whatever is decided.
    links: (links, 3) parent node, candidate that comes next, node with it; several links may lead to one node.
    via_cand, via_node, via_users: users, by view (via, views), who come to a candidate while the node is shut (+, it
        stands before the candidate) less those of the node with the candidate in it (-).
    missing: places and services that must be opened and cannot be.
    """

    problem: HubProblem
    cand_place: Ints
    cand_service: Ints
    cand_of: Ints
    option_cand: Ints
    option_building: Ints
    option_jpy: Floats
    rooms: Ints
    node_size: Ints
    node_jpy: Floats
    node_first: Ints
    links: Ints
    fixed_jpy: float
    via_cand: Ints
    via_node: Ints
    via_users: Floats
    views: Views
    missing: tuple[tuple[int, int], ...]

    @property
    def candidates(self) -> int:
        return len(self.cand_place)


def useful_rooms(problem: HubProblem) -> Ints:
    """Buildings that some optimal plan may use: those that hold a service and are not beaten by a cheaper
    one which alone has room for everything that may open at the place."""
    floor, cost = problem.floor_m2, problem.building_cost_jpy
    kept: list[int] = []
    asked = {b for _, _, b in problem.must_open}
    for place in np.unique(problem.building_place):
        wanted = problem.service_floor_m2[problem.may_open[place]]
        if not len(wanted):
            continue
        here = [b for b in np.flatnonzero(problem.building_place == place)
                if floor[b] >= wanted.min() and b not in problem.never_buildings]
        large = [b for b in here if floor[b] >= wanted.sum()]
        best = min(large, key=lambda b: (cost[b], b), default=None)
        kept += [int(b) for b in here if best is None or b == best or cost[b] < cost[best] or int(b) in asked]
    return np.array(sorted(kept), dtype=np.int64)


def ordered_lists(problem: HubProblem, offered: Bools) -> list[list[tuple[Ints, Floats]]]:
    """For each settlement and service: the places that might serve it, nearest first, and their minutes.

    offered: (places, services) places to consider besides those that exist. A list ends with the first place
    that exists and stays (FREE comes last), or at the limit. Ties go to the place that stands first.
    """
    order = np.argsort(problem.minutes, axis=1, kind="stable")
    lists = []
    for i in range(len(problem.settlement_ids)):
        minutes = problem.minutes[i, order[i]]
        row = []
        for s, limit in enumerate(problem.limit_min):
            within = order[i, : np.searchsorted(minutes, limit, side="right")]
            free = problem.existing[within, s]
            stop = int(np.argmax(free)) + 1 if free.any() else len(within)
            within = within[:stop]
            within = within[offered[within, s] | problem.existing[within, s]]
            row.append((within, problem.minutes[i, within]))
        lists.append(row)
    return lists


def make_core(problem: HubProblem) -> Core:
    """Candidates that can be offered and can reach their fewest users, and the nodes of all lists."""
    users = weighted_users(problem)
    rooms = useful_rooms(problem)
    houses = np.zeros(len(problem.place_ids))
    np.maximum.at(houses, problem.building_place[rooms], problem.floor_m2[rooms])
    housed = np.zeros(len(problem.place_ids), dtype=bool)
    housed[problem.building_place[rooms]] = True
    can_open = problem.may_open & housed[:, None] & (houses[:, None] >= problem.service_floor_m2)
    can_open[list(problem.never_hubs)] = False
    can_open &= ~problem.existing
    can_rescue = problem.rescue & ~problem.existing
    for j, s, _ in problem.must_open:
        can_rescue[j, s] = False

    views = views_of(problem)
    lists = ordered_lists(problem, can_open | can_rescue)
    reach = np.zeros((len(views.users), *problem.existing.shape))
    for i, row in enumerate(lists):
        for s, (places, _) in enumerate(row):
            reach[:, places, s] += views.users[:, i, s, None]
    viable = views.enough(reach, problem.min_users)
    can_open &= viable
    can_rescue &= viable
    return _with_nodes(problem, users, views, rooms, can_open, can_rescue, lists)


def _with_nodes(
    problem: HubProblem, users: Floats, views: Views, rooms: Ints, can_open: Bools, can_rescue: Bools,
    lists: list[list[tuple[Ints, Floats]]],
) -> Core:
    place, service = np.nonzero(can_open | can_rescue)
    cand_of = np.full(problem.existing.shape, -1, dtype=np.int64)
    cand_of[place, service] = np.arange(len(place))
    only = {(j, s): b for j, s, b in problem.must_open}
    options = [
        (c, int(b), float(problem.service_cost_jpy[s]))
        for c, (j, s) in enumerate(zip(place, service, strict=True)) if can_open[j, s]
        for b in rooms[problem.building_place[rooms] == j]
        if problem.floor_m2[b] >= problem.service_floor_m2[s] and only.get((int(j), int(s)), -1) in (-1, b)
    ]
    options += [(int(cand_of[j, s]), FREE, float(problem.rescue_cost_jpy[s])) for j, s in np.argwhere(can_rescue)]
    options.sort(key=lambda option: option[0])

    yen = jpy_per_user_minute(problem)
    known: dict[int, int] = {0: -1}
    size: list[int] = []
    first: list[int] = []
    cost: list[float] = []
    links: dict[tuple[int, int, int], None] = {}
    gains: dict[tuple[int, int], Floats] = {}
    somebody = np.asarray((views.users > 0).any(axis=0), dtype=bool)
    fixed = 0.0
    for i, row in enumerate(lists):
        for s, (places, minutes) in enumerate(row):
            people = float(users[i, s])
            if people <= 0 and not somebody[i, s]:
                continue
            seen = views.users[:, i, s]
            ids = [int(c) for c in cand_of[places, s]]
            per_minute = people * float(yen[s])
            mask, node, now = 0, -1, None
            free = False
            for c, j, minute in zip(ids, places, minutes, strict=True):
                free = bool(problem.existing[j, s])
                if c < 0 and not free:
                    continue
                worse = per_minute * (float(minute) - (now if now is not None else 0.0))
                if node < 0:
                    fixed += worse
                else:
                    cost[node] += worse
                now = float(minute)
                if free:
                    break
                mask |= 1 << c
                child = known.get(mask)
                if child is None:
                    child = known[mask] = len(size)
                    size.append((size[node] if node >= 0 else 0) + 1)
                    first.append(c if node < 0 else first[node])
                    cost.append(0.0)
                links[node, c, child] = None
                gains[c, node] = gains.get((c, node), 0.0) + seen
                gains[c, child] = gains.get((c, child), 0.0) - seen
                node = child
            if not free:
                worse = per_minute * (problem.unserved_min - (now if now is not None else 0.0))
                if node < 0:
                    fixed += worse
                else:
                    cost[node] += worse
    keys = sorted(gains)
    return Core(
        problem, place.astype(np.int64), service.astype(np.int64), cand_of,
        np.array([o[0] for o in options], dtype=np.int64), np.array([o[1] for o in options], dtype=np.int64),
        np.array([o[2] for o in options]), rooms,
        np.array(size, dtype=np.int64), np.array(cost), np.array(first, dtype=np.int64),
        np.array(list(links), dtype=np.int64).reshape(-1, 3), fixed,
        np.array([k[0] for k in keys], dtype=np.int64), np.array([k[1] for k in keys], dtype=np.int64),
        np.array([gains[k] for k in keys]).reshape(len(keys), len(views.users)), views,
        tuple(at for at in only if not can_open[at]),
    )
