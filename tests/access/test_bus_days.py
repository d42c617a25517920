"""Weekdays with a usable round trip: small feeds counted by hand, a plain oracle, and the feed of 岩国市."""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
import zipfile

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from musubime.access import bus_days
from musubime.errors import InputError
from musubime.parameters import load
from musubime.provenance import Ledger
from musubime.region.plane import to_plane

from .conftest import EPSG, Spots, degrees, spots_at, write_feed

HOME, TOWN = (0, 0), (10_000, 0)
OFFERED = np.array([[True]])
WEEK = "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date"
# 2025-06-02 is a Monday; four weeks to 2025-06-29.
MON_WED = f"{WEEK}\nA,1,0,1,0,0,0,0,20250602,20250629"


def stops(*points):
    rows = ["stop_id,stop_lat,stop_lon"]
    for k, point in enumerate(points):
        lon, lat = degrees(*point)
        rows.append(f"S{k},{float(lat):.8f},{float(lon):.8f}")
    return "\n".join(rows)


def feed(path, calls, calendar=MON_WED, trips=None, **more):
    """calls: rows "trip,clock,stop[,pickup[,drop_off]]", arrival and departure the same."""
    rows = ["trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type"]
    for k, call in enumerate(calls):
        trip, clock, stop, *types = call.split(",")
        pickup, drop_off = [*types, "", ""][:2]
        rows.append(f"{trip},{clock},{clock},{stop},{k},{pickup},{drop_off}")
    names = dict.fromkeys(call.split(",")[0] for call in calls)
    tables = {
        "stops": stops((100, 0), (10_100, 0), (5000, 0)), "stop_times": "\n".join(rows), "calendar": calendar,
        "trips": "\n".join(["trip_id,service_id", *(f"{t},{(trips or {}).get(t, 'A')}" for t in names)]),
    }
    return write_feed(path / "feed.zip", tables | more)


def days(path, parameters, offered=OFFERED, ledger=None, **kw):
    return bus_days([path], spots_at([HOME]), spots_at([TOWN]), offered, EPSG, parameters, ledger, **kw)


# Out 9:10 to 9:30 at the stop, 100 m = 1.6 min of walk (130 m at 80 m/min); back 11:00.
OUT, BACK = ["out,9:10:00,S0", "out,9:30:00,S1"], ["back,11:00:00,S1", "back,11:20:00,S0"]


def test_out_in_the_morning_and_back_before_noon(tmp_path, parameters):
    found = days(feed(tmp_path, OUT + BACK), parameters)
    assert dict(found.weekdays) == {(0, 0): (0, 2)}
    assert found.dates.tolist() == [4] * 7
    assert found.share[0, 0].tolist() == [1, 0, 1, 0, 0, 0, 0]
    trip = found.examples[0, 0]
    assert (trip.weekday, trip.destination) == (0, 0)
    assert (trip.out_trip, trip.out_depart_min, trip.out_arrive_min) == ("out", 550, 570)
    assert (trip.back_trip, trip.back_depart_min, trip.back_arrive_min) == ("back", 660, 680)
    assert (found.first, found.last) == ("2025-06-02", "2025-06-29")


@pytest.mark.parametrize(("back", "works"), [("10:33:00", False), ("10:34:00", True)])
def test_the_stay_is_counted_at_the_door_of_the_building(tmp_path, parameters, back, works):
    # Arrival at the door 9:31.6; leaving it 1.6 min before the bus. 60 minutes there need a bus at 10:33.2 or later.
    found = days(feed(tmp_path, [*OUT, f"back,{back},S1", "back,11:20:00,S0"]), parameters)
    assert bool(found.weekdays) is works


def test_a_stay_before_the_doors_open_does_not_count(tmp_path, parameters):
    # In town 6:30 to 9:40: open from 9:00, so 38 minutes. A service that opens at 6 is reached.
    path = feed(tmp_path, ["out,6:00:00,S0", "out,6:30:00,S1", "back,9:40:00,S1", "back,10:00:00,S0"])
    assert not days(path, parameters).weekdays
    both = days(path, parameters, np.array([[True, True]]), open_hours=np.array([[9.0, 17.0], [6.0, 12.0]]))
    assert list(both.weekdays) == [(0, 1)]


