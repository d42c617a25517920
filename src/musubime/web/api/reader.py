"""Who is asking, and what that opens."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from musubime.web.accounts.models import Organisation

from .models import Scope, Token

PREFIX = "musubime_"


@dataclass(frozen=True)
class Reader:
    """A program: with no token it sees what is public."""

    organisation: Organisation | None = None
    scopes: frozenset[str] = frozenset()

    def opens(self, scope: Scope, code: str) -> bool:
        """Whether this reader sees what is not public of this kind in the municipality `code`."""
        return self.organisation is not None and scope in self.scopes and self.organisation.covers(code)

    def opens_area(self, scope: Scope, area: str) -> bool:
        """The same for what is of a whole area ("": the country; two digits: a prefecture)."""
        return self.organisation is not None and scope in self.scopes and area.startswith(self.organisation.area)


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def new_token() -> str:
    return PREFIX + secrets.token_urlsafe(32)


class TokenIfGiven(HttpBearer):
    """No token: what is public. A token that is wrong, expired or revoked: 401, so that nobody wonders why he sees
    less than he should."""

    def __call__(self, request: HttpRequest) -> Reader | None:
        if "Authorization" not in request.headers:
            return Reader()
        found: Reader | None = super().__call__(request)
        return found

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        now = timezone.now()
        found = Token.objects.select_related("organisation").filter(
            digest=digest_of(token), revoked_at=None, expires_at__gt=now,
        ).first()
        if found is None:
            return None
        if found.used_on != timezone.localdate():  # once a day: reading is no reason to write at every request
            Token.objects.filter(pk=found.pk).update(used_on=timezone.localdate())
        return Reader(found.organisation, frozenset(found.scopes))
