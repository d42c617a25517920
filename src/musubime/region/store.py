"""The region folder: region.toml, region.gpkg, transit/*.zip, sources.json.

region.gpkg opens in QGIS as it is; its layers are listed in docs/data/region.md. Features keep the order of the
tables; population is a table without geometry, one row a settlement, date and sex, one column an age group.
"""

from __future__ import annotations

import json
import shutil
import tomllib
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
from musubime.provenance import Ledger

from .files import recover, staged
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
    VitalYears,
    age_column,
)

if TYPE_CHECKING:
    from .model import Region

TOML, GPKG, SOURCES, TRANSIT = "region.toml", "region.gpkg", "sources.json", "transit"


def write_tables(region: Region, folder: Path) -> None:
    """Write every table of a region in one step (see `files.staged`)."""
    with staged(folder) as new:
        (new / TOML).write_text(_toml(region), "utf-8")
        _write_layers(region, new / GPKG)
        (new / SOURCES).write_text(
            json.dumps(region.ledger.as_json(), ensure_ascii=False, indent=1) + "\n", "utf-8"
        )
        if region.transit:
            (new / TRANSIT).mkdir()
            for feed in region.transit:
                shutil.copyfile(feed, new / TRANSIT / feed.name)
    kept = {feed.name for feed in region.transit}
    for stale in (folder / TRANSIT).glob("*.zip"):
        if stale.name not in kept:
            stale.unlink()


def read_tables(folder: Path) -> dict[str, Any]:
    """The fields of `Region` from a folder. Raises InputError with every fault that keeps it from being read."""
    recover(folder)
    missing = [name for name in (TOML, GPKG) if not (folder / name).is_file()]
    if missing:
        raise InputError([
            Fault(text("This is not a region folder: {name} is missing.", name=name),
                  text("Make one with `musubime build` or `musubime sample`."), file=str(folder))
            for name in missing
        ])
    head = _read_toml(folder / TOML)
    layers = _read_layers(folder / GPKG)
    sources = folder / SOURCES
    try:
        ledger = Ledger.from_json(json.loads(sources.read_text("utf-8"))) if sources.exists() else Ledger()
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(Fault(
            text("sources.json cannot be read ({reason}).", reason=str(error)),
            text("Build the region again, or delete the file: the plan then names no sources."), file=SOURCES,
        )) from error
    place = head["region"]
    return layers | {
        "code": place["code"], "name": place["name"], "fictional": bool(place.get("fictional", False)),
        "unknown_services": tuple(place.get("unknown_services", ())),
        "parameters": head.get("parameters", {}), "ledger": ledger, "folder": folder,
        "transit": tuple(sorted((folder / TRANSIT).glob("*.zip"))),
    }


def _toml(region: Region) -> str:
    quote = json.dumps  # a JSON string is a TOML basic string
    lines = [
        "# A region of Musubime. The tables are in region.gpkg, which QGIS opens.",
        "[region]",
        f"code = {quote(region.code)}",
        f"name = {quote(region.name, ensure_ascii=False)}",
        f"fictional = {'true' if region.fictional else 'false'}",
        f"plane_crs = {quote(f'EPSG:{region.epsg}')}",
        f"unknown_services = {quote(list(region.unknown_services))}",
        "",
        "# Your own values for any parameter, with where they come from, for example:",
        '# "service.shop.limit_car_min" = {value = 12, source = "Town plan 2024, p. 8"}',
        "[parameters]",
    ]
    for name, given in region.parameters.items():
        if isinstance(given, dict):
            inner = ", ".join(f"{k} = {quote(v, ensure_ascii=False)}" for k, v in given.items())
            lines.append(f"{quote(name)} = {{{inner}}}")
        else:
            lines.append(f"{quote(name)} = {quote(given, ensure_ascii=False)}")
    return "\n".join(lines) + "\n"


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        head = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(Fault(
            text("region.toml cannot be read ({reason}).", reason=str(error)),
            text("Mend the line, or build the region again."), file=path.name,
        )) from error
    absent = [key for key in ("code", "name") if not isinstance(head.get("region", {}).get(key), str)]
    if absent:
        raise InputError([
            Fault(text("The table [region] has no {key}.", key=key), text("Add it, in quotes."),
                  file=path.name, field=key)
            for key in absent
        ])
    return head


