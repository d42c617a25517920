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
from musubime.siting import _windows as windows
from musubime.siting._engine import Clock, Proof, cut_below, dense_lists, improve, lagrange_root, raise_prices, views
from musubime.siting._merge import Pool
from musubime.siting._prove import fill, prove

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


def plain_median(cost: np.ndarray, weight: np.ndarray, p: int, must: tuple[int, ...]) -> float:
    counted = cost[weight > 0] * weight[weight > 0][:, None]
    return plain_best(counted, np.full(len(counted), np.inf), np.zeros(cost.shape[1]), p, p, must)


TABLES = {  # kinds of costs that trip proofs: ties, decimals, halves, sites on one point, sums beyond whole numbers
    "ties": lambda rng, n, m: rng.integers(0, 4, (n, m)).astype(float),
    "real": lambda rng, n, m: rng.random((n, m)) * 100,
    "halves": lambda rng, n, m: np.floor(rng.exponential(10, (n, m))) + 0.5,
    "one point": lambda rng, n, m: np.repeat(rng.integers(0, 50, (n, 1 + m // 2)), 2, axis=1)[:, :m].astype(float),
    "huge": lambda rng, n, m: rng.integers(0, 1000, (n, m)) * 1e9,
    "nothing": lambda rng, n, m: np.zeros((n, m)),
}


@given(st.integers(0, 2**32), st.sampled_from(sorted(TABLES)), st.sampled_from([0.0, 0.15, 0.5]), st.integers(0, 3))
@settings(max_examples=150, deadline=None)
def test_medians_of_every_kind_agree_with_every_choice(seed: int, kind: str, cut: float, weights: int) -> None:
    """Weights of all sorts, pairs without a way, sites that must stay, a start that is wrong or right."""
    rng = np.random.default_rng(seed)
    n, m = (int(v) for v in rng.integers(1, 9, 2))
    cost = TABLES[kind](rng, n, m)
    cost[rng.random((n, m)) < cut] = np.inf
    weight = [np.ones(n), rng.integers(0, 3, n).astype(float), rng.random(n), rng.integers(1, 10**6, n) * 1.0][weights]
    p = int(rng.integers(1, m + 1))
    must = tuple(int(j) for j in rng.choice(m, rng.integers(0, p + 1), replace=False)) if rng.random() < 0.4 else ()
    start = tuple(int(j) for j in rng.choice(m, rng.integers(0, m + 1), replace=False)) if rng.random() < 0.4 else None
    best = plain_median(cost, weight, p, must)
    found = solve_p_median(PMedian(cost, weight, p, must), seconds=20, start=start, seed=seed)
    if np.isinf(best):
        assert found.status == "infeasible"
        assert found.why()
        return
    assert found.status == "optimal"
    assert len(found.open) == p
    assert set(must) <= set(found.open)
    assert found.objective == pytest.approx(best, rel=4e-7, abs=1e-9)
    assert best * (1 - 4e-7) - 1e-9 <= found.bound <= best * (1 + 1e-12) + 1e-9
    served = cost[:, list(found.open)].min(axis=1)
    for i in range(n):  # the closest open site serves, or nobody can
        assert served[i] == (cost[i, found.assigned[i]] if found.assigned[i] >= 0 else np.inf)


def plain_program(cost: np.ndarray, weight: np.ndarray, p: int) -> float:
    """The textbook program in HiGHS: a column for each pair, inf where it has no answer."""
    from scipy import optimize, sparse

    n, m = cost.shape
    i, j = np.nonzero(np.isfinite(cost))
    pairs = len(i)
    once = sparse.coo_array((np.ones(pairs), (i, m + np.arange(pairs))), shape=(n, m + pairs)).tocsr()
    opened = sparse.coo_array(
        (np.repeat([1.0, -1.0], pairs), (np.tile(np.arange(pairs), 2), np.concatenate([m + np.arange(pairs), j]))),
        shape=(pairs, m + pairs)).tocsr()
    count = sparse.csr_array(np.concatenate([np.ones(m), np.zeros(pairs)])[None])
    answer = optimize.milp(
        np.concatenate([np.zeros(m), cost[i, j] * weight[i]]),
        constraints=[optimize.LinearConstraint(once, 1, 1), optimize.LinearConstraint(opened, -np.inf, 0),
                     optimize.LinearConstraint(count, p, p)],
        integrality=np.concatenate([np.ones(m), np.zeros(pairs)]), bounds=optimize.Bounds(0, 1),
        options={"mip_rel_gap": 0})
    return float(answer.fun) if answer.status == 0 else float("inf")


@pytest.mark.parametrize("seed", range(24))
def test_medians_agree_with_the_textbook_program(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(20, 60)), int(rng.integers(8, 30))
    a, b = rng.random((n, 2)), rng.random((m, 2))
    cost = np.hypot(*(a[:, None] - b[None]).transpose(2, 0, 1)) * 1000
    cost = np.floor(cost) if seed % 2 else cost
    cost[rng.random((n, m)) < 0.4 * (seed % 3 == 0)] = np.inf
    weight = rng.integers(1, 50, n).astype(float)
    p = int(rng.integers(2, 9))
    best = plain_program(cost, weight, p)
    found = solve_p_median(PMedian(cost, weight, p), seconds=30)
    assert found.is_feasible() == np.isfinite(best)
    if found.is_feasible():
        assert found.objective == pytest.approx(best, rel=2e-6)
        assert found.bound <= best * (1 + 1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_the_closest_site_program_alone_bounds_and_finds_the_optimum(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # holes on a grid: many equal distances, so that lists end amid equals; solved from inside, as large programs are
    monkeypatch.setattr(windows, "INTERIOR", 0)
    rng = np.random.default_rng(seed)
    cells = rng.choice(64, 26, replace=False)
    xy = np.stack([cells % 8, cells // 8], axis=1) * 100.0
    cost = np.floor(np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)))
    p = int(rng.integers(2, 7))
    best = plain_program(cost, np.ones(26), p)
    lists = dense_lists(cost, lo=p, hi=p)
    nobody = np.zeros(26, dtype=bool)
    first = fill(nobody, lists, nobody, nobody, seed)  # a poor start, so that the program itself must find better
    proof = Proof(first, float(cost[:, first].min(axis=1).sum()), 0.0)
    root, _ = lagrange_root(lists, cut_below(proof.value, True, 0.0), nobody, nobody)
    for _ in range(6):
        windows.closest_site_program(
            proof, root, lists, nobody, gap=0.0, clock=Clock(60.0), seconds=30.0, seed=seed)
        assert proof.bound <= best + 1e-9
    assert (proof.value, proof.bound) == (best, best)


@given(st.integers(0, 10_000), st.integers(1, 40))
@settings(max_examples=30, deadline=None)
def test_prices_raised_in_parts_are_those_raised_at_once(seed: int, part: int) -> None:
    cost, rng = random_world(seed, 12, 9)
    cost = np.where(np.isinf(cost), 40.0, cost)
    lists = dense_lists(cost, lo=3, hi=3)
    given = rng.uniform(0, 15, 12)
    seen = views(lists, given)
    answers = []
    for rounds in (200, part):
        price, fix, group = given.copy(), np.full(9, -1, np.int8), np.full(9, -1)
        often, chosen = np.zeros(9), np.zeros(9, np.int8)
        direction, best_price, state = np.zeros(12), price.copy(), np.array([-np.inf, 1.0, 0.0, 0.0, 0.0])
        while state[4] == 0 and state[3] < 200:
            kernels.lagrange(
                lists.ptr, lists.site, lists.cost, seen.ptr, seen.client, seen.cost, seen.matrix, lists.top,
                lists.open_cost, 3, 3, price, fix, group, 0, 1e9, min(rounds, 200 - int(state[3])), 10, 0.6, 0.001,
                often, chosen, direction, best_price, state,
            )
        answers.append((state.tolist(), best_price.tolist(), often.tolist(), fix.tolist()))
    assert answers[0] == answers[1]


@given(st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_children_keep_what_both_parents_have_and_the_rules(seed: int) -> None:
    rng = np.random.default_rng(seed)
    m = int(rng.integers(4, 15))
    p = int(rng.integers(1, m - 1))
    lists = dense_lists(rng.random((6, m)), lo=p, hi=p)
    must, never = np.zeros(m, bool), np.zeros(m, bool)
    must[: int(rng.integers(0, p + 1))] = True
    never[m - int(rng.integers(0, m - p)) :] = True
    sets = [fill(rng.random(m) < 0.5, lists, must, never, seed + k) for k in range(2)]
    for child in (*sets, Pool(lists, must | never, must, seed).child(*sets)):
        assert child.sum() == p
        assert not (must & ~child).any()
        assert not (never & child).any()
    assert not (sets[0] & sets[1] & ~child).any()


def test_the_same_seed_gives_the_same_answer() -> None:
    rng = np.random.default_rng(5)
    xy = rng.random((150, 2))
    cost = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    first, second = (solve_p_median(PMedian(cost, np.ones(150), 6), seed=4) for _ in range(2))
    assert (first.open, first.objective, first.bound) == (second.open, second.objective, second.bound)


def test_progress_tells_a_value_and_a_bound_that_close_in() -> None:
    rng = np.random.default_rng(6)
    xy = rng.random((200, 2))
    cost = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    told: list[tuple[float, float]] = []
    found = solve_p_median(PMedian(cost, np.ones(200), 5), progress=lambda _, value, bound: told.append((value, bound)))
    assert told
    assert all(bound <= found.objective + 1e-9 <= value + 2e-9 for value, bound in told)


def test_no_time_still_gives_sites_and_an_honest_gap() -> None:
    rng = np.random.default_rng(7)
    cost = np.floor(rng.random((300, 300)) * 1000)
    found = solve_p_median(PMedian(cost, np.ones(300), 10), seconds=0.0)
    assert found.status == "feasible"
    assert found.objective == cost[:, list(found.open)].min(axis=1).sum()
    assert found.bound < found.objective
    assert found.gap == pytest.approx(1 - found.bound / found.objective)


def test_all_sites_and_one_site() -> None:
    everywhere = solve_p_median(PMedian(ROAD, PEOPLE, 4))
    assert (everywhere.objective, everywhere.bound, everywhere.open) == (0, 0, (0, 1, 2, 3))
    with_must = solve_p_median(PMedian(ROAD, PEOPLE, 1, must=(3,)))
    assert (with_must.objective, with_must.open) == (470, (3,))


def lists_of(**changes: object) -> NearLists:
    good: dict[str, object] = {
        "ptr": np.array([0, 2, 4]), "site": np.array([0, 1, 1, 0], np.int32), "cost": np.array([0.0, 2.0, 1.0, 3.0]),
        "sites": 2,
    }
    return NearLists(**(good | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(("changes", "field"), [
    ({"ptr": np.array([0, 2])}, "ptr"), ({"ptr": np.array([0, 3, 2, 4])}, "ptr"),
    ({"site": np.array([0, 1, 1, 2], np.int32)}, "site"), ({"cost": np.array([0.0, np.nan, 1.0, 3.0])}, "cost"),
    ({"cost": np.array([0.0, 2.0, 3.0, 1.0])}, "cost"), ({"site": np.array([0, 0, 1, 0], np.int32)}, "site"),
])
def test_lists_that_would_give_a_wrong_bound_are_refused(changes: dict[str, object], field: str) -> None:
    assert solve_p_median(PMedian(lists_of(), np.ones(2), 1)).objective == 3
    with pytest.raises(InputError) as caught:
        solve_p_median(PMedian(lists_of(**changes), np.ones(2), 1))
    assert [fault.field for fault in caught.value.faults] == [field]


def test_a_start_beyond_the_sites_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        solve_p_median(PMedian(ROAD, PEOPLE, 1), start=(4,))
    assert caught.value.faults[0].field == "start"


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
