"""The rule of the traffic light. All of it is arithmetic on exact numbers: see docs/methods/indicators.md."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from musubime.language import Text, text, verbatim

from ..tables.rounding import Exact, printed
from .model import Light, Target


@dataclass(frozen=True)
class Judgement:
    """What follows from a target and the values so far: the fields of `Indicator` of the same names."""

    gap: Exact | None
    needed_per_year: Fraction | None
    pace_per_year: Fraction | None
    pace_years: int | None
    expected: Exact | None
    reached_in: int | None
    light: Light
    why: Text


def judge(
    history: Sequence[tuple[int, Exact]], target: Target | None, *, rising: bool, share: bool, decimals: int,
    pace_years: int, amber_years: int,
) -> Judgement:
    """history: (year, value) in order of time, only values that may be compared with the last one.

    Grey: no value, no target, or no earlier value to take a pace from. Once the target's year is there, its value
    alone decides: green or red. Before: green if the target is reached already or, at the pace of the last
    `pace_years` years, by its year; amber if at that pace at most `amber_years` later; else red.
    """
    def shown(value: Exact) -> str:
        return printed(value, decimals, percent=share)

    def moved(change: Fraction) -> Text:
        """A yearly change with its sign; that of a share in points, since "% a year" would mean something else."""
        amount = change * 100 if share else change
        number = printed(amount, decimals if abs(amount) >= 10 else max(decimals, 1), sign=True)
        return text("{number} points", number=number) if share else verbatim(number)

    pace, years = _pace(history, pace_years)
    if not history:
        return Judgement(None, None, None, None, None, None, "grey", text("No value is known."))
    year, value = history[-1]
    over = text("over the last year") if years == 1 else text("over the last {years} years", years=years or 0)
    if target is None:
        why = text("No target is set.") if pace is None else text("No target is set; {pace} a year {over}.",
                                                                  pace=moved(pace), over=over)
        return Judgement(None, None, pace, years, None, None, "grey", why)
    gap = _exact(Fraction(target.value) - Fraction(value))
    reached = _reached(value, target.value, rising)
    if year >= target.year:
        at = dict(history).get(target.year, value)
        done = _reached(at, target.value, rising)
        why = text("The target of {year} was reached: {value} against {target}.", year=target.year,
                   value=shown(at), target=shown(target.value)) if done else text(
            "The target of {year} was missed: {value} against {target}.", year=target.year, value=shown(at),
            target=shown(target.value))
        return Judgement(gap, None, pace, years, None, None, "green" if done else "red", why)
    needed = None if reached else Fraction(gap) / (target.year - year)
    if reached:
        expected = None if pace is None else _exact(value + pace * (target.year - year))
        return Judgement(gap, needed, pace, years, expected, year, "green", text(
            "The target of {year} is reached already: {value} against {target}.", year=target.year,
            value=shown(value), target=shown(target.value)))
    assert needed is not None
    if pace is None:
        return Judgement(gap, needed, None, None, None, None, "grey", text(
            "{needed} a year are needed; no earlier value can be compared, so that no pace is known.",
            needed=moved(needed)))
    expected = _exact(value + pace * (target.year - year))
    arrives = _arrives(year, gap, pace, rising)
    light: Light = "red"
    if arrives is not None and arrives <= target.year:
        light = "green"
    elif arrives is not None and arrives <= target.year + amber_years:
        light = "amber"
    paces = text("{pace} a year {over}, {needed} a year needed", pace=moved(pace), over=over, needed=moved(needed))
    why = text("{paces}: at this pace it does not come nearer to the target.", paces=paces) if arrives is None else (
        text("{paces}: at this pace the target of {target_year} is reached in {year}.", paces=paces,
             target_year=target.year, year=arrives))
    return Judgement(gap, needed, pace, years, expected, arrives, light, why)


def _pace(history: Sequence[tuple[int, Exact]], pace_years: int) -> tuple[Fraction | None, int | None]:
    """Mean yearly change since the oldest value within `pace_years` before the last, else since the one before it."""
    if len(history) < 2:
        return None, None
    year, value = history[-1]
    earlier = [point for point in history[:-1] if point[0] >= year - pace_years] or [history[-2]]
    then, at = earlier[0]
    return (Fraction(value) - Fraction(at)) / (year - then), year - then


def _reached(value: Exact, target: Exact, rising: bool) -> bool:
    return value >= target if rising else value <= target


def _arrives(year: int, gap: Exact, pace: Fraction, rising: bool) -> int | None:
    """The first year in which the pace has closed the gap; None if it never does."""
    if (pace <= 0) if rising else (pace >= 0):
        return None
    return year + math.ceil(Fraction(gap) / pace)


def _exact(value: Fraction) -> Exact:
    return value.numerator if value.denominator == 1 else value
