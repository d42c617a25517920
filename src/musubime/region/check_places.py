"""Faults of settlements and facilities: ids, names, coordinates and their columns."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, get_args

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from musubime.errors import Fault
from musubime.language import Text, text
from musubime.parameters import Parameters

from .plane import shape_to_plane, to_plane
from .tables import FACILITY_KINDS, SERVICES, Basis, Facilities, Floats, Settlements, Status

if TYPE_CHECKING:
    from .model import Region

SETTLEMENTS = "region.gpkg/settlements"
FACILITIES = "region.gpkg/facilities"
_JAPAN = (122.0, 20.0, 154.0, 46.0)  # west, south, east, north in degrees, remote islands included


def place_faults(region: Region, epsg: int, parameters: Parameters) -> Iterator[Fault]:
    """Faults of the layers boundary, settlements, facilities and settlement_areas."""
    s, f = region.settlements, region.facilities
    if len(s) == 0:
        yield Fault(text("There are no settlements."), text("Add one feature for each."), file=SETTLEMENTS)
    yield from _name_faults(s.ids, s.names, SETTLEMENTS)
    yield from _point_faults(
        region, epsg, s.lon, s.lat, s.names, SETTLEMENTS, parameters.number("check.settlement_outside_m")
    )
    yield from _same_point_faults(s)
    yield from _choice_faults(s.basis, get_args(Basis), SETTLEMENTS, "basis")
    yield from _area_faults(region)
    yield from _name_faults(f.ids, f.names, FACILITIES)
    yield from _point_faults(
        region, epsg, f.lon, f.lat, f.names, FACILITIES, parameters.number("check.facility_outside_m")
    )
    yield from _choice_faults(f.kinds, tuple(FACILITY_KINDS), FACILITIES, "kind")
    yield from _choice_faults(f.statuses, get_args(Status), FACILITIES, "status")
    yield from _column_faults(f, region.population.years[-1] if region.population.years else None)


def _name_faults(ids: tuple[str, ...], names: tuple[str, ...], file: str) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for row, (identity, name) in enumerate(zip(ids, names, strict=True), start=1):
        if not identity.strip():
            yield Fault(text("The id is empty."), text("Give each feature its own id."), file=file, row=row, field="id")
        elif identity in first:
            yield Fault(
                text("Row {row} has the same id.", row=first[identity]), text("Give each feature its own id."),
                file=file, row=row, field="id", value=identity,
            )
        else:
            first[identity] = row
        if not name.strip():
            yield Fault(
                text("The name is empty."), text("Write the name by which people know it."),
                file=file, row=row, field="name",
            )


def _choice_faults(given: tuple[str, ...], known: tuple[str, ...], file: str, field: str) -> Iterator[Fault]:
    for row, value in enumerate(given, start=1):
        if value not in known:
            yield Fault(
                text("This word is not known here."), text("Use one of: {names}.", names=", ".join(known)),
                file=file, row=row, field=field, value=value,
            )


def lies_in_japan(shape: BaseGeometry) -> bool:
    """Does a shape lie within Japan's degrees?"""
    corners = np.array(shape.bounds).reshape(2, 2)
    return bool(_in_japan(corners[:, 0], corners[:, 1]).all())


def _in_japan(lon: Floats, lat: Floats) -> np.ndarray:
    west, south, east, north = _JAPAN
    return np.asarray((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))


def _point_faults(
    region: Region, epsg: int, lon: Floats, lat: Floats, names: tuple[str, ...], file: str, margin_m: float
) -> Iterator[Fault]:
    known = np.isfinite(lon) & np.isfinite(lat)
    inside_japan = _in_japan(lon, lat)
    swapped = ~inside_japan & _in_japan(lat, lon)
    for i in np.flatnonzero(~known):
        yield Fault(
            text("{name} has no coordinates.", name=names[i]), text("Place its point in QGIS, or delete the row."),
            file=file, row=int(i) + 1, field="geometry", value=_pair(lon[i], lat[i]),
        )
    for i in np.flatnonzero(known & ~inside_japan):
        what: Text
        if swapped[i]:
            what = text("Latitude and longitude of {name} are swapped.", name=names[i])
            remedy = text("Write {right} (longitude, latitude).", right=_pair(lat[i], lon[i]))
        elif lon[i] == 0 and lat[i] == 0:
            what = text("{name} stands on 0, 0: its coordinates were empty.", name=names[i])
            remedy = text("Place its point in QGIS, or delete the row.")
        else:
            what = text("{name} lies outside Japan.", name=names[i])
            remedy = text("Give degrees (JGD2011), longitude first; metres of a plane system must be converted.")
        yield Fault(what, remedy, file=file, row=int(i) + 1, field="geometry", value=_pair(lon[i], lat[i]))
    yield from _outside_faults(region, epsg, lon, lat, names, file, margin_m, np.flatnonzero(inside_japan))


