"""A view in which ratios are looked for: which lines may be ratios, which their bases, and what proves one."""

from __future__ import annotations

import math

import numpy as np

from musubime.language import Text, text

from . import labels
from .relations import Quotient, Relation, Tally, tally
from .sums import MARGIN, SEEDS
from .views import NONE, Cells, View

MOST_LINES = 150
NEAR = 12
"""In tables of more lines than MOST_LINES a share is looked for among lines so near."""

_MOST_TARGETS = 80

Option = tuple[Relation, Tally]


def rank(option: Option) -> tuple[float, float]:
    """Best first: what holds most often, a base that stands in the table before one that was fitted."""
    relation, result = option
    fitted = isinstance(relation, Quotient) and relation.constant is not None
    return round((0.2 if fitted else 0.0) - result.share, 3), -result.evidence


class Search:
    """targets: lines that may be ratios. bases: lines they may be ratios of. counts: which lines are counts."""

    def __init__(self, view: View, cells: Cells) -> None:
        self.view, self.cells = view, cells
        self.value = np.where(view.soft(cells), np.nan, view.value(cells))
        self.step = view.step(cells)
        self.ratio = np.where(view.index == NONE, False, cells.ratio[view.index])
        known = ~np.isnan(self.value)
        counts = np.maximum(known.sum(axis=0), 1)
        share = (self.ratio & known).sum(axis=0) / counts
        self.targets = [
            n
            for n in range(len(view.lines))
            if known[:, n].sum() >= 2
            and (share[n] > 0.5 or labels.RATIO.search(view.lines[n]) or labels.CHANGE.search(view.lines[n]))
        ]
        self.targets = self.targets[:_MOST_TARGETS]
        named = np.array([bool(labels.RATIO.search(name)) for name in view.lines])
        self.counts = np.array([known[:, n].sum() >= 2 and share[n] <= 0.5 for n in range(len(view.lines))])
        self.bases = [n for n in range(len(view.lines)) if self.counts[n] or (known[:, n].sum() >= 2 and not named[n])]

    def spread(self, line: int) -> float:
        """How much the figures of a line differ: what is always 100 says nothing about what it is a share of."""
        known = self.value[:, line]
        known = known[~np.isnan(known)]
        if len(known) < 2:
            return 0.0
        low, high = np.percentile(known, [10, 90]) if len(known) > 5 else (known.min(), known.max())
        return float(high - low)

    def seeds(self, line: int) -> list[int]:
        known = np.flatnonzero(~np.isnan(self.value[:, line]) & (self.value[:, line] != 0))
        if not len(known):
            return []
        wide = (~np.isnan(self.value[known])).sum(axis=1)
        order = known[np.argsort(-wide, kind="stable")]
        order = order[: max(SEEDS, len(order) // 2)]
        return [int(n) for n in order[:: max(1, len(order) // SEEDS)][:SEEDS]]

    def accepted(self, relation: Quotient, tried: float, near: bool = False) -> Tally | None:
        """Tried exactly, as cut off, and (in tables of rounded figures) with room for the rounding of its figures.

        near: the figures beside the line are tried first, which is no search and needs less evidence.
        """
        ways = [(False, False), (True, False), *([(False, True)] if self.view.coarse else [])]
        for cut, loose in ways:
            relation.cut, relation.loose = cut, loose
            result = tally(relation, self.cells)
            tests = result.holds + result.fails
            bonus = (1.0 if relation.labelled else 0.0) + (1.0 if near else 0.0)
            enough = result.evidence + bonus >= math.log10(max(tried, 10)) + MARGIN
            usual = result.share >= (0.75 if tests < 10 else 0.8 if relation.labelled and tests < 20 else 0.85)
            if near and tests <= 3:
                usual = result.share >= 0.66
            if cut:
                usual = result.share >= 0.97 and tests >= 8
            if loose:
                usual = result.share >= 0.95
            if enough and usual and result.holds >= (2 if near else 3):
                return result
        relation.cut = relation.loose = False
        return None

    def named(self, target: int) -> bool:
        return bool(labels.RATIO.search(self.view.lines[target]) or labels.CHANGE.search(self.view.lines[target]))

    def words(self, target: int, above: int, base: int, factor: float, offset: float) -> Text:
        names = self.view.lines
        return quotient_words(names[target], names[above], names[base], factor, offset)


TIMES = {1.0: "", 100.0: " × 100", 1000.0: " × 1,000", 10_000.0: " × 10,000", 100_000.0: " × 100,000"}


def quotient_words(target: str, above: str, base: str, factor: float, offset: float) -> Text:
    if offset:
        return text(
            "{target} = change from {base} to {above}{times}",
            target=target,
            above=above,
            base=base,
            times=TIMES[factor],
        )
    return text("{target} = {above} / {base}{times}", target=target, above=above, base=base, times=TIMES[factor])
