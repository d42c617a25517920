"""Counts, users of services and thresholds, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from musubime.population import counts, demand, falls_below, people_in
from musubime.region import SERVICES

from .conftest import population


def ladder():
    """One settlement with 5 people in every group of each sex; one with nobody; one with two women of 85+."""
    people = np.zeros((1, 3, 2, 18))
    people[0, 0] = 5
    people[0, 2, 1, 17] = 2
    return population(people, [2024])


def test_counts():
    counted = counts(ladder())
    assert counted.total.tolist() == [[180, 0, 2]]
    assert counted.under_15.tolist() == [[30, 0, 0]]  # three groups, two sexes
    assert counted.over_65.tolist() == [[50, 0, 2]]  # 65-69 ... 85+ are five groups
    assert counted.over_75.tolist() == [[30, 0, 2]]
    assert counted.below(50).tolist() == [1]  # the empty settlement is not a small one
    assert counted.half_over_65().tolist() == [1]


def test_bounds_inside_a_group_take_its_even_part():
    table = ladder()
    assert people_in(table, 20).tolist()[0][0] == 140
    assert people_in(table, 18, 22)[0, 0] == pytest.approx(2 / 5 * 10 + 3 / 5 * 10)
    assert people_in(table, 90)[0, 2] == pytest.approx(2 * 10 / 15)
    assert people_in(table, 0)[0].tolist() == [180, 0, 2]


def test_demand_uses_every_service(parameters):
    users = demand(ladder(), parameters, SERVICES)
    assert users.users.shape == (1, 3, len(SERVICES))
    school = SERVICES.index("school")
    assert users.users[0, 0, school] == 20  # 5-14: two groups, two sexes, everyone of that age
    assert users.users[0, 1].tolist() == [0] * len(SERVICES)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([90, 80, 70], 2024),  # below today: the base year
        ([120, 110, 105], None),
        ([120, 100, 80], 2035),  # at the threshold in 2034, which is not below; 98 in 2035
        ([130, 80, 80], 2031),  # 5 a year: 100 in 2030, 95 in 2031
        ([131, 80, 80], 2031),  # 5.1 a year: 100.4 in 2030, 95.3 in 2031
    ],
)
def test_falls_below(values, expected):
    assert falls_below([2024, 2034, 2044], values, 100) == expected
