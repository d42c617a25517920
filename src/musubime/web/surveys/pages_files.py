"""Tables, slides and raw answers: ordering them, taking them, publishing them."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from musubime.language import Text, text
from musubime.studies.deck import prefecture_words
from musubime.web.accounts import audit
from musubime.web.accounts.rights import may
from musubime.web.jobs.models import Job
from musubime.web.jobs.queue import enqueue

from .access import found_wave, may_everywhere, may_prefecture, who
from .models import Made, Wave

FILES: dict[str, Text] = {
    "tables-ja.xlsx": text("Tables (Excel, Japanese)"), "tables-en.xlsx": text("Tables (Excel, English)"),
    "tables.json": text("Tables (JSON)"),
    "deck-ja.pptx": text("Slides (PowerPoint, Japanese)"), "deck-en.pptx": text("Slides (PowerPoint, English)"),
    "deck-ja.html": text("Slides as a page (Japanese)"), "deck-en.html": text("Slides as a page (English)"),
    "returns.zip": text("Raw answers (CSV)"),
}
RAW = frozenset(("returns.zip",))
OFFERED = ("tables-ja.xlsx", "tables-en.xlsx", "deck-ja.pptx", "deck-en.pptx", "returns.zip", "tables.json")


def _areas(request: HttpRequest, wave: Wave) -> list[tuple[str, Text]]:
    """For whom this reader may order tables."""
    areas: list[tuple[str, Text]] = []
    if may_everywhere(request, "surveys.make"):
        areas.append(("", text("Japan")))
    codes = wave.returns.order_by("prefecture").values_list("prefecture", flat=True).distinct()
    return areas + [(code, prefecture_words(code)) for code in codes if may_prefecture(request, "surveys.make", code)]


@never_cache
@may("surveys.make")
def files(request: HttpRequest, wave: str) -> HttpResponse:
    about = found_wave(wave)
    areas = _areas(request, about)
    if not areas:
        raise Http404
    names = dict(areas)
    made = [one for one in Made.objects.filter(wave=about).select_related("user") if one.area in names]
    jobs = Job.objects.in_bulk([one.job for one in made if one.job and not one.done_at])
    counts = about.returns.filter(prefecture__in=[area for area, _ in areas if area])
    return render(request, "surveys/files.html", {
        "wave": about, "areas": areas,
        "made": [{"one": one, "area": names[one.area], "job": jobs.get(one.job) if one.job else None,
                  "files": [(name, FILES[name]) for name in OFFERED if name in one.files]} for one in made],
        "accepted": counts.filter(state="accepted").count(), "submitted": counts.filter(state="submitted").count(),
        "asked": counts.count(), "may_publish": may_everywhere(request, "surveys.open")})


@require_POST
@may("surveys.make")
def order(request: HttpRequest, wave: str) -> HttpResponse:
    """Order tables and slides; they are made in the background."""
    about = found_wave(wave)
    areas = dict(_areas(request, about))
    area = request.POST.get("area", next(iter(areas), ""))
    if area not in areas:
        raise PermissionDenied
    by = who(request, "surveys.make", f"{area}0000" if area else "")
    with transaction.atomic():
        made = Made.objects.create(wave=about, area=area, user=by.user,
                                   accepted_only=request.POST.get("which") != "submitted")
        job = enqueue("surveys.make", by.user, by.organisation, f"{area}0000" if area else "", made=made.pk)
        made.job = job.pk
        made.save()
    audit.record(request, "surveys.make", made, organisation=by.organisation, area=area)
    messages.success(request, str(text("The tables are being made. You may leave this page.")))
    return redirect("jobs:one", job=job.pk)


@may("surveys.see")
def download(request: HttpRequest, wave: str, made: int, name: str) -> HttpResponseBase:
    """One made file: to those of its area, and to everybody once it is published (raw answers never)."""
    found = Made.objects.filter(wave=wave, pk=made).select_related("wave").first()
    if found is None or name not in FILES or name not in found.files:
        raise Http404
    inside = may_prefecture(request, "surveys.make", found.area) if found.area else may_everywhere(
        request, "surveys.make")
    if not inside and (found.published_at is None or name in RAW):
        raise Http404
    path = found.folder / name
    if not path.is_file():
        raise Http404
    if name in RAW:
        audit.record(request, "surveys.raw", found, area=found.area)
    return FileResponse(path.open("rb"), as_attachment=True,
                        filename=f"{found.wave_id}{'_' + found.area if found.area else ''}_{name}")


@require_POST
@may("surveys.open")
def publish(request: HttpRequest, wave: str, made: int) -> HttpResponse:
    """Make tables and slides public, or take them back."""
    if not may_everywhere(request, "surveys.open"):
        raise PermissionDenied
    found = Made.objects.filter(wave=wave, pk=made, done_at__isnull=False).first()
    if found is None:
        raise Http404
    found.published_at = None if found.published_at else timezone.now()
    found.save()
    audit.record(request, "surveys.publish", found, published=found.published_at is not None)
    messages.success(request, str(text("Everybody can see the tables now.") if found.published_at else
                                  text("The tables are no longer public.")))
    return redirect("surveys:files", wave=wave)


@may("surveys.see")
def published(request: HttpRequest, wave: str) -> HttpResponse:
    """What was published of a wave, for everybody."""
    about = found_wave(wave)
    made = Made.objects.filter(wave=about, published_at__isnull=False)
    if not made:
        raise Http404
    return render(request, "surveys/published.html", {
        "wave": about, "made": [{
            "one": one, "area": prefecture_words(one.area) if one.area else text("Japan"),
            "files": [(name, FILES[name]) for name in OFFERED if name in one.files and name not in RAW],
        } for one in made]})
