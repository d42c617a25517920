"""A relation found between lines: where it holds, where only within rounding, where it fails.

Linear: target = parts added (or subtracted). Quotient: target = factor * above / base - offset. Both keep the cells of
each of their instances, so that a figure can be tried out in every relation it belongs to.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from musubime.language import Text

from .model import Kind
from .views import NONE, Cells

TINY = 1e-9
"""Relative size of what floating-point arithmetic adds to a computed number."""


@dataclass
class Verdict:
    """For each instance: gap (what is printed minus what follows), tolerance, and whether it can be tested."""

    gap: np.ndarray
    tolerance: np.ndarray
    tested: np.ndarray
    information: np.ndarray

    @property
    def holds(self) -> np.ndarray:
        return np.asarray(self.tested & (np.abs(self.gap) <= self.tolerance))

    @property
    def fails(self) -> np.ndarray:
        return np.asarray(self.tested & (np.abs(self.gap) > self.tolerance))


@dataclass
class Linear:
    """cells (instances, 1 + parts): the target first. signs: of the parts. divide: parts are averaged, not added.
    constant: what is added to the parts (shares that make 100 together: one is 100 less the others).

    derived: which of the cells was computed from the others when the table was made: the total, or the change.
    exact: whole numbers must add up to the unit; otherwise each may be rounded.
    """

    kind: Kind
    words: Text
    cells: np.ndarray
    signs: np.ndarray
    exact: bool = True
    divide: float = 1.0
    labelled: bool = False
    instances: list[str] = field(default_factory=list)
    strict: bool = False
    ignored: np.ndarray | None = None
    derived: int = 0
    constant: float = 0.0

    def verdict(self, cells: Cells, value: np.ndarray) -> Verdict:
        known = np.where(self.cells == NONE, 0.0, value[self.cells])
        step = np.where(self.cells == NONE, 0.0, cells.step[self.cells])
        soft = (self.cells == NONE) | cells.soft[self.cells]
        parts = known[:, 1:] * self.signs
        computed = (parts.sum(axis=1) + self.constant) / self.divide
        gap = known[:, 0] - computed
        rounded = np.where((step == 1.0) & self.exact, 0.0, step)
        rounded[:, 1:] /= self.divide
        if self.divide != 1.0:
            rounded[:, 0] = step[:, 0]
        size = np.abs(known).sum(axis=1)
        tolerance = rounded.sum(axis=1) / 2 * (1 + 1e-6) + TINY * size + 1e-9
        tested = ~np.isnan(gap) & ~soft[:, 0] & ~soft[:, 1:].all(axis=1)
        if not self.strict:
            tested &= ~(soft.any(axis=1) & (np.abs(gap) > tolerance))
        if self.ignored is not None:
            tested &= ~self.ignored
        largest = np.take_along_axis(parts, np.abs(np.nan_to_num(parts)).argmax(axis=1)[:, None], axis=1)[:, 0]
        rest = np.abs(known[:, 0] * self.divide - largest)
        grain = np.maximum(2 * tolerance, np.where(step[:, 0] > 0, step[:, 0], 1.0))
        information = np.log10(1 + np.nan_to_num(np.minimum(rest, np.abs(largest)) / grain))
        return Verdict(gap, tolerance, tested, information)

    def solve(self, value: np.ndarray, instance: int, slot: int) -> float:
        known = np.where(self.cells[instance] == NONE, 0.0, value[self.cells[instance]])
        total = (known[1:] * self.signs).sum()
        if slot == 0:
            return float((total + self.constant) / self.divide)
        rest = total - known[slot] * self.signs[slot - 1]
        return float((known[0] * self.divide - self.constant - rest) / self.signs[slot - 1])


@dataclass
class Quotient:
    """cells (instances, 3): target, above, base. target = factor * above / base - offset.

    constant: the base where it stands nowhere in the table. cut: figures are cut off, not rounded. loose: above and
    base are rounded themselves.
    """

    kind: Kind
    words: Text
    cells: np.ndarray
    factor: float
    offset: float
    constant: float | None = None
    cut: bool = False
    loose: bool = False
    labelled: bool = False
    spread: float = 1.0
    instances: list[str] = field(default_factory=list)
    strict: bool = False
    ignored: np.ndarray | None = None

    def verdict(self, cells: Cells, value: np.ndarray) -> Verdict:
        target, above, base = self._known(value)
        step = np.where(self.cells == NONE, 0.0, cells.step[self.cells])
        with np.errstate(divide="ignore", invalid="ignore"):
            computed = self.factor * above / base - self.offset
            tolerance = step[:, 0] / 2 * (1 + 1e-6) + TINY * (np.abs(computed) + abs(self.offset)) + 1e-9
            inputs = np.where((step[:, 1:] == 1.0) & (not self.loose), 0.0, step[:, 1:])
            inputs[:, 1] = np.where(self.cells[:, 2] == NONE, 0.0, inputs[:, 1])
            tolerance = tolerance + abs(self.factor) * (
                inputs[:, 0] / 2 + np.abs(above / base) * inputs[:, 1] / 2
            ) / np.abs(base)
        gap = target - computed
        if self.cut:
            gap = gap + np.where(computed >= 0, 1.0, -1.0) * step[:, 0] / 2
        soft = cells.soft[self.cells] | (self.cells == NONE)
        soft[:, 2] &= self.constant is None
        tested = np.isfinite(gap) & ~soft.any(axis=1) & (base != 0)
        if self.offset or self.kind in ("growth", "share"):
            tested &= base > 0
        if self.ignored is not None:
            tested &= ~self.ignored
        information = np.log10(1 + np.abs(self.spread) / np.maximum(2 * tolerance, 1e-12))
        own = self.cells[:, 1] == self.cells[:, 2]
        return Verdict(gap, tolerance, tested, np.where(np.isfinite(information) & ~own, information, 0.0))

    def _known(self, value: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        target, above = value[self.cells[:, 0]], value[self.cells[:, 1]]
        base = (
            np.full(len(target), self.constant)
            if self.constant is not None
            else np.where(self.cells[:, 2] == NONE, np.nan, value[self.cells[:, 2]])
        )
        return target, above, base

    def solve(self, value: np.ndarray, instance: int, slot: int) -> float:
        target, above, base = (float(one[instance]) for one in self._known(value))
        with np.errstate(divide="ignore", invalid="ignore"):
            if slot == 0:
                return self.factor * above / base - self.offset if base else float("nan")
            if slot == 1:
                return (target + self.offset) * base / self.factor
            return self.factor * above / (target + self.offset) if target + self.offset else float("nan")


Relation = Linear | Quotient


@dataclass(frozen=True)
class Tally:
    """How well a relation does: instances that hold and fail, and the digits of evidence for it."""

    holds: int
    fails: int
    evidence: float

    @property
    def share(self) -> float:
        return self.holds / max(self.holds + self.fails, 1)


def _suspect(relation: Relation, cells: Cells) -> np.ndarray:
    """Instances with a figure that repeats another run: what fails there does not speak against a relation."""
    return np.asarray(np.where(relation.cells == NONE, False, cells.suspect[relation.cells]).any(axis=1))


def tally(relation: Relation, cells: Cells) -> Tally:
    verdict = relation.verdict(cells, cells.value)
    holds, fails = verdict.holds, verdict.fails & ~_suspect(relation, cells)
    return Tally(int(holds.sum()), int(fails.sum()), float(verdict.information[holds].sum()))
