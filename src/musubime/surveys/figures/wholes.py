"""Shares that make a hundred together, in tables that do not print the hundred."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np

from musubime.language import text

from .relations import Linear, tally
from .sums import MARGIN
from .views import NONE, Cells, View

MOST_LINES = 60
LEAST_PARTS = 3


def find_wholes(view: View, cells: Cells) -> list[Linear]:
    """Runs of neighbouring lines of shares whose figures add up to 100 (or 1) within rounding, nearly everywhere."""
    if view.kind not in ("columns", "rows") or len(view.index) < 3:
        return []
    value = np.where(view.soft(cells), np.nan, view.value(cells))
    ratio = np.where(view.index == NONE, False, cells.ratio[view.index])
    lines = [n for n in range(len(view.lines)) if _shares(value[:, n], ratio[:, n])]
    if not LEAST_PARTS <= len(lines) <= MOST_LINES:
        return []
    step = view.step(cells)
    whole = 1.0 if np.nanmax(value[:, lines]) <= 1.0 else 100.0
    votes: Counter[tuple[int, int]] = Counter()
    known = np.flatnonzero((~np.isnan(value[:, lines])).all(axis=1))
    for seed in known[:: max(1, len(known) // 8)][:8]:
        total = np.concatenate([[0.0], np.cumsum(value[seed, lines])])
        room = np.concatenate([[0.0], np.cumsum(step[seed, lines])]) / 2
        first, last = np.triu_indices(len(lines) + 1, LEAST_PARTS)
        near = np.abs(total[last] - total[first] - whole) <= room[last] - room[first] + 1e-9
        for a, b in zip(first[near].tolist(), last[near].tolist(), strict=True):
            votes[a, b] += 1
    found: list[Linear] = []
    taken: set[int] = set()
    for (first_line, last_line), _ in sorted(votes.items(), key=lambda one: (-one[1], one[0][0] - one[0][1])):
        parts = lines[first_line:last_line]
        if taken & set(parts):
            continue
        relation = Linear(
            "sum",
            text(
                "{first} + … + {last} = {whole:g}", first=view.lines[parts[0]], last=view.lines[parts[-1]], whole=whole
            ),
            view.index[:, parts],
            -np.ones(len(parts) - 1),
            instances=view.instances,
            constant=whole,
        )
        result = tally(relation, cells)
        room_all = float(np.nanmedian(step[:, parts].sum(axis=1)))
        evidence = result.holds * math.log10(1 + whole / max(room_all, 1e-9) / 10)
        if result.holds >= 3 and result.share >= 0.75 and evidence >= math.log10(len(lines) ** 2 / 2) + MARGIN - 1:
            found.append(relation)
            taken |= set(parts)
    return found


def _shares(value: np.ndarray, ratio: np.ndarray) -> bool:
    known = ~np.isnan(value)
    if known.sum() < 3 or ratio[known].mean() < 0.5:
        return False
    return bool(value[known].min() >= 0 and value[known].max() <= 100 and not (np.abs(value[known] - 100) < 0.01).all())
