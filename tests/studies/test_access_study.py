"""Who reaches what, in a valley small enough to count by hand, and on the sample."""

from __future__ import annotations

import csv
import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shapely.geometry import LineString, MultiPolygon, Polygon

from musubime.errors import InputError
from musubime.language import use_language
from musubime.region import Facilities, Population, Region, Roads, Settlements
from musubime.region.plane import to_degrees
from musubime.region.sample import write_sample
from musubime.reports import publish_access
from musubime.studies import AccessOptions, AccessStudy, access_of_region

EPSG = 6671
NAN = float("nan")


def at(x_m: Any, y_m: Any) -> tuple[np.ndarray, np.ndarray]:
    return to_degrees(EPSG, np.asarray(x_m, dtype=float), np.asarray(y_m, dtype=float) - 190_000)


def valley(**changes: Any) -> Region:
    """One road of 20 km eastwards at 40 km/h. A (0,0), 100 people; B (10 km, 0), 40; C (20 km, 0), 20; D 5 km north of
    A, 2 people, farther than 2 km from any road. Shops at A and 1 km east of A; a clinic 1 km east of A."""
    people = np.zeros((1, 4, 2, 3))
    for unit, count in enumerate((100, 40, 20, 2)):
        people[0, unit, :, 1] = count / 2  # 15 to 64, as many men as women
    lon, lat = at([0, 10_000, 20_000, 0], [0, 0, 0, 5000])
    shop_lon, shop_lat = at([0, 1000], [0, 0])
    corners = np.column_stack(at([-3000, 23_000, 23_000, -3000], [-3000, -3000, 8000, 8000]))
    fields: dict[str, Any] = {
        "code": "352080", "name": "谷町", "boundary": MultiPolygon([Polygon(corners)]),
        "settlements": Settlements(("A", "B", "C", "D"), ("上", "中", "=下", "奥"), ("",) * 4, lon, lat,
                                   np.full(4, NAN), ("counted",) * 4),
        "population": Population(("A", "B", "C", "D"), (2025,), (10,), (0, 15, 65), people),
        "facilities": Facilities(
            ("F1", "F2"), ("本店", "+支店"), ("supermarket", "clinic"), (("shop",), ("shop", "clinic")), ("open",) * 2,
            np.full(2, NAN), np.full(2, NAN), np.full(2, NAN), np.array([False, False]), shop_lon, shop_lat, ("", "")),
        "roads": Roads((LineString(np.column_stack(at([0, 20_000], [0, 0]))),), ("primary",),
                       np.zeros(1, dtype=np.int8), np.full(1, NAN), np.full(1, NAN), ("",)),
    }
    return Region(**fields | changes)


def by_id(study: AccessStudy) -> dict[str, Any]:
    return {service.service: service for service in study.summary.services}


def row(study: AccessStudy, settlement: str, service: str) -> Any:
    return next(r for r in study.rows if (r.settlement, r.service) == (settlement, service))


def test_by_car_counted_by_hand() -> None:
    # 1 km = 1.5 min. Shops (limit 15 min): A 0 and 1.5; B 13.5 and 15.0 by a hair (rounded up to milliseconds); C 28.5
    # and 30. Clinic (limit 20): A 1.5, B 13.5, C 28.5. D stands 5 km from its nearest road: no way.
    study = access_of_region(valley(), AccessOptions("car"))
    shop, clinic = by_id(study)["shop"], by_id(study)["clinic"]
    assert (shop.users, shop.users_within, shop.users_beyond, shop.users_without_way) == (162, 140, 20, 2)
    assert (clinic.users_within, clinic.users_beyond, clinic.users_without_way) == (140, 20, 2)
    assert clinic.mean_min == pytest.approx((100 * 1.5 + 40 * 13.5 + 20 * 28.5) / 160, abs=1e-2)
    assert clinic.worst_tenth_min is None  # D's 2 people are among the worst-off 16
    assert (shop.offers, clinic.offers, clinic.settlements_within) == (2, 1, 2)
    near = row(study, "C", "shop")
    assert (near.nearest, near.second, near.within) == ("F2", "F1", 0)
    assert (near.nearest_min, near.second_min) == (pytest.approx(28.5, abs=1e-2), pytest.approx(30, abs=1e-2))
    far = row(study, "D", "shop")
    assert (far.nearest, far.nearest_min, far.within) == ("", None, 0)
    roads = study.summary.roads
    assert roads is not None
    assert (roads.basis, roads.beyond_cap, roads.on_islands, roads.islands) == ("road", ["奥"], [], 0)
    assert roads.main_km == pytest.approx(20, abs=0.01)
    # Of the other services no building tells, and that is said of each.
    assert set(by_id(study)) == {"shop", "clinic"}
    assert sum("nothing is said of it" in note.what.en for note in study.summary.notes) == 6


def test_on_foot_the_limit_is_metres_walked() -> None:
    # Shops within 500 m = 6.25 min: only A's own.
    study = access_of_region(valley(), AccessOptions("walk"))
    shop = by_id(study)["shop"]
    assert (shop.limit_min, shop.users_within, shop.users_without_way) == (6.25, 100, 2)
    assert row(study, "A", "shop").second_min == pytest.approx(12.5, abs=1e-2)


