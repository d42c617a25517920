"""Survey tables and indicators as workbooks: an index, one sheet for each table, its base and N above, notes below.

Counts stand in the cells exactly, shares and means as they are printed (half up): what is seen is what is copied.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from musubime.language import LANGUAGES, Language, Text, current_language, text, verbatim
from musubime.region.files import staged
from musubime.surveys.tables import Column, Exact, Row, Table, half_up

from .words import say
from .workbook import fit_height, fit_paper, letters, put

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

FACE = "Yu Gothic"
GREY, LINE, HEAD, SOFT = "555555", "8A8A93", "E8F1F8", "F4F4F6"
_INDEX_WIDTHS = (7, 46, 9, 9, 9, 44, 13, 40)
UNKNOWN = "…"
"""What statistics print where a figure does not exist; the notes below each table say why."""


def write_survey_tables(tables: Sequence[Table], path: Path, language: Language | None = None) -> Path:
    """Write the tables as one workbook (headings in `language`, the other small above them) and return its path.

    Raises OutputError with a remedy when it cannot be written; what stood there before is then whole.
    """
    book = tables_book(tables, language or current_language())
    with staged(path.parent) as new:
        book.save(new / path.name)
    return path


def tables_book(tables: Sequence[Table], language: Language) -> Workbook:
    """The workbook before it is saved."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    names = [say(text("Table {number}", number=number), language) for number in range(1, len(tables) + 1)]
    _index(book, tables, names, language)
    for name, table in zip(names, tables, strict=True):
        add_table(book, name, table, language)
    book.properties.creator = "Musubime"
    return book


def _index(book: Workbook, tables: Sequence[Table], names: Sequence[str], language: Language) -> None:
    from openpyxl.styles import Alignment, Font

    page = book.create_sheet(say(text("Contents"), language))
    put(page.cell(1, 1), say(text("Survey tables"), language)).font = Font(name=FACE, size=14, bold=True)
    put(page.cell(2, 1), say(rounding_rule(), language)).font = Font(name=FACE, size=9, color=GREY)
    heads = (text("Table"), text("Title of the table"), text("N"), text("Returned"), text("Asked"), text("Base"),
             text("As of"), text("Source"))
    put_heads(page, 4, [(say(head, language), "") for head in heads])
    for at, (name, table) in enumerate(zip(names, tables, strict=True), start=5):
        cells = (name, say(table.title, language), table.n, table.answered, table.asked, say(table.base, language),
                 table.vintage, say(table.source, language))
        for column, value in enumerate(cells, start=1):
            cell = put(page.cell(at, column), UNKNOWN if value is None else value)
            cell.font = Font(name=FACE, size=10)
            cell.alignment = Alignment(vertical="top", wrap_text=column in (2, 6, 8),
                                       horizontal="right" if column in (3, 4, 5) else None)
            if isinstance(value, int):
                cell.number_format = "#,##0"
        fit_height(page, at, [str(value) for value in cells], _INDEX_WIDTHS)
        page.cell(at, 1).hyperlink = f"#'{name}'!A1"
        page.cell(at, 1).font = Font(name=FACE, size=10, color="1D5FBF", underline="single")
    for letter, width in zip("ABCDEFGH", _INDEX_WIDTHS, strict=True):
        page.column_dimensions[letter].width = width
    page.freeze_panes = "C5"
    fit_paper(page, "4:4")


def rounding_rule() -> Text:
    return text("Counts are exact. Totals, shares and means are computed from them and rounded once, half up (away "
                "from zero); shares are not adjusted to make 100%. … stands where a figure does not exist.")


def add_table(book: Workbook, name: str, table: Table, language: Language) -> Worksheet:
    """One sheet: title, base, N, source; the table; notes and the reasons of empty cells."""
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    page: Worksheet = book.create_sheet(name)
    put(page.cell(1, 1), say(table.title, language)).font = Font(name=FACE, size=14, bold=True)
    lines = (text("Base: {base}", base=table.base), response_line(table),
             text("Source: {source}. As of: {vintage}. Definition: {definition}", source=table.source,
                  vintage=table.vintage, definition=table.definition or "–"))
    for at, line in enumerate(lines, start=2):
        put(page.cell(at, 1), say(line, language)).font = Font(name=FACE, size=9, color=GREY)
    other = next(one for one in LANGUAGES if one != language)
    first = table.row_head or text("Item")
    head_row = 7
    put_small(page, head_row - 2, [say(first, other), *(say(c.head, other) for c in table.columns)])
    put_heads(page, head_row, [(say(first, language), ""), *((say(c.head, language), say(c.unit, language))
                                                          for c in table.columns)])
    width = min(max([14, *(letters(say(row.head, language)) for row in table.rows)]) * 1.05 + 2, 58)
    page.column_dimensions["A"].width = width
    for at, row in enumerate(table.rows, start=head_row + 1):
        _row(page, at, table, row, language)
        fit_height(page, at, [say(row.head, language)], [width])
    for number, column in enumerate(table.columns, start=2):
        page.column_dimensions[get_column_letter(number)].width = _width(table, column, language)
    page.freeze_panes = f"B{head_row + 1}"
    _notes(page, head_row + len(table.rows) + 2, table, language)
    page.row_dimensions[head_row].height = 46
    fit_paper(page, f"{head_row}:{head_row}")
    return page


