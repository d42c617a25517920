"""Better sets of sites from good ones: local optima crossed with one another, then repaired by swaps.

What two good sets agree on is mostly right. A child keeps it and draws the rest from where they differ, so that the
swap search starts near the best sets known and still reaches what neither of them has (Resende and Werneck, 2004,
combine solutions of a p-median for the same reason).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ._engine import Clock, Lists, Mask, first_sites, improve

POOL = 6
PATIENCE = 25  # children in a row that changed nothing


@dataclass
class Pool:
    """The best different sets so far, and the generator that children are drawn with. Kept between calls."""

    lists: Lists
    fixed: Mask
    must: Mask
    seed: int
    sets: list[tuple[Mask, float]] = field(default_factory=list)
    drawn: int = 0

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)

    def add(self, is_open: Mask, value: float) -> bool:
        """Take a set in when it is new and among the best."""
        if any(value == other and bool((is_open == known).all()) for known, other in self.sets):
            return False
        self.sets.append((is_open, value))
        self.sets.sort(key=lambda item: item[1])
        if len(self.sets) <= POOL:
            return True
        return self.sets.pop()[0] is not is_open

    def breed(self, work: float, clock: Clock) -> tuple[Mask, float]:
        """Cross and repair until about `work` list entries were looked at, nothing changes any more, or the clock
        stops. Returns the best set."""
        spent = 0.0
        # what a search looks at before its first move: each list about as far as its second open site
        opened = max(int(self.sets[0][0].sum()), 1)
        start_cost = 4.0 * self.lists.clients * min(self.lists.sites / opened, len(self.lists.cost) + 1.0)
        each = max(1e7, 2.0 * start_cost)
        idle = 0
        while spent < work and idle < PATIENCE and clock.left > 0:
            self.drawn += 1
            seed = self.seed + 1000 + self.drawn
            if len(self.sets) < POOL:
                begin, effort = first_sites(self.lists, self.must, seed) & (self.must | ~self.fixed), 3 * each
                begin = self.child(begin, begin)
            else:
                a, b = self.rng.choice(len(self.sets), 2, replace=False)
                begin, effort = self.child(self.sets[a][0], self.sets[b][0]), each
            found, value = improve(self.lists, begin, self.fixed, effort, seed)
            idle = 0 if self.add(found, value) else idle + 1
            spent += effort + start_cost
        return self.sets[0]

    def child(self, a: Mask, b: Mask) -> Mask:
        """What both have, and as many of what one has as makes their mean number (within the bounds)."""
        child = a & b
        either = np.flatnonzero(a ^ b)
        size = int(np.clip((a.sum() + b.sum()) // 2, self.lists.lo, self.lists.hi))
        lack = min(size - int(child.sum()), len(either))
        child[self.rng.choice(either, lack, replace=False)] = True
        free = np.flatnonzero(~child & ~self.fixed)
        lack = self.lists.lo - int(child.sum())
        if lack > 0:
            child[self.rng.choice(free, lack, replace=False)] = True
        return child
