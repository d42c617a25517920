"""One return, from its cells to answers and findings: single cells, skips, what must be there, and cross-checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from musubime.language import Text, text
from musubime.surveys.questionnaires import Answer, Check, Question, Questionnaire, Roster, Scope, same
from musubime.surveys.questionnaires.expressions import holds

from . import words
from .cells import EMPTY, Reading, plain, read_cell, read_tick
from .find import Cell, Found, Key
from .layout import cell_name
from .model import Answers, Finding, Given, Raw


@dataclass
class CheckedReturn:
    """What a return came to. given: word for word, for the workbook that goes back."""

    answers: Answers
    given: Given
    findings: list[Finding] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    contact: dict[str, str] = field(default_factory=dict)


_NOT_ANSWERED = text("This question must be answered and is empty.")
_ANSWER_IT = text("Answer it; write 0 if there is none, and say under your notes if it is not known.")
_CHOOSE_IT = text("Choose an answer.")


def check_return(found: Found, questionnaire: Questionnaire, file: str, last: Answers | None) -> CheckedReturn:
    """Answers and findings of one return. `last`: the same municipality's answers of the wave before."""
    reader = _Checker(questionnaire, file, found, last)
    return reader.run()


class _Checker:
    def __init__(self, questionnaire: Questionnaire, file: str, found: Found, last: Answers | None) -> None:
        self.questionnaire, self.file, self.found, self.last = questionnaire, file, found, last
        self.findings: list[Finding] = []
        self.blamed: set[tuple[str, int | None, str]] = set()

    def run(self) -> CheckedReturn:
        everything = self.questionnaire
        asked = [q for q in everything.questions if not self._is_there(q)]
        if asked and len(asked) == len(everything.questions):
            self._say("fault", text("The sheet of questions is missing."),
                      text("Send all sheets of the workbook that was sent to you."), check="no_questions")
        else:
            for question in asked:
                self._say(
                    "fault",
                    text('The question "{question}" is no longer in the workbook.', question=question.text),
                    text("Put the row back, or copy your answers into the workbook that was sent to you."),
                    question=question,
                    check="lost." + question.id,
                )
        main = self._answers(everything.questions, self.found.answers, "", None, {})
        given_rosters: dict[str, list[dict[Key, Raw]]] = {}
        rosters: dict[str, list[dict[str, Answer]]] = {}
        for roster in everything.rosters:
            if roster.id not in self.found.rosters:
                self._say("fault", text("The sheet \"{roster}\" is missing.", roster=roster.title),
                          text("Send all sheets of the workbook that was sent to you."), check="no_roster." + roster.id)
                continue
            rosters[roster.id] = self._roster(roster, main, given_rosters.setdefault(roster.id, []))
        answers = Answers(main, rosters)
        self._cross_checks(answers)
        given = Given({key: _given(cell) for key, cell in self.found.answers.items() if not cell.empty}, given_rosters)
        for sheet, first in dict.fromkeys(self.found.again):
            self.findings.append(Finding(
                "query", text("The same questions stand on the sheets \"{first}\" and \"{second}\" and are answered "
                              "differently; the first was read.", first=first, second=sheet),
                text("Delete the sheet that does not count, and send the workbook again."), file=self.file, sheet=sheet,
                check="again." + sheet))
        for sheet in self.found.strange:
            self.findings.append(
                Finding(
                    "repair",
                    text(
                        'The sheet "{sheet}" is no part of the survey; it was kept with the file but not read.',
                        sheet=sheet,
                    ),
                    text("Write what belongs to the survey into its own sheets."),
                    file=self.file,
                    sheet=sheet,
                    check="strange." + sheet,
                )
            )
        return CheckedReturn(answers, given, self.findings, self.found.notes, self.found.contact)

    def _is_there(self, question: Question) -> bool:
        if question.kind == "choices":
            return any((question.id, option.id) in self.found.answers for option in question.options)
        return (question.id, "") in self.found.answers

    def _roster(
        self, roster: Roster, main: Mapping[str, Answer], given: list[dict[Key, Raw]]
    ) -> list[dict[str, Answer]]:
        cells = self._rows_that_count(roster, self.found.rosters[roster.id])
        self.found.rosters[roster.id] = cells
        if len(cells) > roster.most:
            self._say("fault", text("There are {rows:,} rows; at most {most:,} are possible.", rows=len(cells),
                                    most=roster.most), text("Send only your own municipality's rows."),
                      check="too_many." + roster.id)
            cells = cells[:roster.most]
        if cells:
            for question in roster.questions:
                keys = (
                    [(question.id, o.id) for o in question.options]
                    if question.kind == "choices"
                    else [(question.id, "")]
                )
                if not any(key in cells[0] for key in keys):
                    sheet, head = self.found.heads.get(roster.id, ("", 0))
                    self.findings.append(
                        Finding(
                            "fault",
                            text('The column "{question}" is no longer in the workbook.', question=question.text),
                            text("Put the column back, or copy your answers into the workbook that was sent to you."),
                            file=self.file,
                            sheet=sheet,
                            cell=cell_name(head, 0),
                            roster=roster.id,
                            check="lost." + question.id,
                        )
                    )
        rows = []
        seen: dict[str, int] = {}
        for number, row in enumerate(cells, 1):
            given.append({key: _given(cell) for key, cell in row.items() if not cell.empty})
            answers = self._answers(roster.questions, row, roster.id, number, main)
            name = answers.get(roster.key)
            if isinstance(name, str):
                before = seen.setdefault(same(name), number)
                if before != number:
                    self._say(
                        "query",
                        text("Rows {first} and {second} have the same name.", first=before, second=number),
                        text("Tell them apart, or delete one."),
                        question=roster.question(roster.key),
                        roster=roster.id,
                        row=number,
                        cell=row.get((roster.key, "")),
                        check="twice." + roster.key,
                    )
            rows.append(answers)
        return rows

    def _rows_that_count(self, roster: Roster, cells: list[dict[Key, Cell]]) -> list[dict[Key, Cell]]:
        """The rows without those that are none: a "なし" alone in its row, or a total that somebody added."""
        kept = []
        for row in cells:
            key = row.get((roster.key, ""))
            name = same(plain(key.raw)) if key is not None and not key.empty else ""
            alone = sum(not cell.empty for cell in row.values()) == 1
            if key is not None and (name in words.TOTALS or (alone and name in words.NONE)):
                what = (text("This row says that there is none; it was not counted.") if name in words.NONE else
                        text("This is a row of totals; it was not counted."))
                self.findings.append(Finding(
                    "repair", what, text("Nothing needs to be done if this is right."), file=self.file, sheet=key.sheet,
                    cell=key.name, value=plain(key.raw), check=f"no_row.{roster.id}.{key.row}"))
                continue
            kept.append(row)
        return kept

    # -- cells ---------------------------------------------------------------------------------------------------

    def _answers(self, questions: Sequence[Question], cells: Mapping[Key, Cell], roster: str, row: int | None,
                 main: Mapping[str, Answer]) -> dict[str, Answer]:
        answers: dict[str, Answer] = {}
        for question in questions:
            readings, cell = self._read(question, cells, roster, row)
            there = cell is not None
            wanted: bool | None = True
            if question.when is not None:
                scope = Scope(main if row is not None else answers, {}, row=answers if row is not None else None)
                wanted = holds(question.when, scope)
            answer = readings.answer
            if wanted is False:
                if answer is not None:
                    self._say(
                        "query",
                        text("This is answered although the earlier answers say that it is not asked."),
                        text("Delete it, or correct the earlier answer."),
                        question=question,
                        roster=roster,
                        row=row,
                        cell=cell,
                        check="skip." + question.id,
                    )
                continue
            if answer is not None:
                answers[question.id] = answer
            elif wanted and question.required and there and (roster, row, question.id) not in self.blamed:
                self._say("fault", _NOT_ANSWERED, _ANSWER_IT if question.kind in ("integer", "number") else _CHOOSE_IT
                          if question.kind in ("choice", "choices", "yesno") else text("Answer it."),
                          question=question, roster=roster, row=row, cell=cell, check="required." + question.id)
        return answers

    def _read(self, question: Question, cells: Mapping[Key, Cell], roster: str, row: int | None
              ) -> tuple[Reading, Cell | None]:
        if question.kind == "choices":
            return self._ticks(question, cells, roster, row)
        cell = cells.get((question.id, ""))
        if cell is None:
            return EMPTY, None
        if cell.under:
            self._say(
                "fault",
                text("This cell is merged with {cell}, so that it cannot be told what belongs here.", cell=cell.under),
                text("Unmerge the cells and write the answer in each."),
                question=question,
                roster=roster,
                row=row,
                cell=cell,
            )
            return EMPTY, cell
        reading = read_cell(cell.raw, question, cell.formula)
        if reading.grade is not None and reading.what is not None and reading.remedy is not None:
            self._say(reading.grade, reading.what, reading.remedy, question=question, roster=roster, row=row, cell=cell)
        return reading, cell

    def _ticks(self, question: Question, cells: Mapping[Key, Cell], roster: str, row: int | None
               ) -> tuple[Reading, Cell | None]:
        ticked: list[str] = []
        first: Cell | None = None
        for option in question.options:
            cell = cells.get((question.id, option.id))
            if cell is None:
                continue
            first = first or cell
            if cell.under:
                self._say(
                    "fault",
                    text(
                        "This cell is merged with {cell}, so that it cannot be told what belongs here.", cell=cell.under
                    ),
                    text("Unmerge the cells and write the answer in each."),
                    question=question,
                    roster=roster,
                    row=row,
                    cell=cell,
                    option=option.id,
                )
                continue
            reading = read_tick(cell.raw, cell.formula)
            if reading.grade is not None and reading.what is not None and reading.remedy is not None:
                self._say(
                    reading.grade,
                    reading.what,
                    reading.remedy,
                    question=question,
                    roster=roster,
                    row=row,
                    cell=cell,
                    option=option.id,
                )
            if reading.answer is True:
                ticked.append(option.id)
        if len(ticked) > 1 and (alone := question.alone & set(ticked)):
            one = next(option for option in question.options if option.id in alone)
            self._say("fault", text("\"{answer}\" is marked together with other answers.", answer=one.label),
                      text("Keep either it or the others."), question=question, roster=roster, row=row,
                      cell=cells[question.id, one.id], option=one.id, check="alone." + question.id)
            return EMPTY, first
        return (Reading(tuple(ticked)) if ticked else EMPTY), first

    # -- what must hold ------------------------------------------------------------------------------------------

    def _cross_checks(self, answers: Answers) -> None:
        last = self.last.answers if self.last is not None else None
        last_rows: dict[str, dict[str, Mapping[str, Answer]]] = {}
        for check in self.questionnaire.checks:
            if not check.roster:
                if holds(check.that, Scope(answers.answers, answers.rosters, last)) is False:
                    self._broken(check, None)
                continue
            roster = self.questionnaire.roster(check.roster)
            if roster is None:
                continue
            if check.roster not in last_rows:
                before = self.last.rosters.get(check.roster, ()) if self.last is not None else ()
                last_rows[check.roster] = {same(str(row[roster.key])): row for row in before if roster.key in row}
            for number, row in enumerate(answers.rosters.get(check.roster, ()), 1):
                last_row = last_rows[check.roster].get(same(str(row.get(roster.key, ""))))
                if holds(check.that, Scope(answers.answers, answers.rosters, last, row, last_row)) is False:
                    self._broken(check, number)

    def _broken(self, check: Check, row: int | None) -> None:
        names = [name for name in check.that.names() if "." not in name]
        roster = self.questionnaire.roster(check.roster) if check.roster else None
        question = next((q for name in names if (q := (roster.question(name) if roster else None)) is not None), None)
        inside = check.roster if question is not None else ""
        if question is None:
            question = next((q for name in names if (q := self.questionnaire.question(name)) is not None), None)
        cells = self.found.rosters[inside][row - 1] if inside and row is not None else self.found.answers
        cell = cells.get((question.id, "")) if question is not None else None
        remedy = (text("Correct whichever is wrong.") if check.grade == "fault" else
                  text("Correct it if it is wrong; otherwise tell us that it is right."))
        self._say(
            check.grade,
            check.tell,
            remedy,
            question=question,
            roster=inside,
            row=row if inside else None,
            cell=cell,
            check=check.id,
        )

    def _say(self, kind: str, what: Text, remedy: Text, *, question: Question | None = None, roster: str = "",
             row: int | None = None, cell: Cell | None = None, option: str = "", check: str = "") -> None:
        if question is not None and kind != "repair" and not check.startswith("skip."):
            self.blamed.add((roster, row, question.id))
        shown = ""
        if cell is not None and not (cell.formula is None and cell.empty):
            shown = cell.formula if cell.formula is not None else plain_value(cell.raw)
        self.findings.append(Finding(
            kind, what, remedy,  # type: ignore[arg-type]
            file=self.file, sheet=cell.sheet if cell else "", cell=cell.name if cell else "", value=shown[:200],
            roster=roster, row=row, question=question.id if question else "", option=option, check=check,
        ))


def _given(cell: Cell) -> Raw:
    """What stood in the cell, a formula as the words it is made of."""
    return cell.formula if cell.formula is not None else cell.raw


def plain_value(raw: Raw) -> str:
    """A cell's content as it is shown in a list, as it was typed."""
    if isinstance(raw, float) and raw.is_integer():
        return str(int(raw))
    return str(raw) if plain(raw) else repr(raw)
