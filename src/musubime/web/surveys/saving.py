"""Changes to a return, merged field by field: what another changed meanwhile is never overwritten unseen.

Every change comes with the version that its writer saw. A field that somebody else has changed since is not written;
the new value is kept in `Pending` and its writer chooses. Other fields are taken, and the writer is told what else has
changed. `editor` names one page in one browser: its own earlier changes are no conflict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from musubime.web.accounts.models import Organisation, User

from .checking import content_of, recheck
from .models import EDITABLE, Action, Content, Pending, Return, Revision, State
from .records import Change, put, row_path, storable, undone, value_at


class NotOpenError(Exception):
    """The return cannot be changed now: it is submitted or accepted, or the wave is closed."""


@dataclass
class Saved:
    """What became of changes. taken: paths written. pending: those that wait for a choice. others: paths that others
    changed since the version that the writer saw."""

    version: int
    taken: list[str] = field(default_factory=list)
    pending: Pending | None = None
    others: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Who:
    """user: who acts; organisation: for whom."""

    user: User | None
    organisation: Organisation | None


def is_editable(one: Return) -> bool:
    return one.wave.is_open and one.state in EDITABLE


def locked(pk: int) -> Return:
    """The return, which nobody else changes until the transaction ends."""
    return Return.objects.select_for_update(of=("self",)).select_related("wave", "wave__previous").get(pk=pk)


def save(
    pk: int, patches: Mapping[str, Any], seen: int, who: Who, action: Action, *, editor: str = "", sure: bool = False,
) -> Saved:
    """Write new values by path. seen: the version that the writer saw. sure: every value was typed just now; otherwise
    one that equals what the writer saw is no change. Raises NotOpenError.
    """
    with transaction.atomic():
        one = locked(pk)
        if not is_editable(one):
            raise NotOpenError
        content = content_of(one, lock=True)
        since = list(Revision.objects.filter(of=one, version__gt=seen).order_by("version"))
        base = undone(content.record, [change for revision in reversed(since) for change in reversed(revision.changes)])
        taken: dict[str, Any] = {}
        kept: dict[str, Any] = {}
        for path, mine in patches.items():
            verdict = _judged(path, mine, content.record, base, since, editor, sure=sure)
            if verdict == "take":
                taken[path] = mine
            elif verdict == "conflict":
                kept[path] = mine
        saved = Saved(one.version)
        saved.others = sorted({change[0] for revision in since if not editor or revision.editor != editor
                               for change in revision.changes} - set(patches))
        write(one, content, taken, who, action, editor=editor)
        saved.version, saved.taken = one.version, list(taken)
        if kept:
            saved.pending = keep(one, kept, who, editor)
    return saved


def keep(one: Return, patches: Mapping[str, Any], who: Who, editor: str = "") -> Pending:
    """Put aside what could not be taken; what the same page writes later takes the place of what it wrote before."""
    waiting = Pending.objects.filter(of=one, editor=editor).first() if editor else None
    if waiting is None:
        return Pending.objects.create(of=one, user=who.user, patches=dict(patches), editor=editor)
    waiting.patches = {**waiting.patches, **patches}
    waiting.save(update_fields=("patches",))
    return waiting


def _judged(
    path: str, mine: Any, now: Mapping[str, Any], base: Mapping[str, Any], since: list[Revision], editor: str, *,
    sure: bool,
) -> str:
    """ "take", "conflict" or "leave"."""
    row = "/".join(path.split("/")[:3]) if path.startswith("r/") else ""
    inside = path == row  # a whole row: everything in it matters
    touching = [(revision, change) for revision in since for change in revision.changes
                if change[0] in (path, row) or (inside and str(change[0]).startswith(path + "/"))]
    seen = said(value_at(base, path))
    for revision, change in touching:
        if editor and revision.editor == editor and change[0] == path:
            seen = change[2]
    if not sure and mine == seen:
        return "leave"
    gone = bool(row) and not inside and value_at(now, row) is None
    if not gone and said(value_at(now, path)) == mine:
        return "leave"
    other = bool(touching) and not (editor and touching[-1][0].editor == editor)
    return "conflict" if other or gone else "take"


def said(value: Any) -> Any:
    """A value as its writer gave it: of a reason its words."""
    return value["reason"] if isinstance(value, dict) and set(value) == {"reason", "value"} else value


def write(one: Return, content: Content, patches: Mapping[str, Any], who: Who, action: Action, *, editor: str = "",
          words: str = "") -> None:
    """Write without asking, as one new version; nothing where nothing changes. The return is locked by the caller."""
    changes: list[Change] = []
    reasons = [path for path in patches if path.startswith("w/")]
    for path in [*(path for path in patches if path not in reasons), *reasons]:
        value = patches[path]
        if reasons and path == reasons[0] and changes:
            recheck(one, content)  # a reason speaks of what is found now
        new = _with_reason(path, storable(value), content)
        old = value_at(content.record, path)
        if old != new:
            put(content.record, path, new)
            changes.append((path, old, new))
            if path.startswith("r/") and path.count("/") == 2:
                content.next_row = max(content.next_row, int(path.split("/")[2]) + 1)
    if not changes:
        return
    recheck(one, content)
    if one.state == State.MISSING:
        one.state = State.DRAFT
    content.save(update_fields=("record", "findings", "next_row"))
    step(one, who, action, changes, editor=editor, words=words)


def step(one: Return, who: Who, action: Action, changes: list[Change] | None = None, *, editor: str = "",
         words: str = "") -> None:
    """Count one more version of a return, say in the history who did what, and save the return."""
    one.version += 1
    one.changed_at = timezone.now()
    one.save()
    Revision.objects.create(of=one, version=one.version, user=who.user, organisation=who.organisation, action=action,
                            editor=editor, words=words, changes=changes or [])


def _with_reason(path: str, value: Any, content: Content) -> Any:
    """A reason is kept with the value that the query spoke of: when that changes, the query is open again."""
    if not path.startswith("w/") or value is None or isinstance(value, dict):
        return value
    told = next((one for one in content.findings if one["key"] == path[2:]), None)
    return None if told is None else {"reason": value, "value": told["value"]}


def add_row(pk: int, roster: str, values: Mapping[str, Any], who: Who, editor: str = "") -> int:
    """A new row at the end; its number. Raises NotOpenError."""
    with transaction.atomic():
        one = locked(pk)
        if not is_editable(one):
            raise NotOpenError
        content = content_of(one, lock=True)
        number = content.next_row
        write(one, content, {row_path(roster, number): dict(values)}, who, Action.TYPED, editor=editor)
    return number


def choose(pending: Pending, mine: set[str], seen: Mapping[str, Any], who: Who) -> list[str]:
    """Settle a conflict: paths in `mine` get the kept value, the others stay. seen: what the chooser saw standing
    there; paths where something else stands by now are not settled, and returned. Raises NotOpenError."""
    with transaction.atomic():
        one = locked(pending.of_id)
        pending = Pending.objects.select_for_update().get(pk=pending.pk)
        if not is_editable(one):
            raise NotOpenError
        content = content_of(one, lock=True)
        moved = [path for path in pending.patches if path not in seen or value_at(content.record, path) != seen[path]]
        patches: dict[str, Any] = {}
        for path in mine & set(pending.patches) - set(moved):
            row = "/".join(path.split("/")[:3]) if path.startswith("r/") else ""
            if row and path != row and row not in patches and value_at(content.record, row) is None:
                patches[row] = _last_known(one, row)  # the row was deleted: it comes back with what it held
            patches[path] = pending.patches[path]
        write(one, content, patches, who, Action.CHOSEN)
        left = {path: pending.patches[path] for path in moved}
        if left:
            Pending.objects.filter(pk=pending.pk).update(patches=left)
        else:
            pending.delete()
    return moved


def _last_known(one: Return, row: str) -> Any:
    for revision in Revision.objects.filter(of=one).order_by("-version"):
        for path, old, new in revision.changes:
            if path == row and new is None:
                return old
    return {}
