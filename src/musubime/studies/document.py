"""plan.json: the whole result of one plan, and the only thing that reports read besides the region's geometry.

The schema is documented in docs/plan-json.md; `SCHEMA` rises when a reader of an earlier version would misread.
Text for people is {ja, en}. Minutes are one way; None is "not known" and `reachable: false` is "no way leads".
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from musubime.language import Text
from musubime.region import FIVE_YEAR_AGES

SCHEMA = "musubime-plan/1"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Words(_Part):
    """One sentence or name in both languages."""

    ja: str
    en: str


def words(sentence: Text) -> Words:
    """A sentence in both languages."""
    return Words(ja=sentence.to("ja"), en=sentence.to("en"))


class PlaceOfPlan(_Part):
    """The municipality, and how well it is known."""

    code: str
    name: str
    prefecture: str
    fictional: bool
    base_year: int
    settlements: int
    people: float
    people_65plus: float
    travel_basis: Literal["road", "distance"]
    detour_factor: float | None  # only when travel_basis is "distance"
    settlement_basis: Words  # "counted", "disaggregated from 22 districts ...", as a sentence


class Service(_Part):
    id: str
    name: Words
    known_today: bool  # False: no file tells where it is today
    placeable: bool
    limit_car_min: float
    limit_walk_m: float
    users_age_from: int
    users_age_to: int
    users_share: float
    trips_per_year: float
    viability_people: float
    hub_min_people: float
    floor_m2: float
    cost_jpy_per_year: float


class AgeCounts(_Part):
    """People of one settlement at one year."""

    total: float
    under_15: float
    over_65: float
    over_75: float
    without_car: float


class Interval(_Part):
    """Quantiles over the draws: 80 % of them lie from low_80 to high_80, 95 % from low_95 to high_95."""

    low_95: float
    low_80: float
    middle: float
    high_80: float
    high_95: float


class Chances(_Part):
    """Shares of the draws. These are a model's probabilities, not the classes of the national survey of settlements.

    few_households: as many people as live in 9 households there, or fewer; few_people: fewer than 50; nobody is
    included in both. half_over_65: somebody is there, and half or more are 65 or over.
    """

    nobody: float
    few_households: float
    few_people: float
    half_over_65: float


class NearestToday(_Part):
    """How one settlement reaches one service today."""

    facility: str | None
    name: str | None
    car_min: float | None
    walk_min: float | None
    straight_m: float | None
    second_facility: str | None
    second_car_min: float | None
    within_limit_car: bool
    within_limit_walk: bool
    bus_weekdays: list[int] | None  # 0 = Monday; days with a usable round trip; None: no feed


class SettlementOfPlan(_Part):
    id: str
    name: str
    district: str
    lon: float
    lat: float
    basis: str
    households: float | None
    people: dict[int, AgeCounts]  # by year, base year first
    pyramid: dict[int, list[list[float]]]  # year -> [male by age_from, female by age_from]
    food_access_short: float | None  # MAFF: 65+ without easy car use, 500 m or more from the nearest food shop
    today: dict[str, NearestToday]  # by service, only services known today
    intervals: dict[int, Interval] = Field(default_factory=dict)  # of people, by year; empty: not worked out
    chances: dict[int, Chances] = Field(default_factory=dict)


class FacilityOfPlan(_Part):
    id: str
    name: str
    kind: str
    services: list[str]
    status: str
    closing_year: int | None
    days_per_week: float | None
    floor_m2: float | None
    host: bool
    lon: float
    lat: float
    place: str  # id of the place it stands in


class ReachOfService(_Part):
    """People within and beyond reach of one service at one year."""

    users: float
    within_car: float
    within_walk: float
    beyond: float
    over_65_beyond: float
    without_car_beyond: float
    without_car_beyond_walk: float = 0.0  # people without a car for whom it is too far to walk, however near by car
    mean_car_min: float | None


class Diagnosis(_Part):
    """Today, by service; only services known today."""

    reach: dict[str, ReachOfService]
    food_access_short: float | None
    food_access_base_65plus: float
    bus_settlements: dict[str, int] | None  # service -> settlements with a usable round trip on a weekday at least
    snapped: dict[str, float]  # how settlements and places were joined to the road network


class ServiceOutlook(_Part):
    """One existing facility's users as the population changes."""

    facility: str
    service: str
    users: dict[int, float]
    threshold: float
    falls_below_year: int | None  # first year below the threshold, interpolated; base year if below today
    below_today: bool


class OutlookIntervals(_Part):
    """How sure the outlook of the municipality is. few_households, few_people: limits of the chances of settlements;
    share_65: None where nobody is left in any draw."""

    draws: int
    seed: int
    few_households: float
    few_people: float
    total: dict[int, Interval]
    under_15: dict[int, Interval]
    over_65: dict[int, Interval]
    share_65: dict[int, Interval | None]


class Outlook(_Part):
    people: dict[int, AgeCounts]
    method: Words
    controlled_to: Words
    services: list[ServiceOutlook]
    settlements_under_50: dict[int, int]
    settlements_over_half_65plus: dict[int, int]
    intervals: OutlookIntervals | None = None  # None: not worked out


class HubService(_Part):
    """One service at a hub: already there, kept with support, or newly offered."""

    service: str
    action: Literal["stays", "kept", "opened", "assumed"]  # assumed: no file tells, docs/decisions/003
    building: str | None
    building_name: str | None
    users: dict[int, float]
    cost_jpy_per_year: float
    floor_m2: float
    holds: float | None = None  # share of the draws in which it has its fewest users; None where it stays by itself