# --- layers -----------------------------------------------------------------------------------------------------


def _points(lon: Floats, lat: Floats, columns: dict[str, Any]) -> gpd.GeoDataFrame:
    known = np.isfinite(lon) & np.isfinite(lat)
    shapes = np.full(len(lon), None, dtype=object)
    shapes[known] = shapely.points(lon[known], lat[known])
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=GEOGRAPHIC_EPSG)


def _write_layers(region: Region, path: Path) -> None:
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
    if region.municipal.population is not None:
        layers["municipal_population"] = _population_frame(region.municipal.population)
    if region.municipal.vital is not None:
        v = region.municipal.vital
        layers["vital_years"] = pd.DataFrame(
            {"year": v.years, "people": v.people, "births": v.births, "deaths": v.deaths}
        )
    for name, frame in layers.items():
        pyogrio.write_dataframe(frame, path, layer=name, driver="GPKG", append=path.exists())


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


def _population_table(frame: pd.DataFrame, unit_ids: tuple[str, ...], layer: str) -> Population:
    ages = [name for name in frame.columns if name.startswith("age_")]
    age_from = tuple(int(name.split("_")[1]) for name in ages)
    dates = sorted({(int(y), int(m)) for y, m in zip(frame["year"], frame["month"], strict=True)})
    year_of = {date: i for i, date in enumerate(dates)}
    unit_of = {unit: i for i, unit in enumerate(unit_ids)}
    sex_of = {sex: i for i, sex in enumerate(SEXES)}
    people = np.full((len(dates), len(unit_ids), len(SEXES), len(ages)), np.nan)
    faults: list[Fault] = []
    values = frame[ages].to_numpy(dtype=np.float64)
    for row, (unit, year, month, sex) in enumerate(
        zip(frame["unit_id"], frame["year"], frame["month"], frame["sex"], strict=True)
    ):
        if unit not in unit_of or sex not in sex_of:
            field, value = ("unit_id", unit) if unit not in unit_of else ("sex", sex)
            faults.append(Fault(
                text("This row belongs to no settlement, or to no sex."),
                text("Use an id of the layer settlements, and male or female."),
                file=f"{GPKG}/{layer}", row=row + 1, field=field, value=str(value),
            ))
            continue
        people[year_of[int(year), int(month)], unit_of[unit], sex_of[sex]] = values[row]
    absent = np.argwhere(np.isnan(people).all(axis=3))
    faults += [
        Fault(text("No people are given for {sex} on {year}-{month:02d}.", sex=SEXES[x], year=dates[t][0],
                   month=dates[t][1]),
              text("Add the row; write 0 where nobody lives."), file=f"{GPKG}/{layer}", field="unit_id",
              value=unit_ids[u])
        for t, u, x in absent
    ]
    if faults:
        raise InputError(faults)
    years, months = tuple(d[0] for d in dates), tuple(d[1] for d in dates)
    return Population(unit_ids, years, months, age_from, people)


_NEEDED = {
    "boundary": ("code", "name"),
    "settlements": ("id", "name", "district", "households", "basis"),
    "facilities": ("id", "name", "kind", "services", "status", "closing_year", "days_per_week", "floor_m2",
                   "host", "source"),
    "population": ("unit_id", "year", "month", "sex"),
    "roads": ("class", "oneway", "speed_kmh", "slope", "name"),
    "municipal_population": ("unit_id", "year", "month", "sex"),
    "vital_years": ("year", "people", "births", "deaths"),
    "settlement_areas": ("settlement_id",),
}


