"""What would explain that a figure does not follow, in words for the person who has to mend it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from musubime.language import Text, text

from . import labels
from .blocks import Block
from .copies import Copied
from .model import Explanation, Inconsistency, Kind, cell_name
from .printed import show
from .relations import Linear, Quotient, Relation
from .repair import Charge, fraction
from .slips import explain_number, kind_of_slip, off
from .views import NONE, Cells


class Explainer:
    def __init__(
        self, tables: Sequence[Block], indices: Sequence[np.ndarray], cells: Cells, relations: Sequence[Relation]
    ) -> None:
        self.tables, self.indices, self.cells, self.relations = tables, indices, cells, relations
        self.starts = [int(index[0, 0]) if index.size else 0 for index in indices]
        self.names = [(table.row_names(), table.column_names()) for table in tables]

    def table_of(self, cell: int) -> int:
        return int(np.searchsorted(self.starts, cell, side="right")) - 1

    def place(self, cell: int) -> tuple[int, int, int]:
        n = self.table_of(cell)
        i, j = divmod(cell - self.starts[n], self.indices[n].shape[1])
        return n, i, j

    def name(self, cell: int) -> str:
        n, i, j = self.place(cell)
        return " / ".join(part for part in (self.names[n][0][i], self.names[n][1][j]) if part)

    def where(self, cell: int) -> str:
        return cell_name(int(self.cells.row[cell]) + 1, int(self.cells.column[cell]) + 1)

    def shown(self, value: float, step: float, share: str = "") -> str:
        return show(fraction(value), Fraction(step).limit_denominator(10**9), share)

    def plain(self, cell: int, kind: Kind, what: Text, explanations: Sequence[Explanation] = ()) -> Inconsistency:
        """An entry without a number that would follow."""
        return Inconsistency(
            self.cells.grids[self.cells.grid[cell]].name,
            int(self.cells.row[cell]) + 1,
            int(self.cells.column[cell]) + 1,
            self.name(cell),
            kind,
            self.cells.printed(cell).words,
            "",
            None,
            what,
            tuple(explanations),
        )

    def entry(self, charge: Charge) -> Inconsistency | None:
        cell = charge.cell
        printed = self.cells.printed(cell)
        if not printed.is_number:
            return None
        relation, i = self._first(charge)
        slot = int(np.flatnonzero(relation.cells[i] == cell)[0])
        computed = relation.solve(self.cells.value, i, slot)
        right = charge.right if charge.right is not None else computed
        step = Fraction(float(self.cells.step[cell])).limit_denominator(10**9)
        recomputed = fraction(
            computed if slot == 0 and isinstance(relation, Quotient) and math.isfinite(computed) else right
        )
        shown = show(recomputed, step, printed.share)
        what = text(
            "{relation}, {where}: {shown} would follow, {printed} is printed.",
            relation=relation.words,
            where=self._instance(relation, i),
            shown=shown,
            printed=printed.words,
        )
        if len(charge.fixed) > 1:
            what = (
                text(
                    "{what} {count} relations fail with it and hold with {shown}.",
                    what=what,
                    count=len(charge.fixed),
                    shown=shown,
                )
                if charge.right is not None
                else what
            )
        explanations = explain_number(printed.exact, step, recomputed, printed.share)
        if isinstance(relation, Quotient) and slot == 0:
            explanations += self._bases(relation, i, printed.exact, step)
        suspects = tuple(
            f"{self.where(other)} {self.name(other)}: {self.cells.printed(other).words} → "
            f"{self.shown(value, float(self.cells.step[other]))}"
            for other, value in self._rivals(charge)
        )
        return Inconsistency(
            self.cells.grids[self.cells.grid[cell]].name,
            int(self.cells.row[cell]) + 1,
            int(self.cells.column[cell]) + 1,
            self.name(cell),
            relation.kind,
            printed.words,
            shown,
            float(printed.exact - recomputed),
            what,
            tuple(explanations),
            suspects,
            tuple(
                dict.fromkeys(
                    self.address(int(c)) for n, k in charge.fixed[:6] for c in self.relations[n].cells[k] if c != NONE
                )
            ),
        )

    def address(self, cell: int) -> str:
        sheet = self.cells.grids[self.cells.grid[cell]].name
        return f"{sheet}!{self.where(cell)}" if sheet else self.where(cell)

    def copies(self, copy: Copied) -> list[Inconsistency]:
        """An entry for each copied figure, with the figure that follows where one relation alone tells it."""
        apart = {int(cell) for cell in copy.cells}
        found = []
        for cell, source in zip(copy.cells.tolist(), copy.source.tolist(), strict=True):
            printed = self.cells.printed(cell)
            same = Explanation(
                "copy", text("Here stands the figure of {other}.", other=f"{self.where(source)} {self.name(source)}")
            )
            step = Fraction(float(self.cells.step[cell])).limit_denominator(10**9)
            right = self._follows(cell, apart)
            if right == printed.exact:
                continue
            off_by = None if right is None else printed.exact - right
            words = (
                [same] if right is None or off_by is None else [off(printed.exact, right, step, printed.share), same]
            )
            found.append(
                Inconsistency(
                    self.cells.grids[self.cells.grid[cell]].name,
                    int(self.cells.row[cell]) + 1,
                    int(self.cells.column[cell]) + 1,
                    self.name(cell),
                    "copy",
                    printed.words,
                    "" if right is None else show(right, step, printed.share),
                    None if off_by is None else float(off_by),
                    copy.words,
                    tuple(words),
                    (),
                    (self.address(cell), self.address(source)),
                )
            )
        return found

    def _follows(self, cell: int, apart: set[int]) -> Fraction | None:
        for relation in self.relations:
            if isinstance(relation, Linear):
                for i, slot in np.argwhere(relation.cells == cell):
                    others = [int(c) for c in relation.cells[i] if c not in (NONE, cell)]
                    if not apart & set(others) and not np.isnan(self.cells.value[others]).any():
                        return fraction(relation.solve(self.cells.value, int(i), int(slot)))
        return None

    def _first(self, charge: Charge) -> tuple[Relation, int]:
        """The failing relation that says most: a share's own, else the sum with fewest parts."""

        def rank(place: tuple[int, int]) -> tuple[int, int]:
            relation = self.relations[place[0]]
            target = int(relation.cells[place[1], 0]) == charge.cell
            return (
                0 if target and isinstance(relation, Quotient) else 1 if isinstance(relation, Linear) else 2,
                int((relation.cells[place[1]] != NONE).sum()),
            )

        n, i = min(charge.fixed, key=rank)
        return self.relations[n], i

    def _instance(self, relation: Relation, i: int) -> str:
        if i < len(relation.instances) and relation.instances[i]:
            return relation.instances[i]
        return self.where(int(relation.cells[i, 0]))

    def _rivals(self, charge: Charge) -> list[tuple[int, float]]:
        """Of the figures that would explain as much, those that one slip explains."""
        found = []
        for other, value in charge.rivals:
            step = float(self.cells.step[other])
            if step > 1e-6 and kind_of_slip(round(float(self.cells.value[other]) / step), round(value / step)):
                found.append((other, value))
        return found[:5]

    def _bases(self, relation: Quotient, i: int, printed: Fraction, step: Fraction) -> list[Explanation]:
        """Another figure that, as the base, gives the printed share."""
        above = float(self.cells.value[relation.cells[i, 1]])
        low, high = float(printed - step / 2) + relation.offset, float(printed + step / 2) + relation.offset
        if above <= 0 or low <= 0:
            return []
        least, most = relation.factor * above / high, relation.factor * above / low
        n, row, column = self.place(int(relation.cells[i, 1]))
        index = self.indices[n]
        own = int(relation.cells[i, 2])
        near = [*(int(c) for c in index[row]), *(int(c) for c in index[:, column])]
        named = [int(c) for c in self._totals(n)]
        found = [
            c
            for c in dict.fromkeys([*near, *named])
            if c != own
            and c != int(relation.cells[i, 1])
            and self.cells.number[c]
            and not self.cells.ratio[c]
            and least <= self.cells.value[c] <= most
        ]
        if not found:
            return []
        names = "; ".join(f"{self.name(c)} = {self.cells.printed(c).words}" for c in found[:2])
        return [Explanation("base", text("With another base it would follow: {names}.", names=names))]

    def _totals(self, n: int) -> np.ndarray:
        rows = [i for i, name in enumerate(self.names[n][0]) if labels.TOTAL.search(name)][:20]
        columns = [j for j, name in enumerate(self.names[n][1]) if labels.TOTAL.search(name)][:20]
        return np.concatenate([self.indices[n][rows].ravel(), self.indices[n][:, columns].ravel()])
