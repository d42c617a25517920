"""Maps and charts: positions, classes and labels; every chart is valid Vega-Lite."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPolygon
from synthetic_plan import make_plan

from musubime.region import Region, Roads
from musubime.reports import charts, svg
from musubime.reports.basemap import basemap, canvas
from musubime.reports.maps import AGE, LACK, Dot, Mark, place_labels, radius_per_root_person, settlement_map
from musubime.reports.pictures import age_class, lack_class
from musubime.studies.document import PlanDocument


def _luminance(colour: str) -> float:
    parts = [int(colour[n:n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scale", [LACK, AGE])
def test_classes_keep_their_order_without_colour(scale: tuple[str, ...]) -> None:
    light = [_luminance(colour) for colour in scale]
    assert all(earlier - later > 0.03 for earlier, later in pairwise(light))


@given(st.integers(1, 12))
def test_the_ends_of_the_scale_mean_nothing_and_everything(total: int) -> None:
    classes = [lack_class(lacking, total) for lacking in range(total + 1)]
    assert classes[0] == 0
    assert classes[-1] == 4
    assert classes == sorted(classes)
    assert all(0 < c < 4 for c in classes[1:-1])


def test_half_of_the_people_old_is_the_class_above(small: tuple[PlanDocument, Region]) -> None:
    assert [age_class(s) for s in (0.4999, 0.5, 0.6999, 0.7)] == [2, 3, 3, 4]


def test_the_canvas_keeps_distances_and_north_up(small: tuple[PlanDocument, Region]) -> None:
    _, region = small
    ground = canvas(region)
    x, y = ground.pixels(region.settlements.lon, region.settlements.lat)
    assert (x > 0).all()
    assert (x < ground.width).all()
    assert (y > 0).all()
    assert (y < ground.height).all()
    metres = region.straight_m(region.settlements.lon, region.settlements.lat)
    drawn = np.hypot(x[:, None] - x, y[:, None] - y)
    assert drawn / ground.px_per_m == pytest.approx(metres, abs=1.0)
    north = int(np.argmax(region.settlements.lat))
    assert y[north] == y.min()


def test_minor_roads_give_way_when_there_are_too_many() -> None:
    _, region = make_plan(12, 2)
    lon, lat = region.settlements.lon[0], region.settlements.lat[0]
    rng = np.random.default_rng(4)
    walks = lon + np.cumsum(rng.normal(0, 0.0008, (800, 60, 2)), axis=1) + [0, lat - lon]
    lines = (*(LineString(walk) for walk in walks), LineString([(lon, lat), (lon + 0.01, lat + 0.1)]))
    classes = ("residential",) * 800 + ("primary",)
    nothing = np.full(801, np.nan)
    many = Roads(lines, classes, np.zeros(801, dtype=np.int8), nothing, nothing, ("",) * 801)
    drawing = basemap(canvas(replace(region, roads=many)))
    assert 20_000 < len(drawing.inner) < 400_000
    assert 'stroke="#b4b4bc"' in drawing.inner, "the main road is drawn"


def test_circles_are_as_large_as_their_people(small: tuple[PlanDocument, Region]) -> None:
    _, region = small
    ground = canvas(region)
    root = radius_per_root_person(ground, [100.0, 400.0])
    lon, lat = (float(v[0]) for v in (region.settlements.lon, region.settlements.lat))
    drawing = settlement_map(ground, [Dot(lon, lat, 100, "#fff3d6", "<a> 100"), Dot(lon, lat, 400, "#7f0000", "b 400")],
                             root, hubs=[Mark(lon, lat, "拠点&")])
    sizes = [float(part.split('"')[0]) for part in drawing.inner.split(' r="')[1:]]
    assert sizes == sorted(sizes, reverse=True), "small circles lie on top"
    assert sizes[0] / sizes[1] == pytest.approx(2.0, abs=0.02)
    assert "<title>&lt;a&gt; 100</title>" in drawing.inner
    assert "拠点&amp;</text>" in drawing.inner
    assert "font-family" not in drawing.inner
    assert "aria-" not in drawing.inner


def test_names_do_not_cover_one_another() -> None:
    points = [(100.0 + 30 * (n % 3), 100.0 + 30 * (n // 3), "長い名前の拠点") for n in range(6)]
    placed = place_labels(points, [], 720, 600)
    boxes = [shapely.box(x, y - 9, x + 7 * 19, y + 9) for x, y, _ in placed]
    for n, one in enumerate(boxes):
        assert all(one.intersection(other).area < 0.2 * one.area for other in boxes[n + 1:])
    assert all(x >= 0 and x + 7 * 19 <= 720 for x, _, _ in placed)


def test_nobody_is_drawn_where_nobody_lives(small: tuple[PlanDocument, Region]) -> None:
    ground = canvas(small[1])
    assert radius_per_root_person(ground, [0.0, 0.0]) > 0
    assert math.isfinite(radius_per_root_person(ground, []))


@pytest.mark.parametrize("language", ["ja", "en"])
def test_charts_are_valid_and_titled_with_units(small: tuple[PlanDocument, Region], language: svg.Language) -> None:
    document, _ = small
    reach = document.diagnosis.reach
    made = [charts.reach(document, reach, language), charts.beyond(document, reach, language),
            charts.population(document, language), charts.pyramid(document, language),
            charts.unserved(document, language), charts.costs(document, language)]
    for chart in made:
        chart.to_dict(validate=True)
        drawing = svg.draw(chart)
        assert "<text" in drawing.inner
        assert ("（人）" if language == "ja" else "eople") in drawing.inner or "届かない人" in drawing.inner
        assert "NaN" not in drawing.inner


def test_a_real_coast_and_4000_roads_stay_light(shared: Path) -> None:
    """能登町: N03 boundary with its islets, A37 roads, 202 small areas (in a plane CRS as published)."""
    outline = shapely.union_all(shapely.make_valid(gpd.read_file(shared / "boundaries" / "17463.json").geometry.values))
    boundary = MultiPolygon([part for part in shapely.get_parts(outline) if part.geom_type == "Polygon"])
    lines = tuple(gpd.read_file(shared / "roads" / "A37-15_PeninsulaRoad_16-17.fgb").geometry)
    areas = tuple(gpd.read_file(shared / "small_area" / "noto_town_koaza_area.fgb").to_crs(6668).geometry)
    nothing = np.full(len(lines), np.nan)
    roads = Roads(lines, ("unclassified",) * len(lines), np.zeros(len(lines), dtype=np.int8), nothing, nothing,
                  ("",) * len(lines))
    _, small = make_plan(12, 2)
    middle = boundary.representative_point()
    settlements = replace(small.settlements, lon=np.full(12, middle.x), lat=np.full(12, middle.y))
    ground = canvas(replace(small, code="174637", boundary=boundary, areas=areas, roads=roads, settlements=settlements))
    drawing = basemap(ground)
    assert len(lines) > 4000
    assert shapely.get_num_coordinates(boundary) > 10_000
    assert len(drawing.inner) < 250_000
    assert ground.px_per_m * 25_000 < ground.width  # the town is about 25 km wide
