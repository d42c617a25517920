"""Read layers of points, lines and areas (Shapefile, GeoPackage, FlatGeobuf, GeoJSON) into JGD2011 degrees."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.provenance import Ledger
from musubime.region.plane import GEOGRAPHIC_EPSG

from .model import Probe

Bounds = tuple[float, float, float, float]

JAPAN: Bounds = (122.0, 20.0, 154.5, 46.0)
"""Longitude and latitude between which every place of Japan lies."""

_MAGIC = ((b"\x00\x00\x27\x0a", "Shapefile"), (b"SQLite format 3\x00", "GeoPackage"), (b"fgb\x03fgb", "FlatGeobuf"))
_FAILURES = (
    pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.GeometryError,
    pyogrio.errors.FeatureError, pyogrio.errors.FieldError, pyogrio.errors.CRSError, CRSError, ProjError,
    shapely.errors.ShapelyError, ValueError, KeyError, OverflowError, OSError,
)


@dataclass(frozen=True)
class Scope:
    """What a build needs of a file: a municipality's code and the box (degrees) around it with its margin."""

    code: str = ""
    bounds: Bounds | None = None

    def overlaps(self, other: Bounds | None) -> bool:
        """May something in `other` be needed? Yes when either box is not known."""
        if self.bounds is None or other is None:
            return True
        a, b = self.bounds, other
        return a[0] <= b[2] and b[0] <= a[2] and a[1] <= b[3] and b[1] <= a[3]


EVERYWHERE = Scope()


@dataclass(frozen=True)
class Layer:
    """What can be told of a layer without reading it. bounds: degrees, None when they cannot be told."""

    name: str
    geometry: str
    fields: tuple[str, ...]
    rows: int
    bounds: Bounds | None

    def has(self, *fields: str) -> bool:
        return all(field in self.fields for field in fields)


def vector_kind(probe: Probe) -> str:
    """Which kind of layer file this is, told by its first bytes; "" for anything else."""
    for magic, kind in _MAGIC:
        if probe.head.startswith(magic):
            return kind
    head = probe.head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return "GeoJSON" if head.startswith(b"{") and b'"FeatureCollection"' in head else ""


def layers(probe: Probe) -> tuple[Layer, ...]:
    """The layers of a file; () when it is no layer file. Raises InputError when it is one and broken."""
    kind = vector_kind(probe)
    if not kind:
        return ()
    if kind == "Shapefile":
        _require_parts(probe.path)
    return _layers(str(probe.path), probe.path.stat().st_mtime_ns)


def layers_or_none(probe: Probe) -> tuple[Layer, ...]:
    """As `layers`, for recognising: a broken file has no layers that anybody could recognise."""
    try:
        return layers(probe)
    except InputError:
        return ()


def _require_parts(path: Path) -> None:
    beside = {other.suffix.lower() for other in path.parent.iterdir() if other.stem == path.stem}
    lacking = [part for part in (".shx", ".dbf") if part not in beside]
    if lacking:
        raise InputError([
            Fault(text("This shapefile is incomplete: its {part} file is missing.", part=part),
                  text("Copy all files of the shapefile (.shp .shx .dbf .prj) into the folder together."),
                  file=path.name, value=path.stem + part)
            for part in lacking
        ])


@lru_cache(maxsize=1024)
def _layers(path: str, _modified: int) -> tuple[Layer, ...]:
    try:
        found = []
        for name, geometry in pyogrio.list_layers(path):
            if geometry is None:
                continue
            about = pyogrio.read_info(path, layer=name, force_total_bounds=True, encoding=_encoding(Path(path)))
            found.append(Layer(
                str(name), str(geometry), tuple(str(f) for f in about["fields"]), int(about["features"]),
                _degrees(about["total_bounds"], about["crs"]),
            ))
        return tuple(found)
    except _FAILURES as error:
        raise _unreadable(path, error) from error


def _encoding(path: Path) -> str | None:
    """Encoding of a shapefile's table where it has no .cpg: e-Stat and older 国土数値情報 files are cp932."""
    if path.suffix.lower() != ".shp" or any(
        other.suffix.lower() == ".cpg" for other in path.parent.iterdir() if other.stem == path.stem
    ):
        return None
    table = next((o for o in path.parent.iterdir() if o.stem == path.stem and o.suffix.lower() == ".dbf"), None)
    if table is None:
        return None
    with table.open("rb") as file:
        sample = file.read(1 << 18)
    broken = {name: sample.decode(name, errors="replace").count("\ufffd") for name in ("utf-8", "cp932")}
    return min(broken, key=lambda name: broken[name])


def _unreadable(path: str, error: Exception) -> InputError:
    reason = str(error).split("\n", 1)[0].replace(str(Path(path).parent), "").strip() or type(error).__name__
    return InputError(Fault(
        text("This layer file cannot be read ({reason}).", reason=reason),
        text("Fetch it again from its publisher, or open it in QGIS and save it as a GeoPackage."),
        file=Path(path).name,
    ))


def _degrees(box: Any, crs: str | None) -> Bounds | None:
    if box is None or not np.all(np.isfinite(box)) or crs is None:
        return None
    try:
        known = CRS.from_user_input(crs)
        west, south, east, north = (float(v) for v in box)
        if not known.is_geographic:
            west, south, east, north = Transformer.from_crs(
                known, GEOGRAPHIC_EPSG, always_xy=True
            ).transform_bounds(west, south, east, north)
    except (CRSError, ProjError, ValueError):
        return None
    return west, south, east, north


