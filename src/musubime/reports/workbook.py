"""plan.xlsx: plain tables for the town hall. One row of headings, numbers as numbers, nothing merged, no formula."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from musubime.language import LANGUAGES, Language, Text
from musubime.studies.document import PlanDocument, Words

from .sheet import TEXT, Sheet
from .words import say

if TYPE_CHECKING:
    from openpyxl.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

HEAD_ROW = 4  # title, what the sheet holds, headings in the other language, headings
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # XML has no such characters
_MOST_LETTERS = 32_000  # of one cell; Excel ends at 32,767
_HIGHEST = 400.0  # points; Excel has none above 409
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_workbook(document: PlanDocument, path: Path, language: Language = "ja") -> None:
    """Write the workbook; headings stand in `language`, with the other language small above them."""
    from .sheets import sheets

    write_sheets(sheets(document), document.place.name, path, language)


def write_sheets(sheets: Iterable[Sheet], title: str, path: Path, language: Language) -> None:
    """Write tables as a workbook, one page each."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    for sheet in sheets:
        _write(book.create_sheet(say(sheet.name, language)[:31]), sheet, language)
    book.properties.creator = "Musubime"
    book.properties.title = _FORBIDDEN.sub("", title)
    book.save(path)


def _write(page: Worksheet, sheet: Sheet, language: Language) -> None:
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.utils import get_column_letter

    other = next(one for one in LANGUAGES if one != language)
    put(page.cell(1, 1), say(sheet.title, language)).font = Font(name=_FACE, size=14, bold=True)
    put(page.cell(2, 1), say(sheet.about, language)).font = Font(name=_FACE, size=9, color="555555")
    fill, line = PatternFill("solid", fgColor="E8F1F8"), Side(style="thin", color="8A8A93")
    for number, column in enumerate(sheet.columns, start=1):
        above = put(page.cell(HEAD_ROW - 1, number), say(column.head, other))
        above.font = Font(name=_FACE, size=8, color="555555")
        head = put(page.cell(HEAD_ROW, number), say(column.head, language))
        head.font, head.fill = Font(name=_FACE, size=10, bold=True), fill
        head.border = Border(top=line, bottom=line)
        for cell in (above, head):
            cell.alignment = Alignment(wrap_text=True, vertical="center")
        page.column_dimensions[get_column_letter(number)].width = column.width
    body, wrapped = Font(name=_FACE, size=10), Alignment(wrap_text=True, vertical="top")
    plain = Alignment(vertical="top")
    for position, row in enumerate(sheet.rows, start=HEAD_ROW + 1):
        for number, (column, value) in enumerate(zip(sheet.columns, row, strict=True), start=1):
            cell = put(page.cell(position, number), _shown(value, language))
            cell.font = body
            cell.alignment = wrapped if isinstance(cell.value, str) and column.width > 24 else plain
            if isinstance(cell.value, int | float):
                cell.number_format = column.format if column.format != TEXT else "General"
        long = [(str(cell.value), column.width) for column, cell in zip(sheet.columns, page[position], strict=True)
                if cell.alignment.wrap_text]
        if long:
            fit_height(page, position, [words for words, _ in long], [width for _, width in long])
    last = get_column_letter(len(sheet.columns))
    page.row_dimensions[HEAD_ROW - 1].height, page.row_dimensions[HEAD_ROW].height = 24, 32
    page.freeze_panes = f"{get_column_letter(sheet.frozen_columns + 1)}{HEAD_ROW + 1}"
    page.auto_filter.ref = f"A{HEAD_ROW}:{last}{HEAD_ROW + max(len(sheet.rows), 1)}"
    fit_paper(page, f"{HEAD_ROW - 1}:{HEAD_ROW}")


def fit_paper(page: Worksheet, repeated_rows: str) -> None:
    """A4 across, as wide as the table, headings on every sheet, page numbers and the table's name below."""
    page.print_title_rows = repeated_rows
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", 9  # A4
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True  # type: ignore[union-attr]
    page.page_margins.left = page.page_margins.right = 0.4
    if page.oddFooter is not None:
        page.oddFooter.center.text, page.oddFooter.right.text = "&P / &N", "&A"


_FACE = "Yu Gothic"


def _shown(value: Any, language: Language) -> Any:
    if isinstance(value, Text | Words):
        return say(value, language)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def put(cell: Cell | Any, value: Any) -> Any:
    """Write one value; words that a spreadsheet would run as a formula stay words, also when the cell is edited."""
    if isinstance(value, str):
        words = _FORBIDDEN.sub("", value)[:_MOST_LETTERS]
        cell.value = words
        cell.data_type = "s"
        if words.startswith(_FORMULA):
            cell.quotePrefix = True
    elif value is not None:
        cell.value = value
    return cell


def letters(words: str) -> float:
    """Width in half-width letters."""
    return sum(1 if ord(letter) < 0x2000 else 2 for letter in words)


def fit_height(page: Worksheet, at: int, words: Sequence[str], widths: Sequence[float]) -> None:
    """As high as the longest wrapped cell needs: no program does this for a file that it did not write itself."""
    lines = [sum(max(1, -(-int(letters(line)) // max(int(width - 1), 1))) for line in word.split("\n"))
             for word, width in zip(words, widths, strict=True)]
    page.row_dimensions[at].height = min(15.5 * max(lines, default=1), _HIGHEST)
