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
    """Cells of answers by question and option; for rosters one mapping a row that is not empty.

    notes: what was written beside a question. contact: who answers, by label. again: (sheet, first sheet) of questions
    that stand on two sheets and are answered differently. strange: sheets with content that are no part of the survey.
    """

    answers: dict[Key, Cell] = field(default_factory=dict)
    rosters: dict[str, list[dict[Key, Cell]]] = field(default_factory=dict)
    heads: dict[str, tuple[str, int]] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    contact: dict[str, str] = field(default_factory=dict)
    again: list[tuple[str, str]] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)


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
        questions = _main(grid, labels, heads, found)
        cover = _contact(grid, found) if not heads else 0
        filled = any(str(cell).strip() for row in grid.rows for cell in row)
        if filled and not (heads or questions or cover or _is_ours(grid)):
            found.strange.append(grid.name)
        for position, (row, roster_id) in enumerate(heads):
            roster = questionnaire.roster(roster_id)
            end = heads[position + 1][0] if position + 1 < len(heads) else _end(grid, row)
            if roster is None:
                continue
            rows = _rows(grid, roster, labels, row, end)
            if roster_id not in found.rosters:
                found.heads[roster_id] = (grid.name, row)
                found.rosters[roster_id] = rows
            elif rows and _said(rows) != _said(found.rosters[roster_id]):
                found.again.append((grid.name, found.heads[roster_id][0]))
    _by_map(grids, questionnaire, found)
    return found


def _is_machine(grid: Grid) -> bool:
    return grid.at(0, 0) == words.MACHINE


def _is_ours(grid: Grid) -> bool:
    """A cover, or the list of what was found in an earlier return: the line that identifies the workbook is on it."""
    return any(isinstance(cell, str) and re.search(words.IDENTITY, cell) for row in grid.rows[:6] for cell in row[:4])


def _said(rows: Sequence[Mapping[Key, Cell]]) -> list[dict[Key, Raw]]:
    return [{key: cell.raw for key, cell in row.items() if not cell.empty} for row in rows]


def _contact(grid: Grid, found: Found) -> int:
    """Who answers, from the cover; the number of its labels that were found."""
    labels = {label: words.CONTACT[name] for name in words.CONTACT for label in words.both(words.CONTACT[name])}
    seen = 0
    for number, row in enumerate(grid.rows[:60]):
        for column, cell in enumerate(row[:4]):
            words_there = labels.get(_label(cell)) if isinstance(cell, str) and len(cell) < 40 else None
            if words_there is not None:
                seen += 1
                value = str(grid.at(number, column + 1)).strip()
                if value:
                    found.contact.setdefault(words_there.template, value)
    return seen


@lru_cache(maxsize=8192)
def _label(cell: str) -> str:
    """The first line of a heading, without the star of what must be answered; below it stands its help."""
    return same(cell.split("\n", 1)[0])


def _meant(known: Mapping[str, Question], cell: str) -> Question | None:
    """The question that a heading means, also where somebody broke it into lines."""
    return known.get(_label(cell)) or (known.get(same(cell)) if "\n" in cell else None)


def _text_at(row: Sequence[Raw], column: int) -> str:
    cell = row[column] if column < len(row) else ""
    return cell if isinstance(cell, str) else ""


def _roster_heads(grid: Grid, labels: Labels) -> list[tuple[int, str]]:
    """Rows that are the heading of a roster: at least two, and at least half, of its questions stand in them."""
    heads = []
    for number, row in enumerate(grid.rows):
        said = [cell for cell in row if isinstance(cell, str) and cell and len(cell) < 400]
        if len(said) < 3:
            continue
        scores = {
            roster: len({question.id for cell in said if (question := _meant(known, cell)) is not None})
            / len({question.id for question in known.values()})
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


def _main(grid: Grid, labels: Labels, heads: Sequence[tuple[int, str]], found: Found) -> int:
    """The answers to questions asked once; how many of the questions stand on this sheet."""
    hits, notes = 0, None
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
            notes = next((column for column, label in said.items() if label in words.both(words.NOTES)), notes)
            continue
        hit = next(((column, question) for column in said if column != answers
                    and (question := _meant(labels.main, _text_at(row, column))) is not None), None)
        if hit is not None:
            column, question = hit
            hits += 1
            current = question if question.kind == "choices" else None
            if notes is not None and (note := str(grid.at(number, notes)).strip()):
                found.notes.setdefault(question.id, note)
            if current is None:
                target = answers if answers is not None and answers > column else column + 1
                _take((question.id, ""), _cell(grid, number, target), found)
            continue
        if current is not None:
            options = labels.options["." + current.id]
            for column, label in said.items():
                option = options.get(label)
                if option is not None and column != answers:
                    target = answers if answers is not None and answers > column else column + 1
                    _take((current.id, option), _cell(grid, number, target), found)
                    break
    return hits


def _take(key: Key, cell: Cell, found: Found) -> None:
    """Keep an answer; where the question stands on a second sheet with another one, remember that."""
    before = found.answers.setdefault(key, cell)
    if before is not cell and before.sheet != cell.sheet and not cell.empty and before.raw != cell.raw:
        pair = (cell.sheet, before.sheet)
        if pair not in found.again:
            found.again.append(pair)


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
    apart = words.both(words.UNIT) | words.both(words.TOTAL)
    options = {label for name, known in labels.options.items() if name.startswith(roster.id + ".") for label in known}
    units = {same(q.unit.to(language)) for q in roster.questions if q.unit for language in LANGUAGES}
    rows = []
    for number in range(head + 1, end):
        row = grid.rows[number]
        if numbers is not None and _label(_text_at(row, numbers)) in apart | words.TOTALS:
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
        starts.append((column, _meant(known, _text_at(row, column))))
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
    # where rows were deleted, the map points at the answer of another question, which its heading has told
    taken = {(cell.sheet, cell.row, cell.column) for cell in found.answers.values()}
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
            cell = _cell(grid, int(match[2]) - 1, column - 1)
            if (cell.sheet, cell.row, cell.column) not in taken:
                found.answers.setdefault((question, option), cell)
    for roster, (grid, start, columns) in missing_rosters.items():
        rows = [{key: _cell(grid, number, column) for key, column in columns.items()}
                for number in range(start, len(grid.rows))]
        found.rosters[roster] = [cells for cells in rows if any(not cell.empty for cell in cells.values())]
