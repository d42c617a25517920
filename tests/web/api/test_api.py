"""The API: what is public to all, more with a token, and nothing that its own description does not say."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from musubime.web.accounts.models import Kind, Organisation
from musubime.web.api.models import Token
from musubime.web.api.reader import digest_of, new_token
from musubime.web.api.tables import region_settlements
from musubime.web.data import DataFolder
from musubime.web.plans.models import Plan
from musubime.web.surveys.models import Made, Return, Wave

pytestmark = pytest.mark.django_db


def token(area: str, *scopes: str, **changed: Any) -> dict[str, str]:
    """Headers with a new token of a municipality."""
    organisation = Organisation.objects.create(kind=Kind.MUNICIPALITY, name="town", area=area)
    value = new_token()
    Token.objects.create(**{
        "organisation": organisation, "name": "test", "digest": digest_of(value), "scopes": list(scopes),
        "expires_at": timezone.now() + timedelta(days=1),
    } | changed)
    return {"Authorization": f"Bearer {value}"}


def test_public_things_need_no_token_and_others_are_not_seen(client: Any, plans: dict[str, Plan]) -> None:
    assert [r["slug"] for r in client.get("/api/v1/regions").json()["items"]] == ["town"]
    assert client.get("/api/v1/regions/secret").status_code == 404
    assert [p["key"] for p in client.get("/api/v1/plans").json()["items"]] == ["published0"]
    for tail in ("", "/settlements", "/hubs", "/indicators", "/document"):
        assert client.get(f"/api/v1/plans/published0{tail}").status_code == 200
        assert client.get(f"/api/v1/plans/draft00000{tail}").status_code == 404


@pytest.mark.parametrize(("area", "scopes", "sees_region", "sees_plan"), [
    ("352080", ("places", "plans"), True, True),
    ("35", ("plans",), False, True),
    ("352136", ("places", "plans"), False, False),
    ("352080", (), False, False),
])
def test_a_token_opens_its_scopes_in_its_area(
    client: Any, plans: dict[str, Plan], area: str, scopes: tuple[str, ...], sees_region: bool, sees_plan: bool,
) -> None:
    headers = token(area, *scopes)
    assert (client.get("/api/v1/regions/secret", headers=headers).status_code == 200) is sees_region
    assert (client.get("/api/v1/plans/draft00000", headers=headers).status_code == 200) is sees_plan


@pytest.mark.parametrize("wrong", ["unknown", "expired", "revoked", "other scheme"])
def test_a_token_that_does_not_hold_is_refused_and_not_ignored(
    client: Any, plans: dict[str, Plan], wrong: str,
) -> None:
    headers = {"unknown": lambda: {"Authorization": "Bearer musubime_x"},
               "expired": lambda: token("35", "plans", expires_at=timezone.now()),
               "revoked": lambda: token("35", "plans", revoked_at=timezone.now()),
               "other scheme": lambda: {"Authorization": "Basic YTpi"}}[wrong]()
    answer = client.get("/api/v1/regions", headers=headers)
    assert answer.status_code == 401
    assert "トークン" in answer.json()["detail"]["ja"]


def test_settlements_as_json_geojson_and_csv_are_the_same(client: Any, plans: dict[str, Plan]) -> None:
    document = json.loads((plans["published0"].folder / "plan.json").read_text("utf-8"))
    people = {s["id"]: s["people"]["2040"]["total"] for s in document["settlements"]}
    here = "/api/v1/plans/published0/settlements"
    first = client.get(f"{here}?year=2040&limit=10").json()
    assert first["count"] == len(people)
    items, following = first["items"], first["next"]
    while following:
        page = client.get(following).json()
        items, following = items + page["items"], page["next"]
    assert {row["id"]: row["people"] for row in items} == people
    features = client.get(f"{here}?year=2040&format=geojson").json()["features"]
    assert {f["id"]: f["properties"]["people"] for f in features} == people
    at = next(s for s in document["settlements"] if s["id"] == features[0]["id"])
    assert features[0]["geometry"] == {"type": "Point", "coordinates": [at["lon"], at["lat"]]}
    answer = client.get(f"{here}?year=2040&format=csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert {row["id"]: float(row["people"]) for row in rows} == people
    unserved = {u["settlement"] for u in document["alternatives"][0]["unserved"]}
    planned = client.get(f"{here}?limit=1000").json()["items"]
    assert {row["id"] for row in planned if row["not_served"]} <= set(people)
    assert unserved <= {row["id"] for row in planned if row["not_served"]}


def test_a_settlement_where_nobody_was_counted_is_there_without_figures() -> None:
    counted = {"id": "a", "name": "本町", "area": "", "lon": 132.0, "lat": 34.0, "people": 6.0, "over_65": None,
               "ages": [[1.0, 2.0], [0.0, 3.0]]}
    unknown = counted | {"id": "b", "people": None, "ages": None}
    first, second = region_settlements({"age_from": [0, 15], "year": 2025, "settlements": [counted, unknown]})
    assert (first["people"], first["under_15"], first["over_65"]) == (6.0, 1.0, None)  # 1 boy, no girl
    assert (second["people"], second["under_15"]) == (None, None)


def test_settlements_of_a_region_add_up(client: Any, plans: dict[str, Plan]) -> None:
    from musubime.region import Region as Folder

    latest = Folder.open(plans["published0"].region.folder).population.latest
    rows = client.get("/api/v1/regions/town/settlements?limit=1000").json()["items"]
    assert sum(row["people"] for row in rows) == pytest.approx(latest.sum(), abs=0.1)
    assert sum(row["over_65"] for row in rows) == pytest.approx(latest[..., 13:].sum(), abs=0.1)


def test_the_same_answer_is_not_sent_twice(client: Any, plans: dict[str, Plan]) -> None:
    first = client.get("/api/v1/plans/published0/hubs")
    again = client.get("/api/v1/plans/published0/hubs", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_tables_of_a_survey_are_seen_when_published_or_by_those_who_made_them(client: Any, data: DataFolder) -> None:
    wave = Wave.objects.create(key="hubs-2026", survey="hubs", version="1", fiscal_year=2026, questionnaire="",
                               title={"ja": "調査", "en": "survey"}, publisher={}, due=dt.date(2026, 12, 1))
    for n, state in enumerate(("accepted", "accepted", "submitted", "draft")):
        Return.objects.create(wave=wave, code=f"35208{n}", prefecture="35", state=state)
    for area in ("", "35"):
        made = Made.objects.create(wave=wave, area=area, done_at=timezone.now(), files=["tables.json"])
        made.folder.mkdir(parents=True)
        (made.folder / "tables.json").write_text(json.dumps({"tables": [{
            "id": "t1", "title": {"ja": "表", "en": "table"}, "n": 3,
            "columns": [{"id": "n", "head": {"ja": "数", "en": "count"}}],
            "rows": [{"id": "r", "head": {"ja": "=計", "en": "all"}, "values": {"n": 3}}]}]}))
    row = client.get("/api/v1/surveys").json()["items"][0]
    assert (row["asked"], row["submitted"], row["accepted"], row["tables"]) == (4, 3, 2, 0)
    here = "/api/v1/surveys/hubs-2026/tables"
    assert client.get(here).json()["count"] == 0
    assert [r["area"] for r in client.get(here, headers=token("35", "surveys")).json()["items"]] == ["35"]
    assert client.get(here, headers=token("352080", "surveys")).json()["count"] == 0
    assert [r["area"] for r in client.get(here, headers=token("", "surveys")).json()["items"]] == ["", "35"]
    Made.objects.filter(area="").update(published_at=timezone.now())
    assert [(r["area"], r["value"]) for r in client.get(here).json()["items"]] == [("", 3)]
    assert "'=計" in client.get(f"{here}?format=csv").content.decode(), "no cell becomes a formula"


@pytest.mark.parametrize("path", [
    "/api/v1/plans/published0/settlements?year=1850", "/api/v1/plans/published0/hubs?alternative=none_such",
    "/api/v1/plans/nothing", "/api/v1/regions/nothing",
])
def test_what_is_not_there_says_so_in_both_languages(client: Any, plans: dict[str, Plan], path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert set(answer.json()["detail"]) == {"ja", "en"}


def test_the_lead_makes_sees_once_and_revokes_a_token(client: Any, everyone: Any, sign_in: Any) -> None:
    lead = everyone["municipality.lead"]
    organisation = lead.memberships.get().organisation
    client = sign_in(lead)
    answer = client.post("/api/tokens/", {
        "organisation": str(organisation.pk), "name": '<script>alert(1)</script>', "scopes": ["plans"], "days": "30",
    })
    page = answer.content.decode()
    assert "<script>alert" not in page
    made = Token.objects.get()
    value = page.split('value="musubime_')[1].split('"')[0]
    assert made.digest == digest_of("musubime_" + value), "only its digest is kept"
    assert "musubime_" not in client.get("/api/tokens/").content.decode()
    outsider = sign_in(everyone["elsewhere"])
    assert outsider.post(f"/api/tokens/{made.pk}/revoke/").status_code == 404
    assert outsider.post("/api/tokens/", {"organisation": str(organisation.pk), "name": "x", "days": "30"}
                         ).status_code == 403
    sign_in(lead).post(f"/api/tokens/{made.pk}/revoke/")
    assert client.get("/api/v1/regions", headers={"Authorization": "Bearer musubime_" + value}).status_code == 401


def test_the_page_of_tokens_is_accessible(everyone: Any, browse_as: Any, axe_findings: Any) -> None:
    for language in ("ja", "en"):
        assert axe_findings(browse_as(everyone["municipality.lead"], "/api/tokens/", language)) == []
