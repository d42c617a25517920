"""What the pages of a workshop share: who may see it, its state, and what stands on the board."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from musubime.errors import Fault
from musubime.language import Text, current_language, text, translate
from musubime.web.accounts.rights import may_in
from musubime.web.plans.common import is_visible
from musubime.web.plans.models import Plan

from .. import asks as a
from ..models import Board, Comments, Shown, Variant
from ..pictures import picture
from ..rooms import ROOMS, Room, opening_words
from ..store import base_of, base_told
from ..told import Told, figures, gains_and_losses, gap_in_words, summary_of
from ..voices import Voice, voice_of

PROJECTOR = "projector"  # a cookie: this screen is on the wall
PATIENCE_S = 10.0
_FIRST = 12  # settlements that are listed before the rest is folded away


def plan_or_404(request: HttpRequest, key: str) -> Plan:
    """A plan whose workshop the reader may see: published and of an open region, or of the reader's own area."""
    plan = Plan.objects.select_related("region", "board").filter(pk=key).first()
    if plan is None or not is_visible(request, plan):
        raise Http404
    return plan


def board_of(plan: Plan) -> Board:
    """How its workshop is held; not yet in the database where nobody changed anything."""
    try:
        return plan.board
    except Board.DoesNotExist:
        return Board(plan=plan)


@dataclass(frozen=True)
class Scene:
    """One request in one plan's workshop. room: None while it is opened; faults: why it cannot be."""

    request: HttpRequest
    plan: Plan
    board: Board
    room: Room | None
    faults: tuple[Fault, ...]
    voice: Voice | None

    @property
    def moderates(self) -> bool:
        return may_in(self.request.user, "workshop.moderate", self.plan.region.code)

    @property
    def projector(self) -> bool:
        return self.request.COOKIES.get(PROJECTOR) == "1" or self.request.GET.get("projector") == "1"

    def address(self, name: str, *keys: str) -> str:
        return reverse(f"workshop:{name}", args=(self.plan.key, *keys))


def scene_of(request: HttpRequest, key: str) -> Scene:
    plan = plan_or_404(request, key)
    found = ROOMS.find(plan.key, plan.folder, plan.region.folder)
    if request.method == "POST":  # what somebody sends is not thrown away because this process has yet to open the plan
        ROOMS.wait(plan.key, PATIENCE_S)
        found = ROOMS.find(plan.key, plan.folder, plan.region.folder)
    room, faults = (None, found) if isinstance(found, tuple) else (found, ())
    return Scene(request, plan, board_of(plan), room, faults, voice_of(request, plan))


def variant_or_404(scene: Scene, key: str) -> Variant:
    """A variant of this plan; the plan without changes also before it is in the database."""
    found = Variant.objects.filter(pk=key, plan=scene.plan).first()
    if found is not None:
        return found
    if key == a.key_of(scene.plan.key, ()) and scene.room is not None:
        return base_of(scene.plan, scene.room)
    raise Http404


def frame(scene: Scene) -> dict[str, Any]:
    """What every template of a workshop is given."""
    return {
        "plan": scene.plan, "board": scene.board, "scene": scene, "projector": scene.projector,
        "closed": scene.board.closed_at is not None, "comments_off": scene.board.comments == Comments.OFF,
        "moderates": scene.moderates,
    }


def waiting(scene: Scene) -> HttpResponse:
    """While the workshop is opened, or where it cannot be: said, and asked again by the page itself."""
    response = render(scene.request, "workshop/waiting.html", frame(scene) | {
        "words": opening_words(), "faults": scene.faults, "again": scene.request.get_full_path()
        if scene.request.method == "GET" else scene.address("board")})
    response.headers["Cache-Control"] = "no-store"
    if scene.request.htmx:  # type: ignore[attr-defined]
        response.headers["HX-Redirect"] = scene.address("board")
    return response


def name_of(variant: Variant, scene: Scene) -> Text | str:
    """The name others may see; one's own also before it was accepted."""
    mine = scene.voice is not None and variant.named_by == scene.voice.id
    if variant.name and (variant.name_shown == Shown.SHOWN or mine or scene.moderates):
        return variant.name
    count = len(variant.asks.get("asks", ()))
    if not count:
        return text("The plan without changes")
    return text("A variant with {count} changes", count=count) if count > 1 else text("A variant with one change")


def map_of(told: Told, scene: Scene, room: Room, label: Text | str) -> str:
    base = base_told(room)
    return picture(told if told.found else base, base, room.shop, room.ground, {
        "language": current_language(), "map": str(text(
            "Map of {name}: settlements by whether they reach every service, and hubs. The lists beside it say the "
            "same.", name=label)),
        "lacks": str(text("lacks")), "gains": str(text("gains")), "loses": str(text("loses")),
        "people": translate(text("{count:,.0f} people").template)}, scene.address("ground"))


def answer_context(scene: Scene, room: Room, variant: Variant, told: Told) -> dict[str, Any]:
    """A variant's answer: map, figures, who gains and loses, what was asked."""
    shop, base = room.shop, base_told(room)
    asks = a.read(variant.asks, shop)
    gains, losses = gains_and_losses(told, base, shop) if told.found else ([], [])
    name = name_of(variant, scene)
    hubs = told.answer.plan.hubs if told.answer.plan else []
    known, now = set(base.hub_ids), set(told.hub_ids)
    return frame(scene) | {
        "variant": variant, "name": name, "told": told, "base": not asks,
        "map": map_of(told, scene, room, name),
        "asked": [(n, a.words_of(asks[n], shop)) for n in a.standing(asks, shop)],
        "figures": figures(summary_of(told), summary_of(base)) if told.found else [],
        "gap": gap_in_words(told.answer.status, told.answer.gap),
        "gains": gains[:_FIRST], "more_gains": gains[_FIRST:], "gains_people": sum(t.people for t in gains),
        "losses": losses[:_FIRST], "more_losses": losses[_FIRST:], "losses_people": sum(t.people for t in losses),
        "new_hubs": [h.name for h in hubs if h.place not in known],
        "gone_hubs": [h.name for h in (base.answer.plan.hubs if base.answer.plan else [])
                      if told.found and h.place not in now],
        "hubs": [{"hub": h, "new": h.place not in known, "people": h.people.get(told.year),
                  "services": [(shop.services[shop.service_at[s.service]].name.model_dump(), s) for s in h.services]}
                 for h in hubs],
        "year": told.year,
    }
