"""Numba kernel of local search: sites opened, closed and swapped. The problem is that of `_kernels`.

numba knows numpy's older random calls only; the kernel sets its own seed, so the same call gives the same answer.
"""
# mypy: disable-error-code="no-untyped-def,no-untyped-call"
# ruff: noqa: NPY002

from __future__ import annotations

import numpy as np
from numba import njit

from ._kernels import value_of


@njit(cache=True)
def _nearest_two(i, ptr, site, cost, miss, is_open):
    """First and second open site of client i, -1 and miss where there is none."""
    first = -1
    first_cost = miss[i]
    for q in range(ptr[i], ptr[i + 1]):
        if cost[q] >= miss[i]:
            break
        if is_open[site[q]]:
            if first < 0:
                first = site[q]
                first_cost = cost[q]
            else:
                return first, first_cost, site[q], cost[q]
    return first, first_cost, -1, miss[i]


@njit(cache=True)
def _write_blocks(ptr, site, cost, d2, seen, base):
    """For each site the clients whose list reaches it before their second open site: who (base[j]:base[j+1]) and at
    what cost. Fills base (m+1,) and seen (n,), the list position up to which a client is known to its sites."""
    n = len(ptr) - 1
    m = len(base) - 1
    base[:] = 0
    for i in range(n):
        q = ptr[i]
        while q < ptr[i + 1] and cost[q] <= d2[i]:
            base[site[q] + 1] += 1
            q += 1
        seen[i] = q
    for j in range(m):
        base[j + 1] += base[j]
    fill = base[:-1].copy()
    who = np.empty(base[m], np.int32)
    far = np.empty(base[m])
    for i in range(n):
        for q in range(ptr[i], seen[i]):
            j = site[q]
            who[fill[j]] = i
            far[fill[j]] = cost[q]
            fill[j] += 1
    return who, far


@njit(cache=True)
def _two_cheapest(opened, count, fixed, loss, open_cost):
    """The two open sites, not fixed, whose closing costs least; -1 where there is none."""
    low_a = -1
    low_b = -1
    for k in range(count):
        j = opened[k]
        if fixed[j]:
            continue
        if low_a < 0 or loss[j] - open_cost[j] < loss[low_a] - open_cost[low_a]:
            low_b = low_a
            low_a = j
        elif low_b < 0 or loss[j] - open_cost[j] < loss[low_b] - open_cost[low_b]:
            low_b = j
    return low_a, low_b


