"""Zips of strangers: what is in them, and unpacking them with a limit on what comes out."""

from __future__ import annotations

import shutil
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from musubime.errors import Fault, InputError
from musubime.language import text

ZIP = b"PK\x03\x04"
MOST_BYTES = 1 << 30
MOST_MEMBERS = 5000
USEFUL = frozenset((
    ".shp", ".shx", ".dbf", ".prj", ".cpg", ".geojson", ".json", ".gpkg", ".fgb", ".csv", ".tsv", ".txt", ".xls",
    ".xlsx", ".pbf", ".osm",
))
"""What may hold data. The rest of an archive (readme, styles, pictures, XML of the same content) stays packed."""

_UTF8 = 0x800
_FAILURES = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError, OSError)


def member_names(path: Path) -> tuple[str, ...]:
    """Names inside a zip, those of Japanese Windows decoded from cp932. Raises InputError when it is broken."""
    try:
        with zipfile.ZipFile(path) as archive:
            return tuple(_name(info) for info in archive.infolist())
    except _FAILURES as error:
        raise _broken(path, error) from error


def _name(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & _UTF8:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("cp932")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return info.filename


def _broken(path: Path, error: Exception) -> InputError:
    return InputError(Fault(
        text("This zip cannot be opened ({reason}).", reason=str(error).split("\n", 1)[0] or type(error).__name__),
        text("Fetch it again; if it has a password, unpack it yourself."), file=path.name,
    ))


def unpack(path: Path, into: Path) -> list[Path]:
    """Unpack what may hold data into a folder; the files, in the archive's order.

    A GeoJSON beside a shapefile of the same name is left packed, since 国土数値情報 ships each layer in both.
    Raises InputError when the zip is broken or would unpack to more than `MOST_BYTES`.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            wanted = _wanted(archive)
            size = sum(info.file_size for info, _ in wanted)
            if size > MOST_BYTES or len(wanted) > MOST_MEMBERS:
                raise InputError(Fault(
                    text("This zip unpacks to {megabytes:,.0f} MB in {files:,} files; up to {limit:,.0f} MB are read.",
                         megabytes=size / 1e6, files=len(wanted), limit=MOST_BYTES / 1e6),
                    text("Unpack it yourself and give only the files of your prefecture or municipality."),
                    file=path.name,
                ))
            out = []
            for info, name in wanted:
                target = into.joinpath(*name.parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(info) as packed, target.open("wb") as file:
                    shutil.copyfileobj(packed, file)
                out.append(target)
            return out
    except InputError:
        raise
    except _FAILURES as error:
        raise _broken(path, error) from error


def _wanted(archive: zipfile.ZipFile) -> list[tuple[zipfile.ZipInfo, PurePosixPath]]:
    found = {}
    for info in archive.infolist():
        name = PurePosixPath(_name(info).replace("\\", "/"))
        parts = tuple(p for p in name.parts if p not in ("/", "..", "."))
        if info.is_dir() or not parts or name.suffix.lower() not in USEFUL or parts[0] == "__MACOSX":
            continue
        safe = PurePosixPath(*parts)
        if len(safe.name.encode()) < 255:
            found[safe] = info
    shapes = {name.with_suffix("") for name in found if name.suffix.lower() == ".shp"}
    stems = {shape.name for shape in shapes}
    return [
        (info, name) for name, info in found.items()
        if not (name.suffix.lower() in (".geojson", ".json") and name.stem in stems)
    ]
