"""Every fault of a region at once, each with its file, row, value and remedy.

Rows count the features of a layer of region.gpkg from 1, as QGIS numbers them. Tolerances are parameters
(`check.*`), so that a place with a good reason can widen them in region.toml.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import shapely

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.parameters import Parameters, load

from .check_people import people_faults
from .check_places import lies_in_japan, place_faults
from .check_roads import road_faults
from .codes import six_digits
from .plane import plane_epsg, utm_epsg
from .tables import SERVICES

if TYPE_CHECKING:
    from .model import Region

_FEED_FILES = ("stops.txt", "trips.txt", "stop_times.txt")
_TESTED_BYTES = 200_000_000  # larger feeds are opened but not unpacked to test their sums


def check_region(region: Region) -> list[Fault]:
    """Every fault of a region: its head, boundary, settlements, facilities, people, roads and feeds, in this order."""
    faults: list[Fault] = []
    try:
        parameters = load(overrides=region.parameters)
    except InputError as error:
        faults += error.faults
        parameters = load()
    faults += [*_head_faults(region), *_boundary_faults(region)]
    epsg = _epsg(region)
    faults += place_faults(region, epsg, parameters)
    faults += people_faults(region, parameters)
    faults += road_faults(region, epsg, parameters)
    faults += _feed_faults(region, parameters)
    return faults


def _epsg(region: Region) -> int:
    """A plane to measure in, even when the code is no code or the boundary is empty."""
    try:
        six_digits(region.code)
        return plane_epsg(region.code, float(region.boundary.centroid.x))
    except (InputError, shapely.errors.GEOSException, AttributeError):
        return utm_epsg(region.settlements.lon)


def _head_faults(region: Region) -> Iterator[Fault]:
    try:
        six_digits(region.code, file="region.toml", field="code")
    except InputError as error:
        yield from error.faults
    if not region.name.strip():
        yield Fault(
            text("The municipality has no name."), text("Write it in the table [region]."),
            file="region.toml", field="name",
        )
    for service in region.unknown_services:
        offered = [
            i for i, (services, status) in enumerate(
                zip(region.facilities.services, region.facilities.statuses, strict=True)
            ) if service in services and status != "closed"
        ]
        if service not in SERVICES:
            yield Fault(
                text("There is no service of this name."), text("The services are {names}.", names=", ".join(SERVICES)),
                file="region.toml", field="unknown_services", value=service,
            )
        elif offered:
            yield Fault(
                text("It is said that nobody knows where this service is, but {count} facilities offer it, "
                     "for example {example}.",
                     count=len(offered), example=region.facilities.names[offered[0]]),
                text("Take the service out of unknown_services, or out of the facilities."),
                file="region.toml", field="unknown_services", value=service,
            )


def _boundary_faults(region: Region) -> Iterator[Fault]:
    place = "region.gpkg/boundary"
    boundary = region.boundary
    if boundary is None or boundary.is_empty or boundary.area == 0:
        yield Fault(
            text("The boundary is empty."), text("Give the municipality's polygon (国土数値情報 N03, for example)."),
            file=place, row=1,
        )
        return
    if not boundary.is_valid:
        yield Fault(
            text("The boundary crosses itself."), text("Mend it in QGIS (Vector geometry, Fix geometries)."),
            file=place, row=1, value=shapely.is_valid_reason(boundary),
        )
    west, south, east, north = boundary.bounds
    if not lies_in_japan(boundary):
        yield Fault(
            text("The boundary lies outside Japan."),
            text("Set the layer's right coordinate system in QGIS, then export it as EPSG:6668."),
            file=place, row=1, value=f"{west:.4f}, {south:.4f}, {east:.4f}, {north:.4f}",
        )


def _feed_faults(region: Region, parameters: Parameters) -> Iterator[Fault]:
    limit = parameters.number("check.feed_limit_mb") * 1e6
    for feed in region.transit:
        place = f"transit/{feed.name}"
        remedy = text("Put the operator's GTFS-JP zip there again, or delete it.")
        if not feed.is_file():
            yield Fault(text("The bus feed is missing."), remedy, file=place)
            continue
        try:
            with zipfile.ZipFile(feed) as archive:
                sizes = sum(member.file_size for member in archive.infolist())
                names = set(archive.namelist())
                broken = _damaged(archive) if sizes <= min(limit, _TESTED_BYTES) else None
        except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, ValueError, EOFError) as error:
            yield Fault(text("The bus feed cannot be opened ({reason}).", reason=str(error)), remedy, file=place)
            continue
        if sizes > limit:
            yield Fault(
                text("The bus feed would unpack to {size:,.0f} MB.", size=sizes / 1e6),
                text("No feed of a municipality is so large; get it again, or raise check.feed_limit_mb."), file=place,
            )
        if broken:
            yield Fault(text("The bus feed is damaged at {name}.", name=broken), remedy, file=place)
        if absent := [name for name in _FEED_FILES if name not in names]:
            yield Fault(
                text("The bus feed has no {names}.", names=", ".join(absent)),
                text("Zip the files themselves, not the folder that holds them."), file=place,
            )


def _damaged(archive: zipfile.ZipFile) -> str | None:
    """The first file of a zip that does not unpack to what its sum says."""
    for name in archive.namelist():
        try:
            with archive.open(name) as file:
                while file.read(1 << 20):
                    pass
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError):
            return name
    return None
