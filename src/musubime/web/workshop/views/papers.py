"""Variants side by side, on paper, and as a link."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from musubime.errors import InputError
from musubime.language import text
from musubime.web.accounts.rights import may

from .. import asks as a
from ..models import Shown, Variant, Vote
from ..store import base_of, base_told, told_of
from ..told import Figure, figures, gap_in_words, summary_of
from .common import Scene, answer_context, frame, map_of, name_of, scene_of, variant_or_404, waiting

MOST_COMPARED = 4


@require_safe
@may("workshop.see")
def variants(request: HttpRequest, plan: str) -> HttpResponse:
    """Every variant with a name that the reader may see, with its votes; to choose some and compare them."""
    scene = scene_of(request, plan)
    if scene.room is None:
        return waiting(scene)
    mine = scene.voice.id if scene.voice is not None else "-"
    rows = []
    votes: dict[str, list[bool]] = {}
    for key, agrees in Vote.objects.filter(variant__plan=scene.plan).values_list("variant_id", "agrees"):
        votes.setdefault(key, []).append(agrees)
    base = base_of(scene.plan, scene.room)
    named = Variant.objects.filter(plan=scene.plan).exclude(name="")
    shown = [v for v in named if v.name_shown == Shown.SHOWN or v.named_by == mine or scene.moderates]
    for v in [base, *shown]:
        summary = summary_of(base_told(scene.room)) if v is base else v.summary
        cast = votes.get(v.key, [])
        rows.append({"variant": v, "name": name_of(v, scene), "held": v.name_shown == Shown.HELD and bool(v.name),
                     "summary": summary, "agree": sum(cast), "disagree": len(cast) - sum(cast),
                     "cost_10k": summary.get("cost_jpy_per_year", 0) / 10_000, "hubs": len(summary.get("hubs", ())),
                     "gap": gap_in_words(summary.get("status", ""), summary.get("gap"))})
    return render(request, "workshop/variants.html", frame(scene) | {"rows": rows, "most": MOST_COMPARED})


@require_safe
@may("workshop.see")
def compare(request: HttpRequest, plan: str) -> HttpResponse:
    """Two to four variants side by side."""
    scene = scene_of(request, plan)
    room = scene.room
    if room is None:
        return waiting(scene)
    keys = list(dict.fromkeys(request.GET.getlist("v")))[:MOST_COMPARED]
    columns: list[dict[str, Any]] = []
    said = None
    for key in keys:
        at = variant_or_404(scene, key)
        try:
            told = told_of(at, room)
        except InputError as error:
            return render(request, "workshop/refused.html", frame(scene) | {"faults": error.faults}, status=410)
        if told is None:
            return waiting(scene)
        asks = a.read(at.asks, room.shop)
        name = name_of(at, scene)
        columns.append({
            "variant": at, "name": name, "told": told, "map": map_of(told, scene, room, name),
            "asked": [a.words_of(asks[n], room.shop) for n in a.standing(asks, room.shop)],
            "gap": gap_in_words(told.answer.status, told.answer.gap),
            "hubs": [h.name for h in told.answer.plan.hubs] if told.answer.plan else [],
            "figures": figures(summary_of(told), summary_of(base_told(room))) if told.found else [],
        })
    if len(columns) < 2:
        said = text("Choose two to {most} variants.", most=MOST_COMPARED)
    labels: list[Figure] = next((c["figures"] for c in columns if c["figures"]), [])
    table = [(label.label, [c["figures"][n] if c["figures"] else None for c in columns])
             for n, label in enumerate(labels)]
    return render(request, "workshop/compare.html", frame(scene) | {"columns": columns, "table": table, "said": said})


def _link(scene: Scene, variant: Variant) -> str:
    return scene.request.build_absolute_uri(scene.address("variant", variant.key))


def _qr(link: str) -> str:
    """The link as a QR code, an SVG that stands in the page."""
    out = BytesIO()
    segno.make(link, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=True, border=4, scale=1, omitsize=True, dark="#000", light="#fff",
        svgclass="qr", lineclass=None)
    return mark_safe(out.getvalue().decode())  # drawn from the modules of the code: nothing of the link is in it


@require_safe
@may("workshop.see")
def share(request: HttpRequest, plan: str, key: str) -> HttpResponse:
    scene = scene_of(request, plan)
    if scene.room is None:
        return waiting(scene)
    at = variant_or_404(scene, key)
    link = _link(scene, at)
    return render(request, "workshop/share.html", frame(scene) | {
        "variant": at, "name": name_of(at, scene), "link": link, "qr": _qr(link)})


@require_safe
@may("workshop.see")
def paper(request: HttpRequest, plan: str, key: str) -> HttpResponse:
    """A variant on A4."""
    scene = scene_of(request, plan)
    room = scene.room
    if room is None:
        return waiting(scene)
    at = variant_or_404(scene, key)
    try:
        told = told_of(at, room)
    except InputError as error:
        return render(request, "workshop/refused.html", frame(scene) | {"faults": error.faults}, status=410)
    if told is None:
        return waiting(scene)
    link = _link(scene, at)
    return render(request, "workshop/paper.html", answer_context(scene, room, at, told) | {
        "link": link, "qr": _qr(link), "today": timezone.localdate(), "why": told.answer.why})
