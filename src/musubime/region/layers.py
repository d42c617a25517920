"""The layers of region.gpkg: tables to features and back.

Features keep the order of the tables; population is a table without geometry, one row a date, settlement and sex,
one column an age group. What cannot be read is reported with its layer, row, column and value, all at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from shapely.geometry import MultiPolygon, Polygon

from musubime.errors import Fault, InputError
from musubime.language import text

from .plane import GEOGRAPHIC_EPSG
from .tables import (
    SEXES,
    Basis,
    Facilities,
    Floats,
    MunicipalSeries,
    Population,
    Roads,
    Settlements,
    Status,
    TurnRule,
    VitalYears,
    age_column,
)

if TYPE_CHECKING:
    from .model import Region

GPKG = "region.gpkg"

_NEEDED = {
    "boundary": ("code", "name"),
    "settlements": ("id", "name", "district", "households", "basis"),
    "facilities": ("id", "name", "kind", "services", "status", "closing_year", "days_per_week", "floor_m2",
                   "host", "source"),
    "population": ("unit_id", "year", "month", "sex"),
    "roads": ("class", "oneway", "speed_kmh", "slope", "name"),
    "turn_rules": ("from_road", "to_road", "kind"),
    "municipal_population": ("unit_id", "year", "month", "sex"),
    "vital_years": ("year", "people", "births", "deaths"),
    "settlement_areas": ("settlement_id",),
}
_DRAWN = ("boundary", "settlements", "facilities", "roads", "settlement_areas", "turn_rules")
_REQUIRED = ("boundary", "settlements", "facilities", "population")


# --- writing ----------------------------------------------------------------------------------------------------


def write_layers(region: Region, path: Path) -> None:
    """Write all layers of a region into a new GeoPackage."""
    s, f = region.settlements, region.facilities
    layers: dict[str, pd.DataFrame] = {
        "boundary": gpd.GeoDataFrame(
            {"code": [region.code], "name": [region.name]}, geometry=[region.boundary], crs=GEOGRAPHIC_EPSG
        ),
        "settlements": _points(s.lon, s.lat, {
            "id": s.ids, "name": s.names, "district": s.districts, "households": s.households, "basis": s.basis,
        }),
        "facilities": _points(f.lon, f.lat, {
            "id": f.ids, "name": f.names, "kind": f.kinds, "services": [",".join(x) for x in f.services],
            "status": f.statuses, "closing_year": f.closing_year, "days_per_week": f.days_per_week,
            "floor_m2": f.floor_m2, "host": f.host, "source": f.sources,
        }),
        "population": _population_frame(region.population),
    }
    if any(area is not None for area in region.areas):
        layers["settlement_areas"] = gpd.GeoDataFrame(
            {"settlement_id": s.ids}, geometry=list(region.areas), crs=GEOGRAPHIC_EPSG
        )
    if region.roads is not None:
        r = region.roads
        layers["roads"] = gpd.GeoDataFrame(
            {"class": r.classes, "oneway": r.oneway.astype(np.int32), "speed_kmh": r.speed_kmh, "slope": r.slope,
             "name": r.names},
            geometry=list(r.lines), crs=GEOGRAPHIC_EPSG,
        )
        if r.turns:
            layers["turn_rules"] = _points(
                np.array([rule.lon for rule in r.turns]), np.array([rule.lat for rule in r.turns]), {
                    # GeoPackage numbers the features of a layer from 1.
                    "from_road": [rule.from_line + 1 for rule in r.turns],
                    "to_road": [rule.to_line + 1 for rule in r.turns], "kind": [rule.kind for rule in r.turns],
                })
    if region.municipal.population is not None:
        layers["municipal_population"] = _population_frame(region.municipal.population)
    if region.municipal.vital is not None:
        v = region.municipal.vital
        layers["vital_years"] = pd.DataFrame(
            {"year": v.years, "people": v.people, "births": v.births, "deaths": v.deaths}
        )
    for name, frame in layers.items():
        pyogrio.write_dataframe(frame, path, layer=name, driver="GPKG", append=path.exists(), **_kind(name, frame))


def _kind(name: str, frame: pd.DataFrame) -> dict[str, Any]:
    """The layer's geometry type, for a layer without features or with some that have no point yet."""
    if name in ("settlements", "facilities"):
        return {"geometry_type": "Point"}
    return {"geometry_type": "LineString"} if name == "roads" and frame.empty else {}


def _points(lon: Floats, lat: Floats, columns: dict[str, Any]) -> gpd.GeoDataFrame:
    known = np.isfinite(lon) & np.isfinite(lat)
    shapes = np.full(len(lon), None, dtype=object)
    shapes[known] = shapely.points(lon[known], lat[known])
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=GEOGRAPHIC_EPSG)


