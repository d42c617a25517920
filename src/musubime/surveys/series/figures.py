"""Values of a long table by name and year, with what must be told where they are used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from musubime.language import Text, text, verbatim

from ..tables.build import Standing
from ..tables.model import Table
from ..tables.rounding import Exact, printed
from .model import Point, Series
from .periods import period
from .reader import select


class Figures:
    """Values of the long table by name and year, and where they come from."""

    def __init__(self, series: Sequence[Series]) -> None:
        self.series = series

    def has(self, id: str, key: str) -> bool:
        found = select(self.series, id, key)
        return found is not None and found.latest is not None

    def one(self, id: str, key: str) -> Series | None:
        return select(self.series, id, key) if self.has(id, key) else None

    def at(self, id: str, key: str, label: str) -> Point | None:
        """The point of a period, or the last one of its year (a base of April 2021 stands beside counts of 2021)."""
        found = select(self.series, id, key)
        if found is None:
            return None
        if (same := found.at(label)) is not None and same.value is not None:
            return same
        year = period(label).year
        near = [p for p in found.points if p.value is not None and year is not None and period(p.period).year == year]
        return near[-1] if near else None

    def value(self, id: str, key: str, label: str) -> Exact | None:
        point = self.at(id, key, label)
        return None if point is None else point.value

    def latest(self, id: str, *keys: str) -> str | None:
        """The newest period at which all keys have a value."""
        periods = [{p.period for p in one.points if p.value is not None} for key in keys
                   if (one := select(self.series, id, key)) is not None]
        if len(periods) < len(keys) or not periods:
            return None
        common = set.intersection(*periods)
        first = select(self.series, id, keys[0])
        return next((p.period for p in reversed(first.points) if p.period in common), None) if first else None

    def standing(self, base: Text, label: str, *names: tuple[str, str], n: int | None = None) -> Standing:
        points = [p for name in names if (p := self.at(*name, label)) is not None]
        def said(of: Callable[[Point], str]) -> str:
            return " / ".join(dict.fromkeys(of(p) for p in points if of(p)))
        stated = said(lambda p: p.base)
        return Standing(verbatim(stated) if stated else base, verbatim(said(lambda p: p.source) or "–"),
                        said(lambda p: p.vintage) or label, said(lambda p: p.definition), n=n)


def whole(value: Exact | None) -> int | None:
    return value if isinstance(value, int) else None


def told(figures: Figures, id: str, key: str, label: str, computed: Exact | None) -> tuple[Text, ...]:
    """A printed total that its parts do not make."""
    stated = figures.value(id, key, label)
    if stated is None or computed is None or stated == computed:
        return ()
    return (text("{series}/{key} is printed as {stated}; its parts make {computed}, which stands here.", series=id,
                 key=key, stated=printed(stated), computed=printed(computed)),)


def noted(table: Table, *notes: Text) -> Table:
    return replace(table, notes=(*table.notes, *notes)) if notes else table
