"""plan.html: one file that needs nothing else, in Japanese and English, for a screen, a projector and paper."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from musubime.region import Region
from musubime.studies.document import PlanDocument, Words

from . import words
from .chances import chance, chance_words, share, span
from .colours import BLUE, MIDDLE, PALE
from .cuts import lost_elsewhere, road_words, settlement_names
from .views import (
    ACTIONS,
    FACILITY_KINDS,
    NOTE_KINDS,
    STATUSES,
    Plan,
    recomputed,
    silences,
    source_words,
    unit,
    value_words,
    words_of,
)

_MOST_EXAMPLES = 5


def write_html(document: PlanDocument, region: Region, path: Path) -> None:
    """Write the page. `region` gives the geometry of the maps and nothing else."""
    path.write_text(render(document, region), "utf-8", newline="\n")


def render(document: PlanDocument, region: Region) -> str:
    from .pictures import pictures  # brings Altair in, which takes a third of a second

    plan = Plan(document)
    template = environment().get_template("plan.html")
    return template.render(plan=plan, doc=document, first=plan.first, pictures=pictures(plan, region), **_context(plan))


@cache
def environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("musubime.reports", "templates"), autoescape=True, trim_blocks=True,
        lstrip_blocks=True, undefined=jinja2.StrictUndefined,
    )
    environment.globals.update(
        t=words.t, w=words.spans, n=words.number, pct=words.percent, gap=words.gap_percent, listed=words.listed,
        yen=lambda jpy: words.spans(words.money(jpy)), yen_cell=lambda jpy: words.spans(words.money_cell(jpy)),
        money=words.money, strong=words.strong, weekdays=words.weekdays, DASH=words.DASH, raw=_raw,
        unit=unit, source_words=source_words, value_words=value_words, kind_words=lambda k: words_of(FACILITY_KINDS, k),
        action_words=lambda k: words_of(ACTIONS, k),
        status_words=lambda k: words_of(STATUSES, k), note_words=lambda k: words_of(NOTE_KINDS, k),
        shortened=_shortened, road_words=road_words, settlement_names=settlement_names, lost_elsewhere=lost_elsewhere,
    )
    return environment


def _raw(name: str) -> Markup:
    """Style and script stand in the page as they are: they are ours."""
    source = Path(__file__).with_name("templates") / name
    return Markup(source.read_text("utf-8"))


def _shortened(sentence: Words) -> Words:
    """A note cut where it only goes on counting; the workbook has all of it."""
    cut = {key: said if len(said) <= most else said[:most].rstrip("、, ") + "…"
           for key, said, most in (("ja", sentence.ja, 200), ("en", sentence.en, 320))}
    return Words(**cut)


def _viability(document: PlanDocument) -> dict[str, dict[str, int]]:
    """By service: how many stand today, are below the users they need, and will fall below."""
    counts: dict[str, dict[str, int]] = {}
    for future in document.outlook.services:
        of = counts.setdefault(future.service, {"all": 0, "below": 0, "falling": 0})
        of["all"] += 1
        of["below"] += future.below_today
        of["falling"] += future.falls_below_year is not None and not future.below_today
    return counts


def _context(plan: Plan) -> dict[str, Any]:
    document = plan.document
    plan_year = document.plan_year
    measures = plan.first.by_year.get(plan_year)
    names = plan.place_names
    extra = []
    if document.sensitivity is not None:
        hubs = {hub.place for hub in plan.first.hubs}
        extra = [[names.get(p, p) for p in row.hubs if p not in hubs] for row in document.sensitivity.rows]
    by_source: dict[str, list[Any]] = {}
    for parameter in document.parameters:
        if parameter.unit not in {"text", "ids"}:
            by_source.setdefault(parameter.source, []).append(parameter)
    bus = next((s for s in document.diagnosis.reach if any(
        near.bus_weekdays is not None for row in document.settlements if (near := row.today.get(s)))), None)
    spread = document.outlook.intervals
    return {
        "spread": spread, "span": span, "share": share, "chance": chance,
        "chance_words": chance_words(spread.few_households, spread.few_people) if spread is not None else {},
        "colours": {"pale": PALE, "middle": MIDDLE, "blue": BLUE},
        "measures": measures, "before": document.without_plan.get(plan_year), "silences": silences(plan),
        "example": recomputed(plan), "extra_hubs": extra, "bus_service": bus,
        "later_total": len(plan.later_services), "today_total": len(plan.today_services),
        "reached_plan": plan.reached(plan.first.assignment) if plan.first.assignment else None,
        "reached_without": plan.reached(document.without_plan_assignment) if document.without_plan_assignment else None,
        "hub_of": plan.hub_of(plan.first),
        "falling": sorted((o for o in document.outlook.services if o.falls_below_year and not o.below_today),
                          key=lambda o: (o.falls_below_year or 0, o.facility, o.service)),
        "viability": _viability(document),
        "closing": sorted((f for f in document.facilities if f.closing_year and f.services and f.status != "closed"),
                          key=lambda f: (f.closing_year or 0, f.id)),
        "facilities": {f.id: f for f in document.facilities}, "sources_of_parameters": by_source,
        "notes": {kind: [note for note in document.notes if note.kind == kind] for kind in NOTE_KINDS},
        "most_examples": _MOST_EXAMPLES,
        "reached_today": {s.id: plan.reached_today(s) for s in document.settlements} if plan.today_known else None,
    }
