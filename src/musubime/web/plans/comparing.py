"""Two plans of one region side by side, each by its reference."""

from __future__ import annotations

from typing import Any

from musubime.language import Text, text, verbatim
from musubime.reports.words import gap_percent, listed, money, number

from .layers import lacking
from .reading import Loaded


def compare(one: Loaded, two: Loaded) -> dict[str, Any]:
    """Rows of (what, of one, of two), hubs of both and of one alone, and settlements for which they differ."""
    names = [{hub.place: hub.name for hub in loaded.view.first.hubs} for loaded in (one, two)]
    return {
        "rows": _rows(one, two),
        "both": listed(names[0][p] for p in names[0] if p in names[1]),
        "only_one": listed(names[0][p] for p in names[0] if p not in names[1]),
        "only_two": listed(names[1][p] for p in names[1] if p not in names[0]),
        "settlements": _settlements(one, two),
    }


def _rows(one: Loaded, two: Loaded) -> list[tuple[Text, Text, Text]]:
    def asked(loaded: Loaded) -> Text:
        document = loaded.document
        if document.asked_hubs is not None:
            return text("exactly {count} hubs", count=document.asked_hubs)
        if document.asked_budget_jpy is not None:
            return text("at most {cost} a year", cost=money(document.asked_budget_jpy))
        return text("what serves best")

    rows: list[tuple[Text, Text, Text]] = []

    def add(what: Text, *values: Text | str) -> None:
        a, b = (value if isinstance(value, Text) else verbatim(value) for value in values)
        rows.append((what, a, b))

    both = (one, two)
    add(text("Asked for"), *(asked(x) for x in both))
    add(text("Hubs"), *(str(len(x.view.first.hubs)) for x in both))
    add(text("Cost a year"), *(money(x.view.first.cost_jpy_per_year) for x in both))
    years = [y for y in one.document.years[1:] if y in two.document.years[1:]]
    for year in years:
        found = [x.view.first.by_year.get(year) for x in both]
        add(text("People lacking a service, {year}", year=year),
            *(number(f.unserved_people if f else None) for f in found))
    for year in years:
        found = [x.view.first.by_year.get(year) for x in both]
        add(text("Mean way to a service, {year}", year=year),
            *(text("{minutes} min", minutes=number(f.mean_min, 1)) if f else "–" for f in found))
    add(text("Not provably better than this by more than"), *(gap_percent(x.view.first.gap) for x in both))
    return rows


def _settlements(one: Loaded, two: Loaded) -> list[dict[str, Any]]:
    """Settlements that lack more under one plan than under the other, in the last year that both look at."""
    shared = [y for y in one.document.years[1:] if y in two.document.years[1:]]
    if not shared:
        return []
    year = shared[-1]
    counts = []
    for loaded in (one, two):
        n = lacking(loaded.view, loaded.reach, loaded.view.first.id, year)
        counts.append({s.id: int(n[i]) for i, s in enumerate(loaded.document.settlements)})
    people = {s.id: s.people[year].total for s in one.document.settlements}
    rows = [
        {"id": s.id, "name": s.name, "people": people[s.id], "one": counts[0][s.id], "two": counts[1][s.id],
         "year": year}
        for s in one.document.settlements
        if s.id in counts[1] and counts[0][s.id] != counts[1][s.id] and people[s.id] >= 0.5
    ]
    return sorted(rows, key=lambda row: -row["people"])
