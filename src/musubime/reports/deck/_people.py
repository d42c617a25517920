"""Slides 7, 9, 10 and 12: people, settlements, support personnel, interest in the country."""

from __future__ import annotations

from collections.abc import Mapping

from musubime.language import Text, text, verbatim
from musubime.studies.deck_facts import DeckFacts
from musubime.studies.deck_words import base_of, survey_of
from musubime.surveys.series import Series as Figures

from . import _say as say
from ._shared import corrections_of, described, or_dash
from .model import Chart, ChartKind, Series, Slide, Tile, Tiles, Tone, Words

_NAMES: Mapping[str, Text] = {
    "total": text("Population"), "total_change": text("Change of the population"),
    "age65plus": text("People aged 65 and over"), "ageing_rate": text("Share of people aged 65 and over")}


def population(facts: DeckFacts) -> Slide | None:
    tiles, points = [], []
    for key, name in _NAMES.items():
        one = facts.population.get(key)
        if one is None or one.latest is None:
            continue
        point = one.latest
        tiles.append(Tile(name, _with_unit(one), say.when(point.period)))
        points.append((name, point))
    if not tiles:
        return None
    found = say.evidence_of_points(points, text("Population"), survey_of("population"), base_of("population"))
    charts = tuple(_through_time(one) for one in facts.population.values() if len(_years(one)) > 1)
    note = Words(text("What this slide lacks"), (text("The table of figures has these values alone."),))
    return Slide("population", 7, text("Population decline and ageing"), (),
                 ((Tiles(tuple(tiles)),), charts[:3] if charts else (note,)),
                 say.source_line([found], facts.table_name), (found,), corrections_of(facts, "population"))


def _years(series: Figures) -> list[str]:
    return [p.period for p in series.points if p.value is not None]


def _through_time(series: Figures) -> Chart:
    """A series of several years: shares as a line, numbers as columns."""
    title = _NAMES.get(series.key, verbatim(series.key))
    names = tuple(verbatim(year) for year in _years(series))
    kind: ChartKind = "line" if series.unit.strip().startswith(("%", "％")) else "columns"
    values = (Series(title, tuple(say.amount(p.value) for p in series.points if p.value is not None), "blue"),)
    unit = text("10,000 persons") if series.unit == "10k persons" else verbatim(series.unit)
    return Chart(kind, title, described(kind, title, names, values), names, values, unit,
                 digits=max(p.decimals for p in series.points), low=0 if kind == "line" else None)


def _with_unit(series: Figures) -> Text:
    """The newest value as a person says it."""
    assert series.latest is not None
    value, decimals = series.latest.value, series.latest.decimals
    if series.unit == "10k persons":
        return say.man(value)
    if series.unit.strip().startswith(("%", "％")):
        return verbatim(f"{say.number(value, decimals)}%")
    return text("{value} {unit}", value=say.number(value, decimals), unit=verbatim(series.unit))


def settlements(facts: DeckFacts) -> Slide | None:
    table = facts.settlements
    if table is None:
        return None
    rows = say.parts(table)
    first, last = rows[0], rows[-1]
    evidences = [say.evidence(table), *(say.evidence(t) for t in facts.settlement_changes)]
    lead = [text("{people} people live in {count} settlements ({mean} each) in {period}.",
                 people=table.printed(last, "people"), count=table.printed(last, "settlements"),
                 mean=table.printed(last, "mean"), period=table.row(last).head)]
    for change in facts.settlement_changes:
        if change.printed(last, "difference"):
            lead.append(text("{what}: {difference} ({rate}) since {period}.", what=change.title,
                             difference=change.printed(last, "difference"), rate=or_dash(change.printed(last, "rate")),
                             period=table.row(first).head))
    charts = []
    tones: dict[str, Tone] = {"settlements": "blue", "people": "green", "mean": "orange"}
    for column, tone in tones.items():
        of = table.column(column)
        series = (Series(of.head, say.column(table, column, rows), tone),)
        names = say.heads(table, rows)
        charts.append(Chart("columns", of.head, described("columns", of.head, names, series), names, series, of.unit,
                            digits=of.decimals))
    return Slide("settlements", 9, text("Settlements of kaso areas through time"), tuple(lead),
                 ((say.shown(table),), tuple(charts)), say.source_line(evidences[:1], facts.table_name),
                 tuple(evidences), corrections_of(facts, "settlements", "settlement_population",
                                                  "settlement_mean_population"))


def support(facts: DeckFacts) -> Slide | None:
    table = facts.support
    if table is None:
        return None
    rows = say.parts(table)
    by_prognosis: dict[str, list[str]] = {}
    for row in rows:
        by_prognosis.setdefault(row.split("/", 1)[0], []).append(row)
    lead = [text("{row}: {now} have support personnel ({then} in {when}).", row=table.row(of[-1]).head,
                 now=or_dash(table.printed(of[-1], "share")), then=or_dash(table.printed(of[0], "share")),
                 when=of[0].split("/", 1)[1]) for of in by_prognosis.values() if len(of) > 1]
    names = say.heads(table, rows)
    series = (Series(table.column("yes").head, say.column(table, "yes", rows), "green"),
              Series(table.column("no").head, say.column(table, "no", rows), "pale"))
    title = text("Settlements by prognosis and support personnel")
    chart = Chart("stacked_bars", title, described("stacked_bars", title, names, series), names, series,
                  text("settlements"))
    found = say.evidence(table)
    return Slide(
        "support", 10, text("Support personnel in settlements that may become uninhabited"), tuple(lead),
        ((say.shown(table, title=text("By presence of support personnel")),), (chart,)),
        say.source_line([found], facts.table_name), (found,), corrections_of(facts, "extinction_by_support"),
        (text("Support personnel: settlement supporters, local vitalization cooperators or others."),
         text("A prognosis is the judgement of a municipality and no probability.")))


def interest(facts: DeckFacts) -> Slide | None:
    table = facts.interest
    if table is None:
        return None
    rows = say.parts(table)
    names, title = say.heads(table, rows), text("Interested in moving to the country")
    series = (Series(title, say.column(table, "value", rows), "blue"),)
    chart = Chart("bars", title, described("bars", title, names, series), names, series, text("%"), digits=1, low=0)
    found = say.evidence(table)
    lead = [text("{who}: {value}% are interested.", value=table.printed(r, "value"), who=table.row(r).head)
            for r in rows[:2]]
    return Slide("interest", 12, text("Interest in moving to the country"), tuple(lead), ((chart,),),
                 say.source_line([found], facts.table_name), (found,),
                 corrections_of(facts, "interest_in_rural_migration"))
