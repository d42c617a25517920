"""Look into every file of a folder and hand it to the reader that knows its content; names mean nothing."""

from __future__ import annotations

import contextlib
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.provenance import Ledger

from . import (
    boundaries,
    census_tables,
    codes,
    designation,
    gtfs,
    mesh_projection,
    oaza_points,
    points,
    prefecture_workbooks,
    recommended_facilities,
    recommended_population,
    register_totals,
    roads_ksj,
    roads_osm,
    school_areas,
    shelters,
    small_area_ages,
    small_areas,
    vital,
)
from ._archive import ZIP, member_names, unpack
from ._vector import EVERYWHERE, Scope, vector_kind
from .model import CountError, FacilityPiece, Piece, Probe

HEAD_BYTES = 1 << 16

TABLES: tuple[ModuleType, ...] = (
    codes, designation, shelters, vital, school_areas, small_area_ages, census_tables, prefecture_workbooks,
    recommended_population, register_totals, gtfs,
)
"""Readers that take a file whole."""

LAYERS: tuple[ModuleType, ...] = (
    boundaries, oaza_points, small_areas, mesh_projection, roads_ksj, roads_osm, points,
)
"""Readers that read no more than the scope: one municipality and the box around it."""

LAST: tuple[ModuleType, ...] = (recommended_facilities,)
"""Asked last: this reader also claims workbooks that nobody can open, so that it can say why."""

_SIDECARS = frozenset((".shx", ".dbf", ".prj", ".cpg", ".qpj", ".qml", ".sbn", ".sbx", ".qix"))
_LARGEST_WHOLE = 256 << 20
_BY_PIECES = ("Shapefile", "GeoPackage", "FlatGeobuf")

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Found:
    """One file and what was in it. name: as sources.json knows it. faults: why a recognised file is of no use.

    whose: for each fault of a table of people the codes or names of the places it counts (`CountError`), else ().
    """

    name: str
    format: str
    pieces: tuple[Piece, ...] = ()
    ledger: Ledger = field(default_factory=Ledger)
    faults: tuple[Fault, ...] = ()
    whose: tuple[frozenset[str], ...] = ()


@dataclass(frozen=True)
class Candidate:
    """A file and the reader that recognised it (None: nobody knows it). done: what was in it, once it was read."""

    name: str
    probe: Probe
    reader: ModuleType | None
    done: Found | None = None

    def read(self, scope: Scope = EVERYWHERE) -> Found:
        if self.done is not None:
            return self.done
        if self.reader is None:
            return Found(self.name, "")
        ledger = Ledger()
        form: str = self.reader.FORMAT
        try:
            given: dict[str, Any] = {"scope": scope} if self.reader in LAYERS else {}
            pieces = self.reader.read(self.probe, ledger, **given)
        except InputError as error:
            return Found(self.name, form, faults=tuple(replace(f, file=self.name) for f in error.faults),
                         whose=error.whose if isinstance(error, CountError) else ())
        except Exception as error:  # a stranger's file must not stop the build; the fuzz tests look for these
            return Found(self.name, form, faults=(Fault(
                text("This file cannot be read ({reason}).", reason=f"{type(error).__name__}: {error}"[:200]),
                text("Fetch it again, or take it out of the folder; please report it with the file."), file=self.name,
            ),))
        return _renamed(Found(self.name, form, tuple(pieces), ledger), self.probe.path.name)


def sort_folder(folder: Path, ledger: Ledger) -> list[Piece]:
    """Everything that the readers can tell from a folder. Files that nobody knows are noted, not refused.

    Raises InputError when the folder does not exist or holds no file.
    """
    pieces: list[Piece] = []
    with candidates(folder) as files:
        found = [file.read() for file in files]
    for one in found:
        pieces += one.pieces
        for source in one.ledger.sources:
            ledger.add_source(source)
        ledger.notes += one.ledger.notes
    note_unused(found, ledger)
    return pieces


def note_unused(found: list[Found], ledger: Ledger) -> None:
    """Note what was recognised and is of no use, and what nobody recognised."""
    for one in found:
        for fault in one.faults:
            ledger.note("dropped", text("{file}: {what} {remedy}", file=fault.file or one.name, what=fault.what,
                                        remedy=fault.remedy), source=one.name)
    unknown = [one.name for one in found if not one.format and not one.faults]
    ledger.note("missing", text("Files of the folder that no reader knows were not used."), count=len(unknown),
                examples=unknown)


@contextlib.contextmanager
def candidates(folder: Path, progress: Progress | None = None) -> Iterator[list[Candidate]]:
    """The files of a folder, each with its reader; zips that are no feed and no workbook are looked into.

    Tables are read at once, while their cells are at hand; layers wait until the scope is known. What was unpacked
    is gone when the block ends.
    """
    with tempfile.TemporaryDirectory(prefix="musubime-", ignore_cleanup_errors=True) as unpacked:
        found: list[Candidate] = []
        paths = _files(folder)
        names = _names(folder, paths)
        for number, path in enumerate(paths, start=1):
            if progress is not None:
                progress(str(text("Looking into file {number} of {files}: {name}", number=number, files=len(paths),
                                  name=path.name)))
            found += _look(path, names[path], Path(unpacked))
        yield found


