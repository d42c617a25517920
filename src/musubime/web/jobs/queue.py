"""Putting a job into the queue, running it in the worker (`db_worker` of django-tasks-db), and taking up what a dead
worker left.

A running job's lock file is locked by its process. The system frees the lock when the process ends, however it ends, so
a job that says "running" and whose lock is free was left by a dead worker; the same lock keeps two workers from doing
one job.
"""

from __future__ import annotations

import errno
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.core.files import locks
from django.db import transaction
from django.utils import timezone
from django_tasks import task
from django_tasks_db.models import DBTaskResult

from musubime.errors import Fault, MusubimeError
from musubime.language import text
from musubime.web.accounts.models import Organisation, User

from .models import Job, State
from .registry import RUNS, Cancelled, JobContext, find_work

log = logging.getLogger(__name__)


def enqueue(kind: str, user: User | None, organisation: Organisation | None, code: str, **arguments: Any) -> Job:
    """A new job in the queue. Job and queue stand in one database: both are there when the caller's transaction is
    committed, and neither when it is rolled back. Raises LookupError for a kind that nobody registered."""
    if find_work(kind) is None:
        raise LookupError(kind)
    with transaction.atomic():
        job = Job.objects.create(kind=kind, user=user, organisation=organisation, code=code, arguments=arguments)
        run_job.enqueue(str(job.pk))
    return job


def cancel(job: Job) -> bool:
    """Stop a job: at once when it waits, at its next word when it runs. False when it is over already."""
    if Job.objects.filter(pk=job.pk, state=State.WAITING.value).update(
            state=State.CANCELLED.value, cancel_asked=True, ended_at=timezone.now()):
        return True
    return bool(Job.objects.filter(pk=job.pk, state=State.RUNNING.value).update(cancel_asked=True))


@contextmanager
def _locked(job: Job) -> Iterator[bool]:
    """Hold the lock of a job; False when another process holds it."""
    job.lock.parent.mkdir(parents=True, exist_ok=True)
    with job.lock.open("ab") as file:
        try:
            got = locks.lock(file, locks.LOCK_EX | locks.LOCK_NB)
        except OSError:
            got = False
        try:
            yield got
        finally:
            if got:
                locks.unlock(file)


@task()
def run_job(job_id: str) -> None:
    """Run one job. What goes wrong with it stands in the job; the worker goes on to the next."""
    job = Job.objects.select_related("user", "organisation").filter(pk=job_id).first()
    if job is None:
        return
    with _locked(job) as mine:
        now = timezone.now()
        if not mine or not Job.objects.filter(pk=job.pk, state=State.WAITING.value).update(
                state=State.RUNNING.value, started_at=now, heard_at=now, runs=job.runs + 1):
            return
        job.refresh_from_db()
        try:
            _run(job)
        except BaseException:  # the worker is told to stop at once: the next start takes the job up again
            Job.objects.filter(pk=job.pk).update(state=State.WAITING.value)
            raise
    with suppress(OSError):  # another process may look at it just now
        job.lock.unlink(missing_ok=True)


def _run(job: Job) -> None:
    registered = find_work(job.kind)
    context = JobContext(job)
    try:
        if registered is None:
            raise MusubimeError(Fault(
                text("This version of Musubime has no work of the kind {kind}.", kind=job.kind),
                text("Start it again from the page where you asked for it."),
            ))
        result = registered.function(context, **job.arguments)
    except Cancelled:
        _end(job, State.CANCELLED)
    except MusubimeError as error:
        _end(job, State.FAILED, faults=[as_pair(fault) for fault in error.faults])
    except Exception as error:
        log.exception("job %s (%s) failed", job.pk, job.kind)
        _end(job, State.FAILED, faults=[as_pair(_unforeseen(error))])
    else:
        _end(job, State.DONE, share=1.0, result=result or {})


def _end(job: Job, state: State, **fields: Any) -> None:
    Job.objects.filter(pk=job.pk).update(state=state.value, ended_at=timezone.now(), **fields)


def _unforeseen(error: Exception) -> Fault:
    """Told without the error's own words: they may hold what stood in somebody's file."""
    if isinstance(error, MemoryError):
        return Fault(text("The memory of this machine does not suffice; nothing was written."),
                     text("Close other programs, or give less at once."))
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Fault(text("The disk of the server is full; nothing was replaced."),
                     text("Ask the administrator to make room, then start it again."))
    return Fault(
        text("Musubime met something it was not made for ({kind}); nothing was replaced.", kind=type(error).__name__),
        text("This is a mistake of ours. Tell the administrator the time at which it happened: the log says more."),
    )


def as_pair(fault: Fault) -> dict[str, Any]:
    """A fault in both languages, as jobs keep it."""
    return fault.as_json() | {"what": fault.what.as_json(), "remedy": fault.remedy.as_json()}


def recover() -> list[Job]:
    """Take up what dead workers left: called before a worker is started. Returns the jobs put back into the queue.

    A job whose process died RUNS times fails with that reason. Jobs of workers that live are not touched.
    """
    again = []
    for job in Job.objects.filter(state__in=(State.WAITING.value, State.RUNNING.value)).order_by("made_at"):
        tasks = DBTaskResult.objects.filter(task_path=run_job.module_path, args_kwargs__args__0=str(job.pk))
        with _locked(job) as free, transaction.atomic():
            job.refresh_from_db()
            if not free or job.is_over or (job.state == State.WAITING and tasks.ready().exists()):
                continue
            tasks.delete()
            if job.cancel_asked:
                _end(job, State.CANCELLED)
            elif job.runs >= RUNS:
                log.error("job %s (%s) was broken off %s times", job.pk, job.kind, job.runs)
                _end(job, State.FAILED, faults=[as_pair(Fault(
                    text("This work was broken off {runs} times, and is not begun again.", runs=job.runs),
                    text("The machine may have been switched off, or its memory may not suffice. Start it again "
                         "from the page where you asked for it, with less at once if you can."),
                ))])
            else:
                Job.objects.filter(pk=job.pk).update(
                    state=State.WAITING.value, share=0.0,
                    message=text("The work was broken off and begins again.").as_json())
                run_job.enqueue(str(job.pk))
                again.append(job)
    return again
