"""Differences, percentages and sums through time, taken only where they mean something."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from musubime.language import text

from ..tables.rounding import Exact, ratio
from .model import Break, Comparison, Point, Series
from .periods import Period, period, year_before
from .reader import joined


def compare(series: Series, now: str, then: str) -> Comparison:
    """One period against an earlier one. No percentage is taken of a base that is zero or negative, and nothing
    across a break."""
    a, b = series.value(now), series.value(then)
    if a is None or b is None:
        return Comparison(now, then, a, b, None, None,
                          text("There is no value for {period}.", period=now if a is None else then))
    if (found := break_between(series, then, now)) is not None:
        return Comparison(now, then, a, b, None, None, found.why)
    difference = _exact(Fraction(a) - Fraction(b))
    if b <= 0:
        return Comparison(now, then, a, b, difference, None, text(
            "No percentage: the base of {then} is zero or negative.", then=then))
    return Comparison(now, then, a, b, difference, ratio(difference, b))


def compare_years_before(series: Series, now: str, years: int = 1) -> Comparison:
    """A month against the same month, a year against the year, `years` earlier."""
    then = year_before(now, years)
    if then is None:
        return Comparison(now, "", series.value(now), None, None, None,
                          text("{period} names no plain year or month.", period=now))
    return compare(series, now, then)


def break_between(series: Series, one: str, other: str) -> Break | None:
    """The first break that lies between two periods."""
    labels = [point.period for point in series.points]
    low, high = sorted((labels.index(one), labels.index(other)))
    return next((b for b in series.breaks if low <= labels.index(b.before) < high), None)


def unbroken(series: Series) -> tuple[tuple[Point, ...], ...]:
    """The stretches of a series in which one thing is counted throughout, in order."""
    stretches: list[tuple[Point, ...]] = []
    begins = {b.after for b in series.breaks}
    for point in series.points:
        if not stretches or point.period in begins:
            stretches.append((point,))
        else:
            stretches[-1] = (*stretches[-1], point)
    return tuple(stretches)


def sums_of_months(series: Series, months: Sequence[int] = tuple(range(1, 13)), *, key: str = "") -> Series:
    """Yearly sums of some months (January to February: months=(1, 2)); a year that lacks one of them, or in which
    the definition changed, has no sum."""
    by_year: dict[int, dict[int, Point]] = {}
    for point in series.points:
        p = period(point.period)
        if p.kind == "month" and p.order is not None:
            by_year.setdefault(p.order[0], {})[p.order[1]] = point
    entries: list[tuple[Period, Point]] = []
    for year, found in by_year.items():
        parts = [found[month] for month in months if month in found]
        values = [part.value for part in parts if part.value is not None]
        first = found[min(found)]
        inside = break_between(series, parts[0].period, parts[-1].period) if parts else None
        whole = len(values) == len(months) and inside is None
        label = str(year)
        entries.append((Period(label, "year", (year,)), Point(
            label, _exact(sum(map(Fraction, values), Fraction(0))) if whole else None, first.source, first.vintage,
            first.base, first.definition, max((part.decimals for part in parts), default=0))))
    return joined(series.id, key or f"{series.key}_{months[0]:02}-{months[-1]:02}", series.unit, entries)


def latest_months(series: Series) -> tuple[int, ...]:
    """The months from January on that the newest year has without a gap: (1, 2) where it ends with February.

    All twelve where the newest year has them, none where its January is missing.
    """
    known = {p.order for point in series.points
             if point.value is not None and (p := period(point.period)).kind == "month"}
    if not known:
        return ()
    year = max(order[0] for order in known if order)
    months: list[int] = []
    while (year, len(months) + 1) in known:
        months.append(len(months) + 1)
    return tuple(months)


def difference_of(id: str, key: str, minuend: Series, subtrahend: Series) -> Series:
    """Two series period by period, one less the other (arrivals less departures)."""
    entries = []
    for point in minuend.points:
        other = subtrahend.at(point.period)
        known = point.value is not None and other is not None and other.value is not None
        value = _exact(Fraction(point.value or 0) - Fraction(other.value or 0)) if known and other else None
        entries.append((period(point.period), _of_two(point, other, value)))
    return joined(id, key, minuend.unit, entries)


def share_of(id: str, key: str, part: Series, whole: Series) -> Series:
    """One series as a share of another, period by period: exact fractions of 1."""
    entries = []
    for point in part.points:
        other = whole.at(point.period)
        value = ratio(point.value, other.value if other else None)
        entries.append((period(point.period), _of_two(point, other, value)))
    return joined(id, key, "share", entries)


def _of_two(one: Point, other: Point | None, value: Exact | None) -> Point:
    """What is computed of two points carries what both rest on."""
    def both(a: str, b: str) -> str:
        return a if a == b or not b else f"{a} / {b}"

    if other is None:
        return Point(one.period, value, one.source, one.vintage, one.base, one.definition)
    return Point(one.period, value, both(one.source, other.source), both(one.vintage, other.vintage),
                 both(one.base, other.base), both(one.definition, other.definition))


def _exact(value: Fraction) -> Exact:
    return value.numerator if value.denominator == 1 else value
