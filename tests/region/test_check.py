"""Each fault, planted alone in a sound region, is found alone: with its place, its value and a remedy."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from shapely.geometry import LineString, MultiPolygon, Polygon, box
from tiny_region import NAN, changed, swapped_in, tiny_region

from musubime.errors import Fault
from musubime.region import MunicipalSeries, Region


def test_a_sound_region_has_no_fault() -> None:
    assert tiny_region().check() == []


def settlements(**changes: object) -> Region:
    region = tiny_region()
    return replace(region, settlements=replace(region.settlements, **changes))


def facilities(**changes: object) -> Region:
    region = tiny_region()
    return replace(region, facilities=replace(region.facilities, **changes))


def roads(**changes: object) -> Region:
    region = tiny_region()
    return replace(region, roads=replace(region.roads, **changes))


def people(index: tuple[int, ...], value: float) -> Region:
    region = tiny_region()
    wrong = replace(region.population, people=changed(region.population.people, index, value))
    return replace(region, population=wrong, municipal=MunicipalSeries())


def population(**changes: object) -> Region:
    region = tiny_region()
    return replace(region, population=replace(region.population, **changes), municipal=MunicipalSeries())


def municipal_people(factor: float) -> Region:
    region = tiny_region()
    total = region.municipal.population
    assert total is not None
    return replace(region, municipal=MunicipalSeries(replace(total, people=total.people * factor)))


def vital(**changes: object) -> Region:
    region = tiny_region()
    assert region.municipal.vital is not None
    return replace(region, municipal=replace(region.municipal, vital=replace(region.municipal.vital, **changes)))


S, F = tiny_region().settlements, tiny_region().facilities
R, P = tiny_region().roads, tiny_region().population
assert R is not None
SETTLEMENTS, FACILITIES, ROADS = "region.gpkg/settlements", "region.gpkg/facilities", "region.gpkg/roads"
PEOPLE, TOML = "region.gpkg/population", "region.toml"
BOW_TIE = MultiPolygon([Polygon([(131.95, 34.15), (132.05, 34.25), (132.05, 34.12), (131.95, 34.25)])])

# One degree of latitude is 110.93 km at 34.2°N, so 0.01° is 1,109 m in the plane (scale 0.9999); the edge of the square
# is straight there and about 1 m nearer in its middle than its corners, (9.2 km)² / (8 * 6,371 km) * tan 34.2°.
PLANTED: dict[str, tuple[Callable[[], Region], str, int | None, str, str, str]] = {
    "wrong check digit": (lambda: tiny_region(code="352081", municipal=MunicipalSeries()), TOML, None, "code",
                          "352081", "write 352080"),
    "no code": (lambda: tiny_region(code="3520", municipal=MunicipalSeries()), TOML, None, "code", "3520",
                "five digits"),
    "no name": (lambda: tiny_region(name=" "), TOML, None, "name", "", "Write it"),
    "service both unknown and there": (lambda: tiny_region(unknown_services=("clinic", "shop")), TOML, None,
                                       "unknown_services", "shop", "1 facilities offer it, for example 店"),
    "unknown unknown service": (lambda: tiny_region(unknown_services=("cinema",)), TOML, None, "unknown_services",
                                "cinema", "The services are shop"),
    "parameter of no such name": (lambda: tiny_region(parameters={"service.shop.limit_min": 3}), TOML, None,
                                  "service.shop.limit_min", "3", "docs/parameters.md"),
    "parameter of another kind": (lambda: tiny_region(parameters={"service.shop.limit_car_min": "ten"}), TOML, None,
                                  "service.shop.limit_car_min", "ten", "unit: min"),
    "boundary crosses itself": (lambda: tiny_region(boundary=BOW_TIE), "region.gpkg/boundary", 1, "",
                                "Self-intersection", "Fix geometries"),
    "settlement outside": (lambda: settlements(lat=changed(S.lat, 2, 34.26)), SETTLEMENTS, 3, "geometry",
                           "132.020000, 34.260000", "下田 lies 1,108 m outside"),
    "settlement without coordinates": (lambda: settlements(lon=changed(S.lon, 1, NAN)), SETTLEMENTS, 2, "geometry", "",
                                       "中田 has no coordinates"),
    "settlement swapped": (lambda: settlements(lon=changed(S.lon, 0, 34.2), lat=changed(S.lat, 0, 131.98)),
                           SETTLEMENTS, 1, "geometry", "34.200000, 131.980000", "Write 131.980000, 34.200000"),
    "settlement on 0, 0": (lambda: settlements(lon=changed(S.lon, 0, 0), lat=changed(S.lat, 0, 0)), SETTLEMENTS, 1,
                           "geometry", "0.000000, 0.000000", "stands on 0, 0"),
    "settlement in metres": (lambda: settlements(lon=changed(S.lon, 0, 1e5), lat=changed(S.lat, 0, -9e4)),
                             SETTLEMENTS, 1, "geometry", "100000.000000, -90000.000000", "outside Japan"),
    "settlement at infinity": (lambda: settlements(lon=changed(S.lon, 0, np.inf)), SETTLEMENTS, 1, "geometry",
                               "", "no coordinates"),
    "two settlements on one point": (lambda: settlements(lon=changed(S.lon, 1, 131.98)), SETTLEMENTS, 2, "geometry",
                                     "131.980000, 34.200000", "same point as 上田 (row 1)"),
    "settlement without a name": (lambda: settlements(names=swapped_in(S.names, 1, "")), SETTLEMENTS, 2, "name", "",
                                  "name is empty"),
    "basis unknown": (lambda: settlements(basis=swapped_in(S.basis, 1, "guessed")), SETTLEMENTS, 2, "basis", "guessed",
                      "counted, disaggregated"),
    "households negative": (lambda: settlements(households=changed(S.households, 2, -1)), SETTLEMENTS, 3, "households",
                            "-1", "negative"),
    "more households than people": (lambda: settlements(households=changed(S.households, 2, 4)), SETTLEMENTS, 3,
                                    "households", "4", "than its 3 people"),
    "area crosses itself": (lambda: tiny_region(areas=(None, BOW_TIE, None)), "region.gpkg/settlement_areas", 2, "",
                            "Self-intersection", "Fix geometries"),
    "areas of another number": (lambda: tiny_region(areas=(None,)), "region.gpkg/settlement_areas", None, "", "",
                                "1 areas for 3 settlements"),
    "facility twice": (lambda: facilities(ids=("F1", "F1")), FACILITIES, 2, "id", "F1", "Row 1 has the same id"),
    "facility without id": (lambda: facilities(ids=("F1", "")), FACILITIES, 2, "id", "", "The id is empty"),
    "facility without name": (lambda: facilities(names=("店", "")), FACILITIES, 2, "name", "", "name is empty"),
    "facility without coordinates": (lambda: facilities(lat=changed(F.lat, 1, NAN)), FACILITIES, 2, "geometry", "",
                                     "旧校舎 has no coordinates"),
    "facility swapped": (lambda: facilities(lon=changed(F.lon, 1, 34.2), lat=changed(F.lat, 1, 132.0)), FACILITIES, 2,
                         "geometry", "34.200000, 132.000000", "swapped"),
    "facility far away": (lambda: facilities(lat=changed(F.lat, 1, 35.25)), FACILITIES, 2, "geometry",
                          "132.021000, 35.250000", "outside the boundary"),
    "kind unknown": (lambda: facilities(kinds=("super", "closed_school")), FACILITIES, 1, "kind", "super",
                     "supermarket, convenience_store"),
    "status unknown": (lambda: facilities(statuses=("closing", "shut")), FACILITIES, 2, "status", "shut",
                       "open, closing, closed"),
    "service unknown": (lambda: facilities(services=(("shop", "cinema"), ())), FACILITIES, 1, "services", "cinema",
                        "The services are shop"),
    "closing without a year": (lambda: facilities(closing_year=np.array([NAN, NAN])), FACILITIES, 1, "closing_year",
                               "", "no year is given"),
    "closed long ago": (lambda: facilities(closing_year=np.array([2024.0, NAN])), FACILITIES, 1, "closing_year",
                        "2024", "newest count of people (2025)"),
    "closing in era years": (lambda: facilities(closing_year=np.array([9.0, NAN])), FACILITIES, 1, "closing_year", "9",
                             "Western year"),
    "eight days a week": (lambda: facilities(days_per_week=changed(F.days_per_week, 0, 8)), FACILITIES, 1,
                          "days_per_week", "8", "0 to 7"),
    "no floor": (lambda: facilities(floor_m2=changed(F.floor_m2, 1, 0)), FACILITIES, 2, "floor_m2", "0",
                 "more than 0 m2"),
    # Row of (date t, settlement u, sex x): (t * 3 + u) * 2 + x + 1. For t=1, u=2, x=1: (3 + 2) * 2 + 1 + 1 = 12.
    "negative people": (lambda: people((1, 2, 1, 1), -2), PEOPLE, 12, "age_15_64", "-2", "C, women, 2025"),
    "missing people": (lambda: people((0, 1, 0, 2), NAN), PEOPLE, 3, "age_65_plus", "", "B, men, 2020"),
    "people without bound": (lambda: people((0, 0, 0, 0), np.inf), PEOPLE, 1, "age_0_14", "inf", "missing"),
    "dates out of order": (lambda: population(years=(2025, 2020)), PEOPLE, 7, "year", "2020-10", "out of order"),
    "date twice": (lambda: population(years=(2025, 2025)), PEOPLE, 7, "year", "2025-10", "twice"),
    "year of another age": (lambda: population(years=(1900, 2025)), PEOPLE, 1, "year", "1900-10", "not plausible"),
    "month 13": (lambda: population(months=(13, 10)), PEOPLE, 1, "month", "2020-13", "1 to 12"),
    "ages do not rise": (lambda: population(age_from=(0, 65, 15)), PEOPLE, None, "age", "0, 65, 15", "begin at 0"),
    "ages begin at 15": (lambda: population(age_from=(15, 65, 75)), PEOPLE, None, "age", "15, 65, 75", "begin at 0"),
    "people of nobody": (lambda: population(unit_ids=("A", "B", "X")), PEOPLE, None, "unit_id", "C", "No people"),
    "units in another order": (lambda: population(unit_ids=("B", "A", "C")), PEOPLE, None, "unit_id", "", "order"),
    "table of another shape": (lambda: population(people=P.people[:, :, :1]), PEOPLE, None, "", "",
                               "shape (2, 3, 1, 3)"),
    # 2020: the settlements have 45, the municipality 45 * 1.1 = 49.5, more than 5 % apart.
    "municipality larger": (lambda: municipal_people(1.1), PEOPLE, 1, "year", "45", "45 people on 2020-10"),
    "births negative": (lambda: vital(births=np.array([-1.0, NAN])), "region.gpkg/vital_years", 1, "births", "-1",
                        "negative"),
    "vital years out of order": (lambda: vital(years=(2024, 2023)), "region.gpkg/vital_years", 2, "year", "2023",
                                 "out of order"),
    "no roads in the layer": (lambda: roads(lines=(), classes=(), oneway=R.oneway[:0], speed_kmh=R.speed_kmh[:0],
                                            slope=R.slope[:0], names=()), ROADS, None, "", "", "empty"),
    "road without length": (lambda: roads(lines=(R.lines[0], LineString([(132.0, 34.2)] * 2))), ROADS, 2, "geometry",
                            "", "no length"),
    "road without geometry": (lambda: roads(lines=(R.lines[0], None)), ROADS, 2, "geometry", "", "no length"),
    "one-way 2": (lambda: roads(oneway=np.array([0, 2], dtype=np.int8)), ROADS, 2, "oneway", "2", "-1 (against it)"),
    "speed 0": (lambda: roads(speed_kmh=np.array([0.0, NAN])), ROADS, 1, "speed_kmh", "0", "km/h"),
    "slope in per cent": (lambda: roads(slope=np.array([8.0, NAN])), ROADS, 1, "slope", "8", "0.08 for 8 %"),
    "road without class": (lambda: roads(classes=("primary", "")), ROADS, 2, "class", "", "no class"),
    "bus feed missing": (lambda: tiny_region(transit=(Path("nowhere/bus.zip"),)), "transit/bus.zip", None, "", "",
                         "missing"),
}
ALSO = {  # faults that follow from the planted one and are reported with it
    "people of nobody": 1,  # C has no people, and X is no settlement
    "municipality larger": 1,  # in 2025 as in 2020
    "dates out of order": 0,
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found_alone(name: str) -> None:
    plant, file, row, field, value, words = PLANTED[name]
    faults = plant().check()
    assert len(faults) == 1 + ALSO.get(name, 0), [str(f) for f in faults]
    fault = faults[0]
    assert (fault.file, fault.row, fault.field) == (file, row, field), str(fault)
    assert value in fault.value, str(fault)
    assert words in str(fault)
    assert str(fault.remedy)


def test_all_faults_are_told_at_once() -> None:
    region = tiny_region(
        code="352081", name="", unknown_services=("shop",), boundary=MultiPolygon(),
        settlements=replace(S, ids=("A", "A", "C"), lat=changed(S.lat, 2, NAN)),
        population=replace(P, unit_ids=("A", "A", "C"), people=changed(P.people, (0, 0, 0, 0), -1)),
        facilities=replace(F, kinds=("x", "y")), roads=replace(R, speed_kmh=np.array([-1.0, -2.0])),
        transit=(Path("nowhere.zip"),), parameters={"nothing": 1},
    )
    fields = [(f.file, f.row, f.field) for f in region.check()]
    assert fields == [
        (TOML, None, "nothing"), (TOML, None, "code"), (TOML, None, "name"), (TOML, None, "unknown_services"),
        ("region.gpkg/boundary", 1, ""), (SETTLEMENTS, 2, "id"), (SETTLEMENTS, 3, "geometry"),
        (FACILITIES, 1, "kind"), (FACILITIES, 2, "kind"), (PEOPLE, 1, "age_0_14"),
        ("region.gpkg/municipal_population", None, "unit_id"),
        (ROADS, 1, "speed_kmh"), (ROADS, 2, "speed_kmh"), ("transit/nowhere.zip", None, ""),
    ]


def island(gap_degrees: float) -> Region:
    """A third road, joined to nothing, on which C stands; the joined roads end so much west of it."""
    near = 132.02 - gap_degrees
    return roads(
        lines=(
            R.lines[0], LineString([(132.0, 34.2), (near, 34.21)]), LineString([(132.02, 34.209), (132.02, 34.212)]),
        ),
        classes=("primary",) * 3, oneway=np.zeros(3, dtype=np.int8), speed_kmh=np.full(3, NAN), slope=np.full(3, NAN),
        names=("",) * 3,
    )


def test_settlements_on_a_piece_of_road_joined_to_nothing_are_named() -> None:
    # 0.01° of longitude at 34.2°N is about 921 m, more than the 500 m that are allowed.
    (fault,) = island(0.01).check()
    assert (fault.file, fault.row, fault.value) == (ROADS, 3, "下田")
    assert "A piece of 1 road lines is joined to no other road, and 1 settlements" in str(fault)


def test_a_piece_beside_the_joined_roads_cuts_nobody_off() -> None:
    assert island(0.004).check() == []  # 0.004° is about 368 m


def test_an_island_in_the_sea_can_be_accepted_in_region_toml() -> None:
    assert replace(island(0.01), parameters={"check.road_island_gap_m": 1000}).check() == []


def test_roads_that_touch_in_the_middle_of_a_line_are_joined() -> None:
    crossing = LineString([(131.99, 34.201), (131.99, 34.23)])  # leaves from an inner vertex of the first line
    region = roads(lines=(R.lines[0], crossing))
    assert [f.value for f in region.check()] == []


def test_a_point_a_little_outside_a_simplified_boundary_is_no_fault() -> None:
    # 0.001° of latitude beyond the edge is about 111 m, within the 200 m allowed; facilities may stand next door.
    assert settlements(lat=changed(S.lat, 2, 34.251)).check() == []
    assert facilities(lat=changed(F.lat, 1, 34.5)).check() == []


def test_small_differences_to_the_municipal_total_are_no_fault() -> None:
    assert municipal_people(1.04).check() == []


def _feed(path: Path, names: tuple[str, ...]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, "a,b\n1,2\n" * 50)
    return path


def _feed_faults(feed: Path, **parameters: float) -> list[Fault]:
    return tiny_region(transit=(feed,), parameters=parameters).check()


def test_a_feed_is_opened_and_its_files_looked_for(tmp_path: Path) -> None:
    whole = ("stops.txt", "trips.txt", "stop_times.txt")
    assert _feed_faults(_feed(tmp_path / "good.zip", whole)) == []
    (fault,) = _feed_faults(_feed(tmp_path / "folder.zip", tuple(f"bus/{name}" for name in whole)))
    assert "has no stops.txt, trips.txt, stop_times.txt" in str(fault)
    assert "not the folder" in str(fault.remedy)
    text = tmp_path / "text.zip"
    text.write_text("not a zip")
    (fault,) = _feed_faults(text)
    assert fault.file == "transit/text.zip"
    assert "cannot be opened" in str(fault)
    (fault,) = _feed_faults(_feed(tmp_path / "big.zip", whole), **{"check.feed_limit_mb": 0.001})
    assert "would unpack to" in str(fault)


def test_a_damaged_feed_is_told_by_its_file(tmp_path: Path) -> None:
    feed = _feed(tmp_path / "bus.zip", ("stops.txt", "trips.txt", "stop_times.txt"))
    with zipfile.ZipFile(feed) as archive:
        start = archive.getinfo("trips.txt").header_offset + 30 + len("trips.txt")
    broken = bytearray(feed.read_bytes())
    broken[start + 3] ^= 0xFF
    feed.write_bytes(bytes(broken))
    (fault,) = _feed_faults(feed)
    assert fault.file == "transit/bus.zip"
    assert "trips.txt" in str(fault) or "cannot be opened" in str(fault)


def test_a_boundary_in_the_wrong_place_is_told_and_nothing_is_measured_against_it() -> None:
    (fault,) = tiny_region(boundary=MultiPolygon([box(34.15, 131.95, 34.25, 132.05)])).check()
    assert "lies outside Japan" in str(fault)
