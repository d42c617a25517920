"""Census tables of e-Stat: people by sex and five-year age for the nation, prefectures and municipalities.

Two layouts. The browser download has title lines, then a heading of codes and one of names, and one row an area and
sex (1980, 2020). The API list of 2010 has no heading at all: prefecture, code, names and people. See
docs/data/census_tables.md.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.provenance import Ledger, file_source
from musubime.region import Floats, Ints
from musubime.region.codes import PREFECTURES, six_digits
from musubime.tabular import Row, Sheet, number, squeezed

from ._ages import AgeHeading, Counted, People, age_piece, group_columns, not_known
from ._columns import HEADING_WITHIN, read_codes
from ._survey_date import survey_date
from ._tables import load, peek
from ._totals import SEX_WORDS, both_faults, cell_faults, total_faults
from .model import Piece, Probe, TotalPiece

FORMAT = "国勢調査 (e-Stat)"

Level = Literal["nation", "prefecture", "municipality", "former"]
LEVELS: tuple[Level, ...] = ("nation", "prefecture", "municipality", "former")
_SEX_WORDS = {"男": 0, "女": 1}
_BOTH = ("総数", "男女総数", "男女計", "計")
_LEAST_AGES = 15
_LIST_ROWS = 5


@dataclass(frozen=True)
class _Layout:
    """Where an e-Stat table keeps what. skip: column and the only value that is wanted in it (全域 and not DID)."""

    heading: int
    ages: list[tuple[int, AgeHeading]]
    sex: int
    code: int
    name: int
    only: tuple[tuple[int, str], ...]


def recognise(probe: Probe) -> bool:
    return any(_layout(sheet) is not None or _is_list(sheet.rows) for sheet in peek(probe))


def _layout(sheet: Sheet) -> _Layout | None:
    for index, row in enumerate(sheet.rows[:HEADING_WITHIN]):
        ages = [(c, h) for c, h in group_columns(row) if not h.sex]
        if sum(heading.what == "age" for _, heading in ages) < _LEAST_AGES:
            continue
        names = [squeezed(cell) for cell in row]
        codes = {name.removesuffix("コード"): c for c, name in enumerate(names) if name.endswith("コード")}
        sex = next((c for c, name in enumerate(names) if name.startswith("男女") and name in codes), None)
        area = next((c for c, name in enumerate(names) if "市区町村" in name and name in codes), None)
        if sex is None or area is None:
            continue
        only = tuple(
            (c, wanted) for c, name in enumerate(names) for word, wanted in _WANTED if word in name and name in codes
        )
        return _Layout(index, ages, sex, codes[names[area]], area, only)
    return None


_WANTED = (("全域・集中", "全域"), ("国籍総数か日本人", "国籍総数"))


def _is_list(rows: Sequence[Row]) -> bool:
    """Rows of prefecture number, code, prefecture, name, people from the first line on."""
    return len(rows) >= _LIST_ROWS and all(
        len(row) == 5 and row[0].isdecimal() and 1 <= int(row[0][:4]) <= len(PREFECTURES)
        and squeezed(row[2]) == PREFECTURES[int(row[0][:4]) - 1] and row[1].isdecimal()
        for row in rows[:_LIST_ROWS]
    )


def read(probe: Probe, ledger: Ledger) -> list[Piece]:
    for sheet in load(probe, ledger):
        layout = _layout(sheet)
        if layout is not None:
            return _read_table(probe, sheet, layout, ledger)
        if _is_list(sheet.rows):
            return [_read_list(probe, sheet.rows, ledger)]
    raise InputError(Fault(
        text("No census table of people by age is in this file."),
        text("Download it from e-Stat with the areas in rows and the ages in columns."), file=probe.path.name,
    ))


def _read_table(probe: Probe, sheet: Sheet, layout: _Layout, ledger: Ledger) -> list[Piece]:
    source = probe.path.name
    people = People(source, stars_are_zero=True)  # the legend of the table: *** and - are 当該数値がないもの
    title = " ".join(cell for row in sheet.rows[: layout.heading] for cell in row if cell)
    date = survey_date(probe, ledger, people.faults, titles=[title.replace("年 ", "年"), title], year_is_enough=10)
    areas, within, left_out = _areas(sheet.rows, layout, people)
    groups = tuple((h.low, h.high) for _, h in layout.ages if h.what == "age")
    units = list(areas)
    counts, unknown = not_known((len(units), 2, len(groups))), np.zeros((len(units), 2))
    totals, both = not_known((len(units), 2)), not_known((len(units),))
    for unit, key in enumerate(units):
        for sex, (number_of_row, row) in areas[key].items():
            for column, heading in layout.ages:
                if sex == 2 and heading.what != "total":
                    continue
                cell = row[column] if column < len(row) else ""
                value = people.read(cell, number_of_row, squeezed(sheet.rows[layout.heading][column]))
                if heading.what == "age":
                    counts[unit, sex, groups.index((heading.low, heading.high))] = value
                elif heading.what == "unknown":
                    unknown[unit, sex] = 0.0 if np.isnan(value) else value
                elif sex == 2:
                    both[unit] = value
                else:
                    totals[unit, sex] = value
    rows = np.array([[areas[key].get(sex, (0, ()))[0] for sex in (0, 1)] for key in units], dtype=np.int64)
    people.whose = {
        at: "" if _level(*key) == "nation" else six_digits(within[key])
        for key in units for at, _ in areas[key].values()
    }
    people.faults += _count_faults(sheet, layout, areas, Counted(groups, counts, unknown, totals), rows, both, people)
    people.finish(ledger)
    ledger.note("dropped", text("Rows that sum up others or count parts of them (市部, 郡部, DID) were left out."),
                count=left_out, source=source)
    if not units:
        raise InputError(Fault(
            text("The table has a heading and no rows."), text("Fetch it again from its publisher."), file=source,
        ))
    pieces: list[Piece] = []
    for level in LEVELS:
        chosen = [i for i, (_, name) in enumerate(units) if _level(units[i][0], name) == level]
        if chosen:
            pieces.append(age_piece(
                Counted(groups, counts[chosen], unknown[chosen], totals[chosen]), source=source, level=level,
                codes=["" if level == "nation" else six_digits(within[units[i]]) for i in chosen],
                names=[_own_name(units[i][1]) for i in chosen], year=date.year, month=date.month, ledger=ledger,
            ))
    ledger.add_source(file_source(
        probe.path, format=FORMAT, title=_printed_title(sheet.rows[: layout.heading]),
        rows=len(sheet.rows) - layout.heading - 1, vintage=f"{date.year}-{date.month:02}",
    ))
    return pieces


def _count_faults(
    sheet: Sheet, layout: _Layout, areas: _Areas, counted: Counted, rows: Ints, both: Floats, people: People
) -> list[Fault]:
    """Faults of the areas (in the order of `areas`): a sex without a row, empty cells, ages that miss their total."""
    headings = [squeezed(cell) for cell in sheet.rows[layout.heading]]
    ages = [headings[c] for c, h in layout.ages if h.what == "age"]
    total = next((headings[c] for c, h in layout.ages if h.what == "total"), "")
    unknown_told = any(h.what == "unknown" for _, h in layout.ages)
    faults = []
    whole = []
    for unit, ((_, name), by_sex) in enumerate(areas.items()):
        lacking = [sex for sex in (0, 1) if sex not in by_sex]
        if not lacking:
            whole.append(unit)
        elif len(lacking) == 1:
            faults.append(Fault(
                text("No {sex} are given.", sex=SEX_WORDS[lacking[0]]), text("Give men and women of every place."),
                file=people.source, row=int(rows[unit].max()), field=headings[layout.sex], value=name,
            ))
    chosen = counted.select(whole)
    faults += cell_faults(chosen, rows[whole], (ages, ages), people)
    faults += total_faults(chosen, rows[whole], (total, total), people.source, unknown_told=unknown_told)
    faults += both_faults(
        chosen, both[whole], [by_sex.get(2, (0, ()))[0] for by_sex in areas.values() if {0, 1} <= by_sex.keys()], total,
        people.source, unknown_told,
    )
    return faults


_Area = tuple[str, str]
_Areas = dict[_Area, dict[int, tuple[int, Row]]]
_FORMER_CODE = re.compile(r"\d{4}[0-9A-Z]")


def _areas(rows: Sequence[Row], layout: _Layout, people: People) -> tuple[_Areas, dict[_Area, str], int]:
    """The rows of each area (code, name) by sex: 0 men, 1 women, 2 both; the municipality each lies in; rows left out.

    A former municipality stands under the present one that took it in. Its own code may hold a letter (3520F is the
    former 岩国市, whose number the present one carries), so the present one's code is kept for it.
    """
    areas: _Areas = {}
    within: dict[_Area, str] = {}
    present, left_out = "", 0
    for index in range(layout.heading + 1, len(rows)):
        row = rows[index]
        if len(row) <= max(layout.code, layout.name, layout.sex) or not row[layout.code].strip():
            continue
        area = code, name = squeezed(row[layout.code]), squeezed(row[layout.name])
        if any(column < len(row) and squeezed(row[column]) != wanted for column, wanted in layout.only):
            left_out += 1
            continue
        sex = _SEX_WORDS.get(word := squeezed(row[layout.sex]), 2 if word in _BOTH else -1)
        former = _level(code, name) == "former"
        if former:
            known = bool(present) and _FORMER_CODE.fullmatch(code) is not None
        else:
            known = code == "00000" or _is_code(code, index + 1, people)
        if not known or sex < 0 or (not former and "001" <= code[2:5] <= "099"):
            left_out += 1
            continue
        present = present if former else code
        within.setdefault(area, present)
        areas.setdefault(area, {}).setdefault(sex, (index + 1, row))
    return areas, within, left_out


def _is_code(code: str, row: int, people: People) -> bool:
    try:
        six_digits(code, file=people.source, row=row, field="コード")
    except InputError as error:
        people.faults.extend(error.faults)
        return False
    return True


def _printed_title(rows: Sequence[Row]) -> str:
    """The line 表題 of an e-Stat download, "" when there is none."""
    return next((row[1] for row in rows if len(row) > 1 and squeezed(row[0]).startswith("表題")), "")


def _level(code: str, name: str) -> Level:
    if code == "00000":
        return "nation"
    if code[2:5] == "000":
        return "prefecture"
    return "former" if name.startswith(("(旧", "（旧")) else "municipality"


def _own_name(name: str) -> str:
    return name.strip("()（）").removeprefix("旧:").removeprefix("旧：")


def _read_list(probe: Probe, rows: Sequence[Row], ledger: Ledger) -> TotalPiece:
    source = probe.path.name
    people = People(source)
    kept = [(index + 1, row) for index, row in enumerate(rows) if any(cell.strip() for cell in row)]
    short = [n for n, row in kept if len(row) < 5]
    people.faults += [
        Fault(text("The row has fewer than five cells."), text("Fetch the file again; it may be cut short."),
              file=source, row=n) for n in short
    ]
    kept = [(n, row) for n, row in kept if len(row) >= 5]
    codes, faults = read_codes(
        [row[1] for _, row in kept], [n for n, _ in kept], source=source, field="", ledger=ledger,
        prefectures=[row[2] for _, row in kept],
    )
    people.faults += faults
    date = survey_date(probe, ledger, people.faults, codes=(), year_is_enough=10)
    counts = np.array([people.read(row[4], n, "") for n, row in kept])
    people.faults += [
        Fault(text("There is no number of people."), text("Fetch it again from its publisher."), file=source, row=n)
        for (n, row) in kept if number(row[4]).state == "empty"
    ]
    people.finish(ledger)
    ledger.note("assumption", source=source,
                what=text("A list without heading was taken for the census of 1 October: code, names, people."))
    ledger.add_source(file_source(probe.path, format=FORMAT, rows=len(kept), vintage=str(date.year)))
    nothing = np.full(len(kept), np.nan)
    return TotalPiece(
        source, "municipality", tuple(codes), tuple(squeezed(row[3]) for _, row in kept), date.year, date.month, counts,
        nothing, nothing, nothing,
    )
