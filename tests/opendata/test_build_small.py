"""build_region in worlds small enough to count by hand; the counting stands beside each assertion."""

from __future__ import annotations

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
    noted,
    population,
    square,
    town_names,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPolygon, box

from musubime import parameters
from musubime.errors import InputError
from musubime.opendata import build_region
from musubime.opendata._by_total import registered_towns
from musubime.opendata._districts import STEPS, assign
from musubime.opendata._facilities import Places, facility_piece
from musubime.opendata._ground import Ground
from musubime.opendata._place import Place
from musubime.opendata._spread import fit_ages, fit_sexes, place_weights, spread
from musubime.opendata._stock import Stock
from musubime.opendata.folder import Found
from musubime.opendata.model import AgePiece, CatchmentPiece, FacilityPiece, PointPiece, TotalPiece
from musubime.provenance import Ledger
from musubime.region import FIVE_YEAR_AGES, MunicipalSeries, Region

EAST = {"households": 6, "m0": 8, "f65": 4}
WEST = {"households": 5, "m0": 2, "f65": 10}
PLACES = {"東一丁目": (132.02, 34.02), "東町奥": (132.03, 34.03), "西町浜": (132.08, 34.08), "沖": (132.081, 34.075)}


def _people(region: Region, name: str, sex: int, age: int, date: int = -1) -> float:
    unit = region.settlements.names.index(name)
    return float(region.population.people[date, unit, sex, FIVE_YEAR_AGES.index(age)])


# --- districts counted by age ---------------------------------------------------------------------------------------


@pytest.fixture
def hill_town(tmp_path: Path) -> Path:
    boundary(tmp_path)
    town_names(tmp_path, PLACES)
    population(tmp_path, "2023-04-01", {"東総合支所管内": {"households": 7, "m0": 9}, "西町": WEST})
    population(tmp_path, "2024-04-01", {"東支所管内": EAST, "西町": WEST})
    halls = [(f"{n}公民館", f"山口県結市東一丁目{i}", 132.02 + i / 1000, 34.02) for i, n in enumerate("甲乙丙")]
    facilities(tmp_path, halls)
    return tmp_path


def test_people_of_a_district_are_shared_by_the_root_of_places(hill_town: Path) -> None:
    region = build_region(hill_town, "35209")
    s = region.settlements
    assert (region.code, region.name, s.names) == (CODE, "結市", tuple(PLACES))
    assert s.ids == ("35209-001", "35209-002", "35209-003", "35209-004")
    # 東一丁目 and 東町奥 begin with the district's name, 西町浜 too; 沖 is nearest to 西町浜.
    assert s.districts == ("東支所管内", "東支所管内", "西町", "西町")
    # Three halls, 90 m apart, stand nearest to 東一丁目: weight (1 + 3) ** 0.5 = 2; 東町奥 has none: weight 1.
    assert _people(region, "東一丁目", 0, 0) == pytest.approx(8 * 2 / 3)
    assert _people(region, "東町奥", 1, 65) == pytest.approx(4 * 1 / 3)
    assert s.households.tolist() == pytest.approx([4, 2, 2.5, 2.5])
    # In 2023 the eastern office had another name; it is the same district.
    assert (region.population.years, region.population.months) == ((2023, 2024), (4, 4))
    assert _people(region, "東一丁目", 0, 0, 0) == pytest.approx(9 * 2 / 3)
    assert set(s.basis) == {"disaggregated"}
    assert region.check() == []


def test_every_district_keeps_its_people_by_sex_and_age(hill_town: Path) -> None:
    region = build_region(hill_town, CODE)
    in_east = np.array([d == "東支所管内" for d in region.settlements.districts])
    east, west = region.population.latest[in_east].sum(axis=0), region.population.latest[~in_east].sum(axis=0)
    expected = np.zeros((2, 2, 18))
    expected[0, 0, 0], expected[0, 1, 13], expected[1, 0, 0], expected[1, 1, 13] = 8, 4, 2, 10
    assert np.abs(np.stack([east, west]) - expected).max() < 1e-12


def test_a_district_without_a_place_name_stands_amid_its_buildings(hill_town: Path) -> None:
    islands = {name: {"m0": n} for n, name in enumerate(("南島", "離島"), start=1)}
    population(hill_town, "2024-04-01", {"東支所管内": EAST, "西町": WEST, "北島": {"m0": 5}, **islands})
    facilities(hill_town, [("北島小学校", "山口県結市5", 132.05, 34.09)], "more.csv")
    region = build_region(hill_town, CODE)
    unit = region.settlements.names.index("北島")
    assert (region.settlements.lon[unit], region.settlements.lat[unit]) == pytest.approx((132.05, 34.09))
    assert _people(region, "北島", 0, 0) == 5
    # Three of five districts are new: the town was divided anew, the date before is left out, and said.
    assert region.population.years == (2024,)
    left_out = noted(region.ledger, "dropped")
    assert left_out["Dates on which the districts were others than on the newest were left out."] == 1


