"""Resident registers as a town prints them: people by 行政区 in blocks of columns side by side, and by single age.

See docs/data/register_totals.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.provenance import Ledger, file_source
from musubime.region import Floats
from musubime.region.codes import six_digits
from musubime.tabular import Row, Sheet, number, squeezed

from ._ages import OPEN, Counted, People, age_piece
from ._survey_date import survey_date
from ._tables import load, peek
from ._totals import both_faults, total_faults
from .model import AgePiece, Piece, Probe, TotalPiece

FORMAT = "住民基本台帳 行政区別・年齢別集計表 (register tables)"

_UNITS = (
    "行政区", "行政区名", "町名", "町丁", "自治会", "自治会名", "地区", "地区名", "集落", "集落名", "大字", "大字名",
    "町丁字名",
)
_COLUMNS = {
    "households": ("世帯数", "世帯"), "male": ("男", "男性", "男人数"), "female": ("女", "女性", "女人数"),
    "people": ("計", "合計", "人口", "総数", "人口計"),
}
_AGES = ("年齢", "歳")
_SUMS = {"計", "合計", "総計", "総合計", "小計", "総数"}
_LEAST_SINGLE_AGES = 80
_OLDEST = re.compile(r"(\d{2,3})歳?(?:以上|~|〜|-)")
_MUNICIPALITY = re.compile(r"([^\s0-9()]{1,8}?[市町村])(?=年齢|行政区|町丁|住民|人口|の)")
_CODE_IN_NAME = re.compile(r"(?<!\d)(\d{6})(?!\d)")
_AGE_IN_WORDS = re.compile(r"[〇一二三四五六七八九十百]+|[〇一二三四五六七八九十百]+(?:以上|~|-).*")
_LOOKED_AT = 120


@dataclass(frozen=True)
class _Block:
    """One heading: where its unit and figures stand. end: the row below its last."""

    heading: int
    end: int
    unit: int
    columns: dict[str, int]


def recognise(probe: Probe) -> bool:
    return any(_blocks(sheet.rows[:_LOOKED_AT]) or _single_ages(sheet) for sheet in peek(probe))


def _blocks(rows: Sequence[Row]) -> list[_Block]:
    """Every heading 行政区, 世帯数, 男, 女, 計, also several in one row, down to the next heading in its columns."""
    found = []
    for index, row in enumerate(rows):
        for start, cell in enumerate(row):
            if cell and squeezed(cell) in _UNITS:
                columns: dict[str, int] = {}
                for column in range(start + 1, min(start + 7, len(row))):
                    heading = squeezed(row[column])
                    if heading in _UNITS or not heading:
                        break
                    for name, words in _COLUMNS.items():
                        if heading in words:
                            columns.setdefault(name, column)
                if {"male", "female", "people"} <= columns.keys():
                    found.append((index, start, columns))
    ends = {
        (index, start): min((i for i, s, _ in found if s == start and i > index), default=len(rows))
        for index, start, _ in found
    }
    return [_Block(index, ends[index, start], start, columns) for index, start, columns in found]


def _single_ages(sheet: Sheet) -> tuple[int, dict[str, int]] | None:
    """Heading row and columns of a table of single ages from 0 on, one row an age."""
    for index, row in enumerate(sheet.rows[:10]):
        headings = [squeezed(cell) for cell in row]
        columns = {
            name: next(c for c, heading in enumerate(headings) if heading in words)
            for name, words in _COLUMNS.items() if any(heading in words for heading in headings)
        }
        age = next((c for c, heading in enumerate(headings) if heading in _AGES), None)
        if age is None or not {"male", "female"} <= columns.keys():
            continue
        first = [squeezed(r[age]).removesuffix("歳") for r in sheet.rows[index + 1 : index + 6] if len(r) > age]
        if first == ["0", "1", "2", "3", "4"]:
            return index, columns | {"age": age}
    return None


def read(probe: Probe, ledger: Ledger) -> list[Piece]:
    """One piece a kind of table: the sheet that counts everybody; one of Japanese nationals is left out and noted."""
    source = probe.path.name
    people = People(source)
    by_unit: list[Sheet] = []
    by_age: list[tuple[Sheet, int, dict[str, int]]] = []
    for sheet in sorted(load(probe, ledger), key=_counts_japanese_only):
        if _blocks(sheet.rows):
            by_unit.append(sheet)
        elif (found := _single_ages(sheet)) is not None:
            by_age.append((sheet, *found))
    if not by_unit and not by_age:
        raise InputError(Fault(
            text("No table of a resident register is in this file."),
            text("It needs the columns 行政区, 世帯数, 男, 女 and 計, or 年齢, 男 and 女."), file=source,
        ))
    spare = [sheet.name for sheet in by_unit[1:]] + [sheet.name for sheet, _, _ in by_age[1:]]
    ledger.note("dropped", text("Further sheets (Japanese nationals only) were left out; one sheet counts everybody."),
                count=len(spare), source=source, examples=spare)
    pieces: list[Piece] = []
    if by_unit:
        pieces.append(_read_units(probe, by_unit[0], people, ledger))
    if by_age:
        pieces.append(_read_ages(probe, *by_age[0], people, ledger))
    first = pieces[0]
    assert isinstance(first, AgePiece | TotalPiece)
    ledger.add_source(file_source(
        probe.path, format=FORMAT, rows=len(first.names), vintage=f"{first.year}-{first.month:02}",
    ))
    return pieces


def _counts_japanese_only(sheet: Sheet) -> bool:
    words = squeezed(sheet.name)
    return "日本人" in words and "外国人" not in words


def _read_units(probe: Probe, sheet: Sheet, people: People, ledger: Ledger) -> TotalPiece:
    source = probe.path.name
    names: list[str] = []
    numbers: list[int] = []
    figures: list[list[float]] = []
    sums: list[tuple[int, str, float]] = []
    for row, block, cells in _unit_rows(sheet.rows):
        read_ones = [
            np.nan if column is None else people.read(cells[column], row, squeezed(sheet.rows[block.heading][column]))
            for column in (block.columns.get(name) for name in ("people", "male", "female", "households"))
        ]
        name = squeezed(cells[block.unit])
        if name in _SUMS:
            sums.append((row, name, read_ones[0]))
        else:
            names.append(name)
            numbers.append(row)
            figures.append(read_ones)
    titles = [cell for row in sheet.rows[:10] for cell in row if cell.strip()]
    code, municipality = _whose(probe, [*titles, sheet.name], ledger)
    date = survey_date(probe, ledger, people.faults, titles=[*titles, sheet.name], codes=[code])
    people.whose = dict.fromkeys([*numbers, *(row for row, _, _ in sums)], code or municipality)
    table = np.array(figures).reshape(-1, 4)
    people.faults += _sum_faults(names, numbers, table, sums, source)
    people.finish(ledger)
    if not names:
        raise InputError(Fault(
            text("The table has a heading and no rows."), text("Fetch it again from its publisher."), file=source,
        ))
    ledger.note("dropped", text("Rows that only sum up the others were left out."), count=len(sums), source=source,
                examples=[f"{row}: {name}" for row, name, _ in sums])
    return TotalPiece(
        source, "district", tuple(code for _ in names), tuple(names), date.year, date.month, table[:, 0], table[:, 1],
        table[:, 2], table[:, 3],
    )


def _sum_faults(
    names: Sequence[str], rows: Sequence[int], table: Floats, sums: Sequence[tuple[int, str, float]], source: str
) -> list[Fault]:
    """Men and women that miss the printed total, units that miss the whole, and a whole row of cells without figures.

    table: (units, 4) people, men, women, households. sums: row, name and people of the rows that sum up others; the
    largest of them is the whole.
    """
    faults = []
    for name, row, (both, men, women, _) in zip(names, rows, table, strict=True):
        if abs(men + women - both) > 0.5:
            faults.append(Fault(
                text("Men and women add up to {added:,.0f}, not to the printed total of {total:,.0f}.",
                     added=men + women, total=both),
                text("Correct the number of men, of women, or of both."), file=source, row=row, field=name,
                value=f"{both:g}",
            ))
    printed = [one for one in sums if not np.isnan(one[2])]
    summed = float(table[:, 0].sum())
    if printed and np.isfinite(summed):
        row, name, largest = max(printed, key=lambda one: one[2])
        if abs(largest - summed) > 0.5:
            faults.append(Fault(
                text("The rows add up to {added:,.0f}, not to {total:,.0f} in the row that sums them up.", added=summed,
                     total=largest),
                text("Correct the number that is wrong, or delete the row of sums."), file=source, row=row, field=name,
                value=f"{largest:g}",
            ))
    return faults


def _unit_rows(rows: Sequence[Row]) -> Iterator[tuple[int, _Block, Row]]:
    """Spreadsheet row number, block and padded cells of each unit, block after block."""
    width = max((len(row) for row in rows), default=0)
    for block in _blocks(rows):
        for index in range(block.heading + 1, block.end):
            cells = rows[index] + ("",) * (width - len(rows[index]))
            filled = [cells[column] for column in block.columns.values() if cells[column].strip()]
            if squeezed(cells[block.unit]) and filled and any(number(cell).state == "number" for cell in filled):
                yield index + 1, block, cells


def _read_ages(
    probe: Probe, sheet: Sheet, heading: int, columns: dict[str, int], people: People, ledger: Ledger
) -> AgePiece:
    source = probe.path.name
    ages: list[tuple[int, int]] = []
    counts: list[tuple[float, float]] = []
    unknown, totals, both = [0.0, 0.0], [np.nan, np.nan], np.nan
    numbers: list[int] = []
    at, unknown_told = heading + 1, False
    for index in range(heading + 1, len(sheet.rows)):
        row = sheet.rows[index]
        if len(row) <= max(columns.values()) or not row[columns["age"]].strip():
            continue
        label = squeezed(row[columns["age"]]).removesuffix("歳")
        pair = (
            people.read(row[columns["male"]], index + 1, "男"), people.read(row[columns["female"]], index + 1, "女"),
        )
        oldest = _OLDEST.fullmatch(label)
        if label.isascii() and label.isdecimal() and len(label) <= 3:
            ages.append((int(label), int(label)))
            counts.append(pair)
            numbers.append(index + 1)
        elif oldest:
            ages.append((int(oldest[1]), OPEN))
            counts.append(pair)
            numbers.append(index + 1)
        elif "不詳" in label:
            unknown_told = True
            unknown = [0.0 if np.isnan(value) else value for value in pair]
        elif label in _SUMS:
            totals, at = list(pair), index + 1
            both = people.read(row[columns["people"]], index + 1, "計") if "people" in columns else np.nan
        elif _AGE_IN_WORDS.fullmatch(label):
            people.faults.append(Fault(
                text("This age is not written in digits."), text("Write the age like 20, the oldest like 100歳以上."),
                file=source, row=index + 1, field="年齢", value=row[columns["age"]].strip(),
            ))
    titles = [cell for row in sheet.rows[:10] for cell in row if cell.strip()]
    code, municipality = _whose(probe, [*titles, sheet.name], ledger)
    date = survey_date(probe, ledger, people.faults, titles=[*titles, sheet.name], codes=[code])
    people.whose = dict.fromkeys([*numbers, at, heading + 1], code or municipality)
    gaps = [n for a, b, n in zip(ages, ages[1:], numbers[1:], strict=False) if b[0] != a[0] + 1]
    if not people.faults and (len(ages) < _LEAST_SINGLE_AGES or gaps):
        people.faults.append(Fault(
            text("The single ages do not run from 0 without a gap."), text("Check the column 年齢."), file=source,
            row=gaps[0] if gaps else heading + 1, field="年齢",
        ))
    if not people.faults:
        ages[-1] = (ages[-1][0], OPEN)
        counted = Counted(tuple(ages), np.array(counts).T[None], np.array([unknown]), np.array([totals]))
        rows = np.full((1, 2), at)
        for sex, word in enumerate("男女"):
            empty = np.flatnonzero(np.isnan(counted.people[0, sex])).tolist()
            people.faults += [
                Fault(text("The cell is empty."), text("Write the number; 0 where there is nobody."), file=source,
                      row=numbers[i], field=word)
                for i in empty if (numbers[i], word) not in people.holes
            ]
        people.faults += total_faults(counted, rows, "男女", source, unknown_told=unknown_told)
        people.faults += both_faults(counted, np.array([both]), [at], "計", source, unknown_told)
    people.finish(ledger)
    return age_piece(
        counted, source=source,
        level="municipality", codes=[code], names=[municipality], year=date.year, month=date.month, ledger=ledger,
    )


def _whose(probe: Probe, titles: Sequence[str], ledger: Ledger) -> tuple[str, str]:
    """Code and name of the municipality: the name from a title; the code only where the file's name holds one."""
    name = next((match[1] for title in titles if (match := _MUNICIPALITY.search(squeezed(title)))), "")
    for digits in _CODE_IN_NAME.findall(probe.path.name):
        try:
            code = six_digits(digits)
        except InputError:
            continue
        if code[2:5] > "100":
            ledger.note("assumption", text("The municipality {code} was taken from the file's name.", code=code),
                        source=probe.path.name)
            return code, name
    return "", name
