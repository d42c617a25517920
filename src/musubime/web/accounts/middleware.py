"""A view that names no right is closed: nobody forgets one. What is shown to somebody who is signed in is his alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest, HttpResponse

from .rights import PERSONAL

# Views of libraries that guard themselves.
GUARDED_ELSEWHERE = ("allauth.", "ninja.", "django.contrib.staticfiles.", "django.views.static")
BEGAN = "began_at"  # in the session: when its user signed in, in seconds since 1970


def guards_itself(view: Any) -> bool:
    """Whether a view belongs to a library that decides for itself who may use it."""
    inner = view.func if isinstance(view, partial) else view
    return str(getattr(getattr(inner, "view_class", inner), "__module__", "")).startswith(GUARDED_ELSEWHERE)


class RightsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "%00" in request.META.get("QUERY_STRING", "") or "\x00" in request.path:
            raise SuspiciousOperation("a character that no text holds")  # 400; PostgreSQL would break on it
        self._end_old_session(request)
        response = self.get_response(request)
        self._keep_private(request, response)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        request.right = getattr(view, "right", None)  # type: ignore[attr-defined]
        if request.right is None and not guards_itself(view):  # type: ignore[attr-defined]
            raise PermissionDenied

    @staticmethod
    def _end_old_session(request: HttpRequest) -> None:
        """A session ends 12 hours after signing in, however busy it is."""
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            began = request.session.get(BEGAN)
            if began is not None and time.time() - began > settings.SESSION_COOKIE_AGE:
                logout(request)

    @staticmethod
    def _keep_private(request: HttpRequest, response: HttpResponse) -> None:
        """No cache between us and the reader keeps a page of somebody who is signed in; nothing at all keeps personal
        data."""
        if getattr(request, "right", None) in PERSONAL:
            response.headers["Cache-Control"] = "private, no-store"
        elif settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "private, no-cache")
