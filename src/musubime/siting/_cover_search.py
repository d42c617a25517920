"""Numba kernel of local search for maximal covering. Lists as in `_kernels`, without costs: a client's sites."""
# mypy: disable-error-code="no-untyped-def,no-untyped-call"
# ruff: noqa: NPY002

from __future__ import annotations

import numpy as np
from numba import njit

PATIENCE = 150  # steps without a better set before the search begins elsewhere


@njit(cache=True)
def _swap(j, into, ptr, site, back_ptr, back_client, weight, now, times, gain):
    """Close j, open `into`, and bring counts and gains up to date. Returns the change of the weight reached."""
    now[j] = False
    lost = 0.0
    for q in range(back_ptr[j], back_ptr[j + 1]):
        i = back_client[q]
        times[i] -= 1
        if times[i] <= 1:
            if times[i] == 0:
                lost += weight[i]
            for r in range(ptr[i], ptr[i + 1]):
                other = site[r]
                if other != j and (times[i] == 1) == now[other]:
                    gain[other] += weight[i]
    gain[j] = lost
    now[into] = True
    won = 0.0
    for q in range(back_ptr[into], back_ptr[into + 1]):
        i = back_client[q]
        times[i] += 1
        if times[i] <= 2:
            if times[i] == 1:
                won += weight[i]
            for r in range(ptr[i], ptr[i + 1]):
                other = site[r]
                if other != into and (times[i] == 2) == now[other]:
                    gain[other] -= weight[i]
    gain[into] = won
    return won - lost


@njit(cache=True)
def reach_search(ptr, site, back_ptr, back_client, weight, is_open, fixed, steps, seed):
    """Swap one open site for one closed, always the best swap that is not taboo, and keep the best set met.

    Taboo: a site just closed is not opened, nor one just opened closed, for a few steps drawn anew each time. Where
    many sites are open, a part of them drawn anew is looked at in each step. is_open (m,) is the start and becomes the
    best found; `fixed` sites stay. Returns the weight reached.
    """
    np.random.seed(seed)
    n = len(ptr) - 1
    m = len(is_open)
    now = is_open.copy()
    times = np.zeros(n, np.int64)
    gain = np.zeros(m)  # of a closed site: the weight it would win; of an open one: what would be lost
    value = 0.0
    opened = np.flatnonzero(now & ~fixed)
    p = len(opened)
    for j in range(m):
        if now[j]:
            for q in range(back_ptr[j], back_ptr[j + 1]):
                times[back_client[q]] += 1
    for i in range(n):
        if times[i] > 0:
            value += weight[i]
        if times[i] <= 1:
            for q in range(ptr[i], ptr[i + 1]):
                if (times[i] == 1) == now[site[q]]:
                    gain[site[q]] += weight[i]
    best = value
    taboo = np.zeros(m, np.int64)
    extra = np.zeros(m)
    touched = np.empty(m, np.int64)
    looked = min(p, 30)
    quiet = 0
    closed = False
    for j in range(m):
        closed = closed or (not now[j] and not fixed[j])
    if p == 0 or not closed:
        return best
    for step in range(1, steps + 1):
        top = -np.inf
        out = -1
        into = -1
        begin = np.random.randint(p)
        for t in range(looked):
            a = (begin + t) % p
            j = opened[a]
            count = 0
            for q in range(back_ptr[j], back_ptr[j + 1]):
                i = back_client[q]
                if times[i] == 1:
                    for r in range(ptr[i], ptr[i + 1]):
                        other = site[r]
                        if extra[other] == 0.0:
                            touched[count] = other
                            count += 1
                        extra[other] += weight[i]
            for other in range(m):
                if now[other] or fixed[other]:
                    continue
                delta = gain[other] + extra[other] - gain[j]
                if (taboo[other] >= step or taboo[j] >= step) and value + delta <= best + 1e-9:
                    continue
                if delta > top + 1e-12:
                    top = delta
                    out = a
                    into = other
            for t2 in range(count):
                extra[touched[t2]] = 0.0
        if out < 0:
            continue
        j = opened[out]
        value += _swap(j, into, ptr, site, back_ptr, back_client, weight, now, times, gain)
        opened[out] = into
        taboo[j] = step + np.random.randint(3, 4 + min(10, m - p))
        taboo[into] = step + np.random.randint(1, 2 + min(6, p))
        if value > best + 1e-9:
            best = value
            is_open[:] = now
            quiet = 0
        quiet += 1
        if quiet > PATIENCE:  # begin elsewhere: some sites swapped at random, from here or from the best
            quiet = 0
            if np.random.random() < 0.5:
                wrong = np.flatnonzero(now & ~is_open)
                right = np.flatnonzero(is_open & ~now)
                for t in range(len(wrong)):
                    value += _swap(
                        wrong[t], right[t], ptr, site, back_ptr, back_client, weight, now, times, gain)
                opened[:] = np.flatnonzero(now & ~fixed)
            for _ in range(1 + np.random.randint(max(1, p // 2))):
                out = np.random.randint(p)
                into = np.random.randint(m)
                if not now[into] and not fixed[into]:
                    value += _swap(
                        opened[out], into, ptr, site, back_ptr, back_client, weight, now, times, gain)
                    opened[out] = into
    return best
