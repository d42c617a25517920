"""Pages of jobs: who sees which, what stands on them, cancelling, without JavaScript and with it."""

from __future__ import annotations

from typing import Any

import pytest

from musubime.errors import Fault
from musubime.language import text
from musubime.web.accounts.models import AuditEntry
from musubime.web.jobs import queue, registry
from musubime.web.jobs.models import Job, State
from musubime.web.jobs.work import work

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_works", {})
    work("trial.plan", text("Work"))(lambda job: {})


def address(job: Job, part: str = "") -> str:
    return f"/jobs/{job.pk}/{part}"


@pytest.mark.parametrize(("who", "code", "status"), [
    ("anyone", "352080", 302),
    ("signed in", "352080", 403),
    ("company.lead", "352080", 403),
    ("municipality.reader", "352080", 200),
    ("municipality.reader", "352136", 404),
    ("elsewhere", "352080", 404),
    ("prefecture.staff", "352136", 200),
    ("prefecture.staff", "131016", 404),
    ("ministry.reader", "131016", 200),
    ("ministry.reader", "", 404),  # about the site: the administrator's
    ("administrator", "", 200),
])
def test_jobs_of_ones_own_area_are_seen(who: str, code: str, status: int, everyone: Any, sign_in: Any) -> None:
    job = Job.objects.create(kind="trial.plan", code=code)
    client = sign_in(everyone[who])
    assert client.get(address(job)).status_code == status
    assert client.get(address(job, "progress/")).status_code == status
    if status != 302:
        listed = client.get("/jobs/")
        assert (str(job.pk) in listed.content.decode()) == (status == 200)


def test_ones_own_job_is_seen_wherever_it_is_about(everyone: Any, sign_in: Any) -> None:
    job = Job.objects.create(kind="trial.plan", code="131016", user=everyone["municipality.staff"])
    assert sign_in(everyone["municipality.staff"]).get(address(job)).status_code == 200


@pytest.mark.parametrize(("who", "status"), [
    ("municipality.staff", 302), ("municipality.reader", 403), ("elsewhere", 404), ("administrator", 302),
])
def test_who_may_cancel(who: str, status: int, everyone: Any, sign_in: Any) -> None:
    job = Job.objects.create(kind="trial.plan", code="352080")
    client = sign_in(everyone[who])
    assert client.get(address(job, "cancel/")).status_code == 405
    assert client.post(address(job, "cancel/")).status_code == status
    job.refresh_from_db()
    assert job.state == (State.CANCELLED if status == 302 else State.WAITING)
    assert AuditEntry.objects.filter(action="jobs.cancel", object_id=str(job.pk)).exists() == (status == 302)


def test_a_job_that_is_over_is_not_cancelled(everyone: Any, sign_in: Any) -> None:
    job = Job.objects.create(kind="trial.plan", code="352080", state=State.DONE.value)
    page = sign_in(everyone["municipality.staff"]).post(address(job, "cancel/"), follow=True)
    assert "すでに終わって" in page.content.decode()
    job.refresh_from_db()
    assert job.state == State.DONE


@pytest.mark.parametrize(("made", "linked"), [
    ("/plans/abc/", True), ("https://example.org/", False), ("//example.org/", False), ("javascript:alert(1)", False),
])
def test_only_addresses_of_this_site_are_linked(made: str, linked: bool, everyone: Any, sign_in: Any) -> None:
    job = Job.objects.create(kind="trial.plan", code="352080", state=State.DONE.value, result={"address": made})
    page = sign_in(everyone["municipality.staff"]).get(address(job)).content.decode()
    assert ("できあがったもの" in page) == linked
    assert (made in page) == linked


def test_faults_stand_there_in_the_readers_language_and_are_no_markup(everyone: Any, sign_in: Any) -> None:
    fault = Fault(text("Waiting"), text("Done"), file="<b>.csv", row=7, field="人口", value="<script>")
    job = Job.objects.create(kind="trial.plan", code="352080", state=State.FAILED.value, faults=[queue.as_pair(fault)])
    client = sign_in(everyone["municipality.staff"])
    japanese = client.get(address(job)).content.decode()
    assert "順番待ち" in japanese
    assert "&lt;script&gt;" in japanese
    assert "<script>" not in japanese
    client.cookies["language"] = "en"
    assert "Waiting" in client.get(address(job)).content.decode()


def test_a_page_is_fifty_long(everyone: Any, sign_in: Any) -> None:
    Job.objects.bulk_create(Job(kind="trial.plan", code="352080") for _ in range(51))
    client = sign_in(everyone["municipality.staff"])
    assert client.get("/jobs/").content.decode().count("/jobs/") - client.get("/jobs/?page=2").content.decode().count(
        "/jobs/") == 49
    assert client.get("/jobs/?page=nonsense").status_code == 200


@pytest.fixture
def running(everyone: Any) -> Job:
    return Job.objects.create(
        kind="trial.plan", code="352080", user=everyone["municipality.lead"], state=State.RUNNING.value, share=0.3,
        message=text("Waiting").as_json(),
    )


@pytest.mark.django_db(transaction=True)
def test_the_bar_moves_by_itself_and_stops_when_it_is_done(
    everyone: Any, running: Job, browse_as: Any, axe_findings: Any,
) -> None:
    page = browse_as(everyone["municipality.lead"], address(running))
    assert page.locator("progress").get_attribute("value") == "30"
    assert axe_findings(page) == []
    Job.objects.filter(pk=running.pk).update(share=0.7)
    page.wait_for_selector("progress[value='70']")
    Job.objects.filter(pk=running.pk).update(state=State.DONE.value, share=1.0, result={"address": "/plans/"})
    page.wait_for_selector("a.button[href='/plans/']")
    assert page.locator("[hx-get]").count() == 0
    assert axe_findings(page) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_list_and_failed_job_are_accessible_on_a_phone(
    language: str, everyone: Any, running: Job, browse_as: Any, axe_findings: Any,
) -> None:
    fault = Fault(text("Waiting"), text("Done"), file="a.csv", row=7, field="人口", value="x")
    failed = Job.objects.create(kind="trial.plan", code="352080", state=State.FAILED.value,
                                faults=[queue.as_pair(fault)])
    for path in ("/jobs/", address(failed)):
        page = browse_as(everyone["municipality.lead"], path, language)
        page.set_viewport_size({"width": 390, "height": 800})
        assert axe_findings(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
