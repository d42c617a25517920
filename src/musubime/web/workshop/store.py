"""Variants in the database: found, made, answered and kept."""

from __future__ import annotations

from typing import Any

from musubime.siting import HubSolution
from musubime.web.accounts.models import User
from musubime.web.plans.models import Plan

from . import asks as a
from .models import Variant
from .rooms import Room
from .told import Told, decision_of, summary_of

BETTER = 1e-7  # a smaller difference is rounding


def base_of(plan: Plan, room: Room) -> Variant:
    """The plan without changes, as a variant. It is in the database only once somebody builds on it or votes."""
    return Variant(key=a.key_of(plan.key, ()), plan=plan, asks=a.kept_of(()),
                   answer=decision_of(room.shop.solution, room.shop))


def base_told(room: Room) -> Told:
    return room.tell("base", decision_of(room.shop.solution, room.shop), ())


def keep(variant: Variant) -> None:
    """Write a variant that may be there already. Past `save`, so that history tells of names alone."""
    Variant.objects.bulk_create([variant], ignore_conflicts=True)


def told_of(variant: Variant, room: Room, near: a.Asks = ()) -> Told | None:
    """A variant, told; solved first where it was not, or where the plan's workshop was made anew. None while the
    engine is being prepared.

    Raises InputError where its changes are not of this plan (any more).
    """
    asks = a.read(variant.asks, room.shop)
    changes = a.changes_of(asks, room.shop)
    if not asks:
        return base_told(room)
    if variant.answer.get("made_from") != room.shop.made_from:
        if room.engine is None:
            return None
        solution = room.answer(changes, near=a.changes_of(near, room.shop))
        variant.answer = decision_of(solution, room.shop)
        told = room.tell(variant.key, variant.answer, changes)
        variant.summary = summary_of(told)
        Variant.objects.filter(pk=variant.key).update(answer=variant.answer, summary=variant.summary)
        return told
    return room.tell(variant.key, variant.answer, changes)


def take_in(variant: Variant, found: HubSolution, room: Room) -> tuple[bool, bool]:
    """Keep what the further search found: (a better plan, anything new). Another process may have found more."""
    now, new = variant.answer, decision_of(found, room.shop)
    was, is_ = now.get("objective_jpy"), new.get("objective_jpy")
    if is_ is None:
        changed = was is None and (new["status"], new["why"]) != (now.get("status"), now.get("why"))
        better = False
    else:
        better = was is None or is_ < was * (1 - BETTER)
        if was is not None and not better:
            new = now | {"bound_jpy": max(new["bound_jpy"], now["bound_jpy"])}
        elif was is not None:
            new["bound_jpy"] = max(new["bound_jpy"], now["bound_jpy"])
        changed = better or new["bound_jpy"] > now["bound_jpy"] + BETTER * abs(now["bound_jpy"])
    if not changed:
        return False, False
    variant.answer = new
    told = room.tell(variant.key, new, a.changes_of(a.read(variant.asks, room.shop), room.shop))
    variant.summary = summary_of(told)
    Variant.objects.filter(pk=variant.key).update(answer=variant.answer, summary=variant.summary)
    return better, True


def changed(plan: Plan, room: Room, asks: a.Asks, parent: Variant, near: a.Asks, user: Any) -> tuple[Variant, bool]:
    """The variant of these asks, and whether it is new; not yet written, nor solved."""
    a.check(asks, room.shop)
    key = a.key_of(plan.key, asks)
    known = Variant.objects.filter(pk=key, plan=plan).first()
    if known is not None:
        return known, False
    by = user if isinstance(user, User) else None
    return Variant(key=key, plan=plan, parent=parent, asks=a.kept_of(asks), made_by=by), True
