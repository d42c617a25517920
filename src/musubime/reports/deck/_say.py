"""Tables, series and points of the surveys as blocks of a slide and as lines of its notes. Nothing is computed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction

from musubime.language import Language, Text, text, verbatim
from musubime.surveys import tables
from musubime.surveys.series import Point, Series
from musubime.surveys.tables import Exact, printed

from ._measure import lines
from ._template import SOURCE_BOX
from .model import Cell, Evidence, Table

DASH = "–"


def number(value: Exact | None, decimals: int = 0, *, percent: bool = False, sign: bool = False) -> str:
    """As it is printed; a dash for what is not known.

    >>> number(1408), number(None), number(-7052, sign=True)
    ('1,408', '–', '-7,052')
    """
    return printed(value, decimals, percent=percent, sign=sign) or DASH


def amount(value: Exact | None) -> float | None:
    """The number as a chart's data sheet holds it."""
    if value is None:
        return None
    return value if isinstance(value, int) else float(value)


def column(table: tables.Table, column: str, rows: Iterable[str]) -> tuple[float | None, ...]:
    """Values of a column for a chart; shares in per cent."""
    factor = 100 if table.column(column).percent else 1
    return tuple(amount(None if (v := table.value(row, column)) is None else v * factor) for row in rows)


def heads(table: tables.Table, rows: Iterable[str]) -> tuple[Text, ...]:
    return tuple(table.row(row).head for row in rows)


def parts(table: tables.Table) -> list[str]:
    """Rows that are one answer or class."""
    return [row.id for row in table.rows if row.role == "part"]


def shown(
    table: tables.Table, *, columns: Sequence[str] | None = None, rows: Sequence[str] | None = None,
    title: Text | None = None, weight: float = 1.0, largest_pt: float = 16.0, head: Callable[[str], Text] | None = None,
) -> Table:
    """A table of the survey as it stands on a slide. Totals are strong; an empty cell is a dash."""
    chosen = [table.column(c) for c in columns] if columns is not None else list(table.columns)
    lines_of = [table.row(r) for r in rows] if rows is not None else list(table.rows)
    name = title or table.title
    return Table(
        name, described(table, name),
        (table.row_head or verbatim(""), *((head(c.id) if head else c.head) for c in chosen)),
        tuple((Cell(row.head), *(Cell(verbatim(table.printed(row.id, c.id) or DASH)) for c in chosen))
              for row in lines_of),
        frozenset(n for n, row in enumerate(lines_of) if row.role in ("total", "base")), weight, largest_pt)


def described(table: tables.Table, name: Text) -> Text:
    """Alternative text: what the table is, its rows and columns, its base."""
    return text("Table: {title}. {rows} rows, {columns} columns. Base: {base}.", title=name, rows=len(table.rows),
                columns=len(table.columns), base=table.base)


def evidence(table: tables.Table, *, title: Text | None = None) -> Evidence:
    """Every number of a table for the notes, a line for each row."""
    said = []
    for row in table.rows:
        found = [text("{name} {value}", name=c.head, value=v)
                 for c in table.columns if (v := table.printed(row.id, c.id))]
        if found:
            said.append(text("{row}: {values}", row=row.head, values=joined(found)))
    if table.n is not None:
        said.append(text("N = {n}", n=f"{table.n:,}"))
    said += [text("Note: {note}", note=note) for note in table.notes]
    reasons = list(dict.fromkeys(table.blanks.values()))
    said += [text("Left empty: {reason}", reason=reason) for reason in reasons]
    return Evidence(title or table.title, tuple(said), table.base, table.vintage, table.source)


def evidence_of_series(series: Series, title: Text, source: Text, base: Text, *, unit: Text | None = None) -> Evidence:
    """Every point of a series for the notes."""
    known = [p for p in series.points if p.value is not None]
    said = [text("{period}: {value} {unit}", period=when(p.period), value=number(p.value, p.decimals),
                 unit=unit or verbatim(series.unit)) for p in known]
    return Evidence(title, tuple(said), _own(known, "base", base), span(known), _own(known, "source", source))


def evidence_of_points(
    points: Sequence[tuple[Text, Point | None]], title: Text, source: Text, base: Text
) -> Evidence:
    known = [(name, p) for name, p in points if p is not None and p.value is not None]
    said = [text("{name} ({period}): {value}", name=name, period=when(p.period), value=number(p.value, p.decimals))
            for name, p in known]
    only = [p for _, p in known]
    return Evidence(title, tuple(said), _own(only, "base", base), span(only), _own(only, "source", source))


