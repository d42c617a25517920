"""Where the settlements of the sample stand: along the valley roads, up side streams, and at the ends of lanes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely

from ..tables import Floats
from ._curves import along, locate, normals, point_at, resample, rounded
from ._names import DISTRICTS, TOWN_BLOCKS, Name, hamlet_names
from ._roadbook import Line
from ._roads import Drawing
from ._terrain import EAST, MAIN, NORTH, SOUTH, UPPER, WEST, Terrain

CENTRE, LOWER, BIG_FIELDS, YUZU, EASTERN, INNER = range(6)  # positions in DISTRICTS
SETTLEMENTS = (26, 23, 19, 20, 18, 14)  # 120 in all
_DRY_M = 30.0  # no settlement nearer to a stream
_DISTRICT_OF = {WEST: LOWER, SOUTH: BIG_FIELDS, NORTH: YUZU, EAST: EASTERN, UPPER: INNER}
_CORE_AT_M = {LOWER: 7000.0, BIG_FIELDS: 3300.0, YUZU: 4300.0, EASTERN: 4200.0, INNER: 1900.0}  # along the valley


@dataclass(frozen=True)
class Hamlet:
    """A settlement to be: where, in which district, and how far up the country (0 the town, 1 a valley's head)."""

    point: Floats
    district: int
    name: Name
    uphill: float
    core: bool


@dataclass(frozen=True, eq=False)
class _Site:
    point: Floats
    district: int
    order_m: float  # metres from the town or along the valley; names follow it
    weight: float  # sites with more weight are settled first
    road: Line | None = None
    spur: Floats | None = None  # a lane from the road that must be drawn
    core: bool = False
    block: bool = False


def settle(rng: np.random.Generator, terrain: Terrain, drawing: Drawing) -> list[Hamlet]:
    """Choose the settlements' places, draw the lanes that lead to those off the road, and name them."""
    candidates = _cores(terrain, drawing) + _blocks(rng, drawing) + _along_roads(rng, terrain, drawing)
    chosen: list[_Site] = []
    for district, quota in enumerate(SETTLEMENTS):
        mine = sorted((c for c in candidates if c.district == district), key=lambda c: -c.weight)
        here: list[_Site] = []
        spacing = 520.0
        while len(here) < quota and spacing > 90:
            for site in mine:
                if len(here) == quota:
                    break
                apart = min(
                    (float(np.hypot(*(site.point - other.point))) for other in [*here, *chosen]), default=np.inf
                )
                wanted = min(spacing, 120.0) if site.block else spacing
                if site not in here and apart > wanted and _drawn(terrain, drawing, site):
                    here.append(site)
            spacing *= 0.85
        chosen += here
    return _named(rng, terrain, chosen)


def _district(terrain: Terrain, valley: int, point: Floats) -> int:
    if valley in _DISTRICT_OF:
        return _DISTRICT_OF[valley]
    main = terrain.rivers[MAIN].points
    at = locate(main, point)
    if at < locate(main, terrain.rivers[SOUTH].points[0]) - 300:
        return LOWER
    return INNER if at > locate(main, terrain.rivers[EAST].points[0]) + 700 else CENTRE


def _cores(terrain: Terrain, drawing: Drawing) -> list[_Site]:
    """The middle of each former village, on its valley's road."""
    sites = []
    valley_of = {LOWER: MAIN, BIG_FIELDS: SOUTH, YUZU: NORTH, EASTERN: EAST, INNER: UPPER}
    for district, usual in _CORE_AT_M.items():
        at = usual
        line = drawing.valley[valley_of[district]]
        if district == LOWER:  # a little downstream of the western valley's mouth
            at = locate(line.points, terrain.rivers[WEST].points[0]) - 700
        spots = [
            point_at(line.points, near) + hillward(terrain, line, near) * 55
            for near in at + np.array([0.0, 90.0, -90.0, 180.0])
        ]
        spot = next((s for s in spots if _from_water(terrain, s) > _DRY_M), spots[0])
        sites.append(_Site(spot, district, -1.0, 100.0, core=True))
    return sites


def _from_water(terrain: Terrain, point: Floats) -> float:
    return float(shapely.distance(np.array(terrain.streams, dtype=object), shapely.Point(point)).min())


def _blocks(rng: np.random.Generator, drawing: Drawing) -> list[_Site]:
    old = drawing.streets[0].points
    return [
        _Site(
            point_at(old, share * along(old)[-1]) + normals(resample(old, 60))[0] * rng.uniform(-70, 70),
            CENTRE, float(number), 90.0 - abs(share - 0.5), core=number == len(TOWN_BLOCKS) // 2, block=True,
        )
        for number, share in enumerate(np.linspace(0.04, 0.96, len(TOWN_BLOCKS)))
    ]


def hillward(terrain: Terrain, line: Line, at: float) -> Floats:
    """Unit vector from a road away from the nearest stream."""
    here = point_at(line.points, at)
    before, after = point_at(line.points, at - 40), point_at(line.points, at + 40)
    ahead = (after - before) / max(float(np.hypot(*(after - before))), 1e-9)
    left = np.array([-ahead[1], ahead[0]])
    rise = terrain.heights(np.vstack([here + 220 * left, here - 220 * left]))
    return np.asarray(left if rise[0] > rise[1] else -left, dtype=np.float64)


def _along_roads(rng: np.random.Generator, terrain: Terrain, drawing: Drawing) -> list[_Site]:
    sites: list[_Site] = []
    within = terrain.boundary.buffer(-500)
    for line in [*drawing.valley.values(), *drawing.banks, *drawing.minor.values()]:
        minor = line in drawing.minor.values()
        at, length = (300.0 if minor else 500.0), along(line.points)[-1]
        while at < length - (20 if minor else 60):
            here = point_at(line.points, at)
            hill = hillward(terrain, line, at)
            district = _district(terrain, line.valley, here)
            order = _order(terrain, drawing, line, here)
            inside = within.contains(shapely.Point(here))
            if inside and rng.random() < 0.55:
                sites.append(_Site(here + hill * rng.uniform(20, 75), district, order, rng.uniform(0, 1.2), line))
            elif inside:
                spur = _spur(rng, terrain, here, hill, minor)
                sites.append(_Site(_near_end(rng, spur), district, order, rng.uniform(0, 1.0), line, spur))
            at += rng.uniform(120, 260)
    return sites


def _order(terrain: Terrain, drawing: Drawing, line: Line, here: Floats) -> float:
    """Metres up the valley's river; on a side road those of its mouth, and a little for the way up it."""
    river = terrain.rivers[line.valley].points
    if line in drawing.minor.values():
        return locate(river, line.points[0]) + 0.01 * locate(line.points, here)
    return locate(river, here)


def _spur(rng: np.random.Generator, terrain: Terrain, here: Floats, hill: Floats, minor: bool) -> Floats:
    """A lane that leaves a road at about a right angle, climbs and bends along the slope."""
    heading = np.arctan2(hill[1], hill[0]) + rng.normal(0, 0.35)
    turn = rng.choice([-1, 1]) * rng.uniform(0.25, 0.7)
    anchors = [here]
    for number in range(3):
        step = rng.uniform(70, 130 if minor else 230)
        anchors.append(anchors[-1] + step * np.array([np.cos(heading), np.sin(heading)]))
        heading += turn * (0.4 if number == 0 else 1.0)
    return resample(rounded(np.array(anchors), 3), 35)


def _near_end(rng: np.random.Generator, spur: Floats) -> Floats:
    at = along(spur)[-1] * rng.uniform(0.7, 0.95)
    aside = normals(spur)[-2] * rng.choice([-1, 1]) * rng.uniform(12, 30)
    return np.asarray(point_at(spur, at) + aside, dtype=np.float64)


def _drawn(terrain: Terrain, drawing: Drawing, site: _Site) -> bool:
    """Draw the lane to a site, if it needs one; False when the lane would cut a stream or another road."""
    if _from_water(terrain, site.point) < _DRY_M and not site.core:
        return False
    if site.spur is None or site.road is None:
        return True
    book = drawing.book
    climb = terrain.heights(site.spur[[0, -1]])
    if climb[1] - climb[0] > 0.2 * along(site.spur)[-1]:
        return False
    if book.crosses(site.spur, [*terrain.streams, *book.shapes()], 25):
        return False
    end_clear = shapely.distance(np.array(book.shapes(), dtype=object), shapely.Point(site.spur[-1])).min() > 60
    if end_clear:
        book.branch(site.spur, site.road, "unclassified", "", site.road.valley)
    return bool(end_clear)


def _named(rng: np.random.Generator, terrain: Terrain, sites: list[_Site]) -> list[Hamlet]:
    points = np.array([site.point for site in sites])
    far = np.hypot(points[:, 0], points[:, 1])
    high = terrain.heights(points)
    remote = 0.55 * np.clip((far - 900) / 9500, 0, 1) + 0.45 * np.clip((high - 190) / 330, 0, 1)
    remote = (remote - remote.min()) / (remote.max() - remote.min())
    taken = {name.kanji for name in DISTRICTS}
    hamlets: list[Hamlet] = []
    for district, old_village in enumerate(DISTRICTS):
        mine = [i for i, site in enumerate(sites) if site.district == district]
        blocks = [i for i in mine if sites[i].block]
        rest = sorted((i for i in mine if i not in blocks and not sites[i].core), key=lambda i: sites[i].order_m)
        names = {i: TOWN_BLOCKS[int(sites[i].order_m)] for i in blocks}
        names |= {i: old_village.after("本郷", "ほんごう") for i in mine if sites[i].core and i not in names}
        gaps = [
            float(np.hypot(*(points[i] - points[j]))) if sites[i].road is sites[j].road else np.inf
            for i, j in pairwise(rest)
        ] + [np.inf]
        names |= dict(zip(rest, hamlet_names(rng, gaps, taken), strict=True))
        order = [*blocks, *sorted((i for i in mine if i not in blocks), key=lambda i: sites[i].order_m)]
        hamlets += [
            Hamlet(points[i], district, names[i], float(remote[i]), sites[i].core) for i in order
        ]
    return hamlets


