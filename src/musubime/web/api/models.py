"""Tokens with which an organisation's programs read what others may not."""

from __future__ import annotations

import uuid
from enum import StrEnum

from django.db import models
from simple_history.models import HistoricalRecords

from musubime.web.accounts.models import Organisation, User


class Scope(StrEnum):
    """What a token opens beyond what is public, in the organisation's own area."""

    PLACES = "places"  # regions that are not public
    PLANS = "plans"  # plans that are not published
    SURVEYS = "surveys"  # returns and tables that are not published


class Token(models.Model):
    """The token itself is shown once and never kept: `digest` is its SHA-256, of 256 random bits."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    made_at = models.DateTimeField(auto_now_add=True)
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    used_on = models.DateField(null=True)
    history = HistoricalRecords(excluded_fields=["used_on"])

    class Meta:
        ordering = ("-made_at",)
