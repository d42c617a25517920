"""GTFS-JP feeds: that a zip is one, that it can be read, and where its stops are.

Only what `build` needs; the timetable itself is read by `access`. See docs/data/gtfs.md.
"""

from __future__ import annotations

import csv
import io
import zipfile
import zlib

import numpy as np

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.provenance import Ledger, file_source

from ._vector import JAPAN
from .model import FeedPiece, Piece, Probe

FORMAT = "GTFS-JP"

REQUIRED = {
    "agency.txt": ("agency_name",),
    "stops.txt": ("stop_id", "stop_name", "stop_lat", "stop_lon"),
    "routes.txt": ("route_id",),
    "trips.txt": ("route_id", "service_id", "trip_id"),
    "stop_times.txt": ("trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence"),
}
_CALENDARS = ("calendar.txt", "calendar_dates.txt")
_KNOWN = frozenset((
    *REQUIRED, *_CALENDARS, "fare_attributes.txt", "fare_rules.txt", "shapes.txt", "frequencies.txt",
    "transfers.txt", "pathways.txt", "levels.txt", "feed_info.txt", "translations.txt", "attributions.txt",
    "agency_jp.txt", "routes_jp.txt", "office_jp.txt", "pattern_jp.txt", "fare_products.txt", "fare_leg_rules.txt",
    "areas.txt", "stop_areas.txt", "booking_rules.txt", "location_groups.txt", "location_group_stops.txt",
    "locations.geojson", "timeframes.txt", "networks.txt", "route_networks.txt", "fare_media.txt",
    "fare_transfer_rules.txt",
))
_MOST_BYTES = 512 << 20


def recognise(probe: Probe) -> bool:
    names = {member.rsplit("/", 1)[-1] for member in probe.members}
    return {"stops.txt", "stop_times.txt", "trips.txt"} <= names


def read(probe: Probe, ledger: Ledger) -> list[Piece]:
    source = probe.path.name
    faults: list[Fault] = []
    try:
        with zipfile.ZipFile(probe.path) as feed:
            sizes = {info.filename: info.file_size for info in feed.infolist()}
            if "stops.txt" not in sizes:
                raise InputError(Fault(
                    text("The tables of this GTFS feed lie in a folder inside the zip."),
                    text("Zip the tables themselves, not their folder."), file=source,
                ))
            if sum(sizes.values()) > _MOST_BYTES:
                raise InputError(Fault(
                    text("This GTFS feed unpacks to more than {megabytes} MB.", megabytes=_MOST_BYTES >> 20),
                    text("Take the feed of the operators of your town alone."), file=source,
                ))
            faults += [
                Fault(text("The feed lacks the table {table}.", table=table),
                      text("Ask its publisher for a complete feed."), file=source)
                for table in REQUIRED if table not in sizes
            ]
            if not any(calendar in sizes for calendar in _CALENDARS):
                faults.append(Fault(text("The feed has neither calendar.txt nor calendar_dates.txt."),
                                    text("Ask its publisher for a complete feed."), file=source))
            for table, needed in REQUIRED.items():
                if table in sizes:
                    header = _header(feed, table)
                    faults += [
                        Fault(text("The table {table} lacks a column.", table=table),
                              text("Ask its publisher for a complete feed."), file=source, field=column)
                        for column in needed if column not in header
                    ]
            if faults:
                raise InputError(faults)
            rows = list(csv.DictReader(io.StringIO(_text(feed.read("stops.txt")))))
            translated = _header(feed, "translations.txt") if "translations.txt" in sizes else ()
            unknown = sorted(name for name in sizes if name not in _KNOWN and not name.endswith("/"))
            vintage = _vintage(feed) if "feed_info.txt" in sizes else ""
    except (zipfile.BadZipFile, zlib.error, csv.Error, RuntimeError, NotImplementedError, EOFError, OSError) as error:
        raise InputError(Fault(
            text("This GTFS feed cannot be read ({reason}).", reason=str(error).split("\n", 1)[0]),
            text("Fetch the feed again."), file=source,
        )) from error
    lon, lat = _degrees(rows, "stop_lon"), _degrees(rows, "stop_lat")
    known = (lon >= JAPAN[0]) & (lon <= JAPAN[2]) & (lat >= JAPAN[1]) & (lat <= JAPAN[3])
    ledger.note("dropped", text("Stops without usable coordinates were not looked at."), count=int((~known).sum()),
                source=source, examples=[r.get("stop_name") or "" for r, k in zip(rows, known, strict=True) if not k])
    ledger.note("dropped", text("Members of the feed that are no GTFS tables are kept but not read."),
                count=len(unknown), source=source, examples=unknown)
    if translated and "trans_id" in translated:
        ledger.note("assumption", text("The feed's translations follow the first edition of GTFS-JP (trans_id)."),
                    source=source)
    if not known.any():
        raise InputError(Fault(text("No stop of this feed lies in Japan."),
                               text("Look at the columns stop_lat and stop_lon."), file=source))
    ledger.add_source(file_source(probe.path, format=FORMAT, rows=len(rows), vintage=vintage))
    return [FeedPiece(source, probe.path, lon[known], lat[known])]


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp932", errors="replace")


def _header(feed: zipfile.ZipFile, table: str) -> tuple[str, ...]:
    with feed.open(table) as file:
        return tuple(name.strip().strip('"') for name in _text(file.readline(1 << 16)).strip().split(","))


def _vintage(feed: zipfile.ZipFile) -> str:
    for row in csv.DictReader(io.StringIO(_text(feed.read("feed_info.txt")))):
        start, end = row.get("feed_start_date") or "", row.get("feed_end_date") or ""
        return f"{start}-{end}".strip("-")
    return ""


def _degrees(rows: list[dict[str, str]], column: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    values = np.full(len(rows), np.nan)
    for i, row in enumerate(rows):
        try:
            values[i] = float(row.get(column) or "nan")
        except ValueError:
            continue
    return values
