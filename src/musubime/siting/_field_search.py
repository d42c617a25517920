"""Numba kernels of the local search for hub plans (docs/methods/siting.md, "What-if"). Arrays only.

A *state* says what each candidate is (nothing, opened, kept) and which places are hubs, and keeps what follows from
it: everybody's way, the users of each offer, the cost. A requirement that a state misses costs a penalty, so that a
search may pass through plans that are not allowed; the weights grow until what it ends with is.

Given the rest, the best of one place is found exactly: travel and users are separate by service, so each of its
candidates has one number, and all sets of services are tried. Moves are such choices for one place after some
first change elsewhere.
"""
# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from musubime.region import Floats, Ints

from .model import Bools

NOTHING, OPENED, KEPT = 0, 1, 2
TRAVEL, COST, SHORT, UNREACHED, LACK, HUBS, CLASHES = range(7)  # of State.total
ROUND = 1e-7  # relative: fewest users are met to this


class State(NamedTuple):
    """kind: (candidates,). way: (clients,) entry of the list that is used. at: (candidates, views) users.
    short: (candidates,) what each misses of its users, a share. mask: (places,) services opened. hub: (places,).
    reached: (requirements,) how many offers. total: sums, in the order of the names above.
    gain: (candidates, 3) change of travel, short, unreached when the candidate alone is switched; stale: (services,).
    """

    kind: NDArray[np.int8]
    way: Ints
    at: Floats
    short: Floats
    mask: Ints
    hub: Bools
    reached: Ints
    total: Floats
    gain: Floats
    stale: Bools


@njit(cache=True, nogil=True)
def shortage(at, least, draw, draw_weight, share):
    """What users in each view miss of the fewest users, as a share; 0 when all that is required holds."""
    if least <= 0.0:
        return 0.0
    missed = 0.0
    for v in range(len(at)):
        if draw[v] < 0 and at[v] < least * (1.0 - ROUND):
            missed += 1.0 - at[v] / least
    if share > 0.0:
        held, near = 0.0, 0.0
        for d in range(len(draw_weight)):
            worst = 1.0
            for v in range(len(at)):
                if draw[v] == d:
                    worst = min(worst, at[v] / least)
            if worst >= 1.0 - ROUND:
                held += draw_weight[d]
            else:
                near += draw_weight[d] * (1.0 - worst)
        if held < share - ROUND:
            missed += share - held + near
    return missed


@njit(cache=True, nogil=True)
def fresh(f):
    """The state in which nothing is offered by the plan; places that must be hubs are."""
    clients, count, places = len(f.ptr) - 1, len(f.place), len(f.here)
    s = State(
        np.zeros(count, np.int8), f.ptr[1:] - 1, np.zeros((count, f.users.shape[1])), np.zeros(count),
        np.zeros(places, np.int64), np.zeros(places, np.bool_), np.zeros(len(f.rptr) - 1, np.int64), np.zeros(7),
        np.zeros((count, 3)), np.ones(1 + (f.service.max() if count else 0), np.bool_),
    )
    for who in range(clients):
        s.total[TRAVEL] += f.cost[s.way[who]]
    s.total[UNREACHED] = len(f.rptr) - 1
    for j in range(places):
        if f.must[j]:
            place_to(f, s, j, 0, 0, True)
    return s


