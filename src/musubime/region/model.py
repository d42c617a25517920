"""One place: what is known of it, and the folder it lives in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from shapely.geometry import MultiPolygon, Polygon

from musubime.errors import Fault
from musubime.provenance import Ledger

from .check import check_region
from .codes import prefecture_name
from .plane import plane_epsg, straight_m, to_plane
from .store import read_tables, write_tables
from .tables import Facilities, Floats, MunicipalSeries, Population, Roads, Settlements


@dataclass(frozen=True)
class Region:
    """A municipality with its settlements, people, buildings, roads and buses.

    transit: GTFS-JP zips. parameters: the region's own values for `parameters.load`.
    unknown_services: services of which no file tells where they are today (not the same as "there are none").
    """

    code: str
    name: str
    boundary: MultiPolygon
    settlements: Settlements
    population: Population
    facilities: Facilities
    roads: Roads | None = None
    transit: tuple[Path, ...] = ()
    municipal: MunicipalSeries = field(default_factory=MunicipalSeries)
    areas: tuple[Polygon | MultiPolygon | None, ...] = ()
    unknown_services: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    ledger: Ledger = field(default_factory=Ledger)
    folder: Path | None = None
    fictional: bool = False

    @property
    def prefecture(self) -> str:
        return prefecture_name(self.code)

    @property
    def epsg(self) -> int:
        """The plane CRS in which this region is measured."""
        return plane_epsg(self.code, float(self.boundary.centroid.x))

    @property
    def base_year(self) -> int:
        """The year of the newest count of people."""
        return self.population.years[-1]

    def plane(self, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        return to_plane(self.epsg, lon, lat)

    def straight_m(self, lon: Floats, lat: Floats) -> Floats:
        """Straight-line metres from every settlement to the given points: (settlements, points)."""
        return straight_m(self.epsg, self.settlements.lon, self.settlements.lat, np.asarray(lon), np.asarray(lat))

    @classmethod
    def open(cls, folder: Path) -> Region:
        """Read a region folder. Raises InputError with every fault that keeps it from being read."""
        return cls(**read_tables(folder))

    def save(self, folder: Path) -> Region:
        """Write the region folder in one step and return the region as it now stands there."""
        write_tables(self, folder)
        return replace(self, folder=folder, transit=tuple(sorted((folder / "transit").glob("*.zip"))))

    def check(self) -> list[Fault]:
        """Every fault of the region at once, each with its place and remedy; empty when it is sound."""
        return check_region(self)
