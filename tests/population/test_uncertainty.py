"""Draws: their generators against scipy, their moments against formulas, sums, seeds, and chances in tiny villages."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from musubime.errors import InputError
from musubime.parameters import load
from musubime.population import LEVELS, _chance, _kernels, compare_prognosis, counts, project_with_draws
from musubime.population.ages import AgePattern
from musubime.population.draws import Drawer, Moves
from musubime.population.model import Projection
from musubime.population.prognosis import nobody_year
from musubime.population.uncertainty import summarise
from musubime.region import MunicipalSeries, Settlements

from .conftest import population

CALM = {  # rates known for certain: only chance is left
    "population.draw_lasting": 0, "population.draw_passing": 0, "population.draw_chance": 0,
    "population.town_lasting": [0, 0, 0, 0, 0], "population.town_passing": [0, 0, 0, 0, 0],
}


def streams(seed, units, draws):
    """Keys of so many draws of each unit, as one row: (units * draws,)."""
    k1, k2 = _chance.keys(seed, np.arange(units), draws)
    return k1.ravel(), k2.ravel()


def binomials(n, p, draws=20_000, seed=5):
    k1, k2 = streams(seed, 1, draws)
    limit, hits = np.full(draws, _chance.coin_limit(p), dtype=np.int32), np.zeros(draws, dtype=np.int32)
    assert _chance.binomials(np.full(draws, n, dtype=np.int32), limit, k1, k2, 7, hits) == 7 + n
    return hits


def poissons(mean, seed=6):
    mean = np.asarray(mean, dtype=float)
    k1, k2 = streams(seed, 1, len(mean))
    room, hits = np.empty((3, len(mean))), np.zeros(len(mean), dtype=np.int32)
    _chance.poissons(mean, k1, k2, 3, room[0], room[1], room[2], hits)
    return hits


@pytest.mark.parametrize(("n", "p"), [(1, 0.3), (7, 0.9), (12, 0.5), (13, 0.2), (40, 0.97), (90, 0.4), (5000, 0.83)])
def test_binomial_draws_are_binomial(n, p):
    drawn = binomials(n, p)
    assert drawn.mean() == pytest.approx(n * p, abs=4 * np.sqrt(n * p * (1 - p) / len(drawn)))
    _fits(drawn, stats.binom(n, p))


@pytest.mark.parametrize("mean", [0.02, 0.7, 4.0, 9.9, 24.0, 60.0, 900.0])
def test_poisson_draws_are_poisson(mean):
    drawn = poissons(np.full(20_000, mean), seed=int(mean * 100))
    assert drawn.mean() == pytest.approx(mean, abs=4 * np.sqrt(mean / len(drawn)))
    _fits(drawn, stats.poisson(mean))


def test_poisson_means_may_differ_from_draw_to_draw():
    # One large mean among small ones: the small ones are made in as many rounds, and stay what they are.
    mean = np.tile([0.0, 0.1, 3.0, 400.0], 5000)
    drawn = poissons(mean)
    assert drawn[::4].max() == 0
    for place in (1, 2, 3):
        _fits(drawn[place::4], stats.poisson(mean[place]))


def _fits(drawn, law):
    """Pearson's test over classes of at least 20 expected; fails once in ten thousand by chance (the seed is fixed)."""
    edges = np.unique(law.ppf(np.linspace(0, 1, 25)[1:-1]))
    expected = np.diff(np.concatenate([[0.0], law.cdf(edges), [1.0]])) * len(drawn)
    seen = np.histogram(drawn, bins=np.concatenate([[-np.inf], edges + 0.5, [np.inf]]))[0]
    keep = expected >= 20
    statistic = ((seen - expected)[keep] ** 2 / expected[keep]).sum()
    assert statistic < stats.chi2(keep.sum()).ppf(0.9999)


def test_edges_of_the_generators():
    assert [binomials(n, p, 50).tolist() for n, p in ((0, 0.5), (5, 0.0), (5, 1.0), (300, 1.2), (9, -0.1))] == [
        [n] * 50 for n in (0, 0, 5, 300, 0)]
    assert poissons(np.zeros(9)).tolist() == [0] * 9


