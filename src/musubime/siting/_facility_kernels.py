"""Numba kernels of capacitated facility location. Arrays only; plain twins stand in tests/siting/plain_facility.py.

Sites j open at open_cost[j] and hold capacity[j]; client i asks for demand[i] and costs cost[j, i] when j serves it
whole (inf: cannot). Relaxing "everybody is served once" with a price for each client leaves one knapsack a site:

    sum_i price[i] + min over the open sites of sum_j (open_cost[j] - knapsack_j(price - cost[j], demand, capacity[j]))

`single`: a client is served by one site, so the knapsacks are those of whole things; else they may hold parts.
FIX as in `_kernels`: -1 free, 0 closed, 1 open.
"""
# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import numpy as np
from numba import njit

from ._kernels import FREE, OPEN, SHUT, choose


@njit(cache=True)
def knapsack_whole(gain, size, count, room, taken, best, limit):
    """The most gain of things 0..count-1, sorted by gain / size from the largest, within `room`; none in parts.

    Depth first with the bound of the knapsack of parts (Horowitz and Sahni 1974). Beyond `limit` nodes that bound is
    returned instead, which is never below the true value. best (count,): what was taken in the best filling found.
    """
    top = -1.0
    left = room
    profit = 0.0
    at = 0
    nodes = 0
    root = -1.0
    for t in range(count):
        taken[t] = False
        best[t] = False
    while True:
        bound = profit
        rest = left
        t = at
        while t < count and size[t] <= rest:
            bound += gain[t]
            rest -= size[t]
            t += 1
        whole = bound
        if t < count:
            bound += rest * gain[t] / size[t]
        if root < 0.0:
            root = bound
        if bound > top + 1e-12 * root:
            for q in range(at, t):
                taken[q] = True
            profit = whole
            left = rest
            if t < count:
                taken[t] = False
            at = t + 1
            if at < count:
                nodes += 1
                if nodes > limit:
                    if top < 0.0:
                        for q in range(count):
                            best[q] = taken[q] and q < at
                    return root
                continue
            at = count
            if profit > top:
                top = profit
                for q in range(count):
                    best[q] = taken[q]
        t = at - 1
        while t >= 0 and not taken[t]:
            t -= 1
        if t < 0:
            return top
        taken[t] = False
        profit -= gain[t]
        left += size[t]
        at = t + 1


@njit(cache=True)
def _things(cost, price, demand, room, single, skip, who, gain, size):
    """The clients whom a site gains from, largest gain / demand first. Returns how many, and their demand."""
    count = 0
    asked = 0.0
    for i in range(len(price)):
        g = price[i] - cost[i]
        if g > 0.0 and i != skip and (not single or demand[i] <= room):
            who[count] = i
            gain[count] = g
            size[count] = demand[i]
            asked += demand[i]
            count += 1
    if asked > room:
        ratio = np.empty(count)
        for t in range(count):
            ratio[t] = -gain[t] / size[t] if size[t] > 0.0 else -np.inf
        order = np.argsort(ratio)
        sorted_who = who[:count][order]
        sorted_gain = gain[:count][order]
        sorted_size = size[:count][order]
        for t in range(count):
            who[t] = sorted_who[t]
            gain[t] = sorted_gain[t]
            size[t] = sorted_size[t]
    return count, asked


@njit(cache=True)
def fill_site(cost, price, demand, room, single, limit, skip, who, gain, size, share, taken, best):
    """The knapsack of one site. Fills who[:count] and share[:count]; skip: a client left out, -1 none.

    Returns (count, gain, gain with parts allowed, worth of one more unit of room).
    """
    count, asked = _things(cost, price, demand, room, single, skip, who, gain, size)
    total = 0.0
    if asked <= room:
        for t in range(count):
            total += gain[t]
            share[t] = 1.0
        return count, total, total, 0.0
    left = room
    worth = 0.0
    cut = count
    for t in range(count):
        if size[t] <= left:
            share[t] = 1.0
            total += gain[t]
            left -= size[t]
        else:
            share[t] = left / size[t]
            total += gain[t] * share[t]
            worth = gain[t] / size[t]
            cut = t
            break
    for t in range(cut + 1, count):
        share[t] = 0.0
    if not single or cut == count or share[cut] == 0.0:
        return count, total, total, worth
    whole = knapsack_whole(gain, size, count, room, taken, best, limit)
    for t in range(count):
        share[t] = 1.0 if best[t] else 0.0
    return count, whole, total, worth


@njit(cache=True)
def _enough_room(key, fix, capacity, chosen, needed):
    """The least that opening more sites must cost until `needed` fits, parts of sites allowed. Opens them in chosen."""
    have = 0.0
    for j in range(len(key)):
        if chosen[j]:
            have += capacity[j]
    if have >= needed:
        return 0.0
    ratio = np.full(len(key), np.inf)
    for j in range(len(key)):
        if not chosen[j] and fix[j] == FREE and capacity[j] > 0.0:
            ratio[j] = max(key[j], 0.0) / capacity[j]
    total = 0.0
    for j in np.argsort(ratio):
        if np.isinf(ratio[j]):
            return np.inf
        chosen[j] = 1
        if have + capacity[j] >= needed:
            return total + ratio[j] * (needed - have)
        total += max(key[j], 0.0)
        have += capacity[j]
    return np.inf


