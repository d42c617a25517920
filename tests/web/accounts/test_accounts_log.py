"""The log is only ever added to, tells each reader what is his to know, and leaves as a harmless table."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from musubime.web.accounts.guards import raise_guards
from musubime.web.accounts.models import AppendOnlyError, AuditEntry, Kind, Organisation, User
from musubime.web.csv_files import safe_cell

pytestmark = pytest.mark.django_db


def test_the_model_refuses_change_and_removal() -> None:
    entry = AuditEntry.objects.create(action="invited")
    entry.action = "nothing"
    for attempt in (entry.save, entry.delete, AuditEntry.objects.all().delete,
                    lambda: AuditEntry.objects.update(action="x"),
                    lambda: AuditEntry.objects.bulk_update([entry], ["action"])):
        with pytest.raises(AppendOnlyError):
            attempt()
    assert AuditEntry.objects.get().action == "invited"


@pytest.mark.parametrize("statement", [
    "UPDATE accounts_auditentry SET action = 'nothing'", "DELETE FROM accounts_auditentry",
])
def test_the_database_refuses_too(statement: str) -> None:
    AuditEntry.objects.create(action="invited")
    raise_guards(connection)
    with pytest.raises(DatabaseError, match="only ever added to"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    AuditEntry.objects.create(action="still added to")
    assert AuditEntry.objects.count() == 2


def test_who_is_erased_stays_in_the_log_as_a_number(everyone: dict[str, User], sign_in: Any) -> None:
    person = everyone["signed in"]
    number = person.pk
    AuditEntry.objects.create(user=person, action="signed_in")
    raise_guards(connection)
    person.delete()
    assert AuditEntry.objects.filter(action="signed_in", user_id=number).count() == 1
    for address in ("/accounts/log/", "/accounts/log.csv"):
        page = sign_in(everyone["administrator"]).get(address)
        assert page.status_code == 200
    entries = {entry.user_id: entry for entry, _, _ in sign_in(everyone["administrator"]).get(
        "/accounts/log/?action=signed_in").context["rows"]}
    assert entries[number].user is None


def test_a_lead_reads_the_own_organisation_and_its_members_sign_ins(everyone: dict[str, User], sign_in: Any) -> None:
    town = Organisation.objects.get(kind=Kind.MUNICIPALITY, area="352080")
    other = Organisation.objects.get(area="352136")
    staff = everyone["municipality.staff"]
    for user, organisation, action in (
        (staff, town, "invited"), (staff, None, "sign_in_failed"), (staff, other, "withdrawn-there"),
        (staff, None, "elsewhere-done"), (everyone["rmo.staff"], None, "signed_in"),
        (everyone["elsewhere"], other, "invited-there"),
    ):
        AuditEntry.objects.create(user=user, organisation=organisation, action=action)
    rows = list(sign_in(everyone["municipality.lead"]).get("/accounts/log/").context["rows"])
    seen = {(entry.user_id, entry.action) for entry, _, _ in rows}
    lead = everyone["municipality.lead"].pk
    assert seen == {(staff.pk, "invited"), (staff.pk, "sign_in_failed"), (lead, "signed_in")}
    everything = sign_in(everyone["administrator"]).get("/accounts/log/").context["rows"]
    assert {"withdrawn-there", "elsewhere-done", "invited-there"} <= {entry.action for entry, _, _ in everything}


def test_dates_actions_and_people_can_be_asked_for(everyone: dict[str, User], sign_in: Any) -> None:
    AuditEntry.objects.create(user=everyone["rmo.lead"], action="invited")
    client = sign_in(everyone["administrator"])

    def actions(**asked: str) -> list[str]:
        return [entry.action for entry, _, _ in client.get("/accounts/log/", asked).context["rows"]]

    today = timezone.localdate()
    assert actions(action="invited") == ["invited"]
    assert actions(person="RMO-lead") == ["invited"]
    assert actions(person="nobody") == []
    assert "invited" in actions(**{"from": str(today), "to": str(today)})
    assert actions(to=str(today - timedelta(days=1))) == []
    for nonsense in ("2026-13-40", "yesterday", "9999-12-31", "0001-01-01", "' OR 1=1 --"):
        assert client.get("/accounts/log/", {"from": nonsense, "to": nonsense, "page": nonsense}).status_code == 200


def test_the_table_that_leaves_holds_no_formula(everyone: dict[str, User], sign_in: Any) -> None:
    town = Organisation.objects.get(kind=Kind.MUNICIPALITY, area="352080")
    Organisation.objects.filter(pk=town.pk).update(name='=HYPERLINK("http://example.org")')
    User.objects.filter(username="municipality-staff").update(display_name="@SUM(1)")
    AuditEntry.objects.create(user=everyone["municipality.staff"], organisation=town, action="invited")
    answer = sign_in(everyone["administrator"]).get("/accounts/log.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "no-store" in answer.headers["Cache-Control"]
    words = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(words)))
    assert len(rows[0]) == 8
    cells = [cell for row in rows for cell in row]
    assert "'@SUM(1)" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t"))]
    assert AuditEntry.objects.filter(action="log_exported").count() == 1


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@a", "\t=1", " =1", "\r\n=1"])
def test_cells_that_a_spreadsheet_would_run(cell: str) -> None:
    assert str(safe_cell(cell)).startswith("'")


def test_a_password_typed_as_a_name_is_kept_nowhere(client: Any, everyone: dict[str, User]) -> None:
    client.post("/account/login/", {"login": "my secret password 7", "password": "x"})
    entry = AuditEntry.objects.get(action="sign_in_failed")
    assert (entry.user, entry.detail) == (None, {})


def test_sign_ins_and_failures_are_kept(client: Any, everyone: dict[str, User]) -> None:
    client.post("/account/login/", {"login": "Person", "password": "wrong"})
    client.post("/account/login/", {"login": "person", "password": "a good password 1"})
    client.post("/account/logout/")
    kept = list(AuditEntry.objects.filter(user=everyone["signed in"]).order_by("id").values_list("action", flat=True))
    assert kept == ["sign_in_failed", "signed_in", "signed_out"]
