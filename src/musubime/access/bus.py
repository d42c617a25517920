"""Days on which a person without a car can go by a direct bus, stay a while, and come back by another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from musubime.parameters import Parameters
from musubime.provenance import Ledger
from musubime.region import Floats, Ints
from musubime.region.plane import to_plane

from .model import BusDays, Points, RoundTrip
from .snap import check_points
from .timetable import Timetable, read_timetable


def bus_days(
    feeds: Sequence[Path],
    settlements: Points,
    destinations: Points,
    offered: NDArray[np.bool_],
    epsg: int,
    parameters: Parameters,
    ledger: Ledger | None = None,
    open_hours: Floats | None = None,
    date: dt.date | None = None,
) -> BusDays:
    """For each settlement and service the weekdays with a usable round trip by direct buses.

    offered: (destinations, services). open_hours: (services, 2) hours of the day at which each service opens and
    closes; None takes the parameters for all. date: look at that day alone, with its own calendar. A date works for
    a service when, at one building offering it, the time between the earliest arrival and the latest departure,
    within the opening hours, is the stay or longer.
    """
    check_points(settlements, epsg)
    check_points(destinations, epsg)
    table = read_timetable(feeds, parameters.number("access.bus.usual_week_share"), ledger, date)
    services = offered.shape[1]
    if open_hours is None:
        one = [parameters.number("access.bus.open_from_h"), parameters.number("access.bus.open_to_h")]
        open_hours = np.tile(one, (services, 1))
    calls = _calls(table, settlements, destinations, np.asarray(offered.any(axis=1)), epsg, parameters)
    out, back = _legs(table, calls)
    pairs = _Pairs.of(out, back, len(destinations.ids))
    # One row for each service that a pair's destination offers.
    row, service = np.nonzero(offered[pairs.destination])
    cell = pairs.settlement[row] * services + service
    open_min, close_min = open_hours[service, 0] * 60, open_hours[service, 1] * 60
    stay_min = parameters.number("access.bus.stay_min")
    patterns, of_day = np.unique(table.runs, axis=1, return_inverse=True)
    trip_runs = patterns[table.trip_service]
    days = np.zeros((patterns.shape[1], 7), dtype=np.int64)
    np.add.at(days, (of_day, table.weekday), 1)
    worked = np.zeros((len(settlements.ids) * services, 7), dtype=np.int64)
    works = np.zeros((patterns.shape[1], len(row)), dtype=bool)
    for k in range(patterns.shape[1]):
        there, gone = pairs.earliest(trip_runs[:, k]), pairs.latest(trip_runs[:, k])
        works[k] = np.minimum(gone[row], close_min) - np.maximum(there[row], open_min) >= stay_min
        good = np.zeros(len(worked), dtype=bool)
        good[cell[works[k]]] = True
        worked[good] += days[k]
    dates = days.sum(axis=0)
    share = (worked / np.maximum(dates, 1)).reshape(len(settlements.ids), services, 7)
    enough = (share >= parameters.number("access.bus.share_of_dates")) & (share > 0)
    weekdays = {
        (int(s), int(v)): tuple(int(w) for w in np.flatnonzero(enough[s, v]))
        for s, v in zip(*np.nonzero(enough.any(axis=2)), strict=True)
    }
    metres = np.hypot(*(
        settled[pairs.settlement] - placed[pairs.destination]
        for settled, placed in zip(
            to_plane(epsg, settlements.lon, settlements.lat), to_plane(epsg, destinations.lon, destinations.lat),
            strict=True,
        )
    ))
    best_row = _best_rows(cell, works.T.astype(np.int64) @ days, metres[row], len(worked))
    examples = {}
    for (s, v), chosen in weekdays.items():
        weekday = max(chosen, key=lambda w: (share[s, v, w], -w))
        r = best_row[s * services + v, weekday]
        k = int(np.argmax(works[:, r] * days[:, weekday]))
        examples[s, v] = _example(
            table, calls, pairs, int(row[r]), trip_runs[:, k], weekday, (open_min[r], close_min[r], stay_min))
    span = table.day[[0, -1]].astype(str) if len(table.day) else np.array(["", ""])
    return BusDays(share, weekdays, examples, dates, str(span[0]), str(span[1]))


def _best_rows(cell: Ints, dates: Ints, metres: Floats, cells: int) -> Ints:
    """For each settlement-and-service cell and weekday the row whose building works on most dates, then the nearest.

    dates: (rows, 7). Returns (cells, 7), -1 where a cell has no row.
    """
    best = np.full((cells, 7), -1, dtype=np.int64)
    for weekday in range(7):
        order = np.lexsort((metres, -dates[:, weekday], cell))
        found, first = np.unique(cell[order], return_index=True)
        best[found, weekday] = order[first]
    return best


@dataclass(frozen=True)
class _Calls:
    """Visits of buses near one kind of point, by trip and order: who can use them, and their walk.

    visit, who, walk_min: (calls,), sorted by visit. of_trip: (trips + 1,) where each trip's calls begin.
    """

    visit: Ints
    who: Ints
    walk_min: Floats
    of_trip: Ints

    def on(self, trip: int) -> slice:
        return slice(int(self.of_trip[trip]), int(self.of_trip[trip + 1]))


@dataclass(frozen=True)
class _Near:
    settlements: _Calls
    destinations: _Calls


def _calls(
    table: Timetable, settlements: Points, destinations: Points, wanted: NDArray[np.bool_], epsg: int,
    parameters: Parameters,
) -> _Near:
    walk_m = parameters.number("access.bus.walk_m")
    m_per_min = parameters.number("access.walk.m_per_min") / parameters.number("access.walk.detour_factor")
    stops = np.column_stack(to_plane(epsg, table.stop_lon, table.stop_lat)).reshape(-1, 2)

    def near(points: Points, kept: NDArray[np.bool_]) -> _Calls:
        spots = np.column_stack(to_plane(epsg, points.lon, points.lat)).reshape(-1, 2)
        close = cKDTree(stops).sparse_distance_matrix(cKDTree(spots), walk_m, output_type="ndarray")
        close = close[kept[close["j"]]]
        close = close[np.lexsort((close["j"], close["i"]))]
        first = np.searchsorted(close["i"], table.stop, side="left")
        count = np.searchsorted(close["i"], table.stop, side="right") - first
        visit = np.repeat(np.arange(len(table.stop)), count)
        at = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)
        of_trip = np.searchsorted(table.trip[visit], np.arange(len(table.trip_ids) + 1))
        return _Calls(visit, close["j"][at].astype(np.int64), close["v"][at] / m_per_min, of_trip)

    return _Near(near(settlements, np.ones(len(settlements.ids), dtype=bool)), near(destinations, wanted))


@dataclass(frozen=True)
class _Legs:
    """Rides between a settlement and a destination on one trip: when one is there, or must leave there (minutes)."""

    settlement: Ints
    destination: Ints
    trip: Ints
    clock_min: Floats


def _legs(table: Timetable, near: _Near) -> tuple[_Legs, _Legs]:
    """Every direct ride out (earliest arrival at the destination's door) and back (latest leaving of it)."""
    out: list[tuple[Ints, Ints, int, Floats]] = []
    back: list[tuple[Ints, Ints, int, Floats]] = []
    s, d = near.settlements, near.destinations
    for trip in range(len(table.trip_ids)):
        a, b = s.on(trip), d.on(trip)
        visit_s, who_s = s.visit[a], s.who[a]
        visit_d, who_d, walk_d = d.visit[b], d.who[b], d.walk_min[b]
        ride = table.board[visit_s]
        ends = table.alight[visit_d]
        if ride.any() and ends.any():
            who, first = np.unique(who_s[ride], return_index=True)
            clock = _best(
                visit_s[ride][first], visit_d[ends], who_d[ends],
                table.arrive_min[visit_d[ends]] + walk_d[ends], later=True,
            )
            out.append(_dense(who, np.unique(who_d[ends]), trip, clock))
        ride, ends = table.board[visit_d], table.alight[visit_s]
        if ride.any() and ends.any():
            who, last = np.unique(who_s[ends][::-1], return_index=True)
            clock = -_best(
                visit_s[ends][::-1][last], visit_d[ride], who_d[ride],
                -(table.depart_min[visit_d[ride]] - walk_d[ride]), later=False,
            )
            back.append(_dense(who, np.unique(who_d[ride]), trip, clock))
    return _join(out), _join(back)


def _best(anchor: Ints, visit: Ints, who: Ints, value: Floats, *, later: bool) -> Floats:
    """For each anchor visit and each destination the least value at its visits after (or before) the anchor."""
    order = np.argsort(who, kind="stable")
    starts = np.flatnonzero(np.diff(who[order], prepend=-1))
    allowed = visit[order] > anchor[:, None] if later else visit[order] < anchor[:, None]
    return np.minimum.reduceat(np.where(allowed, value[order], np.inf), starts, axis=1)


def _dense(settlement: Ints, destination: Ints, trip: int, clock: Floats) -> tuple[Ints, Ints, int, Floats]:
    i, j = np.nonzero(np.isfinite(clock))
    return settlement[i], destination[j], trip, clock[i, j]


def _join(legs: list[tuple[Ints, Ints, int, Floats]]) -> _Legs:
    if not legs:
        none = np.zeros(0, dtype=np.int64)
        return _Legs(none, none, none, np.zeros(0))
    return _Legs(
        np.concatenate([leg[0] for leg in legs]), np.concatenate([leg[1] for leg in legs]),
        np.repeat([leg[2] for leg in legs], [len(leg[0]) for leg in legs]), np.concatenate([leg[3] for leg in legs]),
    )


@dataclass(frozen=True)
class _Pairs:
    """Settlement and destination joined by rides both ways; the rides of pair k are [start[k], start[k + 1])."""

    settlement: Ints
    destination: Ints
    out: _Legs
    out_start: Ints
    back: _Legs
    back_start: Ints

    @classmethod
    def of(cls, out: _Legs, back: _Legs, destinations: int) -> _Pairs:
        key_out = out.settlement * destinations + out.destination
        key_back = back.settlement * destinations + back.destination
        both = np.intersect1d(key_out, key_back)

        def sort(legs: _Legs, key: Ints) -> tuple[_Legs, Ints]:
            kept = np.flatnonzero(np.isin(key, both))
            order = kept[np.lexsort((legs.clock_min[kept], legs.trip[kept], key[kept]))]
            sorted_legs = _Legs(
                legs.settlement[order], legs.destination[order], legs.trip[order], legs.clock_min[order])
            return sorted_legs, np.searchsorted(key[order], both)

        out, out_start = sort(out, key_out)
        back, back_start = sort(back, key_back)
        return cls(both // max(destinations, 1), both % max(destinations, 1), out, out_start, back, back_start)

    def earliest(self, trip_runs: NDArray[np.bool_]) -> Floats:
        """Earliest arrival of each pair among the trips that run; inf when none does."""
        return self._least(self.out, self.out_start, trip_runs, 1.0)

    def latest(self, trip_runs: NDArray[np.bool_]) -> Floats:
        """Latest leaving of each pair's destination among the trips that run; -inf when none does."""
        return -self._least(self.back, self.back_start, trip_runs, -1.0)

    @staticmethod
    def _least(legs: _Legs, start: Ints, trip_runs: NDArray[np.bool_], sign: float) -> Floats:
        if not len(start):
            return np.zeros(0)
        value = np.where(trip_runs[legs.trip], sign * legs.clock_min, np.inf)
        return np.asarray(np.minimum.reduceat(value, start), dtype=np.float64)


def _example(
    table: Timetable, near: _Near, pairs: _Pairs, pair: int, trip_runs: NDArray[np.bool_], weekday: int,
    hours: tuple[float, float, float],
) -> RoundTrip:
    """The round trip of one pair that keeps a person away from home for the shortest time."""
    open_min, close_min, stay_min = hours
    settlement, destination = int(pairs.settlement[pair]), int(pairs.destination[pair])
    best: tuple[float, float, RoundTrip] | None = None
    rides = [
        [
            _ride(table, near, trip, settlement, destination, out=out)
            for trip in np.unique(legs.trip[slice(*start)]) if trip_runs[trip]
        ]
        for legs, start, out in (
            (pairs.out, _span(pairs.out_start, pair, len(pairs.out.trip)), True),
            (pairs.back, _span(pairs.back_start, pair, len(pairs.back.trip)), False),
        )
    ]
    for there in rides[0]:
        for home in rides[1]:
            if min(home.door_min, close_min) - max(there.door_min, open_min) < stay_min:
                continue
            away = home.arrive_min - there.depart_min
            if best is None or (away, there.depart_min) < best[:2]:
                best = away, there.depart_min, RoundTrip(
                    weekday, destination, there.trip, there.depart_min, there.arrive_min,
                    home.trip, home.depart_min, home.arrive_min,
                )
    assert best is not None, "a pair that works has a round trip"
    return best[2]


def _span(start: Ints, pair: int, end: int) -> tuple[int, int]:
    return int(start[pair]), int(start[pair + 1]) if pair + 1 < len(start) else end


@dataclass(frozen=True)
class _Ride:
    """One direct ride by the clock of its stops; door_min: at the destination's door, walk included."""

    trip: str
    depart_min: float
    arrive_min: float
    door_min: float


def _ride(table: Timetable, near: _Near, trip: int, settlement: int, destination: int, *, out: bool) -> _Ride:
    """The ride of one trip with the earliest arrival (latest leaving), and of those the shortest aboard."""

    def of(calls: _Calls, who: int) -> tuple[Ints, Floats]:
        here = calls.on(trip)
        mine = calls.who[here] == who
        return calls.visit[here][mine], calls.walk_min[here][mine]

    home, _ = of(near.settlements, settlement)
    shop, walk = of(near.destinations, destination)
    if out:
        options = [
            (table.arrive_min[b] + w, -table.depart_min[a], a, b) for a in home[table.board[home]]
            for b, w in zip(shop, walk, strict=True) if table.alight[b] and a < b
        ]
        door, _, a, b = min(options)
    else:
        options = [
            (w - table.depart_min[a], table.arrive_min[b], a, b) for b in home[table.alight[home]]
            for a, w in zip(shop, walk, strict=True) if table.board[a] and a < b
        ]
        door, _, a, b = min(options)
        door = -door
    return _Ride(table.trip_ids[trip], float(table.depart_min[a]), float(table.arrive_min[b]), float(door))
