"""Numba kernel of local search for capacitated location where each client is served by one site.

A load beyond a site's capacity is allowed while searching, at a price that rises while the search ends with one and
falls while it does not. numba knows numpy's older random calls only; the kernel sets its own seed.
"""
# mypy: disable-error-code="no-untyped-def,no-untyped-call"
# ruff: noqa: NPY002

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def _over(load, room):
    return load - room if load > room + 1e-9 else 0.0


@njit(cache=True)
def assign_all(cost, demand, capacity, is_open, price, assigned):
    """Largest demand first, each to the cheapest site with what it overloads priced. Fills assigned; -1 = no site."""
    m = cost.shape[1]
    load = np.zeros(m)
    for i in np.argsort(-demand):
        best = np.inf
        assigned[i] = -1
        for j in range(m):
            if is_open[j] and cost[i, j] < np.inf:
                value = cost[i, j] + price * (
                    _over(load[j] + demand[i], capacity[j]) - _over(load[j], capacity[j]))
                if value < best:
                    best = value
                    assigned[i] = j
        if assigned[i] >= 0:
            load[assigned[i]] += demand[i]


@njit(cache=True)
def _descend(cost, demand, capacity, open_cost, can_move, price, assigned, load, is_open, opened, count, touched, tiny):
    """Shifts of a client, swaps of two, and moves of a site with its clients, until none of them helps.

    touched (m,): sites that something changed for; only they are looked at. Returns the change of the penalised value.
    """
    n, m = cost.shape
    change = 0.0
    moved = np.empty(m)
    again = True
    while again:
        again = False
        for i in np.random.permutation(n):
            a = assigned[i]
            rest_a = _over(load[a] - demand[i], capacity[a]) - _over(load[a], capacity[a])
            best = -tiny
            to = -1
            for q in range(count):
                b = opened[q]
                if b == a or not (touched[a] or touched[b]):
                    continue
                delta = cost[i, b] - cost[i, a]
                if delta + price * rest_a >= best:
                    continue
                delta += price * (rest_a + _over(load[b] + demand[i], capacity[b]) - _over(load[b], capacity[b]))
                if delta < best:
                    best = delta
                    to = b
            if to >= 0:
                load[a] -= demand[i]
                load[to] += demand[i]
                assigned[i] = to
                touched[a] = True
                touched[to] = True
                change += best
                again = True
                continue
            if not touched[a]:
                continue
            other = -1
            over_a = _over(load[a], capacity[a])
            for k in range(n):
                b = assigned[k]
                if b == a:
                    continue
                delta = cost[i, b] + cost[k, a] - cost[i, a] - cost[k, b]
                if delta - price * (over_a + _over(load[b], capacity[b])) >= best:
                    continue
                delta += price * (
                    _over(load[a] - demand[i] + demand[k], capacity[a]) - over_a
                    + _over(load[b] - demand[k] + demand[i], capacity[b]) - _over(load[b], capacity[b]))
                if delta < best:
                    best = delta
                    other = k
            if other >= 0:
                b = assigned[other]
                load[a] += demand[other] - demand[i]
                load[b] += demand[i] - demand[other]
                assigned[i] = b
                assigned[other] = a
                touched[b] = True
                change += best
                again = True
        for q in range(count):
            j = opened[q]
            if not touched[j]:
                continue
            if not can_move[j]:
                touched[j] = False
                continue
            moved[:] = open_cost
            for i in range(n):
                if assigned[i] == j:
                    for to in range(m):
                        moved[to] += cost[i, to]
            here = moved[j] + price * _over(load[j], capacity[j])
            best = -tiny
            new = -1
            for to in range(m):
                if not is_open[to] and can_move[to]:
                    delta = moved[to] + price * _over(load[j], capacity[to]) - here
                    if delta < best:
                        best = delta
                        new = to
            touched[j] = False
            if new >= 0:
                for i in range(n):
                    if assigned[i] == j:
                        assigned[i] = new
                load[new] = load[j]
                load[j] = 0.0
                is_open[j] = False
                is_open[new] = True
                opened[q] = new
                touched[new] = True
                change += best
                again = True
    return change


@njit(cache=True)
def _close(j, cost, demand, capacity, open_cost, price, assigned, load, is_open, opened, count, touched):
    """Close a site and hand its clients, largest demand first, to the sites left. Returns the change."""
    change = -open_cost[j] - price * _over(load[j], capacity[j])
    is_open[j] = False
    for q in range(count):
        if opened[q] == j:
            opened[q] = opened[count - 1]
            break
    count -= 1
    mine = np.flatnonzero(assigned == j)
    for i in mine[np.argsort(-demand[mine] * (1.0 + 0.2 * np.random.random(len(mine))))]:
        best = np.inf
        to = -1
        for q in range(count):
            b = opened[q]
            delta = cost[i, b] - cost[i, j]
            if delta < best:
                delta += price * (_over(load[b] + demand[i], capacity[b]) - _over(load[b], capacity[b]))
                if delta < best:
                    best = delta
                    to = b
        if to < 0:  # no other site is open
            return np.inf
        assigned[i] = to
        load[to] += demand[i]
        touched[to] = True
        change += best
    load[j] = 0.0
    return change


