"""Two fading bus lines as a GTFS-JP feed: three trips a day into one valley, Tuesdays and Fridays into another."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..tables import Facilities, Floats
from ._curves import along, locate, normals, point_at
from ._hamlets import EASTERN, YUZU, Hamlet
from ._names import DISTRICTS, TOWN, Name
from ._roadbook import way
from ._roads import Drawing
from ._terrain import EAST, NORTH

FEED_NAME = "musubino_gtfs-jp.zip"
_STOP_M = 800.0
_KMH = 27.0  # with stops
_FROM, _TO = dt.date(2025, 10, 1), dt.date(2027, 3, 31)
_WRITTEN = (2025, 9, 1, 0, 0, 0)  # the time that the zip gives its files, so that the same feed has the same bytes
_KANA = "ja-Hrkt"
_PREFER = {"residential": 2.0, "unclassified": 1.8, "track": 9.0, "primary": 1.0, "secondary": 1.0, "tertiary": 1.0}
# 国民の祝日 between the two dates that fall on a weekday (substitutes included), after the 国民の祝日に関する法律.
_HOLIDAYS = (
    "20251013 20251103 20251124 20260101 20260112 20260211 20260223 20260320 20260429 20260504 20260505 20260506 "
    "20260720 20260811 20260921 20260922 20260923 20261012 20261103 20261123 20270101 20270111 20270211 20270223 "
    "20270322"
).split()
_REST = "1229 1230 1231 0101 0102 0103 0813 0814 0815".split()  # the turn of the year, and Obon


@dataclass(frozen=True)
class _Stop:
    id: str
    name: Name
    point: Floats
    left: Floats  # unit vector to the left of the way out of town


@dataclass(frozen=True)
class _Route:
    id: str
    name: Name
    service: str
    out_times: tuple[str, ...]
    in_times: tuple[str, ...]
    line: Floats
    at_m: tuple[float, ...]
    stops: tuple[_Stop, ...]


ToDegrees = Callable[[Floats], tuple[Floats, Floats]]


def feed_bytes(
    code: str, drawing: Drawing, hamlets: list[Hamlet], facilities: Facilities, places: Floats, to_degrees: ToDegrees
) -> bytes:
    """The feed as a zip. places: plane points of the facilities; to_degrees: (n, 2) metres to lon, lat."""
    known: dict[str, _Stop] = {}
    routes = [
        _route(
            "R1", DISTRICTS[YUZU].after("線", "せん"), "weekday",
            ("11:40", "15:20", "17:50"), ("07:10", "09:20", "13:00"),
            _path(drawing, facilities, places, ["town_office", "hospital"], NORTH), hamlets, facilities, places, known,
        ),
        _route(
            "R2", DISTRICTS[EASTERN].after("線", "せん"), "tue_fri", ("11:30", "15:00"), ("08:20", "13:10"),
            _path(drawing, facilities, places, ["hospital", "town_office"], EAST), hamlets, facilities, places, known,
        ),
    ]
    agency = agency_number(code)
    tables: dict[str, list[dict[str, object]]] = {
        "agency.txt": _agency(agency), "stops.txt": _stops(list(known.values()), to_degrees),
        "routes.txt": [
            {"route_id": r.id, "agency_id": agency, "route_short_name": "", "route_long_name": r.name.kanji,
             "route_type": 3, "route_color": color, "route_text_color": "FFFFFF"}
            for r, color in zip(routes, ("1B6E53", "8A4B08"), strict=True)
        ],
        "trips.txt": _trips(routes), "stop_times.txt": _stop_times(routes),
        "calendar.txt": _calendar(), "calendar_dates.txt": _calendar_dates(),
        "shapes.txt": _shapes(routes, to_degrees),
        "fare_attributes.txt": [
            {"fare_id": "flat", "price": 200, "currency_type": "JPY", "payment_method": 0, "transfers": 0,
             "agency_id": agency}
        ],
        "feed_info.txt": [
            {"feed_publisher_name": TOWN.kanji + "町", "feed_publisher_url": "https://musubino.example.jp/",
             "feed_lang": "ja", "feed_start_date": f"{_FROM:%Y%m%d}", "feed_end_date": f"{_TO:%Y%m%d}",
             "feed_version": f"{_FROM:%Y%m%d}_sample", "feed_contact_url": "https://musubino.example.jp/bus/"}
        ],
        "translations.txt": _translations(routes, list(known.values())),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, rows in tables.items():
            archive.writestr(zipfile.ZipInfo(name, _WRITTEN), _csv(rows), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def agency_number(code: str) -> str:
    """The 13-digit corporate number that a municipality of this code has: check digit, 000020, code.

    >>> agency_number("352080")  # as in the city's own feed
    '1000020352080'
    """
    base = "000020" + code
    total = sum(int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(base)))
    return f"{9 - total % 9}{base}"


def _csv(rows: Sequence[dict[str, object]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _path(drawing: Drawing, facilities: Facilities, places: Floats, kinds: list[str], valley: int) -> Floats:
    """The way of a bus: past some buildings of the town, then up a valley to nine tenths of its road."""
    road = drawing.valley[valley].points
    through = [places[facilities.kinds.index(kind)] for kind in kinds] + [point_at(road, 0.9 * along(road)[-1])]
    return way(drawing.book.lines, through, _PREFER)


def _route(
    id: str, name: Name, service: str, out_times: tuple[str, ...], in_times: tuple[str, ...], line: Floats,
    hamlets: list[Hamlet], facilities: Facilities, places: Floats, known: dict[str, _Stop],
) -> _Route:
    fixed = {
        locate(line, places[facilities.kinds.index(kind)]): stop
        for kind, stop in (
            ("town_office", Name("結野町役場前", "むすびのちょうやくばまえ")),
            ("hospital", Name("町立病院前", "ちょうりつびょういんまえ")),
        )
    }
    length = along(line)[-1]
    bounds = sorted({*fixed, 0.0, length})
    at_m: list[float] = []
    for start, end in pairwise(bounds):
        at_m += np.linspace(start, end, max(1, round((end - start) / _STOP_M)) + 1)[:-1].tolist()
    at_m.append(length)
    stops: list[_Stop] = []
    served: set[str] = set()
    for at in at_m:
        stop_name = fixed.get(at) or _named_after(point_at(line, at), hamlets, served)
        served.add(stop_name.kanji)
        if stop_name.kanji not in known:
            left = normals(np.array([point_at(line, at - 15), point_at(line, at + 15)]))[0]
            known[stop_name.kanji] = _Stop(f"{len(known) + 1:03d}", stop_name, point_at(line, at), left)
        stops.append(known[stop_name.kanji])
    return _Route(id, name, service, out_times, in_times, line, tuple(at_m), tuple(stops))


def _named_after(point: Floats, hamlets: list[Hamlet], served: set[str]) -> Name:
    """The nearest settlement's name; where it has a stop already, its gate or its end."""
    nearest = min(hamlets, key=lambda h: float(np.hypot(*(h.point - point)))).name
    choices = (nearest, nearest.after("口", "ぐち"), nearest.after("上", "かみ"), nearest.after("橋", "ばし"))
    return next((name for name in choices if name.kanji not in served), nearest.after("入口", "いりぐち"))


