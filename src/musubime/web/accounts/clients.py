"""Which address a request comes from, for what counts attempts."""

from __future__ import annotations

from allauth.core.internal.httpkit import get_client_ip
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The client's IP address; behind our proxy (MUSUBIME_PROXY) the one that the proxy itself saw."""
    return str(get_client_ip(request) or "")


def counted_name(request: HttpRequest | None, credentials: dict[str, str] | None = None) -> str:
    """The name under which wrong passwords are counted: upper and lower case are one account, so they are one count."""
    given = (credentials or {}).get("username") or (request.POST.get("login") if request is not None else None)
    return str(given or "").strip().lower()[:150]
