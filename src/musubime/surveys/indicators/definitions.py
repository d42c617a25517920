"""Read the definitions and targets of national.yaml, and targets of one's own from a long table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from importlib import resources
from typing import Any

import yaml

from musubime.language import verbatim

from ..series.model import Point, Series
from ..series.periods import period
from ..series.reader import joined
from ..tables.rounding import Exact, exact
from .model import Definition, Target

OWN_TARGETS = "target"
"""Series of a long table that holds targets of one's own: key = id of the indicator, period = the target's year."""


@cache
def national() -> tuple[Definition, ...]:
    """The indicators of the nation with their dated targets, as shipped."""
    written = resources.files(__package__).joinpath("national.yaml").read_text("utf-8")
    document: dict[str, dict[str, Any]] = yaml.safe_load(written)
    return tuple(_definition(name, body) for name, body in document.items())


@cache
def published_values() -> tuple[Series, ...]:
    """National figures that were found published, each with its source: national_values.yaml."""
    written = resources.files(__package__).joinpath("national_values.yaml").read_text("utf-8")
    found = []
    for one in yaml.safe_load(written):
        entries = [
            (period(label), Point(label, exact(p["value"]), p["source"], base=one["base"]))
            for label, p in one["points"].items()
        ]
        series = joined(one["series"], one["key"], one["unit"], entries)
        notes = (verbatim(one["note"]), *series.notes) if "note" in one else series.notes
        found.append(replace(series, notes=notes))
    return tuple(found)


def _definition(name: str, body: dict[str, Any]) -> Definition:
    def keys(field: str) -> tuple[tuple[str, str], ...]:
        return tuple((str(series), str(key)) for series, key in body.get(field, []))

    return Definition(
        name, verbatim(body["title"]), verbatim(body["definition"]), verbatim(body["unit"]), verbatim(body["base"]),
        bool(body.get("rising", True)), bool(body.get("share", False)), int(body.get("decimals", 0)), keys("series"),
        keys("numerator"), keys("denominator"), tuple(_target(t) for t in body.get("targets", [])),
        tuple(body.get("not_with", ())), bool(body.get("nation_only", False)),
    )


def _target(written: dict[str, Any]) -> Target:
    value = exact(written["value"])
    assert value is not None, written
    return Target(value, int(written["year"]), str(written["stated"]), str(written["source"]))


def with_own_targets(definitions: Iterable[Definition], series: Sequence[Series]) -> tuple[Definition, ...]:
    """Definitions whose targets are those of a table (series "target", key = id of the indicator), where it has any.

    A target of a share may be given in % (unit "%") or as a fraction of 1.
    """
    own = {one.key: one for one in series if one.id == OWN_TARGETS}
    return tuple(
        replace(d, targets=_own(own[d.id])) if d.id in own else d for d in definitions
    )


def _own(series: Series) -> tuple[Target, ...]:
    targets = []
    for point in series.points:
        year = period(point.period).year
        if point.value is not None and year is not None:
            targets.append(Target(as_fraction(point.value, series.unit), year, point.vintage, point.source))
    return tuple(targets)


def as_fraction(value: Exact, unit: str) -> Exact:
    """A value as indicators keep it: per cent as a fraction of 1."""
    return Fraction(value) / 100 if unit.strip().startswith(("%", "％")) else value


def target_for(definition: Definition, year: int | None) -> Target | None:
    """The target that counts from `year` on: of those whose year is not yet past, the nearest, and the newest of
    several for that year; when all are past, or nothing is known yet, the last."""
    if not definition.targets:
        return None
    ahead = [t for t in definition.targets if year is not None and t.year >= year]
    if not ahead:
        last = max(t.year for t in definition.targets)
        return [t for t in definition.targets if t.year == last][-1]
    nearest = min(t.year for t in ahead)
    return [t for t in ahead if t.year == nearest][-1]
