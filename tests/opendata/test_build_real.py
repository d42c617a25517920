"""Regions of real municipalities from real files (../shared): totals known from the files themselves."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest

from musubime.opendata import build_region
from musubime.region import FIVE_YEAR_AGES, Floats, Region

DATES = ("2019", "2020", "2021", "2022", "2023", "2024")


YAMAGUCHI = ("population_yamaguchi", "population_national/population_census_1980.csv",
             "population_national/population_census_2020.csv", "codes")


def _folder(shared: Path, to: Path, *parts: str) -> Path:
    """A folder with some of the real files, so that a test need not sort all of them."""
    for part in parts:
        source = shared / part
        (to / part).parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, to / part)
        else:
            shutil.copy(source, to / part)
    return to


@pytest.fixture(scope="module")
def iwakuni(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Region:
    """岩国市 from a folder of its own files and one census."""
    return build_region(_folder(
        shared, tmp_path_factory.mktemp("iwakuni"), "facilities/iwakuni_352080", "small_area/iwakuni_352080",
        "boundaries/35208.json", "oaza_points/山口県/岩国市.json", "gtfs/352080_gtfs-jp.zip",
        "population_national/population_census_2020.csv",
    ), "352080")


@pytest.fixture(scope="module")
def noto(shared: Path) -> Region:
    """能登町 from the whole folder, with the files of forty other municipalities in it."""
    return build_region(shared, "17463")


def _printed(shared: Path, date: str) -> dict[str, tuple[Floats, float]]:
    """District to (2, 18) people and households, read by hand from the city's CSV."""
    folder = shared / "small_area" / "iwakuni_352080"
    (path,) = (p for p in folder.glob("*.csv") if f"population_{date}0401" in p.name)
    with path.open(encoding="utf-8-sig", newline="") as file:
        heading, *rows = list(csv.reader(file))
    first, homes = heading.index("0-4歳の男性"), heading.index("世帯数")
    return {
        row[heading.index("地域名")]: (
            np.array([float(c or 0) for c in row[first:first + 36]]).reshape(18, 2).T, float(row[homes]))
        for row in rows if row[heading.index("地域名")]
    }


def test_iwakuni_keeps_every_district_by_sex_and_age_on_every_date(iwakuni: Region, shared: Path) -> None:
    s, p = iwakuni.settlements, iwakuni.population
    assert (iwakuni.name, len(s), p.years, set(p.months)) == ("岩国市", 305, tuple(map(int, DATES)), {4})
    assert p.people.sum(axis=(1, 2, 3))[[0, -1]].tolist() == pytest.approx([134_197, 125_628])
    for t, date in enumerate(DATES):
        printed = _printed(shared, date)
        assert len(printed) == 22
        for name, (people, households) in printed.items():
            # 玖珂総合支所管内 of 2019 is 玖珂支所管内 today.
            core = name.replace("総合", "")
            units = [i for i, d in enumerate(s.districts) if d.replace("総合", "") == core]
            assert np.abs(p.people[t, units].sum(axis=0) - people).max() < 1e-6, (date, name)
            if date == "2024":
                assert s.households[units].sum() == pytest.approx(households)


def test_iwakuni_puts_the_hill_towns_where_they_are(iwakuni: Region) -> None:
    district = dict(zip(iwakuni.settlements.names, iwakuni.settlements.districts, strict=True))
    assert district["錦町広瀬"] == "錦総合支所管内"
    assert district["錦見一丁目"] == "岩国出張所管内"  # begins with 錦 and is downtown
    assert {district[n] for n in ("下", "守内", "天尾", "二鹿", "相ノ谷")} == {"北河内出張所管内"}
    assert {district[n] for n in ("柱野", "六呂師", "叶木")} == {"師木野出張所管内"}
    assert district["青木町一丁目"] == district["保津町一丁目"] == "灘出張所管内"
    assert set(iwakuni.settlements.basis) == {"disaggregated"}


