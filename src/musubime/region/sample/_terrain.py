"""The land of the sample: valleys as a river with its tributaries, hills between them, a boundary along the ridges.

Plane metres, x east, y north, origin in the middle of the town. A river runs from its mouth to its head.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from scipy.spatial import cKDTree
from shapely.geometry import LineString, Polygon

from ..tables import Floats
from ._curves import along, locate, noise, normals, point_at, resample, rounded, wave

MAIN, WEST, SOUTH, NORTH, EAST, UPPER = range(6)  # the six valleys; minor streams follow them
_VALLEYS: tuple[tuple[tuple[float, float], ...], ...] = (
    ((-13.5, -12.2), (-11.4, -9.2), (-8.4, -7.4), (-6.0, -5.0), (-3.2, -2.8), (0.0, 0.0), (3.0, 1.8), (6.0, 2.6),
     (8.6, 4.8), (10.6, 7.6)),
    ((-6.0, -5.0), (-7.4, -3.0), (-9.4, -1.6), (-11.0, 0.6)),
    ((-3.2, -2.8), (-1.6, -5.0), (0.6, -6.4), (2.0, -8.4), (4.4, -9.6)),
    ((-0.9, -0.8), (-1.7, 2.4), (-3.6, 4.6), (-4.2, 7.2), (-6.4, 9.2)),
    ((3.0, 1.8), (5.2, -0.4), (7.8, -1.2), (10.2, -3.2), (12.4, -3.8)),
    ((6.0, 2.6), (5.1, 5.4), (3.5, 7.6), (3.0, 10.2)),
)
_EXIT = (-9.9, -8.3)  # the main river leaves the town here
_FLOOR_M = (260.0, 90.0, 110.0, 120.0, 100.0, 90.0)  # half the width of a valley's floor
_GRID_M = 150.0
_FOOT, _TOP_M = 0.36, 430.0  # slope at the foot of a hill, and the rise that it tends to
_SCALE_M = 870.0  # metres of one unit of the drawing above


@dataclass(frozen=True)
class River:
    """points: (n, 2) from mouth to head; bed_m: height of the water; floor_m: half the width of flat land;
    parent: the river it flows into; side: +1 when it comes from the left of its parent, looking upstream."""

    points: Floats
    bed_m: Floats
    floor_m: Floats
    parent: int
    side: int


@dataclass(frozen=True)
class Terrain:
    rivers: tuple[River, ...]
    boundary: Polygon
    x: Floats
    y: Floats
    height_m: Floats  # (rows, columns) at y, x

    def heights(self, points: Floats) -> Floats:
        """Metres above the sea at (n, 2) points, linear between the grid's."""
        u = np.clip((points[:, 0] - self.x[0]) / _GRID_M, 0, len(self.x) - 1.001)
        v = np.clip((points[:, 1] - self.y[0]) / _GRID_M, 0, len(self.y) - 1.001)
        j, i = u.astype(int), v.astype(int)
        a, b, h = u - j, v - i, self.height_m
        return np.asarray(
            (h[i, j] * (1 - a) + h[i, j + 1] * a) * (1 - b) + (h[i + 1, j] * (1 - a) + h[i + 1, j + 1] * a) * b
        )

    @cached_property
    def streams(self) -> list[LineString]:
        return [LineString(river.points) for river in self.rivers]


def make_terrain(rng: np.random.Generator) -> Terrain:
    rivers = _valleys(rng)
    rivers += _minor_streams(rng, rivers)
    boundary = _boundary(rng, rivers)
    x, y, height_m = _heights(rng, rivers, boundary)
    return Terrain(tuple(rivers), boundary, x, y, height_m)


def _line(rng: np.random.Generator, anchors_m: Floats, swing_m: float, hump_m: float) -> Floats:
    line = resample(rounded(_crooked(rng, _crooked(rng, anchors_m, 0.13), 0.09), 4), 60)
    at = along(line)
    taper = np.minimum(1.0, np.minimum(at, at[-1] - at) / 700)
    return resample(line + normals(line) * (swing_m * taper * wave(rng, at, hump_m))[:, None], 60)


def _crooked(rng: np.random.Generator, anchors_m: Floats, share: float) -> Floats:
    """Every stretch bent in its middle by about `share` of its length."""
    middle = (anchors_m[:-1] + anchors_m[1:]) / 2
    stretch = np.diff(anchors_m, axis=0)
    middle += np.column_stack([-stretch[:, 1], stretch[:, 0]]) * rng.normal(0, share, (len(stretch), 1))
    return np.concatenate([anchors_m[:1], np.stack([middle, anchors_m[1:]], axis=1).reshape(-1, 2)])


def _bed(mouth_m: float, line: Floats, first: float, last: float) -> Floats:
    """Heights along a stream whose gradient grows from `first` to `last` towards its head."""
    at = along(line)
    return np.asarray(mouth_m + first * at + (last - first) * at**2 / (2 * at[-1]))


def _valleys(rng: np.random.Generator) -> list[River]:
    rivers: list[River] = []
    for number, drawn in enumerate(_VALLEYS):
        anchors = np.array(drawn) * _SCALE_M
        shake = rng.normal(0, 260, anchors.shape)
        shake[0] = 0
        if number == MAIN:
            shake[5] = 0  # the town stands at the origin
            line = _line(rng, anchors + shake, 170, 900)
            rivers.append(River(line, _bed(118, line, 0.0022, 0.026), _main_floor(line), -1, 0))
            continue
        main = rivers[MAIN]
        at = locate(main.points, anchors[0])
        anchors[0], shake[0] = point_at(main.points, at), 0
        line = _line(rng, anchors + shake, 110, 750)
        mouth = float(np.interp(at, along(main.points), main.bed_m))
        floor = np.interp(along(line), [0, 900, along(line)[-1]], [_FLOOR_M[number] + 40, _FLOOR_M[number], 40])
        rivers.append(River(line, _bed(mouth, line, 0.009, 0.036), floor, MAIN, _side(main.points, at, line)))
    return rivers


