"""A long table: one figure a row (series, key, period, value, unit), with claims about it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property

from musubime.tabular import Sheet, squeezed

from .claims import Figure, UnknownFigureError, spelled
from .printed import Printed, read_printed

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "series": ("series", "系列", "系列名", "統計", "統計名", "指標群", "区分"),
    "key": ("key", "キー", "項目", "項目名", "指標", "指標名", "名称", "item", "indicator"),
    "period": ("period", "期間", "時点", "年", "年度", "年月", "時期", "調査年", "year"),
    "value": ("value", "値", "数値", "印字値", "掲載値", "figure"),
    "unit": ("unit", "単位"),
    "claim": ("claim", "claims", "主張", "検算", "検算式", "式", "関係式", "照合式", "照合"),
}
HEAD_ROWS = 20
"""Rows in which the headings of a long table are looked for; titles and notes may stand above them."""


@dataclass(frozen=True)
class LongRow:
    """One row. row: as the spreadsheet counts. place: what extra columns say first (a slide, a page)."""

    row: int
    series: str
    key: str
    period: str
    printed: Printed
    unit: str
    claims: str
    place: str = ""

    @property
    def name(self) -> str:
        return "/".join(part for part in (self.series, self.key, self.period) if part)

    @property
    def percent(self) -> bool:
        return self.printed.share == "%" or self.unit.strip().startswith(("%", "％", "パーセント", "percent"))

    @property
    def figure(self) -> Figure:
        return Figure(self.row, self.printed, self.percent)


@dataclass
class LongTable:
    """columns: where each named column stands, counted from 0."""

    sheet: str
    columns: Mapping[str, int]
    heading: int
    rows: list[LongRow] = field(default_factory=list)

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], list[LongRow]]:
        found: dict[tuple[str, str], list[LongRow]] = {}
        for row in self.rows:
            found.setdefault((spelled(row.series), spelled(row.key)), []).append(row)
        return found

    def find(self, series: str, key: str, period: str) -> list[LongRow]:
        rows = self._by_name.get((spelled(series), spelled(key)), [])
        wanted = spelled(period)
        if "*" in wanted:
            pattern = re.sub(r"([\[\]?])", r"[\1]", wanted)
            return [row for row in rows if fnmatchcase(spelled(row.period), pattern)]
        return [row for row in rows if spelled(row.period) == wanted]

    def at(self, row: LongRow) -> RowTable:
        return RowTable(self, row)


@dataclass(frozen=True)
class RowTable:
    """The table as a claim of one row sees it."""

    table: LongTable
    row: LongRow

    def value(self) -> Figure:
        return self.row.figure

    def get(self, series: str, key: str, period: str) -> Figure:
        found = self.table.find(series, key, period)
        if not found:
            raise UnknownFigureError("unknown", f"{series}, {key}, {period}")
        with_figure = [row for row in found if row.printed.is_number]
        return (with_figure or found)[0].figure

    def matching(self, series: str, key: str, periods: list[str]) -> list[Figure]:
        """Each figure once, although a period may be named twice or stand in the table twice."""
        found: dict[str, Figure] = {}
        for period in periods:
            rows = self.table.find(series, key, period)
            if not rows:
                raise UnknownFigureError("unknown", f"{series}, {key}, {period}")
            for row in rows:
                found.setdefault(spelled(row.period), row.figure)
        return list(found.values())


def long_tables(sheets: tuple[Sheet, ...]) -> list[LongTable]:
    """The sheets that are long tables with claims."""
    return [table for sheet in sheets if (table := _long_table(sheet)) is not None]


def _long_table(sheet: Sheet) -> LongTable | None:
    for number, row in enumerate(sheet.rows[:HEAD_ROWS]):
        columns = _named(row)
        if {"value", "claim"} <= columns.keys() and columns.keys() & {"series", "key"}:
            table = LongTable(sheet.name, columns, number + 1)
            table.rows = list(_read(sheet, columns, number))
            return table
    return None


def _named(row: tuple[str, ...]) -> dict[str, int]:
    columns: dict[str, int] = {}
    for number, cell in enumerate(row):
        words = squeezed(cell).lower()
        for name, aliases in COLUMNS.items():
            if words in aliases and name not in columns:
                columns[name] = number
    return columns


def _read(sheet: Sheet, columns: Mapping[str, int], heading: int) -> Iterator[LongRow]:
    extra = [
        n for n in range(len(sheet.rows[heading])) if n not in columns.values() and squeezed(sheet.rows[heading][n])
    ]
    for number in range(heading + 1, len(sheet.rows)):
        cells = sheet.rows[number]

        def cell(name: str, cells: tuple[str, ...] = cells) -> str:
            at = columns.get(name, -1)
            return cells[at].strip() if 0 <= at < len(cells) else ""

        if not any(cell(name) for name in columns):
            continue
        place = ""
        if extra and extra[0] < len(cells) and cells[extra[0]].strip():
            place = f"{sheet.rows[heading][extra[0]].strip()} {cells[extra[0]].strip()}"
        yield LongRow(
            number + 1,
            cell("series"),
            cell("key"),
            cell("period"),
            read_printed(cell("value")),
            cell("unit"),
            cell("claim"),
            place,
        )
