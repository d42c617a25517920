"""The sample is the town it promises to be, whatever the seed, and the same town for the same seed."""

from __future__ import annotations

import json
from dataclasses import fields
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely
from shapely.geometry import LineString

from musubime.region import Region
from musubime.region.codes import check_digit
from musubime.region.plane import shape_to_plane, to_plane
from musubime.region.sample import sample_region, write_sample
from musubime.region.sample._hamlets import SETTLEMENTS
from musubime.region.sample._names import DISTRICTS
from musubime.region.sample._roads import draw_roads
from musubime.region.sample._terrain import MAIN, make_terrain

SEEDS = (1, 11)  # 11 once drew a bridge that joined nothing


@pytest.fixture(scope="module", params=SEEDS, ids=lambda seed: f"seed {seed}")
def town(request: pytest.FixtureRequest) -> Region:
    return sample_region(request.param)


def digest(table: Any) -> list[Any]:
    if isinstance(table, np.ndarray):
        return [table.shape, table.tobytes()]
    if isinstance(table, shapely.Geometry):
        return [table.wkb]
    if isinstance(table, tuple):
        return [digest(part) for part in table]
    if hasattr(table, "__dataclass_fields__"):
        return [digest(getattr(table, field.name)) for field in fields(table)]
    return [table]


def test_a_sound_region(town: Region) -> None:
    assert [str(fault) for fault in town.check()] == []


def test_a_fictional_place_with_a_code_that_nobody_has(town: Region, shared: Path) -> None:
    assert town.fictional
    assert town.code == "35999" + check_digit("35999")
    assert town.code not in (shared / "codes" / "code-to-city.json").read_text("utf-8")
    assert town.name not in (shared / "codes" / "city-to-code.json").read_text("utf-8")
    assert '35999,' not in (shared / "codes" / "municipality_converter_jp.csv").read_text("utf-8")


def test_settlements_of_six_former_villages(town: Region) -> None:
    s = town.settlements
    assert len(s) == sum(SETTLEMENTS) == 120
    assert len(set(s.names)) == 120
    assert {d: s.districts.count(d) for d in s.districts} == {
        village.kanji: count for village, count in zip(DISTRICTS, SETTLEMENTS, strict=True)
    }


def test_eleven_thousand_people_in_settlements_of_5_to_400(town: Region) -> None:
    sizes = town.population.latest.sum(axis=(1, 2))
    assert sizes.sum() == 11_000
    assert sizes.min() >= 5
    assert 250 <= sizes.max() <= 400
    assert town.settlements.districts[int(sizes.argmax())] == "結野"
    assert np.median(sizes) < sizes.mean()  # many small ones, few large ones
    assert (town.population.people == np.round(town.population.people)).all()
    assert (town.population.people >= 0).all()


def test_older_up_the_valleys(town: Region) -> None:
    old, people = town.population.in_ages(65)[-1], town.population.latest.sum(axis=(1, 2))
    x, y = town.plane(town.settlements.lon, town.settlements.lat)
    office = town.facilities.kinds.index("town_office")
    ox, oy = town.plane(town.facilities.lon[[office]], town.facilities.lat[[office]])
    far = np.hypot(x - ox, y - oy)
    near, remote = far < np.quantile(far, 0.1), far > np.quantile(far, 0.9)
    share = old / people
    assert 0.30 <= share[near].mean() <= 0.42
    assert 0.60 <= share[remote].mean() <= 0.85
    assert np.corrcoef(far, share)[0, 1] > 0.6
    assert 0.42 <= old.sum() / people.sum() <= 0.52


