"""Formulas whose results the workbook does not hold: written by a program and never opened in Excel."""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path

from musubime.language import text
from musubime.provenance import Ledger

_CELL = re.compile(
    rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]{1,3}[0-9]{1,7})"[^>]*>((?:(?!</(?:\w+:)?c>).)*)</(?:\w+:)?c>', re.S
)
_RESULT = re.compile(rb"<(?:\w+:)?v>[^<]+</(?:\w+:)?v>")
_LARGEST = 64_000_000


def formulas_without_results(path: Path, ledger: Ledger) -> None:
    """Note the cells of an xlsx that hold a formula but no result; they count as empty."""
    found: list[str] = []
    try:
        if not zipfile.is_zipfile(path):
            return
        with zipfile.ZipFile(path) as book:
            for member in book.infolist():
                if not member.filename.startswith("xl/worksheets/sheet") or member.file_size > _LARGEST:
                    continue
                content = book.read(member)
                if b"<f" not in content and b":f>" not in content:
                    continue
                for match in _CELL.finditer(content):
                    if b"<f" in match[2] and not _RESULT.search(match[2]):
                        found.append(match[1].decode())
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError):
        return
    ledger.note(
        "missing",
        text(
            "Formulas without a stored result were not checked: open the workbook in Excel and save it, so "
            "that the results are stored."
        ),
        count=len(found),
        source=path.name,
        examples=found,
    )