@njit(cache=True, nogil=True)
def switch(f, s, c):
    """Offer candidate c if it is not, take it away if it is; its kind is set by the caller."""
    views = f.users.shape[1]
    adding = s.kind[c] == NOTHING
    s.stale[f.service[c]] = True
    s.total[SHORT] -= s.short[c]
    for q in range(f.cptr[c], f.cptr[c + 1]):
        who, e = f.client[q], f.entry[q]
        other = -1
        if adding:
            if e >= s.way[who]:
                continue
            other = f.cand[s.way[who]]
            s.total[TRAVEL] += f.cost[e] - f.cost[s.way[who]]
            s.way[who] = e
            sign = 1.0
        else:
            if s.way[who] != e:
                continue
            t = e + 1
            while f.cand[t] >= 0 and s.kind[f.cand[t]] == NOTHING:
                t += 1
            other = f.cand[t]
            s.total[TRAVEL] += f.cost[t] - f.cost[e]
            s.way[who] = t
            sign = -1.0
        for v in range(views):
            s.at[c, v] += sign * f.users[who, v]
        if other >= 0:
            for v in range(views):
                s.at[other, v] -= sign * f.users[who, v]
    s.kind[c] = OPENED if adding else NOTHING
    # all offers of the service may have gained or lost users: count their shortage anew
    for d in range(len(f.place)):
        if f.service[d] == f.service[c] and d != c and s.kind[d] != NOTHING:
            new = shortage(s.at[d], f.least[d], f.draw, f.draw_weight, f.share)
            s.total[SHORT] += new - s.short[d]
            s.short[d] = new
    s.short[c] = shortage(s.at[c], f.least[c], f.draw, f.draw_weight, f.share) if adding else 0.0
    s.total[SHORT] += s.short[c]
    for q in range(f.qptr[c], f.qptr[c + 1]):
        r = f.qreq[q]
        if adding and s.reached[r] == 0:
            s.total[UNREACHED] -= 1
        s.reached[r] += 1 if adding else -1
        if not adding and s.reached[r] == 0:
            s.total[UNREACHED] += 1


@njit(cache=True, nogil=True)
def _lack(f, hub, j, offered):
    return max(0, f.k - f.here[j] - offered) if hub else 0


@njit(cache=True, nogil=True)
def _clashes(f, s, j):
    count = 0
    for q in range(f.aptr[j], f.aptr[j + 1]):
        if s.hub[f.aplace[q]]:
            count += 1
    return count


@njit(cache=True, nogil=True)
def place_to(f, s, j, mask, kept, hub):
    """Make place j open the services of `mask`, keep those of `kept` (bits in the order of its candidates)."""
    offered = 0
    for q in range(f.pptr[j], f.pptr[j + 1]):
        c = f.pcand[q]
        if s.kind[c] != NOTHING:
            offered += 1
        if s.kind[c] == KEPT:
            s.total[COST] -= f.keep_jpy[c]
    s.total[LACK] -= _lack(f, s.hub[j], j, offered)
    s.total[COST] -= f.table[f.fptr[j] + s.mask[j]]
    if s.hub[j]:
        s.total[COST] -= f.hub_jpy
        s.total[HUBS] -= 1
        s.total[CLASHES] -= _clashes(f, s, j)
    offered = 0
    for q in range(f.pptr[j], f.pptr[j + 1]):
        c = f.pcand[q]
        kind = NOTHING
        if f.bit[c] >= 0 and mask >> f.bit[c] & 1:
            kind = OPENED
        elif kept >> (q - f.pptr[j]) & 1:
            kind = KEPT
            s.total[COST] += f.keep_jpy[c]
        if (kind == NOTHING) != (s.kind[c] == NOTHING):
            switch(f, s, c)
        s.kind[c] = kind
        if kind != NOTHING:
            offered += 1
    s.mask[j] = mask
    s.hub[j] = hub
    s.total[COST] += f.table[f.fptr[j] + mask]
    s.total[LACK] += _lack(f, hub, j, offered)
    if hub:
        s.total[COST] += f.hub_jpy
        s.total[HUBS] += 1
        s.total[CLASHES] += _clashes(f, s, j)


@njit(cache=True, nogil=True)
def kept_of(f, s, j):
    kept = 0
    for q in range(f.pptr[j], f.pptr[j + 1]):
        if s.kind[f.pcand[q]] == KEPT:
            kept |= 1 << (q - f.pptr[j])
    return kept


