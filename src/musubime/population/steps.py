"""One step of the projection, and the control of settlements to their municipality."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from musubime.region import Floats

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


def at_years(people: Floats, base_year: int, years: Sequence[int]) -> Floats:
    """People at `years` from the five-year grid, straight lines between its dates cell by cell (so sums hold)."""
    out = np.empty((len(years), *people.shape[1:]))
    for i, year in enumerate(years):
        place, rest = divmod(year - base_year, STEP_YEARS)
        out[i] = people[place]
        if rest:
            out[i] += (people[place + 1] - people[place]) * (rest / STEP_YEARS)
    return out