def read_layer(
    probe: Probe, layer: Layer, ledger: Ledger, *, columns: Iterable[str] = (), scope: Scope = EVERYWHERE,
    where: str | None = None,
) -> gpd.GeoDataFrame:
    """The features of a layer that reach into the scope's box, in JGD2011 degrees, with whole geometries.

    Notes in the ledger: features without geometry (dropped), a coordinate system that had to be supposed.
    Raises InputError when the layer cannot be read, or says no coordinate system and lies outside Japan.
    """
    path, name = probe.path, probe.path.name
    chosen = [column for column in columns if column in layer.fields]
    try:
        crs = pyogrio.read_info(path, layer=layer.name, encoding=_encoding(path))["crs"]
        frame = pyogrio.read_dataframe(
            path, layer=layer.name, columns=chosen, bbox=_box_in(crs, scope), where=where,
            encoding=_encoding(path), on_invalid="ignore",
        )
        shapes = shapely.force_2d(frame.geometry.to_numpy())
    except _FAILURES as error:
        raise _unreadable(str(path), error) from error
    frame = frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs))
    usable = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes)) & np.isfinite(shapely.bounds(shapes)).all(axis=1)
    ledger.note("dropped", text("Features without a geometry were left out."), count=int((~usable).sum()), source=name)
    frame = frame[usable].reset_index(drop=True)
    try:
        return _in_japan(_in_degrees(frame, layer, name, ledger), name, ledger)
    except _FAILURES as error:
        if isinstance(error, InputError):
            raise
        raise _unreadable(str(path), error) from error


def _box_in(crs: str | None, scope: Scope) -> Bounds | None:
    if scope.bounds is None:
        return None
    if crs is None:
        return scope.bounds
    to_layer = Transformer.from_crs(GEOGRAPHIC_EPSG, CRS.from_user_input(crs), always_xy=True)
    box = to_layer.transform_bounds(*scope.bounds)
    return box if np.all(np.isfinite(box)) else None


def _in_degrees(frame: gpd.GeoDataFrame, layer: Layer, name: str, ledger: Ledger) -> gpd.GeoDataFrame:
    if frame.empty:
        return frame.set_crs(GEOGRAPHIC_EPSG, allow_override=True)
    if frame.crs is None:
        if not _within(frame.total_bounds, JAPAN):
            raise InputError(Fault(
                text("The layer {layer} has no coordinate system.", layer=layer.name),
                text("Add its .prj file, or set the coordinate system in QGIS and save it again."), file=name,
            ))
        ledger.note("assumption", text(
            "A layer says no coordinate system; its numbers are longitudes and latitudes within Japan, so JGD2011 "
            "was supposed."), source=name, examples=[layer.name])
        return frame.set_crs(GEOGRAPHIC_EPSG)
    degrees = frame.to_crs(GEOGRAPHIC_EPSG)
    if not np.isfinite(degrees.total_bounds).all():
        raise InputError(Fault(
            text("The coordinates of the layer {layer} do not fit its coordinate system.", layer=layer.name),
            text("Set the right coordinate system in QGIS and save it again."), file=name, value=str(frame.crs),
        ))
    return degrees


def _in_japan(frame: gpd.GeoDataFrame, name: str, ledger: Ledger) -> gpd.GeoDataFrame:
    west, south, east, north = shapely.bounds(frame.geometry.to_numpy()).reshape(-1, 4).T
    near = (east >= JAPAN[0]) & (west <= JAPAN[2]) & (north >= JAPAN[1]) & (south <= JAPAN[3])
    near &= (east - west < 50) & (north - south < 50)
    ledger.note("dropped", text("Features that do not lie in Japan were left out (longitude and latitude swapped?)."),
                count=int((~near).sum()), source=name)
    return frame[near].reset_index(drop=True)


def _within(inner: Any, outer: Bounds) -> bool:
    return bool(inner[0] >= outer[0] and inner[1] >= outer[1] and inner[2] <= outer[2] and inner[3] <= outer[3])


def polygons(shapes: Iterable[BaseGeometry], ledger: Ledger, source: str) -> list[Polygon | MultiPolygon | None]:
    """Areas made valid (noted), in the order given; None where nothing with an area is left."""
    array = np.asarray(list(shapes), dtype=object)
    broken = ~shapely.is_valid(array)
    if broken.any():
        array[broken] = shapely.make_valid(array[broken])
    ledger.note("repair", text("Areas whose outline crosses itself were made valid."),
                count=int(broken.sum()), source=source)
    areas: list[Polygon | MultiPolygon | None] = []
    for shape in array:
        if not isinstance(shape, Polygon | MultiPolygon):
            parts = [p for p in shapely.get_parts(shape, return_index=False) if isinstance(p, Polygon | MultiPolygon)]
            shape = shapely.union_all(parts) if parts else None  # noqa: PLW2901
        areas.append(shape if shape is not None and not shape.is_empty else None)
    lost = sum(area is None for area in areas)
    ledger.note("dropped", text("Outlines without any area were left out."), count=lost, source=source)
    return areas


def one_area(shapes: Iterable[Polygon | MultiPolygon | None]) -> MultiPolygon:
    """The union of areas as one multipolygon."""
    union = shapely.union_all([shape for shape in shapes if shape is not None])
    if isinstance(union, Polygon):
        return MultiPolygon([union]) if not union.is_empty else MultiPolygon()
    if isinstance(union, MultiPolygon):
        return union
    return MultiPolygon([p for p in shapely.get_parts(union) if isinstance(p, Polygon)])


def words(frame: gpd.GeoDataFrame, column: str) -> list[str]:
    """A column as text, "" where it is empty or absent; whole numbers without a decimal point."""
    if column not in frame.columns:
        return [""] * len(frame)
    return ["" if empty else _plain(value) for value, empty in zip(frame[column], frame[column].isna(), strict=True)]


def _plain(value: Any) -> str:
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value).strip()