@njit(cache=True, nogil=True)
def missed(f, s, weight):
    """The penalties of a state."""
    t = s.total
    hubs = max(f.fewest - t[HUBS], 0.0) + max(t[HUBS] - f.most, 0.0)
    over = max(0.0, t[COST] - f.budget * (1.0 + ROUND)) if np.isfinite(f.budget) else 0.0
    return (
        weight[0] * t[SHORT] + weight[1] * t[UNREACHED] + weight[2] * t[LACK] + weight[3] * hubs
        + weight[4] * t[CLASHES] + weight[5] * over
    )


@njit(cache=True, nogil=True)
def _bound_to(f, j):
    bound_to = False
    for q in range(f.pptr[j], f.pptr[j + 1]):
        bound_to |= f.forced[f.pcand[q]]
    return bound_to


@njit(cache=True, nogil=True)
def allowed(f, s):
    t = s.total
    for c in range(len(f.place)):
        if f.forced[c] and s.kind[c] == NOTHING:
            return False
    return (
        t[SHORT] <= ROUND and t[UNREACHED] == 0 and t[LACK] == 0 and f.fewest <= t[HUBS] <= f.most
        and t[CLASHES] == 0 and not t[COST] > f.budget * (1.0 + 5 * ROUND)
    )


@njit(cache=True, nogil=True)
def value(f, s, weight):
    return s.total[TRAVEL] + s.total[COST] + missed(f, s, weight)


@njit(cache=True, nogil=True)
def refresh(f, s):
    """Bring the gains of stale services up to date."""
    views = f.users.shape[1]
    count = len(f.place)
    lost = np.zeros((count, views))
    touched = np.empty(count, np.int64)
    is_touched = np.zeros(count, np.bool_)
    mine = np.empty(views)
    for c in range(count):
        if not s.stale[f.service[c]]:
            continue
        adding = s.kind[c] == NOTHING
        travel, many = 0.0, 0
        mine[:] = 0.0
        for q in range(f.cptr[c], f.cptr[c + 1]):
            who, e = f.client[q], f.entry[q]
            if adding:
                if e >= s.way[who]:
                    continue
                t = s.way[who]
                travel += f.cost[e] - f.cost[t]
            else:
                if s.way[who] != e:
                    continue
                t = e + 1
                while f.cand[t] >= 0 and s.kind[f.cand[t]] == NOTHING:
                    t += 1
                travel += f.cost[t] - f.cost[e]
            other = f.cand[t]
            for v in range(views):
                mine[v] += f.users[who, v]
            if other >= 0:
                if not is_touched[other]:
                    is_touched[other] = True
                    touched[many] = other
                    many += 1
                for v in range(views):
                    lost[other, v] += f.users[who, v]
        short = -s.short[c]
        if adding:
            short = shortage(mine, f.least[c], f.draw, f.draw_weight, f.share)
        for n in range(many):
            d = touched[n]
            if f.least[d] > 0.0:
                for v in range(views):
                    mine[v] = s.at[d, v] - lost[d, v] if adding else s.at[d, v] + lost[d, v]
                short += shortage(mine, f.least[d], f.draw, f.draw_weight, f.share) - s.short[d]
            is_touched[d] = False
            lost[d, :] = 0.0
        unreached = 0
        for q in range(f.qptr[c], f.qptr[c + 1]):
            r = s.reached[f.qreq[q]]
            if adding and r == 0:
                unreached -= 1
            elif not adding and r == 1:
                unreached += 1
        s.gain[c, 0], s.gain[c, 1], s.gain[c, 2] = travel, short, unreached
    s.stale[:] = False


