"""Numba kernels of the Lagrangian bound for hub plans (docs/methods/siting.md, "Bound while people talk").

Relaxed, at a price: that every client is served once (price), that a budget holds (price of a yen, mu), that services
of a clash are not offered together (toll), that somebody is within reach (grant). What is left falls apart into
places: the best set of services of each is found exactly, rooms, hub and fewest users included. Whatever the
prices are, the value is a proven lower bound. Arrays only.
"""
# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def serve(f, price, c, share):
    """The least cost of candidate c's clients, net of their prices, when it is offered and has its fewest users.

    share: (clients of c,) is filled with the part of each that it serves. Of several views in which the users must
    suffice the one that costs most counts: each alone is a relaxation.
    """
    lo, hi = f.cptr[c], f.cptr[c + 1]
    n = hi - lo
    total = 0.0
    for q in range(lo, hi):
        net = f.cost[f.entry[q]] - price[f.client[q]]
        share[q - lo] = 1.0 if net < 0.0 else 0.0
        total += min(net, 0.0)
    if f.least[c] <= 0.0:
        return total
    worst, worst_view, ratio = total, -1, np.empty(n)
    for v in range(f.users.shape[1]):
        if f.draw[v] >= 0:
            continue
        need = f.least[c] * (1.0 - 1e-6)
        for q in range(lo, hi):
            who = f.client[q]
            net = f.cost[f.entry[q]] - price[who]
            ratio[q - lo] = np.inf
            if net < 0.0:
                need -= f.users[who, v]
            elif f.users[who, v] > 0.0:
                ratio[q - lo] = net / f.users[who, v]
        if need <= 0.0:
            continue
        extra = total
        for at in np.argsort(ratio):
            if need <= 0.0 or np.isinf(ratio[at]):
                break
            taken = min(need, f.users[f.client[lo + at], v])
            extra += taken * ratio[at]
            need -= taken
        if extra > worst:
            worst, worst_view = extra, v
    if worst_view >= 0:
        v, need = worst_view, f.least[c] * (1.0 - 1e-6)
        for q in range(lo, hi):
            who = f.client[q]
            net = f.cost[f.entry[q]] - price[who]
            ratio[q - lo] = np.inf
            if net < 0.0:
                need -= f.users[who, v]
            elif f.users[who, v] > 0.0:
                ratio[q - lo] = net / f.users[who, v]
        for at in np.argsort(ratio):
            if need <= 0.0 or np.isinf(ratio[at]):
                break
            taken = min(need, f.users[f.client[lo + at], v])
            share[at] = taken / f.users[f.client[lo + at], v]
            need -= taken
    return worst


@njit(cache=True, nogil=True)
def choose(f, j, net, yen, only):
    """The best of place j without and with a hub: (cost, kept; cost, mask, kept). net: (candidates,) of serving.

    only: a candidate that must be offered, or -1. The fewest services of a hub are held against what may be kept,
    not against what is.
    """
    lo, hi = f.pptr[j], f.pptr[j + 1]
    without, with_hub, kept0, mask1, kept1 = 0.0, np.inf, np.int64(0), np.int64(-1), np.int64(0)
    for q in range(lo, hi):
        c = f.pcand[q]
        wanted = f.forced[c] or c == only
        if f.keeps[c]:
            worth = net[c] + yen * f.keep_jpy[c]
            if worth < 0.0 or wanted:
                without += worth
                kept0 |= 1 << (q - lo)
        elif wanted:
            without = np.inf
    if f.must[j]:
        without = np.inf
    if f.never[j]:
        return without, kept0, with_hub, mask1, kept1
    for mask in range(f.fptr[j + 1] - f.fptr[j]):
        room = f.table[f.fptr[j] + mask]
        if not np.isfinite(room):
            continue
        total, kept, most = yen * (room + f.hub_jpy), np.int64(0), f.here[j]
        for q in range(lo, hi):
            c = f.pcand[q]
            if f.bit[c] >= 0 and mask >> f.bit[c] & 1:
                total += net[c]
                most += 1
            elif f.keeps[c]:
                most += 1
                worth = net[c] + yen * f.keep_jpy[c]
                if worth < 0.0 or f.forced[c] or c == only:
                    total += worth
                    kept |= 1 << (q - lo)
            elif f.forced[c] or c == only:
                total = np.inf
        if most >= f.k and total < with_hub:
            with_hub, mask1, kept1 = total, np.int64(mask), kept
    return without, kept0, with_hub, mask1, kept1


@njit(cache=True, nogil=True)
def hubs_of(f, group, groups, without, with_hub, chosen):
    """The cheapest allowed set of hubs, of each group of places that exclude each other one: its cost, or inf.

    chosen: (places,) is filled.
    """
    places = len(without)
    chosen[:] = False
    total = 0.0
    best = np.full(groups, np.inf)
    at = np.full(groups, -1)
    many = 0
    for j in range(places):
        if np.isinf(without[j]):
            total += with_hub[j]
            chosen[j] = True
            many += 1
            continue
        total += without[j]
        more = with_hub[j] - without[j]
        if more < best[group[j]]:
            best[group[j]], at[group[j]] = more, j
    for j in range(places):  # a place that must be a hub leaves no room for another of its group
        if np.isinf(without[j]):
            best[group[j]] = np.inf
    for g in np.argsort(best):
        if np.isinf(best[g]) or many >= f.most or (best[g] >= 0.0 and many >= f.fewest):
            break
        total += best[g]
        chosen[at[g]] = True
        many += 1
    if many < f.fewest or many > f.most:
        return np.inf
    return total


