"""The hub problem as a mixed-integer program for HiGHS, as arrays. docs/methods/siting.md names every row."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from musubime.region import Floats, Ints

from ._core import Core
from ._viability import TOLERANCE
from .evaluate import Evaluation, unreached


@dataclass
class _Rows:
    """Sparse rows, added a block at a time."""

    count: int = 0
    row: list[Ints] = field(default_factory=list)
    col: list[Ints] = field(default_factory=list)
    val: list[Floats] = field(default_factory=list)
    lower: list[Floats] = field(default_factory=list)
    upper: list[Floats] = field(default_factory=list)

    def add(
        self, rows: int, parts: list[tuple[Ints, Ints, Floats | float]], lower: Floats | float, upper: Floats | float
    ) -> None:
        """A block of `rows` rows; parts: (row in the block, column, value)."""
        for row, col, val in parts:
            self.row.append(np.asarray(row, dtype=np.int64) + self.count)
            self.col.append(np.asarray(col, dtype=np.int64))
            self.val.append(np.broadcast_to(np.asarray(val, dtype=np.float64), np.shape(row)))
        self.lower.append(np.broadcast_to(np.asarray(lower, dtype=np.float64), (rows,)))
        self.upper.append(np.broadcast_to(np.asarray(upper, dtype=np.float64), (rows,)))
        self.count += rows


@dataclass(frozen=True)
class Program:
    """min cost·x + constant, row_lower <= A x <= row_upper; A by rows. Columns: hubs, rooms, options, offers, nodes,
    and for each candidate and draw of the outlook whether it holds there.

    Costs are in units of scale_jpy, a ten-thousandth of doing nothing, so that HiGHS's absolute tolerances mean
    the same in a village and in a city.
    """

    core: Core
    scale_jpy: float
    rooms_at: int
    options_at: int
    offers_at: int
    nodes_at: int
    draws_at: int
    columns: int
    constant: float
    cost: Floats
    lower: Floats
    upper: Floats
    row_lower: Floats
    row_upper: Floats
    start: NDArray[np.int32]
    index: NDArray[np.int32]
    value: Floats
    integer: NDArray[np.int32]


def make_program(core: Core, *, feasibility_only: bool = False) -> Program:
    """All columns and rows. `feasibility_only` drops the objective, and the nodes when nothing has fewest users."""
    p = core.problem
    places, rooms, options = len(p.place_ids), len(core.rooms), len(core.option_cand)
    rooms_at = places
    options_at = rooms_at + rooms
    offers_at = options_at + options
    nodes_at = offers_at + core.candidates
    with_nodes = not feasibility_only or bool((p.min_users > 0).any())
    draws_at = nodes_at + (len(core.node_size) if with_nodes else 0)
    columns = draws_at + (core.candidates * len(core.views.weight) if with_nodes else 0)

    cost = np.zeros(columns)
    lower, upper = np.zeros(columns), np.ones(columns)
    cost[:places] = p.hub_cost_jpy
    cost[rooms_at:options_at] = p.building_cost_jpy[core.rooms]
    cost[options_at:offers_at] = core.option_jpy
    constant = core.fixed_jpy
    single = core.node_size == 1  # a node of one candidate is 1 - its offer: no column is needed
    if with_nodes:
        constant += float(core.node_jpy[single].sum())
        np.add.at(cost, offers_at + core.node_first[single], -core.node_jpy[single])
        cost[nodes_at:draws_at] = np.where(single, 0.0, core.node_jpy)
        upper[nodes_at:draws_at][single] = 0.0
    lower[list(p.must_hubs)] = 1.0
    upper[list(p.never_hubs)] = 0.0
    for j, s, _ in p.must_open:
        if core.cand_of[j, s] >= 0:
            lower[offers_at + core.cand_of[j, s]] = 1.0

    rows = _Rows()
    _decision_rows(rows, core, rooms_at, options_at, offers_at)
    if with_nodes:
        _node_rows(rows, core, offers_at, nodes_at, draws_at)
    matrix = sparse.csr_array(
        (np.concatenate(rows.val), (np.concatenate(rows.row), np.concatenate(rows.col))), shape=(rows.count, columns)
    )
    integer = np.zeros(columns, dtype=np.int32)
    integer[:offers_at] = 1
    integer[draws_at:] = 1
    if feasibility_only:
        cost[:] = 0.0
    scale = max(core.fixed_jpy + float(core.node_jpy.sum()), 1e4) / 1e4
    return Program(
        core, scale, rooms_at, options_at, offers_at, nodes_at, draws_at, columns, constant / scale, cost / scale,
        lower, upper, np.concatenate(rows.lower), np.concatenate(rows.upper),
        matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32), matrix.data, integer,
    )


def _decision_rows(rows: _Rows, core: Core, rooms_at: int, options_at: int, offers_at: int) -> None:
    p = core.problem
    places = np.arange(len(p.place_ids))
    options = np.arange(len(core.option_cand))
    cand_rows = np.arange(core.candidates)
    room_rows = np.arange(len(core.rooms))
    # a building is used only in a hub
    rows.add(len(core.rooms), [
        (room_rows, rooms_at + room_rows, 1.0), (room_rows, p.building_place[core.rooms], -1.0),
    ], -np.inf, 0.0)
    # a service is opened only in a building that is used
    opening = np.flatnonzero(core.option_building >= 0)
    room_of = np.searchsorted(core.rooms, core.option_building[opening])
    n = np.arange(len(opening))
    rows.add(len(opening), [(n, options_at + opening, 1.0), (n, rooms_at + room_of, -1.0)], -np.inf, 0.0)
    # an offer is opened in one building, or kept, or is not
    rows.add(core.candidates, [
        (core.option_cand, options_at + options, 1.0), (cand_rows, offers_at + cand_rows, -1.0),
    ], 0.0, 0.0)
    # floor area, where what may open does not fit anyhow
    need = p.service_floor_m2[core.cand_service[core.option_cand[opening]]]
    total = np.bincount(room_of, weights=need, minlength=len(core.rooms))
    tight = np.flatnonzero(total > p.floor_m2[core.rooms])
    if len(tight):
        row_of = np.full(len(core.rooms), -1)
        row_of[tight] = np.arange(len(tight))
        held = row_of[room_of] >= 0
        floor = np.maximum(p.floor_m2[core.rooms[tight]], 1e-9)
        rows.add(len(tight), [
            (row_of[room_of][held], options_at + opening[held], need[held] / floor[row_of[room_of][held]]),
            (np.arange(len(tight)), rooms_at + tight, -1.0),
        ], -np.inf, 0.0)
    # enough services at a hub
    needed = p.min_services - p.existing.sum(axis=1)
    short = np.flatnonzero(needed > 0)
    if len(short):
        row_of = np.full(len(places), -1)
        row_of[short] = np.arange(len(short))
        held = row_of[core.cand_place] >= 0
        rows.add(len(short), [
            (row_of[core.cand_place][held], offers_at + cand_rows[held], 1.0),
            (np.arange(len(short)), short, -needed[short].astype(np.float64)),
        ], 0.0, np.inf)
    zero = np.zeros(len(places), dtype=np.int64)
    if p.hubs is not None:
        rows.add(1, [(zero, places, 1.0)], float(p.hubs), float(p.hubs))
    if p.max_hubs is not None:
        rows.add(1, [(zero, places, 1.0)], -np.inf, p.max_hubs)
    if p.budget_jpy is not None:
        cost = np.concatenate([
            np.full(len(places), p.hub_cost_jpy), p.building_cost_jpy[core.rooms], core.option_jpy,
        ]) / max(p.budget_jpy, 1.0)
        rows.add(1, [(np.zeros(len(cost), dtype=np.int64), np.arange(len(cost)), cost)],
                 -np.inf, p.budget_jpy / max(p.budget_jpy, 1.0))
    # places too close to be hubs both
    pairs = np.array([(a, b) for a, b in p.apart if a != b], dtype=np.int64).reshape(-1, 2)
    n = np.arange(len(pairs))
    rows.add(len(pairs), [(n, pairs[:, 0], 1.0), (n, pairs[:, 1], 1.0)], -np.inf, 1.0)
    # one offer within reach of everybody for whom that is asked
    needs = {
        tuple(int(c) for c in core.cand_of[p.minutes[i] <= p.reach_min[s], s] if c >= 0): None
        for i, s in unreached(p, p.existing) if p.reach_min is not None
    }
    for offers in needs:
        some = np.array(offers, dtype=np.int64)
        rows.add(1, [(np.zeros(len(some), dtype=np.int64), offers_at + some, 1.0)], 1.0, np.inf)
    for _ in core.missing:  # what must be opened and cannot be: no plan
        rows.add(1, [], 1.0, np.inf)


def _terms(core: Core, offers_at: int, nodes_at: int, nodes: Ints) -> tuple[Ints, Floats, Floats]:
    """Each node as column × factor + constant; the empty set is the constant 1 (its column is given factor 0)."""
    empty = nodes < 0
    known = np.maximum(nodes, 0)
    single = ~empty & (core.node_size[known] == 1)
    column = np.where(single, offers_at + core.node_first[known], nodes_at + known)
    factor = np.where(empty, 0.0, np.where(single, -1.0, 1.0))
    return column, factor, np.where(empty | single, 1.0, 0.0)


def _node_rows(rows: _Rows, core: Core, offers_at: int, nodes_at: int, draws_at: int) -> None:
    p = core.problem
    if not len(core.node_size):
        return
    parent, cand, node = core.links[core.node_size[core.links[:, 2]] > 1].T
    n = np.arange(len(node))
    column, factor, constant = _terms(core, offers_at, nodes_at, parent)
    # shut(node) >= shut(parent) - offer
    rows.add(len(n), [
        (n, nodes_at + node, 1.0), (n, column, -factor), (n, offers_at + cand, 1.0),
    ], constant, np.inf)
    # Everybody goes to the closest offer: only where going elsewhere could keep a service above its fewest users.
    tied = p.min_users[core.cand_service[cand]] > 0
    n = np.arange(int(tied.sum()))
    rows.add(len(n), [(n, nodes_at + node[tied], 1.0), (n, column[tied], -factor[tied])], -np.inf, constant[tied])
    rows.add(len(n), [(n, nodes_at + node[tied], 1.0), (n, offers_at + cand[tied], 1.0)], -np.inf, 1.0)
    # fewest users, in shares of them: in each view of the outlook; in a draw where it is to hold
    fewest = p.min_users[core.cand_service]
    asked = np.flatnonzero(fewest > 0)
    row_of = np.full(core.candidates, -1)
    row_of[asked] = np.arange(len(asked))
    held = fewest[core.via_cand] > 0
    column, factor, constant = _terms(core, offers_at, nodes_at, core.via_node[held])
    row, n = row_of[core.via_cand[held]], np.arange(len(asked))
    draws = len(core.views.weight)
    for view, draw in enumerate(core.views.draw):
        share = core.via_users[held, view] / fewest[core.via_cand[held]]
        least = np.asarray(-np.bincount(row, weights=share * constant, minlength=len(asked)), dtype=np.float64)
        holds = offers_at + asked if draw < 0 else draws_at + asked * draws + draw
        rows.add(len(asked), [(row, column, share * factor), (n, holds, -1.0)], least, np.inf)
    if draws:
        every = np.repeat(n, draws)
        at = draws_at + (asked[:, None] * draws + np.arange(draws)).ravel()
        rows.add(len(asked), [
            (every, at, np.tile(core.views.weight, len(asked))),
            (n, offers_at + asked, TOLERANCE / 2 - core.views.share),
        ], 0.0, np.inf)


def column_values(program: Program, decision: Evaluation) -> Floats:
    """A counted decision as values of all columns: a start for the solver."""
    core = program.core
    values = np.zeros(program.columns)
    values[list(decision.hubs)] = 1.0
    used = np.unique(decision.building_of[decision.building_of >= 0])
    values[program.rooms_at : program.options_at][np.isin(core.rooms, used)] = 1.0
    place, service = core.cand_place[core.option_cand], core.cand_service[core.option_cand]
    chosen = np.where(
        core.option_building >= 0, decision.building_of[place, service] == core.option_building,
        decision.rescued[place, service],
    )
    values[program.options_at : program.offers_at] = chosen
    offers = np.bincount(core.option_cand[chosen], minlength=core.candidates) > 0
    values[program.offers_at : program.nodes_at] = offers
    if program.columns > program.nodes_at:
        shut = np.ones(len(core.node_size), dtype=bool)
        for parent, cand, node in core.links:  # parents come before their nodes
            shut[node] = (parent < 0 or shut[parent]) and not offers[cand]
        values[program.nodes_at : program.draws_at] = np.where(core.node_size == 1, 0.0, shut)
        if program.columns > program.draws_at:
            values[program.draws_at :] = _holds(program, shut).ravel()
    return values


def _holds(program: Program, shut: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(candidates, draws): in which draws a candidate has its fewest users when these nodes are shut."""
    core = program.core
    open_way = np.where(core.via_node < 0, 1.0, shut[np.maximum(core.via_node, 0)])
    users = np.zeros((core.candidates, core.via_users.shape[1]))
    np.add.at(users, core.via_cand, core.via_users * open_way[:, None])
    fewest = core.problem.min_users[core.cand_service]
    return np.stack([
        (users[:, core.views.draw == d] >= fewest[:, None]).all(axis=1) for d in range(len(core.views.weight))
    ], axis=1)


def decision_of(program: Program, values: Floats) -> tuple[tuple[int, ...], Ints, NDArray[np.bool_]]:
    """Hubs, building of each opened service, and rescues, from column values near 0 or 1."""
    core = program.core
    shape = core.problem.existing.shape
    building_of = np.full(shape, -1, dtype=np.int64)
    rescued = np.zeros(shape, dtype=bool)
    for option in np.flatnonzero(values[program.options_at : program.offers_at] > 0.5):
        cand = core.option_cand[option]
        at = core.cand_place[cand], core.cand_service[cand]
        if core.option_building[option] >= 0:
            building_of[at] = core.option_building[option]
        else:
            rescued[at] = True
    hubs = tuple(int(j) for j in np.flatnonzero(values[: program.rooms_at] > 0.5))
    return hubs, building_of, rescued
