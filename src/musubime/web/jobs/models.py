"""A job as people see it; the queue under it is django-tasks."""

from __future__ import annotations

import uuid
from enum import StrEnum

from django.db import models

from musubime.web.accounts.models import Organisation, User


class State(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Job(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=60)  # the name under which the work is registered: "places.import"
    arguments = models.JSONField(default=dict)
    code = models.CharField(max_length=6, blank=True)  # the municipality it is about
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=10, default=State.WAITING, db_index=True)
    share = models.FloatField(default=0.0)  # done, 0 to 1
    message = models.JSONField(default=dict)  # {ja, en}: what it is doing
    result = models.JSONField(default=dict)
    faults = models.JSONField(default=list)  # of {ja, en} sentences
    made_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    heard_at = models.DateTimeField(null=True)  # last sign of life
    runs = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("-made_at",)