def _population_frame(population: Population) -> pd.DataFrame:
    years, units, sexes = len(population.years), len(population.unit_ids), len(SEXES)
    index = np.indices((years, units, sexes)).reshape(3, -1)
    uppers = [*(a - 1 for a in population.age_from[1:]), None]
    flat = population.people.reshape(years * units * sexes, -1)
    frame: dict[str, Any] = {
        "unit_id": np.asarray(population.unit_ids, dtype=object)[index[1]],
        "year": np.asarray(population.years, dtype=np.int32)[index[0]],
        "month": np.asarray(population.months, dtype=np.int32)[index[0]],
        "sex": np.asarray(SEXES, dtype=object)[index[2]],
    }
    for column, (lower, upper) in enumerate(zip(population.age_from, uppers, strict=True)):
        frame[age_column(lower, upper)] = flat[:, column]
    return pd.DataFrame(frame)


# --- reading ----------------------------------------------------------------------------------------------------


def read_layers(path: Path) -> dict[str, Any]:
    """The tables of a region. Raises InputError with every fault that keeps them from being read."""
    frames = _frames(path)
    faults: list[Fault] = []
    settlements = _settlements(_Layer("settlements", frames["settlements"], faults))
    tables = {
        "boundary": _boundary(frames["boundary"]),
        "settlements": settlements,
        "population": _population(_Layer("population", frames["population"], faults), settlements.ids),
        "facilities": _facilities(_Layer("facilities", frames["facilities"], faults)),
        "roads": _roads(frames, faults) if "roads" in frames else None,
        "areas": _areas(frames.get("settlement_areas"), settlements.ids),
        "municipal": _municipal(frames, faults),
    }
    if faults:
        raise InputError(faults)
    return tables


def _frames(path: Path) -> dict[str, pd.DataFrame]:
    try:
        names = {str(name) for name in pyogrio.list_layers(path)[:, 0]}
        # Turn rules name roads by the number of their feature, which stays when others are deleted in QGIS.
        frames = {name: pyogrio.read_dataframe(path, layer=name, fid_as_index=name == "roads")
                  for name in _NEEDED if name in names}
    except (RuntimeError, ValueError, IndexError, shapely.errors.ShapelyError, pyogrio.errors.CRSError) as error:
        raise InputError(Fault(
            text("region.gpkg cannot be read ({reason}).", reason=str(error).split("\n", 1)[0]),
            text("Close it in other programs, or build the region again."), file=GPKG,
        )) from error
    faults = [
        Fault(text("The layer {layer} is missing.", layer=layer), text("Build the region again, or add the layer."),
              file=GPKG)
        for layer in _REQUIRED if layer not in frames
    ]
    for layer, frame in frames.items():
        faults += [
            Fault(text("A column is missing."), text("Add it; docs/data/region.md says what it holds."),
                  file=f"{GPKG}/{layer}", field=column)
            for column in _NEEDED[layer] if column not in frame.columns
        ]
        if layer in _DRAWN and not isinstance(frame, gpd.GeoDataFrame):
            faults.append(Fault(
                text("The layer has no geometry."), text("Build the region again, or add the layer."),
                file=f"{GPKG}/{layer}",
            ))
        elif isinstance(frame, gpd.GeoDataFrame) and frame.crs is None:
            faults.append(Fault(
                text("The layer has no coordinate system."),
                text("Set it in QGIS (Layer CRS), normally EPSG:6668."), file=f"{GPKG}/{layer}",
            ))
        elif isinstance(frame, gpd.GeoDataFrame) and frame.crs.to_epsg() != GEOGRAPHIC_EPSG:
            frames[layer] = frame.to_crs(GEOGRAPHIC_EPSG)
    if faults:
        raise InputError(faults)
    return frames