def _agency(agency: str) -> list[dict[str, object]]:
    return [{
        "agency_id": agency, "agency_name": "結野町町民バス", "agency_url": "https://musubino.example.jp/bus/",
        "agency_timezone": "Asia/Tokyo", "agency_lang": "ja", "agency_phone": "", "agency_fare_url": "",
        "agency_email": "",
    }]


def _stops(stops: list[_Stop], to_degrees: ToDegrees) -> list[dict[str, object]]:
    """Each stop with its two poles: _1 on the left of the way out of town, _2 of the way back (traffic keeps left)."""
    rows: list[dict[str, object]] = []
    for stop in stops:
        poles = np.array([stop.point, stop.point + 6 * stop.left, stop.point - 6 * stop.left])
        lon, lat = to_degrees(poles)
        for number, suffix in enumerate(("", "_1", "_2")):
            rows.append({
                "stop_id": stop.id + suffix, "stop_code": "", "stop_name": stop.name.kanji, "stop_desc": "",
                "stop_lat": f"{lat[number]:.6f}", "stop_lon": f"{lon[number]:.6f}", "zone_id": "", "stop_url": "",
                "location_type": 0 if suffix else 1, "parent_station": stop.id if suffix else "", "platform_code": "",
            })
    return rows


def _runs(route: _Route) -> list[tuple[str, int, str]]:
    """(trip id, direction, departure) of every trip."""
    return [
        (f"{route.id}_{direction}_{number}", direction, time)
        for direction, times in enumerate((route.out_times, route.in_times))
        for number, time in enumerate(times, start=1)
    ]


