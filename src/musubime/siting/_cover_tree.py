"""Maximal covering proven: Lagrangian bounds of parts, fast enough for thousands of them, in branch and bound."""

from __future__ import annotations

import heapq
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from musubime.region import Floats, Ints

from ._cover_kernels import FREE, OPEN, SHUT, bound_part
from ._engine import Clock, Lists, Mask, Proof

ROOT_ROUNDS, ROUNDS, TRY_ROUNDS = 3000, 30, 12  # of bounding: the whole, the branching chosen, each one tried
TRIES = 3
SIDE_BY_SIDE = 2


@dataclass
class _Part:
    """Sites fixed, prices to start from, and how often each site was chosen of late. bound: weight still to reach."""

    bound: float
    fix: NDArray[np.int8]
    price: Floats
    often: Floats


@dataclass(frozen=True)
class _Residue:
    """What is left of a problem: reached by site (ptr, client), weight, sites still to open, those sites' numbers."""

    ptr: Ints
    client: NDArray[np.int32]
    weight: Floats
    p: int
    sites: Ints
    base: float  # weight that sites fixed open reach

    def bounded(self, part: _Part, goal: float, rounds: int, step: float, patience: int) -> tuple[_Part, Mask]:
        fix, price, often = part.fix.copy(), part.price.copy(), part.often.copy()
        keys = np.zeros(len(fix))
        bound, chosen = bound_part(
            self.ptr, self.client, self.weight, self.p, fix, price, often, goal, rounds, step, patience, keys)
        return _Part(min(float(bound), part.bound), fix, price, often), chosen


def prove_reach(
    lists: Lists, weight: Floats, start: Mask, must: Mask, gap: float, clock: Clock
) -> Proof:
    """The p sites (lists.lo of them) that reach most weight, from a start that is good; proven to `gap` of what is
    reached, or as far as the clock allows. The proof's value and bound are of the weight missed.

    The whole is bounded first, which fixes most sites; what they reach is taken out, clients that the sites left
    reach alike are put together, and the rest is branched over: is this site open? Of several sites that are neither
    surely open nor surely closed the one is taken whose two parts come down most.
    """
    total, whole = float(weight.sum()), lists.whole
    reach = np.zeros((lists.clients, lists.sites), dtype=bool)
    reach[np.repeat(np.arange(lists.clients), np.diff(lists.ptr)), lists.site] = True
    value = float(weight[reach[:, start].any(axis=1)].sum())
    proof = Proof(start.copy(), total - value, 0.0)

    def goal_of(best: float) -> float:
        """A part that cannot reach so much holds nothing better worth having."""
        least = max(gap, 1e-7) * best
        return best + (max(least, 1.0 - 1e-6 - 1e-11 * best) if whole else least)

    goal = goal_of(value)
    fix = np.where(must, OPEN, FREE).astype(np.int8)
    everything = _residue(reach, weight, np.zeros(lists.sites, dtype=bool), np.arange(lists.sites), lists.lo)
    top = _Part(np.inf, fix, 0.5 * everything.weight, np.zeros(lists.sites))
    for patience, step in ((60, 1.0), (100, 0.3)):
        top, chosen = everything.bounded(top, goal, ROOT_ROUNDS, step, patience)
        value, proof.is_open, better = _better(weight, reach, chosen, value, proof.is_open)
        goal = goal_of(value) if better else goal
    left = _residue(reach, weight, top.fix == OPEN, np.flatnonzero(top.fix == FREE), lists.lo)
    proof.value = total - value
    proof.bound = max(0.0, total - max(top.bound, value))
    proof.steps.append(f"bound {total - top.bound:.8g}, {len(left.sites)} sites free at {clock.spent:.2f}s")
    if top.bound < goal or not len(left.sites):
        proof.bound = max(proof.bound, total - goal_of(value) if gap > 0 else proof.value)
        return proof
    heap: list[tuple[float, int, _Part]] = []
    nodes = 0
    opened = top.fix == OPEN
    share = _shares(reach, weight, everything, top.price)
    begin = _Part(top.bound - left.base, np.zeros(len(left.sites), dtype=np.int8),
                  _merged(reach, weight, left, opened, share), np.zeros(len(left.sites)))
    begin, _ = left.bounded(begin, goal - left.base, ROOT_ROUNDS, 0.3, 60)
    heapq.heappush(heap, (-begin.bound, 0, begin))
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        while heap and clock.left > 0:
            some = [heapq.heappop(heap)[2] for _ in range(min(SIDE_BY_SIDE, len(heap)))]
            target = goal - left.base
            looked = list(pool.map(_split, repeat(left), some, repeat(target)))
            for found, chosen in (pair for pairs in looked for pair in pairs):
                nodes += 1
                if nodes % 16 == 1 and chosen.sum() == left.p:
                    sites = opened.copy()
                    sites[left.sites[chosen]] = True
                    value, proof.is_open, better = _better(weight, reach, sites, value, proof.is_open)
                    goal = goal_of(value) if better else goal
                if found.bound >= goal - left.base:
                    if not (found.fix == FREE).any():  # a set of sites, and better than any before
                        sites = opened.copy()
                        sites[left.sites[found.fix == OPEN]] = True
                        value, proof.is_open, better = _better(weight, reach, sites, value, proof.is_open)
                        goal = goal_of(value) if better else goal
                        continue
                    heapq.heappush(heap, (-found.bound, nodes, found))
            if nodes % 64 < 2 * SIDE_BY_SIDE:
                proof.value = total - value
                proof.bound = max(proof.bound, total - max(goal, left.base - heap[0][0])) if heap else proof.value
                clock.tell(proof)
    proof.value, proof.nodes = total - value, nodes
    highest = left.base - heap[0][0] if heap else -np.inf
    # where the tree is empty nothing reaches the goal; among whole numbers that is the best value itself
    proof.bound = max(0.0, total - max(highest, value if whole and gap == 0 else goal))
    proof.bound = min(proof.bound, proof.value)
    proof.steps.append(f"{nodes} parts at {clock.spent:.2f}s")
    return proof


