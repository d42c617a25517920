"""Zips that somebody gave: unpacked with limits on everything that could be used against the site.

Nothing is written outside the folder, no link is followed or made, and what comes out is counted while it comes.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from musubime.errors import Fault, InputError
from musubime.language import Text, text

MOST_FILES = 5000
MOST_BYTES = 2 << 30
MOST_RATIO = 200  # open data of all kinds that was looked at packs 3 to 40 times
_SMALL = 1 << 20  # below, any ratio: a table of zeros packs well
_CHUNK = 1 << 20
_UTF8 = 0x800
_ENCRYPTED = 0x1
_FAILURES = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError)


def unpack(path: Path, into: Path, wanted: Callable[[PurePosixPath], PurePosixPath | None]) -> list[Path]:
    """Unpack the members that `wanted` gives a place below `into`.

    Raises InputError with what is wrong with the zip; then nothing of it is to be used.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            faults = _faults(members)
            if faults:
                raise InputError(faults)
            chosen = {target: info for info in members if not info.is_dir() and (target := wanted(_place(info)))}
            made, left = [], MOST_BYTES
            for target, info in chosen.items():
                out = into / target
                out.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(info) as source, out.open("xb") as file:
                    while chunk := source.read(_CHUNK):
                        left -= len(chunk)
                        if left < 0:
                            raise InputError(_fault(text("This zip unpacks to more than {gigabytes:,.0f} GB.",
                                                         gigabytes=MOST_BYTES / 2**30)))
                        file.write(chunk)
                made.append(out)
            return made
    except InputError:  # a ValueError too
        raise
    except _FAILURES as error:
        raise _broken(error) from error
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise InputError(_fault(text("Two files in this zip have one name."))) from error


def _broken(error: Exception) -> InputError:
    return InputError(_fault(text("This zip cannot be unpacked ({reason}).", reason=type(error).__name__)))


def common_folder(names: list[PurePosixPath]) -> str:
    """The folder in which all members lie, or "": who packs a folder gets it around everything."""
    tops = {name.parts[0] for name in names if len(name.parts) > 1}
    return tops.pop() if len(tops) == 1 and all(len(name.parts) > 1 for name in names) else ""


def members(path: Path) -> list[PurePosixPath]:
    """Names of the files in a zip. Raises InputError when it is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            return [_place(info) for info in archive.infolist() if not info.is_dir()]
    except _FAILURES as error:
        raise _broken(error) from error


def _place(info: zipfile.ZipInfo) -> PurePosixPath:
    """The member's name; those of Japanese Windows are in cp932."""
    name = info.filename
    if not info.flag_bits & _UTF8:
        try:
            name = name.encode("cp437").decode("cp932")
        except (UnicodeEncodeError, UnicodeDecodeError):
            name = info.filename
    return PurePosixPath(name.replace("\\", "/"))


def _faults(infos: list[zipfile.ZipInfo]) -> list[Fault]:
    faults = []
    if len(infos) > MOST_FILES:
        return [_fault(text("This zip holds {count:,} files; up to {most:,} are taken.", count=len(infos),
                            most=MOST_FILES))]
    total = sum(info.file_size for info in infos)
    if total > MOST_BYTES:
        faults.append(_fault(text("This zip unpacks to more than {gigabytes:,.0f} GB.", gigabytes=MOST_BYTES / 2**30)))
    for info in infos:
        place = _place(info)
        if place.is_absolute() or ".." in place.parts or ":" in str(place) or "\0" in info.orig_filename:
            faults.append(_fault(text("A file in this zip has a name that leads elsewhere."), info.filename))
        elif stat.S_ISLNK(info.external_attr >> 16):
            faults.append(_fault(text("This zip holds a link instead of a file."), info.filename))
        elif info.flag_bits & _ENCRYPTED:
            faults.append(_fault(text("A file in this zip is locked with a password."), info.filename))
        elif info.file_size > max(_SMALL, MOST_RATIO * info.compress_size):
            faults.append(_fault(text("A file in this zip is packed more than {ratio} times: it may be a trap.",
                                      ratio=MOST_RATIO), info.filename))
    return faults[:20]


def _fault(what: Text, file: str = "") -> Fault:
    return Fault(what, text("Pack the folder anew, without a password and without links, and give it again."),
                 file=file[:200])
