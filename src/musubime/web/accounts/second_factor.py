"""Whether this session was begun, or confirmed, with a second factor."""

from __future__ import annotations

from allauth.account.authentication import get_authentication_records
from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

NEXT = "second_factor_next"  # in the session: where the reader was going when he was asked to set one up


def has_second_factor(request: HttpRequest) -> bool:
    return any(record.get("method") == "mfa" for record in get_authentication_records(request, request.user))


def ask_for_second_factor(request: HttpRequest) -> HttpResponseRedirect:
    """To the page that asks for a code, or, where there is no authenticator yet, to the one that explains; and back."""
    back = request.get_full_path() if request.method == "GET" else reverse("accounts:me")
    if is_mfa_enabled(request.user, ["totp"]):
        return HttpResponseRedirect(f"{reverse('mfa_reauthenticate')}?{urlencode({'next': back})}")
    request.session[NEXT] = back
    return HttpResponseRedirect(reverse("mfa_index"))