@njit(cache=True)
def lagrange_capacity(
    cost, demand, capacity, open_cost, single, lo, hi, price, fix, cut, step, patience, most, shrink, least_step, limit,
    often, best_chosen,
):
    """Raise the bound by a deflected subgradient with Polyak steps towards `cut`.

    price (n,), fix (m,) and often (m,: running share of being chosen) are changed in place; best_chosen (m,) is the
    choice at the best bound. Returns (bound, rounds, step); a bound above `cut` means that nothing below it is left.
    Call again with the step returned to go on.
    """
    m, n = cost.shape
    key = np.empty(m)
    chosen = np.zeros(m, np.int8)
    forced = np.zeros(m, np.int8)
    order = np.empty(m, np.int64)
    keys = np.empty(m)
    cheapest = np.empty(1, np.int64)
    group = np.full(m, -1, np.int64)
    who = np.empty((m, n), np.int32)
    share = np.empty((m, n))
    count = np.zeros(m, np.int64)
    gain = np.empty(n)
    size = np.empty(n)
    taken = np.empty(n, np.bool_)
    in_best = np.empty(n, np.bool_)
    needed = demand.sum()
    direction = np.zeros(n)
    best_price = price.copy()
    best = -np.inf
    since = 0
    rounds = 0
    first = True
    while rounds < most:
        rounds += 1
        bound = 0.0
        for i in range(n):
            bound += price[i]
        for j in range(m):
            if fix[j] == SHUT:
                key[j] = np.inf
                continue
            count[j], value, _, _ = fill_site(
                cost[j], price, demand, capacity[j], single, limit, -1, who[j], gain, size, share[j], taken, in_best)
            key[j] = open_cost[j] - value
        total, swap_in, swap_out = choose(key, fix, group, 0, lo, hi, chosen, forced, cheapest, order, keys)
        bound += total
        more = _enough_room(key, fix, capacity, chosen, needed) if hi >= m else 0.0
        bound += more
        if np.isinf(bound):
            return bound, rounds, step
        bound -= 1e-10 * abs(bound)
        if bound > cut:
            return bound, rounds, step
        if bound > best:
            since = 0 if bound > best + (cut - best) * 1e-2 else since + 1
            best = bound
            best_price[:] = price
            best_chosen[:] = chosen
            if more == 0.0:
                for j in range(m):
                    if fix[j] == FREE:
                        if not chosen[j] and bound + key[j] - swap_in > cut:
                            fix[j] = SHUT
                        elif chosen[j] and not forced[j] and bound + swap_out - key[j] > cut:
                            fix[j] = OPEN
        else:
            since += 1
        for j in range(m):
            often[j] = chosen[j] if first else often[j] + 0.05 * (chosen[j] - often[j])
        first = False
        if since >= patience:
            step *= shrink
            since = 0
            price[:] = best_price
            direction[:] = 0.0
            if step < least_step:
                break
            continue
        norm = 0.0
        for i in range(n):
            direction[i] = 1.0 + 0.6 * direction[i]
        for j in range(m):
            if chosen[j]:
                for t in range(count[j]):
                    direction[who[j, t]] -= share[j, t]
        for i in range(n):
            norm += direction[i] * direction[i]
        if norm < 1e-12:
            break
        length = step * (cut - bound + 1e-9 * abs(cut)) / norm
        for i in range(n):
            price[i] += length * direction[i]
    price[:] = best_price
    return best, rounds, step


@njit(cache=True)
def pair_bounds(cost, demand, capacity, open_cost, lo, hi, price, fix, cut, limit, single):
    """What every solution that serves client i whole from site j costs at least, at these prices: (m, n).

    Where the knapsack of parts does not exceed `cut`, that of whole things with the client in it is solved.
    Returns (bounds, what every solution with site j open costs at least: (m,), bound).
    """
    m, n = cost.shape
    key = np.full(m, np.inf)
    parts = np.full(m, np.inf)
    worth = np.zeros(m)
    who = np.empty(n, np.int32)
    gain = np.empty(n)
    size = np.empty(n)
    share = np.empty(n)
    taken = np.empty(n, np.bool_)
    best = np.empty(n, np.bool_)
    for j in range(m):
        if fix[j] != SHUT:
            _, value, loose, worth[j] = fill_site(
                cost[j], price, demand, capacity[j], single, limit, -1, who, gain, size, share, taken, best)
            key[j] = open_cost[j] - value
            parts[j] = open_cost[j] - loose
    chosen = np.zeros(m, np.int8)
    forced = np.zeros(m, np.int8)
    total, swap_in, _ = choose(
        key, fix, np.full(m, -1, np.int64), 0, lo, hi, chosen, forced, np.empty(1, np.int64), np.empty(m, np.int64),
        np.empty(m))
    bound = price.sum() + total
    bound -= 1e-10 * abs(bound)
    found = np.full((m, n), np.inf)
    of_site = np.full(m, np.inf)
    for j in range(m):
        if fix[j] == SHUT:
            continue
        base = bound - (key[j] if chosen[j] else swap_in)
        of_site[j] = base + key[j]
        for i in range(n):
            if np.isinf(cost[j, i]) or (single and demand[i] > capacity[j]):
                continue
            extra = max(0.0, cost[j, i] - price[i] + worth[j] * demand[i])
            found[j, i] = base + max(key[j], parts[j] + extra)
            if single and found[j, i] <= cut and worth[j] > 0.0:
                _, value, _, _ = fill_site(
                    cost[j], price, demand, capacity[j] - demand[i], True, limit, i, who, gain, size, share, taken,
                    best)
                found[j, i] = max(found[j, i], base + open_cost[j] - value - price[i] + cost[j, i])
    return found, of_site, bound
