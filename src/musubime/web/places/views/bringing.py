"""Bringing regions in, opening and closing them, and taking them off the site: for the planners of the area."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db.models import ProtectedError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from musubime.language import text
from musubime.web.accounts.audit import record
from musubime.web.accounts.rights import may, may_in, memberships, require_in
from musubime.web.data import data_folder
from musubime.web.jobs.work import enqueue

from .. import bring_in
from ..common import find, organisation_for
from ..forms import Bring
from ..models import Region

RIGHT = "places.import"


@may(RIGHT)
def bring(request: HttpRequest) -> HttpResponse:
    """A zip is taken, and looked into in the background."""
    regions = [region for region in Region.objects.all() if may_in(request.user, RIGHT, region.code)]
    areas = {one.organisation.area for one in memberships(request.user) if len(one.organisation.area) == 6}
    form = Bring(regions, request.POST or None, request.FILES or None,
                 initial={"code": areas.pop()} if len(areas) == 1 else None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        require_in(request, RIGHT, told["code"])
        replaced = next((region for region in regions if region.slug == told["replaces"]), None)
        if replaced and replaced.code != told["code"]:
            form.add_error("replaces", str(text("This region is of another municipality.")))
        else:
            kind = "places.build" if told["content"] == "open data" else "places.import"
            job = enqueue(
                kind, request.user, organisation_for(request, told["code"]), told["code"],  # type: ignore[arg-type]
                file=_saved(told["file"]).name, public=told["public"],
                slug=replaced.slug if replaced else _new_slug(told["code"]))
            record(request, RIGHT, job, code=told["code"])
            return redirect("jobs:one", job=job.pk)
    return render(request, "places/bring.html", {"form": form}, status=422 if form.errors else 200)


def _saved(file: UploadedFile[Any]) -> Path:
    """The upload under a name of ours: the one it came with is a stranger's."""
    path = data_folder().uploads / f"{secrets.token_hex(16)}.zip"
    with path.open("xb") as out:
        for chunk in file.chunks():
            out.write(chunk)
    return path


def _new_slug(code: str) -> str:
    """The code, or with a number where the municipality has a region already."""
    taken = set(Region.objects.filter(code=code).values_list("slug", flat=True))
    return next(slug for slug in (code, *(f"{code}-{n}" for n in range(2, len(taken) + 3))) if slug not in taken)


def _own(request: HttpRequest, slug: str) -> Region:
    region = find(request, slug)
    require_in(request, RIGHT, region.code)
    return region


@require_POST
@may(RIGHT)
def visibility(request: HttpRequest, slug: str) -> HttpResponse:
    region = _own(request, slug)
    public = request.POST.get("public") == "1"
    if region.public != public:
        region.public = public
        region.save(update_fields=["public"])
        record(request, "places.opened" if public else "places.closed", region, code=region.code)
    messages.success(request, str(text("The region is open to everybody now.") if public else
                                  text("The region is open only to officials of its area now.")))
    return redirect(region)


@may(RIGHT)
def delete(request: HttpRequest, slug: str) -> HttpResponse:
    region = _own(request, slug)
    if request.method != "POST":
        return render(request, "places/delete.html", {"region": region})
    key, code, name = region.slug, region.code, region.name
    try:
        bring_in.delete(region)
    except ProtectedError:
        messages.error(request, str(text("Plans rest on this region. Delete them first; nothing was deleted.")))
        return redirect("places:region", slug=key)
    record(request, "places.deleted", None, slug=key, code=code)
    messages.success(request, str(text("{name} was deleted.", name=name)))
    return redirect("places:list")
