"""What the page and the workbook show, picked out of the document: figures are looked up and named, not computed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from musubime.language import Text, text, verbatim
from musubime.studies.document import (
    Alternative,
    Assignment,
    PlanDocument,
    Service,
    SettlementOfPlan,
    Words,
)

from .words import DASH, as_text, number


@dataclass(frozen=True)
class Plan:
    """A document with what reports look up again and again."""

    document: PlanDocument

    @property
    def first(self) -> Alternative:
        return self.document.alternatives[0]

    @property
    def base_year(self) -> int:
        return self.document.years[0]

    @property
    def last_year(self) -> int:
        return self.document.years[-1]

    @cached_property
    def services(self) -> dict[str, Service]:
        return {service.id: service for service in self.document.services}

    def service_name(self, service: str) -> Text:
        found = self.services.get(service)
        return as_text(found.name) if found else verbatim(service)

    def service_names(self, services: Sequence[str]) -> Text:
        names = [self.service_name(s) for s in services]
        return verbatim({"ja": "、".join(n.to("ja") for n in names), "en": ", ".join(n.to("en") for n in names)})

    @cached_property
    def position(self) -> dict[str, int]:
        return {settlement.id: n for n, settlement in enumerate(self.document.settlements)}

    @cached_property
    def place_points(self) -> dict[str, tuple[float, float]]:
        """Longitude and latitude of every place: of its hub, else of the first building in it."""
        points = {f.place: (f.lon, f.lat) for f in reversed(self.document.facilities)}
        for alternative in self.document.alternatives:
            points |= {hub.place: (hub.lon, hub.lat) for hub in alternative.hubs}
        return points

    @cached_property
    def place_names(self) -> dict[str, str]:
        names = {f.place: f.name for f in reversed(self.document.facilities)}
        for alternative in reversed(self.document.alternatives):
            names |= {kept.place: kept.name for kept in alternative.kept_outside}
            names |= {hub.place: hub.name for hub in alternative.hubs}
        return names

    def place_name(self, place: str | None) -> str:
        return self.place_names.get(place, place) if place else DASH

    @cached_property
    def facility_names(self) -> dict[str, str]:
        return {f.id: f.name for f in self.document.facilities}

    @cached_property
    def losing_places(self) -> set[str]:
        """Places that lose a service by the plan year if nothing is done: by the reference, those where one ends all
        the same, and those where it is kept with support."""
        places = {f.id: f.place for f in self.document.facilities}
        lost = {places[f] for f in self.first.closed if f in places}
        lost |= {kept.place for kept in self.first.kept_outside}
        return lost | {h.place for h in self.first.hubs if any(s.action == "kept" for s in h.services)}

    def hub_of(self, alternative: Alternative) -> dict[str, str]:
        """Settlement to the name of its hub, for those within the hub limit."""
        return {settlement: hub.name for hub in alternative.hubs for settlement in hub.settlements}

    # --- how much is within reach -----------------------------------------------------------------------------------

    @cached_property
    def later_services(self) -> tuple[str, ...]:
        """Services that a hub may offer: those by which the document counts people as served (see Measures)."""
        return tuple(s.id for s in self.document.services if s.placeable)

    @cached_property
    def today_services(self) -> tuple[str, ...]:
        """Of these, the services of which a file tells where they are today."""
        return tuple(s for s in self.later_services if s in self.document.diagnosis.reach)

    @property
    def today_known(self) -> bool:
        return bool(self.today_services)

    def reached_today(self, settlement: SettlementOfPlan) -> int:
        """How many of `today_services` lie within their limit by car."""
        found = (settlement.today.get(service) for service in self.today_services)
        return sum(1 for near in found if near is not None and near.within_limit_car)

    def reached(self, assignment: Sequence[Assignment]) -> dict[str, int]:
        """Settlement to how many of `later_services` it reaches."""
        compared = set(self.later_services)
        counts = dict.fromkeys(self.position, 0)
        for row in assignment:
            if row.place is not None and row.service in compared and row.settlement in counts:
                counts[row.settlement] += 1
        return counts


ACTIONS: Mapping[str, Text] = {
    "stays": text("stays"), "kept": text("kept with support"), "opened": text("newly offered"),
    "assumed": text("supposed to be there: ask"),
}
STATUSES: Mapping[str, Text] = {
    "optimal": text("proven best for this model"), "feasible": text("best found; how near the best is the gap"),
}
NOTE_KINDS: Mapping[str, Text] = {
    "missing": text("Missing"), "assumption": text("Assumed"), "dropped": text("Left out"), "repair": text("Mended"),
}
BASES: Mapping[str, Text] = {
    "counted": text("counted"), "disaggregated": text("disaggregated"), "ages_fitted": text("ages fitted"),
    "sample": text("made up (sample)"),
}
FACILITY_STATUSES: Mapping[str, Text] = {
    "open": text("open"), "closing": text("closing"), "closed": text("closed"),
}
FACILITY_KINDS: Mapping[str, Text] = {
    "supermarket": text("supermarket"), "convenience_store": text("convenience store"), "grocery": text("grocery"),
    "drugstore": text("drugstore"), "roadside_station": text("roadside station"), "farm_market": text("farm market"),
    "hospital": text("hospital"), "clinic": text("clinic"), "dental_clinic": text("dental clinic"),
    "pharmacy": text("pharmacy"), "post_office": text("post office"), "bank": text("bank"),
    "fuel_station": text("fuel station"), "primary_school": text("primary school"),
    "junior_high_school": text("junior high school"), "high_school": text("high school"),
    "kindergarten": text("kindergarten"), "nursery": text("nursery"), "community_hall": text("community hall"),
    "library": text("library"), "culture": text("culture"), "town_office": text("town office"),
    "branch_office": text("branch office"), "former_office": text("former office"),
    "closed_school": text("closed school"), "vacant_shop": text("vacant shop"), "elderly_care": text("elderly care"),
    "sports": text("sports"), "park": text("park"), "tourism": text("tourism"), "shelter": text("shelter"),
    "station": text("station"), "other": text("other"),
}
UNITS: Mapping[str, Text] = {
    "min": text("min"), "m": text("m"), "m2": text("m²"), "km/h": text("km/h"), "people": text("people"),
    "share": text("share"), "years": text("years of age"), "yes/no": text("yes/no"), "services": text("services"),
    "places": text("places"), "JPY per year": text("JPY per year"), "JPY per minute": text("JPY per minute"),
    "trips per user and year": text("trips per user and year"), "JPY": text("JPY"), "minutes": text("min"),
    "draws": text("draws"),
    "settlements": text("settlements"), "hubs": text("hubs"), "percent": text("percent"),
    "share per percent": text("share per percent"), "factor": text("factor"), "m/min": text("m/min"), "km": text("km"),
    "share by age": text("share by age"), "hour of day": text("hour of day"), "MB": text("MB"), "cells": text("cells"),
    "exponent": text("exponent"), "share per year": text("share per year"), "births by year": text("births by year"),
    "log ratio over five years": text("log ratio over five years"), "people per person": text("people per person"),
    "word": text("word"), "households": text("households"), "people per household": text("people per household"),
    "ratio by age": text("ratio by age"), "periods": text("periods"), "relative by age": text("relative by age"),
    "children per woman: boys, girls": text("children per woman: boys, girls"),
    "heads per person": text("heads of household per person"),
}
_UNSOURCED = text("Planning assumption of this project; no published figure was found. Put your own in region.toml.")


def unit(words: str) -> Text:
    return UNITS.get(words, verbatim(words))


def source_words(source: str) -> Text:
    """A parameter's source; the sentence that says there is none, in both languages."""
    return _UNSOURCED if source == _UNSOURCED.template else verbatim(source)