def _own(points: Sequence[Point], field: str, otherwise: Text) -> Text:
    named = list(dict.fromkeys(str(getattr(p, field)) for p in points if getattr(p, field)))
    return verbatim(" / ".join(named)) if named else otherwise


def span(points: Sequence[Point]) -> str:
    """The periods of some points, from the first to the last."""
    periods = list(dict.fromkeys(p.period for p in points))
    return periods[0] if len(periods) == 1 else f"{periods[0]} – {periods[-1]}" if periods else ""


def joined(words: Sequence[Text]) -> Text:
    """Words side by side."""
    return verbatim({"ja": "、".join(w.to("ja") for w in words), "en": "; ".join(w.to("en") for w in words)})


_SPOKEN = ((r"FY(\d{4})", r"\1年度"), (r"(\d{4}) survey", r"\1年調査"), (r"(\d+)(?:st|nd|rd|th) survey", r"第\1回調査"),
           (r"(\d+)(?:st|nd|rd|th)-term strategy", r"第\1期総合戦略"), (r"->", "→"), (r"^(\d{4})$", r"\1年"),
           (r"^(\d{4})-0?(\d\d?)$", r"\1年\2月"))


def when(period: str) -> Text:
    """A period as each language says it; words that are not known stay.

    >>> [when(p).to("ja") for p in ("FY2020", "2021", "4th survey", "2nd-term strategy", "2015 (H27)", "2015->2019")]
    ['2020年度', '2021年', '第4回調査', '第2期総合戦略', '2015 (H27)', '2015→2019']
    """
    words = period
    for form, spoken in _SPOKEN:
        words = re.sub(form, spoken, words)
    return verbatim({"ja": words, "en": period.replace("->", "→")})


def listed(names: Sequence[str], most: int) -> Text:
    """Names side by side; those beyond `most` are counted."""
    shown = verbatim({"ja": "、".join(names[:most]), "en": ", ".join(names[:most])})
    rest = len(names) - most
    return text("{names} and {rest} more", names=shown, rest=rest) if rest > 0 else shown


def source_line(evidences: Sequence[Evidence], file: str = "") -> Text:
    """The line at the foot: sources, as of when; short enough for two lines, the notes have the rest."""
    return verbatim({language: _source_line(evidences, file, language) for language in ("ja", "en")})


def _source_line(evidences: Sequence[Evidence], file: str, language: Language) -> str:
    sources = list(dict.fromkeys(e.source.to(language) for e in evidences))
    times = list(dict.fromkeys(when(e.vintage).to(language) for e in evidences if e.vintage))
    bases = list(dict.fromkeys(e.base.to(language) for e in evidences))
    mark = "、" if language == "ja" else "; "
    for most, with_base, with_file in _shorter(len(sources)):
        named: Text | str = mark.join(sources[:most])
        if most < len(sources):
            named = text("{sources} and others", sources=named)
        said = text("Source: {sources}.", sources=named).to(language)
        if times:
            said += text(" As of {when}.", when=mark.join(times[:2])).to(language)
        if with_base and len(bases) == 1:
            said += text(" Base: {base}.", base=bases[0]).to(language)
        if with_file and file:
            said += text(" Table read: {file}.", file=file).to(language)
        if len(lines(said, 12.0, SOURCE_BOX.width)) <= 2:
            return said
    return text("Sources, bases and dates of the figures: in the notes of this slide.").to(language)


def _shorter(count: int) -> list[tuple[int, bool, bool]]:
    """What is left out first: the file, then the base, then the last sources."""
    return [(count, True, True), (count, True, False), (count, False, False),
            *((most, False, False) for most in range(count - 1, 0, -1))]


def man(value: Exact | None) -> Text:
    """A number of ten thousands as each language says it.

    >>> man(1827).to("ja"), man(1827).to("en"), man(-93).to("ja"), man(-93).to("en")
    ('1,827万人', '18.27 million', '-93万人', '-0.93 million')
    """
    if value is None:
        return verbatim(DASH)
    return verbatim({"ja": f"{printed(value)}万人", "en": f"{printed(Fraction(value) / 100, 2)} million"})


def month(number: int) -> Text:
    """
    >>> month(2).to("ja"), month(2).to("en")
    ('2月', 'Feb')
    """
    return verbatim({"ja": f"{number}月", "en": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()[number - 1]})
