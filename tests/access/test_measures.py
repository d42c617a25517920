"""Measures of access: hand-counted worlds, published examples, and what must always hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from musubime.access import (
    Cutoff,
    Exponential,
    Logistic,
    Steps,
    access_table,
    floating_catchment,
    gini,
    opportunities,
    palma,
    tail_mean,
)
from musubime.errors import InputError
from musubime.region import TravelTimes

INF = np.inf


def test_decays_as_r_accessibility_publishes_them():
    # R accessibility, tests/testthat/test-decay_stepped.R and test-decay_logistic.R (read 2026-11).
    steps = Steps((10, 20, 30, 40), (0.75, 0.5, 0.25, 0))
    assert steps(np.array([5.0, 15, 25, 35, 45])).tolist() == [1, 0.75, 0.5, 0.25, 0]
    assert steps(np.array([0.0, 10, 20, 30, 40])).tolist() == [1, 0.75, 0.5, 0.25, 0]
    assert Steps((25, 50), (0.5, 0))(np.array([5.0, 30, 55])).tolist() == [1, 0.5, 0]
    assert Logistic(20, 2)(np.array([0.0, 20])) == pytest.approx([1, 0.5])
    assert Logistic(30, 10)(np.array([0.0, 30])) == pytest.approx([1, 0.502], abs=1e-3)


@pytest.mark.parametrize("decay", [Cutoff(20), Steps((10, 20), (0.5, 0.1)), Exponential(0.1), Logistic(20, 5)])
def test_a_decay_starts_at_one_never_rises_and_ends_at_nothing(decay):
    weights = decay(np.array([0.0, 5, 10, 15, 20, 30, 60, INF]))
    assert weights[0] == pytest.approx(1)
    assert (np.diff(weights) <= 0).all()
    assert weights[-1] == 0


def test_opportunities_by_hand():
    minutes = np.array([[5.0, 25, INF], [30, 10, 20]])
    offers = np.array([[1, 0], [2, 1], [4, 1]])  # shops, clinics
    assert opportunities(minutes, offers, Cutoff(20)).tolist() == [[1, 0], [6, 2]]
    assert opportunities(minutes, offers[:, 0], Exponential(0.1)) == pytest.approx(
        [np.exp(-0.5) + 2 * np.exp(-2.5), np.exp(-3) + 2 * np.exp(-1) + 4 * np.exp(-2)])


def test_soukhov_2023_as_published():
    # Soukhov et al. 2023, the example in R accessibility's tests: 66,833, 133,203 and 9,963 jobs for A, B and C.
    # With demand elasticity 1 spatial availability is people x 2SFCA access.
    minutes = np.array([[15.0, 30, 100], [30, 15, 100], [100, 100, 15]])
    people = np.array([50_000.0, 150_000, 10_000])
    found = floating_catchment(minutes, people, np.array([100_000.0, 100_000, 10_000]), Exponential(0.1))
    assert np.round(found.access * people).tolist() == [66_833, 133_203, 9_963]


# Two clinics: X for 100 people, Y for 30. a (60 people) reaches X; b (40) both; c (20) Y; d (10) nothing.
MINUTES = np.array([[5.0, INF], [10, 10], [INF, 5], [INF, INF]])
PEOPLE, CAPACITY = np.array([60.0, 40, 20, 10]), np.array([100.0, 30])


def test_two_step_by_hand():
    # X: 100 / (60 + 40) = 1; Y: 30 / (40 + 20) = 0.5. a 1, b 1.5, c 0.5, d 0.
    found = floating_catchment(MINUTES, PEOPLE, CAPACITY, Cutoff(20))
    assert found.access.tolist() == [1, 1.5, 0.5, 0]
    assert found.demand.tolist() == [100, 60]


def test_balanced_by_hand_and_whom_it_leaves_unserved():
    # b divides 20 to X, 20 to Y. X: 80 come for 100: all served. Y: 40 come for 30: three quarters served.
    # Unserved: a 0, b 20 x 1/4 = 5, c 20 x 1/4 = 5, d 10: 20 of 130.
    found = floating_catchment(MINUTES, PEOPLE, CAPACITY, Cutoff(20), balanced=True)
    assert found.demand.tolist() == [80, 40]
    assert found.unserved.tolist() == [0, 5, 5, 10]
    assert (found.served_people, found.unserved_people) == (110, 20)
    # Ratios 100/80 and 30/40 divided among the comers (half each): a 0.625, b 0.625 + 0.375, c 0.375.
    assert found.access.tolist() == [0.625, 1.0, 0.375, 0]
    plain = floating_catchment(MINUTES, PEOPLE, CAPACITY, Cutoff(20))
    assert plain.unserved.tolist() == found.unserved.tolist()


def test_a_clinic_smaller_than_any_settlement_is_no_error():
    found = floating_catchment(np.array([[1.0]]), np.array([500.0]), np.array([3.0]), Cutoff(5))
    assert (found.served_people, found.unserved_people) == (3, 497)


def test_nobody_anywhere_and_no_capacity_at_all():
    found = floating_catchment(MINUTES, np.zeros(4), CAPACITY, Cutoff(20))
    assert (found.served_people, found.unserved_people) == (0, 0)
    found = floating_catchment(MINUTES, PEOPLE, np.zeros(2), Cutoff(20))
    assert (found.served_people, found.unserved_people) == (0, 130)
    assert found.access.tolist() == [0] * 4


def test_what_is_not_a_figure_is_refused_whole():
    with pytest.raises(InputError) as caught:
        floating_catchment(np.array([[np.nan, -1]]), np.array([-5.0]), np.array([np.nan, INF]), Cutoff(20))
    assert [fault.field for fault in caught.value.faults] == ["people", "capacity", "capacity", "minutes", "minutes"]


worlds = st.tuples(
    arrays(float, (4, 3), elements=st.sampled_from([0.0, 5, 10, 25, INF])),
    arrays(float, 4, elements=st.floats(0, 500)), arrays(float, 3, elements=st.floats(0, 300)),
)


@drawn(worlds, st.booleans())
def test_nobody_is_lost_or_counted_twice(world, balanced):
    minutes, people, capacity = world
    found = floating_catchment(minutes, people, capacity, Exponential(0.1), balanced=balanced)
    assert found.served_people + found.unserved_people == pytest.approx(people.sum())
    assert found.served_people <= capacity.sum() + 1e-6
    assert (found.unserved >= -1e-9).all()
    assert (found.unserved <= people + 1e-9).all()


@drawn(worlds)
def test_plain_two_step_hands_out_exactly_the_capacity_that_somebody_reaches(world):
    minutes, people, capacity = world
    people = people + 1  # so that whoever reaches counts
    found = floating_catchment(minutes, people, capacity, Exponential(0.1))
    reached = np.isfinite(minutes).any(axis=0)
    assert found.access @ people == pytest.approx(capacity[reached].sum(), abs=1e-6)


def test_gini_by_hand():
    # One of two has everything: 0.5. Everybody the same: 0. 1, 2, 3 for one person each: 2/9.
    assert gini(np.array([0.0, 1]), np.array([1.0, 1])) == pytest.approx(0.5)
    assert gini(np.array([3.0, 3, 3]), np.array([5.0, 1, 9])) == pytest.approx(0)
    assert gini(np.array([1.0, 2, 3]), np.array([1.0, 1, 1])) == pytest.approx(2 / 9)
    assert np.isnan(gini(np.array([0.0]), np.array([1.0])))
    assert np.isnan(gini(np.array([1.0]), np.array([0.0])))


@drawn(arrays(float, 5, elements=st.floats(0, 50)), arrays(float, 5, elements=st.integers(0, 9).map(float)))
def test_gini_is_the_mean_difference_over_twice_the_mean(values, people):
    if people.sum() == 0 or values @ people < 1e-6:
        return
    share = people / people.sum()
    apart = np.abs(values[:, None] - values[None, :])
    assert gini(values, people) == pytest.approx(share @ apart @ share / (2 * values @ share), abs=1e-9)


def test_tails_and_palma_by_hand():
    # Ten people: minutes 1 (5 people), 10 (4), 60 (1). Worst tenth 60; worst fifth (60 + 10) / 2.
    minutes, people = np.array([10.0, 60, 1]), np.array([4.0, 1, 5])
    assert tail_mean(minutes, people, 0.1) == 60
    assert tail_mean(minutes, people, 0.2) == 35
    assert tail_mean(minutes, people, 0.05) == 60  # half a person
    assert tail_mean(minutes, people, 1) == pytest.approx((60 + 40 + 5) / 10)
    assert tail_mean(np.array([INF, 1]), np.array([1.0, 9]), 0.1) == INF
    assert np.isnan(tail_mean(minutes, np.zeros(3), 0.1))
    # Shops within reach: best tenth 60, worst two fifths 1 each.
    assert palma(minutes, people) == 60
    assert palma(np.array([2.0, 2]), np.array([1.0, 5])) == 1
    assert palma(np.array([0.0, 2]), np.array([5.0, 5])) == INF
    assert np.isnan(palma(np.array([0.0]), np.array([5.0])))


def test_access_table_by_hand():
    # s0 reaches f0 in 5 and f1 in 12; s1 only f1 in 30; s2 nothing. Shop at both, clinic at f1. Limits 10, 20.
    times = TravelTimes(
        ("s0", "s1", "s2"), ("f0", "f1"), "car", "road", np.array([[5.0, 12], [INF, 30], [INF, INF]]))
    users = np.array([[70.0, 7], [20, 2], [10, 1]])
    found = access_table(times, np.array([[True, False], [True, True]]), users, np.array([10.0, 20]))
    assert found.nearest.tolist() == [[0, 1], [1, 1], [-1, -1]]
    assert found.nearest_min.tolist() == [[5, 12], [30, 30], [INF, INF]]
    assert found.second.tolist() == [[1, -1], [-1, -1], [-1, -1]]
    assert found.within.tolist() == [[1, 1], [0, 0], [0, 0]]
    assert found.users_within.tolist() == [70, 7]
    assert found.users_beyond.tolist() == [30, 3]
    assert found.users_without_way.tolist() == [10, 1]
    assert found.mean_min == pytest.approx([(70 * 5 + 20 * 30) / 90, (7 * 12 + 2 * 30) / 9])
    assert found.worst_tenth_min.tolist() == [INF, INF]
    assert found.gini == pytest.approx([0.3, 0.3])  # 70 % have one each, 30 % none
