"""Households and licences."""

from __future__ import annotations

import numpy as np
import pytest

from musubime.population import households, licence_shares, without_licence
from musubime.region import Settlements

from .conftest import population


def test_households_by_hand(parameters):
    people = np.full((1, 2, 2, 18), 5.0)
    people[0, 1] = 0
    nan = np.full(2, np.nan)
    places = Settlements(("u0", "u1"), ("u0", "u1"), ("", ""), nan, nan, np.array([90.0, np.nan]), ("counted",) * 2)
    told = households(population(people, [2024]), parameters, places)
    assert told.number.tolist() == [[90, 0]]  # fitted to the register's 90 households; 180 people, two each
    # one plus Poisson(1): e^-1 alone, e^-1 two, e^-1 / 2 three, e^-1 / 6 four, the rest five and more
    shares = told.by_size[0, 0] / 90
    np.testing.assert_allclose(shares[:4], np.exp(-1) * np.array([1, 1, 1 / 2, 1 / 6]))
    assert shares.sum() == pytest.approx(1)
    assert told.by_size[0, 1].sum() == 0


def test_licences_grow_old_with_their_cohorts(parameters):
    then = licence_shares(2016.0, parameters)
    assert then[1, 15] == 0.225
    assert licence_shares(2000.0, parameters)[1, 15] == 0.225  # nothing is told of earlier years
    later = licence_shares(2021.0, parameters)
    assert later[1, 15] == pytest.approx(0.424 * 0.90)  # those of 70-74 in 2015, of whom nine in ten kept it
    assert later[1, 8] == then[1, 8]
    half = licence_shares(2018.5, parameters)
    assert half[1, 15] == pytest.approx((0.225 + 0.424 * 0.90) / 2)


def test_people_without_a_licence(parameters):
    people = np.zeros((1, 1, 2, 18))
    people[0, 0, 1, 15] = 1000  # women of 75-79 at the start of 2016
    people[0, 0, 0, 2] = 50  # children are not counted
    assert without_licence(population(people, [2016], [1]), parameters)[0, 0] == pytest.approx(775)
