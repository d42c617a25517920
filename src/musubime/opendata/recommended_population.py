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
from musubime.tabular import Row, Sheet, number, squeezed

from ._ages import AgeHeading, Counted, People, Sex, age_heading, age_piece, group_columns, not_known
from ._columns import Table, filled, find_table, read_codes
from ._survey_date import row_dates
from ._tables import load, peek
from ._totals import age_like, both_faults, cell_faults, group_faults, total_faults, twice_faults
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
    cells = [squeezed(cell) for cell in table.rows[table.heading]]
    ages = [h for cell in cells if (h := age_heading(cell)) is not None and h.sex]
    like = [cell for cell in cells if age_like(cell)]
    return table if len(ages) >= _LEAST_AGES or len(like) >= _LEAST_AGES else None


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
    headings = [squeezed(cell) for cell in table.rows[table.heading]]
    columns = [(c, h) for c, h in group_columns(table.rows[table.heading]) if c not in table.columns.get("area", ())]
    body = [(at, row) for at, row in table.body() if table.get(row, "area") or _counts(row, columns)]
    if not body:
        raise InputError(Fault(
            text("The table has a heading and no rows."), text("Fetch it again from its publisher."), file=source,
        ))
    numbers = [at for at, _ in body]
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
    people.whose = {
        n: (area if level == "municipality" else "") or code
        for n, area, code, level in zip(numbers, area_codes, codes, levels, strict=True)
    }
    dated = row_dates(
        probe, ledger, people.faults, cells=[table.get(row, "date") for row in rows], rows=numbers, names=names,
        field=table.printed("date"), titles=[table.title(), sheet.name], codes=set(codes) | set(area_codes),
    )
    of_headings = group_faults(columns, headings, table.heading + 1, source)
    counted = _count(table, columns, rows, numbers, people)
    households = np.array([
        people.read(table.get(row, "households"), at, "世帯数")
        for at, row in zip(numbers, rows, strict=True)
    ])
    people.faults += of_headings
    if not of_headings:
        _check(table, columns, counted, rows, numbers, levels, people)
    people.faults += twice_faults(dated, names, levels, numbers, source)
    people.finish(ledger)
    ledger.note("dropped", text("Rows that only sum up the others were left out."), count=levels.count("total"),
                source=source, examples=[n for n, level in zip(names, levels, strict=True) if level == "total"])
    pieces = []
    for date in sorted(set(dated)):
        for level in ("district", "municipality", "prefecture"):
            chosen = [i for i, found in enumerate(levels) if found == level and dated[i] == date]
            if chosen:
                pieces.append(age_piece(
                    counted.select(chosen), source=source, level=level,
                    codes=[(area_codes[i] or codes[i]) if level == "municipality" else codes[i] for i in chosen],
                    names=[names[i] for i in chosen], year=date.year, month=date.month, ledger=ledger,
                    households=households[chosen], rows=[numbers[i] for i in chosen],
                ))
    if not pieces:
        raise InputError(Fault(
            text("The table holds totals only."), text("Give the table with one row a district."), file=source,
        ))
    return pieces


def _counts(row: Row, columns: Sequence[tuple[int, AgeHeading]]) -> bool:
    """Does anything stand in the columns of people? A remark below the table has none."""
    return any(c < len(row) and row[c].strip() for c, _ in columns)


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
        for unit, (at, row) in enumerate(zip(numbers, rows, strict=True)):
            value = people.read(row[column] if column < len(row) else "", at, squeezed(headings[column]))
            if heading.what == "age":
                counts[unit, sex, groups.index((heading.low, heading.high))] = value
            elif heading.what == "total":
                totals[unit, sex] = value
            else:
                unknown[unit, sex] = 0.0 if np.isnan(value) else value
    return Counted(tuple(groups), counts, unknown, totals)


def _check(
    table: Table, columns: list[tuple[int, AgeHeading]], counted: Counted, rows: list[Row], numbers: list[int],
    levels: Sequence[str], people: People,
) -> None:
    """Rows against their own totals, and the row that sums up the others against them, column by column. What a wrong
    cell makes of its row is not told twice."""
    source = people.source
    spoiled = {fault.row for fault in people.faults}
    for at, totals, ages in zip(numbers, counted.totals, counted.people, strict=True):
        if at in spoiled:
            totals[:], ages[:] = np.nan, np.nan
    headings = [squeezed(cell) for cell in table.rows[table.heading]]
    printed = {(h.what, h.sex, h.low, h.high): headings[c] for c, h in columns}
    by_row = np.repeat(np.array(numbers)[:, None], 2, axis=1)
    sexes: tuple[Sex, ...] = ("male", "female")
    fields = [[printed.get(("age", sex, *group), "") for group in counted.groups] for sex in sexes]
    unknown_told = any(h.what == "unknown" for _, h in columns)
    # a both-sexes total that the cells which are filled make up says that the empty ones are nobody
    both = np.array([
        number(table.get(row, "people")).value if table.get(row, "people") else np.nan for row in rows
    ])
    known = np.nansum(counted.people, axis=2) + counted.unknown
    nobody = np.abs(known.sum(axis=1) - both) < 0.5
    untold = np.isnan(counted.totals) & nobody[:, None]
    counted.totals[untold] = known[untold]
    people.faults += [f for f in cell_faults(counted, by_row, fields, people) if f.row not in spoiled]
    parts = [i for i, level in enumerate(levels) if level in ("district", "municipality")]
    sums = [i for i, level in enumerate(levels) if level in ("total", "prefecture")]
    left = counted.totals - counted.people.sum(axis=2) - counted.unknown
    names = [printed.get(("total", sex, -1, -1), "") for sex in sexes]
    of_parts = total_faults(
        counted.select(parts), by_row[parts], names, source, unknown_told=unknown_told,
        whole=left[sums[0]] if len(sums) == 1 else None,
    )
    wrong = {fault.row for fault in of_parts}
    sound = [i for i in parts if numbers[i] not in wrong]
    people.faults += of_parts + total_faults(
        counted.select(sums), by_row[sums], names, source, unknown_told=unknown_told,
        whole=left[sound].sum(axis=0) if sound else None,
    )
    people.faults += both_faults(counted, both, numbers, table.printed("people"), source, unknown_told)
    for i in sums:
        off = np.abs(counted.people[parts].sum(axis=0) - counted.people[i]) > 0.5 if parts else np.zeros((2, 0))
        people.faults += [
            Fault(
                text("The rows add up to {added:,.0f}, not to {total:,.0f} in the row that sums them up.",
                     added=counted.people[parts, sex, group].sum(), total=counted.people[i, sex, group]),
                text("Correct the number that is wrong, or delete the row of sums."), file=source, row=numbers[i],
                field=fields[sex][group], value=f"{counted.people[i, sex, group]:g}",
            )
            for sex, group in np.argwhere(off).tolist()
        ]
