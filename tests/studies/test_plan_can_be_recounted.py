"""The numbers of plan.json, recomputed by hand from plan.json alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from musubime.region.sample import write_sample
from musubime.reports import publish
from musubime.studies import PlanOptions, plan_region


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("sample")
    region = write_sample(folder / "town", 1)
    document, _ = plan_region(region, PlanOptions())
    publish(document, region, folder / "plan")
    written: dict[str, Any] = json.loads((folder / "plan" / "plan.json").read_text("utf-8"))
    return written


def users(plan: dict[str, Any], settlement: dict[str, Any], service: dict[str, Any], year: int) -> float:
    """People in the ages that use a service, times the share of them who do."""
    bounds = [*plan["age_from"][1:], 201]
    return float(service["users_share"] * sum(
        count
        for sex in settlement["pyramid"][str(year)]
        for count, lower, upper in zip(sex, plan["age_from"], bounds, strict=True)
        if lower >= service["users_age_from"] and upper - 1 <= service["users_age_to"]
    ))


def parameter(plan: dict[str, Any], name: str) -> float:
    return next(float(p["value"]) for p in plan["parameters"] if p["name"] == name)


@pytest.mark.parametrize("at", [0, 1, -1])
def test_the_objective_is_travel_plus_cost_settlement_by_settlement(plan: dict[str, Any], at: int) -> None:
    alternative = plan["alternatives"][at]
    services = {service["id"]: service for service in plan["services"]}
    settlements = {settlement["id"]: settlement for settlement in plan["settlements"]}
    later = plan["years"][1:]
    jpy = parameter(plan, "plan.jpy_per_minute")
    unserved_min = alternative["unserved_min"]
    travel = 0.0
    for row in alternative["assignment"]:
        service = services[row["service"]]
        mean_users = sum(users(plan, settlements[row["settlement"]], service, y) for y in later) / len(later)
        minutes = unserved_min if row["place"] is None else row["minutes"]
        travel += mean_users * service["trips_per_year"] * 2 * minutes * jpy
    cost = sum(hub["cost_jpy_per_year"] for hub in alternative["hubs"])
    cost += sum(kept["cost_jpy_per_year"] for kept in alternative["kept_outside"])
    assert alternative["cost_jpy_per_year"] == pytest.approx(cost, rel=1e-6)
    assert alternative["objective_jpy"] == pytest.approx(travel + cost, rel=1e-4)
    assert alternative["bound_jpy"] <= alternative["objective_jpy"]
    assert alternative["gap"] == pytest.approx(
        (alternative["objective_jpy"] - alternative["bound_jpy"]) / alternative["objective_jpy"], abs=1e-6)


def test_one_settlement_by_hand(plan: dict[str, Any]) -> None:
    """The largest settlement that some service of the reference does not reach, or the largest of all."""
    alternative = plan["alternatives"][0]
    unserved = {row["settlement"] for row in alternative["unserved"]}
    year = str(plan["plan_year"])
    settlement = max(plan["settlements"], key=lambda s: (s["id"] in unserved, s["people"][year]["total"]))
    pyramid = settlement["pyramid"][year]
    assert settlement["people"][year]["total"] == pytest.approx(sum(map(sum, pyramid)), abs=0.05)
    over_65 = sum(c for sex in pyramid for c, lower in zip(sex, plan["age_from"], strict=True) if lower >= 65)
    assert settlement["people"][year]["over_65"] == pytest.approx(over_65, abs=0.05)
    placeable = {s["id"] for s in plan["services"] if s["placeable"]}
    lacking = {row["service"] for row in alternative["assignment"]
               if row["settlement"] == settlement["id"] and row["place"] is None and row["service"] in placeable}
    told = next((row["services"] for row in alternative["unserved"] if row["settlement"] == settlement["id"]), [])
    assert set(told) == lacking


def test_served_and_unserved_are_everybody(plan: dict[str, Any]) -> None:
    for alternative in plan["alternatives"]:
        for year, measures in alternative["by_year"].items():
            everybody = sum(s["people"][year]["total"] for s in plan["settlements"])
            assert measures["served_people"] + measures["unserved_people"] == pytest.approx(everybody, rel=1e-6)
        told = sum(row["people"] for row in alternative["unserved"])
        assert told == pytest.approx(alternative["by_year"][str(plan["plan_year"])]["unserved_people"], rel=1e-6)


def test_figures_are_the_numbers_they_name(plan: dict[str, Any]) -> None:
    figures = {figure["id"]: figure["value"] for figure in plan["figures"]}
    base = str(plan["place"]["base_year"])
    assert figures["people.base"] == pytest.approx(sum(s["people"][base]["total"] for s in plan["settlements"]))
    short = sum(s["food_access_short"] for s in plan["settlements"])
    assert figures["food_access.short"] == pytest.approx(short, rel=1e-6)
    assert figures["reference.hubs"] == len(plan["alternatives"][0]["hubs"])
    for figure in plan["figures"]:
        assert figure["formula"], figure["id"]


def test_a_hub_is_a_gathering_of_services(plan: dict[str, Any]) -> None:
    for alternative in plan["alternatives"]:
        for hub in alternative["hubs"]:
            assert len(hub["services"]) >= parameter(plan, "plan.min_services")
            for service in hub["services"]:
                if service["action"] == "opened":
                    assert service["building"] in hub["buildings_used"]
