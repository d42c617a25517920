"""The figures of a table seen as lines that repeat: which line is the sum, the share or the change of which others?

A view is a matrix of cells (instances, lines). Columns are lines and rows their instances, or the other way round; or
the labels of one heading level (総数, 男, 女 under each year) or of one label column are lines, and everything else
their instances.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from . import labels
from .blocks import DASH, EMPTY, HIDDEN, NUMBER, UNKNOWN, Block, Grid
from .printed import Printed

NONE = -1
"""No cell."""


@dataclass
class Cells:
    """Every figure of a file, numbered. value: what it counts in sums (a dash and an empty cell 0), NaN if not known.

    soft: dashes and empty cells, which may mean nothing counted or not known. ratio: shares, rates and means.
    suspect: figures of a run that stands in the table twice.
    """

    value: np.ndarray
    step: np.ndarray
    soft: np.ndarray
    number: np.ndarray
    ratio: np.ndarray
    grid: np.ndarray
    row: np.ndarray
    column: np.ndarray
    suspect: np.ndarray
    grids: list[Grid]

    def printed(self, cell: int) -> Printed:
        row = self.grids[self.grid[cell]].printed[self.row[cell]]
        return row[self.column[cell]] if self.column[cell] < len(row) else Printed("empty")


def number_cells(grids: Sequence[Grid], tables: Sequence[Block]) -> tuple[Cells, list[np.ndarray]]:
    """The figures of all tables numbered, and for each table the numbers of its cells (rows, columns)."""
    place = {id(grid): n for n, grid in enumerate(grids)}
    parts: list[tuple[np.ndarray, ...]] = []
    indices: list[np.ndarray] = []
    start = 0
    for table in tables:
        grid, rows, columns = table.grid, np.repeat(table.rows, table.shape[1]), table.cells.ravel()
        state = grid.state[rows, columns]
        value = np.where(
            state == NUMBER, grid.value[rows, columns], np.where((state == DASH) | (state == EMPTY), 0.0, np.nan)
        )
        step = _common_steps(
            grid.step[table.rows[:, None], table.cells], grid.state[table.rows[:, None], table.cells] == NUMBER
        )
        parts.append(
            (
                value,
                step.ravel(),
                (state == DASH) | (state == EMPTY),
                state == NUMBER,
                _ratio_cells(table).ravel(),
                np.full(len(rows), place[id(grid)]),
                rows,
                columns,
            )
        )
        indices.append(np.arange(start, start + len(rows)).reshape(table.shape))
        start += len(rows)
    if not parts:
        empty = np.zeros(0)
        return Cells(
            empty, empty, *(empty.astype(bool),) * 3, *(empty.astype(int),) * 3, empty.astype(bool), list(grids)
        ), []
    stacked = [np.concatenate(column) for column in zip(*parts, strict=True)]
    value, step, soft, number, ratio, grid_of, row, column = stacked
    return Cells(
        value, step, soft, number, ratio, grid_of, row, column, np.zeros(start, dtype=bool), list(grids)
    ), indices


def _common_steps(step: np.ndarray, number: np.ndarray) -> np.ndarray:
    """Spreadsheets drop trailing zeros: 33 among figures with one decimal is 33.0.

    Three zeros at most: 11.24911 among computed figures of fifteen digits was rounded to five decimals.
    """
    made = step.copy()
    fine = number & (step < 1)
    for axis in (1, 0):
        counts = number.sum(axis=axis)
        share = fine.sum(axis=axis) / np.maximum(counts, 1)
        for line in np.flatnonzero(share >= 0.4):
            cells = (slice(None), line) if axis == 0 else (line, slice(None))
            usual = Counter(step[cells][fine[cells]].tolist()).most_common(1)[0][0]
            if axis == 1:  # a column of whole numbers stays whole
                columns_fine = fine.sum(axis=0) / np.maximum(number.sum(axis=0), 1)
                whole = (columns_fine < 0.1) & (number.sum(axis=0) > 2)
                made[cells] = np.where((made[cells] == 1) & ~whole & (usual > 0.0005), usual, made[cells])
            else:
                lost = (made[cells] > usual) & (made[cells] <= 1) & (made[cells] < 1500 * usual)
                made[cells] = np.where(lost, usual, made[cells])
    return made


@dataclass
class View:
    """index: cell numbers (instances, lines), NONE where there is none. ordered: instances follow one another.

    groups: for each instance what it may be compared with along the order (same town, next year).
    """

    kind: str
    index: np.ndarray
    lines: list[str]
    instances: list[str]
    ordered: bool
    groups: list[tuple[str, ...]]
    coarse: bool

    def value(self, cells: Cells) -> np.ndarray:
        return np.where(self.index == NONE, np.nan, cells.value[self.index])

    def soft(self, cells: Cells) -> np.ndarray:
        return np.asarray((self.index == NONE) | cells.soft[self.index])

    def step(self, cells: Cells) -> np.ndarray:
        return np.where(self.index == NONE, 1.0, cells.step[self.index])


def views(table: Block, index: np.ndarray, cells: Cells) -> Iterator[View]:
    """Every way in which the lines of a table may be related."""
    columns, rows = table.column_names(), table.row_names()
    coarse = bool(
        labels.ROUNDED.search(f"{table.title} {table.notes}")
        or labels.COARSE.search(table.notes)
        or any(labels.COARSE.search(part) for names in table.column_labels for part in names)
    )

    def view(
        kind: str,
        part: np.ndarray,
        lines: list[str],
        instances: list[str],
        ordered: bool,
        groups: list[tuple[str, ...]],
    ) -> View:
        return View(kind, part, lines, instances, ordered, groups, coarse)

    if index.shape[1] > 1 or index.shape[0] > 3:
        yield view("columns", index, columns, rows, True, table.row_labels)
    if index.shape[0] > 1:
        yield view("rows", index.T, rows, columns, True, table.column_labels)
    for part, lines, instances in _pivots(index.T, _levels(table.column_labels), rows):
        yield view("headings", part, lines, instances, False, [])
    if len({names[-1] for names in table.row_labels if names}) > 1:
        for part, lines, instances in _pivots(index, table.row_labels, columns):
            yield view("labels", part, lines, instances, False, [])


_SEX = re.compile(r"(.*?)[の_・/ (（]?(男性|女性|男女計|男子|女子|男|女|総数|計|total|male|female)[)）]?$", re.I)
_SEX_FIRST = re.compile(r"(男性|女性|男女計|男子|女子|男|女|総数)[の_・/ (（](.+?)[)）]?$")


def _levels(headings: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Headings by level; a single level such as 0-4歳の男性 is cut in two."""
    if not headings or not headings[0]:
        return headings
    kept = [n for n in range(len(headings[0])) if len({names[n] for names in headings}) > 1]
    levels = [tuple(names[n] for n in kept) for names in headings]
    if len(kept) != 1:
        return levels
    cut: list[tuple[str, ...]] = []
    for (name,) in levels:
        if match := _SEX.fullmatch(name):
            cut.append((str(match[1]), str(match[2])))
        elif match := _SEX_FIRST.fullmatch(name):
            cut.append((str(match[2]), str(match[1])))
        else:
            cut.append((name, ""))
    return cut if len({sex for _, sex in cut}) > 2 or sum(bool(sex) for _, sex in cut) >= 4 else levels


