"""田園回帰1%: the least number of households a year that keeps a place alive, and what a given number does.

With ratios held fixed the outlook is a straight line in the number of households: P(t; n) = P(t; 0) + n R(t). So the
least number follows from three divisions, and running the projection with it verifies it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from musubime.errors import Fault, InputError
from musubime.language import Text, text
from musubime.parameters import Parameters
from musubime.provenance import Note
from musubime.region import Floats, MunicipalSeries, Population, Settlements

from .ages import AgePattern
from .model import STEP_YEARS, Rates
from .outlook import project
from .ratios import child_woman_ratio, cohorts, ratio, women
from .steps import step

Level = Literal["settlement", "district", "municipality"]
Goal = Literal["total", "under_15", "share_65"]
HORIZON_YEARS = 30
LEAVING_STEPS = slice(2, 4)  # 10-14 to 15-19 and 15-19 to 20-24: school leavers

# Who comes: people by sex (0 male, 1 female) and lower age. A child is a boy or a girl, half and half.
HOUSEHOLDS: dict[str, tuple[tuple[int, int, float], ...]] = {
    "couple": ((0, 20, 1.0), (1, 20, 1.0)),
    "family": ((0, 30, 1.0), (1, 30, 1.0), (0, 0, 0.5), (1, 0, 0.5)),
    "retired": ((0, 60, 1.0), (1, 60, 1.0)),
}


@dataclass(frozen=True)
class Asked:
    """What a number of households a year does. people: (years, 3) total, under 15, 65+; kept: are the goals reached?"""

    households: float
    people: Floats
    kept: bool


@dataclass(frozen=True)
class AreaSettle:
    """One settlement, district or municipality. Arrays over SettleResult.years (every five years from the base).

    least: households a year (exact; nan when no number reaches the goals, 0 when they are reached without any);
    rounded: least rounded up to a tenth of a household a year, with which `kept` was verified by running the
    projection; binding: the goal that decides. without, with_least: (years, 3) total, under 15, 65+, the latter with
    `rounded`; asked: the same with each number that was asked for. leavers_a_year: school leavers kept a year on
    average from the start on, before newcomers.
    """

    id: str
    name: str
    level: Level
    least: float
    rounded: float
    binding: Goal | None
    people_a_year: float  # with `rounded`
    percent_of_population: float
    kept: bool
    without: Floats
    with_least: Floats
    asked: tuple[Asked, ...]
    leavers_a_year: float


@dataclass(frozen=True)
class SettleResult:
    """mix: shares of household types; households_in_a_set: households of the mix as it was given (one of each type
    when none was). leavers: people a year who stay, or leavers_stopped: the share of the net loss that does."""

    years: tuple[int, ...]
    start_year: int
    mix: Mapping[str, float]
    households_in_a_set: float
    leavers_stopped: float
    leavers: float
    areas: tuple[AreaSettle, ...]
    method: Text
    notes: tuple[Note, ...]


def settle(
    population: Population, municipal: MunicipalSeries, parameters: Parameters, settlements: Settlements | None = None,
    *, mix: Mapping[str, float] | None = None, start_year: int | None = None, leavers_stopped: float = 0.0,
    leavers: float = 0.0, households_a_year: Sequence[float] = (),
) -> SettleResult:
    """For every settlement, district and the municipality: the least households a year that keep it, 30 years on.

    Goals (田園回帰1%): total and children under 15 at least `settle.keep` of today's, the share of 65+ below today's.
    mix: weights of the types of HOUSEHOLDS (equal when None); start_year: the first year of arrivals (the base year);
    leavers_stopped: share of the net loss of school leavers (10-14 to 20-24) that is stopped from then on, or
    leavers: how many of them a year, in each area, as far as there are so many; households_a_year: also tell what
    these numbers do in each area. Raises InputError with every fault of these.
    """
    base_year = population.years[-1]
    start = base_year if start_year is None else start_year
    weights = _checked(mix, start, base_year, leavers_stopped, leavers, households_a_year)
    shares = {name: weight / sum(weights.values()) for name, weight in weights.items()}
    projection = project(population, municipal, [base_year + HORIZON_YEARS], parameters, settlements)
    grid = projection.grid[: HORIZON_YEARS // STEP_YEARS + 1]
    names, levels, grids = _areas(grid, projection.population.unit_ids, settlements)
    alive = np.array(AgePattern.of(parameters).alive)
    spans = [_span(k, base_year, start) for k in range(len(grid) - 1)]
    paces, stayed = _paces(grids, alive, spans, leavers_stopped, leavers)
    people = _people(shares)
    without, unit = _run(grids[0], paces, spans, people, 0.0), _run(grids[0], paces, spans, people, 1.0)
    response = unit - without
    keep = parameters.number("settle.keep")
    a_year = float(people.sum())
    areas = []
    for a, (identity, name) in enumerate(names):
        before, after, more = _three(without[0, a]), _three(without[-1, a]), _three(response[-1, a])
        least, binding = least_households(before, after, more, keep)
        rounded = np.ceil(least * 10 - 1e-9) / 10 if np.isfinite(least) else np.nan
        own = [Rates(r.ccr[a : a + 1], r.cwr[a : a + 1]) for r in paces]

        def told(households: float, a: int = a, own: list[Rates] = own, before: Floats = before) -> Asked:
            run = _run(grids[0][a : a + 1], own, spans, people, households)
            three = np.array([_three(p[0]) for p in run])
            return Asked(households, three, _kept(before, three[-1], keep))

        verified = told(float(rounded) if np.isfinite(rounded) else 0.0)
        areas.append(AreaSettle(
            identity, name, levels[a], least, float(rounded), binding, float(rounded * a_year),
            float(100 * rounded * a_year / before[0]) if before[0] > 0 else np.nan,
            bool(np.isfinite(rounded)) and verified.kept, np.array([_three(p[a]) for p in without]), verified.people,
            tuple(told(float(households)) for households in households_a_year), float(stayed[a]),
        ))
    return SettleResult(
        tuple(base_year + STEP_YEARS * k for k in range(len(grid))), start, shares, float(sum(weights.values())),
        leavers_stopped, leavers, tuple(areas),
        text(
            "Newcomers arrive evenly over the years, age and have children as people here do, and leave as people here "
            "do. Thirty years from {base}, total and children are to hold {keep:.0%} of today's, and the share of 65 "
            "and over is to be lower.", base=base_year, keep=keep,
        ),
        projection.notes,
    )


def least_households(
    before: Floats, after: Floats, more: Floats, keep: float
) -> tuple[float, Goal | None]:
    """The least n for which after + n more meets the three goals, and the goal that decides; nan when none does.

    before, after: total, under 15, 65+ today and at the end without newcomers; more: what one household a year adds.
    """
    needs: dict[Goal, float] = {}
    goals: tuple[Goal, Goal] = ("total", "under_15")
    for place, goal in enumerate(goals):
        short = keep * before[place] - after[place]
        needs[goal] = 0.0 if short <= 1e-9 else (short / more[place] if more[place] > 0 else np.nan)
    share = before[2] / before[0] if before[0] > 0 else 0.0
    too_old = after[2] - share * after[0]
    younger = share * more[0] - more[2]
    needs["share_65"] = 0.0 if too_old <= 1e-9 else (too_old / younger if younger > 0 else np.nan)
    if any(np.isnan(n) for n in needs.values()):
        return np.nan, next(goal for goal, n in needs.items() if np.isnan(n))
    binding = max(needs, key=lambda goal: needs[goal])
    return needs[binding], binding if needs[binding] > 0 else None


def _kept(before: Floats, after: Floats, keep: float) -> bool:
    slack = 1e-6
    return bool(
        after[0] >= keep * before[0] - slack and after[1] >= keep * before[1] - slack
        and after[2] * before[0] <= before[2] * after[0] + slack
    )


def _checked(
    mix: Mapping[str, float] | None, start: int, base_year: int, stopped: float, leavers: float,
    households: Sequence[float],
) -> dict[str, float]:
    faults = []
    weights = dict(mix) if mix is not None else dict.fromkeys(HOUSEHOLDS, 1.0)
    wrong = set(weights) - set(HOUSEHOLDS) or any(not 0 <= v < 1e6 for v in weights.values())
    if wrong or sum(weights.values()) <= 0:
        faults.append(Fault(
            text("The mix of households cannot be used."),
            text("Give shares of zero or more for {types}, not all zero.", types=", ".join(HOUSEHOLDS)),
            field="mix", value=", ".join(f"{k}={v}" for k, v in weights.items()),
        ))
    if not base_year <= start < base_year + HORIZON_YEARS:
        faults.append(Fault(
            text("Arrivals cannot begin in this year."),
            text("Choose a year from {first} to {last}.", first=base_year, last=base_year + HORIZON_YEARS - 1),
            field="start_year", value=str(start),
        ))
    if not 0 <= stopped <= 1:
        faults.append(Fault(
            text("The share of leavers who stay is not between 0 and 1."), text("Write 0.3 for three in ten."),
            field="leavers_stopped", value=str(stopped),
        ))
    if not 0 <= leavers < 1e6 or (leavers > 0 and stopped > 0):
        faults.append(Fault(
            text("The number of leavers who stay cannot be used."),
            text("Give either a number of people a year, zero or more, or a share."), field="leavers",
            value=f"{leavers:g}",
        ))
    faults += [
        Fault(
            text("The number of households a year cannot be used."), text("Give a number of zero or more."),
            field="households_a_year", value=f"{number:g}",
        )
        for number in households if not 0 <= number < 1e6
    ]
    if faults:
        raise InputError(faults)
    return {name: float(weight) for name, weight in weights.items() if weight > 0}


def _areas(
    grid: Floats, ids: tuple[str, ...], settlements: Settlements | None
) -> tuple[list[tuple[str, str]], list[Level], Floats]:
    """Ids and names, levels, and grids (steps + 1, areas, 2, ages) of settlements, districts and the municipality."""
    known = settlements is not None and settlements.ids == ids
    names = list(zip(ids, settlements.names if known and settlements is not None else ids, strict=True))
    levels: list[Level] = ["settlement"] * len(ids)
    parts = [grid]
    if known and settlements is not None and len(set(settlements.districts)) > 1:
        for district in sorted(set(settlements.districts)):
            inside = np.array([d == district for d in settlements.districts])
            parts.append(grid[:, inside].sum(axis=1, keepdims=True))
            names.append((district, district))
            levels.append("district")
    parts.append(grid.sum(axis=1, keepdims=True))
    names.append(("all", ""))
    levels.append("municipality")
    return names, levels, np.concatenate(parts, axis=1)


def _paces(
    grids: Floats, alive: Floats, spans: Sequence[float], stopped: float, leavers: float
) -> tuple[list[Rates], Floats]:
    """The ratios by which areas move in each step, with school leavers kept; and those kept a year: (areas,).

    A number of leavers becomes the share of the step's net loss that it makes, area by area, as it stands with those
    who were kept before; where fewer leave, all of them stay.
    """
    people, paces = grids[0], []
    stayed = np.zeros(grids.shape[1])
    for k, span in enumerate(spans):
        rates = _pace(grids[k], grids[k + 1], alive)
        lost = np.maximum(alive[:, LEAVING_STEPS] - rates.ccr[..., LEAVING_STEPS], 0.0)
        loss = (lost * cohorts(people)[..., LEAVING_STEPS]).sum(axis=(1, 2))
        share = np.full(len(loss), stopped * span / STEP_YEARS)
        if leavers > 0:
            wanted = np.divide(leavers * span, loss, out=np.ones_like(loss), where=loss > 0)
            share = np.minimum(wanted, span / STEP_YEARS)
        rates.ccr[..., LEAVING_STEPS] += share[:, None, None] * lost
        stayed += share * loss
        paces.append(rates)
        people = step(people, rates)
    return paces, stayed / max(sum(spans), 1.0)


def _pace(start: Floats, end: Floats, alive: Floats) -> Rates:
    """The ratios by which areas move from one date to the next."""
    return Rates(ratio(end[..., 1:], cohorts(start), alive), child_woman_ratio(end))


def _span(k: int, base_year: int, start: int) -> float:
    """Years of step k in which households arrive."""
    return float(np.clip(base_year + STEP_YEARS * (k + 1) - start, 0, STEP_YEARS))


def _people(shares: Mapping[str, float]) -> Floats:
    """People of one mean household of the mix: (2, 18)."""
    people = np.zeros((2, 18))
    for name, share in shares.items():
        for sex, age, count in HOUSEHOLDS[name]:
            people[sex, age // STEP_YEARS] += share * count
    return people


def _run(base: Floats, paces: Sequence[Rates], spans: Sequence[float], people: Floats, households: float) -> Floats:
    """People at every step (steps + 1, areas, 2, ages) with so many households a year.

    Those who come in the last `span` years of a step have been here span / 2 years on average at its end: span / 10 of
    them have moved up a group (changing as people here do), and they have borne span / 10 of five years' children.
    """
    out = [base]
    for rates, span in zip(paces, spans, strict=True):
        after = step(out[-1], rates)
        if households > 0 and span > 0:
            came = np.broadcast_to(households * span * people, base.shape)
            part = span / (2 * STEP_YEARS)
            older = cohorts(came) * rates.ccr**part * part
            settled = came * (1 - part)
            settled[..., 1:] += older
            settled[..., 0] += rates.cwr * women(settled)[..., None] * part
            after = after + settled
        out.append(after)
    return np.stack(out)


def _three(people: Floats) -> Floats:
    """Total, under 15 and 65+ of (2, 18)."""
    by_age = people.sum(axis=0)
    return np.array([by_age.sum(), by_age[:3].sum(), by_age[13:].sum()])
