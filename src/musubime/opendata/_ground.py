"""What the assembly works on: one municipality, its outline, and the folder's files cut to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Point
from shapely.geometry.base import BaseGeometry

from musubime.language import text
from musubime.parameters import Parameters
from musubime.provenance import Ledger
from musubime.region import Floats
from musubime.region.plane import plane_epsg, shape_to_plane, straight_m, to_degrees, to_plane

from ._place import Place
from ._stock import Stock
from ._vector import Bounds
from .model import FacilityPiece, PointPiece

_EDGE_M = 150.0  # published outlines are simplified: a point this far outside still belongs


@dataclass(frozen=True)
class Ground:
    """One municipality's outline and everything found for it. Distances are in the plane of its zone."""

    place: Place
    outline: MultiPolygon
    stock: Stock
    ledger: Ledger
    parameters: Parameters

    @cached_property
    def epsg(self) -> int:
        return plane_epsg(self.place.code, float(self.outline.centroid.x))

    @cached_property
    def outline_m(self) -> BaseGeometry:
        shape = shapely.make_valid(shape_to_plane(self.epsg, self.outline))
        shapely.prepare(shape)
        return shape

    @cached_property
    def around_m(self) -> BaseGeometry:
        """The outline with its margin; simplified by 50 m first, since its detail does not matter 10 km away."""
        around = self.outline_m.simplify(50.0).buffer(self.parameters.number("build.margin_km") * 1000)
        shapely.prepare(around)
        return around

    @cached_property
    def box(self) -> Bounds:
        """The box in degrees around outline and margin."""
        west, south, east, north = self.around_m.bounds
        x, y = np.array([west, west, east, east]), np.array([south, north, south, north])
        lon, lat = to_degrees(self.epsg, x, y)
        return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())

    def plane(self, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        return to_plane(self.epsg, lon, lat)

    def straight_m(self, lon: Floats, lat: Floats, lon_b: Floats, lat_b: Floats) -> Floats:
        return straight_m(self.epsg, lon, lat, lon_b, lat_b)

    def inside(self, lon: Floats, lat: Floats) -> NDArray[np.bool_]:
        """Within the outline; nan is nowhere."""
        return self._within(self.outline_m, lon, lat)

    def near(self, lon: Floats, lat: Floats) -> NDArray[np.bool_]:
        """Within the outline and its margin; nan is nowhere."""
        return self._within(self.around_m, lon, lat)

    def _within(self, shape: BaseGeometry, lon: Floats, lat: Floats) -> NDArray[np.bool_]:
        known = np.isfinite(lon) & np.isfinite(lat)
        x, y = self.plane(np.where(known, lon, 0.0), np.where(known, lat, 0.0))
        return np.asarray(known & shapely.contains_xy(shape, x, y), dtype=bool)

    @cached_property
    def middle(self) -> tuple[float, float]:
        point: Point = self.outline.representative_point()
        return float(point.x), float(point.y)

    @cached_property
    def points(self) -> PointPiece | None:
        """The 大字 with a point each, of the list (or lists) that lie mostly in this municipality."""
        names: list[str] = []
        lon: list[float] = []
        lat: list[float] = []
        outside: list[str] = []
        lists = []
        for piece in self.stock.of(PointPiece):
            if not len(piece.names) or (piece.municipality and piece.municipality != self.place.code):
                continue
            x, y = self.plane(piece.lon, piece.lat)
            away = shapely.distance(self.outline_m, shapely.points(x, y))
            if (away <= _EDGE_M).mean() < 0.5:
                continue
            lists.append(piece)
            for i, name in enumerate(piece.names):
                if away[i] > _EDGE_M:
                    outside.append(name)
                elif (piece.lon[i], piece.lat[i]) not in set(zip(lon, lat, strict=True)):
                    names.append(name)
                    lon.append(float(piece.lon[i]))
                    lat.append(float(piece.lat[i]))
        if not names:
            return None
        self.stock.use(lists)
        self.ledger.note("dropped", text("Place-name points outside the boundary were left out."), count=len(outside),
                         source=lists[0].source, examples=outside)
        twice = sum(len(p.names) for p in lists) - len(names) - len(outside)
        self.ledger.note("dropped", text("Place names that stand on the point of another were left out."), count=twice,
                         source=lists[0].source)
        return PointPiece(lists[0].source, self.place.code, tuple(names), np.array(lon), np.array(lat))

    @cached_property
    def buildings(self) -> list[FacilityPiece]:
        """Every list of places, cut to the rows that stand in the municipality or bear its code."""
        return [
            cut for piece in self.stock.of(FacilityPiece)
            if len((cut := cut_to(piece, self.own_rows(piece))).facilities)
        ]

    def own_rows(self, piece: FacilityPiece) -> NDArray[np.bool_]:
        """Rows inside the outline; where coordinates are not known, rows that bear the code or name the town."""
        f = piece.facilities
        placed = np.isfinite(f.lon) & np.isfinite(f.lat)
        town = self.place.name
        named = np.array([
            code == self.place.code or (not code and (address.startswith((town, self.place.prefecture + town))))
            for code, address in zip(piece.codes, piece.addresses, strict=True)
        ], dtype=bool)
        return self.inside(f.lon, f.lat) | (named & ~placed)


def cut_to(piece: FacilityPiece, rows: NDArray[np.bool_]) -> FacilityPiece:
    """The rows of a list where a mask is true."""
    kept = np.flatnonzero(rows)
    return replace(
        piece, facilities=piece.facilities.select(rows), codes=tuple(piece.codes[i] for i in kept),
        addresses=tuple(piece.addresses[i] for i in kept),
    )
