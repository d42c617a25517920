"""What residents say: a name for a variant, votes, comments. Nobody needs an account."""

from __future__ import annotations

import unicodedata
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from musubime.language import Text, text
from musubime.web.accounts import audit
from musubime.web.accounts.rights import may

from ..models import Comment, Comments, Shown, Variant, Vote
from ..rooms import Room
from ..store import base_of, keep
from ..voices import VOTING, WRITING, Rate, Voice, allowed, remember, voice_for
from .common import Scene, scene_of, variant_or_404, waiting

MOST_WORDS, MOST_NAME = 500, 60
TRAP = "website"  # a field that people do not see; who fills it in is a program


def voices_context(scene: Scene, variant: Variant) -> dict[str, Any]:
    """Votes and comments of one variant, as this reader may see them."""
    votes = list(Vote.objects.filter(variant_id=variant.key).values_list("voice", "agrees"))
    mine = scene.voice.id if scene.voice is not None else None
    comments = [
        {"words": c.words, "at": c.at, "held": c.shown == Shown.HELD, "mine": c.voice == mine}
        for c in Comment.objects.filter(variant_id=variant.key)
        if c.shown == Shown.SHOWN or (c.voice == mine and c.shown == Shown.HELD)
    ]
    return {
        "agree": sum(agrees for _, agrees in votes), "disagree": sum(not agrees for _, agrees in votes),
        "my_vote": next((agrees for voice, agrees in votes if voice == mine), None), "comments": comments,
        "can_name": _may_name(scene, variant, mine), "trap": TRAP, "most_words": MOST_WORDS,
    }


def _may_name(scene: Scene, variant: Variant, voice: str | None) -> bool:
    """Who may give a variant its name, or another one: staff; anybody while it has none; who gave it."""
    if scene.board.closed_at is not None and not scene.moderates:
        return False
    return scene.moderates or not variant.name or (bool(voice) and variant.named_by == voice)


@require_POST
@may("workshop.speak")
def vote(request: HttpRequest, plan: str, key: str) -> HttpResponse:
    """Agree, disagree, or take one's vote back. A later vote of the same browser stands for the earlier one."""
    scene = scene_of(request, plan)
    if scene.room is None:
        return waiting(scene)
    variant = variant_or_404(scene, key)
    refused, voice = _speak(scene, VOTING)
    answer = request.POST.get("vote", "")
    if refused is None and answer in {"agree", "disagree", "none"}:
        with transaction.atomic():
            _keep_base(scene, scene.room, variant)
            if answer == "none":
                Vote.objects.filter(variant_id=variant.key, voice=voice.id).delete()
            else:
                Vote.objects.update_or_create(
                    variant_id=variant.key, voice=voice.id, defaults={"agrees": answer == "agree"})
        messages.success(request, str(text("Your vote was counted. You can change it at any time.")
                                      if answer != "none" else text("Your vote was taken back.")))
    return _back(scene, variant, voice, refused)


@require_POST
@may("workshop.speak")
def comment(request: HttpRequest, plan: str, key: str) -> HttpResponse:
    scene = scene_of(request, plan)
    if scene.room is None:
        return waiting(scene)
    variant = variant_or_404(scene, key)
    words = _plain(request.POST.get("words", ""))
    if request.POST.get(TRAP, ""):
        return HttpResponseRedirect(scene.address("variant", variant.key))  # as if it had been taken
    if scene.board.comments == Comments.OFF:
        refused: Text | None = text("Comments are not open for this plan.")
        voice = voice_for(request, scene.plan)
    elif not words or len(words) > MOST_WORDS:
        refused = text("A comment has one to {most} characters.", most=MOST_WORDS)
        voice = voice_for(request, scene.plan)
    else:
        refused, voice = _speak(scene, WRITING)
    if refused is None:
        _keep_base(scene, scene.room, variant)
        if not Comment.objects.filter(variant_id=variant.key, voice=voice.id, words=words).exists():
            at_once = scene.board.comments == Comments.AT_ONCE
            Comment.objects.create(variant_id=variant.key, voice=voice.id, words=words,
                                   shown=Shown.SHOWN if at_once else Shown.HELD)
        messages.success(request, str(
            text("Thank you. Your comment stands below.") if scene.board.comments == Comments.AT_ONCE
            else text("Thank you. Others see your comment once the town hall has read it.")))
    return _back(scene, variant, voice, refused)


@require_POST
@may("workshop.speak")
def name(request: HttpRequest, plan: str, key: str) -> HttpResponse:
    """Give a variant a name. A resident's is seen by others once it was read; staff's at once."""
    scene = scene_of(request, plan)
    if scene.room is None:
        return waiting(scene)
    variant = variant_or_404(scene, key)
    wanted = _plain(request.POST.get("name", "")).replace("\n", " ")
    if request.POST.get(TRAP, ""):
        return HttpResponseRedirect(scene.address("variant", variant.key))
    mine = scene.voice.id if scene.voice is not None else None
    if not variant.asks.get("asks"):
        refused: Text | None = text("The plan itself has its name already: change something first.")
        voice = voice_for(request, scene.plan)
    elif not _may_name(scene, variant, mine):
        refused, voice = text("This variant has a name already."), voice_for(request, scene.plan)
    elif not wanted or len(wanted) > MOST_NAME:
        refused, voice = text("A name has one to {most} characters.", most=MOST_NAME), voice_for(request, scene.plan)
    else:
        refused, voice = (None, voice_for(request, scene.plan)) if scene.moderates else _speak(scene, WRITING)
    if refused is None:
        with transaction.atomic():
            kept = Variant.objects.select_for_update().get(pk=variant.key)
            if not _may_name(scene, kept, voice.id):  # somebody was quicker
                refused = text("This variant has a name already.")
            else:
                kept.name, kept.named_by = wanted, "" if scene.moderates else voice.id
                kept.name_shown = Shown.SHOWN if scene.moderates else Shown.HELD
                kept.save()
                if scene.moderates:
                    audit.record(request, "workshop.name", kept)
        if refused is None:
            messages.success(request, str(
                text("The name is kept.") if scene.moderates
                else text("The name is kept. Others see it once the town hall has read it.")))
    return _back(scene, variant, voice, refused)


def _keep_base(scene: Scene, room: Room, variant: Variant) -> None:
    """The plan without changes comes into the database when the first one speaks of it."""
    if variant.key == base_of(scene.plan, room).key:
        keep(variant)


def _speak(scene: Scene, rate: Rate) -> tuple[Text | None, Voice]:
    """Why this browser may not speak just now (None: it may), and its voice."""
    voice = voice_for(scene.request, scene.plan)
    if scene.board.closed_at is not None:
        return text("This workshop is closed: nobody votes or writes any more."), voice
    if not allowed(scene.request, scene.plan, voice, rate):
        return text("So much has come from here within a short time that nothing more is taken. Wait ten minutes."
                    ), voice
    return None, voice


def _back(scene: Scene, variant: Variant, voice: Voice, refused: Text | None) -> HttpResponse:
    if refused is not None:
        messages.error(scene.request, str(refused))
    response = HttpResponseRedirect(scene.address("variant", variant.key) + "#voices")
    return response if refused is not None else remember(response, voice, scene.plan)


def _plain(words: str) -> str:
    """Without control characters, direction marks that disguise text, and white space around."""
    kept = "".join(c for c in words.replace("\r\n", "\n")
                   if c == "\n" or unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co"})
    return kept.strip()
