"""Workbooks of a prefecture: people of its municipalities by sex and five-year age, under merged headings.

Two layouts. Stacked blocks, one a sex, whose title line says which (census of 2000 to 2015), and lists with a column
of sexes (census of 2020, yearly estimates). Blocks of percentages and of three age classes stand beside and below;
they are told by unit, title and headings. See docs/data/prefecture_workbooks.md.
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
from musubime.region import Floats
from musubime.region.codes import PREFECTURES, check_digit, six_digits
from musubime.tabular import Date, Row, Sheet, number, squeezed

from ._ages import OPEN, AgeHeading, Counted, People, age_heading, age_piece, not_known
from ._survey_date import survey_date
from ._tables import is_workbook, load, peek
from ._totals import SEX_WORDS, both_faults, cell_faults, total_faults
from .model import AgePiece, Piece, Probe

FORMAT = "市町村別・年齢5歳階級別人口 (prefecture workbook)"

_LEAST_AGES = 15
_MOST_JOINED = 3
_NAMES = ("市町村", "市町", "市区町村", "地域", "地域名", "区分", "市町名", "市町村名")
_CODES = ("地域コード", "市町村コード", "コード", "団体コード")
_SEX_COLUMNS = ("男女", "性別", "男女別")
_SEXES = {"総数": 2, "計": 2, "男女計": 2, "男": 0, "女": 1}
_SUMS = {
    "市計", "町計", "村計", "町村計", "市部計", "郡部計", "市部", "郡部", "郡計", "計", "合計", "総計",
}
_WHOLE = {"県計", "都計", "府計", "道計", "県総数", "総数"}
_CODE_AND_NAME = re.compile(r"(\d{5,6})_(.+)")


@dataclass(frozen=True)
class _Block:
    """One heading with its rows: ages and total columns; sex 0 men, 1 women, 2 both, or a column that says it."""

    sheet: str
    rows: tuple[Row, ...]
    heading: int
    end: int
    title: str
    ages: tuple[tuple[int, AgeHeading], ...]
    name: int
    code: int | None
    sex_column: int | None
    sex: int


def recognise(probe: Probe) -> bool:
    return is_workbook(probe) and any(_blocks(sheet) for sheet in peek(probe))


def _blocks(sheet: Sheet) -> list[_Block]:
    """Blocks that count people (not percentages) of several places by five-year age."""
    headings = []
    for index, row in enumerate(sheet.rows):
        run = _age_run(row)
        if len(run) >= _LEAST_AGES:
            headings.append((index, run))
    blocks = []
    for position, (index, run) in enumerate(headings):
        after = headings[position + 1][0] if position + 1 < len(headings) else len(sheet.rows)
        top = _end_of_rows(sheet.rows, headings[position - 1][0], index) if position else 0
        block = _block(sheet, index, after, top, run)
        if block is not None:
            blocks.append(block)
    return blocks


def _age_run(row: Row) -> list[tuple[int, AgeHeading]]:
    """The columns 総数, 0-4, 5-9 … in one run: a table of three age classes beside it is none."""
    run: list[tuple[int, AgeHeading]] = []
    next_age = 0
    for column, cell in enumerate(row):
        heading = age_heading(cell) if cell else None
        if heading is None or heading.sex:
            continue
        if heading.what == "total" and next_age == 0:
            run = [(column, heading)]
        elif heading.what == "age" and heading.low == next_age and heading.high in (next_age + 4, OPEN):
            run.append((column, heading))
            next_age = heading.high + 1
        elif heading.what == "unknown" and next_age > OPEN and run[-1][0] + 1 == column:
            run.append((column, heading))
    return run


def _end_of_rows(rows: Sequence[Row], start: int, stop: int) -> int:
    """Where the rows of the block above end, so that the title of the next one is read from there."""
    for index in range(stop - 1, start, -1):
        if sum(_is_count(cell) for cell in rows[index]) >= _LEAST_AGES:
            return index + 1
    return start + 1


def _is_count(cell: str) -> bool:
    return bool(cell) and cell.replace(".", "", 1).removeprefix("-").isdecimal()


def _block(sheet: Sheet, index: int, after: int, top: int, run: list[tuple[int, AgeHeading]]) -> _Block | None:
    first = run[0][0]
    above = [cell for row in sheet.rows[top:index] for cell in row[: run[-1][0] + 2] if cell.strip()]
    words = [squeezed(cell) for cell in above] + [squeezed(sheet.name)]
    if _are_shares(sheet.rows[index + 1 : after], run):
        return None
    # merged headings: names of the leading columns may stand a row or two below those of the ages
    leading: dict[str, int] = {}
    for row in sheet.rows[index : min(index + 3, after)]:
        for column, cell in enumerate(row[:first]):
            leading.setdefault(squeezed(cell), column)
    name = next((leading[word] for word in _NAMES if word in leading), None)
    if name is None:
        return None
    sex_column = next((leading[word] for word in _SEX_COLUMNS if word in leading), None)
    sex = 2
    for word in reversed(words):
        match = re.search(r"\((総数|男|女)\)", word)
        if match:
            sex = _SEXES[match[1]]
            break
    code = next((leading[word] for word in _CODES if word in leading), None)
    return _Block(sheet.name, sheet.rows, index, after, " ".join(above), tuple(run), name, code, sex_column, sex)


def _are_shares(rows: Sequence[Row], run: list[tuple[int, AgeHeading]]) -> bool:
    """Percentages, whatever the title says: the ages of every row make up 100."""
    columns = [column for column, heading in run if heading.what == "age"]
    sums = [
        sum(number(row[c]).value for c in columns)
        for row in rows if len(row) > columns[-1] and all(_is_count(row[c]) for c in columns)
    ]
    return bool(sums) and all(abs(total - 100) < 1 for total in sums)


def read(probe: Probe, ledger: Ledger) -> list[Piece]:
    source = probe.path.name
    people = People(source)
    blocks = [block for sheet in load(probe, ledger) for block in _blocks(sheet)]
    dated = {
        titles: survey_date(probe, ledger, people.faults, titles=titles, year_is_enough=10)
        for titles in dict.fromkeys((block.title, block.sheet) for block in blocks)
    }
    by_date: dict[Date, list[_Block]] = {}
    for block in blocks:
        by_date.setdefault(dated[block.title, block.sheet]._replace(day=None), []).append(block)
    if not blocks:
        raise InputError(Fault(
            text("No sheet counts people of municipalities by five-year age."),
            text("Give the workbook with the columns 0～4歳, 5～9歳 and so on."), file=source,
        ))
    pieces: list[Piece] = []
    for date, group in by_date.items():
        pieces += _read_group(group, date, people, ledger, source)
    people.finish(ledger)
    rows = sum(len(piece.names) for piece in pieces if isinstance(piece, AgePiece))
    vintage = ", ".join(f"{date.year}-{date.month:02}" for date in by_date)
    title = squeezed(blocks[0].title)[:120]
    ledger.add_source(file_source(probe.path, format=FORMAT, title=title, rows=rows, vintage=vintage))
    return pieces


def _read_group(blocks: list[_Block], date: Date, people: People, ledger: Ledger, source: str) -> list[Piece]:
    """Blocks of one date, men and women put together by the names of the places."""
    groups = tuple((h.low, h.high) for _, h in blocks[0].ages if h.what == "age")
    prefecture = next((p for p in PREFECTURES for b in blocks if p in squeezed(b.title) or p in b.sheet), "")
    places: dict[str, str] = {}
    figures: dict[tuple[str, int], tuple[Floats, float, float]] = {}
    rows: dict[tuple[str, int], int] = {}
    sums, twice = [], []
    for block in blocks:
        if tuple((h.low, h.high) for _, h in block.ages if h.what == "age") != groups:
            people.faults.append(Fault(
                text("Blocks of one date have different age groups."),
                text("Keep one of them, or give each its date."), file=source, row=block.heading + 1,
            ))
            continue
        for row_number, row in _body(block):
            name, code = _place(block, row, prefecture, people, row_number)
            sex = block.sex if block.sex_column is None else _SEXES.get(_sex_word(row[block.sex_column]), -1)
            if sex < 0 or not name:
                continue
            if name in _SUMS:
                sums.append(name)
                continue
            if (name, sex) in figures:
                twice.append(f"{row_number}: {name}")
                continue
            places[name] = places.get(name) or code
            figures[name, sex] = _figures(block, row, row_number, groups, people)
            rows[name, sex] = row_number
            people.whose[row_number] = places[name] or name
    if not people.faults:
        people.faults += _total_faults(blocks[0], groups, figures, rows, people)
    if people.faults:
        people.finish(ledger)
    ledger.note("dropped", text("Rows that only sum up the others were left out."), count=len(sums), source=source,
                examples=sorted(set(sums)))
    ledger.note("dropped", text("Places that occur twice for one sex and date were taken once, the first time."),
                count=len(twice), source=source, examples=twice)
    return _assemble(groups, places, figures, prefecture, date, ledger, source)


def _total_faults(
    block: _Block, groups: tuple[tuple[int, int], ...], figures: dict[tuple[str, int], tuple[Floats, float, float]],
    rows: dict[tuple[str, int], int], people: People,
) -> list[Fault]:
    """Places of one sex alone, ages that miss their total, men and women that miss that of both."""
    headings = [squeezed(cell) for cell in block.rows[block.heading]]
    total = next((headings[c] for c, h in block.ages if h.what == "total"), "")
    ages = [headings[c] for c, h in block.ages if h.what == "age"]
    unknown_told = any(h.what == "unknown" for _, h in block.ages)
    names = [name for name, sex in figures if sex == 0 and (name, 1) in figures]
    alone = {
        name: sex for name, sex in figures if sex < 2 and (name, 1 - sex) not in figures
    } if names else {}
    faults = [
        Fault(text("No {sex} are given.", sex=SEX_WORDS[1 - sex]), text("Give men and women of every place."),
              file=people.source, row=rows[name, sex], value=name) for name, sex in alone.items()
    ]
    if not names:
        return faults
    counted = Counted(
        groups, *(np.array([[figures[name, sex][part] for sex in (0, 1)] for name in names]) for part in range(3))
    )
    at = np.array([[rows[name, sex] for sex in (0, 1)] for name in names])
    whole = [i for i, name in enumerate(names) if name in _WHOLE or name in PREFECTURES]
    parts = [i for i in range(len(names)) if i not in whole]
    left = counted.totals - counted.people.sum(axis=2) - counted.unknown
    if (_joined(counted.people) < 0).any():
        faults += [
            Fault(text("A number of people is negative."), text("Correct it in the table; 0 when nobody lives there."),
                  file=people.source, row=int(at[u, s]), field=ages[g], value=f"{counted.people[u, s, g]:g}")
            for u, s, g in np.argwhere(counted.people < 0).tolist()
        ]
    faults += cell_faults(counted, at, (ages, ages), people)
    of_parts = total_faults(
        counted.select(parts), at[parts], (total, total), people.source, unknown_told=unknown_told,
        whole=left[whole].sum(axis=0) if whole else None,
    )
    wrong = {fault.row for fault in of_parts}
    sound = [i for i in parts if not wrong & set(at[i].tolist())]
    faults += of_parts + total_faults(
        counted.select(whole), at[whole], (total, total), people.source, unknown_told=unknown_told,
        whole=left[sound].sum(axis=0) if sound else None,
    )
    both = np.array([figures[name, 2][2] if (name, 2) in figures else np.nan for name in names])
    return faults + both_faults(
        counted, both, [rows.get((name, 2), 0) for name in names], total, people.source, unknown_told)


def _sex_word(cell: str) -> str:
    return squeezed(cell).split("_")[-1]


def _body(block: _Block) -> list[tuple[int, Row]]:
    """Rows of the block that hold a name and figures, with their spreadsheet row numbers."""
    last = block.ages[-1][0]
    return [
        (index + 1, row)
        for index in range(block.heading + 1, block.end)
        if len(row := block.rows[index]) > max(last, block.name, block.sex_column or 0)
        and squeezed(row[block.name]) and sum(_is_count(row[c]) for c, _ in block.ages) >= _LEAST_AGES
    ]


def _place(block: _Block, row: Row, prefecture: str, people: People, row_number: int) -> tuple[str, str]:
    """Name and code of a row. The code stands in its own column, before the name (35208_岩国市), or as the
    municipality's three digits to the right of the ages."""
    name = squeezed(row[block.name])
    joined = _CODE_AND_NAME.fullmatch(name)
    given = row[block.code].strip() if block.code is not None else ""
    if joined:
        given, name = joined[1], joined[2]
    if not given and prefecture and name not in _WHOLE | _SUMS:
        beside = [squeezed(cell) for cell in row[block.ages[-1][0] + 1 : block.ages[-1][0] + 3]]
        three = next((c for c in beside if len(c) == 3 and c.isdecimal() and c > "100"), "")
        given = f"{PREFECTURES.index(prefecture) + 1:02}{three}" if three else ""
    if not given or name in _SUMS:
        return name, ""
    try:
        return name, six_digits(given.removesuffix(".0"), file=people.source, row=row_number)
    except InputError as error:
        people.faults.extend(error.faults)
        return name, ""


