"""Intervals and chances as a report prints them, and the classes in which maps show chances."""

from __future__ import annotations

from itertools import pairwise

from musubime.language import Text, text, verbatim
from musubime.studies.document import Interval

from .swatch import Swatch
from .words import DASH, number

COLOURS = ("#ffffff", "#fee8c8", "#fdbb84", "#ef6548", "#990000")  # OrRd, light to dark
BOUNDS = (0.05, 0.2, 0.5, 0.8)


def chance_words(few_households: float, few_people: float) -> dict[str, Text]:
    """What each of the chances is a chance of."""
    return {
        "nobody": text("nobody left"),
        "few_households": text("{count} households or fewer", count=number(few_households)),
        "few_people": text("under {count} people", count=number(few_people)),
        "half_over_65": text("half or more 65 and over"),
    }


def class_words() -> dict[str, Text]:
    """The classes of the national survey's prognosis."""
    return {
        "within_10_years": text("uninhabited within 10 years"), "eventually": text("uninhabited some day"),
        "for_now": text("there for the time being"), "unknown": text("not known"),
    }


def span(interval: Interval | None, level: int = 80) -> str:
    """An interval in whole people.

    >>> span(Interval(low_95=1, low_80=1000.4, middle=1100, high_80=1234.5, high_95=2000)), span(None)
    ('1,000–1,234', '–')
    """
    if interval is None:
        return DASH
    return f"{number(getattr(interval, f'low_{level}'))}–{number(getattr(interval, f'high_{level}'))}"


def share(interval: Interval | None) -> str:
    """The 80 % interval of a share.

    >>> share(None)
    '–'
    """
    if interval is None:
        return DASH
    return f"{100 * interval.low_80:.0f}–{100 * interval.high_80:.0f}%"


def chance(value: float) -> str:
    """In whole percent: a thousand draws do not tell more.

    >>> chance(0.0), chance(0.456), chance(0.996), chance(0.004)
    ('0%', '46%', '>99%', '<1%')
    """
    shown = f"{100 * value:.0f}%"
    if shown == "0%" and value > 0:
        return "<1%"
    return ">99%" if shown == "100%" and value < 1 else shown


def chance_class(value: float) -> int:
    """
    >>> [chance_class(c) for c in (0.0, 0.05, 0.2, 0.5, 0.8, 1.0)]
    [0, 1, 2, 3, 4, 4]
    """
    return sum(value >= bound for bound in BOUNDS)


def chance_legend() -> list[Swatch]:
    bounds = [f"{100 * bound:.0f}" for bound in BOUNDS]
    words = [text("under {bound}%", bound=bounds[0]), *(verbatim(f"{a}–{b}%") for a, b in pairwise(bounds)),
             text("{bound}% and over", bound=bounds[-1])]
    return [Swatch("circle", w, colour, 7) for w, colour in zip(words, COLOURS, strict=True)]
