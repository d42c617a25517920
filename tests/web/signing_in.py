"""Signing a test client in, for the fixtures and for tests with clients of their own."""

from __future__ import annotations

import time
from typing import Any

from musubime.web.accounts.models import User


def as_signed_in(client: Any, user: User, second_factor: bool = True) -> None:
    """Sign the test client in; with `second_factor` as if a code of an authenticator had been given too."""
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    if second_factor:
        session = client.session
        session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": time.time()}]
        session["account_authentication_methods_user"] = str(user.pk)
        session.save()
