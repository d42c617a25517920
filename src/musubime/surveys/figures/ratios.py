"""Which lines are shares, rates, means per head or changes of others? Found from the figures, as sums are.

Three shapes: a quotient of two lines in the same instance (aged / all), a share of one instance's figure in a line
(each row / the row of the total), and a comparison with an earlier instance of a line (year on year).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

import numpy as np

from musubime.language import Text, text

from . import labels
from .comparisons import Comparisons
from .model import Kind
from .ratio_search import MOST_LINES, NEAR, TIMES, Option, Search, rank
from .relations import Quotient, Relation, Tally
from .views import NONE, Cells, View

FACTORS = (1.0, 100.0, 1000.0, 10_000.0, 100_000.0)


def find_ratios(view: View, cells: Cells) -> list[Relation]:
    """For each line that may be one, the quotient, share or comparison in time that fits it best."""
    if len(view.lines) > 2000:
        return []
    search = Quotients(view, cells)
    earlier = Comparisons(view, cells)
    found: list[Relation] = []
    for target in search.targets:
        options = [*search.quotients(target), *search.shares(target), *earlier.comparisons(target)]
        if options:
            found.append(min(options, key=rank)[0])
    return [*found, *earlier.running_totals()]


class Quotients(Search):
    """Quotients of two lines, and shares of one instance of a line."""

    def quotients(self, target: int) -> list[Option]:
        near = self.bases if len(self.view.lines) <= MOST_LINES else [n for n in self.bases if abs(n - target) <= NEAR]
        lines = np.array([n for n in near if n != target], dtype=int)
        seeds, spread = self.seeds(target), self.spread(target)
        if len(lines) < 2 or len(seeds) < 2 or not spread or not self.counts[lines].any():
            return []
        votes: Counter[tuple[int, int, float, float]] = Counter()
        for seed in seeds:
            value = self.value[seed, lines]
            with np.errstate(divide="ignore", invalid="ignore"):
                quotient = value[:, None] / value[None, :]
            printed, half = self.value[seed, target], self.step[seed, target] / 2
            for factor in FACTORS:
                for offset in (0.0, factor) if factor <= 1000 else (0.0,):
                    computed = factor * quotient - offset
                    near_enough = (
                        np.abs(computed - printed) <= half * (1 + 1e-6) + 1e-9 * (np.abs(computed) + offset) + 1e-9
                    )
                    if self.view.coarse:
                        near_enough |= np.abs(computed - printed) <= half + 0.5 * factor * (
                            1 + np.abs(quotient)
                        ) / np.abs(value[None, :])
                    near_enough &= self.counts[lines][:, None] | self.counts[lines][None, :]
                    rows, columns = np.nonzero(near_enough)
                    for a, b in zip(rows[:2000], columns[:2000], strict=True):
                        if a != b:
                            votes[int(lines[a]), int(lines[b]), factor, offset] += 1
        tried = len(lines) ** 2 * 8.0
        found: list[Option] = []
        need = max(2, math.ceil(0.4 * len(seeds)))
        for (above, base, factor, offset), count in votes.most_common(400):
            if count < need:
                break
            kind: Kind = "growth" if offset else "share" if factor > 1 else "ratio"
            relation = Quotient(
                kind,
                self.words(target, above, base, factor, offset),
                self.view.index[:, [target, above, base]],
                factor,
                offset,
                spread=spread,
                loose=self.view.coarse,
                instances=self.view.instances,
                labelled=self.named(target),
            )
            if result := self.accepted(relation, tried):
                found.append((relation, result))
        if not found:
            found = self._beside(target, spread)
        found.sort(key=lambda one: (-one[1].share, -one[1].evidence, _distance(one[0], self.view)))
        return found[:1]

    def _beside(self, target: int, spread: float) -> list[Option]:
        """A share by its name, in a table too small to prove it, of the two counts to its left."""
        name = self.view.lines[target]
        left = [n for n in range(target) if self.counts[n]][-2:]
        if (
            len(left) < 2
            or self.view.kind != "columns"
            or not (labels.SHARE.search(name) or "率" in name)
            or (labels.CHANGE.search(name))
        ):
            return []
        found: list[Option] = []
        known = self.value[:, target]
        factor = 1.0 if np.nanmax(np.abs(known)) <= 1.0001 else 100.0
        for above, base in (left, left[::-1]):
            relation = Quotient(
                "share",
                self.words(target, above, base, factor, 0.0),
                self.view.index[:, [target, above, base]],
                factor,
                0.0,
                spread=max(spread, 0.2 * factor),
                instances=self.view.instances,
                labelled=True,
            )
            if result := self.accepted(relation, 10.0, near=True):
                found.append((relation, result))
        return found

    def shares(self, target: int) -> list[Option]:
        """Each figure of a line as a share of the line's total."""
        spread = self.spread(target)
        if len(self.view.index) < 3 or not spread:
            return []
        near = self.bases if len(self.view.lines) <= MOST_LINES else [n for n in self.bases if abs(n - target) <= NEAR]
        options: list[tuple[Quotient, Tally]] = []
        for line in near:
            if line != target and not self.ratio[:, line].all():
                options += self._share(target, line, spread, len(near))
        options.sort(key=lambda one: (*rank(one), _distance(one[0], self.view)))
        return list(options[:1])

    def _share(self, target: int, line: int, spread: float, tried: int) -> list[tuple[Quotient, Tally]]:
        printed, above, half = self.value[:, target], self.value[:, line], self.step[:, target] / 2
        known = ~np.isnan(printed) & ~np.isnan(above) & (above > 0) & (printed > 0)
        if known.sum() < 3 or not self.ratio[known, target].mean() > 0.5 or self.ratio[known, line].mean() > 0.5:
            return []
        name = self.view.lines[target]
        top = float(np.nanmax(np.abs(printed[known])))
        factor = 1.0 if top <= 1.0001 else 1000.0 if "‰" in name or "千" in name else 100.0
        found: list[tuple[Quotient, Tally]] = []
        for base, constant, where in self._bases_of(printed, above, half, known, factor):
            if constant is not None and (found or known.sum() < 8):
                continue
            cells = np.column_stack([self.view.index[:, target], self.view.index[:, line], base])
            words = _share_words(name, self.view.lines[line], where, factor)
            relation = Quotient(
                "share",
                words,
                cells,
                factor,
                0.0,
                constant=constant,
                spread=spread,
                loose=self.view.coarse,
                instances=self.view.instances,
                labelled=self.named(target),
            )
            if result := self.accepted(relation, tried * 6.0 * (1 if constant is None else 100)):
                found.append((relation, result))
        return found

    def _bases_of(
        self, printed: np.ndarray, above: np.ndarray, half: np.ndarray, known: np.ndarray, factor: float
    ) -> Iterator[tuple[np.ndarray, float | None, str]]:
        """Bases that make most shares right: the instances that print 100%, or the one number that all agree on."""
        line_cells = self.view.index
        whole = np.flatnonzero(known & (np.abs(printed - factor) <= half))
        line = int(
            np.flatnonzero(
                (self.value == above[:, None]).all(axis=0)
                | ((np.isnan(self.value) & np.isnan(above)[:, None]) | (self.value == above[:, None])).all(axis=0)
            )[0]
        )
        at = np.flatnonzero(known)
        if len(whole) and len(whole) < len(at) * 0.6:
            for backwards in (False, True):
                position = np.searchsorted(whole, np.arange(len(printed)), side="left" if backwards else "right")
                position = position if backwards else position - 1
                inside = (position >= 0) & (position < len(whole))
                base = np.where(inside, line_cells[whole[np.clip(position, 0, len(whole) - 1)], line], NONE)
                yield base, None, self.view.instances[int(whole[0])] if len(whole) == 1 else ""
        for place in self._likely_bases(above, known):
            fits = np.abs(factor * above[known] / above[place] - printed[known]) <= half[known] * (1 + 1e-6) + 1e-9
            if fits.sum() >= 3 and fits.mean() >= 0.6:
                yield np.full(len(printed), line_cells[place, line]), None, self.view.instances[place]
                return
        low, high = (printed - half)[known] / above[known], (printed + half)[known] / above[known]
        slope = _most_common_point(low, high)
        if slope is None or slope[0] <= 0:
            return
        least, most = factor / slope[1], factor / slope[0]
        candidates = np.flatnonzero(~np.isnan(above) & (above >= least * (1 - 1e-9)) & (above <= most * (1 + 1e-9)))
        if len(candidates):
            base = np.full(len(printed), line_cells[candidates[0], line])
            yield base, None, self.view.instances[int(candidates[0])]
        parts = above[known & (above < least)]
        if len(parts) > 2 and least * (1 - 1e-6) <= parts.sum() <= most * (1 + 1e-6):
            yield np.full(len(printed), NONE), float(parts.sum()), ""
        elif not len(candidates) and factor * 2 / (slope[0] + slope[1]) > 1.01 * above[known].max():
            yield np.full(len(printed), NONE), float(factor * 2 / (slope[0] + slope[1])), ""

    def _likely_bases(self, above: np.ndarray, known: np.ndarray) -> list[int]:
        """The largest figure, the first, the last, and those of instances that are totals by name."""
        named = [n for n, name in enumerate(self.view.instances) if known[n] and labels.TOTAL.search(name)][:6]
        at = np.flatnonzero(known)
        return list(dict.fromkeys([*named, int(at[np.argmax(above[at])]), int(at[0]), int(at[-1])]))


def _distance(relation: Relation, view: View) -> int:
    where = {int(cell): n for n, cell in enumerate(view.index[0])}
    places = [where.get(int(cell), 0) for cell in relation.cells[0]]
    return abs(places[0] - places[1]) + abs(places[0] - places[2])


def _most_common_point(low: np.ndarray, high: np.ndarray) -> tuple[float, float] | None:
    """The stretch that lies in most of the intervals."""
    if not len(low):
        return None
    ends = np.concatenate([low * (1 - 1e-9), high * (1 + 1e-9)])
    change = np.concatenate([np.ones(len(low)), -np.ones(len(high))])
    order = np.lexsort((-change, ends))
    depth = np.cumsum(change[order])
    top = int(np.argmax(depth))
    return float(ends[order][top]), float(ends[order][min(top + 1, len(ends) - 1)])


def _share_words(target: str, line: str, where: str, factor: float) -> Text:
    if where:
        return text(
            "{target} = {line} / {line} of {where}{times}", target=target, line=line, where=where, times=TIMES[factor]
        )
    return text("{target} = {line} / its total{times}", target=target, line=line, times=TIMES[factor])
