"""Read a plain long table of figures: one row for each series, key and period. See docs/methods/tables.md."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.provenance import Ledger, file_source
from musubime.tabular import Sheet, number, read_tables, squeezed

from ..tables.rounding import Exact
from .model import Break, Point, Series
from .periods import Period, period

HEADINGS = {
    "series": ("series", "系列", "指標", "統計"),
    "key": ("key", "項目", "区分", "内訳"),
    "period": ("period", "期間", "時点", "年月", "年次", "年度", "年"),
    "value": ("value", "値", "数値", "実数"),
    "unit": ("unit", "単位"),
    "source": ("source", "出典", "資料"),
    "vintage": ("vintage", "公表", "公表時点", "公表日", "版"),
    "base": ("base", "母数", "対象", "集計対象"),
    "definition": ("definition", "定義", "定義の版"),
    "area": ("area", "地域", "団体コード", "地域コード"),
}
_NEEDED = ("series", "key", "period", "value")
_FORMAT = "musubime-long-table"
_SIGNS = str.maketrans({"△": "-", "▲": "-", "−": "-", "‐": "-", "–": "-", "，": "", ",": ""})
_MOST_DECIMALS = 6  # more are the remains of binary arithmetic in a workbook
_PLAIN = re.compile(r"[+-]?(?:\d+\.?(\d*)|\.(\d+))(?:e[+-]?\d{1,2})?", re.IGNORECASE)


@dataclass
class _Rows:
    """What the rows of one series and key said, before they are put in order."""

    units: dict[str, int] = field(default_factory=dict)  # unit -> row in which it first stood
    points: dict[str, tuple[Period, Point, int]] = field(default_factory=dict)


NATION = "JP"


def read_series(path: Path, ledger: Ledger | None = None, *, area: str = NATION) -> tuple[Series, ...]:
    """Every series of a long table (CSV in any encoding, xlsx, xls), in the order in which they first occur.

    Columns series, key, period, value, and unit, source, vintage, base, definition, area where there are such;
    Japanese headings do as well. area: "JP", a prefecture's two digits or a municipality's code; where the table has
    that column, only rows of this area are taken (an empty cell means JP), else all of it is taken to be of this area,
    which is noted unless it is the nation. Raises InputError with every fault: no such headings, a value that is no
    number, a period given twice with different values, two units in one series.
    """
    ledger = ledger if ledger is not None else Ledger()
    sheets = read_tables(path, ledger)
    faults: list[Fault] = []
    gathered: dict[tuple[str, str], _Rows] = {}
    rows = 0
    found = False
    for sheet in sheets:
        heading = _heading(sheet)
        if heading is not None:
            found = True
            faults += _twice(sheet.rows[heading[0]], heading, path.name)
            rows += _gather(sheet, *heading, path.name, _area(area), gathered, faults, ledger)
            if "area" not in heading[1] and area != NATION:
                ledger.note("assumption", text("The table names no area: all its figures are taken as those of {area}.",
                                               area=area), source=path.name)
    if not found:
        faults.append(Fault(
            text("No table of figures is in this file: no row holds the headings {headings}.",
                 headings=", ".join(_NEEDED)),
            text("Give one row for each figure, under the headings series, key, period, value and unit."),
            file=path.name,
        ))
    elif not gathered and not faults:
        faults.append(Fault(
            text("The table has headings and no figures of {area}.", area=area),
            text("Give one row for each figure; the column area, where there is one, says of which place."),
            file=path.name,
        ))
    if faults:
        raise InputError(faults)
    ledger.add_source(file_source(path, format=_FORMAT, rows=rows))
    return tuple(_series(*names, rows_of) for names, rows_of in gathered.items())


def _area(given: str) -> str:
    """One spelling for all ways to name an area: JP, two digits, or five (a check digit is left out)."""
    words = squeezed(given).upper()
    if words in ("", NATION, "全国", "日本"):
        return NATION
    return words[:5] if words.isdigit() and len(words) == 6 else words


def select(series: Iterable[Series], id: str, key: str) -> Series | None:
    """The series of an id and key; None where the table has none."""
    return next((one for one in series if one.id == id and one.key == key), None)


def _heading(sheet: Sheet) -> tuple[int, dict[str, int]] | None:
    for at, row in enumerate(sheet.rows[:30]):
        cells = [squeezed(cell).lower() for cell in row]
        columns = {
            name: next(i for i, cell in enumerate(cells) if cell in spellings)
            for name, spellings in HEADINGS.items() if any(cell in spellings for cell in cells)
        }
        if all(name in columns for name in _NEEDED):
            return at, columns
    return None


def _twice(row: tuple[str, ...], heading: tuple[int, dict[str, int]], file: str) -> list[Fault]:
    """Which of two columns of one heading counts is not ours to say."""
    cells = [squeezed(cell).lower() for cell in row]
    return [
        Fault(text("Two columns have this heading."), text("Keep one of them, or rename the other."), file=file,
              row=heading[0] + 1, field=squeezed(row[at]))
        for at in heading[1].values() if cells.count(cells[at]) > 1
    ]


def _gather(
    sheet: Sheet, at: int, columns: dict[str, int], file: str, area: str, gathered: dict[tuple[str, str], _Rows],
    faults: list[Fault], ledger: Ledger,
) -> int:
    place = f"{file} [{sheet.name}]" if sheet.name else file
    rows, timeless, unknown = 0, [], []
    for row_number, row in enumerate(sheet.rows[at + 1:], start=at + 2):
        if not any(cell.strip() for cell in row):
            continue
        cells = {name: row[i].strip() if i < len(row) else "" for name, i in columns.items()}
        if "area" in cells and _area(cells["area"]) != area:
            continue
        rows += 1
        empty = [name for name in ("series", "key") if not cells[name]]
        if empty or (not cells["period"] and cells["value"]):
            faults.append(Fault(
                text("A figure does not say of which series, key and period it is."),
                text("Fill the three columns in every row."), file=place, row=row_number,
                field=(empty or ["period"])[0], value=cells["value"],
            ))
            continue
        if not cells["period"]:
            timeless.append(f"{row_number}: {cells['series']}/{cells['key']}")
            continue
        value = _value(cells["value"], place, row_number, faults)
        if cells["value"] and value is None:
            unknown.append(f"{row_number}: {cells['value']}")
        _put(gathered.setdefault((cells["series"], cells["key"]), _Rows()), cells, value, place, row_number, faults)
    ledger.note("dropped", text("Rows without a period and a value say nothing and were left out."),
                count=len(timeless), source=file, examples=timeless)
    ledger.note("missing", text("Values that are hidden or marked as unknown were taken as not known."),
                count=len(unknown), source=file, examples=unknown)
    return rows


def _value(cell: str, file: str, row: int, faults: list[Fault]) -> tuple[Exact, int] | None:
    """The number exactly as written and its printed decimals; None where it is not known."""
    state = number(cell).state
    words = squeezed(cell).translate(_SIGNS)
    match = _PLAIN.fullmatch(words) if state == "number" else None
    if match:
        exact = Fraction(words)
        decimals = min(len(match[1] or match[2] or ""), _MOST_DECIMALS)
        return (exact.numerator if exact.denominator == 1 else exact), decimals
    if state not in ("empty", "unknown", "hidden"):
        faults.append(Fault(
            text("This is not a number."),
            text("Write the number alone, its unit in the column unit; leave the cell empty where it is not known, "
                 "and write 0 where there is none."),
            file=file, row=row, field="value", value=cell,
        ))
    return None


def _put(
    rows: _Rows, cells: dict[str, str], value: tuple[Exact, int] | None, file: str, row: int, faults: list[Fault],
) -> None:
    p = period(cells["period"])
    unit = cells.get("unit", "")
    if rows.units and unit not in rows.units:
        first, at = next(iter(rows.units.items()))
        faults.append(Fault(
            text("One series has two units: {one} in row {row} and {other} here.", one=first or "–", row=at,
                 other=unit or "–"),
            text("Give the same unit in every row, or another key for the other unit."), file=file, row=row,
            field="unit", value=unit,
        ))
        return
    rows.units.setdefault(unit, row)
    point = Point(
        p.label, None if value is None else value[0], cells.get("source", "") or file, cells.get("vintage", ""),
        cells.get("base", ""), cells.get("definition", ""), 0 if value is None else value[1],
    )
    known = rows.points.setdefault(p.label, (p, point, row))
    if known[2] != row and known[1] != point:
        faults.append(Fault(
            text("{series}/{key} is given twice for {period}: also in row {row}, and they differ.",
                 series=cells["series"], key=cells["key"], period=p.label, row=known[2]),
            text("Keep the right one. A revised figure of the same period needs a key of its own."), file=file,
            row=row, field="value", value=cells["value"],
        ))


def _series(id: str, key: str, rows: _Rows) -> Series:
    entries = [(p, point) for p, point, _ in rows.points.values()]
    entries.sort(key=lambda e: (e[0].order is None, e[0].order or (), e[0].label if e[0].order else ""))
    return joined(id, key, next(iter(rows.units)), entries)


def joined(id: str, key: str, unit: str, entries: list[tuple[Period, Point]]) -> Series:
    """A series with its breaks found: between neighbours whose definition or kind of period differs."""
    breaks, notes = [], []
    for (p, before), (q, after) in pairwise(entries):
        if before.definition != after.definition:
            breaks.append(Break(before.period, after.period, text(
                "What is counted changed from {before} to {after}.", before=before.definition or "–",
                after=after.definition or "–")))
        elif p.kind != q.kind and "other" not in (p.kind, q.kind):
            breaks.append(Break(before.period, after.period, text(
                "{before} and {after} are periods of different kinds.", before=before.period, after=after.period)))
        if before.base != after.base:
            notes.append(text("The base differs: {before} in {then}, {after} in {now}.", before=before.base or "–",
                              then=before.period, after=after.base or "–", now=after.period))
    if len(entries) > 1 and not any(point.definition for _, point in entries):
        notes.append(text("No definition is stated; that it stayed the same is assumed."))
    return Series(id, key, unit, tuple(point for _, point in entries), tuple(breaks), tuple(notes))