class _Layer:
    """One layer's columns, read with their faults."""

    def __init__(self, name: str, frame: pd.DataFrame, faults: list[Fault]) -> None:
        self.frame = frame
        self.file = f"{GPKG}/{name}"
        self.faults = faults

    def __len__(self) -> int:
        return len(self.frame)

    def words(self, column: str) -> tuple[str, ...]:
        return tuple("" if pd.isna(value) else str(value) for value in self.frame[column])

    def numbers(self, column: str) -> Floats:
        """Numbers, nan where a cell is empty; words that are no number are faults."""
        cells = self.frame[column]
        if pd.api.types.is_numeric_dtype(cells):
            return np.asarray(cells, dtype=np.float64)
        values = np.full(len(cells), np.nan)
        for row, cell in enumerate(cells):
            word = "" if pd.isna(cell) else str(cell).strip()
            try:
                values[row] = float(word) if word else np.nan
            except ValueError:
                self.fault(row, column, word)
        return values

    def whole(self, column: str) -> list[int]:
        """Whole numbers that may not be empty; a fault is given and 0 stands for the rest."""
        values = self.numbers(column)
        wrong = ~np.isfinite(values) | (values != np.round(values)) | (np.abs(values) > 1e9)
        told = {fault.row for fault in self.faults if fault.file == self.file and fault.field == column}
        for row in np.flatnonzero(wrong):
            if int(row) + 1 not in told:
                self.fault(int(row), column, "" if np.isnan(values[row]) else f"{values[row]:g}")
        return [0 if bad else int(value) for value, bad in zip(values, wrong, strict=True)]

    def flags(self, column: str) -> np.ndarray:
        """True or false; empty is false."""
        flags = np.zeros(len(self), dtype=bool)
        for row, value in enumerate(self.frame[column]):
            word = "" if pd.isna(value) else str(value).strip().lower()
            if word in ("1", "1.0", "true"):
                flags[row] = True
            elif word not in ("", "0", "0.0", "false"):
                self.faults.append(Fault(
                    text("This is neither true nor false."), text("Write true or false."), file=self.file, row=row + 1,
                    field=column, value=str(value),
                ))
        return flags

    def fault(self, row: int, column: str, value: str) -> None:
        self.faults.append(Fault(
            text("This is not a number that can stand here."), text("Write the number in plain digits."),
            file=self.file, row=row + 1, field=column, value=value,
        ))

    def lon_lat(self) -> tuple[Floats, Floats]:
        shapes = self.frame.geometry.to_numpy()
        return (np.asarray(shapely.get_x(shapes), dtype=np.float64),
                np.asarray(shapely.get_y(shapes), dtype=np.float64))


def _boundary(frame: gpd.GeoDataFrame) -> MultiPolygon:
    """All polygons of the layer; an outline that crosses itself is kept as it is, for `check` to report."""
    shapes = [shape for shape in frame.geometry if shape is not None]
    try:
        joined = shapes[0] if len(shapes) == 1 else shapely.union_all(shapes)
    except shapely.errors.GEOSException:
        joined = shapely.GeometryCollection(shapes)
    parts = shapely.get_parts(shapely.get_parts(joined))
    return MultiPolygon([part for part in parts if isinstance(part, Polygon)])


def _settlements(layer: _Layer) -> Settlements:
    lon, lat = layer.lon_lat()
    return Settlements(
        layer.words("id"), layer.words("name"), layer.words("district"), lon, lat, layer.numbers("households"),
        cast("tuple[Basis, ...]", layer.words("basis")),
    )


def _facilities(layer: _Layer) -> Facilities:
    lon, lat = layer.lon_lat()
    services = tuple(
        tuple(name.strip() for name in cell.split(",") if name.strip()) for cell in layer.words("services")
    )
    return Facilities(
        layer.words("id"), layer.words("name"), layer.words("kind"), services,
        cast("tuple[Status, ...]", layer.words("status")), layer.numbers("closing_year"),
        layer.numbers("days_per_week"), layer.numbers("floor_m2"), layer.flags("host"), lon, lat,
        layer.words("source"),
    )


def _roads(frames: dict[str, pd.DataFrame], faults: list[Fault]) -> Roads:
    layer = _Layer("roads", frames["roads"], faults)
    oneway = np.nan_to_num(layer.numbers("oneway"), nan=0.0)
    whole = np.where(oneway == np.round(oneway), np.clip(oneway, -9, 9), 9)  # 9 is no direction: `check` reports it
    return Roads(
        tuple(layer.frame.geometry), layer.words("class"), whole.astype(np.int8), layer.numbers("speed_kmh"),
        layer.numbers("slope"), layer.words("name"), _turns(frames, faults),
    )


def _turns(frames: dict[str, pd.DataFrame], faults: list[Fault]) -> tuple[TurnRule, ...]:
    if (frame := frames.get("turn_rules", pd.DataFrame())).empty:
        return ()
    layer = _Layer("turn_rules", frame, faults)
    line_of = {int(number): line for line, number in enumerate(frames["roads"].index)}
    kinds, (lon, lat) = layer.words("kind"), layer.lon_lat()
    ends = {name: layer.whole(name) for name in ("from_road", "to_road")}
    rules: list[TurnRule] = []
    for row, kind in enumerate(kinds):
        unknown = [name for name in ends if ends[name][row] not in line_of]
        faults += [
            Fault(text("There is no road of this number."),
                  text("Give the fid of a feature of the layer roads, or delete the row."), file=layer.file,
                  row=row + 1, field=name, value=str(ends[name][row]))
            for name in unknown
        ]
        if not kind.startswith(("no_", "only_")) or not np.isfinite(lon[row] + lat[row]):
            faults.append(Fault(
                text("This is not a rule for a turn."),
                text("Write a kind such as no_left_turn or only_straight_on, and put the point on the junction."),
                file=layer.file, row=row + 1, field="kind", value=kind,
            ))
        elif not unknown:
            rules.append(TurnRule(line_of[ends["from_road"][row]], line_of[ends["to_road"][row]],
                                  float(lon[row]), float(lat[row]), kind))
    return tuple(rules)


