"""Triggers of the database itself: the log is only ever added to, whoever writes SQL."""

from __future__ import annotations

from typing import Any

TABLE = "accounts_auditentry"
_SQLITE = [
    f"CREATE TRIGGER IF NOT EXISTS {TABLE}_no_{what.lower()} BEFORE {what} ON {TABLE} "
    f"BEGIN SELECT RAISE(ABORT, 'the log is only ever added to'); END"
    for what in ("UPDATE", "DELETE")
]
_POSTGRESQL = [
    f"CREATE OR REPLACE FUNCTION {TABLE}_keep() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the log is only ever added to'; END $$",
    f"CREATE OR REPLACE TRIGGER {TABLE}_keep BEFORE UPDATE OR DELETE ON {TABLE} "
    f"FOR EACH ROW EXECUTE FUNCTION {TABLE}_keep()",
]
_DROP = {
    "sqlite": [f"DROP TRIGGER IF EXISTS {TABLE}_no_{what}" for what in ("update", "delete")],
    "postgresql": [f"DROP TRIGGER IF EXISTS {TABLE}_keep ON {TABLE}", f"DROP FUNCTION IF EXISTS {TABLE}_keep()"],
}


def raise_guards(connection: Any) -> None:
    """Make the triggers, if they are not there."""
    with connection.cursor() as cursor:
        for statement in {"sqlite": _SQLITE, "postgresql": _POSTGRESQL}[connection.vendor]:
            cursor.execute(statement)


def drop_guards(connection: Any) -> None:
    with connection.cursor() as cursor:
        for statement in _DROP[connection.vendor]:
            cursor.execute(statement)
