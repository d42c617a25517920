"""Nearest, within reach, catchments: counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from musubime.access import catchment_users, nearest_two, nth_nearest, reach
from musubime.region import TravelTimes

INF = np.inf


def table(minutes):
    minutes = np.asarray(minutes, dtype=float)
    return TravelTimes(
        tuple(f"s{i}" for i in range(minutes.shape[0])), tuple(f"f{i}" for i in range(minutes.shape[1])), "car",
        "road", minutes,
    )


def test_nearest_two_skips_what_is_not_offered_and_what_cannot_be_reached():
    times = table([[5, 3, 9, 1], [4, 4, INF, 2], [INF, INF, 7, 0]])
    offered = np.array([True, True, True, False])
    first, first_min, second, second_min = nearest_two(times, offered)
    assert first.tolist() == [1, 0, 2]  # s1: a tie goes to the first in the table
    assert first_min.tolist() == [3, 4, 7]
    assert second.tolist() == [0, 1, -1]
    assert second_min.tolist() == [5, 4, INF]
    assert nth_nearest(times, offered, 3)[0].tolist() == [2, -1, -1]
    assert nth_nearest(times, offered, 4)[0].tolist() == [-1, -1, -1]
    assert nth_nearest(times, np.zeros(4, dtype=bool), 1)[1].tolist() == [INF, INF, INF]


@drawn(arrays(float, (5, 4), elements=st.sampled_from([0.0, 1.5, 2, 7, INF])), arrays(bool, 4), st.integers(1, 4))
def test_nth_nearest_agrees_with_sorting(minutes, offered, n):
    _, found = nth_nearest(table(minutes), offered, n)
    expected = [sorted([*row[offered].tolist(), *[INF] * 4])[n - 1] for row in minutes]
    assert found.tolist() == expected


def test_reach_by_hand():
    # s0 10 min by car, 5 on foot (60 users); s1 20 by car, far on foot (30); s2 no way (10). Limits 15 car, 6 walk.
    found = reach(
        np.array([10, 20, INF]), np.array([5, 60, INF]), np.array([60.0, 30, 10]), np.array([20.0, 15, 9]),
        np.array([6.0, 7, 8]), 15, 6,
    )
    assert (found.users, found.within_car, found.within_walk, found.beyond) == (100, 60, 60, 40)
    assert (found.over_65_beyond, found.without_car_beyond, found.without_car_beyond_walk) == (24, 15, 15)
    assert found.mean_car_min == pytest.approx((10 * 60 + 20 * 30) / 90)
    nobody = reach(np.array([INF]), np.array([INF]), np.array([5.0]), np.array([1.0]), np.array([1.0]), 15, 6)
    assert nobody.mean_car_min is None


def test_everybody_uses_the_nearest_within_the_limit():
    times = table([[5, 3], [4, 9], [INF, 40]])
    users = np.array([[100.0, 10, 1], [50, 5, 1]])
    both = np.array([True, True])
    assert catchment_users(times, both, users).tolist() == [[10, 101], [5, 51]]
    assert catchment_users(times, both, users, 30).tolist() == [[10, 100], [5, 50]]
    assert catchment_users(times, np.array([True, False]), users).tolist() == [[110, 0], [55, 0]]
