"""access.json and the rows of access.csv: who reaches which service by one mode. Documented in docs/methods/access.md.

Minutes are one way. None is "not known" or "no way leads"; people within, beyond and without a way are everybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from .document import NoteOfPlan, ParameterOfPlan, SourceOfPlan, Words

SCHEMA = "musubime-access/1"

AccessMode = Literal["car", "walk", "transit"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ServiceAccess(_Part):
    """One service. By car and on foot `limit_min` is its limit, the mean is over users who can get there, the worst
    tenth over all (None: one of them has no way), `gini` that of the number of offers within the limit.

    By bus (`weekdays` and so on instead) within means a usable round trip on some weekday, or on the date asked for.
    """

    service: str
    name: Words
    offers: int  # buildings that offer it today
    users: float
    users_within: float
    users_beyond: float  # there is a way, but it is longer than the limit
    users_without_way: float
    settlements_within: int
    limit_min: float | None
    mean_min: float | None
    worst_tenth_min: float | None
    gini: float | None
    without_car: float | None  # people without a car (by bus only), and those with no usable round trip
    without_car_without_way: float | None
    mean_weekdays: float | None
    worst_tenth_weekdays: float | None


class Roads(_Part):
    """The road network: what hangs together, and how places were joined to it. Empty lists where there is none."""

    basis: Literal["road", "distance"]
    detour_factor: float | None  # only when basis is "distance"
    main_km: float | None
    apart_km: float | None
    islands: int  # pieces of road apart from the main network
    turn_rules: int
    on_islands: list[str]  # settlements and buildings that stand on such a piece
    beyond_cap: list[str]  # settlements and buildings farther than access.snap.cap_m from every road
    snapped: dict[str, float]


class Buses(_Part):
    """The dates that were looked at."""

    feeds: list[str]
    first: str
    last: str
    dates: int


class AccessSummary(_Part):
    """The whole of access.json."""

    schema_: str = Field(default=SCHEMA, alias="schema")
    version: str
    code: str
    place: str
    fictional: bool
    base_year: int
    mode: AccessMode
    snow: bool
    date: str | None
    settlements: int
    people: float
    services: list[ServiceAccess]
    roads: Roads | None  # None by bus
    buses: Buses | None  # None by car and on foot
    notes: list[NoteOfPlan]
    parameters: list[ParameterOfPlan]
    sources: list[SourceOfPlan]

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


@dataclass(frozen=True)
class AccessRow:
    """One settlement and service. within: offers within the limit. By bus: the days, and one round trip as an
    example, its clock in minutes after midnight of the service day."""

    settlement: str
    settlement_name: str
    district: str
    people: float
    service: str
    service_name: Words
    users: float
    nearest: str = ""
    nearest_name: str = ""
    nearest_min: float | None = None
    second: str = ""
    second_name: str = ""
    second_min: float | None = None
    within: int | None = None
    limit_min: float | None = None
    weekdays: tuple[int, ...] | None = None
    share_of_dates: float | None = None
    out_depart_min: float | None = None
    out_arrive_min: float | None = None
    back_depart_min: float | None = None
    back_arrive_min: float | None = None


@dataclass(frozen=True)
class AccessStudy:
    """What `musubime access` writes."""

    summary: AccessSummary
    rows: tuple[AccessRow, ...]
