"""Where the answers stand in a returned workbook: by the headings, whatever sheets are called and wherever they moved.

The map of cells on the hidden sheet is asked only for what no heading tells.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from musubime.language import LANGUAGES
from musubime.surveys.questionnaires import Question, Questionnaire, Roster, same

from . import words
from .layout import cell_name
from .model import Raw
from .workbook import Grid

_LABEL_COLUMNS = 12


class Cell(NamedTuple):
    """One cell of one sheet. formula: None when a value stands there. under: the merged cell that hides it."""

    sheet: str
    row: int
    column: int
    raw: Raw
    formula: str | None = None
    under: str = ""

    @property
    def name(self) -> str:
        return cell_name(self.row, self.column)

    @property
    def empty(self) -> bool:
        return self.formula is None and isinstance(self.raw, str) and not self.raw.strip()


Key = tuple[str, str]
"""A question and, where several answers are ticked, one of its options."""


@dataclass
class Found:
    """Cells of answers by question and option; for rosters one mapping a row that is not empty."""

    answers: dict[Key, Cell] = field(default_factory=dict)
    rosters: dict[str, list[dict[Key, Cell]]] = field(default_factory=dict)
    heads: dict[str, tuple[str, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Labels:
    """What the words of a questionnaire mean, in every language."""

    main: Mapping[str, Question]
    options: Mapping[str, Mapping[str, str]]
    rosters: Mapping[str, Mapping[str, Question]]


def labels_of(questionnaire: Questionnaire) -> Labels:
    """The words to look for; made once for a questionnaire."""
    return Labels(
        _by_label(questionnaire.questions),
        {
            f"{roster}.{question.id}": {
                same(o.label.to(language)): o.id for o in question.options for language in LANGUAGES
            }
            for roster, question in questionnaire.everything()
            if question.kind == "choices"
        },
        {roster.id: _by_label(roster.questions) for roster in questionnaire.rosters},
    )


def _by_label(questions: Sequence[Question]) -> dict[str, Question]:
    return {same(question.text.to(language)): question for question in questions for language in LANGUAGES}


def find(grids: Sequence[Grid], questionnaire: Questionnaire, labels: Labels) -> Found:
    """All answers of a workbook, or of the CSV files that its sheets were saved as."""
    found = Found()
    for grid in grids:
        if _is_machine(grid):
            continue
        heads = _roster_heads(grid, labels)
        _main(grid, labels, heads, found)
        for position, (row, roster_id) in enumerate(heads):
            roster = questionnaire.roster(roster_id)
            end = heads[position + 1][0] if position + 1 < len(heads) else _end(grid, row)
            if roster is not None and roster_id not in found.rosters:
                found.heads[roster_id] = (grid.name, row)
                found.rosters[roster_id] = _rows(grid, roster, labels, row, end)
    _by_map(grids, questionnaire, found)
    return found


def _is_machine(grid: Grid) -> bool:
    return grid.at(0, 0) == words.MACHINE


@lru_cache(maxsize=8192)
def _label(cell: str) -> str:
    """The first line of a heading, without the star of what must be answered."""
    return same(cell.split("\n", 1)[0])


def _text_at(row: Sequence[Raw], column: int) -> str:
    cell = row[column] if column < len(row) else ""
    return cell if isinstance(cell, str) else ""


def _roster_heads(grid: Grid, labels: Labels) -> list[tuple[int, str]]:
    """Rows that are the heading of a roster: at least two, and at least half, of its questions stand in them."""
    heads = []
    for number, row in enumerate(grid.rows):
        seen = {_label(cell) for cell in row if isinstance(cell, str) and cell and len(cell) < 300}
        if len(seen) < 3:
            continue
        scores = {
            roster: len({question.id for label, question in known.items() if label in seen}) / len(set(known.values()))
            for roster, known in labels.rosters.items()
        }
        best = max(scores, key=lambda roster: scores[roster], default="")
        if best and scores[best] >= 0.5:
            heads.append((number, best))
    return heads


def _end(grid: Grid, head: int) -> int:
    """Where a roster ends: the end of the sheet, or the heading of the questions when all sheets are in one CSV."""
    both = words.both(words.QUESTION), words.both(words.ANSWER)
    for number in range(head + 1, len(grid.rows)):
        seen = {_label(cell) for cell in grid.rows[number] if isinstance(cell, str) and cell and len(cell) < 30}
        if seen & both[0] and seen & both[1]:
            return number
    return len(grid.rows)


# -- questions asked once --------------------------------------------------------------------------------------------


def _main(grid: Grid, labels: Labels, heads: Sequence[tuple[int, str]], found: Found) -> None:
    rosters = [(row, _end(grid, row)) for row, _ in heads]
    answers, current = None, None
    asked, answered = words.both(words.QUESTION), words.both(words.ANSWER)
    for number, row in enumerate(grid.rows):
        if any(start <= number < end for start, end in rosters):
            current = None
            continue
        said = {column: _label(cell) for column, cell in enumerate(row[:_LABEL_COLUMNS])
                if isinstance(cell, str) and cell and len(cell) < 400}
        if any(label in asked for label in said.values()):
            answers = next((column for column, label in said.items() if label in answered), answers)
            continue
        hit = next(((column, labels.main[label]) for column, label in said.items()
                    if label in labels.main and column != answers), None)
        if hit is not None:
            column, question = hit
            current = question if question.kind == "choices" else None
            if current is None and (question.id, "") not in found.answers:
                target = answers if answers is not None and answers > column else column + 1
                found.answers[question.id, ""] = _cell(grid, number, target)
            continue
        if current is not None:
            options = labels.options["." + current.id]
            for column, label in said.items():
                option = options.get(label)
                if option is not None and column != answers:
                    target = answers if answers is not None and answers > column else column + 1
                    found.answers.setdefault((current.id, option), _cell(grid, number, target))
                    break


def _cell(grid: Grid, row: int, column: int) -> Cell:
    over = grid.merged.get((row, column))
    if over is not None and grid.at(row, column) == "" and over[0] == row:
        row, column = over  # merged sideways: the answer is the one that shows
        over = None
    return Cell(grid.name, row, column, grid.at(row, column), grid.formulas.get((row, column)),
                "" if over is None else cell_name(*over))


# -- rosters ---------------------------------------------------------------------------------------------------------


def _rows(grid: Grid, roster: Roster, labels: Labels, head: int, end: int) -> list[dict[Key, Cell]]:
    columns, numbers = _columns(grid, roster, labels, head)
    if not columns:
        return []
    apart = words.both(words.UNIT) | words.both(words.TOTAL) | {"計", "小計", "合計"}
    options = {label for name, known in labels.options.items() if name.startswith(roster.id + ".") for label in known}
    units = {same(q.unit.to(language)) for q in roster.questions if q.unit for language in LANGUAGES}
    rows = []
    for number in range(head + 1, end):
        row = grid.rows[number]
        if numbers is not None and _label(_text_at(row, numbers)) in apart:
            continue
        cells = {key: _cell(grid, number, column) for key, column in columns.items()}
        filled = [cell for cell in cells.values() if not cell.empty]
        if not filled:
            continue
        if number <= head + 3:  # the answers to tick, the units and the totals stand below the questions
            said = [same(cell.raw) if isinstance(cell.raw, str) else "" for cell in filled]
            if all(word in options for word in said) or all(word in units for word in said):
                continue
            if all(cell.formula is not None for cell in filled):
                continue
        rows.append(cells)
    return rows


def _columns(grid: Grid, roster: Roster, labels: Labels, head: int) -> tuple[dict[Key, int], int | None]:
    """Column of each question and option, and of the row numbers."""
    known = labels.rosters[roster.id]
    row = grid.rows[head]
    starts: list[tuple[int, Question | None]] = []
    numbers = None
    for column in range(len(row)):
        label = _label(_text_at(row, column)) if _text_at(row, column) else ""
        if not label:
            continue
        if label in words.both(words.NUMBER):
            numbers = column
        starts.append((column, known.get(label)))
    columns: dict[Key, int] = {}
    width = max(len(grid.rows[number]) for number in range(head, min(head + 3, len(grid.rows))))
    for position, (column, question) in enumerate(starts):
        if question is None:
            continue
        if question.kind != "choices":
            columns.setdefault((question.id, ""), column)
            continue
        last = starts[position + 1][0] if position + 1 < len(starts) else width
        options = labels.options[f"{roster.id}.{question.id}"]
        for below in (head + 1, head + 2):
            for inner in range(column, last):
                if below < len(grid.rows) and (words_there := _text_at(grid.rows[below], inner)):
                    option = options.get(_label(words_there))
                    if option is not None:
                        columns.setdefault((question.id, option), inner)
    return columns, numbers


# -- the map ---------------------------------------------------------------------------------------------------------


def _by_map(grids: Sequence[Grid], questionnaire: Questionnaire, found: Found) -> None:
    """What no heading told, from the map on the hidden sheet."""
    machine = next((grid for grid in grids if _is_machine(grid)), None)
    if machine is None:
        return
    sheets = {grid.name: grid for grid in grids}
    missing_rosters: dict[str, tuple[Grid, int, dict[Key, int]]] = {}
    for row in machine.rows[2:]:
        if len(row) < 5 or not row[1]:
            continue
        roster, question, option, sheet, where = (str(cell) for cell in row[:5])
        grid = sheets.get(sheet)
        match = re.fullmatch(r"([A-Z]{1,3})(\d+)", where)
        if grid is None or match is None:
            continue
        column = 0
        for letter in match[1]:
            column = column * 26 + ord(letter) - 64
        if roster:
            if roster not in found.rosters and questionnaire.roster(roster) is not None:
                missing_rosters.setdefault(roster, (grid, int(match[2]) - 1, {}))[2][question, option] = column - 1
        elif questionnaire.question(question) is not None:
            found.answers.setdefault((question, option), _cell(grid, int(match[2]) - 1, column - 1))
    for roster, (grid, start, columns) in missing_rosters.items():
        rows = [{key: _cell(grid, number, column) for key, column in columns.items()}
                for number in range(start, len(grid.rows))]
        found.rosters[roster] = [cells for cells in rows if any(not cell.empty for cell in cells.values())]
