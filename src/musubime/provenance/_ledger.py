"""The ledger that travels with a region: its sources, and what was repaired, dropped, assumed or is missing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from musubime.language import Text, verbatim

NoteKind = Literal["repair", "dropped", "assumption", "missing"]


@dataclass(frozen=True)
class Source:
    """One file or table that figures rest on. `vintage`: the date or year that the data describe, as text."""

    id: str
    title: str
    file: str
    format: str
    vintage: str = ""
    publisher: str = ""
    licence: str = ""
    rows: int = 0
    sha256: str = ""


@dataclass(frozen=True)
class Note:
    """What a reader or a method did that its user must know, with the number of rows or people concerned."""

    kind: NoteKind
    what: Text
    count: int = 1
    source: str = ""
    examples: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind, "count": self.count, "source": self.source,
            "what": self.what.as_json(), "examples": list(self.examples),
        }


@dataclass(frozen=True)
class Figure:
    """A published number that can be recomputed: `formula` names other figures, tables or parameters."""

    id: str
    value: float | int | str | None
    unit: str
    formula: str
    sources: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"sources": list(self.sources)}


@dataclass
class Ledger:
    """Sources and notes in the order they were met. The only mutable thing that subjects share."""

    sources: list[Source] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def add_source(self, source: Source) -> Source:
        if all(known.id != source.id for known in self.sources):
            self.sources.append(source)
        return source

    def note(
        self, kind: NoteKind, what: Text, *, count: int = 1, source: str = "", examples: Iterable[str] = ()
    ) -> None:
        """Record one note; `count` 0 records nothing, so callers need no `if`."""
        if count > 0:
            self.notes.append(Note(kind, what, count, source, tuple(examples)[:5]))

    def of_kind(self, kind: NoteKind) -> Iterator[Note]:
        return (note for note in self.notes if note.kind == kind)

    def as_json(self) -> dict[str, Any]:
        return {
            "schema": "musubime-sources/1",
            "sources": [asdict(source) for source in self.sources],
            "notes": [note.as_json() for note in self.notes],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Ledger:
        notes = [
            Note(n["kind"], verbatim(n["what"]), int(n["count"]), n["source"], tuple(n["examples"]))
            for n in data.get("notes", [])
        ]
        return cls([Source(**s) for s in data.get("sources", [])], notes)


def file_source(path: Path, *, format: str, title: str = "", rows: int = 0, vintage: str = "") -> Source:
    """A source for one file on disk; its id is the file name, its hash that of the bytes."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Source(
        id=path.name, title=title or path.stem, file=path.name, format=format, vintage=vintage, rows=rows,
        sha256=digest,
    )


