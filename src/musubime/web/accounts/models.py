"""People, the organisations they act for, and the log of what was done and looked at."""

from __future__ import annotations

import secrets
import uuid
from enum import StrEnum
from typing import Any, NoReturn

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac
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


def new_salt() -> str:
    return secrets.token_hex(8)


class User(AbstractUser):
    """A person who signs in. E-mail is optional and need not be unique: one address may serve a family."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    display_name = models.CharField(max_length=80, blank=True)
    session_salt = models.CharField(max_length=16, default=new_salt, editable=False)
    history = HistoricalRecords(excluded_fields=["password", "last_login", "session_salt"])

    @property
    def shown_name(self) -> str:
        return self.display_name or self.username

    def get_session_auth_hash(self) -> str:
        """Sessions live as long as this stays the same: until the password or the salt changes."""
        return salted_hmac("musubime.session", self.password + self.session_salt, algorithm="sha256").hexdigest()

    def end_sessions(self) -> None:
        """Sign out everywhere: no session begun until now is known any more."""
        self.session_salt = new_salt()
        self.save(update_fields=["session_salt"])


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


class Invitation(models.Model):
    """A code that lets one person in once: sent as a link, shown as a link, or printed on paper.

    With `user` it gives somebody who has an account a new password; else it makes the account and the membership.
    Only a hash of the code is kept.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.CASCADE, related_name="invitations")
    role = models.CharField(max_length=10, blank=True)  # Role
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+")
    username = models.CharField(max_length=150)
    display_name = models.CharField(max_length=80, blank=True)
    email = models.EmailField(blank=True)
    code = models.CharField(max_length=128)
    failures = models.PositiveSmallIntegerField(default=0)
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-made_at",)
        indexes = (models.Index(fields=("username",), name="invitation_username"),)


class AppendOnlyError(TypeError):
    """The log is only ever added to."""


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError

    def delete(self) -> NoReturn:
        raise AppendOnlyError

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError


class AuditEntry(models.Model):
    """One thing that somebody did, or one look at personal data. Only ever added to: the database's own triggers refuse
    the rest (migration 0002), and an entry keeps the number of a user or organisation that has been erased since."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    user = models.ForeignKey(User, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    organisation = models.ForeignKey(
        Organisation, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+",
    )
    action = models.CharField(max_length=60, db_index=True)  # a right's name, or a verb: "looked", "signed_in"
    object_kind = models.CharField(max_length=60, blank=True)
    object_id = models.CharField(max_length=60, blank=True)
    detail = models.JSONField(default=dict)
    objects = AuditQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-id")

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnlyError
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError
