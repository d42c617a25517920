"""Faults of roads: lines that are none, and pieces joined to nothing on which settlements would stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from musubime.errors import Fault
from musubime.language import text
from musubime.parameters import Parameters

from .plane import to_plane
from .tables import Ints, Roads

if TYPE_CHECKING:
    from .model import Region

ROADS = "region.gpkg/roads"
_STEEPEST = 1.0  # rise / run; no road for cars is steeper than 45 degrees


def road_faults(region: Region, epsg: int, parameters: Parameters) -> Iterator[Fault]:
    """Faults of the layer roads, and of settlements whose nearest road leads nowhere."""
    roads = region.roads
    if roads is None:
        return
    if len(roads) == 0:
        yield Fault(
            text("The layer of roads is empty."), text("Delete the layer, or build the region with a road file."),
            file=ROADS,
        )
        return
    lines = np.array(roads.lines, dtype=object)
    drawn = ~(shapely.is_missing(lines) | shapely.is_empty(lines))
    length = np.where(drawn, shapely.length(lines), 0.0)
    for i in np.flatnonzero(~(length > 0)):
        yield Fault(
            text("The road has no length."), text("Delete it."), file=ROADS, row=int(i) + 1, field="geometry",
            blocks=False,
        )
    yield from _column_faults(roads)
    usable = np.flatnonzero(np.isfinite(length) & (length > 0))
    if len(usable):
        yield from _island_faults(region, epsg, lines[usable], usable, parameters.number("check.road_island_gap_m"))


def _column_faults(roads: Roads) -> Iterator[Fault]:
    for i in np.flatnonzero(~np.isin(roads.oneway, (-1, 0, 1))):
        yield Fault(
            text("This is not a direction."), text("Write 1 (along the line), -1 (against it) or 0 (both)."),
            file=ROADS, row=int(i) + 1, field="oneway", value=str(roads.oneway[i]),
        )
    for i in np.flatnonzero((roads.speed_kmh <= 0) | (roads.speed_kmh > 200)):
        yield Fault(
            text("This is not a speed of a road."), text("Write km/h, or leave it empty."),
            file=ROADS, row=int(i) + 1, field="speed_kmh", value=f"{roads.speed_kmh[i]:g}",
        )
    for i in np.flatnonzero((roads.slope < 0) | (roads.slope > _STEEPEST)):
        yield Fault(
            text("This is not a slope of a road."),
            text("Write rise / run without sign (0.08 for 8 %), or leave it empty."),
            file=ROADS, row=int(i) + 1, field="slope", value=f"{roads.slope[i]:g}",
        )
    for row, name in enumerate(roads.classes, start=1):
        if not name.strip():
            yield Fault(
                text("The road has no class."), text("Write an OSM highway value, for example unclassified."),
                file=ROADS, row=row, field="class",
            )


def _island_faults(
    region: Region, epsg: int, lines: np.ndarray, rows: Ints, gap_m: float
) -> Iterator[Fault]:
    """One fault a piece of road that is joined to nothing else, when settlements would stand on it.

    A settlement is cut off when the largest joined piece is `gap_m` farther away than its nearest road.
    """
    piece = _pieces(lines)
    s = region.settlements
    located = np.flatnonzero(np.isfinite(s.lon) & np.isfinite(s.lat) & (np.abs(s.lat) < 90))
    if not len(located) or not (piece > 0).any():
        return
    x, y = to_plane(epsg, s.lon[located], s.lat[located])
    usable = np.isfinite(x) & np.isfinite(y)
    located, points = located[usable], shapely.points(x[usable], y[usable])
    flat = shapely.transform(lines, lambda u, v: to_plane(epsg, u, v), interleaved=False)
    nearest, near_m = _nearest(points, flat)
    on_island = piece[nearest] > 0
    main = np.flatnonzero(piece == 0)
    _, main_m = _nearest(points[on_island], flat[main])
    cut_off = np.flatnonzero(on_island)[main_m - near_m[on_island] > gap_m]
    cut_off = cut_off[np.argsort(piece[nearest[cut_off]], kind="stable")]
    _, starts = np.unique(piece[nearest[cut_off]], return_index=True)
    line_count = np.bincount(piece)
    for stranded in np.split(cut_off, starts[1:]) if len(cut_off) else []:
        names = [s.names[i] for i in located[stranded]]
        yield Fault(
            text("A piece of {lines} road lines is joined to no other road, and {count} settlements stand on it.",
                 lines=int(line_count[piece[nearest[stranded[0]]]]), count=len(names)),
            text("Join it to the other roads at a common vertex, or take a road file with a wider margin; where it is "
                 "an island in the sea, raise check.road_island_gap_m."),
            file=ROADS, row=int(rows[nearest[stranded[0]]]) + 1, field="geometry",
            value=", ".join(names[:5]) + (", …" if len(names) > 5 else ""), blocks=False,
        )


def _nearest(points: np.ndarray, lines: np.ndarray) -> tuple[Ints, np.ndarray]:
    """Position of the nearest line of every point, and the metres to it."""
    tree = shapely.STRtree(lines)
    (index, found), far_m = tree.query_nearest(points, return_distance=True, all_matches=False)
    nearest = np.zeros(len(points), dtype=np.int64)
    distance = np.full(len(points), np.inf)
    nearest[index], distance[index] = found, far_m
    return nearest, distance


def _pieces(lines: np.ndarray) -> Ints:
    """Which joined piece a line belongs to; 0 is the one with most vertices. Lines join at shared vertices (1 cm)."""
    coordinates, line = shapely.get_coordinates(lines, return_index=True)
    keys = np.round(coordinates * 1e7).astype(np.int64)
    _, vertex = np.unique(keys[:, 0] * 4_000_000_000 + keys[:, 1], return_inverse=True)
    count = len(lines)
    graph = coo_array(
        (np.ones(len(line), dtype=np.int8), (line, count + vertex)), shape=(count + len(line), count + len(line))
    )
    _, label = connected_components(graph, directed=False)
    sizes = np.bincount(label[count + vertex], minlength=label.max() + 1)
    rank = np.empty(len(sizes), dtype=np.int64)
    rank[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes))
    return np.asarray(rank[label[:count]], dtype=np.int64)
