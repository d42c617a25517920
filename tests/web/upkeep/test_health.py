"""The health page, the logs, and pages for when the database takes no change."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from pythonjsonlogger.json import JsonFormatter

from musubime.web.pages import views
from musubime.web.upkeep import health
from musubime.web.upkeep.logs import LogMiddleware

pytestmark = pytest.mark.django_db


def test_health_is_ok_and_says_nothing_else(client: Any) -> None:
    answer = client.get("/health/")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "faults": []})


def test_health_names_a_full_disk(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "disk_free_mb", lambda data: 12)
    answer = client.get("/health/")
    assert (answer.status_code, answer.json()) == (503, {"status": "fault", "faults": ["disk"]})


def test_the_administrator_sees_what_and_what_to_do(
    everyone: Any, sign_in: Any, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(health, "disk_free_mb", lambda data: 12)
    page = sign_in(everyone["administrator"]).get("/health/administer/").content.decode()
    assert "空き容量は12 MBです" in page
    assert "空きを作る" in page
    assert sign_in(everyone["municipality.lead"]).get("/health/administer/").status_code == 403


@pytest.mark.parametrize(("message", "words"), [
    ("database or disk is full", "ディスクがいっぱい"),
    ("attempt to write a readonly database", "読み取り専用"),
    ("cannot execute INSERT in a read-only transaction", "読み取り専用"),
    ("database is locked", "混み合っている"),
])
def test_a_database_that_takes_no_change_says_so_clearly(
    client: Any, everyone: Any, monkeypatch: pytest.MonkeyPatch, message: str, words: str,
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OperationalError(message)

    monkeypatch.setattr(views, "render", refuse)
    answer = client.get("/")
    assert answer.status_code == 503
    assert words in answer.content.decode()
    assert answer.headers["Retry-After"] == "30"


def test_a_log_line_holds_route_status_and_time_and_no_person(caplog: pytest.LogCaptureFixture) -> None:
    class Match:
        route = "plans/<str:key>/"

    request = HttpRequest()
    request.method, request.path = "GET", "/plans/secret-key/"
    request.META = {"REMOTE_ADDR": "192.0.2.7", "QUERY_STRING": "name=suzuki"}
    request.resolver_match = Match()  # type: ignore[assignment]
    with caplog.at_level(logging.INFO, "musubime.requests"):
        LogMiddleware(lambda _: HttpResponse("x"))(request)
    line = json.loads(JsonFormatter().format(caplog.records[-1]))
    assert (line["route"], line["status"], line["method"]) == ("plans/<str:key>/", 200, "GET")
    assert not [word for word in ("secret-key", "192.0.2.7", "suzuki") if word in json.dumps(line)]


def test_the_page_of_the_administrator_is_accessible(everyone: Any, browse_as: Any, axe_findings: Any) -> None:
    for language in ("ja", "en"):
        assert axe_findings(browse_as(everyone["administrator"], "/health/administer/", language)) == []