@njit(cache=True)
def swap_search(ptr, site, cost, miss, open_cost, lo, hi, is_open, fixed, work, seed):
    """Local search over opening, closing and swapping sites, then rounds of disturbing and repairing, until
    about `work` list entries were looked at, so that the same call gives the same answer.

    is_open (m,) is the start and becomes the best set found; `fixed` sites are neither opened nor closed.
    Gains, losses and their corrections follow Resende and Werneck (2007), kept sparse: a site looks only at
    clients that would have it as their first or second. Returns the value.
    """
    np.random.seed(seed)
    n = len(ptr) - 1
    m = len(open_cost)
    c1 = np.empty(n, np.int64)
    c2 = np.empty(n, np.int64)
    d1 = np.empty(n)
    d2 = np.empty(n)
    seen = np.empty(n, np.int64)  # list position up to which client i is known to its sites
    loss = np.zeros(m)  # what closing an open site adds to the clients' cost
    total = 0.0
    for j in range(m):
        if is_open[j]:
            total += open_cost[j]
    for i in range(n):
        c1[i], d1[i], c2[i], d2[i] = _nearest_two(i, ptr, site, cost, miss, is_open)
        total += d1[i]
        if c1[i] >= 0:
            loss[c1[i]] += d2[i] - d1[i]
    opened = np.empty(m, np.int64)
    place = np.full(m, -1, np.int64)
    count = 0
    for j in range(m):
        if is_open[j]:
            opened[count] = j
            place[j] = count
            count += 1

    # which clients each site may win: a block per site, and a chain for those that came later
    base = np.zeros(m + 1, np.int64)
    who, far = _write_blocks(ptr, site, cost, d2, seen, base)
    room = max(1024, base[m] // 2)
    head = np.full(m, -1, np.int64)
    link = np.empty(room, np.int64)
    later = np.empty(room, np.int32)
    later_far = np.empty(room)
    used = 0

    queue = np.empty(m, np.int64)
    waiting = np.zeros(m, np.bool_)
    q_at = 0
    q_len = 0
    shuffled = np.random.permutation(m)
    for k in range(m):
        j = shuffled[k]
        if not is_open[j] and not fixed[j]:
            queue[q_len] = j
            waiting[j] = True
            q_len += 1
    extra = np.zeros(m)
    touched = np.empty(m, np.int64)
    log_in = np.empty(64, np.int64)
    log_out = np.empty(64, np.int64)
    logged = 0
    affected = np.empty(n, np.int64)
    is_affected = np.zeros(n, np.bool_)
    best_total = total
    tiny = 1e-9 * max(1.0, abs(total))
    looked = 0
    pending_in = -1
    pending_out = -1
    low_a = -1
    low_b = -1
    stale = True
    undoing = False
    while True:
        # choose a move: (pending_in, pending_out), -1 for none of that kind
        if pending_in < 0 and pending_out < 0:
            if stale:
                low_a, low_b = _two_cheapest(opened, count, fixed, loss, open_cost)
                stale = False
            # while going back nothing else is done: every move not logged would make the log wrong
            if not undoing and low_a >= 0 and count > lo and loss[low_a] - open_cost[low_a] < -tiny:
                pending_out = low_a
            elif not undoing and q_len > 0:
                j = queue[q_at]
                q_at = (q_at + 1) % m
                q_len -= 1
                waiting[j] = False
                if is_open[j]:
                    continue
                gain = -open_cost[j]
                n_touched = 0
                looked += 8 + base[j + 1] - base[j]
                q = base[j]
                chain = head[j]
                while q < base[j + 1] or chain >= 0:
                    if q < base[j + 1]:
                        i = who[q]
                        v = far[q]
                        q += 1
                    else:
                        i = later[chain]
                        v = later_far[chain]
                        chain = link[chain]
                    if v >= d2[i]:
                        continue
                    if v < d1[i]:
                        gain += d1[i] - v
                        back = d2[i] - d1[i]
                    else:
                        back = d2[i] - v
                    k = c1[i]
                    if k >= 0 and back > 0.0:
                        if extra[k] == 0.0:
                            touched[n_touched] = k
                            n_touched += 1
                        extra[k] += back
                change = np.inf
                partner = -1
                if count < hi:
                    change = -gain
                for t in range(n_touched):
                    k = touched[t]
                    if not fixed[k]:
                        v = loss[k] - open_cost[k] - extra[k] - gain
                        if v < change:
                            change = v
                            partner = k
                k = low_a
                if k >= 0 and extra[k] > 0.0:
                    k = low_b
                if k >= 0 and extra[k] == 0.0 and loss[k] - open_cost[k] - gain < change:
                    change = loss[k] - open_cost[k] - gain
                    partner = k
                for t in range(n_touched):
                    extra[touched[t]] = 0.0
                if change < -tiny:
                    pending_in = j
                    pending_out = partner
                else:
                    continue
            else:
                # a local optimum: keep it or go back, then disturb
                if total < best_total - tiny:
                    best_total = total
                    logged = 0
                    undoing = False
                elif total <= best_total + tiny and not undoing:
                    logged = 0
                elif logged > 0:
                    undoing = True
                    logged -= 1
                    pending_in = log_out[logged]
                    pending_out = log_in[logged]
                if pending_in < 0 and pending_out < 0:
                    undoing = False
                    if looked > work:
                        break
                    looked += 100
                    i = np.random.randint(n)
                    around = min(ptr[i + 1] - ptr[i], 4 * (m // max(count, 1)) + 8)
                    if around < 2:
                        continue
                    for _ in range(8):
                        j = site[ptr[i] + np.random.randint(around)]
                        if not is_open[j] and not fixed[j]:
                            pending_in = j
                            break
                    near = 0
                    for q in range(ptr[i], ptr[i] + around):
                        k = site[q]
                        if is_open[k] and not fixed[k] and near < 8:
                            touched[near] = k
                            near += 1
                    if near > 0 and pending_in >= 0:
                        pending_out = touched[np.random.randint(near)]
                    elif pending_in >= 0 and low_a >= 0:
                        pending_out = low_a
                    if pending_in < 0 or pending_out < 0:
                        pending_in = -1
                        pending_out = -1
                        continue
        if not undoing:
            if logged == len(log_in):
                log_in = np.concatenate((log_in, np.empty(logged, np.int64)))
                log_out = np.concatenate((log_out, np.empty(logged, np.int64)))
            log_in[logged] = pending_in
            log_out[logged] = pending_out
            logged += 1

        # make the move
        n_affected = 0
        for side in range(2):
            j = pending_in if side == 0 else pending_out
            if j < 0:
                continue
            q = base[j]
            chain = head[j]
            while q < base[j + 1] or chain >= 0:
                if q < base[j + 1]:
                    i = who[q]
                    v = far[q]
                    q += 1
                else:
                    i = later[chain]
                    v = later_far[chain]
                    chain = link[chain]
                if v <= d2[i] and not is_affected[i]:
                    is_affected[i] = True
                    affected[n_affected] = i
                    n_affected += 1
        if pending_in >= 0:
            is_open[pending_in] = True
            total += open_cost[pending_in]
            loss[pending_in] = 0.0
        if pending_out >= 0:
            is_open[pending_out] = False
            total -= open_cost[pending_out]
        if pending_in >= 0 and pending_out >= 0:
            opened[place[pending_out]] = pending_in
            place[pending_in] = place[pending_out]
            place[pending_out] = -1
        elif pending_in >= 0:
            opened[count] = pending_in
            place[pending_in] = count
            count += 1
        else:
            count -= 1
            moved = opened[count]
            opened[place[pending_out]] = moved
            place[moved] = place[pending_out]
            place[pending_out] = -1
        overflow = False
        for t in range(n_affected):
            i = affected[t]
            is_affected[i] = False
            looked += 2 * (seen[i] - ptr[i])
            total -= d1[i]
            if c1[i] >= 0:
                loss[c1[i]] -= d2[i] - d1[i]
            c1[i], d1[i], c2[i], d2[i] = _nearest_two(i, ptr, site, cost, miss, is_open)
            total += d1[i]
            if c1[i] >= 0:
                loss[c1[i]] += d2[i] - d1[i]
            q = seen[i]
            while q < ptr[i + 1] and cost[q] <= d2[i]:
                if used == len(link):
                    overflow = True
                    link = np.concatenate((link, np.empty(used, np.int64)))
                    later = np.concatenate((later, np.empty(used, np.int32)))
                    later_far = np.concatenate((later_far, np.empty(used)))
                link[used] = head[site[q]]
                head[site[q]] = used
                later[used] = i
                later_far[used] = cost[q]
                used += 1
                q += 1
            seen[i] = q
            if not undoing:
                for r in range(ptr[i], ptr[i + 1]):
                    if cost[r] >= d2[i]:
                        break
                    j = site[r]
                    if not is_open[j] and not waiting[j] and not fixed[j]:
                        waiting[j] = True
                        queue[(q_at + q_len) % m] = j
                        q_len += 1
        if pending_out >= 0:
            loss[pending_out] = 0.0
        pending_in = -1
        pending_out = -1
        stale = True
        if overflow and used > 4 * base[m]:
            # too much in chains: write the blocks anew
            head[:] = -1
            who, far = _write_blocks(ptr, site, cost, d2, seen, base)
            used = 0
    return value_of(ptr, site, cost, miss, open_cost, is_open)
