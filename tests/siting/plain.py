"""Slow twins of the siting kernels: plain loops, written from docs/methods/siting.md."""

from __future__ import annotations

from itertools import combinations

import numpy as np


def plain_value(cost: np.ndarray, miss: np.ndarray, open_cost: np.ndarray, sites: tuple[int, ...]) -> float:
    """Opening costs plus each client's cheapest open site, or its miss."""
    total = float(sum(open_cost[j] for j in sites))
    for i in range(len(cost)):
        total += min([miss[i], *(cost[i, j] for j in sites)])
    return total


def plain_best(
    cost: np.ndarray, miss: np.ndarray, open_cost: np.ndarray, lo: int, hi: int, must: tuple[int, ...] = ()
) -> float:
    """The least value over every set of lo to hi sites that holds the musts."""
    m = cost.shape[1]
    return min(
        plain_value(cost, miss, open_cost, sites)
        for size in range(lo, hi + 1) for sites in combinations(range(m), size) if set(must) <= set(sites)
    )


def plain_bound(
    cost: np.ndarray, open_cost: np.ndarray, lo: int, hi: int, price: np.ndarray
) -> float:
    """The Lagrangian bound at given prices, every choice of sites tried."""
    key = [open_cost[j] + sum(min(0.0, cost[i, j] - price[i]) for i in range(len(cost))) for j in range(cost.shape[1])]
    best = min(sum(key[j] for j in sites) for size in range(lo, hi + 1)
               for sites in combinations(range(len(key)), size))
    return float(sum(price)) + best


def plain_cover(reach: np.ndarray, open_cost: np.ndarray) -> float:
    """The cheapest sites that reach everybody."""
    m = reach.shape[1]
    return min(
        sum(open_cost[j] for j in sites)
        for size in range(1, m + 1) for sites in combinations(range(m), size) if reach[:, list(sites)].any(axis=1).all()
    )
