"""Shapes of the answers; they are the contract that programs rely on."""

from __future__ import annotations

from typing import Any

from ninja import Schema


class Words(Schema):
    ja: str
    en: str


class Problem(Schema):
    """Why there is no answer. `remedy` says what to do."""

    detail: Words
    remedy: Words


class RegionRow(Schema):
    slug: str
    code: str
    name: str
    prefecture: str
    people: int
    settlements: int
    public: bool
    updated: str


class RegionPage(Schema):
    count: int
    next: str | None
    items: list[RegionRow]


class PlanRow(Schema):
    key: str
    name: str
    region: str
    code: str
    published: bool
    made: str
    plan_year: int | None
    hubs: list[str]
    cost_jpy_per_year: float | None
    gap: float | None


class PlanPage(Schema):
    count: int
    next: str | None
    items: list[PlanRow]


class AlternativeRow(Schema):
    id: str
    name: Words
    status: str
    gap: float
    cost_jpy_per_year: float


class PlanDetail(PlanRow):
    years: list[int]
    alternatives: list[AlternativeRow]
    settlements: str
    hub_list: str
    indicators: str
    document: str


class SettlementRow(Schema):
    id: str
    name: str
    district: str
    lon: float
    lat: float
    year: int
    people: float | None
    under_15: float | None
    over_65: float | None


class SettlementPage(Schema):
    count: int
    next: str | None
    items: list[SettlementRow]


class PlannedSettlement(Schema):
    id: str
    name: str
    district: str
    lon: float
    lat: float
    year: int
    people: float | None
    under_15: float | None
    over_65: float | None
    without_car: float | None
    people_low_95: float | None
    people_high_95: float | None
    chance_nobody: float | None
    chance_few_households: float | None
    chance_half_over_65: float | None
    hub: str | None
    hub_place: str | None
    worst_min: float | None
    not_served: list[str]


class PlannedSettlementPage(Schema):
    count: int
    next: str | None
    items: list[PlannedSettlement]


class HubRow(Schema):
    place: str
    name: str
    lon: float
    lat: float
    year: int
    services: list[str]
    opened: list[str]
    settlements: int
    people: float | None
    over_65: float | None
    cost_jpy_per_year: float


class HubPage(Schema):
    count: int
    next: str | None
    items: list[HubRow]


class Indicator(Schema):
    alternative: str
    year: int
    indicator: str
    value: float | None
    unit: str


class IndicatorPage(Schema):
    count: int
    next: str | None
    items: list[Indicator]


class SurveyRow(Schema):
    key: str
    title: Words
    fiscal_year: int
    due: str
    open: bool
    asked: int
    submitted: int
    accepted: int
    tables: int


class SurveyPage(Schema):
    count: int
    next: str | None
    items: list[SurveyRow]


class SurveyCell(Schema):
    survey: str
    area: str
    table: str
    title: Words
    n: float | None
    row: str
    row_head: Words
    column: str
    column_head: Words
    value: Any


class SurveyCellPage(Schema):
    count: int
    next: str | None
    items: list[SurveyCell]
