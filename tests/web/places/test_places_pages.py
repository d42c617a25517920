"""Pages of regions, hubs and RMOs: who sees what, what stands on them, layers, exports, accessibility."""

from __future__ import annotations

import csv
import gzip
import io
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from musubime.web.accounts.models import AuditEntry
from musubime.web.jobs.models import Job
from musubime.web.places.facts import facts_of
from musubime.web.places.models import Hub, Municipality, Region, Rmo

pytestmark = pytest.mark.django_db
CODE = "352080"
HERE = "/places/regions/valley/"
PAGES = ("", "settlements/", "facilities/", "areas/", "sources/")


@pytest.fixture
def iwakuni(valley: Region) -> Region:
    """The region as if it were of 岩国市, where everybody's organisations are."""
    Region.objects.update(code=CODE)
    return Region.objects.get()


@pytest.mark.parametrize("page", [*PAGES, "layers/settlements.geojson", "settlements.csv"])
@pytest.mark.parametrize(("who", "status"), [
    ("anyone", 404), ("company.lead", 404), ("elsewhere", 404), ("municipality.reader", 200), ("prefecture.staff", 200),
    ("administrator", 200),
])
def test_a_private_region_is_not_there_for_outsiders(
    page: str, who: str, status: int, iwakuni: Region, everyone: Any, sign_in: Any,
) -> None:
    client = sign_in(everyone[who])
    assert client.get(HERE + page).status_code == 200
    Region.objects.update(public=False)
    assert client.get(HERE + page).status_code == status
    assert (HERE in client.get("/places/").content.decode()) == (status == 200)


@pytest.mark.parametrize(("who", "status"), [
    ("anyone", 302), ("municipality.reader", 403), ("elsewhere", 403), ("municipality.staff", 302),
])
def test_who_may_close_and_delete_a_region(
    who: str, status: int, iwakuni: Region, everyone: Any, sign_in: Any,
) -> None:
    client = sign_in(everyone[who])
    assert client.post(HERE + "visibility/", {"public": "0"}).status_code == status
    done = who == "municipality.staff"
    assert Region.objects.get().public != done
    assert client.post(HERE + "delete/").status_code == status
    assert Region.objects.exists() != done
    assert AuditEntry.objects.filter(action="places.deleted").exists() == done


def test_an_upload_becomes_a_job_of_the_own_area_only(
    iwakuni: Region, everyone: Any, sign_in: Any, sample_zip: bytes,
) -> None:
    client = sign_in(everyone["municipality.staff"])

    def send(code: str, packed: bytes = sample_zip, **more: str) -> Any:
        file = SimpleUploadedFile("../../evil.zip", packed)
        return client.post("/places/import/", {"code": code, "content": "region", "file": file, **more})

    assert send("352136").status_code == 403
    assert send("352081").status_code == 422  # its check digit is wrong
    assert send(CODE, b"no zip").status_code == 422
    assert not Job.objects.exists()
    assert send(CODE, replaces="valley").status_code == 302
    job = Job.objects.get()
    assert (job.kind, job.code, job.arguments["slug"], job.arguments["public"]) == (
        "places.import", CODE, "valley", False)
    assert "evil" not in job.arguments["file"]
    assert send(CODE, content="open data").status_code == 302
    assert Job.objects.order_by("made_at").last().arguments["slug"] == CODE  # type: ignore[union-attr]


@pytest.mark.parametrize(("who", "planner"), [
    ("anyone", False), ("elsewhere", False), ("municipality.reader", False), ("municipality.staff", True),
    ("prefecture.lead", True),
])
def test_planners_of_the_area_go_on_from_the_region_to_a_plan(
    who: str, planner: bool, iwakuni: Region, everyone: Any, sign_in: Any,
) -> None:
    page = sign_in(everyone[who]).get(HERE).content.decode()
    assert ("/plans/new/valley/" in page) == planner


@pytest.mark.parametrize(("who", "code"), [("municipality.staff", CODE), ("prefecture.staff", None)])
def test_the_code_of_the_own_municipality_stands_in_the_form(
    who: str, code: str | None, everyone: Any, sign_in: Any,
) -> None:
    assert sign_in(everyone[who]).get("/places/import/").context["form"]["code"].value() == code


