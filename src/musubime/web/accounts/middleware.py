"""A view that names no right is closed: nobody forgets one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

# Views of libraries that guard themselves.
GUARDED_ELSEWHERE = ("allauth.", "ninja.", "django.contrib.staticfiles.", "django.views.static")


class RightsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        module = getattr(getattr(view, "view_class", view), "__module__", "")
        if getattr(view, "right", None) is None and not module.startswith(GUARDED_ELSEWHERE):
            raise PermissionDenied
