"""Why capacities cannot be kept: a smallest set of clients that cannot be served together."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from musubime.language import Text, text
from musubime.region import Ints

from . import _kernels as k
from ._engine import Clock, Mask
from ._facility_program import Capacitated, close_gap
from ._highs import new_highs, pass_program, run_milp


@dataclass(frozen=True)
class Conflict:
    """reasons: each could be given up to get a solution. clients: positions of those concerned."""

    reasons: tuple[Text, ...]
    clients: Ints


def conflict_of(problem: Capacitated, must: Mask, clock: Clock, *, sure: bool) -> Conflict | None:
    """What stands against every solution, or None when nothing was found.

    Without `sure` only what is cheap to see: one client too large, too little room in all, and for demand that may be
    split too little room within reach of some. With it the program is asked, and clients are left out one after
    another while the rest still cannot be served.
    """
    none = np.zeros(0, dtype=np.int64)
    reach = np.isfinite(problem.cost)
    if problem.single:
        largest = np.where(reach, problem.capacity, 0.0).max(axis=1)
        large = np.flatnonzero(problem.demand > largest * (1 + 1e-9))
        if len(large):
            return Conflict((text(
                "{count} clients each ask for more than any site that reaches them can hold: {who}", count=len(large),
                who=_listed(large)),), large)
    few = problem.hi < problem.sites
    room = _most_room(problem, must)
    if problem.demand.sum() > room * (1 + 1e-9):
        reason = text("all clients together ask for {demand:,.6g}, and {sites} sites hold {room:,.6g} at most",
                      demand=float(problem.demand.sum()), sites=problem.hi, room=room)
        limit = (text("exactly {p} sites", p=problem.hi),) if few else ()
        return Conflict((*limit, reason), none)
    crowded = _crowded(problem, reach, clock)
    if crowded is not None:
        return crowded
    return _left_out_one_by_one(problem, must, clock) if sure else None


def _listed(who: Ints) -> str:
    return ", ".join(str(int(i)) for i in who[:10]) + (" …" if len(who) > 10 else "")


def _most_room(problem: Capacitated, must: Mask) -> float:
    """The most that `hi` sites can hold, the musts among them."""
    others = np.sort(problem.capacity[~must])[::-1]
    return float(problem.capacity[must].sum() + others[: max(problem.hi - int(must.sum()), 0)].sum())


def _crowded(problem: Capacitated, reach: Mask, clock: Clock) -> Conflict | None:
    """The fewest clients who ask for more than all sites that reach one of them hold (Hall's condition).

    With z of a client in the set and w of a site that reaches one of them: w >= z for each pair, and the demand of
    those in the set exceeds the room of those sites. Where demand may be split and every site may be open, a solution
    exists exactly when there is no such set.
    """
    if reach.all():
        return None  # every set sees all sites, whose room suffices
    m = reach.shape[1]
    pattern, of_client = np.unique(np.packbits(reach, axis=1), axis=0, return_inverse=True)
    groups = len(pattern)
    demand = np.bincount(of_client.ravel(), weights=problem.demand, minlength=groups)
    first = np.array([int(np.argmax(of_client.ravel() == g)) for g in range(groups)])
    group, site = np.nonzero(reach[first])
    # whether there is one at all: a linear program, whose matrix is that of a cut
    at = np.arange(len(group))
    matrix = sparse.csr_array((
        np.tile([1.0, -1.0], len(group)), (np.repeat(at, 2), np.column_stack([group, groups + site]).ravel()),
    ), shape=(len(group), groups + m))
    highs = new_highs(time_limit=max(clock.left, 1.0))
    pass_program(
        highs, cost=np.concatenate([demand, -problem.capacity]), constant=0.0, lower=np.zeros(groups + m),
        upper=np.ones(groups + m), row_lower=np.full(len(group), -np.inf), row_upper=np.zeros(len(group)),
        start=matrix.indptr.astype(np.int32), index=matrix.indices.astype(np.int32), value=matrix.data,
        integer=np.zeros(groups + m, dtype=np.int32), maximize=True,
    )
    highs.run()
    tolerance = 1e-7 * max(float(problem.demand.sum()), 1e-9)
    if highs.getInfo().objective_function_value <= tolerance:
        return None
    chosen = np.array(highs.getSolution().col_value)[:groups] > 0.5
    smallest = _fewest(problem, reach, chosen[of_client.ravel()], tolerance, clock)
    sites = reach[smallest].any(axis=0)
    return Conflict((text(
        "{count} clients ask for {demand:,.6g} together, and the {sites} sites that reach any of them hold "
        "{room:,.6g}: {who}", count=len(smallest), demand=float(problem.demand[smallest].sum()), sites=int(sites.sum()),
        room=float(problem.capacity[sites].sum()), who=_listed(smallest)),), smallest)


def _fewest(problem: Capacitated, reach: Mask, start: Mask, tolerance: float, clock: Clock) -> Ints:
    """The fewest clients of such a set, proven unless the clock runs out; `start` is one."""
    n, m = reach.shape
    client, site = np.nonzero(reach)
    pairs = len(client)
    at = np.arange(pairs)
    row = np.concatenate([np.repeat(at, 2), np.full(n + m, pairs)])
    col = np.concatenate([np.column_stack([client, n + site]).ravel(), np.arange(n + m)])
    value = np.concatenate([np.tile([1.0, -1.0], pairs), problem.demand, -problem.capacity])
    matrix = sparse.csr_array((value, (row, col)), shape=(pairs + 1, n + m))
    highs = new_highs()
    pass_program(
        highs, cost=np.concatenate([np.ones(n), np.zeros(m)]), constant=0.0, lower=np.zeros(n + m),
        upper=np.ones(n + m), row_lower=np.concatenate([np.full(pairs, -np.inf), [tolerance]]),
        row_upper=np.concatenate([np.zeros(pairs), [np.inf]]), start=matrix.indptr.astype(np.int32),
        index=matrix.indices.astype(np.int32), value=matrix.data, integer=np.ones(n + m, dtype=np.int32),
    )
    begin = np.concatenate([start, reach[start].any(axis=0)]).astype(np.float64)
    answer = run_milp(highs, seconds=min(max(clock.left, 1.0), 20.0), gap=0.0, start_values=begin, abs_gap=1.0 - 1e-6)
    chosen = answer.values[:n] > 0.5 if answer.values is not None else start
    over = problem.demand[chosen].sum() - problem.capacity[reach[chosen].any(axis=0)].sum()
    return np.flatnonzero(chosen if over > 0 else start)


def _left_out_one_by_one(problem: Capacitated, must: Mask, clock: Clock) -> Conflict | None:
    """When the program has no solution: clients without whom the rest still has none are left out, in halves first."""
    kept = np.arange(problem.clients)
    if not _impossible(problem, must, kept, clock):
        return None
    size = max(len(kept) // 2, 1)
    complete = True
    while True:
        at, lessened = 0, False
        while at < len(kept):
            if clock.left <= 0:
                complete = False
                break
            rest = np.concatenate([kept[:at], kept[at + size :]])
            if len(rest) and _impossible(problem, must, rest, clock):
                kept, lessened = rest, True
            else:
                at += size
        if not complete or (size == 1 and not lessened):
            break
        size = max(size // 2, 1)
    reasons = [text("exactly {p} sites", p=problem.hi)] if problem.hi < problem.sites else []
    reasons.append(text(
        "{count} clients, asking for {demand:,.6g} together, cannot be served at once within the capacities: {who}",
        count=len(kept), demand=float(problem.demand[kept].sum()), who=_listed(kept)))
    if not complete:
        reasons.append(text("the time ran out before it was known whether fewer clients already conflict"))
    return Conflict(tuple(reasons), kept)


def _impossible(problem: Capacitated, must: Mask, clients: Ints, clock: Clock) -> bool:
    """Is it proven that these clients alone cannot be served?"""
    cost = np.where(np.isfinite(problem.cost[clients]), 0.0, np.inf)
    part = replace(
        problem, cost=cost, by_site=np.ascontiguousarray(cost.T), demand=problem.demand[clients],
        open_cost=np.zeros(problem.sites),
    )
    fix = np.full(problem.sites, k.FREE, dtype=np.int8)
    fix[must] = k.OPEN
    pairs = np.isfinite(cost)
    if problem.single:
        pairs &= part.demand[:, None] <= part.capacity
    answer = close_gap(part, fix, pairs, cut=np.inf, gap=0.0, clock=clock, seconds=30.0, strong_rounds=0)
    return answer.status == "infeasible"
