"""Facility location: hand-counted worlds, every choice tried, published optima, why there is none, bad input."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_facility import (
    plain_capacity_bound,
    plain_knapsack,
    plain_knapsack_of_parts,
    plain_location,
    plain_single,
)

from musubime.errors import InputError
from musubime.siting import FacilityLocation, SiteSolution, solve_facility_location
from musubime.siting import _facility_kernels as fk
from musubime.siting import _facility_search as fs
from musubime.siting import _kernels as kernels

# Two settlements A (6 people) and B (4), sites at A, at B and between: cost of all people's ways.
COST = np.array([[0.0, 12.0, 6.0], [8.0, 0.0, 4.0]])
PEOPLE = np.array([6.0, 4.0])
RENT = np.array([5.0, 5.0, 3.0])


def test_without_capacity_one_site_between_is_cheapest_until_ways_weigh_more() -> None:
    # A alone 5 + 8 = 13; B alone 5 + 12 = 17; between 3 + 10 = 13; A and B 10; A and between 8 + 4 = 12
    found = solve_facility_location(FacilityLocation(COST, RENT))
    assert (found.open, found.objective, found.bound, found.status) == ((0, 1), 10, 10, "optimal")
    assert found.assigned.tolist() == [0, 1]
    # exactly one: 13 with A or between
    assert solve_facility_location(FacilityLocation(COST, RENT, p=1)).objective == 13
    # the one between stands already: with it A: 8 + 0 + 4 = 12, B: 8 + 6 = 14, all three 13, alone 13
    kept = solve_facility_location(FacilityLocation(COST, RENT, must=(2,)))
    assert (kept.open, kept.objective) == ((0, 2), 12)


def test_capacity_splits_a_settlement_or_must_not() -> None:
    # A holds 5 of A's 6 people. Split: A and B open (10), one sixth of A goes to B, whose 4 + 1 fit into 5: + 2 = 12.
    # A, between (8): B between 4, one sixth of A between 1: 13. So 12.
    room = np.array([5.0, 5.0, 9.0])
    split = solve_facility_location(FacilityLocation(COST, RENT, PEOPLE, room))
    assert (split.open, split.objective, split.status) == ((0, 1), pytest.approx(12), "optimal")
    assert split.flow is not None
    assert split.flow[0] == pytest.approx([5 / 6, 1 / 6, 0])
    # Whole: A's six people fit only between (9); B's four do not fit there as well (10 > 9): B 5 + 3 + 6 = 14.
    whole = solve_facility_location(FacilityLocation(COST, RENT, PEOPLE, room, single=True))
    assert (whole.open, whole.objective, whole.bound) == ((1, 2), 14, 14)
    assert whole.assigned.tolist() == [2, 1]


def random_world(seed: int, n: int = 6, m: int = 4) -> tuple[FacilityLocation, np.random.Generator]:
    """Whole and broken numbers, pairs without a way, no demand, a little or a lot of room, ties."""
    rng = np.random.default_rng(seed)
    cost = rng.integers(0, 12, (n, m)) * (1.0 if rng.random() < 0.5 else 0.37)
    cost[rng.random((n, m)) < 0.15 * rng.integers(0, 2)] = np.inf
    demand = rng.integers(0, 6, n).astype(float)
    capacity = rng.integers(1, 12, m).astype(float)
    if rng.random() < 0.2:
        capacity[rng.integers(m)] = np.inf
    open_cost = rng.integers(0, 9, m) * float(rng.integers(0, 2))
    p = int(rng.integers(1, m + 1)) if rng.random() < 0.5 else None
    must = (int(rng.integers(m)),) if rng.random() < 0.4 else ()
    return FacilityLocation(cost, open_cost, demand, capacity, bool(rng.random() < 0.6), p, must), rng


def recount(problem: FacilityLocation, found: SiteSolution) -> float:
    """The objective from what the answer says, every rule checked."""
    n, m = problem.cost.shape
    share = np.zeros((n, m))
    share[np.arange(n), found.assigned] = 1
    share = share if found.flow is None else found.flow
    assert share.sum(axis=1) == pytest.approx(np.ones(n))
    assert not share[:, [j for j in range(m) if j not in found.open]].any()
    assert np.isfinite(problem.cost[share > 0]).all()
    if problem.capacity is not None and problem.demand is not None:
        assert (problem.demand @ share <= problem.capacity + 1e-6).all()
    assert set(problem.must) <= set(found.open)
    assert problem.p is None or len(found.open) == problem.p
    return float(problem.open_cost[list(found.open)].sum() + np.where(share > 0, problem.cost, 0)[share > 0]
                 @ share[share > 0])


@given(st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_no_choice_beats_the_proven_one(seed: int) -> None:
    problem, _ = random_world(seed)
    assert problem.demand is not None
    assert problem.capacity is not None
    room = np.minimum(problem.capacity, 1e3)
    best = plain_location(problem.cost, problem.open_cost, problem.demand, room, single=problem.single, p=problem.p,
                          must=problem.must)
    found = solve_facility_location(problem, seconds=20)
    assert found.is_feasible() == np.isfinite(best), (found.status, found.why())
    if found.is_feasible():
        assert found.objective == pytest.approx(best)
        assert found.objective == pytest.approx(recount(problem, found))
        assert found.status == "optimal"
        assert found.bound <= best + 1e-6
    else:
        assert found.status == "infeasible"
        assert found.why()


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("few", [-1, 6])
def test_branching_alone_proves_what_every_choice_says(seed: int, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program that settles small worlds at once is kept away, so that parts and leaves are what proves."""
    monkeypatch.setattr("musubime.siting._facility_root.SHORT_PROGRAM", -1)
    monkeypatch.setattr("musubime.siting._facility_branch.FEW_PAIRS", few)
    monkeypatch.setattr("musubime.siting._facility_branch.NODE_ROUNDS", 5)
    problem, _ = random_world(seed, 6, 5)
    assert problem.demand is not None
    assert problem.capacity is not None
    best = plain_location(problem.cost, problem.open_cost, problem.demand, np.minimum(problem.capacity, 1e3),
                          single=problem.single, p=problem.p, must=problem.must)
    found = solve_facility_location(problem, seconds=20)
    assert found.is_feasible() == np.isfinite(best)
    if found.is_feasible():
        assert (found.objective, found.status) == (pytest.approx(best), "optimal")
        assert found.bound <= best + 1e-6
        assert found.objective == pytest.approx(recount(problem, found))