def test_layers_are_geojson_kept_by_their_hash(iwakuni: Region, client: Any) -> None:
    address = HERE + "layers/settlements.geojson"
    plain, packed = client.get(address), client.get(address, HTTP_ACCEPT_ENCODING="gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    points = json.loads(plain.content)["features"]
    assert len(points) == iwakuni.settlements
    assert sum(point["properties"]["people"] for point in points) == pytest.approx(iwakuni.people, abs=50)
    again = client.get(address, HTTP_IF_NONE_MATCH=f'W/"x", {plain.headers["ETag"]}')
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(HERE + "layers/nothing.geojson").status_code == 404
    for layer in ("ground", "boundary", "roads", "facilities"):
        assert client.get(f"{HERE}layers/{layer}.geojson").status_code == 200


def test_no_page_opens_the_geopackage(iwakuni: Region, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> None:
        raise AssertionError

    monkeypatch.setattr("musubime.region.Region.open", refuse)
    for page in PAGES:
        assert client.get(HERE + page).status_code == 200


def test_settlements_are_searched_sorted_and_taken_along_without_formulas(iwakuni: Region, client: Any) -> None:
    facts = facts_of(iwakuni)
    most = max(facts["settlements"], key=lambda one: one["people"])
    rows = client.get(HERE + "settlements/?sort=people").context["rows"]
    assert rows[0]["id"] == most["id"]
    assert [row["people"] for row in rows] == sorted((row["people"] for row in rows), reverse=True)
    found = client.get(HERE + "settlements/", {"q": most["name"]}).context["rows"]
    assert most["name"] in {row["name"] for row in found}
    assert len(found) < len(rows)
    assert client.get(HERE + "settlements/?sort=nonsense&area=nowhere").context["rows"] == []

    evil = facts["settlements"][0]["name"] = "=cmd|' /C calc'!A0<script>"
    table = list(csv.DictReader(io.StringIO(client.get(HERE + "settlements.csv").content.decode("utf-8-sig"))))
    assert table[0]["name"] == "'" + evil
    assert sum(float(row["people"]) for row in table) == pytest.approx(facts["people"])
    ages = [float(value) for key, value in table[0].items() if key.startswith(("male_", "female_"))]
    assert sum(ages) == pytest.approx(float(table[0]["people"]), abs=0.5)
    page = client.get(HERE + "settlements/").content.decode()
    assert "<script>" not in page.split("</table>")[0]


def test_a_settlement_that_is_not_there_is_404(iwakuni: Region, client: Any) -> None:
    assert client.get(HERE + "settlements/nothing/").status_code == 404
    assert client.get("/places/regions/nothing/").status_code == 404


# --- hubs and RMOs ----------------------------------------------------------------------------------------------

NEW = f"/places/municipalities/{CODE}/hubs/new/"
FIELDS = {"name": "高根の拠点", "place": "旧高根小学校", "services": ["shop", "clinic"], "since": "2019"}


@pytest.mark.parametrize(("who", "status"), [
    ("anyone", 302), ("rmo.lead", 403), ("municipality.reader", 403), ("elsewhere", 403), ("municipality.staff", 302),
])
def test_hubs_are_kept_by_the_staff_of_the_area(who: str, status: int, everyone: Any, sign_in: Any) -> None:
    answer = sign_in(everyone[who]).post(NEW, FIELDS)
    assert answer.status_code == status
    assert Hub.objects.exists() == (who == "municipality.staff")


def test_a_hub_is_entered_changed_with_its_history_and_deleted(everyone: Any, sign_in: Any) -> None:
    rmo = Rmo.objects.create(code=CODE, name="高根の会")
    foreign = Rmo.objects.create(code="352136", name="よその会")
    client = sign_in(everyone["municipality.staff"])
    assert client.post(NEW, FIELDS | {"rmo": foreign.pk}).status_code == 422  # of another municipality
    assert client.post(NEW, FIELDS | {"until": "2018"}).status_code == 422
    assert client.post(NEW, FIELDS | {"lat": "34"}).status_code == 422
    assert client.post(NEW, FIELDS | {"services": "weapons"}).status_code == 422
    client.post(NEW, FIELDS | {"rmo": rmo.pk})
    hub = Hub.objects.get()
    assert (hub.code, hub.services, hub.since, hub.rmo) == (CODE, ["shop", "clinic"], 2019, rmo)
    edit = f"/places/hubs/{hub.pk}/edit/"
    assert client.post(edit, FIELDS | {"name": "新しい名", "version": "0"}).status_code == 302
    late = client.post(edit, FIELDS | {"name": "遅れた名", "version": "0"})  # read before the other's change
    assert late.status_code == 422
    assert "ほかの人が変更" in late.content.decode()
    hub.refresh_from_db()
    assert (hub.name, hub.version, hub.history.count()) == ("新しい名", 1, 2)
    page = client.get(f"/places/hubs/{hub.pk}/").content.decode()
    assert "高根の拠点" in page  # in the history
    client.post(f"/places/hubs/{hub.pk}/delete/")
    assert not Hub.objects.exists()


def test_the_public_sees_a_hub_but_not_who_changed_it(everyone: Any, sign_in: Any) -> None:
    sign_in(everyone["municipality.staff"]).post(NEW, FIELDS | {"name": "<b>拠点</b>"})
    page = sign_in(None).get(f"/places/hubs/{Hub.objects.get().pk}/").content.decode()
    assert "&lt;b&gt;拠点" in page
    assert "municipality-staff" not in page


# --- the browser ------------------------------------------------------------------------------------------------

@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_page_is_accessible_on_desk_and_phone(
    language: str, iwakuni: Region, everyone: Any, browse_as: Any, axe_findings: Any,
) -> None:
    Municipality.objects.create(code=CODE, name="岩国市", source="x")
    hub = Hub.objects.create(code=CODE, name="高根の拠点", services=["shop"])
    settlement = facts_of(iwakuni)["settlements"][0]["id"]
    paths = ["/places/", "/places/municipalities/", f"/places/municipalities/{CODE}/", f"/places/hubs/{hub.pk}/",
             f"/places/hubs/{hub.pk}/edit/", "/places/import/", HERE + "delete/", "/places/municipalities/import/",
             HERE + f"settlements/{settlement}/", *(HERE + page for page in PAGES)]
    for path in paths:
        page = browse_as(everyone["administrator"], path, language)
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 844})
            assert axe_findings(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.django_db(transaction=True)
def test_the_map_is_drawn_from_our_own_layers(iwakuni: Region, browse_as: Any) -> None:
    page = browse_as(None, HERE)
    page.wait_for_selector("[data-map][data-ready]", timeout=30_000)
    assert page.locator("details.map-list a").count() == iwakuni.settlements
