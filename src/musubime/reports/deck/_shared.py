"""What several slides say: corrections, alternative texts, bars with their shares."""

from __future__ import annotations

from collections.abc import Sequence

from musubime.language import Text, text, verbatim
from musubime.studies.deck_facts import Correction, DeckFacts
from musubime.studies.document import PlanDocument
from musubime.surveys import tables

from . import _say as say
from .model import Chart, Series, Tone


def corrections_of(facts: DeckFacts, *series: str) -> tuple[Text, ...]:
    """What was printed in these series and does not follow."""
    found = [c for c in facts.corrections if c.series in series and not c.copied]
    return tuple(corrected(c) for c in found)


def corrected(one: Correction) -> Text:
    name = text("{series}/{key}, {period}", series=one.series, key=one.key, period=one.period)
    if one.recomputed:
        return text("Corrected: {name}: {printed} is printed, {recomputed} follows from the other figures.", name=name,
                    printed=one.printed, recomputed=one.recomputed)
    return text("Does not follow: {name}: {printed} is printed.", name=name, printed=one.printed)


def or_dash(words: str) -> str:
    return words or say.DASH


def described(kind: str, title: Text, names: Sequence[Text], series: Sequence[Series]) -> Text:
    """Alternative text of a chart: what it is and its values, those of long charts left to the data sheet."""
    what = {"columns": text("Column chart"), "bars": text("Bar chart"), "line": text("Line chart"),
            "stacked_bars": text("Stacked bar chart"), "stacked_columns": text("Stacked column chart")}[kind]
    if len(names) * len(series) > 24:
        return text("{what}: {title}; {count} values of {series}, from {first} to {last}.", what=what, title=title,
                    count=sum(v is not None for s in series for v in s.values),
                    series=say.joined([s.name for s in series]), first=names[0], last=names[-1])
    values = [text("{name} {value}", name=name if len(series) == 1 else text("{one} {other}", one=s.name, other=name),
                   value=f"{v:,.10g}")
              for s in series for name, v in zip(names, s.values, strict=True) if v is not None]
    return text("{what}: {title}. {values}.", what=what, title=title, values=say.joined(values))


def with_shares(table: tables.Table, column: str, unit: Text, tone: Tone, weight: float) -> Chart:
    """Bars of every class, the printed share beside its name."""
    rows = say.parts(table)
    names = [text("{name} ({share})", name=table.row(r).head, share=table.printed(r, "share")) for r in rows]
    series = (Series(unit, say.column(table, column, rows), tone),)
    whole = f"{table.n:,}" if table.n is not None else table.printed("all", column)
    title = text("{title}, N = {n}", title=table.title, n=whole)
    return Chart("bars", title, described("bars", title, names, series), tuple(names), series, verbatim(""),
                 weight=weight)


def source_of(document: PlanDocument) -> Text:
    return text("plan.json of {place}, computed by Musubime {version} on {day}; its sources are listed in plan.html",
                place=document.place.name, version=document.version, day=document.created[:10])
