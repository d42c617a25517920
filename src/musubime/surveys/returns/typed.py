"""A return as it is typed into a form, and the same read from a workbook: one record, whichever way it came.

A record is plain JSON: {"answers": {question: value}, "notes": {question: words}, "rosters": {roster: [row, …]}}, a row
being {question: value}. A value is the answer where one could be read for certain (a number, true or false, an option's
id, an ISO date, words), and otherwise what was typed, word for word, so that nothing is lost. Several choices are
{option: true}, or {option: what was typed} where that is no clear mark.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from musubime.language import Language
from musubime.surveys.questionnaires import Answer, Question, Questionnaire

from . import words
from .cells import read_cell, read_tick
from .check import CheckedReturn, check_return
from .find import Cell, Found, Key
from .model import Answers, Finding, Given, Raw
from .sent import shown

Value = int | float | str | bool | dict[str, Any]
Record = dict[str, Any]


def empty_record(questionnaire: Questionnaire) -> Record:
    return {"answers": {}, "notes": {}, "rosters": {roster.id: [] for roster in questionnaire.rosters}}


def value_of(raw: Raw, question: Question) -> Value | None:
    """What a record keeps of one typed answer; None where nothing was answered. Not for several choices."""
    reading = read_cell(raw, question)
    if reading.answer is not None:
        return reading.answer  # type: ignore[return-value]  # only several choices are a tuple
    return None if reading.grade in (None, "repair") else raw


def marks_of(raw: Mapping[str, Raw]) -> Value | None:
    """What a record keeps of several choices, by option; None where none is marked."""
    kept: dict[str, Any] = {}
    for option, mark in raw.items():
        reading = read_tick(mark)
        if reading.answer is True:
            kept[option] = True
        elif reading.grade not in (None, "repair"):
            kept[option] = mark
    return kept or None


def record_of(given: Given, answers: Answers, questionnaire: Questionnaire, notes: Mapping[str, str]) -> Record:
    """The record of a return that was read from a file: its answers, and what could not be read as it stood there."""
    record = empty_record(questionnaire)
    record["answers"] = _values(questionnaire.questions, given.answers, answers.answers)
    record["notes"] = {question: words_.strip() for question, words_ in notes.items() if words_.strip()}
    for roster in questionnaire.rosters:
        read = answers.rosters.get(roster.id, ())
        record["rosters"][roster.id] = [
            _values(roster.questions, cells, read[number] if number < len(read) else {})
            for number, cells in enumerate(given.rosters.get(roster.id, ()))]
    return record


def _values(questions: Sequence[Question], cells: Mapping[Key, Raw], answers: Mapping[str, Answer]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for question in questions:
        value: Value | None
        if question.kind == "choices":
            value = marks_of({o.id: cells[question.id, o.id] for o in question.options if (question.id, o.id) in cells})
        elif question.id in answers:
            value = answers[question.id]  # type: ignore[assignment]
        else:
            value = value_of(cells[question.id, ""], question) if (question.id, "") in cells else None
        if value is not None:
            values[question.id] = value
    return values


def record_of_answers(answers: Answers, questionnaire: Questionnaire) -> Record:
    """The record that these answers stand in."""
    record = empty_record(questionnaire)
    record["answers"] = _plain(questionnaire.questions, answers.answers)
    for roster in questionnaire.rosters:
        record["rosters"][roster.id] = [_plain(roster.questions, row) for row in answers.rosters.get(roster.id, ())]
    return record


def _plain(questions: Sequence[Question], answers: Mapping[str, Answer]) -> dict[str, Any]:
    return {q.id: dict.fromkeys(value, True) if isinstance(value, tuple) else value
            for q in questions if (value := answers.get(q.id)) is not None and value != ()}


def given_of(record: Mapping[str, Any], questionnaire: Questionnaire, language: Language) -> Given:
    """A record as it would be typed into the workbook of this language."""
    return Given(
        _cells(questionnaire.questions, record["answers"], language),
        {roster.id: [_cells(roster.questions, row, language) for row in record["rosters"].get(roster.id, ())]
         for roster in questionnaire.rosters},
    )


def _cells(questions: Sequence[Question], values: Mapping[str, Any], language: Language) -> dict[Key, Raw]:
    cells: dict[Key, Raw] = {}
    for question in questions:
        value = values.get(question.id)
        if isinstance(value, dict):
            cells |= {(question.id, o): words.TICK if mark is True else mark for o, mark in value.items()}
        elif value is not None:
            # what could not be read is shown as it was typed; an answer in the words of the list
            answered = question.kind not in ("yesno", "choice") or isinstance(value, bool) or (
                isinstance(value, str) and question.option(value) is not None)
            cells[question.id, ""] = shown(question, value, language) if answered else value  # type: ignore[assignment]
    return cells


def check_record(record: Mapping[str, Any], questionnaire: Questionnaire, last: Answers | None) -> CheckedReturn:
    """Answers and findings of a record, by the same rules as those of a workbook; `row` counts the record's rows.

    `last`: the same municipality's answers of the wave before.
    """
    given = given_of(record, questionnaire, "ja")
    found = Found(_found(questionnaire.questions, given.answers, 0), {
        roster.id: [_found(roster.questions, row, number)
                    for number, row in enumerate(given.rosters[roster.id]) if row]
        for roster in questionnaire.rosters})
    checked = check_return(found, questionnaire, "", last)
    rows = {roster: [next(iter(cells.values())).row + 1 for cells in part] for roster, part in found.rosters.items()}
    checked.findings = [_placed(finding, rows, questionnaire) for finding in checked.findings]
    return checked


def _found(questions: Sequence[Question], cells: Mapping[Key, Raw], row: int) -> dict[Key, Cell]:
    found: dict[Key, Cell] = {}
    for question in questions:
        options = [option.id for option in question.options] if question.kind == "choices" else [""]
        for option in options:
            found[question.id, option] = Cell("", row, 0, cells.get((question.id, option), ""))
    return found


def _placed(finding: Finding, rows: Mapping[str, Sequence[int]], questionnaire: Questionnaire) -> Finding:
    """The finding with the row of the record, which also has rows that do not count; a form has no cells."""
    if finding.check.startswith("no_row."):
        _, roster, row = finding.check.split(".")
        about = questionnaire.roster(roster)
        return replace(finding, sheet="", cell="", roster=roster, row=int(row) + 1,
                       question=about.key if about is not None else "")
    if finding.roster and finding.row is not None:
        return replace(finding, sheet="", cell="", row=rows[finding.roster][finding.row - 1])
    return replace(finding, sheet="", cell="")
