"""Tables go forward and back, and the models hold nothing that no migration made."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

OURS = [app.label for app in apps.get_app_configs() if app.name.startswith("musubime.")]


@pytest.mark.django_db
def test_no_model_waits_for_a_migration() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.django_db(transaction=True)
def test_every_migration_goes_back_and_forward_again() -> None:
    before = set(connection.introspection.table_names())
    with_migrations = {app for app, _ in _loader().graph.nodes}
    try:
        for label in reversed([label for label in OURS if label in with_migrations]):
            if label != "accounts":  # libraries' tables point at its users; the whole goes back below
                call_command("migrate", label, "zero", verbosity=0, interactive=False)
        left = set(connection.introspection.table_names())
        assert left < before
        assert not [name for name in left if name.split("_")[0] in OURS and not name.startswith("accounts_")]
        for label in ("mfa", "account", "axes", "accounts"):
            call_command("migrate", label, "zero", verbosity=0, interactive=False)
        assert not [name for name in connection.introspection.table_names() if name.startswith("accounts_")]
    finally:
        call_command("migrate", verbosity=0, interactive=False)
    assert set(connection.introspection.table_names()) == before


def _loader() -> object:
    from django.db.migrations.loader import MigrationLoader

    return MigrationLoader(connection)
