"""People without a car: those without a licence, by sex and age."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from musubime.parameters import Parameters
from musubime.region import FIVE_YEAR_AGES, Floats


def without_car(people: Floats, age_from: tuple[int, ...], parameters: Parameters) -> Floats:
    """Of `people` (..., 2, ages) those without a licence, same shape; none below `access.car.without_counted_from_age`.

    Rates are by five-year age; a wider group takes the plain mean of the ages it covers.
    """
    counted = parameters.number("access.car.without_counted_from_age")
    without = 1 - np.array([
        parameters.numbers("access.car.licence_share_male"), parameters.numbers("access.car.licence_share_female")
    ])
    return people * by_age_group(without, FIVE_YEAR_AGES, age_from) * (np.asarray(age_from) >= counted)


def by_age_group(rates: Floats, rate_from: tuple[int, ...], age_from: tuple[int, ...]) -> Floats:
    """Rates (..., rate ages) for other age groups (..., ages), both by lower bound and open at the top.

    A group takes the plain mean of the single years it covers; the open group counts as five years.
    """
    years = np.arange(max(age_from[-1], rate_from[-1]) + 5)
    of_year = rates[..., np.searchsorted(rate_from, years, side="right") - 1]
    bounds = [*age_from, age_from[-1] + 5]
    return np.stack(
        [of_year[..., a:b].mean(axis=-1) for a, b in pairwise(bounds)], axis=-1
    )
