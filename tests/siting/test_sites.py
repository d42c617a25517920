"""p-median, p-center and covering: hand-counted worlds, every choice tried, published optima, bad input."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plain import plain_best, plain_bound, plain_cover, plain_value

from musubime.errors import InputError
from musubime.siting import (
    MaxCover,
    NearLists,
    PCenter,
    PMedian,
    SetCover,
    solve_max_cover,
    solve_p_center,
    solve_p_median,
    solve_set_cover,
)
from musubime.siting import _kernels as kernels
from musubime.siting._engine import Clock, dense_lists, improve, lagrange_root, raise_prices, views
from musubime.siting._prove import prove

# A road with settlements at km 0, 1, 2 and 10 (30, 10, 10 and 20 people): way in km.
ROAD = np.abs(np.subtract.outer([0.0, 1.0, 2.0, 10.0], [0.0, 1.0, 2.0, 10.0]))
PEOPLE = np.array([30.0, 10.0, 10.0, 20.0])


def test_one_median_stands_with_the_many() -> None:
    # at 0: 10 + 20 + 200 = 230; at 1: 30 + 10 + 180 = 220; at 2: 60 + 10 + 160 = 230; at 10: 300 + 90 + 80 = 470
    found = solve_p_median(PMedian(ROAD, PEOPLE, 1))
    assert (found.open, found.objective, found.bound, found.status) == ((1,), 220, 220, "optimal")


def test_two_medians_and_a_site_that_stands_already() -> None:
    # 0 and 10: 10 + 20 = 30. With 2 open already: 0 or 10 beside it: 2, 10: 60 + 10 = 70; 0, 2: 10 + 160 = 170
    assert solve_p_median(PMedian(ROAD, PEOPLE, 2)).objective == 30
    kept = solve_p_median(PMedian(ROAD, PEOPLE, 2, must=(2,)))
    assert (kept.open, kept.objective) == ((2, 3), 70)
    assert kept.assigned.tolist() == [2, 2, 2, 3]


def test_center_cover_and_fewest_sites_of_the_road() -> None:
    # one center: at 2, 8 km from the farthest; two: 1 and 10, 1 km
    assert (solve_p_center(PCenter(ROAD, 1)).objective, solve_p_center(PCenter(ROAD, 2)).objective) == (8, 1)
    within = ROAD <= 1.0
    # one site within 1 km: at 1 reaches 30 + 10 + 10 = 50; two reach all 70, and two are needed
    assert solve_max_cover(MaxCover(within, PEOPLE, 1)).objective == 50
    assert solve_max_cover(MaxCover(within, PEOPLE, 2)).objective == 70
    assert solve_set_cover(SetCover(within, np.ones(4))).objective == 2
    # a site at 1 that costs 5 is dearer than 0 and 2 together with it left out: 0 and 2 and 10 cost 3
    dear = solve_set_cover(SetCover(within, np.array([1.0, 5.0, 1.0, 1.0])))
    assert (dear.objective, dear.open) == (3, (0, 2, 3))


def random_world(seed: int, n: int = 7, m: int = 6) -> tuple[np.ndarray, np.random.Generator]:
    rng = np.random.default_rng(seed)
    cost = rng.integers(0, 12, (n, m)).astype(float)
    cost[rng.random((n, m)) < 0.15] = np.inf
    return cost, rng


@pytest.mark.parametrize("seed", range(30))
def test_no_choice_beats_the_proven_one(seed: int) -> None:
    """All variants of the one problem: opening costs or none, must be served or a miss, bounds on the number."""
    cost, rng = random_world(seed)
    n, m = cost.shape
    miss = np.where(rng.random(n) < 0.5, rng.integers(5, 20, n).astype(float), np.inf)
    open_cost = rng.integers(0, 8, m) * float(rng.integers(0, 2))
    lo = int(rng.integers(1, 4))
    hi = [lo, m][rng.integers(2)]
    best = plain_best(cost, miss, open_cost, lo, hi)
    if np.isinf(best):
        return
    lists = dense_lists(cost, miss=miss, open_cost=open_cost, lo=lo, hi=hi)
    proof = prove(lists, clock=Clock(20.0), seed=seed)
    sites = tuple(np.flatnonzero(proof.is_open))
    assert lo <= len(sites) <= hi
    assert proof.value == pytest.approx(best)
    assert plain_value(cost, miss, open_cost, sites) == pytest.approx(best)
    assert best * (1 - 1e-6) - 1e-9 <= proof.bound <= best + 1e-9


@pytest.mark.parametrize("seed", range(12))
def test_median_center_and_cover_agree_with_every_choice(seed: int) -> None:
    cost, rng = random_world(seed)
    n, m = cost.shape
    weight = rng.integers(0, 5, n).astype(float)
    p = int(rng.integers(1, 4))
    counted = cost[weight > 0] * weight[weight > 0][:, None]
    best = plain_best(counted, np.full(len(counted), np.inf), np.zeros(m), p, p)
    found = solve_p_median(PMedian(cost, weight, p), seconds=20)
    assert found.is_feasible() == np.isfinite(best)
    if found.is_feasible():
        assert found.objective == pytest.approx(best)
        assert found.bound <= best + 1e-9
    else:
        assert found.why()
    reach = cost <= 5
    missed = plain_best(np.where(reach, 0.0, np.inf), weight, np.zeros(m), p, p)
    assert solve_max_cover(MaxCover(reach, weight, p)).objective == pytest.approx(weight.sum() - missed)
    rows = reach[reach.any(axis=1)]
    price = rng.integers(1, 5, m).astype(float)
    assert solve_set_cover(SetCover(rows, price)).objective == pytest.approx(plain_cover(rows, price))
    finite = np.where(np.isinf(cost), 50.0, cost)
    far = min(max(min(finite[i, j] for j in s) for i in range(n))
              for s in __import__("itertools").combinations(range(m), p))
    center = solve_p_center(PCenter(finite, p))
    assert (center.objective, center.bound) == (far, far)


@given(st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_the_lagrangian_kernel_never_goes_above_the_plain_bound(seed: int) -> None:
    """One round of the kernel is the bound at its prices; both of its ways of adding agree with plain loops."""
    cost, rng = random_world(seed)
    cost = np.where(np.isinf(cost), 40.0, cost)
    n, m = cost.shape
    lo = int(rng.integers(1, m))
    hi = int(rng.integers(lo, m + 1))
    open_cost = rng.integers(0, 4, m).astype(float)
    lists = dense_lists(cost, open_cost=open_cost, lo=lo, hi=hi)
    price = rng.uniform(0, 15, n)
    seen = views(lists, price)
    for matrix in (np.empty((m, 0)), kernels.as_matrix(lists.ptr, lists.site, lists.cost, m, 1e300)):
        bound, _, _ = raise_prices(
            lists, replace(seen, matrix=matrix), price.copy(), np.full(m, -1, np.int8), np.full(m, -1), 0, 1e9,
            step=1.0, patience=5, most=1, shrink=0.5, least_step=0.01,
        )
        assert bound == pytest.approx(plain_bound(cost, open_cost, lo, hi, price))


@given(st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_fixings_keep_every_solution_below_the_cut(seed: int) -> None:
    cost, rng = random_world(seed)
    cost = np.where(np.isinf(cost), 40.0, cost)
    n, m = cost.shape
    p = int(rng.integers(1, 4))
    best = plain_best(cost, np.full(n, np.inf), np.zeros(m), p, p)
    lists = dense_lists(cost, lo=p, hi=p)
    root, _ = lagrange_root(lists, best + 0.5, np.zeros(m, bool), np.zeros(m, bool))
    kept = cost[:, root.keep]
    must = tuple(np.flatnonzero(root.fix == kernels.OPEN))
    assert plain_best(kept, np.full(n, np.inf), np.zeros(len(root.keep)), p, p, must) == best


@given(st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_local_search_ends_where_no_swap_helps(seed: int) -> None:
    """The value is that of plain loops, and no swap of one site improves it (Resende and Werneck's neighbourhood)."""
    cost, rng = random_world(seed, 9, 8)
    cost = np.where(np.isinf(cost), 40.0, cost)
    n, m = cost.shape
    p = int(rng.integers(1, 5))
    lists = dense_lists(cost, lo=p, hi=p)
    start = np.zeros(m, bool)
    start[rng.choice(m, p, replace=False)] = True
    found, value = improve(lists, start, np.zeros(m, bool), 0, seed)
    sites = set(np.flatnonzero(found))
    nothing, none = np.full(n, np.inf), np.zeros(m)
    assert value == pytest.approx(plain_value(cost, nothing, none, tuple(sites)))
    for out in sites:
        for into in set(range(m)) - sites:
            assert plain_value(cost, nothing, none, tuple(sites - {out} | {into})) >= value - 1e-9


def test_a_client_nobody_reaches_is_named() -> None:
    cost = ROAD.copy()
    cost[2] = np.inf
    found = solve_p_median(PMedian(cost, PEOPLE, 2))
    assert found.status == "infeasible"
    assert found.why()[0].to("en") == "1 clients are reached from no site: 2"


def test_too_few_sites_to_reach_everybody_are_told_with_the_number_needed() -> None:
    cost = np.where(ROAD > 5, np.inf, ROAD)
    assert solve_p_median(PMedian(cost, PEOPLE, 2)).objective == 30
    found = solve_p_median(PMedian(cost, PEOPLE, 1))
    assert [reason.to("en") for reason in found.why()] == [
        "exactly 1 sites", "everybody is reached, which takes 2 sites at least",
    ]


def test_short_lists_give_a_bound_for_all_pairs() -> None:
    rng = np.random.default_rng(3)
    xy = rng.random((60, 2))
    cost = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    whole = solve_p_median(PMedian(cost, np.ones(60), 10))
    order = np.argsort(cost, axis=1, kind="stable")[:, :25]
    near = NearLists(np.arange(61) * 25, order.ravel().astype(np.int32), np.take_along_axis(cost, order, 1).ravel(), 60)
    listed = solve_p_median(PMedian(near, np.ones(60), 10))
    assert listed.objective == pytest.approx(whole.objective)
    assert listed.bound <= whole.objective + 1e-9


def test_people_nowhere_or_on_one_point() -> None:
    nobody = solve_p_median(PMedian(ROAD, np.zeros(4), 2))
    assert (nobody.objective, nobody.gap, len(nobody.open)) == (0, 0, 2)
    same = solve_p_median(PMedian(np.zeros((4, 4)), PEOPLE, 2))
    assert (same.objective, same.status) == (0, "optimal")


def test_every_fault_is_told_at_once() -> None:
    cost = ROAD.copy()
    cost[1, 2] = np.nan
    with pytest.raises(InputError) as caught:
        solve_p_median(PMedian(cost, np.array([1.0, -2.0, 3.0, 4.0]), 9, must=(7,)))
    assert [fault.field for fault in caught.value.faults] == ["cost", "weight", "p", "must"]


@pytest.mark.parametrize("number", [1, 6, 9, 16])
def test_published_optima_of_or_library(shared: Path, number: int) -> None:
    from musubime.siting.instances import known_values, read_pmed

    folder = shared.parent / "bench" / "siting"
    known = known_values(folder / "values.csv")
    instance = read_pmed(folder / "orlib_pmed" / f"pmed{number}.txt")
    found = solve_p_median(PMedian(instance.cost, instance.weight, instance.p), seconds=60)
    best = known["p-median", f"pmed{number}", instance.p]
    assert (found.objective, found.bound, found.status) == (best, best, "optimal")
    center = solve_p_center(PCenter(instance.cost, instance.p), seconds=60)
    best = known["p-center", f"pmed{number}", instance.p]
    assert (center.objective, center.bound) == (best, best)


def test_published_optimum_of_a_tsplib_instance(shared: Path) -> None:
    from musubime.siting.instances import read_tsplib

    instance = read_tsplib(shared.parent / "bench" / "siting" / "tsplib" / "rl1304.tsp")
    found = solve_p_median(PMedian(instance.cost, instance.weight, 300), seconds=60)
    assert found.objective == 177326
    assert found.bound == 177326
