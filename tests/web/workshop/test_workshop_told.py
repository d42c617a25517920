"""An answer as people see it, counted again by hand."""

from __future__ import annotations

import numpy as np
import pytest

from musubime.siting import HubSolution, apply, changes, solve_hubs
from musubime.studies import Workshop
from musubime.web.workshop.told import (
    decision_of,
    figures,
    gains_and_losses,
    gap_in_words,
    solution_of,
    summary_of,
    tell,
)


@pytest.fixture(scope="module")
def fewer(shop: Workshop) -> tuple[tuple[changes.Hubs], HubSolution]:
    asked = (changes.Hubs(exactly=1),)
    return asked, solve_hubs(apply(shop.problem, *asked), seconds=5)


def test_what_is_kept_of_a_decision_gives_the_solution_again(
    shop: Workshop, fewer: tuple[tuple[changes.Hubs], HubSolution]
) -> None:
    asked, solution = fewer
    again = solution_of(decision_of(solution, shop), apply(shop.problem, *asked), shop)
    assert again.hubs == solution.hubs
    assert again.objective_jpy == pytest.approx(solution.objective_jpy)
    assert again.bound_jpy == pytest.approx(solution.bound_jpy)
    assert again.cost_jpy == pytest.approx(solution.cost_jpy)
    assert np.array_equal(again.assigned, solution.assigned)
    assert np.array_equal(again.building_of, solution.building_of)


def _lacking(shop: Workshop, solution: HubSolution) -> list[set[str]]:
    """For each settlement the services that a hub may offer and that lie beyond their limit, in the plan year."""
    b = shop.basis
    return [
        {service for s, service in enumerate(b.service_ids) if b.placeable[s]
         and not any(b.car_min[i, j] <= shop.problem.limit_min[s] for j in np.flatnonzero(solution.offered[:, s]))}
        for i in range(len(b.settlement_ids))
    ]


def test_who_gains_and_who_loses_is_counted_again(
    shop: Workshop, fewer: tuple[tuple[changes.Hubs], HubSolution]
) -> None:
    asked, solution = fewer
    base = tell(decision_of(shop.solution, shop), (), shop)
    now = tell(decision_of(solution, shop), asked, shop)
    gains, losses = gains_and_losses(now, base, shop)
    before, after = _lacking(shop, shop.solution), _lacking(shop, solution)
    people = {s.id: s.people[shop.basis.plan_year] for s in shop.settlements}
    expected_losses = {s.id for s, x, y in zip(shop.settlements, before, after, strict=True)
                       if y - x and people[s.id] >= 0.5}
    expected_gains = {s.id for s, x, y in zip(shop.settlements, before, after, strict=True)
                      if x - y and people[s.id] >= 0.5}
    assert {turn.id for turn in losses} == expected_losses
    assert {turn.id for turn in gains} == expected_gains
    assert expected_losses, "one hub alone must leave somebody worse off, or this test shows nothing"
    assert [turn.people for turn in losses] == sorted((turn.people for turn in losses), reverse=True)
    lacking_people = sum(s.people[shop.basis.plan_year] for s, lacks in zip(shop.settlements, after, strict=True)
                         if lacks)
    assert summary_of(now)["unserved_people"] == pytest.approx(lacking_people)


def test_figures_say_what_is_better_and_what_is_worse() -> None:
    # 900 -> 850 people served: 50 fewer, worse. Cost 3,000 -> 2,880 x 10,000 yen: 120 less, better. Hubs: neither.
    base = {"year": 2040, "served_people": 900.0, "unserved_people": 100.0, "unserved_over_65": 60.0, "mean_min": 7.24,
            "worst_min": 19.6, "cost_jpy_per_year": 30_000_000.0, "hubs": ["a"] * 5}
    now = base | {"served_people": 850.0, "unserved_people": 150.0, "unserved_over_65": 90.0, "mean_min": 7.21,
                  "cost_jpy_per_year": 28_800_000.0, "hubs": ["a"] * 4}
    told = {f.label.to("en"): f for f in figures(now, base)}
    served = told["People who reach every service, 2040"]
    assert (served.arrow, served.turn, served.change.to("en")) == ("▼", "worse", "50 people fewer")
    lacking = told["People who lack at least one service, 2040"]
    assert (lacking.arrow, lacking.turn, lacking.change.to("ja")) == ("▲", "worse", "50 人多い")
    cost = told["Cost a year, 10,000 yen"]
    assert (cost.base, cost.now, cost.turn, cost.change.to("ja")) == (3000.0, 2880.0, "better", "120 万円少ない")
    assert told["Hubs"].turn == "other"
    # 7.24 and 7.21 minutes both read 7.2: no arrow where the eye sees no difference
    mean = told["Minutes to the nearest offer, on average"]
    assert (mean.arrow, mean.turn) == ("", "same")


def test_a_gap_is_never_said_to_be_smaller_than_it_is() -> None:
    assert gap_in_words("feasible", 0.0123).to("en") == "At most 1.3% from the best possible plan."
    assert gap_in_words("feasible", 0.00004).to("en") == "At most 0.1% from the best possible plan."
    assert "proven" in gap_in_words("optimal", 0.0).to("en")
    assert gap_in_words("infeasible", None).to("en") == "No plan"
