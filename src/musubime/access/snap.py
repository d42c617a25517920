"""Join places to the nearest road, anywhere along it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import STRtree

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.parameters import Parameters
from musubime.region import Floats, Ints
from musubime.region.plane import to_plane

from .model import Points, RoadNetwork, SnapReport

_AT_JUNCTION_M = 1.0  # nearer to an end of its piece than this, a place stands at the junction itself


@dataclass(frozen=True)
class Snapped:
    """Points on pieces of road. piece: (points,), -1 = beyond the cap. share: (points,) how far along the piece's
    shape, 0 to 1. off_m: (points,) straight line to the road. x, y: (points,) metres."""

    piece: Ints
    share: Floats
    off_m: Floats
    x: Floats
    y: Floats


def check_points(points: Points, epsg: int) -> None:
    """Refuse points without coordinates, or so far off that the plane of the region cannot hold them; name each."""
    x, y = to_plane(epsg, points.lon, points.lat)
    bad = np.flatnonzero(~(np.isfinite(x) & np.isfinite(y)))
    if len(bad):
        raise InputError([
            Fault(
                text("This place has no usable coordinates ({lon}, {lat}), so no way to it can be found.",
                     lon=float(points.lon[i]), lat=float(points.lat[i])),
                text("Correct its longitude and latitude, or leave it out."), field="id", value=points.ids[i],
            )
            for i in bad
        ])


def snap(network: RoadNetwork, points: Points, parameters: Parameters) -> tuple[Snapped, SnapReport]:
    """The nearest road of a component that matters within the cap; else of any component; else none.

    Components that matter are the main one and those with a road length of `access.snap.island_min_km` or more:
    shorter ones are mostly gaps in the drawing, and a place joined to one would reach nothing.
    """
    check_points(points, network.epsg)
    cap_m = parameters.number("access.snap.cap_m")
    x, y = to_plane(network.epsg, points.lon, points.lat)
    spots = shapely.points(x, y)
    component = network.component[network.piece_tail] if len(network.shapes) else np.zeros(0, dtype=np.int64)
    matters = network.component_km >= parameters.number("access.snap.island_min_km")
    matters[:1] = True
    main = np.flatnonzero(matters[component]) if len(component) else np.zeros(0, dtype=np.int64)
    piece, off_m = _nearest(network, main, spots)
    far = off_m > cap_m
    if far.any():
        any_piece, any_m = _nearest(network, np.arange(len(network.shapes)), spots[far])
        piece[far] = np.where(any_m <= cap_m, any_piece, -1)
        off_m[far] = any_m
    on = piece >= 0
    share = np.zeros(len(spots))
    length = np.maximum(shapely.length(network.shapes[piece[on]]), 1e-9)
    along = shapely.line_locate_point(network.shapes[piece[on]], spots[on])
    at_end = np.minimum(along, length - along) <= _AT_JUNCTION_M
    share[on] = np.where(at_end, along > length / 2, along / length)
    apart = np.zeros(len(spots), dtype=bool)
    apart[on] = component[piece[on]] > 0
    report = SnapReport(
        len(spots), off_m, tuple(points.ids[i] for i in np.flatnonzero(~on)),
        tuple(points.ids[i] for i in np.flatnonzero(apart)),
    )
    return Snapped(piece, share, off_m, x, y), report


def _nearest(network: RoadNetwork, pieces: Ints, spots: shapely.Geometry) -> tuple[Ints, Floats]:
    """Of the given pieces the nearest to each spot, with metres; -1 and inf when there are none."""
    if not len(pieces) or not len(spots):
        return np.full(len(spots), -1, dtype=np.int64), np.full(len(spots), np.inf)
    (spot, found), metres = STRtree(network.shapes[pieces]).query_nearest(
        spots, return_distance=True, all_matches=True
    )
    # Where roads are equally near (a junction), the first drawn: the same on every machine.
    order = np.lexsort((found, spot))
    _, first = np.unique(spot[order], return_index=True)
    chosen = order[first]
    return pieces[found[chosen]].astype(np.int64), np.asarray(metres[chosen], dtype=np.float64)
