"""Numba kernels of local search: swaps of sites, and covers made smaller. The problem is that of `_kernels`.

numba knows numpy's older random calls only; each kernel sets its own seed, so the same call gives the same answer.
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
def swap_search(
    ptr, site, cost, miss, open_cost, lo, hi, is_open, fixed, rounds, work, seed
):
    """Local search over opening, closing and swapping sites, then rounds of disturbing and repairing: at most
    `rounds`, and until about `work` list entries were looked at, so that the same call gives the same answer.

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
    disturbed = 0
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
                    if disturbed >= rounds or looked > work:
                        break
                    disturbed += 1
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
            for j in range(m + 1):
                base[j] = 0
            for i in range(n):
                q = ptr[i]
                while q < ptr[i + 1] and cost[q] <= d2[i]:
                    base[site[q] + 1] += 1
                    q += 1
                seen[i] = q
            for j in range(m):
                base[j + 1] += base[j]
                head[j] = -1
            fill = base[:-1].copy()
            who = np.empty(base[m], np.int32)
            far = np.empty(base[m])
            for i in range(n):
                for q in range(ptr[i], seen[i]):
                    j = site[q]
                    who[fill[j]] = i
                    far[fill[j]] = cost[q]
                    fill[j] += 1
            used = 0
    return value_of(ptr, site, cost, miss, open_cost, is_open)


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