def test_towns_counted_themselves_stay_as_counted(tmp_path: Path) -> None:
    boundary(tmp_path)
    town_names(tmp_path, {"大字奥": (132.01, 34.01), "浜": (132.02, 34.02), "沖": (132.04, 34.04)})
    population(tmp_path, "2024-04-01", {"本庁_奥": EAST, "本庁_浜・沖": WEST})
    region = build_region(tmp_path, CODE)
    s = region.settlements
    assert (s.names, s.districts, set(s.basis)) == (("奥", "浜・沖"), ("本庁", "本庁"), {"counted"})
    assert (s.lon[1], s.lat[1]) == pytest.approx((132.03, 34.03))  # between 浜 and 沖
    assert _people(region, "奥", 0, 0) == 8


def test_districts_without_any_list_of_names_stand_for_themselves(hill_town: Path) -> None:
    (hill_town / "names.json").unlink()
    region = build_region(hill_town, CODE)
    assert region.settlements.names == ("東支所管内", "西町")
    # 東: amid the three halls at 132.020, 132.021, 132.022; of 西町 nothing is known: the middle of the town.
    assert region.settlements.lon[0] == pytest.approx(132.021)
    assert region.settlements.lon[1] == pytest.approx(132.05)
    assert any("whole districts stand as settlements" in n.what.to("en") for n in region.ledger.of_kind("missing"))


def test_districts_are_shared_over_census_areas_by_their_people(hill_town: Path) -> None:
    layer(hill_town / "areas.gpkg", [
        (square(132.02, 34.02), {"KEY_CODE": "352090010", "S_NAME": "東一丁目", "JINKO": 30, "SETAI": 9, "R2KAxx": 1}),
        (square(132.04, 34.02), {"KEY_CODE": "352090020", "S_NAME": "東町奥", "JINKO": 10, "SETAI": 9}),
        (square(132.08, 34.08), {"KEY_CODE": "352090030", "S_NAME": "西町浜", "JINKO": 0, "SETAI": 0}),
    ])
    region = build_region(hill_town, CODE)
    # 東: 8 boys over 30 and 10 people. 西町 has one area, empty in the census: it takes the district all the same.
    assert [_people(region, n, 0, 0) for n in ("東一丁目", "東町奥", "西町浜")] == pytest.approx([6, 2, 2])
    assert len(region.areas) == 3


# --- totals without ages --------------------------------------------------------------------------------------------

MEN = [10, *[0] * 16, 10]
WOMEN = [*[0] * 8, 20, *[0] * 9]


def test_the_towns_ages_are_fitted_to_census_areas(tmp_path: Path) -> None:
    areas = [("奥", 30, 12, "北"), ("浜", 10, 4, "南"), ("沖", 0, 0, "南")]
    layer(tmp_path / "areas.fgb", [
        (square(132.02 + i / 50, 34.02), {
            "KEY_CODE": f"3520900{i}0", "S_NAME": name, "JINKO": people, "SETAI": homes, "R2KAxx": 1, "地区名": part})
        for i, (name, people, homes, part) in enumerate(areas)
    ])
    census(tmp_path, {CODE: ("結市", MEN, WOMEN)})
    region = build_region(tmp_path, CODE)
    # 40 people in the areas, 40 in the census: 奥 has 30/40 of the ten boys, and of everybody.
    assert _people(region, "奥", 0, 0) == pytest.approx(7.5)
    assert _people(region, "浜", 1, 40) == pytest.approx(5)
    assert _people(region, "沖", 1, 40) == 0
    assert np.allclose(region.population.latest.sum(axis=0), [MEN, WOMEN])
    assert (region.population.years, set(region.settlements.basis)) == ((2020,), {"ages_fitted"})
    assert sorted(region.settlements.districts) == ["北", "南", "南"]
    # No boundary file: three squares of 0.01 degrees are the outline.
    assert region.boundary.area == pytest.approx(3 * 0.01**2)
    assert region.municipal.population is not None
    assert region.municipal.population.people.sum() == 40