def test_iwakuni_says_what_it_does_not_know(iwakuni: Region) -> None:
    assert iwakuni.roads is None
    assert [feed.name for feed in iwakuni.transit] == ["352080_gtfs-jp.zip"]
    assert iwakuni.unknown_services == ("shop", "post", "fuel", "care")
    assert iwakuni.municipal.population is not None
    assert iwakuni.municipal.population.people.sum() == pytest.approx(129_125)
    assert iwakuni.municipal.vital is not None
    assert iwakuni.municipal.vital.years == (2024,)  # the one year of which all twelve monthly files are there
    assert iwakuni.check() == []


def test_noto_has_its_census_areas_and_the_towns_ages(noto: Region) -> None:
    s, p = noto.settlements, noto.population
    people = p.latest.sum(axis=(1, 2))
    assert (noto.name, len(s), len(noto.areas)) == ("能登町", 202, 202)
    assert (people.sum(), s.households.sum()) == pytest.approx((15_687, 6_458))
    assert int((people < 1e-9).sum()) == 11
    assert len(set(s.districts)) == 15
    assert set(s.basis) == {"ages_fitted"}
    assert noto.municipal.population is not None
    assert noto.municipal.population.years == (1980, 2020)
    # JINKO sums to the census, so the town's sexes and ages come out whole.
    assert np.allclose(p.latest.sum(axis=0), noto.municipal.population.people[-1, 0])
    assert noto.municipal.vital is not None
    assert noto.municipal.vital.years == (2020, 2021, 2022, 2023, 2024)


def test_noto_rests_on_one_road_file_and_no_shops(noto: Region) -> None:
    assert noto.roads is not None
    assert noto.transit == ()
    assert {"shop", "clinic", "post", "fuel"} <= set(noto.unknown_services)
    sources = {source.id for source in noto.ledger.sources}
    assert "A37-15_PeninsulaRoad_16-17.fgb" in sources
    assert "N10-20_16-17.fgb" not in sources
    assert not any("352080" in source for source in sources)
    assert all(source.sha256 and source.rows for source in noto.ledger.sources)


def test_mine_and_its_eight_districts(shared: Path, tmp_path: Path) -> None:
    region = build_region(_folder(
        shared, tmp_path, *YAMAGUCHI, "facilities/mine_352136", "small_area/mine_352136", "boundaries",
        "oaza_points/山口県",
    ), "352136")
    assert (region.name, len(region.settlements), len(set(region.settlements.districts))) == ("美祢市", 42, 8)
    totals = region.population.people.sum(axis=(1, 2, 3))
    assert totals.tolist() == pytest.approx([23_455, 22_901, 22_325, 21_617, 20_992])
    assert region.municipal.population is not None
    # 2000 and 2005 are the city and the towns 美東 and 秋芳 together.
    assert region.municipal.population.years == (1980, 2000, 2005, 2010, 2015, 2020)
    assert region.municipal.population.people.sum(axis=(1, 2, 3))[1] == pytest.approx(31_546)


def test_shimonoseki_without_a_boundary_stands_on_its_592_towns(shared: Path, tmp_path: Path) -> None:
    region = build_region(_folder(
        shared, tmp_path, "codes/code-to-city.json", "small_area/shimonoseki_352012", "oaza_points/山口県",
        "shelters/emergency/352012.json",
    ), "35201")
    assert (len(region.settlements), set(region.settlements.basis)) == (592, {"counted"})
    assert region.population.people.sum(axis=(1, 2, 3))[[0, -1]].tolist() == pytest.approx([261_403, 254_905])
    assert any("No boundary file" in note.what.to("en") for note in region.ledger.of_kind("assumption"))


def test_totsukawa_from_the_mesh_projection(shared: Path, tmp_path: Path) -> None:
    region = build_region(_folder(
        shared, tmp_path, "mesh", "codes/code-to-city.json", "population_national/population_census_2020.csv"), "29449")
    assert region.name == "十津川村"
    assert (len(region.settlements), region.population.years) == (115, (2020,))
    assert region.population.latest.sum() == pytest.approx(3_026.5, abs=0.1)  # the meshes' own figures of 2020
    assert region.population.age_from == FIVE_YEAR_AGES
