"""Making, bringing in, publishing, withdrawing, renaming and deleting plans: for the planners of the area."""

from __future__ import annotations

import shutil
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.region import Region as RegionFolder
from musubime.studies import PlanOptions
from musubime.web.accounts.audit import record
from musubime.web.accounts.rights import may, may_in, require_in
from musubime.web.jobs.work import enqueue
from musubime.web.places.models import Region

from ..bringing import take
from ..common import find, organisation_for
from ..forms import BroughtPlan, NewPlan, Rename
from ..making import check_same_region
from ..models import Plan, new_key

RIGHT = "plans.publish"


def _region(request: HttpRequest, slug: str) -> Region:
    region = get_object_or_404(Region, pk=slug)
    if not may_in(request.user, RIGHT, region.code):
        if region.public:
            require_in(request, RIGHT, region.code)
        raise Http404
    return region


@may(RIGHT)
def choose(request: HttpRequest) -> HttpResponse:
    """The regions for which the reader may make plans."""
    regions = [region for region in Region.objects.all() if may_in(request.user, RIGHT, region.code)]
    return render(request, "plans/choose.html", {"regions": regions})


@may(RIGHT)
def new(request: HttpRequest, slug: str) -> HttpResponse:
    region = _region(request, slug)
    faults: list[Fault] = []
    if request.method == "POST":
        form = NewPlan(request.POST)
        if form.is_valid():
            faults = _faults(region, form.options())
            if not faults:
                job = enqueue(
                    "plans.make", request.user, organisation_for(request, region.code), region.code,  # type: ignore[arg-type]
                    key=new_key(), slug=region.slug, name=form.cleaned_data["name"], **form.options())
                return redirect("jobs:one", job=job.pk)
    else:
        form = NewPlan(initial={"name": str(text("Plan for {place}", place=region.name))})
    return render(request, "plans/new.html", {"region": region, "form": form, "faults": faults},
                  status=422 if faults or form.errors else 200)


def _faults(region: Region, options: dict[str, Any]) -> list[Fault]:
    """What can be told before the work begins."""
    try:
        found = RegionFolder.open(region.folder)
    except InputError as error:
        return list(error.faults)
    asked = PlanOptions(years=tuple(options["years"]), hubs=options["hubs"], budget_jpy=options["budget_jpy"],
                        seed=options["seed"])
    return [fault for fault in asked.faults(found) if fault.blocks]


@may(RIGHT)
def bring(request: HttpRequest, slug: str) -> HttpResponse:
    region = _region(request, slug)
    faults: list[Fault] = []
    form = BroughtPlan(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            path, document = take(form.cleaned_data["file"])
            try:
                check_same_region(document, RegionFolder.open(region.folder))
            except InputError:
                path.unlink(missing_ok=True)
                raise
        except InputError as error:
            faults = list(error.faults)
        else:
            job = enqueue(
                "plans.bring", request.user, organisation_for(request, region.code), region.code,  # type: ignore[arg-type]
                key=new_key(), slug=region.slug, name=form.cleaned_data["name"], file=path.name)
            return redirect("jobs:one", job=job.pk)
    return render(request, "plans/bring.html", {"region": region, "form": form, "faults": faults},
                  status=422 if faults or form.errors else 200)


def _own(request: HttpRequest, key: str) -> Plan:
    """A plan that the reader may change: 404 for one that may not be seen, 403 for one that may only be read."""
    plan = find(request, key)
    require_in(request, RIGHT, plan.region.code)
    return plan


@require_POST
@may(RIGHT)
def publish(request: HttpRequest, key: str) -> HttpResponse:
    """Open the plan to everybody under an address that stays."""
    plan = _own(request, key)
    if not plan.published:
        with transaction.atomic():
            plan.published, plan.published_at = True, timezone.now()
            plan.save()
            record(request, "plans.publish", plan, code=plan.region.code)
            enqueue("plans.draw", request.user, organisation_for(request, plan.region.code),  # type: ignore[arg-type]
                    plan.region.code, key=plan.key)
    messages.success(request, str(text("The plan is published. Everybody can read it at this address.")))
    return redirect(plan)


@require_POST
@may(RIGHT)
def withdraw(request: HttpRequest, key: str) -> HttpResponse:
    plan = _own(request, key)
    if plan.published:
        with transaction.atomic():
            plan.published = False
            plan.save()
            record(request, "plans.withdraw", plan, code=plan.region.code)
    messages.success(request, str(text("The plan is withdrawn. Only your own area can read it now.")))
    return redirect(plan)


@require_POST
@may(RIGHT)
def rename(request: HttpRequest, key: str) -> HttpResponse:
    plan = _own(request, key)
    form = Rename(request.POST)
    if form.is_valid():
        with transaction.atomic():
            plan.name = form.cleaned_data["name"]
            plan.save()
            record(request, "plans.rename", plan, code=plan.region.code)
    else:
        messages.error(request, str(text("A plan needs a name of at most 120 letters.")))
    return redirect(plan)


@may(RIGHT)
def delete(request: HttpRequest, key: str) -> HttpResponse:
    """Ask first; then the plan, its files and everything that hangs on it are gone. What was done stays in the log."""
    plan = _own(request, key)
    if request.method != "POST":
        return render(request, "plans/delete.html", {"plan": plan})
    folder = plan.folder
    with transaction.atomic():
        record(request, "plans.delete", plan, code=plan.region.code, published=plan.published)
        plan.delete()
    shutil.rmtree(folder, ignore_errors=True)
    messages.success(request, str(text("The plan is deleted.")))
    return redirect("plans:list")
