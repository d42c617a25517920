"""build with less, more and damaged files: a region whose totals hold, or one clear error."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from geo_worlds import (
    CODE,
    N03_ROW,
    STOPS,
    TOWN,
    boundary,
    census,
    facilities,
    feed,
    layer,
    population,
    square,
    town_names,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point
from test_geo_fuzz import damaged

from musubime.errors import InputError
from musubime.opendata import build_region
from musubime.region import Region

FILES = (
    "outline.geojson", "outline.gpkg", "names.json", "population_20230401.csv", "population_20240401.csv", "census.csv",
    "places.csv", "areas.fgb", "mesh.gpkg", "roads.fgb", "posts.gpkg", "bus.zip", "codes.csv", "schools.csv",
)


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One small town with a file of every kind."""
    folder = tmp_path_factory.mktemp("everything")
    boundary(folder)
    layer(folder / "outline.gpkg", [(TOWN, N03_ROW)])
    town_names(folder, {
        "東一丁目": (132.02, 34.02), "東奥": (132.03, 34.03), "西町浜": (132.08, 34.08), "沖": (132.3, 34.0)})
    population(folder, "2023-04-01", {"東支所管内": {"m0": 9}, "西町": {"f85": 7}})
    population(folder, "2024-04-01", {"東支所管内": {"m0": 8, "households": 4}, "西町": {"f85": 6, "households": 3}})
    census(folder, {CODE: ("結市", [10] * 18, [12] * 18)})
    facilities(folder, [("東公民館", "山口県結市東一丁目1", 132.02, 34.02), ("浜診療所", "山口県結市西町浜2", "", ""),
                        ("旧奥小学校", "山口県結市東奥3", 34.03, 132.03), ("", "", 0, 0)])
    layer(folder / "areas.fgb", [
        (square(132 + i / 50, 34.02), {
            "KEY_CODE": f"3520900{i}0", "S_NAME": f"字{i}", "JINKO": 66 * i, "SETAI": 20 * i})  # 396, as the census
        for i in range(4)
    ])
    layer(folder / "mesh.gpkg", [
        (square(132 + i / 50, 34.04), {"MESH_ID": f"5132000{i}", "SHICODE": "35209", "PTN_2020": 10.0 * i,
                                       **{f"PT{g}_2020": 396 * i / 114 for g in range(20)}})  # 19 ages: 396
        for i in range(4)
    ])
    layer(folder / "roads.fgb", [(LineString([(132.01, 34.01), (132.2, 34.01)]), {"highway": "primary"})])
    layer(folder / "posts.gpkg", [(Point(132.05, 34.05), {"P30_005": "奥郵便局", "P30_006": "東奥1"})])
    feed(folder / "bus.zip", STOPS)
    (folder / "codes.csv").write_text(
        "id_muni2000,name_muni2000,id_muni2020,name_muni2020\n35209,山口県 結市,35209,山口県 結市\n"
        "35321,山口県 玖珂郡 奥村,35209,山口県 結市\n", "utf-8")
    (folder / "schools.csv").write_text(
        f"学校ID,学校所在地_全国地方公共団体コード,学校名称,通学区域の住所\n1,{CODE},東小学校,東一丁目;東奥\n", "utf-8")
    assert {path.name for path in folder.iterdir()} == set(FILES)
    return folder


def _built(folder: Path) -> Region | None:
    try:
        return build_region(folder, CODE)
    except InputError:
        return None


@given(names=st.sets(st.sampled_from(FILES), min_size=1))
@settings(max_examples=60, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_part_of_the_files_gives_a_sound_region_or_an_error(
    everything: Path, tmp_path_factory: pytest.TempPathFactory, names: set[str]
) -> None:
    folder = tmp_path_factory.mktemp("part")
    for name in names:
        shutil.copy(everything / name, folder)
    region = _built(folder)
    if region is None:
        return
    assert [fault for fault in region.check() if fault.blocks] == [], sorted(names)
    assert np.isfinite(region.population.people).all()
    assert (region.population.people >= 0).all()
    if region.base_year == 2024:
        assert region.population.latest.sum() == pytest.approx(14)  # 8 boys and 6 women of 85 and over
    assert set(region.facilities.sources) <= {source.id for source in region.ledger.sources}


@given(data=st.data())
@settings(max_examples=60, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
def test_damaged_files_give_a_region_or_an_error(
    everything: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    shutil.copytree(everything, folder, dirs_exist_ok=True)
    for name in data.draw(st.sets(st.sampled_from(FILES), min_size=1, max_size=3)):
        (folder / name).write_bytes(damaged(bytearray((folder / name).read_bytes()), data))
    region = _built(folder)
    assert region is None or np.isfinite(region.population.people).all()
