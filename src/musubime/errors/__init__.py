"""One parent class for everything Musubime refuses; each fault says what, where, and what to do next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from musubime.language import Text, text

__all__ = ["Fault", "InputError", "MusubimeError", "OutputError"]


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with what a user gave, and its remedy.

    `row` counts as the user's spreadsheet does: from 1, headings included. `field` is the column as printed
    in the file. `value` is what stood there. `blocks`: no plan can rest on it; otherwise it is a doubt that is told
    and left to the user.
    """

    what: Text
    remedy: Text
    file: str = ""
    row: int | None = None
    field: str = ""
    value: str = ""
    blocks: bool = True

    def __str__(self) -> str:
        row = "" if self.row is None else str(text("row {row}", row=self.row))
        place = [self.file, row, self.field, self.value]
        where = ", ".join(part for part in place if part)
        return f"{where + ': ' if where else ''}{self.what} {self.remedy}"

    def as_json(self) -> dict[str, Any]:
        return {
            "file": self.file, "row": self.row, "field": self.field, "value": self.value,
            "what": str(self.what), "remedy": str(self.remedy), "blocks": self.blocks,
        }


class MusubimeError(Exception):
    """Parent of all errors that a user can mend; carries every fault found, not only the first."""

    def __init__(self, faults: Fault | Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__(*self.faults)

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)


class InputError(MusubimeError, ValueError):
    """What was given cannot be used as it is."""


class OutputError(MusubimeError, OSError):
    """A result could not be written; what stood there before is whole."""

    def __str__(self) -> str:
        return MusubimeError.__str__(self)
