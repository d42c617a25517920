"""How many households a year keep a place: one row for each settlement, living area and the municipality."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from musubime import parameters as shipped
from musubime.errors import Fault, InputError
from musubime.language import Text, text
from musubime.population import HOUSEHOLDS, AreaSettle, settle
from musubime.provenance import Note
from musubime.region import Floats, Region

Level = Literal["settlement", "district", "municipality"]
Three = tuple[float, float, float]
HORIZON_YEARS = 30
MOST_HOUSEHOLDS = 10_000
_ORDER = {"municipality": 0, "district": 1, "settlement": 2}


@dataclass(frozen=True)
class SettleOptions:
    """As a planner writes them. settlement: id or name of a settlement, or name of a district; level: areas of one
    level alone; households: "1,2.5"; mix: "couple:1,family:2"; start: the first year; leavers: "30%", "0.3" or, in
    people a year, "2"."""

    settlement: str | None = None
    level: str | None = None
    households: str | None = None
    mix: str | None = None
    start: int | None = None
    leavers: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What a number of households a year does: total, under 15 and 65+ at the end and every five years."""

    households: float
    sets: float
    people: Three
    by_year: tuple[Three, ...]
    kept: bool


@dataclass(frozen=True)
class AreaNeed:
    """One area. People are total, under 15 and 65+.

    least: households a year that reach the goals, exactly; None: no number does. sets: the same in sets (households of
    the mix). rounded: up to a tenth, with which running the projection gave with_rounded and `kept`; people_a_year,
    percent_of_population: what `rounded` is. binding: the goal that decides, None where all hold without newcomers.
    leavers_a_year: school leavers who stay. households, with_households: the first number asked for (`rounded` when
    none was) and people at the end; outcomes: every number asked for.
    """

    id: str
    name: str
    level: Level
    least: float | None
    sets: float | None
    rounded: float | None
    binding: Literal["total", "under_15", "share_65"] | None
    kept: bool
    people_a_year: float | None
    percent_of_population: float | None
    leavers_a_year: float
    today: Three
    without: Three
    without_by_year: tuple[Three, ...]
    with_rounded: Three | None
    households: float | None
    with_households: Three | None
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True)
class SettleStudy:
    """years: every five years from the base. keep: share of today's people and children to be held. mix: shares of
    types of household; households_in_a_set: households of the mix as it was given. leavers_share, leavers_people: what
    was asked to stay of school leavers."""

    code: str
    name: str
    base_year: int
    last_year: int
    years: tuple[int, ...]
    start_year: int
    keep: float
    types: tuple[str, ...]
    mix: Mapping[str, float]
    households_in_a_set: float
    leavers_share: float
    leavers_people: float
    method: Text
    areas: tuple[AreaNeed, ...]
    notes: tuple[Note, ...]


def settle_region(region: Region, options: SettleOptions | None = None) -> SettleStudy:
    """The municipality, its districts and settlements; or the areas that the options name.

    Raises InputError with every fault of the region and of the options at once.
    """
    asked = options or SettleOptions()
    faults = list(region.check())
    chosen = _areas_asked(region, asked, faults)
    households = _households(asked.households, faults)
    mix = _mix(asked.mix, faults)
    share, people = _leavers(asked.leavers, faults)
    base = region.population.years[-1] if region.population.years else 0
    if asked.start is not None and not base <= asked.start < base + HORIZON_YEARS:
        faults.append(Fault(
            text("Arrivals cannot begin in this year."),
            text("Choose a year from {first} to {last}.", first=base, last=base + HORIZON_YEARS - 1),
            field="--start", value=str(asked.start),
        ))
    if blocking := [fault for fault in faults if fault.blocks]:
        raise InputError(blocking)
    parameters = shipped.load(overrides=region.parameters)
    found = settle(
        region.population, region.municipal, parameters, region.settlements, mix=mix, start_year=asked.start,
        leavers_stopped=share, leavers=people, households_a_year=households)
    areas = [
        _need(area, found.households_in_a_set, region)
        for area in sorted(found.areas, key=lambda area: _ORDER[area.level])
        if chosen is None or (area.level, area.id) in chosen
    ]
    return SettleStudy(
        region.code, region.name, found.years[0], found.years[-1], found.years, found.start_year,
        parameters.number("settle.keep"), tuple(found.mix), found.mix, found.households_in_a_set, share, people,
        found.method, tuple(areas), found.notes)


