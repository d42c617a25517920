"""Slow twins for facility location: every choice of sites and of assignments tried, transport by scipy."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
from scipy.optimize import linprog


def plain_transport(cost: np.ndarray, demand: np.ndarray, capacity: np.ndarray) -> float:
    """The least cost of serving everybody from all these sites, demand split as one likes; inf when impossible."""
    n, m = cost.shape
    able = np.isfinite(cost)
    if not able.any(axis=1).all():
        return float("inf")
    each = np.zeros((n, n * m))
    load = np.zeros((m, n * m))
    for i in range(n):
        each[i, i * m : (i + 1) * m] = 1
        for j in range(m):
            load[j, i * m + j] = demand[i]
    found = linprog(
        np.where(able, cost, 0.0).ravel(), A_ub=load, b_ub=capacity, A_eq=each, b_eq=np.ones(n),
        bounds=[(0, 1 if ok else 0) for ok in able.ravel()],
    )
    return float(found.fun) if found.success else float("inf")


def plain_single(cost: np.ndarray, demand: np.ndarray, capacity: np.ndarray) -> float:
    """The least cost when every client goes to one site: every assignment tried."""
    n, m = cost.shape
    best = float("inf")
    for choice in product(range(m), repeat=n):
        load = np.zeros(m)
        for i, j in enumerate(choice):
            load[j] += demand[i]
        if (load <= capacity + 1e-9).all():
            best = min(best, float(sum(cost[i, j] for i, j in enumerate(choice))))
    return best


def plain_location(
    cost: np.ndarray, open_cost: np.ndarray, demand: np.ndarray, capacity: np.ndarray, *, single: bool,
    p: int | None = None, must: tuple[int, ...] = (),
) -> float:
    """Facility location over every set of open sites."""
    m = cost.shape[1]
    best = float("inf")
    for size in range(1, m + 1) if p is None else [p]:
        for sites in combinations(range(m), size):
            if set(must) <= set(sites):
                part = list(sites)
                serve = plain_single if single else plain_transport
                best = min(best, float(open_cost[part].sum()) + serve(cost[:, part], demand, capacity[part]))
    return best


def plain_knapsack(gain: np.ndarray, size: np.ndarray, room: float) -> float:
    """The most gain of whole things within the room."""
    best = 0.0
    for choice in product((0, 1), repeat=len(gain)):
        taken = np.array(choice, dtype=bool)
        if size[taken].sum() <= room:
            best = max(best, float(gain[taken].sum()))
    return best


def plain_knapsack_of_parts(gain: np.ndarray, size: np.ndarray, room: float) -> float:
    """The same with parts allowed."""
    able = gain > 0
    if not able.any():
        return 0.0
    found = linprog(-gain[able], A_ub=size[able][None], b_ub=[room], bounds=(0, 1))
    return float(-found.fun)


def plain_capacity_bound(
    cost: np.ndarray, open_cost: np.ndarray, demand: np.ndarray, capacity: np.ndarray, price: np.ndarray, *,
    single: bool, lo: int, hi: int,
) -> float:
    """The Lagrangian bound at given prices, every choice of sites tried; without the room needed in all."""
    m = cost.shape[1]
    keys = []
    for j in range(m):
        gain = price - cost[:, j]
        fits = gain > 0
        if single:
            fits &= demand <= capacity[j]
            keys.append(open_cost[j] - plain_knapsack(gain[fits], demand[fits], capacity[j]))
        else:
            keys.append(open_cost[j] - plain_knapsack_of_parts(gain[fits], demand[fits], capacity[j]))
    return float(price.sum()) + min(
        sum(keys[j] for j in sites) for size in range(lo, hi + 1) for sites in combinations(range(m), size))