@njit(cache=True, nogil=True)
def nets(f, price, toll, grant, clash_ptr, clash, net, share):
    """(candidates,) what offering each costs net of prices; share: flat, as cptr tells."""
    for c in range(len(f.place)):
        net[c] = serve(f, price, c, share[f.cptr[c] : f.cptr[c + 1]])
        for q in range(f.qptr[c], f.qptr[c + 1]):
            net[c] -= grant[f.qreq[q]]
    for r in range(len(clash_ptr) - 1):
        for q in range(clash_ptr[r], clash_ptr[r + 1]):
            net[clash[q]] += toll[r]


@njit(cache=True, nogil=True)
def lagrange(f, price, toll, grant, mu, clash_ptr, clash, group, groups, upper, most, patience, step, often):
    """Raise prices by deflected subgradients: the best bound. Prices end where it was found (inf: no plan at all).

    mu: (1,). upper: value of a plan, in whose direction steps are measured. most: iterations; patience: of them
    without progress before steps shorten. often: (candidates,) comes to hold how often each was offered of late.
    """
    clients, count, places = len(f.ptr) - 1, len(f.place), len(f.here)
    net, share = np.empty(count), np.empty(f.cptr[count])
    without, with_hub = np.empty(places), np.empty(places)
    kept0, mask1, kept1 = np.empty(places, np.int64), np.empty(places, np.int64), np.empty(places, np.int64)
    chosen = np.empty(places, np.bool_)
    best = -np.inf
    best_price, best_toll, best_grant, best_mu = price.copy(), toll.copy(), grant.copy(), mu[0]
    way, way_toll, way_grant, way_mu = np.zeros(clients), np.zeros(len(toll)), np.zeros(len(grant)), 0.0
    offered = np.empty(count, np.bool_)
    idle = 0
    scale = max(f.budget, 1.0) if np.isfinite(f.budget) else 1.0
    unit = max(1.0, upper / 50.0)  # what a step of tolls, grants and the budget's price is measured in
    for _ in range(most):
        nets(f, price, toll, grant, clash_ptr, clash, net, share)
        for j in range(places):
            without[j], kept0[j], with_hub[j], mask1[j], kept1[j] = choose(f, j, net, 1.0 + mu[0], -1)
        bound = hubs_of(f, group, groups, without, with_hub, chosen)
        if np.isinf(bound):
            return np.inf
        for who in range(clients):
            bound += price[who]
        for r in range(len(toll)):
            bound -= toll[r]
        for r in range(len(grant)):
            bound += grant[r]
        if np.isfinite(f.budget):
            bound -= mu[0] * f.budget
        if bound > best * (1.0 + 1e-6) or best == -np.inf:
            idle = 0
        else:
            idle += 1
        if bound > best:
            best = bound
            best_price[:], best_toll[:], best_grant[:], best_mu = price, toll, grant, mu[0]
        if best >= upper * (1.0 - 1e-6) or step < 1e-3:
            break
        if idle >= patience:
            idle = 0
            step *= 0.6
            price[:], toll[:], grant[:], mu[0] = best_price, best_toll, best_grant, best_mu
            way[:], way_toll[:], way_grant[:], way_mu = 0.0, 0.0, 0.0, 0.0
        offered[:] = False
        public = 0.0
        for j in range(places):
            kept = kept1[j] if chosen[j] else kept0[j]
            if chosen[j]:
                public += f.hub_jpy + f.table[f.fptr[j] + mask1[j]]
            for q in range(f.pptr[j], f.pptr[j + 1]):
                c = f.pcand[q]
                if kept >> (q - f.pptr[j]) & 1:
                    offered[c] = True
                    public += f.keep_jpy[c]
                elif chosen[j] and f.bit[c] >= 0 and mask1[j] >> f.bit[c] & 1:
                    offered[c] = True
        often *= 0.9
        often += 0.1 * offered
        miss = np.ones(clients)
        for c in range(count):
            if offered[c]:
                for q in range(f.cptr[c], f.cptr[c + 1]):
                    miss[f.client[q]] -= share[q]
        length = 0.0
        for who in range(clients):
            top = f.cost[f.ptr[who + 1] - 1]
            if price[who] >= top and miss[who] > 0.0:
                miss[who] = 0.0  # the last of its list takes the rest
            way[who] = miss[who] + 0.4 * way[who]
            length += way[who] * way[who]
        for r in range(len(toll)):
            over = -1.0
            for q in range(clash_ptr[r], clash_ptr[r + 1]):
                over += offered[clash[q]]
            if toll[r] <= 0.0 and over < 0.0:
                over = 0.0
            way_toll[r] = over + 0.4 * way_toll[r]
            length += way_toll[r] * way_toll[r]
        for r in range(len(grant)):
            under = 1.0
            for q in range(f.rptr[r], f.rptr[r + 1]):
                under -= offered[f.rcand[q]]
            if grant[r] <= 0.0 and under < 0.0:
                under = 0.0
            way_grant[r] = under + 0.4 * way_grant[r]
            length += way_grant[r] * way_grant[r]
        if np.isfinite(f.budget):
            over = (public - f.budget) / scale
            if mu[0] <= 0.0 and over < 0.0:
                over = 0.0
            way_mu = over + 0.4 * way_mu
            length += (way_mu * scale / unit) ** 2
        if length <= 0.0:
            break
        by = step * max(upper * 1.001 - bound, upper * 1e-5) / length
        for who in range(clients):
            price[who] = min(max(price[who] + by * way[who], 0.0), f.cost[f.ptr[who + 1] - 1])
        for r in range(len(toll)):
            toll[r] = max(0.0, toll[r] + by * way_toll[r])
        for r in range(len(grant)):
            grant[r] = max(0.0, grant[r] + by * way_grant[r])
        if np.isfinite(f.budget):
            mu[0] = max(0.0, mu[0] + by * way_mu * scale / unit / unit)
    price[:], toll[:], grant[:], mu[0] = best_price, best_toll, best_grant, best_mu
    return best


