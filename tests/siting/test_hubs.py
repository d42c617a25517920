"""The hub problem: worlds counted by hand, and tiny worlds in which every decision is tried."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise, product

import numpy as np
import pytest
from siting_worlds import valley_town

from musubime.errors import InputError
from musubime.siting import HubProblem, evaluate, solve_hubs, without_plan


def two_valleys(**changes: object) -> HubProblem:
    """Oku (100 people) and Sawa (60) lie 10 and 20 min from place P, 30 and 5 from Q; one service, one year.

    Nothing exists. A minute costs 1 yen, a user makes 10 trips a year; the limit is 20 min and an unserved
    trip counts 50. A hub costs 1,000, the service 500, either building 200 (P) or 300 (Q).
    """
    base = HubProblem(
        settlement_ids=("Oku", "Sawa"), service_ids=("shop",), place_ids=("P", "Q"), building_ids=("school", "office"),
        years=(2030,), year_weights=np.array([1.0]), users=np.array([[[100.0], [60.0]]]),
        minutes=np.array([[10.0, 30.0], [20.0, 5.0]]), limit_min=np.array([20.0]), trips_per_year=np.array([10.0]),
        existing=np.zeros((2, 1), bool), rescue=np.zeros((2, 1), bool), may_open=np.ones((2, 1), bool),
        min_users=np.array([50.0]), building_place=np.array([0, 1]), floor_m2=np.array([100.0, 100.0]),
        building_cost_jpy=np.array([200.0, 300.0]), service_floor_m2=np.array([80.0]),
        service_cost_jpy=np.array([500.0]), rescue_cost_jpy=np.array([100.0]), hub_cost_jpy=1000.0,
        jpy_per_minute=1.0, unserved_min=50.0, min_services=1,
    )
    return replace(base, **changes)


def test_doing_nothing_counts_every_trip_as_unserved() -> None:
    # 160 users x 10 trips x 2 ways x 50 min x 1 yen = 160,000
    nothing = without_plan(two_valleys())
    assert nothing.objective_jpy == 160_000
    assert nothing.hubs == ()
    assert (nothing.assigned == -1).all()


def test_two_hubs_are_worth_their_cost() -> None:
    # P alone: 100x20x10 + 60x20x20 = 44,000 + 1,700. Both: 20,000 + 60x20x5 = 26,000 + 1,700 + 1,800 = 29,500.
    # Q alone: Oku is 30 min away, unserved: 100x20x50 + 6,000 = 106,000 + 1,800.
    plan = solve_hubs(two_valleys(), gap=0.0)
    assert plan.status == "optimal"
    assert plan.hubs == (0, 1)
    assert plan.objective_jpy == 29_500
    assert plan.cost_jpy == 3_500
    assert plan.building_of.tolist() == [[0], [1]]
    assert plan.assigned.tolist() == [[0], [1]]
    assert plan.bound_jpy == pytest.approx(29_500, rel=1e-5)


def test_one_hub_stands_where_everybody_is_within_the_limit() -> None:
    plan = solve_hubs(two_valleys(hubs=1), gap=0.0)
    assert plan.hubs == (0,)
    assert plan.objective_jpy == 45_700


def test_everybody_goes_to_the_closest_so_the_far_service_loses_its_users() -> None:
    # 110 users are needed. With both open P has 100 and Q 60: neither holds. P alone has 160.
    plan = solve_hubs(two_valleys(min_users=np.array([110.0])), gap=0.0)
    assert plan.hubs == (0,)
    assert plan.objective_jpy == 45_700
    # with two hubs demanded and a service each, nothing meets the 110
    none = solve_hubs(two_valleys(min_users=np.array([110.0]), hubs=2), gap=0.0)
    assert none.status == "infeasible"
    assert len(none.conflict) == 3  # two hubs, one service each, 110 users
    assert "exactly 2 hubs" in [reason.to("en") for reason in none.why()]


def test_what_would_close_is_kept_without_a_hub_when_that_is_cheaper() -> None:
    rescue = np.array([[True], [False]])
    # keeping P's shop costs 100 in place of 1,700: 44,000 + 100; with a hub at Q as well 26,000 + 100 + 1,800 = 27,900
    plan = solve_hubs(two_valleys(rescue=rescue, may_open=~rescue), gap=0.0)
    assert plan.objective_jpy == 27_900
    assert plan.rescued.tolist() == [[True], [False]]
    assert plan.hubs == (1,)
    only_p = solve_hubs(two_valleys(rescue=rescue, may_open=~rescue, budget_jpy=1_000.0), gap=0.0)
    assert (only_p.hubs, only_p.objective_jpy) == ((), 44_100)


def test_a_free_offer_is_never_passed_by() -> None:
    existing = np.array([[True], [False]])
    # Q draws only Sawa (60): 29 km are saved at 60x20x15 = 18,000 for 1,800. With 61 users needed it may not open.
    opened = solve_hubs(two_valleys(existing=existing), gap=0.0)
    assert (opened.hubs, opened.objective_jpy) == ((1,), 26_000 + 1_800)
    refused = solve_hubs(two_valleys(existing=existing, min_users=np.array([61.0])), gap=0.0)
    assert (refused.hubs, refused.objective_jpy) == ((), 44_000)


def test_services_share_a_building_until_it_is_full() -> None:
    # Two services of 80 m2; P has the school (100 m2, 200 yen) and a shop (60 m2, useless), Q nothing.
    base = two_valleys()
    wide = replace(
        base, service_ids=("shop", "post"), users=np.repeat(base.users, 2, axis=2), limit_min=np.full(2, 20.0),
        trips_per_year=np.array([10.0, 1.0]), existing=np.zeros((2, 2), bool), rescue=np.zeros((2, 2), bool),
        may_open=np.array([[True, True], [False, False]]), min_users=np.full(2, 50.0),
        building_place=np.array([0, 0]), floor_m2=np.array([100.0, 60.0]), building_cost_jpy=np.array([200.0, 1.0]),
        service_floor_m2=np.full(2, 80.0), service_cost_jpy=np.full(2, 500.0), rescue_cost_jpy=np.full(2, 100.0),
    )
    plan = solve_hubs(wide, gap=0.0)
    assert plan.building_of.tolist() == [[0, -1], [-1, -1]]  # the shop, with ten times the trips, gets the room
    roomy = solve_hubs(replace(wide, floor_m2=np.array([160.0, 60.0])), gap=0.0)
    assert roomy.building_of.tolist() == [[0, 0], [-1, -1]]
    two_rooms = solve_hubs(replace(wide, floor_m2=np.array([100.0, 90.0])), gap=0.0)
    assert sorted(two_rooms.building_of[0].tolist()) == [0, 1]


def test_nobody_anywhere_needs_no_plan() -> None:
    plan = solve_hubs(two_valleys(users=np.zeros((1, 2, 1))), gap=0.0)
    assert (plan.objective_jpy, plan.gap, plan.hubs) == (0.0, 0.0, ())


def test_places_may_be_forced_and_forbidden() -> None:
    assert solve_hubs(two_valleys(never_hubs=(0,)), gap=0.0).hubs == (1,)
    assert solve_hubs(two_valleys(never_hubs=(0,), hubs=1), gap=0.0).hubs == (1,)
    clash = solve_hubs(two_valleys(never_hubs=(0,), must_hubs=(0,)), gap=0.0)
    assert clash.status == "infeasible"
    assert len(clash.why()) == 2


def test_a_budget_that_two_hubs_exceed_is_named() -> None:
    plan = solve_hubs(two_valleys(hubs=2, budget_jpy=3_499.0), gap=0.0)
    assert [reason.to("en") for reason in plan.why()] == [
        "exactly 2 hubs", "a budget of 3,499 yen a year", "at least 1 services at every hub",
    ]


def test_all_faults_of_a_problem_are_told_at_once() -> None:
    users = np.array([[[np.nan], [-1.0]]])
    with pytest.raises(InputError) as caught:
        solve_hubs(two_valleys(users=users, hub_cost_jpy=-5.0, minutes=np.full((2, 2), np.nan)))
    assert {fault.field for fault in caught.value.faults} == {"users", "hub_cost_jpy", "minutes"}
    with pytest.raises(InputError, match="serving nobody"):
        solve_hubs(two_valleys(unserved_min=10.0))
    with pytest.raises(InputError, match="shape"):
        solve_hubs(two_valleys(limit_min=np.array([1.0, 2.0])))


# ---- every decision tried -------------------------------------------------------------------------------


def plain_count(p: HubProblem, hubs: tuple[int, ...], building: dict, rescued: set) -> float | None:
    """The objective by plain loops, None when a requirement is broken: written from docs/methods/siting.md."""
    if p.hubs not in (None, len(hubs)) or (p.max_hubs is not None and len(hubs) > p.max_hubs):
        return None
    if not set(p.must_hubs) <= set(hubs) or set(p.never_hubs) & set(hubs):
        return None
    cost = p.hub_cost_jpy * len(hubs)
    cost += sum(p.building_cost_jpy[b] for b in set(building.values()))
    cost += sum(p.service_cost_jpy[s] for _, s in building) + sum(p.rescue_cost_jpy[s] for _, s in rescued)
    if p.budget_jpy is not None and cost > p.budget_jpy:
        return None
    for b in set(building.values()):
        if sum(p.service_floor_m2[s] for (_, s), other in building.items() if other == b) > p.floor_m2[b]:
            return None
    places, services = range(len(p.place_ids)), range(len(p.service_ids))
    offers = {(j, s) for j in places for s in services if p.existing[j, s]} | set(building) | rescued
    for j in hubs:
        if sum((j, s) in offers for s in services) < p.min_services:
            return None
    people = dict.fromkeys([*building, *rescued], 0.0)
    travel = 0.0
    for i in range(len(p.settlement_ids)):
        for s in services:
            users = sum(w * u for w, u in zip(p.year_weights, p.users[:, i, s], strict=True))
            near = [(p.minutes[i, j], j) for j in places if (j, s) in offers and p.minutes[i, j] <= p.limit_min[s]]
            minutes = min(near)[0] if near else p.unserved_min
            if near and (min(near)[1], s) in people:
                people[min(near)[1], s] += users
            travel += users * p.trips_per_year[s] * 2 * minutes * p.jpy_per_minute
    if any(count < p.min_users[s] * (1 - 1e-6) for (_, s), count in people.items()):
        return None
    return travel + cost


def all_decisions(p: HubProblem):
    """Every set of hubs with every way to open and keep services."""
    places, services = range(len(p.place_ids)), range(len(p.service_ids))
    for size in range(len(places) + 1):
        for hubs in combinations(places, size):
            pairs, ways = [], []
            for j, s in product(places, services):
                way: list = [None]
                if p.existing[j, s]:
                    continue
                if p.may_open[j, s] and j in hubs:
                    way += [b for b in range(len(p.building_ids)) if p.building_place[b] == j]
                if p.rescue[j, s]:
                    way.append("rescue")
                if len(way) > 1:
                    pairs.append((j, s))
                    ways.append(way)
            for chosen in product(*ways):
                building = {at: b for at, b in zip(pairs, chosen, strict=True) if isinstance(b, int)}
                yield hubs, building, {at for at, b in zip(pairs, chosen, strict=True) if b == "rescue"}


def tiny_world(seed: int) -> HubProblem:
    """6 settlements, 3 places, 2 services, at most 4 buildings; ties, tight floors, thresholds that matter."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 5, (3, 2))
    buildings = int(rng.integers(2, 5))
    return HubProblem(
        settlement_ids=tuple("abcdef"), service_ids=("shop", "post"), place_ids=("P", "Q", "R"),
        building_ids=tuple(f"b{b}" for b in range(buildings)), years=(2030, 2040), year_weights=np.array([0.5, 0.5]),
        users=rng.integers(0, 40, (2, 6, 2)).astype(float),
        minutes=np.where(rng.random((6, 3)) < 0.1, np.inf, rng.integers(1, 8, (6, 3)) * 5.0),
        limit_min=np.array([20.0, 30.0]), trips_per_year=np.array([10.0, 4.0]), existing=kind == 0,
        rescue=(kind == 1) | (kind == 2), may_open=kind >= 2, min_users=rng.integers(0, 3, 2) * 25.0,
        building_place=np.sort(rng.integers(0, 3, buildings)),
        floor_m2=rng.choice([50.0, 100.0, 150.0, np.inf], buildings),
        building_cost_jpy=rng.integers(1, 5, buildings) * 500.0, service_floor_m2=np.array([100.0, 50.0]),
        service_cost_jpy=np.array([4000.0, 2000.0]), rescue_cost_jpy=np.array([3000.0, 1000.0]), hub_cost_jpy=3000.0,
        jpy_per_minute=1.0, unserved_min=60.0, min_services=int(rng.integers(0, 3)),
        hubs=[None, None, 1, 2][rng.integers(4)], max_hubs=[None, 2][rng.integers(2)],
        budget_jpy=[None, None, 15_000.0][rng.integers(3)],
        must_hubs=((), (), (1,))[rng.integers(3)], never_hubs=((), (), (2,))[rng.integers(3)],
    )


