"""What stands behind the slides of a deck: tables, series and indicators as the surveys give them, a plan, a region."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from musubime.language import Text
from musubime.provenance import Ledger
from musubime.region import Region
from musubime.surveys.indicators import Indicator
from musubime.surveys.series import Point, Series
from musubime.surveys.tables import Table

from .document import PlanDocument

AreaKind = Literal["nation", "prefecture", "municipality"]


@dataclass(frozen=True)
class Area:
    """Of whom the deck speaks. code: "JP", a prefecture's two digits, or a municipality's six with its check digit."""

    kind: AreaKind
    code: str
    name: Text


@dataclass(frozen=True)
class Correction:
    """A printed figure that does not follow: where it stands, what is printed, what follows, and why. copied: the
    figure repeats another series' and says nothing of its own, so that no slide shows it."""

    slide: str
    series: str
    key: str
    period: str
    printed: str
    recomputed: str
    why: tuple[Text, ...]
    copied: bool


@dataclass(frozen=True)
class Formation:
    """Slide 3: by designation, and through the years. `table`: rows kaso, non_kaso, total."""

    table: Table
    rmo_by_year: Series | None
    rmo_target: Point | None
    hub_share: Series | None
    rmo_share: Series | None


@dataclass(frozen=True)
class HubSurvey:
    """Slide 4: what the municipalities answered, and hubs with and without an RMO."""

    formation: Table | None
    presence: Table | None
    response: Table | None
    hubs_by_year: Series | None


@dataclass(frozen=True)
class Migration:
    """Slides 13 and 14: net migration by month; the newest months of the year against earlier years. flows: arrivals
    and departures of those months, empty where they are not known. window: the months compared."""

    id: str
    title: Text
    months: Table
    monthly: Series
    window: tuple[int, ...]
    compared: Table
    sums: tuple[Series, ...]  # of the window: net, arrivals, departures
    yearly: Series
    first_negative: str | None  # the first month of departures above arrivals


@dataclass(frozen=True)
class Efforts:
    """Slide 18: what municipalities do for related population. `base`: the N that is printed."""

    base: Point | None
    done: Table | None
    mention: Table | None
    several: Table | None


@dataclass(frozen=True)
class Listing:
    """Answers in words: headings and rows."""

    title: Text
    head: tuple[Text, ...]
    rows: tuple[tuple[Text, ...], ...]


@dataclass(frozen=True)
class SurveyFacts:
    """One survey of the area: its newest wave. units: by municipality, of a prefecture. listing, answers: of one
    municipality. series: totals of every wave given, for the indicators."""

    survey: str
    fiscal_year: int
    title: Text
    tables: Mapping[str, Table]
    units: Table | None
    listing: Listing | None
    answers: Listing | None
    asked: int
    answered: int
    name: str = ""  # of the municipality
    series: tuple[Series, ...] = ()


@dataclass(frozen=True)
class DeckFacts:
    """Everything that a deck can show. None and empty: not known, and then no slide of it."""

    area: Area
    date: str
    series: tuple[Series, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    own_indicators: tuple[Indicator, ...] = ()  # of a prefecture or municipality; `indicators` are the nation's
    formation: Formation | None = None
    hub_survey: HubSurvey | None = None
    population: Mapping[str, Series] = field(default_factory=dict)
    settlements: Table | None = None
    settlement_changes: tuple[Table, ...] = ()  # of their number and of their people, survey by survey
    support: Table | None = None
    interest: Table | None = None
    migration: tuple[Migration, ...] = ()
    estimate: Mapping[str, Point] = field(default_factory=dict)
    estimate_share: Table | None = None
    efforts: Efforts | None = None
    case: Mapping[str, Point] = field(default_factory=dict)
    surveys: tuple[SurveyFacts, ...] = ()
    corrections: tuple[Correction, ...] = ()
    plan: PlanDocument | None = None
    region: Region | None = None
    table_name: str = ""  # the file of figures
    ledger: Ledger = field(default_factory=Ledger)
