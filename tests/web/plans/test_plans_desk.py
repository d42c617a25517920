"""Making, bringing in, publishing, withdrawing, renaming and deleting plans."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
import trial_plans
from django.core.files.uploadedfile import SimpleUploadedFile

from musubime.web.accounts.models import AuditEntry, User
from musubime.web.data import DataFolder
from musubime.web.jobs import queue
from musubime.web.jobs.models import Job, State
from musubime.web.plans import bringing
from musubime.web.plans.models import Plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def planner(sign_in: Any, everyone: dict[str, User | None]) -> Any:
    return sign_in(everyone["municipality.staff"])


def done(job: Job) -> Job:
    queue.run_job.call(str(job.pk))
    job.refresh_from_db()
    return job


def actions(plan_key: str) -> list[str]:
    return list(AuditEntry.objects.filter(object_id=plan_key).order_by("id").values_list("action", flat=True))


def test_published_withdrawn_renamed_deleted(planner: Any) -> None:
    plan = trial_plans.trial_plan(published=False)
    own = f"/plans/{plan.key}/"
    planner.post(own + "publish/")
    plan.refresh_from_db()
    assert plan.published
    assert plan.published_at is not None
    assert Job.objects.get().kind == "plans.draw"
    planner.post(own + "publish/")  # once is enough
    assert Job.objects.count() == 1
    planner.post(own + "rename/", {"name": "二つ目の名前"})
    planner.post(own + "rename/", {"name": ""})
    planner.post(own + "rename/", {"name": "x" * 121})
    plan.refresh_from_db()
    assert plan.name == "二つ目の名前"
    planner.post(own + "withdraw/")
    plan.refresh_from_db()
    assert not plan.published
    assert planner.get(own + "delete/").status_code == 200
    assert Plan.objects.exists()
    folder = plan.folder
    planner.post(own + "delete/")
    assert not Plan.objects.exists()
    assert not folder.exists()
    assert actions(plan.key) == ["plans.publish", "plans.rename", "plans.withdraw", "plans.delete"]
    assert [one.name for one in Plan.history.order_by("history_id")][-1] == "二つ目の名前"


@pytest.mark.parametrize(("who", "status"), [("elsewhere", 403), ("municipality.reader", 403), ("rmo.lead", 403)])
def test_others_change_nothing(sign_in: Any, everyone: dict[str, User | None], who: str, status: int) -> None:
    plan = trial_plans.trial_plan()
    client = sign_in(everyone[who])
    for what in ("publish", "withdraw", "rename", "delete"):
        assert client.post(f"/plans/{plan.key}/{what}/", {"name": "mine"}).status_code == status
    assert client.post(f"/plans/new/{plan.region.slug}/", {"name": "mine", "years": "2040", "seed": 1}
                       ).status_code == status
    plan.refresh_from_db()
    assert (plan.published, plan.name, Job.objects.count()) == (True, "Trial plan", 0)


def test_a_plan_is_made_as_the_command_makes_it(planner: Any) -> None:
    region = trial_plans.trial_region()
    answer = planner.post(f"/plans/new/{region.slug}/", {
        "name": "Two hubs", "hubs": "2", "budget": "", "years": "2030、2040", "seed": "3"})
    job = Job.objects.get()
    assert answer.headers["Location"] == f"/jobs/{job.pk}/"
    job = done(job)
    assert (job.state, job.faults) == (State.DONE, [])
    plan = Plan.objects.get()
    assert job.result == {"address": plan.get_absolute_url()}
    assert plan.options == {"hubs": 2, "budget_jpy": None, "years": [2030, 2040], "seed": 3}
    assert len(plan.summary["hubs"]) == 2
    assert not plan.published
    assert {p.name for p in plan.folder.iterdir()} >= {
        "plan.json", "plan.html", "plan.xlsx", "plan.gpkg", "workshop.npz", "view"}
    assert planner.get(plan.get_absolute_url()).status_code == 200
    assert actions(plan.key) == ["plans.make"]


@pytest.mark.parametrize("wrong", [
    {"years": "soon"}, {"years": ""}, {"years": "1900"}, {"years": "9" * 40}, {"hubs": "0"}, {"hubs": "400"},
    {"seed": "x"}, {"name": ""}, {"budget": "-1"}, {"years": ",".join(str(y) for y in range(2030, 2060))},
])
def test_what_cannot_be_planned_is_told_at_once(planner: Any, wrong: dict[str, str]) -> None:
    region = trial_plans.trial_region()
    asked = {"name": "A plan", "hubs": "", "budget": "", "years": "2030,2040", "seed": "1"} | wrong
    answer = planner.post(f"/plans/new/{region.slug}/", asked)
    assert answer.status_code == 422
    assert Job.objects.count() == 0


def packed(files: dict[str, bytes]) -> SimpleUploadedFile:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return SimpleUploadedFile("plan.zip", buffer.getvalue())


def plan_json() -> bytes:
    return (trial_plans.kept() / "plan" / "plan.json").read_bytes()


def own_region() -> Any:
    """The sample town under its own code, so that its plan belongs to it."""
    return trial_plans.trial_region(code=trial_plans.document().place.code, slug="own")


@pytest.mark.parametrize("as_zip", [False, True])
def test_a_finished_plan_is_brought_in(
    sign_in: Any, everyone: dict[str, User | None], data: DataFolder, as_zip: bool,
) -> None:
    region, client = own_region(), sign_in(everyone["administrator"])
    file = (packed({"out/plan.json": plan_json(), "out/plan.html": b"<script>evil()</script>"}) if as_zip
            else SimpleUploadedFile("plan.json", plan_json()))
    client.post(f"/plans/bring/{region.slug}/", {"name": "Brought", "file": file})
    job = done(Job.objects.get())
    assert (job.state, job.faults) == (State.DONE, [])
    plan = Plan.objects.get()
    assert plan.brought
    assert b"evil()" not in (plan.folder / "plan.html").read_bytes()  # made anew here
    assert list(data.uploads.glob("plan-*")) == []
    assert client.get(plan.get_absolute_url()).status_code == 200


def _other_place() -> bytes:
    told = json.loads(plan_json())
    told["place"]["code"] = "352136"
    return json.dumps(told).encode()


def _one_settlement_less() -> bytes:
    told = json.loads(plan_json())
    told["settlements"] = told["settlements"][:-1]
    return json.dumps(told).encode()


@pytest.mark.parametrize("make", [
    lambda: SimpleUploadedFile("plan.json", b"{}"),
    lambda: SimpleUploadedFile("plan.json", b"\xff\xfe\x00 nothing"),
    lambda: SimpleUploadedFile("plan.json", plan_json()[:-100]),
    lambda: SimpleUploadedFile("plan.zip", b"PK\x03\x04 nothing"),
    lambda: packed({"readme.txt": b"none"}),
    lambda: packed({"a/plan.json": b"{}", "b/plan.json": b"{}"}),
    lambda: packed({"../../plan.json": b"[]"}),
    lambda: SimpleUploadedFile("plan.json", _other_place()),
    lambda: SimpleUploadedFile("plan.json", _one_settlement_less()),
])
def test_what_is_no_plan_of_the_region_is_refused(
    sign_in: Any, everyone: dict[str, User | None], data: DataFolder, make: Any,
) -> None:
    region, client = own_region(), sign_in(everyone["administrator"])
    answer = client.post(f"/plans/bring/{region.slug}/", {"name": "Brought", "file": make()})
    assert answer.status_code == 422
    assert "notice error" in answer.content.decode()
    assert Job.objects.count() == 0
    assert list(data.uploads.rglob("*")) == []


def test_a_zip_bomb_is_stopped(
    sign_in: Any, everyone: dict[str, User | None], data: DataFolder, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bringing, "MOST_BYTES", 1_000_000)
    region, client = own_region(), sign_in(everyone["administrator"])
    bomb = packed({"plan.json": b" " * 30_000_000})
    assert bomb.size < 100_000
    assert client.post(f"/plans/bring/{region.slug}/", {"name": "Bomb", "file": bomb}).status_code == 422
    assert list(data.uploads.rglob("*")) == []


def test_a_plan_of_a_region_that_has_changed_since_is_refused_by_its_sums(
    sign_in: Any, everyone: dict[str, User | None], data: DataFolder,
) -> None:
    """Same settlements, but more people lack a service in the file than the region here gives."""
    told = json.loads(plan_json())
    told["without_plan"]["2040"]["unserved_people"] += 100
    region, client = own_region(), sign_in(everyone["administrator"])
    file = SimpleUploadedFile("plan.json", json.dumps(told).encode())
    client.post(f"/plans/bring/{region.slug}/", {"name": "Old", "file": file})
    job = done(Job.objects.get())
    assert job.state == State.FAILED
    assert "another state" in job.faults[0]["what"]["en"]
    assert not Plan.objects.exists()


def test_charts_of_all_settlements_are_drawn_in_the_background(monkeypatch: pytest.MonkeyPatch) -> None:
    from musubime.web.jobs.work import enqueue
    from musubime.web.plans import drawings

    drawn: list[tuple[str, str, str]] = []
    monkeypatch.setattr(
        drawings, "chart_file", lambda loaded, s, chart, language: drawn.append((s.id, chart, language)))
    plan = trial_plans.trial_plan()
    job = done(enqueue("plans.draw", None, None, plan.region.code, key=plan.key))
    assert job.state == State.DONE
    assert len(set(drawn)) == 4 * len(trial_plans.document().settlements)
    assert done(enqueue("plans.draw", None, None, "352080", key="gone")).state == State.DONE


def test_the_form_offers_only_regions_of_ones_own_area(sign_in: Any, everyone: dict[str, User | None]) -> None:
    region = trial_plans.trial_region()
    address = f"/plans/new/{region.slug}/"
    assert address in sign_in(everyone["municipality.lead"]).get("/plans/new/").content.decode()
    assert address not in sign_in(everyone["elsewhere"]).get("/plans/new/").content.decode()


