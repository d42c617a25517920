"""What happens when a road is closed: whom each main stretch carries, and who is cut off without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from musubime.parameters import Parameters
from musubime.region import Floats, Ints
from musubime.region.plane import to_degrees

from .model import Points, RoadCut, RoadNetwork
from .snap import Snapped, snap
from .times import access_m_per_min

_SAME_MIN = 1e-6


def close_roads(network: RoadNetwork, pieces: Sequence[int] | Ints) -> RoadNetwork:
    """The same network with some pieces closed both ways; order and shortcuts are kept, so it is ready at once.

    Where a closed piece was the faster of two between the same junctions, the other carries the traffic.
    """
    piece_minutes = network.piece_minutes.copy()
    piece_minutes[np.asarray(pieces, dtype=np.int64)] = np.inf
    n = len(network.lon)
    key = np.concatenate([
        network.piece_tail * n + network.piece_head, network.piece_head * n + network.piece_tail
    ])
    arcs = network.tail * n + network.head
    order = np.argsort(arcs)
    at = np.searchsorted(arcs[order], key)
    known = at < len(arcs)
    known[known] = arcs[order][at[known]] == key[known]
    minutes = np.full(len(arcs), np.inf)
    np.minimum.at(minutes, order[at[known]], piece_minutes.T.reshape(-1)[known])
    closed = replace(network, minutes=minutes, piece_minutes=piece_minutes)
    closed.__dict__["router"] = network.router.with_minutes(minutes)
    return closed


def road_cuts(
    network: RoadNetwork, origins: Points, people: Floats, destinations: Points, parameters: Parameters,
    limit_min: float = np.inf, worst: int = 10,
) -> tuple[RoadCut, ...]:
    """The stretches of road whose closure hurts most: people who lose every destination, then minutes added.

    A stretch lies between two points where one could turn off or stop: junctions, origins and destinations. Only
    stretches on the way from an origin to its nearest destination are tried, one at a time, for no other closure
    changes anything. An origin is *lost* when it had a destination within `limit_min` and has none without the
    stretch (limit inf: no way at all). people: (origins,).
    """
    start, _ = snap(network, origins, parameters)
    stop, _ = snap(network, destinations, parameters)
    graph = _cut_at_points(network, start, stop, parameters)
    before, towards = graph.to_nearest()
    had = np.isfinite(before) & (before <= limit_min)
    cuts: list[RoadCut] = []
    for stretch in _carrying(graph, towards, np.flatnonzero(had)):
        after, _ = graph.to_nearest(closed=int(graph.stretch_edge[stretch]))
        changed = np.flatnonzero(had & (after > before + _SAME_MIN))
        lost = changed[~np.isfinite(after[changed]) | (after[changed] > limit_min)]
        longer = np.setdiff1d(changed, lost)
        members = np.flatnonzero(graph.stretch == stretch)
        longest = members[np.argmax(graph.length_m[members])]
        lon, lat = to_degrees(network.epsg, *graph.middle[longest])
        cuts.append(RoadCut(
            lines=tuple(int(line) for line in np.unique(graph.line[members])),
            pieces=tuple(int(piece) for piece in np.unique(graph.piece[members])),
            length_m=float(graph.length_m[members].sum()),
            lon=float(lon), lat=float(lat),
            lost=tuple(int(i) for i in lost), lost_people=float(people[lost].sum()),
            longer=tuple(int(i) for i in longer),
            added_people_min=float(people[longer] @ (after[longer] - before[longer])),
        ))
    cuts.sort(key=lambda cut: (-cut.lost_people, -len(cut.lost), -cut.added_people_min, cut.pieces))
    return tuple(cut for cut in cuts if cut.lost or cut.longer)[:worst]


@dataclass(frozen=True)
class _Graph:
    """Roads cut at every origin and destination. Edges are undirected stretches with minutes each way.

    tail, head, line, piece, length_m: (edges,); minutes: (edges, 2) along and against; middle: (edges, 2) metres.
    origin_node: (origins,), -1 = joined to nothing; origin_min: (origins,) to the road. The sink stands behind every
    destination, at its own way from the road. stretch: (edges,) edges that close together, because nothing turns
    off between them; stretch_edge: (stretches,) one edge of each.
    """

    nodes: int
    tail: Ints
    head: Ints
    minutes: Floats
    line: Ints
    piece: Ints
    length_m: Floats
    middle: Floats
    origin_node: Ints
    origin_min: Floats
    target_node: Ints
    target_min: Floats
    stretch: Ints
    stretch_edge: Ints

    def to_nearest(self, closed: int = -1) -> tuple[Floats, Ints]:
        """Minutes of each origin to its nearest destination, and for each node the next one on that way (-1 none)."""
        open_edges = np.arange(len(self.tail)) != closed
        # Ways are searched from the sink against their direction.
        a = np.concatenate([self.head[open_edges], self.tail[open_edges], np.full(len(self.target_node), self.nodes)])
        b = np.concatenate([self.tail[open_edges], self.head[open_edges], self.target_node])
        w = np.concatenate([self.minutes[open_edges, 0], self.minutes[open_edges, 1], self.target_min])
        graph = _fastest(a, b, w, self.nodes + 1)
        far, towards = dijkstra(graph, indices=np.array([self.nodes]), return_predecessors=True)
        on = self.origin_node >= 0
        minutes = np.full(len(on), np.inf)
        minutes[on] = far[0, self.origin_node[on]] + self.origin_min[on]
        return minutes, np.where(towards[0] < 0, -1, towards[0]).astype(np.int64)


def _fastest(a: Ints, b: Ints, w: Floats, nodes: int) -> csr_array:
    """A sparse graph of the passable arcs, the fastest of parallel ones; a way of no time costs a microsecond."""
    passable = np.isfinite(w)
    a, b, w = a[passable], b[passable], np.maximum(w[passable], 1e-8)
    order = np.lexsort((w, b, a))
    first = np.ones(len(order), dtype=bool)
    first[1:] = (a[order][1:] != a[order][:-1]) | (b[order][1:] != b[order][:-1])
    kept = order[first]
    return csr_array((w[kept], (a[kept], b[kept])), shape=(nodes, nodes))


def _cut_at_points(network: RoadNetwork, start: Snapped, stop: Snapped, parameters: Parameters) -> _Graph:
    nodes = len(network.lon)
    snapped_piece = np.concatenate([start.piece, stop.piece])
    share = np.concatenate([start.share, stop.share])
    joined = np.flatnonzero(snapped_piece >= 0)
    ends = network.ends(snapped_piece[joined])
    point_node = np.full(len(share), -1, dtype=np.int64)
    point_node[joined] = np.where(
        share[joined] == 0, ends[:, 0], np.where(share[joined] == 1, ends[:, 1], nodes + joined))
    pieces = np.arange(len(network.shapes))
    on = joined[point_node[joined] >= nodes]
    # Every piece as the chain of its start, the points on it by share, and its end.
    piece = np.concatenate([pieces, pieces, snapped_piece[on]])
    at = np.concatenate([np.zeros(len(pieces)), np.ones(len(pieces)), share[on]])
    kind = np.repeat([0, 2, 1], [len(pieces), len(pieces), len(on)])
    node = np.concatenate([network.piece_tail, network.piece_head, point_node[on]])
    order = np.lexsort((node, kind, at, piece))
    piece, at, node = piece[order], at[order], node[order]
    edge = np.flatnonzero(piece[1:] == piece[:-1])
    step = at[edge + 1] - at[edge]
    of = piece[edge]
    with np.errstate(invalid="ignore"):
        minutes = np.where(step[:, None] > 0, step[:, None] * network.piece_minutes[of], 0.0)
    shapes = network.shapes[of]
    metres = shapely.length(shapes)
    middle = shapely.get_coordinates(shapely.line_interpolate_point(shapes, (at[edge] + step / 2) * metres))
    tail, head = node[edge], node[edge + 1]
    is_point = np.zeros(nodes + len(snapped_piece), dtype=bool)
    is_point[point_node[joined]] = True
    stretch = _stretches(tail, head, is_point)
    _, stretch_edge = np.unique(stretch, return_index=True)
    leg = access_m_per_min(network, parameters)
    reached = np.flatnonzero(stop.piece >= 0)
    return _Graph(
        nodes=len(is_point), tail=tail, head=head, minutes=minutes, line=network.piece_line[of], piece=of,
        length_m=step * metres, middle=middle, origin_node=point_node[:len(start.piece)],
        origin_min=start.off_m / leg, target_node=point_node[len(start.piece):][reached],
        target_min=stop.off_m[reached] / leg, stretch=stretch, stretch_edge=stretch_edge,
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


def _carrying(graph: _Graph, towards: Ints, origins: Ints) -> list[int]:
    """Stretches on the way of some origin to its nearest destination, ascending."""
    used = np.zeros(graph.nodes + 1, dtype=bool)
    for origin in origins:
        node = int(graph.origin_node[origin])
        while node >= 0 and node != graph.nodes and not used[node]:
            used[node] = True
            node = int(towards[node])
    # Of parallel edges between the same nodes the fastest is the one on the way; trying both is harmless.
    along = used[graph.tail] & (towards[graph.tail] == graph.head)
    against = used[graph.head] & (towards[graph.head] == graph.tail)
    metres = np.bincount(graph.stretch, weights=graph.length_m)
    return [int(s) for s in np.unique(graph.stretch[along | against]) if metres[s] > 0]
