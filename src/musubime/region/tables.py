"""The exchange tables that subjects hand to each other: plain arrays beside tuples of ids, all frozen.

Every array is indexed by the ids that stand in the same table; `nan` is "not known", `inf` is "not reachable".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

Basis = Literal["counted", "disaggregated", "ages_fitted", "sample"]
Status = Literal["open", "closing", "closed"]
Mode = Literal["car", "walk", "transit", "distance"]

SEXES = ("male", "female")
SERVICES = ("shop", "clinic", "post", "fuel", "school", "hall", "office", "care")
FIVE_YEAR_AGES = tuple(range(0, 86, 5))  # 0-4 ... 85+: the 18 groups that Japan's municipal tables share

FACILITY_KINDS: dict[str, tuple[str, ...]] = {
    "supermarket": ("shop",), "convenience_store": ("shop",), "grocery": ("shop",), "drugstore": ("shop",),
    "roadside_station": ("shop",), "farm_market": ("shop",),
    "hospital": ("clinic",), "clinic": ("clinic",), "dental_clinic": (), "pharmacy": (),
    "post_office": ("post",), "bank": ("post",), "fuel_station": ("fuel",),
    "primary_school": ("school",), "junior_high_school": ("school",), "high_school": (), "kindergarten": (),
    "nursery": (), "community_hall": ("hall",), "library": (), "culture": (),
    "town_office": ("office",), "branch_office": ("office",), "former_office": (),
    "closed_school": (), "vacant_shop": (), "elderly_care": ("care",), "sports": (), "park": (),
    "tourism": (), "shelter": (), "station": (), "other": (),
}
"""What a building is, and which services it offers while it is open."""


@dataclass(frozen=True)
class Settlements:
    """集落, 大字 or census small areas: the unit in which people are counted and services are reached.

    lon, lat: degrees (n,), JGD2011. households: (n,), nan where not known. districts: the 集落生活圏 or district
    a settlement belongs to, "" where not known. basis: how its people are known.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    districts: tuple[str, ...]
    lon: Floats
    lat: Floats
    households: Floats
    basis: tuple[Basis, ...]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Population:
    """People by date, unit, sex and age group. people: (years, units, 2, ages); ages by lower bound, last open.

    `months` hold the month of each count (10 for a census of 1 October), since registers are counted in April
    or September and a period between two counts need not be whole years.
    """

    unit_ids: tuple[str, ...]
    years: tuple[int, ...]
    months: tuple[int, ...]
    age_from: tuple[int, ...]
    people: Floats

    @property
    def latest(self) -> Floats:
        """People at the newest date: (units, 2, ages)."""
        return np.asarray(self.people[-1], dtype=np.float64)

    @property
    def dates(self) -> Floats:
        """Dates as decimal years (years,)."""
        return np.asarray(self.years, dtype=np.float64) + (np.asarray(self.months) - 1) / 12

    def in_ages(self, age_from: int, age_to: int = 200) -> Floats:
        """People of whole age groups within [age_from, age_to]: (years, units). Bounds must be group limits."""
        lower = np.asarray(self.age_from)
        upper = np.append(lower[1:] - 1, 200)
        chosen = (lower >= age_from) & (upper <= max(age_to, 0) if age_to < 200 else lower >= age_from)
        return np.asarray(self.people[..., chosen].sum(axis=(2, 3)), dtype=np.float64)


def age_column(lower: int, upper: int | None) -> str:
    """Name of an age group's column in region.gpkg.

    >>> age_column(0, 4), age_column(85, None)
    ('age_0_4', 'age_85_plus')
    """
    return f"age_{lower}_{upper}" if upper is not None else f"age_{lower}_plus"


@dataclass(frozen=True)
class VitalYears:
    """A municipality's yearly totals: people at the end of each year, births and deaths in it; nan = not known."""

    years: tuple[int, ...]
    people: Floats
    births: Floats
    deaths: Floats


@dataclass(frozen=True)
class MunicipalSeries:
    """What is known of the municipality as a whole. `population` has one unit, the code; either may be None."""

    population: Population | None = None
    vital: VitalYears | None = None