def _read_layers(path: Path) -> dict[str, Any]:
    try:
        names = {str(name) for name in pyogrio.list_layers(path)[:, 0]}
        frames = {name: pyogrio.read_dataframe(path, layer=name) for name in _NEEDED if name in names}
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError) as error:
        raise InputError(Fault(
            text("region.gpkg cannot be read ({reason}).", reason=str(error).split("\n", 1)[0]),
            text("Close it in other programs, or build the region again."), file=GPKG,
        )) from error
    faults = [
        Fault(text("The layer {layer} is missing.", layer=layer), text("Build the region again, or add the layer."),
              file=GPKG)
        for layer in ("boundary", "settlements", "facilities", "population") if layer not in frames
    ]
    for layer, frame in frames.items():
        faults += [
            Fault(text("A column is missing."), text("Add it; docs/data/region.md says what it holds."),
                  file=f"{GPKG}/{layer}", field=column)
            for column in _NEEDED[layer] if column not in frame.columns
        ]
        if isinstance(frame, gpd.GeoDataFrame):
            if frame.crs is None:
                faults.append(Fault(
                    text("The layer has no coordinate system."),
                    text("Set it in QGIS (Layer CRS), normally EPSG:6668."), file=f"{GPKG}/{layer}",
                ))
            elif frame.crs.to_epsg() != GEOGRAPHIC_EPSG:
                frames[layer] = frame.to_crs(GEOGRAPHIC_EPSG)
    if faults:
        raise InputError(faults)
    settlements = _settlements(frames["settlements"])
    return {
        "boundary": _multi(frames["boundary"].geometry.union_all()),
        "settlements": settlements,
        "population": _population_table(frames["population"], settlements.ids, "population"),
        "facilities": _facilities(frames["facilities"]),
        "roads": _roads(frames["roads"]) if "roads" in frames else None,
        "areas": _areas(frames.get("settlement_areas"), settlements.ids),
        "municipal": MunicipalSeries(
            _municipal_population(frames.get("municipal_population")), _vital(frames.get("vital_years"))
        ),
    }


def _multi(shape: Any) -> MultiPolygon:
    if isinstance(shape, Polygon):
        return MultiPolygon([shape])
    return cast(MultiPolygon, shape)


def _strings(column: pd.Series) -> tuple[str, ...]:
    return tuple("" if pd.isna(value) else str(value) for value in column)


def _floats(column: pd.Series) -> Floats:
    return np.asarray(pd.to_numeric(column, errors="coerce"), dtype=np.float64)


def _lon_lat(frame: gpd.GeoDataFrame) -> tuple[Floats, Floats]:
    shapes = frame.geometry.to_numpy()
    return np.asarray(shapely.get_x(shapes), dtype=np.float64), np.asarray(shapely.get_y(shapes), dtype=np.float64)


def _settlements(frame: gpd.GeoDataFrame) -> Settlements:
    lon, lat = _lon_lat(frame)
    return Settlements(
        _strings(frame["id"]), _strings(frame["name"]), _strings(frame["district"]), lon, lat,
        _floats(frame["households"]), cast("tuple[Basis, ...]", _strings(frame["basis"])),
    )


def _facilities(frame: gpd.GeoDataFrame) -> Facilities:
    lon, lat = _lon_lat(frame)
    services = tuple(
        tuple(name.strip() for name in cell.split(",") if name.strip()) for cell in _strings(frame["services"])
    )
    return Facilities(
        _strings(frame["id"]), _strings(frame["name"]), _strings(frame["kind"]), services,
        cast("tuple[Status, ...]", _strings(frame["status"])), _floats(frame["closing_year"]),
        _floats(frame["days_per_week"]), _floats(frame["floor_m2"]),
        np.asarray(frame["host"].fillna(False), dtype=bool), lon, lat, _strings(frame["source"]),
    )


def _roads(frame: gpd.GeoDataFrame) -> Roads:
    return Roads(
        tuple(frame.geometry), _strings(frame["class"]),
        np.asarray(frame["oneway"].fillna(0), dtype=np.int8), _floats(frame["speed_kmh"]),
        _floats(frame["slope"]), _strings(frame["name"]),
    )


def _areas(frame: gpd.GeoDataFrame | None, ids: tuple[str, ...]) -> tuple[Polygon | MultiPolygon | None, ...]:
    if frame is None:
        return ()
    by_id = dict(zip(_strings(frame["settlement_id"]), frame.geometry, strict=True))
    return tuple(by_id.get(unit) for unit in ids)


def _municipal_population(frame: pd.DataFrame | None) -> Population | None:
    if frame is None or frame.empty:
        return None
    return _population_table(frame, tuple(dict.fromkeys(_strings(frame["unit_id"]))), "municipal_population")


def _vital(frame: pd.DataFrame | None) -> VitalYears | None:
    if frame is None or frame.empty:
        return None
    years = tuple(int(year) for year in frame["year"])
    return VitalYears(years, _floats(frame["people"]), _floats(frame["births"]), _floats(frame["deaths"]))