def test_a_mesh_is_split_into_men_and_women_by_the_towns_own_ages(tmp_path: Path) -> None:
    def mesh(name: str, boys: float, old: float, total: float, into: str | None = None) -> dict[str, object]:
        row: dict[str, object] = {"MESH_ID": name, "SHICODE": "35209", "PTN_2020": total, "GASSAN2020": into}
        row |= {f"PT{g}_2020": 0.0 for g in range(1, 20)}
        return row | {"PT1_2020": boys, "PT19_2020": old}

    layer(tmp_path / "mesh.gpkg", [
        (square(132.00, 34.00), mesh("51320001", 6, 4, 6)),
        (square(132.01, 34.00), mesh("51320002", 0, 0, 4, "51320001")),
        (square(132.02, 34.00), mesh("51320003", 0, 0, 0)),
    ])
    census(tmp_path, {CODE: ("結市", [30, *[0] * 16, 10], [10, *[0] * 16, 30])})
    region = build_region(tmp_path, CODE)
    # The second mesh is hidden: its 4 people stand in the first, whose own 6 leave 6 * 6/10 = 3.6 children there.
    # Three of four children are boys. 90 and over count as 85 and over. The empty mesh is no settlement.
    assert len(region.settlements) == 2
    assert region.population.latest[0, :, 0].tolist() == pytest.approx([3.6 * 0.75, 3.6 * 0.25])
    assert region.population.latest[1, :, 17].tolist() == pytest.approx([1.6 * 0.25, 1.6 * 0.75])
    assert np.isnan(region.settlements.households).all()


def test_a_register_without_ages_is_gathered_at_place_names() -> None:
    points = PointPiece("names", CODE, ("奥", "浜町西"), np.array([132.01, 132.05]), np.array([34.01, 34.05]))
    nan = np.full(4, np.nan)
    towns = TotalPiece("register", "district", (CODE,) * 4, ("奥1区", "奥2区", "西", "見知らぬ区"), 2024, 6,
                       np.array([4.0, 6, 5, 1]), nan, nan, np.array([2.0, 3, 2, 1]))
    ages = AgePiece("ages", "municipality", (CODE,), ("結市",), 2024, 6, FIVE_YEAR_AGES,
                    np.array([[MEN, WOMEN]], dtype=float), np.array([np.nan]))
    ground = Ground(
        Place(CODE, "結市", frozenset(), frozenset({"結市"})), MultiPolygon([TOWN]),
        Stock([Found("names", "", (points,)), Found("register", "", (towns,)), Found("ages", "", (ages,))]),
        Ledger(), parameters.load(),
    )
    settled = registered_towns(ground, MunicipalSeries(), None)
    assert settled is not None
    # 奥1区 and 奥2区 lie in 奥: 10 people. 西 is 浜町西's; 見知らぬ区 follows it in the list: 5 + 1.
    assert settled.population.latest.sum(axis=(1, 2)).tolist() == pytest.approx([10, 6])
    assert settled.settlements.households.tolist() == [5, 3]
    assert settled.population.latest[0, 1, 8] == pytest.approx(10 * 20 / 40)


# --- the whole municipality -----------------------------------------------------------------------------------------


def _mergers(folder: Path) -> None:
    (folder / "codes.csv").write_text(
        "id_muni2000,name_muni2000,id_muni2020,name_muni2020\n"
        "35209,山口県 結市,35209,山口県 結市\n35321,山口県 玖珂郡 奥村,35209,山口県 結市\n", "utf-8")


def test_former_towns_are_summed_where_the_list_of_codes_tells(hill_town: Path) -> None:
    _mergers(hill_town)
    half = [value / 2 for value in MEN], [value / 2 for value in WOMEN]
    _dated(census(hill_town, {CODE: ("結市", MEN, WOMEN), "353213": ("奥村", *half)}), 2000)
    census(hill_town, {CODE: ("結市", MEN, WOMEN)})
    series = build_region(hill_town, CODE).municipal.population
    assert series is not None
    assert (series.unit_ids, series.years) == ((CODE,), (2000, 2020))
    assert series.people.sum(axis=(1, 2, 3)).tolist() == [60, 40]  # 40 and 20 of the village; then 40


def _dated(path: Path, year: int) -> None:
    """A census written by `census`, made one of another year, beside it."""
    text = path.read_text("utf-8").replace("2020-10-01", f"{year}-10-01")
    path.unlink()
    path.with_name(f"c{year}.csv").write_text(text, "utf-8")


def test_a_jump_between_censuses_is_taken_for_another_area(hill_town: Path) -> None:
    tenth = [value / 10 for value in MEN], [value / 10 for value in WOMEN]
    _dated(census(hill_town, {CODE: ("結市", *tenth)}), 2015)
    census(hill_town, {CODE: ("結市", MEN, WOMEN)})
    region = build_region(hill_town, CODE)
    assert region.municipal.population is not None
    assert region.municipal.population.years == (2020,)  # from 4 to 40 people in five years: 46 % a year


