"""Tables that share their labels: the same figures printed twice, men and women on sheets of their own, shares of
another sheet's counts."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from musubime.language import text

from .blocks import Block
from .relations import Linear, Quotient, Relation, tally
from .sums import MARGIN
from .views import Cells

MOST_TABLES = 40
LEAST_SHARED = 8


def find_across(tables: Sequence[Block], indices: Sequence[np.ndarray], cells: Cells) -> list[Relation]:
    """Relations between tables of one file."""
    if not 2 <= len(tables) <= MOST_TABLES:
        return []
    found: list[Relation] = []
    keyed = [_keyed(table, index) for table, index in zip(tables, indices, strict=True)]
    for one, two in itertools.combinations(range(len(tables)), 2):
        found += _twice(tables, keyed, one, two, cells)
    for group in _same_shape(keyed):
        found += _stacked(tables, indices, group, cells)
    return found


def _keyed(table: Block, index: np.ndarray) -> dict[tuple[str, str], int]:
    """Cells by the names of their row and column; names that stand twice are left out."""
    rows, columns = table.row_names(), table.column_names()
    counts: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            if row and column:
                counts[row, column].append(int(index[i, j]))
    return {key: at[0] for key, at in counts.items() if len(at) == 1}


def _twice(
    tables: Sequence[Block], keyed: Sequence[dict[tuple[str, str], int]], one: int, two: int, cells: Cells
) -> Iterator[Relation]:
    """The same rows and columns printed in two places: nearly all equal, so the others contradict one another."""
    shared = [key for key in keyed[one] if key in keyed[two]]
    pairs = np.array([(keyed[two][key], keyed[one][key]) for key in shared], dtype=int).reshape(-1, 2)
    if len(pairs) < LEAST_SHARED:
        return
    both = cells.number[pairs].all(axis=1)
    values = cells.value[pairs]
    gap = np.abs(values[:, 0] - values[:, 1])
    equal = both & (gap <= cells.step[pairs].max(axis=1) / 2)
    digits = np.log10(1 + np.abs(values[equal, 0]) / np.minimum(cells.step[pairs].max(axis=1)[equal], 1)).sum()
    if (
        equal.sum() < LEAST_SHARED
        or equal.sum() < 0.9 * both.sum()
        or digits < 15
        or len(set(values[equal, 0])) < LEAST_SHARED
    ):
        return
    names = [f"{row} {column}" for row, column in shared]
    where = tables[one].grid.name or tables[one].title
    relation = Linear(
        "contradiction",
        text("the same figure as in {where}", where=where[:40] or "–"),
        pairs,
        np.array([1.0]),
        exact=False,
        labelled=True,
        instances=names,
    )
    relation.ignored = ~both
    yield relation


def _same_shape(keyed: Sequence[dict[tuple[str, str], int]]) -> list[list[int]]:
    groups: dict[frozenset[tuple[str, str]], list[int]] = defaultdict(list)
    for n, keys in enumerate(keyed):
        if len(keys) >= LEAST_SHARED:
            groups[frozenset(keys)].append(n)
    return [group for group in groups.values() if 2 <= len(group) <= 8]


def _stacked(
    tables: Sequence[Block], indices: Sequence[np.ndarray], group: list[int], cells: Cells
) -> Iterator[Relation]:
    """Tables alike in every label: one may be the sum of two others, or hold the shares of another's counts."""
    shapes = {indices[n].shape for n in group}
    if len(shapes) != 1:
        return
    names = [tables[n].grid.name or tables[n].title or str(n + 1) for n in group]
    flat = {n: indices[n].ravel() for n in group}
    ratio = {n: bool(cells.ratio[flat[n]].mean() > 0.5) for n in group}
    for total in group:
        for a, b in itertools.combinations([n for n in group if n != total], 2):
            stack = np.column_stack([flat[total], flat[a], flat[b]])
            relation = Linear(
                "sum",
                text(
                    "{target} = {parts}",
                    target=names[group.index(total)],
                    parts=f"{names[group.index(a)]} + {names[group.index(b)]}",
                ),
                stack,
                np.array([1.0, 1.0]),
                labelled=True,
            )
            result = tally(relation, cells)
            if (
                not (ratio[total] or ratio[a] or ratio[b])
                and result.holds >= 6
                and result.share >= 0.85
                and result.evidence >= 2 + MARGIN + math.log10(len(group) ** 3)
            ):
                yield relation
    for shares in (n for n in group if ratio[n]):
        for counts in (n for n in group if not ratio[n]):
            options = []
            for axis in (0, 1):
                size = indices[counts].shape[axis]
                for line in range(size) if size <= 60 else (0, size - 1):
                    base = np.broadcast_to(indices[counts].take([line], axis=axis), indices[counts].shape).ravel()
                    share = _share(flat[shares], flat[counts], base, names, group, shares, counts, cells)
                    result = tally(share, cells)
                    if result.holds >= 6 and result.share >= 0.85 and result.evidence >= 5 + MARGIN:
                        options.append((result.share, result.evidence, share))
            if options:
                yield max(options, key=lambda one: one[:2])[2]


def _share(
    target: np.ndarray,
    above: np.ndarray,
    base: np.ndarray,
    names: list[str],
    group: list[int],
    shares: int,
    counts: int,
    cells: Cells,
) -> Quotient:
    known = cells.value[target][~np.isnan(cells.value[target])]
    spread = float(np.percentile(known, 90) - np.percentile(known, 10)) if len(known) else 0.0
    factor = 100.0 if len(known) and known.max() > 1.5 else 1.0
    relation = Quotient(
        "share",
        text(
            "{target} = {line} / its total{times}",
            target=names[group.index(shares)],
            line=names[group.index(counts)],
            times=" × 100" if factor > 1 else "",
        ),
        np.column_stack([target, above, base]),
        factor,
        0.0,
        spread=spread,
        labelled=True,
    )
    relation.ignored = above == base
    return relation
