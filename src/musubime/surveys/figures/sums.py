"""Which lines are sums or differences of others? Found from the figures: what adds up nearly everywhere is a relation.

Candidates are read off a few instances (runs of neighbouring lines that add up to a line, pairs that do) and then tried
on all. What a relation must have: it holds in most instances, and the digits that agree are many more than chance would
give among so many candidates.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator

import numpy as np

from musubime.language import Text, text

from . import labels
from .model import Kind
from .relations import Linear, Tally, tally
from .views import NONE, Cells, View

MARGIN = 3.0
"""Digits of evidence beyond what chance gives among all candidates tried: one false relation in a thousand tables."""

MOST_LINES = 250
"""Up to so many lines any run of lines is tried as the parts of any line; beyond it only runs beside the line."""

SEEDS = 8

Key = tuple[int, tuple[int, ...], tuple[int, ...]]
"""Target line, part lines, their signs."""


def find_sums(view: View, cells: Cells) -> list[Linear]:
    """Sums and differences among counts, and among shares."""
    found: list[Linear] = []
    for ratio in (False, True):
        lines = [n for n in range(len(view.lines)) if _useful(view.index[:, n], cells, ratio)]
        if len(lines) >= 2:
            found += _Search(view, cells, lines, ratio).run()
    return found


def sum_of_lines(view: View, cells: Cells, target: int, parts: tuple[int, ...]) -> Linear:
    """The relation that a line of counts is the sum of others, whether it holds or not."""
    search = _Search(view, cells, [target, *parts], False)
    relation = search.linear((target, parts, (1,) * len(parts)))
    _learn_dashes(relation, cells)
    return relation


def _useful(line: np.ndarray, cells: Cells, ratio: bool) -> bool:
    known = line[line != NONE]
    return bool((cells.number[known] & (cells.ratio[known] == ratio)).any())


class _Search:
    def __init__(self, view: View, cells: Cells, lines: list[int], ratio: bool) -> None:
        self.view, self.cells, self.lines, self.ratio = view, cells, lines, ratio
        self.other = np.where(view.index == NONE, False, cells.ratio[view.index] != ratio) & ~view.soft(cells)
        self.value = np.where(self.other, np.nan, view.value(cells))
        step = view.step(cells)
        self.step = step
        self.found: dict[Key, tuple[Linear, Tally]] = {}
        self.tried = 1.0

    def run(self) -> list[Linear]:
        active = list(self.lines)
        for _ in range(6):
            new = self._level(active)
            gone = self._collapsed(active, new)
            if not gone:
                break
            active = [line for line in active if line not in gone]
            if len(active) < 3:
                break
        self._pairs()
        self._changes()
        self._means(active)
        return [relation for relation, _ in self.found.values()]

    # -- runs of lines ------------------------------------------------------------------------------------------

    def _level(self, active: list[int]) -> list[Key]:
        votes: Counter[Key] = Counter()
        seeds = self._seeds(active)
        runs = _runs if len(active) <= MOST_LINES else _runs_beside
        for seed in seeds:
            step = self.step[seed, active]
            slack = np.where(step == 1.0, 0.0, step) if not self.view.coarse else step
            for target, first, last in runs(np.nan_to_num(self.value[seed, active]), slack):
                votes[active[target], tuple(active[first:last]), (1,) * (last - first)] += 1
        self.tried = max(self.tried, len(active) ** 3 / 4 if len(active) <= MOST_LINES else len(active) ** 2 * 8)
        need = max(1, math.ceil(0.4 * len(seeds)))
        new: list[tuple[Key, Linear, Tally]] = []
        for key, count in votes.items():
            if count >= need and key not in self.found:
                relation = self.linear(key)
                result = tally(relation, self.cells)
                if self._accepted(relation, result, key):
                    new.append((key, relation, result))
        chosen: list[Key] = []
        new.sort(key=lambda one: (-one[2].share, -one[2].holds, -len(one[0][1])))
        for key, relation, result in new:
            rivals = [other for other in (*chosen, *self.found) if other[0] == key[0] and set(other[1]) & set(key[1])]
            if not rivals:
                chosen.append(key)
                self._keep(key, relation, result)
        return chosen

    def _seeds(self, active: list[int]) -> list[int]:
        """Instances with most figures, spread over the table."""
        every = max(1, len(self.value) // 2000)
        value = self.value[::every, active]
        known = ~np.isnan(value)
        known &= ~np.where(
            self.view.index[::every, active] == NONE, False, self.cells.suspect[self.view.index[::every, active]]
        )
        digits = (np.log10(1 + np.abs(np.nan_to_num(value))) * known).sum(axis=1) - 3.0 * (~known).sum(axis=1)
        order = np.argsort(-digits, kind="stable")
        good = [int(n) * every for n in order if digits[n] > 0][: max(SEEDS, len(order) // 2)]
        return good[:: max(1, len(good) // SEEDS)][:SEEDS] if good else []

    def _collapsed(self, active: list[int], new: list[Key]) -> set[int]:
        """Lines that are parts of the line beside them: the next level is looked for without them."""
        gone: set[int] = set()
        place = {line: n for n, line in enumerate(active)}
        for target, parts, _ in sorted(new, key=lambda key: len(key[1])):
            at, first, last = place[target], place[parts[0]], place[parts[-1]]
            if (first == at + 1 or last == at - 1) and target not in gone:
                gone |= set(parts)
        return gone | self._same_beside([line for line in active if line not in gone])

    def _same_beside(self, active: list[int]) -> set[int]:
        """A county with one town: two equal lines, one of them a total by its name."""
        gone: set[int] = set()
        if self.view.kind not in ("rows", "labels") or self.ratio:
            return gone
        for one, two in itertools.pairwise(active):
            names = (self.view.lines[one], self.view.lines[two])
            if names[0] == names[1] or not any(_is_group(name) for name in names):
                continue
            total, part = (one, two) if _is_group(names[0]) else (two, one)
            key: Key = (total, (part,), (1,))
            relation = self.linear(key)
            both = self.value[:, [one, two]]
            equal = np.abs(both[:, 0] - both[:, 1]) < 1e-9
            testable = ~np.isnan(both).any(axis=1) & (both != 0).any(axis=1)
            digits = np.log10(1 + np.abs(both[testable & equal, 0])).sum()
            if testable.sum() >= 3 and equal[testable].mean() >= 0.9 and digits >= 8:
                self._keep(key, relation, Tally(int(equal.sum()), int((testable & ~equal).sum()), float(digits)))
                gone.add(part)
        return gone

    # -- pairs, changes, means ----------------------------------------------------------------------------------

    def _pairs(self) -> None:
        """t = a + b wherever the three stand, and with it differences (a = t - b)."""
        n = len(self.lines)
        if not 3 <= n <= 90:
            return
        votes: Counter[Key] = Counter()
        seeds = self._seeds(self.lines)
        first, second = np.triu_indices(n, 1)
        for seed in seeds:
            value = np.nan_to_num(self.value[seed, self.lines])
            slack = self.step[seed, self.lines] * (1.0 if self.view.coarse else (self.step[seed, self.lines] != 1.0))
            sums = value[first] + value[second]
            for target in np.flatnonzero(value):
                near = (
                    np.abs(sums - value[target])
                    <= (slack[target] + slack[first] + slack[second]) / 2 + 1e-9 * np.abs(sums) + 1e-9
                )
                near &= (first != target) & (second != target) & (value[first] != 0) & (value[second] != 0)
                for hit in np.flatnonzero(near)[:400]:
                    votes[self.lines[target], (self.lines[first[hit]], self.lines[second[hit]]), (1, 1)] += 1
        self.tried = n**3 / 2
        self._keep_best(votes, max(1, math.ceil(0.4 * len(seeds))))

    def _changes(self) -> None:
        """A line that its name calls a change: beside lines with signs (births - deaths + arrivals - departures)."""
        if len(self.lines) > 90:
            return
        place = {line: n for n, line in enumerate(self.lines)}
        votes: Counter[Key] = Counter()
        seeds = self._seeds(self.lines)
        for target in [line for line in self.lines if labels.CHANGE.search(self.view.lines[line])]:
            at = place[target]
            for size in (3, 4, 5):
                for start in {at + 1, at - size}:
                    if start < 0 or start + size > len(self.lines):
                        continue
                    parts = tuple(self.lines[start : start + size])
                    for signs in itertools.product((1, -1), repeat=size):
                        hits = sum(
                            abs(float(self.value[s, target] - (self.value[s, parts] * signs).sum())) < 0.5
                            for s in seeds
                        )
                        if hits and -1 in signs and not self._cancels(seeds, parts, signs):
                            votes[target, parts, signs] = hits
        self.tried = max(1, 60 * len(self.lines))
        self._keep_best(votes, max(1, math.ceil(0.4 * len(seeds))))

    def _cancels(self, seeds: list[int], parts: tuple[int, ...], signs: tuple[int, ...]) -> bool:
        """Whether some of the parts make nothing together (births - deaths - natural change): an idle addition."""
        value = np.nan_to_num(self.value[np.ix_(seeds, parts)]) * signs
        for size in range(2, len(parts) + 1):
            for some in itertools.combinations(range(len(parts)), size):
                if (np.abs(value[:, some].sum(axis=1)) < 0.5).mean() > 0.5:
                    return True
        return False

    def _keep_best(self, votes: Counter[Key], need: int) -> None:
        new = []
        for key, count in votes.items():
            if count >= need:
                relation = self.linear(key)
                result = tally(relation, self.cells)
                if self._accepted(relation, result, key):
                    new.append((key, relation, result))
        known = {frozenset((key[0], *key[1])) for key in self.found}
        new.sort(key=lambda one: (-one[2].share, -one[2].evidence))
        for key, relation, result in new:
            members = frozenset((key[0], *key[1]))
            if members in known:
                continue
            better = [
                other
                for other in self.found
                if other[0] == key[0] and self.found[other][1].share > result.share and set(other[1]) & set(key[1])
            ]
            if not better:
                known.add(members)
                self._keep(key, relation, result)

    def _means(self, active: list[int]) -> None:
        """A line that its name calls a mean, of the run of lines beside it."""
        for target in [line for line in range(len(self.view.lines)) if labels.MEAN.search(self.view.lines[line])]:
            others = [
                line
                for line in active
                if line != target
                and not labels.MEAN.search(self.view.lines[line])
                and not labels.TOTAL.search(self.view.lines[line])
            ]
            before, after = [n for n in others if n < target], [n for n in others if n > target]
            for parts in (before, after):
                if len(parts) >= 3:
                    key: Key = (target, tuple(parts), (1,) * len(parts))
                    relation = self.linear(key, divide=float(len(parts)))
                    relation.ignored = None  # the mean of counts has decimals, as a rate has
                    result = tally(relation, self.cells)
                    if result.holds >= 2 and result.share >= 0.6 and result.evidence >= 5:
                        self._keep(key, relation, result)

    # -- acceptance ---------------------------------------------------------------------------------------------

    def linear(self, key: Key, divide: float = 1.0) -> Linear:
        target, parts, signs = key
        names = self.view.lines
        kind: Kind = (
            "mean"
            if divide != 1.0
            else "difference"
            if -1 in signs or (len(parts) == 2 and any(labels.CHANGE.search(names[line]) for line in parts))
            else "sum"
        )
        relation = Linear(
            kind,
            _words(kind, names, target, parts, signs),
            self.view.index[:, [target, *parts]],
            np.array(signs, dtype=float),
            exact=not self.view.coarse,
            divide=divide,
            instances=self.view.instances,
            labelled=not self.ratio
            and bool(
                labels.TOTAL.search(names[target])
                if kind == "sum"
                else any(labels.CHANGE.search(names[line]) for line in (target, *parts))
            ),
        )
        if kind == "difference" and not labels.CHANGE.search(names[target]):
            relation.derived = next((n for n, line in enumerate(parts, 1) if labels.CHANGE.search(names[line])), 0)
        other = self.other[:, [target, *parts]].any(axis=1)
        relation.ignored = other if other.any() else None
        return relation

    def _accepted(self, relation: Linear, result: Tally, key: Key) -> bool:
        bonus = 2.0 if relation.labelled else 0.0
        if result.evidence + bonus < math.log10(max(self.tried, 10.0)) + MARGIN:
            return False
        tests = result.holds + result.fails
        if result.fails >= 3 and result.fails > 0.05 * tests and one_sided(relation, self.cells):
            return False
        if self.ratio:
            return result.holds >= 3 and result.share >= (0.9 if tests >= 10 else 0.75)
        if relation.labelled:
            return result.holds >= (1 if tests == 2 else 2) and result.share >= (
                0.8 if tests >= 20 else 0.65 if tests >= 8 else 0.6 if tests >= 4 else 0.5
            )
        return result.holds >= 3 and result.share >= (0.9 if tests >= 10 else 0.75)

    def _keep(self, key: Key, relation: Linear, result: Tally) -> None:
        if result.fails >= 2 and (longer := self._lengthened(key, relation)):
            key, relation, result = longer
        _learn_dashes(relation, self.cells)
        _leave_out_regimes(relation, self.cells, self.view)
        self.found[key] = (relation, result)

    def _lengthened(self, key: Key, relation: Linear) -> tuple[Key, Linear, Tally] | None:
        """The same relation with one more line, where that line is what the failing instances lack."""
        verdict = relation.verdict(self.cells, self.cells.value)
        fails = np.flatnonzero(verdict.fails)
        gap = verdict.gap[fails]
        best = None
        for line in self.lines:
            if line in (key[0], *key[1]):
                continue
            value = np.nan_to_num(self.value[fails, line])
            for sign in (1, -1):
                hits = int(((np.abs(gap - sign * value) <= verdict.tolerance[fails]) & (value != 0)).sum())
                if hits >= max(2, 0.6 * len(fails)) and (best is None or hits > best[0]):
                    best = (hits, line, sign)
        if best is None:
            return None
        longer: Key = (key[0], (*key[1], best[1]), (*key[2], best[2]))
        new = self.linear(longer)
        result = tally(new, self.cells)
        return (longer, new, result) if result.fails < len(fails) else None


def _words(kind: str, names: list[str], target: int, parts: tuple[int, ...], signs: tuple[int, ...]) -> Text:
    shown = [names[line] or "?" for line in parts]
    if kind == "mean":
        return text("{target} = mean of {first} … {last}", target=names[target], first=shown[0], last=shown[-1])
    if len(parts) > 3 and all(sign == 1 for sign in signs):
        return text(
            "{target} = {first} + … + {last} ({count} parts)",
            target=names[target],
            first=shown[0],
            last=shown[-1],
            count=len(parts),
        )
    joined = "".join(
        f" {'+' if sign == 1 else '−'} {name}" for sign, name in zip(signs, shown, strict=True)
    ).removeprefix(" + ")
    return text("{target} = {parts}", target=names[target], parts=joined)


def _is_group(name: str) -> bool:
    return bool(labels.TOTAL.search(name)) or name.rstrip(")）").endswith(
        ("郡", "部", "地域", "圏", "支庁", "管内", "地区", "局", "支所")
    )


def one_sided(relation: Linear, cells: Cells) -> bool:
    """Every failure on the same side: the total has a part that the table does not print (年齢不詳), or lacks one."""
    verdict = relation.verdict(cells, cells.value)
    suspect = np.where(relation.cells == NONE, False, cells.suspect[relation.cells]).any(axis=1)
    gaps = verdict.gap[verdict.fails & ~suspect]
    return bool(len(gaps) >= 3 and ((gaps > 0).all() or (gaps < 0).all()))


def _learn_dashes(relation: Linear, cells: Cells) -> None:
    """Dashes and empty cells count as nothing where that makes the others add up; then a failure beside one counts."""
    soft = ((relation.cells == NONE) | cells.soft[relation.cells]).any(axis=1)
    relation.strict = True
    verdict = relation.verdict(cells, cells.value)
    holds, fails = int((verdict.holds & soft).sum()), int((verdict.fails & soft).sum())
    relation.strict = holds >= 3 and fails <= max(1, 0.2 * holds)


def _leave_out_regimes(relation: Linear, cells: Cells, view: View) -> None:
    """What fails together from the first or to the last instance was counted differently then; it is no slip."""
    if not view.ordered:
        return
    verdict = relation.verdict(cells, cells.value)
    at = np.flatnonzero(verdict.tested)
    fails = verdict.fails[at]
    if fails.sum() < 3 or fails.mean() <= 0.1:
        return
    for part in (at, at[::-1]):
        bad = verdict.fails[part]
        length = int(np.argmin(bad)) if not bad.all() else len(bad)
        if length >= 3:
            relation.ignored = (
                np.zeros(len(relation.cells), dtype=bool) if relation.ignored is None else relation.ignored.copy()
            )
            relation.ignored[part[:length]] = True
            return


# -- runs -------------------------------------------------------------------------------------------------------


def _runs(value: np.ndarray, slack: np.ndarray) -> Iterator[tuple[int, int, int]]:
    """Every (target, first, last) with value[target] = value[first:last].sum(), last - first > 1, target outside."""
    n = len(value)
    total, loose = np.concatenate([[0.0], np.cumsum(value)]), np.concatenate([[0.0], np.cumsum(slack)])
    first, last = np.triu_indices(n + 1, 2)
    sums, room = total[last] - total[first], loose[last] - loose[first]
    order = np.argsort(sums, kind="stable")
    ordered = sums[order]
    widest = float(room.max()) if len(room) else 0.0
    for target in np.flatnonzero(value):
        near = (widest + slack[target]) / 2 + 1e-9 * abs(value[target]) + 1e-9
        low, high = np.searchsorted(ordered, [value[target] - near, value[target] + near])
        hits = order[low:high]
        fits = np.abs(sums[hits] - value[target]) <= (room[hits] + slack[target]) / 2 + 1e-9 * abs(value[target]) + 1e-9
        outside = (target < first[hits]) | (target >= last[hits])
        for hit in hits[fits & outside][:3000]:
            yield int(target), int(first[hit]), int(last[hit])


def _runs_beside(value: np.ndarray, slack: np.ndarray) -> Iterator[tuple[int, int, int]]:
    """As `_runs`, but only runs that begin or end within four lines of their target: linear in the lines."""
    n = len(value)
    total = np.concatenate([[0.0], np.cumsum(value)])
    order = np.argsort(total, kind="stable")
    ordered = total[order]
    grain = float(slack.max()) * 4 + 1e-6
    for target in np.flatnonzero(value):
        for gap in range(4):
            start = target + 1 + gap
            if start < n:
                low, high = np.searchsorted(
                    ordered, [total[start] + value[target] - grain, total[start] + value[target] + grain]
                )
                for last in order[low:high][:50]:
                    if last - start > 1:
                        yield int(target), int(start), int(last)
            stop = target - gap
            if stop > 1:
                low, high = np.searchsorted(
                    ordered, [total[stop] - value[target] - grain, total[stop] - value[target] + grain]
                )
                for first in order[low:high][:50]:
                    if stop - first > 1:
                        yield int(target), int(first), int(stop)