def _main_floor(line: Floats) -> Floats:
    """The floor widens to a basin around the town."""
    far = np.hypot(line[:, 0], line[:, 1])
    return np.asarray(120 + 330 * np.exp(-((far / 1900) ** 2)) + 60 * np.exp(-((along(line) - 7500) / 2500) ** 2))


def _side(parent: Floats, at_m: float, line: Floats) -> int:
    here, ahead = point_at(parent, at_m - 80), point_at(parent, at_m + 80)
    away = point_at(line, 500) - point_at(parent, at_m)
    direction = ahead - here
    return 1 if direction[0] * away[1] - direction[1] * away[0] > 0 else -1


def _minor_streams(rng: np.random.Generator, valleys: list[River]) -> list[River]:
    """Short streams from alternating sides of every valley, where there is room between the others."""
    minor: list[River] = []
    for number, valley in enumerate(valleys):
        length = along(valley.points)[-1]
        side = int(rng.choice([-1, 1]))
        at = 6200.0 if number == MAIN else 1500.0
        while at < length - 900:
            here = point_at(valley.points, at)
            ahead = point_at(valley.points, at + 150) - here
            turn = side * np.radians(rng.uniform(52, 80))
            bend = side * np.radians(rng.uniform(-35, 10))
            heading = np.arctan2(ahead[1], ahead[0])
            reach = rng.uniform(1300, 2500)
            middle = here + reach * 0.5 * np.array([np.cos(heading + turn), np.sin(heading + turn)])
            head = middle + reach * 0.5 * np.array([np.cos(heading + turn + bend), np.sin(heading + turn + bend)])
            near_town = np.hypot(*here) < 900
            others = [r.points for r in [*valleys, *minor] if r is not valley]
            room = min(np.hypot(*(points - end).T).min() for points in others for end in (head, middle))
            if room > 850 and not near_town and np.hypot(*(valley.points - head).T).min() > 800:
                line = _line(rng, np.array([here, middle, head]), 50, 450)
                mouth = float(np.interp(at, along(valley.points), valley.bed_m))
                floor = np.interp(along(line), [0, along(line)[-1]], [60, 25])
                minor.append(River(line, _bed(mouth, line, 0.03, 0.085), floor, number, side))
                at += rng.uniform(900, 1500)
            else:
                at += 250
            side = -side
    return minor


def _boundary(rng: np.random.Generator, rivers: list[River]) -> Polygon:
    """The ridges that enclose the valleys: what lies within about 2 km of a stream, ragged like a watershed."""
    main = rivers[MAIN].points
    inside = main[along(main) > locate(main, np.array(_EXIT) * _SCALE_M)]
    shapes = [LineString(inside).buffer(1900)]
    shapes += [LineString(river.points).buffer(1750 if river.parent == MAIN else 1250) for river in rivers[1:]]
    hull = shapely.union_all(shapes).buffer(2200).buffer(-2200)
    ring = resample(np.array(max(shapely.get_parts(hull), key=lambda part: part.area).exterior.coords), 110)
    at = along(ring)
    ragged = sum(
        share * (wave(rng, at, hump) * np.minimum(1, np.minimum(at, at[-1] - at) / hump))
        for share, hump in ((260, 2600), (240, 1000), (130, 420))
    )
    ring = ring[:-1] + normals(ring)[:-1] * np.asarray(ragged)[:-1, None]
    shape = Polygon(ring).buffer(0)
    return Polygon(max(shapely.get_parts(shape), key=lambda part: part.area).exterior)


def _heights(rng: np.random.Generator, rivers: list[River], boundary: Polygon) -> tuple[Floats, Floats, Floats]:
    """Lower envelope of the valleys' sides, ours and the neighbours' beyond the ridge, with rough hills on top."""
    west, south, east, north = boundary.buffer(2600).bounds
    x, y = np.arange(west, east, _GRID_M), np.arange(south, north, _GRID_M)
    grid_x, grid_y = np.meshgrid(x, y)
    points = np.column_stack([grid_x.ravel(), grid_y.ravel()])
    beyond = resample(np.array(boundary.buffer(1900).exterior.coords), 300)
    centres = np.vstack([*(r.points[::2] for r in rivers), beyond])
    bed = np.concatenate([*(r.bed_m[::2] for r in rivers), np.full(len(beyond), 240.0)])
    floor = np.concatenate([*(r.floor_m[::2] for r in rivers), np.full(len(beyond), 100.0)])
    far, near = cKDTree(centres).query(points, k=24)
    rise = np.maximum(far - floor[near], 0)
    lowest = np.argmin(bed[near] + _FOOT * rise, axis=1)[:, None]
    rise = np.take_along_axis(rise, lowest, axis=1)[:, 0]
    low = np.take_along_axis(bed[near], lowest, axis=1)[:, 0]
    hills = 85 * np.minimum(rise / 700, 1) * noise(rng, points[:, 0], points[:, 1], 2200)
    return x, y, (low + _TOP_M * (1 - np.exp(-_FOOT * rise / _TOP_M)) + hills).reshape(grid_x.shape)