def response_line(table: Table) -> Text:
    """Asked, returned, N and who did not answer, always printed."""
    def shown(value: int | None) -> str:
        return UNKNOWN if value is None else f"{value:,}"

    if table.asked is None and table.answered is None and table.n is None:
        return text("N is not stated.")
    unit = next((column.unit for column in table.columns if column.kind == "count"), verbatim(""))
    if table.asked is None and table.answered is None:
        return text("N = {n} ({unit})", n=shown(table.n), unit=unit)
    if table.n is None:
        return text("Asked {asked} · returned {answered}", asked=shown(table.asked), answered=shown(table.answered))
    if table.no_answer is None:
        return text("Asked {asked} · returned {answered} · N = {n} ({unit})", asked=shown(table.asked),
                    answered=shown(table.answered), n=shown(table.n), unit=unit)
    return text("Asked {asked} · returned {answered} · N = {n} ({unit}), no answer {silent}", asked=shown(table.asked),
                answered=shown(table.answered), n=shown(table.n), unit=unit, silent=shown(table.no_answer))


def _row(page: Worksheet, at: int, table: Table, row: Row, language: Language) -> None:
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

    bold, quiet = row.role in ("total", "base"), row.role == "no_answer"
    font = Font(name=FACE, size=10, bold=bold, italic=quiet, color=GREY if quiet else None)
    head = put(page.cell(at, 1), say(row.head, language))
    cells = [head]
    for number, column in enumerate(table.columns, start=2):
        value = table.value(row.id, column.id)
        cell = put(page.cell(at, number), UNKNOWN if value is None else cell_value(value, column))
        cell.alignment = Alignment(horizontal="right", vertical="top")
        cell.number_format = number_format(column)
        cells.append(cell)
    head.alignment = Alignment(wrap_text=True, vertical="top")
    for cell in cells:
        cell.font = font
        if row.role == "total":
            cell.border = Border(top=Side(style="thin", color=LINE))
            cell.fill = PatternFill("solid", fgColor=SOFT)


def cell_value(value: Exact, column: Column) -> int | float:
    """A count as it is; a share, mean or rate rounded as it is printed (a share as a fraction, for the % format)."""
    if column.kind in ("count", "amount", "difference") and isinstance(value, int):
        return value
    shown = half_up(value * 100 if column.percent else value, column.decimals)
    return float(shown.scaleb(-2)) if column.percent else float(shown)


def number_format(column: Column) -> str:
    digits = "." + "0" * column.decimals if column.decimals else ""
    if column.kind == "share":
        return f"0{digits}%"
    if column.kind == "rate":
        return f"+0{digits}%;-0{digits}%;0{digits}%"
    plain = f"#,##0{digits}"
    return f"+{plain};-{plain};0" if column.kind == "difference" else plain


def _notes(page: Worksheet, at: int, table: Table, language: Language) -> None:
    from openpyxl.styles import Font

    lines = [say(text("Note {number}: {note}", number=number, note=note), language)
             for number, note in enumerate(table.notes, start=1)]
    reasons: dict[str, int] = {}
    for why in table.blanks.values():
        reasons[say(why, language)] = reasons.get(say(why, language), 0) + 1
    lines += [say(text("{mark} ({cells} cells): {why}", mark=UNKNOWN, cells=cells, why=why), language)
              for why, cells in reasons.items()]
    for offset, line in enumerate(lines):
        put(page.cell(at + offset, 1), line).font = Font(name=FACE, size=9, color=GREY)


def put_small(page: Worksheet, at: int, words: Sequence[str]) -> None:
    from openpyxl.styles import Alignment, Font

    for number, word in enumerate(words, start=1):
        cell = put(page.cell(at, number), word)
        cell.font = Font(name=FACE, size=8, color=GREY)
        cell.alignment = Alignment(wrap_text=True, vertical="center")
    page.row_dimensions[at].height = 34


def put_heads(page: Worksheet, at: int, heads: Sequence[tuple[str, str]]) -> None:
    """Headings, with their units small above them where there are any."""
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

    line = Side(style="thin", color=LINE)
    for number, (head, unit) in enumerate(heads, start=1):
        cell = put(page.cell(at, number), head)
        cell.font, cell.fill = Font(name=FACE, size=10, bold=True), PatternFill("solid", fgColor=HEAD)
        cell.border = Border(top=line, bottom=line)
        cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal="left" if number == 1 else "center")
        if unit:
            above = put(page.cell(at - 1, number), unit)
            above.font = Font(name=FACE, size=8, color=GREY)
            above.alignment = Alignment(horizontal="right")


def _width(table: Table, column: Column, language: Language) -> float:
    """Wide enough for the longest number, and for a heading of three lines."""
    numbers = max((len(table.printed(row.id, column.id)) for row in table.rows), default=0)
    return min(max(numbers + 3.0, letters(say(column.head, language)) / 3 + 3, 9.5), 30)
