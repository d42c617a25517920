"""Figures of a table that repeat another row or column of it: lines pasted twice."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from musubime.language import Text, text

from .blocks import Block
from .model import Explanation
from .relations import Relation
from .repair import Charge
from .repeats import repeats
from .views import NONE, Cells

SHORTEST = 3
"""A copy beside a figure that does not follow may be as short as this."""


@dataclass
class Runs:
    """by_cell: for each charged figure the copy it belongs to. alone: copies that no relation tests."""

    by_cell: dict[int, Explanation] = field(default_factory=dict)
    alone: list[tuple[int, Explanation, Text]] = field(default_factory=list)


def copied_runs(tables: Sequence[Block], indices: Sequence[np.ndarray], cells: Cells, relations: Sequence[Relation],
                charges: Sequence[Charge]) -> Runs:
    runs = Runs()
    charged = np.zeros(len(cells.value), dtype=bool)
    charged[[charge.cell for charge in charges]] = True
    related = np.zeros(len(cells.value), dtype=bool)
    for relation in relations:
        members = relation.cells[relation.cells != NONE]
        related[members] = True
    for table, index in zip(tables, indices, strict=True):
        for lines, names, others in ((index, table.row_names(), table.column_names()), (index.T, table.column_names(), table.row_names())):
            _charged_runs(lines, names, others, cells, charged, runs)
        _runs_alone(table, index, cells, related, runs)
    return runs


def _charged_runs(lines: np.ndarray, names: list[str], others: list[str], cells: Cells, charged: np.ndarray, runs: Runs) -> None:
    """Charged figures of a line that stand one after the other as they stand in another line."""
    hits = charged[lines]
    for one in np.flatnonzero(hits.sum(axis=1) >= 2):
        value = cells.value[lines[one]]
        known = cells.number[lines[one]]
        same = (cells.value[lines] == value[None, :]) & known[None, :] & cells.number[lines]
        same[one] = False
        for other in np.flatnonzero(same.sum(axis=1) >= SHORTEST):
            for first, last in _stretches(same[other] & (hits[one] | same[other])):
                part = slice(first, last)
                if last - first >= SHORTEST and hits[one, part].sum() >= max(2, 0.5 * (last - first)) and _digits(value[part]) >= 5:
                    explanation = Explanation("copy", text(
                        "The figures from {first} to {last} are those of {other}: a copy.", first=others[first], last=others[last - 1],
                        other=names[other]))
                    for cell in lines[one, part]:
                        runs.by_cell.setdefault(int(cell), explanation)


def _stretches(mask: np.ndarray) -> Iterator[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(int), [0]])))
    return ((int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True))


def _digits(run: np.ndarray) -> float:
    return sum(math.log10(1 + abs(float(value))) for value in set(run.tolist()))


def _runs_alone(table: Block, index: np.ndarray, cells: Cells, related: np.ndarray, runs: Runs) -> None:
    """Long copies among figures that nothing else tests."""
    if index.shape[0] > 20_000:
        return
    free = ~related[index] & cells.number[index] & ~cells.ratio[index]
    value = np.where(free, cells.value[index], np.nan)
    rows, columns = table.row_names(), table.column_names()
    for one in repeats([value[:, j].tolist() for j in range(index.shape[1])]):
        first = range(one.first_at, one.first_at + one.length)
        second = range(one.second_at, one.second_at + one.length)
        run = value[list(first), one.first]
        if one.length < 4 or len(set(run.tolist())) < 4 or _digits(run) < 12 or _listed_twice(value, first, second, one.first == one.second):
            continue
        if [rows[i] for i in first] == [rows[i] for i in second] and columns[one.first] == columns[one.second]:
            continue
        where = f"{rows[first[0]]} {columns[one.first]}".strip()
        until = f"{rows[first[-1]]} {columns[one.first]}".strip()
        for i, j in zip(second, first, strict=True):
            cell = int(index[i, one.second])
            same = text("Here stands the figure of {other}.", other=f"{rows[j]} {columns[one.first]}".strip())
            runs.alone.append((cell, Explanation("copy", same), text(
                "{count} figures repeat those from {first} to {last} one by one: a copy.", count=one.length, first=where, last=until)))


def _listed_twice(value: np.ndarray, first: range, second: range, same_column: bool) -> bool:
    """Whole rows that stand in the table twice are a list with repetitions, not a slip."""
    if not same_column or value.shape[1] < 2:
        return False
    one, two = value[list(first)], value[list(second)]
    return bool(((one == two) | (np.isnan(one) & np.isnan(two))).all())
