"""Writing the log."""

from __future__ import annotations

from typing import Any

from django.db.models import Model
from django.http import HttpRequest

from .models import AuditEntry, Organisation


def record(
    request: HttpRequest | None, action: str, thing: Model | None = None, *,
    organisation: Organisation | None = None, **detail: Any,
) -> AuditEntry:
    """Log that the request's user did `action` to a thing. `detail` never holds personal data, only names of fields,
    counts and codes."""
    user = getattr(request, "user", None)
    return AuditEntry.objects.create(
        user=user if user is not None and user.is_authenticated else None,
        organisation=organisation, action=action,
        object_kind=thing._meta.label if thing is not None else "",
        object_id=str(thing.pk) if thing is not None else "", detail=detail,
    )
