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

import pyogrio.errors

from musubime.errors import Fault, OutputError
from musubime.language import Text, text

_STAGING = ".musubime-new-"
_JOURNAL = ".musubime-moving.json"


def recover(folder: Path) -> None:
    """Finish a move that was cut off. Harmless at any time. Raises OutputError when it cannot be finished."""
    journal = folder / _JOURNAL
    if not journal.is_file():
        return
    with explained(folder):
        try:
            name = str(json.loads(journal.read_text("utf-8"))["staging"])
        except (ValueError, KeyError, TypeError):
            name = ""
        if name.startswith(_STAGING) and Path(name).name == name and (folder / name).is_dir():
            _move_all(folder / name, folder)
            shutil.rmtree(folder / name, ignore_errors=True)
        journal.unlink(missing_ok=True)


@contextlib.contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """A new folder to write into; when the block ends well its files replace those of `folder` of the same name.

    Other files in `folder` stay. When the block raises, or the process dies, `folder` is as it was; a death in
    the middle of the final renames is finished by the next `recover`. Raises OutputError with a remedy.
    """
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
    recover(folder)
    with explained(folder):
        _clear_abandoned(folder)
        staging = Path(tempfile.mkdtemp(prefix=f"{_STAGING}{os.getpid()}-", dir=folder))
    try:
        with explained(folder):
            yield staging
            _refuse_folders_in_the_way(staging, folder)
            for path in staging.rglob("*"):
                if path.is_file():
                    _to_disk(path)
            pending = staging.with_suffix(".journal")
            pending.write_text(json.dumps({"staging": staging.name}), "utf-8")
            _to_disk(pending)
            pending.replace(folder / _JOURNAL)
        _move_all(staging, folder)
        with explained(folder):
            (folder / _JOURNAL).unlink(missing_ok=True)
    finally:
        if not (folder / _JOURNAL).exists():
            shutil.rmtree(staging, ignore_errors=True)
            staging.with_suffix(".journal").unlink(missing_ok=True)


def _to_disk(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _refuse_folders_in_the_way(staging: Path, folder: Path) -> None:
    for source in staging.rglob("*"):
        target = folder / source.relative_to(staging)
        if target.exists() and target.is_dir() != source.is_dir():
            raise OutputError(Fault(
                text("A folder stands where a file is needed, or the other way round; nothing was replaced."),
                text("Move it away, or give another folder."), file=str(target),
            ))


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
    """Put every staged file in its place; what another process has moved meanwhile is in its place already."""
    for source in sorted(path for path in staging.rglob("*") if path.is_file()):
        target = folder / source.relative_to(staging)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileNotFoundError):
                source.replace(target)
        except OSError as error:
            raise OutputError(Fault(
                text("The new {name} is ready but could not be put in place ({reason}).",
                     name=target.name, reason=error.strerror or str(error)),
                text("Close programs that hold it open (QGIS, Excel), then run the command again: it finishes."),
                file=str(target),
            )) from error


@contextlib.contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turn what the system says while files are written into an OutputError with its remedy."""
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(Fault(_reason(error), _remedy(error), file=str(error.filename or folder))) from error
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        cause = _cause(folder, error)
        raise OutputError(Fault(_reason(cause), _remedy(cause), file=str(folder))) from error


def _cause(folder: Path, error: Exception) -> OSError:
    """Why GDAL failed: it says no more than that it did, so write a little beside it and see."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(1 << 16))
            file.flush()
            os.fsync(file.fileno())
    except OSError as found:
        return found
    return OSError(None, str(error).split("\n", 1)[0])


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