def test_the_way_back_must_come_after_the_way_out(tmp_path, parameters):
    assert not days(feed(tmp_path, [*OUT, "back,8:00:00,S1", "back,8:20:00,S0"]), parameters).weekdays
    assert not days(feed(tmp_path, OUT), parameters).weekdays


def test_the_bus_must_stop_for_boarding_and_for_getting_off(tmp_path, parameters):
    # pickup_type 1: nobody gets on; drop_off_type 1: nobody gets off; 2 (call the operator) is possible.
    for calls, works in (
        (["out,9:10:00,S0,1,0", "out,9:30:00,S1", *BACK], False),
        (["out,9:10:00,S0,0,0", "out,9:30:00,S1,0,1", *BACK], False),
        (["out,9:10:00,S0,2,1", "out,9:30:00,S1,1,2", *BACK], True),
    ):
        assert bool(days(feed(tmp_path, calls), parameters).weekdays) is works


def test_a_stop_that_both_share_is_no_ride(tmp_path, parameters):
    # Home and shop are 400 m apart, and all buses stop between them and go elsewhere.
    path = feed(tmp_path, ["a,9:00:00,S0", "a,9:30:00,S2", "b,10:20:00,S2", "b,11:00:00,S0"])
    found = bus_days([path], spots_at([(-100, 0)]), spots_at([(300, 0)]), OFFERED, EPSG, parameters)
    assert not found.share.any()


def test_stops_beyond_the_walk_do_not_count(tmp_path, parameters, given):
    path = feed(tmp_path, OUT + BACK)
    assert days(path, given({"access.bus.walk_m": 101})).weekdays
    assert not days(path, given({"access.bus.walk_m": 99})).weekdays


def test_calendar_dates_alone_decide(tmp_path, parameters):
    # Thursdays 5, 12, 19, 26 June by single dates; no calendar.txt at all. Every Sunday a tour bus keeps weeks whole.
    dates = "service_id,date,exception_type\n" + "\n".join(f"A,202506{d:02d},1" for d in (5, 12, 19, 26))
    path = feed(tmp_path, OUT + BACK, calendar="", calendar_dates=dates + "\nB,20250602,1\nB,20250629,1")
    with zipfile.ZipFile(path) as archive:
        assert "calendar.txt" in archive.namelist()  # present and empty, as spreadsheets leave it
    found = days(path, parameters)
    assert found.weekdays[0, 0] == (3,)
    assert found.dates.tolist() == [4] * 7


def test_a_holiday_does_not_hide_a_weekday_and_half_of_the_dates_is_the_line(tmp_path, parameters, given):
    # Mondays 2, 9, 16, 23 June; off on 9: 3 of 4. Wednesdays 4, 11, 18, 25; off on 4, 11: 2 of 4.
    off = "service_id,date,exception_type\nA,20250609,2\nA,20250604,2\nA,20250611,2"
    path = feed(tmp_path, OUT + BACK, calendar_dates=off)
    every_week = given({"access.bus.usual_week_share": 0})
    found = days(path, every_week)
    assert found.share[0, 0, [0, 2]].tolist() == [0.75, 0.5]
    assert found.weekdays[0, 0] == (0, 2)
    stricter = given({"access.bus.usual_week_share": 0, "access.bus.share_of_dates": 0.6})
    assert days(path, stricter).weekdays[0, 0] == (0,)


def test_weeks_that_are_not_filled_in_do_not_count_as_weeks_without_buses(tmp_path, parameters):
    # Valid for a year, but the Mondays and Wednesdays are entered for four weeks only; B runs all year, one trip.
    dates = "service_id,date,exception_type\n" + "\n".join(
        f"A,202506{d:02d},1" for d in (2, 4, 9, 11, 16, 18, 23, 25))
    path = feed(
        tmp_path, [*OUT, *BACK, "b,5:00:00,S0", "b,5:10:00,S2"], trips={"b": "B"}, calendar_dates=dates,
        calendar=f"{WEEK}\nB,1,0,0,0,0,0,0,20250602,20260531",
    )
    ledger = Ledger()
    found = days(path, parameters, ledger=ledger)
    assert found.weekdays[0, 0] == (0, 2)
    assert found.dates.tolist() == [4] * 7
    assert "4 usual weeks" in ledger.notes[0].what.to("en")


