"""What the page of a plan says, picked out of the document; figures are looked up, not computed."""

from __future__ import annotations

from typing import Any

from musubime.language import Text, text
from musubime.reports.views import ACTIONS, FACILITY_KINDS, words_of
from musubime.reports.words import as_text, gap_percent, listed
from musubime.studies.document import Alternative, Measures

from .by_year import NONE
from .layers import lacking
from .mapping import case_name
from .reading import Loaded

SHOWN = 12  # rows of a table on the page of a plan; the rest stands on the page of all settlements


def lead(loaded: Loaded) -> Text:
    first, asked = loaded.view.first, loaded.document.asked_budget_jpy
    if not first.hubs:
        return (text("This plan opens no small hub: the budget asked for does not suffice for one.")
                if asked is not None else
                text("This plan opens no small hub: under its assumptions none is worth its cost."))
    if len(first.hubs) == 1:
        return text("This plan puts one small hub at {names}.", names=first.hubs[0].name)
    return text("This plan puts {count} small hubs at {names}.", count=len(first.hubs),
                names=listed((hub.name for hub in first.hubs), 8))


def measures(loaded: Loaded, case: str, year: int) -> Measures | None:
    if case == NONE or year == loaded.document.years[0]:
        return loaded.document.without_plan.get(year)
    return loaded.alternatives[case].by_year.get(year)


def proof(alternative: Alternative) -> Text:
    """The proven gap in plain words."""
    if alternative.status == "optimal":
        return text("Proven: under these assumptions no other choice of hubs is better.")
    return text(
        "Nobody can find a choice of hubs that is better by more than {gap}, under these assumptions.",
        gap=gap_percent(alternative.gap))


def in_view(loaded: Loaded, case: str, year: int) -> dict[str, Any]:
    """The figures beside the map for one case and year."""
    document, view = loaded.document, loaded.view
    now = year == document.years[0]
    unknown = [s.id for s in document.services if not s.known_today]
    lacks = lacking(view, loaded.reach, case, year) > 0
    people = sum(s.people[year].total for s, yes in zip(document.settlements, lacks, strict=True) if yes)
    old = sum(s.people[year].over_65 for s, yes in zip(document.settlements, lacks, strict=True) if yes)
    whole = document.outlook.people[year]
    found = measures(loaded, case, year)
    return {
        "case": case, "case_name": case_name(loaded, case), "year": year, "now": now, "people": whole.total,
        "over_65": whole.over_65, "lacking_people": people, "lacking_over_65": old,
        "lacking_settlements": int(lacks.sum()),
        "mean_min": found.mean_min if found and not (now and unknown) else None,
        "unknown": view.service_names(unknown) if now and unknown and view.today_known else None,
    }


def _people(found: Measures | None) -> float | None:
    return found.unserved_people if found else None


def _mean(found: Measures | None) -> float | None:
    return found.mean_min if found else None


def alternatives(loaded: Loaded) -> list[dict[str, Any]]:
    """One row for doing nothing and one for each alternative, at the plan year and the last."""
    document = loaded.document
    at, last = document.plan_year, document.years[-1]
    rows: list[dict[str, Any]] = [{
        "id": NONE, "name": text("without a plan"), "question": text("What if nothing is done?"), "hubs": [],
        "cost": 0.0, "people_at": _people(document.without_plan.get(at)), "mean": _mean(document.without_plan.get(at)),
        "people_last": _people(document.without_plan.get(last)),
    }]
    rows += [
        {"id": a.id, "name": as_text(a.name), "question": as_text(a.question), "hubs": [h.name for h in a.hubs],
         "cost": a.cost_jpy_per_year, "people_at": _people(a.by_year.get(at)), "mean": _mean(a.by_year.get(at)),
         "people_last": _people(a.by_year.get(last)), "gap": gap_percent(a.gap)}
        for a in document.alternatives
    ]
    return rows


def years(loaded: Loaded, alternative: Alternative) -> list[dict[str, Any]]:
    """Doing nothing against the alternative, year by year."""
    document = loaded.document
    unknown = any(not s.known_today for s in document.services)
    return [
        {"year": year, "people_without": nothing.unserved_people, "mean_without": nothing.mean_min,
         "people_with": _people(alternative.by_year.get(year)), "mean_with": _mean(alternative.by_year.get(year)),
         "chosen": year == document.plan_year}
        for year, nothing in sorted(document.without_plan.items()) if not (unknown and year == document.years[0])
    ]


def hubs(loaded: Loaded, alternative: Alternative) -> list[dict[str, Any]]:
    view, document = loaded.view, loaded.document
    kinds = {f.id: words_of(FACILITY_KINDS, f.kind) for f in document.facilities}
    return [
        {
            "hub": hub, "why": as_text(hub.why), "people_now": hub.people.get(document.years[0]),
            "people_last": hub.people.get(document.years[-1]),
            "buildings": [(view.facility_names.get(b, b), kinds.get(b)) for b in hub.buildings_used],
            "services": [
                {"name": view.service_name(s.service), "action": words_of(ACTIONS, s.action), "kind": s.action,
                 "building": s.building_name, "users": s.users.get(document.plan_year),
                 "cost": s.cost_jpy_per_year or None}
                for s in hub.services
            ],
        }
        for hub in alternative.hubs
    ]


def unserved(loaded: Loaded, alternative: Alternative) -> list[dict[str, Any]]:
    view = loaded.view
    found = sorted(alternative.unserved, key=lambda u: -u.people)
    return [
        {"id": u.settlement, "name": u.name, "people": u.people, "services": view.service_names(u.services),
         "hub_min": u.nearest_hub_min, "reason": as_text(u.reason)}
        for u in found
    ]
