"""Put the sample together: land, roads, settlements, people, buildings and buses become one Region."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from shapely.geometry import LineString, MultiPolygon, Polygon

from musubime.language import text
from musubime.provenance import Ledger, Source

from ..codes import six_digits
from ..model import Region
from ..plane import plane_epsg, to_degrees, to_plane
from ..tables import FIVE_YEAR_AGES, Floats, MunicipalSeries, Population, Roads, Settlements
from ._buildings import SOURCE, build
from ._buses import FEED_NAME, feed_bytes
from ._curves import along, between, resample
from ._hamlets import settle
from ._names import DISTRICTS, TOWN, hamlet_names
from ._people import MONTH, YEARS, populate
from ._roadbook import Line
from ._roads import draw_roads
from ._terrain import Terrain, make_terrain

CODE = six_digits("35999")  # 35 is Yamaguchi; no municipality has, or had, the number 999
_CENTRE = (131.98, 34.31)  # degrees; the land around the sample is not that of the real place
_POSTED_KMH = {"primary": 50.0, "secondary": 40.0, "tertiary": 40.0}
_STEEPEST = {  # cuttings and bends keep a road under this, steeper as the hill may be
    "primary": 0.08, "secondary": 0.09, "tertiary": 0.11, "unclassified": 0.15, "residential": 0.12, "track": 0.18,
}
_LONGEST_M = 700.0  # of one road feature, so that a slope says something of the place


def sample_region(seed: int = 1) -> Region:
    """The fictional town 結野町: 120 settlements, 11,000 people. Its buses are added by `write_sample`."""
    return _make(seed)[0]


def write_sample(folder: Path, seed: int = 1) -> Region:
    """Write the sample's region folder, bus feed included, and return the region that stands there."""
    region, feed = _make(seed)
    with tempfile.TemporaryDirectory(prefix="musubime-sample-") as scratch:
        path = Path(scratch) / FEED_NAME
        path.write_bytes(feed)
        return replace(region, transit=(path,)).save(folder)


def _make(seed: int) -> tuple[Region, bytes]:
    rng = np.random.default_rng(seed)
    terrain = make_terrain(rng)
    drawing = draw_roads(rng, terrain)
    hamlets = settle(rng, terrain, drawing)
    drawing.book.join_crossings()
    people = populate(rng, hamlets)
    facilities, places = build(terrain, drawing, hamlets)

    epsg = plane_epsg(CODE, _CENTRE[0])
    degrees = partial(_degrees, epsg)
    lon, lat = degrees(np.array([h.point for h in hamlets]))
    ids = tuple(f"S{number:03d}" for number in range(1, len(hamlets) + 1))
    bridges = [name.after("橋", "ばし").kanji for name in hamlet_names(rng, [np.inf] * 400, set())]
    facility_lon, facility_lat = degrees(places)
    boundary = np.column_stack(degrees(np.array(terrain.boundary.exterior.coords)))
    ages = FIVE_YEAR_AGES
    months = (MONTH,) * len(YEARS)
    region = Region(
        code=CODE, name=TOWN.kanji + "町", fictional=True,
        boundary=MultiPolygon([Polygon(boundary)]),
        settlements=Settlements(
            ids, tuple(h.name.kanji for h in hamlets), tuple(DISTRICTS[h.district].kanji for h in hamlets), lon, lat,
            people.households, tuple("sample" for _ in ids),
        ),
        population=Population(ids, YEARS, months, ages, people.counts),
        facilities=replace(facilities, lon=facility_lon, lat=facility_lat),
        roads=_roads(terrain, drawing.book.cut(terrain.streams, bridges), degrees),
        municipal=MunicipalSeries(
            Population((CODE,), YEARS, months, ages, people.counts.sum(axis=1, keepdims=True)), people.vital
        ),
        ledger=_ledger(seed, len(ids)),
    )
    return region, feed_bytes(CODE, drawing, hamlets, facilities, places, degrees)


def _degrees(epsg: int, points: Floats) -> tuple[Floats, Floats]:
    """Degrees of plane points around the middle of the town, to 1 cm."""
    x0, y0 = to_plane(epsg, np.array([_CENTRE[0]]), np.array([_CENTRE[1]]))
    lon, lat = to_degrees(epsg, points[:, 0] + x0[0], points[:, 1] + y0[0])
    return np.round(lon, 7), np.round(lat, 7)


def _roads(terrain: Terrain, lines: list[Line], degrees: partial[tuple[Floats, Floats]]) -> Roads:
    pieces: list[tuple[Line, Floats]] = []
    for line in lines:
        length = along(line.points)[-1]
        count = max(1, int(np.ceil(length / _LONGEST_M)))
        marks = np.linspace(0, length, count + 1)
        for number in range(count):
            part = line.points if count == 1 else np.round(between(line.points, marks[number], marks[number + 1]), 2)
            pieces.append((line, part))
    slopes = []
    for line, part in pieces:
        height = terrain.heights(resample(part, 75.0))
        steep = np.abs(np.diff(height)).sum() / along(part)[-1]
        slopes.append(0.005 if line.bridge else min(steep, _STEEPEST[line.kind]))
    return Roads(
        lines=tuple(LineString(np.column_stack(degrees(part))) for _, part in pieces),
        classes=tuple(line.kind for line, _ in pieces),
        oneway=np.array([line.oneway for line, _ in pieces], dtype=np.int8),
        speed_kmh=np.array([_POSTED_KMH.get(line.kind, np.nan) for line, _ in pieces]),
        slope=np.round(np.array(slopes), 3),
        names=tuple(line.name for line, _ in pieces),
    )


def _ledger(seed: int, settlements: int) -> Ledger:
    ledger = Ledger()
    ledger.add_source(Source(
        id=SOURCE, title="Musubime built-in sample", file="", format="musubime.region.sample", vintage="2025-10",
        publisher="Musubime", licence="Apache-2.0", rows=settlements,
    ))
    ledger.note(
        "assumption",
        text("This town does not exist: land, roads, people and buildings were made by code with the seed {seed}.",
             seed=seed),
        count=settlements, source=SOURCE,
    )
    return ledger
