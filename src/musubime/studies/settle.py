"""How many households a year keep a place: one row for each settlement, district and the municipality."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from musubime import parameters as shipped
from musubime.errors import Fault, InputError
from musubime.language import Text, text
from musubime.population import AreaSettle, settle
from musubime.region import Floats, Region

Level = Literal["settlement", "district", "municipality"]


@dataclass(frozen=True)
class AreaNeed:
    """One area. People are total, under 15 and 65+.

    least: households a year that reach the goals; None: no number does. sets: the same in sets of one household of
    each type. today; without, with_households: at the end, the latter with `households` a year.
    """

    id: str
    name: str
    level: Level
    least: float | None
    sets: float | None
    people_a_year: float | None
    today: tuple[float, float, float]
    without: tuple[float, float, float]
    households: float | None
    with_households: tuple[float, float, float] | None


@dataclass(frozen=True)
class SettleStudy:
    base_year: int
    last_year: int
    keep: float  # share of today's people and children to be held
    types: tuple[str, ...]
    method: Text
    areas: tuple[AreaNeed, ...]


def settle_region(region: Region, settlement: str | None = None, households: float | None = None) -> SettleStudy:
    """The municipality, its districts and settlements, or one settlement alone (by id or name).

    Raises InputError with every fault of the region and of the options at once.
    """
    at = region.settlements
    faults = list(region.check())
    if settlement is not None and settlement not in at.ids and settlement not in at.names:
        faults.append(Fault(
            text("There is no such settlement in the region."),
            text("Give a code or a name from region.gpkg, layer settlements, for example {example}.",
                 example=at.ids[0] if at.ids else "–"),
            field="--settlement", value=settlement,
        ))
    if households is not None and not 0 <= households <= 10_000:
        faults.append(Fault(
            text("This is not a number of households that could come in a year."),
            text("Give a number from 0 to 10,000; fractions are allowed."), field="--households",
            value=f"{households:g}",
        ))
    if blocking := [fault for fault in faults if fault.blocks]:
        raise InputError(blocking)
    parameters = shipped.load(overrides=region.parameters)
    found = settle(
        region.population, region.municipal, parameters, at, households_a_year=households)
    order = {"municipality": 0, "district": 1, "settlement": 2}
    areas = [
        _need(area, len(found.mix), region) for area in sorted(found.areas, key=lambda area: order[area.level])
        if settlement is None or (area.level == "settlement" and settlement in {area.id, area.name})
    ]
    return SettleStudy(
        found.years[0], found.years[-1], parameters.number("settle.keep"), tuple(found.mix), found.method,
        tuple(areas))


def _need(area: AreaSettle, types: int, region: Region) -> AreaNeed:
    reachable = bool(np.isfinite(area.least))
    asked = bool(np.isfinite(area.households))
    whole = area.level == "municipality"
    return AreaNeed(
        id=region.code if whole else area.id, name=region.name if whole else area.name, level=area.level,
        least=float(area.least) if reachable else None, sets=float(area.least) / types if reachable else None,
        people_a_year=float(area.people_a_year) if asked else None,
        today=_three(area.without[0]), without=_three(area.without[-1]),
        households=float(area.households) if asked else None,
        with_households=_three(area.with_households[-1]) if asked else None,
    )


def _three(people: Floats) -> tuple[float, float, float]:
    return float(people[0]), float(people[1]), float(people[2])
