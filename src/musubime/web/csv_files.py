"""CSV that Excel opens rightly (UTF-8 with its mark) and in which no stranger's words become a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence

from django.http import HttpResponse

from musubime.tabular import harmless


def safe_cell(value: object) -> object:
    """Words that a spreadsheet would take for a formula get an apostrophe before them; numbers stay numbers.

    >>> safe_cell("=1+1"), safe_cell(-3), safe_cell(None)
    ("'=1+1", -3, '')
    """
    if value is None:
        return ""
    return harmless(value) if isinstance(value, str) else value


def csv_response(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """A file to keep, named `name` (ASCII, without .csv)."""
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    writer = csv.writer(response)
    writer.writerow(header)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return response
