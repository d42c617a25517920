"""Which question continues which across the versions of a survey, and where a series breaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from musubime.errors import Fault
from musubime.language import LANGUAGES, Text, text

from .labels import same
from .model import Question, Questionnaire

_REWORDED = text("The wording of the question changed.")
_RELISTED = text("The list of answers changed.")
_RETYPED = text("The kind of answer changed.")
_UNIT = text("The unit changed.")
_REMOVED = text("No longer asked.")


@dataclass(frozen=True)
class Link:
    """One question in one version. breaks: why it may not be compared with the version before (None: it may)."""

    version: str
    roster: str
    question: Question
    breaks: Text | None


def changes(older: Question, newer: Question) -> tuple[Text, ...]:
    """What differs between two versions of a question, in words."""
    found = []
    if older.kind != newer.kind:
        found.append(_RETYPED)
    if any(same(older.text.to(language)) != same(newer.text.to(language)) for language in LANGUAGES):
        found.append(_REWORDED)
    if _unit(older) != _unit(newer):
        found.append(_UNIT)
    if [(o.id, same(o.label.to("ja"))) for o in older.options] != [
        (o.id, same(o.label.to("ja"))) for o in newer.options
    ]:
        found.append(_RELISTED)
    return tuple(found)


def _unit(question: Question) -> str:
    return same(question.unit.to("ja")) if question.unit else ""


def lineage(versions: Sequence[Questionnaire], roster: str, question: str) -> tuple[Link, ...]:
    """The question through all versions, oldest first, from its id in the newest version that asks it.

    Versions in which it is not asked are passed over. A link breaks the series where the newer version says so, and
    also where wording, unit or answers differ and nobody has declared them comparable: silence never joins.
    """
    start = next((v for v in reversed(versions) if _find(v, roster, question) is not None), None)
    links: list[Link] = []
    while start is not None and (found := _find(start, roster, question)) is not None:
        before = _before(start, roster, found)
        older = None
        if before is not None and found.was is not None:
            older = next((v for v in versions if v.version == found.was.version and v is not start), None)
        previous = None if older is None or before is None else _find(older, *before)
        links.append(Link(start.version, roster, found, None if previous is None else _break(previous, found)))
        if before is None or len(links) > len(versions):
            break
        start, (roster, question) = older, before
    return tuple(reversed(links))


def _find(version: Questionnaire, roster: str, question: str) -> Question | None:
    if not roster:
        return version.question(question)
    rows = version.roster(roster)
    return None if rows is None else rows.question(question)


def _before(version: Questionnaire, roster: str, question: Question) -> tuple[str, str] | None:
    if question.was is None:
        return None
    rows = version.roster(roster) if roster else None
    return (rows.was.id if rows is not None and rows.was is not None else roster), question.was.id


def _break(older: Question, newer: Question) -> Text | None:
    if newer.was is None or newer.was.comparable is True:
        return None
    if newer.was.comparable is False:
        return newer.was.why or _REWORDED
    return next(iter(changes(older, newer)), None)


def lineage_faults(older: Questionnaire, newer: Questionnaire) -> list[Fault]:
    """What a newer version fails to say about an older one: questions that vanish unmentioned, changes passed over."""
    file = f"{newer.survey}-{newer.version}"
    faults: list[Fault] = []
    continued: set[tuple[str, str]] = set()
    for roster, question in newer.everything():
        before = _before(newer, roster, question)
        if before is None or question.was is None or question.was.version != older.version:
            continue
        continued.add(before)
        previous = _find(older, *before)
        if previous is None:
            faults.append(Fault(text("The question continues one that version {version} does not have.",
                                     version=older.version), text("Correct its was."), file=file,
                                field=f"{question.id}.was", value=question.was.id))
        elif question.was.comparable is None:
            faults += [
                Fault(what, text("Say under was whether old and new answers are comparable: true or false, and why."),
                      file=file, field=f"{question.id}.was")
                for what in changes(previous, question)
            ]
    gone = {(removed.id.rpartition(".")[0], removed.id.rpartition(".")[2]) for removed in newer.removed
            if removed.version == older.version}
    for roster, question in older.everything():
        if (roster, question.id) not in continued | gone:
            faults.append(
                Fault(
                    text(
                        "A question of version {version} is neither continued nor named as removed.",
                        version=older.version,
                    ),
                    text("Add was to the question that continues it, or list it under removed."),
                    file=file,
                    field="removed",
                    value=f"{roster}.{question.id}".lstrip("."),
                )
            )
    return faults
