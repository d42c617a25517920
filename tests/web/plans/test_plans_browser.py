"""Pages of a plan in a real browser: map and switch, keyboard, no script, phone, projector, axe on every page."""

from __future__ import annotations

from typing import Any

import pytest
import trial_plans
from django.urls import reverse

from musubime.reports.words import number
from musubime.web.accounts.models import User
from musubime.web.plans.models import Plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan() -> Plan:
    return trial_plans.trial_plan()


def drawn(page: Any, count: int = 1) -> Any:
    page.wait_for_function(
        "(count) => document.querySelectorAll('[data-map][data-ready=yes]').length === count", arg=count)
    return page


def asked(page: Any, script: str) -> Any:
    return page.evaluate(f"() => {{ const {{ map }} = document.getElementById('map').musubime; {script} }}")


def test_the_switch_changes_map_figures_and_address(browse_as: Any, plan: Plan) -> None:
    document = trial_plans.document()
    first, last = document.alternatives[0], document.years[-1]
    page = drawn(browse_as(None, plan.get_absolute_url()))
    shown = asked(page, "return map.queryRenderedFeatures({ layers: ['hubs'] }).map((f) => f.properties.name);")
    assert set(shown) <= {hub.name for a in document.alternatives for hub in a.hubs}
    assert set(shown) == {hub.name for hub in first.hubs}
    settlements = asked(page, "return map.querySourceFeatures('source-settlements').length;")
    assert settlements >= len(document.settlements)  # some stand in two tiles
    page.get_by_role("radio", name="計画なし").check(force=True)
    page.get_by_role("radio", name=str(last), exact=True).check(force=True)
    wanted = number(document.without_plan[last].unserved_people)
    page.wait_for_function("(text) => document.getElementById('seen').innerText.includes(text)", arg=wanted)
    page.wait_for_function(
        "(year) => location.search.includes('case=none') && location.search.includes(`year=${year}`)", arg=str(last))
    assert asked(page, "return map.getPaintProperty('settlements', 'circle-color')[1][1][1];") == f"l_none_{last}"
    assert asked(page, "return map.queryRenderedFeatures({ layers: ['hubs'] }).length;") == 0
    page.get_by_role("radio", name="65歳以上の割合").check(force=True)
    page.wait_for_function("() => document.getElementById('map-legend').innerText.includes('30%')")
    assert asked(page, "return map.getPaintProperty('settlements', 'circle-color')[1][1][1];") == f"a{last}"


def test_the_keyboard_alone_works_the_switch(browse_as: Any, plan: Plan) -> None:
    page = drawn(browse_as(None, plan.get_absolute_url(), "en"))
    page.locator("input[name=case]:checked").focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("() => document.getElementById('chosen-head').innerText.includes('without a plan')")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.getElementById('chosen-head').innerText.includes('Reference')")


def test_without_a_script_the_page_says_all(chromium: Any, live_server: Any, plan: Plan) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(live_server.url + plan.get_absolute_url())
    page.locator("input[name=case][value=fewer]").check(force=True)
    page.locator("#switch button").click()
    assert "case=fewer" in page.url
    assert page.locator("#chosen .hubs > li").count() == len(trial_plans.document().alternatives[1].hubs)
    assert page.locator("#map-list li").count() == len(trial_plans.document().settlements)
    context.close()


@pytest.mark.parametrize(
    ("language", "width", "query"), [("ja", 1280, ""), ("en", 390, ""), ("ja", 1920, "?projector=1")])
def test_every_page_of_a_plan_is_accessible_and_fits(
    browse_as: Any, axe_findings: Any, plan: Plan, language: str, width: int, query: str,
) -> None:
    settlement = trial_plans.document().settlements[0].id
    other = trial_plans.trial_plan(key="otherplan", name="Another one")
    join = "&" if query else "?"
    for path, maps in (
        ("/plans/", 0), (plan.get_absolute_url(), 1), (reverse("plans:settlements", args=[plan.key]), 0),
        (reverse("plans:settlement", args=[plan.key, settlement]), 0), (reverse("plans:basis", args=[plan.key]), 0),
        (f"/plans/compare/{query}{join}a={plan.key}&b={other.key}", 2),
    ):
        page = browse_as(None, path if "?" in path else path + query, language)
        page.set_viewport_size({"width": width, "height": 1080 if query else 844})
        if maps:
            drawn(page, maps)
        assert axe_findings(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), f"{path} is too wide"


def test_the_desk_is_accessible(browse_as: Any, axe_findings: Any, everyone: dict[str, User | None]) -> None:
    plan = trial_plans.trial_plan(published=False)
    lead = everyone["municipality.lead"]
    for path in (plan.get_absolute_url(), f"/plans/{plan.key}/delete/", "/plans/new/",
                 f"/plans/new/{plan.region.slug}/", f"/plans/bring/{plan.region.slug}/"):
        assert axe_findings(browse_as(lead, path)) == [], path
    page = browse_as(lead, plan.get_absolute_url(), "en")
    page.get_by_role("button", name="Publish").click()
    page.get_by_text("The plan is published.").wait_for()
    page = browse_as(None, plan.get_absolute_url(), "en")
    assert page.locator("h1").inner_text() == "Trial plan"
    assert page.get_by_role("button", name="Withdraw").count() == 0
