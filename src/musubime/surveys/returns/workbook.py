"""A file that came back, opened without trusting it: grids of values, and what is odd about the file.

Values are read with calamine; formulas, macros and far-away cells are found by looking into the zip itself. Nothing in
it is ever run. A workbook may be a renamed CSV, hold a million formatted empty rows, or unpack to gigabytes.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from musubime.errors import Fault, InputError
from musubime.language import Text, text

from .model import Finding, Raw

LARGEST_FILE = 60 << 20
LARGEST_UNPACKED = 320 << 20
LARGEST_OTHER = 64 << 20
LARGE_SHEET = 2 << 20
MOST_ROWS, MOST_COLUMNS = 20_000, 2_000
MOST_SHEETS = 60
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_FORMULA = re.compile(rb'<(?:\w+:)?c\s([^>]*)>\s*<(?:\w+:)?f\b([^>]*?)(?:/>|>([^<]*)<)', re.DOTALL)
_REFERENCE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_ROW = re.compile(rb"<(?:\w+:)?row\b")
_CELL = re.compile(rb"<(?:\w+:)?c\s")
_FAR_CELL = re.compile(rb'\br="([C-X][A-Z]{2})(\d{1,7})"')
_ROW_NUMBER = re.compile(rb'\br="(\d{1,7})"')
_EMPTY_CELL = re.compile(rb"<(?:\w+:)?c\s[^>]*?/>|<(?:\w+:)?c\s[^>]*></(?:\w+:)?c>")
_VALUE = re.compile(rb"<(?:\w+:)?(?:v|is|f)\b")
_ATTRIBUTE = re.compile(r'([\w:]+)="([^"]*)"')


@dataclass(frozen=True)
class Grid:
    """One sheet. rows: cells as they stand, "" where empty. formulas: what stands in (row, column), counted from 0.

    merged: cells that lie under a merged one, with the cell that shows.
    """

    name: str
    rows: tuple[tuple[Raw, ...], ...]
    formulas: Mapping[tuple[int, int], str] = field(default_factory=dict)
    merged: Mapping[tuple[int, int], tuple[int, int]] = field(default_factory=dict)

    def at(self, row: int, column: int) -> Raw:
        if 0 <= row < len(self.rows) and 0 <= column < len(self.rows[row]):
            return self.rows[row][column]
        return ""


@dataclass(frozen=True)
class Opened:
    grids: tuple[Grid, ...]
    findings: tuple[Finding, ...] = ()


def open_file(data: bytes, name: str) -> Opened:
    """The sheets of a returned file. Raises InputError when nobody can read it."""
    if not data.strip(b"\x00 \r\n\t"):
        raise _refusal(name, text("The file is empty."), text("Send the workbook again; perhaps the e-mail lost it."))
    refuse_large(len(data), name)
    ending = name.rpartition(".")[2].lower()
    if data.startswith(_ZIP):
        return _from_zip(data, name)
    if data.startswith(_OLE):
        if _ENCRYPTED in data:
            raise _refusal(name, text("The workbook is protected by a password."),
                           text("Open it in Excel, remove the password, and send it again."))
        return Opened(_with_calamine(io.BytesIO(data), name, {}, ()), (Finding(
            "repair", text("This is a workbook in the old Excel format (.xls); it was read."),
            text("Save it as .xlsx next time."), file=name),))
    grid = Grid("", _csv(data, name))
    if ending not in ("csv", "tsv", "txt"):
        return Opened((grid,), (Finding(
            "repair", text("The file is named .{ending} but is really a CSV; it was read as one.", ending=ending),
            text("Send the Excel workbook itself, saved as .xlsx."), file=name),))
    return Opened((grid,))


def refuse_large(size: int, name: str) -> None:
    """Raises InputError for a file that no return can be."""
    if size > LARGEST_FILE:
        raise _refusal(name, text("The file has {mb:,.0f} MB: too many for a return.", mb=size / 1e6),
                       text("Take pictures and other content out, and send the workbook again."))


def _refusal(name: str, what: Text, remedy: Text) -> InputError:
    return InputError(Fault(what, remedy, file=name))


def _damaged(name: str) -> InputError:
    return _refusal(name, text("The workbook is damaged or only half there."),
                    text("Open it in Excel, save it as a new .xlsx workbook, and send it again."))


# -- text ------------------------------------------------------------------------------------------------------------


def _csv(data: bytes, name: str) -> tuple[tuple[Raw, ...], ...]:
    decoded = _decoded(data, name)
    first = decoded[:4000]
    delimiter = "\t" if first.count("\t") > first.count(",") else ","
    rows: list[tuple[Raw, ...]] = []
    try:
        for row in csv.reader(io.StringIO(decoded, newline=""), delimiter=delimiter):
            if len(rows) >= MOST_ROWS:
                raise _refusal(name, text("The table has more than {rows:,} rows.", rows=MOST_ROWS),
                               text("Send only your own municipality's return."))
            rows.append(tuple(row[:MOST_COLUMNS]))
    except csv.Error as error:
        raise _damaged(name) from error
    while rows and not any(str(cell).strip() for cell in rows[-1]):
        rows.pop()
    return tuple(rows)


def _decoded(data: bytes, name: str) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    if b"\x00" not in data:
        for encoding in ("utf-8-sig", "cp932", "euc_jp"):
            try:
                decoded = data.decode(encoding)
            except UnicodeDecodeError:
                continue
            if encoding != "cp932" or not _looks_like_euc(decoded):
                return decoded
        decoded = data.decode("cp932", errors="replace")
        if decoded.count("�") <= max(2, len(decoded) // 1000):
            return decoded
    raise _refusal(name, text("This is neither an Excel workbook nor a CSV."),
                   text("Fill the workbook that was sent to you, save it as .xlsx, and send it."))


def _looks_like_euc(decoded: str) -> bool:
    """EUC-JP taken for cp932 is mostly half-width katakana, which nobody writes a return in."""
    beyond = sum(sign > "\x7f" for sign in decoded)
    return beyond > 0 and sum("\uff61" <= sign <= "\uff9f" for sign in decoded) > beyond / 3


# -- workbooks -------------------------------------------------------------------------------------------------------

_FAILURES = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, ValueError,
             OverflowError, KeyError, UnicodeError, MemoryError)


def _from_zip(data: bytes, name: str) -> Opened:
    findings: list[Finding] = []
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            members = packed.infolist()
            other = max((m.file_size for m in members if not m.filename.startswith("xl/worksheets/")), default=0)
            total = sum(member.file_size for member in members)
            if len(members) > 5000 or total > LARGEST_UNPACKED or other > LARGEST_OTHER:
                raise _refusal(
                    name,
                    text(
                        "The workbook unpacks to more than {mb:,.0f} MB.",
                        mb=(LARGEST_OTHER if total <= LARGEST_UNPACKED else LARGEST_UNPACKED) / 1e6,
                    ),
                    text(
                        "It is damaged or was made to harm; copy your answers into the workbook that was sent to you."
                    ),
                )
            names = {member.filename for member in members}
            if any(member.flag_bits & 1 for member in members):
                raise _refusal(name, text("The workbook is protected by a password."),
                               text("Open it in Excel, remove the password, and send it again."))
            if "content.xml" in names:
                return Opened(_with_calamine(io.BytesIO(data), name, {}, ()))
            if not any(member.startswith("xl/") for member in names):
                raise _refusal(name, text("This archive is no Excel workbook."),
                               text("Take the workbook out of the archive and send it alone."))
            if any(member.lower().endswith(("vbaproject.bin", ".xlm")) or "/macrosheets/" in member.lower()
                   for member in names):
                findings.append(Finding(
                    "repair", text("The workbook contains macros; they were not run, and the answers were read."),
                    text("Save it as .xlsx without macros next time."), file=name))
            if any("externallinks/" in member.lower() for member in names):
                findings.append(Finding(
                    "repair", text("The workbook is linked to other files; only the values in it were read."),
                    text("Break the links before you send it."), file=name))
            sheets = {member: packed.read(member) for member in sorted(names)
                      if member.startswith("xl/worksheets/") and member.endswith(".xml")}
            titles = _titles(packed, names)
            stripped = {member: _without_empty_rows(content, name, titles.get(member, ""), findings)
                        for member, content in sheets.items() if len(content) > LARGE_SHEET or _reaches_far(content)}
            source = _repacked(packed, stripped) if stripped else data
            formulas = {titles[member]: _formulas(stripped.get(member, content)) for member, content in sheets.items()
                        if member in titles}
    except InputError:
        raise
    except _FAILURES as error:
        raise _damaged(name) from error
    return Opened(_with_calamine(io.BytesIO(source), name, formulas, findings), tuple(findings))


def _titles(packed: zipfile.ZipFile, names: set[str]) -> dict[str, str]:
    """Member to the sheet's name as it is shown."""
    if "xl/workbook.xml" not in names or "xl/_rels/workbook.xml.rels" not in names:
        return {}
    targets = {}
    for match in re.finditer(
        r"<(?:\w+:)?Relationship\b([^>]*)>", packed.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    ):
        found = dict(_ATTRIBUTE.findall(match[1]))
        target = found.get("Target", "").lstrip("/")
        targets[found.get("Id", "")] = target if target.startswith("xl/") else "xl/" + target
    titles = {}
    for match in re.finditer(r"<(?:\w+:)?sheet\b([^>]*)>", packed.read("xl/workbook.xml").decode("utf-8", "replace")):
        found = dict(_ATTRIBUTE.findall(match[1]))
        titles[targets.get(found.get("r:id", ""), "")] = _unescaped(found.get("name", ""))
    return titles


