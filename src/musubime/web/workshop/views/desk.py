"""The town hall's desk: read what residents wrote, show or hide it, close the workshop, take the results away."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from musubime.errors import InputError
from musubime.language import text
from musubime.web.accounts import audit
from musubime.web.accounts.rights import may, require_in
from musubime.web.csv_files import csv_response

from .. import asks as a
from ..models import Board, Comment, Comments, Shown, Variant, Vote
from .common import Scene, frame, name_of, scene_of

_PAGE = 200


def _desk(request: HttpRequest, plan: str) -> Scene:
    scene = scene_of(request, plan)
    require_in(request, "workshop.moderate", scene.plan.region.code)
    return scene


@require_safe
@may("workshop.moderate")
def desk(request: HttpRequest, plan: str) -> HttpResponse:
    scene = _desk(request, plan)
    comments = Comment.objects.filter(variant__plan=scene.plan).select_related("variant")
    names = Variant.objects.filter(plan=scene.plan).exclude(name="")

    def rows(shown: Shown) -> list[dict[str, Any]]:
        return [{"comment": c, "name": name_of(c.variant, scene)} for c in
                comments.filter(shown=shown).order_by("at" if shown == Shown.HELD else "-at")[:_PAGE]]

    return render(request, "workshop/desk.html", frame(scene) | {
        "held": rows(Shown.HELD), "shown": rows(Shown.SHOWN), "hidden": rows(Shown.HIDDEN),
        "names_held": names.filter(name_shown=Shown.HELD)[:_PAGE],
        "names_shown": names.filter(name_shown=Shown.SHOWN)[:_PAGE],
        "names_hidden": names.filter(name_shown=Shown.HIDDEN)[:_PAGE],
        "votes": Vote.objects.filter(variant__plan=scene.plan).count(),
        "modes": [(Comments.HELD, text("others see a comment after it was read here")),
                  (Comments.AT_ONCE, text("comments are seen at once, and can be hidden later")),
                  (Comments.OFF, text("nobody can write comments"))],
    })


@require_POST
@may("workshop.moderate")
def decide(request: HttpRequest, plan: str, number: int) -> HttpResponse:
    """Show or hide a comment."""
    scene = _desk(request, plan)
    comment = Comment.objects.filter(pk=number, variant__plan=scene.plan).first()
    wanted = request.POST.get("shown", "")
    if comment is None or wanted not in {Shown.SHOWN, Shown.HIDDEN}:
        raise Http404
    comment.shown = wanted
    comment.save()
    audit.record(request, "workshop.moderate", comment, shown=wanted)
    messages.success(request, str(text("The comment is seen by everybody now.") if wanted == Shown.SHOWN
                                  else text("The comment is hidden.")))
    return HttpResponseRedirect(scene.address("desk"))


@require_POST
@may("workshop.moderate")
def decide_name(request: HttpRequest, plan: str, key: str) -> HttpResponse:
    """Show or hide the name of a variant."""
    scene = _desk(request, plan)
    variant = Variant.objects.filter(pk=key, plan=scene.plan).exclude(name="").first()
    wanted = request.POST.get("shown", "")
    if variant is None or wanted not in {Shown.SHOWN, Shown.HIDDEN}:
        raise Http404
    variant.name_shown = wanted
    variant.save()
    audit.record(request, "workshop.moderate", variant, shown=wanted)
    messages.success(request, str(text("The name is seen by everybody now.") if wanted == Shown.SHOWN
                                  else text("The name is hidden.")))
    return HttpResponseRedirect(scene.address("desk"))


@require_POST
@may("workshop.moderate")
def hold(request: HttpRequest, plan: str) -> HttpResponse:
    """How the workshop is held: when comments are seen; closed, or open again."""
    scene = _desk(request, plan)
    board, _ = Board.objects.get_or_create(plan=scene.plan)
    if (comments := request.POST.get("comments", "")) in set(Comments):
        board.comments = comments
    if (closed := request.POST.get("closed", "")) in {"yes", "no"}:
        board.closed_at = timezone.now() if closed == "yes" else None
    board.save()
    audit.record(request, "workshop.hold", board, comments=board.comments, closed=board.closed_at is not None)
    messages.success(request, str(text("The settings are kept.")))
    return HttpResponseRedirect(scene.address("desk"))


def _results(scene: Scene) -> list[dict[str, Any]]:
    """Variants that somebody named, voted on or wrote to, with their votes and comments. Nothing tells who spoke."""
    spoken = Variant.objects.filter(plan=scene.plan).filter(
        Q(votes__isnull=False) | Q(comments__isnull=False) | ~Q(name="")).distinct().prefetch_related(
        "votes", "comments")
    shop = scene.room.shop if scene.room is not None else None
    out = []
    for v in spoken:
        try:
            asks = a.read(v.asks, shop) if shop is not None else ()
        except InputError:
            asks = ()  # of an earlier state of the plan: the list itself is in the JSON
        out.append({
            "variant": v.key, "name": v.name, "name_shown": v.name_shown if v.name else "",
            "link": scene.request.build_absolute_uri(scene.address("variant", v.key)),
            "changes": [str(a.words_of(asks[n], shop)) for n in a.standing(asks, shop)] if shop is not None else [],
            "asks": v.asks, "summary": v.summary, "agree": sum(vote.agrees for vote in v.votes.all()),
            "disagree": sum(not vote.agrees for vote in v.votes.all()),
            "comments": [{"at": c.at.isoformat(timespec="minutes"), "words": c.words, "shown": c.shown}
                         for c in v.comments.all()],
        })
    return out


@require_safe
@may("workshop.moderate")
def export_json(request: HttpRequest, plan: str) -> HttpResponse:
    scene = _desk(request, plan)
    audit.record(request, "workshop.export", scene.plan, format="json")
    response = JsonResponse({"plan": scene.plan.key, "name": scene.plan.name, "variants": _results(scene)},
                            json_dumps_params={"ensure_ascii": False, "indent": 1})
    return _as_file(response, f"workshop-{scene.plan.key}.json")


@require_safe
@may("workshop.moderate")
def export_csv(request: HttpRequest, plan: str) -> HttpResponse:
    """One line for each comment, and one for each variant without any: opens in a spreadsheet as it is."""
    scene = _desk(request, plan)
    audit.record(request, "workshop.export", scene.plan, format="csv")
    header = [str(words) for words in (
        text("variant"), text("name of the variant"), text("changes"), text("agree"), text("disagree"),
        text("people who lack at least one service"), text("yen a year"), text("written at"), text("comment"),
        text("shown"), text("link"))]
    shown = {Shown.SHOWN: text("shown"), Shown.HELD: text("waiting"), Shown.HIDDEN: text("hidden")}
    rows = [
        (row["variant"], row["name"], "; ".join(row["changes"]), row["agree"], row["disagree"],
         _rounded(row["summary"].get("unserved_people")), _rounded(row["summary"].get("cost_jpy_per_year")),
         c["at"], c["words"], str(shown.get(c["shown"], "")), row["link"])
        for row in _results(scene) for c in row["comments"] or [{"at": "", "words": "", "shown": ""}]]
    response = csv_response(f"workshop-{scene.plan.key}", header, rows)
    response.headers["Cache-Control"] = "no-store"
    return response


def _rounded(value: float | None) -> int | str:
    return "" if value is None else round(value)


def _as_file(response: HttpResponse, name: str) -> HttpResponse:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
