"""Faults that a table of people shows by itself: ages that miss their total, empty cells, a sex that is not there."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from musubime.errors import Fault
from musubime.language import text
from musubime.region import Floats, Ints
from musubime.tabular import Date

from ._ages import OPEN, AgeHeading, Counted, People

ROUNDING = 0.5
FEW_CELLS = 3  # empty cells of a row and sex that are told one by one
MOST_UNKNOWN = 0.05  # of a place's people; in the census of 2020 it is 2 % in the nation, 5 % in 中央区 of 札幌
SEX_WORDS = (text("men"), text("women"))
_AGE_SIGNS = ("歳", "才", "代")


def age_like(cell: str) -> bool:
    """A heading that speaks of an age and a sex, though not in digits (二十歳から二十四歳の男性)."""
    return any(sign in cell for sign in _AGE_SIGNS) and ("男" in cell or "女" in cell) and "再掲" not in cell


def group_faults(
    columns: Sequence[tuple[int, AgeHeading]], headings: Sequence[str], row: int, source: str
) -> list[Fault]:
    """Age columns that are there for one sex only, and headings in words where the ages have a gap."""
    by_sex = {
        sex: {(h.low, h.high): headings[c] for c, h in columns if h.what == "age" and h.sex == sex}
        for sex in ("male", "female")
    }
    faults = []
    read = {c for c, _ in columns}
    in_words = [cell for c, cell in enumerate(headings) if c not in read and age_like(cell)]
    groups = sorted(by_sex["male"] | by_sex["female"])
    whole = bool(groups) and groups[0][0] == 0 and groups[-1][1] == OPEN and groups[-1][0] >= 85 and all(
        a[1] + 1 == b[0] for a, b in pairwise(groups))
    one_sex = any(not found for found in by_sex.values())
    if in_words and (not whole or one_sex or by_sex["male"].keys() != by_sex["female"].keys()):
        return [
            Fault(text("This age is not written in digits."), text("Write the heading like 20-24歳の男性."),
                  file=source, row=row, field=cell) for cell in in_words
        ]
    for sex, other, word in (("male", "female", SEX_WORDS[1]), ("female", "male", SEX_WORDS[0])):
        lacking = [heading for group, heading in by_sex[sex].items() if group not in by_sex[other]]
        if lacking and not by_sex[other]:
            faults.append(Fault(
                text("The table has no {sex}.", sex=word),
                text("Give men and women, both by age, in columns of their own."),
                file=source, row=row, field=lacking[0],
            ))
        else:
            faults += [
                Fault(text("Of this age the table has no {sex}.", sex=word), text("Add the column that is missing."),
                      file=source, row=row, field=heading) for heading in lacking
            ]
    return faults


def cell_faults(counted: Counted, rows: Ints, fields: Sequence[Sequence[str]], people: People) -> list[Fault]:
    """Cells that are empty though people are missing, and rows that count one sex alone.

    rows: (units, 2) spreadsheet rows; fields: headings by sex and group. A cell that is suppressed (秘匿) or unknown is
    none of these. Empty cells of a sex are nobody where the others make up its printed total.
    """
    faults = []
    empty = np.isnan(counted.people)
    known = np.nansum(counted.people, axis=2) + counted.unknown
    whole = np.abs(known - counted.totals) < ROUNDING
    for unit, sex in np.argwhere(empty.any(axis=2) & ~whole).tolist():
        row = int(rows[unit, sex])
        blank = [g for g in np.flatnonzero(empty[unit, sex]).tolist() if (row, fields[sex][g]) not in people.holes]
        if len(blank) == empty.shape[2]:
            faults.append(Fault(
                text("No {sex} are given.", sex=SEX_WORDS[sex]),
                text("Write their number for each age; 0 where there is nobody."), file=people.source, row=row,
                field=fields[sex][0],
            ))
        elif len(blank) > FEW_CELLS:
            faults.append(Fault(
                text("{count} cells of {sex} are empty.", count=len(blank), sex=SEX_WORDS[sex]),
                text("Write their number for each age; 0 where there is nobody."), file=people.source, row=row,
                field=fields[sex][blank[0]],
            ))
        else:
            faults += [
                Fault(text("The cell is empty."), text("Write the number; 0 where there is nobody."),
                      file=people.source, row=row, field=fields[sex][g]) for g in blank
            ]
    return faults


def total_faults(
    counted: Counted, rows: Ints, fields: Sequence[str], source: str, *, unknown_told: bool,
    whole: Floats | None = None,
) -> list[Fault]:
    """Ages that do not make up the printed total of their row. fields: headings of the totals of men and women.

    whole: (2,) by how much the row that sums up the others exceeds its own ages. Where no column counts unknown ages,
    printed totals contain them: see `_may_be_unknown`.
    """
    summed = counted.people.sum(axis=2) + counted.unknown
    left = counted.totals - summed  # nan where a total or an age is not known
    with np.errstate(invalid="ignore"):
        wrong = np.abs(left) > ROUNDING
    if not unknown_told:
        wrong &= ~_may_be_unknown(np.where(wrong, left, 0.0), counted.totals, whole)
    return [
        Fault(
            text("The ages add up to {added:,.0f}, not to the printed total of {total:,.0f}.",
                 added=summed[unit, sex], total=counted.totals[unit, sex]),
            text("Correct the ages or the total; people of unknown age need a column of their own (年齢不詳)."),
            file=source, row=int(rows[unit, sex]), field=fields[sex], value=f"{counted.totals[unit, sex]:g}",
        )
        for unit, sex in np.argwhere(wrong).tolist()
    ]


def _may_be_unknown(left: Floats, totals: Floats, whole: Floats | None) -> NDArray[np.bool_]:
    """Which differences (units, 2) are people of unknown age that the publisher counts in the totals alone.

    No total may be below its ages and none exceed them by more than 5 %. Then the row that sums up the others tells:
    it exceeds its own ages by as much as they do together (where one row alone spoils that, it alone is wrong).
    Without such a row every second place must have them: one place of many is a mistake.
    """
    with np.errstate(invalid="ignore"):
        possible = (left > 0) & (left <= MOST_UNKNOWN * totals)
    wrong = np.abs(left) > ROUNDING
    fits = np.zeros(left.shape, dtype=bool)
    for sex in range(left.shape[1]):
        asked = wrong[:, sex]
        if whole is not None and np.isfinite(whole[sex]):
            rest = left[asked, sex].sum() - whole[sex]
            if abs(rest) < ROUNDING:
                fits[:, sex] = possible[:, sex]
            else:
                alone = asked & (np.abs(left[:, sex] - rest) < ROUNDING)
                fits[:, sex] = possible[:, sex] & ~alone & alone.any()
        elif asked.sum() * 2 >= len(asked) > 1 and (possible[:, sex] | ~asked).all():
            fits[:, sex] = possible[:, sex]
    return fits


def both_faults(
    counted: Counted, both: Floats, rows: Sequence[int], field: str, source: str, unknown_told: bool
) -> list[Fault]:
    """Men and women that do not make up the printed total of both (units,)."""
    by_sex = np.where(np.isfinite(counted.totals), counted.totals, counted.people.sum(axis=2) + counted.unknown)
    summed = by_sex.sum(axis=1)
    with np.errstate(invalid="ignore"):
        wrong = np.abs(summed - both) > ROUNDING
    bare = ~np.isfinite(counted.totals).all(axis=1)  # both sexes' ages stand for their totals: unknown ages are left
    if not unknown_told and bare.any():
        left = np.where(wrong & bare, both - summed, 0.0)
        wrong &= ~_may_be_unknown(left[:, None], both[:, None], None)[:, 0]
    return [
        Fault(
            text("Men and women add up to {added:,.0f}, not to the printed total of {total:,.0f}.",
                 added=summed[unit], total=both[unit]),
            text("Correct the number of men, of women, or of both."), file=source, row=int(rows[unit]), field=field,
            value=f"{both[unit]:g}",
        )
        for unit in np.flatnonzero(wrong).tolist()
    ]


def twice_faults(
    dated: Sequence[Date], names: Sequence[str], levels: Sequence[str], rows: Sequence[int], source: str
) -> list[Fault]:
    """Places that stand twice at one date."""
    first: dict[tuple[Date, str, str], int] = {}
    return [
        Fault(
            text("{name} stands twice, first in row {first}.", name=name, first=first[date, level, name]),
            text("Join the two rows, or give the places names of their own."), file=source, row=row, value=name,
        )
        for date, name, level, row in zip(dated, names, levels, rows, strict=True)
        if level != "total" and first.setdefault((date, level, name), row) != row
    ]