def _unescaped(words: str) -> str:
    for entity, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        words = words.replace(entity, sign)
    return words


def _formulas(content: bytes) -> dict[tuple[int, int], str]:
    """Formulas by cell, counted from 0."""
    if b"<f" not in content and b":f" not in content:
        return {}
    found = {}
    for match in _FORMULA.finditer(content):
        where = _REFERENCE.search(match[1])
        if where is not None:
            words = _unescaped((match[3] or b"").decode("utf-8", "replace"))
            found[int(where[2]) - 1, _column(where[1])] = "=" + words
    return found


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _reaches_far(content: bytes) -> bool:
    """Whether the last row of a sheet, or a cell of it, lies where no return has one."""
    last = max(content.rfind(b"<row "), content.rfind(b":row "))
    row = _ROW_NUMBER.search(content, last, last + 400) if last >= 0 else None
    return (row is not None and int(row[1]) > MOST_ROWS) or re.search(rb'\br="[C-X][A-Z]{2}\d', content) is not None


def _without_empty_rows(content: bytes, file: str, sheet: str, findings: list[Finding]) -> bytes:
    """The sheet's XML with only the rows that hold a value; what stands beyond any return is left out and told."""
    start, end = content.find(b"sheetData"), content.rfind(b"sheetData>")
    end = content.rfind(b"<", 0, max(end, 0))
    start = content.find(b">", start) + 1
    if start < 1 or end < start:
        return content
    kept, seen, far = [], 0, ""
    for piece in _pieces(content, _ROW, start, end):
        seen += 1
        if not _VALUE.search(piece):
            continue
        number = _ROW_NUMBER.search(piece[:400])
        if number is not None and int(number[1]) > MOST_ROWS:
            far = far or number[1].decode()
            continue
        row = _EMPTY_CELL.sub(b"", piece)
        if (wide := _FAR_CELL.search(row)) is not None:
            far = far or (wide[1] + wide[2]).decode()
        kept.append(row if wide is None else _without_far_cells(row))
    if seen > MOST_ROWS:
        findings.append(
            Finding(
                "repair",
                text(
                    "The sheet has {rows:,} rows, nearly all of them empty; the empty ones were passed over.", rows=seen
                ),
                text("Delete the empty rows below your answers before you send it."),
                file=file,
                sheet=sheet,
            )
        )
    if far:
        findings.append(Finding(
            "query", text("Something stands far outside the table ({cell}); it was not read.", cell=far),
            text("Move it to where it belongs, or delete it."), file=file, sheet=sheet, cell=far, check="far"))
    return content[:start] + b"".join(kept) + content[end:]


