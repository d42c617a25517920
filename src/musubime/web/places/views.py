"""Lists, maps and pages of places."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from musubime.web.accounts.rights import may, may_in

from .models import Region


def visible_regions(request: HttpRequest) -> list[Region]:
    """Public ones, and those of the reader's own area."""
    return [region for region in Region.objects.all()
            if region.public or may_in(request.user, "places.import", region.code)]


@may("places.see")
def listed(request: HttpRequest) -> HttpResponse:
    return render(request, "places/list.html", {"regions": visible_regions(request)})
