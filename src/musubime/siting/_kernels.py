"""Numba kernels of the siting engine. Arrays only; plain twins stand in tests/siting/plain.py.

One problem serves all: choose sites S, lo <= |S| <= hi, to

    min  sum_{j in S} open_cost[j] + sum_i min(miss[i], min_{j in S} cost[i, j])

A client's sites stand in its *list*, nearest first: site[ptr[i]:ptr[i+1]], cost[ptr[i]:ptr[i+1]]. p-median has
miss = inf, facility location no bounds on |S|, covering costs of 0 and miss = the client's weight.

FIX: -1 free, 0 closed, 1 open. Groups (of branch and bound): of the sites with the same group number, -1 = none,
one at least is open; groups are disjoint.
"""
# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import numpy as np
from numba import njit

FREE, SHUT, OPEN = -1, 0, 1


@njit(cache=True)
def sorted_rows(cost):
    """Each row of a dense matrix (n, m) in ascending order, ties by position: sites (n*m,), costs (n*m,)."""
    n, m = cost.shape
    site = np.empty(n * m, np.int32)
    value = np.empty(n * m)
    for i in range(n):
        order = np.argsort(cost[i], kind="mergesort")
        for k in range(m):
            site[i * m + k] = order[k]
            value[i * m + k] = cost[i, order[k]]
    return site, value


@njit(cache=True)
def value_of(ptr, site, cost, miss, open_cost, is_open):
    """The objective of a set of open sites."""
    total = 0.0
    for j in range(len(is_open)):
        if is_open[j]:
            total += open_cost[j]
    for i in range(len(ptr) - 1):
        best = miss[i]
        for q in range(ptr[i], ptr[i + 1]):
            if cost[q] >= best:
                break
            if is_open[site[q]]:
                best = cost[q]
                break
        total += best
    return total


@njit(cache=True)
def keep_sites(ptr, site, cost, new_number):
    """Lists without the sites whose new number is negative."""
    n = len(ptr) - 1
    new_ptr = np.zeros(n + 1, np.int64)
    for i in range(n):
        count = 0
        for q in range(ptr[i], ptr[i + 1]):
            if new_number[site[q]] >= 0:
                count += 1
        new_ptr[i + 1] = new_ptr[i] + count
    new_site = np.empty(new_ptr[n], np.int32)
    new_cost = np.empty(new_ptr[n])
    at = 0
    for i in range(n):
        for q in range(ptr[i], ptr[i + 1]):
            if new_number[site[q]] >= 0:
                new_site[at] = new_number[site[q]]
                new_cost[at] = cost[q]
                at += 1
    return new_ptr, new_site, new_cost


@njit(cache=True)
def by_site(ptr, site, cost, m):
    """The lists turned round: each site's clients, nearest first."""
    n = len(ptr) - 1
    start = np.zeros(m + 1, np.int64)
    for q in range(len(site)):
        start[site[q] + 1] += 1
    for j in range(m):
        start[j + 1] += start[j]
    fill = start[:-1].copy()
    client = np.empty(len(site), np.int32)
    value = np.empty(len(site))
    for i in range(n):
        for q in range(ptr[i], ptr[i + 1]):
            at = fill[site[q]]
            client[at] = i
            value[at] = cost[q]
            fill[site[q]] += 1
    for j in range(m):
        order = np.argsort(value[start[j] : start[j + 1]], kind="mergesort")
        client[start[j] : start[j + 1]] = client[start[j] : start[j + 1]][order]
        value[start[j] : start[j + 1]] = value[start[j] : start[j + 1]][order]
    return start, client, value


@njit(cache=True)
def as_matrix(ptr, site, cost, m, absent):
    """The lists as a matrix (m, n) of costs by site and client."""
    n = len(ptr) - 1
    matrix = np.full((m, n), absent)
    for i in range(n):
        for q in range(ptr[i], ptr[i + 1]):
            matrix[site[q], i] = cost[q]
    return matrix


@njit(cache=True, fastmath={"reassoc", "contract"})
def _gains(matrix, price, fix, key):
    """key[j] += sum_i min(0, matrix[j, i] - price[i]), a site at a time so that the loop runs in vectors."""
    m, n = matrix.shape
    for j in range(m):
        if fix[j] == SHUT:
            continue
        total = 0.0
        for i in range(n):
            total += min(0.0, matrix[j, i] - price[i])
        key[j] += total