def _without_far_cells(row: bytes) -> bytes:
    """A row's XML without the cells beyond every column that a return has."""
    first = _CELL.search(row)
    if first is None:
        return row
    near = b"".join(cell for cell in _pieces(row, _CELL, first.start(), len(row)) if not _FAR_CELL.search(cell[:400]))
    closing = row[row.rfind(b"</"):]
    return row[: first.start()] + near + (b"" if near.endswith(closing) else closing)


def _pieces(content: bytes, opening: re.Pattern[bytes], start: int, end: int) -> Iterator[bytes]:
    """The content from each opening tag to the next; one pass, whatever is or is not closed in it."""
    before = -1
    for match in opening.finditer(content, start, end):
        if before >= 0:
            yield content[before:match.start()]
        before = match.start()
    if before >= 0:
        yield content[before:end]


def _repacked(packed: zipfile.ZipFile, replaced: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as plain:
        for member in packed.infolist():
            if member.filename.endswith((".xml", ".rels")):
                content = replaced.get(member.filename)
                if content is not None:
                    content = re.sub(rb"<dimension\b[^>]*/>", b"", content, count=1)
                plain.writestr(member.filename, packed.read(member) if content is None else content)
    return out.getvalue()


def _with_calamine(source: io.BytesIO, name: str, formulas: Mapping[str, Mapping[tuple[int, int], str]],
                   findings: Any) -> tuple[Grid, ...]:
    import python_calamine

    try:
        book = python_calamine.load_workbook(source)
        grids = []
        for meta in book.sheets_metadata[:MOST_SHEETS]:
            if meta.typ != python_calamine.SheetTypeEnum.WorkSheet:
                continue
            sheet = book.get_sheet_by_name(meta.name)
            if sheet.total_height * sheet.total_width > 5_000_000:
                raise _refusal(
                    name,
                    text(
                        "A sheet reaches to row {row:,} and column {column:,}.",
                        row=sheet.total_height,
                        column=sheet.total_width,
                    ),
                    text("Delete what stands far outside the table, and send it again."),
                )
            rows = tuple(tuple(_raw(cell) for cell in row) for row in sheet.to_python(skip_empty_area=False))
            grids.append(
                Grid(meta.name, rows, formulas.get(meta.name, {}), dict(_merged(sheet.merged_cell_ranges or [])))
            )
        return tuple(grids)
    except InputError:
        raise
    except BaseException as error:  # the library's own panics are not Exceptions
        if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
            raise
        raise _damaged(name) from error


def _merged(ranges: list[tuple[tuple[int, int], tuple[int, int]]]) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    for (top, left), (bottom, right) in ranges:
        if (bottom - top + 1) * (right - left + 1) <= 10_000:
            for row in range(top, bottom + 1):
                for column in range(left, right + 1):
                    if (row, column) != (top, left):
                        yield (row, column), (top, left)


def _raw(cell: object) -> Raw:
    if isinstance(cell, str | bool | int | float):
        return cell
    if isinstance(cell, dt.datetime):
        return _Date(cell.date().isoformat())
    if isinstance(cell, dt.date):
        return _Date(cell.isoformat())
    return str(cell)


class _Date(str):
    """A cell that Excel holds as a date, in ISO form."""

    __slots__ = ()


def is_date(raw: Raw) -> bool:
    return isinstance(raw, _Date)