def test_past_midnight_is_the_same_service_day(tmp_path, parameters, given):
    path = feed(tmp_path, ["out,23:00:00,S0", "out,23:30:00,S1", "back,25:10:00,S1", "back,25:40:00,S0"])
    found = days(path, given({"access.bus.open_from_h": 0, "access.bus.open_to_h": 30}))
    assert found.weekdays[0, 0] == (0, 2)
    assert found.examples[0, 0].back_arrive_min == 25 * 60 + 40


def test_calls_without_a_time_lie_evenly_between_their_neighbours(tmp_path, parameters):
    # 8:50 at S0, nothing at S2 (halfway), 9:30 at S1; home is at S2, so the bus leaves there at 9:10.
    path = feed(tmp_path, ["out,8:50:00,S0", "out,,S2", "out,9:30:00,S1", *BACK[:1], "back,,S2", "back,11:40:00,S0"])
    ledger = Ledger()
    found = bus_days([path], spots_at([(5000, 0)]), spots_at([TOWN]), OFFERED, EPSG, parameters, ledger)
    assert found.examples[0, 0].out_depart_min == 550
    assert found.examples[0, 0].back_arrive_min == 11 * 60 + 20
    assert [(note.kind, note.count) for note in ledger.notes] == [("repair", 2)]


def test_what_cannot_be_used_is_left_out_and_said(tmp_path, parameters):
    ledger = Ledger()
    path = feed(tmp_path, [
        *OUT, *BACK, "late,10:00:00,S0", "late,9:00:00,S1", "lost,9:00:00,S9", "open,,S0", "open,9:00:00,S1",
        "never,9:00:00,S0", "never,9:10:00,S1",
    ], trips={"never": "unknown"})
    assert days(path, parameters, ledger=ledger).weekdays[0, 0] == (0, 2)
    assert [note.kind for note in ledger.notes] == ["dropped"] * 4


def test_frequencies_are_written_out(tmp_path, parameters):
    frequencies = "trip_id,start_time,end_time,headway_secs\nout,8:30:00,9:00:00,900\nback,11:00:00,12:00:00,1800"
    path = feed(tmp_path, OUT + BACK, frequencies=frequencies)
    trip = days(path, parameters).examples[0, 0]
    # Out at 8:30 and 8:45, back at 11:00 and 11:30: the shortest absence is 8:45 to 11:20.
    assert (trip.out_trip, trip.out_depart_min, trip.back_arrive_min) == ("out@08:45", 525, 680)


def test_two_feeds_make_one_round_trip(tmp_path, parameters):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one = feed(tmp_path / "a", OUT)
    two = feed(tmp_path / "b", BACK, calendar=f"{WEEK}\nA,0,0,1,1,0,0,0,20250602,20250629")
    found = bus_days([one, two], spots_at([HOME]), spots_at([TOWN]), OFFERED, EPSG, parameters)
    assert found.weekdays[0, 0] == (2,)


def test_no_feed_no_days(parameters):
    found = bus_days([], spots_at([HOME]), spots_at([TOWN]), OFFERED, EPSG, parameters)
    assert (dict(found.weekdays), found.first, found.dates.tolist()) == ({}, "", [0] * 7)


@pytest.mark.parametrize("spoil", ["not a zip", "no column", "not utf-8", "header only"])
def test_a_spoilt_feed_is_a_fault_or_an_empty_timetable_and_never_a_traceback(tmp_path, parameters, spoil):
    path = tmp_path / "feed.zip"
    if spoil == "not a zip":
        path.write_bytes(b"PK\x03\x04 and then nothing")
    else:
        feed(tmp_path, OUT + BACK)
        with zipfile.ZipFile(path) as archive:
            tables = {name: archive.read(name) for name in archive.namelist()}
        tables["stop_times.txt"] = {
            "no column": b"trip,stop\na,b\n", "not utf-8": "trip_id,stop_sequence\n駅,1\n".encode("cp932"),
            "header only": b"trip_id,stop_sequence,stop_id,arrival_time\n",
        }[spoil]
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in tables.items():
                archive.writestr(name, content)
    if spoil == "header only":
        assert not days(path, parameters).weekdays
        return
    with pytest.raises(InputError) as caught:
        days(path, parameters)
    assert caught.value.faults[0].file == "feed.zip"