def test_in_snow_everything_takes_longer_with_roads_and_without() -> None:
    for region in (valley(), valley(roads=None)):
        usual, snow = (access_of_region(region, AccessOptions("car", snow=s)) for s in (False, True))
        before, after = (row(study, "B", "clinic").nearest_min for study in (usual, snow))
        assert after == pytest.approx(before / 0.7, abs=1e-2)


def test_without_roads_distance_speaks_and_says_so() -> None:
    # B to the clinic: 9 km x 1.4 at 35 km/h = 21.6 min; D is 5.1 km from it: 12.2 min.
    study = access_of_region(valley(roads=None), AccessOptions("car"))
    assert row(study, "B", "clinic").nearest_min == pytest.approx(21.6, abs=1e-2)
    assert row(study, "D", "clinic").nearest_min == pytest.approx(np.hypot(5, 1) * 1.4 / 35 * 60, abs=1e-2)
    roads = study.summary.roads
    assert roads is not None
    assert (roads.basis, roads.detour_factor, roads.main_km) == ("distance", 1.4, None)
    assert any("no road file" in note.what.en for note in study.summary.notes)


def test_a_towns_own_values_are_used() -> None:
    own = {"access.car.kmh.primary": 80, "service.shop.limit_car_min": {"value": 5, "source": "our plan"}}
    study = access_of_region(valley(parameters=own), AccessOptions("car"))
    assert row(study, "C", "clinic").nearest_min == pytest.approx(28.5 / 2, abs=1e-2)
    assert by_id(study)["shop"].users_within == 100
    assert {p.name for p in study.summary.parameters if p.overridden} == set(own)


@pytest.mark.parametrize(("options", "words"), [
    (AccessOptions("bicycle"), ["car, walk, transit"]),
    (AccessOptions("transit"), ["no bus feed"]),
    (AccessOptions("car", dt.date(2026, 1, 1)), ["--mode transit"]),
    (AccessOptions("transit", None, True), ["no bus feed", "snow season"]),
])
def test_what_does_not_fit_is_told_all_at_once(options: AccessOptions, words: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        access_of_region(valley(), options)
    assert len(caught.value.faults) == len(words)
    for fault, word in zip(caught.value.faults, words, strict=True):
        assert word in str(fault)


def test_a_region_with_faults_or_without_services_is_refused() -> None:
    broken = valley()
    broken = replace(broken, settlements=replace(broken.settlements, ids=("A", "A", "C", "D")))
    with pytest.raises(InputError):
        access_of_region(broken, AccessOptions("car"))
    bare = valley(facilities=replace(valley().facilities, services=((), ())))
    with pytest.raises(InputError, match="No building of the region offers"):
        access_of_region(bare, AccessOptions("car"))


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Region:
    return write_sample(tmp_path_factory.mktemp("access") / "town", 1)


def test_buses_of_the_usual_weeks_and_of_one_date(town: Region) -> None:
    weeks = access_of_region(town, AccessOptions("transit"))
    for service in weeks.summary.services:
        assert service.users_within + service.users_without_way == pytest.approx(service.users)
        assert service.mean_weekdays is not None
        days = sum(r.users * len(r.weekdays) for r in weeks.rows if r.service == service.service)
        assert service.mean_weekdays == pytest.approx(days / service.users)
    assert weeks.summary.roads is None
    some = next(r for r in weeks.rows if r.weekdays and r.service == "shop")
    assert some.back_depart_min - some.out_arrive_min >= 60
    # A Wednesday that is no holiday runs like most Wednesdays.
    wednesday = access_of_region(town, AccessOptions("transit", dt.date(2026, 6, 10)))
    for one, usual in zip(wednesday.rows, weeks.rows, strict=True):
        assert one.weekdays == ((2,) if 2 in usual.weekdays else ())
    with pytest.raises(InputError, match="outside the validity"):
        access_of_region(town, AccessOptions("transit", dt.date(2035, 1, 1)))


def test_the_files_open_in_excel_and_run_nothing(tmp_path: Path) -> None:
    study = access_of_region(valley(), AccessOptions("car"))
    try:
        for language, head in (("ja", "コード"), ("en", "Code")):
            use_language(language)  # type: ignore[arg-type]
            publish_access(study, tmp_path)
            raw = (tmp_path / "access.csv").read_bytes()
            assert raw.startswith(b"\xef\xbb\xbf" + head.encode())
    finally:
        use_language("en")
    table = list(csv.reader(raw.decode("utf-8-sig").splitlines()))
    assert len(table) == 1 + 4 * 2
    assert not [cell for line in table for cell in line if cell.startswith(("=", "+", "-", "@"))]
    assert {line[1] for line in table[1:]} == {"上", "中", "'=下", "奥"}
    assert "'+支店" in table[1] + table[2]
    assert [line[-1] for line in table[1:]] == [
        "within the limit", "within the limit", "within the limit", "within the limit", "beyond the limit",
        "beyond the limit", "no way", "no way"]
    told = json.loads((tmp_path / "access.json").read_text("utf-8"))
    assert told["schema"] == "musubime-access/1"
    assert told["services"][1]["users_without_way"] == 2
    assert told["services"][1]["worst_tenth_min"] is None
