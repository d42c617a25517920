"""Where a target stands: what is measured, what was promised, and what the pace so far leads to."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from musubime.language import Text

from ..series.model import Point
from ..tables.rounding import Exact

Light = Literal["green", "amber", "red", "grey"]


@dataclass(frozen=True)
class Target:
    """A value that was promised for a year. stated: when the source states it. source: the document."""

    value: Exact
    year: int
    stated: str
    source: str


@dataclass(frozen=True)
class Definition:
    """What one indicator measures. base: of whom or of what. share: values are fractions of 1, printed in per cent.
    rising: more is better. series: the series and key of a long table that hold its actual values; a share may be
    given by `numerator` and `denominator` instead. not_with: indicators of another base that it is mistaken for.
    nation_only: it says nothing of a single prefecture or municipality."""

    id: str
    title: Text
    definition: Text
    unit: Text
    base: Text
    rising: bool = True
    share: bool = False
    decimals: int = 0
    series: tuple[tuple[str, str], ...] = ()
    numerator: tuple[tuple[str, str], ...] = ()
    denominator: tuple[tuple[str, str], ...] = ()
    targets: tuple[Target, ...] = ()
    not_with: tuple[str, ...] = ()
    nation_only: bool = False


@dataclass(frozen=True)
class Indicator:
    """One indicator of one place. Any number may be None: `why` says what it would need; it is never a zero.

    actual: the newest value, at `period`. gap: target - actual. needed_per_year: from `period` to the target's year.
    pace_per_year: over `pace_years` years up to `period`. expected: where that pace leads in the target's year.
    reached_in: the first year in which that pace reaches the target; None if it never does. light: by the rule in
    docs/methods/indicators.md; why: that rule applied, as a sentence. history: the values the pace rests on.
    """

    definition: Definition
    place: str  # "JP", a prefecture's two digits or a municipality's five
    actual: Exact | None
    period: str
    source: str
    vintage: str
    target: Target | None
    gap: Exact | None
    needed_per_year: Fraction | None
    pace_per_year: Fraction | None
    pace_years: int | None
    expected: Exact | None
    reached_in: int | None
    light: Light
    why: Text
    notes: tuple[Text, ...] = ()
    history: tuple[Point, ...] = ()
