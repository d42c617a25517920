"""Metres in the plane: Japan Plane Rectangular CS (JGD2011), chosen by prefecture."""

from __future__ import annotations

from functools import cache

import numpy as np
from pyproj import Transformer
from shapely import transform
from shapely.geometry.base import BaseGeometry

from .tables import Floats

GEOGRAPHIC_EPSG = 6668  # JGD2011 longitude, latitude

# Zone of each prefecture, 国土交通省告示第9号 (2002) 別表. Parts of 北海道, 東京都, 鹿児島県 and 沖縄県 lie in other
# zones: see plane_epsg.
_ZONES = (
    12, 10, 10, 10, 10, 10, 9, 9, 9, 9, 9, 9, 9, 9, 8, 7, 7, 6, 8, 8, 7, 8, 7, 6, 6, 6, 6, 5, 6, 6,
    5, 3, 5, 3, 3, 4, 4, 4, 4, 2, 2, 1, 2, 2, 2, 2, 15,
)


def plane_epsg(code: str, lon: float) -> int:
    """EPSG of the plane CRS for a municipality's code and the longitude of its middle.

    >>> plane_epsg("352080", 132.1), plane_epsg("174637", 137.1)
    (6671, 6675)
    """
    zone = _ZONES[int(code[:2]) - 1]
    if code[:2] == "01":
        zone = 11 if lon < 141.0 else 13 if lon >= 143.0 else 12
    elif code[:2] == "46" and lon < 129.6:
        zone = 1
    elif code[:2] == "47":
        zone = 16 if lon < 126.0 else 17 if lon > 130.0 else 15
    elif code[:2] == "13" and lon > 140.5:
        zone = 14
    return 6668 + zone


def utm_epsg(lon: Floats) -> int:
    """EPSG of the JGD2011 UTM zone of these longitudes: for measuring what has no valid code yet.

    >>> utm_epsg(np.array([132.1, np.nan])), utm_epsg(np.array([np.nan]))
    (6690, 6690)
    """
    known = lon[(lon >= 122) & (lon <= 154)]
    middle = float(np.median(known)) if len(known) else 135.0
    return 6688 + min(max(int((middle + 180) // 6) + 1 - 51, 0), 4)


@cache
def _transformer(epsg: int) -> Transformer:
    return Transformer.from_crs(GEOGRAPHIC_EPSG, epsg, always_xy=True)


def to_plane(epsg: int, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """x (east), y (north) in metres for degrees, same shapes."""
    x, y = _transformer(epsg).transform(lon, lat)
    return np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)


def to_degrees(epsg: int, x_m: Floats, y_m: Floats) -> tuple[Floats, Floats]:
    """Longitude, latitude for metres in the plane, same shapes."""
    lon, lat = _transformer(epsg).transform(x_m, y_m, direction="INVERSE")
    return np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)


def shape_to_plane(epsg: int, shape: BaseGeometry) -> BaseGeometry:
    """A geometry in degrees, redrawn in metres."""

    def both(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        return to_plane(epsg, x, y)

    return transform(shape, both, interleaved=False)


def straight_m(
    epsg: int, lon_a: Floats, lat_a: Floats, lon_b: Floats, lat_b: Floats
) -> Floats:
    """Straight-line metres between every a (n,) and every b (m,): (n, m)."""
    ax, ay = to_plane(epsg, lon_a, lat_a)
    bx, by = to_plane(epsg, lon_b, lat_b)
    return np.hypot(ax[:, None] - bx[None, :], ay[:, None] - by[None, :])
