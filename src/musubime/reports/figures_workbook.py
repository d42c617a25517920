"""The checked table as a workbook: what does not follow is coloured and explained beside a list of all of it."""

from __future__ import annotations

import re
from pathlib import Path

from musubime.errors import Fault, OutputError
from musubime.language import text
from musubime.region.files import staged
from musubime.surveys.figures import Inconsistency, Verification

from .workbook import put

_WRONG, _SUSPECT = "F8B4A8", "FCE8C8"
_FACE = "Yu Gothic"


def write_marked(found: Verification, path: Path) -> Path:
    """Write the table as it was read, in its sheets, with the list of what does not follow in front.

    Raises OutputError with a remedy when the file cannot be written.
    """
    if path.suffix.lower() != ".xlsx":
        raise OutputError(
            Fault(
                text("The marked table is written as an Excel file."),
                text("Give a name that ends in .xlsx."),
                file=str(path),
            )
        )
    from openpyxl import Workbook

    book = Workbook()
    listing = book.worksheets[0]
    listing.title = str(text("Does not follow"))[:31]
    _list(listing, found)
    for name, rows in (found.sheets or {}).items():
        page = book.create_sheet(_free(name or Path(found.file).stem, book.sheetnames))
        for i, row in enumerate(rows, start=1):
            for j, cell in enumerate(row, start=1):
                if cell:
                    put(page.cell(i, j), _typed(cell))
        _mark(page, [one for one in found.inconsistent if one.sheet == name])
    book.properties.creator = "Musubime"
    folder = path.parent if str(path.parent) else Path()
    with staged(folder) as new:
        book.save(new / path.name)
    return path


def _list(page: object, found: Verification) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.worksheet.worksheet import Worksheet

    assert isinstance(page, Worksheet)
    heads = (
        text("Sheet"),
        text("Row"),
        text("Cell"),
        text("Figure"),
        text("Printed"),
        text("Follows"),
        text("Why"),
        text("Others that would explain it"),
    )
    for column, (head, width) in enumerate(zip(heads, (16, 6, 8, 36, 14, 14, 90, 40), strict=True), start=1):
        cell = put(page.cell(1, column), str(head))
        cell.font, cell.fill = Font(name=_FACE, bold=True), PatternFill("solid", fgColor="E8F1F8")
        page.column_dimensions[cell.column_letter].width = width
    for row, one in enumerate(found.inconsistent, start=2):
        values = (
            one.sheet,
            one.row,
            one.cell,
            one.key,
            one.printed,
            one.recomputed,
            " ".join(str(w) for w in one.why),
            "; ".join(one.suspects),
        )
        for column, value in enumerate(values, start=1):
            cell = put(page.cell(row, column), value)
            cell.font, cell.alignment = Font(name=_FACE, size=10), Alignment(wrap_text=True, vertical="top")
    page.freeze_panes = "A2"


def _mark(page: object, entries: list[Inconsistency]) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill
    from openpyxl.worksheet.worksheet import Worksheet

    assert isinstance(page, Worksheet)
    for one in entries:
        for words in one.suspects:
            if match := re.match(r"[A-Z]{1,3}\d{1,7}(?= )", words):
                page[match[0]].fill = PatternFill("solid", fgColor=_SUSPECT)
    for one in entries:
        cell = page.cell(one.row, one.column)
        cell.fill = PatternFill("solid", fgColor=_WRONG)
        note = "\n".join(str(words) for words in one.why)
        cell.comment = Comment(note[:2000], "Musubime", width=420, height=140)


def _free(name: str, taken: list[str]) -> str:
    """A sheet name that Excel accepts and that is not taken."""
    short = "".join("_" if letter in "[]:*?/\\" else letter for letter in name)[:28] or "1"
    number, free = 2, short
    while free in taken:
        free, number = f"{short} {number}", number + 1
    return free


def _typed(cell: str) -> str | float | int:
    """A plain number as a number; everything else, codes with leading zeros among it, as it stands."""
    if cell.isascii() and len(cell) < 16 and not (cell[:1] == "0" and cell[1:2].isdigit()):
        try:
            return int(cell)
        except ValueError:
            pass
        try:
            return float(cell) if cell.replace(".", "").replace("-", "").isdigit() else cell
        except ValueError:
            return cell
    return cell


__all__ = ["write_marked"]
