"""Numba kernels that build the arrays of `_field`. Arrays only; plain twins stand in tests/siting/plain_hubs.py."""
# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def users_around(order, minutes, may, existing, ends, limit, users, counted):
    """Users of each (place, service) when nothing else opens but what is sure to (`ends`), by view: (places,
    services, views).

    order, minutes: (settlements, places), each row ascending. may: (places, services). users: (clients, views).
    """
    n, places = order.shape
    services = may.shape[1]
    around = np.zeros((places, services, users.shape[1]))
    for s in range(services):
        for i in range(n):
            client = s * n + i
            if not counted[client]:
                continue
            for r in range(places):
                if not minutes[i, r] <= limit[s] or np.isinf(minutes[i, r]):
                    break
                j = order[i, r]
                if existing[j, s]:
                    break
                if may[j, s]:
                    around[j, s] += users[client]
                    if ends[j, s]:
                        break
    return around


@njit(cache=True, nogil=True)
def lists(order, minutes, cand_of, existing, ends, limit, per_minute, unserved_min, counted):
    """Each client's candidates and costs, nearest first; the list ends with cand -1 and the cost without them.

    ends: (places, services) candidates that are sure to be offered: nobody looks beyond them.
    """
    n, places = order.shape
    services = cand_of.shape[1]
    ptr = np.zeros(services * n + 1, np.int64)
    for fill in range(2):
        at = 0
        if fill:
            cand = np.empty(ptr[-1], np.int32)
            cost = np.empty(ptr[-1])
        for s in range(services):
            for i in range(n):
                client = s * n + i
                last = unserved_min
                if counted[client]:
                    for r in range(places):
                        if not minutes[i, r] <= limit[s] or np.isinf(minutes[i, r]):
                            break
                        j = order[i, r]
                        if existing[j, s]:
                            last = minutes[i, r]
                            break
                        if cand_of[j, s] >= 0:
                            if fill:
                                cand[at] = cand_of[j, s]
                                cost[at] = per_minute[client] * minutes[i, r]
                            at += 1
                            if ends[j, s]:
                                last = minutes[i, r]
                                break
                if fill:
                    cand[at] = -1
                    cost[at] = per_minute[client] * last
                at += 1
                ptr[client + 1] = at
    return ptr, cand, cost


@njit(cache=True, nogil=True)
def by_candidate(ptr, cand, count):
    """For each candidate its clients and the entries of their lists: cptr, client, entry."""
    cptr = np.zeros(count + 1, np.int64)
    for e in range(len(cand)):
        if cand[e] >= 0:
            cptr[cand[e] + 1] += 1
    for c in range(count):
        cptr[c + 1] += cptr[c]
    client = np.empty(cptr[count], np.int32)
    entry = np.empty(cptr[count], np.int64)
    at = cptr[:-1].copy()
    for who in range(len(ptr) - 1):
        for e in range(ptr[who], ptr[who + 1]):
            c = cand[e]
            if c >= 0:
                client[at[c]] = who
                entry[at[c]] = e
                at[c] += 1
    return cptr, client, entry


@njit(cache=True, nogil=True)
def packing(opens, only, bptr, building, floor, building_jpy, need, service_jpy, fptr):
    """The cheapest way to open each set of services at each place, hub not counted; inf where it does not fit.

    only: (places, services) -2 free, -1 must open, else must open in that building. A set without one that must
    open is inf, but for the empty set, which stands for "no hub here". One building after another takes a subset
    of what is left.
    """
    places, services = opens.shape
    table = np.full(fptr[-1], np.inf)
    for j in range(places):
        size = fptr[j + 1] - fptr[j]
        bits = 0
        floors, jpy, where = np.zeros(services), np.zeros(services), np.zeros(services, np.int64)
        wanted = 0
        for s in range(services):
            if opens[j, s]:
                floors[bits], jpy[bits], where[bits] = need[s], service_jpy[s], only[j, s]
                if only[j, s] >= -1:
                    wanted |= 1 << bits
                bits += 1
        best = np.full(size, np.inf)
        best[0] = 0.0
        for q in range(bptr[j], bptr[j + 1]):
            b = building[q]
            fits = np.empty(size, np.bool_)
            for mask in range(size):
                total, allowed = 0.0, True
                for t in range(bits):
                    if mask >> t & 1:
                        total += floors[t]
                        if where[t] >= 0 and where[t] != b:
                            allowed = False
                fits[mask] = allowed and total <= floor[b]
            new = best.copy()
            for mask in range(1, size):
                part = mask
                while part:
                    if fits[part] and best[mask ^ part] + building_jpy[b] < new[mask]:
                        new[mask] = best[mask ^ part] + building_jpy[b]
                    part = (part - 1) & mask
            best = new
        for mask in range(1, size):
            if mask & wanted == wanted:
                total = best[mask]
                for t in range(bits):
                    if mask >> t & 1:
                        total += jpy[t]
                table[fptr[j] + mask] = total
        table[fptr[j]] = 0.0
    return table
