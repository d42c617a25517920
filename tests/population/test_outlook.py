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
from musubime.population.ages import AgePattern
from musubime.population.model import BANDS, Rates
from musubime.population.ratios import Change, aged, changes, child_woman_ratio, cohorts, to_five_years
from musubime.population.small_area import Spread, credible_factors, shrink_inoue
from musubime.population.steps import between, control, run, step
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


def test_inoue_by_hand():
    # 4 people became 2 (0.5); the town's 36 became 27 (0.75): (2 * 0.5 + 6 * 0.75) / 8 = 0.6875. Nobody: 0.75.
    shrunk = shrink_inoue(np.array([4.0, 0.0]), np.array([2.0, 3.0]), np.array(36.0), np.array(0.75))
    assert shrunk.tolist() == [0.6875, 0.75]


def test_four_years_are_made_five():
    # Two fifths of each group are in its lower four years when told so: the cohort aged 0-4 is aged 4-8 four years
    # later, the upper fifth of 0-4 and the lower four fifths of 5-9; the two oldest: the upper fifth of 80-84, and 85+.
    people = np.arange(36, dtype=float).reshape(1, 2, 18)
    cohort = aged(people, 4.0, np.full((2, 18), 0.8))
    assert cohort[0, 0, 0] == pytest.approx(0.2 * 0 + 0.8 * 1)
    assert cohort[0, 0, -1] == pytest.approx(0.2 * 16 + 17)
    # six years on, the cohort aged 0-4 is aged 6-10: four fifths of 5-9 and a fifth of 10-14.
    assert aged(people, 6.0, np.full((2, 18), 0.2))[0, 0, 0] == pytest.approx(0.8 * 1 + 0.2 * 2)
    assert aged(people, 6.0, np.full((2, 18), 0.2))[0, 0, -1] == pytest.approx(0.8 * 17)
    assert to_five_years(np.array([0.81]), 4.0)[0] == pytest.approx(0.81**1.25)
    assert to_five_years(np.array([0.9]), 5.0)[0] == 0.9


def test_small_cohorts_are_known(parameters):
    # Of those aged 75-79 in October 2024 (born 1944-10 to 1949-10), the youngest two fifths were born in the baby boom.
    younger = AgePattern.of(parameters).younger(2024.75, 2)
    assert younger.shape == (2, 18)
    assert (younger[:, 15] > 0.46).all()
    # Those aged 75-79 in 2021 were born 1941-46: the youngest two fifths are the few of 1944-46.
    assert (AgePattern.of(parameters).younger(2021.75, 2)[:, 15] < 0.38).all()
    np.testing.assert_allclose(AgePattern.of(parameters).younger(2021.75, 5)[:, :-1], 1.0)


def test_changes_take_exact_pairs_and_else_the_nearest(parameters):
    people, pattern = np.ones((6, 1, 2, 18)), AgePattern.of(parameters)
    exact = changes(population(people, range(2019, 2025)), pattern)
    assert [(c.start, c.end) for c in exact] == [(2019.25, 2024.25)]
    two = changes(population(people[:3], [2019, 2020, 2021]), pattern)
    assert [(c.years, c.end) for c in two] == [(2.0, 2021.25)]
    assert changes(population(people[:2], [1980, 2020]), pattern) == []


def test_credibility_by_hand():
    # One change of five years; the area above keeps 0.8. The first area: 100 people under 15, 60 kept, so f = 60/80,
    # 0.75. With lasting 0.1, passing 0.05 and chance 0.6: signal 0.01, noise 0.0025 + 0.6 / 80 = 0.01, so w = 0.5 and
    # the factor is 0.875; half of the variance 0.01 stays unknown. The second had nobody: factor 1, all of it unknown.
    p, q = np.zeros((2, 2, 17)), np.zeros((2, 2, 17))
    p[0, 0, 0], q[0, 0, 0] = 100, 60
    spread = Spread(np.full(5, 0.1), np.full(5, 0.05), np.full(5, 0.6))
    found = credible_factors(
        [Change(5.0, 2019, 2024, p, q)], [np.full((1, 2, 17), 0.8)], np.array([40.0, 0]), np.array([4.0, 0]),
        np.array([0.2]), spread,
    )
    np.testing.assert_allclose(found.factor[:, 0], [0.875, 1])
    np.testing.assert_allclose(found.sd[:, 0], [np.sqrt(0.005), 0.1])
    np.testing.assert_allclose(found.factor[:, 1:4], 1)
    # children: 8 expected, 4 there (f = 0.5); signal 0.01 * 8, noise 0.0025 * 8 + 0.6: w = 0.08 / 0.7.
    assert found.factor[0, 4] == pytest.approx(1 - 0.5 * 0.08 / 0.7)
    assert found.by_step().shape == (2, 1, 17)
    assert BANDS[-1] == 17


