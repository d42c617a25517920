"""Roads as drawn, made into junctions and passable ways. docs/methods/access.md says how."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from musubime.language import text
from musubime.parameters import Parameters
from musubime.provenance import Ledger
from musubime.region import Floats, Ints, Roads
from musubime.region.plane import to_plane

from .clock import MS_PER_MIN
from .model import Profile, RoadNetwork
from .speeds import line_minutes_per_m
from .turns import Ends, Split, split_junctions


def road_network(
    roads: Roads, epsg: int, parameters: Parameters, profile: Profile = "car", ledger: Ledger | None = None,
    snow: bool = False,
) -> RoadNetwork:
    """The network of one profile. `epsg`: the plane CRS in which lengths are measured. `snow`: in that season.

    Nodes stand where lines end or share a vertex; every other vertex is inside a piece and its length is kept.
    """
    vertices = _vertices(roads, epsg, parameters.number("access.network.join_m"))
    start, end = _pieces(vertices)
    flat = np.column_stack([vertices.x, vertices.y])
    length = _lengths(vertices, start, end)
    line = vertices.line[start]
    nodes, ends = np.unique(np.concatenate([vertices.joined[start], vertices.joined[end]]), return_inverse=True)
    tail, head = np.asarray(ends[: len(start)], dtype=np.int64), np.asarray(ends[len(start):], dtype=np.int64)
    minutes = line_minutes_per_m(roads, parameters, profile, snow, ledger)[line] * length[:, None]
    # Whole milliseconds here and in the hierarchy, so that every method adds up the same numbers.
    minutes = np.where(np.isfinite(minutes), np.ceil(minutes * MS_PER_MIN) / MS_PER_MIN, np.inf)
    usable = np.isfinite(minutes).any(axis=1)
    if not usable.all():
        nodes, ends = np.unique(np.concatenate([nodes[tail[usable]], nodes[head[usable]]]), return_inverse=True)
        tail, head = ends[: usable.sum()].astype(np.int64), ends[usable.sum():].astype(np.int64)
        start, end, length, line, minutes = start[usable], end[usable], length[usable], line[usable], minutes[usable]
    shapes = _shapes(flat, start, end)
    component, component_km = _components(len(nodes), tail, head, length)
    at = np.column_stack([start, end])
    split = split_junctions(
        roads.turns if profile != "walk" else (),
        Ends(vertices.lon[at], vertices.lat[at], np.column_stack([tail, head]), line), len(nodes), ledger)
    arcs = _arcs(split, minutes)
    nodes = np.concatenate([nodes, nodes[split.extra]])
    turns = len(split.tail)
    return RoadNetwork(
        lon=vertices.lon[nodes], lat=vertices.lat[nodes],
        tail=np.concatenate([arcs.tail, split.tail]), head=np.concatenate([arcs.head, split.head]),
        length_m=np.concatenate([length[arcs.piece], np.zeros(turns)]),
        minutes=np.concatenate([arcs.minutes, np.zeros(turns)]),
        line=np.concatenate([line[arcs.piece], np.full(turns, -1, dtype=np.int64)]),
        component=np.concatenate([component, component[split.extra]]), epsg=epsg, profile=profile, shapes=shapes,
        piece_tail=tail, piece_head=head, piece_line=line, piece_minutes=minutes, component_km=component_km,
        exits=split.exits, entries=split.entries, banned_turns=split.banned,
    )


@dataclass(frozen=True)
class _Vertices:
    """All vertices of all lines, line after line. joined: the vertex that stands for all that coincide."""

    lon: Floats
    lat: Floats
    x: Floats
    y: Floats
    line: Ints
    part: Ints
    joined: Ints


def _vertices(roads: Roads, epsg: int, join_m: float) -> _Vertices:
    parts, part_line = shapely.get_parts(np.asarray(roads.lines, dtype=object), return_index=True)
    degrees, part = shapely.get_coordinates(parts, return_index=True)
    lon, lat = np.ascontiguousarray(degrees[:, 0]), np.ascontiguousarray(degrees[:, 1])
    # Vertices drawn twice in a row add nothing and would be nodes of zero length.
    keep = np.ones(len(part), dtype=bool)
    keep[1:] = (part[1:] != part[:-1]) | (lon[1:] != lon[:-1]) | (lat[1:] != lat[:-1])
    lon, lat, part = lon[keep], lat[keep], np.asarray(part[keep], dtype=np.int64)
    x, y = to_plane(epsg, lon, lat)
    # 1e-8 degrees is about a millimetre: vertices that were copied between files meet again.
    points = np.round(lon, 8) + 1j * np.round(lat, 8)
    _, first, same = np.unique(points, return_index=True, return_inverse=True)
    joined = _join_ends(x[first], y[first], np.unique(same[_is_end(part)]), join_m)
    return _Vertices(lon, lat, x, y, np.asarray(part_line, dtype=np.int64)[part], part, first[joined[same]])


def _is_end(part: Ints) -> NDArray[np.bool_]:
    """Where a vertex is the first or last of its line."""
    change = part[1:] != part[:-1]
    return np.append(True, change) | np.append(change, True) if len(part) else np.zeros(0, dtype=bool)


def _join_ends(x: Floats, y: Floats, ends: Ints, join_m: float) -> Ints:
    """For every distinct vertex the one that stands for it: line ends meet any vertex within `join_m`.

    Only ends reach out: roads that pass over each other, and dense curves, keep their vertices apart.
    """
    points = np.column_stack([x, y])
    if not len(ends) or join_m <= 0:
        return np.arange(len(x))
    near = cKDTree(points[ends]).sparse_distance_matrix(cKDTree(points), join_m, output_type="coo_matrix")
    graph = coo_array((np.ones(len(near.row)), (ends[near.row], near.col)), shape=(len(x), len(x)))
    _, group = connected_components(graph, directed=False)
    _, representative = np.unique(group, return_index=True)
    return np.asarray(representative[group], dtype=np.int64)


def _pieces(v: _Vertices) -> tuple[Ints, Ints]:
    """First and last vertex of every stretch between two nodes: (pieces,) each. Stretches without length go."""
    end = _is_end(v.part)
    uses = np.bincount(v.joined, minlength=len(v.joined))
    node = end | (uses[v.joined] > 1)
    at = np.flatnonzero(node)
    within = v.part[at[1:]] == v.part[at[:-1]] if len(at) else np.zeros(0, dtype=bool)
    start, stop = at[:-1][within], at[1:][within]
    real = (v.joined[start] != v.joined[stop]) | (stop - start > 1)
    return start[real], stop[real]


def _lengths(v: _Vertices, start: Ints, end: Ints) -> Floats:
    steps = np.hypot(np.diff(v.x, prepend=v.x[:1]), np.diff(v.y, prepend=v.y[:1]))
    along = np.cumsum(steps)
    return np.asarray(along[end] - along[start], dtype=np.float64)


def _shapes(flat: Floats, start: Ints, end: Ints) -> NDArray[np.object_]:
    count = end - start + 1
    piece = np.repeat(np.arange(len(start)), count)
    offset = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    shapes: NDArray[np.object_] = shapely.linestrings(flat[start[piece] + offset], indices=piece)
    return shapes


def _components(nodes: int, tail: Ints, head: Ints, length_m: Floats) -> tuple[Ints, Floats]:
    """Joined piece of every node, numbered by road length (0 is the longest), and their lengths in km."""
    graph = coo_array((np.ones(len(tail)), (tail, head)), shape=(nodes, nodes))
    count, label = connected_components(graph, directed=False)
    km = np.bincount(label[tail], weights=length_m, minlength=count) / 1000
    order = np.argsort(-km, kind="stable")
    rank = np.empty(count, dtype=np.int64)
    rank[order] = np.arange(count)
    return rank[label], km[order]


@dataclass(frozen=True)
class _Arcs:
    """Passable ways: (arcs,) each."""

    piece: Ints
    tail: Ints
    head: Ints
    minutes: Floats


def _arcs(split: Split, minutes: Floats) -> _Arcs:
    """Passable ways without loops; of several between the same two nodes the fastest (first drawn on a tie)."""
    piece = np.tile(np.arange(len(minutes)), 2)
    a, b = split.entries.T.reshape(-1), split.exits[:, ::-1].T.reshape(-1)
    time = minutes.T.reshape(-1)
    passable = np.flatnonzero(np.isfinite(time) & (a != b))
    order = passable[np.lexsort((piece[passable], time[passable], b[passable], a[passable]))]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (a[order][1:] != a[order][:-1]) | (b[order][1:] != b[order][:-1])
    chosen = order[first]
    return _Arcs(piece[chosen], a[chosen], b[chosen], time[chosen])


def note_islands(network: RoadNetwork, ledger: Ledger) -> None:
    """Say how much road hangs together, and how much lies apart from the main network."""
    apart = float(network.component_km[1:].sum())
    ledger.note(
        "assumption",
        text(
            "{main_km:,.0f} km of road hang together; {apart_km:,.0f} km lie apart in {pieces:,} pieces.",
            main_km=float(network.component_km[0]) if len(network.component_km) else 0.0, apart_km=apart,
            pieces=len(network.component_km) - 1,
        ),
        count=len(network.component_km) - 1,
    )