@njit(cache=True, nogil=True)
def forced_bounds(f, price, toll, grant, mu, clash_ptr, clash, group, groups):
    """(candidates,) a bound of every plan that offers the candidate."""
    count, places = len(f.place), len(f.here)
    net, share = np.empty(count), np.empty(f.cptr[count])
    without, with_hub, chosen = np.empty(places), np.empty(places), np.empty(places, np.bool_)
    nets(f, price, toll, grant, clash_ptr, clash, net, share)
    for j in range(places):
        without[j], _, with_hub[j], _, _ = choose(f, j, net, 1.0 + mu[0], -1)
    rest = price.sum() - toll.sum() + grant.sum()
    if np.isfinite(f.budget):
        rest -= mu[0] * f.budget
    out = np.empty(count)
    for j in range(places):
        old_without, old_with = without[j], with_hub[j]
        for q in range(f.pptr[j], f.pptr[j + 1]):
            c = f.pcand[q]
            without[j], _, with_hub[j], _, _ = choose(f, j, net, 1.0 + mu[0], c)
            out[c] = rest + hubs_of(f, group, groups, without, with_hub, chosen)
        without[j], with_hub[j] = old_without, old_with
    return out


@njit(cache=True, nogil=True)
def stakes(f, price):
    """(candidates,) what its clients would save at these prices."""
    out = np.zeros(len(f.place))
    for c in range(len(out)):
        for q in range(f.cptr[c], f.cptr[c + 1]):
            out[c] += max(0.0, price[f.client[q]] - f.cost[f.entry[q]])
    return out


@njit(cache=True, nogil=True)
def first_prices(f):
    """Each client's way to its second nearest candidate, or the end of its list: a fair first guess."""
    price = np.empty(len(f.ptr) - 1)
    for who in range(len(price)):
        price[who] = f.cost[min(f.ptr[who] + 2, f.ptr[who + 1] - 1)]
    return price


@njit(cache=True, nogil=True)
def served_alone(f, least_view):
    """Pairs of candidates that cannot both be offered: (candidates, candidates), true where the one leaves the
    other fewer than its fewest users in view `least_view`, whatever else is offered."""
    count = len(f.place)
    bad = np.zeros((count, count), np.bool_)
    left = np.empty(count)
    for c in range(count):
        if f.least[c] <= 0.0:
            continue
        whole = 0.0
        left[:] = 0.0
        for q in range(f.cptr[c], f.cptr[c + 1]):
            who, e = f.client[q], f.entry[q]
            u = f.users[who, least_view]
            whole += u
            for t in range(f.ptr[who], e):
                left[f.cand[t]] += u
        for d in range(count):
            if f.service[d] == f.service[c] and d != c and whole - left[d] < f.least[c] * (1.0 - 1e-6):
                bad[c, d] = True
                bad[d, c] = True
    return bad


@njit(cache=True, nogil=True)
def cover_with_cliques(bad):
    """Sets of which any two are bad, so that every bad pair lies in one: (ptr, members)."""
    count = len(bad)
    left = bad.copy()
    ptr, members = [0], [0]
    members.pop()
    for i in range(count):
        for j in range(i + 1, count):
            if not left[i, j]:
                continue
            start = len(members)
            members.append(i)
            members.append(j)
            able = bad[i] & bad[j]
            while True:
                best, most = -1, -1
                for d in range(count):
                    if able[d]:
                        new = 0
                        for m in members[start:]:
                            new += left[d, m]
                        if new > most:
                            best, most = d, new
                if best < 0:
                    break
                members.append(best)
                able &= bad[best]
            for a in members[start:]:
                for b in members[start:]:
                    left[a, b] = False
            ptr.append(len(members))
    return np.array(ptr), np.array(members)
