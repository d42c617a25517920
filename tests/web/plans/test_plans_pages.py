"""Pages of a plan without a browser: figures, who may read, files."""

from __future__ import annotations

import gzip
import json
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


def read(client: Any, path: str, language: str = "en") -> str:
    client.cookies["language"] = language
    answer = client.get(path)
    assert answer.status_code == 200, path
    return str(answer.content.decode())


def test_the_page_says_what_the_plan_says(client: Any, plan: Plan) -> None:
    document = trial_plans.document()
    first, year = document.alternatives[0], document.plan_year
    page = read(client, plan.get_absolute_url())
    for hub in first.hubs:
        assert hub.name in page
    assert f"{number(first.by_year[year].unserved_people)} people" in page
    assert f"without a plan: {number(document.without_plan[year].unserved_people)} people" in page
    for alternative in document.alternatives:
        assert alternative.question.en in page
    assert "結野" in read(client, plan.get_absolute_url(), "ja")


@pytest.mark.parametrize("case", ["none", "reference", "fewer"])
def test_the_switch_works_without_a_script(client: Any, plan: Plan, case: str) -> None:
    document = trial_plans.document()
    year = document.years[-1]
    page = read(client, f"{plan.get_absolute_url()}?case={case}&year={year}")
    by_case = {a.id: a.by_year for a in document.alternatives} | {"none": document.without_plan}
    seen = page.split('id="seen"')[1].split("</dl>")[0]
    assert f"<dd>{number(by_case[case][year].unserved_people)}</dd>" in seen
    assert f'value="{case}" checked' in page
    assert f'value="{year}" checked' in page


@pytest.mark.parametrize("query", ["?case=nobody&year=1&show=x", "?year=２０５０", "?case=%0A&year=-1", "?year=9" * 3])
def test_a_wrong_address_shows_the_reference(client: Any, plan: Plan, query: str) -> None:
    page = read(client, plan.get_absolute_url() + query)
    assert 'value="reference" checked' in page


@pytest.mark.parametrize(("who", "status"), [
    ("anyone", 404), ("signed in", 404), ("elsewhere", 404), ("ministry.lead", 404), ("rmo.lead", 404),
    ("municipality.reader", 200), ("prefecture.staff", 200), ("administrator", 200),
])
def test_a_plan_that_is_not_published_is_for_its_own_area(
    sign_in: Any, everyone: dict[str, User | None], who: str, status: int,
) -> None:
    plan = trial_plans.trial_plan(published=False)
    client = sign_in(everyone[who])
    settlement = trial_plans.document().settlements[0].id
    paths = [
        plan.get_absolute_url(), reverse("plans:settlements", args=[plan.key]), reverse("plans:basis", args=[plan.key]),
        reverse("plans:settlement", args=[plan.key, settlement]), reverse("plans:qr", args=[plan.key]),
        reverse("plans:layer", args=[plan.key, "settlements"]), reverse("plans:file", args=[plan.key, "plan.json"]),
        reverse("plans:chart", args=[plan.key, "fan", "ja", settlement]),
    ]
    assert [client.get(path).status_code for path in paths] == [status] * len(paths)
    assert ("Trial plan" in client.get("/plans/").content.decode()) == (status == 200)
    compared = client.get(f"/plans/compare/?a={plan.key}&b={plan.key}").content.decode()
    assert ("Trial plan" in compared) == (status == 200)


def test_a_published_plan_of_a_region_that_is_not_public_stays_in_its_area(client: Any) -> None:
    plan = trial_plans.trial_plan(public=False)
    assert client.get(plan.get_absolute_url()).status_code == 404


def test_the_page_of_a_settlement_says_what_the_plan_says(client: Any, plan: Plan) -> None:
    document = trial_plans.document()
    settlement = max(document.settlements, key=lambda s: s.people[document.years[0]].total)
    page = read(client, reverse("plans:settlement", args=[plan.key, settlement.id]))
    assert f"<dd>{number(settlement.people[document.years[0]].total)}</dd>" in page
    last = settlement.intervals[document.years[-1]]
    assert f"{number(last.low_80)}–{number(last.high_80)}" in page
    near = settlement.today["clinic"]
    assert near.car_min is not None
    assert f"{number(near.car_min)} min by car" in page
    assert near.name is not None
    assert near.name in page
    hub = next(h.name for h in document.alternatives[0].hubs if settlement.id in h.settlements)
    assert hub in page
    assert page.count("<img ") >= 2


