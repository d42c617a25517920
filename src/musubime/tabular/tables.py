"""Open a stranger's table, whatever its name says: CSV in any encoding, xlsx, old xls. Cells come as text.

A file is judged by its first bytes. Sizes are checked before anything is unpacked, so that neither a 2 GB CSV, nor a
zip bomb, nor one stray cell a million rows down (a reader that keeps sheets as full grids needs gigabytes for it)
exhausts memory.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from musubime import parameters
from musubime.errors import Fault, InputError
from musubime.language import Text, text
from musubime.provenance import Ledger

Row = tuple[str, ...]

PEEK_BYTES = 65_536
"""As much of a CSV as is looked into to tell what it is; title lines and wide headings fit."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_VALUED_CELL = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"[^>/]*>')


@dataclass(frozen=True)
class Sheet:
    """One sheet, or a CSV (name ""). rows[0] is the spreadsheet's row 1; encoding "" for workbooks."""

    name: str
    rows: tuple[Row, ...]
    encoding: str = ""
    unreadable: int = 0


def is_workbook(head: bytes, members: tuple[str, ...] = ()) -> bool:
    """An Excel workbook by a file's first bytes, whole or damaged, readable or not. members: names inside a zip."""
    if head.startswith(_OLE):
        return True
    if not head.startswith(_ZIP):
        return False
    if members:
        return any(name.startswith("xl/") for name in members)
    return b"[Content_Types].xml" in head[:4096]  # cut short: the list of members at its end is missing


def peek_tables(path: Path, head: bytes, members: tuple[str, ...] = ()) -> tuple[Sheet, ...]:
    """The sheets of a workbook, or the first lines of a text table; nothing when it cannot be opened."""
    try:
        size, changed = _state(path)
        if is_workbook(head, members):
            return _workbook(path, size, changed)
        if not _may_be_text(head):
            return ()
        return (_peeked(path, size, changed),)
    except (InputError, OSError):
        return ()


def read_tables(path: Path, ledger: Ledger | None = None) -> tuple[Sheet, ...]:
    """Every sheet in full, or a CSV as one sheet. Damaged characters are noted in the ledger.

    Raises InputError when the file is too large, damaged, neither a workbook nor text, or in an unknown encoding.
    """
    size, changed = _state(path)
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise _closed(path) from error
    if is_workbook(head, _members(path, head)):
        return _workbook(path, size, changed)
    if not _may_be_text(head):
        raise _refusal(
            path, text("This is neither a workbook nor a text table."),
            text("Give an Excel workbook (.xlsx, .xls) or a CSV file."),
        )
    sheet = _read_text(path, table_bytes(path))
    if ledger is not None:
        ledger.note(
            "repair", text("Characters that are damaged in the file were replaced by �."),
            count=sheet.unreadable, source=path.name,
        )
    return (sheet,)


def table_bytes(path: Path) -> bytes:
    """A file's bytes, if it is not too large for a table."""
    _check_size(path, _state(path)[0])
    try:
        return path.read_bytes()
    except OSError as error:
        raise _closed(path) from error


def _members(path: Path, head: bytes) -> tuple[str, ...]:
    if not head.startswith(_ZIP):
        return ()
    try:
        with zipfile.ZipFile(path) as archive:
            return tuple(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError):
        return ()


def _state(path: Path) -> tuple[int, int]:
    """Size and time of the last change, by which an opened file is remembered."""
    try:
        state = path.stat()
    except OSError as error:
        raise _closed(path) from error
    return state.st_size, state.st_mtime_ns


def _closed(path: Path) -> InputError:
    return _refusal(
        path, text("The file cannot be opened."), text("Close it elsewhere, or give the right to read it."),
    )


def _check_size(path: Path, size: int) -> None:
    limit_mb = _limit("tabular.table_limit_mb")
    if size > limit_mb * 1e6:
        raise _refusal(
            path,
            text("The table has {size:,.0f} MB; tables up to {limit:,.0f} MB are read.",
                 size=size / 1e6, limit=limit_mb),
            text("Keep only the rows of your municipality."),
        )