@njit(cache=True, nogil=True)
def best_of_place(f, s, weight, j, must_change, may_close):
    """The best choice for place j while the rest stays: (change of value, mask, kept, hub).

    must_change: staying as it is does not count. may_close: false, something is opened there.
    """
    best, best_mask, best_kept, best_hub = np.inf, np.int64(-1), np.int64(0), False
    lo, hi = f.pptr[j], f.pptr[j + 1]
    old_kept = kept_of(f, s, j)
    offered = 0
    cost_now = f.table[f.fptr[j] + s.mask[j]]
    for q in range(lo, hi):
        c = f.pcand[q]
        if s.kind[c] != NOTHING:
            offered += 1
        if s.kind[c] == KEPT:
            cost_now += f.keep_jpy[c]
    if s.hub[j]:
        cost_now += f.hub_jpy
    clash = _clashes(f, s, j)
    base = missed(f, s, weight)
    t = s.total.copy()
    now_lack, now_hub = _lack(f, s.hub[j], j, offered), s.hub[j]
    for mask in range(f.fptr[j + 1] - f.fptr[j]):
        room = f.table[f.fptr[j] + mask]
        if not np.isfinite(room) or (mask == 0 and not may_close):
            continue
        if mask and f.never[j]:
            continue
        for bare in range(2 if mask == 0 and not f.never[j] else 1):
            hub = mask != 0 or bare == 1
            if mask == 0 and not hub and f.must[j]:
                continue
            kept, count, cost = np.int64(0), 0, room
            travel, short, unreached = 0.0, 0.0, 0.0
            able = True
            for q in range(lo, hi):
                c = f.pcand[q]
                on = s.kind[c] != NOTHING
                gain = s.gain[c, 0] + weight[0] * s.gain[c, 1] + weight[1] * s.gain[c, 2]
                new = False
                if f.bit[c] >= 0 and mask >> f.bit[c] & 1:
                    new = True
                elif f.keeps[c]:
                    new = (f.keep_jpy[c] < gain) if on else (f.keep_jpy[c] + gain < 0.0)
                    new |= f.forced[c]
                    if new:
                        kept |= 1 << (q - lo)
                        cost += f.keep_jpy[c]
                elif f.forced[c]:
                    able = False
                count += new
                if new != on:
                    travel += s.gain[c, 0]
                    short += s.gain[c, 1]
                    unreached += s.gain[c, 2]
            if not able:
                continue
            if hub and count + f.here[j] < f.k:
                for q in range(lo, hi):  # what can be kept counts as well, cheapest or not
                    c = f.pcand[q]
                    opened = f.bit[c] >= 0 and mask >> f.bit[c] & 1
                    if count + f.here[j] < f.k and f.keeps[c] and not opened and not kept >> (q - lo) & 1:
                        kept |= 1 << (q - lo)
                        cost += f.keep_jpy[c]
                        count += 1
                        sign = 1.0 if s.kind[c] == NOTHING else -1.0  # it was going to be switched off
                        travel += sign * s.gain[c, 0]
                        short += sign * s.gain[c, 1]
                        unreached += sign * s.gain[c, 2]
            if must_change and mask == s.mask[j] and kept == old_kept and hub == s.hub[j]:
                continue
            if hub:
                cost += f.hub_jpy
            s.total[COST] = t[COST] + cost - cost_now
            s.total[SHORT] = t[SHORT] + short
            s.total[UNREACHED] = t[UNREACHED] + unreached
            s.total[LACK] = t[LACK] + _lack(f, hub, j, count) - now_lack
            s.total[HUBS] = t[HUBS] + hub - now_hub
            s.total[CLASHES] = t[CLASHES] + (clash if hub else 0) - (clash if now_hub else 0)
            change = travel + cost - cost_now + missed(f, s, weight) - base
            if change < best:
                best, best_mask, best_kept, best_hub = change, np.int64(mask), kept, hub
    s.total[:] = t
    return best, best_mask, best_kept, best_hub