@pytest.mark.parametrize("seed", range(40))
def test_no_decision_beats_the_proven_one(seed: int) -> None:
    p = tiny_world(seed)
    best = min((v for d in all_decisions(p) if (v := plain_count(p, *d)) is not None), default=None)
    plan = solve_hubs(p, gap=0.0, seconds=30)
    assert plan.is_feasible() == (best is not None)
    if best is None:
        assert plan.why()
        return
    assert plan.objective_jpy == pytest.approx(best, rel=1e-9)
    assert plan.bound_jpy <= best
    assert plan.gap <= 1e-5
    chosen = {(int(j), int(s)): int(plan.building_of[j, s]) for j, s in np.argwhere(plan.opened)}
    kept = {(int(j), int(s)) for j, s in np.argwhere(plan.rescued)}
    assert plain_count(p, plan.hubs, chosen, kept) == pytest.approx(plan.objective_jpy)


@pytest.mark.parametrize("seed", range(5))
def test_the_count_agrees_with_plain_loops_on_any_decision(seed: int) -> None:
    p = tiny_world(seed)
    decisions = list(all_decisions(p))
    for at in np.random.default_rng(seed).integers(0, len(decisions), 60):
        hubs, building, rescued = decisions[at]
        building_of = np.full(p.existing.shape, -1)
        kept = np.zeros(p.existing.shape, bool)
        for where, b in building.items():
            building_of[where] = b
        for where in rescued:
            kept[where] = True
        counted = evaluate(p, hubs, building_of, kept)
        plain = plain_count(p, hubs, building, rescued)
        assert bool(counted.broken) == (plain is None)
        if plain is not None:
            assert counted.objective_jpy == pytest.approx(plain)


