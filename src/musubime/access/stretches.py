"""Roads cut at every place, the shortest ways to a set of destinations, and those ways without one stretch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, depth_first_order, dijkstra

from musubime.parameters import Parameters
from musubime.region import Floats, Ints

from .model import RoadNetwork
from .snap import Snapped
from .times import access_m_per_min

_LEAST_MIN = 1e-8  # a way of no time costs half a microsecond, for sparse graphs hold no zero


@dataclass(frozen=True)
class CutRoads:
    """Roads cut at every origin and destination. Edges are undirected stretches with minutes each way.

    tail, head: (edges, 2) nodes of each way, along and against; minutes: (edges, 2); line, piece, length_m: (edges,);
    middle: (edges, 2) metres; share: (edges, 2) from where to where on the piece, 0 to 1; turn_tail, turn_head:
    turns that take no time, where some turn is forbidden. origin_node, target_node: -1 = joined to nothing;
    origin_min, target_min: to and from the road. stretch: (edges,) edges that close together, because nothing turns
    off between them.
    """

    nodes: int
    tail: Ints
    head: Ints
    minutes: Floats
    turn_tail: Ints
    turn_head: Ints
    line: Ints
    piece: Ints
    length_m: Floats
    middle: Floats
    share: Floats
    origin_node: Ints
    origin_min: Floats
    target_node: Ints
    target_min: Floats
    stretch: Ints


def cut_at_points(network: RoadNetwork, start: Snapped, stop: Snapped, parameters: Parameters) -> CutRoads:
    nodes = len(network.lon)
    piece = np.concatenate([start.piece, stop.piece])
    share = np.concatenate([start.share, stop.share])
    joined = np.flatnonzero(piece >= 0)
    ends = np.column_stack([network.piece_tail, network.piece_head])
    whole = network.exits == network.entries  # (pieces, 2) junctions where every turn is allowed
    at_end = np.where(share[joined] == 0, 0, np.where(share[joined] == 1, 1, -1))
    at_end[~whole[piece[joined], np.maximum(at_end, 0)]] = -1
    point_node = np.full(len(share), -1, dtype=np.int64)
    point_node[joined] = np.where(
        at_end >= 0, ends[piece[joined], np.maximum(at_end, 0)], nodes + joined)
    pieces = np.arange(len(network.shapes))
    on = joined[at_end < 0]
    # Every piece as the chain of its start, the points on it by share, and its end.
    chain = np.concatenate([pieces, pieces, piece[on]])
    at = np.concatenate([np.zeros(len(pieces)), np.ones(len(pieces)), share[on]])
    kind = np.repeat([0, 2, 1], [len(pieces), len(pieces), len(on)])
    come = np.concatenate([network.exits[:, 0], network.exits[:, 1], point_node[on]])
    leave = np.concatenate([network.entries[:, 0], network.entries[:, 1], point_node[on]])
    stands = np.concatenate([ends[:, 0], ends[:, 1], point_node[on]])
    order = np.lexsort((stands, kind, at, chain))
    chain, at, come, leave, stands = chain[order], at[order], come[order], leave[order], stands[order]
    edge = np.flatnonzero(chain[1:] == chain[:-1])
    step = at[edge + 1] - at[edge]
    of = chain[edge]
    with np.errstate(invalid="ignore"):
        minutes = np.where(step[:, None] > 0, step[:, None] * network.piece_minutes[of], 0.0)
    shapes = network.shapes[of]
    metres = shapely.length(shapes)
    middle = shapely.get_coordinates(shapely.line_interpolate_point(shapes, (at[edge] + step / 2) * metres))
    is_point = np.zeros(nodes + len(piece), dtype=bool)
    is_point[point_node[joined]] = True
    turns = network.line < 0
    leg = access_m_per_min(network, parameters)
    return CutRoads(
        nodes=len(is_point), tail=np.column_stack([leave[edge], leave[edge + 1]]),
        head=np.column_stack([come[edge + 1], come[edge]]), minutes=minutes,
        turn_tail=network.tail[turns], turn_head=network.head[turns],
        line=network.piece_line[of], piece=of, length_m=step * metres, middle=middle,
        share=np.column_stack([at[edge], at[edge + 1]]),
        origin_node=point_node[:len(start.piece)], origin_min=start.off_m / leg,
        target_node=point_node[len(start.piece):], target_min=stop.off_m / leg,
        stretch=_stretches(stands[edge], stands[edge + 1], is_point),
    )


def _stretches(tail: Ints, head: Ints, is_point: NDArray[np.bool_]) -> Ints:
    """Edges joined at nodes where exactly two meet and nobody stops: closing any of them is closing all."""
    degree = np.bincount(np.concatenate([tail, head]), minlength=len(is_point))
    passing = (degree == 2) & ~is_point
    edge = np.tile(np.arange(len(tail)), 2)
    end = np.concatenate([tail, head])
    through = passing[end]
    order = np.argsort(end[through], kind="stable")
    pairs = edge[through][order].reshape(-1, 2)
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(tail), len(tail)))
    _, stretch = connected_components(graph, directed=False)
    return np.asarray(stretch, dtype=np.int64)


class WaysHome:
    """The tree of shortest ways from every node to its nearest wanted destination.

    Nodes are renumbered in the order in which the tree is walked down, so that all nodes whose way leads through one
    of them follow it directly: what changes when a stretch closes is a row of neighbours, and only they are looked at
    again, from the ways of their neighbours that stay as they are.
    """

    def __init__(self, graph: CutRoads, wanted: NDArray[np.bool_]) -> None:
        """wanted: (destinations,)."""
        self._graph = graph
        target = np.flatnonzero(wanted & (graph.target_node >= 0))
        sink, edges = graph.nodes, len(graph.stretch)
        tail = np.concatenate([graph.tail.T.reshape(-1), graph.turn_tail, graph.target_node[target]])
        head = np.concatenate([graph.head.T.reshape(-1), graph.turn_head, np.full(len(target), sink)])
        minutes = np.concatenate([
            graph.minutes.T.reshape(-1), np.zeros(len(graph.turn_tail)), graph.target_min[target]])
        edge = np.concatenate([np.tile(np.arange(edges), 2), np.full(len(tail) - 2 * edges, -1)])
        passable = np.isfinite(minutes) & (tail != head)
        tail, head, edge = tail[passable], head[passable], edge[passable]
        minutes = np.maximum(minutes[passable], _LEAST_MIN)
        ways = _fastest(head, tail, minutes, sink + 1)
        (far,), (towards,) = dijkstra(ways, indices=np.array([sink]), return_predecessors=True)
        walk, _ = depth_first_order(_tree(towards, sink), sink)
        reached = len(walk)
        order = np.concatenate([walk, np.flatnonzero(~np.isfinite(far))]).astype(np.int64)
        new = np.empty(sink + 1, dtype=np.int64)
        new[order] = np.arange(sink + 1)
        self._far = far[order]  # by new number
        self._next = np.where(np.arange(sink + 1) < reached, new[np.maximum(towards[order], 0)], -1)
        self._size = _subtree_sizes(self._next, reached)
        by = np.lexsort((minutes, new[head], new[tail]))
        self._tail, self._head, self._minutes, edge = new[tail][by], new[head][by], minutes[by], edge[by]
        self._first = np.searchsorted(self._tail, np.arange(sink + 2))
        self._stretch = np.where(edge >= 0, graph.stretch[edge], -1)
        on = graph.origin_node >= 0
        self._origin = np.where(on, new[np.maximum(graph.origin_node, 0)], -1)
        self._sorted = np.argsort(self._origin, kind="stable")
        self._roots: dict[int, list[int]] = {}  # by stretch: the nodes whose way goes on along it
        self.minutes = np.where(on, self._far[self._origin] + graph.origin_min, np.inf)
        # The arc on which each node's way goes on: of parallel ones the fastest, which stands first.
        here = (self._head == self._next[self._tail]) & (self._tail > 0)
        self._on_tree = np.flatnonzero(here & np.append(True, (self._tail[1:] != self._tail[:-1])
                                                        | (self._head[1:] != self._head[:-1])))

    def carrying(self, origins: Ints, people: Floats) -> dict[int, float]:
        """Stretches on the way of some of these origins, and how many of their people go along each.

        people: (origins of the roads,).
        """
        carries = np.zeros(len(self._far), dtype=bool)
        nodes = np.unique(self._origin[origins])
        while len(nodes := nodes[(nodes > 0) & ~carries[nodes]]):
            carries[nodes] = True
            nodes = np.unique(self._next[nodes])
        up_to = np.concatenate([
            [0.0], np.cumsum(np.bincount(self._origin[origins], people[origins], minlength=len(carries)))])
        arcs = self._on_tree[carries[self._tail[self._on_tree]]]
        metres = np.bincount(self._graph.stretch, weights=self._graph.length_m)
        self._roots.clear()
        for stretch, node in zip(self._stretch[arcs].tolist(), self._tail[arcs].tolist(), strict=True):
            if stretch >= 0 and metres[stretch] > 0:
                self._roots.setdefault(stretch, []).append(node)
        return {
            stretch: float(sum(up_to[high] - up_to[low] for low, high in self._spans(stretch)))
            for stretch in self._roots
        }

    def _spans(self, stretch: int) -> list[tuple[int, int]]:
        """Nodes whose way leads through a stretch: who follows a node that follows another follows that one too."""
        spans: list[tuple[int, int]] = []
        for node in sorted(self._roots[stretch]):
            if not spans or node >= spans[-1][1]:
                spans.append((node, node + int(self._size[node])))
        return spans

    def without(self, stretch: int) -> tuple[Ints, Floats]:
        """Origins whose way leads through a stretch of `carrying`, and their minutes when it is closed."""
        spans = self._spans(stretch)
        nodes = np.concatenate([np.arange(low, high) for low, high in spans])
        arcs = np.concatenate([np.arange(self._first[low], self._first[high]) for low, high in spans])
        arcs = arcs[self._stretch[arcs] != stretch]
        at = np.searchsorted(nodes, self._head[arcs])
        inner = nodes[np.minimum(at, len(nodes) - 1)] == self._head[arcs]
        leaving, within = arcs[~inner], arcs[inner]
        far = np.full(len(nodes) + 1, np.inf)
        np.minimum.at(far, np.searchsorted(nodes, self._tail[leaving]),
                      self._minutes[leaving] + self._far[self._head[leaving]])
        ready = np.flatnonzero(np.isfinite(far))
        if len(ready):
            # From a node behind all that stay as they are, against the direction of travel.
            graph = _fastest(
                np.concatenate([at[inner], np.full(len(ready), len(nodes))]),
                np.concatenate([np.searchsorted(nodes, self._tail[within]), ready]),
                np.concatenate([self._minutes[within], far[ready]]), len(nodes) + 1)
            (far,) = dijkstra(graph, indices=np.array([len(nodes)]))
        placed = self._origin[self._sorted]
        who = np.concatenate([
            self._sorted[np.searchsorted(placed, low):np.searchsorted(placed, high)] for low, high in spans])
        who = np.sort(who)
        return who, far[np.searchsorted(nodes, self._origin[who])] + self._graph.origin_min[who]


def _fastest(a: Ints, b: Ints, minutes: Floats, nodes: int) -> csr_array:
    """A sparse graph of arcs, the fastest of parallel ones."""
    order = np.lexsort((minutes, b, a))
    a, b, minutes = a[order], b[order], minutes[order]
    first = np.ones(len(a), dtype=bool)
    first[1:] = (a[1:] != a[:-1]) | (b[1:] != b[:-1])
    starts = np.searchsorted(a[first], np.arange(nodes + 1))
    return csr_array((minutes[first], b[first], starts), shape=(nodes, nodes))


def _tree(towards: NDArray[np.int32], root: int) -> csr_array:
    """Next nodes as a graph from the root down."""
    child = np.flatnonzero(towards >= 0)
    size = (root + 1, root + 1)
    return csr_array((np.ones(len(child)), (towards[child], child)), shape=size)


def _subtree_sizes(parent: Ints, reached: int) -> Ints:
    """Nodes of the tree below each, itself included; parents stand before their children."""
    size = [1] * len(parent)
    for node, above in zip(range(reached - 1, 0, -1), parent[reached - 1:0:-1].tolist(), strict=True):
        size[above] += size[node]
    return np.array(size, dtype=np.int64)
