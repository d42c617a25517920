"""The frame of every page: language, refusal of what has no right, error pages."""

from __future__ import annotations

from typing import Any

import pytest

from musubime.web.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _somebody(db: None) -> None:
    """A site that is set up already; a new one leads to its set-up page (test_accounts_flow.py)."""
    User.objects.create_user("somebody")


def test_japanese_first_and_english_after_the_button(client: Any) -> None:
    assert '<html lang="ja">' in client.get("/").content.decode()
    answer = client.post("/language/", {"language": "en", "next": "/plans/"})
    assert answer.headers["Location"] == "/plans/"
    page = client.get("/plans/").content.decode()
    assert '<html lang="en">' in page
    assert "No plan has been published yet." in page


def test_the_language_button_leads_nowhere_else(client: Any) -> None:
    answer = client.post("/language/", {"language": "en", "next": "https://example.org/"})
    assert answer.headers["Location"] == "/"


def test_a_page_that_is_not_there_says_so_in_japanese(client: Any) -> None:
    answer = client.get("/nothing/")
    assert answer.status_code == 404
    assert "ページはありません" in answer.content.decode()


def test_the_first_page_is_accessible_and_asks_nobody_else(browse_as: Any, axe_findings: Any) -> None:
    page = browse_as(None, "/")
    assert axe_findings(page) == []


def test_everybody_finds_the_workshop_from_the_first_page(client: Any) -> None:
    assert client.get("/").content.decode().count('href="/workshop/"') == 2  # menu and card
    assert 'href="/workshop/" aria-current="true"' in client.get("/workshop/").content.decode()