@given(st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_those_named_in_conflict_are_a_conflict_and_without_any_one_of_them_there_is_none(seed: int) -> None:
    problem, rng = random_world(seed)
    assert problem.demand is not None
    assert problem.capacity is not None
    tight = replace(problem, capacity=rng.integers(1, 6, len(problem.capacity)).astype(float))
    found = solve_facility_location(tight, seconds=20)
    who = list(found.conflict_clients)
    if found.is_feasible() or len(who) < 2 or found.why()[0].template.startswith("{count} clients each"):
        return
    assert tight.demand is not None
    assert tight.capacity is not None

    def can(clients: list[int]) -> bool:
        assert tight.demand is not None
        assert tight.capacity is not None
        return bool(np.isfinite(plain_location(
            tight.cost[clients], tight.open_cost, tight.demand[clients], tight.capacity, single=tight.single,
            p=tight.p, must=tight.must)))

    if not np.isinf(tight.cost[who]).all(axis=1).any():
        assert not can(who)
        for one in who:
            assert can([i for i in who if i != one])


@given(st.integers(0, 10**6))
@settings(max_examples=80, deadline=None)
def test_the_knapsacks_agree_with_every_choice(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 10))
    cost = rng.integers(0, 12, n) * 0.7
    price = rng.integers(0, 15, n) * 0.9
    demand = rng.integers(0, 6, n).astype(float)
    room = float(rng.integers(0, 14))
    for single in (False, True):
        who, share = np.empty(n, np.int32), np.empty(n)
        count, value, parts, worth = fk.fill_site(
            cost, price, demand, room, single, 10**6, -1, who, np.empty(n), np.empty(n), share, np.empty(n, bool),
            np.empty(n, bool))
        gain = price - cost
        fits = (gain > 0) & (~np.array(single) | (demand <= room))
        loose = plain_knapsack_of_parts(gain[fits], demand[fits], room)
        exact = plain_knapsack(gain[fits], demand[fits], room) if single else loose
        assert value == pytest.approx(exact)
        assert parts == pytest.approx(loose)
        assert worth >= 0
        taken = share[:count]
        assert float(gain[who[:count]] @ taken) == pytest.approx(value)
        assert float(demand[who[:count]] @ taken) <= room + 1e-9


