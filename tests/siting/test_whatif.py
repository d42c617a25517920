"""What-if: changes as people ask for them, bounds against every decision, and the kernels against plain loops."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest
from hub_worlds import best_of_all, rich_world
from hypothesis import given, settings
from hypothesis import strategies as st
from siting_worlds import valley_town
from test_hubs import tiny_world, two_valleys

from musubime.errors import InputError
from musubime.siting import Change, HubProblem, WhatIf, apply, changes, evaluate, solve_hubs
from musubime.siting import _field_bound as kb
from musubime.siting import _field_search as ks
from musubime.siting._field import make_field
from musubime.siting._field_tree import bound, counted, housing, start_weights
from musubime.siting._restricts import only_restricts


def some_change(p: HubProblem, rng: np.random.Generator) -> Change:
    """Any change that a workshop may ask of this problem."""
    place, service = int(rng.integers(len(p.place_ids))), int(rng.integers(len(p.service_ids)))
    building = int(rng.integers(len(p.building_ids)))
    at = int(p.building_place[building])
    return [
        changes.MustHub(place), changes.NeverHub(place), changes.FixBuilding(at, service, building),
        changes.FixBuilding(at, None, building), changes.CloseService(place, service),
        changes.KeepService(place, service), changes.MayOpen(place, service, bool(rng.integers(2))),
        changes.MustOpen(place, service), changes.Budget(float(rng.choice([8_000.0, 12_000.0, 30_000.0]))),
        changes.Limit(service, float(rng.choice([10.0, 25.0, 40.0]))), changes.Limit(None, 35.0),
        changes.Hubs(exactly=int(rng.integers(0, 3))), changes.Hubs(most=1),
        changes.MinUsers(service, float(rng.choice([0.0, 40.0, 90.0]))), changes.MinUsers(None, 0.5),
        changes.Reach(service, 30.0, (place,)), changes.Apart(0, 1 + int(rng.integers(2))),
    ][int(rng.integers(17))]


@pytest.mark.parametrize("seed", range(30))
def test_every_answer_is_allowed_and_its_bound_holds(seed: int) -> None:
    """Against every decision of the changed tiny world; refined, the answer is the best of them."""
    rng = np.random.default_rng(seed)
    base = rich_world(seed)
    engine = WhatIf(base, seconds=20)
    for _ in range(3):
        asked = tuple(some_change(base, rng) for _ in range(int(rng.integers(1, 4))))
        changed = apply(base, *asked)
        best = best_of_all(changed)
        shown = engine.answer(*asked)
        if best is None:
            assert not shown.is_feasible()
            assert shown.why()
        elif shown.is_feasible():
            assert shown.bound_jpy <= best * (1 + 1e-9)
            assert shown.objective_jpy >= best * (1 - 1e-9)
            counted_out = evaluate(changed, shown.hubs, shown.building_of, shown.rescued)
            assert counted_out.broken == ()
            assert counted_out.objective_jpy == pytest.approx(shown.objective_jpy)
        else:
            assert shown.status == "unknown"
        refined = engine.refine(*asked, gap=0.0)
        assert refined.is_feasible() == (best is not None)
        if best is not None:
            assert refined.objective_jpy == pytest.approx(best, rel=1e-6)
            assert refined.bound_jpy <= best * (1 + 1e-9)


def test_forcing_the_far_hub_costs_what_it_costs() -> None:
    # Base: both hubs, 29,500. Only Q: Oku unserved, 106,000 + 1,800. Undone, the first answer stands again.
    engine = WhatIf(two_valleys())
    assert engine.base.objective_jpy == 29_500
    only_q = engine.answer(changes.NeverHub(0))
    assert (only_q.hubs, only_q.objective_jpy) == ((1,), 107_800)
    assert engine.answer() is engine.base
    assert engine.answer(changes.NeverHub(0), changes.MustHub(0)).objective_jpy == 29_500  # the later word counts
    assert engine.answer(changes.Hubs(exactly=1)).objective_jpy == 45_700


def test_changes_leave_the_problem_as_it_was_and_add_up() -> None:
    p = two_valleys()
    both = apply(p, changes.Limit(0, 15.0), changes.MinUsers(0, 10.0), changes.CloseService(0, 0))
    assert (p.limit_min[0], p.min_users[0]) == (20.0, 50.0)
    assert (both.limit_min[0], both.min_users[0]) == (15.0, 10.0)
    fixed = apply(p, changes.FixBuilding(0, 0, 0), changes.MustOpen(0, 0))
    assert fixed.must_open == ((0, 0, 0),)
    assert apply(p, changes.Budget(5.0), changes.Budget(None)).budget_jpy is None


def test_a_change_that_points_nowhere_is_a_fault_each() -> None:
    with pytest.raises(InputError) as caught:
        apply(two_valleys(), changes.MustHub(2), changes.FixBuilding(0, 0, 1), changes.CloseService(0, 5))
    assert [fault.field for fault in caught.value.faults] == ["place", "building", "service"]
    with pytest.raises(InputError, match="negative"):
        apply(two_valleys(), changes.Budget(-1.0))


def test_an_impossible_wish_is_answered_with_its_reason() -> None:
    engine = WhatIf(two_valleys())
    shown = engine.answer(changes.Reach(0, 9.0))
    assert shown.status == "infeasible"
    assert [reason.to("en") for reason in shown.why()] == ["nothing could bring shop within reach of Oku"]
    longer = engine.refine(changes.Hubs(exactly=2), changes.Budget(3_000.0))
    assert longer.status == "infeasible"
    assert "a budget of 3,000 yen a year" in [reason.to("en") for reason in longer.why()]


def test_a_bound_is_handed_on_only_where_every_plan_of_the_changed_problem_costs_no_less() -> None:
    """On tiny worlds, with every decision counted out: what only restricts has no better plan than before."""
    rng, restricted, cheaper = np.random.default_rng(5), 0, 0
    for seed in range(60):
        base = rich_world(seed)
        changed = apply(base, *(some_change(base, rng) for _ in range(int(rng.integers(1, 3)))))
        before, after = best_of_all(base), best_of_all(changed)
        if only_restricts(base, changed):
            restricted += 1
            assert after is None or (before is not None and after >= before * (1 - 1e-9))
        cheaper += after is not None and (before is None or after < before * (1 - 1e-9))
    assert restricted >= 15  # the worlds and changes are such that both kinds occur
    assert cheaper >= 5


@pytest.mark.parametrize(("change", "expected"), [
    (changes.NeverHub(0), True), (changes.MustHub(0), True), (changes.Hubs(exactly=1), True),
    (changes.Budget(1e6), True), (changes.MinUsers(0, 60.0), True), (changes.MustOpen(0, 0), True),
    (changes.Limit(0, 10.0), True), (changes.FixBuilding(0, 0, 0), True), (changes.Reach(0, 9.0), True),
    (changes.MinUsers(0, 40.0), False), (changes.Limit(0, 30.0), False), (changes.KeepService(0, 0), False),
])
def test_which_changes_only_ask_for_more(change: Change, expected: bool) -> None:
    assert only_restricts(two_valleys(), apply(two_valleys(), change)) is expected


def test_a_shorter_limit_restricts_only_while_being_unserved_costs_more() -> None:
    p = replace(two_valleys(), unserved_min=15.0)  # beyond 20 minutes a trip counts for 15: a shorter limit may pay
    assert not only_restricts(p, apply(p, changes.Limit(0, 10.0)))


@pytest.fixture(scope="module")
def town() -> HubProblem:
    return valley_town(80, 24, people=9_000, seed=3, hubs=3)


def test_a_town_is_answered_and_refined_within_its_bound(town: HubProblem) -> None:
    engine = WhatIf(town, seconds=20)
    hub = engine.base.hubs[0]
    for asked in [(changes.NeverHub(hub),), (changes.Hubs(exactly=2),), (changes.Limit(1, 12.0),)]:
        shown = engine.answer(*asked, seconds=60.0)
        exact = solve_hubs(apply(town, *asked), gap=0.0, seconds=60)
        assert shown.bound_jpy <= exact.objective_jpy * (1 + 1e-6)
        assert exact.bound_jpy <= shown.objective_jpy * (1 + 1e-6)
        assert shown.gap <= 0.02
        assert engine.refine(*asked).gap <= 0.005


def test_refining_can_be_stopped_from_outside_and_told_of(town: HubProblem) -> None:
    engine = WhatIf(town, seconds=20)
    asked = changes.NeverHub(engine.base.hubs[0])
    shown = engine.answer(asked, seconds=0.0)
    stop = threading.Event()
    stop.set()
    worker_said: list[float] = []
    worker = threading.Thread(target=lambda: worker_said.append(
        engine.refine(asked, gap=0.0, stop=stop.is_set).objective_jpy))
    worker.start()
    worker.join(30)
    assert not worker.is_alive()
    assert worker_said[0] <= shown.objective_jpy


def test_same_changes_same_plan(town: HubProblem) -> None:
    asked = (changes.Hubs(most=2), changes.MinUsers(None, 1.2))
    first, second = (WhatIf(town, solve_hubs(town)).answer(*asked, seconds=60.0) for _ in range(2))
    assert first.hubs == second.hubs
    assert (first.building_of == second.building_of).all()


# ---- kernels ---------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), steps=st.integers(1, 12))
def test_a_state_counts_what_evaluate_counts(seed: int, steps: int) -> None:
    """After any choices for places: way, cost, users and what is missed; and what a choice was said to change."""
    p = replace(rich_world(seed), hubs=None, max_hubs=None, must_hubs=(), must_open=())
    f = make_field(p)
    if f is None:
        return
    rng, weight = np.random.default_rng(seed), start_weights(p)
    state = ks.fresh(f)
    for _ in range(steps):
        j = int(rng.integers(len(p.place_ids)))
        mask = int(rng.integers(f.fptr[j + 1] - f.fptr[j]))
        if not np.isfinite(f.table[f.fptr[j] + mask]) or (mask and f.never[j]):
            continue
        kept = sum(
            1 << n for n, c in enumerate(f.pcand[f.pptr[j] : f.pptr[j + 1]])
            if f.keeps[c] and not (f.bit[c] >= 0 and mask >> f.bit[c] & 1) and rng.random() < 0.5)
        ks.place_to(f, state, j, mask, kept, mask != 0)
        ks.refresh(f, state)
        before = ks.value(f, state, weight)
        change, i, mask2, kept2, hub2 = ks.best_place(f, state, weight, -1)
        if i >= 0:
            old = (state.mask[i], ks.kept_of(f, state, i), bool(state.hub[i]))
            ks.place_to(f, state, i, mask2, kept2, hub2)
            assert ks.value(f, state, weight) == pytest.approx(before + change)
            ks.place_to(f, state, i, *old)
            assert ks.value(f, state, weight) == pytest.approx(before)
    building_of = np.full(p.existing.shape, -1)
    kept_at = np.zeros(p.existing.shape, bool)
    for c in range(len(f.place)):
        kept_at[f.place[c], f.service[c]] = state.kind[c] == ks.KEPT
    for j in range(len(p.place_ids)):
        services = f.service[(f.place == j) & (state.kind == ks.OPENED)]
        housed = housing(p, j, services)
        assert housed is not None
        building_of[j, services] = housed
    plain = evaluate(p, np.flatnonzero(state.hub), building_of, kept_at)
    assert state.total[ks.TRAVEL] == pytest.approx(plain.travel_jpy)
    assert state.total[ks.COST] == pytest.approx(plain.cost_jpy)
    assert ks.allowed(f, state) == (plain.broken == ())
    assert (counted(p, f, state) is None) == (plain.broken != ())


def plain_bound(p: HubProblem, f: object, price: np.ndarray) -> float:
    """The Lagrangian without clashes at given prices, every set of services of every place tried."""
    least = [0.0] * len(f.place)  # type: ignore[attr-defined]
    for c in range(len(least)):
        ways = [(f.cost[f.entry[q]] - price[f.client[q]], f.users[f.client[q], 0])  # type: ignore[attr-defined]
                for q in range(f.cptr[c], f.cptr[c + 1])]  # type: ignore[attr-defined]
        least[c] = sum(min(0.0, way) for way, _ in ways)
        need = f.least[c] * (1 - 1e-6) - sum(u for way, u in ways if way < 0)  # type: ignore[attr-defined]
        for way, u in sorted((w for w in ways if w[0] >= 0 and w[1] > 0), key=lambda w: w[0] / w[1]):
            taken = min(max(need, 0.0), u)
            least[c] += taken * way / u
            need -= taken
    total = float(price.sum())
    for j in range(len(p.place_ids)):
        here = [c for c in range(len(least)) if f.place[c] == j]  # type: ignore[attr-defined]
        best = 0.0
        for mask in range(1 << len(here)):
            for kept in range(1 << len(here)):
                opened = [c for n, c in enumerate(here) if mask >> n & 1]
                held = [c for n, c in enumerate(here) if kept >> n & 1]
                if set(opened) & set(held) or not all(f.opens[c] for c in opened) \
                        or not all(f.keeps[c] for c in held):  # type: ignore[attr-defined]
                    continue
                housed = housing(p, j, np.array([f.service[c] for c in opened], dtype=int))  # type: ignore[attr-defined]
                able = sum(c in opened or bool(f.keeps[c]) for c in here)  # type: ignore[attr-defined]
                if housed is None or (opened and p.existing[j].sum() + able < p.min_services):
                    continue
                cost = sum(p.building_cost_jpy[b] for b in set(housed)) + p.hub_cost_jpy * bool(opened)
                cost += sum(p.service_cost_jpy[f.service[c]] for c in opened)  # type: ignore[attr-defined]
                cost += sum(f.keep_jpy[c] for c in held)  # type: ignore[attr-defined]
                best = min(best, cost + sum(least[c] for c in opened + held))
        total += best
    return total


@pytest.mark.parametrize("seed", range(15))
def test_the_bound_kernel_counts_what_plain_loops_count(seed: int) -> None:
    p = replace(tiny_world(seed), hubs=None, max_hubs=None, budget_jpy=None, must_hubs=())
    f = make_field(p)
    assert f is not None
    rng = np.random.default_rng(seed)
    price = rng.random(len(f.ptr) - 1) * f.cost[f.ptr[1:] - 1]
    nothing, places = np.zeros(0), len(p.place_ids)
    value = kb.lagrange(
        f, price.copy(), nothing, nothing.copy(), np.zeros(1), np.zeros(1, np.int64), np.zeros(0, np.int64),
        np.arange(places), places, 1e9, 1, 5, 1.0, np.zeros(len(f.place)))
    assert value == pytest.approx(plain_bound(p, f, price))


@pytest.mark.parametrize("seed", range(12))
def test_what_a_bound_leaves_out_is_in_no_better_plan(seed: int) -> None:
    """The bound of each candidate, against the best of the decisions that offer it."""
    p = rich_world(seed)
    f = make_field(p)
    if f is None:
        return
    got = bound(f, None, 2.0 * float(f.cost[f.ptr[1:] - 1].sum()), most=60)
    each = got.of_each()
    for c in np.flatnonzero(f.opens):
        j, s = int(f.place[c]), int(f.service[c])
        best = best_of_all(apply(p, changes.MustOpen(j, s)))
        if best is not None:
            assert each[c] <= best * (1 + 1e-9)
