"""Pages of a plan."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from musubime.web.accounts.rights import may, may_in

from .models import Plan


def visible_plans(request: HttpRequest) -> list[Plan]:
    """Published plans of public regions, and all of the reader's own area."""
    return [plan for plan in Plan.objects.select_related("region")
            if (plan.published and plan.region.public) or may_in(request.user, "plans.publish", plan.region.code)]


@may("plans.see")
def listed(request: HttpRequest) -> HttpResponse:
    return render(request, "plans/list.html", {"plans": visible_plans(request)})