def _better(weight: Floats, reach: Mask, sites: Mask, value: float, best: Mask) -> tuple[float, Mask, bool]:
    """The better one of a set of sites and the best known."""
    reached = float(weight[reach[:, sites].any(axis=1)].sum())
    return (reached, sites.copy(), True) if reached > value * (1 + 1e-12) else (value, best, False)


def _residue(reach: Mask, weight: Floats, opened: Mask, sites: Ints, p: int) -> _Residue:
    """Without those whom open sites reach; clients whom the sites left reach alike are one."""
    done = reach[:, opened].any(axis=1)
    part, first, same, some = _alike(reach[~done][:, sites])
    joined = np.bincount(same, weights=weight[~done][some], minlength=len(first)).astype(np.float64)
    site, client = np.nonzero(part[first].T)
    ptr = np.concatenate([[0], np.cumsum(np.bincount(site, minlength=len(sites)))]).astype(np.int64)
    return _Residue(ptr, client.astype(np.int32), joined, p - int(opened.sum()), sites, float(weight[done].sum()))


def _alike(part: Mask) -> tuple[Mask, Ints, Ints, Mask]:
    """Rows of which some site is true, the first of each kind, and each row's kind."""
    some = part.any(axis=1)
    _, first, same = np.unique(np.packbits(part[some], axis=1), axis=0, return_index=True, return_inverse=True)
    return part[some], first.astype(np.int64), same.ravel().astype(np.int64), np.asarray(some)


def _shares(reach: Mask, weight: Floats, whole: _Residue, price: Floats) -> Floats:
    """(clients,) the share of its weight that each client pays."""
    _, _, same, some = _alike(reach)
    share = np.zeros(len(weight))
    share[some] = (price / whole.weight)[same]
    return share


def _merged(reach: Mask, weight: Floats, left: _Residue, opened: Mask, share: Floats) -> Floats:
    """Prices of the clients put together: what their parts pay."""
    done = reach[:, opened].any(axis=1)
    _, first, same, some = _alike(reach[~done][:, left.sites])
    return np.bincount(same, weights=(share * weight)[~done][some], minlength=len(first)).astype(np.float64)


def _split(left: _Residue, part: _Part, goal: float) -> list[tuple[_Part, Mask]]:
    """The two halves of a part, as far as they may hold something better."""
    free = np.flatnonzero(part.fix == FREE)
    best, pair = -1.0, list[tuple[_Part, Mask]]()
    for j in free[np.argsort(np.abs(part.often[free] - 0.5), kind="stable")][:TRIES]:
        halves = []
        for state in (OPEN, SHUT):
            fix = part.fix.copy()
            fix[j] = state
            half = _Part(part.bound, fix, part.price, part.often)
            halves.append(left.bounded(half, goal, TRY_ROUNDS, 0.8, 8))
        fall = [max(part.bound - max(half.bound, goal - 1e-3), 1e-3) for half, _ in halves]
        if fall[0] * fall[1] > best:
            best, pair = fall[0] * fall[1], halves
        if any(half.bound < goal for half, _ in halves):
            pair = halves
            break
    open_yet = [half for half, _ in pair if half.bound >= goal]
    return [(found, chosen) for found, chosen in (
        left.bounded(half, goal, ROUNDS, 0.8, 8) for half in open_yet) if found.bound >= goal]