def _areas(frame: gpd.GeoDataFrame | None, ids: tuple[str, ...]) -> tuple[Polygon | MultiPolygon | None, ...]:
    if frame is None:
        return ()
    shapes = zip(frame["settlement_id"].astype("string"), frame.geometry, strict=True)
    by_id = {unit: shape for unit, shape in shapes if isinstance(shape, Polygon | MultiPolygon)}
    return tuple(by_id.get(unit) for unit in ids)


def _municipal(frames: dict[str, pd.DataFrame], faults: list[Fault]) -> MunicipalSeries:
    population, vital = None, None
    if not (frame := frames.get("municipal_population", pd.DataFrame())).empty:
        layer = _Layer("municipal_population", frame, faults)
        population = _population(layer, tuple(dict.fromkeys(layer.words("unit_id"))))
    if not (frame := frames.get("vital_years", pd.DataFrame())).empty:
        layer = _Layer("vital_years", frame, faults)
        vital = VitalYears(
            tuple(layer.whole("year")), layer.numbers("people"), layer.numbers("births"), layer.numbers("deaths")
        )
    return MunicipalSeries(population, vital)


def _population(layer: _Layer, unit_ids: tuple[str, ...]) -> Population:
    ages = _age_groups(layer)
    units, sexes = layer.words("unit_id"), layer.words("sex")
    before = len(layer.faults)
    rows = list(zip(layer.whole("year"), layer.whole("month"), strict=True))
    if len(layer.faults) > before:  # what is missing at a date cannot be said when the dates are not known
        rows = []
    dates = sorted(set(rows))
    date_of = {date: i for i, date in enumerate(dates)}
    units_of: dict[str, list[int]] = {}  # two settlements with one id share its people, until `check` reports them
    for position, unit in enumerate(unit_ids):
        units_of.setdefault(unit, []).append(position)
    sex_of = {sex: i for i, sex in enumerate(SEXES)}
    values = np.column_stack([layer.numbers(name) for name in ages]) if ages else np.zeros((len(layer), 0))
    people = np.full((len(dates), len(unit_ids), len(SEXES), len(ages)), np.nan)
    given = np.zeros(people.shape[:3], dtype=bool)
    for row, (unit, date, sex) in enumerate(zip(units, rows, sexes, strict=False)):
        if unit not in units_of or sex not in sex_of:
            field, value = ("unit_id", unit) if unit not in units_of else ("sex", sex)
            layer.faults.append(Fault(
                text("This row belongs to no settlement, or to no sex."),
                text("Use an id of the layer settlements, and male or female."),
                file=layer.file, row=row + 1, field=field, value=value,
            ))
            continue
        at = (date_of[date], units_of[unit], sex_of[sex])
        if given[at].any():
            layer.faults.append(Fault(
                text("An earlier row has the same unit, date and sex."), text("Keep one of them."),
                file=layer.file, row=row + 1, field="unit_id", value=unit,
            ))
        people[at], given[at] = values[row], True
    for t, u, x in np.argwhere(~given):
        layer.faults.append(Fault(
            text("No people are given for {sex} on {year}-{month:02d}.", sex=SEXES[x], year=dates[t][0],
                 month=dates[t][1]),
            text("Add the row; write 0 where nobody lives."), file=layer.file, field="unit_id", value=unit_ids[u],
        ))
    years, months = tuple(d[0] for d in dates), tuple(d[1] for d in dates)
    return Population(unit_ids, years, months, tuple(ages.values()), people)


def _age_groups(layer: _Layer) -> dict[str, int]:
    """Columns of ages with the lower bound of each, in their order."""
    groups: dict[str, int] = {}
    for name in layer.frame.columns:
        if not str(name).startswith("age_"):
            continue
        lower = str(name).split("_")[1]
        if lower.isdecimal():
            groups[str(name)] = int(lower)
        else:
            layer.faults.append(Fault(
                text("This is not the name of an age group."),
                text("Name the columns age_0_4, age_5_9 and so on, the last age_85_plus."),
                file=layer.file, field=str(name),
            ))
    if not groups:
        layer.faults.append(Fault(
            text("There is no column of ages."),
            text("Name the columns age_0_4, age_5_9 and so on, the last age_85_plus."), file=layer.file,
        ))
    return groups
