"""What happens to accounts is written to the log, wherever it happens."""

from __future__ import annotations

import time
from typing import Any

from allauth.account import signals as account_signals
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa import signals as mfa_signals
from axes.signals import user_locked_out
from django.contrib.auth import signals as auth_signals
from django.http import HttpRequest

from .audit import record
from .middleware import BEGAN
from .models import AuditEntry, User


def _note(action: str, user: User | None, request: HttpRequest | None = None, **detail: Any) -> None:
    """About one's own account: the person is the one who acted, also before being signed in."""
    if user is not None and user.pk is not None:
        AuditEntry.objects.create(
            user=user, action=action, object_kind=User._meta.label, object_id=str(user.pk), detail=detail)
    else:
        record(request, action, **detail)


def _signed_in(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    request.session[BEGAN] = time.time()
    _note("signed_in", user)


def _signed_out(sender: Any, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if user is not None:
        _note("signed_out", user)


def _failed(sender: Any, credentials: dict[str, Any], **kwargs: Any) -> None:
    """What was typed as a name may be a password: only a name that exists is kept, as the number of its user."""
    _note("sign_in_failed", User.objects.filter(username__iexact=str(credentials.get("username"))[:150]).first())


def _locked_out(sender: Any, username: str | None = None, **kwargs: Any) -> None:
    _note("locked_out", User.objects.filter(username__iexact=str(username)[:150]).first())


def _second_factor_added(sender: Any, request: HttpRequest, user: User, authenticator: Any, **kwargs: Any) -> None:
    if authenticator.type == "totp":
        # Its code has just been given: this session has a second factor.
        record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)
        _note("second_factor_added", user)
    else:
        _note("recovery_codes_made", user)


def _second_factor_removed(sender: Any, request: HttpRequest, user: User, authenticator: Any, **kwargs: Any) -> None:
    if authenticator.type != "totp":
        return
    _note("second_factor_removed", authenticator.user)
    if request.user.pk == authenticator.user_id:
        records = request.session.get("account_authentication_methods", [])
        request.session["account_authentication_methods"] = [r for r in records if r.get("method") != "mfa"]


def _codes_made(sender: Any, user: User, **kwargs: Any) -> None:
    _note("recovery_codes_made", user)


def _second_factor_failed(sender: Any, user: User, **kwargs: Any) -> None:
    _note("second_factor_failed", user)


def _password_changed(sender: Any, user: User, **kwargs: Any) -> None:
    _note("password_changed", user)


def _password_reset(sender: Any, user: User, **kwargs: Any) -> None:
    _note("password_reset", user)


def connect() -> None:
    for signal, receiver in (
        (auth_signals.user_logged_in, _signed_in), (auth_signals.user_logged_out, _signed_out),
        (auth_signals.user_login_failed, _failed), (user_locked_out, _locked_out),
        (mfa_signals.authenticator_added, _second_factor_added),
        (mfa_signals.authenticator_removed, _second_factor_removed),
        (mfa_signals.authenticator_reset, _codes_made), (mfa_signals.authentication_failed, _second_factor_failed),
        (account_signals.password_changed, _password_changed), (account_signals.password_set, _password_changed),
        (account_signals.password_reset, _password_reset),
    ):
        signal.connect(receiver, dispatch_uid=f"accounts.{receiver.__name__}")
