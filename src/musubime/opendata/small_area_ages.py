"""People of census small areas by sex and five-year age (小地域集計), as e-Stat's 統計GIS publishes the table.

The first row holds codes (KEY_CODE, HYOSYO, CITYNAME, NAME, HTKSYORI, HTKSAKI, GASSAN, T001082001 ...), the second the
words for them. See docs/data/small_area_ages.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.provenance import Ledger, file_source
from musubime.region import Floats
from musubime.region.codes import check_digit
from musubime.tabular import Row, Sheet, dates, plain, squeezed, years

from ._ages import OPEN, Counted, People, age_heading
from ._tables import load, peek
from ._totals import both_faults, total_faults
from .model import AreaAgePiece, Piece, Probe

FORMAT = "国勢調査 小地域集計 年齢（5歳階級）・男女別人口 (e-Stat)"

_HEADS = ("KEY_CODE", "HTKSYORI", "HTKSAKI", "NAME")
_LEAST_AGES = 15
_OLDEST = 75
_CENSUS = {"T001082": 2020, "T000849": 2015}
"""Tables whose census their code tells (年齢（５歳階級、４区分）別、男女別人口)."""

_NUMBERED = re.compile(r"(T\d{6})(\d{3})")
_A_SEX = 20  # columns of each sex where no words stand under the codes: total, 15 groups, 3 classes, 75 and over
_HIDES = "2"
_MUNICIPALITY = 5  # digits of its KEY_CODE; an area has 9, its parts (丁目) 11
_AREAS = (9, 11)


@dataclass(frozen=True)
class _Layout:
    """heading: row of the codes. columns: of each (sex, lower age), sex 2 for both and age -1 for the total."""

    heading: int
    body: int
    heads: dict[str, int]
    columns: dict[tuple[int, int], int]
    words: dict[int, str]
    year: int


def recognise(probe: Probe) -> bool:
    return any(_layout(sheet) is not None for sheet in peek(probe))


def _layout(sheet: Sheet) -> _Layout | None:
    for index, row in enumerate(sheet.rows[:3]):
        heads = {plain(cell).upper(): c for c, cell in enumerate(row)}
        if not all(head in heads for head in _HEADS):
            continue
        below = sheet.rows[index + 1] if index + 1 < len(sheet.rows) else ()
        columns = _by_words(below)
        told = len(columns) >= 2 * _LEAST_AGES
        if not told:
            columns = _by_number(row)
        if not {(sex, age) for sex in (0, 1) for age in (-1, *range(0, _OLDEST + 1, 5))} <= columns.keys():
            continue
        words = {c: squeezed(below[c]) if told else plain(row[c]) for c in columns.values()}
        tables = {match[1] for cell in row if (match := _NUMBERED.fullmatch(plain(cell)))}
        census = {_CENSUS[table] for table in tables if table in _CENSUS}
        return _Layout(index, index + 1 + told, heads, columns, words, census.pop() if len(census) == 1 else 0)
    return None


def _by_words(row: Row) -> dict[tuple[int, int], int]:
    """総数、年齢「不詳」含む / 男の総数、… are totals, 男０～４歳 an age; the classes (15歳未満, 65歳以上) are none."""
    columns: dict[tuple[int, int], int] = {}
    for column, cell in enumerate(row):
        words = squeezed(cell)
        sex = 0 if words.startswith("男") else 1 if words.startswith("女") else 2
        if "総数" in words and "不詳" in words and "含む" in words:
            columns.setdefault((sex, -1), column)
            continue
        found = age_heading(words.removeprefix("総数"))
        if found is None or found.what != "age":
            continue
        if found.high == found.low + 4 or (found.high == OPEN and found.low == _OLDEST):
            columns.setdefault((sex, found.low), column)
    return columns


def _by_number(row: Row) -> dict[tuple[int, int], int]:
    """The same by the last three digits of the codes, where their words were cut off."""
    columns: dict[tuple[int, int], int] = {}
    for column, cell in enumerate(row):
        match = _NUMBERED.fullmatch(plain(cell))
        if match is None or match[1] not in _CENSUS:
            continue
        sex, place = divmod(int(match[2]) - 1, _A_SEX)
        if sex < 3 and (place <= _LEAST_AGES or place == _A_SEX - 1):
            age = -1 if place == 0 else _OLDEST if place == _A_SEX - 1 else 5 * (place - 1)
            columns[(2, 0, 1)[sex], age] = column
    return columns


def read(probe: Probe, ledger: Ledger) -> list[Piece]:
    source = probe.path.name
    people = People(source)
    pieces: list[Piece] = []
    rows = 0
    for sheet in load(probe, ledger):
        layout = _layout(sheet)
        if layout is None:
            continue
        by_town: dict[str, dict[str, tuple[int, Row]]] = {}
        for index in range(layout.body, len(sheet.rows)):
            row = sheet.rows[index]
            key = _key(row, layout, people, index + 1)
            if key:
                town = by_town.setdefault(key[:_MUNICIPALITY], {})
                if key in town:
                    people.faults.append(Fault(
                        text("{name} stands twice, first in row {first}.", name=key, first=town[key][0]),
                        text("Join the two rows, or give the places names of their own."), file=source, row=index + 1,
                        field="KEY_CODE", value=key,
                    ))
                town.setdefault(key, (index + 1, row))
                people.whose[index + 1] = key[:_MUNICIPALITY]
        rows += sum(map(len, by_town.values()))
        year = layout.year or next(iter([*(d.year for d in dates(source)), *years(source)]), 0)
        pieces += [_piece(town, found, layout, year, people) for town, found in by_town.items()]
    if not pieces:
        raise InputError(Fault(
            text("The table has a heading and no rows."), text("Fetch it again from its publisher."), file=source,
        ))
    people.hidden = []  # told when they are filled
    people.finish(ledger)
    vintage = ", ".join(sorted({str(p.year) for p in pieces if isinstance(p, AreaAgePiece) and p.year}))
    ledger.add_source(file_source(probe.path, format=FORMAT, rows=rows, vintage=vintage))
    return pieces


def _key(row: Row, layout: _Layout, people: People, number: int) -> str:
    """The KEY_CODE of a row, its leading zero put back; "" for an empty row or a prefecture's."""
    at = layout.heads["KEY_CODE"]
    key = plain(row[at]).removesuffix(".0") if at < len(row) else ""
    if not key:
        return ""
    lengths = (_MUNICIPALITY, *_AREAS)
    if key.isdecimal() and len(key) + 1 in lengths and len(key) not in lengths:
        key = "0" + key
    if key.isdecimal() and len(key) == 2:
        return ""
    if not key.isdecimal() or len(key) not in lengths:
        people.faults.append(Fault(
            text("This is no code of a census area."), text("KEY_CODE has 5, 9 or 11 digits; keep the column as text."),
            file=people.source, row=number, field="KEY_CODE", value=key,
        ))
        return ""
    return key