def test_ages_that_go_together_tell_of_each_other():
    # 60 people under 15 expected and 45 there (y = -1/4); of the other ages nobody was there. With lasting 0.1 and
    # chance 0.6 the variance of y is 0.01 + 0.6 / 60 = 0.02: under 15 the factor is 1 - 1/4 * 0.01 / 0.02 = 0.875. The
    # other ages go along by a half: 1 - 1/4 * 0.005 / 0.02 = 0.9375, and of their variance 0.01 is left
    # 0.01 - 0.005 ** 2 / 0.02 = 0.00875.
    p, q = np.zeros((1, 2, 17)), np.zeros((1, 2, 17))
    p[0, 0, 0], q[0, 0, 0] = 60, 45
    spread = Spread(np.full(5, 0.1), np.zeros(5), np.full(5, 0.6), lasting_together=0.5)
    found = credible_factors(
        [Change(5.0, 2019, 2024, p, q)], [np.full((1, 2, 17), 1.0)], np.zeros(1), np.zeros(1), np.array([0.2]), spread)
    np.testing.assert_allclose(found.factor[0], [0.875, 0.9375, 0.9375, 0.9375, 1], rtol=1e-6)
    np.testing.assert_allclose(found.sd[0] ** 2, [0.005, 0.00875, 0.00875, 0.00875, 0.01], rtol=1e-6)


def test_half_way_through_a_step_by_hand():
    # 100 boys aged 0-4 of whom 81 are left five years on: after 2.5 years 90, of whom (told so) a half are still 0-4.
    # 10 boys are 0-4 at the end: 5 are born by then. 20 and 30 old men, of whom 32 are left: 40 now; the ten and
    #  (times 0.8) stay 80-84: 16 * 0.5 = 8, and 8 + 30 * 0.8 = 32 are 85+.
    start, end = world(m0=100, m80=20, m85=30)[None], world(m0=10, m5=81, m85=32)[None]
    halfway = between(start, end, 0.5, np.full((2, 18), 0.5))[0]
    np.testing.assert_allclose(halfway, world(m0=45 + 5, m5=45, m80=8, m85=32))


@given(PEOPLE, st.integers(0, 4))
@settings(max_examples=30, deadline=None)
def test_nobody_is_lost_inside_a_step(people, years):
    # Everyone stays and nobody is born: the total is the same at every moment of the step.
    end = np.zeros_like(people)
    end[..., 1:] = cohorts(people)
    inside = between(people, end, years / 5, AgePattern.of(load()).younger(2024.25, 5 - years))
    np.testing.assert_allclose(inside.sum(), people.sum(), rtol=1e-9, atol=1e-9)


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
    # Settlements kept everyone (ratio 1) in 2019-2024; the town's census fell to 0.5 in 2010-2015, which counts half:
    # (1 + 0.5 * 0.5) / 1.5 = 5/6; but from 65 on the newest period alone counts.
    own = population(np.full((2, 2, 2, 18), 100.0), [2019, 2024])
    own.people[1, ..., -1] = 200.0  # the two oldest groups together
    census = np.stack([np.full((1, 2, 18), 100.0), np.full((1, 2, 18), 50.0)])
    census[1, ..., -1] = 100.0
    series = population(census, [2010, 2015], [10, 10])
    result = project(own, MunicipalSeries(series), [2029], parameters)
    np.testing.assert_allclose(result.municipality.people[1, 0, :, 1:14], 200 * 5 / 6)
    np.testing.assert_allclose(result.municipality.people[1, 0, :, 14:17], 200.0)
    np.testing.assert_allclose(result.population.people[1, 0, :, 1:14], 100 * 5 / 6)


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


def test_iwakuni_and_mine(iwakuni, mine, parameters):
    for register, first in ((iwakuni, "2019-04"), (mine, "2020-09")):
        result = project(register, MunicipalSeries(), [2030, 2050], parameters)
        total = result.population.people.sum(axis=(1, 2, 3))
        assert total[0] == register.latest.sum()
        assert total[0] > total[1] > total[2] > 0.3 * total[0]
        assert first in result.method.to("en")
        assert first in result.method.to("ja")
