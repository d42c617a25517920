"""Questions as they stand on a page, and what a page sends back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from musubime.language import Text, current_language, text, verbatim
from musubime.surveys.questionnaires import Answer, Question, Questionnaire, Roster, Scope
from musubime.surveys.questionnaires.expressions import holds
from musubime.surveys.returns import Answers, marks_of, shown, value_of

from .checking import Told
from .models import Comment
from .records import find_row, is_path, question_of, storable
from .saving import said

NOT_KNOWN = "不明"
"""What a box "not known" writes: the library asks it back, and it stands with a reason."""
LONGEST = 20_000


@dataclass
class Choice:
    """One answer to choose. kept: what stood in its place in a workbook and is no clear mark."""

    id: str
    label: str
    chosen: bool
    kept: str = ""


@dataclass
class Field:
    """One question. text: as it stands in the box. last: the answer of the wave before, in words."""

    path: str
    question: Question
    label: str
    text: str = ""
    words: str = ""
    choices: list[Choice] = field(default_factory=list)
    unknown: bool = False
    lines: bool = False
    last: str = ""
    note: str = ""
    has_note: bool = False
    asked: bool = True
    found: list[Told] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.path.replace("/", "-")

    @property
    def is_wrong(self) -> bool:
        return any(told["kind"] == "fault" for told in self.found)

    @property
    def wide(self) -> bool:
        return self.question.kind in ("integer", "number")


@dataclass(frozen=True)
class Shown:
    """What the fields of one page are made of."""

    questionnaire: Questionnaire
    record: Mapping[str, Any]
    found: Sequence[Told]
    last: Answers | None
    comments: Sequence[Comment]


def main_fields(page: Shown, questions: Sequence[Question]) -> list[Field]:
    last = page.last.answers if page.last is not None else {}
    answers = page.record["answers"]
    fields = []
    for question in questions:
        one = _field(f"a/{question.id}", question, answers.get(question.id), last.get(question.id), page)
        one.has_note, one.note = True, page.record["notes"].get(question.id, "")
        one.asked = _is_asked(question, answers, {})
        fields.append(one)
    return fields


def row_fields(page: Shown, roster: Roster, row: Mapping[str, Any], last_row: Mapping[str, Answer]) -> list[Field]:
    fields = []
    for question in roster.questions:
        one = _field(f"r/{roster.id}/{row['#']}/{question.id}", question, row.get(question.id),
                     last_row.get(question.id), page)
        one.asked = _is_asked(question, page.record["answers"], row)
        fields.append(one)
    return fields


def _is_asked(question: Question, answers: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Whether a question is asked, or may be: only a condition that is known not to hold takes it away."""
    if question.when is None:
        return True
    return holds(question.when, Scope(_as_answers(answers), {}, row=_as_answers(row))) is not False


def _as_answers(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(o for o, mark in value.items() if mark is True) if isinstance(value, dict) else value
            for name, value in values.items()}


