"""Who speaks, without an account: a random token in a signed cookie, one for each browser and plan.

The database keeps a keyed hash of it, which cannot be traced to the cookie of another plan. Addresses are never kept:
they are hashed with the day's random salt to count how often one of them speaks, and salt and counts are thrown away.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from musubime.web.accounts.clients import client_address
from musubime.web.plans.models import Plan

from .models import Count, DaySalt

AGE_S = 180 * 86_400
COOKIE = "voice"


@dataclass(frozen=True)
class Rate:
    """At most so many by one voice and by one address within a window. A room full of people may share one address."""

    what: str
    voice: int
    address: int
    minutes: int


ASKING = Rate("ask", 400, 1_500, 10)
VOTING = Rate("vote", 40, 400, 10)
WRITING = Rate("write", 5, 60, 10)
COMING = Rate("come", 1, 200, 24 * 60)  # browsers that speak for the first time, from one address


@dataclass(frozen=True)
class Voice:
    """One browser in one plan's workshop. id: what the database keeps. token: what the cookie holds."""

    id: str
    token: str
    new: bool


def voice_of(request: HttpRequest, plan: Plan) -> Voice | None:
    """The voice whose cookie came with the request, None where there is none or a forged one."""
    try:
        token = request.get_signed_cookie(COOKIE + plan.key, salt="workshop", max_age=AGE_S)
    except (KeyError, signing.BadSignature):
        return None
    return Voice(_id(plan, str(token)), str(token), False)


def voice_for(request: HttpRequest, plan: Plan) -> Voice:
    """The voice of the request, a new one where there is none; give it to `remember` with the answer."""
    token = secrets.token_urlsafe(18)
    return voice_of(request, plan) or Voice(_id(plan, token), token, True)


def remember(response: HttpResponse, voice: Voice, plan: Plan) -> HttpResponse:
    if voice.new:
        response.set_signed_cookie(
            COOKIE + plan.key, voice.token, salt="workshop", max_age=AGE_S, path=f"/workshop/{plan.key}/",
            secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax")
    return response


def _id(plan: Plan, token: str) -> str:
    return salted_hmac(f"musubime.workshop.voice.{plan.key}", token, algorithm="sha256").hexdigest()


def allowed(request: HttpRequest, plan: Plan, voice: Voice, rate: Rate) -> bool:
    """Count one more; False when it is more than the rate allows."""
    now = timezone.now()
    address = _hashed(client_address(request), now)
    with transaction.atomic():
        ok = _count(f"{rate.what}:a:{address}", rate.address, rate.minutes, now)
        if voice.new and rate is not ASKING:
            ok &= _count(f"{COMING.what}:a:{plan.key}:{address}", COMING.address, COMING.minutes, now)
        return ok and (voice.new or _count(f"{rate.what}:v:{voice.id}", rate.voice, rate.minutes, now))


def _count(key: str, most: int, minutes: int, now: datetime) -> bool:
    changed = Count.objects.filter(key=key, until__gt=now).update(times=F("times") + 1)
    if not changed:
        Count.objects.update_or_create(key=key, defaults={"times": 1, "until": now + timedelta(minutes=minutes)})
        return most >= 1
    return Count.objects.values_list("times", flat=True).get(key=key) <= most


def _hashed(address: str, now: datetime) -> str:
    day = timezone.localdate(now)
    salt = DaySalt.objects.filter(day=day).values_list("salt", flat=True).first()
    if salt is None:
        kept, made = DaySalt.objects.get_or_create(day=day, defaults={"salt": secrets.token_urlsafe(32)})
        salt = kept.salt
        if made:  # a new day: what was counted by address before can no longer be traced, nor is it needed
            DaySalt.objects.filter(day__lt=day).delete()
            Count.objects.filter(until__lt=now).delete()
    return salted_hmac("musubime.workshop.address", address, secret=salt, algorithm="sha256").hexdigest()[:40]
