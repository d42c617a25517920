"""A questionnaire as data: what is asked, of whom, how answers must hang together, and what it was called before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from musubime.language import Text

from .expressions import Expression

Kind = Literal["integer", "number", "text", "choice", "choices", "yesno", "date", "url"]
KINDS: tuple[Kind, ...] = ("integer", "number", "text", "choice", "choices", "yesno", "date", "url")

Asks = Literal["municipalities", "municipalities-without-wards", "governments"]
ASKS: tuple[Asks, ...] = ("municipalities", "municipalities-without-wards", "governments")
"""Whom a survey asks: 1,741 municipalities; without Tokyo's 23 special wards 1,718; with the prefectures 1,788."""

Grade = Literal["fault", "query"]
"""fault: cannot be true. query: is unlikely, and stands if whoever answered says so."""


@dataclass(frozen=True)
class Option:
    """One answer to choose. alone: it cannot be chosen together with others ("none of these")."""

    id: str
    label: Text
    alone: bool = False


@dataclass(frozen=True)
class Was:
    """The question of an earlier version that this one continues. comparable: may both stand in one series?"""

    version: str
    id: str
    comparable: bool | None
    why: Text | None = None


@dataclass(frozen=True)
class Question:
    """One question. low, high: least and greatest number. when: asked only if this holds."""

    id: str
    text: Text
    kind: Kind
    unit: Text | None = None
    help: Text | None = None
    options: tuple[Option, ...] = ()
    required: bool = False
    low: float | None = None
    high: float | None = None
    when: Expression | None = None
    was: Was | None = None

    def option(self, id: str) -> Option | None:
        return next((option for option in self.options if option.id == id), None)

    @property
    def alone(self) -> frozenset[str]:
        return frozenset(option.id for option in self.options if option.alone)


@dataclass(frozen=True)
class Section:
    id: str
    title: Text
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Roster:
    """Questions asked of each hub, RMO, settlement or initiative: one row each. key: the question that names a row."""

    id: str
    title: Text
    one: Text
    key: str
    questions: tuple[Question, ...]
    rows: int = 30
    most: int = 2000
    help: Text | None = None
    was: Was | None = None

    def question(self, id: str) -> Question | None:
        return next((question for question in self.questions if question.id == id), None)


@dataclass(frozen=True)
class Check:
    """What must hold within a return, or against last year's. roster: for each row of it; "" for the return."""

    id: str
    that: Expression
    tell: Text
    grade: Grade
    roster: str = ""


@dataclass(frozen=True)
class Removed:
    """A question of an earlier version that is no longer asked. Its old answers stay in every series."""

    version: str
    id: str
    why: Text


@dataclass(frozen=True)
class Questionnaire:
    """One version of one survey. reference: the day that answers describe, as month-day of the fiscal year."""

    survey: str
    version: str
    fiscal_years: tuple[int, ...]
    title: Text
    about: Text
    publisher: Text
    source: str
    asks: Asks
    reference: str
    sections: tuple[Section, ...]
    rosters: tuple[Roster, ...]
    checks: tuple[Check, ...]
    removed: tuple[Removed, ...] = ()

    @property
    def questions(self) -> tuple[Question, ...]:
        return tuple(question for section in self.sections for question in section.questions)

    def question(self, id: str) -> Question | None:
        return next((question for question in self.questions if question.id == id), None)

    def roster(self, id: str) -> Roster | None:
        return next((roster for roster in self.rosters if roster.id == id), None)

    def everything(self) -> Iterator[tuple[str, Question]]:
        """Every question with the roster it belongs to, "" for those asked once."""
        for question in self.questions:
            yield "", question
        for roster in self.rosters:
            for question in roster.questions:
                yield roster.id, question
