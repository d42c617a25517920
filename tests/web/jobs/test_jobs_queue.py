"""A job from the question to its end, in the process of the test."""

from __future__ import annotations

import errno
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django_tasks_db.models import DBTaskResult

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.web.jobs import queue, registry
from musubime.web.jobs.models import Job, State
from musubime.web.jobs.work import Cancelled, JobContext, cancel, enqueue, recover, work

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_works", {})


def done(job: Job) -> Job:
    """The job after the worker had it."""
    queue.run_job.call(str(job.pk))
    job.refresh_from_db()
    return job


def test_what_a_work_returns_is_its_result() -> None:
    @work("trial.add", text("Done"))
    def add(job: JobContext, *, a: int, b: int) -> dict[str, Any]:
        job.progress(0.25, text("Waiting"))
        said = Job.objects.get(pk=job.job.pk)
        assert (said.state, said.share, said.message) == (State.RUNNING, 0.25, {"ja": "順番待ち", "en": "Waiting"})
        job.progress(0.5, text("Done"))  # sooner than half a second later: not kept
        assert Job.objects.get(pk=job.job.pk).share == 0.25
        return {"sum": a + b, "address": "/places/"}

    job = enqueue("trial.add", None, None, "352080", a=1, b=2)
    assert (job.state, DBTaskResult.objects.ready().count()) == (State.WAITING, 1)
    job = done(job)
    assert (job.state, job.share, job.result) == (State.DONE, 1.0, {"sum": 3, "address": "/places/"})
    assert job.started_at is not None
    assert job.ended_at is not None
    assert job.ended_at >= job.started_at
    assert not job.lock.exists()
    assert done(job).runs == 1  # a second task for the same job does nothing


def test_nothing_is_enqueued_when_the_transaction_is_rolled_back() -> None:
    @work("trial.nothing", text("Done"))
    def nothing(job: JobContext) -> dict[str, Any]:
        return {}

    with transaction.atomic():
        enqueue("trial.nothing", None, None, "")
        transaction.set_rollback(True)
    assert (Job.objects.count(), DBTaskResult.objects.count()) == (0, 0)


def test_faults_are_kept_in_both_languages() -> None:
    @work("trial.faults", text("Done"))
    def faults(job: JobContext) -> dict[str, Any]:
        raise InputError([
            Fault(text("Waiting"), text("Done"), file="a.csv", row=3, field="人口", value="x"),
            Fault(text("Failed"), text("Done")),
        ])

    job = done(enqueue("trial.faults", None, None, ""))
    assert job.state == State.FAILED
    assert job.faults[0] == {
        "file": "a.csv", "row": 3, "field": "人口", "value": "x", "blocks": True,
        "what": {"ja": "順番待ち", "en": "Waiting"}, "remedy": {"ja": "完了", "en": "Done"},
    }
    assert job.faults[1]["what"]["ja"] == "失敗"


@pytest.mark.parametrize(("error", "words"), [
    (ValueError("secret words of a file"), "not made for (ValueError)"),
    (MemoryError(), "memory of this machine"),
    (OSError(errno.ENOSPC, "full"), "disk of the server is full"),
])
def test_what_was_not_foreseen_is_told_honestly_and_without_the_words_of_the_error(
    error: Exception, words: str, caplog: pytest.LogCaptureFixture,
) -> None:
    @work("trial.broken", text("Done"))
    def broken(job: JobContext) -> dict[str, Any]:
        raise error

    with caplog.at_level(logging.ERROR):
        job = done(enqueue("trial.broken", None, None, ""))
    assert job.state == State.FAILED
    assert words in job.faults[0]["what"]["en"]
    assert "secret" not in str(job.faults)
    assert "Traceback" in caplog.text


def test_cancelled_while_it_waits_it_never_runs() -> None:
    @work("trial.never", text("Done"))
    def never(job: JobContext) -> dict[str, Any]:
        raise AssertionError

    job = enqueue("trial.never", None, None, "")
    assert cancel(job)
    assert done(job).state == State.CANCELLED
    assert job.runs == 0
    assert not cancel(job)


def test_cancelled_while_it_runs_it_stops_at_its_next_word_and_tidies_up() -> None:
    tidied = []

    @work("trial.long", text("Done"))
    def long(job: JobContext) -> dict[str, Any]:
        assert not job.cancelled
        cancel(job.job)
        assert job.cancelled
        try:
            try:
                job.progress(0.5, text("Waiting"))
            except Exception as error:  # a work's own handling of errors does not swallow it
                raise AssertionError from error
        except Cancelled:
            tidied.append(True)
            raise
        raise AssertionError

    assert done(enqueue("trial.long", None, None, "")).state == State.CANCELLED
    assert tidied == [True]


def test_a_share_beyond_the_bounds_is_cut() -> None:
    @work("trial.more", text("Done"))
    def more(job: JobContext) -> dict[str, Any]:
        job.progress(1.5, "1.5")
        assert Job.objects.get(pk=job.job.pk).share == 1.0
        return {}

    done(enqueue("trial.more", None, None, ""))


def test_a_kind_that_nobody_registered_is_refused_at_once_or_told_later() -> None:
    with pytest.raises(LookupError):
        enqueue("trial.unknown", None, None, "")
    with pytest.raises(LookupError):
        enqueue("nowhere.unknown", None, None, "")
    job = done(Job.objects.create(kind="trial.unknown"))  # of an older version of the site
    assert "trial.unknown" in job.faults[0]["what"]["ja"]


def test_a_job_whose_task_was_lost_is_put_back_and_one_over_is_left() -> None:
    lost = Job.objects.create(kind="trial.lost")
    over = Job.objects.create(kind="trial.lost", state=State.DONE.value)
    assert recover() == [lost]
    assert DBTaskResult.objects.ready().count() == 1
    over.refresh_from_db()
    assert over.state == State.DONE


@pytest.fixture
def held() -> Iterator[Job]:
    """A running job whose worker lives."""
    job = Job.objects.create(kind="trial.held", state=State.RUNNING.value, runs=1)
    with queue._locked(job) as mine:
        assert mine
        yield job


def test_a_job_whose_worker_lives_is_not_taken_from_it(held: Job) -> None:
    assert recover() == []
    held.refresh_from_db()
    assert held.state == State.RUNNING
