"""What benchmarks/backtest.py reports and docs/methods/population.md prints must go on to be true."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from musubime.parameters import load
from musubime.population.ages import AgePattern
from musubime.region import FIVE_YEAR_AGES, Population

BENCHMARK = Path(__file__).resolve().parents[2] / "benchmarks" / "backtest.py"


@pytest.fixture(scope="module")
def backtest():
    spec = importlib.util.spec_from_file_location("backtest", BENCHMARK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["backtest"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def known_cases(backtest, shared):
    return backtest.cases(shared)


@pytest.mark.filterwarnings("ignore:The xlrd engine")
def test_no_case_sees_its_target(known_cases):
    for case in known_cases:
        assert max(case.known) < case.target
        assert case.past.dates[-1] < case.table.dates[case.target]
        if case.municipal is not None:
            assert case.municipal.dates[-1] < case.past.dates[-1]


@pytest.mark.filterwarnings("ignore:The xlrd engine")
def test_totals_are_told_better_than_by_naive_ways(backtest, known_cases):
    parameters = load()
    for case in known_cases:
        truth = case.table.people[case.target].sum(axis=(1, 2))
        off = {
            name: backtest.errors(truth, backtest.TELLERS[name](case, parameters).sum(axis=(1, 2)))["mape"]
            for name in ("musubime", "constant", "linear")
        }
        assert off["musubime"] < off["constant"], case.name
        if not case.name.startswith("Mine 8, 2020-22"):  # the prison: docs/methods/population.md
            assert off["musubime"] < off["linear"], case.name


@pytest.mark.filterwarnings("ignore:The xlrd engine")
def test_intervals_hold_what_they_say(backtest, known_cases):
    inside = [backtest.coverage(case, {}, draws=800) for case in known_cases]
    for chosen in (slice(0, 7), slice(7, None)):  # registers, censuses
        share = {key: 100 * np.concatenate([i[key] for i in inside[chosen]]).mean() for key in inside[0]}
        assert 75 <= share["total_80"] <= 85
        assert 92 <= share["total_95"] <= 98


@pytest.mark.filterwarnings("ignore:The xlrd engine")
def test_no_place_has_a_part_in_its_own_spreads(backtest, known_cases):
    few = [case for case in known_cases if case.family in ("iwakuni", "mine", "onoda")]
    def turned(case):
        return replace(case, table=replace(case.table, people=case.table.people[:, :, :, ::-1]))

    strange = [turned(case) if case.family == "mine" else case for case in few]
    right, wrong = (backtest.spreads_elsewhere(found, load()) for found in (few, strange))
    assert right["mine"] == wrong["mine"]
    assert right["iwakuni"] != wrong["iwakuni"]  # 美祢 upside down, oldest for youngest, does change what others get
    assert backtest.apart("iwakuni") >= {"former", "岩国市"}  # the same people, counted by the census


@pytest.mark.filterwarnings("ignore:The xlrd engine")
def test_spreads_of_invented_places_come_back(backtest):
    """2,000 places, 400 people a sex and group, four periods: lasting sd 0.10, passing 0.08, chance 1; Student's t."""
    rng = np.random.default_rng(3)
    units, periods, people = 2_000, 4, 400.0 * 2 * 3  # the band 0-14: two sexes, three groups
    degrees = backtest.DEGREES
    wild = np.sqrt((degrees - 2) / rng.chisquare(degrees, units))  # of a unit's all deviations, mean square 1
    lasting = rng.normal(0, 0.10, units)
    seen = [
        people * (1 + wild * (lasting + rng.normal(0, 0.08, units) + rng.normal(0, 1 / np.sqrt(people), units)))
        for _ in range(periods)
    ]
    names = tuple(f"u{i}" for i in range(units))
    found = []
    for one in seen:  # every period starts anew with 400 in each group
        pair = np.full((2, units, 2, 18), 400.0)
        pair[1, :, :, 1:4] = (one / 6)[:, None, None]
        table = Population(names, (2000, 2005), (10, 10), FIVE_YEAR_AGES, pair)
        found.append(backtest.observed_ratios(table, AgePattern.of(load()), 0))
    steps, y, expected = (np.concatenate([one[k] for one in found], axis=-1) for k in range(3))
    told = backtest.fitted([(steps, y, expected)])
    assert told[0] == pytest.approx(0.10, rel=0.15)
    assert np.hypot(told[1], np.sqrt(told[2] / people)) == pytest.approx(np.hypot(0.08, np.sqrt(1 / people)), rel=0.15)


@pytest.mark.filterwarnings("ignore:The xlrd engine")
def test_naras_meshes_agree_in_shape(backtest, shared):
    told = backtest.mesh_comparison(shared, load())
    assert told["correlation"] > 0.999
    assert abs(told["ours_2050"] / told["theirs_2050"] - 1) < 0.05
