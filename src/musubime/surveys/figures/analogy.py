"""Totals that no figures prove, but that stand where the table's other totals stand.

A subtotal in a table of two columns, one of them wrong, adds up in half its instances; that is no proof. That every
other subtotal is the sum of the lines below it, is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from . import labels
from .relations import Linear, tally
from .slips import kind_of_slip
from .sums import one_sided, sum_of_lines
from .views import Cells, View

EVIDENCE = 6.0
"""Digits in which all totals of one shape must agree together; there are two shapes, not thousands of candidates."""

NEAR = 0.1
"""A lone total that misses the sum of all other lines by more than this share of it may count something else."""

LARGE = 1000.0
"""A lone total below this may come near a sum by chance."""


def totals_by_analogy(view: View, sums: Sequence[Linear], cells: Cells) -> Iterator[Linear]:
    """Sums that labelled totals ought to be, where none was found for them."""
    lines = [n for n in range(len(view.lines)) if _counts(view, n, cells)]
    totals = [n for n in lines if labels.TOTAL.search(view.lines[n])]
    if view.kind not in ("rows", "columns") or not totals or len(lines) < 3:
        return
    place = {int(view.index[0, n]): n for n in lines}
    known: dict[int, list[tuple[int, ...]]] = {}
    for one in sums:
        members = [place.get(int(cell)) for cell in one.cells[0]]
        if one.kind == "sum" and (one.signs == 1).all() and None not in members:
            known.setdefault(members[0], []).append(tuple(m for m in members[1:] if m is not None))  # type: ignore[arg-type]
    for first in (True, False):
        parts_of = {n: parts for n, parts in _shape(lines, totals, first=first).items() if len(parts) >= 2}
        made = {n: sum_of_lines(view, cells, n, parts) for n, parts in parts_of.items()}
        if len(made) < 2 or not _usual(list(made.values()), cells):
            continue
        for total, one in made.items():
            if not _adjacent(known.get(total, []), parts_of[total]) and _credible(one, cells, len(made)):
                known.setdefault(total, []).append(parts_of[total])
                yield one
        tops = tuple(n for n in totals if n in made)
        for total in {totals[0], totals[-1]} - set(tops):
            if not _adjacent(known.get(total, []), tops):
                one = sum_of_lines(view, cells, total, tops)
                if _credible(one, cells, len(made)):
                    yield one
                    known.setdefault(total, []).append(tops)
    yield from _lone(view, cells, lines, totals, known)


def _usual(relations: Sequence[Linear], cells: Cells) -> bool:
    """Together they hold so often that the table is made in this way."""
    tallies = [tally(one, cells) for one in relations]
    holds, fails = sum(one.holds for one in tallies), sum(one.fails for one in tallies)
    return (
        sum(one.holds > 0 for one in tallies) >= 2
        and holds >= 0.75 * (holds + fails)
        and sum(one.evidence for one in tallies) >= EVIDENCE
    )


def _counts(view: View, line: int, cells: Cells) -> bool:
    index = view.index[:, line]
    index = index[index >= 0]
    return bool((cells.number[index] & ~cells.ratio[index]).any())


def _shape(lines: list[int], totals: list[int], *, first: bool) -> dict[int, tuple[int, ...]]:
    """For each total the lines up to the next (or since the last) total."""
    found: dict[int, tuple[int, ...]] = {}
    run: list[int] = []
    marks = set(totals)
    for n in reversed(lines) if first else lines:
        if n in marks:
            if run:
                found[n] = tuple(sorted(run))
            run = []
        else:
            run.append(n)
    return found


def _adjacent(known: list[tuple[int, ...]], parts: tuple[int, ...]) -> bool:
    """Whether another sum with some of the same parts is known for the total."""
    return any(set(one) & set(parts) for one in known)


def _credible(one: Linear, cells: Cells, alike: int) -> bool:
    """It holds somewhere; or a copy or a slip explains why not, and three other totals are of this shape."""
    result = tally(one, cells)
    if one_sided(one, cells):
        return False
    if result.holds:
        return result.holds >= result.fails or alike >= 3
    verdict = one.verdict(cells, cells.value)
    fails = np.flatnonzero(verdict.fails)
    return (
        bool(len(fails))
        and alike >= 3
        and all(cells.suspect[one.cells[i]].any() or _slipped(one, cells, int(i)) for i in fails)
    )


def _slipped(one: Linear, cells: Cells, i: int) -> bool:
    """One slip in the total or in one of its parts explains the gap."""
    for slot in range(one.cells.shape[1]):
        cell = int(one.cells[i, slot])
        if cell >= 0 and cells.number[cell]:
            step = float(cells.step[cell])
            right = one.solve(cells.value, i, slot)
            if kind_of_slip(round(float(cells.value[cell]) / step), round(right / step)):
                return True
    return False


def _lone(
    view: View, cells: Cells, lines: list[int], totals: list[int], known: dict[int, list[tuple[int, ...]]]
) -> Iterator[Linear]:
    """The one total of a small table: all other lines, when they come so near that a slip explains it."""
    if len(totals) != 1 or totals[0] in known or totals[0] not in (lines[0], lines[-1]) or len(lines) > 60:
        return
    parts = tuple(n for n in lines if n != totals[0])
    if len(parts) < 2 or any(labels.PART.search(view.lines[n]) for n in parts):
        return
    one = sum_of_lines(view, cells, totals[0], parts)
    result = tally(one, cells)
    if one_sided(one, cells):
        return
    if result.holds and result.holds >= result.fails and result.evidence >= EVIDENCE - 2:
        yield one
        return
    verdict = one.verdict(cells, cells.value)
    if verdict.tested.sum() > 2:
        return
    for i in np.flatnonzero(verdict.fails):
        total = abs(float(cells.value[one.cells[i, 0]]))
        if total < LARGE or abs(float(verdict.gap[i])) > NEAR * total or not _slipped(one, cells, int(i)):
            return
    yield one
