"""People, the organisations they act for, and the log of what was done and looked at."""

from __future__ import annotations

import uuid
from enum import StrEnum

from django.contrib.auth.models import AbstractUser
from django.db import models
from simple_history.models import HistoricalRecords


class Kind(StrEnum):
    """What an organisation is. Its area is "" (the country), two digits (a prefecture) or a municipality's six."""

    MINISTRY = "ministry"
    PREFECTURE = "prefecture"
    MUNICIPALITY = "municipality"
    RMO = "rmo"
    INTERMEDIARY = "intermediary"
    COMPANY = "company"


class Role(StrEnum):
    """What a person is in an organisation: LEAD also keeps its accounts, READER changes nothing."""

    LEAD = "lead"
    STAFF = "staff"
    READER = "reader"


class User(AbstractUser):
    """A person who signs in. E-mail is optional and need not be unique: one address may serve a family."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    display_name = models.CharField(max_length=80, blank=True)
    history = HistoricalRecords(excluded_fields=["password", "last_login"])

    @property
    def shown_name(self) -> str:
        return self.display_name or self.username


class Organisation(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=20)  # Kind
    name = models.CharField(max_length=120)
    area = models.CharField(max_length=6, blank=True)
    members = models.ManyToManyField(User, through="Membership", related_name="organisations")
    history = HistoricalRecords()

    class Meta:
        ordering = ("area", "name")

    def __str__(self) -> str:
        return self.name

    def covers(self, code: str) -> bool:
        """Whether a municipality (six digits) lies in this organisation's area."""
        return self.area in ("", code, code[:2])


class Membership(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10)  # Role
    history = HistoricalRecords()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "organisation"), name="one_role_in_an_organisation"),)

    @property
    def principal(self) -> str:
        """How `rights.RIGHTS` names this person here: kind.role."""
        return f"{self.organisation.kind}.{self.role}"


class AuditEntry(models.Model):
    """One thing that somebody did, or one look at personal data. Only ever added to."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.SET_NULL, related_name="+")
    action = models.CharField(max_length=60, db_index=True)  # a right's name, or a verb: "looked", "signed_in"
    object_kind = models.CharField(max_length=60, blank=True)
    object_id = models.CharField(max_length=60, blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        ordering = ("-at", "-id")
