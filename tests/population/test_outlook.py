"""The outlook in worlds counted by hand, and on 岩国's and 美祢's registers."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from musubime.errors import InputError
from musubime.parameters import load
from musubime.population import counts, project
from musubime.population.model import Rates
from musubime.population.ratios import _aged, changes, child_woman_ratio, to_five_years
from musubime.population.small_area import shrink_inoue
from musubime.population.steps import at_years, control, run, step
from musubime.region import MunicipalSeries, Settlements, VitalYears

from .conftest import population

PEOPLE = arrays(float, (3, 2, 18), elements=st.integers(0, 400).map(float))


def world(**cells: float) -> np.ndarray:
    """(2, 18) of zeros but for cells named m0, f25 ... by sex and lower age."""
    people = np.zeros((2, 18))
    for name, value in cells.items():
        people[0 if name[0] == "m" else 1, int(name[1:]) // 5] = value
    return people


def test_a_town_counted_by_hand(parameters):
    # 2015: 10 girls 0-4, 20 women 20-24, 8 women 80-84, 12 women 85+.
    # 2020: 9 of the girls are 5-9 (0.9), 15 of the women are 25-29 (0.75), 10 of the 20 oldest are 85+ (0.5),
    #       and 3 boys and 6 girls are 0-4, with 15 women aged 15-49 (0.2 and 0.4 a woman).
    # 2025: 5-9: 6 * 0.9 = 5.4; 85+: 10 * 0.5 = 5. The 9 girls go on to 10-14 and the 15 women to 30-34 where
    #       nobody stood in 2015, so the reference ratio (2015-2020, depopulated municipalities) holds.
    people = [[world(f0=10, f20=20, f80=8, f85=12)], [world(m0=3, f0=6, f5=9, f25=15, f85=10)]]
    result = project(population(people, [2015, 2020]), MunicipalSeries(), [2025], parameters)
    reference = parameters.numbers("population.reference_ccr_female")
    women_30 = 15 * reference[5]
    expected = world(
        m0=0.2 * women_30, f0=0.4 * women_30, m5=3 * parameters.numbers("population.reference_ccr_male")[0], f5=5.4,
        f10=9 * reference[1], f30=women_30, f85=5,
    )
    np.testing.assert_allclose(result.population.people[1, 0], expected, rtol=1e-12)
    # 2022 lies two fifths of the way from 2020 to 2025.
    between = project(population(people, [2015, 2020]), MunicipalSeries(), [2022], parameters)
    np.testing.assert_allclose(between.population.people[1, 0], 0.6 * np.array(people[1][0]) + 0.4 * expected)


def test_inoue_by_hand():
    # 4 people became 2 (0.5); the town's 36 became 27 (0.75): (2 * 0.5 + 6 * 0.75) / 8 = 0.6875. Nobody: 0.75.
    shrunk = shrink_inoue(np.array([4.0, 0.0]), np.array([2.0, 3.0]), np.array(36.0), np.array(0.75))
    assert shrunk.tolist() == [0.6875, 0.75]


def test_four_years_are_made_five():
    # 100 people of every age, and everyone lives: after four years a cohort aged 0-4 is aged 4-8: a fifth of 0-4 and
    # four fifths of 5-9, so 100 again; the two oldest groups together (200) are 84+: a fifth of 80-84, and 85+
    # (somewhat less than a fifth, since the curve thins out towards the open group).
    people = np.full((1, 2, 18), 100.0)
    aged = _aged(people, 4.0)
    np.testing.assert_allclose(aged[0, :, 1:14], 100.0, rtol=0.01)
    assert aged[0, 0, -1] == pytest.approx(120, abs=8)
    assert to_five_years(np.array([0.81]), 4.0)[0] == pytest.approx(0.81**1.25)
    assert to_five_years(np.array([0.9]), 5.0)[0] == 0.9


def test_changes_take_exact_pairs_and_else_the_nearest():
    people = np.ones((6, 1, 2, 18))
    exact = changes(population(people, range(2019, 2025)))
    assert [(c.start, c.end) for c in exact] == [(2019.25, 2024.25)]
    two = changes(population(people[:3], [2019, 2020, 2021]))
    assert [(c.years, c.end) for c in two] == [(2.0, 2021.25)]
    assert changes(population(people[:2], [1980, 2020])) == []


@given(PEOPLE, st.integers(1, 8))
@settings(max_examples=40, deadline=None)
def test_without_births_or_arrivals_nobody_appears(people, steps):
    rates = Rates(np.full((3, 2, 17), 1.0) * np.linspace(1, 0.4, 17), np.zeros((3, 2)))
    totals = run(people, rates, steps).sum(axis=(1, 2, 3))
    assert all(earlier >= later - 1e-9 for earlier, later in pairwise(totals))


@given(PEOPLE, arrays(float, (2, 18), elements=st.floats(0, 900)))
@settings(max_examples=60, deadline=None)
def test_control_is_met_exactly(people, totals):
    controlled = control(people, totals)
    np.testing.assert_allclose(controlled.sum(axis=0), totals, rtol=1e-12, atol=1e-12)
    assert (controlled >= 0).all()


@given(PEOPLE, PEOPLE, st.integers(2024, 2070))
@settings(max_examples=40, deadline=None)
def test_settlements_add_up_to_the_municipality(before, now, year):
    result = project(population([before, now], [2019, 2024]), MunicipalSeries(), [2030, year], load())
    np.testing.assert_allclose(
        result.population.people.sum(axis=1), result.municipality.people[:, 0], rtol=1e-9, atol=1e-9
    )
    assert (result.population.people >= 0).all()


def test_longer_series_of_the_municipality_set_the_level(parameters):
    # Settlements kept everyone (ratio 1) in 2019-2024; the town's census fell to 0.5 in 2010-2015: the mean is 0.75.
    own = population(np.full((2, 2, 2, 18), 100.0), [2019, 2024])
    own.people[1, ..., -1] = 200.0  # the two oldest groups together
    census = np.stack([np.full((1, 2, 18), 100.0), np.full((1, 2, 18), 50.0)])
    census[1, ..., -1] = 100.0
    series = population(census, [2010, 2015], [10, 10])
    result = project(own, MunicipalSeries(series), [2029], parameters)
    np.testing.assert_allclose(result.municipality.people[1, 0, :, 1:17], 150.0)
    np.testing.assert_allclose(result.population.people[1, 0, :, 1:17], 75.0)


def test_divided_settlements_follow_their_district(parameters):
    before, now = np.full((4, 2, 18), 50.0), np.full((4, 2, 18), 50.0)
    now[2:, :, 1:17] = 25.0  # the second district loses half
    now[2:, :, 17] = 50.0
    ids = ("a1", "a2", "b1", "b2")
    nan = np.full(4, np.nan)
    settlements = Settlements(ids, ids, ("a", "a", "b", "b"), nan, nan, nan, ("disaggregated",) * 4)
    result = project(
        population([before, now], [2019, 2024], ids=ids), MunicipalSeries(), [2029], parameters, settlements
    )
    people = result.population.people[1]
    np.testing.assert_allclose(people[0], people[1])
    np.testing.assert_allclose(people[2], people[3])
    assert people[2, :, 5].sum() < 0.6 * people[0, :, 5].sum()


def test_one_count_and_yearly_totals_are_met(parameters):
    # 能登-like: 1000 people at 2020-10; the register's 1100 at the end of 2020 lose 22 a year: 5.5 born, 27.5 dead,
    # so nobody moves. Scaled to the census (1000/1100): 100 people fewer after five years, 25 born.
    base = np.full((2, 18), 1000 / 36)
    vital = VitalYears(
        (2020, 2021, 2022, 2023, 2024), 1100 - 22.0 * np.arange(5), np.full(5, 5.5), np.full(5, 27.5)
    )
    result = project(
        population([[base]], [2020], [10]), MunicipalSeries(vital=vital), [2025], parameters
    )
    assert result.municipality.people[1].sum() == pytest.approx(1000 - 100)
    assert result.municipality.people[1, 0, :, 0].sum() == pytest.approx(25)
    assert any("registered deaths" in note.what.to("en") for note in result.notes)


def test_a_disaster_year_does_not_go_on_for_ever(parameters):
    base = np.full((2, 18), 1000 / 36)
    people = np.array([1000.0, 980, 960, 940, 800])
    vital = VitalYears((2020, 2021, 2022, 2023, 2024), people, np.full(5, 5.0), np.full(5, 20.0))
    result = project(population([[base]], [2020], [10]), MunicipalSeries(vital=vital), [2025, 2030], parameters)
    total = result.municipality.people.sum(axis=(1, 2, 3))
    assert total[0] - total[1] == pytest.approx(5 * 50)  # (1000 - 800) / 4 a year
    assert total[1] - total[2] < 130
    assert any("2024" in note.what.to("en") for note in result.notes)


def test_years_before_the_base_are_refused(parameters):
    with pytest.raises(InputError) as error:
        project(population(np.ones((1, 1, 2, 18)), [2024]), MunicipalSeries(), [2020, 2300], parameters)
    assert len(error.value.faults) == 2


def test_empty_settlement_and_empty_town(parameters):
    people = np.zeros((2, 2, 2, 18))
    result = project(population(people, [2019, 2024]), MunicipalSeries(), [2050], parameters)
    assert result.population.people.sum() == 0
    counted = counts(result.population)
    assert np.isnan(counted.share_65).all()
    assert counted.half_over_65().tolist() == [0, 0]


def test_step_by_hand():
    people = world(f40=10, f45=20, m80=4, m85=6)
    rates = Rates(np.full((1, 2, 17), 0.5), np.array([[0.1, 0.2]]))
    after = step(people[None], rates)[0]
    # women 15-49 five years later: the 10 aged 40-44 are 5 aged 45-49; the 20 have left that age.
    np.testing.assert_allclose(after, world(m0=0.5, f0=1.0, f45=5, f50=10, m85=5))
    assert child_woman_ratio(after[None])[0].tolist() == pytest.approx([0.1, 0.2])


def test_years_between_grid_dates():
    grid = np.array([[[[0.0]]], [[[10.0]]], [[[30.0]]]])
    assert at_years(grid, 2024, [2024, 2026, 2029, 2033]).ravel().tolist() == [0, 4, 10, 26]


def test_iwakuni_and_mine(iwakuni, mine, parameters):
    for register, first in ((iwakuni, "2019-04"), (mine, "2020-09")):
        result = project(register, MunicipalSeries(), [2030, 2050], parameters)
        total = result.population.people.sum(axis=(1, 2, 3))
        assert total[0] == register.latest.sum()
        assert total[0] > total[1] > total[2] > 0.3 * total[0]
        assert first in result.method.to("en")
        assert first in result.method.to("ja")