@given(st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_the_lagrangian_kernel_gives_the_plain_bound_and_its_fixings_keep_the_best(seed: int) -> None:
    problem, rng = random_world(seed)
    assert problem.demand is not None
    assert problem.capacity is not None
    cost = np.where(np.isinf(problem.cost), 50.0, problem.cost)
    room = np.minimum(problem.capacity, 100.0)
    n, m = cost.shape
    lo = min(problem.p or 1, m - 1)
    hi = min(problem.p or m, m - 1)  # at m the room needed in all is reckoned in as well
    best = min(
        plain_location(cost, problem.open_cost, problem.demand, room, single=problem.single, p=p)
        for p in range(lo, hi + 1))
    price = rng.uniform(0, 15, n)
    fix = np.full(m, kernels.FREE, np.int8)
    by_site = np.ascontiguousarray(cost.T)
    cut = best + 0.5 if np.isfinite(best) else 1e6

    def kernel(most: int, price: np.ndarray, fix: np.ndarray) -> float:
        bound, _, _ = fk.lagrange_capacity(
            by_site, problem.demand, room, problem.open_cost, problem.single, lo, hi, price, fix, cut, 1.0, 20, most,
            0.6, 0.002, 10**6, np.zeros(m), np.zeros(m, np.int8))
        return float(bound)

    plain = plain_capacity_bound(cost, problem.open_cost, problem.demand, room, price, single=problem.single, lo=lo,
                                 hi=hi)
    assert kernel(1, price.copy(), fix.copy()) == pytest.approx(plain)
    assert plain <= best + 1e-9
    assert kernel(300, price, fix) <= best + 1e-9
    bounds, of_site, bound = fk.pair_bounds(
        by_site, problem.demand, room, problem.open_cost, lo, hi, price, fix, cut, 10**6, problem.single)
    assert bound <= best + 1e-9
    if not np.isfinite(best) or not problem.single:
        return
    # every solution below the cut stays inside what is left, and costs at least what each of its pairs is bounded by
    for size in range(lo, hi + 1):
        for sites in combinations(range(m), size):
            part = list(sites)
            fixed = float(problem.open_cost[part].sum())
            value = fixed + plain_single(cost[:, part], problem.demand, room[part])
            if value <= cut:
                assert (fix[part] != kernels.SHUT).all()
                assert set(np.flatnonzero(fix == kernels.OPEN)) <= set(part)
                assert (of_site[part] <= value + 1e-9).all()
    i, j = int(rng.integers(n)), int(rng.integers(m))
    forced = cost.copy()
    forced[i, [q for q in range(m) if q != j]] = np.inf
    least = min(
        plain_location(forced, problem.open_cost, problem.demand, room, single=True, p=p) for p in range(lo, hi + 1))
    assert fix[j] == kernels.SHUT or bounds[j, i] <= least + 1e-9


@given(st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_local_search_says_what_its_assignment_costs(seed: int) -> None:
    problem, _ = random_world(seed, 9, 6)
    assert problem.demand is not None
    assert problem.capacity is not None
    cost = np.where(np.isinf(problem.cost), 500.0, problem.cost)
    n, m = cost.shape
    lo, hi = problem.p or 1, problem.p or m
    start = np.zeros(m, bool)
    start[: max(lo, 2 if hi > 1 else 1)] = True
    assigned = np.empty(n, np.int64)
    fs.assign_all(cost, problem.demand, problem.capacity, start, 3.0, assigned)
    can_move = np.ones(m, bool)
    can_move[0] = False
    now, goes = start.copy(), assigned.copy()
    value, excess, _ = fs.search_single(
        cost, problem.demand, problem.capacity, problem.open_cost, lo, hi, can_move,
        np.argsort(cost, axis=1).astype(np.int64), 3.0, now, goes, start, assigned, 200, 0.05, 0.0, seed % 1000)
    assert lo <= now.sum() <= hi
    assert now[goes].all()
    load = np.bincount(assigned, weights=problem.demand, minlength=m)
    assert start[0]
    assert lo <= start.sum() <= hi
    assert start[assigned].all()
    assert value == pytest.approx(float(problem.open_cost[start].sum() + cost[np.arange(n), assigned].sum()))
    assert excess == pytest.approx(float(np.maximum(load - problem.capacity, 0).sum()))


def test_a_settlement_larger_than_every_building_is_named() -> None:
    found = solve_facility_location(
        FacilityLocation(COST, RENT, np.array([60.0, 4.0]), np.array([50.0, 50.0, 9.0]), single=True))
    assert (found.status, found.conflict_clients) == ("infeasible", (0,))
    assert found.why()[0].to("en") == "1 clients each ask for more than any site that reaches them can hold: 0"
    assert "定員" in found.why()[0].to("ja")


def test_too_little_room_in_all_and_within_reach_are_told_apart() -> None:
    short = solve_facility_location(FacilityLocation(COST, RENT, PEOPLE, np.array([3.0, 3.0, 3.0])))
    assert short.why()[0].to("en") == "all clients together ask for 10, and 3 sites hold 9 at most"
    one = solve_facility_location(FacilityLocation(COST, RENT, PEOPLE, np.array([9.0, 9.0, 9.0]), p=1))
    assert [reason.to("en") for reason in one.why()] == [
        "exactly 1 sites", "all clients together ask for 10, and 1 sites hold 9 at most"]
    # five settlements of 4, of which 0, 1 and 2 reach only site 0, which holds 10: three of them ask for 12
    cost = np.array([[1, np.inf], [1, np.inf], [1, np.inf], [1, 1], [np.inf, 1]])
    crowd = solve_facility_location(FacilityLocation(cost, np.ones(2), np.full(5, 4.0), np.array([10.0, 90.0])))
    assert crowd.conflict_clients == (0, 1, 2)
    assert crowd.why()[0].to("en") == (
        "3 clients ask for 12 together, and the 1 sites that reach any of them hold 10: 0, 1, 2")


def test_whole_settlements_that_do_not_fit_together_are_the_fewest() -> None:
    # rooms of 5 and 5; 3, 3 and 3 do not fit whole though 9 <= 10; the fourth, of 1, has nothing to do with it
    found = solve_facility_location(FacilityLocation(
        np.ones((4, 2)), np.ones(2), np.array([3.0, 1.0, 3.0, 3.0]), np.array([5.0, 5.0]), single=True))
    assert found.status == "infeasible"
    assert found.conflict_clients == (0, 2, 3)


def test_every_fault_is_told_at_once() -> None:
    cost = COST.copy()
    cost[0, 1] = np.nan
    with pytest.raises(InputError) as caught:
        solve_facility_location(FacilityLocation(
            cost, np.array([1.0, -2.0, 3.0]), np.array([1.0, np.nan]), np.array([1.0, -1.0, np.inf]), p=9, must=(7,)))
    assert [fault.field for fault in caught.value.faults] == ["cost", "open_cost", "demand", "capacity", "p", "must"]
    with pytest.raises(InputError):
        solve_facility_location(FacilityLocation(COST, RENT, None, np.ones(3)))


def test_nobody_asks_and_everything_on_one_point() -> None:
    nobody = solve_facility_location(FacilityLocation(COST, RENT, np.zeros(2), np.ones(3), single=True, p=2))
    assert (nobody.status, nobody.objective) == ("optimal", 10)
    same = solve_facility_location(
        FacilityLocation(np.zeros((4, 3)), np.zeros(3), np.ones(4), np.full(3, 2.0), single=True, p=2))
    assert (same.status, same.objective, same.gap) == ("optimal", 0, 0)


@pytest.mark.parametrize("number", ["41", "42", "44", "51", "63", "74"])
def test_published_optima_of_warehouse_location(shared: Path, number: str) -> None:
    from musubime.siting.instances import known_values, read_cap

    folder = shared.parent / "bench" / "siting"
    known = known_values(folder / "values.csv")
    read = read_cap(folder / "orlib_cap" / f"cap{number}.txt")
    assert read.open_cost is not None
    found = solve_facility_location(FacilityLocation(read.cost, read.open_cost, read.demand, read.capacity), seconds=60)
    best = known["CFL (multi-source)", f"cap{number}", None]
    assert found.objective == pytest.approx(best, abs=1e-3)
    assert found.bound == pytest.approx(best, rel=1e-6)
    if number == "74":
        free = solve_facility_location(FacilityLocation(read.cost, read.open_cost), seconds=60)
        assert free.objective == pytest.approx(known["UFL", "cap74", None], abs=1e-3)


def test_published_optima_of_the_capacitated_p_median(shared: Path) -> None:
    from musubime.siting.instances import read_pmedcap, read_sjc

    folder = shared.parent / "bench" / "siting" / "cpmp"
    for read, best in ((read_pmedcap(folder / "pmedcap1.txt", 2), 740), (read_sjc(folder / "SJC1.dat"), 17288.99)):
        assert read.open_cost is not None
        problem = FacilityLocation(read.cost, read.open_cost, read.demand, read.capacity, read.single, read.p)
        found = solve_facility_location(problem, seconds=60)
        assert found.objective == pytest.approx(best, abs=0.01)
        assert found.status == "optimal"
        assert found.objective == pytest.approx(recount(problem, found))


def test_the_same_call_gives_the_same_answer(shared: Path) -> None:
    from musubime.siting.instances import read_sjc

    read = read_sjc(shared.parent / "bench" / "siting" / "cpmp" / "SJC1.dat")
    assert read.open_cost is not None
    problem = FacilityLocation(read.cost, read.open_cost, read.demand, read.capacity, True, read.p)
    first, second = (solve_facility_location(problem, seconds=60, seed=3) for _ in range(2))
    assert (first.open, first.objective, first.bound) == (second.open, second.objective, second.bound)
