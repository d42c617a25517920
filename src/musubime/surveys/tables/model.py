"""A table that adds up: exact numbers, the sums they must keep, and everything a reader must know about its base."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Literal

from musubime.language import Text

from .rounding import Exact, half_up, printed, ratio

ColumnKind = Literal["count", "amount", "share", "mean", "difference", "rate"]
RowRole = Literal["part", "total", "base", "no_answer"]

RATIOS = ("share", "mean", "rate")


@dataclass(frozen=True)
class Row:
    """One category. role "part": one answer or class. "total": its value is the sum of `sum_of`. "base": the N that
    shares are of, where answers overlap. "no_answer": asked and answered nothing here; in no total and no share."""

    id: str
    head: Text
    role: RowRole = "part"
    sum_of: tuple[str, ...] = ()


@dataclass(frozen=True)
class Column:
    """One measure.

    count: units counted. amount: a quantity summed (people). difference: column `numerator` - column `denominator`.
    share, mean, rate: column `numerator` divided by `denominator` of the same row, or, where `denominator_row` is
    named, by `numerator`'s value in that row. A share and a rate are printed as percentages. `sum_of`: columns that
    add up to this one.
    """

    id: str
    head: Text
    kind: ColumnKind
    unit: Text
    decimals: int = 0
    numerator: str = ""
    denominator: str = ""
    denominator_row: str = ""
    sum_of: tuple[str, ...] = ()

    @property
    def percent(self) -> bool:
        return self.kind in ("share", "rate")


@dataclass(frozen=True)
class Table:
    """One table, ready to print.

    values: (rows, columns), exact; None where a number does not exist, with its reason in `blanks` by (row, column)
    id. base: what the table counts, in words, with those who were not asked named. asked, answered: units asked for a
    return and units that returned one; n: units that answered this question, the N of the table, of the `n_of` that
    were to answer it (the returns, or the hubs, RMOs or settlements described in them). multiple: answers overlap, so
    that rows do not add up to N and shares not to 100. vintage: what point in time the numbers describe.
    definition: version of the questionnaire or of the definition. shares and totals follow from counts: `Table` is
    made only if they do (ValueError otherwise).
    """

    id: str
    title: Text
    rows: tuple[Row, ...]
    columns: tuple[Column, ...]
    values: tuple[tuple[Exact | None, ...], ...]
    base: Text
    source: Text
    vintage: str
    definition: str = ""
    asked: int | None = None
    answered: int | None = None
    n: int | None = None
    multiple: bool = False
    row_head: Text | None = None
    notes: tuple[Text, ...] = ()
    blanks: Mapping[tuple[str, str], Text] = field(default_factory=lambda: MappingProxyType({}))
    n_of: int | None = None

    def __post_init__(self) -> None:
        if problems := list(self.contradictions()):
            raise ValueError(f"{self.id}: " + "; ".join(problems))

    def value(self, row: str, column: str) -> Exact | None:
        """The exact number; a share as a fraction of 1."""
        return self.values[self._row_ids.index(row)][self._column_ids.index(column)]

    def shown(self, row: str, column: str) -> Decimal | None:
        """The number rounded as it is printed, shares and rates in per cent."""
        value, c = self.value(row, column), self.column(column)
        return None if value is None else half_up(value * 100 if c.percent else value, c.decimals)

    def printed(self, row: str, column: str) -> str:
        """The number as it is printed: 1,408 · 33% · -0.6%; empty where there is none."""
        c = self.column(column)
        return printed(self.value(row, column), c.decimals, percent=c.percent, sign=c.kind in ("difference", "rate"))

    def column(self, id: str) -> Column:
        return self.columns[self._column_ids.index(id)]

    def row(self, id: str) -> Row:
        return self.rows[self._row_ids.index(id)]

    @property
    def no_answer(self) -> int | None:
        """Units that were to answer this question and did not."""
        return None if self.n_of is None or self.n is None else self.n_of - self.n

    @property
    def _row_ids(self) -> list[str]:
        return [row.id for row in self.rows]

    @property
    def _column_ids(self) -> list[str]:
        return [column.id for column in self.columns]

    def contradictions(self) -> Iterator[str]:
        """Where a total is not the sum of its parts, or a share not the quotient of its counts."""
        for r in self.rows:
            for c in self.columns:
                value = self.value(r.id, c.id)
                if r.sum_of and c.kind in ("count", "amount", "difference"):
                    yield from _not_equal(f"{r.id}/{c.id}", value, [self.value(p, c.id) for p in r.sum_of])
                if c.sum_of:
                    yield from _not_equal(f"{r.id}/{c.id}", value, [self.value(r.id, p) for p in c.sum_of])
                if c.kind in RATIOS and value is not None:
                    if c.denominator_row:
                        whole = self.value(c.denominator_row, c.numerator)
                    else:
                        whole = self.value(r.id, c.denominator)
                    if value != ratio(self.value(r.id, c.numerator), whole):
                        yield f"{r.id}/{c.id} is not {c.numerator} / {c.denominator or c.denominator_row}"
                if c.kind == "difference" and value is not None:
                    later, earlier = self.value(r.id, c.numerator), self.value(r.id, c.denominator)
                    if later is None or earlier is None or value != later - earlier:
                        yield f"{r.id}/{c.id} is not {c.numerator} - {c.denominator}"


def _not_equal(place: str, total: Exact | None, parts: list[Exact | None]) -> Iterator[str]:
    known = [part for part in parts if part is not None]
    if total is not None and len(known) == len(parts) and Fraction(total) != sum(map(Fraction, known)):
        yield f"{place} is {total}, its parts make {sum(map(Fraction, known))}"
