"""A plan is tried in draws of the outlook; what has closed has no users; names and notes of the plan."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from musubime import parameters as shipped
from musubime.provenance import Ledger
from musubime.region import Region
from musubime.region.sample import sample_region
from musubime.siting import HubProblem, solve_hubs
from musubime.studies import PlanDocument, PlanOptions, plan_region
from musubime.studies.outlook import Outlook, look_ahead
from musubime.studies.today import Today, look_at_today

YEARS = (2030, 2040, 2050)
OPTIONS = PlanOptions(seconds_per_solve=0.5)


def one_valley(**changes: object) -> HubProblem:
    """One place P, 10 minutes from the one settlement, which may open a shop for 1,000 a year in all; 50 users are
    needed, the outlook has 60. Four draws have 70, 60, 50 and 40 users: three of them hold."""
    base = HubProblem(
        settlement_ids=("Oku",), service_ids=("shop",), place_ids=("P",), building_ids=("school",),
        years=(2030,), year_weights=np.array([1.0]), users=np.array([[[60.0]]]),
        minutes=np.array([[10.0]]), limit_min=np.array([20.0]), trips_per_year=np.array([10.0]),
        existing=np.zeros((1, 1), bool), rescue=np.zeros((1, 1), bool), may_open=np.ones((1, 1), bool),
        min_users=np.array([50.0]), building_place=np.array([0]), floor_m2=np.array([100.0]),
        building_cost_jpy=np.array([200.0]), service_floor_m2=np.array([80.0]), service_cost_jpy=np.array([300.0]),
        rescue_cost_jpy=np.array([100.0]), hub_cost_jpy=500.0, jpy_per_minute=1.0, unserved_min=50.0, min_services=1,
        draws=np.array([70.0, 60.0, 50.0, 40.0]).reshape(4, 1, 1, 1),
    )
    return replace(base, **changes)


@pytest.mark.parametrize(("share", "hubs"), [(0.0, (0,)), (0.75, (0,)), (0.8, ())])
def test_a_service_opens_where_enough_draws_hold_it(share: float, hubs: tuple[int, ...]) -> None:
    # opened: 60 x 10 x 2 x 10 + 1,000 = 13,000; nothing: 60 x 10 x 2 x 50 = 60,000
    plan = solve_hubs(one_valley(hold_share=share), gap=0.0)
    assert plan.hubs == hubs
    assert plan.objective_jpy == (13_000 if hubs else 60_000)
    assert plan.hub_holds == ((0.75,) if hubs else ())
    if hubs:
        assert plan.holds is not None
        assert plan.holds.tolist() == [[0.75]]


def test_the_share_counts_the_draws_by_their_weight() -> None:
    # the draw of 40 people weighs 0.4, the others 0.3, 0.2 and 0.1
    weighted = one_valley(draw_weights=np.array([0.3, 0.2, 0.1, 0.4]))
    assert solve_hubs(replace(weighted, hold_share=0.6), gap=0.0).hub_holds == pytest.approx((0.6,))
    assert solve_hubs(replace(weighted, hold_share=0.61), gap=0.0).hubs == ()


def with_parameters(region: Region, **given: Any) -> Region:
    return replace(region, parameters={**region.parameters, **{k.replace("__", "."): v for k, v in given.items()}})


@pytest.fixture(scope="module")
def region() -> Region:
    return sample_region()


@pytest.fixture(scope="module")
def document(region: Region) -> PlanDocument:
    """Few draws; half of the settlements have one name."""
    s = region.settlements
    names = tuple("むすび台" if i % 2 else name for i, name in enumerate(s.names))
    named = replace(region, settlements=replace(s, names=names))
    given = with_parameters(
        named, plan__draws=8, plan__hold_share={"value": 0.5, "source": "町の方針"}, plan__unserved_min=60.0)
    return plan_region(given, OPTIONS)[0]


@pytest.fixture(scope="module")
def told(region: Region) -> tuple[Today, Outlook]:
    parameters = shipped.load(overrides={"plan.draws": 5})
    today = look_at_today(region, parameters, Ledger())
    return today, look_ahead(today, YEARS, 2040)


def test_each_new_or_kept_service_says_in_how_many_draws_it_holds(document: PlanDocument) -> None:
    told = 0
    for alternative in document.alternatives:
        for hub in alternative.hubs:
            shares = [service.holds for service in hub.services if service.action in {"opened", "kept"}]
            assert all(s.holds is None for s in hub.services if s.action not in {"opened", "kept"})
            assert all(share is not None and 0.5 <= share <= 1 for share in shares)
            # of 8 draws, an eighth each
            assert all(share * 8 == pytest.approx(round(share * 8)) for share in shares if share is not None)
            assert hub.holds == (pytest.approx(min(s for s in shares if s is not None)) if shares else None)
            assert (hub.holds_said is None) == (hub.holds is None)
            if hub.holds_said is not None:
                assert "8 draws" in hub.holds_said.en
                assert "8回" in hub.holds_said.ja
            told += len(shares)
    assert told > 0


def test_no_draws_no_shares(region: Region) -> None:
    document = plan_region(with_parameters(region, plan__draws=0, plan__hold_share=0.0), OPTIONS)[0]
    hubs = [hub for alternative in document.alternatives for hub in alternative.hubs]
    assert hubs
    assert all(hub.holds is None and hub.holds_said is None for hub in hubs)
    assert all(service.holds is None for hub in hubs for service in hub.services)


def test_no_draws_with_the_share_as_it_is(region: Region) -> None:
    document = plan_region(with_parameters(region, plan__draws=0), OPTIONS)[0]
    assert all(hub.holds is None for alternative in document.alternatives for hub in alternative.hubs)


def test_users_in_the_draws_lie_around_those_of_the_outlook(told: tuple[Today, Outlook]) -> None:
    today, outlook = told
    drawn, expected = outlook.users_drawn, outlook.demand.users
    assert drawn.shape == (5, *expected.shape)
    # nothing is drawn of the base year but the rounding to whole people
    assert drawn[:, 0].sum(axis=1) == pytest.approx(np.broadcast_to(expected[0].sum(axis=0), drawn[:, 0].sum(1).shape),
                                                    rel=0.02)
    assert drawn[:, -1].sum(axis=1).mean(axis=0) == pytest.approx(expected[-1].sum(axis=0), rel=0.15)
    # whoever uses the shop is everybody: the draw's own people
    shop = today.services.index("shop")
    assert outlook.drawn.counted is not None
    assert today.parameters.number("service.shop.users_share") == 1
    people = np.moveaxis(outlook.drawn.counted[:, :, 0], (0, 1, 2), (2, 1, 0))
    there = outlook.counts.total > 0
    assert drawn[:, there, shop] == pytest.approx(people[:, there], rel=1e-6, abs=1.0)


def test_what_has_closed_as_announced_has_no_users_and_the_next_has_them(
    region: Region, told: tuple[Today, Outlook],
) -> None:
    """F001, the supermarket, closes in 2027: in 2025 it has its users, from 2030 on those are others'."""
    today, outlook = told
    facility, shop = today.facilities.ids.index("F001"), today.services.index("shop")
    assert today.facilities.closing_year[facility] == 2027
    of = {f.facility: f for f in outlook.futures if f.service == shop}
    assert of[facility].users[0] > 0
    assert of[facility].users[1:].tolist() == [0, 0, 0]
    assert of[facility].falls_below_year is None  # it had enough while it was open
    assert of[facility].lost_year == 2027
    # F019 has 2,000 users today, needs 2,000 and closes at no stated date: it falls below in the first year
    assert of[today.facilities.ids.index("F019")].falls_below_year == 2026
    limit = today.parameters.number("service.shop.limit_car_min")
    for t, year in enumerate(outlook.years):
        open_yet = today.offered[:, shop] & ~((today.facilities.closing_year <= year) & (t > 0))
        nearest = today.car.minutes[:, open_yet].min(axis=1)
        within = float(outlook.demand.users[t, nearest <= limit, shop].sum())
        assert sum(f.users[t] for f in of.values()) == pytest.approx(within)


def test_settlements_of_one_name_are_told_apart_by_their_district(document: PlanDocument) -> None:
    by_id = {s.id: s for s in document.settlements}
    rows = [row for alternative in document.alternatives for row in alternative.unserved]
    names = [s.name for s in document.settlements]
    assert 0 < sum(by_id[row.settlement].name == "むすび台" for row in rows) < len(rows)
    for row in rows:
        s = by_id[row.settlement]
        assert row.name == (f"{s.name}（{s.district}）" if names.count(s.name) > 1 and s.district else s.name)


def test_own_values_without_a_source_are_a_note(document: PlanDocument) -> None:
    notes = [n for n in document.notes if "own values of parameters" in n.what.en]
    assert [(n.kind, n.count, sorted(n.examples), n.source) for n in notes] == [
        ("assumption", 2, ["plan.draws", "plan.unserved_min"], "region.toml")]  # plan.hold_share names its source
