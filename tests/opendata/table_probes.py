"""Probes of files for the tests of table readers, and all those readers."""

from __future__ import annotations

import zipfile
from pathlib import Path
from types import ModuleType

from musubime.opendata import (
    census_tables,
    codes,
    designation,
    prefecture_workbooks,
    recommended_facilities,
    recommended_population,
    register_totals,
    shelters,
    small_area_ages,
    vital,
)
from musubime.opendata.model import Piece, Probe
from musubime.provenance import Ledger

READERS: tuple[ModuleType, ...] = (
    recommended_population,
    register_totals,
    census_tables,
    small_area_ages,
    prefecture_workbooks,
    vital,
    codes,
    designation,
    shelters,
    recommended_facilities,
)


def probe(path: Path) -> Probe:
    with path.open("rb") as file:
        head = file.read(65_536)
    members: tuple[str, ...] = ()
    if head.startswith(b"PK"):
        try:
            with zipfile.ZipFile(path) as packed:
                members = tuple(packed.namelist())
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
            members = ()
    return Probe(path, head, path.stat().st_size, members)


def written(folder: Path, name: str, content: str | bytes, encoding: str = "utf-8") -> Probe:
    path = folder / name
    path.write_bytes(content.encode(encoding) if isinstance(content, str) else content)
    return probe(path)


def recognised_by(found: Probe) -> list[str]:
    return [reader.__name__.rsplit(".", 1)[1] for reader in READERS if reader.recognise(found)]


def read(reader: ModuleType, found: Probe) -> tuple[list[Piece], Ledger]:
    ledger = Ledger()
    return reader.read(found, ledger), ledger


def noted(ledger: Ledger, kind: str) -> dict[str, int]:
    """English sentence to count, of one kind of note."""
    return {note.what.to("en"): note.count for note in ledger.notes if note.kind == kind}
