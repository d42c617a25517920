"""Comparisons with an earlier instance of a line: changes, growth, ratios, and running totals."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np

from musubime.language import Text, text

from . import labels
from .ratio_search import MOST_LINES, NEAR, TIMES, Option, Search
from .relations import Linear, Quotient, Relation, tally
from .sums import MARGIN


class Comparisons(Search):
    """Comparisons along the order of the instances."""

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
        spread = self.spread(target)
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
            close = abs(lag) == 1 and abs(target - line) <= 3 and self.named(target)
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
                    labelled=self.named(target),
                )
                if accepted := self.accepted(relation, tried):
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
                                times=TIMES[factor],
                            ),
                            cells,
                            factor,
                            0.0,
                            spread=self.spread(target),
                            loose=self.view.coarse,
                            instances=[self.view.instances[n] for n in kept],
                            labelled=True,
                        )
                        close_by = max(abs(target - change), abs(target - line)) <= 3
                        if result := self.accepted(relation, 30.0 if close_by else 300.0 * len(self.bases)):
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


def _lag_words(kind: str, target: str, line: str, lag: int) -> Text:
    if kind == "difference":
        return text("{target} = {line} less {line} {lag} before", target=target, line=line, lag=lag)
    if kind == "growth":
        return text("{target} = change of {line} against {lag} before", target=target, line=line, lag=lag)
    return text("{target} = {line} / {line} {lag} before", target=target, line=line, lag=lag)
