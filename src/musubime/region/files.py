"""Write a set of files so that a kill, a full disk or a locked folder leaves the earlier set whole."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from musubime.errors import Fault, OutputError
from musubime.language import Text, text

_STAGING = ".musubime-new-"
_JOURNAL = ".musubime-moving.json"


def recover(folder: Path) -> None:
    """Finish a move that was cut off, or clear away a set that was never finished. Harmless at any time."""
    if not folder.is_dir():
        return
    journal = folder / _JOURNAL
    with _explained(folder):
        if journal.exists():
            staging = folder / json.loads(journal.read_text("utf-8"))["staging"]
            if staging.is_dir():
                _move_all(staging, folder)
                shutil.rmtree(staging, ignore_errors=True)
            journal.unlink(missing_ok=True)


@contextlib.contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """A new folder to write into; when the block ends well its files replace those of `folder` of the same name.

    Other files in `folder` stay. When the block raises, or the process dies, `folder` is as it was; a death in
    the middle of the final renames is finished by the next `recover`. Raises OutputError with a remedy.
    """
    with _explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
    recover(folder)
    with _explained(folder):
        _clear_abandoned(folder)
        staging = Path(tempfile.mkdtemp(prefix=f"{_STAGING}{os.getpid()}-", dir=folder))
    try:
        with _explained(folder):
            yield staging
            for path in staging.rglob("*"):
                if path.is_file():
                    with path.open("rb") as file:
                        os.fsync(file.fileno())
            pending = staging.with_suffix(".journal")
            pending.write_text(json.dumps({"staging": staging.name}), "utf-8")
            pending.replace(folder / _JOURNAL)
            _move_all(staging, folder)
            (folder / _JOURNAL).unlink()
    finally:
        if not (folder / _JOURNAL).exists():
            shutil.rmtree(staging, ignore_errors=True)


def _clear_abandoned(folder: Path) -> None:
    """Remove the unfinished sets of processes that no longer live."""
    for left in folder.glob(f"{_STAGING}*"):
        pid = left.name.removeprefix(_STAGING).split("-")[0].split(".")[0]
        if pid.isdigit() and not _alive(int(pid)):
            shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(missing_ok=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _move_all(staging: Path, folder: Path) -> None:
    for source in sorted(path for path in staging.rglob("*") if path.is_file()):
        target = folder / source.relative_to(staging)
        target.parent.mkdir(parents=True, exist_ok=True)
        source.replace(target)


@contextlib.contextmanager
def _explained(folder: Path) -> Iterator[None]:
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(Fault(_reason(error), _remedy(error), file=str(error.filename or folder))) from error


def _reason(error: OSError) -> Text:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return text("The disk is full; nothing was replaced.")
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return text("This folder may not be written to; nothing was replaced.")
        case errno.ENOTDIR | errno.EEXIST:
            return text("A file stands where a folder is needed; nothing was replaced.")
    return text("Writing failed ({reason}); nothing was replaced.", reason=error.strerror or str(error))


def _remedy(error: OSError) -> Text:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return text("Free some space, or give another folder with --out.")
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return text("Close programs that hold its files open (QGIS, Excel), or give another folder.")
    return text("Give another folder.")