def _figures(
    block: _Block, row: Row, row_number: int, groups: tuple[tuple[int, int], ...], people: People
) -> tuple[Floats, float, float]:
    counts, unknown, total = not_known((len(groups),)), 0.0, np.nan
    for column, heading in block.ages:
        value = people.read(row[column], row_number, squeezed(block.rows[block.heading][column]), signed=True)
        if heading.what == "age":
            counts[groups.index((heading.low, heading.high))] = value
        elif heading.what == "total":
            total = value
        else:
            unknown = 0.0 if np.isnan(value) else value
    return counts, unknown, total


def _assemble(
    groups: tuple[tuple[int, int], ...], places: dict[str, str],
    figures: dict[tuple[str, int], tuple[Floats, float, float]], prefecture: str, date: Date, ledger: Ledger,
    source: str,
) -> list[Piece]:
    names = [name for name in places if (name, 0) in figures and (name, 1) in figures]
    ledger.note("dropped", text("Places without both men and women were left out."), count=len(places) - len(names),
                source=source, examples=[name for name in places if name not in names])
    if not names:
        raise InputError(Fault(
            text("The workbook has no men and women by age, only both together."),
            text("Look for the table by sex (男・女) of the same publisher."), file=source,
        ))
    people = np.array([[figures[name, sex][0] for sex in (0, 1)] for name in names])
    unknown = np.array([[figures[name, sex][1] for sex in (0, 1)] for name in names])
    totals = np.array([[figures[name, sex][2] for sex in (0, 1)] for name in names])
    groups, people = _join_negative(groups, people, names, ledger, source)
    whole = [name in _WHOLE or name in PREFECTURES for name in names]
    pieces: list[Piece] = []
    levels: tuple[Literal["municipality", "prefecture"], ...] = ("municipality", "prefecture")
    for level in levels:
        chosen = [i for i, is_whole in enumerate(whole) if is_whole == (level == "prefecture")]
        if chosen:
            codes = [places[names[i]] for i in chosen]
            if level == "prefecture" and prefecture:
                five = f"{PREFECTURES.index(prefecture) + 1:02}000"
                codes = [code or five + check_digit(five) for code in codes]
            pieces.append(age_piece(
                Counted(groups, people[chosen], unknown[chosen], totals[chosen]), source=source, level=level,
                codes=codes, names=[names[i] for i in chosen], year=date.year, month=date.month, ledger=ledger,
            ))
    return pieces


def _joined(people: Floats) -> Floats:
    """The oldest groups joined, up to three times, until none is negative."""
    for _ in range(_MOST_JOINED):
        if (people < 0).any():
            people = np.concatenate([people[..., :-2], people[..., -2:].sum(axis=2, keepdims=True)], axis=2)
    return people


def _join_negative(
    groups: tuple[tuple[int, int], ...], people: Floats, names: Sequence[str], ledger: Ledger, source: str
) -> tuple[tuple[tuple[int, int], ...], Floats]:
    """Estimates carry ages forward and may fall below zero among the oldest (the publisher says so): join them.

    Every total stays as published. A negative number that no joining removes is a fault, told before.
    """
    negative = [f"{names[u]} {'男女'[s]}: {people[u, s, g]:,.0f}" for u, s, g in np.argwhere(people < 0)]
    if not negative:
        return groups, people
    joined = _joined(people)
    kept = joined.shape[2]
    ledger.note(
        "repair", text("The oldest ages were joined from {age} years, since published estimates there are below zero.",
                       age=groups[kept - 1][0]),
        count=len(negative), source=source, examples=negative,
    )
    return (*groups[: kept - 1], (groups[kept - 1][0], OPEN)), joined
