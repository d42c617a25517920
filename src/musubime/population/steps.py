"""One step of the projection, and the control of settlements to their municipality."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from musubime.region import Floats

from .ages import AgePattern
from .model import STEP_YEARS, Rates
from .ratios import cohorts, women


def step(people: Floats, rates: Rates) -> Floats:
    """People five years later: (units, 2, ages). Women are aged first, and children follow from them."""
    after = np.empty_like(people)
    after[..., 1:] = cohorts(people) * rates.ccr
    after[..., 0] = rates.cwr * women(after)[..., None]
    return after


def control(people: Floats, totals: Floats) -> Floats:
    """Scale units (units, 2, ages) so that they add up to `totals` (2, ages) by sex and age.

    Where the municipality has people of an age and no settlement does, they are spread like all its people.
    """
    summed = people.sum(axis=0)
    factor = np.divide(totals, summed, out=np.zeros_like(totals), where=summed > 0)
    scaled = people * factor
    homeless = (summed <= 0) & (totals > 0)
    if homeless.any():
        everybody = people.sum(axis=(1, 2))
        share = everybody / everybody.sum() if everybody.sum() > 0 else np.full(len(people), 1 / len(people))
        scaled[:, homeless] = share[:, None] * totals[homeless]
    return np.asarray(scaled)


def run(base: Floats, rates: Rates, steps: int, totals: Floats | None = None) -> Floats:
    """People at the base and after every step: (steps + 1, units, 2, ages); controlled to `totals`
    (steps + 1, 2, ages) when given."""
    people = np.empty((steps + 1, *base.shape))
    people[0] = base
    for k in range(1, steps + 1):
        people[k] = step(people[k - 1], rates)
        if totals is not None:
            people[k] = control(people[k], totals[k])
    return people


def between(start: Floats, end: Floats, part: float, younger: Floats) -> Floats:
    """People inside a step that leads from `start` to `end` (units, 2, ages), at `part` of its five years.

    Each cohort changes at a steady pace, (end / start) ** part, and lies in two groups: `younger` (2, ages) is the
    share of each group at the start that has not yet left it. Children are born evenly over the step. Newcomers to
    an age where nobody was come evenly.
    """
    whole = cohorts(start)
    there = end[..., 1:]
    pace = np.divide(there, whole, out=np.zeros_like(there), where=whole > 0) ** part
    here = np.concatenate([start[..., :-1] * pace, start[..., -1:] * pace[..., -1:]], axis=-1)
    inside = np.zeros_like(start)
    inside[..., :-1] = here[..., :-1] * younger[:, :-1]
    inside[..., 1:] += here[..., :-1] * (1 - younger[:, :-1])
    inside[..., -1] += here[..., -1]
    inside[..., 1:] += np.where(whole > 0, 0.0, there * part)
    inside[..., 0] += end[..., 0] * part
    return inside


def at_years(
    units: Floats, totals: Floats, base_year: int, base_date: float, years: Sequence[int], pattern: AgePattern
) -> tuple[Floats, Floats]:
    """People at `years` from the five-year grids of the units (steps + 1, units, 2, ages) and of the municipality
    (steps + 1, 1, 2, ages); inside a step the units are scaled to the municipality as they are at its ends."""
    people = np.empty((len(years), *units.shape[1:]))
    everyone = np.empty((len(years), *totals.shape[1:]))
    for i, year in enumerate(years):
        place, rest = divmod(year - base_year, STEP_YEARS)
        if not rest:
            people[i], everyone[i] = units[place], totals[place]
            continue
        part = rest / STEP_YEARS
        younger = pattern.younger(base_date + place * STEP_YEARS, STEP_YEARS - rest)
        everyone[i] = between(totals[place], totals[place + 1], part, younger)
        people[i] = control(between(units[place], units[place + 1], part, younger), everyone[i, 0])
    return people, everyone
