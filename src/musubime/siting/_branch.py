"""Lagrangian branch and bound. A branch asks whether one of a client's nearest sites is open, or none."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musubime.region import Floats, Ints

from . import _kernels as k
from ._engine import (
    Clock,
    Lists,
    Mask,
    Proof,
    Root,
    Views,
    cut_below,
    improve,
    raise_bound,
    raise_prices,
    views,
)

MOST_EFFORT = 25.0
TRY_ROUNDS, ROUNDS = 20, 100  # of bounding: each branching tried, and the one chosen
SIGHT = ((24, 0.1), (64, 0.25), (128, 0.5), (256, 0.65), (512, 0.8), (1024, 0.9))  # nodes, share of the gap closed


@dataclass(frozen=True)
class _Node:
    """A part of the solutions: fixings, groups of which one is open at least, prices to start from."""

    fix: NDArray[np.int8]
    group: Ints
    groups: int
    price: NDArray[np.float32]
    often: Floats


_Pair = list[tuple[float, _Node, Mask]]


def branch_and_bound(
    proof: Proof, root: Root, lists: Lists, fixed: Mask, *, gap: float, seed: int, clock: Clock,
    most_nodes: float = np.inf, hopeful: bool = False, tries: int = 8,
) -> None:
    """Best bound first, until the tree is empty, the clock stops or most_nodes are bounded; the proof is changed in
    place. hopeful: go on only while the bound climbs so fast that an end is in sight.

    How long each child is bounded follows what it brings: where prices move slowly (many sites free, many equal
    costs) a few rounds tell nothing, and where they move fast more rounds are wasted.
    """
    rng = np.random.default_rng(seed)
    cut = cut_below(proof.value, lists.whole, gap)
    part = root.lists
    seen = views(part, root.price)
    m = part.sites
    top = _Node(root.fix.copy(), np.full(m, -1, dtype=np.int64), 0, root.price.astype(np.float32), root.often)
    heap: list[tuple[float, int, _Node]] = [(root.bound, 0, top)]
    count = 0
    effort = 1.0
    leaves = np.inf  # the least value of a part with nothing left to decide
    while heap:
        raise_bound(proof, min(heap[0][0], leaves), lists, gap)
        if proof.done(gap) or clock.left <= 0 or count > most_nodes:
            return
        if hopeful and any(
            count >= nodes and heap[0][0] - root.bound < share * (cut - root.bound) for nodes, share in SIGHT
        ):
            return
        bound, _, node = heapq.heappop(heap)
        if bound > cut:
            continue
        if not (node.fix == k.FREE).any():
            leaves = min(leaves, _leaf_value(part, node))
            continue
        several = _children(part, seen, node, bound, cut, rng, tries, effort)
        gained = min(child_bound for child_bound, _, _ in several) - bound
        effort = float(np.clip(effort * (1.5 if gained < 0.02 * (cut - bound) else 0.8), 1.0, MOST_EFFORT))
        for child_bound, child, chosen in several:
            proof.nodes += 1
            count += 1
            if child_bound > cut:
                continue
            if proof.nodes % 64 == 1:
                found = np.zeros(lists.sites, dtype=bool)
                found[root.keep[chosen]] = True
                if lists.lo <= found.sum() <= lists.hi:
                    better, value = improve(lists, found, fixed, 2e5, proof.nodes)
                    if value < proof.value * (1 - 1e-9):
                        proof.is_open, proof.value = better, value
                        cut = cut_below(value, lists.whole, gap)
            heapq.heappush(heap, (child_bound, count, child))
        if proof.nodes % 256 < 2:
            clock.tell(proof)
    raise_bound(proof, leaves, lists, gap)


def _leaf_value(part: Lists, node: _Node) -> float:
    """The least that the one set of sites left can cost."""
    is_open = node.fix == k.OPEN
    if not part.lo <= is_open.sum() <= part.hi:
        return float("inf")
    return float(k.value_of(part.ptr, part.site, part.cost, part.top, part.open_cost, is_open))


def _children(
    part: Lists, views_: Views, node: _Node, bound: float, cut: float, rng: np.random.Generator, tries: int,
    effort: float,
) -> _Pair:
    """The two parts of the most promising of several branchings, each bounded well."""
    off, end, of_group = k.branch_prefixes(part.ptr, part.site, node.fix, node.group, node.often, 0.2, 0.8)
    # neighbours' heads are much alike: drawn with noise, so that those tried lie all over the country
    order = np.argsort(off + rng.random(len(off)) * 0.6)
    seen: set[bytes] = set()
    tried: list[_Pair] = []
    for i in order[: 40 * tries]:
        if off[i] > 0.31 or len(seen) >= tries:
            break
        head = part.site[part.ptr[i] : end[i]]
        head = np.unique(head[(node.fix[head] == k.FREE) & (node.group[head] == of_group[i])])
        if head.tobytes() in seen:
            continue
        seen.add(head.tobytes())
        sides = [_side(node, head, int(of_group[i]), side) for side in (0, 1)]
        tried.append([_bounded(part, views_, child, cut, bound, effort, TRY_ROUNDS) for child in sides])
        if max(b for b, _, _ in tried[-1]) > cut:  # one side is empty: as good as it gets
            tried = tried[-1:]
            break

    def promise(pair: _Pair) -> float:
        return float(np.prod([min(b, cut) - bound + 1e-9 * abs(cut) for b, _, _ in pair]))

    if not tried:
        free = np.flatnonzero(node.fix == k.FREE)
        one = free[[int(np.argmin(np.abs(node.often[free] - 0.5)))]].astype(np.int32)
        sides = [_side(node, one, int(node.group[one[0]]), side) for side in (0, 1)]
        return [_bounded(part, views_, child, cut, bound, effort, ROUNDS) for child in sides]
    return [_bounded(part, views_, child, cut, b, effort, ROUNDS) if b <= cut else (b, child, chosen)
            for b, child, chosen in max(tried, key=promise)]


def _side(node: _Node, head: NDArray[np.int32], of_group: int, side: int) -> _Node:
    """Side 0: no site of the head is open. Side 1: one at least is."""
    fix, group, groups = node.fix.copy(), node.group.copy(), node.groups
    if side == 0:
        fix[head] = k.SHUT
    else:
        if of_group >= 0:
            group[group == of_group] = -1  # the smaller set says more
        if len(head) == 1:
            fix[head] = k.OPEN
        else:
            group[head] = groups
            groups += 1
    return _Node(fix, group, groups, node.price, node.often)


def _bounded(
    part: Lists, views_: Views, node: _Node, cut: float, bound: float, effort: float, rounds: int
) -> tuple[float, _Node, Mask]:
    """A node with its bound raised for some rounds."""
    fix, group = node.fix.copy(), node.group.copy()
    price = np.minimum(node.price.astype(np.float64), part.top)
    found, often, chosen = raise_prices(
        part, views_, price, fix, group, node.groups, cut, step=max(0.1, 1.0 / effort),
        patience=int(20 * effort), most=int(rounds * effort), shrink=0.5, least_step=0.02 / effort,
    )
    return max(found, bound), _Node(fix, group, node.groups, price.astype(np.float32), often), chosen

