"""Tables with holes and faults, households and licences."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musubime.errors import InputError
from musubime.population import (
    check_population,
    fill_hidden,
    households,
    licence_shares,
    spread_unknown,
    without_licence,
)
from musubime.provenance import Ledger
from musubime.region import Settlements

from .conftest import population


def test_unknown_ages_lie_as_the_known_ones():
    # 30 and 10 known, 4 unknown: 3 and 1 more. Nobody known in the second unit: as all units together.
    people = np.zeros((2, 2, 18))
    people[0, 0, 3], people[0, 0, 8] = 30, 10
    spread = spread_unknown(people, np.array([[4.0, 0], [8.0, 0]]))
    assert spread[0, 0, [3, 8]].tolist() == [33, 11]
    assert spread[1, 0, [3, 8]].tolist() == [6, 2]


def test_hidden_ages_that_a_neighbour_holds():
    # a's 30 people are hidden and added to b, whose own total is 70; c is as printed. By age b holds 40 and 60.
    people = np.zeros((3, 2, 18))
    people[0] = np.nan
    people[1, 0, 2], people[1, 1, 9] = 40, 60
    people[2, 0, 2] = 5
    ledger = Ledger()
    filled, touched = fill_hidden(
        people, np.array([30.0, 70, 5]), ("b", "", ""), ("a", "b", "c"), np.nansum(people, axis=0), ledger
    )
    assert filled[0, 0, 2] == pytest.approx(12)
    assert filled[0, 1, 9] == pytest.approx(18)
    assert filled[1].sum() == pytest.approx(70)
    assert touched.tolist() == [True, True, False]
    assert ledger.notes[0].count == 2


@given(st.integers(0, 2**31))
@settings(max_examples=30, deadline=None)
def test_totals_of_units_and_ages_of_the_town_hold(seed):
    rng = np.random.default_rng(seed)
    whole = rng.poisson(4.0, (6, 2, 18)).astype(float)
    holed = whole.copy()
    holed[:3] = np.nan
    filled, _ = fill_hidden(
        holed, whole.sum(axis=(1, 2)), ("",) * 6, tuple("abcdef"), whole.sum(axis=0), Ledger()
    )
    np.testing.assert_allclose(filled.sum(axis=0), whole.sum(axis=0), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(filled.sum(axis=(1, 2)), whole.sum(axis=(1, 2)), rtol=1e-6)
    np.testing.assert_array_equal(filled[3:], whole[3:])


def test_a_neighbour_that_is_not_there():
    with pytest.raises(InputError):
        fill_hidden(np.zeros((1, 2, 18)), np.zeros(1), ("z",), ("a",), np.zeros((2, 18)), Ledger())


def good():
    return np.full((2, 2, 2, 18), 3.0)


def kinds(people, years=(2015, 2020), **more):
    return [(fault.what.to("en"), fault.row) for fault in check_population(population(people, years), **more)]


def test_sound_tables_have_no_fault():
    assert kinds(good(), totals=np.full((2, 2), 108.0)) == []


@pytest.mark.parametrize(
    ("spoil", "words", "row"),
    [
        (lambda p: p.__setitem__((1, 0, 0, 4), -2.0), "negative", 4),
        (lambda p: p.__setitem__((0, 1, 0, 4), 2.5), "fraction", 3),
        (lambda p: p.__setitem__((0, 0, 1), np.nan), "sex is missing", 2),
        (lambda p: p.__setitem__((0, 1), np.nan), "one date only", 5),
    ],
)
def test_each_fault_is_named_with_its_row(spoil, words, row):
    people = good()
    spoil(people)
    found = kinds(people)
    assert any(words in what and at == row for what, at in found), found


def test_ages_that_miss_the_total_and_years_that_cannot_be():
    totals = np.full((2, 2), 108.0)
    totals[1, 1] = 120
    assert kinds(good(), totals=totals) == [("The ages add up to 108, not to the total of 120.", 5)]
    assert any("order" in what for what, _ in kinds(good(), years=(2020, 2015)))
    assert any("1900" in what for what, _ in kinds(good(), years=(1900, 2020)))
    assert any("apart" in what for what, _ in kinds(good(), years=(1930, 2020)))


def test_estimates_may_have_fractions():
    assert kinds(good() + 0.25, whole=False) == []


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