def plain_round_trip(trips, near_home, near_shop, hours, stay_min, walk_min):
    """Every pair of rides, one by one. trips: lists of (stop, arrive, depart, board, alight) that run that day."""
    there, home = [], []
    for calls in trips:
        for i, (a, _, depart, board, _) in enumerate(calls):
            for b, arrive, _, _, alight in calls[i + 1:]:
                if board and alight and a in near_home and b in near_shop:
                    there.append(arrive + walk_min[b])
                if board and alight and a in near_shop and b in near_home:
                    home.append(depart - walk_min[a])
    return any(min(z, hours[1]) - max(a, hours[0]) >= stay_min for a in there for z in home)


@st.composite
def timetables(draw):
    trips = []
    for _ in range(draw(st.integers(1, 6))):
        clock = draw(st.integers(480, 900))
        calls = []
        for _ in range(draw(st.integers(2, 5))):
            arrive = clock + draw(st.integers(0, 60))
            clock = arrive + draw(st.integers(0, 3))
            calls.append((draw(st.integers(0, 3)), arrive, clock, draw(st.booleans()), draw(st.booleans())))
        trips.append((draw(st.sampled_from("AB")), calls))
    return trips


@settings(max_examples=60, deadline=None)
@drawn(timetables())
def test_every_day_agrees_with_trying_all_pairs_of_rides(tmp_path_factory, trips):
    # Stops S0, S1 near home, S1, S2 near the shop (S1 is within 500 m of both), S3 near nobody.
    where = [(0, 0), (450, 0), (850, 300), (5000, 0)]
    rows = ["trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type"]
    for k, (_, calls) in enumerate(trips):
        for at, (stop, arrive, depart, board, alight) in enumerate(calls):
            clocks = ",".join(f"{m // 60}:{m % 60:02d}:00" for m in (arrive, depart))
            rows.append(f"t{k},{clocks},S{stop},{at},{int(not board)},{int(not alight)}")
    path = write_feed(tmp_path_factory.mktemp("feed") / "f.zip", {
        "stops": stops(*where), "stop_times": "\n".join(rows),
        "trips": "\n".join(["trip_id,service_id", *(f"t{k},{service}" for k, (service, _) in enumerate(trips))]),
        "calendar": f"{WEEK}\nA,1,1,1,0,0,0,0,20250602,20250615\nB,0,1,0,1,0,0,0,20250602,20250615",
    })
    parameters = load()
    found = bus_days([path], spots_at([(0, 0)]), spots_at([(850, 0)]), OFFERED, EPSG, parameters)
    walk = {b: math.dist(where[b], (850, 0)) * 1.3 / 80 for b in (1, 2)}
    for weekday, running in enumerate(["A", "AB", "A", "B", "", "", ""]):
        today = [[(s, a, d, b, g) for s, a, d, b, g in calls] for service, calls in trips if service in running]
        works = plain_round_trip(today, {0, 1}, {1, 2}, (540, 1020), 60, walk)
        assert found.share[0, 0, weekday] == float(works), weekday


