"""Numba kernel of local search for covers: made smaller while everybody stays reached.

numba knows numpy's older random calls only; the kernel sets its own seed, so the same call gives the same answer.
"""
# mypy: disable-error-code="no-untyped-def,no-untyped-call"
# ruff: noqa: NPY002

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def cover_search(ptr, site, back_ptr, back_client, open_cost, start, fixed, enough, steps, seed):
    """Make a cover cheaper by row weighting (Gao and others 2015, RWLS): take a site out of the cover, and while
    somebody is not reached swap sites, with weights that grow on whoever is left out. Stops at a cost of `enough`.

    start (m,): a cover. Returns the cheapest cover found.
    """
    np.random.seed(seed)
    n = len(ptr) - 1
    m = len(open_cost)
    is_open = start.copy()
    best = start.copy()
    times = np.zeros(n, np.int64)  # how often each client is reached
    weight = np.ones(n)
    score = np.zeros(m)  # weight lost by closing, or won by opening
    moved = np.zeros(m, np.int64)
    tabu = np.full(m, -1, np.int64)
    can_open = np.ones(m, np.bool_)
    left = np.empty(n, np.int64)
    where = np.full(n, -1, np.int64)
    n_left = 0
    cost = 0.0
    for j in range(m):
        if is_open[j]:
            cost += open_cost[j]
            for q in range(back_ptr[j], back_ptr[j + 1]):
                times[back_client[q]] += 1
    best_cost = cost
    for i in range(n):
        for q in range(ptr[i], ptr[i + 1]):
            j = site[q]
            if (is_open[j] and times[i] == 1) or (not is_open[j] and times[i] == 0):
                score[j] += weight[i]
        if times[i] == 0:
            where[i] = n_left
            left[n_left] = i
            n_left += 1
    last = -1
    for step in range(steps):
        # 1. while everybody is reached: keep it, and close the site whose closing costs least
        closing = 1
        while True:
            if n_left == 0:
                if cost < best_cost - 1e-9:
                    best_cost = cost
                    best[:] = is_open
                if best_cost <= enough:
                    return best
                closing = 1
            elif closing == 0:
                break
            worst = -1
            for j in range(m):
                if not is_open[j] or fixed[j] or (n_left > 0 and (tabu[j] == step or j == last)):
                    continue
                if worst < 0:
                    worst = j
                    continue
                a = score[j] * max(open_cost[worst], 1e-9)
                b = score[worst] * max(open_cost[j], 1e-9)
                if a < b or (a == b and moved[j] < moved[worst]):
                    worst = j
            if worst < 0:
                return best
            is_open[worst] = False
            moved[worst] = step
            cost -= open_cost[worst]
            _cover_flip(worst, False, ptr, site, back_ptr, back_client, times, weight, score, is_open, can_open)
            for q in range(back_ptr[worst], back_ptr[worst + 1]):
                i = back_client[q]
                if times[i] == 0:
                    where[i] = n_left
                    left[n_left] = i
                    n_left += 1
            closing = 0
            if n_left == 0:
                continue
        # 2. reach one of those left out
        while n_left > 0:
            i = left[np.random.randint(n_left)]
            pick = -1
            for q in range(ptr[i], ptr[i + 1]):
                j = site[q]
                if not can_open[j] or fixed[j]:
                    continue
                if pick < 0:
                    pick = j
                    continue
                a = score[j] * max(open_cost[pick], 1e-9)
                b = score[pick] * max(open_cost[j], 1e-9)
                if a > b or (a == b and moved[j] < moved[pick]):
                    pick = j
            if pick < 0 or cost + open_cost[pick] >= best_cost - 1e-9:
                break
            is_open[pick] = True
            moved[pick] = step
            tabu[pick] = step + 1
            last = pick
            cost += open_cost[pick]
            for q in range(back_ptr[pick], back_ptr[pick + 1]):
                c = back_client[q]
                if times[c] == 0:
                    n_left -= 1
                    other = left[n_left]
                    left[where[c]] = other
                    where[other] = where[c]
                    where[c] = -1
            _cover_flip(pick, True, ptr, site, back_ptr, back_client, times, weight, score, is_open, can_open)
            for t in range(n_left):
                c = left[t]
                weight[c] += 1.0
                for q in range(ptr[c], ptr[c + 1]):
                    score[site[q]] += 1.0
    return best


@njit(cache=True)
def _cover_flip(j, opening, ptr, site, back_ptr, back_client, times, weight, score, is_open, can_open):
    """Bring counts and scores up to date after site j was opened or closed."""
    can_open[j] = False
    total = 0.0
    for q in range(back_ptr[j], back_ptr[j + 1]):
        i = back_client[q]
        if opening:
            times[i] += 1
            if times[i] == 1:
                total += weight[i]
            for r in range(ptr[i], ptr[i + 1]):
                k = site[r]
                if k == j:
                    continue
                can_open[k] = True
                if times[i] == 1 or (times[i] == 2 and is_open[k]):
                    score[k] -= weight[i]  # nothing to win there, or to lose, any more
        else:
            times[i] -= 1
            if times[i] == 0:
                total += weight[i]
            for r in range(ptr[i], ptr[i + 1]):
                k = site[r]
                if k == j:
                    continue
                can_open[k] = True
                if times[i] == 0 or (times[i] == 1 and is_open[k]):
                    score[k] += weight[i]
    score[j] = total
