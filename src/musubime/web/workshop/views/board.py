"""The board: the map, what was changed, what changes with it; ask, take back, undo, redo."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST, require_safe

from musubime.errors import Fault, InputError
from musubime.language import text, verbatim
from musubime.web.accounts.rights import may
from musubime.web.plans.common import visible_plans

from .. import asks as a
from ..models import Variant
from ..rooms import WATCHED_S, Room, Search
from ..store import base_of, changed, keep, take_in, told_of
from ..told import Told, gap_in_words
from ..voices import ASKING, allowed, voice_for
from .choices import choices_context
from .common import (
    PROJECTOR,
    Scene,
    answer_context,
    frame,
    scene_of,
    variant_or_404,
    waiting,
)
from .people import voices_context

POLL_S = min(2.0, WATCHED_S / 3)


@require_safe
@may("workshop.see")
def listed(request: HttpRequest) -> HttpResponse:
    """Every plan whose workshop the reader may enter."""
    return render(request, "workshop/list.html", {"plans": visible_plans(request)})


@require_safe
@may("workshop.see")
def board(request: HttpRequest, plan: str) -> HttpResponse:
    scene = scene_of(request, plan)
    if scene.room is None:
        return waiting(scene)
    return _page(scene, scene.room, base_of(scene.plan, scene.room))


@require_safe
@may("workshop.see")
def variant(request: HttpRequest, plan: str, key: str) -> HttpResponse:
    scene = scene_of(request, plan)
    if scene.room is None:
        return waiting(scene)
    return _page(scene, scene.room, variant_or_404(scene, key))


def _page(
    scene: Scene, room: Room, shown: Variant, *, faults: tuple[Fault, ...] = (), opened: str = "", status: int = 200,
) -> HttpResponse:
    try:
        told = told_of(shown, room, near=_parent_asks(shown, room))
    except InputError as error:
        return render(scene.request, "workshop/refused.html", frame(scene) | {"faults": error.faults}, status=410)
    if told is None:
        return waiting(scene)
    context = _context(scene, room, shown, told) | {
        "asked_faults": faults, "opened": opened or scene.request.GET.get("open", ""),
        "ahead": scene.request.GET.get("ahead", "")}
    return render(scene.request, "workshop/board.html", context, status=status)


def _context(scene: Scene, room: Room, shown: Variant, told: Told, partial: bool = False) -> dict[str, Any]:
    """partial: only the board is sent, to a page that has the rest."""
    return (answer_context(scene, room, shown, told) | choices_context(room, told, partial)
            | voices_context(scene, shown) | search_context(scene, room, shown, told) | {"partial": partial})


def _parent_asks(shown: Variant, room: Room) -> a.Asks:
    """Where a search near the variant before may begin."""
    return a.read(shown.asks, room.shop)[:-1]


@require_POST
@may("workshop.ask")
def ask(request: HttpRequest, plan: str, key: str) -> HttpResponse:
    """One more change, or one fewer. Answers with the board itself where the page asks for it, else leads to it."""
    scene = scene_of(request, plan)
    room = scene.room
    if room is None or room.engine is None:
        return waiting(scene)
    at = variant_or_404(scene, key)
    opened = request.POST.get("do", "")
    try:
        before = a.read(at.asks, room.shop)
        now = frozenset(at.answer.get("hubs") or (room.shop.problem.place_ids[j] for j in room.shop.solution.hubs))
        wanted, ahead = _wanted(request.POST, before, now, scene, room)
        found, new = changed(scene.plan, room, wanted, at, before, request.user)
        if new and not allowed(request, scene.plan, scene.voice or voice_for(request, scene.plan), ASKING):
            raise InputError(Fault(text("Too much was asked from here within ten minutes."),
                                   text("Wait a little, then go on.")))
        told = _solve(found, new, room, before, scene)
    except InputError as error:
        return _refused(scene, room, at, error.faults, opened)
    if told is None:
        return waiting(scene)
    query = urlencode({k: v for k, v in {"open": opened, "ahead": ahead}.items() if v})
    address = scene.address("variant", found.key) + (f"?{query}" if query else "")
    if not request.htmx:  # type: ignore[attr-defined]
        return HttpResponseRedirect(address)
    context = _context(scene, room, found, told, partial=True) | {"opened": opened, "ahead": ahead}
    response = render(request, "workshop/_board.html", context)
    response.headers["HX-Push-Url"] = address
    return response


def _solve(found: Variant, new: bool, room: Room, before: a.Asks, scene: Scene) -> Told | None:
    """Solve first, then write all in one go."""
    if not new:
        return told_of(found, room, near=before)
    told = told_of(found, room, near=before)
    with transaction.atomic():
        base = base_of(scene.plan, room)
        if base.key in (found.parent_id, found.key):
            keep(base)
        if found.key != base.key:
            keep(found)
    return told


def _refused(scene: Scene, room: Room, at: Variant, faults: tuple[Fault, ...], opened: str) -> HttpResponse:
    if not scene.request.htmx:  # type: ignore[attr-defined]
        return _page(scene, room, at, faults=faults, opened=opened, status=422)
    told = told_of(at, room)
    if told is None:
        return waiting(scene)
    return render(scene.request, "workshop/_board.html", _context(scene, room, at, told, partial=True) | {
        "asked_faults": faults, "opened": opened})


def _wanted(
    post: Mapping[str, str], before: a.Asks, now: frozenset[str], scene: Scene, room: Room,
) -> tuple[a.Asks, str]:
    """The list that is asked for, and the variant that a redo would lead back towards."""
    match post.get("action", "add"):
        case "undo":
            return before[:-1], post.get("ahead", "") or post.get("from", "")
        case "redo":
            ahead = Variant.objects.filter(pk=post.get("ahead", ""), plan=scene.plan).first()
            later = a.read(ahead.asks, room.shop) if ahead is not None else ()
            if later[:len(before)] != before or len(later) <= len(before):
                raise InputError(Fault(text("There is nothing to do again."), text("Go on from here.")))
            return later[:len(before) + 1], post["ahead"] if len(later) > len(before) + 1 else ""
        case "again":
            return (), ""
        case "take_back":
            n = _number(post.get("position", ""))
            if n is None or not 0 <= n < len(before):
                raise InputError(Fault(text("There is no such change."), text("Load the page again.")))
            return a.without(before, int(n), room.shop), ""
        case _:
            new = _new_ask(post, room)
            if isinstance(new, a.Move):
                _refuse_merging(new, now, room)
            return (*before, new), ""


def _refuse_merging(move: a.Move, now: frozenset[str], room: Room) -> None:
    """A hub that moves to where another one stands is no move: nobody would see why a third one opens elsewhere."""
    shop = room.shop
    b = shop.building_at.get(move.building)
    to = None if b is None else shop.problem.place_ids[int(shop.problem.building_place[b])]
    if to is not None and to != move.place and to in now:
        raise InputError(Fault(
            text("{place} is a hub already.", place=verbatim(shop.sites[shop.place_at[to]].name)),
            text("To give a hub up, choose it under “No hub at”.")))


def _new_ask(post: Mapping[str, str], room: Room) -> a.Hub | a.Move | a.Offer | a.Budget | a.Limit | a.Hubs:
    missing = InputError(Fault(text("Something is not filled in."), text("Choose from the list, or write a number.")))
    place, service = _pair(post.get("pair", ""))
    try:
        match post.get("do", ""):
            case "move":
                return a.Move(place=post.get("place", ""), building=post.get("building", ""))
            case "no_hub":
                return a.Hub(place=post.get("place", ""), be=False)
            case "hub":
                return a.Hub(place=post.get("place", ""), be=True)
            case "open":
                return a.Offer(place=place, service=service, be="open")
            case "drop":
                shop = room.shop
                j, s = shop.place_at.get(place), shop.service_at.get(service)
                there = j is not None and s is not None and bool(
                    shop.problem.existing[j, s] or shop.problem.rescue[j, s])
                return a.Offer(place=place, service=service, be="close" if there else "not_open")
            case "close":
                return a.Offer(place=place, service=service, be="close")
            case "stay":
                return a.Offer(place=place, service=service, be="stay")
            case "budget":
                amount = _number(post.get("amount", ""))
                if amount is None and post.get("amount", "").strip():
                    raise missing
                return a.Budget(jpy=None if amount is None else round(amount * 10_000))
            case "limit":
                minutes = _number(post.get("minutes", ""))
                if minutes is None:
                    raise missing
                return a.Limit(service=post.get("service", "") or None, minutes=round(minutes))
            case "hubs":
                count, mode = _number(post.get("count", "")), post.get("mode", "")
                if mode == "free":
                    return a.Hubs()
                if count is None:
                    raise missing
                return a.Hubs(exactly=round(count)) if mode == "exactly" else a.Hubs(most=round(count))
            case _:
                raise missing
    except ValueError as error:  # pydantic's too: an empty id, or a number beyond all reason
        if isinstance(error, InputError):
            raise
        raise missing from error


def _pair(value: str) -> tuple[str, str]:
    place, _, service = value.rpartition("|")
    return place, service


def _number(value: str) -> float | None:
    """A number as people type it: full-width, with commas."""
    try:
        number = float(unicodedata.normalize("NFKC", value).replace(",", "").strip())
    except ValueError:
        return None
    return number if abs(number) < 1e12 else None


@require_safe
@may("workshop.see")
def state(request: HttpRequest, plan: str, key: str) -> HttpResponse:
    """Asked every two seconds while somebody looks: the gap, and a better plan where one was found meanwhile."""
    scene = scene_of(request, plan)
    room = scene.room
    if room is None or room.engine is None:
        return HttpResponse(status=204)
    at = variant_or_404(scene, key)
    try:
        told = told_of(at, room)
        if told is None or not at.asks.get("asks"):
            return HttpResponse(status=204)
        search = _watch(room, at, told)
    except InputError:
        return HttpResponse(status=204)
    better = False
    if search.solution is not None and search.solution.status != "unknown":
        better, _ = take_in(at, search.solution, room)
        told = told_of(at, room) or told
    shown = request.GET.get("shown", "")
    response = render(request, "workshop/_search.html", frame(scene) | {
        "variant": at} | search_context(scene, room, at, told))
    if better or (shown and told.found and shown != _mark(told)):
        context = answer_context(scene, room, at, told) | search_context(scene, room, at, told) | {"improved": True}
        response.content = render_to_string("workshop/_answer.html", context, request).encode()
        response.headers["HX-Retarget"] = "#answer"
        response.headers["HX-Reswap"] = "outerHTML"
    return response


def _mark(told: Told) -> str:
    """Tells one plan of a variant from a later, better one."""
    return f"{told.objective_jpy:.0f}"


def _watch(room: Room, at: Variant, told: Told) -> Search:
    asks = a.read(at.asks, room.shop)
    fewer: tuple[tuple[int, tuple[Any, ...]], ...] = ()
    if not told.found:
        fewer = tuple((n, a.changes_of(a.without(asks, n, room.shop), room.shop))
                      for n in a.standing(asks, room.shop))
    return room.watch(at.key, Search(a.changes_of(asks, room.shop), fewer))


def search_context(scene: Scene, room: Room, at: Variant, told: Told) -> dict[str, Any]:
    """What is known of the further search: is it worth asking again, and which change to take back."""
    search = room.searches.get(at.key)
    gap = told.answer.gap
    asks = a.read(at.asks, room.shop)
    close = not asks or (gap is not None and gap <= 0.005)
    relief = search.relief if search is not None and not told.found else ()
    return {
        "search": search, "poll": not close and not (search is not None and search.done), "poll_s": POLL_S,
        "shown": _mark(told) if told.found else "", "gap": gap_in_words(told.answer.status, gap), "told": told,
        "why": told.answer.why, "relief": [(n, a.words_of(asks[n], room.shop)) for n in relief],
        "close": close,
    }


@require_safe
@may("workshop.see")
def ground(request: HttpRequest, plan: str) -> HttpResponse:
    """The picture under every map of this plan."""
    scene = scene_of(request, plan)
    if scene.room is None:
        return HttpResponse(status=503, headers={"Retry-After": "5"})
    response = HttpResponse(scene.room.ground.picture, content_type="image/svg+xml")
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


@require_POST
@may("workshop.see")
def view(request: HttpRequest, plan: str) -> HttpResponse:
    """For the wall, or for the desk: large type on this screen, until it is chosen again."""
    scene = scene_of(request, plan)
    at = request.POST.get("variant", "")
    back = scene.address("variant", at) if at.isalnum() else scene.address("board")
    response = HttpResponseRedirect(back)
    on = "1" if request.POST.get("projector") == "1" else "0"
    response.set_cookie(PROJECTOR, on, max_age=30 * 86_400, path="/workshop/", samesite="Lax", httponly=True)
    return response


