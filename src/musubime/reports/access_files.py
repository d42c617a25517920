"""access.csv, a table that Excel opens as it is, and access.json with the summary."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from musubime.language import Language, Text, current_language, text
from musubime.region.files import staged
from musubime.studies.access_document import AccessMode, AccessRow, AccessStudy

from .plan_json import as_json
from .words import say, weekdays

FILES = ("access.csv", "access.json")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def publish_access(study: AccessStudy, out: Path) -> list[Path]:
    """Write access.csv (headings in the reader's language) and access.json; both appear together, or neither.

    Raises OutputError with a remedy when the folder cannot be written to.
    """
    with staged(out) as new:
        # The mark at the beginning tells Excel that the file is UTF-8.
        with (new / FILES[0]).open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows(_table(study, current_language()))
        (new / FILES[1]).write_text(as_json(study.summary), "utf-8", newline="\n")
    return [out / name for name in FILES]


def _table(study: AccessStudy, language: Language) -> Iterator[list[str]]:
    mode = study.summary.mode
    yield [say(head, language) for head in _heads(mode)]
    for row in study.rows:
        cells = [row.settlement, row.settlement_name, row.district, _number(row.people),
                 row.service, say(row.service_name, language), _number(row.users), *_cells(row, mode, language)]
        yield [plain(cell) for cell in cells]


def _heads(mode: AccessMode) -> list[Text]:
    common = [text("Code"), text("Settlement"), text("District"), text("People"), text("Service code"),
              text("Service"), text("Users")]
    if mode == "transit":
        return [*common, text("Days with a usable bus"), text("Share of dates"), text("Example: building"),
                text("Example: name"), text("Out: departs"), text("Out: arrives"), text("Back: departs"),
                text("Back: arrives")]
    return [*common, text("Nearest: code"), text("Nearest: name"), text("Nearest (min)"), text("Second: code"),
            text("Second: name"), text("Second (min)"), text("Offers within the limit"), text("Limit (min)"),
            text("Reach")]


def _cells(row: AccessRow, mode: AccessMode, language: Language) -> list[str]:
    if mode == "transit":
        return [say(weekdays(row.weekdays), language), _number(row.share_of_dates, 3), row.nearest, row.nearest_name,
                _clock(row.out_depart_min), _clock(row.out_arrive_min), _clock(row.back_depart_min),
                _clock(row.back_arrive_min)]
    if row.nearest_min is None:
        reach = text("no way")
    else:
        reach = text("within the limit") if row.within else text("beyond the limit")
    return [row.nearest, row.nearest_name, _number(row.nearest_min), row.second, row.second_name,
            _number(row.second_min), _number(row.within, 0), _number(row.limit_min), say(reach, language)]


def _number(value: float | None, places: int = 1) -> str:
    return "" if value is None else f"{value:.{places}f}"


def _clock(minutes: float | None) -> str:
    """Minutes after midnight of the service day; buses after midnight stand as 24:10, as in timetables."""
    return "" if minutes is None else f"{int(minutes // 60):02d}:{int(minutes % 60):02d}"


def plain(cell: Any) -> str:
    """Words that a spreadsheet would run as a formula are told by an apostrophe before them."""
    words = str(cell).replace("\x00", "")
    return f"'{words}" if words.startswith(_FORMULA) else words
