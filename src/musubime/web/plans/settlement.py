"""What the page of a settlement says, picked out of the plan."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from musubime.language import Text, text, verbatim
from musubime.reports.chances import chance, chance_words
from musubime.reports.words import as_text, number, percent, weekdays
from musubime.studies.document import SettlementOfPlan

from .by_year import NONE
from .layers import lacking
from .mapping import case_name
from .reading import Loaded


@dataclass(frozen=True)
class Way:
    """How one service is reached. Minutes None: no way leads there, or it is not offered anywhere."""

    place: str
    car_min: float | None
    walk_min: float | None
    within: bool


def _minutes(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def way(loaded: Loaded, position: int, service: int, case: str, year: int) -> Way:
    reach = loaded.reach
    k, t = reach.at(case, year)
    place = int(reach.place[k, t, position, service])
    car = _minutes(reach.car_min[k, t, position, service])
    name = ""
    if place >= 0:
        at = reach.places[place]
        name = loaded.offered_at.get((at, reach.services[service]), loaded.view.place_name(at))
    return Way(
        name, car,
        _minutes(reach.walk_min[k, t, position, service]),
        car is not None and car <= float(reach.limit_min[k, service]) + 1e-6,
    )


def services(loaded: Loaded, settlement: SettlementOfPlan, case: str, year: int) -> list[dict[str, Any]]:
    """Per service: today, and in a year without a plan and under an alternative."""
    position, rows = loaded.view.position[settlement.id], []
    for at, service in enumerate(loaded.document.services):
        near = settlement.today.get(service.id)
        then = way(loaded, position, at, NONE, year)
        rows.append({
            "name": as_text(service.name), "limit": service.limit_car_min,
            "today": None if near is None else Way(near.name or "", near.car_min, near.walk_min, near.within_limit_car),
            "bus": None if near is None or near.bus_weekdays is None else weekdays(near.bus_weekdays),
            "without": then, "with": way(loaded, position, at, case, year) if case != NONE else None,
            "placeable": service.placeable,
        })
    return rows


def ages(loaded: Loaded, settlement: SettlementOfPlan) -> list[dict[str, Any]]:
    """Men and women by five-year age, in the base year and the last: the table beside the pyramid."""
    first, last = loaded.document.years[0], loaded.document.years[-1]
    if first not in settlement.pyramid or last not in settlement.pyramid:
        return []
    low = loaded.document.age_from
    return [
        {"age": f"{age}–{low[n + 1] - 1}" if n + 1 < len(low) else text("{low} and over", low=age),
         "values": [settlement.pyramid[year][sex][n] for year in (first, last) for sex in (0, 1)]}
        for n, age in enumerate(low)
    ]


def outlook(loaded: Loaded, settlement: SettlementOfPlan) -> list[dict[str, Any]]:
    """By year: people, their intervals, the old, and the chances."""
    spread = loaded.document.outlook.intervals
    words = chance_words(spread.few_households, spread.few_people) if spread else {}
    rows = []
    for year, count in settlement.people.items():
        found, odds = settlement.intervals.get(year), settlement.chances.get(year)
        rows.append({
            "year": year, "people": count.total, "over_65": count.over_65,
            "share": percent(count.over_65, count.total) if count.total > 0 else "–",
            "without_car": count.without_car,
            "in_80": f"{number(found.low_80)}–{number(found.high_80)}" if found else "–",
            "in_95": f"{number(found.low_95)}–{number(found.high_95)}" if found else "–",
            "chances": [chance(getattr(odds, name)) for name in words] if odds else [],
        })
    return rows


def chance_heads(loaded: Loaded) -> list[Text]:
    spread = loaded.document.outlook.intervals
    return list(chance_words(spread.few_households, spread.few_people).values()) if spread else []


def hubs(loaded: Loaded, settlement: SettlementOfPlan) -> list[dict[str, Any]]:
    """Under each alternative: the hub to which it is tied, and what it lacks and why."""
    rows = []
    for alternative in loaded.document.alternatives:
        lacks = loaded.unserved[alternative.id].get(settlement.id)
        rows.append({
            "id": alternative.id, "name": case_name(loaded, alternative.id),
            "hub": loaded.hub_of[alternative.id].get(settlement.id, ""),
            "lacks": loaded.view.service_names(lacks.services) if lacks else verbatim(""),
            "reason": as_text(lacks.reason) if lacks else verbatim(""),
        })
    return rows


def table(loaded: Loaded, case: str, year: int) -> list[dict[str, Any]]:
    """A row for each settlement in one case and year."""
    document = loaded.document
    counts = lacking(loaded.view, loaded.reach, case, year)
    hub_of = loaded.hub_of.get(case, {})
    return [
        {
            "id": s.id, "name": s.name, "district": s.district, "now": s.people[document.years[0]].total,
            "people": s.people[year].total, "share": percent(s.people[year].over_65, s.people[year].total)
            if s.people[year].total > 0 else "–", "lacks": int(counts[i]), "hub": hub_of.get(s.id, ""),
            "nobody": chance(s.chances[year].nobody) if year in s.chances else "–",
        }
        for i, s in enumerate(document.settlements)
    ]
