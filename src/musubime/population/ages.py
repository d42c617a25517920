"""How a five-year group is made up inside: Japan's births by year and survival tell how many are in its younger part.

The cohorts of 1945-46 and of 1966 are small and those of 1947-49 large everywhere in Japan, so an even split errs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from musubime.parameters import Parameters
from musubime.region import FIVE_YEAR_AGES, Floats

from .model import STEP_YEARS

FIRST_YEAR = 1899
OLDEST = 115
_AGE = (np.arange(OLDEST * 12) + 0.5) / 12


@dataclass(frozen=True)
class AgePattern:
    """births: by calendar year from 1899; alive: (2, 17) five-year survival."""

    births: tuple[float, ...]
    alive: tuple[tuple[float, ...], tuple[float, ...]]

    @classmethod
    def of(cls, parameters: Parameters) -> AgePattern:
        return cls(
            tuple(parameters.numbers("population.births_japan")),
            (
                tuple(parameters.numbers("population.survival_male")),
                tuple(parameters.numbers("population.survival_female")),
            ),
        )

    def younger(self, date: float, years: float) -> Floats:
        """Share of each group younger than its lower bound + `years` at a date (decimal year): (2, 18)."""
        return _younger(self, round(date * 12) / 12, years)


@lru_cache(maxsize=256)
def _younger(pattern: AgePattern, date: float, years: float) -> Floats:
    born = np.clip(np.floor(date - _AGE).astype(int) - FIRST_YEAR, 0, len(pattern.births) - 1)
    share = np.zeros((2, len(FIVE_YEAR_AGES)))
    for sex in range(2):
        weight = np.asarray(pattern.births)[born] * np.exp(-_hazard(pattern.alive[sex]))
        below = np.concatenate([[0.0], np.cumsum(weight)])
        limits = np.append(FIVE_YEAR_AGES, OLDEST) * 12
        part = np.interp(limits[:-1] + years * 12, np.arange(len(below)), below)
        start, end = below[limits[:-1]], below[limits[1:]]
        share[sex] = (part - start) / (end - start)
    share.flags.writeable = False
    return share


def _hazard(alive: tuple[float, ...]) -> Floats:
    """Cumulated hazard at each month of age; the five-year step from group x lies between ages x + 2.5 and x + 7.5.

    Above 82.5 the hazard grows as it did from 65-69 to 75-79 (Gompertz).
    """
    five = -np.log(np.asarray(alive))
    group = np.clip(np.floor((_AGE - STEP_YEARS / 2) / STEP_YEARS).astype(int), 0, len(five) - 2)
    yearly = five[group] / STEP_YEARS
    growth = np.log(five[15] / five[13]) / 10
    old = _AGE >= 82.5
    yearly[old] = five[15] / STEP_YEARS * np.exp(growth * (_AGE[old] - 80))
    return np.asarray(np.cumsum(yearly) / 12)
