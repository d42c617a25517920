"""Fans of many places side by side, written as SVG at once: a chart library takes a tenth of a second for each."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import escape

from .colours import BLUE, MIDDLE, PALE
from .fans import Course
from .svg import INK, MUTED, RULE, Drawing

WIDE, HIGH = 128, 76  # of one fan
LEFT, TOP, BELOW, GAP = 42, 22, 20, 16  # room for numbers, the name, years, and between fans


def small_fans(courses: Sequence[Course], columns: int) -> Drawing:
    """People of each place by year with 80 % and 95 % intervals, each with its own scale from zero."""
    columns = max(min(columns, len(courses)), 1)
    rows = -(-len(courses) // columns)
    across, down = LEFT + WIDE + GAP, TOP + HIGH + BELOW + GAP
    inner = "".join(
        f'<g transform="translate({at % columns * across + LEFT},{at // columns * down + TOP})">{_fan(course)}</g>'
        for at, course in enumerate(courses)
    )
    return Drawing(columns * across, rows * down, inner)


def _fan(course: Course) -> str:
    years = list(course.years)
    steps = _steps(max(found.high_95 for _, found in course.years.values()))
    top = steps[-1]

    def at(year: int, people: float) -> str:
        return f"{_x(year, years):.1f},{HIGH * (1 - people / top):.1f}"

    def band(low: str, high: str) -> str:
        there = [at(year, getattr(found, high)) for year, (_, found) in course.years.items()]
        back = [at(year, getattr(found, low)) for year, (_, found) in reversed(course.years.items())]
        return " ".join([*there, *back])

    line = " ".join(at(year, expected) for year, (expected, _) in course.years.items())
    grid = "".join(
        f'<path d="M0,{(y := HIGH * (1 - people / top)):.1f}H{WIDE}" stroke="{RULE}"/>'
        f'<text x="-5" y="{y + 3.5:.1f}" text-anchor="end" font-size="10" fill="{INK}">{people:,g}</text>'
        for people in steps
    )
    ends = "".join(
        f'<text x="{_x(year, years):.1f}" y="{HIGH + 14}" text-anchor="{anchor}" font-size="10" fill="{INK}">{year}'
        "</text>"
        for year, anchor in dict.fromkeys([(years[0], "start"), (years[-1], "end")])
    )
    return (
        f'<text x="{-LEFT + 4}" y="-8" font-size="12" fill="{INK}">{escape(_short(course.name))}</text>{grid}'
        f'<polygon points="{band("low_95", "high_95")}" fill="{PALE}"/>'
        f'<polygon points="{band("low_80", "high_80")}" fill="{MIDDLE}"/>'
        f'<polyline points="{line}" fill="none" stroke="{BLUE}" stroke-width="2"/>'
        f'<path d="M0,{HIGH}H{WIDE}" stroke="{MUTED}"/>{ends}'
    )


def _x(year: int, years: Sequence[int]) -> float:
    return WIDE * (year - years[0]) / max(years[-1] - years[0], 1)


def _steps(most: float) -> list[float]:
    """Two to four even, round steps from zero that reach `most`.

    >>> _steps(1340.0), _steps(90), _steps(0), _steps(2.5)
    ([0, 500, 1000, 1500], [0, 50, 100], [0, 1], [0, 1, 2, 3])
    """
    if most <= 1:
        return [0, 1]
    power = 10 ** math.floor(math.log10(most))
    step = next(s for s in (power / 5, power / 2, power, 2 * power, 5 * power) if s >= 1 and most / s <= 3)
    return [int(step * k) for k in range(math.ceil(most / step) + 1)]


def _short(name: str) -> str:
    """A name that fits over its fan; letters of half width take half the room."""
    room, shown = (LEFT + WIDE) / 12.5, ""
    for letter in name:
        room -= 1 if ord(letter) > 0x2E7F else 0.56
        if room < 0:
            return f"{shown[:-1]}…"
        shown += letter
    return shown
