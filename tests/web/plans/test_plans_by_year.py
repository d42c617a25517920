"""Who reaches what in which year: counted by hand in a small town, and held against plan.json."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trial_plans

from musubime.reports.views import Plan as PlanView
from musubime.studies import Workshop
from musubime.web.plans.by_year import NONE, Reach, agrees, reach_by_year
from musubime.web.plans.layers import compared, lacking
from musubime.web.plans.making import WORKSHOP

pytestmark = pytest.mark.django_db  # the plan's folder is made with addresses of the site


@pytest.fixture
def reach() -> Reach:
    return Reach.load(trial_plans.kept() / "plan" / "view" / "reach.npz")


@pytest.fixture
def shop() -> Workshop:
    return Workshop.load(trial_plans.kept() / "plan" / WORKSHOP)


def test_the_people_who_lack_a_service_are_those_of_the_plan(reach: Reach) -> None:
    document = trial_plans.document()
    assert agrees(reach, document)
    view, year = PlanView(document), document.plan_year
    for case, told in ((NONE, document.without_plan[year]), *((a.id, a.by_year[year]) for a in document.alternatives)):
        counts = lacking(view, reach, case, year)
        people = sum(s.people[year].total for s, n in zip(document.settlements, counts, strict=True) if n)
        assert people == pytest.approx(told.unserved_people, abs=0.5)


def test_assignments_of_the_plan_are_the_nearest_offers(reach: Reach) -> None:
    """plan.json's own assignment (of the reference, in the plan year) names the same places and minutes."""
    document = trial_plans.document()
    first, position = document.alternatives[0], {s.id: i for i, s in enumerate(document.settlements)}
    k, t = reach.at(first.id, document.plan_year)
    for row in first.assignment:
        i, s = position[row.settlement], reach.services.index(row.service)
        within = bool(reach.within(first.id, document.plan_year)[i, s])
        assert within == (row.place is not None)
        if row.place is not None:
            assert reach.places[reach.place[k, t, i, s]] == row.place
            assert reach.car_min[k, t, i, s] == pytest.approx(row.minutes, abs=0.01)


def test_one_settlement_by_hand(reach: Reach, shop: Workshop) -> None:
    """Take the first settlement and its shops without a plan in the last year: the least of the minutes to places that
    still have one, and no other."""
    basis, year = shop.basis, trial_plans.document().years[-1]
    k, t = reach.at(NONE, year)
    shops = [j for j in range(len(basis.place_ids)) if basis.stays[t, j, reach.services.index("shop")]]
    assert shops
    least = min(float(basis.car_min[0, j]) for j in shops)
    assert reach.car_min[k, t, 0, reach.services.index("shop")] == pytest.approx(least, abs=0.01)


def test_arrays_of_another_region_are_known_by_their_sums(reach: Reach, shop: Workshop) -> None:
    document = trial_plans.document()
    farther = replace(shop.basis, car_min=shop.basis.car_min + 30.0)
    assert not agrees(reach_by_year(document, farther), document)
    fewer = document.model_copy(update={"settlements": document.settlements[:-1]})
    assert not agrees(reach, fewer)


def test_what_is_kept_is_what_was_saved(reach: Reach, tmp_path: Path) -> None:
    reach.save(tmp_path / "again.npz")
    again = Reach.load(tmp_path / "again.npz")
    assert (again.cases, again.years, again.services, again.places) == (
        reach.cases, reach.years, reach.services, reach.places)
    for name in ("car_min", "walk_min", "place", "limit_min", "offered"):
        np.testing.assert_array_equal(getattr(again, name), getattr(reach, name))


def test_the_base_year_is_judged_by_known_services() -> None:
    view = PlanView(trial_plans.document())
    assert compared(view, view.base_year) == view.today_services
    assert compared(view, view.last_year) == view.later_services