@njit(cache=True)
def search_single(
    cost, demand, capacity, open_cost, lo, hi, can_move, near, price, now_open, now_assigned, best_open, assigned,
    rounds, heat, cooled, seed,
):
    """Local search, then `rounds` of opening, closing and handing over, each followed by local search.

    cost: (clients, sites). can_move (m,): sites that may be opened and closed. near (n, k): each client's cheapest
    sites. now_open (m,) and now_assigned (n,) are the start and become where the search stands at the end, so that a
    call with them goes on; best_open and assigned become the best found, of those within capacity if any.
    heat: a worse set is gone on with when it is at most so much of the value worse, falling to `cooled`.
    Returns (value, overload, price at the end).
    """
    np.random.seed(seed)
    n, m = cost.shape
    is_open = now_open.copy()
    now = now_assigned.copy()
    load = np.zeros(m)
    opened = np.empty(m, np.int64)
    count = 0
    value = 0.0
    for j in range(m):
        if is_open[j]:
            opened[count] = j
            count += 1
            value += open_cost[j]
    for i in range(n):
        load[now[i]] += demand[i]
        value += cost[i, now[i]]
    excess = 0.0
    for j in range(m):
        excess += _over(load[j], capacity[j])
    penal = value + price * excess
    tiny = 1e-9 * max(1.0, abs(value))
    touched = np.ones(m, np.bool_)
    can_swap = can_move.copy()
    penal += _descend(
        cost, demand, capacity, open_cost, can_swap, price, now, load, is_open, opened, count, touched, tiny)

    best_value = np.inf
    best_excess = np.inf
    base_open, base_now, base_load = is_open.copy(), now.copy(), load.copy()
    base_opened, base_count, base_penal = opened.copy(), count, penal
    quiet = 0
    for turn in range(rounds + 1):
        if turn > 0:
            touched[:] = False
            change = 0.0
            i = np.random.randint(n)
            kind = np.random.random()
            grow = count < hi and (kind < 0.35 or count <= lo)
            new = -1
            if kind < 0.7 or (grow and count == lo and lo < hi):
                for _ in range(10):
                    j = near[i, np.random.randint(near.shape[1])]
                    if not is_open[j] and can_move[j]:
                        new = j
                        break
            if new >= 0:
                is_open[new] = True
                opened[count] = new
                count += 1
                touched[new] = True
                change += open_cost[new]
            shut = count > hi or (count > lo and (new < 0 or kind >= 0.35))
            if shut:
                old = -1
                for _ in range(20):
                    j = now[i] if np.random.random() < 0.5 else now[np.random.randint(n)]
                    if np.random.random() < 0.5:
                        j = near[i, np.random.randint(near.shape[1])]
                    if is_open[j] and j != new and can_move[j]:
                        old = j
                        break
                if old < 0:
                    for q in np.random.permutation(count):
                        if opened[q] != new and can_move[opened[q]]:
                            old = opened[q]
                            break
                if old >= 0 and count > 1:
                    change += _close(
                        old, cost, demand, capacity, open_cost, price, now, load, is_open, opened, count, touched)
                    count -= 1
            if new < 0 and not shut:  # the same sites: hand some clients over
                for _ in range(3):
                    k = np.random.randint(n)
                    b = near[k, np.random.randint(near.shape[1])]
                    a = now[k]
                    if is_open[b] and b != a:
                        change += cost[k, b] - cost[k, a] + price * (
                            _over(load[a] - demand[k], capacity[a]) - _over(load[a], capacity[a])
                            + _over(load[b] + demand[k], capacity[b]) - _over(load[b], capacity[b]))
                        now[k] = b
                        load[a] -= demand[k]
                        load[b] += demand[k]
                        touched[a] = True
                        touched[b] = True
            penal += change
            if penal < np.inf and lo <= count <= hi:
                penal += _descend(
                    cost, demand, capacity, open_cost, can_swap, price, now, load, is_open, opened, count, touched,
                    tiny)
            else:
                penal = np.inf
        excess = 0.0
        for j in range(m):
            excess += _over(load[j], capacity[j])
        value = penal - price * excess
        if penal < np.inf and (
            (excess <= 0.0 and (best_excess > 0.0 or value < best_value - tiny))
            or (excess > 0.0 and excess < best_excess)
        ):
            best_value = value
            best_excess = excess
            best_open[:] = is_open
            assigned[:] = now
        allowed = (heat + (cooled - heat) * turn / (rounds + 1.0)) * abs(base_penal) * np.random.random()
        if penal <= base_penal + allowed:
            base_open[:], base_now[:], base_load[:] = is_open, now, load
            base_opened[:], base_count, base_penal = opened, count, penal
        else:
            is_open[:], now[:], load[:] = base_open, base_now, base_load
            opened[:], count, penal = base_opened, base_count, base_penal
            excess = 0.0
            for j in range(m):
                excess += _over(load[j], capacity[j])
        quiet = quiet + 1 if excess > 0.0 else 0
        if turn % 20 == 19:
            old_price = price
            price = price * 1.6 if excess > 0.0 else price * 0.85
            base_penal += (price - old_price) * excess
            penal = base_penal
    now_open[:] = is_open
    now_assigned[:] = now
    return best_value, best_excess, price