def _piece(
    town: str, found: dict[str, tuple[int, Row]], layout: _Layout, year: int, people: People
) -> AreaAgePiece:
    """The areas of one municipality. A row with parts (丁目) of its own sums them up and is left out."""
    parents = {key[: _AREAS[0]] for key in found if len(key) == _AREAS[1]}
    ids = [key for key in found if len(key) > _MUNICIPALITY and key not in parents]
    ages = tuple(range(0, _OLDEST + 1, 5))
    counts = {
        key: np.array([
            [_cell(found[key], layout, (sex, age), people) for age in (-1, *ages)] for sex in (0, 1)
        ]) for key in [*ids, *([town] if town in found else [])]
    }
    both = {key: _cell(found[key], layout, (2, -1), people) for key in counts}
    table = np.array([counts[key] for key in ids]).reshape(len(ids), 2, len(ages) + 1)
    into = []
    for key in ids:
        number, row = found[key]
        holder = _word(row, layout, "HTKSAKI") if _word(row, layout, "HTKSYORI") == _HIDES else ""
        # within the municipality, four digits or six; a spreadsheet takes leading zeros
        holder = next((k for k in (holder, town + holder.zfill(4), town + holder.zfill(6)) if holder and k in found),
                      holder)
        if holder and holder not in found:
            people.faults.append(Fault(
                text("This area's ages were added to an area that is not in the table."),
                text("Give the table of the whole municipality."), file=people.source, row=number, field="HTKSAKI",
                value=holder,
            ))
        into.append("" if holder in parents else holder)
    whole = counts.get(town, np.full((2, len(ages) + 1), np.nan))
    _check(ids, table, [both[key] for key in ids], [found[key][0] for key in ids], layout, people)
    if town in found:
        _check([town], whole[None], [both[town]], [found[town][0]], layout, people)
        _check_sum(town, ids, table, whole, into, found[town][0], layout, people)
    names = tuple(_word(found[key][1], layout, "NAME") or key for key in ids)
    return AreaAgePiece(
        people.source, town + check_digit(town), tuple(ids), names, tuple(found[key][0] for key in ids), year,
        ages, table[..., 1:], table[..., 0], tuple(into), whole[:, 1:], whole[:, 0],
    )


