"""The ground of every map as GeoJSON: boundary, areas and roads of a region, few enough points for an old phone."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from musubime.region import Region

_M_PER_DEGREE = 111_195.0
_TOLERANCE_SHARE = 1 / 2600  # of the longer side: half a pixel of a wide screen, once zoomed in
_MOST_POINTS = 16_000  # of all roads together; the longest lines of the larger roads are kept
_RANKS = ({"motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link"},
          {"secondary", "secondary_link", "tertiary", "tertiary_link"})


def bounds(region: Region) -> tuple[float, float, float, float]:
    """West, south, east, north of the boundary and all settlements, in degrees."""
    west, south, east, north = region.boundary.bounds
    lon, lat = region.settlements.lon, region.settlements.lat
    inside = np.isfinite(lon) & np.isfinite(lat)
    if inside.any():
        west, east = min(west, float(lon[inside].min())), max(east, float(lon[inside].max()))
        south, north = min(south, float(lat[inside].min())), max(north, float(lat[inside].max()))
    return (round(west, 5), round(south, 5), round(east, 5), round(north, 5))


def ground(region: Region) -> dict[str, Any]:
    """A FeatureCollection. Properties: `kind` (boundary, area, road); roads have `rank`, 0 the largest to 2."""
    west, south, east, north = bounds(region)
    across = _M_PER_DEGREE * math.cos(math.radians((south + north) / 2))
    scale = np.array([across, _M_PER_DEGREE])
    tolerance_m = max((east - west) * across, (north - south) * _M_PER_DEGREE) * _TOLERANCE_SHARE

    def simpler(shapes: Sequence[BaseGeometry]) -> Any:
        metres = shapely.transform(np.asarray(shapes, dtype=object), lambda points: points * scale)
        return shapely.transform(shapely.simplify(metres, tolerance_m), lambda points: points / scale)

    least = (3 * tolerance_m) ** 2 / (across * _M_PER_DEGREE)  # islets smaller than a few pixels are left out
    land = [part for part in shapely.get_parts(simpler([region.boundary])) if part.area >= least]
    features = [_feature(part, kind="boundary") for part in land]
    areas = [area for area in region.areas if area is not None and not area.is_empty]
    if areas:
        features += [_feature(part, kind="area") for part in simpler(areas) if not part.is_empty]
    box = shapely.box(west, south, east, north)
    features += [_feature(lines, kind="road", rank=rank) for rank, lines in _roads(region, simpler, box)]
    return {"type": "FeatureCollection", "features": features}


def as_geojson(collection: dict[str, Any]) -> str:
    """The shortest text of it: five decimals are a metre."""
    return json.dumps(collection, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _feature(shape: BaseGeometry, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": _rounded(mapping(shape))}


def _rounded(geometry: Any) -> Any:
    def one(part: Any) -> Any:
        return round(part, 5) if isinstance(part, float) else [one(p) for p in part]

    return {"type": geometry["type"], "coordinates": one(geometry["coordinates"])}


def _roads(region: Region, simpler: Any, box: BaseGeometry) -> list[tuple[int, BaseGeometry]]:
    """Lines joined by rank, the largest roads first into the budget of points."""
    roads = region.roads
    if roads is None or not len(roads):
        return []
    rank = np.array([next((n for n, names in enumerate(_RANKS) if name in names), len(_RANKS))
                     for name in roads.classes])
    lines = np.asarray(roads.lines, dtype=object)
    left, found = _MOST_POINTS, []
    for number in range(len(_RANKS) + 1):
        mine = lines[rank == number]
        if not len(mine) or left <= 0:
            continue
        joined = shapely.line_merge(shapely.multilinestrings(shapely.get_parts(mine)))
        kept = simpler(shapely.get_parts(joined))
        kept = kept[shapely.intersects(box, kept)]
        kept = kept[np.argsort(-shapely.length(kept), kind="stable")]
        points = np.cumsum(shapely.get_num_coordinates(kept))
        kept = kept[points <= left]
        if len(kept):
            left -= int(points[len(kept) - 1])
            found.append((number, shapely.multilinestrings(list(kept))))
    return found[::-1]
