"""Fixtures of the site's tests: a data folder of its own, people of every role, a real browser."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import cache
from playwright.sync_api import Browser, Page
from signing_in import as_signed_in

from musubime.web.accounts.models import Kind, Membership, Organisation, Role, User
from musubime.web.data import VARIABLE, DataFolder

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright's loop runs in the thread of the tests

AREAS = {  # of 岩国市, in 山口県
    Kind.MINISTRY: "", Kind.PREFECTURE: "35", Kind.MUNICIPALITY: "352080", Kind.RMO: "352080",
    Kind.INTERMEDIARY: "352080", Kind.COMPANY: "",
}


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataFolder:
    """The data folder of one test."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "site"))
    folder = DataFolder(tmp_path / "site")
    folder.prepare()
    return folder


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The log's triggers refuse the emptying of tables between tests too; the tests of the log raise them again."""
    from django.db import connection

    from musubime.web.accounts.guards import drop_guards

    with django_db_blocker.unblock():
        drop_guards(connection)


@pytest.fixture(autouse=True)
def _quick_and_separate(settings: Any) -> None:
    """Hashing passwords is slow on purpose; what counts attempts starts anew in each test."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()


@pytest.fixture
def everyone(db: None) -> dict[str, User | None]:
    """A user for every principal of the table of rights: "anyone" (None), "signed in" (of no organisation),
    "administrator", and kind.role for each kind and role, in 岩国市, 山口県 or the country; and "elsewhere", who leads
    another municipality (美祢市)."""
    people: dict[str, User | None] = {
        "anyone": None,
        "signed in": User.objects.create_user("person", password="a good password 1"),
        "administrator": User.objects.create_superuser("administrator", password="a good password 1"),
    }
    for kind, area in AREAS.items():
        organisation = Organisation.objects.create(kind=kind, name=f"{kind} of {area or 'Japan'}", area=area)
        for role in Role:
            user = User.objects.create_user(f"{kind}-{role}", password="a good password 1")
            Membership.objects.create(user=user, organisation=organisation, role=role)
            people[f"{kind}.{role}"] = user
    elsewhere = Organisation.objects.create(kind=Kind.MUNICIPALITY, name="municipality of 352136", area="352136")
    user = User.objects.create_user("elsewhere", password="a good password 1")
    Membership.objects.create(user=user, organisation=elsewhere, role=Role.LEAD)
    people["elsewhere"] = user
    return people


@pytest.fixture
def sign_in(client: Any) -> Any:
    """sign_in(user) -> the test client as this user (None: nobody), with a second factor unless told otherwise."""

    def as_user(user: User | None, second_factor: bool = True) -> Any:
        client.logout()
        if user is not None:
            as_signed_in(client, user, second_factor)
        return client

    return as_user


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A new page in a context of its own. Words on the console that say error fail the test, and so do requests to
    anywhere but the site itself."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="ja-JP")
    page = context.new_page()
    page.set_default_timeout(15_000)
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: wrong.append(request.url) if not request.url.startswith(
        ("http://localhost", "http://127.0.0.1", "data:", "blob:", "about:")) else None)
    yield page
    context.close()
    assert not wrong, wrong


@pytest.fixture
def browse_as(page: Page, live_server: Any, client: Any) -> Any:
    """browse_as(user, "/path/") -> the page, signed in without typing a password, as if with a second factor."""

    def go(user: User | None, path: str, language: str = "ja", second_factor: bool = True) -> Page:
        page.context.clear_cookies()
        cookies = [{"name": "language", "value": language, "url": live_server.url}]
        if user is not None:
            as_signed_in(client, user, second_factor)
            cookies.append({"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url})
        page.context.add_cookies(cookies)  # type: ignore[arg-type]
        page.goto(live_server.url + path)
        return page

    return go


@pytest.fixture
def axe_findings() -> Callable[[Page], list[str]]:
    """axe_findings(page) -> what axe calls serious or critical there; to be asserted empty."""

    def run(page: Page) -> list[str]:
        found = Axe().run(page).response["violations"]
        return [f"{v['id']}: {v['help']} {[node['html'][:160] for node in v['nodes'][:3]]}" for v in found
                if v["impact"] in ("serious", "critical")]

    return run
