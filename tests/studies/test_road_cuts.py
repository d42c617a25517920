"""What hangs on single roads: in a valley counted by hand, on the sample, and on the roads of Noto."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyogrio
import pytest
from shapely.geometry import MultiPolygon, Point, Polygon, shape

from musubime.access import close_roads, road_cuts, road_network, travel_times
from musubime.parameters import load
from musubime.region import Facilities, Population, Region, Roads, Settlements
from musubime.region.sample import write_sample
from musubime.reports.basemap import canvas
from musubime.reports.cuts import cuts_sheet, lost_elsewhere
from musubime.reports.cuts_map import cuts_map
from musubime.reports.page import environment
from musubime.reports.views import Plan
from musubime.studies import PlanDocument, PlanOptions, plan_region


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> tuple[PlanDocument, Region]:
    region = write_sample(tmp_path_factory.mktemp("cuts") / "town", 1)
    return plan_region(region, PlanOptions())[0], region


def test_closing_a_told_stretch_cuts_off_just_those_it_names(town: tuple[PlanDocument, Region]) -> None:
    document, region = town
    assert document.road_cuts is not None
    assert 1 <= len(document.road_cuts.stretches) <= 10
    assert region.roads is not None
    network = road_network(region.roads, region.epsg, load())
    hubs = document.alternatives[0].hubs
    lon, lat = np.array([hub.lon for hub in hubs]), np.array([hub.lat for hub in hubs])

    class Hubs:
        ids = tuple(hub.place for hub in hubs)

    Hubs.lon, Hubs.lat = lon, lat  # type: ignore[attr-defined]
    people = {s.id: s.people[document.plan_year].total for s in document.settlements}
    checked = 0
    for cut in document.road_cuts.stretches:
        assert cut.cut_off_people == pytest.approx(sum(people[one] for one in cut.cut_off), abs=1e-6)
        lacking = set(cut.cut_off).union(*cut.services_lost.values())
        assert cut.lacking_people == pytest.approx(sum(people[one] for one in lacking), abs=1e-6)
        # The piece that is drawn, closed whole where no settlement stands inside it.
        drawn = shape({"type": "MultiLineString", "coordinates": cut.shape})
        x, y = region.plane(*np.array([(cut.lon, cut.lat)]).T)
        middle = [k for k, line in enumerate(network.shapes) if line.distance(Point(x[0], y[0])) < 1]
        if len(middle) == 1 and abs(network.shapes[middle[0]].length - cut.length_m) < 1 and drawn.length:
            closed = close_roads(network, middle)
            times, _ = travel_times(closed, region.settlements, Hubs, region.epsg, load())  # type: ignore[arg-type]
            lost = np.isinf(times.minutes).all(axis=1)
            assert {region.settlements.ids[i] for i in np.flatnonzero(lost)} == set(cut.cut_off)
            checked += 1
    assert checked


def test_worst_first_and_no_stretch_twice(town: tuple[PlanDocument, Region]) -> None:
    assert town[0].road_cuts is not None
    stretches = town[0].road_cuts.stretches
    assert [c.cut_off_people for c in stretches] == sorted((c.cut_off_people for c in stretches), reverse=True)
    assert len({(c.lon, c.lat) for c in stretches}) == len(stretches)


def test_snow_leaves_only_those_who_were_near(town: tuple[PlanDocument, Region]) -> None:
    document, _ = town
    assert document.road_cuts is not None
    snow = document.road_cuts.snow
    near = {one for hub in document.alternatives[0].hubs for one in hub.settlements}
    assert set(snow.settlements) <= near
    assert (snow.share_of_car_speed, snow.hub_limit_min) == (0.7, load().number("plan.hub_limit_min"))


def section(document: PlanDocument, maps: dict[str, str]) -> str:
    """The part of the page about road cuts, alone: the whole page takes seconds."""
    template = environment().from_string('{% import "macros.html" as m with context %}{% include "cuts.html" %}')
    plan = Plan(document)
    return template.render(plan=plan, doc=document, first=plan.first, pictures=SimpleNamespace(maps=maps, cuts=[]))


def test_the_page_and_the_sheet_tell_them(town: tuple[PlanDocument, Region]) -> None:
    document, region = town
    assert document.road_cuts is not None
    ground = canvas(region)
    drawn = cuts_map(Plan(document), ground, 1.0, "ground")
    assert drawn is not None
    for n in range(1, len(document.road_cuts.stretches) + 1):
        assert f">{n}</text>" in drawn
    page = section(document, {"cuts": drawn})
    first = document.road_cuts.stretches[0]
    for words in ("一本の道に頼る集落", "What hangs on single roads", 'id="map-cuts"', first.name, first.near):
        assert words in page
    sheet = cuts_sheet(Plan(document))
    assert sheet is not None
    assert len(sheet.rows) == len(document.road_cuts.stretches)
    assert all(len(row) == len(sheet.columns) for row in sheet.rows)
    off = {s.name for s in document.settlements if s.id in set(first.cut_off)}
    assert not [names for _, names in lost_elsewhere(Plan(document), first) if off & set(names)]


@pytest.mark.parametrize("gone", ["no road file", "nothing hangs"])
def test_no_empty_section(town: tuple[PlanDocument, Region], gone: str) -> None:
    document, region = town
    assert document.road_cuts is not None
    left = None if gone == "no road file" else document.road_cuts.model_copy(update={
        "stretches": [], "snow": document.road_cuts.snow.model_copy(update={"settlements": []})})
    document = document.model_copy(update={"road_cuts": left})
    assert not section(document, {}).strip()
    assert cuts_map(Plan(document), canvas(region), 1.0, "ground") is None
    sheet = cuts_sheet(Plan(document))
    assert sheet is None or not sheet.rows


def noto(shared: Path) -> Region:
    """能登町 with its 202 small areas on the A37 roads; a hall in every tenth, which is all it offers."""
    frame = pyogrio.read_dataframe(shared / "roads" / "A37-15_PeninsulaRoad_16-17.fgb")
    kinds = {"国道": "trunk", "都道府県道": "primary", "市区町村道等": "unclassified"}
    n = len(frame)
    lines = tuple(frame.geometry)
    roads = Roads(lines, tuple(kinds.get(kind, "trunk") for kind in frame["A37_100002"]), np.zeros(n, dtype=np.int8),
                  np.full(n, np.nan), np.full(n, np.nan), ("",) * n)
    areas = pyogrio.read_dataframe(shared / "small_area" / "noto_town_koaza_area.fgb").to_crs(6668)
    points = list(areas.geometry.representative_point())
    lon, lat = np.array([p.x for p in points]), np.array([p.y for p in points])
    ids, count = tuple(areas["KEY_CODE"].astype(str)), len(points)
    people = np.zeros((1, count, 2, 18))
    people[..., 10] = 10
    halls = np.arange(0, count, 10)
    nan = np.full(len(halls), np.nan)
    return Region(
        code="174637", name="能登町",
        boundary=MultiPolygon([Polygon([(136.8, 37.1), (137.4, 37.1), (137.4, 37.6), (136.8, 37.6)])]),
        settlements=Settlements(ids, tuple(f"集落{i}" for i in range(count)), ("",) * count, lon, lat,
                                np.full(count, np.nan), ("counted",) * count),
        population=Population(ids, (2025,), (10,), tuple(range(0, 86, 5)), people),
        facilities=Facilities(
            tuple(f"H{i}" for i in halls), tuple(f"会館{i}" for i in halls), ("community_hall",) * len(halls),
            (("hall",),) * len(halls), ("open",) * len(halls), nan, nan, nan, np.ones(len(halls), dtype=bool),
            lon[halls], lat[halls], ("",) * len(halls)),
        roads=roads,
    )


def test_noto_tells_its_ten_worst_stretches(shared: Path) -> None:
    region = noto(shared)
    assert region.roads is not None
    network = road_network(region.roads, region.epsg, load())
    hubs = region.facilities.select(np.array([1, 8, 15]))
    people = region.population.latest.sum(axis=(1, 2))
    cuts = road_cuts(network, region.settlements, people, hubs, load(), nested=False)
    assert len(cuts) == 10
    assert [cut.lost_people for cut in cuts] == sorted((cut.lost_people for cut in cuts), reverse=True)
    assert cuts[0].lost_people == 20 * len(cuts[0].lost) > 0
    for a in cuts:
        assert sum(set(b.lost) <= set(a.lost) and set(b.longer) <= set(a.longer) | set(a.lost) for b in cuts) == 1
