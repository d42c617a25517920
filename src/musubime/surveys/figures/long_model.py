"""What the checks of a long table share: its claims computed, and the entry for a row."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from musubime.language import Text
from musubime.provenance import Note

from .claims import Claim, Computed, Figure
from .long import LongRow, LongTable
from .model import Explanation, Inconsistency, Kind
from .printed import Printed


@dataclass
class Instance:
    """One claim of one row, with what it computes to. holds: at the printed precision."""

    row: LongRow
    claim: Claim
    left: Computed
    right: Printed
    named: Figure | None
    scale: Fraction
    holds: bool

    @property
    def computed(self) -> Fraction:
        return self.left.number * self.scale

    @property
    def rows(self) -> set[int]:
        return {*self.left.figures, *((self.named.row,) if self.named else ())}


@dataclass
class LongCheck:
    """What was found in one long table."""

    table: LongTable
    instances: list[Instance]
    inconsistent: list[Inconsistency]
    notes: list[Note]


def entry(
    table: LongTable,
    row: LongRow,
    kind: Kind,
    printed: str,
    recomputed: str,
    off_by: float | None,
    what: Text,
    explanations: list[Explanation] | None = None,
    suspects: tuple[str, ...] = (),
    involved: tuple[str, ...] = (),
) -> Inconsistency:
    return Inconsistency(
        table.sheet,
        row.row,
        table.columns["value"] + 1,
        row.name,
        kind,
        printed,
        recomputed,
        off_by,
        what,
        tuple(explanations or ()),
        suspects,
        involved,
    )
