"""MAFF's 食料品アクセス困難人口, from half-meshes to settlements; docs/methods/access.md gives the reasoning."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon

from musubime.parameters import Parameters
from musubime.region import FIVE_YEAR_AGES, Floats
from musubime.region.plane import shape_to_plane, to_plane

from .drivers import by_age_group
from .model import FoodAccess, Points
from .snap import check_points


def food_access(
    settlements: Points,
    areas: Sequence[Polygon | MultiPolygon | None],
    shop_lon: Floats,
    shop_lat: Floats,
    people: Floats,
    age_from: tuple[int, ...],
    epsg: int,
    parameters: Parameters,
) -> FoodAccess:
    """People 65+ without easy car use and with no food shop within 500 m (straight line), by settlement.

    people: (settlements, 2, ages). areas: polygons in degrees, None or () where only a point is known. People are
    taken as spread evenly over the polygon, or over a disc about the point; a radius of 0 measures from the point.
    """
    check_points(settlements, epsg)
    ages = np.asarray(age_from)
    first = parameters.number("access.food.age_from")
    old = people.sum(axis=1) * (ages >= first)
    share = np.zeros(len(FIVE_YEAR_AGES))
    schedule = parameters.numbers("access.food.no_easy_car_share")
    share[-len(schedule):] = schedule
    share[:-len(schedule)] = schedule[0]  # only used when a region lowers the age
    without = old * by_age_group(share, FIVE_YEAR_AGES, age_from)
    far = far_share(settlements, areas, shop_lon, shop_lat, epsg, parameters)
    return FoodAccess(short=without.sum(axis=1) * far, far_share=far, base=old.sum(axis=1))


def far_share(
    settlements: Points, areas: Sequence[Polygon | MultiPolygon | None], shop_lon: Floats, shop_lat: Floats,
    epsg: int, parameters: Parameters,
) -> Floats:
    """Probability that somebody of each settlement has no shop within the distance: (settlements,), 0 to 1."""
    limit_m = parameters.number("access.food.shop_m")
    radius_m = parameters.number("access.food.spread_radius_m")
    x, y = to_plane(epsg, settlements.lon, settlements.lat)
    shop_x, shop_y = to_plane(epsg, np.asarray(shop_lon), np.asarray(shop_lat))
    spots = shapely.points(x, y)
    if not len(shop_x):
        return np.ones(len(spots))
    shops = shapely.points(shop_x, shop_y)
    tree = shapely.STRtree(shops)
    out = np.empty(len(spots))
    for i, spot in enumerate(spots):
        area = areas[i] if len(areas) else None
        if area is None and radius_m <= 0:
            # "500 m or more" is far, so a shop at exactly 500 m does not count.
            out[i] = float(shapely.distance(spot, shops).min() >= limit_m)
            continue
        home = spot.buffer(radius_m, quad_segs=32) if area is None else shape_to_plane(epsg, area)
        near = tree.query(home, predicate="dwithin", distance=limit_m)
        served = shapely.union_all(shapely.buffer(shops[near], limit_m, quad_segs=32))
        out[i] = 1 - home.intersection(served).area / home.area if home.area > 0 else 1.0
    return np.clip(out, 0, 1)
