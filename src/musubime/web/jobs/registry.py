"""The kinds of long work. Each app keeps its own in a module `works`, which is read when the first is asked for:

    @work("plans.make", text("Make a plan"))
    def make(job: JobContext, *, slug: str) -> dict[str, Any]:
        job.progress(0.1, text("Opening the region"))
        ...
        return {"address": "/plans/…/"}

A work may be begun again after its process died, at most RUNS times, so it must be safe to repeat: it writes under a
temporary name and renames at the end.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TypeVar

from django.apps import apps
from django.db import OperationalError
from django.utils import timezone

from musubime.language import Text, verbatim
from musubime.web.accounts.models import Organisation, User

from .models import Job

RUNS = 3  # a job whose process died so often is not begun again: it may be what kills it
SAY_EVERY_S = 0.5


class Cancelled(BaseException):
    """Raised in a work by `progress` when somebody cancelled the job. No Exception, so that nothing but the queue
    catches it; `finally` tidies up."""


class JobContext:
    """What a work knows of its job, and its voice."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._said_at = float("-inf")

    @property
    def user(self) -> User | None:
        return self.job.user

    @property
    def organisation(self) -> Organisation | None:
        return self.job.organisation

    @property
    def code(self) -> str:
        return self.job.code

    @property
    def cancelled(self) -> bool:
        return bool(Job.objects.filter(pk=self.job.pk, cancel_asked=True).exists())

    def progress(self, share: float, message: Text | str) -> None:
        """Say what share (0 to 1) is done and what comes now; kept at most twice a second. Raises Cancelled when
        somebody cancelled the job.

        What is said inside an open transaction is seen when that ends.
        """
        now = time.monotonic()
        if now - self._said_at < SAY_EVERY_S:
            return
        self._said_at = now
        said = message if isinstance(message, Text) else verbatim(message)
        try:
            Job.objects.filter(pk=self.job.pk).update(
                share=min(max(share, 0.0), 1.0), message=said.as_json(), heard_at=timezone.now())
        except OperationalError:
            return  # the database is busy: the next word will do
        if self.cancelled:
            raise Cancelled

    def part(self, begin: float, end: float) -> Callable[[float, Text | str], None]:
        """The `progress` of a step that takes the job from one share to another."""
        return lambda share, message: self.progress(begin + share * (end - begin), message)


WorkFunction = Callable[..., dict[str, Any]]
F = TypeVar("F", bound=WorkFunction)


@dataclass(frozen=True)
class Work:
    kind: str
    title: Text
    function: WorkFunction


_works: dict[str, Work] = {}


def work(kind: str, title: Text) -> Callable[[F], F]:
    """Register a function as the work of this kind ("app.verb"). It takes a JobContext and named arguments that JSON
    can hold, and returns a dict that JSON can hold; `address` in it is linked from the job's page."""

    def register(function: F) -> F:
        _works[kind] = Work(kind, title, function)
        return function

    return register


def find_work(kind: str) -> Work | None:
    """The work of this kind, or None when this version of the site has none."""
    if kind not in _works:
        label = kind.partition(".")[0]
        if label in apps.app_configs:
            module = f"{apps.app_configs[label].name}.works"
            try:
                import_module(module)
            except ModuleNotFoundError as error:
                if error.name != module:
                    raise
    return _works.get(kind)
