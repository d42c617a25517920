"""The program of capacitated location over the sites and pairs left, in HiGHS, and the transport to given sites."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from musubime.region import Floats, Ints

from . import _kernels as k
from ._engine import Clock, Mask
from ._highs import MilpAnswer, new_highs, pass_program, run_milp


@dataclass(frozen=True)
class Capacitated:
    """The arrays of a capacitated problem as the kernels want them. cost: (clients, sites); by_site its transpose.

    single: clients are not split. lo, hi: how many sites may be open. whole: every cost is a whole number and clients
    are not split, so solutions differ by one at least.
    """

    cost: Floats
    by_site: Floats
    demand: Floats
    capacity: Floats
    open_cost: Floats
    single: bool
    lo: int
    hi: int
    whole: bool

    @property
    def clients(self) -> int:
        return len(self.demand)

    @property
    def sites(self) -> int:
        return len(self.capacity)


@dataclass(frozen=True)
class Closing:
    """What HiGHS found: a status as in MilpAnswer, a bound for all solutions below the cut, open sites and shares."""

    status: str
    bound: float
    is_open: Mask | None = None
    share: Floats | None = None


def _rows(problem: Capacitated, client: Ints, site: Ints, position: Ints, free: Ints) -> tuple[Any, Floats, Floats]:
    """Everybody served; no site beyond its capacity, nor used while closed; enough sites and room in all.

    Columns: the sites `free`, then the pairs. position: of a site among `free`.
    """
    f, pairs, n = len(free), len(client), problem.clients
    at = f + np.arange(pairs)
    room = np.minimum(problem.capacity[free], problem.demand.sum())
    loaded = problem.demand[client] > 0
    row = [client, n + position[site[loaded]], n + np.arange(f), np.full(f, n + f), np.full(f, n + f + 1)]
    col = [at, at[loaded], np.arange(f), np.arange(f), np.arange(f)]
    value = [np.ones(pairs), problem.demand[client[loaded]], -room, np.ones(f), room]
    matrix = sparse.csr_array(
        (np.concatenate(value), (np.concatenate(row), np.concatenate(col))), shape=(n + f + 2, f + pairs))
    needed = problem.demand.sum() * (1 - 1e-9)
    lower = np.concatenate([np.ones(n), np.full(f, -np.inf), [float(problem.lo), needed]])
    upper = np.concatenate([np.ones(n), np.zeros(f), [float(problem.hi), np.inf]])
    return matrix, lower, upper


def close_gap(
    problem: Capacitated, fix: NDArray[np.int8], pairs: Mask, *, cut: float, gap: float, clock: Clock, seconds: float,
    strong_rounds: int = 12, sites_whole: bool = True,
) -> Closing:
    """Solve what is left: sites not closed, and pairs (clients, sites) that may still serve.

    "A closed site serves nobody" is written out for a pair once the program without it breaks it. sites_whole: false
    where it is enough that pairs are whole.
    """
    free = np.flatnonzero(fix != k.SHUT)
    position = np.full(problem.sites, -1)
    position[free] = np.arange(len(free))
    client, site = np.nonzero(pairs & (fix != k.SHUT))
    f = len(free)
    matrix, row_lower, row_upper = _rows(problem, client, site, position, free)
    cost = np.concatenate([problem.open_cost[free], problem.cost[client, site]])
    lower, upper = np.zeros(f + len(client)), np.ones(f + len(client))
    lower[:f][fix[free] == k.OPEN] = 1.0
    highs = new_highs(time_limit=max(min(seconds, clock.left), 0.05))
    integer = np.zeros(f + len(client), dtype=np.int32)
    pass_program(
        highs, cost=cost, constant=0.0, lower=lower, upper=upper, row_lower=row_lower, row_upper=row_upper,
        start=matrix.indptr.astype(np.int32), index=matrix.indices.astype(np.int32), value=matrix.data,
        integer=integer,
    )
    most = 1.0 if problem.single else None
    steep = np.ones(len(client)) if most else np.minimum(
        1.0, problem.capacity[site] / np.maximum(problem.demand[client], 1e-300))
    written = np.zeros(len(client), dtype=bool)
    for _ in range(strong_rounds):
        highs.setOptionValue("time_limit", max(min(seconds, clock.left), 0.05))
        highs.run()
        values = np.array(highs.getSolution().col_value)
        if len(values) != f + len(client) or str(highs.getModelStatus()) != "HighsModelStatus.kOptimal":
            break
        broken = np.flatnonzero((values[f:] > steep * values[position[site]] + 1e-5) & ~written)
        if not len(broken):
            break
        written[broken] = True
        count = len(broken)
        index = np.column_stack([position[site[broken]], f + broken]).ravel().astype(np.int32)
        entry = np.column_stack([-steep[broken], np.ones(count)]).ravel()
        highs.addRows(count, np.full(count, -np.inf), np.zeros(count), 2 * count,
                      (2 * np.arange(count)).astype(np.int32), index, entry)
    kind = np.ones(f + len(client), dtype=np.uint8)
    if not problem.single:
        kind[f:] = 0
    if not sites_whole:
        kind[:f] = 0
    highs.changeColsIntegrality(len(kind), np.arange(len(kind), dtype=np.int32), kind)
    highs.setOptionValue("objective_bound", cut)
    left = max(min(seconds, clock.left), 0.05)
    answer: MilpAnswer = run_milp(
        highs, seconds=left, gap=gap, abs_gap=1.0 - 1e-6 if problem.whole else 0.0,
        start_values=None)
    if answer.status == "infeasible":
        return Closing("infeasible", np.inf)
    if answer.values is None:
        return Closing(answer.status, answer.bound)
    is_open = np.zeros(problem.sites, dtype=bool)
    is_open[free[answer.values[:f] > 0.5]] = True
    share = np.zeros((problem.clients, problem.sites))
    share[client, site] = answer.values[f:]
    return Closing(answer.status, answer.bound, is_open, share)


def transport(problem: Capacitated, is_open: Mask, seconds: float = 60.0) -> tuple[float, Floats | None]:
    """What these open sites cost at least, inf where they have no room, and the cheapest shares (clients, sites).

    When the time runs out nothing is known: -inf.
    """
    chosen = np.flatnonzero(is_open)
    client, local = np.nonzero(np.isfinite(problem.cost[:, chosen]))
    site = chosen[local]
    n, m, at = problem.clients, len(chosen), np.arange(len(client))
    matrix = sparse.csr_array((
        np.concatenate([np.ones(len(client)), problem.demand[client]]),
        (np.concatenate([client, n + local]), np.concatenate([at, at]))), shape=(n + m, len(client)))
    matrix.eliminate_zeros()
    highs = new_highs(time_limit=seconds)
    pass_program(
        highs, cost=problem.cost[client, site], constant=0.0, lower=np.zeros(len(client)),
        upper=np.ones(len(client)), row_lower=np.concatenate([np.ones(n), np.full(m, -np.inf)]),
        row_upper=np.concatenate([np.ones(n), problem.capacity[chosen]]), start=matrix.indptr.astype(np.int32),
        index=matrix.indices.astype(np.int32), value=matrix.data, integer=np.zeros(len(client), dtype=np.int32),
    )
    highs.run()
    status = str(highs.getModelStatus())
    if status != "HighsModelStatus.kOptimal":
        return (np.inf if status == "HighsModelStatus.kInfeasible" else -np.inf), None
    share = np.zeros((n, problem.sites))
    share[client, site] = np.clip(np.array(highs.getSolution().col_value), 0.0, 1.0)
    share[share < 1e-9] = 0.0
    share /= share.sum(axis=1, keepdims=True)
    return value_of(problem, is_open, share), share


def value_of(problem: Capacitated, is_open: Mask, share: Floats) -> float:
    """Opening costs and what the shares cost, counted from the decisions."""
    used = share > 0
    return float(problem.open_cost[is_open].sum() + (problem.cost[used] * share[used]).sum())
