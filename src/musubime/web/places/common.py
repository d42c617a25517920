"""What several pages of places share: finding a region, and refusing it."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest

from musubime.web.accounts.models import Organisation
from musubime.web.accounts.rights import may_in, memberships

from .facts import Facts, facts_of
from .models import Region


def is_visible(user: Any, region: Region) -> bool:
    return region.public or may_in(user, "places.private", region.code)


def visible_regions(request: HttpRequest) -> list[Region]:
    """Public ones, and those of the reader's own area."""
    return [region for region in Region.objects.all() if is_visible(request.user, region)]


def find(request: HttpRequest, slug: str) -> Region:
    """The region, or 404 for those who may not know that it is there."""
    region = Region.objects.filter(pk=slug).first()
    if region is None or not is_visible(request.user, region):
        raise Http404
    return region


def find_with_facts(request: HttpRequest, slug: str) -> tuple[Region, Facts]:
    region = find(request, slug)
    try:
        return region, facts_of(region)
    except FileNotFoundError as error:  # the folder was taken away by hand
        raise Http404 from error


def organisation_for(request: HttpRequest, code: str) -> Organisation | None:
    """The organisation for which the reader acts in a municipality."""
    return next((m.organisation for m in memberships(request.user) if m.organisation.covers(code)), None)
