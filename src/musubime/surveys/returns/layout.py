"""Where each question stands in the workbook that goes out: one sheet for the questions, one for each roster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from musubime.language import Language
from musubime.surveys.questionnaires import Option, Question, Questionnaire, Roster

from . import words

FIRST_LINE = 4  # rows count from 0: title, identity, a line for the reader, headings
NUMBER, QUESTION, ANSWER, UNIT, LAST, CHECK, NOTES = range(7)
HEAD, OPTIONS, UNITS, TOTALS, BODY = 3, 4, 5, 6, 7  # rows of a roster sheet
_BAD_IN_NAMES = str.maketrans("", "", "[]:*?/\\'")


@dataclass(frozen=True)
class Line:
    """One row of the sheet of questions. kind: a section's title, a question, or one of the answers to tick."""

    kind: Literal["section", "question", "option"]
    row: int
    question: Question | None = None
    option: Option | None = None
    number: str = ""


@dataclass(frozen=True)
class Column:
    """One column of a roster: a question, or one of the answers to tick."""

    column: int
    question: Question
    option: Option | None = None


@dataclass(frozen=True)
class RosterSheet:
    roster: Roster
    name: str
    columns: tuple[Column, ...]
    rows: int

    @property
    def check_column(self) -> int:
        return self.columns[-1].column + 1

    def columns_of(self, question: str) -> list[Column]:
        return [column for column in self.columns if column.question.id == question]


@dataclass(frozen=True)
class Layout:
    language: Language
    questions_name: str
    lines: tuple[Line, ...]
    rosters: tuple[RosterSheet, ...]

    def line_of(self, question: str, option: str = "") -> Line | None:
        return next((line for line in self.lines if line.question is not None and line.question.id == question
                     and (line.option.id if line.option else "") == option), None)

    def roster(self, id: str) -> RosterSheet | None:
        return next((sheet for sheet in self.rosters if sheet.roster.id == id), None)


def lay_out(questionnaire: Questionnaire, language: Language, rows: Mapping[str, int]) -> Layout:
    """Positions for one questionnaire in one language. rows: how many rows a roster gets, where not its own number."""
    lines: list[Line] = []
    row = FIRST_LINE
    for section_number, section in enumerate(questionnaire.sections, 1):
        lines.append(Line("section", row, number=section.title.to(language)))
        row += 1
        for number, question in enumerate(section.questions, 1):
            lines.append(Line("question", row, question, number=f"{section_number}-{number}"))
            row += 1
            if question.kind == "choices":
                for one in question.options:
                    lines.append(Line("option", row, question, one))
                    row += 1
    sheets = []
    taken = {words.COVER.to(language), words.QUESTIONS.to(language), words.FINDINGS.to(language)}
    for roster in questionnaire.rosters:
        columns: list[Column] = []
        position = 1
        for question in roster.questions:
            options: tuple[Option | None, ...] = question.options if question.kind == "choices" else (None,)
            for option in options:
                columns.append(Column(position, question, option))
                position += 1
        sheets.append(RosterSheet(roster, _sheet_name(roster.title.to(language), taken), tuple(columns),
                                  rows.get(roster.id, roster.rows)))
    return Layout(language, words.QUESTIONS.to(language), tuple(lines), tuple(sheets))


def _sheet_name(title: str, taken: set[str]) -> str:
    """A name that Excel allows: at most 31 characters, none of []:*?/\\', and not there yet."""
    name = title.translate(_BAD_IN_NAMES).strip()[:28] or "sheet"
    base, number = name, 2
    while name.casefold() in {other.casefold() for other in taken}:
        name, number = f"{base[:25]} {number}", number + 1
    taken.add(name)
    return name


def column_letters(column: int) -> str:
    """Excel's name of a column counted from 0.

    >>> column_letters(0), column_letters(27)
    ('A', 'AB')
    """
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_name(row: int, column: int) -> str:
    """Excel's name of a cell counted from 0, "C7"."""
    return f"{column_letters(column)}{row + 1}"