def test_one_count_of_the_town_is_shared_over_its_place_names(tmp_path: Path) -> None:
    boundary(tmp_path)
    town_names(tmp_path, {"奥": (132.01, 34.01), "浜": (132.05, 34.05)})
    census(tmp_path, {CODE: ("結市", MEN, WOMEN)})
    region = build_region(tmp_path, CODE)
    assert [_people(region, n, 0, 0) for n in ("奥", "浜")] == [5, 5]
    assert region.settlements.districts == ("", "")
    assert any("whole municipality only" in n.what.to("en") for n in region.ledger.of_kind("missing"))


# --- surroundings ---------------------------------------------------------------------------------------------------


def test_neighbours_lend_their_shops_and_not_their_schools(hill_town: Path) -> None:
    # 5 km east of the town, 20 km east of it, and without coordinates in 西町浜.
    rows: list[tuple[str, str, float | str, float | str]] = [
        ("隣スーパー", "広島県", 132.154, 34.05), ("隣小学校", "広島県", 132.154, 34.06),
        ("遠いスーパー", "広島県", 132.32, 34.05), ("浜商店スーパー", "山口県結市西町浜3", "", ""),
    ]
    facilities(hill_town, rows, "shops.csv")
    region = build_region(hill_town, CODE)
    f = region.facilities
    assert "遠いスーパー" not in f.names
    assert "隣小学校" not in f.names
    next_door = f.names.index("隣スーパー")
    assert (f.services[next_door], bool(f.host[next_door])) == (("shop",), False)
    placed = f.names.index("浜商店スーパー")
    assert (f.lon[placed], f.lat[placed]) == (132.08, 34.08)
    assert "shop" not in region.unknown_services


def test_what_no_file_tells_is_unknown_and_not_absent(hill_town: Path) -> None:
    region = build_region(hill_town, CODE)
    assert region.unknown_services == ("shop", "clinic", "post", "fuel", "school", "office", "care")  # only halls
    assert region.roads is None
    missing = " ".join(note.what.to("en") for note in region.ledger.of_kind("missing"))
    for word in ("Food and daily goods, Clinic", "No road file", "No bus feed", "No census", "No births"):
        assert word in missing


def test_roads_are_of_one_publisher_and_end_in_the_margin(hill_town: Path) -> None:
    def line(lon: float, lat: float, length: float) -> LineString:
        return LineString([(lon, lat), (lon + length, lat)])

    layer(hill_town / "a37.fgb", [
        (line(132.01, 34.01, 0.05), {"A37_100002": "国道"}), (line(132.15, 34.01, 0.01), {"A37_100002": "国道"}),
        (line(132.40, 34.01, 0.01), {"A37_100002": "国道"}),
    ])
    layer(hill_town / "n10.fgb", [(line(132.01, 34.02, 0.01), {"N10_002": "1", "N10_003": "3"})])
    region = build_region(hill_town, CODE)
    assert region.roads is not None
    # A37 has 4.6 km inside, N10 0.9 km. Of A37 the line 4.6 km outside stays, the one 28 km outside goes.
    assert region.roads.classes == ("trunk", "trunk")
    assert [s.id for s in region.ledger.sources if "Road lines" in s.format] == ["a37.fgb"]


def test_feeds_that_stop_in_town_are_taken_once(hill_town: Path) -> None:
    feed(hill_town / "bus.zip", STOPS)
    (hill_town / "copy.zip").write_bytes((hill_town / "bus.zip").read_bytes())
    feed(hill_town / "far.zip", [("遠", 140.0, 40.0)])
    region = build_region(hill_town, CODE)
    assert [path.name for path in region.transit] == ["bus.zip"]
    other = hill_town / "other"
    other.mkdir()
    feed(other / "bus.zip", [*STOPS, ("終", 132.03, 34.03)])
    with pytest.raises(InputError, match="same file name"):
        build_region(hill_town, CODE)


# --- what is refused ------------------------------------------------------------------------------------------------


def test_unknown_merged_and_mistyped_codes_are_told_apart(hill_town: Path) -> None:
    _mergers(hill_town)
    with pytest.raises(InputError, match="check digit"):
        build_region(hill_town, "352099")
    with pytest.raises(InputError, match=r"merged into 結市"):
        build_region(hill_town, "35321")
    with pytest.raises(InputError, match="No file of the folder knows"):
        build_region(hill_town, "01202")


