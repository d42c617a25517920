"""What a workshop shows: the things one may point at, and an answer to "what if …?", ready for JSON.

An answer's `plan` is an `Alternative` as in plan.json (docs/plan-json.md), so whatever shows a plan shows an answer.
"""

from __future__ import annotations

from typing import Literal

from .document import Alternative, Words, _Part


class WorkshopService(_Part):
    """position: in the problem, for `siting.changes`. limit_min, min_users: without changes."""

    position: int
    id: str
    name: Words
    placeable: bool  # may a hub offer it anew?
    limit_min: float
    min_users: float


class WorkshopBuilding(_Part):
    """A building that a hub may use. floor_m2: None: not known. cost_jpy: a year, once it is used."""

    position: int
    id: str
    name: str
    lon: float
    lat: float
    floor_m2: float | None
    cost_jpy: float


class WorkshopSite(_Part):
    """A place: buildings within walking distance. candidate: it may be a hub. Services by id: `stays` is there in the
    plan year by itself, `at_risk` only with support, `may_open` could be offered anew."""

    position: int
    id: str
    name: str
    lon: float
    lat: float
    candidate: bool
    buildings: list[WorkshopBuilding]
    stays: list[str]
    at_risk: list[str]
    may_open: list[str]


class WorkshopSettlement(_Part):
    position: int
    id: str
    name: str
    district: str
    lon: float
    lat: float
    people: dict[int, float]  # by year, base year first
    over_65: dict[int, float]


class SettlementAnswer(_Part):
    """One settlement under an answer. hub: id of the place of the nearest hub, None where no way leads to any;
    within_hub_limit: it is near enough to count as its hub. lacking: by year after the base year, the services that a
    hub may offer and that lie beyond their limits; none: the settlement is served in that year."""

    id: str
    hub: str | None
    hub_min: float | None
    within_hub_limit: bool
    lacking: dict[int, list[str]]


class WorkshopAnswer(_Part):
    """An answer. plan, settlements: None and empty where there is no plan; `why` then says why.

    status "optimal": proven; "feasible": found, and no plan is better by more than `gap`; "infeasible": there is none;
    "unknown": none was found in time.
    """

    status: Literal["optimal", "feasible", "infeasible", "unknown"]
    why: list[Words]
    gap: float | None
    plan: Alternative | None
    settlements: list[SettlementAnswer]
