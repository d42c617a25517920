"""Households by size, and people without a driving licence, from people by age."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from musubime.parameters import Parameters
from musubime.region import Floats, Population, Settlements

from .model import STEP_YEARS

SIZES = 5  # 1, 2, 3, 4, 5 and more people
LICENCE_DATE = 2016.0  # the end of 2015
FIRST_OLD = 12  # 60-64: from here on the licences of cohorts are followed


@dataclass(frozen=True)
class Households:
    """number: (years, units); by_size: (years, units, 5), households of 1, 2, 3, 4, 5 and more people."""

    unit_ids: tuple[str, ...]
    years: tuple[int, ...]
    number: Floats
    by_size: Floats


def households(population: Population, parameters: Parameters, settlements: Settlements | None = None) -> Households:
    """Heads of household by age (`population.heads`), their level fitted to each settlement's households at the base
    date; sizes as one plus a Poisson number, which has the mean that people and households give."""
    people = population.people.sum(axis=2)
    heads = np.asarray(parameters.numbers("population.heads"))
    expected = people @ heads
    total = people.sum(axis=-1)
    base = total[0] / parameters.number("population.household_size")
    if settlements is not None and settlements.ids == population.unit_ids:
        known = np.isfinite(settlements.households) & (settlements.households > 0)
        base = np.where(known, settlements.households, base)
    level = np.divide(base, expected[0], out=np.ones_like(base), where=expected[0] > 0)
    number = np.minimum(expected * level, total)
    mean = np.divide(total, number, out=np.ones_like(total), where=number > 0)
    return Households(population.unit_ids, population.years, number, number[..., None] * _size_shares(mean))


def _size_shares(mean: Floats) -> Floats:
    more = np.maximum(mean - 1, 0.0)[..., None]
    k = np.arange(SIZES - 1)
    factorial = np.array([1.0, 1.0, 2.0, 6.0])
    shares = np.exp(-more) * more**k / factorial
    return np.concatenate([shares, np.maximum(1 - shares.sum(axis=-1, keepdims=True), 0.0)], axis=-1)


def licence_shares(date: float, parameters: Parameters) -> Floats:
    """Share with a driving licence by sex and age at a date (decimal year): (2, 18).

    From 60 on, cohorts keep what they had, less those who give it up (`population.licence_kept`): women who will be
    80 in 2035 drive today, and those who were 80 in 2015 did not.
    """
    then = np.array([parameters.numbers("population.licence_male"), parameters.numbers("population.licence_female")])
    kept = np.asarray(parameters.numbers("population.licence_kept"))
    whole, part = divmod(max(date - LICENCE_DATE, 0.0), STEP_YEARS)
    shares = then
    for _ in range(int(whole)):
        shares = _licences_later(shares, kept)
    return np.asarray(shares + (_licences_later(shares, kept) - shares) * (part / STEP_YEARS))


def _licences_later(shares: Floats, kept: Floats) -> Floats:
    later = shares.copy()
    later[:, FIRST_OLD + 1 :] = shares[:, FIRST_OLD:-1] * kept
    # the open group holds those who come up from 80-84 and those who stay in it; they are taken as one
    later[:, -1] = shares[:, -2:].mean(axis=1) * kept[-1]
    return later


def without_licence(population: Population, parameters: Parameters, age_from: int = 20) -> Floats:
    """People of whole age groups from `age_from` without a driving licence: (years, units)."""
    first = population.age_from.index(age_from)
    without = np.stack([1 - licence_shares(float(date), parameters) for date in population.dates])
    people = population.people[..., first:] * without[:, None, :, first:]
    return np.asarray(people.sum(axis=(2, 3)))
