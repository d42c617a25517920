"""What several pages of a plan share: finding it, and refusing it."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from musubime.web.accounts.models import Organisation
from musubime.web.accounts.rights import may_in, memberships

from .models import Plan
from .reading import Loaded, load

# The workshop puts its link on the page of a plan where that app is there.
WORKSHOP_LINK = ["workshop/link.html", "plans/nothing.html"]


def is_visible(request: HttpRequest, plan: Plan) -> bool:
    """Published plans of public regions; all others only to those of the area."""
    return (plan.published and plan.region.public) or may_in(request.user, "plans.drafts", plan.region.code)


def visible_plans(request: HttpRequest) -> list[Plan]:
    return [plan for plan in Plan.objects.select_related("region") if is_visible(request, plan)]


def find(request: HttpRequest, key: str) -> Plan:
    """The plan, or 404 for those who may not know that it is there."""
    plan = get_object_or_404(Plan.objects.select_related("region"), pk=key)
    if not is_visible(request, plan):
        raise Http404
    return plan


def find_loaded(request: HttpRequest, key: str) -> tuple[Plan, Loaded]:
    plan = find(request, key)
    try:
        return plan, load(plan)
    except FileNotFoundError as error:  # the folder was taken away by hand
        raise Http404 from error


def frame(request: HttpRequest, plan: Plan, **more: Any) -> dict[str, Any]:
    """What every page of a plan is given. `query`: to be put after addresses, so that the projector stays on."""
    projector = request.GET.get("projector") == "1"
    return {
        "plan": plan, "projector": projector, "query": "?projector=1" if projector else "",
        "editable": may_in(request.user, "plans.publish", plan.region.code), "workshop_link": WORKSHOP_LINK, **more,
    }


def organisation_for(request: HttpRequest, code: str) -> Organisation | None:
    """The organisation for which the reader acts in a municipality."""
    return next((m.organisation for m in memberships(request.user) if m.organisation.covers(code)), None)
