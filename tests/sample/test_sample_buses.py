"""The sample's feed: no validator finds an error, and its days and times are those that were promised."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from functools import cache
from itertools import pairwise
from pathlib import Path

import gtfs_analyzer
import gtfs_guru
import partridge
import pytest
from shapely.geometry import MultiLineString, Point

from musubime.region import Region
from musubime.region.plane import shape_to_plane
from musubime.region.sample import write_sample
from musubime.region.sample._buses import agency_number

SEEDS = (1, 11)


@pytest.fixture(scope="module", params=SEEDS, ids=lambda seed: f"seed {seed}")
def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Region:
    return write_sample(tmp_path_factory.mktemp("sample"), request.param)


def table(town: Region, name: str) -> list[dict[str, str]]:
    return rows_of(town.transit[0], name)


@cache
def rows_of(feed: Path, name: str) -> list[dict[str, str]]:
    with zipfile.ZipFile(feed) as archive:
        return list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8"))))


def test_two_validators_find_no_error(town: Region) -> None:
    errors = [notice.code for notice in gtfs_guru.validate(str(town.transit[0])).notices if notice.severity == "ERROR"]
    assert errors == []
    report = gtfs_analyzer.validate_gtfs(town.transit[0], today="2026-04-01", lang="ja")
    severe = [n["message"] for n in report["notices"] if n["severity"] not in ("INFO", "LOW", "MEDIUM")]
    assert report["validation_status"] == "COMPLETE"
    assert severe == []
    assert [n["message"] for n in report["notices"] if n["rule_id"].startswith("JPN") and n["severity"] != "INFO"] == []


def test_the_validators_would_find_an_error(town: Region, tmp_path: Path) -> None:
    broken = tmp_path / "broken.zip"
    with zipfile.ZipFile(town.transit[0]) as good, zipfile.ZipFile(broken, "w") as bad:
        for name in good.namelist():
            if name != "stops.txt":
                bad.writestr(name, good.read(name))
    assert gtfs_guru.validate(str(broken)).error_count > 0


def test_the_feed_of_gtfs_jp(town: Region) -> None:
    with zipfile.ZipFile(town.transit[0]) as archive:
        assert {"agency.txt", "stops.txt", "routes.txt", "trips.txt", "stop_times.txt", "calendar.txt",
                "calendar_dates.txt", "fare_attributes.txt", "feed_info.txt", "translations.txt",
                "shapes.txt"} == set(archive.namelist())
    (agency,) = table(town, "agency.txt")
    assert agency["agency_id"] == agency_number(town.code)
    assert len(agency["agency_id"]) == 13
    assert (agency["agency_timezone"], agency["agency_lang"]) == ("Asia/Tokyo", "ja")
    readings = {(row["table_name"], row["field_value"]): row["translation"] for row in table(town, "translations.txt")}
    for name, column in (("stops", "stop_name"), ("routes", "route_long_name"), ("trips", "trip_headsign")):
        for row in table(town, f"{name}.txt"):
            reading = readings[name, row[column]]
            assert all("ぁ" <= letter <= "ゖ" or letter == "ー" for letter in reading), reading


def test_three_trips_on_weekdays_and_two_on_tuesdays_and_fridays(town: Region) -> None:
    trips = table(town, "trips.txt")
    count = {(route, way): sum(t["route_id"] == route and t["direction_id"] == way for t in trips)
             for route in ("R1", "R2") for way in "01"}
    assert count == {("R1", "0"): 3, ("R1", "1"): 3, ("R2", "0"): 2, ("R2", "1"): 2}


def runs(town: Region, day: dt.date) -> set[str]:
    """Routes that run on a day, by the rules of calendar.txt and calendar_dates.txt."""
    weekday, stamp = day.strftime("%A").lower(), day.strftime("%Y%m%d")
    services = {c["service_id"] for c in table(town, "calendar.txt")
                if c[weekday] == "1" and c["start_date"] <= stamp <= c["end_date"]}
    services -= {e["service_id"] for e in table(town, "calendar_dates.txt")
                 if e["date"] == stamp and e["exception_type"] == "2"}
    return {t["route_id"] for t in table(town, "trips.txt") if t["service_id"] in services}


@pytest.mark.parametrize(("day", "expected"), [
    (dt.date(2026, 6, 1), {"R1"}),  # a Monday
    (dt.date(2026, 6, 2), {"R1", "R2"}),  # a Tuesday
    (dt.date(2026, 6, 5), {"R1", "R2"}),  # a Friday
    (dt.date(2026, 6, 6), set()),  # a Saturday
    (dt.date(2026, 9, 22), set()),  # a Tuesday between two holidays (国民の休日)
    (dt.date(2026, 5, 6), set()),  # a Wednesday in place of 憲法記念日, which fell on a Sunday
    (dt.date(2026, 12, 29), set()),  # the turn of the year
    (dt.date(2026, 8, 14), set()),  # Obon
    (dt.date(2027, 4, 1), set()),  # after the feed's end
])
def test_the_days_on_which_a_bus_runs(town: Region, day: dt.date, expected: set[str]) -> None:
    assert runs(town, day) == expected


def test_an_independent_reader_finds_the_same_days(town: Region) -> None:
    by_date = partridge.read_service_ids_by_date(str(town.transit[0]))
    assert by_date[dt.date(2026, 6, 2)] == {"weekday", "tue_fri"}
    assert by_date[dt.date(2026, 6, 1)] == {"weekday"}
    assert dt.date(2026, 9, 22) not in by_date


def test_stops_stand_about_every_800_m_and_times_follow_the_road(town: Region) -> None:
    for trip in table(town, "trips.txt"):
        times = [row for row in table(town, "stop_times.txt") if row["trip_id"] == trip["trip_id"]]
        at = [float(row["shape_dist_traveled"]) for row in times]
        gaps = [b - a for a, b in pairwise(at)]
        assert all(60 < gap < 1250 for gap in gaps), gaps
        assert 600 < sum(gaps) / len(gaps) < 1000
        clock = [int(row["arrival_time"][:2]) * 60 + int(row["arrival_time"][3:5]) for row in times]
        assert clock == sorted(clock)
        kmh = at[-1] / 1000 / ((clock[-1] - clock[0]) / 60)
        assert 25 <= kmh <= 30
        assert [row["drop_off_type"] for row in times] == ["1"] + ["0"] * (len(times) - 1)
        assert [row["pickup_type"] for row in times] == ["0"] * (len(times) - 1) + ["1"]


def test_stops_are_poles_beside_the_road_and_the_way_is_a_road(town: Region) -> None:
    assert town.roads is not None
    roads = shape_to_plane(town.epsg, MultiLineString(list(town.roads.lines)))
    for stop in table(town, "stops.txt"):
        point = shape_to_plane(town.epsg, Point(float(stop["stop_lon"]), float(stop["stop_lat"])))
        assert roads.distance(point) < 8, stop["stop_name"]
        assert (stop["location_type"] == "1") == (stop["parent_station"] == "")
    for shape in {row["shape_id"] for row in table(town, "shapes.txt")}:
        points = [row for row in table(town, "shapes.txt") if row["shape_id"] == shape]
        for row in points[:: max(1, len(points) // 40)]:
            point = shape_to_plane(town.epsg, Point(float(row["shape_pt_lon"]), float(row["shape_pt_lat"])))
            assert roads.distance(point) < 1


def test_a_resident_can_go_and_come_back_on_the_same_day(town: Region) -> None:
    """The first bus into town arrives long before the last one out leaves."""
    times = table(town, "stop_times.txt")
    for route in ("R1", "R2"):
        arrive = max(t["arrival_time"] for t in times if t["trip_id"] == f"{route}_1_1")
        leave = min(t["departure_time"] for t in times if t["trip_id"].startswith(f"{route}_0_1"))
        assert arrive < leave


def test_the_corporate_number_of_a_real_city(shared: Path) -> None:
    with zipfile.ZipFile(shared / "gtfs" / "352080_gtfs-jp.zip") as archive:
        agency = archive.read("agency.txt").decode("utf-8-sig").splitlines()[1].split(",")[0]
    assert agency_number("352080") == agency
