"""Covering and p-center: every choice tried on small worlds of all kinds, kernels against plain loops."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musubime.errors import InputError
from musubime.siting import MaxCover, PCenter, SetCover, solve_max_cover, solve_p_center, solve_set_cover
from musubime.siting import _kernels as kernels
from musubime.siting._cover_program import needed_rows, needed_sites, small_cover
from musubime.siting._cover_search import reach_search
from musubime.siting.covering import cover_lists


def choices(m: int, p: int, must: tuple[int, ...]) -> list[list[int]]:
    return [list(sites) for sites in combinations(range(m), p) if set(must) <= set(sites)]


def random_world(seed: int) -> tuple[np.random.Generator, int, int, int, tuple[int, ...]]:
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(1, 10)), int(rng.integers(1, 8))
    p = int(rng.integers(1, m + 1))
    must = tuple(int(j) for j in rng.choice(m, int(rng.integers(0, min(p, 3) + 1)), replace=False))
    return rng, n, m, p, must


@given(st.integers(0, 10**6))
@settings(max_examples=80, deadline=None)
def test_maximal_covering_agrees_with_every_choice(seed: int) -> None:
    """Clients whom nobody reaches, weights of zero and broken ones, sites that stand already, p = all sites."""
    rng, n, m, p, must = random_world(seed)
    reach = rng.random((n, m)) < rng.choice([0.1, 0.3, 0.7])
    weight = rng.integers(0, 6, n) * float(rng.choice([1.0, 0.31]))
    best = max(float(weight[reach[:, sites].any(axis=1)].sum()) for sites in choices(m, p, must))
    found = solve_max_cover(MaxCover(reach, weight, p, must), seconds=20, seed=seed % 100)
    assert found.objective == pytest.approx(best)
    assert found.bound == pytest.approx(best, rel=1e-6, abs=1e-6)
    assert len(found.open) == p
    assert set(must) <= set(found.open)
    reached = reach[:, list(found.open)].any(axis=1)
    assert ((found.assigned >= 0) == reached).all()
    assert reach[np.flatnonzero(reached), found.assigned[reached]].all()


@given(st.integers(0, 10**6))
@settings(max_examples=80, deadline=None)
def test_set_covering_agrees_with_every_choice(seed: int) -> None:
    """Equal costs, costs of zero, broken costs, sites that stand already (and are paid), clients out of reach."""
    rng, n, m, _, must = random_world(seed)
    reach = rng.random((n, m)) < rng.choice([0.2, 0.4, 0.7])
    price = rng.choice([np.ones(m), np.full(m, 0.7), rng.integers(0, 5, m), rng.integers(1, 9, m) * 0.37]).astype(float)
    found = solve_set_cover(SetCover(reach, price, must), seconds=20, seed=seed % 100)
    if not reach.any(axis=1).all():
        assert found.status == "infeasible"
        assert found.why()
        return
    best = min(
        float(price[sites].sum()) for p in range(1, m + 1) for sites in choices(m, p, must)
        if reach[:, sites].any(axis=1).all())
    assert found.objective == pytest.approx(best)
    assert found.bound == pytest.approx(best, rel=1e-6, abs=1e-6)
    assert reach[:, list(found.open)].any(axis=1).all()
    assert set(must) <= set(found.open)


@given(st.integers(0, 10**6))
@settings(max_examples=80, deadline=None)
def test_p_center_agrees_with_every_choice(seed: int) -> None:
    """Ties, pairs without a way, sites that stand already, p = all sites."""
    rng, n, m, p, must = random_world(seed)
    cost = rng.integers(0, int(rng.choice([2, 20])), (n, m)) * float(rng.choice([1.0, 0.3]))
    cost[rng.random((n, m)) < rng.choice([0.0, 0.3])] = np.inf
    best = min(float(cost[:, sites].min(axis=1).max()) for sites in choices(m, p, must))
    found = solve_p_center(PCenter(cost, p, must), seconds=20, seed=seed % 100)
    assert found.is_feasible() == np.isfinite(best)
    if found.is_feasible():
        assert (found.objective, found.bound, found.status) == (best, best, "optimal")
        assert len(found.open) == p
        assert set(must) <= set(found.open)
    else:
        assert found.why()


@given(st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_what_is_taken_out_of_a_cover_is_needless(seed: int) -> None:
    rng, n, m, _, must = random_world(seed)
    reach = rng.random((n, m)) < 0.4
    reach[:, 0] |= ~reach.any(axis=1)
    price = rng.integers(1, 4, m).astype(float)

    def least(part: np.ndarray, of: np.ndarray) -> float:
        return min(
            (float(of[list(s)].sum()) for size in range(part.shape[1] + 1)
             for s in combinations(range(part.shape[1]), size) if part[:, list(s)].any(axis=1).all()),
            default=float("inf"))

    best = least(reach, price)
    assert least(reach[needed_rows(reach)], price) == best
    kept = needed_sites(reach, price)
    assert least(reach[:, kept], price[kept]) == best
    standing = np.isin(np.arange(m), must)
    small = small_cover(reach, price, standing)
    with_must = min(
        float(price[sites].sum()) for p in range(1, m + 1) for sites in choices(m, p, must)
        if reach[:, sites].any(axis=1).all())
    assert float(price[small.always].sum()) + least(small.reach, small.open_cost) == with_must


@given(st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_the_search_for_most_reach_says_what_its_sites_reach(seed: int) -> None:
    rng, n, m, p, must = random_world(seed)
    reach = rng.random((n, m)) < 0.4
    reach[0, 0] = True
    lists, weight = cover_lists(reach, rng.integers(1, 6, n).astype(float), p, p)
    ptr, client, _ = kernels.by_site(lists.ptr, lists.site, lists.cost, m)
    fixed = np.isin(np.arange(m), must)
    is_open = fixed.copy()
    is_open[np.flatnonzero(~fixed)[: p - int(fixed.sum())]] = True
    value = reach_search(lists.ptr, lists.site, ptr, client, weight, is_open, fixed, 400, seed % 1000)
    plain = sum(
        float(weight[i]) for i in range(lists.clients)
        if any(is_open[lists.site[q]] for q in range(lists.ptr[i], lists.ptr[i + 1])))
    assert value == pytest.approx(plain)
    assert is_open.sum() == p
    assert (is_open | ~fixed).all()
    # no swap of two sites that are not fixed reaches more
    for out in np.flatnonzero(is_open & ~fixed):
        for into in np.flatnonzero(~is_open):
            other = is_open.copy()
            other[out], other[into] = False, True
            assert sum(float(weight[i]) for i in range(lists.clients)
                       if any(other[lists.site[q]] for q in range(lists.ptr[i], lists.ptr[i + 1]))) <= value + 1e-9


def test_a_larger_cover_is_proven_by_asking_for_one_site_less() -> None:
    # 60 points on a ring, a site at each reaching itself and the next six: ceil(60 / 7) = 9 sites, though 60 / 7 = 8.6
    ring = (np.arange(60)[:, None] - np.arange(60)[None, :]) % 60 < 7
    found = solve_set_cover(SetCover(ring, np.ones(60)), seconds=30)
    assert (found.objective, found.bound, found.status) == (9, 9, "optimal")


def test_faults_are_told_at_once_and_people_nowhere_is_an_answer() -> None:
    with pytest.raises(InputError) as caught:
        solve_max_cover(MaxCover(np.ones((3, 2), bool), np.array([1.0, -1.0, np.nan]), 5, (9,)))
    assert [fault.field for fault in caught.value.faults] == ["weight", "p", "must"]
    assert solve_max_cover(MaxCover(np.zeros((3, 2), bool), np.ones(3), 1)).objective == 0
    assert solve_max_cover(MaxCover(np.ones((3, 2), bool), np.zeros(3), 1)).objective == 0
    alone = solve_set_cover(SetCover(np.array([[True, False], [False, False]]), np.ones(2)))
    assert alone.why()[0].to("en") == "1 clients are reached from no site: 1"