@dataclass(frozen=True)
class Facilities:
    """Buildings and what they offer. services: ids of SERVICES that stand there while status is not "closed".

    days_per_week, floor_m2: nan where not known. closing_year: nan where no closure is announced.
    host: may a hub move in here (a public or vacant building with room)? sources: id in the ledger.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    kinds: tuple[str, ...]
    services: tuple[tuple[str, ...], ...]
    statuses: tuple[Status, ...]
    closing_year: Floats
    days_per_week: Floats
    floor_m2: Floats
    host: NDArray[np.bool_]
    lon: Floats
    lat: Floats
    sources: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)

    def select(self, chosen: Sequence[int] | NDArray[np.bool_]) -> Facilities:
        """The facilities at these positions (or where a mask is true), in that order."""
        index = np.flatnonzero(chosen) if np.asarray(chosen).dtype == bool else np.asarray(chosen, dtype=int)
        fields: dict[str, Any] = {}
        for name in self.__dataclass_fields__:
            column = getattr(self, name)
            fields[name] = column[index] if isinstance(column, np.ndarray) else tuple(column[i] for i in index)
        return replace(self, **fields)

    def offering(self, service: str, year: float | None = None) -> NDArray[np.bool_]:
        """Where a service can be had today, or in `year` when announced closures have happened: (n,)."""
        offered = np.array(
            [service in s and status != "closed" for s, status in zip(self.services, self.statuses, strict=True)],
            dtype=bool,
        )
        if year is not None:
            offered &= ~(self.closing_year <= year)
        return offered


@dataclass(frozen=True)
class TurnRule:
    """Who comes by one road line to a junction may not ("no_...") or may only ("only_...") go on by another.

    kind: OSM's value of `restriction`. from_line, to_line: positions in Roads; lon, lat: the junction, a vertex of
    both lines.
    """

    from_line: int
    to_line: int
    lon: float
    lat: float
    kind: str


@dataclass(frozen=True)
class Roads:
    """Road lines as drawn. classes: OSM's highway values, or their equal for other files (docs/data/roads.md).

    oneway: 1 along the line, -1 against it, 0 both ways. speed_kmh: posted, nan where not known.
    slope: mean gradient (rise / run, absolute), nan where not known. turns: for cars, by position of the lines;
    who picks lines out uses `select`, which keeps them right.
    """

    lines: tuple[BaseGeometry, ...]
    classes: tuple[str, ...]
    oneway: NDArray[np.int8]
    speed_kmh: Floats
    slope: Floats
    names: tuple[str, ...]
    turns: tuple[TurnRule, ...] = ()

    def __len__(self) -> int:
        return len(self.lines)

    def select(self, chosen: Sequence[int] | NDArray[np.bool_]) -> Roads:
        """The lines at these positions (or where a mask is true), in that order, with the turn rules among them."""
        index = np.flatnonzero(chosen) if np.asarray(chosen).dtype == bool else np.asarray(chosen, dtype=int)
        at = {int(old): new for new, old in enumerate(index)}
        return Roads(
            tuple(self.lines[i] for i in index), tuple(self.classes[i] for i in index), self.oneway[index],
            self.speed_kmh[index], self.slope[index], tuple(self.names[i] for i in index),
            tuple(
                replace(rule, from_line=at[rule.from_line], to_line=at[rule.to_line]) for rule in self.turns
                if rule.from_line in at and rule.to_line in at
            ),
        )


@dataclass(frozen=True)
class Network:
    """Roads as nodes and directed arcs. lon, lat: (nodes,); tail, head: (arcs,) node indices; length_m,
    minutes: (arcs,) for the mode the network was made for; line: (arcs,) position in Roads."""

    lon: Floats
    lat: Floats
    tail: Ints
    head: Ints
    length_m: Floats
    minutes: Floats
    line: Ints
    component: Ints  # (nodes,) which joined piece a node lies in; 0 is the largest


@dataclass(frozen=True)
class TravelTimes:
    """Minutes from settlements to places by one mode: (origins, destinations), inf where no way leads.

    basis: "road" along a network, "distance" straight line × detour factor / speed, where no road file exists.
    """

    origin_ids: tuple[str, ...]
    destination_ids: tuple[str, ...]
    mode: Mode
    basis: Literal["road", "distance"]
    minutes: Floats


@dataclass(frozen=True)
class Demand:
    """Users of each service by settlement and year: users (years, settlements, services)."""

    settlement_ids: tuple[str, ...]
    services: tuple[str, ...]
    years: tuple[int, ...]
    users: Floats