def _headsign(route: _Route, direction: int) -> Name:
    return route.stops[-1 if direction == 0 else 0].name


def _trips(routes: list[_Route]) -> list[dict[str, object]]:
    return [
        {"route_id": r.id, "service_id": r.service, "trip_id": trip,
         "trip_headsign": _headsign(r, direction).kanji, "direction_id": direction,
         "shape_id": f"{r.id}_{direction}"}
        for r in routes for trip, direction, _ in _runs(r)
    ]


def _stop_times(routes: list[_Route]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for route in routes:
        for trip, direction, departure in _runs(route):
            at = np.array(route.at_m) if direction == 0 else route.at_m[-1] - np.array(route.at_m[::-1])
            stops = route.stops if direction == 0 else route.stops[::-1]
            start = int(departure[:2]) * 60 + int(departure[3:])
            for number, (metres, stop) in enumerate(zip(at, stops, strict=True)):
                minute = start + round(float(metres) / 1000 / _KMH * 60)
                clock = f"{minute // 60:02d}:{minute % 60:02d}:00"
                rows.append({
                    "trip_id": trip, "arrival_time": clock, "departure_time": clock,
                    "stop_id": f"{stop.id}_{direction + 1}", "stop_sequence": number + 1,
                    "pickup_type": int(number == len(stops) - 1), "drop_off_type": int(number == 0),
                    "shape_dist_traveled": f"{metres:.1f}", "timepoint": 1,
                })
    return rows


def _calendar() -> list[dict[str, object]]:
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    return [
        {"service_id": service, **{day: int(number in runs) for number, day in enumerate(days)},
         "start_date": f"{_FROM:%Y%m%d}", "end_date": f"{_TO:%Y%m%d}"}
        for service, runs in (("weekday", (0, 1, 2, 3, 4)), ("tue_fri", (1, 4)))
    ]


def _calendar_dates() -> list[dict[str, object]]:
    """No bus on public holidays, from 29 December to 3 January, and for three days of Obon."""
    rows: list[dict[str, object]] = []
    for service, runs in (("weekday", (0, 1, 2, 3, 4)), ("tue_fri", (1, 4))):
        for number in range((_TO - _FROM).days + 1):
            day = _FROM + dt.timedelta(days=number)
            if day.weekday() in runs and (f"{day:%m%d}" in _REST or f"{day:%Y%m%d}" in _HOLIDAYS):
                rows.append({"service_id": service, "date": f"{day:%Y%m%d}", "exception_type": 2})
    return rows


def _shapes(routes: list[_Route], to_degrees: ToDegrees) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for route in routes:
        for direction in (0, 1):
            line = route.line if direction == 0 else route.line[::-1]
            lon, lat = to_degrees(line)
            for number, metres in enumerate(along(line)):
                rows.append({
                    "shape_id": f"{route.id}_{direction}", "shape_pt_lat": f"{lat[number]:.6f}",
                    "shape_pt_lon": f"{lon[number]:.6f}", "shape_pt_sequence": number + 1,
                    "shape_dist_traveled": f"{metres:.1f}",
                })
    return rows


def _translations(routes: list[_Route], stops: list[_Stop]) -> list[dict[str, object]]:
    readings: list[tuple[str, str, str, str]] = [
        ("agency", "agency_name", "結野町町民バス", "むすびのちょうちょうみんばす"),
        *(("stops", "stop_name", stop.name.kanji, stop.name.kana) for stop in stops),
        *(("routes", "route_long_name", route.name.kanji, route.name.kana) for route in routes),
    ]
    heads = {_headsign(r, d).kanji: _headsign(r, d) for r in routes for d in (0, 1)}
    readings += [("trips", "trip_headsign", name.kanji, name.kana) for name in heads.values()]
    return [
        {"table_name": table, "field_name": field, "language": _KANA, "translation": reading, "record_id": "",
         "record_sub_id": "", "field_value": value}
        for table, field, value, reading in readings
    ]