def _pivots(
    index: np.ndarray, names: list[tuple[str, ...]], others: list[str]
) -> Iterator[tuple[np.ndarray, list[str], list[str]]]:
    """For each level of labels of the first axis: its labels as lines, all else as instances."""
    levels = len(names[0]) if names else 0
    columns = [[name[level] for name in names] for level in range(levels)]
    useful = [level for level in range(levels) if len(set(columns[level])) > 1]
    distinct: list[int] = []
    useful.sort(key=lambda level: all(name.isdigit() or not name for name in columns[level]))
    for level in useful:  # a code and a name that say the same are one level, called by the name
        if not any(
            _determines(columns[level], columns[kept]) and _determines(columns[kept], columns[level])
            for kept in distinct
        ):
            distinct.append(level)
    if len(distinct) < 2:
        return
    for level in sorted(distinct):
        lines = list(dict.fromkeys(columns[level]))
        if not 2 <= len(lines) <= 400 or len(lines) == len(names):
            continue
        rest = [other for other in distinct if other != level and not _determines(columns[level], columns[other])]
        keys = [tuple(columns[other][n] for other in rest) for n in range(len(names))]
        groups = list(dict.fromkeys(keys))
        if len(groups) < 2 or len(set(zip(keys, columns[level], strict=True))) < len(names):
            continue
        at_line, at_group = {name: n for n, name in enumerate(lines)}, {key: n for n, key in enumerate(groups)}
        part = np.full((len(groups), index.shape[1], len(lines)), NONE)
        for n in range(len(names)):
            part[at_group[keys[n]], :, at_line[columns[level][n]]] = index[n]
        if (part != NONE).mean() < 0.4:
            continue
        instances = [f"{' '.join(group)} {other}".strip() for group in groups for other in others]
        yield part.reshape(-1, len(lines)), lines, instances


def _determines(one: list[str], other: list[str]) -> bool:
    known: dict[str, str] = {}
    return all(known.setdefault(a, b) == b for a, b in zip(one, other, strict=True))


def _ratio_cells(table: Block) -> np.ndarray:
    """Which cells (rows, columns) hold shares, rates, means and the like, rather than counts."""
    grid = table.grid
    at = table.rows[:, None], table.cells
    number, fine = grid.state[at] == NUMBER, (grid.state[at] == NUMBER) & (grid.step[at] < 1)
    percent = np.zeros(table.shape, dtype=bool)
    for i, j in np.argwhere(number):
        row = grid.printed[table.rows[i]]
        percent[i, j] = bool(row[table.cells[i, j]].share)

    def lines(
        names: list[str], value: np.ndarray, decimals: np.ndarray, percents: np.ndarray, known: np.ndarray
    ) -> np.ndarray:
        counts = np.maximum(known.sum(axis=0), 1)
        hundred = np.array(
            [
                known[:, n].sum() >= 3 and bool((np.abs(value[known[:, n], n] - 100) < 0.01).all())
                for n in range(len(names))
            ]
        )
        named = hundred | np.array([bool(labels.RATIO.search(name.replace(" ", ""))) for name in names], dtype=bool)
        amount = np.array([bool(labels.AMOUNT.search(name)) for name in names], dtype=bool)
        size = np.array(
            [np.median(np.abs(value[known[:, n], n])) if known[:, n].any() else 0.0 for n in range(len(names))]
        )
        amount |= (size > 100) & (
            np.array([np.abs(value[known[:, n], n]).max() if known[:, n].any() else 0.0 for n in range(len(names))])
            > 300
        )
        return np.asarray(
            ((decimals.sum(axis=0) / counts >= 0.5) & ~amount) | (percents.sum(axis=0) / counts >= 0.5) | named
        )

    columns = lines(table.column_names(), grid.value[at], fine, percent, number)
    whole = number & ~columns[None, :]
    rows = lines(table.row_names(), grid.value[at].T, (fine & whole).T, (percent & whole).T, whole.T)
    return np.asarray(percent | columns[None, :] | rows[:, None])


__all__ = ["EMPTY", "HIDDEN", "NONE", "UNKNOWN", "Cells", "View", "number_cells", "views"]
