"""The tables of a sheet: headings, labels, figures. One sheet may hold several, below or beside one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from musubime.tabular import Sheet

from . import labels
from .printed import Printed, read_printed

NUMBER, DASH, EMPTY, UNKNOWN, HIDDEN, WORDS = range(6)
_STATES = {"number": NUMBER, "dash": DASH, "empty": EMPTY, "unknown": UNKNOWN, "hidden": HIDDEN, "words": WORDS}


@dataclass
class Grid:
    """The cells of one sheet: what each prints, as arrays (rows, columns)."""

    name: str
    rows: tuple[tuple[str, ...], ...]
    printed: list[list[Printed]]
    state: np.ndarray
    value: np.ndarray
    step: np.ndarray

    @classmethod
    def of(cls, sheet: Sheet) -> Grid:
        width = max((len(row) for row in sheet.rows), default=0)
        printed = [[read_printed(cell) for cell in row] for row in sheet.rows]
        state = np.full((len(printed), width), EMPTY, dtype=np.int8)
        value = np.full((len(printed), width), np.nan)
        step = np.ones((len(printed), width))
        for i, row in enumerate(printed):
            for j, one in enumerate(row):
                if one.state != "empty":
                    state[i, j] = _STATES[one.state]
                    if one.state == "number":
                        value[i, j], step[i, j] = one.value, float(one.step)
        return cls(sheet.name, sheet.rows, printed, state, value, step)

    def words(self, row: int, column: int) -> str:
        cells = self.rows[row]
        return cells[column].strip() if column < len(cells) else ""


@dataclass
class Block:
    """One table. rows, columns: of its figures, as they stand in the grid, from 0; side-by-side parts of one table
    are stacked, so each row has its own columns: cells[i] are the grid columns of row i, rows[i] its grid row.

    row_labels: for each row its labels from left to right. column_labels: for each column its headings from above.
    """

    grid: Grid
    rows: np.ndarray
    cells: np.ndarray
    row_labels: list[tuple[str, ...]]
    column_labels: list[tuple[str, ...]]
    title: str = ""
    notes: str = ""
    stub_names: list[str] = field(default_factory=list)

    def row_names(self) -> list[str]:
        return _names(self.row_labels)

    def column_names(self) -> list[str]:
        return _names(self.column_labels)

    @property
    def shape(self) -> tuple[int, int]:
        return self.cells.shape[0], self.cells.shape[1]


def _names(paths: list[tuple[str, ...]]) -> list[str]:
    """Each path in a few words: without what all have in common, and without codes beside names."""
    levels = range(len(paths[0])) if paths else range(0)
    vary = [n for n in levels if len({path[n] for path in paths}) > 1]
    worded = [n for n in vary if any(path[n] and not path[n].isascii() for path in paths)]
    kept = (
        [n for n in vary if n in worded or not all(path[n].isdigit() or not path[n] for path in paths)]
        if worded
        else vary
    )
    names = [" ".join(dict.fromkeys(path[n] for n in kept if path[n])) for path in paths]
    return [
        name or " ".join(dict.fromkeys(part for part in path if part)) for name, path in zip(names, paths, strict=True)
    ]


def blocks(sheet: Sheet) -> tuple[Grid, list[Block]]:
    """Every table of a sheet that has at least two figures."""
    grid = Grid.of(sheet)
    if not grid.state.size:
        return grid, []
    kinds = _row_kinds(grid)
    found: list[Block] = []
    for head, body in _spans(grid, kinds):
        found += _block(grid, head, body)
    return grid, [one for one in found if one.shape[0] and one.shape[1]]


# -- rows -------------------------------------------------------------------------------------------------------


def _row_kinds(grid: Grid) -> list[str]:
    """For each row: blank, words (a heading, a title, a note), or figures."""
    kinds = []
    for i in range(len(grid.rows)):
        states = grid.state[i]
        numbers = int((states == NUMBER).sum())
        words = int((states == WORDS).sum())
        if not numbers:
            marks = int(((states == DASH) | (states == UNKNOWN) | (states == HIDDEN)).sum())
            kinds.append("blank" if not words and not marks else "figures" if marks >= 2 and words <= 3 else "words")
        elif ((not kinds or kinds[-1] != "figures") and _is_heading(grid, i)) or (
            words >= 4 and numbers <= words // 4 and _few_words_below(grid, i, words)
        ):
            kinds.append("words")
        else:
            kinds.append("figures")
    return kinds


def _few_words_below(grid: Grid, row: int, words: int) -> bool:
    """Words over figures: the next rows hold figures where this one has words."""
    columns = np.flatnonzero(grid.state[row] == WORDS)
    below = grid.state[row + 1 : row + 6][:, columns]
    return bool(below.size and (below == NUMBER).mean() > 0.5)


def _is_heading(grid: Grid, row: int) -> bool:
    """Numbers that head columns: years, months, ages; not a row of a series (which has such a column, not a row)."""
    columns = np.flatnonzero(grid.state[row] == NUMBER)
    marks = (grid.state[row] == DASH) | (grid.state[row] == UNKNOWN) | (grid.state[row] == HIDDEN)
    if marks.any() or (len(columns) and _series_below(grid, row, int(columns[0]))):
        return False
    if len(columns) < 3:
        if len(columns) == 2 and all(labels.is_year(grid.words(row, int(c))) for c in columns):
            values = grid.value[row, columns]
            return bool(values[1] != values[0]) and _figures_follow(grid, row, columns)
        return False
    values = grid.value[row, columns]
    if (values % 1).any():
        return False
    steps = np.diff(values)
    years = bool(((values >= 1900) & (values <= 2100)).all())
    counted = bool((steps == 1).all()) and 0 <= values[0] <= 1
    repeated = bool(((steps == 1) | (values[1:] <= 1)).all()) and values.max() <= 31 and 0 <= values[0] <= 1
    if (
        years
        and len(set(values.tolist())) >= 2
        and bool(((steps >= 0) | (values[1:] == values[0])).all() or (steps <= 0).all())
    ):
        return _figures_follow(grid, row, columns)
    return (counted or repeated) and _figures_follow(grid, row, columns)


def _series_below(grid: Grid, row: int, column: int) -> bool:
    """The first number begins a column of years or of running numbers: it is a label, and the row one of figures."""
    values = grid.value[row : row + 4, column]
    steps = np.diff(values)
    return len(steps) >= 2 and bool((np.abs(steps) == np.abs(steps[0])).all() and 1 <= abs(steps[0]) <= 10)


def _figures_follow(grid: Grid, row: int, columns: np.ndarray) -> bool:
    below = grid.state[row + 1 : row + 8][:, columns]
    return bool((below <= DASH).any(axis=0).mean() >= 0.5) if below.size else False


def _spans(grid: Grid, kinds: list[str]) -> list[tuple[list[int], list[int]]]:
    """Pairs of heading rows and figure rows. Words between figures begin a new table when they head columns."""
    spans: list[tuple[list[int], list[int]]] = []
    head: list[int] = []
    body: list[int] = []
    for i, kind in enumerate(kinds):
        if kind == "blank":
            continue
        if kind == "figures":
            body.append(i)
            continue
        if body and _heads_columns(grid, i, body):
            spans.append((head, body))
            head, body = [], []
        if body:
            body.append(i)  # a label alone: a section of the table, or a note below it
        else:
            head.append(i)
    if body:
        spans.append((head, body))
    return spans


def _heads_columns(grid: Grid, row: int, body: Sequence[int]) -> bool:
    """Words (or years) in columns that have held figures."""
    held = (grid.state[np.array(body)] == NUMBER).sum(axis=0) >= max(1, len(body) // 3)
    here = (grid.state[row] == WORDS) | (grid.state[row] == NUMBER)
    return int((held & here).sum()) >= max(2, int(held.sum()) // 3) if held.sum() > 1 else bool((held & here).any())


# -- one table --------------------------------------------------------------------------------------------------


def _block(grid: Grid, head: list[int], body: list[int]) -> list[Block]:
    figure_rows = [i for i in body if (grid.state[i] == NUMBER).any() or _marks(grid, i)]
    if not figure_rows:
        return []
    index = np.array(figure_rows)
    states = grid.state[index]
    width = states.shape[1]
    numbers = (states == NUMBER).sum(axis=0)
    marks = ((states == DASH) | (states == UNKNOWN) | (states == HIDDEN)).sum(axis=0)
    words = (states == WORDS).sum(axis=0)
    figures = (numbers > 0) & (numbers + marks > 1.5 * words)
    heads = _headings(grid, head, width)
    coded = [bool(figures[j]) and _is_code(grid, index, j, heads[j], j, figures) for j in range(width)]
    stub = ((words > 0) & ~figures) | np.array(coded, dtype=bool)
    figure_columns = figures & ~np.array(coded, dtype=bool)
    panels = _panels(figure_columns, stub, words + np.where(coded, numbers, 0), len(figure_rows), heads)
    sections = _sections(grid, body, index)
    title = next((grid.words(i, int(c)) for i in head for c in np.flatnonzero(grid.state[i] == WORDS)), "")
    notes = " ".join(cell for i in (*head, *body) if i not in set(figure_rows) for cell in grid.rows[i] if cell)[:4000]
    made = []
    for stubs, columns in panels:
        names = _row_labels(grid, index, stubs, sections)
        made.append(
            Block(
                grid,
                index,
                np.tile(np.array(columns), (len(index), 1)),
                names,
                [heads[j] for j in columns],
                title,
                notes,
                [(heads[j] or ("",))[-1] for j in stubs],
            )
        )
    return _stacked(made)


def _marks(grid: Grid, row: int) -> bool:
    return bool(((grid.state[row] == DASH) | (grid.state[row] == UNKNOWN) | (grid.state[row] == HIDDEN)).sum() >= 2)


def _headings(grid: Grid, head: list[int], width: int) -> list[tuple[str, ...]]:
    """For each column its headings from above; a heading over several columns counts for all of them."""
    rows = []
    for i in head:
        cells = [labels.clean(grid.words(i, j)) for j in range(width)]
        filled = [j for j, cell in enumerate(cells) if cell]
        if len(filled) >= 2 or (filled and filled[0] > 0 and i == head[-1]):
            rows.append(cells)
    levels: list[list[str]] = []
    for n, cells in enumerate(rows):
        if n == len(rows) - 1:
            levels.append(cells)
            continue
        filled_row, last, last_above = [], "", None
        below = [any(rows[m][j] for m in range(n + 1, len(rows))) for j in range(width)]
        for j, cell in enumerate(cells):
            above = levels[-1][j] if levels else ""
            if cell:
                last, last_above = cell, above
            elif above != last_above or not below[j]:
                last, last_above = "", above
            filled_row.append(cell or last)
        levels.append(filled_row)
    return [tuple(level[j] for level in levels) for j in range(width)]


def _is_code(grid: Grid, rows: np.ndarray, column: int, heading: tuple[str, ...], at: int, figures: np.ndarray) -> bool:
    """A column of numbers that name something: codes, years, ages, running numbers, coordinates."""
    name = next((part for part in reversed(heading) if part), "")
    whole = " ".join(heading)
    if labels.CODE.search(name) and not labels.TOTAL.search(name) and not labels.RATIO.search(name):
        return True
    values = grid.value[rows, column]
    known = values[~np.isnan(values)]
    if not len(known) or (known % 1).any():
        return bool(labels.PERIOD.match(name)) and at == int(np.argmax(figures))
    left = not figures[:at].any()
    if labels.PERIOD.match(name) and (left or bool((known < 2200).all())):
        return True
    if len(known) < 3:
        return bool(
            left and ((known >= 1900) & (known <= 2100)).all() and not labels.TOTAL.search(whole) and len(known) > 1
        )
    steps = np.diff(known)
    if (
        left
        and bool(((known >= 1900) & (known <= 2100)).all())
        and (not name or "年" in name or "year" in name.lower())
    ):
        return True
    running = float((steps == 1).mean()) > 0.8
    return bool(running and left and known[0] in (0, 1)) or bool(
        left
        and known.min() >= 1000
        and len(set(known.tolist())) == len(known)
        and (steps > 0).mean() > 0.9
        and (not name)
        and len(str(int(known[0]))) == len(str(int(known[-1])))
    )


def _panels(
    figures: np.ndarray, stub: np.ndarray, words: np.ndarray, rows: int, heads: list[tuple[str, ...]]
) -> list[tuple[list[int], list[int]]]:
    """Parts beside one another: labels, figures, labels, figures. Each with its label columns and figure columns."""
    panels: list[tuple[list[int], list[int]]] = []
    stubs: list[int] = []
    columns: list[int] = []
    first_heads: list[tuple[str, ...]] = []
    for j in range(len(figures)):
        if figures[j]:
            columns.append(j)
        elif stub[j]:
            repeats = bool(first_heads) and heads[j] in first_heads
            if columns and (words[j] >= max(2, rows * 0.4) or repeats) and figures[j + 1 :].any():
                panels.append((stubs, columns))
                stubs, columns = [], []
            if not columns:
                stubs.append(j)
                if not panels:
                    first_heads.append(heads[j])
    if columns:
        panels.append((stubs, columns))
    return panels


def _sections(grid: Grid, body: list[int], rows: np.ndarray) -> list[str]:
    """For each figure row the label that stands alone above it, if any."""
    wanted = set(rows.tolist())
    section, found = "", []
    for i in body:
        if i in wanted:
            found.append(section)
        else:
            filled = [grid.words(i, int(c)) for c in np.flatnonzero(grid.state[i] == WORDS)]
            section = labels.clean(filled[0])[:40] if filled else section
    return found


def _row_labels(grid: Grid, rows: np.ndarray, stubs: list[int], sections: list[str]) -> list[tuple[str, ...]]:
    """Labels from left to right; one that stands for several rows (merged, or left empty below) counts for all."""
    found = []
    last: list[str] = [""] * len(stubs)
    with_sections = any(sections)
    for n, i in enumerate(rows.tolist()):
        cells = [labels.clean(grid.words(i, j)) for j in stubs]
        for place, cell in enumerate(cells):
            if cell:
                last = [*last[:place], cell, *[""] * (len(stubs) - place - 1)]
        deepest = max((place for place, cell in enumerate(cells) if cell), default=-1)
        full = tuple(last[place] if place < deepest else cells[place] for place in range(len(stubs)))
        found.append((sections[n], *full) if with_sections else full)
    return found


def _stacked(parts: list[Block]) -> list[Block]:
    """Parts beside one another with the same headings are one table, continued."""
    if len(parts) < 2:
        return parts
    first = parts[0]
    made: list[Block] = []
    stack = [first]
    for part in parts[1:]:
        same = [names[-1:] for names in part.column_labels] == [names[-1:] for names in first.column_labels]
        (stack if same and any(any(names) for names in part.column_labels) else made).append(part)
    if len(stack) > 1:
        keep = [
            np.flatnonzero((part.grid.state[part.rows[:, None], part.cells] != EMPTY).any(axis=1)) for part in stack
        ]
        first = Block(
            first.grid,
            np.concatenate([part.rows[k] for part, k in zip(stack, keep, strict=True)]),
            np.concatenate([part.cells[k] for part, k in zip(stack, keep, strict=True)]),
            [part.row_labels[i] for part, k in zip(stack, keep, strict=True) for i in k],
            first.column_labels,
            first.title,
            first.notes,
            first.stub_names,
        )
    return [first, *made]