def test_iwakuni_agrees_with_its_own_timetable_read_line_by_line(shared, parameters):
    """60 settlements and 40 facilities of the feed's own area, on every date of one week in June 2025."""
    path = shared / "gtfs" / "352080_gtfs-jp.zip"
    with zipfile.ZipFile(path) as archive:
        read = {
            name: list(csv.DictReader(io.StringIO(archive.read(f"{name}.txt").decode("utf-8-sig"))))
            for name in ("stops", "trips", "stop_times", "calendar", "calendar_dates")
        }
    rng = np.random.default_rng(5)
    at = {row["stop_id"]: (float(row["stop_lon"]), float(row["stop_lat"])) for row in read["stops"]}

    def jittered(count, prefix):
        chosen = np.array(list(at.values()))[rng.integers(0, len(at), count)]
        lon, lat = (chosen + rng.normal(0, 0.002, (count, 2))).T
        return Spots(tuple(f"{prefix}{i}" for i in range(count)), lon, lat)

    homes, shops = jittered(60, "s"), jittered(40, "f")
    offered = np.arange(40)[:, None] % 4 == np.arange(4)[None, :]
    found = bus_days([path], homes, shops, offered, 6671, parameters)
    monday = dt.date(2025, 6, 2)
    trips: dict[str, list] = {}
    for row in read["stop_times"]:
        clocks = [sum(int(v) * w for v, w in zip(row[c].split(":"), (60, 1, 1 / 60), strict=True))
                  for c in ("arrival_time", "departure_time")]
        trips.setdefault(row["trip_id"], []).append((
            int(row["stop_sequence"]), row["stop_id"], *clocks, row["pickup_type"] != "1", row["drop_off_type"] != "1"))
    calls = {trip: [call[1:] for call in sorted(rows)] for trip, rows in trips.items()}
    xy = {stop: np.array(to_plane(6671, np.array(p[0]), np.array(p[1]))) for stop, p in at.items()}

    def near(spots, i):
        here = np.array(to_plane(6671, spots.lon[i], spots.lat[i]))
        metres = {stop: float(np.hypot(*(xy[stop] - here))) for stop in xy}
        return {stop: m * 1.3 / 80 for stop, m in metres.items() if m <= 500}

    near_home = [near(homes, i) for i in range(60)]
    near_shop = [near(shops, i) for i in range(40)]
    weekly = np.zeros((60, 4, 7))
    weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    for w in range(7):
        date = (monday + dt.timedelta(w)).strftime("%Y%m%d")
        running = {r["service_id"] for r in read["calendar"]
                   if r[weekdays[w]] == "1" and r["start_date"] <= date <= r["end_date"]}
        for row in read["calendar_dates"]:
            if row["date"] == date:
                (running.add if row["exception_type"] == "1" else running.discard)(row["service_id"])
        today = [calls[row["trip_id"]] for row in read["trips"] if row["service_id"] in running]
        for i in range(60):
            mine = [trip for trip in today if any(call[0] in near_home[i] for call in trip)]
            for f in range(40):
                some = [trip for trip in mine if any(call[0] in near_shop[f] for call in trip)]
                if some and plain_round_trip(some, near_home[i], near_shop[f], (540, 1020), 60, near_shop[f]):
                    weekly[i, np.flatnonzero(offered[f])[0], w] = 1
    # 2 to 8 June 2025 has no public holiday: what works then is what works on that weekday, and what counts.
    assert weekly.sum() > 50
    enough = found.share >= 0.5
    assert np.array_equal(enough, weekly.astype(bool))


def test_one_date_is_looked_at_with_its_own_calendar(tmp_path, parameters):
    # Mondays and Wednesdays; Wednesday 11 June is taken out and Saturday 14 June put in.
    changes = "service_id,date,exception_type\nA,20250611,2\nA,20250614,1"
    path = feed(tmp_path, OUT + BACK, calendar_dates=changes)
    for day, runs in ((9, True), (10, False), (11, False), (14, True)):
        date = dt.date(2025, 6, day)
        found = days(path, parameters, date=date)
        assert dict(found.weekdays) == ({(0, 0): (date.weekday(),)} if runs else {})
        assert (found.first, found.last, found.dates.sum()) == (date.isoformat(), date.isoformat(), 1)


def test_a_date_in_no_feed_is_refused_and_in_one_feed_noted(tmp_path, parameters):
    (tmp_path / "later").mkdir()
    june = feed(tmp_path, OUT + BACK)
    july = feed(tmp_path / "later", OUT + BACK, calendar=MON_WED.replace("20250602,20250629", "20250630,20250727"))
    places = (spots_at([HOME]), spots_at([TOWN]), OFFERED, EPSG, parameters)
    with pytest.raises(InputError) as caught:
        bus_days([june, july], *places, date=dt.date(2025, 8, 1))
    assert ["2025-06-02 to 2025-06-29" in str(fault) for fault in caught.value.faults] == [True, False]
    ledger = Ledger()
    found = bus_days([june, july], *places, ledger, date=dt.date(2025, 7, 2))
    assert dict(found.weekdays) == {(0, 0): (2,)}
    assert [note.count for note in ledger.notes if "not valid on the date" in note.what.to("en")] == [1]


def test_a_date_long_before_the_end_of_a_feed_that_ends_in_2099(tmp_path, parameters):
    path = feed(tmp_path, OUT + BACK, calendar=MON_WED.replace("20250629", "20991231"))
    assert dict(days(path, parameters, date=dt.date(2025, 6, 4)).weekdays) == {(0, 0): (2,)}