def test_the_lacking_file_is_named(tmp_path: Path) -> None:
    population(tmp_path, "2024-04-01", {"東": EAST})
    with pytest.raises(InputError, match="N03"):
        build_region(tmp_path, CODE)
    (tmp_path / "population_20240401.csv").unlink()
    boundary(tmp_path)
    with pytest.raises(InputError, match=r"place-name points.*small areas.*mesh"):
        build_region(tmp_path, CODE)


def test_a_broken_essential_file_is_among_the_faults(tmp_path: Path) -> None:
    layer(tmp_path / "a.shp", [(box(0, 0, 1000, 1000), N03_ROW)], 6671)
    (tmp_path / "a.prj").unlink()
    population(tmp_path, "2024-04-01", {"東": EAST})
    with pytest.raises(InputError) as caught:
        build_region(tmp_path, CODE)
    assert [fault.file for fault in caught.value.faults] == ["a.shp", ""]


def test_where_nothing_can_be_read_the_reasons_are_told(tmp_path: Path) -> None:
    layer(tmp_path / "a.shp", [(box(0, 0, 1000, 1000), N03_ROW)], 6671)
    (tmp_path / "a.shx").write_bytes(b"")
    (tmp_path / "a.dbf").unlink()
    (tmp_path / "b.xlsx").write_bytes(b"PK\x03\x04[Content_Types].xml cut short")
    with pytest.raises(InputError, match="No file of the folder knows") as caught:
        build_region(tmp_path, CODE)
    assert [fault.file for fault in caught.value.faults] == ["", "b.xlsx", ""]
    assert "known to no reader: a.shp" in str(caught.value)


def test_the_same_folder_gives_the_same_region(hill_town: Path, tmp_path: Path) -> None:
    first, second = build_region(hill_town, CODE), build_region(hill_town, CODE)
    assert first.ledger.as_json() == second.ledger.as_json()
    assert np.array_equal(first.population.people, second.population.people)
    reopened = Region.open(first.save(tmp_path / "region").folder or tmp_path)
    assert np.allclose(reopened.population.people, first.population.people)


# --- the arithmetic -------------------------------------------------------------------------------------------------

WEIGHTS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 300)), min_size=1, max_size=40)


@given(WEIGHTS, st.integers(0, 10_000))
@settings(derandomize=True)
def test_spreading_keeps_every_group(units: list[tuple[int, int]], seed: int) -> None:
    group = np.array([g for g, _ in units])
    weight = place_weights(np.array([float(n) for _, n in units]), 0.5)
    people = np.random.default_rng(seed).integers(0, 500, (3, 5, 2, 18)).astype(float)
    out = spread(people, group, weight)
    for g in set(group.tolist()):
        assert np.allclose(out[:, group == g].sum(axis=1), people[:, g], rtol=1e-12)
    assert (out >= 0).all()


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=30), st.integers(0, 10_000))
@settings(derandomize=True)
def test_fitted_ages_keep_the_totals_and_the_structure(totals: list[int], seed: int) -> None:
    structure = np.random.default_rng(seed).integers(1, 500, (2, 18)).astype(float)
    people = fit_ages(np.array(totals, dtype=float), structure)
    assert np.allclose(people.sum(axis=(1, 2)), totals)
    if sum(totals):
        assert np.allclose(people.sum(axis=0) / sum(totals), structure / structure.sum())
    both = fit_sexes(people.sum(axis=1), structure)
    assert np.allclose(both, people)


def test_steps_of_the_assignment_in_their_order() -> None:
    places = ("錦町広瀬", "錦見一丁目", "下", "守内", "天尾", "由宇崎")
    x = np.array([0.0, 100, 200, 210, 230, 900])
    told = assign(
        places, x, np.zeros(6), ("錦総合支所管内", "北河内出張所管内", "由宇支所管内", "錦見小学校区"),
        catchments=[
            CatchmentPiece("c", (CODE,) * 2, ("杭名小学校", "北河内小学校"), (("下", "守内"), ("天尾",)), ((), ()))
        ],
        buildings=[_hall("北河内公民館", "山口県結市下446")], town="結市",
    )
    # 錦町… by name; 錦見一丁目 is not 錦's but 錦見's; 天尾 by the catchment of the district's name; 下 by the hall in
    # it, and 守内 since it shares 下's catchment; 由宇崎 begins with 由宇.
    assert told.district.tolist() == [0, 3, 1, 1, 1, 2]
    assert [STEPS[step] for step in told.step] == ["name", "name", "building", "building", "catchment", "beginning"]


def _hall(name: str, address: str) -> FacilityPiece:
    places = Places("halls", "public")
    places.add(row=2, name=name, lon="132.0", lat="34.0", address=address)
    return facility_piece(places, Ledger())