def _look(path: Path, name: str, unpacked: Path, inside: bool = False) -> list[Candidate]:
    try:
        probe = _probe(path)
        if probe is None or _is_sidecar(path):
            return []
        if fault := _orphan(path) or _too_large(probe):
            raise InputError(fault)
        reader = _reader(probe)
        if reader is None and probe.members and not inside:
            into = Path(tempfile.mkdtemp(dir=unpacked))
            inner = [
                one for member in unpack(path, into)
                for one in _look(member, f"{name}/{member.relative_to(into).as_posix()}", unpacked, inside=True)
            ]
            if any(one.reader is not None or one.done is not None for one in inner):
                return inner
    except InputError as error:
        faults = tuple(replace(f, file=name) for f in error.faults)
        return [Candidate(name, Probe(path, b"", 0), None, Found(name, "", faults=faults))]
    candidate = Candidate(name, probe, reader)
    return [candidate if reader is None or reader in LAYERS else replace(candidate, done=candidate.read())]


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise InputError(Fault(
            text("There is no such folder."), text("Give the folder with the open-data files after --from."),
            file=str(folder),
        ))
    paths = sorted(
        path for path in folder.rglob("*")
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
    if not paths:
        raise InputError(Fault(
            text("The folder holds no file."), text("Put the open-data files of your municipality into it."),
            file=str(folder),
        ))
    return paths


def _names(folder: Path, paths: list[Path]) -> dict[Path, str]:
    """The file's name, or its path in the folder where another file has the same name."""
    often = Counter(path.name for path in paths)
    return {p: p.name if often[p.name] == 1 else p.relative_to(folder).as_posix() for p in paths}


def _probe(path: Path) -> Probe | None:
    """The first bytes of a file; None for an empty one. Raises InputError when it cannot be opened."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise InputError(Fault(
            text("The file cannot be opened ({reason}).", reason=error.strerror or type(error).__name__),
            text("Close it elsewhere, or give the right to read it."), file=path.name,
        )) from error
    if not head:
        return None
    return Probe(path, head, size, member_names(path) if head.startswith(ZIP) else ())


def _is_sidecar(path: Path) -> bool:
    """Part of a shapefile whose .shp lies beside it: that one speaks for all."""
    return path.suffix.lower() in _SIDECARS and any(
        path.with_suffix(shp).exists() for shp in (".shp", ".SHP")
    )


def _orphan(path: Path) -> Fault | None:
    if path.suffix.lower() not in (".shx", ".dbf"):
        return None
    return Fault(
        text("This shapefile is incomplete: its {part} file is missing.", part=".shp"),
        text("Copy all files of the shapefile (.shp .shx .dbf .prj) into the folder together."),
    )


def _too_large(probe: Probe) -> Fault | None:
    """Files that can only be read whole have a limit; zips (which have their own), layers that are read by pieces and
    OSM extracts have none."""
    by_pieces = probe.members or vector_kind(probe) in _BY_PIECES or roads_osm.recognise(probe)
    if probe.size <= _LARGEST_WHOLE or by_pieces:
        return None
    return Fault(
        text("The file has {megabytes:,.0f} MB; up to {limit:,.0f} MB are read.", megabytes=probe.size / 1e6,
             limit=_LARGEST_WHOLE / 1e6),
        text("Keep only the rows or features of your municipality; large maps are best given as GeoPackage."),
    )


def _reader(probe: Probe) -> ModuleType | None:
    for reader in (*LAYERS, *TABLES, *LAST) if vector_kind(probe) else (*TABLES, *LAYERS, *LAST):
        try:
            if reader.recognise(probe):
                return reader
        except InputError:
            continue
    return None


def _renamed(found: Found, own: str) -> Found:
    """The same with the file's name in the folder in place of its own, where these differ."""
    name = found.name
    if name == own:
        return found

    def new(source: str) -> str:
        return name + source[len(own):] if source.startswith(own) else source

    pieces = []
    for piece in found.pieces:
        changed = replace(piece, source=new(piece.source))
        if isinstance(changed, FacilityPiece):
            f = changed.facilities
            changed = replace(changed, facilities=replace(
                f, ids=tuple(new(i) for i in f.ids), sources=tuple(new(s) for s in f.sources)
            ))
        pieces.append(changed)
    ledger = Ledger(
        [replace(s, id=new(s.id), file=new(s.file)) for s in found.ledger.sources],
        [replace(n, source=new(n.source)) for n in found.ledger.notes],
    )
    return replace(found, pieces=tuple(pieces), ledger=ledger)


