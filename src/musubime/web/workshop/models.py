"""Variants of a plan, what residents say to them, and how often somebody may speak."""

from __future__ import annotations

from enum import StrEnum

from django.db import models
from simple_history.models import HistoricalRecords

from musubime.web.accounts.models import User
from musubime.web.plans.models import Plan


class Comments(StrEnum):
    """When what a resident writes is seen by others."""

    HELD = "held"  # after a moderator has read it
    AT_ONCE = "at_once"
    OFF = "off"  # nobody can write


class Shown(StrEnum):
    """Whether what a resident wrote (a comment, a variant's name) is seen by others."""

    HELD = "held"
    SHOWN = "shown"
    HIDDEN = "hidden"


class Board(models.Model):
    """How the workshop of one plan is held. A plan without one is held as these defaults say."""

    plan = models.OneToOneField(Plan, primary_key=True, on_delete=models.CASCADE, related_name="board")
    comments = models.CharField(max_length=10, default=Comments.HELD)
    closed_at = models.DateTimeField(null=True)  # nobody votes, writes or names any more
    history = HistoricalRecords()


class Variant(models.Model):
    """A plan with changes. One row for one list of changes of a plan, however often somebody comes upon it.

    key: from the plan and the list, so that two people who ask the same share one row, one name and one count.
    asks: {"v": 1, "asks": [...]}, see `asks`. parent: the variant that had one change fewer when this was first asked.
    answer: the decision with its bound, see `told.decision_of`; {} until it is solved. summary: figures for lists.
    """

    key = models.CharField(primary_key=True, max_length=24, editable=False)
    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="variants")
    parent = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="children")
    asks = models.JSONField(default=dict)
    answer = models.JSONField(default=dict)
    summary = models.JSONField(default=dict)
    name = models.CharField(max_length=60, blank=True)
    name_shown = models.CharField(max_length=10, default=Shown.HELD)
    named_by = models.CharField(max_length=64, blank=True)  # a voice (see `voices`); "" when staff gave the name
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    history = HistoricalRecords(excluded_fields=["answer", "summary", "named_by"])

    class Meta:
        ordering = ("made_at", "key")
        indexes = (models.Index(fields=("plan", "made_at"), name="variants_of_a_plan"),)

    def __str__(self) -> str:
        return self.name or self.key


class Vote(models.Model):
    """One browser's vote on one variant."""

    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="votes")
    voice = models.CharField(max_length=64)
    agrees = models.BooleanField()
    at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("variant", "voice"), name="one_vote_of_a_voice"),)


class Comment(models.Model):
    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="comments")
    voice = models.CharField(max_length=64)
    words = models.CharField(max_length=500)
    shown = models.CharField(max_length=10, default=Shown.HELD, db_index=True)
    at = models.DateTimeField(auto_now_add=True)
    history = HistoricalRecords(excluded_fields=["words", "voice"])

    class Meta:
        ordering = ("at", "id")


class DaySalt(models.Model):
    """What addresses are hashed with on one day. It is thrown away with the counts made with it."""

    day = models.DateField(primary_key=True)
    salt = models.CharField(max_length=64)


class Count(models.Model):
    """How often one voice or one hashed address did something within a window that ends at `until`."""

    key = models.CharField(primary_key=True, max_length=120)
    times = models.PositiveIntegerField(default=0)
    until = models.DateTimeField(db_index=True)