@njit(cache=True, nogil=True)
def best_place(f, s, weight, but):
    """The best choice of all places but one: (change, place, mask, kept, hub)."""
    refresh(f, s)
    best, at, best_mask, best_kept, best_hub = np.inf, -1, np.int64(-1), np.int64(0), False
    for j in range(len(f.here)):
        if j == but or (f.pptr[j] == f.pptr[j + 1] and f.never[j] and not s.hub[j]):
            continue
        change, mask, kept, hub = best_of_place(f, s, weight, j, True, True)
        if change < best:
            best, at, best_mask, best_kept, best_hub = change, j, mask, kept, hub
    return best, at, best_mask, best_kept, best_hub


@njit(cache=True, nogil=True)
def descend(f, s, weight, pairs):
    """Improve until no choice for one place does, nor, with `pairs`, any two in a row."""
    while True:
        least = 1e-9 * abs(value(f, s, weight))
        change, j, mask, kept, hub = best_place(f, s, weight, -1)
        if j >= 0 and change < -least:
            place_to(f, s, j, mask, kept, hub)
            continue
        if not pairs or not _pair(f, s, weight, least):
            return


@njit(cache=True, nogil=True)
def _pair(f, s, weight, least):
    """Find and make two choices in a row that improve together; false when there are none."""
    before = value(f, s, weight)
    for turn in range(3):
        for j in range(len(f.here)):
            old_mask, old_kept, old_hub = s.mask[j], kept_of(f, s, j), s.hub[j]
            active = old_mask != 0 or old_kept != 0 or old_hub
            for q in range(f.pptr[j], f.pptr[j + 1] if turn == 1 else f.pptr[j] + 1):
                if turn == 0:  # close the place
                    if not active or _bound_to(f, j):
                        break
                    place_to(f, s, j, 0, 0, f.must[j])
                elif turn == 1:  # close one of its services
                    c = f.pcand[q]
                    if s.kind[c] == NOTHING or f.forced[c]:
                        continue
                    mask = old_mask & ~(1 << f.bit[c]) if s.kind[c] == OPENED else old_mask
                    if not np.isfinite(f.table[f.fptr[j] + mask]):
                        continue
                    kept = old_kept & ~(1 << (q - f.pptr[j]))
                    place_to(f, s, j, mask, kept, mask != 0 or old_hub)
                else:  # open the best there, whether it pays or not
                    if active or f.never[j]:
                        break
                    refresh(f, s)
                    _, mask, kept, hub = best_of_place(f, s, weight, j, True, False)
                    if mask < 0:
                        break
                    place_to(f, s, j, mask, kept, hub)
                first = value(f, s, weight)
                change, i, mask2, kept2, hub2 = best_place(f, s, weight, j if turn != 1 else -1)
                if i >= 0 and first + change < before - least:
                    place_to(f, s, i, mask2, kept2, hub2)
                    return True
                place_to(f, s, j, old_mask, old_kept, old_hub)
    return False


@njit(cache=True, nogil=True)
def start_from(f, kind, hub, weight):
    """A state with these kinds (candidates,) and bare hubs (places,) as far as the field allows; then all that must
    be offered."""
    s = fresh(f)
    for j in range(len(f.here)):
        mask, kept = np.int64(0), np.int64(0)
        for q in range(f.pptr[j], f.pptr[j + 1]):
            c = f.pcand[q]
            if kind[c] == OPENED and f.bit[c] >= 0:
                mask |= 1 << f.bit[c]
            elif kind[c] != NOTHING and f.keeps[c]:
                kept |= 1 << (q - f.pptr[j])
        if not np.isfinite(f.table[f.fptr[j] + mask]):
            mask = np.int64(0)
        is_hub = mask != 0 or f.must[j] or (hub[j] and not f.never[j])
        if mask or kept or is_hub:
            place_to(f, s, j, mask, kept, is_hub)
    for j in range(len(f.here)):
        lacking = False
        for q in range(f.pptr[j], f.pptr[j + 1]):
            c = f.pcand[q]
            lacking |= f.forced[c] and s.kind[c] == NOTHING
        if lacking:
            refresh(f, s)
            _, mask, kept, is_hub = best_of_place(f, s, weight, j, True, True)
            if mask >= 0:
                place_to(f, s, j, mask, kept, is_hub)
    return s


