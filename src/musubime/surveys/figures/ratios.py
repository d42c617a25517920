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
from .model import Kind
from .relations import Linear, Quotient, Relation, Tally, tally
from .sums import MARGIN, SEEDS
from .views import NONE, Cells, View

FACTORS = (1.0, 100.0, 1000.0, 10_000.0, 100_000.0)
MOST_LINES = 150
NEAR = 12
"""In tables of more lines than MOST_LINES a share is looked for among lines so near."""

_MOST_TARGETS = 80


def find_ratios(view: View, cells: Cells) -> list[Relation]:
    """For each line that may be one, the quotient, share or comparison in time that fits it best."""
    if len(view.lines) > 2000:
        return []
    search = _Search(view, cells)
    found: list[Relation] = []
    for target in search.targets:
        options = [*search.quotients(target), *search.shares(target), *search.comparisons(target)]
        if options:
            found.append(min(options, key=_rank)[0])
    return [*found, *search.running_totals()]


Option = tuple[Relation, Tally]


def _rank(option: Option) -> tuple[float, float]:
    """Best first: what holds most often, a base that stands in the table before one that was fitted."""
    relation, result = option
    fitted = isinstance(relation, Quotient) and relation.constant is not None
    return round((0.2 if fitted else 0.0) - result.share, 3), -result.evidence


