"""The sheet of questions and the sheets of rosters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from musubime.language import Language, text
from musubime.surveys.questionnaires import Question

from . import layout as at
from . import words
from ._styles import Styles
from .excel import Formulas
from .layout import Layout, RosterSheet, cell_name, column_letters
from .model import Finding, Given, Raw
from .sent import Lists, Marks, Sent, shown

Cells = Mapping[tuple[str, str], Raw]
_CHARACTERS_A_LINE = 46
_WIDE = 7.5
_LONGEST = 120  # characters of a text inside a formula: Excel refuses more than 255
_NOTHING = '""'
_PRINT_SCALE, _PAGE_WIDTH = 56, 178.0  # per cent; characters that stand side by side on A4 landscape at that scale


def write_questions(page: Any, sent: Sent, layout: Layout, styles: Styles, given: Given, marks: Marks, lists: Lists
                    ) -> None:
    language = sent.language
    _page(page, sent, styles, layout.questions_name)
    for column, width in enumerate((6, 48, 26, 10, 20, 26, 20)):
        page.set_column(column, column, width)
    page.write_string(
        2,
        0,
        text(
            "Fill the pale yellow cells. A remark to the right appears while something is missing or does not agree."
        ).to(language),
        styles.small,
    )
    heads = (words.NUMBER, words.QUESTION, words.ANSWER, words.UNIT, words.LAST, words.TO_CHECK, words.NOTES)
    for column, head in enumerate(heads):
        page.write_string(at.FIRST_LINE - 1, column, head.to(language), styles.head)
    page.set_row(at.FIRST_LINE - 1, 22)
    page.freeze_panes(at.FIRST_LINE, 3)
    page.repeat_rows(at.FIRST_LINE - 1)
    page.fit_to_pages(1, 0)
    checks = _check_formulas(sent, layout)
    last = sent.last.answers if sent.last else {}
    for line in layout.lines:
        row, question = line.row, line.question
        if question is None:
            page.merge_range(row, 0, row, at.NOTES, line.number, styles.band)
            page.set_row(row, 20)
            continue
        option = line.option.id if line.option else ""
        page.write_string(row, at.NUMBER, line.number, styles.mark)
        page.write_string(row, at.UNIT, question.unit.to(language) if question.unit and not option else "", styles.mark)
        note = "" if option else sent.notes.get(question.id, "")
        if note:
            page.write_string(row, at.NOTES, note, styles.input("text"))
        else:
            page.write_blank(row, at.NOTES, None, styles.input("text"))
        before = last.get(question.id)
        if line.option is not None:
            label = line.option.label.to(language)
            page.write_string(row, at.QUESTION, label, styles.option)
            page.set_row(row, 18 if len(label.encode("cp932", "replace")) < _CHARACTERS_A_LINE - 3 else 32)
            page.write_string(row, at.LAST, words.TICK if isinstance(before, tuple) and option in before else "",
                              styles.last)
            page.write_blank(row, at.CHECK, None, styles.warning)
        else:
            label, lines = _label(question, language)
            page.write_string(row, at.QUESTION, label, styles.label)
            page.set_row(row, max(22, 15 * lines + 6))
            value = shown(question, before, language)
            if isinstance(value, int | float) and not isinstance(value, bool):
                page.write_number(row, at.LAST, value, styles.last_number)
            else:
                page.write_string(row, at.LAST, str(value or "") if question.kind != "choices" else "", styles.last)
            formula = checks.get(question.id)
            if formula:
                missing = text("not answered").to(language) if question.id in open_questions(sent, given) else ""
                page.write_formula(row, at.CHECK, formula, styles.warning, missing)
            else:
                page.write_blank(row, at.CHECK, None, styles.warning)
            if question.kind == "choices":
                page.write_string(row, at.ANSWER, text("mark below").to(language), styles.mark)
                continue
        found = marks.get(("", None, question.id, option), [])
        _put(page, row, at.ANSWER, question, given.answers.get((question.id, option)), styles, found, language)
        _validate(page, row, at.ANSWER, row, at.ANSWER, question, language, lists)
    page.print_area(0, 0, layout.lines[-1].row, at.NOTES)


def open_questions(sent: Sent, given: Given) -> set[str]:
    """Questions that must be answered whatever else is answered, and are not: what viewers that do not compute show."""
    answered = {question for question, _ in given.answers}
    return {q.id for q in sent.questionnaire.questions if q.required and q.when is None} - answered


def _label(question: Question, language: Language) -> tuple[str, int]:
    """The words of a question with a star when it must be answered, its help on the next line; and how many lines."""
    label = question.text.to(language) + (" *" if question.required else "")
    if question.help is not None:
        label += "\n" + question.help.to(language)
    lines = sum(1 + (len(part.encode("cp932", "replace")) - 1) // _CHARACTERS_A_LINE for part in label.split("\n"))
    return label, lines


def _check_formulas(sent: Sent, layout: Layout) -> dict[str, str]:
    """For each question a formula that says what is missing or does not agree, as far as Excel can say it."""
    language = sent.language
    formulas = Formulas(sent.questionnaire, layout, sent.last.answers if sent.last else {})
    missing = text("not answered").to(language)
    parts: dict[str, list[str]] = {}
    for question in sent.questionnaire.questions:
        line = layout.line_of(question.id)
        if not question.required or line is None:
            continue
        cell = cell_name(line.row, at.ANSWER)
        empty = f'{cell}=""'
        if question.kind == "choices":
            first, last = line.row + 1, line.row + len(question.options)
            empty = f"COUNTA({cell_name(first, at.ANSWER)}:{cell_name(last, at.ANSWER)})=0"
        if question.when is not None:
            when = formulas.condition(question.when)
            if when is None:
                continue
            empty = f"AND({empty},{','.join([*(f'{need}<>{_NOTHING}' for need in when[1]), when[0]])})"
        parts.setdefault(question.id, []).append(f'IF({empty},"{missing}","")')
    for check in sent.questionnaire.checks:
        names = [name for name in check.that.names() if sent.questionnaire.question(name) is not None]
        found = None if check.roster or not names else formulas.condition(check.that)
        if found is None:
            continue
        tell = check.tell.to(language)[:_LONGEST].replace('"', '""')
        formula = f'IF({found[0]},"","{tell}")'
        if found[1]:
            formula = f'IF(OR({",".join(f"{need}={_NOTHING}" for need in found[1])}),"",{formula})'
        parts.setdefault(names[0], []).append(formula)
    formulas_by_question = {name: "=" + "&".join(part) for name, part in parts.items()}
    return {name: formula for name, formula in formulas_by_question.items() if len(formula) < 8000}


def write_roster(
    page: Any, sheet: RosterSheet, sent: Sent, styles: Styles, rows: Sequence[Cells], marks: Marks, lists: Lists, *,
    from_last: bool,
) -> None:
    language, roster = sent.language, sheet.roster
    _page(page, sent, styles, roster.title.to(language))
    page.write_string(2, 0, roster.help.to(language) if roster.help else "", styles.small)
    page.set_column(0, 0, 6)
    page.merge_range(at.HEAD, 0, at.OPTIONS, 0, words.NUMBER.to(language), styles.head)
    page.write_string(at.UNITS, 0, words.UNIT.to(language), styles.mark)
    page.write_string(at.TOTALS, 0, words.TOTAL.to(language), styles.total)
    page.set_row(at.HEAD, 48)
    page.set_row(at.OPTIONS, 66)
    last_row = at.BODY + sheet.rows - 1
    for question in roster.questions:
        columns = sheet.columns_of(question.id)
        first, last = columns[0].column, columns[-1].column
        page.set_column(first, last, _width(question))
        label = _label(question, language)[0]
        if question.kind != "choices":
            page.merge_range(at.HEAD, first, at.OPTIONS, first, label, styles.head)
        elif len(columns) > 1:
            page.merge_range(at.HEAD, first, at.HEAD, last, label, styles.head)
        for column in columns:
            if column.option is not None:
                page.write_string(at.OPTIONS, column.column, column.option.label.to(language), styles.head_small)
            page.write_string(at.UNITS, column.column, question.unit.to(language) if question.unit else "", styles.mark)
            _total(page, column, sheet, styles, rows)
            _validate(page, at.BODY, column.column, last_row, column.column, question, language, lists)
    _write_rows(page, sheet, styles, rows, marks, language, from_last=from_last)
    _write_row_checks(page, sheet, styles, language)
    page.freeze_panes(at.BODY, 2)
    page.repeat_rows(at.HEAD, at.OPTIONS)
    page.repeat_columns(0, 1)
    page.print_area(0, 0, at.BODY + min(sheet.rows, max(len(rows) + 5, 20)) - 1, sheet.check_column - 1)
    page.set_print_scale(_PRINT_SCALE)
    page.set_v_pagebreaks(_breaks(sheet))


def _total(page: Any, column: at.Column, sheet: RosterSheet, styles: Styles, rows: Sequence[Cells]) -> None:
    """The sum of numbers, the count of marks and of names; computed here too, for viewers that do not compute."""
    question, option = column.question, column.option.id if column.option else ""
    letters = column_letters(column.column)
    cells = f"{letters}{at.BODY + 1}:{letters}{at.BODY + sheet.rows}"
    values = [value for row in rows if (value := row.get((question.id, option))) is not None]
    if question.kind == "integer" and question.unit is not None:  # a sum of years or of distances says nothing
        numbers = sum(value for value in values if isinstance(value, int | float))
        page.write_formula(at.TOTALS, column.column, f"=SUM({cells})", styles.total, numbers)
    elif question.kind == "choices" or question.id == sheet.roster.key:
        page.write_formula(at.TOTALS, column.column, f"=COUNTA({cells})", styles.total, len(values))
    else:
        page.write_blank(at.TOTALS, column.column, None, styles.total)


def _breaks(sheet: RosterSheet) -> list[int]:
    """Columns before which a printed page begins: between questions, wherever the next one would not fit."""
    repeated = 6.0 + _width(sheet.columns[0].question)
    breaks, filled = [], repeated
    for question in sheet.roster.questions[1:]:
        columns = sheet.columns_of(question.id)
        width = _width(question) * len(columns)
        if filled + width > _PAGE_WIDTH and filled > repeated:
            breaks.append(columns[0].column)
            filled = repeated
        filled += width
    return breaks


def _width(question: Question) -> float:
    if question.kind == "choices":
        return _WIDE
    if question.kind in ("text", "url"):
        return 20.0
    return {"choice": 17.0, "yesno": 10.0, "date": 12.0}.get(question.kind, 11.0)


def _write_rows(page: Any, sheet: RosterSheet, styles: Styles, rows: Sequence[Cells], marks: Marks, language: Language,
                *, from_last: bool) -> None:
    for number in range(sheet.rows):
        row = at.BODY + number
        page.write_number(row, 0, number + 1, styles.mark)
        cells = rows[number] if number < len(rows) else {}
        for column in sheet.columns:
            question, option = column.question, column.option.id if column.option else ""
            found = marks.get((sheet.roster.id, number + 1, question.id, option), []) if marks else []
            value = cells.get((question.id, option))
            if value is None and not found:
                page.write_blank(row, column.column, None, styles.input(_look(question)))
            else:
                _put(page, row, column.column, question, value, styles, found, language, from_last=from_last)


def _write_row_checks(page: Any, sheet: RosterSheet, styles: Styles, language: Language) -> None:
    """To the right of each row: is anything missing that must be there?"""
    column = sheet.check_column
    page.set_column(column, column, 14)
    page.merge_range(at.HEAD, column, at.OPTIONS, column, words.TO_CHECK.to(language), styles.head)
    page.write_blank(at.UNITS, column, None, styles.mark)
    letters = column_letters(column)
    page.write_formula(
        at.TOTALS,
        column,
        f'=SUMPRODUCT(--({letters}{at.BODY + 1}:{letters}{at.BODY + sheet.rows}<>""))',
        styles.total,
        0,
    )
    first, last = column_letters(sheet.columns[0].column), column_letters(sheet.columns[-1].column)
    missing = text("not answered").to(language)
    for number in range(sheet.rows):
        row = at.BODY + number
        tests = []
        for question in sheet.roster.questions:
            if question.required and question.when is None:
                columns = sheet.columns_of(question.id)
                one, other = (column_letters(c.column) for c in (columns[0], columns[-1]))
                tests.append(f"COUNTA({one}{row + 1}:{other}{row + 1})=0")
        if tests:
            page.write_formula(row, column, f'=IF(COUNTA({first}{row + 1}:{last}{row + 1})=0,"",'
                                            f'IF(OR({",".join(tests)}),"{missing}",""))', styles.warning, "")


def _page(page: Any, sent: Sent, styles: Styles, title: str) -> None:
    page.hide_gridlines(2)
    page.set_paper(9)
    page.set_landscape()
    page.set_margins(0.4, 0.4, 0.6, 0.6)
    page.set_footer(f"&L&8{sent.name}&C&8&P / &N&R&8{sent.identity}".replace("&amp;", "&"))
    page.write_string(0, 0, f"{title}　{sent.name}", styles.title)
    page.set_default_row(20)
    page.set_row(0, 26)
    page.set_row(1, 11)
    page.write_string(1, 0, sent.identity, styles.identity)
    page.protect("", {"format_rows": True, "format_columns": True, "sort": True, "autofilter": True})


def _look(question: Question) -> str:
    """A whole number without a unit is a year or an ordinal: no thousands separator."""
    return "year" if question.kind == "integer" and question.unit is None else question.kind


def _put(page: Any, row: int, column: int, question: Question, value: Raw | None, styles: Styles,
         found: Sequence[Finding], language: Language, *, from_last: bool = False) -> None:
    """One answer, as a number or as text that Excel will never run, with what was found as a comment."""
    grade = next((kind for kind in ("fault", "query", "repair") if any(f.kind == kind for f in found)), "")
    if value is None:
        page.write_blank(row, column, None, styles.input(_look(question), from_last, grade))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        page.write_number(row, column, value, styles.input(_look(question), from_last, grade))
    else:
        words_given = str(value)[:32_000]
        live = words_given[:1] in "=+-@\t\r"
        page.write_string(row, column, words_given, styles.input(_look(question), from_last, grade, live))
    if found:
        note = "\n".join(f"{f.what.to(language)} {f.remedy.to(language)}" for f in found)
        page.write_comment(row, column, note[:1000], {"author": "Musubime", "x_scale": 2, "y_scale": 1.3})


def _validate(page: Any, row: int, column: int, last_row: int, last_column: int, question: Question, language: Language,
              lists: Lists) -> None:
    rule: dict[str, Any] = {}
    if question.kind == "choice":
        rule = {"validate": "list", "source": lists.source([option.label.to(language) for option in question.options])}
    elif question.kind == "yesno":
        rule = {"validate": "list", "source": [words.YES.to(language), words.NO.to(language)]}
    elif question.kind == "choices":
        rule = {"validate": "list", "source": [words.TICK]}
    elif question.kind in ("integer", "number"):
        low = -1e12 if question.low is None else question.low
        high = 1e12 if question.high is None else question.high
        rule = {"validate": "integer" if question.kind == "integer" else "decimal", "criteria": "between",
                "minimum": low, "maximum": high}
        if question.kind == "integer":
            rule |= {"minimum": int(low), "maximum": int(high)}
        rule["error_message"] = text("Write a number from {low:,g} to {high:,g}, without unit or other words.", low=low,
                                     high=high).to(language)
    if rule:
        page.data_validation(row, column, last_row, last_column, rule | {
            "error_title": text("Please check").to(language), "error_type": "stop", "ignore_blank": True,
        })
