"""Find the heading of a table and the columns it names, wherever they stand, and read its municipality codes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.provenance import Ledger
from musubime.region.codes import PREFECTURES, check_digit, six_digits
from musubime.tabular import Row, Sheet, plain, squeezed

Fields = Mapping[str, Sequence[str]]
"""What a reader looks for: its own word for a column, and the headings under which publishers print it, best first."""

HEADING_WITHIN = 40
"""Rows from the top among which a heading is looked for: e-Stat prints ten title lines, workbooks up to fifty."""


@dataclass(frozen=True)
class Table:
    """A heading and the rows under it. columns: for each field all columns that may hold it, best first."""

    rows: tuple[Row, ...]
    heading: int
    columns: Mapping[str, tuple[int, ...]]

    def __contains__(self, field: str) -> bool:
        return field in self.columns

    def body(self) -> Iterator[tuple[int, Row]]:
        """Spreadsheet row number and cells of every row that is neither empty nor the heading again."""
        printed = self.rows[self.heading]
        for index in range(self.heading + 1, len(self.rows)):
            row = self.rows[index]
            if any(cell.strip("\u3000 \t\r\n") for cell in row) and row != printed:
                yield index + 1, row

    def get(self, row: Row, field: str) -> str:
        """The first filled cell among the field's columns, as printed without blanks at its ends."""
        for column in self.columns.get(field, ()):
            if column < len(row):
                words = row[column].strip()
                if words:
                    return words
        return ""

    def printed(self, field: str) -> str:
        """The heading under which the field stands in the file."""
        columns = self.columns.get(field)
        return squeezed(self.rows[self.heading][columns[0]]) if columns else ""

    def title(self) -> str:
        """What stands above the heading."""
        return " ".join(cell for row in self.rows[: self.heading] for cell in row if cell.strip())


def find_table(sheet: Sheet, fields: Fields, enough: Callable[[Mapping[str, tuple[int, ...]]], bool]) -> Table | None:
    """The first row whose cells name the columns that `enough` asks for, as the heading of a table."""
    for index, row in enumerate(sheet.rows[:HEADING_WITHIN]):
        printed: dict[str, list[int]] = {}
        for column, cell in enumerate(row):
            if cell:
                printed.setdefault(squeezed(cell), []).append(column)
        columns = {}
        for field, headings in fields.items():
            found = tuple(column for heading in headings for column in printed.get(heading, ()))
            if found:
                columns[field] = found
        if enough(columns):
            return Table(sheet.rows, index, columns)
    return None


def read_codes(
    cells: Sequence[str], numbers: Sequence[int], *, source: str, field: str, ledger: Ledger,
    prefectures: Sequence[str] = (),
) -> tuple[list[str], list[Fault]]:
    """Six-digit codes of a column, "" where a cell is empty, and a fault for each that is no code.

    A lost leading zero is put back where the row's prefecture (by name) says so, or where only then the check digit
    is right and the code can exist; a wrong check digit is put right where other rows have the same five digits
    rightly (a spreadsheet counted 352110, 352111, 352112 ... downwards). Both are noted.
    """
    codes: list[str] = []
    unsure: list[int] = []
    zeros: list[str] = []
    for position, cell in enumerate(cells):
        digits = plain(cell).removesuffix(".0")
        prefecture = squeezed(prefectures[position]) if position < len(prefectures) else ""
        padded = _with_zero(digits, prefecture)
        if padded:
            zeros.append(f"{digits} → {padded}")
            codes.append(padded)
            continue
        try:
            codes.append(six_digits(digits) if digits else "")
        except InputError:
            unsure.append(position)
            codes.append("")
    right = {code[:5]: code for code in codes if code}
    counted: list[str] = []
    faults: list[Fault] = []
    for position in unsure:
        digits = plain(cells[position]).removesuffix(".0")
        if len(digits) == 6 and digits[:5] in right:
            codes[position] = right[digits[:5]]
            counted.append(f"{digits} → {codes[position]}")
        else:
            try:
                six_digits(digits, file=source, row=numbers[position], field=field)
            except InputError as error:
                faults.extend(error.faults)
    ledger.note("repair", text("Leading zeros that a spreadsheet took from municipality codes were put back."),
                count=len(zeros), source=source, examples=zeros)
    ledger.note("repair", text("Check digits of municipality codes were put right after the other rows."),
                count=len(counted), source=source, examples=counted)
    return codes, faults


def _with_zero(digits: str, prefecture: str) -> str:
    """The six-digit code when the digits have lost a leading zero, else ""."""
    if not (digits.isascii() and digits.isdecimal() and 4 <= len(digits) <= 5):
        return ""
    padded = "0" + digits
    if not 1 <= int(padded[:2]) <= len(PREFECTURES):
        return ""
    if prefecture in PREFECTURES:
        if PREFECTURES[int(padded[:2]) - 1] != prefecture:
            return ""
    elif len(digits) == 4 or digits[2] != "0":
        return ""
    right = padded[:5] + check_digit(padded[:5])
    return right if len(padded) == 5 or padded == right else ""


def filled(values: Sequence[str], *, source: str, what: str, ledger: Ledger) -> list[str]:
    """Cells that a publisher filled once for many rows: all rows where one value stands, else down to the next."""
    known = Counter(value for value in values if value)
    if not known or all(values):
        return list(values)
    result, above = [], next(iter(known)) if len(known) == 1 else ""
    for value in values:
        above = value or above
        result.append(above)
    ledger.note(
        "assumption", text("Empty cells of the column {column} were taken to mean the same as in the rows above.",
                           column=what),
        count=sum(1 for old, new in zip(values, result, strict=True) if new and not old), source=source,
        examples=list(known),
    )
    return result