@cache
def _limit(name: str) -> float:
    return parameters.load().number(name)


def _refusal(path: Path, what: Text, remedy: Text, field: str = "") -> InputError:
    return InputError(Fault(what, remedy, file=path.name, field=field))


# -- text tables -----------------------------------------------------------------------------------------------


def _may_be_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return bool(head.strip()) and b"\x00" not in head[:1024]


@lru_cache(maxsize=4)
def _peeked(path: Path, size: int, _version: int) -> Sheet:
    with path.open("rb") as file:
        data = file.read(PEEK_BYTES)
    if size > len(data):
        data = data[: max(data.rfind(b"\n"), 0)]
    return _read_text(path, data)


def _read_text(path: Path, data: bytes) -> Sheet:
    decoded, encoding, unreadable = decode(data, path)
    try:
        rows = tuple(_csv_rows(decoded, path))
    except csv.Error as error:
        raise _refusal(
            path, text("A quotation mark that opens a cell is never closed."),
            text("Open the file in a text editor and close or remove it."),
        ) from error
    return Sheet("", rows, encoding, unreadable)


def decode(data: bytes, path: Path) -> tuple[str, str, int]:
    """Text, encoding and number of characters that could not be read.

    UTF-16 with its mark, UTF-8 with or without, cp932 (what Windows calls Shift_JIS), else EUC-JP. A file that is
    in none of them throughout is taken as the one that leaves the fewest damaged characters, if these are few.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace"), "utf-16", 0
    for encoding in ("utf-8-sig", "cp932", "euc_jp"):
        try:
            return data.decode(encoding), encoding, 0
        except UnicodeDecodeError:
            continue
    tries = [(data.decode(encoding, errors="replace"), encoding) for encoding in ("utf-8-sig", "cp932")]
    decoded, encoding = min(tries, key=lambda pair: pair[0].count("�"))
    damaged = decoded.count("�")
    if damaged > max(3, len(decoded) // 100):
        raise _refusal(
            path, text("The text is in no encoding known here (UTF-8, Shift_JIS, EUC-JP, UTF-16), or damaged."),
            text("Open it in Excel, save it as .xlsx or as CSV (UTF-8), and use that file."),
        )
    return decoded, encoding, damaged


def _csv_rows(decoded: str, path: Path) -> Iterator[Row]:
    left = _limit("tabular.cells_limit")
    for row in csv.reader(io.StringIO(decoded, newline=""), delimiter=delimiter_of(decoded)):
        left -= len(row)
        if left < 0:
            raise _refusal(
                path, text("The table has more than {limit:,.0f} cells.", limit=_limit("tabular.cells_limit")),
                text("Keep only the rows of your municipality."),
            )
        yield tuple(row)


def delimiter_of(decoded: str) -> str:
    """Comma, tab or semicolon: whichever cuts most of the first lines into one number of cells, and the widest.

    A .csv may hold tabs; a comma-separated list may hold semicolons inside its cells, but not equally many in each.
    """
    scores = {}
    for delimiter in ",\t;":
        reader = csv.reader(io.StringIO(decoded[:PEEK_BYTES], newline=""), delimiter=delimiter)
        try:
            widths = Counter(len(row) for row, _ in zip(reader, range(60), strict=False) if len(row) > 1)
        except csv.Error:
            widths = Counter()
        width, count = widths.most_common(1)[0] if widths else (0, 0)
        scores[delimiter] = (count, width)
    return max(scores, key=lambda delimiter: scores[delimiter])


# -- workbooks -------------------------------------------------------------------------------------------------


@lru_cache(maxsize=2)
def _workbook(path: Path, size: int, _version: int) -> tuple[Sheet, ...]:
    """Cached, since several readers look into one workbook before one of them reads it."""
    _check_size(path, size)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _closed(path) from error
    if data.startswith(_ZIP):
        return _xlsx(path, _measured_copy(path, data))
    if _ENCRYPTED in data[:PEEK_BYTES]:
        raise _refusal(
            path, text("The workbook is protected by a password."),
            text("Open it in Excel, remove the password, and save it again."),
        )
    return _xls(path, data)


def _measured_copy(path: Path, data: bytes) -> io.BytesIO:
    """The same workbook without compression, every member measured: what a header declares need not be true."""
    copy = io.BytesIO()
    left = _limit("tabular.unpacked_limit_mb") * 1e6
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed, zipfile.ZipFile(copy, "w") as plain:
            for member in packed.infolist():
                left -= member.file_size
                if left < 0:
                    raise _refusal(
                        path,
                        text("The workbook unpacks to more than {limit:,.0f} MB.",
                             limit=_limit("tabular.unpacked_limit_mb")),
                        text("It is damaged or not meant to be read; fetch it again from its publisher."),
                    )
                content = packed.read(member)  # never more than declared; a false declaration fails the checksum
                if member.filename.startswith("xl/worksheets/"):
                    _check_extent(path, content)
                plain.writestr(member.filename, content)
    except InputError:
        raise
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, ValueError,
            OverflowError) as error:
        raise _damaged(path) from error
    copy.seek(0)
    return copy


def _damaged(path: Path) -> InputError:
    return _refusal(
        path, text("The workbook is damaged or only half there."),
        text("Fetch it again from its publisher, or open it in Excel and save it again."),
    )


def _check_extent(path: Path, content: bytes) -> None:
    row = column = 1
    for match in _VALUED_CELL.finditer(content):
        row, column = max(row, int(match[2])), max(column, _column_number(match[1]))
    if row * column > _limit("tabular.cells_limit"):
        raise _refusal(
            path,
            text("A sheet reaches to row {row:,} and column {column:,}: too many cells, nearly all of them empty.",
                 row=row, column=column),
            text("Delete what stands far outside the table, and save the workbook again."),
        )


@cache
def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _xlsx(path: Path, copy: io.BytesIO) -> tuple[Sheet, ...]:
    import python_calamine

    try:
        book = python_calamine.load_workbook(copy)
        sheets = []
        for meta in book.sheets_metadata:
            if meta.typ == python_calamine.SheetTypeEnum.WorkSheet:
                grid = book.get_sheet_by_name(meta.name).to_python(skip_empty_area=False)
                sheets.append(Sheet(meta.name, tuple(tuple(_as_text(cell) for cell in row) for row in grid)))
        return tuple(sheets)
    except BaseException as error:  # the library's own panics are not Exceptions
        if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
            raise
        raise _damaged(path) from error


def _xls(path: Path, data: bytes) -> tuple[Sheet, ...]:
    """Excel 5 to 2003. xlrd, since calamine loses the second byte of Japanese text in Excel 5/95 files."""
    import xlrd  # type: ignore[import-untyped]

    try:
        book = xlrd.open_workbook(file_contents=data, logfile=io.StringIO(), ragged_rows=True)
        return tuple(
            Sheet(sheet.name, tuple(
                tuple(_xls_text(cell, book.datemode) for cell in sheet.row(number)) for number in range(sheet.nrows)
            ))
            for sheet in book.sheets()
        )
    except MemoryError:
        raise
    except Exception as error:  # a damaged file makes it raise nearly anything
        raise _damaged(path) from error


def _xls_text(cell: Any, datemode: int) -> str:
    import xlrd

    if cell.ctype == xlrd.XL_CELL_DATE:
        try:
            return _as_text(xlrd.xldate_as_datetime(cell.value, datemode))
        except (ValueError, OverflowError):
            return _as_text(cell.value)
    return "" if cell.ctype in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK, xlrd.XL_CELL_ERROR) else _as_text(cell.value)


def _as_text(cell: object) -> str:
    """A cell as it would stand in a CSV: 352080.0 is 352080, dates and times in ISO form."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, dt.date | dt.time) else str(cell)