class Hub(_Part):
    place: str
    name: str
    lon: float
    lat: float
    buildings_used: list[str]
    services: list[HubService]
    settlements: list[str]  # whose nearest hub this is, within the hub limit
    people: dict[int, float]
    over_65: dict[int, float] = Field(default_factory=dict)  # of these people; empty: not counted
    cost_jpy_per_year: float
    why: Words
    holds: float | None = None  # share of the draws in which all that it opens or keeps has its fewest users
    holds_said: Words | None = None  # the same as a sentence


class KeptOutside(_Part):
    """A service kept with support outside any hub."""

    place: str
    name: str
    service: str
    cost_jpy_per_year: float


class Assignment(_Part):
    settlement: str
    service: str
    place: str | None  # None: not served within the limit
    minutes: float | None


class Measures(_Part):
    """What a year looks like under an alternative, or without a plan.

    served_people: everybody in settlements from which every service that a hub may offer lies within its limit
    by car; unserved_people: everybody else, lacking at least one. They add up to the people of that year.
    mean_min: one way to the nearest offer, weighted by trips, over those services; beyond the limit a trip counts as
    plan.unserved_min. worst_min: the longest way within the limits. *_over_65: those of them who are 65 or over; None
    in plans of before they were counted.
    """

    served_people: float
    unserved_people: float
    served_over_65: float | None = None
    unserved_over_65: float | None = None
    mean_min: float | None
    worst_min: float | None
    reach: dict[str, ReachOfService]


class Unserved(_Part):
    settlement: str
    name: str
    people: float
    services: list[str]
    nearest_hub_min: float | None
    reason: Words


class Alternative(_Part):
    id: str
    name: Words
    question: Words  # what it answers: "with two hubs fewer?"
    status: Literal["optimal", "feasible"]  # optimal: proven to a millionth
    hubs: list[Hub]
    kept_outside: list[KeptOutside]
    closed: list[str]  # facility ids whose service ends under this alternative
    assignment: list[Assignment]
    by_year: dict[int, Measures]
    unserved: list[Unserved]
    unserved_min: float = 0.0  # minutes that a trip beyond the limit counts for in this alternative's objective
    objective_jpy: float
    bound_jpy: float
    gap: float
    cost_jpy_per_year: float
    social_cost_jpy: float = 0.0  # travel time and cost together, under the weights of the reference: comparable
    seconds: float


class SensitivityRow(_Part):
    change: Words
    hubs: list[str]  # places
    gap: float | None  # None: no bound was found in the time given
    cost_jpy_per_year: float


class Sensitivity(_Part):
    """Which hubs of the reference alternative stay when thresholds and weights move."""

    rows: list[SensitivityRow]
    kept_in: dict[str, int]  # place -> number of rows in which it stays a hub


class RoadCut(_Part):
    """One stretch of road closed, at `plan_year` and under the reference alternative. Settlements by id."""

    name: str  # of the road, "" where the file has none
    road_class: str  # OSM's highway value
    near: str  # name of the settlement nearest to its middle
    lon: float
    lat: float
    length_m: float
    shape: list[list[tuple[float, float]]]  # lines of longitude and latitude, simplified
    cut_off: list[str]  # no way to any hub any more
    cut_off_people: float
    longer: list[str]  # another way, but a longer one, to the nearest hub
    longer_people: float
    added_people_min: float  # people × minutes more, one way
    services_lost: dict[str, list[str]]  # service -> settlements whose every offer within its limit is lost
    lacking_people: float  # in settlements that lose a hub or a service


class SnowReach(_Part):
    """Who is within the hub limit usually and not when snow slows cars down (access.snow.*)."""

    share_of_car_speed: float
    hub_limit_min: float
    settlements: list[str]
    people: float


class RoadCuts(_Part):
    """What hangs on single roads: the worst stretches, each at its worst place; see docs/methods/access.md."""

    stretches: list[RoadCut]
    snow: SnowReach


class ParameterOfPlan(_Part):
    name: str
    description: Words
    value: Any
    unit: str
    source: str
    since: str
    overridden: bool


class NoteOfPlan(_Part):
    kind: Literal["repair", "dropped", "assumption", "missing"]
    what: Words
    count: int
    source: str
    examples: list[str]


class SourceOfPlan(_Part):
    id: str
    title: str
    file: str
    format: str
    vintage: str
    publisher: str
    licence: str
    rows: int
    sha256: str


class FigureOfPlan(_Part):
    id: str
    value: float | int | str | None
    unit: str
    formula: str
    sources: list[str]


class PlanDocument(_Part):
    """A plan. `alternatives[0]` is the reference from which the others depart; it is not "the right one"."""

    schema_: str = Field(default=SCHEMA, alias="schema")
    version: str
    created: str
    seed: int
    asked_hubs: int | None = None  # --hubs
    asked_budget_jpy: float | None = None  # --budget
    place: PlaceOfPlan
    years: list[int]  # base year first
    plan_year: int  # the year for which buildings and viability are judged
    age_from: list[int] = list(FIVE_YEAR_AGES)  # lower bounds of the age groups in every pyramid, the last open
    services: list[Service]
    settlements: list[SettlementOfPlan]
    facilities: list[FacilityOfPlan]
    diagnosis: Diagnosis
    outlook: Outlook
    without_plan: dict[int, Measures]
    # At the last of `years`: where each settlement would go for each service if nothing is done. Empty: no map of it.
    without_plan_assignment: list[Assignment] = Field(default_factory=list)
    alternatives: list[Alternative]
    sensitivity: Sensitivity | None
    road_cuts: RoadCuts | None = None  # None: no road file, or no hub
    notes: list[NoteOfPlan]
    parameters: list[ParameterOfPlan]
    sources: list[SourceOfPlan]
    figures: list[FigureOfPlan]

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
