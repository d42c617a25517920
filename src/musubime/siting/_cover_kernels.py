"""Numba kernel that bounds one part of a maximal covering problem (docs/methods/siting-models.md). Arrays only."""
# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import numpy as np
from numba import njit

FREE, OPEN, SHUT = 0, 1, 2


@njit(cache=True, nogil=True)
def _open(j, sptr, client, fix, done, price):
    """Site j stands: whom it reaches is reached, at no price."""
    fix[j] = OPEN
    for q in range(sptr[j], sptr[j + 1]):
        done[client[q]] = True
        price[client[q]] = 0.0


@njit(cache=True, nogil=True)
def bound_part(sptr, client, weight, p, fix, price, often, goal, most, step, patience, keys):
    """Lower the upper bound of the weight that p sites reach, `fix` given: (bound, chosen sites of the best bound).

    Relaxed at price_i: a client counts as reached only when a chosen site reaches it. What is left is to choose the
    sites of the highest keys, the prices of all they reach together. goal: a bound below it ends the work (no better
    set is there). fix is sharpened: a site without which, or with which, the bound falls below the goal. price ends
    where the best bound was found; keys then hold the sites' keys and often how often each was chosen of late.
    """
    m, n = len(fix), len(weight)
    done = np.zeros(n, np.bool_)
    for j in range(m):
        if fix[j] == OPEN:
            _open(j, sptr, client, fix, done, price)
    best, best_price = np.inf, price.copy()
    best_chosen = fix == OPEN
    way, cover = np.zeros(n), np.zeros(n)
    chosen = np.zeros(m, np.bool_)
    total = weight.sum()
    idle = 0
    part, at = np.empty(m), np.empty(m, np.int64)
    for _ in range(most):
        left, free = p, 0
        for j in range(m):
            if fix[j] == OPEN:
                left -= 1
            elif fix[j] == FREE:
                key = 0.0
                for q in range(sptr[j], sptr[j + 1]):
                    key += price[client[q]]
                keys[j] = key
                part[free] = key
                at[free] = j
                free += 1
        if left < 0 or free < left:
            return -np.inf, best_chosen
        bound = total - price.sum()
        chosen[:] = fix == OPEN
        inside, outside = np.inf, -np.inf  # the least key chosen, and the greatest that is not
        order = np.argsort(-part[:free])
        for n_th in range(free):
            j = at[order[n_th]]
            if n_th < left:
                chosen[j] = True
                bound += keys[j]
                inside = keys[j]
            elif n_th == left:
                outside = keys[j]
        if best == np.inf or bound < best - 0.01 * (best - goal):
            idle = 0
        else:
            idle += 1
        if bound < best:
            best = bound
            best_price[:] = price
            best_chosen[:] = chosen
        if best < goal or free == 0:
            break
        for n_th in range(free):  # what the bound decides
            j = at[order[n_th]]
            if n_th < left:
                if bound - keys[j] + outside < goal:
                    _open(j, sptr, client, fix, done, price)
                    _open(j, sptr, client, fix, done, best_price)
            elif bound - inside + keys[j] < goal:
                fix[j] = SHUT
        if idle >= patience:
            idle = 0
            step *= 0.6
            if step < 0.005:
                break
            for i in range(n):
                price[i] = 0.0 if done[i] else best_price[i]
            way[:] = 0.0
            continue
        cover[:] = 0.0
        often *= 0.9
        for j in range(m):
            if chosen[j]:
                often[j] += 0.1
                for q in range(sptr[j], sptr[j + 1]):
                    cover[client[q]] += 1.0
        length = 0.0
        for i in range(n):
            if done[i]:
                way[i] = 0.0
                continue
            lacks = 1.0 - cover[i]
            if lacks > 0.0 and price[i] >= weight[i]:
                lacks = 0.0  # not reached, and not counted
            way[i] = lacks + 0.6 * way[i]
            length += way[i] * way[i]
        if length <= 0.0:
            break
        by = step * max(bound - goal, 1e-6 * abs(goal)) / length
        for i in range(n):
            if not done[i]:
                price[i] = min(max(price[i] + by * way[i], 0.0), weight[i])
    for i in range(n):
        price[i] = 0.0 if done[i] else best_price[i]
    for j in range(m):
        key = 0.0
        for q in range(sptr[j], sptr[j + 1]):
            key += price[client[q]]
        keys[j] = key
    return best, best_chosen
