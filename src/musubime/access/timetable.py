"""What buses do on each date, from GTFS-JP feeds, as arrays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.provenance import Ledger
from musubime.region import Floats, Ints

from ._gtfs import clock_min, dates, numbers, read_table

_MOST_DAYS = 364  # 52 whole weeks: every weekday is looked at equally often


@dataclass(frozen=True)
class Timetable:
    """Feeds joined. Visits are sorted by trip, then by order of call.

    stop_lon, stop_lat: (stops,). trip_ids: (trips,). trip_service: (trips,). trip, stop: (visits,);
    arrive_min, depart_min: (visits,) after midnight of the service day; board, alight: (visits,) allowed?
    day: (days,) dates looked at. runs: (services, days).
    """

    stop_lon: Floats
    stop_lat: Floats
    trip_ids: tuple[str, ...]
    trip_service: Ints
    trip: Ints
    stop: Ints
    arrive_min: Floats
    depart_min: Floats
    board: NDArray[np.bool_]
    alight: NDArray[np.bool_]
    day: NDArray[np.datetime64]
    runs: NDArray[np.bool_]

    @property
    def weekday(self) -> Ints:
        """0 = Monday: (days,)."""
        return np.asarray((self.day.astype(np.int64) + 3) % 7, dtype=np.int64)


def read_timetable(
    feeds: Sequence[Path], usual_week_share: float, ledger: Ledger | None = None, date: dt.date | None = None
) -> Timetable:
    """All feeds as one timetable over the days of weeks that are usual in every feed (in any, if none is in all).

    date: that day alone, as far as it lies in a feed's validity. Raises InputError when it lies in none.
    """
    notes = ledger if ledger is not None else Ledger()
    if date is not None:
        feeds = _valid_on(feeds, date, notes)
        pieces = [_read(feed, notes, date) for feed in feeds]
    else:
        pieces = [_in_usual_weeks(_read(feed, notes), feed, usual_week_share, notes) for feed in feeds]
    day = _common_days([piece.day for piece in pieces])
    stops = np.cumsum([0, *(len(piece.stop_lon) for piece in pieces)])
    trips = np.cumsum([0, *(len(piece.trip_ids) for piece in pieces)])
    services = np.cumsum([0, *(len(piece.runs) for piece in pieces)])

    def join(name: str, shift: Ints | None = None) -> np.ndarray:
        columns = [getattr(p, name) + (shift[k] if shift is not None else 0) for k, p in enumerate(pieces)]
        return np.concatenate(columns) if columns else np.zeros(0)

    runs = np.zeros((services[-1], len(day)), dtype=bool)
    for k, piece in enumerate(pieces):
        _, here, there = np.intersect1d(day, piece.day, return_indices=True)
        runs[services[k]:services[k + 1], here] = piece.runs[:, there]
    return Timetable(
        stop_lon=join("stop_lon"), stop_lat=join("stop_lat"),
        trip_ids=tuple(i for piece in pieces for i in piece.trip_ids),
        trip_service=join("trip_service", services).astype(np.int64), trip=join("trip", trips).astype(np.int64),
        stop=join("stop", stops).astype(np.int64), arrive_min=join("arrive_min"), depart_min=join("depart_min"),
        board=join("board").astype(bool), alight=join("alight").astype(bool), day=day, runs=runs,
    )


def read_shapes(feed: Path) -> Iterator[tuple[Floats, Floats]]:
    """Longitude and latitude of every shape that has two points or more."""
    frame = read_table(feed, "shapes.txt", ["shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence"])
    frame = frame.assign(
        lon=numbers(frame["shape_pt_lon"]), lat=numbers(frame["shape_pt_lat"]), at=numbers(frame["shape_pt_sequence"])
    ).dropna(subset=["lon", "lat", "at"])
    for _, shape in frame.sort_values(["shape_id", "at"], kind="stable").groupby("shape_id", sort=True):
        if len(shape) > 1:
            yield shape["lon"].to_numpy(np.float64), shape["lat"].to_numpy(np.float64)


def _valid_on(feeds: Sequence[Path], date: dt.date, notes: Ledger) -> list[Path]:
    """The feeds in whose validity a date lies; the others are noted, and if there is none, refused."""
    spans = {feed: _validity(feed) for feed in feeds}
    day = np.datetime64(date, "D")
    valid = [feed for feed, span in spans.items() if span is not None and span[0] <= day <= span[1]]
    if feeds and not valid:
        raise InputError([
            Fault(text("{date} is outside the validity of this bus feed, {first} to {last}.", date=date.isoformat(),
                       first=str(span[0]), last=str(span[1])) if span is not None
                  else text("This bus feed names no date on which its buses run."),
                  text("Give a date within it, or take the newest feed from its publisher."),
                  file=feed.name, field="--date", value=date.isoformat())
            for feed, span in spans.items()
        ])
    left = [feed.name for feed in feeds if feed not in valid]
    notes.note("dropped", text("Bus feeds that are not valid on the date asked for are left out."), count=len(left),
               examples=left)
    return valid


def _common_days(each: list[NDArray[np.datetime64]]) -> NDArray[np.datetime64]:
    filled = [days for days in each if len(days)]
    if not filled:
        return np.zeros(0, dtype="datetime64[D]")
    common = reduce(np.intersect1d, filled)
    return common if len(common) else reduce(np.union1d, filled)


def _usual_weeks(runs: NDArray[np.bool_], day: NDArray[np.datetime64], trips: Ints, share: float) -> NDArray[np.bool_]:
    """Days of the whole weeks (Monday to Sunday) with at least `share` of the busiest week's trips: (days,).

    Operators often enter single dates for half a year and leave the rest of the validity for later; weeks that
    are not yet filled in must not count as weeks without buses. Without a whole week every day counts.
    """
    week = (day.astype(np.int64) + 3) // 7
    week -= week[0] if len(week) else 0
    driven = np.bincount(week, weights=trips @ runs)
    whole = np.bincount(week) == 7
    if not whole.any():
        return np.ones(len(day), dtype=bool)
    usual: NDArray[np.bool_] = whole & (driven >= share * driven[whole].max())
    return usual[week]


def _in_usual_weeks(table: Timetable, feed: Path, share: float, ledger: Ledger) -> Timetable:
    trips = np.bincount(table.trip_service, minlength=len(table.runs))
    usual = _usual_weeks(table.runs, table.day, trips, share)
    if usual.any() and not usual.all():
        ledger.note("assumption", text(
            "The bus days are those of {kept} usual weeks between {first} and {last}; {left} days of the feed's "
            "validity are in broken weeks or in weeks with fewer than {share:.0%} of the busiest week's trips.",
            kept=int(usual.sum()) // 7, first=str(table.day[usual][0]), last=str(table.day[usual][-1]),
            left=int((~usual).sum()), share=share,
        ), source=feed.name)
    return replace(table, day=table.day[usual], runs=table.runs[:, usual])


def _read(feed: Path, ledger: Ledger, date: dt.date | None = None) -> Timetable:
    stops = read_table(feed, "stops.txt", ["stop_id", "stop_lat", "stop_lon"])
    stops = stops.assign(lon=numbers(stops["stop_lon"]), lat=numbers(stops["stop_lat"]))
    bad = ~(stops["lon"].between(-180, 180) & stops["lat"].between(-90, 90))
    ledger.note("dropped", text("Bus stops without usable coordinates are left out."), count=int(bad.sum()),
                source=feed.name, examples=stops.loc[bad, "stop_id"])
    stops = stops[~bad].drop_duplicates("stop_id").reset_index(drop=True)
    trips = read_table(feed, "trips.txt", ["trip_id", "service_id"]).drop_duplicates("trip_id")
    calls = _calls(feed, stops, trips, ledger)
    service_of_trip = dict(zip(trips["trip_id"], trips["service_id"], strict=True))
    calls, service_of_trip = _with_frequencies(feed, calls, service_of_trip)
    day, service_ids, runs = _running_days(feed, date)
    service_at = {service: k for k, service in enumerate(service_ids)}
    known = calls["trip_id"].map(service_of_trip).isin(service_at)
    ledger.note("dropped", text("Bus trips whose service runs on no date are left out."),
                count=int(calls.loc[~known, "trip_id"].nunique()), source=feed.name,
                examples=calls.loc[~known, "trip_id"].unique()[:5])
    calls = calls[known]
    trip_ids = tuple(dict.fromkeys(calls["trip_id"]))
    trip_at = {trip: k for k, trip in enumerate(trip_ids)}
    stop_at = {stop: k for k, stop in enumerate(stops["stop_id"])}
    return Timetable(
        stop_lon=stops["lon"].to_numpy(np.float64), stop_lat=stops["lat"].to_numpy(np.float64), trip_ids=trip_ids,
        trip_service=np.array([service_at[service_of_trip[t]] for t in trip_ids], dtype=np.int64),
        trip=calls["trip_id"].map(trip_at).to_numpy(np.int64), stop=calls["stop_id"].map(stop_at).to_numpy(np.int64),
        arrive_min=calls["arrive"].to_numpy(np.float64), depart_min=calls["depart"].to_numpy(np.float64),
        board=calls["pickup_type"].to_numpy() != "1", alight=calls["drop_off_type"].to_numpy() != "1",
        day=day, runs=runs,
    )


def _calls(feed: Path, stops: pd.DataFrame, trips: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Stop times with usable clocks, sorted by trip and sequence; what cannot be used is left out and noted."""
    calls = read_table(
        feed, "stop_times.txt", ["trip_id", "stop_sequence"],
        ["stop_id", "arrival_time", "departure_time", "pickup_type", "drop_off_type"],
    )
    flex = calls["stop_id"] == ""
    ledger.note("dropped", text("Calls on demand (zones, not stops) are not counted as buses of the timetable."),
                count=int(flex.sum()), source=feed.name, examples=calls.loc[flex, "trip_id"].unique()[:5])
    calls = calls[~flex]
    lost = ~calls["stop_id"].isin(stops["stop_id"]) | ~calls["trip_id"].isin(trips["trip_id"])
    ledger.note("dropped", text("Calls of unknown stops or trips are left out."), count=int(lost.sum()),
                source=feed.name, examples=calls.loc[lost, "trip_id"].unique()[:5])
    calls = calls[~lost].assign(
        at=lambda f: numbers(f["stop_sequence"]), arrive=lambda f: clock_min(f["arrival_time"]),
        depart=lambda f: clock_min(f["departure_time"]),
    )
    calls = calls.sort_values(["trip_id", "at"], kind="stable").reset_index(drop=True)
    calls["arrive"] = calls["arrive"].fillna(calls["depart"])
    calls["depart"] = calls["depart"].fillna(calls["arrive"])
    untimed = calls["arrive"].isna()
    if untimed.any():
        # Between two timed calls the clock runs evenly; before the first and after the last nothing is known.
        groups = calls.groupby("trip_id", sort=False)
        for name in ("arrive", "depart"):
            calls[name] = groups[name].transform(lambda column: column.interpolate(limit_area="inside"))
    missing = calls["arrive"].isna()
    ledger.note("repair", text("Calls without a time are given one evenly between their neighbours."),
                count=int((untimed & ~missing).sum()), source=feed.name,
                examples=calls.loc[untimed & ~missing, "trip_id"].unique()[:5])
    ledger.note("dropped", text("Calls without a time at the start or end of a trip are left out."),
                count=int(missing.sum()), source=feed.name, examples=calls.loc[missing, "trip_id"].unique()[:5])
    calls = calls[~missing]
    same = (calls["trip_id"] == calls["trip_id"].shift()).to_numpy()
    backwards = (same & (calls["arrive"] < calls["depart"].shift()).to_numpy()) | (calls["depart"] < calls["arrive"])
    bad = set(calls.loc[backwards, "trip_id"])
    ledger.note("dropped", text("Bus trips whose clock runs backwards are left out."), count=len(bad),
                source=feed.name, examples=sorted(bad))
    return calls[~calls["trip_id"].isin(bad)]


