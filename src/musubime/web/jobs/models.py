"""A job as people see it; the queue under it is django-tasks."""

from __future__ import annotations

import uuid
from enum import StrEnum
from pathlib import Path

from django.db import models

from musubime.web.accounts.models import Organisation, User
from musubime.web.data import data_folder


class State(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=60)  # the name under which the work is registered: "places.import"
    arguments = models.JSONField(default=dict)
    code = models.CharField(max_length=6, blank=True)  # the municipality it is about
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=10, default=State.WAITING.value, db_index=True)
    share = models.FloatField(default=0.0)  # done, 0 to 1
    message = models.JSONField(default=dict)  # {ja, en}: what it is doing
    result = models.JSONField(default=dict)  # address: what it made; notes: of {kind, count, source, what, examples}
    faults = models.JSONField(default=list)  # of {what: {ja, en}, remedy: {ja, en}, file, row, field, value}
    cancel_asked = models.BooleanField(default=False)
    made_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)  # of the last run
    ended_at = models.DateTimeField(null=True)
    heard_at = models.DateTimeField(null=True)  # last sign of life
    runs = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("-made_at",)

    @property
    def is_over(self) -> bool:
        return self.state in (State.DONE, State.FAILED, State.CANCELLED)

    @property
    def lock(self) -> Path:
        """Locked by the process that works on it, as long as that lives; what is left in `jobs` can be deleted."""
        return data_folder().root / "jobs" / f"{self.pk}.lock"
