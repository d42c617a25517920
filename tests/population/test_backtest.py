"""What benchmarks/backtest.py reports and docs/methods/population.md prints must go on to be true."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from musubime.parameters import load

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
def test_naras_meshes_agree_in_shape(backtest, shared):
    told = backtest.mesh_comparison(shared, load())
    assert told["correlation"] > 0.999
    assert abs(told["ours_2050"] / told["theirs_2050"] - 1) < 0.05
