"""Cohort change ratios between two dates, exactly when they lie five years apart, converted when they do not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.region import FIVE_YEAR_AGES, Floats, Population

from .ages import AgePattern
from .model import CHILD_BEARING, STEP_YEARS

MONTH = 1 / 12
LONGEST_YEARS = 7.5  # a longer gap mixes two steps
SHORTEST_YEARS = 0.9


@dataclass(frozen=True)
class Change:
    """What happened to cohorts between two dates `years` apart. p, q: (units, 2, ages - 1): people at the first
    date, and the same cohorts at the second; the last entry is the two oldest groups together."""

    years: float
    start: float
    end: float
    p: Floats
    q: Floats

    def summed(self, groups: NDArray[np.int64] | None = None, count: int = 1) -> Change:
        """The change of units added up: all of them, or by `groups` (units,), numbers below `count`."""
        if groups is None:
            groups = np.zeros(len(self.p), dtype=np.int64)
        p, q = np.zeros((count, *self.p.shape[1:])), np.zeros((count, *self.q.shape[1:]))
        np.add.at(p, groups, self.p)
        np.add.at(q, groups, self.q)
        return Change(self.years, self.start, self.end, p, q)


def five_year_ages(population: Population) -> Population:
    """The same people in the 18 groups 0-4 ... 85+. Raises InputError when the file's groups do not nest in them."""
    if population.age_from == FIVE_YEAR_AGES:
        return population
    bounds = np.asarray(population.age_from)
    if not set(FIVE_YEAR_AGES) <= set(population.age_from):
        raise InputError(Fault(
            text("The age groups cannot be joined to the groups 0-4, 5-9 ... 85 and over."),
            text("Give people by five-year age group from 0-4 to 85 and over, or by single year."),
            file="population", field="age_from", value=", ".join(map(str, population.age_from)),
        ))
    group = np.searchsorted(np.asarray(FIVE_YEAR_AGES), bounds, side="right") - 1
    people = np.zeros((*population.people.shape[:3], len(FIVE_YEAR_AGES)))
    for column, target in enumerate(group):
        people[..., target] += population.people[..., column]
    return Population(population.unit_ids, population.years, population.months, FIVE_YEAR_AGES, people)


def ratio(q: Floats, p: Floats, otherwise: Floats | float) -> Floats:
    """q / p, and the parent's ratio where there was nobody to change."""
    return np.where(p > 0, np.divide(q, p, out=np.zeros_like(q), where=p > 0), otherwise)


def cohorts(people: Floats) -> Floats:
    """People at the start of a step as cohorts, the two oldest groups joined: (..., ages) to (..., ages - 1)."""
    return np.concatenate([people[..., :-2], people[..., -2:].sum(axis=-1, keepdims=True)], axis=-1)


def women(people: Floats) -> Floats:
    """Women aged 15-49: (..., 2, ages) to (...)."""
    first, last = CHILD_BEARING[0] // STEP_YEARS, CHILD_BEARING[1] // STEP_YEARS
    return np.asarray(people[..., 1, first : last + 1].sum(axis=-1))


def child_woman_ratio(people: Floats, otherwise: Floats | float = 0.0) -> Floats:
    """Boys and girls aged 0-4 per woman aged 15-49: (..., 2, ages) to (..., 2)."""
    mothers = np.broadcast_to(women(people)[..., None], people.shape[:-1])
    return ratio(people[..., 0], mothers, otherwise)


def changes(population: Population, pattern: AgePattern, ends_by: float = np.inf) -> list[Change]:
    """The changes that this series shows, newest first.

    Every pair of dates five years apart; when there is none, the one pair whose gap is nearest to five years
    (0.9 to 7.5 years), its cohorts cut out of the age groups at the second date (`aged`).
    """
    dates = population.dates
    pairs = [
        (first, second)
        for second in range(len(dates) - 1, 0, -1)
        for first in range(second - 1, -1, -1)
        if dates[second] <= ends_by
    ]
    exact = [(a, b) for a, b in pairs if abs(dates[b] - dates[a] - STEP_YEARS) <= MONTH + 1e-6]
    if not exact:
        usable = [(a, b) for a, b in pairs if SHORTEST_YEARS <= dates[b] - dates[a] <= LONGEST_YEARS]
        usable.sort(key=lambda pair: (abs(dates[pair[1]] - dates[pair[0]] - STEP_YEARS), -dates[pair[1]]))
        exact = usable[:1]
    found = []
    for a, b in exact:
        years = float(dates[b] - dates[a])
        if abs(years - STEP_YEARS) <= MONTH + 1e-6:
            years = float(STEP_YEARS)
            q = np.concatenate([population.people[b][..., 1:-1], population.people[b][..., -1:]], axis=-1)
        else:
            q = aged(population.people[b], years, pattern.younger(float(dates[b]), years % STEP_YEARS))
        found.append(Change(years, float(dates[a]), float(dates[b]), cohorts(population.people[a]), q))
    return found


def distinct(found: list[Change], most: int) -> list[Change]:
    """The newest changes that do not overlap in time, at most `most`."""
    kept: list[Change] = []
    for change in found:
        if len(kept) < most and all(change.end <= other.start + MONTH for other in kept):
            kept.append(change)
    return kept


def to_five_years(ratio_of_gap: Floats, years: float) -> Floats:
    """A ratio seen over `years` as one over five years: the change goes on at the same yearly pace."""
    if years == STEP_YEARS:
        return ratio_of_gap
    return np.asarray(np.power(np.maximum(ratio_of_gap, 0.0), STEP_YEARS / years))


def aged(people: Floats, years: float, younger: Floats) -> Floats:
    """Cohorts of five-year groups `years` later: (units, 2, ages) at the later date to (units, 2, ages - 1).

    The cohort aged x to x + 5 is later aged x + years to x + 5 + years: the upper part of one group and the lower
    part of the next. younger: (2, ages), the share of each group below its lower bound + the odd years.
    """
    shift = int(years // STEP_YEARS)
    ages = people.shape[-1]
    young, old = people * younger, people * (1 - younger)
    cohort = np.zeros((*people.shape[:-1], ages - 1))
    for x in range(ages - 2):
        group = x + shift
        if group < ages:
            cohort[..., x] += old[..., group]
        if group + 1 < ages:
            cohort[..., x] += young[..., group + 1]
    group = ages - 2 + shift  # the two oldest groups together: all people aged 80 + years and over
    cohort[..., -1] = people[..., group + 1 :].sum(axis=-1) + old[..., group]
    return cohort
