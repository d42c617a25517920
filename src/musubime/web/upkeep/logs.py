"""One JSON line for each request: route, status, time. No address, no name, no query: nothing personal."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

requests = logging.getLogger("musubime.requests")
faults = logging.getLogger("musubime.faults")


class LogMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        took_ms = 1000 * (time.perf_counter() - began)
        response.headers["Server-Timing"] = f"total;dur={took_ms:.1f}"
        requests.info("request", extra={
            "method": request.method, "route": match.route if match else "", "status": response.status_code,
            "ms": round(took_ms, 1),
        })
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A database that cannot take a change says so on a page of its own; what was saved before stays."""
        if not isinstance(error, DatabaseError):
            return None
        words = str(error).lower()
        kind = ("full" if "full" in words or "no space" in words
                else "readonly" if "readonly" in words or "read-only" in words
                else "busy" if "locked" in words or "connection" in words else "")
        if not kind:
            return None
        faults.error("database %s", kind)
        response = render(None, "upkeep/unavailable.html", {"kind": kind}, status=503)
        response.headers["Retry-After"] = "30"
        return response