def test_every_settlement_has_a_page_and_the_table_finds_it(client: Any, plan: Plan) -> None:
    document = trial_plans.document()
    for settlement in document.settlements[::10]:
        read(client, reverse("plans:settlement", args=[plan.key, settlement.id]))
    address = reverse("plans:settlements", args=[plan.key])
    page = read(client, address)
    assert page.count('scope="row"') == 100
    assert read(client, f"{address}?page=2").count('scope="row"') == len(document.settlements) - 100
    one = document.settlements[7]
    found = read(client, f"{address}?q={one.name}&case=none&year={document.years[-1]}&sort=people")
    assert f"/settlements/{one.id}/" in found
    assert "No settlement of this name." in read(client, f"{address}?q=<script>")
    assert client.get(f"{address}nobody/").status_code == 404


def test_files_are_saved_and_never_opened(client: Any, plan: Plan) -> None:
    for name in ("plan.html", "plan.xlsx", "plan.gpkg", "plan.json"):
        answer = client.get(reverse("plans:file", args=[plan.key, name]))
        assert answer.status_code == 200
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert b"".join(answer.streaming_content) == (plan.folder / name).read_bytes()
    for name in ("workshop.npz", "view", "plan.pptx", "..%2Fplan.json", "secret.key", "plan.json.bak"):
        assert client.get(f"/plans/{plan.key}/files/{name}").status_code == 404


def test_layers_are_checked_each_time_and_sent_once(client: Any, plan: Plan) -> None:
    address = reverse("plans:layer", args=[plan.key, "settlements"])
    packed = client.get(address, headers={"accept-encoding": "gzip"})
    plain = client.get(address)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.content) == plain.content
    document = trial_plans.document()
    features = json.loads(plain.content)["features"]
    assert len(features) == len(document.settlements)
    properties = features[0]["properties"]
    assert properties["p2050"] == pytest.approx(document.settlements[0].people[2050].total, abs=0.05)
    assert client.get(properties["url"]).status_code == 200
    again = client.get(address, headers={"if-none-match": plain.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(f"/plans/{plan.key}/layers/secret.geojson").status_code == 404


def test_charts_are_drawn_once_in_both_languages(client: Any, plan: Plan) -> None:
    settlement = trial_plans.document().settlements[3]
    for chart in ("fan", "pyramid"):
        drawn = [client.get(reverse("plans:chart", args=[plan.key, chart, language, settlement.id]))
                 for language in ("ja", "en")]
        assert [one.headers["Content-Type"] for one in drawn] == ["image/svg+xml"] * 2
        assert drawn[0].content.startswith(b"<svg xmlns=")
        assert drawn[0].content != drawn[1].content
        assert (plan.folder / "view" / "charts" / f"3-{chart}-ja.svg").read_bytes() == drawn[0].content
    assert client.get(f"/plans/{plan.key}/charts/fan-fr/{settlement.id}.svg").status_code == 404
    assert client.get(f"/plans/{plan.key}/charts/pie-ja/{settlement.id}.svg").status_code == 404


def test_names_are_words_and_not_markup(client: Any) -> None:
    plan = trial_plans.trial_plan(name="<script>alert(1)</script>")
    for path in ("/plans/", plan.get_absolute_url(), reverse("plans:settlements", args=[plan.key]),
                 f"/plans/compare/?a={plan.key}&b={plan.key}"):
        assert "<script>alert" not in read(client, path)
    file = client.get(reverse("plans:file", args=[plan.key, "plan.json"]))
    assert "\n" not in file.headers["Content-Disposition"]


def test_two_plans_side_by_side(client: Any, plan: Plan) -> None:
    other = trial_plans.trial_plan(key="otherplan", name="Another one")
    page = read(client, f"/plans/compare/?a={plan.key}&b={other.key}")
    assert page.count("data-map=") == 2
    assert "No difference: every settlement lacks as many services under one as under the other." in page
    assert number(trial_plans.document().alternatives[0].by_year[2050].unserved_people) in page
    alone = read(client, f"/plans/compare/?a={plan.key}&b=nothing")
    assert "data-map=" not in alone


def test_a_plan_whose_folder_was_taken_away_is_not_there(client: Any, plan: Plan) -> None:
    (plan.folder / "plan.json").unlink()
    assert client.get(plan.get_absolute_url()).status_code == 404


def test_pages_are_light(client: Any, plan: Plan) -> None:
    for path in ("/plans/", plan.get_absolute_url(), reverse("plans:settlements", args=[plan.key]),
                 reverse("plans:settlement", args=[plan.key, trial_plans.document().settlements[0].id])):
        assert len(read(client, path, "ja").encode()) < 150_000
