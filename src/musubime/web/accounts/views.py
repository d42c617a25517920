"""Pages about one's own account."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from .rights import may, memberships


@may("accounts.me")
def me(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/me.html", {"memberships": memberships(request.user)})