def _cell(numbered: tuple[int, Row], layout: _Layout, what: tuple[int, int], people: People) -> float:
    number, row = numbered
    column = layout.columns.get(what, -1)
    if not 0 <= column < len(row):
        return float("nan")
    return people.read(row[column], number, layout.words[column])


def _word(row: Row, layout: _Layout, head: str) -> str:
    at = layout.heads[head]
    return plain(row[at]).removesuffix(".0") if at < len(row) else ""


def _check(
    ids: list[str], table: Floats, both: list[float], rows: list[int], layout: _Layout, people: People
) -> None:
    """Empty cells, ages above their total, men and women that miss the total of both. Totals contain unknown ages."""
    ages = range(0, _OLDEST + 1, 5)
    for unit, number in enumerate(rows):
        for sex in (0, 1):
            for place, age in enumerate((-1, *ages)):
                word = layout.words[layout.columns[sex, age]]
                if np.isnan(table[unit, sex, place]) and (number, word) not in people.holes:
                    people.faults.append(Fault(
                        text("The cell is empty."), text("Write the number; 0 where there is nobody."),
                        file=people.source, row=number, field=word,
                    ))
    counted = Counted(tuple((a, a + 4) for a in ages), table[..., 1:], np.zeros(table.shape[:2]), table[..., 0])
    by_sex = np.repeat(np.array(rows)[:, None], 2, axis=1)
    names = [layout.words[layout.columns[sex, -1]] for sex in (0, 1)]
    counted.unknown[:] = np.nan_to_num(np.maximum(counted.totals - counted.people.sum(axis=2), 0.0))
    people.faults += total_faults(counted, by_sex, names, people.source, unknown_told=True)
    if (2, -1) in layout.columns:
        people.faults += both_faults(
            counted, np.array(both), rows, layout.words[layout.columns[2, -1]], people.source, unknown_told=True)


def _check_sum(
    town: str, ids: list[str], table: Floats, whole: Floats, into: list[str], row: int, layout: _Layout, people: People
) -> None:
    """The areas, where nothing is lost to hiding, make up the municipality's row."""
    hidden: NDArray[np.bool_] = np.asarray(np.isnan(table).any(axis=(1, 2)))
    if not ids or np.isnan(whole).any() or any(h and not i for h, i in zip(hidden, into, strict=True)):
        return
    added = table[~hidden].sum(axis=0)
    for sex in (0, 1):
        for place in np.flatnonzero(np.abs(added[sex] - whole[sex]) > 0.5).tolist():
            age = -1 if place == 0 else 5 * (place - 1)
            people.faults.append(Fault(
                text("The rows add up to {added:,.0f}, not to {total:,.0f} in the row that sums them up.",
                     added=added[sex, place], total=whole[sex, place]),
                text("Give the table with all areas of the municipality, as it was published."), file=people.source,
                row=row, field=layout.words[layout.columns[sex, age]], value=f"{whole[sex, place]:g}",
            ))