@njit(cache=True, nogil=True)
def copy_state(to, of):
    to.kind[:], to.way[:], to.at[:], to.short[:], to.mask[:] = of.kind, of.way, of.at, of.short, of.mask
    to.hub[:], to.reached[:], to.total[:], to.gain[:], to.stale[:] = of.hub, of.reached, of.total, of.gain, of.stale


@njit(cache=True, nogil=True)
def _raise(f, s, w):
    """Double the weights of the requirements that the state misses."""
    t = s.total
    wrong = np.array([
        t[SHORT] > ROUND, t[UNREACHED] > 0, t[LACK] > 0, t[HUBS] < f.fewest or t[HUBS] > f.most, t[CLASHES] > 0,
        t[COST] > f.budget,
    ])
    for k in range(len(w)):
        if wrong[k]:
            w[k] *= 2.0


@njit(cache=True, nogil=True)
def settle(f, s, weight, pairs):
    """Descend, and raise the weights of what is missed until the state is allowed; false when it never is."""
    w = weight.copy()
    for _ in range(18):
        descend(f, s, w, False)
        if allowed(f, s):
            if pairs:
                descend(f, s, w, True)
            if not pairs or allowed(f, s):
                return True
        _raise(f, s, w)
    return False


@njit(cache=True, nogil=True)
def _next(seed):
    seed[0] = (seed[0] * np.uint64(6364136223846793005) + np.uint64(1442695040888963407))
    return np.int64(seed[0] >> np.uint64(33))


@njit(cache=True, nogil=True)
def kick(f, s, seed, strength):
    """Close a few random places that do something, and open a random set somewhere else."""
    places = len(f.here)
    for _ in range(strength):
        for _try in range(50):
            j = _next(seed) % places
            if (s.mask[j] or kept_of(f, s, j)) and not _bound_to(f, j):
                place_to(f, s, j, 0, 0, f.must[j])
                break
    for _try in range(50):
        j = _next(seed) % places
        size = f.fptr[j + 1] - f.fptr[j]
        if size > 1 and not f.never[j] and not s.mask[j] and not _bound_to(f, j):
            mask = _next(seed) % size
            if np.isfinite(f.table[f.fptr[j] + mask]):
                place_to(f, s, j, mask, kept_of(f, s, j), mask != 0 or s.hub[j])
                break


@njit(cache=True, nogil=True)
def search(f, s, best, weight, seed, kicks, spread):
    """Kick and settle `kicks` times; the best allowed state comes to stand in `best`: true when there is one.

    The weights of what is missed are drawn anew each time, up to `spread` times lighter or heavier: light ones let a
    search pass through what is not allowed, heavy ones keep it near what is.
    """
    found = allowed(f, best)
    if settle(f, s, weight, True) and (not found or value(f, s, weight) < value(f, best, weight)):
        copy_state(best, s)
        found = True
    last, w = fresh(f), weight.copy()
    copy_state(last, s)
    for n in range(kicks):
        copy_state(s, last)
        kick(f, s, seed, 1 + _next(seed) % 3)
        for k in range(len(w)):
            w[k] = weight[k] * spread ** ((_next(seed) % 201) / 100.0 - 1.0)
        if not settle(f, s, w, False):
            continue
        if not found or value(f, s, weight) < value(f, best, weight) * (1.0 + 0.02 * (kicks - n) / kicks):
            copy_state(last, s)
        if not found or value(f, s, weight) < value(f, best, weight):
            settle(f, s, w, True)
            if not found or value(f, s, weight) < value(f, best, weight):
                copy_state(best, s)
                copy_state(last, s)
                found = True
    return found
