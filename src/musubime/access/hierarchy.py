"""Many-to-many and k-nearest travel times on networks of any size, and new weights in a moment."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from musubime.region import Floats, Ints

from . import _kernels as k
from .clock import to_minutes, to_ms


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """The order and shortcuts of one network: they depend on what is joined to what, and not on times.

    rank: (nodes,) place in the contraction order. up_first (nodes + 1,), up_head (arcs,): upward arcs by rank.
    arc: (network arcs,) position of each network arc among the upward ones; upward: whether it leads up.
    """

    rank: NDArray[np.int32]
    up_first: Ints
    up_head: NDArray[np.int32]
    arc: Ints
    upward: NDArray[np.bool_]

    @classmethod
    def build(cls, lon: Floats, lat: Floats, tail: Ints, head: Ints) -> Hierarchy:
        """Order by RoutingKit's inertial method (it keeps road hierarchies sparse), then contract."""
        import routingkit_cch

        n = len(lon)
        order = routingkit_cch.compute_order_inertial(n, tail.tolist(), head.tolist(), lat.tolist(), lon.tolist())
        rank = np.empty(n, dtype=np.int32)
        rank[np.asarray(order, dtype=np.int64)] = np.arange(n, dtype=np.int32)
        a, b = rank[tail], rank[head]
        low, high = np.minimum(a, b).astype(np.int64), np.maximum(a, b).astype(np.int64)
        pairs = np.unique(low * n + high)
        first = np.searchsorted(pairs, np.arange(n + 1) * n)
        up_first, up_head = k.eliminate(first, (pairs % n).astype(np.int32))
        keys = np.repeat(np.arange(n), np.diff(up_first)) * n + up_head
        return cls(rank, up_first, up_head, np.searchsorted(keys, low * n + high), a < b)

    @cached_property
    def _downward(self) -> tuple[Ints, NDArray[np.int32], NDArray[np.int32]]:
        tails = np.repeat(np.arange(len(self.rank), dtype=np.int32), np.diff(self.up_first))
        order = np.argsort(self.up_head, kind="stable")
        first = np.searchsorted(self.up_head[order], np.arange(len(self.rank) + 1))
        return first, tails[order], order.astype(np.int32)

    def customised(self, minutes: Floats) -> Metric:
        """The hierarchy with the times of its arcs (network arcs,); inf closes an arc."""
        ms = to_ms(minutes)
        up, down = (np.full(len(self.up_head), k.FAR, dtype=np.int32) for _ in range(2))
        np.minimum.at(up, self.arc[self.upward], ms[self.upward])
        np.minimum.at(down, self.arc[~self.upward], ms[~self.upward])
        k.customise(self.up_first, self.up_head, *self._downward, up, down)
        return Metric(self, up, down)


@dataclass(frozen=True, eq=False)
class Metric:
    """A hierarchy with times. up, down: (upward arcs,) milliseconds along and against each."""

    hierarchy: Hierarchy
    up: NDArray[np.int32]
    down: NDArray[np.int32]

    def matrix(self, sources: Ints, targets: Ints, threads: int | None = None) -> Floats:
        """Minutes from every source node to every target node: (sources, targets), inf where no way leads."""
        if len(sources) < len(targets):  # the longer side is cheap, the shorter is swept
            return Metric(self.hierarchy, self.down, self.up).matrix(targets, sources, threads).T
        h = self.hierarchy
        start, stop = h.rank[sources].astype(np.int64), h.rank[targets].astype(np.int64)
        kept = k.ancestors(h.up_first, h.up_head, start)
        local = np.full(len(h.rank), -1, dtype=np.int32)
        local[kept] = np.arange(len(kept), dtype=np.int32)
        first, head, weight = k.restrict(h.up_first, h.up_head, self.up, kept)
        out = np.empty((len(sources), len(targets)))

        def block(at: int) -> None:
            some = stop[at:at + k.BLOCK]
            ms = np.empty((len(start), len(some)), dtype=np.int32)
            k.sweep_block(h.up_first, h.up_head, self.down, local, first, head, weight, some, start, ms)
            out[:, at:at + k.BLOCK] = to_minutes(ms)

        with ThreadPoolExecutor(threads or min(os.cpu_count() or 1, 8)) as pool:
            list(pool.map(block, range(0, len(stop), k.BLOCK)))
        return out

    def nearest(
        self, targets: Ints, count: int, left_min: Floats | None = None, whose: Ints | None = None
    ) -> tuple[Ints, Floats]:
        """The `count` nearest targets of every node in one pass: positions in `targets` and minutes, (nodes, count).

        left_min: (targets,) minutes still to go from each target node. whose: (targets,) what stands there, when one
        place is behind several nodes; it is returned instead of the position, and once only. -1 and inf where fewer
        can be reached; of equals the lowest number.
        """
        h = self.hierarchy
        start = np.zeros(len(targets), dtype=np.int32) if left_min is None else to_ms(left_min)
        name = np.arange(len(targets)) if whose is None else whose
        ms, who = k.nearest(
            h.up_first, h.up_head, self.up, self.down, h.rank[targets].astype(np.int64), start,
            name.astype(np.int32), count,
        )
        return who[h.rank].astype(np.int64), to_minutes(ms[h.rank])