class _Search:
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

    def _spread(self, line: int) -> float:
        """How much the figures of a line differ: what is always 100 says nothing about what it is a share of."""
        known = self.value[:, line]
        known = known[~np.isnan(known)]
        if len(known) < 2:
            return 0.0
        low, high = np.percentile(known, [10, 90]) if len(known) > 5 else (known.min(), known.max())
        return float(high - low)

    def _seeds(self, line: int) -> list[int]:
        known = np.flatnonzero(~np.isnan(self.value[:, line]) & (self.value[:, line] != 0))
        if not len(known):
            return []
        wide = (~np.isnan(self.value[known])).sum(axis=1)
        order = known[np.argsort(-wide, kind="stable")]
        order = order[: max(SEEDS, len(order) // 2)]
        return [int(n) for n in order[:: max(1, len(order) // SEEDS)][:SEEDS]]

    # -- quotients ----------------------------------------------------------------------------------------------

    def quotients(self, target: int) -> list[Option]:
        near = self.bases if len(self.view.lines) <= MOST_LINES else [n for n in self.bases if abs(n - target) <= NEAR]
        lines = np.array([n for n in near if n != target], dtype=int)
        seeds, spread = self._seeds(target), self._spread(target)
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
                self._words(target, above, base, factor, offset),
                self.view.index[:, [target, above, base]],
                factor,
                offset,
                spread=spread,
                loose=self.view.coarse,
                instances=self.view.instances,
                labelled=self._named(target),
            )
            if result := self._accepted(relation, tried):
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
                self._words(target, above, base, factor, 0.0),
                self.view.index[:, [target, above, base]],
                factor,
                0.0,
                spread=max(spread, 0.2 * factor),
                instances=self.view.instances,
                labelled=True,
            )
            if result := self._accepted(relation, 10.0, near=True):
                found.append((relation, result))
        return found

    def _accepted(self, relation: Quotient, tried: float, near: bool = False) -> Tally | None:
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

    def _named(self, target: int) -> bool:
        return bool(labels.RATIO.search(self.view.lines[target]) or labels.CHANGE.search(self.view.lines[target]))

    def _words(self, target: int, above: int, base: int, factor: float, offset: float) -> Text:
        names = self.view.lines
        return _quotient_words(names[target], names[above], names[base], factor, offset)

    # -- shares of one instance ---------------------------------------------------------------------------------

    def shares(self, target: int) -> list[Option]:
        """Each figure of a line as a share of the line's total."""
        spread = self._spread(target)
        if len(self.view.index) < 3 or not spread:
            return []
        near = self.bases if len(self.view.lines) <= MOST_LINES else [n for n in self.bases if abs(n - target) <= NEAR]
        options: list[tuple[Quotient, Tally]] = []
        for line in near:
            if line != target and not self.ratio[:, line].all():
                options += self._share(target, line, spread, len(near))
        options.sort(key=lambda one: (*_rank(one), _distance(one[0], self.view)))
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
                labelled=self._named(target),
            )
            if result := self._accepted(relation, tried * 6.0 * (1 if constant is None else 100)):
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

    # -- comparisons in time ------------------------------------------------------------------------------------

    def comparisons(self, target: int) -> list[Option]:
        """Changes, growth and ratios against an earlier (or the next) instance of a line."""
        name = self.view.lines[target]
        if (
            not self.view.ordered
            or len(self.view.index) < 4
            or len(self.view.lines) > MOST_LINES
            or labels.SHARE.search(name)
        ):
            return []
        reach = 3 * NEAR if labels.CHANGE.search(name) or labels.RATIO.search(name) else 2
        options: list[Option] = []
        for line in self.bases:
            if line != target and abs(line - target) <= reach and self.counts[line]:
                options += self._lags(target, line)
        if self.ratio[:, target].any():
            options += self._rate_of_change(target)
        options.sort(key=lambda one: (-one[1].share, -one[1].evidence))
        return options[:1]

    def _lags(self, target: int, line: int) -> list[Option]:
        printed, value, step = self.value[:, target], self.value[:, line], self.step[:, target]
        at = np.flatnonzero(~np.isnan(printed) & ~np.isnan(value) & (printed != 0))
        if len(at) < 3:
            return []
        spread = self._spread(target)
        seeds = at[:: max(1, len(at) // 10)][:10]
        shapes = [("difference", 1.0, 0.0)]
        if self.ratio[at, target].mean() > 0.5:
            shapes = [
                *(("growth", factor, factor) for factor in (100.0, 1.0, 1000.0)),
                *(("ratio", factor, 0.0) for factor in (100.0, 1.0)),
            ]
        votes: Counter[tuple[str, float, float, int]] = Counter()
        now_value, now_printed, now_step = value[seeds, None], printed[seeds, None], step[seeds, None]
        for kind, factor, offset in shapes:
            with np.errstate(divide="ignore", invalid="ignore"):
                computed = (
                    now_value - value[None, :] if kind == "difference" else factor * now_value / value[None, :] - offset
                )
            fine = np.where(now_step != 1.0, now_step / 2 * (1 + 1e-6), 1e-6 if kind == "difference" else 0.5)
            seed, other = np.nonzero(np.abs(computed - now_printed) <= fine + 1e-9 * (np.abs(computed) + offset) + 1e-9)
            lags = seeds[seed] - other
            for lag in lags[lags != 0].tolist():
                votes[kind, factor, offset, lag] += 1
        found: list[Option] = []
        for (kind, factor, offset, lag), count in votes.most_common(6):
            if count < max(2, 0.4 * len(seeds)):
                break
            now = self._comparable(np.arange(max(lag, 0), len(value) + min(lag, 0)), lag)
            if len(now) < 3:
                continue
            cells = np.column_stack(
                [self.view.index[now, target], self.view.index[now, line], self.view.index[now - lag, line]]
            )
            names = [self.view.instances[n] for n in now]
            close = abs(lag) == 1 and abs(target - line) <= 3 and self._named(target)
            tried = 30.0 if close else 300.0 * max(len(self.bases), 1)
            if kind == "difference":
                linear = Linear(
                    "difference",
                    _lag_words(kind, self.view.lines[target], self.view.lines[line], lag),
                    cells,
                    np.array([1.0, -1.0]),
                    exact=not self.view.coarse,
                    instances=names,
                    labelled=True,
                )
                result = tally(linear, self.cells)
                if result.holds >= 3 and result.share >= 0.75 and result.evidence >= math.log10(tried) + MARGIN:
                    found.append((linear, result))
            else:
                relation = Quotient(
                    "growth" if offset else "ratio",
                    _lag_words(kind, self.view.lines[target], self.view.lines[line], lag),
                    cells,
                    factor,
                    offset,
                    spread=spread,
                    loose=self.view.coarse,
                    instances=names,
                    labelled=self._named(target),
                )
                if accepted := self._accepted(relation, tried):
                    found.append((relation, accepted))
        return found

    def running_totals(self) -> list[Relation]:
        """A line that its name calls cumulative: the one before it and the new."""
        found: list[Relation] = []
        if not self.view.ordered or len(self.view.index) < 4:
            return found
        for line in [n for n in self.bases if labels.RUNNING.search(self.view.lines[n]) and self.counts[n]]:
            for new in [n for n in self.bases if n != line and self.counts[n] and abs(n - line) <= NEAR]:
                now = self._comparable(np.arange(1, len(self.value)), 1)
                cells = np.column_stack(
                    [self.view.index[now, line], self.view.index[now - 1, line], self.view.index[now, new]]
                )
                names = self.view.lines
                relation = Linear(
                    "sum",
                    text("{target} = {target} before + {part}", target=names[line], part=names[new]),
                    cells,
                    np.array([1.0, 1.0]),
                    exact=not self.view.coarse,
                    labelled=True,
                    instances=[self.view.instances[n] for n in now],
                )
                result = tally(relation, self.cells)
                if result.holds >= 3 and result.share >= 0.6 and result.evidence >= 4:
                    found.append(relation)
        return found

    def _rate_of_change(self, target: int) -> list[Option]:
        """Printed change / earlier figure: where the change is not the difference of the printed figures."""
        found: list[Option] = []
        changes = [
            n
            for n in self.bases
            if n != target and abs(n - target) <= NEAR and labels.CHANGE.search(self.view.lines[n])
        ]
        for change in changes:
            for line in self.bases:
                if line in (change, target) or not self.counts[line]:
                    continue
                for lag in (1, -1):
                    now = np.arange(max(lag, 0), len(self.value) + min(lag, 0))
                    with np.errstate(divide="ignore", invalid="ignore"):
                        computed = self.value[now, change] / self.value[now - lag, line]
                    for factor in (100.0, 1000.0):
                        close = np.abs(factor * computed - self.value[now, target]) <= self.step[now, target] / 2 + 1e-6
                        if close.sum() < 3 or close.sum() < 0.5 * (~np.isnan(computed)).sum():
                            continue
                        kept = self._comparable(now, lag)
                        cells = np.column_stack(
                            [
                                self.view.index[kept, target],
                                self.view.index[kept, change],
                                self.view.index[kept - lag, line],
                            ]
                        )
                        names = self.view.lines
                        relation = Quotient(
                            "growth",
                            text(
                                "{target} = {change} / {line} {lag} before{times}",
                                target=names[target],
                                change=names[change],
                                line=names[line],
                                lag=lag,
                                times=_TIMES[factor],
                            ),
                            cells,
                            factor,
                            0.0,
                            spread=self._spread(target),
                            loose=self.view.coarse,
                            instances=[self.view.instances[n] for n in kept],
                            labelled=True,
                        )
                        close_by = max(abs(target - change), abs(target - line)) <= 3
                        if result := self._accepted(relation, 30.0 if close_by else 300.0 * len(self.bases)):
                            found.append((relation, result))
        return found

    def _comparable(self, now: np.ndarray, lag: int) -> np.ndarray:
        """Of some instances those that differ from the one `lag` before in the year alone, not in the town as well."""
        codes = self._codes()
        if codes is None or not len(now):
            return now
        differ = (codes[now] != codes[now - lag]).sum(axis=1)
        return np.asarray(now[differ <= max(1, int((codes[1:] != codes[:-1]).sum(axis=1).min()))])

    def _codes(self) -> np.ndarray | None:
        """The labels of the instances as numbers (instances, levels)."""
        groups = self.view.groups
        if not groups or not groups[0]:
            return None
        levels = [list(dict.fromkeys(names)) for names in zip(*groups, strict=True)]
        lookup = [{name: n for n, name in enumerate(level)} for level in levels]
        return np.array([[known[name] for known, name in zip(lookup, names, strict=True)] for names in groups])


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


_TIMES = {1.0: "", 100.0: " × 100", 1000.0: " × 1,000", 10_000.0: " × 10,000", 100_000.0: " × 100,000"}


def _quotient_words(target: str, above: str, base: str, factor: float, offset: float) -> Text:
    if offset:
        return text(
            "{target} = change from {base} to {above}{times}",
            target=target,
            above=above,
            base=base,
            times=_TIMES[factor],
        )
    return text("{target} = {above} / {base}{times}", target=target, above=above, base=base, times=_TIMES[factor])


def _share_words(target: str, line: str, where: str, factor: float) -> Text:
    if where:
        return text(
            "{target} = {line} / {line} of {where}{times}", target=target, line=line, where=where, times=_TIMES[factor]
        )
    return text("{target} = {line} / its total{times}", target=target, line=line, times=_TIMES[factor])


def _lag_words(kind: str, target: str, line: str, lag: int) -> Text:
    if kind == "difference":
        return text("{target} = {line} less {line} {lag} before", target=target, line=line, lag=lag)
    if kind == "growth":
        return text("{target} = change of {line} against {lag} before", target=target, line=line, lag=lag)
    return text("{target} = {line} / {line} {lag} before", target=target, line=line, lag=lag)