@njit(cache=True)
def choose(key, fix, group, groups, lo, hi, chosen, forced, cheapest, order, keys):
    """The cheapest sites by key within lo..hi, the fixed ones and one of each group among them.

    Fills chosen, forced (m,) and cheapest (groups,). Returns (sum of keys, swap_in, swap_out): opening another
    site j adds at least key[j] - swap_in, closing a chosen one that is not forced at least swap_out - key[j].
    inf when there are not enough sites.
    """
    m = len(key)
    total = 0.0
    count = 0
    for g in range(groups):
        cheapest[g] = -1
    free = 0
    for j in range(m):
        chosen[j] = 0
        forced[j] = 0
        if fix[j] == OPEN:
            chosen[j] = 1
            forced[j] = 1
            total += key[j]
            count += 1
        elif fix[j] == FREE and group[j] >= 0:
            g = group[j]
            if cheapest[g] < 0 or key[j] < key[cheapest[g]]:
                cheapest[g] = j
    for g in range(groups):
        j = cheapest[g]
        if j >= 0:
            chosen[j] = 1
            forced[j] = 1
            total += key[j]
            count += 1
    for j in range(m):
        if fix[j] == FREE and chosen[j] == 0:
            order[free] = j
            keys[free] = key[j]
            free += 1
    if count > hi or count + free < lo:
        return np.inf, 0.0, 0.0
    take = 0
    for q in range(free):
        if keys[q] < 0.0:
            take += 1
    take = min(max(take, lo - count), hi - count)
    last = -np.inf
    following = np.inf
    if take < free:
        ranked = np.partition(keys[:free], take)
        following = ranked[take]
        left = 0  # of those equal to `following`, how many are taken
        for q in range(take):
            if ranked[q] == following:
                left += 1
            last = max(last, ranked[q])
        for q in range(free):
            if keys[q] < following or (keys[q] == following and left > 0):
                if keys[q] == following:
                    left -= 1
                chosen[order[q]] = 1
                total += keys[q]
    else:
        for q in range(free):
            chosen[order[q]] = 1
            total += keys[q]
            last = max(last, keys[q])
    count += take
    swap_in = last
    if count < hi:
        swap_in = max(swap_in, 0.0)
    swap_out = following
    if count > lo:
        swap_out = min(swap_out, 0.0)
    return total, swap_in, swap_out


@njit(cache=True)
def _fix_by_bound(bound, cut, key, fix, group, chosen, forced, cheapest, swap_in, swap_out):
    """Sites that no solution below `cut` opens (or closes) are fixed; True when a group was fulfilled."""
    m = len(key)
    fulfilled = False
    for j in range(m):
        if fix[j] != FREE:
            continue
        if chosen[j] == 0:
            at = swap_in
            if group[j] >= 0:
                at = max(at, key[cheapest[group[j]]])
            if bound + key[j] - at > cut:
                fix[j] = SHUT
        elif forced[j] == 0:
            if bound + swap_out - key[j] > cut:
                fix[j] = OPEN
                fulfilled = fulfilled or group[j] >= 0
        else:
            g = group[j]
            nearest = np.inf
            another = False
            for q in range(m):
                if q != j and group[q] == g and fix[q] == FREE:
                    if chosen[q]:
                        another = True
                    elif key[q] < nearest:
                        nearest = key[q]
            if another:
                nearest = swap_out
            if bound + nearest - key[j] > cut:
                fix[j] = OPEN
                fulfilled = True
    return fulfilled


