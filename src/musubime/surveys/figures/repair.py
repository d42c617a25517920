"""Which figure is at fault? The one that, changed, makes most failing relations hold and breaks none that held."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from .relations import Linear, Quotient, Relation
from .slips import kind_of_slip
from .views import NONE, Cells

Place = tuple[int, int]
"""A relation and one of its instances."""

MOST_FAILURES = 3000
"""More failing instances than these are not charged to single figures; the relation is then not what was thought."""


@dataclass
class Charge:
    """A figure held to be wrong. right: what would follow (None: nothing single makes everything follow).

    fixed: instances that fail because of it. rivals: other figures that would explain as much, with their right values.
    """

    cell: int
    right: float | None
    fixed: list[Place]
    broken: int = 0
    rivals: list[tuple[int, float]] = field(default_factory=list)


@dataclass
class _Option:
    score: float
    cell: int
    right: float
    fixed: list[Place]
    broken: int
    role: int


class Repair:
    def __init__(self, relations: Sequence[Relation], cells: Cells, apart: Set[int] = frozenset()) -> None:
        """apart: figures already explained; what contains them is left out."""
        self.relations, self.cells = relations, cells
        self.apart = np.zeros(len(cells.value), dtype=bool)
        self.apart[list(apart)] = True
        self.value = cells.value.copy()
        self.failing: dict[Place, None] = {}
        self.places: dict[int, list[tuple[Place, int]]] = defaultdict(list)
        self.tolerances: dict[int, np.ndarray] = {}
        self._collect()

    def _collect(self) -> None:
        seen: set[tuple[int, ...]] = set()
        tested: list[np.ndarray] = []
        wanted = np.zeros(len(self.value), dtype=bool)
        for n, relation in enumerate(self.relations):
            verdict = relation.verdict(self.cells, self.value)
            verdict.tested &= ~np.where(relation.cells == NONE, False, self.apart[relation.cells]).any(axis=1)
            says: np.ndarray = verdict.information > 0.25
            if isinstance(relation, Linear):
                figures = np.where(relation.cells == NONE, 0.0, np.nan_to_num(self.value[relation.cells]))
                says = np.asarray((figures != 0).any(axis=1))
            tested.append(verdict.tested & says)
            for i in np.flatnonzero(verdict.fails):
                members = tuple(sorted(int(c) for c in relation.cells[i] if c != NONE))
                if members in seen and isinstance(relation, Linear):
                    continue
                seen.add(members)
                self.failing[n, int(i)] = None
                wanted[list(members)] = True
            tested[-1] |= verdict.fails
        self.tested = tested
        if len(self.failing) > MOST_FAILURES:
            self.failing = dict(list(self.failing.items())[:MOST_FAILURES])
        held: set[tuple[int, ...]] = set()
        for n, relation in enumerate(self.relations):
            hit = np.where(relation.cells == NONE, False, wanted[relation.cells]) & tested[n][:, None]
            for i, slot in np.argwhere(hit):
                place = (n, int(i))
                if place not in self.failing and isinstance(relation, Linear):
                    members = tuple(sorted(int(c) for c in relation.cells[i] if c != NONE))
                    if (int(relation.cells[i, slot]), *members) in held:
                        continue
                    held.add((int(relation.cells[i, slot]), *members))
                self.places[int(relation.cells[i, slot])].append((place, int(slot)))

    def run(self) -> list[Charge]:
        charges: list[Charge] = []
        options: dict[int, _Option | None] = {}
        stale = {int(c) for place in self.failing for c in self._members(place)}
        charged: set[int] = set()
        while self.failing and len(charges) < 2000:
            for cell in stale:
                options[cell] = self._option(cell) if cell not in charged else None
            good = [one for one in options.values() if one is not None and one.score > 0]
            if not good:
                break
            top = max(one.score for one in good)
            ties = [one for one in good if one.score >= top - 1e-9]
            best = min(ties, key=lambda one: self._preference(one, ties))
            rivals = [
                (one.cell, one.right) for one in ties if one.cell != best.cell and set(one.fixed) == set(best.fixed)
            ]
            charges.append(Charge(best.cell, best.right, best.fixed, best.broken, rivals[:12]))
            charged.add(best.cell)
            self.value[best.cell] = best.right
            stale = self._after(best)
            stale.add(best.cell)
        return [*charges, *self._unexplained(charges)]

    def _unexplained(self, charges: list[Charge]) -> list[Charge]:
        """What fails although every figure in it holds elsewhere: two figures changed alike, or the table counts
        differently there (a census between two years). Told only where the relation holds nearly everywhere else."""
        by_relation: dict[int, list[int]] = defaultdict(list)
        for n, i in self.failing:
            by_relation[n].append(i)
        known = {one.cell: one for one in charges}
        left: list[Charge] = []
        for n, instances in by_relation.items():
            relation = self.relations[n]
            holds = int(relation.verdict(self.cells, self.cells.value).holds.sum())
            if len(instances) > 5 or holds < 50 * len(instances):
                continue
            for i in instances:
                target = int(relation.cells[i, 0])
                if target in known:
                    known[target].fixed.append((n, i))
                else:
                    known[target] = Charge(target, None, [(n, i)])
                    left.append(known[target])
        return left

    def _members(self, place: Place) -> list[int]:
        return [int(c) for c in self.relations[place[0]].cells[place[1]] if c != NONE]

    def _after(self, best: _Option) -> set[int]:
        """Bring the failing instances up to date; returns the figures whose options have changed."""
        stale: set[int] = set()
        for place, _ in self.places[best.cell]:
            holds = self._holds(place)
            if holds and place in self.failing:
                del self.failing[place]
            stale |= {cell for cell in self._members(place) if cell in self.places}
        return stale

    def _holds(self, place: Place, cell: int = NONE, trial: float = 0.0) -> bool:
        relation, i = self.relations[place[0]], place[1]
        row = relation.cells[i]
        known = [0.0 if c == NONE else trial if c == cell else float(self.value[c]) for c in row]
        steps = [0.0 if c == NONE else float(self.cells.step[c]) for c in row]
        if isinstance(relation, Linear):
            parts = sum(v * s for v, s in zip(known[1:], relation.signs, strict=True))
            computed = (parts + relation.constant) / relation.divide
            loose = sum(0.0 if s == 1.0 and relation.exact else s for s in steps[1:]) / relation.divide
            loose += steps[0] if relation.divide != 1.0 or not (steps[0] == 1.0 and relation.exact) else 0.0
            return bool(abs(known[0] - computed) <= loose / 2 * (1 + 1e-6) + 1e-9 * (sum(map(abs, known)) + 1))
        target, above = known[0], known[1]
        base = relation.constant if relation.constant is not None else known[2]
        if not base:
            return False
        computed = relation.factor * above / base - relation.offset
        inputs = [s if relation.loose or s != 1.0 else 0.0 for s in steps[1:]]
        tolerance = (
            steps[0] / 2 * (1 + 1e-6)
            + 1e-9 * (abs(computed) + relation.offset + 1)
            + abs(relation.factor) * (inputs[0] + abs(above / base) * inputs[1]) / 2 / abs(base)
        )
        gap = target - computed
        if relation.cut:
            gap += math.copysign(steps[0] / 2, computed)
        return abs(gap) <= tolerance

    def _option(self, cell: int) -> _Option | None:
        if not self.cells.number[cell]:
            return None
        mine = [(place, slot) for place, slot in self.places[cell] if place in self.failing]
        if not mine:
            return None
        others = [place for place, _ in self.places[cell] if place not in self.failing]
        step = float(self.cells.step[cell])
        trials: dict[float, None] = {}
        for place, slot in sorted(mine, key=lambda one: isinstance(self.relations[one[0][0]], Quotient))[:8]:
            right = self.relations[place[0]].solve(self.value, place[1], slot)
            if math.isfinite(right):
                rounded = round(right / step) * step if step >= 1e-6 else right
                if rounded != self.value[cell]:
                    trials[float(np.round(rounded, 10))] = None
        best: _Option | None = None
        for right in list(trials)[:5]:
            fixed = [place for place, _ in mine if self._holds(place, cell, right)]
            broken = sum(not self._holds(place, cell, right) for place in others) if fixed else 0
            score = len(fixed) - 1.5 * broken
            if best is None or score > best.score:
                best = _Option(score, cell, right, fixed, broken, self._role(fixed, cell))
        return best

    def _role(self, fixed: list[Place], cell: int) -> int:
        """0: a share or rate. 1: a sum. 2: a part. 3: what shares are taken of."""
        roles = []
        for place in fixed:
            relation = self.relations[place[0]]
            slot = int(np.flatnonzero(relation.cells[place[1]] == cell)[0])
            if isinstance(relation, Quotient):
                roles.append(0 if slot == 0 else 3)
            else:
                roles.append(1 if slot == relation.derived else 2)
        return min(roles, default=4)

    def _preference(self, one: _Option, ties: list[_Option]) -> tuple[int, int, int]:
        """Among figures that explain as much: exchanged digits, which chance seldom makes, then derived figures."""
        slip = self.slip(one.cell, one.right)
        swapped = [other for other in ties if self.slip(other.cell, other.right) == "transposition"]
        rank = 0 if slip == "transposition" and len(swapped) == 1 and not self._one_digit(ties) else 1
        return rank, one.role, one.cell

    def _one_digit(self, ties: list[_Option]) -> bool:
        derived = [one for one in ties if one.role <= 1]
        return any(self.slip(one.cell, one.right) in ("digit", "sign") for one in derived)

    def slip(self, cell: int, right: float) -> str | None:
        step = float(self.cells.step[cell])
        if step < 1e-6:
            return None
        return kind_of_slip(round(float(self.cells.value[cell]) / step), round(right / step))


def fraction(number: float) -> Fraction:
    """A computed float as the short decimal it stands for."""
    return Fraction(repr(round(number, 9)))