def _outside_faults(
    region: Region, epsg: int, lon: Floats, lat: Floats, names: tuple[str, ...], file: str, margin_m: float,
    candidates: np.ndarray,
) -> Iterator[Fault]:
    """Points farther than `margin_m` outside the boundary; outlines are simplified, so a point may miss by a little."""
    boundary = region.boundary
    if boundary is None or boundary.is_empty or not boundary.is_valid:
        return
    shapely.prepare(boundary)
    outside = candidates[~shapely.intersects_xy(boundary, lon[candidates], lat[candidates])]
    if not len(outside) or not lies_in_japan(boundary):
        return
    x, y = to_plane(epsg, lon[outside], lat[outside])
    for i, far_m in zip(outside, shapely.distance(shapely.points(x, y), shape_to_plane(epsg, boundary)), strict=True):
        if far_m > margin_m:
            yield Fault(
                text("{name} lies {distance:,.0f} m outside the boundary of {place}.",
                     name=names[i], distance=far_m, place=region.name),
                text("Move its point, or delete the row if it belongs to another municipality."),
                file=file, row=int(i) + 1, field="geometry", value=_pair(lon[i], lat[i]), blocks=False,
            )


def _same_point_faults(s: Settlements) -> Iterator[Fault]:
    first: dict[tuple[float, float], int] = {}
    for i in np.flatnonzero(np.isfinite(s.lon) & np.isfinite(s.lat)):
        point = (round(float(s.lon[i]), 7), round(float(s.lat[i]), 7))
        if point in first:
            yield Fault(
                text("{name} stands on the same point as {other} (row {row}).",
                     name=s.names[i], other=s.names[first[point]], row=first[point] + 1),
                text("Move one of them to the middle of its houses."),
                file=SETTLEMENTS, row=int(i) + 1, field="geometry", value=_pair(s.lon[i], s.lat[i]), blocks=False,
            )
        else:
            first[point] = int(i)


def _area_faults(region: Region) -> Iterator[Fault]:
    place = "region.gpkg/settlement_areas"
    if not region.areas:
        return
    if len(region.areas) != len(region.settlements):
        yield Fault(
            text("There are {areas} areas for {settlements} settlements.",
                 areas=len(region.areas), settlements=len(region.settlements)),
            text("Give one area each, or none at all."), file=place,
        )
    shapes = np.array(region.areas, dtype=object)
    drawn = np.array([shape is not None for shape in region.areas])
    for i in np.flatnonzero(drawn & ~shapely.is_valid(shapes)):
        yield Fault(
            text("The area crosses itself."), text("Mend it in QGIS (Vector geometry, Fix geometries)."),
            file=place, row=int(i) + 1, value=shapely.is_valid_reason(shapes[i]),
        )


def _column_faults(f: Facilities, base_year: int | None) -> Iterator[Fault]:
    for row, services in enumerate(f.services, start=1):
        for service in services:
            if service not in SERVICES:
                yield Fault(
                    text("There is no service of this name."),
                    text("The services are {names}.", names=", ".join(SERVICES)),
                    file=FACILITIES, row=row, field="services", value=service,
                )
    for i in np.flatnonzero((f.days_per_week < 0) | (f.days_per_week > 7)):
        yield Fault(
            text("A week has 0 to 7 days."), text("Write the days a week on which it is open, or leave it empty."),
            file=FACILITIES, row=int(i) + 1, field="days_per_week", value=f"{f.days_per_week[i]:g}",
        )
    for i in np.flatnonzero((f.floor_m2 <= 0) | np.isinf(f.floor_m2)):
        yield Fault(
            text("A building has more than 0 m2."), text("Write its floor area, or leave it empty."),
            file=FACILITIES, row=int(i) + 1, field="floor_m2", value=f"{f.floor_m2[i]:g}",
        )
    for row, (name, status, year) in enumerate(
        zip(f.names, f.statuses, f.closing_year.tolist(), strict=True), start=1
    ):
        fault = partial(
            Fault, file=FACILITIES, row=row, field="closing_year", value="" if np.isnan(year) else f"{year:g}"
        )
        if status == "closing" and np.isnan(year):
            yield fault(
                text("{name} is closing, but no year is given.", name=name),
                text("Write the year, or set the status to open."),
            )
        elif np.isnan(year):
            continue
        elif not 1900 <= year <= 2150 or year != int(year):
            yield fault(text("This is not a year."), text("Write the Western year, for example 2027."))
        elif status != "closed" and base_year is not None and year < base_year:
            yield fault(
                text("{name} should have closed before the newest count of people ({year}), but is not marked closed.",
                     name=name, year=base_year),
                text("Set the status to closed, or mend the year."),
            )


def _pair(lon: float, lat: float) -> str:
    return f"{lon:.6f}, {lat:.6f}" if np.isfinite(lon) or np.isfinite(lat) else ""
