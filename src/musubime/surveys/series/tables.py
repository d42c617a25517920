"""Series as tables: year by month, period by period, and one stretch of the year against earlier years."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from musubime.language import Text, text, verbatim

from ..tables.model import Column, Row, Table
from ..tables.rounding import Exact
from .compare import compare, sums_of_months
from .model import Comparison, Series
from .periods import period, year_before


def months_table(series: Series, title: Text) -> Table:
    """One row for each year, one column for each month, and the year's sum where all twelve months are known."""
    by_month = {p.order: point for point in series.points if (p := period(point.period)).kind == "month" and p.order}
    years = sorted({order[0] for order in by_month})
    sums = sums_of_months(series, key="year")
    unit, decimals = verbatim(series.unit), _decimals(series)
    months = [f"{month:02}" for month in range(1, 13)]
    columns = (
        *(Column(m, text("Month {month}", month=int(m)), "amount", unit, decimals) for m in months),
        Column("year", text("Year"), "amount", unit, decimals, sum_of=tuple(months)),
    )
    blanks: dict[tuple[str, str], Text] = {}
    values = []
    for year in years:
        row = [by_month[year, m].value if (year, m) in by_month else None for m in range(1, 13)]
        total = sums.value(str(year))
        blanks |= {(str(year), m): text("No figure") for m, value in zip(months, row, strict=True) if value is None}
        if total is None:
            blanks[str(year), "year"] = text("Not all twelve months are known, or the definition changed.")
        values.append((*row, total))
    return Table(
        f"{series.id}_months", title, tuple(Row(str(y), text("{year}", year=y)) for y in years), columns,
        tuple(values), row_head=text("Year"), blanks=blanks, **_standing(series),
    )


def periods_table(series: Series, title: Text) -> Table:
    """One row for each period: the value, and what changed since the period before. Nothing is taken across a break:
    the row that follows it has no difference, and a note says why."""
    unit, decimals = verbatim(series.unit), _decimals(series)
    columns = (
        Column("value", text("Value"), "amount", unit, decimals),
        Column("before", text("Period before"), "amount", unit, decimals),
        Column("difference", text("Change"), "difference", unit, decimals, "value", "before"),
        Column("rate", text("Change in %"), "rate", text("%"), 1, "difference", "before"),
    )
    labels = [point.period for point in series.points]
    compared = [None, *(compare(series, now, then) for then, now in pairwise(labels))]
    rows: list[Row] = []
    values: list[tuple[Exact | None, ...]] = []
    blanks: dict[tuple[str, str], Text] = {}
    for point, found in zip(series.points, compared, strict=True):
        rows.append(Row(point.period, verbatim(point.period)))
        if found is None:
            values.append((point.value, None, None, None))
            why: Text | None = text("The first period has none before it.")
        else:
            values.append((point.value, found.then, found.difference, found.rate))
            why = found.why
        blanks |= {(point.period, column.id): why or text("No figure")
                   for column, value in zip(columns, values[-1], strict=True) if value is None}
    notes = tuple(text("{before} and {after} are not compared: {why}", before=b.before, after=b.after, why=b.why)
                  for b in series.breaks)
    standing = _standing(series)
    return Table(f"{series.id}_{series.key}", title, tuple(rows), columns, tuple(values), row_head=text("Period"),
                 blanks=blanks, **standing | {"notes": (*notes, *standing["notes"])})


def comparison_table(
    series: Sequence[tuple[Series, Text]], now: str, against: Sequence[str], title: Text, *, id: str = "comparison",
    decimals: int = 0,
) -> Table:
    """Several series at one period against earlier ones: net migration, arrivals and departures of January and
    February against a year before and against 2019. Percentages have `decimals`."""
    first = series[0][0]
    units = {one.unit for one, _ in series}
    unit = verbatim(first.unit) if len(units) == 1 else text("as in the row")
    whole = max(_decimals(one) for one, _ in series)
    columns = [Column("now", verbatim(now), "amount", unit, whole)]
    for then in against:
        columns += [
            Column(f"then_{then}", verbatim(then), "amount", unit, whole),
            Column(f"change_{then}", text("Change on {period}", period=then), "difference", unit, whole, "now",
                   f"then_{then}"),
            Column(f"rate_{then}", text("Change on {period} in %", period=then), "rate", text("%"), decimals,
                   f"change_{then}", f"then_{then}"),
        ]
    rows, values = [], []
    blanks: dict[tuple[str, str], Text] = {}
    for one, head in series:
        row_id = f"{one.id}/{one.key}"
        found = [compare(one, now, then) for then in against]
        rows.append(Row(row_id, head if len(units) == 1 else text("{what} ({unit})", what=head, unit=one.unit)))
        values.append((one.value(now), *(v for c in found for v in (c.then, c.difference, c.rate))))
        for c in found:
            blanks |= _reasons(row_id, c)
    return Table(id, title, tuple(rows), tuple(columns), tuple(values), blanks=blanks, **_standing(first))


def against(now: str, *fixed: str) -> tuple[str, ...]:
    """What a period is compared with: the year before it, and fixed years.

    >>> against("2022", "2019")
    ('2021', '2019')
    """
    before = year_before(now)
    return tuple(dict.fromkeys(p for p in (before, *fixed) if p is not None and p != now))


def _reasons(row: str, c: Comparison) -> dict[tuple[str, str], Text]:
    why = c.why or text("No figure")
    parts = {"then": c.then, "change": c.difference, "rate": c.rate}
    return {(row, f"{name}_{c.against}"): why for name, value in parts.items() if value is None}


def _decimals(series: Series) -> int:
    return max((point.decimals for point in series.points), default=0)


def _standing(series: Series) -> dict[str, Any]:
    """What a table says of where its numbers come from."""
    def named(words: Sequence[str]) -> str:
        return " / ".join(dict.fromkeys(word for word in words if word))

    points = series.points
    span = f"{points[0].period} – {points[-1].period}" if len(points) > 1 else "".join(p.period for p in points)
    base = named([p.base for p in points])
    return {
        "base": verbatim(base) if base else text("The table of figures does not say of whom."),
        "source": verbatim(named([p.source for p in points]) or "–"),
        "vintage": named([p.vintage for p in points]) or span,
        "definition": named([p.definition for p in points]),
        "notes": series.notes,
    }
