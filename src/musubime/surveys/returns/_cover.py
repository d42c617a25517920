"""The first sheet: whose return this is, until when, how to fill it, and what is still open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from musubime.language import text

from . import words
from ._styles import Styles
from .layout import CHECK, TOTALS, Layout, column_letters
from .sent import Sent

_HOW = (
    text("Fill the pale yellow cells on all sheets. Everything else is protected; rows and columns need no change."),
    text("Write numbers as figures only: 20, not \"20 people\" or \"about 20\". Leave empty what is not known; "
         "0 means none."),
    text("Answers in blue italics are your last ones. Correct what has changed; those you leave count as answers."),
    text("Mark what applies with {tick}, and choose from the list where a cell offers one.", tick=words.TICK),
    text("Save it as an Excel workbook (.xlsx) without renaming sheets, and send it by e-mail."),
)


def write_cover(
    page: Any, sent: Sent, layout: Layout, styles: Styles, unanswered: int, rows: Mapping[str, int]
) -> None:
    """unanswered: questions still open. rows: rows filled in, by roster; both for viewers that do not compute."""
    language, about = sent.language, sent.questionnaire
    page.hide_gridlines(2)
    page.set_paper(9)
    page.set_margins(0.6, 0.6, 0.7, 0.7)
    page.center_horizontally()
    page.fit_to_pages(1, 1)
    page.set_column(0, 0, 2)
    page.set_column(1, 1, 30)
    page.set_column(2, 2, 44)
    page.set_column(3, 3, 22)
    page.set_default_row(20)
    page.set_row(0, 12)
    page.set_row(3, 11)
    page.merge_range(1, 1, 1, 3, about.title.to(language), styles.title)
    page.set_row(1, 32)
    page.merge_range(2, 1, 2, 3, text("{publisher}: fiscal year {year}", publisher=about.publisher,
                                      year=sent.fiscal_year).to(language), styles.subtitle)
    page.merge_range(3, 1, 3, 3, sent.identity, styles.identity)
    about_text = about.about.to(language)
    page.merge_range(4, 1, 4, 3, about_text, styles.body)
    page.set_row(4, 16 * (1 + len(about_text.encode("cp932", "replace")) // 84) + 10)
    row = 6
    month, day = (int(part) for part in about.reference.split("-"))
    year = sent.fiscal_year + (1 if month < 4 else 0)
    for label, value in (
        (words.NAME, sent.name), (words.CODE, sent.six), (words.FISCAL_YEAR, str(sent.fiscal_year)),
        (text("Answer for the state on"), f"{year}-{month:02}-{day:02}"), (text("Please answer by"), sent.deadline),
        (text("Send it to"), sent.send_to),
    ):
        if value:
            page.write_string(row, 1, label.to(language), styles.head)
            page.merge_range(row, 2, row, 3, "", styles.label)
            page.write_string(row, 2, value, styles.label)
            row += 1
    row += 1
    for label in words.CONTACT.values():
        page.write_string(row, 1, label.to(language), styles.head)
        page.merge_range(row, 2, row, 3, "", styles.input("text"))
        row += 1
    row += 1
    page.merge_range(row, 1, row, 3, text("How to fill it").to(language), styles.band)
    row += 1
    for number, line in enumerate(_HOW, 1):
        page.write_string(row, 1, "", styles.body)
        page.merge_range(row, 1, row, 3, f"{number}. {line.to(language)}", styles.body)
        page.set_row(row, 32 if language == "en" else 30)
        row += 1
    page.write_string(row, 1, text("To fill in").to(language), styles.input_legend)
    page.write_string(row, 2, text("Your last answer").to(language), styles.last_legend)
    page.write_string(row, 3, text("Computed").to(language), styles.locked_legend)
    row += 2
    page.merge_range(row, 1, row, 3, text("What is still open").to(language), styles.band)
    row += 1
    if layout.lines:
        letters = column_letters(CHECK)
        page.write_string(row, 1, layout.questions_name, styles.label)
        page.write_string(row, 2, text("Questions that need a look").to(language), styles.label)
        page.write_formula(row, 3, f"=SUMPRODUCT(--('{layout.questions_name}'!{letters}5:"
                                   f"{letters}{layout.lines[-1].row + 1}<>\"\"))", styles.total, unanswered)
        row += 1
    for sheet in layout.rosters:
        key = column_letters(sheet.columns_of(sheet.roster.key)[0].column)
        check = column_letters(sheet.check_column)
        for label, formula, now in (
            (text("Rows filled in"), f"='{sheet.name}'!{key}{TOTALS + 1}", rows.get(sheet.roster.id, 0)),
            (text("Rows with something missing"), f"='{sheet.name}'!{check}{TOTALS + 1}", 0),
        ):
            page.write_string(row, 1, sheet.name, styles.label)
            page.write_string(row, 2, label.to(language), styles.label)
            page.write_formula(row, 3, formula, styles.total, now)
            row += 1
    page.set_footer("&C&8&P / &N&R&8" + sent.identity)
    page.print_area(0, 0, row, 3)
    page.protect("", {"format_rows": True, "format_columns": True})
