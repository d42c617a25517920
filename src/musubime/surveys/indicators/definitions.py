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
from musubime.tabular import squeezed

from ..series.model import Point, Series
from ..series.periods import period
from ..series.reader import joined
from ..tables.rounding import Exact, exact
from .model import Definition, Target

OWN_TARGETS = "target"
"""Series of a long table that holds targets of one's own: key = id of the indicator, period = the target's year."""

SCALES = {"千": 1_000, "万": 10_000, "百万": 1_000_000, "億": 100_000_000, "thousand": 1_000, "million": 1_000_000}


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
        replace(d, targets=_own(own[d.id], d)) if d.id in own else d for d in definitions
    )


def unused_targets(definitions: Iterable[Definition], series: Sequence[Series]) -> tuple[str, ...]:
    """Targets of a table that no indicator can take: of no indicator known, without a year or a number, or in a unit
    that is not the indicator's (id and year of each)."""
    known = {d.id: d for d in definitions}
    return tuple(
        f"{one.key} {point.period}" for one in series if one.id == OWN_TARGETS for point in one.points
        if one.key not in known or period(point.period).year is None
        or in_unit_of(known[one.key], point.value, one.unit) is None
    )


def _own(series: Series, definition: Definition) -> tuple[Target, ...]:
    targets = []
    for point in series.points:
        year, value = period(point.period).year, in_unit_of(definition, point.value, series.unit)
        if value is not None and year is not None:
            targets.append(Target(value, year, point.vintage, point.source))
    return tuple(targets)


def in_unit_of(definition: Definition, value: Exact | None, unit: str) -> Exact | None:
    """A value of a table as its indicator keeps it: a share as a fraction of 1, people by ones where the table gives
    千人. None for what the indicator cannot be: a share beyond 0 to 1, a count below 0 or in %."""
    if value is None:
        return None
    if definition.share:
        value = as_fraction(value, unit)
        return value if 0 <= value <= 1 else None
    words = squeezed(unit).lower()
    if value < 0 or words.startswith("%"):
        return None
    return value * next((scale for word, scale in SCALES.items() if words.startswith(word)), 1)


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