def value_words(value: Any) -> Text:
    """A parameter's or figure's value: numbers as they are, lists shortened.

    >>> value_words(0.25).to("en"), value_words(True).to("en"), value_words([1, 2, 3, 4, 5, 6, 7]).to("en")
    ('0.25', 'yes', '1, 2, 3, 4, 5, 6, … (7 values)')
    """
    if isinstance(value, bool):
        return text("yes") if value else text("no")
    if value is None:
        return verbatim(DASH)
    if isinstance(value, int):
        return verbatim(f"{value:,}")
    if isinstance(value, float):
        return verbatim(_plain(value))
    if isinstance(value, list | tuple):
        shown = ", ".join(value_words(v).to("en") for v in value[:6])
        if len(value) <= 6:
            return verbatim(shown)
        return text("{shown}, … ({count} values)", shown=shown, count=len(value))
    return verbatim(str(value))


def _plain(value: float) -> str:
    if not math.isfinite(value) or value == round(value):
        return number(value)
    digits = 1 if abs(value) >= 1000 else 2 if abs(value) >= 10 else 4 if abs(value) >= 0.001 else 8
    return f"{value:,.{digits}f}".rstrip("0").rstrip(".")


def silences(plan: Plan) -> list[Text]:
    """What the document itself shows it cannot say; its notes say the rest."""
    document = plan.document
    found: list[Text] = []
    if document.place.fictional:
        found.append(text("This place is fictional: the page shows how a plan reads, and describes no real town."))
    if document.diagnosis.bus_settlements is None:
        found.append(text("Journeys by bus: no timetable (GTFS-JP) was given."))
    if document.diagnosis.food_access_short is None:
        found.append(text("People short of food access: shops are not known well enough to count them."))
    if not document.outlook.services:
        found.append(text("When services lose their users: no service of today is known to the plan."))
    if not document.without_plan_assignment:
        found.append(text(
            "Which settlement goes where if nothing is done: only the totals are known, so there is no map."))
    if document.sensitivity is None:
        found.append(text("How far the hubs depend on the assumptions: no sensitivity was computed."))
    unnamed = sum(1 for source in document.sources if not (source.publisher and source.licence))
    if unnamed:
        found.append(text(
            "Publisher or licence of {count} of the {total} files: they do not say. Look them up before you publish.",
            count=unnamed, total=len(document.sources)))
    found.append(text(
        "How people without a car get to a hub, who runs it, and who pays for it: times are by car, costs are "
        "planning figures of the town and the region management organization together."))
    return found