def test_infeasible_reasons_are_needed_each() -> None:
    """Giving up any one of the named requirements leaves a plan, for every infeasible tiny world."""
    relax = {
        "exactly": {"hubs": None}, "at most": {"max_hubs": None}, "a budget": {"budget_jpy": None},
        "places that must be": {"must_hubs": ()}, "places that must not": {"never_hubs": ()},
        "at least": {"min_services": 0}, "the fewest": {"min_users": np.zeros(2)},
        "the floor": {"floor_m2": None},
    }
    found = 0
    for seed in range(40):
        p = tiny_world(seed)
        plan = solve_hubs(p, gap=0.0)
        if plan.is_feasible():
            continue
        found += 1
        named = [next(k for k in relax if reason.to("en").startswith(k)) for reason in plan.why()]
        for name in named:
            others = {k: v for other, change in relax.items() if other not in named for k, v in change.items()}
            change = others | relax[name]
            if "floor_m2" in change:
                change["floor_m2"] = np.full(len(p.building_ids), np.inf)
            assert solve_hubs(replace(p, **change), gap=1.0).is_feasible()
    assert found >= 3


# ---- worlds of real size --------------------------------------------------------------------------------


def test_a_town_is_solved_to_the_gap_asked_for_and_again_from_its_own_plan() -> None:
    town = valley_town(60, 20, people=6_000, seed=3, hubs=3)
    plan = solve_hubs(town, gap=0.005)
    again = solve_hubs(town, gap=0.005, start=plan)
    assert plan.gap <= 0.0051
    assert again.gap <= 0.0051
    assert len(plan.hubs) == 3
    counted = evaluate(town, plan.hubs, plan.building_of, plan.rescued)
    assert counted.broken == ()
    assert counted.objective_jpy == plan.objective_jpy
    assert plan.objective_jpy < without_plan(town).objective_jpy


def test_same_problem_same_plan() -> None:
    town = valley_town(40, 12, people=5_000, seed=5)
    first, second = solve_hubs(town), solve_hubs(town)
    assert first.hubs == second.hubs
    assert (first.building_of == second.building_of).all()


def test_more_budget_is_never_worse() -> None:
    plans = [
        solve_hubs(valley_town(40, 12, people=5_000, seed=2, budget_jpy=jpy), gap=0.0) for jpy in (1e7, 2e7, 4e7, 1e9)
    ]
    values = [plan.objective_jpy for plan in plans]
    assert all(later <= earlier * (1 + 1e-6) for earlier, later in pairwise(values))
    assert plans[0].cost_jpy <= 1e7


def test_progress_is_told() -> None:
    heard: list[tuple[float, float, float]] = []
    solve_hubs(valley_town(60, 20, people=6_000, seed=3, hubs=3), gap=0.0, progress=lambda *x: heard.append(x))
    assert heard