def test_coins_of_different_draws_and_places_do_not_go_together():
    # 64 draws of 3 settlements side by side, 4,000 numbers each: no pair of streams and no lag is correlated.
    k1, k2 = streams(1, 3, 64)
    numbers = np.array([[_chance.number(a, b, np.uint32(c)) for c in range(4000)] for a, b in zip(k1, k2, strict=True)])
    uniform = numbers / 2**32
    assert abs(uniform.mean() - 0.5) < 4 * np.sqrt(1 / 12 / uniform.size)
    between = np.corrcoef(uniform)[np.triu_indices(len(uniform), 1)]
    assert np.abs(between).max() < 5.5 / np.sqrt(4000)
    for lag in (1, 2, 3, 36):
        assert abs(np.corrcoef(uniform[:, :-lag].ravel(), uniform[:, lag:].ravel())[0, 1]) < 4 / np.sqrt(uniform.size)
    bits = ((numbers[..., None] >> np.arange(32)) & 1).mean(axis=(0, 1))
    assert np.abs(bits - 0.5).max() < 5 * 0.5 / np.sqrt(numbers.size)


def test_exponential():
    x = np.linspace(-29, 29, 2001)
    np.testing.assert_allclose([_chance.exponential(v) for v in x], np.exp(x), rtol=1e-9)


def one_step(expected_start, expected_end, overrides=CALM, draws=4000, seed=1):
    """Draws of one settlement over one step: (draws, 4) total, under 15, 65+, 75+, and the people (draws, 2, 18)."""
    parameters = load(overrides=overrides)
    grid = np.stack([expected_start, expected_end])[:, None]
    table = population(grid[:1], [2024])
    projection = Projection(table, table, None, None, (), grid, np.tile(0.0, (1, 5)))  # type: ignore[arg-type]
    drawer = Drawer.of(projection, parameters, draws, seed)
    out, sums = drawer.draw(slice(0, 1), Moves.of((2024, 2029), 2024.25, AgePattern.of(parameters)))
    return out[0, 1].T, sums[:, 1]


def test_moments_of_one_step_by_formula():
    # 200 men of 65-69 of whom 150 are expected at 70-74, and 40 women of 30-34 in place of whom 52 are expected.
    start, end = np.zeros((2, 18)), np.zeros((2, 18))
    start[0, 13], end[0, 14] = 200, 150
    start[1, 6], end[1, 7] = 40, 52
    parameters = load()
    come = parameters.number("population.arrivals") * np.array(parameters.numbers("population.mobility"))
    alive = parameters.numbers("population.survival_female")[6]
    # men: 0.75 = stay + come, people stay by binomial chance and come by Poisson's
    stay = 0.75 - come[13]
    men_mean, men_variance = 150, 200 * stay * (1 - stay) + 200 * come[13]
    # women: 1.3 less those who come would have more stay than live, so only `alive` stay and the rest come
    women_variance = 40 * alive * (1 - alive) + (52 - 40 * alive)
    _, people = one_step(start, end, draws=20_000)
    for drawn, mean, variance in (
        (people[:, 0, 14], men_mean, men_variance), (people[:, 1, 7], 52, women_variance),
    ):
        assert drawn.mean() == pytest.approx(mean, abs=4 * np.sqrt(variance / 20_000))
        assert drawn.var() == pytest.approx(variance, rel=0.05)
    assert people.sum() == people[:, 0, 14].sum() + people[:, 1, 7].sum()


def test_uncertain_rates_leave_the_mean_and_widen_the_draws():
    start, end = np.full((2, 18), 60.0), np.full((2, 18), 50.0)
    calm, _ = one_step(start, end, draws=8000)
    stirred, _ = one_step(start, end, {}, draws=8000)
    assert stirred[:, 0].mean() == pytest.approx(end.sum(), rel=0.01)
    assert calm[:, 0].mean() == pytest.approx(end.sum(), rel=0.005)
    assert stirred[:, 0].std() > 1.5 * calm[:, 0].std()


def test_without_births_or_arrivals_nobody_appears():
    # Twelve people, none expected to come: every draw has the same or fewer.
    start, end = np.zeros((2, 18)), np.zeros((2, 18))
    start[0, 14], start[1, 15] = 5, 7
    end[0, 15], end[1, 16] = 3.0, 4.0
    parameters = {**CALM, "population.arrivals": 0}
    drawn, people = one_step(start, end, parameters)
    assert drawn[:, 0].max() <= 12
    assert drawn[:, 0].min() < 7 < drawn[:, 0].max()
    assert people[:, 0, 15].max() <= 5