@njit(cache=True)
def lagrange(
    ptr, site, cost, back_ptr, back_client, back_cost, matrix, top, open_cost, lo, hi, price, fix, group, groups,
    cut, most, patience, shrink, least_step, often, best_chosen, direction, best_price, state,
):
    """Raise the Lagrangian bound by a deflected subgradient with Polyak steps towards `cut`.

    price (n,): what each client pays to be served; relaxing "everybody is served once" gives
    sum(price) + cheapest sites by key = open_cost + sum_i min(0, cost - price). price <= top.
    price, fix, group and often (m,: running share of being chosen) are changed in place; best_chosen (m,) is
    the choice at the best bound. Stops after `most` rounds, or for good when the step falls below `least_step`;
    a call goes on where the last one stopped, with direction, best_price (n,) and state = (best bound, step,
    rounds without success, rounds, over), at first (-inf, step, 0, 0, 0). A best bound above `cut` means that
    nothing below `cut` is left. back_*: the lists by site; matrix: they as a matrix, or one without columns
    where lists are short and scanning them is faster.
    """
    n = len(ptr) - 1
    m = len(open_cost)
    key = np.empty(m)
    chosen = np.zeros(m, np.int8)
    forced = np.zeros(m, np.int8)
    order = np.empty(m, np.int64)
    keys = np.empty(m)
    cheapest = np.empty(max(groups, 1), np.int64)
    short = np.empty(n)
    dense = matrix.shape[1] == n
    best, step, since = state[0], state[1], state[2]
    first = state[3] == 0.0
    for _ in range(most):
        state[3] += 1.0
        bound = 0.0
        for j in range(m):
            key[j] = open_cost[j]
        highest = 0.0
        if dense:
            _gains(matrix, price, fix, key)
            for i in range(n):
                bound += price[i]
                highest = max(highest, price[i])
        else:
            for i in range(n):
                paid = price[i]
                bound += paid
                highest = max(highest, paid)
                for q in range(ptr[i], ptr[i + 1]):
                    if cost[q] >= paid:
                        break
                    key[site[q]] += cost[q] - paid
        total, swap_in, swap_out = choose(
            key, fix, group, groups, lo, hi, chosen, forced, cheapest, order, keys
        )
        bound += total
        if bound > cut:
            state[0] = bound
            state[4] = 1.0
            return
        if bound > best:
            if bound > best + (cut - best) * 1e-2:
                since = 0.0
            else:
                since += 1.0
            best = bound
            best_price[:] = price
            best_chosen[:] = chosen
            if _fix_by_bound(bound, cut, key, fix, group, chosen, forced, cheapest, swap_in, swap_out):
                for j in range(m):
                    if fix[j] == OPEN and group[j] >= 0:
                        g = group[j]
                        for q in range(m):
                            if group[q] == g:
                                group[q] = -1
        else:
            since += 1.0
        if first:
            for j in range(m):
                often[j] = chosen[j]
            first = False
        else:
            for j in range(m):
                often[j] += 0.05 * (chosen[j] - often[j])
        if since >= patience:
            step *= shrink
            since = 0.0
            price[:] = best_price
            direction[:] = 0.0
            if step < least_step:
                state[4] = 1.0
                break
            continue
        short[:] = 1.0
        for j in range(m):
            if chosen[j]:
                for q in range(back_ptr[j], back_ptr[j + 1]):
                    if back_cost[q] >= highest:
                        break
                    if back_cost[q] < price[back_client[q]]:
                        short[back_client[q]] -= 1.0
        norm = 0.0
        for i in range(n):
            if short[i] > 0.0 and price[i] >= top[i]:
                short[i] = 0.0
            direction[i] = short[i] + 0.6 * direction[i]
            norm += direction[i] * direction[i]
        if norm < 1e-12:
            state[4] = 1.0
            break
        length = step * (cut - bound + 1e-9 * abs(cut)) / norm
        for i in range(n):
            wished = price[i] + length * direction[i]
            floor = cost[ptr[i]] if ptr[i] < ptr[i + 1] else top[i]
            price[i] = min(max(wished, min(floor, top[i])), top[i])
    state[0], state[1], state[2] = best, step, since


@njit(cache=True)
def branch_prefixes(ptr, site, fix, group, often, low, high):
    """For each client the head of its list whose sites are together nearest to half open.

    Only free sites of one group (or of none) are counted. Returns distance from one half (9 = none), list
    position after the head, and the group.
    """
    n = len(ptr) - 1
    off = np.full(n, 9.0)
    end = np.zeros(n, np.int64)
    of_group = np.full(n, -1, np.int64)
    for i in range(n):
        mass = 0.0
        g = -2
        for q in range(ptr[i], ptr[i + 1]):
            j = site[q]
            if fix[j] == OPEN:
                break
            if fix[j] == SHUT:
                continue
            if g == -2:
                g = group[j]
            if group[j] != g:
                continue
            mass += often[j]
            if mass > high:
                break
            if mass >= low and abs(mass - 0.5) < off[i] - 1e-9:
                off[i] = abs(mass - 0.5)
                end[i] = q + 1
                of_group[i] = g
    return off, end, of_group
