"""A town of which only one count by age is known: a reference schedule, made to meet its people, births and deaths."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from musubime.parameters import Parameters
from musubime.region import Floats, VitalYears

from .model import STEP_YEARS, Rates
from .ratios import cohorts, women


@dataclass(frozen=True)
class Calibrated:
    """Rates of one unit for the first step, in which the known years lie, and for later steps.

    mortality, births: factors on the reference; migration_first, migration_later: people in five years (residual).
    outliers: years whose migration was set aside for later steps.
    """

    first: Rates
    later: Rates
    mortality: float
    births: float
    migration_first: float
    migration_later: float
    outliers: tuple[int, ...]


def reference_rates(parameters: Parameters) -> Rates:
    """Change of ages in depopulated municipalities: ccr (1, 2, 17), cwr (1, 2)."""
    ccr = [parameters.numbers("population.reference_ccr_male"), parameters.numbers("population.reference_ccr_female")]
    return Rates(np.array([ccr]), np.array([parameters.numbers("population.reference_cwr")]))


def survival(parameters: Parameters) -> Floats:
    """Share alive after five years: (2, 17)."""
    return np.array([parameters.numbers("population.survival_male"), parameters.numbers("population.survival_female")])


def calibrate(base: Floats, base_date: float, vital: VitalYears, parameters: Parameters) -> Calibrated | None:
    """Scale mortality, births and migration of the reference to a town's yearly totals; None without two years.

    base: (2, 18) at `base_date` (decimal year). With S the survival and K = CCR / S the migration of the reference:

        deaths      sum P (1 - S^m) = 5 d                   gives m
        people      sum P S^m K (1 + g h) + 5 b = 5 (n + b - d + mig)  gives g, with h the mobility of each age
        births      cwr W(t + 5) = 5 b                      gives cwr

    d, b, mig: yearly deaths, births and residual migration (change of people less births plus deaths), register
    scaled to the base; n the people of the base. For later steps g is solved with the median year's migration,
    so that one year of disaster does not go on for decades.
    """
    people = np.asarray(vital.people, dtype=float)
    order = np.argsort(vital.years)
    years = np.asarray(vital.years)[order]
    people, births, deaths = people[order], np.asarray(vital.births)[order], np.asarray(vital.deaths)[order]
    follows = np.diff(years) == 1
    migration = np.where(follows, np.diff(people) - births[1:] + deaths[1:], np.nan)
    usable = np.isfinite(migration) & (years[1:] + 1 > base_date - 0.5)
    if usable.sum() < 2 or base.sum() <= 0:
        return None
    known = np.isfinite(people)
    nearest = int(np.argmin(np.where(known, np.abs(years + 1 - base_date), np.inf)))
    scale = float(base.sum() / people[nearest])
    d = float(deaths[1:][usable].mean()) * scale * STEP_YEARS
    b = float(births[1:][usable].mean()) * scale * STEP_YEARS
    moved = migration[usable] * scale * STEP_YEARS
    mean, median = float(moved.mean()), float(np.median(moved))
    spread = float(np.median(np.abs(moved - median)))
    outliers = tuple(int(year) for year in years[1:][usable][np.abs(moved - median) > 5 * spread + 1e-9])

    start, alive = cohorts(base), survival(parameters)
    reference = reference_rates(parameters)
    mobility = np.asarray(parameters.numbers("population.mobility"))
    stay = reference.ccr[0] / alive

    def dying(m: float) -> float:
        return float((start * (1 - alive**m)).sum()) - d

    mortality = float(brentq(dying, 0.05, 20)) if dying(0.05) < 0 < dying(20) else 1.0
    survivors = start * alive**mortality

    def rates(migration_people: float) -> Rates:
        target = base.sum() + b - d + migration_people - b  # those who were alive at the base, five years later
        unmoved, movable = float((survivors * stay).sum()), float((survivors * stay * mobility).sum())
        g = (target - unmoved) / movable if movable > 0 else 0.0
        ccr = np.maximum(alive**mortality * stay * (1 + g * mobility), 0.0)
        after = np.zeros_like(base)
        after[:, 1:] = start * ccr
        mothers = float(women(after))
        boys = reference.cwr[0] / reference.cwr[0].sum()
        cwr = boys * (b / mothers) if mothers > 0 else reference.cwr[0]
        return Rates(ccr[None], cwr[None])

    first, later = rates(mean), rates(median)
    return Calibrated(
        first, Rates(later.ccr, first.cwr), mortality, float(first.cwr.sum() / reference.cwr.sum()), mean, median,
        outliers,
    )
