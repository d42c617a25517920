"""The ground of every map: boundary, areas and roads of the region, light and few enough for an old computer."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np
import shapely
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from musubime.region import Floats, Region

from .svg import Drawing, draw, rows_of

WIDTH = 720.0
_MOST_HEIGHT, _MARGIN, FOOT = 820.0, 14.0, 34.0  # pixels; the foot holds the scale bar and the north arrow
_TOLERANCE = 0.6  # pixels by which a simplified line may leave the true one
_MOST_POINTS = 14_000  # of all roads together; longest lines are kept
_ROADS: tuple[tuple[frozenset[str], str, float], ...] = (
    (frozenset({"motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link"}), "#b4b4bc", 1.8),
    (frozenset({"secondary", "secondary_link", "tertiary", "tertiary_link"}), "#c3c3ca", 1.2),
)
_MINOR = ("#d6d6dc", 0.7)


@dataclass(frozen=True)
class Canvas:
    """From degrees to pixels: the plane of the region in metres, scaled, north up."""

    region: Region
    left_m: float
    top_m: float
    px_per_m: float
    width: float
    height: float

    def pixels(self, lon: Sequence[float] | Floats, lat: Sequence[float] | Floats) -> tuple[Floats, Floats]:
        x, y = self.region.plane(np.asarray(lon, dtype=float), np.asarray(lat, dtype=float))
        return (x - self.left_m) * self.px_per_m, (self.top_m - y) * self.px_per_m

    def shapes(self, shapes: Sequence[BaseGeometry]) -> Any:
        """Geometries in pixels, simplified: an object array."""
        moved = shapely.transform(np.asarray(shapes, dtype=object), self.pixels, interleaved=False)
        return shapely.simplify(moved, _TOLERANCE)


def canvas(region: Region) -> Canvas:
    """The drawing that holds the boundary and every settlement."""
    inside = np.isfinite(region.settlements.lon) & np.isfinite(region.settlements.lat)
    edge = shapely.get_coordinates(region.boundary)
    lon = np.concatenate([edge[:, 0], region.settlements.lon[inside]])
    lat = np.concatenate([edge[:, 1], region.settlements.lat[inside]])
    x, y = region.plane(lon, lat)
    wide, high = max(float(np.ptp(x)), 100.0), max(float(np.ptp(y)), 100.0)
    scale = min((WIDTH - 2 * _MARGIN) / wide, (_MOST_HEIGHT - 2 * _MARGIN - FOOT) / high)
    width = max(scale * wide + 2 * _MARGIN, 360.0)
    height = scale * high + 2 * _MARGIN + FOOT
    left = float(x.min()) - (width / scale - wide) / 2
    return Canvas(region, left, float(y.max()) + _MARGIN / scale, scale, round(width), round(height))


def basemap(ground: Canvas) -> Drawing:
    region = ground.region
    layers = [_shape(_large(ground.shapes([region.boundary])), fill="#f4f5f3", stroke="#5f6368", strokeWidth=1.2)]
    areas = [area for area in region.areas if area is not None and not area.is_empty]
    if areas:
        layers.append(_shape(ground.shapes(areas), filled=False, stroke="#cfd3cf", strokeWidth=0.6))
    layers += [_shape(lines, filled=False, stroke=colour, strokeWidth=width) for lines, colour, width in _roads(ground)]
    layers += _scale_bar(ground)
    return draw(alt.layer(*layers).properties(width=ground.width, height=ground.height, padding=0))


def _shape(shapes: Iterable[BaseGeometry], **style: Any) -> Any:
    features = [{"type": "Feature", "properties": {}, "geometry": _rounded(mapping(shape))}
                for shape in shapes if not shape.is_empty]
    return alt.Chart(rows_of(features)).mark_geoshape(**style).project(
        type="identity", scale=1, translate=[0, 0])


def _rounded(geometry: Any) -> Any:
    def one(part: Any) -> Any:
        return round(part, 1) if isinstance(part, float) else [one(p) for p in part]

    return {"type": geometry["type"], "coordinates": one(geometry["coordinates"])}


def _large(shapes: Any) -> list[BaseGeometry]:
    """Without islets of less than a pixel."""
    return [part for part in shapely.get_parts(shapes) if shapely.area(part) >= 1.0]


def _roads(ground: Canvas) -> list[tuple[list[BaseGeometry], str, float]]:
    """Lines by weight, minor ones first (they lie below), joined, simplified, the longest within the budget."""
    roads = ground.region.roads
    if roads is None or not len(roads):
        return []
    weight = np.full(len(roads), len(_ROADS))
    for position, (classes, _, _) in enumerate(_ROADS):
        weight[[name in classes for name in roads.classes]] = position
    lines = np.asarray(roads.lines, dtype=object)
    left = _MOST_POINTS
    drawn: list[tuple[list[BaseGeometry], str, float]] = []
    for position, (colour, width) in enumerate([*((c, w) for _, c, w in _ROADS), _MINOR]):
        mine = lines[weight == position]
        if not len(mine) or left <= 0:
            continue
        joined = shapely.line_merge(shapely.multilinestrings(shapely.get_parts(mine)))
        moved = ground.shapes(shapely.get_parts(joined))
        moved = shapely.clip_by_rect(moved, 0, 0, ground.width, ground.height - FOOT / 2)
        moved = moved[np.argsort(-shapely.length(moved), kind="stable")]
        points = np.cumsum(shapely.get_num_coordinates(moved))
        chosen = moved[(points <= left) & (shapely.length(moved) > 1.5)]
        left -= int(points[len(chosen) - 1]) if len(chosen) else 0
        if len(chosen):
            drawn.append(([shapely.multilinestrings(shapely.get_parts(chosen))], colour, width))
    return drawn[::-1]


def _scale_bar(ground: Canvas) -> list[Any]:
    """A round number of kilometres about a fifth of the drawing long, and an arrow to the north."""
    aim = ground.width / 5 / ground.px_per_m
    power = 10 ** math.floor(math.log10(aim))
    metres = max(step * power for step in (1, 2, 5) if step * power <= aim)
    x1, y = 16.0, ground.height - 12.0
    x2 = x1 + metres * ground.px_per_m
    label = f"{metres / 1000:g} km"
    lines = [{"x": x1, "y": y, "x2": x2, "y2": y}, {"x": x1, "y": y - 5, "x2": x1, "y2": y + 0.5},
             {"x": x2, "y": y - 5, "x2": x2, "y2": y + 0.5}]
    north = {"type": "Polygon", "coordinates": [[[x2 + 66, y - 18], [x2 + 72, y + 2], [x2 + 66, y - 2.5],
                                                 [x2 + 60, y + 2], [x2 + 66, y - 18]]]}
    words = [{"x": x2 + 6, "y": y - 2, "t": label}, {"x": x2 + 76, "y": y - 6, "t": "N"}]
    bar = alt.Chart(rows_of([
        {"type": "Feature", "geometry": {"type": "LineString", "coordinates": [[r["x"], r["y"]], [r["x2"], r["y2"]]]}}
        for r in lines
    ])).mark_geoshape(filled=False, stroke="#333", strokeWidth=1.4).project(type="identity", scale=1, translate=[0, 0])
    arrow = alt.Chart(rows_of([{"type": "Feature", "geometry": north}])).mark_geoshape(
        fill="#333", stroke=None).project(type="identity", scale=1, translate=[0, 0])
    text = alt.Chart(rows_of(words)).mark_text(
        align="left", baseline="middle", fontSize=13, color="#333").encode(
        longitude="x:Q", latitude="y:Q", text="t:N").project(type="identity", scale=1, translate=[0, 0])
    return [bar, arrow, text]
