"""Figures of a table that repeat other figures of it one after the other: lines pasted twice.

Runs that repeat are found first, so that what fails because of them does not hide the relations they break. A run is
called a copy when relations fail with it; among figures that no relation tests, when it is long.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from musubime.language import Text, text

from .blocks import Block
from .relations import Relation
from .repeats import SHORTEST, repeats
from .views import NONE, Cells

DIGITS = 8.0
"""How many digits a repeated run must have to be suspected; whether it is a copy is then a matter of what fails."""

DIGITS_ALONE = 12.0
MOST_ALONE = 3
"""More repeated runs in one table that no relation tests are not slips."""


@dataclass(frozen=True)
class Run:
    """Two runs of cells with equal figures, and how they are called."""

    first: np.ndarray
    second: np.ndarray
    first_name: str
    second_name: str


@dataclass(frozen=True)
class Copied:
    """One run held to be a copy of the other, in words."""

    cells: np.ndarray
    source: np.ndarray
    words: Text


def suspected_runs(tables: Sequence[Block], indices: Sequence[np.ndarray], cells: Cells) -> list[Run]:
    """Every run of four or more counts that stands in a table twice."""
    found: list[Run] = []
    for table, index in zip(tables, indices, strict=True):
        value = np.where(cells.number[index] & ~cells.ratio[index], cells.value[index], np.nan)
        rows, columns = table.row_names(), table.column_names()
        if index.shape[1] >= 4 and index.shape[0] <= 20_000:
            found += [
                Run(
                    index[one.first, one.first_at : one.first_at + one.length],
                    index[one.second, one.second_at : one.second_at + one.length],
                    rows[one.first],
                    rows[one.second],
                )
                for one in repeats(value.tolist(), same_place=True, digits=DIGITS)
            ]
        if index.shape[0] > SHORTEST:
            for one in repeats(value.T.tolist(), digits=DIGITS):
                a, b = slice(one.first_at, one.first_at + one.length), slice(one.second_at, one.second_at + one.length)
                if one.first == one.second and _whole_rows(value, a, b):
                    continue
                found.append(
                    Run(
                        index[a, one.first],
                        index[b, one.second],
                        _span(rows, columns, one.first_at, one.length, one.first),
                        _span(rows, columns, one.second_at, one.length, one.second),
                    )
                )
    return found if len(found) <= 200 else []


def _span(rows: list[str], columns: list[str], at: int, length: int, column: int) -> str:
    return f"{columns[column]} ({rows[at]} … {rows[at + length - 1]})"


def _whole_rows(value: np.ndarray, a: slice, b: slice) -> bool:
    """Whole rows that stand in the table twice are a list with repetitions, not a slip."""
    if value.shape[1] < 2:
        return False
    one, two = value[a], value[b]
    return bool(((one == two) | (np.isnan(one) & np.isnan(two))).all())


def copied_runs(runs: Iterable[Run], relations: Sequence[Relation], cells: Cells) -> list[Copied]:
    """The suspected runs with which relations fail; the side with more failures is the copy."""
    kept = list(runs)
    if not kept:
        return []
    fails = np.zeros(len(cells.value), dtype=int)
    for relation in relations:
        verdict = relation.verdict(cells, cells.value)
        for i in np.flatnonzero(verdict.fails):
            fails[[int(c) for c in relation.cells[i] if c != NONE]] += 1
    found: list[Copied] = []
    taken: set[int] = set()
    for run in sorted(kept, key=lambda one: -len(one.first)):
        weights = [int(fails[side].sum()) for side in (run.first, run.second)]
        copy, source, name, other = (
            (run.first, run.second, run.first_name, run.second_name)
            if weights[0] > weights[1]
            else (run.second, run.first, run.second_name, run.first_name)
        )
        hit = int((fails[copy] > 0).sum())
        if hit < max(3, 0.5 * len(copy)) or taken & set(copy.tolist()):
            continue
        taken |= set(copy.tolist())
        found.append(
            Copied(
                copy,
                source,
                text(
                    "{count} figures, {name}, repeat those of {other} one by one: a copy.",
                    count=len(copy),
                    name=name,
                    other=other,
                ),
            )
        )
    return found


def copies_alone(runs: Iterable[Run], relations: Sequence[Relation], cells: Cells) -> list[Copied]:
    """Long repeated runs of which one side stands in no relation that holds; of two such sides the later one."""
    kept = list(runs)
    holds = np.zeros(len(cells.value), dtype=bool)
    for relation in relations if kept else ():
        members = relation.cells[relation.verdict(cells, cells.value).holds]
        holds[members[members != NONE]] = True
    found: list[Copied] = []
    for run in kept:
        value = cells.value[run.first]
        if len(set(value.tolist())) < SHORTEST or _digits(value) < DIGITS_ALONE:
            continue
        first, second = float(holds[run.first].mean()), float(holds[run.second].mean())
        if min(first, second) > 0.2:
            continue
        copy, source, name, other = (
            (run.first, run.second, run.first_name, run.second_name)
            if first < second
            else (run.second, run.first, run.second_name, run.first_name)
        )
        words = text(
            "{count} figures, {name}, repeat those of {other} one by one: a copy.",
            count=len(copy),
            name=name,
            other=other,
        )
        found.append(Copied(copy, source, words))
    return found if len(found) <= MOST_ALONE else []


def _digits(run: np.ndarray) -> float:
    return sum(math.log10(1 + abs(float(value))) for value in set(run.tolist()))
