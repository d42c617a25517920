"""地域・年齢別人口 of the recommended data sets: people by district, sex and five-year age, one row a district.

See docs/data/recommended_population.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.provenance import Ledger, file_source
from musubime.region.codes import PREFECTURES
from musubime.tabular import Row, Sheet, squeezed

from ._ages import AgeHeading, Counted, People, age_heading, age_piece, group_columns, not_known
from ._columns import Table, filled, find_table, read_codes
from ._survey_date import survey_date
from ._tables import load, peek
from .model import AgePiece, Piece, Probe

FORMAT = "地域・年齢別人口 (recommended data set)"

FIELDS = {
    "code": ("全国地方公共団体コード", "都道府県コード又は市区町村コード", "市区町村コード", "団体コード"),
    "area_code": ("地域コード",),
    "prefecture": ("都道府県名",),
    "municipality": ("市区町村名", "市町村名", "地方公共団体名"),
    "date": ("調査年月日", "基準日", "調査日"),
    "area": ("地域名", "地区名", "町名", "行政区名", "町丁・字等", "町丁字名"),
    "people": ("総人口", "人口総数", "人口"),
    "households": ("世帯数",),
}
_TOTALS = {
    "計", "合計", "総計", "総数", "市計", "町計", "村計", "市合計", "町合計", "村合計", "県総数", "県計",
    "全市", "市全体",
}
_LEAST_AGES = 10


def recognise(probe: Probe) -> bool:
    return any(_find(sheet) is not None for sheet in peek(probe))


def _find(sheet: Sheet) -> Table | None:
    def enough(columns: Mapping[str, tuple[int, ...]]) -> bool:
        return "area" in columns and ("code" in columns or "municipality" in columns)

    table = find_table(sheet, FIELDS, enough)
    if table is None:
        return None
    ages = [age_heading(cell) for cell in table.rows[table.heading]]
    by_sex = {h.sex for h in ages if h is not None and h.what == "age"}
    return table if {"male", "female"} <= by_sex and sum(h is not None for h in ages) >= _LEAST_AGES else None


def read(probe: Probe, ledger: Ledger) -> list[Piece]:
    pieces: list[Piece] = []
    tables = [(sheet, table) for sheet in load(probe, ledger) if (table := _find(sheet)) is not None]
    if not tables:
        raise InputError(Fault(
            text("No table of people by district and age is in this file."),
            text("It needs columns like 地域名, 総人口 and 0-4歳の男性."), file=probe.path.name,
        ))
    for sheet, table in tables:
        pieces.extend(_read_table(probe, sheet, table, ledger))
    rows = sum(len(piece.names) for piece in pieces if isinstance(piece, AgePiece))
    dated = next(f"{p.year}-{p.month:02}" for p in pieces if isinstance(p, AgePiece))
    ledger.add_source(file_source(probe.path, format=FORMAT, rows=rows, vintage=dated))
    return pieces


def _read_table(probe: Probe, sheet: Sheet, table: Table, ledger: Ledger) -> list[AgePiece]:
    source = probe.path.name
    body = list(table.body())
    if not body:
        raise InputError(Fault(
            text("The table has a heading and no rows."), text("Fetch it again from its publisher."), file=source,
        ))
    numbers = [number for number, _ in body]
    rows = [row for _, row in body]
    prefectures = filled([table.get(r, "prefecture") for r in rows], source=source, what="都道府県名", ledger=ledger)
    codes, faults = read_codes(
        [table.get(row, "code") for row in rows], numbers, source=source, field=table.printed("code"), ledger=ledger,
        prefectures=prefectures,
    )
    area_codes, _ = read_codes(
        [table.get(row, "area_code") for row in rows], numbers, source=source, field="", ledger=Ledger(),
        prefectures=prefectures,
    )
    codes = filled(codes, source=source, what=table.printed("code"), ledger=ledger)
    names = [squeezed(table.get(row, "area")) for row in rows]
    levels = [_level(*row) for row in zip(codes, area_codes, names, strict=True)]
    people = People(source, faults=faults)
    date = survey_date(
        probe, ledger, people.faults, cells=[table.get(row, "date") for row in rows],
        titles=[table.title(), sheet.name], codes=set(codes) | set(area_codes),
    )
    columns = [(c, h) for c, h in group_columns(table.rows[table.heading]) if c not in table.columns.get("area", ())]
    counted = _count(table, columns, rows, numbers, people)
    households = np.array([
        people.read(table.get(row, "households"), number, "世帯数")
        for number, row in zip(numbers, rows, strict=True)
    ])
    people.finish(ledger)
    _check_total_row(levels, names, counted, source, ledger)
    pieces = []
    for level in ("district", "municipality", "prefecture"):
        chosen = np.flatnonzero([found == level for found in levels])
        if chosen.size:
            pieces.append(age_piece(
                Counted(counted.groups, counted.people[chosen], counted.unknown[chosen], counted.totals[chosen]),
                source=source, level=level,
                codes=[(area_codes[i] or codes[i]) if level == "municipality" else codes[i] for i in chosen],
                names=[names[i] for i in chosen], year=date.year, month=date.month, ledger=ledger,
                households=households[chosen],
            ))
    if not pieces:
        raise InputError(Fault(
            text("The table holds totals only."), text("Give the table with one row a district."), file=source,
        ))
    return pieces


def _level(code: str, area_code: str, name: str) -> Literal["district", "municipality", "prefecture", "total"]:
    """What a row counts: told by its codes and name, not by the file.

    A prefecture's table carries its own code in every row and a municipality's in 地域コード. In a municipality's
    table a row named 計 is a total of the others.
    """
    if code[2:5] == "000":
        if area_code == code or name in _TOTALS or name in PREFECTURES:
            return "prefecture"
        return "municipality" if area_code else "district"
    return "total" if name in _TOTALS else "district"


def _count(
    table: Table, columns: list[tuple[int, AgeHeading]], rows: list[Row], numbers: list[int], people: People
) -> Counted:
    headings = table.rows[table.heading]
    groups = sorted({(h.low, h.high) for _, h in columns if h.what == "age"})
    counts, totals = not_known((len(rows), 2, len(groups))), not_known((len(rows), 2))
    unknown = np.zeros((len(rows), 2))
    for column, heading in columns:
        if heading.sex not in ("male", "female"):
            continue
        sex = int(heading.sex == "female")
        for unit, (number, row) in enumerate(zip(numbers, rows, strict=True)):
            value = people.read(row[column] if column < len(row) else "", number, squeezed(headings[column]))
            if heading.what == "age":
                counts[unit, sex, groups.index((heading.low, heading.high))] = value
            elif heading.what == "total":
                totals[unit, sex] = value
            else:
                unknown[unit, sex] = 0.0 if np.isnan(value) else value
    return Counted(tuple(groups), counts, unknown, totals)


def _check_total_row(levels: Sequence[str], names: list[str], counted: Counted, source: str, ledger: Ledger) -> None:
    """A row that sums the others is left out; that it does not agree with them is noted."""
    totals = [i for i, level in enumerate(levels) if level == "total"]
    parts = [i for i, level in enumerate(levels) if level == "district"]
    ledger.note("dropped", text("Rows that only sum up the others were left out."), count=len(totals), source=source,
                examples=[names[i] for i in totals])
    if not parts:
        return
    summed = float(np.nansum(counted.people[parts]))
    wrong = [i for i in totals if abs(float(np.nansum(counted.people[i])) - summed) > 0.5]
    ledger.note(
        "assumption", text("The districts do not add up to the total row; the districts were used."), count=len(wrong),
        source=source, examples=[f"{names[i]}: {np.nansum(counted.people[i]):,.0f} / {summed:,.0f}" for i in wrong],
    )