def test_counts_follow_from_one_another(town: Region) -> None:
    """Fewer by 6 to 11 % in five years, and no cohort does what cohorts cannot."""
    totals = town.population.people.sum(axis=(1, 2, 3))
    assert ((totals[1:] / totals[:-1] > 0.89) & (totals[1:] / totals[:-1] < 0.94)).all()
    by_age = town.population.people.sum(axis=1)  # (dates, sexes, ages)
    for earlier, later in pairwise(by_age):
        ratio = later[:, 1:17] / earlier[:, :16]  # 5-9 to 80-84 from those five years younger
        assert ((ratio > 0.45) & (ratio < 1.25)).all(), ratio
        assert (ratio[:, 3] < 0.85).all()  # the young leave between 15-19 and 20-24
        last = later[:, 17] / earlier[:, 16:18].sum(axis=1)
        assert ((last > 0.3) & (last < 0.8)).all()
        assert last[1] > last[0]  # women live longer


def test_municipal_totals_agree(town: Region) -> None:
    municipal, vital = town.municipal.population, town.municipal.vital
    assert municipal is not None
    assert vital is not None
    assert (municipal.people[:, 0] == town.population.people.sum(axis=1)).all()
    assert municipal.years == town.population.years == (2015, 2020, 2025)
    # Between the counts of 2020 and 2025 deaths exceed births, and the rest of the loss has moved away.
    five = slice(vital.years.index(2021), vital.years.index(2025) + 1)
    lost = municipal.people[1].sum() - municipal.people[2].sum()
    natural = (vital.deaths - vital.births)[five].sum()
    assert 0.5 * lost < natural < lost
    assert (np.diff(vital.people) < 0).all()


def test_households_fit_their_people(town: Region) -> None:
    per_household = town.population.latest.sum(axis=(1, 2)) / town.settlements.households
    assert ((per_household >= 1) & (per_household <= 3)).all()
    assert 1.9 < 11_000 / town.settlements.households.sum() < 2.4


def test_every_building_that_the_story_needs(town: Region) -> None:
    f = town.facilities

    def having(kind: str, status: str | None = None) -> list[int]:
        return [i for i in range(len(f)) if f.kinds[i] == kind and status in (None, f.statuses[i])]

    (supermarket,) = having("supermarket")
    assert (f.statuses[supermarket], f.closing_year[supermarket]) == ("closing", 2027)
    schools = having("closed_school", "closed")
    assert len(schools) == 3
    assert all(f.host[i] and 1200 <= f.floor_m2[i] <= 2500 and f.services[i] == () for i in schools)
    assert (len(having("primary_school")), len(having("junior_high_school"))) == (2, 1)
    assert len(having("post_office")) == 5
    assert len(having("fuel_station")) == 3
    assert [f.closing_year[i] for i in having("fuel_station", "closing")] == [2029]
    assert [f.days_per_week[i] for i in having("clinic")].count(2) == 1
    (office,) = having("former_office")
    assert f.host[office]
    assert len(having("branch_office")) == len(having("grocery")) == len(having("elderly_care")) == 2
    assert len(having("community_hall")) == len(DISTRICTS)
    for kind in ("roadside_station", "hospital", "convenience_store", "town_office", "bank"):
        assert len(having(kind)) == 1, kind
    assert having("vacant_shop", "closed")
    assert len(set(f.names)) == len(f.names)


def test_buildings_and_settlements_stand_by_a_road(town: Region) -> None:
    assert town.roads is not None
    lines = np.array([shape_to_plane(town.epsg, line) for line in town.roads.lines], dtype=object)
    tree = shapely.STRtree(lines)
    for table, most_m in ((town.settlements, 160), (town.facilities, 100)):
        points = shapely.points(*to_plane(town.epsg, table.lon, table.lat))
        _, far = tree.query_nearest(points, return_distance=True, all_matches=False)
        assert far.max() < most_m, table.names[int(far.argmax())]


