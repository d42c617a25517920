"""Everything that was ever sent, kept by its SHA-256: written once, never overwritten, never removed."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from musubime.errors import Fault, InputError, OutputError
from musubime.language import text

FOLDER, LOG = "receipts", "receipts/log.jsonl"
_CHUNK = 1 << 20


def keep(source: Path, wave: Path) -> tuple[str, int]:
    """A copy of a file under its hash; (SHA-256, bytes). A copy that is there already is left as it is.

    The copy appears under its name only when it is whole, so a killed run leaves no half receipt.
    """
    digest = hashlib.sha256()
    folder = wave / FOLDER
    try:
        file = source.open("rb")
    except OSError as error:
        raise InputError(
            Fault(
                text("The file cannot be opened ({reason}).", reason=error.strerror or type(error).__name__),
                text("Close it elsewhere, or give the right to read it."),
                file=source.name,
            )
        ) from error
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".receiving-", dir=folder)
    new = Path(name)
    size = 0
    try:
        with os.fdopen(handle, "wb") as out, file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
                out.write(chunk)
        target = place(wave, digest.hexdigest())
        if not target.exists():
            target.parent.mkdir(exist_ok=True)
            with contextlib.suppress(FileExistsError):
                _link(new, target)
    finally:
        new.unlink(missing_ok=True)
    if target.stat().st_mode & 0o222:
        target.chmod(0o444)
    return digest.hexdigest(), size


def clear_abandoned(wave: Path) -> None:
    """What a killed run had begun to receive; the files it came from are still there."""
    for path in (wave / FOLDER).glob(".receiving-*"):
        with contextlib.suppress(OSError):
            path.unlink()


def _link(new: Path, target: Path) -> None:
    """Give the whole file its name unless the name is taken; file systems without links rename instead."""
    try:
        os.link(new, target)
    except FileExistsError:
        raise
    except OSError:
        if target.exists():
            raise FileExistsError(str(target)) from None
        new.replace(target)


def place(wave: Path, sha256: str) -> Path:
    """Where a receipt is kept."""
    return wave / FOLDER / sha256[:2] / sha256


def damaged(wave: Path) -> list[str]:
    """Receipts whose content no longer has the hash that is their name."""
    wrong = []
    for path in sorted((wave / FOLDER).glob("??/*")):
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != path.name:
                wrong.append(path.name)
    return wrong


def append(path: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    """Lines at the end of a log; each carries the hash of the line before, so that a change in between shows."""
    lines = list(lines)
    if not lines:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        before = _last_hash(path)
        with path.open("ab") as file:
            file.truncate(_whole(path))
            for line in lines:
                words = json.dumps({**line, "before": before}, ensure_ascii=False, sort_keys=True)
                before = hashlib.sha256(words.encode()).hexdigest()
                file.write(words.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise OutputError(Fault(text("The log of the wave cannot be written ({reason}).", reason=str(error.strerror)),
                                text("Make room on the disk, or give a folder that may be written to."),
                                file=path.name)) from error


def _whole(path: Path) -> int:
    """Bytes up to the end of the last whole line: a kill may have cut the one after it."""
    return path.read_bytes().rfind(b"\n") + 1


def _last_hash(path: Path) -> str:
    lines = read_log(path, check=False)
    if not lines:
        return ""
    return hashlib.sha256(json.dumps(lines[-1], ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def read_log(path: Path, *, check: bool = True) -> list[dict[str, Any]]:
    """The lines of a log, oldest first; a last line that was cut off by a kill is passed over.

    Raises InputError when a line was changed or taken out afterwards.
    """
    if not path.is_file():
        return []
    found: list[dict[str, Any]] = []
    before = ""
    raw = path.read_bytes()
    for number, line in enumerate(raw.splitlines(), 1):
        try:
            entry = json.loads(line)
        except ValueError:
            if number == len(raw.splitlines()) and not raw.endswith(b"\n"):
                break
            raise _changed(path, number) from None
        if check and entry.get("before") != before:
            raise _changed(path, number)
        before = hashlib.sha256(json.dumps(entry, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
        found.append(entry)
    return found


def _changed(path: Path, number: int) -> InputError:
    return InputError(
        Fault(
            text("The log was changed afterwards: this line does not follow from the one before."),
            text("Take the log from a backup; what was signed off before can no longer be trusted."),
            file=path.name,
            row=number,
        )
    )
