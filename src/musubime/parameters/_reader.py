"""Read `*.yaml` beside this file: each name has a description, a unit and values by date, each with its source.

    shop.limit_min:
      description: {en: ..., ja: ...}
      unit: min
      values:
        2015-01-01: {value: 15, source: "..."}
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any

import yaml

from musubime.errors import Fault, InputError
from musubime.language import Text, text, verbatim


@dataclass(frozen=True)
class Parameter:
    """One value in force. `value` is a number, text, or a list of numbers (a schedule by age group)."""

    name: str
    value: Any
    unit: str
    description: Text
    source: str
    since: dt.date
    overridden: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name, "value": self.value, "unit": self.unit,
            "description": self.description.as_json(), "source": self.source,
            "since": self.since.isoformat(), "overridden": self.overridden,
        }


@dataclass(frozen=True)
class Parameters(Mapping[str, Parameter]):
    """All parameters in force on one day."""

    _values: Mapping[str, Parameter]

    def __getitem__(self, name: str) -> Parameter:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def number(self, name: str) -> float:
        return float(self._values[name].value)

    def numbers(self, name: str) -> list[float]:
        return [float(v) for v in self._values[name].value]

    def words(self, name: str) -> str:
        return str(self._values[name].value)


@cache
def _documents() -> dict[str, dict[str, Any]]:
    merged: dict[str, dict[str, Any]] = {}
    for entry in sorted(resources.files(__package__).iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".yaml"):
            document = yaml.load(entry.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
            merged |= document or {}
    return merged


def load(on: dt.date | None = None, overrides: Mapping[str, Any] | None = None) -> Parameters:
    """The parameters in force `on` a day (the newest when None), with a region's own values put in.

    `overrides`: name to value, or to {value, source}, as in the `[parameters]` table of `region.toml`.
    Raises InputError naming every override that is unknown, of another kind than the shipped value, or out of range.
    """
    values: dict[str, Parameter] = {}
    for name, document in _documents().items():
        dated = {day: v for day, v in document["values"].items() if on is None or day <= on}
        since = max(dated) if dated else min(document["values"])
        chosen = document["values"][since]
        values[name] = Parameter(
            name, chosen["value"], document["unit"], verbatim(document["description"]), chosen["source"], since
        )
    faults: list[Fault] = []
    for name, given in (overrides or {}).items():
        value = given["value"] if isinstance(given, Mapping) and "value" in given else given
        source = str(given.get("source", "region.toml")) if isinstance(given, Mapping) else "region.toml"
        known = values.get(name)
        if known is None:
            close = [other for other in values if other.split(".")[-1] == name.split(".")[-1]][:5]
            faults.append(Fault(
                text("There is no parameter of this name."),
                text("Names look like {names}; docs/parameters.md lists all.",
                     names=", ".join(close or list(values)[:3])),
                file="region.toml", field=name, value=str(value),
            ))
        elif not _same_kind(known.value, value):
            faults.append(Fault(
                text("The value is of another kind than the parameter (unit: {unit}).", unit=known.unit),
                text("Write it like {example}.", example=str(known.value)),
                file="region.toml", field=name, value=str(value),
            ))
        elif not _in_range(known.value, value, known.unit):
            faults.append(Fault(
                text("The value is out of range (unit: {unit}).", unit=known.unit),
                text("Write it like {example}.", example=str(known.value)),
                file="region.toml", field=name, value=str(value),
            ))
        else:
            values[name] = replace(known, value=value, source=source, overridden=True)
    if faults:
        raise InputError(faults)
    return Parameters(values)


def _same_kind(shipped: Any, given: Any) -> bool:
    if isinstance(shipped, bool) or isinstance(given, bool):
        return isinstance(shipped, bool) and isinstance(given, bool)
    if isinstance(shipped, int | float):
        return isinstance(given, int | float) and math.isfinite(given)
    if isinstance(shipped, list):
        return isinstance(given, list) and len(given) == len(shipped) and all(map(_same_kind, shipped, given))
    return isinstance(given, type(shipped))


_MOST = {"share": 1.0, "share per year": 1.0, "share by age": 1.0, "percent": 100.0}
_ABOVE_ZERO = ("km/h", "m/min")


def _in_range(shipped: Any, given: Any, unit: str) -> bool:
    """Of a value of the right kind: no share above 1, no speed of 0, nothing negative that is shipped positive."""
    if isinstance(given, list):
        return all(_in_range(s, g, unit) for s, g in zip(shipped, given, strict=True))
    if isinstance(given, bool) or not isinstance(given, int | float):
        return True
    if given < 0 <= shipped or (given == 0 and unit in _ABOVE_ZERO):
        return False
    return bool(given <= max(_MOST.get(unit, math.inf), shipped))