@dataclass(frozen=True)
class RecomputedFigure:
    """One figure of the page, step by step, with the place of each value in plan.json."""

    settlement: SettlementOfPlan
    service: Service
    year: int
    ages: Text
    people_of_ages: str
    users: str
    row: str
    assignment: Assignment
    total: str
    served: bool
    paths: dict[str, str]


def recomputed(plan: Plan) -> RecomputedFigure | None:
    """An example out of the reference alternative: an unserved settlement when there is one."""
    document, first = plan.document, plan.first
    year = document.plan_year
    rows = {(a.settlement, a.service): (n, a) for n, a in enumerate(first.assignment)}
    wanted = [(u.settlement, s) for u in first.unserved for s in u.services]
    wanted += [(s.id, service.id) for s in document.settlements for service in document.services]
    for settlement_id, service_id in wanted:
        if (settlement_id, service_id) not in rows or settlement_id not in plan.position:
            continue
        position = plan.position[settlement_id]
        settlement, service = document.settlements[position], plan.services.get(service_id)
        reach = first.by_year[year].reach.get(service_id) if year in first.by_year else None
        if service is None or reach is None or year not in settlement.pyramid:
            continue
        groups = [g for g, low in enumerate(document.age_from) if service.users_age_from <= low <= service.users_age_to]
        people = sum(sex[g] for sex in settlement.pyramid[year] for g in groups)
        near = settlement.today.get(service_id)
        if people * service.users_share < 0.5 or (near is not None and near.within_limit_walk):
            continue
        number_of_row, assignment = rows[settlement_id, service_id]
        served = assignment.place is not None
        figure = "within_car" if served else "beyond"
        low, last = document.age_from[groups[0]], groups[-1] + 1
        ages = text("{low} years and over", low=low)
        if last < len(document.age_from):
            ages = text("{low} to {high} years", low=low, high=document.age_from[last] - 1)
        return RecomputedFigure(
            settlement, service, year, ages, number(people, 2), number(people * service.users_share, 2),
            f"alternatives[0].assignment[{number_of_row}]", assignment, number(getattr(reach, figure), 1), served,
            {
                "pyramid": f'settlements[{position}].pyramid["{year}"]',
                "share": f"services[{list(plan.services).index(service_id)}].users_share",
                "limit": f"services[{list(plan.services).index(service_id)}].limit_car_min",
                "total": f'alternatives[0].by_year["{year}"].reach.{service_id}.{figure}',
            },
        )
    return None


def words_of(values: Mapping[str, Text], key: str) -> Text:
    """A name out of one of the tables above; a key that is not in it stands for itself."""
    return values.get(key, verbatim(key))


__all__ = ["ACTIONS", "BASES", "FACILITY_KINDS", "NOTE_KINDS", "STATUSES", "Plan", "Words", "recomputed", "silences"]
