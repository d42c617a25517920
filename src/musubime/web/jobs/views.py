"""Pages of the work in the background."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from musubime.language import Text, text, verbatim
from musubime.web.accounts import audit
from musubime.web.accounts.models import User
from musubime.web.accounts.rights import RIGHTS, may, may_in, memberships

from . import queue
from .models import Job, State
from .registry import find_work

A_PAGE = 50
STATES = {
    State.WAITING: text("Waiting"), State.RUNNING: text("At work"), State.DONE: text("Done"),
    State.FAILED: text("Failed"), State.CANCELLED: text("Cancelled"),
}
NOTES = {
    "repair": text("Repaired:"), "dropped": text("Left out:"), "assumption": text("Assumed:"),
    "missing": text("Missing, and what the plan will therefore not say:"),
}


def visible_jobs(user: Any) -> QuerySet[Job]:
    """One's own, and those about municipalities of the area for which the table lets one see them."""
    jobs = Job.objects.select_related("user")
    if user.is_superuser:
        return jobs
    mine = Q(user=user)
    for membership in memberships(user):
        if membership.principal in RIGHTS["jobs.see"]:
            # Work about no municipality is about the site: it is for those who asked for it, and the administrator.
            mine |= Q(code__startswith=membership.organisation.area) & ~Q(code="")
    return jobs.filter(mine)


def may_cancel(user: User, job: Job) -> bool:
    return not job.is_over and (job.user_id == user.pk or may_in(user, "jobs.cancel", job.code))


def _title(job: Job) -> Text:
    registered = find_work(job.kind)
    return registered.title if registered else verbatim(job.kind)


def shown(job: Job, user: User) -> dict[str, Any]:
    """What the templates `jobs/progress.html` and `jobs/job.html` need."""
    address = str(job.result.get("address", "")) if job.state == State.DONE else ""
    if job.kind.startswith("plans.") and not may_in(user, "plans.drafts", job.code):
        address = ""  # a plan is a draft when it has been made: who may not see drafts is not led to a closed page
    groups = [(heading, [note for note in job.result.get("notes", []) if note["kind"] == kind])
              for kind, heading in NOTES.items()]
    return {
        "job": job, "title": _title(job), "state": STATES[State(job.state)], "percent": round(job.share * 100),
        "may_cancel": may_cancel(user, job), "notes": [(heading, notes) for heading, notes in groups if notes],
        # Only ever an address of this site.
        "address": address if url_has_allowed_host_and_scheme(address, allowed_hosts=None) else "",
    }


def _found(request: HttpRequest, job: UUID) -> Job:
    found = visible_jobs(request.user).filter(pk=job).first()
    if found is None:
        raise Http404
    return found


@may("jobs.see")
def listed(request: HttpRequest) -> HttpResponse:
    page = Paginator(visible_jobs(request.user), A_PAGE).get_page(request.GET.get("page"))
    rows = [{"job": job, "title": _title(job), "state": STATES[State(job.state)]} for job in page]
    return render(request, "jobs/list.html", {"page": page, "rows": rows})


@may("jobs.see")
def one(request: HttpRequest, job: UUID) -> HttpResponse:
    assert isinstance(request.user, User)
    return render(request, "jobs/job.html", shown(_found(request, job), request.user))


@may("jobs.see")
def progress(request: HttpRequest, job: UUID) -> HttpResponse:
    """The part of the page that changes; htmx asks for it while the work is not over."""
    assert isinstance(request.user, User)
    response = render(request, "jobs/progress.html", shown(_found(request, job), request.user))
    response.headers["Cache-Control"] = "no-store"
    return response


@require_POST
@may("jobs.cancel")
def cancel(request: HttpRequest, job: UUID) -> HttpResponse:
    assert isinstance(request.user, User)
    found = _found(request, job)
    if not found.is_over and not may_cancel(request.user, found):
        raise PermissionDenied
    if queue.cancel(found):
        audit.record(request, "jobs.cancel", found, kind=found.kind)
        messages.success(request, str(text("The work is being stopped.")))
    else:
        messages.info(request, str(text("The work was over already.")))
    return redirect("jobs:one", job=found.pk)