def _with_frequencies(
    feed: Path, calls: pd.DataFrame, service_of_trip: dict[str, str]
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Trips of frequencies.txt written out, one for each departure."""
    table = read_table(feed, "frequencies.txt", ["trip_id", "start_time", "end_time", "headway_secs"])
    if table.empty:
        return calls, service_of_trip
    table = table.assign(start=clock_min(table["start_time"]), end=clock_min(table["end_time"]),
                         every=numbers(table["headway_secs"]) / 60).dropna()
    parts = [calls[~calls["trip_id"].isin(table["trip_id"])]]
    services = dict(service_of_trip)
    table = table[table["every"] > 0]
    rows = zip(table["trip_id"], *(table[n].to_numpy(np.float64) for n in ("start", "end", "every")), strict=True)
    for trip, first, end, every in rows:
        pattern = calls[calls["trip_id"] == trip]
        if pattern.empty:
            continue
        for start in np.arange(first, end, every):
            shift = start - pattern["depart"].iloc[0]
            name = f"{trip}@{int(start // 60):02d}:{int(start % 60):02d}"
            services[name] = service_of_trip[trip]
            parts.append(pattern.assign(
                trip_id=name, arrive=pattern["arrive"] + shift, depart=pattern["depart"] + shift))
    return pd.concat(parts, ignore_index=True), services


def _running_days(
    feed: Path, date: dt.date | None = None
) -> tuple[NDArray[np.datetime64], list[str], NDArray[np.bool_]]:
    """Dates of the feed's validity (or one of them), service ids, and (services, days) where a service runs."""
    weekly, single = _calendar(feed)
    span = _validity(feed)
    if span is None:
        return np.zeros(0, dtype="datetime64[D]"), [], np.zeros((0, 0), dtype=bool)
    first, last = span
    # A calendar "until 2099" says nothing about that far: the newest year of the validity is looked at.
    day = np.arange(max(first, last - _MOST_DAYS + 1), last + 1)
    if date is not None:
        day = np.array([date], dtype="datetime64[D]")
    weekday = (day.astype(np.int64) + 3) % 7
    start, end = dates(weekly["start_date"]), dates(weekly["end_date"])
    service_ids = sorted({*weekly["service_id"], *single["service_id"]})
    at = {service: k for k, service in enumerate(service_ids)}
    runs = np.zeros((len(service_ids), len(day)), dtype=bool)
    on = weekly[_WEEKDAYS].to_numpy() == "1"
    for k, service in enumerate(weekly["service_id"]):
        runs[at[service]] |= on[k][weekday] & (day >= start[k]) & (day <= end[k])
    changes = zip(single["service_id"], dates(single["date"]), single["exception_type"], strict=True)
    for service, when, kind in changes:
        if not np.isnat(when) and day[0] <= when <= day[-1]:
            runs[at[service], int((when - day[0]).astype(np.int64))] = kind == "1"
    return day, service_ids, runs


_WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def _calendar(feed: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The weekly calendar and its exceptions."""
    return (
        read_table(feed, "calendar.txt", ["service_id", *_WEEKDAYS, "start_date", "end_date"]),
        read_table(feed, "calendar_dates.txt", ["service_id", "date", "exception_type"]),
    )


def _validity(feed: Path) -> tuple[np.datetime64, np.datetime64] | None:
    """First and last date of a feed: those its calendars name, within those of feed_info.txt; None without any."""
    weekly, single = _calendar(feed)
    info = read_table(feed, "feed_info.txt", [], ["feed_start_date", "feed_end_date"])
    told = np.concatenate([dates(weekly["start_date"]), dates(weekly["end_date"]), dates(single["date"])])
    told = told[~np.isnat(told)]
    if not len(told):
        return None
    first, last = told.min(), told.max()
    for limit in dates(info["feed_start_date"])[:1]:
        first = max(first, limit) if limit <= last else first
    for limit in dates(info["feed_end_date"])[:1]:
        last = min(last, limit) if limit >= first else last
    return first, last
