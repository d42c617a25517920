"""The cohort-component method after 社人研, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musubime.population.municipal import Births, by_net_migration, by_pool, net_migration_rates, to_higher_total


def ages(**cells: float) -> np.ndarray:
    people = np.zeros((2, 18))
    for name, value in cells.items():
        people[0 if name[0] == "m" else 1, int(name[1:]) // 5] = value
    return people


def births(steps: int, child_woman=0.2, boys=105.0, width=5) -> Births:
    return Births(np.full(steps, child_woman), np.full(steps, boys), width)


def test_net_migration_by_hand():
    # 100 women of 20-24: survival 0.99, 29 % leave: 70 at 25-29. They have 0.2 * 70 = 14 children, 105 boys to 100
    # girls.
    # 40 men of 80-84 (0.7) and 20 of 85+ (0.5): 28 + 10 = 38 of 85+.
    survival, net = np.full((1, 2, 18), 0.99), np.zeros((1, 2, 18))
    survival[0, 0, 16], survival[0, 0, 17] = 0.7, 0.5
    net[0, 1, 4] = -0.29
    after = by_net_migration(ages(f20=100, m80=40, m85=20), survival, net, births(1))[1]
    expected = ages(f25=70, m85=38, m0=14 * 105 / 205, f0=14 * 100 / 205)
    np.testing.assert_allclose(after, expected)


def test_pool_by_hand():
    # Two towns, 100 and 50 men of 20-24; all live. 20 % and 40 % leave: 20 and 20, a pool of 40, and 10 from abroad.
    # The first town takes 0.6 of the 50, the second 0.4: 100 - 20 + 30 = 110 and 50 - 20 + 20 = 50.
    base = np.stack([ages(m20=100), ages(m20=50)])
    alive, leaving, share = np.ones((1, 2, 2, 18)), np.zeros((1, 2, 2, 18)), np.zeros((1, 2, 2, 18))
    leaving[0, :, 0, 4] = 0.2, 0.4
    share[0, :, 0, 4] = 0.6, 0.4
    abroad = np.zeros((1, 2, 18))
    abroad[0, 0, 4] = 10
    after = by_pool(base, alive, leaving, share, births(1), abroad)[1]
    np.testing.assert_allclose(after[:, 0, 5], [110, 50])
    assert after.sum() == 160


@given(st.integers(0, 2**31))
@settings(max_examples=25, deadline=None)
def test_moves_between_towns_lose_nobody(seed):
    rng = np.random.default_rng(seed)
    base = rng.uniform(0, 100, (3, 2, 18))
    leaving = rng.uniform(0, 0.5, (4, 3, 2, 18))
    share = rng.dirichlet(np.ones(3), (4, 2, 18)).transpose(0, 3, 1, 2)
    people = by_pool(base, np.ones((4, 3, 2, 18)), leaving, share, births(4, child_woman=0.0))
    np.testing.assert_allclose(people.sum(axis=(1, 2, 3)), base.sum())


def test_single_years_of_age():
    # One hundred women aged 14 today are mothers a year later at 15: with 0.04 children of age 0 a woman, four.
    base = np.zeros((2, 101))
    base[1, 14] = 100
    rates = np.ones((2, 2, 101))
    people = by_net_migration(base, rates, 0 * rates, births(2, child_woman=0.04, boys=100.0, width=1))
    assert people[1, :, 0].tolist() == [2, 2]
    assert people[2, 1, 16] == 100
    assert people[2, :, 1].tolist() == [2, 2]


def test_rates_bring_back_the_count_they_were_made_from():
    rng = np.random.default_rng(1)
    before, after = rng.uniform(10, 100, (2, 18)), rng.uniform(10, 100, (2, 18))
    survival = np.full((2, 18), 0.95)
    net = net_migration_rates(before, after, survival)
    again = by_net_migration(before, survival[None], net[None], births(1, child_woman=0.0))[1]
    np.testing.assert_allclose(again[:, 1:], after[:, 1:])
    assert np.isnan(net_migration_rates(np.zeros((2, 18)), after, survival)).all()


def test_control_to_the_prefecture():
    rng = np.random.default_rng(1)
    towns, prefecture = rng.uniform(1, 100, (3, 4, 2, 18)), rng.uniform(100, 400, (3, 2, 18))
    np.testing.assert_allclose(to_higher_total(towns, prefecture).sum(axis=1), prefecture)
    assert to_higher_total(towns, prefecture)[0, 0, 0, 0] == pytest.approx(
        towns[0, 0, 0, 0] * prefecture[0, 0, 0] / towns[0, :, 0, 0].sum()
    )
