"""The directory of municipalities, and the official lists that fill it."""

from __future__ import annotations

import os
import tempfile
import unicodedata
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.region.codes import PREFECTURES, prefecture_name
from musubime.web.accounts.audit import record
from musubime.web.accounts.rights import may, may_in

from ..common import visible_regions
from ..forms import OfficialList
from ..models import Class, Designation, Hub, Municipality, Rmo
from ..official import take

A_PAGE = 100
CLASSES = {Class.FULL: text("wholly depopulated (全部過疎)"), Class.PART: text("partly depopulated (一部過疎)"),
           Class.DEEMED: text("deemed depopulated (みなし過疎)")}


@may("places.see")
def directory(request: HttpRequest) -> HttpResponse:
    words = unicodedata.normalize("NFKC", request.GET.get("q", "").strip())[:60]
    prefecture = request.GET.get("prefecture", "")
    prefecture = prefecture if prefecture in _PREFECTURE_CODES else ""
    regions = visible_regions(request)
    filled = Municipality.objects.exists()
    rows: QuerySet[Municipality] | list[Municipality]
    if filled:
        rows = _searched(words, prefecture)
    else:  # nobody has brought a list in: what the regions tell
        rows = [Municipality(code=code, name=name) for code, name in sorted({(r.code, r.name) for r in regions})
                if (not words or words in name or code.startswith(words)) and code.startswith(prefecture)]
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    newest: dict[str, Designation] = {}
    for one in Designation.objects.filter(municipality__in=[row.code for row in page]).order_by("on"):
        newest[one.municipality_id] = one
    with_region = {region.code for region in regions}
    return render(request, "places/directory.html", {
        "page": page, "q": words, "prefecture": prefecture, "prefectures": list(_PREFECTURE_CODES.items()),
        "filled": filled, "rows": [
            {"place": row, "region": row.code in with_region, "designation": newest.get(row.code),
             "class": CLASSES[Class(newest[row.code].kind)] if row.code in newest else None} for row in page],
    })


_PREFECTURE_CODES = {f"{number:02}": name for number, name in enumerate(PREFECTURES, 1)}


def _searched(words: str, prefecture: str) -> QuerySet[Municipality]:
    """By name, kana, code, or the name of the prefecture; former ones only for who searches by name or code."""
    rows = Municipality.objects.filter(code__startswith=prefecture)
    if not words:
        return rows.filter(former=False)
    hit = Q(name__contains=words) | Q(kana__contains=words)
    if words.isdigit():
        hit |= Q(code__startswith=words)
    for code, name in _PREFECTURE_CODES.items():
        if words in name:
            hit |= Q(code__startswith=code, former=False)
    return rows.filter(hit)


@may("places.see")
def municipality(request: HttpRequest, code: str) -> HttpResponse:
    place = Municipality.objects.filter(pk=code).first()
    regions = [region for region in visible_regions(request) if region.code == code]
    if place is None and not regions:
        raise Http404
    plans: list[Any] = [plan for region in regions if hasattr(region, "plans")
                        for plan in region.plans.filter(published=True)]
    return render(request, "places/municipality.html", {
        "code": code, "name": place.name if place else regions[0].name, "place": place,
        "prefecture": prefecture_name(code), "regions": regions, "plans": plans,
        "designations": [(one, CLASSES[Class(one.kind)]) for one in place.designations.all()] if place else [],
        "predecessors": place.predecessors.select_related("former").order_by("former__code") if place else [],
        "successors": place.successors.select_related("successor") if place else [],
        "hubs": Hub.objects.filter(code=code), "rmos": Rmo.objects.filter(code=code),
        "editable": may_in(request.user, "places.edit", code),
    })


@may("places.directory")
def official(request: HttpRequest) -> HttpResponse:
    """An official list is read at once: two thousand rows take a second."""
    form = OfficialList(request.POST or None, request.FILES or None)
    faults: list[Fault] = []
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data["file"]
        handle, name = tempfile.mkstemp(suffix=_suffix(given.name))
        path = Path(name)
        try:
            with os.fdopen(handle, "wb") as out:
                for chunk in given.chunks():
                    out.write(chunk)
            told = take(path, Path(str(given.name)).name, form.cleaned_data["on"])
        except InputError as error:
            faults = list(error.faults)
        else:
            record(request, "places.directory", None, municipalities=told.municipalities,
                   successions=told.successions, designations=told.designations)
            messages.success(request, str(text(
                "Kept: {municipalities:,} municipalities, {successions:,} mergers, {designations:,} designations.",
                municipalities=told.municipalities, successions=told.successions, designations=told.designations)))
            for note in told.ledger.notes:
                messages.warning(request, f"{note.count:,} × {note.what} ({'; '.join(note.examples)})")
            return redirect("places:directory")
        finally:
            path.unlink(missing_ok=True)
    return render(request, "places/official.html", {"form": form, "faults": faults},
                  status=422 if faults or form.errors else 200)


def _suffix(name: str | None) -> str:
    """Only an ending that readers know; never a stranger's name on the disk."""
    suffix = Path(name or "").suffix.lower()
    return suffix if suffix in (".csv", ".xlsx", ".xls", ".json", ".tsv", ".txt") else ""
