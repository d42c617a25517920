"""The tree of maximal covering against every choice on small worlds, against HiGHS on larger ones."""

from __future__ import annotations

from itertools import combinations

import highspy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musubime.siting import MaxCover, solve_max_cover
from musubime.siting._cover_kernels import FREE, OPEN, bound_part
from musubime.siting._cover_tree import _residue, prove_reach
from musubime.siting._engine import Clock
from musubime.siting.covering import cover_lists


def small_world(seed: int) -> tuple[np.ndarray, np.ndarray, int, np.ndarray]:
    """Reach, weights (whole or broken), sites to open, and those that must be."""
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(6, 30)), int(rng.integers(4, 11))
    p = int(rng.integers(1, m))
    reach = rng.random((n, m)) < rng.choice([0.15, 0.3, 0.5])
    reach[~reach.any(axis=1), 0] = True
    must = np.zeros(m, dtype=bool)
    must[rng.choice(m, int(rng.integers(0, min(p, 2) + 1)), replace=False)] = True
    return reach, rng.integers(1, 50, n) * float(rng.choice([1.0, 0.37])), p, must


def every_choice(reach: np.ndarray, weight: np.ndarray, p: int, must: np.ndarray) -> float:
    return max(
        float(weight[reach[:, list(sites)].any(axis=1)].sum())
        for sites in combinations(range(reach.shape[1]), p) if must[list(sites)].sum() == must.sum())


@given(st.integers(0, 10**6))
@settings(max_examples=150, deadline=None)
def test_a_poor_start_ends_at_the_best_of_every_choice(seed: int) -> None:
    """The start is the first sites that are allowed, so that the tree itself has to find what is better."""
    reach, weight, p, must = small_world(seed)
    lists, joined = cover_lists(reach, weight, p, p)
    start = must.copy()
    start[np.flatnonzero(~must)[: p - int(must.sum())]] = True
    proof = prove_reach(lists, joined, start, must, 0.0, Clock(20.0))
    best = every_choice(reach, weight, p, must)
    assert proof.is_open.sum() == p
    assert (proof.is_open | ~must).all()
    assert float(weight[reach[:, proof.is_open].any(axis=1)].sum()) == pytest.approx(best, rel=1e-6)
    missed = float(weight.sum()) - best
    assert proof.value == pytest.approx(missed, abs=1e-6 * weight.sum())
    assert missed - 2e-7 * weight.sum() <= proof.value
    assert proof.bound <= missed + 1e-9  # never more than the truth ...
    assert proof.bound >= missed - 2e-7 * weight.sum()  # ... and all of it: proven


@given(st.integers(0, 10**6), st.integers(1, 60))
@settings(max_examples=100, deadline=None)
def test_the_bound_of_a_part_is_never_below_its_best_and_its_fixings_lose_nothing(seed: int, rounds: int) -> None:
    reach, weight, p, must = small_world(seed)
    whole = _residue(reach, weight, np.zeros(len(must), dtype=bool), np.arange(len(must)), p)
    best = every_choice(reach, weight, p, must)
    fix = np.where(must, OPEN, FREE).astype(np.int8)
    price, keys = 0.5 * whole.weight, np.zeros(len(fix))
    goal = best  # a set that reaches the goal must be left
    bound, chosen = bound_part(whole.ptr, whole.client, whole.weight, p, fix, price, np.zeros(len(fix)),
                               goal * (1 - 1e-9), rounds, 1.0, 20, keys)
    assert bound >= best * (1 - 1e-9)
    assert chosen.sum() == p
    left = [sites for sites in combinations(range(len(fix)), p)
            if (fix[list(sites)] != 2).all() and (fix == OPEN).sum() == (fix[list(sites)] == OPEN).sum()]
    assert max(float(weight[reach[:, list(s)].any(axis=1)].sum()) for s in left) == pytest.approx(best)


def highs_cover(reach: np.ndarray, weight: np.ndarray, p: int) -> float:
    """The textbook program: max w x, x_i <= sum of y_j that reach i, sum y = p."""
    n, m = reach.shape
    h = highspy.Highs()
    h.setOptionValue("output_flag", False)
    h.setOptionValue("mip_rel_gap", 0.0)
    y = [h.addVariable(0, 1, type=highspy.HighsVarType.kInteger) for _ in range(m)]
    x = [h.addVariable(0, 1) for _ in range(n)]
    for i in range(n):
        h.addConstr(x[i] <= sum((y[j] for j in np.flatnonzero(reach[i])), start=0 * y[0]))
    h.addConstr(sum(y, start=0 * y[0]) == p)
    h.maximize(sum((float(weight[i]) * x[i] for i in range(n)), start=0 * x[0]))
    return float(h.getInfo().objective_function_value)


@pytest.mark.parametrize(("seed", "radius", "p"), [(1, 0.14, 9), (2, 0.2, 6), (3, 0.1, 14)])
def test_a_world_of_400_clients_is_proven_as_highs_says(seed: int, radius: float, p: int) -> None:
    rng = np.random.default_rng(seed)
    client, site = rng.random((400, 2)), rng.random((60, 2))
    reach = np.hypot(client[:, None, 0] - site[:, 0], client[:, None, 1] - site[:, 1]) <= radius
    weight = rng.integers(1, 80, 400).astype(float)
    found = solve_max_cover(MaxCover(reach, weight, p), seconds=60)
    assert found.status == "optimal"
    assert found.objective == pytest.approx(highs_cover(reach, weight, p))


def test_without_time_the_bound_still_holds() -> None:
    rng = np.random.default_rng(5)
    client, site = rng.random((400, 2)), rng.random((60, 2))
    reach = np.hypot(client[:, None, 0] - site[:, 0], client[:, None, 1] - site[:, 1]) <= 0.14
    weight = rng.integers(1, 80, 400).astype(float)
    best = highs_cover(reach, weight, 9)
    lists, joined = cover_lists(reach, weight, 9, 9)
    start = np.arange(60) < 9
    proof = prove_reach(lists, joined, start, np.zeros(60, dtype=bool), 0.0, Clock(0.0))
    missed = float(joined.sum()) - best
    assert proof.bound <= missed + 1e-6 <= proof.value + 2e-6
