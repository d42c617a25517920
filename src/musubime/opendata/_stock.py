"""What was found in the folder, by kind of piece, and which of it the region came to rest on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from musubime.errors import Fault
from musubime.language import text
from musubime.provenance import Ledger, Note

from .folder import Found
from .model import Piece

P = TypeVar("P", bound=Piece)

_FEW = 2  # remarks of one kind stand each for themselves up to this number


@dataclass
class Stock:
    """The files read so far. `used` grows while the region is assembled; only used files enter its sources."""

    found: list[Found] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def of(self, kind: type[P]) -> list[P]:
        return [piece for one in self.found for piece in one.pieces if isinstance(piece, kind)]

    def file_of(self, piece: Piece) -> Found:
        return next(one for one in self.found if any(own is piece for own in one.pieces))

    def use(self, pieces: Iterable[Piece]) -> None:
        """Mark the files of these pieces (or of pieces cut out of them) as used."""
        sources = {piece.source for piece in pieces}
        self.used |= {one.name for one in self.found if any(own.source in sources for own in one.pieces)}

    def title(self, piece: Piece) -> str:
        """The title its reader gave to the file of a piece, for example which publisher's roads these are."""
        one = self.file_of(piece)
        return next((s.title for s in one.ledger.sources), one.format)

    def faults(self, *formats: str) -> list[Fault]:
        """Why files of these formats, which somebody recognised, could not be used."""
        return [fault for one in self.found if one.format in formats for fault in one.faults]

    def settle(self, ledger: Ledger) -> None:
        """Enter sources and notes of the used files, ahead of the notes of the assembly."""
        ahead = Ledger()
        for one in self.found:
            if one.name in self.used:
                for source in one.ledger.sources:
                    ahead.add_source(source)
                ahead.notes += one.ledger.notes
        for source in ledger.sources:
            ahead.add_source(source)
        ledger.sources, ledger.notes = ahead.sources, gathered(ahead.notes + ledger.notes)


def gathered(notes: list[Note]) -> list[Note]:
    """The same remark on more than a few files as one note: the file with most of it, and how many others."""
    groups: dict[tuple[str, str], list[Note]] = {}
    for number, note in enumerate(notes):
        groups.setdefault((note.kind, note.what.template if note.source else str(number)), []).append(note)
    out = []
    for alike in groups.values():
        files = list(dict.fromkeys(note.source for note in sorted(alike, key=lambda note: -note.count)))
        if len(files) <= _FEW:
            out += alike
            continue
        largest = max(alike, key=lambda note: note.count)
        out.append(Note(
            largest.kind, text("{what} (this file, and {files} more)", what=largest.what, files=len(files) - 1),
            sum(note.count for note in alike), largest.source, tuple(files[1:6]),
        ))
    return out
