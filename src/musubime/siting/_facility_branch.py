"""Capacitated location: the Lagrangian bound of a part of the solutions, and branching on whether a site is open."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musubime.region import Floats

from . import _facility_kernels as fk
from . import _kernels as k
from ._engine import Clock, Mask
from ._facility_program import Capacitated

KNAPSACK_NODES = 2000  # of one site's knapsack; beyond them the bound of parts is taken
FEW_PAIRS = 250  # left in a part where clients are not split: the program settles it at once
NODE_ROUNDS = 60


@dataclass
class Root:
    """A part of the solutions: prices to go on from, sites fixed, how often each site was chosen, and its bound."""

    price: Floats
    fix: NDArray[np.int8]
    often: Floats
    chosen: Mask
    bound: float = -np.inf


def first_root(problem: Capacitated, must: Mask) -> Root:
    """Prices to start from: a site as far down the list as the number of sites suggests, and a share of opening."""
    m, n = problem.sites, problem.clients
    ranked = np.sort(np.where(np.isfinite(problem.cost), problem.cost, np.nan), axis=1)  # nan sorts last
    listed = np.isfinite(ranked).sum(axis=1)
    rank = min(max(m // problem.lo if problem.lo > 1 else 3, 0), m - 1)
    price = 0.7 * ranked[np.arange(n), np.minimum(rank, listed - 1)]
    share = float(np.mean(problem.open_cost)) * max(problem.lo, 0.1 * m) / n
    fix = np.full(m, k.FREE, dtype=np.int8)
    fix[must] = k.OPEN
    return Root(price + share, fix, np.zeros(m), must.copy())


def raise_root(
    problem: Capacitated, root: Root, cut: float, clock: Clock, *, step: float = 1.0, patience: int = 30,
    most: int = 3000,
) -> None:
    """Raise the bound until it stands still, passes the cut, or the clock runs out."""
    part = int(np.clip(2e7 / (problem.sites * problem.clients), 20, 500))
    chosen = np.zeros(problem.sites, dtype=np.int8)
    while most > 0 and step >= 0.002 and clock.left > 0:
        before = root.bound
        bound, rounds, step = fk.lagrange_capacity(
            problem.by_site, problem.demand, problem.capacity, problem.open_cost, problem.single, problem.lo,
            problem.hi, root.price, root.fix, cut, step, patience, part, 0.6, 0.002, KNAPSACK_NODES, root.often,
            chosen,
        )
        if bound >= root.bound:
            root.bound, root.chosen = float(bound), chosen > 0
        most -= rounds
        if bound > cut or rounds < part:
            return
        if root.bound - before < 1e-5 * abs(cut - root.bound):
            step *= 0.6


def pairs_left(problem: Capacitated, root: Root, cut: float) -> tuple[Mask, NDArray[np.int8]]:
    """Pairs (clients, sites) and sites that a solution below the cut may still use, in a part of the solutions."""
    fix = root.fix.copy()
    if not np.isfinite(cut):
        return np.isfinite(problem.cost), fix
    bounds, of_site, _ = fk.pair_bounds(
        problem.by_site, problem.demand, problem.capacity, problem.open_cost, problem.lo, problem.hi, root.price, fix,
        cut, KNAPSACK_NODES, problem.single,
    )
    fix[(of_site > cut) & (fix == k.FREE)] = k.SHUT
    return (bounds <= cut).T if problem.single else np.isfinite(problem.cost), fix


@dataclass
class Tree:
    """Parts not yet settled, by their bounds; settled: the least bound of those that are and lie below the cut."""

    heap: list[tuple[float, int, Root]]
    settled: float = np.inf
    parts: int = 0

    @property
    def bound(self) -> float:
        return min(self.heap[0][0], self.settled) if self.heap else self.settled


def branch(
    problem: Capacitated, tree: Tree, cut: Callable[[], float], settle: Callable[[Root, bool], float], clock: Clock,
    until: float,
) -> None:
    """Best bound first, until nothing is left or the time is over; call again to go on.

    cut: nothing above it is looked for; it falls when something better is found. settle: looks for a solution in a
    part and returns a bound of it; with false for a guess only, that need not hold.
    """
    while tree.heap and clock.left > 0 and clock.spent < until:
        bound, _, part = heapq.heappop(tree.heap)
        if bound > cut():
            continue
        free = np.flatnonzero(part.fix == k.FREE)
        last = not len(free)
        if not last and problem.single:
            pairs, fix = pairs_left(problem, part, cut())
            part.fix = fix
            free = np.flatnonzero(fix == k.FREE)
            last = not len(free) or int(pairs[:, fix != k.SHUT].sum()) <= FEW_PAIRS
        if last:
            least = settle(part, True)
            if least <= cut():
                tree.settled = min(tree.settled, least)
            continue
        site = int(free[np.argmin(np.abs(part.often[free] - 0.5))])
        for side in (k.OPEN, k.SHUT):
            fix = part.fix.copy()
            fix[site] = side
            able = fix != k.SHUT
            if (fix == k.OPEN).sum() > problem.hi or able.sum() < problem.lo or (
                problem.capacity[able].sum() < problem.demand.sum() * (1 - 1e-9)
            ):
                continue
            child = Root(part.price.copy(), fix, part.often.copy(), part.chosen.copy(), part.bound)
            raise_root(problem, child, cut(), clock, step=0.5, patience=8, most=NODE_ROUNDS)
            tree.parts += 1
            if child.bound <= cut():
                heapq.heappush(tree.heap, (child.bound, tree.parts, child))
                if tree.parts % 16 == 1:
                    settle(child, False)
