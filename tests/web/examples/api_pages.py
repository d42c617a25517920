"""A token of 岩国市, for the test that opens every address as everybody."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from musubime.web.accounts.models import Kind, Organisation
from musubime.web.api.models import Token


def addresses() -> dict[str, dict[str, object]]:
    town = Organisation.objects.get(kind=Kind.MUNICIPALITY, area="352080")
    token = Token.objects.create(
        organisation=town, name="example", digest="0" * 64, expires_at=timezone.now() + timedelta(days=1))
    return {"api_pages:tokens": {}, "api_pages:revoke": {"token": token.pk}}


def narrower() -> dict[str, frozenset[str]]:
    """A token is revoked by those who lead just its organisation."""
    return {"api_pages:revoke": frozenset({"municipality.lead"})}