def test_all_roads_hang_together(town: Region) -> None:
    """Union of shared end points, counted without the library that `check` uses."""
    assert town.roads is not None
    parent: dict[tuple[float, float], tuple[float, float]] = {}

    def root(point: tuple[float, float]) -> tuple[float, float]:
        while parent.setdefault(point, point) != point:
            point = parent[point]
        return point

    for line in town.roads.lines:
        points = list(line.coords)
        for point in points[1:]:
            parent[root(point)] = root(points[0])
    assert len({root(point) for point in list(parent)}) == 1


def test_roads_have_classes_slopes_bridges_and_dead_ends(town: Region) -> None:
    roads = town.roads
    assert roads is not None
    assert {"primary", "secondary", "tertiary", "unclassified", "residential", "track"} <= set(roads.classes)
    kinds = np.array(roads.classes)
    mean = {kind: float(roads.slope[kinds == kind].mean()) for kind in set(roads.classes)}
    assert mean["primary"] < mean["secondary"] < mean["track"]
    assert ((roads.slope >= 0) & (roads.slope <= 0.18)).all()
    assert sum(name.endswith("橋") for name in roads.names) >= 10
    assert set(roads.oneway.tolist()) == {0, 1}
    ends = [point for line in roads.lines for point in (line.coords[0], line.coords[-1])]
    assert sum(ends.count(point) == 1 for point in set(ends)) >= 20


@pytest.mark.parametrize("seed", SEEDS)
def test_no_valley_road_wades_its_river(seed: int) -> None:
    """The national road keeps to one bank of the main river, from the boundary to the last kilometre."""
    rng = np.random.default_rng(seed)
    terrain = make_terrain(rng)
    drawing = draw_roads(rng, terrain)
    river = LineString(terrain.rivers[MAIN].points)
    assert not drawing.valley[MAIN].shape.crosses(river)
    for number in range(1, 6):
        own = LineString(terrain.rivers[number].points)
        crossings = shapely.get_coordinates(drawing.valley[number].shape.intersection(own))
        assert len(crossings) <= 1, number


@pytest.mark.parametrize("seed", SEEDS)
def test_water_runs_downhill_and_hills_stand_between_the_valleys(seed: int) -> None:
    terrain = make_terrain(np.random.default_rng(seed))
    for river in terrain.rivers:
        assert (np.diff(river.bed_m) > 0).all()
    heads = terrain.heights(np.array([river.points[-1] for river in terrain.rivers[:6]]))
    assert heads.min() > terrain.heights(np.zeros((1, 2)))[0] + 60
    assert 600 < terrain.height_m.max() < 1300
    assert terrain.boundary.is_valid
    assert 200e6 < terrain.boundary.area < 450e6


def test_the_same_seed_makes_the_same_town_and_another_one_another() -> None:
    assert digest(sample_region(5)) == digest(sample_region(5))
    assert digest(sample_region(5).settlements) != digest(sample_region(6).settlements)


def test_the_folder_has_the_same_content_for_the_same_seed(tmp_path: Path) -> None:
    first, second = (write_sample(tmp_path / name) for name in ("first", "second"))
    for name in ("region.toml", "sources.json", "transit/musubino_gtfs-jp.zip"):
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()
    for layer in pyogrio.list_layers(tmp_path / "first" / "region.gpkg")[:, 0]:
        one, other = (pyogrio.read_dataframe(tmp_path / n / "region.gpkg", layer=layer) for n in ("first", "second"))
        assert one.equals(other), layer
    assert len(first.transit) == len(second.transit) == 1
    opened = Region.open(tmp_path / "first")
    assert opened.check() == []
    assert digest(opened.settlements) == digest(sample_region().settlements)
    assert digest(opened.population) == digest(sample_region().population)


def test_the_ledger_says_that_nothing_of_it_is_real(town: Region) -> None:
    (note,) = town.ledger.notes
    assert note.kind == "assumption"
    assert "does not exist" in note.what.to("en")
    assert "実在しません" in note.what.to("ja")
    assert {town.facilities.sources[0]} == {source.id for source in town.ledger.sources}
    json.dumps(town.ledger.as_json())
