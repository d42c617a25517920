"""The workbook that a municipality fills, and the same with its answers and their faults marked.

Written with XlsxWriter: three times as fast as openpyxl here, and 1,741 of them go out and come back
(docs/decisions/005-survey-workbooks.md). No answer is ever written as a formula.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from musubime.language import Text, text

from . import words
from ._cover import write_cover
from ._sheets import open_questions, write_questions, write_roster
from ._styles import Styles, lines_of
from .layout import BODY, Layout, cell_name, lay_out
from .model import Finding
from .sent import Lists, Sent, last_rows, marked

SPARE_ROWS = 10


def write_workbook(sent: Sent, path: Path) -> None:
    """One workbook. Same input, same bytes."""
    given = sent.given if sent.given is not None else last_rows(sent)
    rows = {
        roster.id: min(roster.most, max(sent.rows.get(roster.id, roster.rows),
                                        len(given.rosters.get(roster.id, ())) + SPARE_ROWS))
        for roster in sent.questionnaire.rosters
    }
    layout = lay_out(sent.questionnaire, sent.language, rows)
    book = xlsxwriter.Workbook(str(path), {
        "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True,
    })
    book.set_properties({
        "title": sent.questionnaire.title.to(sent.language), "author": sent.questionnaire.publisher.to(sent.language),
        "created": dt.datetime(2000, 1, 1),  # noqa: DTZ001 same input, same bytes
    })
    book.set_size(1600, 1100)
    styles = Styles(book)
    marks = marked(sent.findings)
    if sent.findings:
        _write_findings(book.add_worksheet(words.FINDINGS.to(sent.language)), sent, layout, styles)
    cover = book.add_worksheet(words.COVER.to(sent.language))
    lists = Lists()
    questions = book.add_worksheet(layout.questions_name) if layout.lines else None
    sheets = [book.add_worksheet(sheet.name) for sheet in layout.rosters]
    machine = book.add_worksheet(words.MACHINE_SHEET)
    write_cover(cover, sent, layout, styles, len(open_questions(sent, given)),
                {name: len(part) for name, part in given.rosters.items()})
    if questions is not None:
        write_questions(questions, sent, layout, styles, given, marks, lists)
    for page, sheet in zip(sheets, layout.rosters, strict=True):
        write_roster(page, sheet, sent, styles, given.rosters.get(sheet.roster.id, ()), marks, lists,
                     from_last=sent.given is None)
    _write_machine(machine, sent, layout, lists)
    (book.worksheets_objs[0] if sent.findings else cover).activate()
    book.close()


def _write_machine(page: Any, sent: Sent, layout: Layout, lists: Lists) -> None:
    """What a program needs, and a map of every cell, so that even re-worded headings do not lose an answer."""
    page.very_hidden()
    about = (
        words.MACHINE, "identity", sent.identity, "written", "musubime",
    )
    page.write_row(0, 0, about[:1])
    page.write_row(1, 0, about[1:3])
    if sent.mark:
        page.write_row(1, 2, (words.MARK, sent.mark))
    row = 2
    for line in layout.lines:
        if line.question is not None and (line.option is not None or line.question.kind != "choices"):
            option = line.option.id if line.option else ""
            page.write_row(row, 0, ("", line.question.id, option, layout.questions_name, cell_name(line.row, 2)))
            row += 1
    for sheet in layout.rosters:
        for column in sheet.columns:
            option = column.option.id if column.option else ""
            page.write_row(row, 0, (sheet.roster.id, column.question.id, option, sheet.name,
                                    cell_name(BODY, column.column)))
            row += 1
    for number, labels in enumerate(lists.columns):
        page.write_column(0, 5 + number, labels)


_WIDTHS = (13, 22, 12, 34, 20, 44, 44)
_KINDS: Mapping[str, Text] = {
    "fault": text("To be corrected"), "query": text("Please confirm"), "repair": text("Corrected by us"),
}


def _write_findings(page: Any, sent: Sent, layout: Layout, styles: Styles) -> None:
    """What was found, each with a link to the cell in this workbook and where it stood in the one that was sent."""
    language = sent.language
    page.hide_gridlines(2)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.set_column(0, 0, 5)
    for column, width in enumerate(_WIDTHS, 1):
        page.set_column(column, column, width)
    page.write_string(0, 0, text("{name}: what was found in your return", name=sent.name).to(language), styles.title)
    page.set_row(0, 28)
    page.write_string(2, 0, sent.identity, styles.identity)
    page.write_string(1, 0, text(
        "Correct the cells marked red, answer those marked yellow, and send this workbook again. What we corrected "
        "ourselves is listed so that you can object.").to(language), styles.small)
    heads = (text("No."), text("What to do"), text("Sheet of your file"), text("Cell of your file"), text("Question"),
             text("What you wrote"), text("What is wrong"), text("How to mend it"))
    for column, head in enumerate(heads):
        page.write_string(3, column, head.to(language), styles.head)
    page.freeze_panes(4, 0)
    page.repeat_rows(3)
    order = {"fault": 0, "query": 1, "repair": 2}
    for number, finding in enumerate(sorted(sent.findings, key=lambda f: order[f.kind]), 1):
        row = 3 + number
        style = styles.listed(finding.kind)
        page.write_number(row, 0, number, style)
        page.write_string(row, 1, _KINDS[finding.kind].to(language), style)
        page.write_string(row, 2, " ".join(part for part in (finding.file, finding.sheet) if part), style)
        page.write_string(row, 3, finding.cell, style)
        _write_question(page, row, finding, sent, layout, style)
        page.write_string(row, 5, finding.value[:500], styles.quoted(finding.kind))
        page.write_string(row, 6, finding.what.to(language), style)
        page.write_string(row, 7, finding.remedy.to(language), style)
        told = (finding.what.to(language), finding.remedy.to(language), f"{finding.file} {finding.sheet}")
        page.set_row(
            row, 15 * max(lines_of(words_, width) for words_, width in zip(told, (44, 44, 22), strict=True)) + 4
        )


def _write_question(page: Any, row: int, finding: Finding, sent: Sent, layout: Layout, style: Any) -> None:
    language = sent.language
    roster = sent.questionnaire.roster(finding.roster) if finding.roster else None
    question = (roster.question(finding.question) if roster else sent.questionnaire.question(finding.question))
    label = question.text.to(language) if question else ""
    if roster is not None and finding.row is not None:
        label = text("{one} {number}: {question}", one=roster.one, number=finding.row, question=label).to(language)
    target = _cell_of(finding, layout)
    if target:
        page.write_url(row, 4, f"internal:{target}", style, label)
    else:
        page.write_string(row, 4, label, style)


def _cell_of(finding: Finding, layout: Layout) -> str:
    if not finding.question:
        return ""
    if not finding.roster:
        line = layout.line_of(finding.question, finding.option) or layout.line_of(finding.question)
        return "" if line is None else f"'{layout.questions_name}'!{cell_name(line.row, 2)}"
    sheet = layout.roster(finding.roster)
    columns = [] if sheet is None else [c for c in sheet.columns_of(finding.question)
                                        if not finding.option or (c.option and c.option.id == finding.option)]
    if sheet is None or not columns or finding.row is None or finding.row > sheet.rows:
        return ""
    return f"'{sheet.name}'!{cell_name(BODY + finding.row - 1, columns[0].column)}"