def _areas_asked(region: Region, asked: SettleOptions, faults: list[Fault]) -> set[tuple[str, str]] | None:
    """Level and id of the areas that are asked for; None: all."""
    at = region.settlements
    every = {("municipality", "all"), *(("district", d) for d in at.districts), *(("settlement", i) for i in at.ids)}
    if asked.level is not None and asked.level not in get_args(Level):
        faults.append(Fault(
            text("There is no such level of areas."), text("Use {names}.", names=", ".join(get_args(Level))),
            field="--level", value=asked.level,
        ))
        return None
    if asked.settlement is not None:
        every = {
            *(("settlement", i) for i, name in zip(at.ids, at.names, strict=True) if asked.settlement in {i, name}),
            *(("district", d) for d in at.districts if d == asked.settlement),
        }
        if not every:
            faults.append(Fault(
                text("There is no such settlement in the region."),
                text("Give a code or a name from region.gpkg, layer settlements, for example {example}.",
                     example=at.ids[0] if at.ids else "–"),
                field="--settlement", value=asked.settlement,
            ))
    if asked.level is not None:
        every = {(level, identity) for level, identity in every if level == asked.level}
    return every


def _households(given: str | None, faults: list[Fault]) -> tuple[float, ...]:
    if given is None:
        return ()
    numbers: list[float] = []
    for part in given.replace("、", ",").split(","):
        number = _number(part)
        if number is None or not 0 <= number <= MOST_HOUSEHOLDS:
            faults.append(Fault(
                text("This is not a number of households that could come in a year."),
                text("Give a number from 0 to 10,000, or several with commas; fractions are allowed."),
                field="--households", value=part.strip(),
            ))
        else:
            numbers.append(number)
    return tuple(dict.fromkeys(numbers))


def _mix(given: str | None, faults: list[Fault]) -> dict[str, float] | None:
    """Weights from "couple:1,family:2"."""
    if given is None:
        return None
    weights: dict[str, float] = {}
    for part in given.replace("、", ",").replace("：", ":").split(","):
        name, colon, weight = (word.strip() for word in part.partition(":"))
        number = _number(weight) if colon else None
        if name not in HOUSEHOLDS or name in weights or number is None or not 0 <= number <= MOST_HOUSEHOLDS:
            faults.append(Fault(
                text("This part of the mix of households cannot be used."),
                text("Write types with their weights, each once, for example {example}.",
                     example=",".join(f"{name}:1" for name in HOUSEHOLDS)),
                field="--mix", value=part.strip(),
            ))
        else:
            weights[name] = number
    if weights and not any(weights.values()):
        faults.append(Fault(
            text("Nobody comes by this mix of households."), text("Give at least one type a weight above zero."),
            field="--mix", value=given,
        ))
    return weights


def _leavers(given: str | None, faults: list[Fault]) -> tuple[float, float]:
    """Share of the net loss of school leavers, and people a year, who stay: one of them is zero.

    >>> _leavers("30%", []), _leavers("0.3", []), _leavers("2", [])
    ((0.3, 0.0), (0.3, 0.0), (0.0, 2.0))
    """
    if given is None:
        return 0.0, 0.0
    word = given.strip().replace("％", "%")
    number = _number(word.removesuffix("%"))
    if word.endswith("%"):
        number = None if number is None or number > 100 else number / 100
    if number is None or not 0 <= number <= MOST_HOUSEHOLDS:
        faults.append(Fault(
            text("This is not a share or a number of school leavers who could stay."),
            text("Write 30% for three in ten of those who would leave, or 2 for two people a year in each area."),
            field="--leavers", value=given,
        ))
        return 0.0, 0.0
    return (number, 0.0) if word.endswith("%") or number < 1 else (0.0, number)


def _number(word: str) -> float | None:
    try:
        number = float(word.strip())
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def _need(area: AreaSettle, set_size: float, region: Region) -> AreaNeed:
    reachable = bool(np.isfinite(area.least))
    whole = area.level == "municipality"
    rounded = float(area.rounded) if reachable else None
    with_rounded = _three(area.with_least[-1]) if reachable else None
    outcomes = tuple(
        Outcome(one.households, one.households / set_size, _three(one.people[-1]), _all(one.people), one.kept)
        for one in area.asked
    )
    return AreaNeed(
        id=region.code if whole else area.id, name=region.name if whole else area.name, level=area.level,
        least=float(area.least) if reachable else None, sets=float(area.least) / set_size if reachable else None,
        rounded=rounded, binding=area.binding, kept=area.kept,
        people_a_year=float(area.people_a_year) if reachable else None,
        percent_of_population=_known(area.percent_of_population), leavers_a_year=area.leavers_a_year,
        today=_three(area.without[0]), without=_three(area.without[-1]), without_by_year=_all(area.without),
        with_rounded=with_rounded, households=outcomes[0].households if outcomes else rounded,
        with_households=outcomes[0].people if outcomes else with_rounded, outcomes=outcomes,
    )


def _three(people: Floats) -> Three:
    return float(people[0]), float(people[1]), float(people[2])


def _all(people: Floats) -> tuple[Three, ...]:
    return tuple(_three(row) for row in people)


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
