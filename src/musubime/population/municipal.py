"""A municipality by the cohort-component method after 社人研: net migration rates (2013), or out-migration rates and
shares of a common pool of in-migrants (2018, 2023).

Arrays run over age groups of one width (five years or one) with an open group last, and steps of that width. Rates of
group x hold for the step from x to x + 1; the last entry is the open group's own (it stays open).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from musubime.region import Floats

from .steps import control


@dataclass(frozen=True)
class Births:
    """Children by women: child_woman: (steps, ...) children of the youngest group per woman aged 15-49 at the same
    date; boys_per_100_girls: (steps,) in the youngest group; width: years of an age group."""

    child_woman: Floats
    boys_per_100_girls: Floats
    width: int = 5

    def born(self, after: Floats, k: int) -> Floats:
        """Boys and girls of the youngest group: (..., 2) from people (..., 2, ages) aged already."""
        first, last = 15 // self.width, 50 // self.width
        children = np.asarray(self.child_woman[k]) * after[..., 1, first:last].sum(axis=-1)
        boys = self.boys_per_100_girls[k] / (100 + self.boys_per_100_girls[k])
        return np.stack([children * boys, children * (1 - boys)], axis=-1)


def _aged(people: Floats) -> Floats:
    """Everyone one group older, nobody in the youngest: (..., 2, ages)."""
    after = np.zeros_like(people)
    after[..., 1:] = people[..., :-1]
    after[..., -1] += people[..., -1]
    return after


def by_net_migration(base: Floats, survival: Floats, net_migration: Floats, births: Births) -> Floats:
    """P[x+1](t+1) = P[x](t) (S[x] + N[x]); the open group takes the two oldest. 2013's version.

    base: (..., 2, ages); survival, net_migration: (steps, ..., 2, ages). Returns (steps + 1, ..., 2, ages).
    """
    out = [np.asarray(base, dtype=np.float64)]
    for k in range(len(survival)):
        after = _aged(np.maximum(out[-1] * (survival[k] + net_migration[k]), 0.0))
        after[..., 0] = births.born(after, k)
        out.append(after)
    return np.stack(out)


def by_pool(
    base: Floats, survival: Floats, leaving: Floats, share: Floats, births: Births, abroad: Floats | None = None
) -> Floats:
    """P[x+1](t+1) = P[x] S[x] - Out[x] + In[x]; Out = P o, In = a Pool, Pool = sum of Out over places. 2018's version.

    base: (places, 2, ages); survival, leaving (o), share (a, adding up to 1 over places): (steps, places, 2, ages);
    abroad: (steps, 2, ages) net migrants from outside the places, added to the pool. Whether survival also applies to
    those on the move is not documented where this was read; here it does not (docs/methods/population.md).
    """
    out = [np.asarray(base, dtype=np.float64)]
    for k in range(len(survival)):
        people = out[-1]
        left = people * leaving[k]
        pool = left.sum(axis=0) + (abroad[k] if abroad is not None else 0.0)
        after = _aged(np.maximum(people * survival[k] - left + share[k] * pool, 0.0))
        after[..., 0] = births.born(after, k)
        out.append(after)
    return np.stack(out)


def net_migration_rates(before: Floats, after: Floats, survival: Floats) -> Floats:
    """N[x] = P[x+1](t+1) / P[x](t) - S[x]: (..., 2, ages). The two oldest share one rate; nan where nobody was."""
    joined = before[..., -2] * survival[..., -2] + before[..., -1] * survival[..., -1]
    oldest = before[..., -2] + before[..., -1]
    rates = np.empty_like(before)
    with np.errstate(divide="ignore", invalid="ignore"):
        rates[..., :-2] = after[..., 1:-1] / before[..., :-2] - survival[..., :-2]
        rates[..., -2] = rates[..., -1] = (after[..., -1] - joined) / oldest
    rates[~np.isfinite(rates)] = np.nan
    return rates


def to_higher_total(people: Floats, totals: Floats) -> Floats:
    """Places (steps, places, 2, ages) scaled so that they add up to a higher total (steps, 2, ages), by sex and age."""
    return np.stack([control(people[k], totals[k]) for k in range(len(people))])
