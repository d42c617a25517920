"""Do the figures of any table follow from one another? What relates them is found, then what does not follow."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from musubime.language import text
from musubime.provenance import Note
from musubime.tabular import Sheet

from . import labels
from .across import find_across
from .analogy import totals_by_analogy
from .blocks import Block, Grid, blocks
from .copies import copied_runs, copies_alone, suspected_runs
from .explain import Explainer
from .model import Inconsistency
from .model import Relation as Found
from .ratios import find_ratios
from .relations import Linear, Quotient, Relation
from .repair import Repair
from .sums import MOST_LINES, find_sums
from .views import NONE, Cells, View, number_cells, views
from .wholes import find_wholes


@dataclass
class TableCheck:
    """What was found in the tables of a file."""

    rows: int
    figures: int
    checked: int
    inconsistent: list[Inconsistency]
    relations: list[Found]
    notes: list[Note]


def check_tables(sheets: Sequence[Sheet], file: str) -> TableCheck:
    grids: list[Grid] = []
    tables: list[Block] = []
    for sheet in sheets:
        grid, found = blocks(sheet)
        grids.append(grid)
        tables += found
    cells, indices = number_cells(grids, tables)
    runs = suspected_runs(tables, indices, cells)
    for run in runs:
        cells.suspect[run.first] = cells.suspect[run.second] = True
    relations: list[Relation] = []
    owners: list[str] = []
    for table, index in zip(tables, indices, strict=True):
        new = _of_table(table, index, cells)
        relations += new
        owners += [table.grid.name] * len(new)
    new = find_across(tables, indices, cells)
    relations += new
    owners += [""] * len(new)
    _allow_rounding(relations, cells)
    copies = copied_runs(runs, relations, cells)
    copied = {int(cell) for copy in copies for cell in copy.cells}
    charges = Repair(relations, cells, copied).run()
    explainer = Explainer(tables, indices, cells, relations)
    entries = {
        (one.sheet, one.row, one.column): one for charge in charges if (one := explainer.entry(charge)) is not None
    }
    alone = copies_alone(runs, relations, cells)
    for copy in (*copies, *alone):
        for one in explainer.copies(copy):
            entries.setdefault((one.sheet, one.row, one.column), one)
    for one in (
        *_bases(explainer, relations, cells),
        *_ranges(explainer, tables, indices, cells),
        *_parts(explainer, tables, indices, cells),
    ):
        entries.setdefault((one.sheet, one.row, one.column), one)
    ordered = sorted(
        entries.values(), key=lambda one: ([grid.name for grid in grids].index(one.sheet), one.row, one.column)
    )
    rows = len({(int(g), int(r)) for g, r in zip(cells.grid[cells.number], cells.row[cells.number], strict=True)})
    return TableCheck(
        rows,
        int(cells.number.sum()),
        _covered(relations, cells),
        ordered,
        _told(relations, owners, cells),
        _notes(relations, cells, file, bool(relations)),
    )


def _of_table(table: Block, index: np.ndarray, cells: Cells) -> list[Relation]:
    found: list[Relation] = []
    every = list(views(table, index, cells))
    pivoted = False
    for view in sorted(every, key=lambda one: one.kind == "rows"):
        if view.kind == "rows" and pivoted and len(view.lines) > MOST_LINES:
            continue
        sums = find_sums(view, cells)
        if not view.coarse and (missing := _unsummed_totals(view, sums)):
            sums += [one for one in find_sums(_rounded(view), cells) if int(one.cells[0, 0]) in missing]
        sums += list(totals_by_analogy(view, sums, cells))
        found += [*sums, *find_wholes(view, cells)]
        if view.kind in ("columns", "rows") or view.index.size < 40_000:
            found += find_ratios(view, cells)
        pivoted |= view.kind == "labels" and bool(sums) and len(view.lines) > 3
    return found


def _unsummed_totals(view: View, sums: list[Linear]) -> set[int]:
    """First cells of lines that are totals by name, but of which no exact sum was found."""
    have = {int(one.cells[0, 0]) for one in sums}
    return (
        {
            int(view.index[0, n])
            for n, name in enumerate(view.lines)
            if labels.TOTAL.search(name) and int(view.index[0, n]) not in have
        }
        if len(view.lines) <= MOST_LINES
        else set()
    )


def _rounded(view: View) -> View:
    return View(view.kind, view.index, view.lines, view.instances, view.ordered, view.groups, True)


def _allow_rounding(relations: Sequence[Relation], cells: Cells) -> None:
    """Whole numbers that miss their sums by little, and more than once, were rounded before they were added."""
    tested = small = fails = 0
    verdicts = []
    for relation in relations:
        if isinstance(relation, Linear) and relation.exact and relation.kind != "contradiction":
            verdict = relation.verdict(cells, cells.value)
            room = (relation.cells != NONE).sum(axis=1) / 2
            near = int((verdict.fails & (np.abs(verdict.gap) <= room)).sum())
            verdicts.append((relation, near, int(verdict.fails.sum()), int(verdict.tested.sum())))
            tested += int(verdict.tested.sum())
            small += near
            fails += int(verdict.fails.sum())
    everywhere = small >= 4 and small >= 0.08 * tested and small >= 0.7 * fails
    for relation, near, failed, count in verdicts:
        often = near >= 4 and near >= 0.12 * count
        twice = near >= 2 and near == failed and near >= 0.15 * count
        relation.exact = not (everywhere or often or twice)


def _covered(relations: Sequence[Relation], cells: Cells) -> int:
    covered = np.zeros(len(cells.value), dtype=bool)
    for relation in relations:
        tested = relation.verdict(cells, cells.value).tested
        members = relation.cells[tested]
        covered[members[members != NONE]] = True
    return int((covered & cells.number).sum())


def _told(relations: Sequence[Relation], owners: Sequence[str], cells: Cells) -> list[Found]:
    told: dict[tuple[str, str], Found] = {}
    for relation, owner in zip(relations, owners, strict=True):
        verdict = relation.verdict(cells, cells.value)
        within = 0
        if isinstance(relation, Linear):
            within = int(
                (verdict.holds & (np.abs(verdict.gap) > 1e-6 + 1e-9 * np.abs(cells.value[relation.cells[:, 0]]))).sum()
            )
        one = Found(owner, relation.kind, relation.words, int(verdict.holds.sum()), within, int(verdict.fails.sum()))
        told.setdefault((owner, relation.words.to("en")), one)
    return list(told.values())


def _notes(relations: Sequence[Relation], cells: Cells, file: str, related: bool) -> list[Note]:
    notes = []
    if cells.number.any() and not related:
        notes.append(
            Note(
                "missing",
                text("No sum, share or difference was found among the figures; nothing could be checked."),
                1,
                file,
            )
        )
    cut = sum(isinstance(one, Quotient) and one.cut for one in relations)
    if cut:
        notes.append(
            Note(
                "assumption",
                text(
                    "Shares and rates of {count} lines are cut off throughout instead of rounded; they "
                    "were compared in that way.",
                    count=cut,
                ),
                cut,
                file,
            )
        )
    left = [
        one
        for one in relations
        if one.ignored is not None
        and isinstance(one, Linear)
        and (one.ignored & ~cells.ratio[one.cells].any(axis=1)).sum() >= 3
    ]
    if left:
        notes.append(
            Note(
                "assumption",
                text("A relation ends where the table counts differently; what lies beyond was not checked by it."),
                len(left),
                file,
                tuple(str(one.words) for one in left[:5]),
            )
        )
    return notes


# -- entries ----------------------------------------------------------------------------------------------------


def _bases(explainer: Explainer, relations: Sequence[Relation], cells: Cells) -> list[Inconsistency]:
    """Percentages printed although their base is negative or nothing."""
    found = []
    for relation in relations:
        if (
            not isinstance(relation, Quotient)
            or relation.constant is not None
            or relation.kind not in ("growth", "share")
        ):
            continue
        base = np.where(relation.cells[:, 2] == NONE, np.nan, cells.value[relation.cells[:, 2]])
        bad = (
            cells.number[relation.cells[:, 0]]
            & (base <= 0)
            & (relation.cells[:, 2] != NONE)
            & cells.number[relation.cells[:, 2]]
        )
        if relation.ignored is not None:
            bad &= ~relation.ignored
        if bad.mean() > 0.5:
            continue
        for i in np.flatnonzero(bad):
            cell = int(relation.cells[i, 0])
            if cells.value[cell] == 0 and base[i] == 0:
                continue
            found.append(
                explainer.plain(
                    cell,
                    "base",
                    text(
                        "{relation}: the base is {base}; a percentage of it says nothing.",
                        relation=relation.words,
                        base=explainer.shown(float(base[i]), 1.0),
                    ),
                )
            )
    return found


def _ranges(
    explainer: Explainer, tables: Sequence[Block], indices: Sequence[np.ndarray], cells: Cells
) -> list[Inconsistency]:
    """Shares of a whole below nothing or above all."""
    found = []
    for table, index in zip(tables, indices, strict=True):
        for j, name in enumerate(table.column_names()):
            if not re.search(r"(構成比|構成割合|シェア|割合[)）%％(（]*$|share$)", name, re.I) or labels.CHANGE.search(
                name
            ):
                continue
            column = index[:, j]
            known = column[cells.number[column]]
            value = cells.value[known]
            bad = (value < 0) | (value > 100 + cells.step[known])
            if len(known) >= 4 and 0 < bad.sum() <= 0.1 * len(known) and value[~bad].max() > 1.5:
                found += [
                    explainer.plain(int(cell), "range", text("A share must lie between 0 and 100%."))
                    for cell in known[bad]
                ]
    return found


def _parts(
    explainer: Explainer, tables: Sequence[Block], indices: Sequence[np.ndarray], cells: Cells
) -> list[Inconsistency]:
    """A part, by its heading (うち …, 再掲), that is larger than what it is part of."""
    found = []
    for table, index in zip(tables, indices, strict=True):
        names = [names[-1] if names else "" for names in table.column_labels]
        deepest = [next((part for part in reversed(path) if part), "") for path in table.column_labels]
        for j, name in enumerate(deepest):
            if not labels.PART.search(name) or j == 0:
                continue
            whole = next((k for k in range(j - 1, -1, -1) if not labels.PART.search(deepest[k])), None)
            if whole is None or not names:
                continue
            part, total = index[:, j], index[:, whole]
            both = cells.number[part] & cells.number[total] & ~cells.ratio[part] & ~cells.ratio[total]
            larger = both & (cells.value[part] > cells.value[total]) & (cells.value[total] >= 0)
            if both.sum() >= 4 and 0 < larger.sum() <= max(1, 0.15 * both.sum()):
                found += [
                    explainer.plain(
                        int(part[i]),
                        "range",
                        text(
                            "A part is larger than the whole, {name} {whole}.",
                            name=table.column_names()[whole],
                            whole=explainer.shown(float(cells.value[total[i]]), 1.0),
                        ),
                    )
                    for i in np.flatnonzero(larger)
                ]
    return found
