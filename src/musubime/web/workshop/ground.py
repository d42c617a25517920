"""What lies under the map of a workshop: boundary and larger roads of the region as one light SVG picture."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from musubime.errors import MusubimeError
from musubime.region import Floats, Region
from musubime.studies import Workshop

WIDTH, MOST_HEIGHT, MARGIN, FOOT = 720.0, 760.0, 26.0, 26.0
TOLERANCE = 0.7  # pixels by which a simplified line may leave the true one
MOST_POINTS = 9_000  # of all roads together, the longest first
LARGER = frozenset({"motorway", "trunk", "primary", "secondary", "tertiary"})
_FINEST_M = 200.0  # a kilometre bar is no shorter


@dataclass(frozen=True)
class Ground:
    """From degrees to pixels, north up; true to scale at the middle of the map. picture: an SVG document."""

    west: float
    north: float
    px_per_lon: float
    px_per_lat: float
    width: float
    height: float
    picture: str = ""

    def pixels(self, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        return (lon - self.west) * self.px_per_lon, (self.north - lat) * self.px_per_lat


def ground_of(shop: Workshop, region: Path) -> Ground:
    """The ground of a workshop. Without the region's folder it is plain: only the scale is drawn."""
    try:
        opened = Region.open(region) if region.is_dir() else None
    except MusubimeError:
        opened = None  # the folder of another version: the map does without lines
    b = shop.basis
    lon, lat = np.asarray(b.settlement_lon), np.asarray(b.settlement_lat)
    if opened is not None:
        edge = shapely.get_coordinates(opened.boundary)
        lon, lat = np.concatenate([lon, edge[:, 0]]), np.concatenate([lat, edge[:, 1]])
    bare = _frame(lon[np.isfinite(lon)], lat[np.isfinite(lat)])
    lines = _lines(opened, bare) if opened is not None else ""
    return Ground(bare.west, bare.north, bare.px_per_lon, bare.px_per_lat, bare.width, bare.height, _document(
        bare, lines + _scale(bare)))


def _frame(lon: Floats, lat: Floats) -> Ground:
    middle = math.radians(float(lat.min() + lat.max()) / 2)
    wide, high = max(float(np.ptp(lon)) * math.cos(middle), 1e-3), max(float(np.ptp(lat)), 1e-3)
    scale = min((WIDTH - 2 * MARGIN) / wide, (MOST_HEIGHT - 2 * MARGIN - FOOT) / high)
    width, height = max(scale * wide + 2 * MARGIN, 420.0), scale * high + 2 * MARGIN + FOOT
    px_per_lon = scale * math.cos(middle)
    west = float(lon.min()) - (width - scale * wide) / 2 / px_per_lon
    return Ground(west, float(lat.max()) + MARGIN / scale, px_per_lon, scale, round(width), round(height))


def _document(ground: Ground, inner: str) -> str:
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {ground.width:g} {ground.height:g}">{inner}</svg>')


def _lines(region: Region, ground: Ground) -> str:
    def moved(shapes: Any) -> Any:
        return shapely.simplify(
            shapely.transform(np.asarray(shapes, dtype=object), ground.pixels, interleaved=False), TOLERANCE)

    edge = [part for part in shapely.get_parts(moved([region.boundary])) if shapely.area(part) >= 1.0]
    out = [_path(edge, 'fill="#f4f5f3" stroke="#5f6368" stroke-width="1.2"')]
    areas = [area for area in region.areas if area is not None and not area.is_empty]
    if areas:
        out.append(_path(moved(areas), 'fill="none" stroke="#cfd3cf" stroke-width=".6"'))
    roads = region.roads
    if roads is not None and len(roads):
        large = np.array([name.removesuffix("_link") in LARGER for name in roads.classes])
        left = MOST_POINTS
        for mine, style in ((large, "#b9b9c1"), (~large, "#dcdce1")):
            lines = shapely.line_merge(shapely.multilinestrings(
                shapely.get_parts(np.asarray(roads.lines, dtype=object)[mine])))
            parts = moved(shapely.get_parts(lines))
            parts = parts[np.argsort(-shapely.length(parts), kind="stable")]
            chosen = parts[np.cumsum(shapely.get_num_coordinates(parts)) <= left]
            left -= int(shapely.get_num_coordinates(chosen).sum())
            out.insert(1, _path(chosen, f'fill="none" stroke="{style}" stroke-width="1.1"'))
    return "".join(out)


def _path(shapes: Iterable[Any], style: str) -> str:
    parts = []
    for shape in shapes:
        for line in shapely.get_parts(shapely.boundary(shape) if shape.geom_type.endswith("Polygon") else shape):
            points = " ".join(f"{x:.0f},{y:.0f}" for x, y in shapely.get_coordinates(line))
            if points:
                parts.append("M" + points)
    return f'<path d="{"".join(parts)}" fill-rule="evenodd" {style}/>' if parts else ""


def _scale(ground: Ground) -> str:
    """A round number of kilometres, about a fifth of the map long, and an arrow to the north."""
    px_per_m = ground.px_per_lat / 111_200.0
    aim = max(ground.width / 5 / px_per_m, _FINEST_M)
    power = 10 ** math.floor(math.log10(aim))
    metres = max(step * power for step in (1, 2, 5) if step * power <= aim)
    x, y = 16.0 + metres * px_per_m, ground.height - 10
    style = 'fill="none" stroke="#333" stroke-width="1.4"'
    words = 'font-size="13" font-family="sans-serif" fill="#333"'
    return (f'<path d="M16,{y - 5:g}V{y:g}H{x:.0f}v-5" {style}/><text x="{x + 6:.0f}" y="{y:g}" {words}>'
            f"{metres / 1000:g} km</text>"
            f'<path d="M{x + 72:.0f},{y - 16:g}l6,18l-6,-4l-6,4z" fill="#333"/>'
            f'<text x="{x + 82:.0f}" y="{y:g}" {words}>N</text>')