@given(st.integers(0, 2**31), st.integers(1, 3))
@settings(max_examples=15, deadline=None)
def test_sum_of_settlements_is_the_municipality_in_every_draw(seed, units):
    rng = np.random.default_rng(seed)
    before = rng.poisson(3.0, (units, 2, 18)).astype(float)
    now = rng.poisson(3.0, (units, 2, 18)).astype(float)
    parameters = load()
    table = population([before, now], [2019, 2024])
    from musubime.population import project

    projection = project(table, MunicipalSeries(), [2031, 2044], parameters)
    drawer = Drawer.of(projection, parameters, 20, seed % 100)
    moves = Moves.of(projection.population.years, 2024.25, AgePattern.of(parameters))
    out, sums = drawer.draw(slice(0, units), moves)
    for kind, ages in enumerate((slice(0, 18), slice(0, 3), slice(13, 18), slice(15, 18))):
        np.testing.assert_array_equal(out[:, :, kind].sum(axis=0).T, sums[..., ages].sum(axis=(2, 3)))
    assert (sums[:, 0].sum(axis=(1, 2)) == now.sum()).all()  # whole people at the base stay whole


def test_fractions_of_people_become_whole_ones_without_bias():
    k1, k2 = streams(3, 1, 4000)
    people = np.zeros((36, 4000), dtype=np.int32)
    _kernels.whole_people(k1, k2, 0, np.full(36, 0.3), np.zeros(4000), np.zeros(4000), people)
    assert set(people.sum(axis=0)) == {10, 11}  # 36 * 0.3 = 10.8
    assert people.max() <= 1
    np.testing.assert_allclose(people.mean(axis=1), 0.3, atol=0.04)


def test_looks_inside_steps_and_at_their_ends():
    moves = Moves.of((2024, 2025, 2030, 2034, 2050), 2024.25, AgePattern.of(load()))
    columns = (moves.step, moves.part, moves.output, moves.onward)
    told = list(zip(*(column.tolist() for column in columns), strict=True))
    assert told == [
        (0, 0.2, 1, 0), (0, 1, -1, 1),  # 2025 is a fifth of the first step
        (1, 0.2, 2, 0), (1, 1, 3, 1),  # 2030, and 2034 at the end of the second
        (2, 1, -1, 1), (3, 1, -1, 1), (4, 1, -1, 1), (5, 0.2, 4, 0), (5, 1, -1, 1),
    ]


def test_odd_numbers_of_draws(parameters):
    # 257 draws make two blocks of 129, of which one draw too many is left out.
    table = population(np.full((1, 3, 2, 18), 20.0), [2024])
    result = project_with_draws(table, MunicipalSeries(), [2029], parameters, draws=257)
    assert result.pyramid.shape == (2, 5, 2, 18)
    total = result.municipality.of("total", 0.5)[1, 0]
    assert total == pytest.approx(result.projection.municipality.people[1].sum(), rel=0.05)


def test_seeds_and_chunks(monkeypatch, iwakuni, parameters):
    def run(seed):
        return project_with_draws(iwakuni, MunicipalSeries(), [2034], parameters, draws=60, seed=seed)

    first, again, other = run(1), run(1), run(2)
    np.testing.assert_array_equal(first.settlements.quantiles, again.settlements.quantiles)
    assert not np.array_equal(first.settlements.quantiles, other.settlements.quantiles)
    monkeypatch.setattr("musubime.population.uncertainty.CHUNK_BYTES", 60 * 2 * 16 * 5)  # five settlements at a time
    monkeypatch.setattr("musubime.population.uncertainty.BLOCK", 2)
    monkeypatch.setattr("musubime.population.draws.BLOCK", 2)
    np.testing.assert_array_equal(first.settlements.quantiles, run(1).settlements.quantiles)
    np.testing.assert_array_equal(first.pyramid, run(1).pyramid)