def _field(path: str, question: Question, value: Any, last: Answer | None, page: Shown) -> Field:
    language = current_language()
    one = Field(path, question, question.text.to(language), words=words_of(value, question))
    if last is not None and last != ():
        one.last = _last_words(question, last)
    one.unknown = value == NOT_KNOWN
    if question.kind == "choices":
        marks = value if isinstance(value, dict) else {}
        one.choices = [Choice(o.id, o.label.to(language), marks.get(o.id) is True,
                              "" if marks.get(o.id) in (None, True) else str(marks[o.id])) for o in question.options]
    elif question.kind in ("choice", "yesno"):
        known = [(o.id, o.label.to(language)) for o in question.options] or [
            ("yes", text("Yes").to(language)), ("no", text("No").to(language))]
        now = {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
        one.choices = [Choice(name, label, name == now) for name, label in known]
        if not any(name == "unknown" for name, _ in known):
            one.choices.append(Choice(NOT_KNOWN, text("Not known").to(language), one.unknown))
        if now is not None and not any(choice.chosen for choice in one.choices):
            one.choices.append(Choice(str(now), text("“{words}” (as it was written)", words=now).to(language), True))
    else:
        one.text = "" if value is None or (one.unknown and one.wide) else _typed(value)
        one.lines = question.kind == "text" and (path.startswith("a/") or "\n" in one.text)
    one.found = [told for told in page.found if told["path"] == path]
    one.comments = [comment for comment in page.comments if comment.path == path]
    return one


def _typed(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _last_words(question: Question, answer: Answer) -> str:
    words = shown(question, answer, current_language())
    return f"{words:,}" if _is_amount(question) and isinstance(words, int | float) else str(words)


def _is_amount(question: Question) -> bool:
    """A number with a unit; a year has none and is printed without separators."""
    return question.kind in ("integer", "number") and question.unit is not None


def words_of(value: Any, question: Question | None) -> str:
    """A value in words, for lists, the history and a choice between two."""
    value = said(value)
    language = current_language()
    if value is None or value == {}:
        return ""
    if question is None or (isinstance(value, str) and question.kind != "choice"):
        return str(value) if not isinstance(value, dict) else _row_words(value)
    if isinstance(value, dict):
        labels = {o.id: o.label.to(language) for o in question.options}
        parts = [str(labels.get(o, o)) + ("" if mark is True else f" ({mark})") for o, mark in value.items()]
        return ("、" if language == "ja" else ", ").join(parts)
    if question.kind == "choice":
        option = question.option(str(value))
        return option.label.to(language) if option is not None else str(value)
    if isinstance(value, bool):
        return text("Yes").to(language) if value else text("No").to(language)
    if isinstance(value, int | float):
        return f"{value:,}" if _is_amount(question) else _typed(value)
    return str(value)


def _row_words(row: Mapping[str, Any]) -> str:
    names = [str(value) for value in row.values() if isinstance(value, str)]
    return names[0] if names else text("{count:,} answers", count=len(row)).to(current_language())


def label_of(path: str, questionnaire: Questionnaire, record: Mapping[str, Any]) -> Text:
    """What a path means, in words."""
    question = question_of(path, questionnaire)
    if path.startswith("w/"):
        return text("Answer to a query")
    if path.startswith("n/") and question is not None:
        return text("Note on: {question}", question=question.text)
    if path.startswith("r/"):
        roster = questionnaire.roster(path.split("/")[1])
        row = find_row(record, path.split("/")[1], int(path.split("/")[2]))
        one = roster.one if roster is not None else verbatim("")
        name = str((row or {}).get(roster.key if roster is not None else "", "") or path.split("/")[2])
        return (text("{one} “{name}”", one=one, name=name) if question is None else
                text("{one} “{name}”: {question}", one=one, name=name, question=question.text))
    return question.text if question is not None else text("The whole return")


class WrongRequestError(ValueError):
    """A page sent something that no page of ours sends."""


def patches_of(post: QueryDict, questionnaire: Questionnaire) -> dict[str, Any]:
    """New values by path, from the fields that a page says it holds (`on`)."""
    patches: dict[str, Any] = {}
    for path in post.getlist("on"):
        if not is_path(path, questionnaire) or (path.startswith("r/") and path.count("/") == 2):
            raise WrongRequestError(path)
        question = question_of(path, questionnaire)
        sent = [storable(one.replace("\r\n", "\n")) for one in post.getlist(path)]
        if any(len(one) > LONGEST for one in sent):
            raise WrongRequestError(path)
        if question is None or path[0] in "nw":
            patches[path] = (sent[0].strip() if sent else "") or None
        elif question.kind == "choices":
            patches[path] = marks_of(_marks(sent, question))
        else:
            typed = sent[0] if sent else ""
            if not typed.strip() and f"{path}?" in post:
                typed = NOT_KNOWN
            patches[path] = value_of(typed, question)
    return patches


def _marks(sent: Iterable[str], question: Question) -> dict[str, Any]:
    """Boxes that were ticked: an option, or option=words for what stood there in a workbook and is kept."""
    marks: dict[str, Any] = {}
    for one in sent:
        option, _, kept = one.partition("=")
        if question.option(option) is None:
            raise WrongRequestError(one)
        if not kept or option not in marks:
            marks[option] = kept or True
    return {option.id: marks[option.id] for option in question.options if option.id in marks}
