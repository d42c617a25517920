"""Where a return stands, and who moves it: submitted by the municipality, returned or accepted by its desk."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from .checking import Told, content_of, is_open, recheck
from .models import IN, Action, Comment, Content, State
from .saving import NotOpenError, Who, is_editable, locked, step


def submit(pk: int, who: Who) -> list[Told]:
    """Submit a return. What keeps it from being submitted is returned, and it stays as it is; an empty list: it is in.

    Raises NotOpenError. Comments that were answered are settled with it.
    """
    with transaction.atomic():
        one = locked(pk)
        if not is_editable(one):
            raise NotOpenError
        content = content_of(one, lock=True)
        answers = recheck(one, content)
        content.answers = answers.as_json()
        content.save(update_fields=("findings", "answers"))
        left = [told for told in content.findings if is_open(told)]
        if left:
            one.save(update_fields=("faults", "queries"))
            return left
        one.state, one.submitted_at = State.SUBMITTED, timezone.now()
        Comment.objects.filter(of=one, settled_at=None).update(settled_at=timezone.now(), settled_by=who.user)
        step(one, who, Action.SUBMITTED)
    return []


def withdraw(pk: int, who: Who) -> bool:
    """The municipality takes its return back to change it; not once it is accepted."""
    return _move(pk, who, Action.WITHDRAWN, frozenset((State.SUBMITTED,)), State.DRAFT)


def give_back(pk: int, who: Who, words: str) -> bool:
    """The desk sends a return back, with its comments; what was accepted too."""
    return _move(pk, who, Action.RETURNED, IN, State.RETURNED, words)


def accept(pk: int, who: Who) -> bool:
    return _move(pk, who, Action.ACCEPTED, frozenset((State.SUBMITTED,)), State.ACCEPTED)


def _move(pk: int, who: Who, action: Action, before: frozenset[State], after: State, words: str = "") -> bool:
    with transaction.atomic():
        one = locked(pk)
        if one.state not in before or not one.wave.is_open:
            return False
        one.state = after
        if after not in IN:
            Content.objects.filter(pk=pk).update(answers=None)
        step(one, who, action, words=words)
    return True
