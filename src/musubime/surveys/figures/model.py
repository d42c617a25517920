"""What the check of a table of figures returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from musubime.language import Text
from musubime.provenance import Note

Kind = Literal[
    "sum", "difference", "share", "ratio", "growth", "mean", "claim", "copy", "contradiction", "base", "range"
]
Cause = Literal[
    "digit",
    "transposition",
    "shift",
    "lost_digit",
    "sign",
    "copy",
    "base",
    "rounding",
    "within_rounding",
    "other_cell",
    "off",
]


@dataclass(frozen=True)
class Explanation:
    """What would explain that a figure does not follow."""

    cause: Cause
    words: Text


@dataclass(frozen=True)
class Inconsistency:
    """One printed figure that does not follow from the others.

    row, column: as the spreadsheet counts, from 1, headings included. printed: as it stands there. recomputed: what
    follows from the other figures ("" when there is no such number). key: the labels of the figure's row and column.
    suspects: other cells of which one, changed, would make everything follow as well. involved: the cells (sheet!B3) or
    rows of the relation that fails.
    """

    sheet: str
    row: int
    column: int
    key: str
    kind: Kind
    printed: str
    recomputed: str
    off_by: float | None
    what: Text
    explanations: tuple[Explanation, ...] = ()
    suspects: tuple[str, ...] = ()
    involved: tuple[str, ...] = ()

    @property
    def cell(self) -> str:
        return cell_name(self.row, self.column)

    @property
    def why(self) -> tuple[Text, ...]:
        return (self.what, *(one.words for one in self.explanations))

    def as_json(self) -> dict[str, Any]:
        """`why` in the current language, `why_in` in both."""
        return {
            "row": self.row,
            "key": self.key,
            "printed": self.printed,
            "recomputed": self.recomputed,
            "why": " ".join(str(words) for words in self.why),
            "why_in": {language: " ".join(words.to(language) for words in self.why) for language in ("en", "ja")},
            "sheet": self.sheet,
            "cell": self.cell,
            "kind": self.kind,
            "causes": [one.cause for one in self.explanations],
            "off_by": self.off_by,
            "suspects": list(self.suspects),
            "involved": list(self.involved),
        }


@dataclass(frozen=True)
class Relation:
    """Something that was found to hold between the figures, and how often. within: only within rounding."""

    sheet: str
    kind: Kind
    words: Text
    holds: int
    within_rounding: int
    fails: int

    def as_json(self) -> dict[str, Any]:
        return {
            "sheet": self.sheet,
            "kind": self.kind,
            "relation": self.words.as_json(),
            "holds": self.holds,
            "within_rounding": self.within_rounding,
            "fails": self.fails,
        }


@dataclass(frozen=True)
class Verification:
    """rows: rows with at least one figure. figures: how many figures. checked: rows (of a table with claims) or
    figures (of any other table) that at least one relation ties to others."""

    file: str
    layout: Literal["claims", "table"]
    rows: int
    figures: int
    checked: int
    inconsistent: tuple[Inconsistency, ...]
    relations: tuple[Relation, ...] = ()
    notes: tuple[Note, ...] = ()
    sheets: Mapping[str, tuple[tuple[str, ...], ...]] | None = None
    """The cells as read, for whoever marks the faults in them; not part of the JSON."""

    def as_json(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "layout": self.layout,
            "rows": self.rows,
            "figures": self.figures,
            "checked": self.checked,
            "inconsistent": [one.as_json() for one in self.inconsistent],
            "relations": [one.as_json() for one in self.relations],
            "notes": [note.as_json() for note in self.notes],
        }


def cell_name(row: int, column: int) -> str:
    """B3 for row 3, column 2.

    >>> cell_name(3, 2), cell_name(10, 28)
    ('B3', 'AB10')
    """
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"
