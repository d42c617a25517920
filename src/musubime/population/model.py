"""Results of this package: a projection, and the counts that people read from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musubime.language import Text
from musubime.provenance import Note
from musubime.region import Floats, Population

STEP_YEARS = 5
CHILD_BEARING = (15, 45)
"""Lower bounds of the first and last group of women that births are measured against (15-49)."""
BANDS = (0, 3, 6, 13, 17)
"""Limits of four bands of the 17 steps, by age at the start: 0-14, 15-29, 30-64, 65 and over."""


@dataclass(frozen=True)
class Rates:
    """How people change over five years. ccr: (units, 2, ages - 1), group x to group x + 1, the last entry for the
    two oldest groups together; cwr: (units, 2), boys and girls aged 0-4 per woman aged 15-49 at the same date."""

    ccr: Floats
    cwr: Floats


@dataclass(frozen=True)
class Projection:
    """People at the base date and every requested year (the month of the base), and what they were made with.

    `population`: by settlement; `municipality`: the control totals, one unit; the settlements add up to it by sex
    and age. grid: (steps + 1, units, 2, ages) people at the base and every five years on; unknown: (units, 5) sd of
    what is not known of each settlement's lasting difference, by band of age and for children.
    """

    population: Population
    municipality: Population
    method: Text
    controlled_to: Text
    notes: tuple[Note, ...]
    grid: Floats
    unknown: Floats


@dataclass(frozen=True)
class Counts:
    """People of each unit at each year: all arrays (years, units)."""

    unit_ids: tuple[str, ...]
    years: tuple[int, ...]
    total: Floats
    under_15: Floats
    over_65: Floats
    over_75: Floats

    @property
    def share_65(self) -> Floats:
        """65+ of all, by unit and year; nan where nobody lives."""
        return np.divide(self.over_65, self.total, out=np.full_like(self.total, np.nan), where=self.total > 0)

    def below(self, people: float) -> NDArray[np.int64]:
        """Units with somebody, but fewer than `people`, by year: (years,)."""
        return np.asarray(((self.total > 0) & (self.total < people)).sum(axis=1), dtype=np.int64)

    def half_over_65(self) -> NDArray[np.int64]:
        """Units in which people of 65+ are half or more (an empty unit has no share), by year: (years,)."""
        lived = self.total > 0
        return np.asarray((lived & (2 * self.over_65 >= self.total)).sum(axis=1), dtype=np.int64)
