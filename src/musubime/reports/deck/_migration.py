"""Slides 13 and 14: net migration by month, and the newest months of the year against earlier years."""

from __future__ import annotations

from musubime.language import Text, text, verbatim
from musubime.studies.deck_facts import DeckFacts, Migration

from . import _say as say
from ._shared import corrections_of, described, or_dash
from .model import Cell, Chart, Series, Slide, Table, Tone

_YEARLY: tuple[Tone, ...] = ("grey", "sky", "blue", "orange", "green", "purple", "navy")


def migration(facts: DeckFacts, one: Migration) -> Slide:
    origin = {"net_inflow_tokyo_area": 13, "net_inflow_tokyo_metropolis": 14}.get(one.id, 0)
    table, years = one.months, [row.id for row in one.months.rows]
    months = [column.id for column in table.columns if column.id != "year"]
    window = _window(one)
    lead = [_window_lead(one, window)]
    whole = [p for p in one.yearly.points if p.value is not None]
    rest = []
    if whole:
        rest.append(text("Whole year {year}: {value} persons.", year=whole[-1].period,
                         value=say.number(whole[-1].value, sign=True)))
    if one.first_negative:
        rest.append(text("The first month in which more people left than came: {month}.",
                         month=say.when(one.first_negative)))
    if rest:
        lead.append(verbatim({"ja": "　".join(r.to("ja") for r in rest), "en": " ".join(r.to("en") for r in rest)}))
    series = tuple(
        Series(verbatim(y), tuple(say.amount(table.value(y, m)) for m in months), _YEARLY[n % len(_YEARLY)],
               dash=n == 0)
        for n, y in enumerate(years))
    names = tuple(verbatim({"ja": str(int(m)), "en": say.month(int(m)).to("en")}) for m in months)
    title = text("Net migration by month")
    chart = Chart("line", title, described("line", title, names, series), names, series, text("persons"), label=False,
                  weight=1.0)
    compared = _compared(one, window)
    monthly = say.shown(table, title=text("Net migration by month (persons)"), largest_pt=13,
                        head=lambda c: text("Year") if c == "year" else say.month(int(c)))
    evidences = [say.evidence(table), say.evidence(one.compared, title=window)]
    return Slide(
        one.id, origin, one.title, tuple(lead), ((chart, compared), (monthly,)),
        say.source_line(evidences[:1], facts.table_name), tuple(evidences), _migration_corrections(facts, one))


def _window(one: Migration) -> Text:
    first, last = say.month(one.window[0]), say.month(one.window[-1])
    return text("{first} to {last}", first=first, last=last) if len(one.window) > 1 else first


def _window_lead(one: Migration, window: Text) -> Text:
    row, now = one.compared.rows[0].id, one.compared.column("now").head
    said = []
    for column in one.compared.columns:
        if column.id.startswith("change_") and (change := one.compared.printed(row, column.id)):
            then = column.id.removeprefix("change_")
            rate = one.compared.printed(row, f"rate_{then}")
            said.append(text("against {period} {change} ({rate})", period=then, change=change, rate=rate) if rate else
                        text("against {period} {change}", period=then, change=change))
    return text("{window} {year}: net migration {value} persons ({changes}).", window=window, year=now,
                value=one.compared.printed(row, "now"), changes=say.joined(said))


def _compared(one: Migration, window: Text) -> Table:
    """One row for net, arrivals and departures; what is not known of them is a dash."""
    years = [p.period for p in one.sums[0].points if p.value is not None]
    columns = [c for c in one.compared.columns if c.id.startswith(("change_", "rate_"))]
    heads = [text("Net migration"), text("Arrivals"), text("Departures")]
    rows = []
    for n, head in enumerate(heads):
        if n < len(one.sums):
            row = one.compared.rows[n].id
            cells = [say.number(one.sums[n].value(y)) for y in years]
            cells += [or_dash(one.compared.printed(row, c.id)) for c in columns]
        else:
            cells = [say.DASH] * (len(years) + len(columns))
        rows.append((Cell(head), *(Cell(verbatim(c)) for c in cells)))
    title = text("{window}, each year (persons)", window=window)
    return Table(title, text("Table: {title}. Net migration, arrivals and departures of {years}, and the change.",
                             title=title, years=say.joined([verbatim(y) for y in years])),
                 (verbatim(""), *(verbatim(y) for y in years), *(_change_head(c.id) for c in columns)),
                 tuple(rows), largest_pt=13, weight=1.4)


def _change_head(column: str) -> Text:
    kind, then = column.split("_", 1)
    return text("vs {period}", period=then) if kind == "change" else text("%")


def _migration_corrections(facts: DeckFacts, one: Migration) -> tuple[Text, ...]:
    bullets = f"bullet_{one.id.removeprefix('net_inflow_')}"
    copied = [c for c in facts.corrections if c.series == bullets and c.copied]
    found = list(corrections_of(facts, one.id, bullets))
    if copied:
        found.insert(0, text(
            "Corrected: the {count} printed figures of arrivals, departures and net migration repeat another series "
            "and were not used. Net migration was recomputed from the months of this slide; arrivals and departures "
            "are not known. No percentage is taken of a negative base.", count=len(copied)))
    elif len(one.sums) == 1:
        found.append(text("Arrivals and departures that belong to these months are not in the table."))
    return tuple(found)
