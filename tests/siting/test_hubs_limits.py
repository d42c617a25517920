"""What a plan may ask for besides: draws, every year, reach, distance, openings. Counted by hand and tried out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hub_worlds import best_of_all, rich_world
from test_hubs import two_valleys

from musubime.errors import InputError
from musubime.siting import HubProblem, evaluate, solve_hubs
from musubime.siting._field_tree import search_tree


@pytest.mark.parametrize("seed", range(45))
def test_program_and_tree_find_the_best_of_every_decision(seed: int) -> None:
    """The program is exact; the tree's bound is below the best, and its plan is allowed."""
    p = rich_world(seed)
    best = best_of_all(p)
    plan = solve_hubs(p, gap=0.0, seconds=30)
    tree = search_tree(p, seconds=20, gap=1e-9, kicks=20)
    assert plan.is_feasible() == (best is not None)
    if best is None:
        assert tree.best is None
        assert plan.why()
        return
    assert plan.objective_jpy == pytest.approx(best, rel=1e-9)
    assert tree.bound <= best * (1 + 1e-9)
    assert tree.best is not None
    assert best * (1 - 1e-9) <= tree.best.objective_jpy <= best * 1.05
    assert evaluate(p, tree.best.hubs, tree.best.building_of, tree.best.rescued).broken == ()


def draws_world(**changes: object) -> HubProblem:
    """Oku 100 and Sawa 60 as the outlook; in three draws 100/60, 90/40 and 70/30. P is near both, Q only near Sawa."""
    p = two_valleys(min_users=np.array([120.0]))
    draws = np.array([[[[100.0], [60.0]]], [[[90.0], [40.0]]], [[[70.0], [30.0]]]])
    return replace(p, draws=draws, **changes)


def test_a_plan_says_in_which_share_of_the_draws_it_holds() -> None:
    # P alone draws 160, 130 and 100 users: 120 are met in two draws of three
    plan = solve_hubs(draws_world(), gap=0.0)
    assert plan.hubs == (0,)
    assert plan.holds is not None
    assert plan.holds[0, 0] == pytest.approx(2 / 3)
    assert np.isnan(plan.holds[1, 0])
    assert plan.hub_holds == (pytest.approx(2 / 3),)


def test_a_share_of_the_draws_may_be_required() -> None:
    assert solve_hubs(draws_world(hold_share=0.6), gap=0.0).hubs == (0,)
    assert solve_hubs(draws_world(hold_share=0.7), gap=0.0).hubs == ()
    heavy = np.array([0.5, 0.3, 0.2])  # the two that hold weigh 0.8
    assert solve_hubs(draws_world(hold_share=0.7, draw_weights=heavy), gap=0.0).hubs == (0,)
    none = solve_hubs(draws_world(hold_share=0.7, hubs=1), gap=0.0)
    assert none.status == "infeasible"
    assert "fewest users in 70% of the draws of the outlook" in [reason.to("en") for reason in none.why()]


def test_fewest_users_may_be_asked_of_every_year() -> None:
    # 160 users in 2030 and 100 in 2050: 130 on average
    p = two_valleys(
        years=(2030, 2050), year_weights=np.array([0.5, 0.5]), users=np.array([[[100.0], [60.0]], [[62.5], [37.5]]]),
        min_users=np.array([120.0]))
    assert solve_hubs(p, gap=0.0).hubs == (0,)
    assert solve_hubs(replace(p, every_year=True), gap=0.0).hubs == ()


def test_nobody_lives_beyond_the_reach_unless_excused() -> None:
    # within 9 minutes only Q serves Sawa (5 min) and nothing serves Oku (10 min)
    p = two_valleys(reach_min=np.array([9.0]))
    none = solve_hubs(p, gap=0.0)
    assert none.status == "infeasible"
    assert any("Oku" in reason.to("en") for reason in none.why())
    named = solve_hubs(replace(p, excused=(0,), max_hubs=1), gap=0.0)
    assert named.hubs == (1,)  # though P alone would cost society less
    assert solve_hubs(two_valleys(max_hubs=1), gap=0.0).hubs == (0,)


def test_places_that_are_too_close_are_not_hubs_both() -> None:
    plan = solve_hubs(two_valleys(apart=((0, 1),)), gap=0.0)
    assert (plan.hubs, plan.objective_jpy) == ((0,), 45_700)
    clash = solve_hubs(two_valleys(apart=((1, 0),), hubs=2), gap=0.0)
    assert {reason.to("en") for reason in clash.why()} == {
        "hubs that keep their distance from one another", "exactly 2 hubs"}


def test_an_opening_may_be_fixed_in_a_building_and_a_building_left_out() -> None:
    p = two_valleys(
        building_ids=("school", "office", "barn"), building_place=np.array([0, 1, 1]), floor_m2=np.full(3, 100.0),
        building_cost_jpy=np.array([200.0, 300.0, 900.0]))
    fixed = solve_hubs(replace(p, must_open=((1, 0, 2),)), gap=0.0)
    assert fixed.building_of.tolist() == [[0], [2]]
    assert fixed.objective_jpy == 29_500 + 600
    assert solve_hubs(replace(p, never_buildings=(1,)), gap=0.0).building_of.tolist() == [[0], [2]]
    small = replace(p, must_open=((1, 0, 2),), floor_m2=np.array([100.0, 100.0, 50.0]))
    assert solve_hubs(small, gap=0.0).status == "infeasible"


def test_faults_of_the_limits_are_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        solve_hubs(draws_world(
            hold_share=1.5, draw_weights=np.array([1.0, 1.0, 1.0]), apart=((0, 7),), must_open=((0, 0, 1),),
            excused=(9,)))
    assert {fault.field for fault in caught.value.faults} == {
        "hold_share", "draw_weights", "apart", "must_open", "excused"}
    with pytest.raises(InputError, match="draws"):
        solve_hubs(two_valleys(hold_share=0.5))