def test_quantiles_and_chances_agree_with_numpy():
    rng = np.random.default_rng(2)
    out = np.zeros((3, 1, 4, 301), dtype=np.int32)
    out[0, 0, 0] = rng.poisson(3, 301)
    out[0, 0, 2] = rng.binomial(out[0, 0, 0], 0.5)
    out[1, 0, 0] = rng.integers(0, 100_000, 301)
    quantiles, chances = summarise(out, np.array([2.0, 2.0, 2.0]), 50.0)
    np.testing.assert_allclose(quantiles[:, 0, :, 0], np.quantile(out[:, 0, 0], LEVELS, axis=1).T)
    total, old = out[0, 0, 0], out[0, 0, 2]
    assert 0 < (total == 0).sum() < 301
    np.testing.assert_allclose(quantiles[0, 0, :, 4], np.quantile(old[total > 0] / total[total > 0], LEVELS))
    assert chances[0, 0].tolist() == pytest.approx([
        (total == 0).mean(), (total < 2).mean(), 1.0, ((total > 0) & (2 * old >= total)).mean()
    ])
    # nobody in any draw: no share, and half of nobody is not 65 and over
    assert np.isnan(quantiles[2, 0, :, 4]).all()
    assert chances[2, 0].tolist() == [1, 1, 1, 0]


def test_intervals_of_real_districts(iwakuni, parameters):
    result = project_with_draws(iwakuni, MunicipalSeries(), [2025, 2034], parameters, draws=200)
    assert result.settlements.years == (2024, 2025, 2034)
    lower, middle, upper = (result.municipality.of("total", level)[:, 0] for level in (0.025, 0.5, 0.975))
    assert lower[0] == middle[0] == upper[0] == iwakuni.latest.sum()
    assert (np.diff(upper - lower) > 0).all()
    expected = result.projection.municipality.people.sum(axis=(1, 2, 3))
    np.testing.assert_allclose(middle, expected, rtol=0.01)
    assert (result.settlements.of("total", 0.1) <= result.settlements.of("total", 0.9)).all()
    # the city's own interval is narrower, relative to its size, than its smallest district's
    small = int(np.argmin(iwakuni.latest.sum(axis=(1, 2))))
    relative = (result.settlements.of("total", 0.9) - result.settlements.of("total", 0.1))[-1, small]
    relative /= result.settlements.of("total", 0.5)[-1, small]
    assert relative > 3 * ((upper - lower) / middle)[-1]


def test_a_village_of_twelve(parameters):
    # Twelve people of 80 and more: in thirty years hardly anybody can be left, and nobody divides by nobody.
    people = np.zeros((2, 2, 2, 18))
    people[:, 0, 1, 16:] = 6
    people[:, 1] = 30
    ids = ("oku", "machi")
    nan = np.full(2, np.nan)
    settlements = Settlements(ids, ids, ("a", "b"), nan, nan, np.array([8.0, 500.0]), ("counted",) * 2)
    result = project_with_draws(
        population(people, [2019, 2024], ids=ids), MunicipalSeries(), [2034, 2054], parameters, settlements, draws=300
    )
    chance = result.settlements.chance
    assert chance("nobody")[0, 0] == 0
    assert chance("nobody")[2, 0] > chance("nobody")[1, 0]
    assert chance("few_people")[:, 0].tolist() == [1, 1, 1]
    # 8 households of 1.5 people: nine or fewer are there from the start; 500 households are more
    assert chance("few_households")[0].tolist() == [1, 0]
    assert chance("half_over_65")[0].tolist() == [1, 0]
    assert result.districts.unit_ids == ("a", "b")
    np.testing.assert_array_equal(result.districts.quantiles[:, 0, :, 0], result.settlements.quantiles[:, 0, :, 0])

    told, words = compare_prognosis(result, {"oku": "within_10_years", "machi": "for_now"}, 2034)
    assert [(row.name, row.settlements) for row in told] == [("within_10_years", 1), ("for_now", 1)]
    assert told[0].nobody_mean == chance("nobody")[1, 0]
    assert "12.6" in words.to("ja")
    with pytest.raises(InputError) as error:
        compare_prognosis(result, {"nowhere": "gone"}, 2033)
    assert len(error.value.faults) == 3
    assert nobody_year(result, chance=0.01)[1] is None


def test_number_of_draws_is_checked(parameters):
    table = population(np.ones((1, 1, 2, 18)), [2024])
    with pytest.raises(InputError):
        project_with_draws(table, MunicipalSeries(), [2030], parameters, draws=0)


def test_base_year_alone(parameters):
    table = population(np.ones((1, 1, 2, 18)), [2024])
    result = project_with_draws(table, MunicipalSeries(), [2024], parameters, draws=5)
    assert result.settlements.of("total", 0.5).tolist() == [[36]]
    assert counts(result.projection.population).total.tolist() == [[36]]
