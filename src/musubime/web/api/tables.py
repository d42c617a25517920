"""What the API gives, as flat rows: one list of dictionaries for each kind of thing, with lon and lat where it has a
place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from musubime.language import current_language
from musubime.studies.document import Alternative, Measures, PlanDocument
from musubime.web.places.facts import Facts

Row = dict[str, Any]
MEASURES = ("served_people", "unserved_people", "served_over_65", "unserved_over_65", "mean_min", "worst_min")


def region_settlements(facts: Facts) -> Iterator[Row]:
    """One row for each settlement: people of the newest count; None where nobody was counted, or not by such ages."""
    age_from = facts["age_from"]
    young = age_from.index(15) if 15 in age_from else None
    for one in facts["settlements"]:
        counted = young is not None and one["ages"] is not None
        yield {
            "id": one["id"], "name": one["name"], "district": one["area"], "lon": one["lon"], "lat": one["lat"],
            "year": facts["year"], "people": one["people"],
            "under_15": sum(sum(sex[:young]) for sex in one["ages"]) if counted else None, "over_65": one["over_65"],
        }


def plan_settlements(document: PlanDocument, alternative: Alternative, year: int) -> Iterator[Row]:
    """One row for each settlement: its people in the year, and how it is served under the alternative."""
    trips: dict[str, list[Any]] = {}
    for one in alternative.assignment:
        trips.setdefault(one.settlement, []).append(one)
    hub_of = {settlement: hub for hub in alternative.hubs for settlement in hub.settlements}
    for settlement in document.settlements:
        people, interval = settlement.people.get(year), settlement.intervals.get(year)
        chances, hub = settlement.chances.get(year), hub_of.get(settlement.id)
        mine = trips.get(settlement.id, [])
        yield {
            "id": settlement.id, "name": settlement.name, "district": settlement.district,
            "lon": settlement.lon, "lat": settlement.lat, "year": year,
            "people": people and people.total, "under_15": people and people.under_15,
            "over_65": people and people.over_65, "without_car": people and people.without_car,
            "people_low_95": interval and interval.low_95, "people_high_95": interval and interval.high_95,
            "chance_nobody": chances and chances.nobody, "chance_few_households": chances and chances.few_households,
            "chance_half_over_65": chances and chances.half_over_65,
            "hub": hub and hub.name, "hub_place": hub and hub.place,
            "worst_min": max((trip.minutes for trip in mine if trip.minutes is not None), default=None),
            "not_served": sorted(trip.service for trip in mine if trip.place is None),
        }


def plan_hubs(alternative: Alternative, year: int) -> Iterator[Row]:
    """One row for each hub of the alternative."""
    for hub in alternative.hubs:
        yield {
            "place": hub.place, "name": hub.name, "lon": hub.lon, "lat": hub.lat, "year": year,
            "services": [service.service for service in hub.services],
            "opened": [service.service for service in hub.services if service.action == "opened"],
            "settlements": len(hub.settlements), "people": hub.people.get(year), "over_65": hub.over_65.get(year),
            "cost_jpy_per_year": hub.cost_jpy_per_year,
        }


def plan_indicators(document: PlanDocument) -> Iterator[Row]:
    """One figure a row, by alternative ("none": nothing is done) and year."""
    yield from _measures("none", document.without_plan)
    for alternative in document.alternatives:
        yield from _measures(alternative.id, alternative.by_year)
        for key, unit in (("cost_jpy_per_year", "JPY/year"), ("gap", "share")):
            yield {"alternative": alternative.id, "year": document.plan_year, "indicator": key,
                   "value": getattr(alternative, key), "unit": unit}


def _measures(name: str, by_year: dict[int, Measures] | Any) -> Iterator[Row]:
    for year, measures in by_year.items():
        for key in MEASURES:
            yield {"alternative": name, "year": year, "indicator": key, "value": getattr(measures, key),
                   "unit": "min" if key.endswith("_min") else "people"}


def survey_cells(survey: str, area: str, document: dict[str, Any]) -> Iterator[Row]:
    """One row for each cell of a survey's tables, as they were made (see `surveys.works`). area: "" is the country."""
    for table in document["tables"]:
        heads = {column["id"]: column["head"] for column in table["columns"]}
        for row in table["rows"]:
            for column, value in row["values"].items():
                yield {"survey": survey, "area": area, "table": table["id"], "title": table["title"], "n": table["n"],
                       "row": row["id"], "row_head": row["head"], "column": column, "column_head": heads[column],
                       "value": value}


def as_geojson(rows: Sequence[Row]) -> dict[str, Any]:
    """RFC 7946, longitude first; JGD2011 taken as WGS84 (they differ by less than a metre)."""
    return {"type": "FeatureCollection", "features": [
        {"type": "Feature", "id": row.get("id", row.get("place")),
         "geometry": {"type": "Point", "coordinates": [row["lon"], row["lat"]]},
         "properties": {key: value for key, value in row.items() if key not in ("lon", "lat")}}
        for row in rows
    ]}


def as_cells(rows: Sequence[Row]) -> tuple[list[str], list[list[object]]]:
    """Header and cells; lists become words with spaces between, a {ja, en} pair the reader's language."""
    header = list(rows[0]) if rows else []
    return header, [[_cell(value) for value in row.values()] for row in rows]


def _cell(value: Any) -> object:
    if isinstance(value, list):
        return " ".join(map(str, value))
    return value[current_language()] if isinstance(value, dict) else value
