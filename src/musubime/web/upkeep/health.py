"""What the health page and the administrator's page tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from musubime.language import Text, text
from musubime.web.data import data_folder
from musubime.web.jobs.models import Job, State

from .serving import disk_free_mb

LEAST_FREE_MB = 500


@dataclass(frozen=True)
class Finding:
    """One thing looked at: `good`, what was seen, and what to do if it is not good."""

    name: str
    good: bool
    seen: Text
    remedy: Text | None = None


def look() -> list[Finding]:
    """Look at database, disk and long work. Never raises for what it is there to find."""
    return [_database(), _disk(), _jobs()]


def _database() -> Finding:
    kind = "PostgreSQL" if connection.vendor == "postgresql" else "SQLite"
    try:
        # SQLite takes the lock for writing when the transaction begins, so that a read-only file shows without a write.
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SHOW transaction_read_only" if connection.vendor == "postgresql" else "SELECT 'off'")
            if cursor.fetchone()[0] != "off":
                return Finding("database", False, text("{kind} may only be read.", kind=kind),
                               text("Ask who keeps the database server why it refuses changes."))
    except DatabaseError as error:
        return Finding("database", False, text("{kind}: {reason}", kind=kind, reason=str(error).split("\n", 1)[0]),
                       text("See that the disk is not full and the folder may be written, then restart the service."))
    return Finding("database", True, text("{kind} answers and takes changes.", kind=kind))


def _disk() -> Finding:
    free = disk_free_mb(data_folder())
    return Finding("disk", free >= LEAST_FREE_MB, text("{free:,} MB are free.", free=free),
                   text("Make room: delete old plans and backups, or move the data folder to a larger disk."))


def _jobs() -> Finding:
    try:
        late = Job.objects.filter(state=State.WAITING, made_at__lt=timezone.now() - timedelta(minutes=10)).count()
        running = Job.objects.filter(state=State.RUNNING).count()
    except DatabaseError:
        return Finding("jobs", False, text("Unknown while the database does not answer."))
    if late and not running:
        return Finding("jobs", False, text("{late:,} jobs wait and none is running.", late=late),
                       text("Restart the service; jobs go on where they were."))
    return Finding("jobs", True, text("{running:,} jobs are running.", running=running))
