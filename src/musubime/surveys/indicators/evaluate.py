"""Indicators of one place from the series of a long table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from musubime.language import Text, text

from ..series.compare import share_of, unbroken
from ..series.model import Point, Series
from ..series.periods import period
from ..series.reader import select
from ..tables.rounding import Exact, printed
from .definitions import as_fraction, in_unit_of, national, target_for, with_own_targets
from .model import Definition, Indicator
from .pace import judge

_STRETCH = re.compile(r"->|→|\.\.|[~〜～–]")
"""Marks of a period that is a stretch of years (2021->2024) and stands for no single one."""
WRITTEN = "indicator"
"""The series in which indicators.csv keeps the values of all indicators, by their ids."""
_NOT_YET = re.compile(r"見込|予測|推計|計画|目標|予定|forecast|projected|projection|expected|planned|target", re.I)
"""Marks of a period whose value is expected: it is nothing that was reached."""


def evaluate(
    series: Sequence[Series], definitions: Iterable[Definition] | None = None, *, place: str = "JP",
    pace_years: int = 3, amber_years: int = 2,
) -> tuple[Indicator, ...]:
    """Every indicator, also those of which the table has nothing: they are grey and say what is missing.

    Without definitions those of the nation are meant; the national targets stand for "JP" only. Targets of one's own
    (series "target") replace them.
    """
    chosen: Iterable[Definition] = national() if definitions is None else definitions
    if definitions is None and place != "JP":
        base = text("what the table of figures of {place} counts", place=place)
        chosen = [replace(d, targets=(), base=base) for d in chosen if not d.nation_only]
    untold = None if series else text("Neither a table of figures (--values) nor returns (--returns) were given.")
    return tuple(
        indicator(d, *actual_of(d, series), place=place, pace_years=pace_years, amber_years=amber_years, missing=untold)
        for d in with_own_targets(chosen, series)
    )


def indicator(
    definition: Definition, actual: Series | None, notes: Sequence[Text] = (), *, place: str, pace_years: int,
    amber_years: int, missing: Text | None = None,
) -> Indicator:
    """One indicator from the series of its actual values; None: nothing is known, `missing` says why."""
    stretch = _comparable(actual)
    latest = stretch[-1] if stretch else None
    years = _by_year(stretch)
    year = years[-1][0] if years else None
    target = target_for(definition, year)
    found = judge(
        years, target, rising=definition.rising, share=definition.share, decimals=definition.decimals,
        pace_years=pace_years, amber_years=amber_years,
    )
    why, told = found.why, list(notes)
    if latest is None:
        why = missing or text("The table of figures has no value of {names}.", names=_names(definition))
    elif actual is not None:
        if actual.breaks:
            told += [text("{before} and {after} are not compared: {why}", before=b.before, after=b.after, why=b.why)
                     for b in actual.breaks]
        told += [note for note in actual.notes if note not in told]
        told += [text("{period} is an expected value, not an actual one: it was left out.", period=p.period)
                 for p in actual.points if _NOT_YET.search(p.period)]
    if found.pace_years is not None and found.pace_years < pace_years:
        told.append(text("The pace rests on fewer years ({years}) than asked for ({asked}): no older value can be "
                         "compared.", years=found.pace_years, asked=pace_years))
    return Indicator(
        definition, place, None if latest is None else latest.value, "" if latest is None else latest.period,
        "" if latest is None else latest.source, "" if latest is None else latest.vintage, target, found.gap,
        found.needed_per_year, found.pace_per_year, found.pace_years, found.expected, found.reached_in, found.light,
        why, tuple(told), stretch,
    )


def _names(definition: Definition) -> str:
    pairs = definition.series or (*definition.numerator[:1], *definition.denominator[:1])
    return ", ".join(f"{series}/{key}" for series, key in pairs)


def actual_of(definition: Definition, series: Sequence[Series]) -> tuple[Series | None, tuple[Text, ...]]:
    """The series that holds an indicator's values, in the indicator's own unit, and what must be told of it.

    A share is computed from its counts where both are there; a printed share only where they are not. Where a table
    gives the same figure under two names, and they differ, that is told.
    """
    notes: list[Text] = []
    names = (*definition.series, (WRITTEN, definition.id))
    parts = _first(definition.numerator, series)
    wholes = _first(definition.denominator, series)
    if parts and wholes:
        computed = share_of(definition.id, "share", parts[0], wholes[0])
        if computed.latest is not None:
            notes += _disagreements(definition, computed, _first(names, series))
            return _in_own_unit(computed, definition, notes), tuple(notes)
    found = _first(names, series)
    if not found:
        return None, ()
    notes += _disagreements(definition, found[0], found[1:])
    return _in_own_unit(found[0], definition, notes), tuple(notes)


def _first(names: Sequence[tuple[str, str]], series: Sequence[Series]) -> list[Series]:
    found = [select(series, *name) for name in names]
    return [one for one in found if one is not None and one.latest is not None]


def _in_own_unit(series: Series, definition: Definition, notes: list[Text]) -> Series:
    """What the table says in the indicator's unit, without what cannot be a value of it; both are told."""
    points = []
    for point in series.points:
        value = in_unit_of(definition, point.value, series.unit)
        if point.value is not None and value is None:
            notes.append(text("{period}: {value} {unit} cannot be a value of this indicator and was left out.",
                              period=point.period, unit="" if series.unit == "share" else series.unit,
                              value=printed(point.value, max(point.decimals, 1) if series.unit == "share" else
                                            point.decimals, percent=series.unit == "share")))
        points.append(replace(point, value=value))
    if not definition.share and any(p.value not in (None, q.value) for p, q in zip(points, series.points, strict=True)):
        notes.append(text("The table gives it in units of {unit}: its numbers were multiplied.", unit=series.unit))
    return replace(series, unit="share" if definition.share else series.unit, points=tuple(points))


def _disagreements(definition: Definition, chosen: Series, others: Sequence[Series]) -> list[Text]:
    notes = []
    for other in others:
        for point in other.points:
            mine = chosen.value(point.period)
            if mine is None or point.value is None:
                continue
            if _printed(mine, point.decimals, definition.share) != _printed(
                    as_fraction(point.value, other.unit), point.decimals, definition.share):
                notes.append(text(
                    "{period}: {one} says {value}, {other} says {also}; the first was used.", period=point.period,
                    one=f"{chosen.id}/{chosen.key}", value=_printed(mine, point.decimals, definition.share),
                    other=f"{other.id}/{other.key}",
                    also=_printed(as_fraction(point.value, other.unit), point.decimals, definition.share)))
    return notes


def _printed(value: Exact, decimals: int, share: bool) -> str:
    return printed(value, decimals, percent=share)


def _comparable(actual: Series | None) -> tuple[Point, ...]:
    """The points with a value up to the newest, back to the last break."""
    stretches = () if actual is None else unbroken(actual)
    for stretch in reversed(stretches):
        known = tuple(p for p in stretch if p.value is not None and not _STRETCH.search(p.period)
                      and not _NOT_YET.search(p.period))
        if any(period(p.period).year is not None for p in known):
            known = tuple(p for p in known if period(p.period).year is not None)
        if known:
            return known
    return ()


def _by_year(points: Sequence[Point]) -> list[tuple[int, Exact]]:
    """One value a year, the last of it."""
    found: dict[int, Exact] = {}
    for point in points:
        year = period(point.period).year
        if year is not None and point.value is not None:
            found[year] = point.value
    return list(found.items())
