"""One file with everything a site is, made while it runs; and back again, on either database.

The rows are written as Django's own JSON lines inside one read transaction that sees one moment (a snapshot on SQLite
in WAL mode, REPEATABLE READ on PostgreSQL) and holds up no writer. Folders named by rows are copied after the rows:
they are finished before their row is written, so whatever a row names is in the file.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from musubime import __version__
from musubime.errors import Fault, InputError, OutputError
from musubime.language import text
from musubime.web.data import DataFolder

FORMAT = "musubime-backup/1"
# Made again by `migrate`, or of no use in another place: who was signed in, and what the queue was about to do.
LEFT_OUT = ("contenttypes", "auth.permission", "sessions", "django_tasks_database")
MOST_BYTES = 200_000_000_000


def back_up(data: DataFolder, out: Path) -> dict[str, Any]:
    """Write the backup under a temporary name and give it its own when it is whole; only its owner may read it.

    Gives what `--json` prints: out, bytes, rows, files. Raises OutputError when it cannot be written.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")  # mode 600
    except OSError as error:
        raise _not_written(out, error) from error
    try:
        with os.fdopen(handle, "wb") as file, tarfile.open(fileobj=file, mode="w:gz", compresslevel=3) as archive:
            sums = _write(data, archive)
            manifest = {
                "format": FORMAT, "version": __version__, "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "migrations": _migrations(), "sha256": sums,
            }
            _add_bytes(archive, "manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1).encode())
            archive.close()
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(out)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise _not_written(out, error) from error
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return {"out": str(out), "bytes": out.stat().st_size, "files": len(sums)}


def _not_written(out: Path, error: OSError) -> OutputError:
    return OutputError(Fault(
        text("The backup could not be written ({reason}); no file was left.", reason=error.strerror or str(error)),
        text("Make room, or write it to another disk: --out FILE."), file=str(out),
    ))


def _write(data: DataFolder, archive: tarfile.TarFile) -> dict[str, str]:
    sums: dict[str, str] = {}
    with tempfile.TemporaryDirectory(dir=data.root, prefix=".backup-") as folder:
        rows = Path(folder) / "rows.jsonl"
        with _one_moment():
            call_command("dumpdata", exclude=LEFT_OUT, format="jsonl", output=str(rows), use_base_manager=True,
                         verbosity=0)
        sums["rows.jsonl"] = _add_file(archive, rows, "rows.jsonl")
    for path in _secrets(data):
        sums[path.name] = _add_file(archive, path, path.name)
    for top in _folders(data.root):
        for path in sorted(top.rglob("*")):
            inside = path.relative_to(data.root)
            if path.is_file() and not path.is_symlink() and not any(part.startswith(".") for part in inside.parts):
                try:
                    sums[inside.as_posix()] = _add_file(archive, path, inside.as_posix())
                except FileNotFoundError:
                    continue  # withdrawn while we were at it
    return sums


def _folders(root: Path) -> list[Path]:
    """Every folder of the site's data; what begins with a dot is work in progress."""
    return sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))


def _secrets(data: DataFolder) -> Iterator[Path]:
    """Keys of the site: without them nobody could sign in again or read what is encrypted."""
    yield from sorted(path for path in data.root.glob("*.key") if path.is_file())


@contextmanager
def _one_moment() -> Iterator[None]:
    mode = getattr(connection, "transaction_mode", None)
    if connection.vendor == "sqlite":
        connection.transaction_mode = "DEFERRED"  # type: ignore[attr-defined]  # reads alone: no lock for writing
    try:
        with transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    finally:
        if connection.vendor == "sqlite":
            connection.transaction_mode = mode  # type: ignore[attr-defined]


def _migrations() -> list[str]:
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())


def _add_file(archive: tarfile.TarFile, path: Path, name: str) -> str:
    """Add a file under a name; its SHA-256 is that of the very bytes that went in."""
    with path.open("rb") as file:
        info = tarfile.TarInfo(name)
        info.size = os.fstat(file.fileno()).st_size
        info.mtime, info.mode = int(os.fstat(file.fileno()).st_mtime), 0o600
        reader = _Hashing(file)
        archive.addfile(info, reader)
        return reader.sum.hexdigest()


def _add_bytes(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), 0o600
    archive.addfile(info, io.BytesIO(content))


class _Hashing:
    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.sum = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        block = self.file.read(size)
        self.sum.update(block)
        return block


def restore(backup: Path, data: DataFolder) -> dict[str, Any]:
    """Fill an empty site from a backup: checked whole before anything is written where the site looks for it.

    Raises InputError when the file is not a whole backup of this version, or when the site is not empty.
    """
    from musubime.web.accounts.models import User

    if User.objects.exists() or any(any(folder.iterdir()) for folder in _folders(data.root)):
        raise InputError(Fault(
            text("This site is not empty; restoring would mix two sites."),
            text("Give a new folder (--data NEW_FOLDER), and with DATABASE_URL an empty database."),
            file=str(data.root),
        ))
    with tempfile.TemporaryDirectory(dir=data.root, prefix=".restore-") as folder:
        unpacked = Path(folder)
        manifest = _unpack(backup, unpacked)
        _check(backup, unpacked, manifest)
        call_command("loaddata", str(unpacked / "rows.jsonl"), verbosity=0)  # one transaction: all rows or none
        for path in unpacked.glob("*.key"):
            path.chmod(0o600)
            path.replace(data.root / path.name)
        for part in _folders(unpacked):
            shutil.copytree(part, data.root / part.name, dirs_exist_ok=True)
    return {"restored": str(backup), "data": str(data.root), "made_at": manifest["made_at"],
            "files": len(manifest["sha256"])}


def _unpack(backup: Path, folder: Path) -> dict[str, Any]:
    try:
        with tarfile.open(backup, "r:gz") as archive:
            size = 0
            for member in archive:
                size += member.size
                if not member.isfile() or size > MOST_BYTES:
                    raise tarfile.TarError(member.name)
                archive.extract(member, folder, filter="data")
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text("utf-8"))
        if manifest["format"] != FORMAT:
            raise tarfile.TarError(manifest["format"])
    except (OSError, EOFError, tarfile.TarError, ValueError, KeyError, TypeError) as error:
        raise InputError(Fault(
            text("This is not a whole backup of a site ({reason}); nothing was restored.",
                 reason=str(error).split("\n", 1)[0][:200] or type(error).__name__),
            text("Give a file that `musubime backup` wrote, copied whole."), file=str(backup),
        )) from error
    return manifest


def _check(backup: Path, folder: Path, manifest: dict[str, Any]) -> None:
    faults = []
    if manifest["migrations"] != _migrations():
        faults.append(Fault(
            text("This backup was made by Musubime {theirs}, whose tables differ from those of {ours}.",
                 theirs=manifest["version"], ours=__version__),
            text("Install that version, restore, and then install the newer one."), file=str(backup),
        ))
    for name, expected in manifest["sha256"].items():
        path = folder / name
        if not path.is_file() or hashlib.file_digest(path.open("rb"), "sha256").hexdigest() != expected:
            faults.append(Fault(
                text("This part of the backup is missing or was changed."),
                text("Take another copy of the backup."), file=name,
            ))
    if faults:
        raise InputError(faults)
