"""A figure through time, with what it means at each point; and what may be said of two of its points."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from musubime.language import Text

from ..tables.rounding import Exact


@dataclass(frozen=True)
class Point:
    """One value. period: as printed ("2021", "FY2021", "2019-01", "2015 (H27)"). definition: version of what is
    counted; "" where the table does not say. base: of whom. vintage: when the figure was published or revised."""

    period: str
    value: Exact | None
    source: str = ""
    vintage: str = ""
    base: str = ""
    definition: str = ""
    decimals: int = 0  # as the value was printed


@dataclass(frozen=True)
class Break:
    """Between two neighbouring points another thing is counted: no difference may be taken across it."""

    before: str
    after: str
    why: Text


@dataclass(frozen=True)
class Series:
    """One series and key of a long table, in the order of time. unit: as given there."""

    id: str
    key: str
    unit: str
    points: tuple[Point, ...]
    breaks: tuple[Break, ...] = ()
    notes: tuple[Text, ...] = ()

    def at(self, period: str) -> Point | None:
        return next((point for point in self.points if point.period == period), None)

    def value(self, period: str) -> Exact | None:
        """The value of a period; None where there is no such point, or a point without a value."""
        point = self.at(period)
        return None if point is None else point.value

    @property
    def latest(self) -> Point | None:
        """The newest point that has a value."""
        return next((point for point in reversed(self.points) if point.value is not None), None)


@dataclass(frozen=True)
class Comparison:
    """A point against an earlier one. rate: difference / earlier value; None with `why` where the earlier value is
    zero or negative, or a break lies between (then the difference is None too)."""

    period: str
    against: str
    now: Exact | None
    then: Exact | None
    difference: Exact | None
    rate: Fraction | None
    why: Text | None = None
