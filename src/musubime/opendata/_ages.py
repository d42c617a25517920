"""People by age out of any table: the headings of age groups, checks against printed totals, five-year groups."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np

from musubime.errors import Fault
from musubime.language import text
from musubime.provenance import Ledger
from musubime.region import FIVE_YEAR_AGES, Floats
from musubime.tabular import number, squeezed

from .model import AgePiece, CountError

Sex = Literal["male", "female", "both", ""]
OPEN = 200
"""Upper bound of an open age group (85歳以上)."""

MAX_AGE = 130


class AgeHeading(NamedTuple):
    """what: an age group from low to high (OPEN when it has no end), a printed total, or people of unknown age."""

    what: Literal["age", "total", "unknown"]
    sex: Sex
    low: int = -1
    high: int = -1


_SEXES = re.compile(r"の?(男性|女性|男|女)(?:人数)?")
_NUMBERED = re.compile(r"^\d{2}_")
_SPAN = re.compile(r"(\d{1,3})歳?[-~〜～―–—‐−](\d{1,3})歳?")
_FROM = re.compile(r"(\d{1,3})歳?(?:以上|[-~〜～+])")
_SINGLE = re.compile(r"(\d{1,3})歳")


@lru_cache(maxsize=8192)
def age_heading(cell: str) -> AgeHeading | None:
    """What a heading counts, or None when it has nothing to do with age.

    >>> age_heading("85歳の男性以上")
    AgeHeading(what='age', sex='male', low=85, high=200)
    >>> age_heading("１００歳以上【人】").low, age_heading("20_95～99歳").high, age_heading("（再掲）65歳以上")
    (100, 99, None)
    """
    words = _NUMBERED.sub("", squeezed(cell)).replace("【人】", "").replace("(人)", "")
    if not words or "再掲" in words or len(words) > 14:
        return None
    match = _SEXES.search(words)
    sex: Sex = "" if match is None else "male" if match[1].startswith("男") else "female"
    words = _SEXES.sub("", words)
    if "不詳" in words or "不明" in words:
        return AgeHeading("unknown", sex)
    if words in ("総数", "総人口", "計", "合計", "人口総数", "人口") or (sex and not words):
        return AgeHeading("total", sex)
    for pattern, last in ((_SPAN, None), (_FROM, OPEN), (_SINGLE, -1)):
        found = pattern.fullmatch(words)
        if found:
            low = int(found[1])
            high = int(found[2]) if last is None else low if last == -1 else last
            return AgeHeading("age", sex, low, high) if low <= min(high, MAX_AGE) else None
    return None


@dataclass
class People:
    """Reads cells that count people; keeps every fault, every suppressed and every unknown figure it met.

    holes: row and heading of the cells that are suppressed or unknown, which is not the same as empty. whose: the
    place that a row counts, its code or (without one) its name.
    """

    source: str
    stars_are_zero: bool = False
    faults: list[Fault] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    holes: set[tuple[int, str]] = field(default_factory=set)
    whose: dict[int, str] = field(default_factory=dict)

    def read(self, cell: str, row: int, heading: str, *, signed: bool = False) -> float:
        """People in a cell; nan where it is empty, suppressed or unknown."""
        value, state = number(cell)
        place = f"{row}: {heading} {cell.strip()}"
        if state == "hidden":
            self.hidden.append(place)
            self.holes.add((row, heading))
        elif state == "unknown":
            if self.stars_are_zero and cell.strip() == "***":
                return 0.0
            self.unknown.append(place)
            self.holes.add((row, heading))
        elif state == "bad":
            self.holes.add((row, heading))
            self.faults.append(Fault(
                text("This is not a number of people."), text("Write digits, or leave the cell empty."),
                file=self.source, row=row, field=heading, value=cell.strip()[:40],
            ))
        elif math.isnan(value):
            return value
        elif value < 0 and not signed:
            self.faults.append(Fault(
                text("A number of people is negative."), text("Correct it in the table; 0 when nobody lives there."),
                file=self.source, row=row, field=heading, value=cell.strip(),
            ))
        elif value != round(value):
            self.faults.append(Fault(
                text("A number of people has a fraction."), text("Give the table of counted people, not of estimates."),
                file=self.source, row=row, field=heading, value=cell.strip(),
            ))
        return value

    def finish(self, ledger: Ledger) -> None:
        """Raise all faults at once, else note what is suppressed or unknown."""
        if self.faults:
            everybody = {place for place in self.whose.values() if place}
            raise CountError(self.faults, [
                {self.whose[fault.row]} if fault.row is not None and self.whose.get(fault.row) else everybody
                for fault in self.faults
            ])
        ledger.note("missing", text("Suppressed figures (秘匿) are kept as not known."), count=len(self.hidden),
                    source=self.source, examples=self.hidden)
        ledger.note("missing", text("Figures that the publisher gives as unknown are kept as not known."),
                    count=len(self.unknown), source=self.source, examples=self.unknown)


@dataclass(frozen=True)
class Counted:
    """What a table counts before it is checked. people: (units, 2, groups) in the order of `groups`, nan = not known.

    unknown: people of unknown age (units, 2). totals: printed totals by sex (units, 2), nan where none is printed.
    """

    groups: tuple[tuple[int, int], ...]
    people: Floats
    unknown: Floats
    totals: Floats

    def select(self, units: Sequence[int]) -> Counted:
        chosen = list(units)
        return Counted(self.groups, self.people[chosen], self.unknown[chosen], self.totals[chosen])


def age_piece(
    counted: Counted, *, source: str, level: Literal["district", "former", "municipality", "prefecture", "nation"],
    codes: Sequence[str], names: Sequence[str], year: int, month: int, ledger: Ledger, households: Floats | None = None,
    rows: Sequence[int] = (),
) -> AgePiece:
    """Spread unknown ages over the known ones, and make five-year groups.

    Where printed totals still exceed the ages (`_totals.total_faults` let them pass), those who are left are of unknown
    age. Raises CountError when age groups leave gaps.
    """
    order = sorted(range(len(counted.groups)), key=lambda i: counted.groups[i])
    groups = [counted.groups[i] for i in order]
    if not groups or groups[0][0] != 0 or any(a[1] + 1 != b[0] for a, b in pairwise(groups)):
        raise CountError([Fault(
            text("The age groups do not follow one another from age 0: {groups}.",
                 groups=", ".join(f"{low}-{'' if high == OPEN else high}" for low, high in groups[:8])),
            text("Check the headings of the age columns."), file=source,
        )], [set(filter(None, codes)) or set(names)])
    people = _fill_empty(counted.people[..., order], counted, source, ledger)
    left = counted.totals - people.sum(axis=2) - counted.unknown
    without = np.where(left > 0.5, left, 0.0)
    ledger.note("repair", text(
        "Printed totals exceed the ages and no column counts unknown ages: the difference was taken for people of "
        "unknown age."), count=round(float(without.sum())), source=source,
        examples=[f"{names[u]} {'男女'[s]}: {without[u, s]:,.0f}" for u, s in np.argwhere(without > 0)])
    people = _spread_unknown(people, counted.unknown + without, names, source, ledger)
    lower = tuple(low for low, _ in groups)
    last = min(lower[-1] // 5 * 5, 100)
    if any(high - low < 4 for low, high in groups[:-1]) and _foldable(lower, last):
        lower, people = to_five_year(lower, people, last=last)
    return AgePiece(
        source, level, tuple(codes), tuple(names), year, month, lower, people,
        np.full(len(names), np.nan) if households is None else households, tuple(rows),
    )


def to_five_year(ages: Sequence[int], people: Floats, last: int = FIVE_YEAR_AGES[-1]) -> tuple[tuple[int, ...], Floats]:
    """Fold finer age groups (…, ages) into five-year groups, open from `last`.

    >>> to_five_year([0, 1, 4, 5, 9, 10], np.array([1.0, 2, 3, 4, 5, 6]), last=5)
    ((0, 5), array([ 6., 15.]))
    """
    lower = tuple(range(0, last + 1, 5))
    if not _foldable(ages, last):
        raise ValueError("a group would have to be cut to make five-year groups")
    target = np.minimum(np.asarray(ages) // 5, len(lower) - 1)
    folded = np.zeros((*people.shape[:-1], len(lower)))
    for position, group in enumerate(target):
        folded[..., group] += people[..., position]
    return lower, folded


def _foldable(ages: Sequence[int], last: int) -> bool:
    return all(low >= last or (above - 1) // 5 == low // 5 for low, above in pairwise(ages))


def _fill_empty(people: Floats, counted: Counted, source: str, ledger: Ledger) -> Floats:
    """Empty cells are nobody where the printed total says so; elsewhere they stay not known."""
    empty = np.isnan(people)
    if not empty.any():
        return people
    known = np.nansum(people, axis=2) + counted.unknown
    nobody = empty.any(axis=2) & (np.abs(known - counted.totals) < 0.5)
    filled = people.copy()
    filled[empty & nobody[:, :, None]] = 0.0
    ledger.note("assumption", text("Empty cells count nobody, since the other ages make up the printed total."),
                count=int((empty & nobody[:, :, None]).sum()), source=source)
    ledger.note("missing", text("Ages of some units are not known."), source=source,
                count=int(np.isnan(filled).any(axis=(1, 2)).sum()))
    return filled


def _spread_unknown(
    people: Floats, unknown: Floats, names: Sequence[str], source: str, ledger: Ledger
) -> Floats:
    """People of unknown age, in proportion to the known ages of their unit and sex."""
    known = people.sum(axis=2)
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.where((unknown > 0) & (known > 0), (known + unknown) / known, 1.0)
    lost = (unknown > 0) & ~(known > 0)
    ledger.note(
        "assumption", text("People of unknown age were spread over the ages in proportion, by unit and sex."),
        count=round(float(unknown[~lost].sum())), source=source,
        examples=[f"{names[u]} {'男女'[s]}: {unknown[u, s]:,.0f}" for u, s in np.argwhere((unknown > 0) & ~lost)[:5]],
    )
    ledger.note("dropped", text("People of unknown age in units without any known age were left out."),
                count=round(float(unknown[lost].sum())), source=source)
    return people * factor[:, :, None]


def group_columns(headings: Sequence[str]) -> list[tuple[int, AgeHeading]]:
    """Columns that count people by age, with what each counts; the first of two equal headings is taken."""
    found: dict[AgeHeading, int] = {}
    for column, cell in enumerate(headings):
        heading = age_heading(cell) if cell else None
        if heading is not None:
            found.setdefault(heading, column)
    return [(column, heading) for heading, column in found.items()]


def not_known(shape: tuple[int, ...]) -> Floats:
    return np.full(shape, math.nan)
