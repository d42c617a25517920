"""Waves of surveys, the returns of municipalities, and everything that was ever changed in them.

Returns hold no personal data but `Contact`, which stands apart, is seen under its own right, and can be erased.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from pathlib import Path

from django.db import models
from simple_history.models import HistoricalRecords

from musubime.web.accounts.models import Organisation, User
from musubime.web.data import data_folder


class State(StrEnum):
    """Where a return stands. MISSING: nothing was written yet. RETURNED: sent back to be corrected."""

    MISSING = "missing"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"


EDITABLE = frozenset((State.MISSING, State.DRAFT, State.RETURNED))
IN = frozenset((State.SUBMITTED, State.ACCEPTED))


class Action(StrEnum):
    """What a revision did."""

    TYPED = "typed"
    UPLOADED = "uploaded"
    CARRIED = "carried over"
    CHOSEN = "chosen"  # between two values of a conflict
    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"
    RETURNED = "returned"
    ACCEPTED = "accepted"


class Wave(models.Model):
    """One survey of one year. Its questionnaire is kept word for word."""

    key = models.SlugField(primary_key=True, max_length=80)
    survey = models.CharField(max_length=60)
    version = models.CharField(max_length=40)
    fiscal_year = models.PositiveSmallIntegerField()
    questionnaire = models.TextField()
    title = models.JSONField()  # {ja, en}
    publisher = models.JSONField()
    due = models.DateField()
    is_open = models.BooleanField(default=True)
    send_to = models.CharField(max_length=200, blank=True)  # printed on the workbook: where to ask
    previous = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    vintage = models.CharField(max_length=200, blank=True)  # of the list of municipalities
    designation_vintage = models.CharField(max_length=200, blank=True)
    opened_at = models.DateTimeField(auto_now_add=True)
    opened_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    history = HistoricalRecords(excluded_fields=["questionnaire"])

    class Meta:
        ordering = ("-fiscal_year", "survey")

    def __str__(self) -> str:
        return self.key

    def is_overdue(self, today: dt.date) -> bool:
        return self.due < today

    @property
    def folder(self) -> Path:
        """Files as they were sent, and the tables that were made."""
        return data_folder().root / "surveys" / self.key


class Return(models.Model):
    """What one municipality (or prefecture, where those are asked) answers in one wave. version: counts its revisions,
    which are its history."""

    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="returns")
    code = models.CharField(max_length=6)
    prefecture = models.CharField(max_length=2)
    name = models.CharField(max_length=80)
    designation = models.CharField(max_length=8, blank=True)
    state = models.CharField(max_length=10, default=State.MISSING)
    version = models.PositiveIntegerField(default=0)
    faults = models.PositiveIntegerField(default=0)
    queries = models.PositiveIntegerField(default=0)  # without an answer
    changed_at = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("code",)
        constraints = (models.UniqueConstraint(fields=("wave", "code"), name="one_return_in_a_wave"),)
        indexes = (models.Index(fields=("wave", "prefecture", "state"), name="returns_of_a_prefecture"),)

    def __str__(self) -> str:
        return f"{self.wave_id} {self.code}"


class Content(models.Model):
    """The record of a return (`records`), what was found in it, and last answers; apart, so that lists stay small.

    answers: as they were submitted. next_row: number of the next new row.
    """

    of = models.OneToOneField(Return, primary_key=True, on_delete=models.CASCADE, related_name="content")
    record = models.JSONField(default=dict)
    findings = models.JSONField(default=list)
    last = models.JSONField(null=True)  # {} where there are none
    answers = models.JSONField(null=True)
    next_row = models.PositiveIntegerField(default=1)


class Revision(models.Model):
    """One step of a return. changes: (path, old, new) of each field. editor: the page in somebody's browser."""

    of = models.ForeignKey(Return, on_delete=models.CASCADE, related_name="revisions")
    version = models.PositiveIntegerField()
    at = models.DateTimeField(auto_now_add=True)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.SET_NULL, related_name="+")
    action = models.CharField(max_length=16)
    editor = models.CharField(max_length=16, blank=True)
    words = models.CharField(max_length=2000, blank=True)
    changes = models.JSONField(default=list)

    class Meta:
        ordering = ("-version",)
        constraints = (models.UniqueConstraint(fields=("of", "version"), name="one_revision_of_a_version"),)


class Pending(models.Model):
    """What somebody wrote and what could not be taken, because another had changed the same field. It waits until its
    writer has chosen. patches: new values by path. editor: the page on which it was written."""

    of = models.ForeignKey(Return, on_delete=models.CASCADE, related_name="pending")
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    patches = models.JSONField()
    editor = models.CharField(max_length=16, blank=True)

    class Meta:
        ordering = ("at",)


class Comment(models.Model):
    """Something about one question, for whoever answers it. path: "" means the whole return."""

    of = models.ForeignKey(Return, on_delete=models.CASCADE, related_name="comments")
    path = models.CharField(max_length=200, blank=True)
    words = models.CharField(max_length=2000)
    at = models.DateTimeField(auto_now_add=True)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.SET_NULL, related_name="+")
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    history = HistoricalRecords()

    class Meta:
        ordering = ("at",)


class Contact(models.Model):
    """Personal data: who answers questions about a return. No history is kept, so that it can be erased."""

    of = models.OneToOneField(Return, primary_key=True, on_delete=models.CASCADE, related_name="contact")
    department = models.CharField(max_length=120, blank=True)
    person = models.CharField(max_length=80, blank=True)
    telephone = models.CharField(max_length=40, blank=True)
    email = models.CharField(max_length=200, blank=True)


class Receipt(models.Model):
    """A file as it was sent; kept under its SHA-256 in the folder of the wave."""

    of = models.ForeignKey(Return, on_delete=models.CASCADE, related_name="receipts")
    at = models.DateTimeField(auto_now_add=True)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.SET_NULL, related_name="+")
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    taken = models.PositiveIntegerField(default=0)  # changes that were made
    refused = models.BooleanField(default=False)
    findings = models.JSONField(default=list)

    class Meta:
        ordering = ("-at",)


class Made(models.Model):
    """Tables, slides and raw answers of a wave, of the country or of one prefecture, counted at one moment."""

    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="made")
    area = models.CharField(max_length=2, blank=True)
    accepted_only = models.BooleanField(default=True)
    at = models.DateTimeField(auto_now_add=True)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    job = models.UUIDField(null=True)
    done_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)
    files = models.JSONField(default=list)
    published_at = models.DateTimeField(null=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ("-at",)

    @property
    def folder(self) -> Path:
        return self.wave.folder / "made" / str(self.pk)
