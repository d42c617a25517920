"""A questionnaire's conditions as Excel formulas, so that whoever fills the workbook sees at once what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from musubime.surveys.questionnaires import Answer, Questionnaire
from musubime.surveys.questionnaires.expressions import Expression

from . import words
from .layout import ANSWER, BODY, TOTALS, Layout, RosterSheet, cell_name, column_letters


@dataclass
class Formulas:
    """Turns the conditions of one workbook into formulas; None where Excel has no plain word for one."""

    questionnaire: Questionnaire
    layout: Layout
    last: Mapping[str, Answer]
    needs: list[str] = field(default_factory=list)

    def condition(self, expression: Expression) -> tuple[str, list[str]] | None:
        """The formula, and the cells that must be filled for it to mean anything."""
        self.needs = []
        found = self._condition(expression)
        return None if found is None else (found, list(dict.fromkeys(self.needs)))

    def _condition(self, expression: Expression) -> str | None:
        op, parts = expression.op, expression.parts
        if op in ("equal", "at_most", "at_least", "near"):
            left, right = self._value(parts[0]), self._value(parts[1])
            if left is None or right is None:
                return None
            if op == "near":
                extra = dict(expression.extra)
                return f"ABS({left}-{right})<=MAX({extra.get('least', 0)},{extra.get('share', 0)}*ABS({right}))"
            sign = {"equal": "=", "at_most": "<=", "at_least": ">="}[op]
            return f"{left}{sign}{right}"
        if op == "is":
            return self._is(str(parts[0]), parts[1:])
        if op == "answered":
            cell = self._cell(str(parts[0]))
            return None if cell is None else f'{cell}<>""'
        inner = [self._condition(part) for part in parts]
        if None in inner:
            return None
        names = [str(one) for one in inner]
        if op == "not":
            return f"NOT({names[0]})"
        if op == "implies":
            return f"OR(NOT({names[0]}),{names[1]})"
        return f"{'OR' if op == 'any' else 'AND'}({','.join(names)})"

    def _value(self, expression: Expression) -> str | None:
        op, parts = expression.op, expression.parts
        if op == "number":
            return f"{parts[0]:g}"
        if op == "answer":
            cell = self._cell(str(parts[0]))
            if cell is not None:
                self.needs.append(cell)
            return cell
        if op == "last":
            number = self.last.get(str(parts[0]))
            return f"{number:g}" if isinstance(number, int | float) and not isinstance(number, bool) else None
        if op in ("rows", "total"):
            name = str(parts[0]).partition(".")
            sheet = self.layout.roster(name[0])
            if sheet is None:
                return None
            if op == "total":
                return self._total(sheet, name[2])
            return self._total(sheet, sheet.roster.key) if len(parts) == 1 else self._rows_where(sheet, parts[1])
        inner = [self._value(part) for part in parts]
        if None in inner:
            return None
        return "(" + ("+" if op == "sum" else "-").join(str(one) for one in inner) + ")"

    def _total(self, sheet: RosterSheet, question: str) -> str | None:
        columns = sheet.columns_of(question)
        return f"'{sheet.name}'!${column_letters(columns[0].column)}${TOTALS + 1}" if columns else None

    def _rows_where(self, sheet: RosterSheet, condition: Expression) -> str | None:
        """Only the plainest: one question is one answer."""
        if condition.op != "is" or len(condition.parts) != 2:
            return None
        columns = sheet.columns_of(str(condition.parts[0]))
        label = (
            self._label(columns[0].question.kind, str(condition.parts[1]), columns[0].question.options)
            if columns
            else ""
        )
        if not label or columns[0].question.kind == "choices":
            return None
        letters = column_letters(columns[0].column)
        return f"COUNTIF('{sheet.name}'!${letters}${BODY + 1}:${letters}${BODY + sheet.rows},\"{label}\")"

    def _cell(self, question: str) -> str | None:
        line = self.layout.line_of(question)
        if line is None or line.question is None or line.question.kind == "choices":
            return None
        return "$" + cell_name(line.row, ANSWER).replace(str(line.row + 1), f"${line.row + 1}")

    def _is(self, question: str, options: tuple[object, ...]) -> str | None:
        asked = self.questionnaire.question(question)
        if asked is None:
            return None
        tests = []
        for option in options:
            if asked.kind == "choices":
                line = self.layout.line_of(question, str(option))
                if line is None:
                    return None
                tests.append(f'{cell_name(line.row, ANSWER)}<>""')
            else:
                cell = self._cell(question)
                if cell is None or not self._label(asked.kind, str(option), asked.options):
                    return None
                tests.append(f'{cell}="{self._label(asked.kind, str(option), asked.options)}"')
        return tests[0] if len(tests) == 1 else f"OR({','.join(tests)})"

    def _label(self, kind: str, option: str, options: tuple[object, ...]) -> str:
        language = self.layout.language
        if kind == "yesno":
            return (words.YES if option == "yes" else words.NO).to(language)
        label = next((o.label.to(language) for o in options if getattr(o, "id", "") == option), "")  # type: ignore[attr-defined]
        return label.replace('"', '""') if len(label) < 120 else ""
