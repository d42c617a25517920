"""Fill a table from what was counted: totals, shares, means and changes are computed here, once, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from musubime.language import Text, text

from .model import RATIOS, Column, Row, Table
from .rounding import Exact, half_up, ratio

Counts = Mapping[str, Mapping[str, Exact | None]]
"""column -> row -> what was counted."""

TOTAL = "total"
NO_ANSWER = "no_answer"


@dataclass(frozen=True)
class Standing:
    """What every table of one survey says of itself: see `Table` for the fields."""

    base: Text
    source: Text
    vintage: str
    definition: str = ""
    asked: int | None = None
    answered: int | None = None
    n: int | None = None
    notes: tuple[Text, ...] = ()
    n_of: int | None = None

    def of(self, base: Text, n: int | None, *notes: Text, n_of: int | None = None) -> Standing:
        """The same survey with another base and N, of the `n_of` that were to answer."""
        return replace(self, base=base, n=n, notes=(*self.notes, *notes), n_of=n_of)


@dataclass
class _Cells:
    values: dict[tuple[str, str], Exact | None] = field(default_factory=dict)
    blanks: dict[tuple[str, str], Text] = field(default_factory=dict)


def build(
    id: str, title: Text, rows: Sequence[Row], columns: Sequence[Column], counts: Counts, standing: Standing, *,
    multiple: bool = False, row_head: Text | None = None, why: Mapping[tuple[str, str], Text] | None = None,
) -> Table:
    """A table from its counts. A row or column with `sum_of` is summed from its parts unless it was counted itself
    (then it must equal them, or the table is not made). `why`: reasons of empty cells, by row and column; ("*", column)
    and (row, "*") hold for all."""
    cells = _Cells()
    for column in (*(c for c in columns if not c.sum_of), *(c for c in columns if c.sum_of)):
        for row in (*(r for r in rows if not r.sum_of), *(r for r in rows if r.sum_of)):
            if column.kind not in (*RATIOS, "difference"):
                cells.values[row.id, column.id] = _counted(row, column, counts, cells)
    for kind in ("difference", *RATIOS):
        for column in columns:
            if column.kind == kind:
                for row in rows:
                    cells.values[row.id, column.id] = _derived(row, column, cells)
    for (row_id, column_id), value in cells.values.items():
        if value is None:
            given = why or {}
            reason = given.get((row_id, column_id)) or given.get(("*", column_id)) or given.get((row_id, "*"))
            cells.blanks.setdefault((row_id, column_id), reason or text("No figure"))
    table = Table(
        id, title, tuple(rows), tuple(columns),
        tuple(tuple(cells.values[r.id, c.id] for c in columns) for r in rows), standing.base, standing.source,
        standing.vintage, standing.definition, standing.asked, standing.answered, standing.n, multiple, row_head,
        standing.notes, cells.blanks, standing.n_of,
    )
    return replace(table, notes=(*table.notes, *_notes_on_shares(table)))


def _counted(row: Row, column: Column, counts: Counts, cells: _Cells) -> Exact | None:
    of_column = counts.get(column.id, {})
    if row.id in of_column:
        return of_column[row.id]
    if row.sum_of:
        return _sum([cells.values[part, column.id] for part in row.sum_of])
    if column.sum_of:
        return _sum([cells.values[row.id, part] for part in column.sum_of])
    return None


def _sum(parts: Sequence[Exact | None]) -> Exact | None:
    if any(part is None for part in parts):
        return None
    total = sum((Fraction(part) for part in parts if part is not None), Fraction(0))
    return total.numerator if total.denominator == 1 else total


def _derived(row: Row, column: Column, cells: _Cells) -> Exact | None:
    upper = cells.values[row.id, column.numerator]
    if column.kind == "difference":
        lower = cells.values[row.id, column.denominator]
        return _sum([upper, -lower]) if lower is not None else None
    if row.role == "no_answer":
        cells.blanks[row.id, column.id] = text("Not in the base of the shares.")
        return None
    whole = cells.values[column.denominator_row or row.id, column.denominator or column.numerator]
    if column.kind == "rate" and whole is not None and whole <= 0:
        cells.blanks[row.id, column.id] = text("No percentage: the base is zero or negative.")
        return None
    if whole == 0:
        cells.blanks[row.id, column.id] = text("No share of a base of zero.")
    return ratio(upper, whole)


def _notes_on_shares(table: Table) -> list[Text]:
    if table.multiple:
        return [text("Several answers were possible: the shares of N do not add up to 100%.")]
    notes = []
    for column in table.columns:
        if column.kind != "share" or not column.denominator_row:
            continue
        parts = [table.shown(part, column.id) for part in table.row(column.denominator_row).sum_of]
        known = [part for part in parts if part is not None]
        total = sum(known)
        if known and len(known) == len(parts) and total != 100:
            notes.append(text(
                "{column}: each share is rounded by itself (half up); as printed they add up to {total}%, not to 100%.",
                column=column.head, total=f"{half_up(Fraction(total), column.decimals):f}"))
    return notes


# -- columns and rows that many tables share -------------------------------------------------------------------


def count(id: str, head: Text, unit: Text, **more: Any) -> Column:
    return Column(id, head, "count", unit, **more)


def amount(id: str, head: Text, unit: Text, decimals: int = 0, **more: Any) -> Column:
    return Column(id, head, "amount", unit, decimals, **more)


def share(id: str, head: Text, numerator: str, denominator: str = "", *, row: str = "", decimals: int = 1) -> Column:
    return Column(id, head, "share", text("%"), decimals, numerator, denominator, row)


def mean(id: str, head: Text, unit: Text, numerator: str, denominator: str, decimals: int = 1) -> Column:
    return Column(id, head, "mean", unit, decimals, numerator, denominator)


def total_row(parts: Sequence[Row], head: Text | None = None) -> Row:
    """The sum of the parts among some rows."""
    return Row(TOTAL, head or text("Total"), "total", tuple(row.id for row in parts if row.role == "part"))


def no_answer_row() -> Row:
    return Row(NO_ANSWER, text("No answer"), "no_answer")
