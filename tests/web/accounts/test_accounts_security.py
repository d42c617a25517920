"""What keeps every page: headers, cookies, hosts, addresses that lead elsewhere, sizes; in the browser too."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser

from musubime.web.accounts.mail import mail_settings
from musubime.web.accounts.models import User
from musubime.web.data import VARIABLE

pytestmark = pytest.mark.django_db
RIGHT = "a good password 1"


def test_headers_of_every_page(client: Any, everyone: dict[str, User]) -> None:
    for path in ("/", "/account/login/", "/accounts/rights/", "/nothing/"):
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        for part in ("default-src 'self'", "object-src 'none'", "frame-ancestors 'none'", "form-action 'self'",
                     "base-uri 'self'"):
            assert part in policy
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "Server" not in headers
        assert headers["Content-Type"] == "text/html; charset=utf-8"


def test_an_injected_script_does_not_run(chromium: Browser, live_server: Any, everyone: dict[str, User]) -> None:
    """The page as the server sends it, with its own headers, and three ways in which a script is smuggled in."""
    page = chromium.new_page()
    smuggled = ("<script>window.stolen = 1</script><img src='/nothing.png' onerror='window.stolen = 2'>"
                "<a id='trap' href='javascript:window.stolen = 3'>x</a>"
                "<script src='http://example.org/x.js'></script>")

    def inject(route: Any) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace("<main", smuggled + "<main"))

    page.route("**/account/login/", inject)
    page.goto(live_server.url + "/account/login/")
    page.click("#trap")
    page.wait_for_load_state()
    assert page.locator("#trap").count() == 1  # it was there
    assert page.evaluate("window.stolen === undefined")
    page.close()


def test_nobody_frames_a_page(chromium: Browser, live_server: Any, everyone: dict[str, User]) -> None:
    page = chromium.new_page()
    page.goto(live_server.url + "/nothing/")
    page.evaluate("""address => new Promise(done => {
        const frame = document.createElement('iframe'); frame.src = address; frame.onload = done;
        document.body.append(frame) })""", live_server.url + "/account/login/")
    assert page.frames[-1].locator("[name=password]").count() == 0
    page.close()


@pytest.mark.parametrize("elsewhere", [
    "https://example.org/", "//example.org/", "/\\example.org", "javascript:alert(1)", "http:///example.org",
    "https://testserver@example.org/", "\thttps://example.org/",
])
def test_no_address_of_ours_leads_elsewhere(elsewhere: str, client: Any, everyone: dict[str, User]) -> None:
    answer = client.post("/account/login/", {"login": "person", "password": RIGHT, "next": elsewhere})
    assert answer.headers["Location"] == "/"
    answer = client.post("/account/reauthenticate/", {"password": RIGHT, "next": elsewhere})
    assert answer.headers["Location"] == "/"
    assert client.post("/language/", {"language": "en", "next": elsewhere}).headers["Location"] == "/"
    assert client.post("/account/logout/", {"next": elsewhere}).headers["Location"] == "/"


@pytest.mark.parametrize("host", ["example.org", "localhost.example.org", "testserver@example.org", "a b"])
def test_another_host_is_not_ours(host: str, client: Any, everyone: dict[str, User]) -> None:
    assert client.get("/account/login/", HTTP_HOST=host).status_code == 400
    assert client.post("/account/password/reset/", {"email": "a@example.jp"}, HTTP_HOST=host).status_code == 400


def test_cookies_are_for_the_server_alone(client: Any, everyone: dict[str, User]) -> None:
    client.post("/account/login/", {"login": "person", "password": RIGHT})
    client.post("/language/", {"language": "en"})
    for name in ("sessionid", "language"):
        assert client.cookies[name]["httponly"]
        assert client.cookies[name]["samesite"] == "Lax"
    assert client.cookies["sessionid"]["expires"] == ""  # ends with the browser


def test_signing_in_from_another_site_is_refused(everyone: dict[str, User]) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post("/account/login/", {"login": "person", "password": RIGHT}).status_code == 403
    assert client.get("/account/logout/").status_code == 302  # asks nobody who is not signed in
    client.force_login(everyone["signed in"], backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get("/account/logout/").status_code == 200  # looking at it signs nobody out
    assert client.get("/accounts/me/").status_code == 200


def test_pages_of_somebody_are_kept_by_nobody(sign_in: Any, client: Any, everyone: dict[str, User]) -> None:
    assert "private" not in client.get("/accounts/rights/").headers.get("Cache-Control", "")
    client = sign_in(everyone["administrator"])
    assert client.get("/accounts/me/").headers["Cache-Control"] == "private, no-cache"
    for path in ("/accounts/people/", "/accounts/log/", "/accounts/log.csv", "/accounts/organisations/"):
        assert client.get(path).headers["Cache-Control"] == "private, no-store"


def test_too_much_is_refused(client: Any, everyone: dict[str, User]) -> None:
    big = "x" * (6 * 1024 * 1024)
    assert client.post("/account/login/", {"login": big, "password": "x"}).status_code in (200, 400, 413)
    answer = client.post("/account/login/", f"login={big}", content_type="application/x-www-form-urlencoded")
    assert answer.status_code in (400, 413)
    many = "&".join(f"a{n}=1" for n in range(2000))
    assert client.post("/account/login/", many, content_type="application/x-www-form-urlencoded").status_code == 400


@pytest.mark.parametrize("path", [
    "/static/../secret.key", "/static/%2e%2e/secret.key", "/static/..%2fsite.sqlite3", "/first-run.code", "/secret.key",
    "/static/musubime/", "/.git/config", "/site.sqlite3",
])
def test_the_data_folder_is_not_served(path: str, client: Any, everyone: dict[str, User]) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("query", [
    "q='%20OR%201=1--", "page=-1", "page=99999999999999999999", "q=%F0%9F%A6%A2",
])
def test_odd_questions_break_nothing(query: str, sign_in: Any, everyone: dict[str, User]) -> None:
    client = sign_in(everyone["administrator"])
    for path in ("/accounts/people/", "/accounts/log/"):
        assert client.get(f"{path}?{query}&person={query[2:]}").status_code == 200


@pytest.mark.parametrize("path", ["/accounts/people/?q=%00", "/accounts/log/?person=a%00b", "/?%00", "/plans/%00/"])
def test_a_character_that_no_text_holds_is_refused(path: str, sign_in: Any, everyone: dict[str, User]) -> None:
    assert sign_in(everyone["administrator"]).get(path).status_code == 400


def test_an_error_shows_no_insides(client: Any, everyone: dict[str, User], monkeypatch: pytest.MonkeyPatch) -> None:
    def fall(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("insides of the site")

    monkeypatch.setattr("musubime.web.accounts.views.entering.JoinForm", fall)
    client.raise_request_exception = False
    answer = client.get("/accounts/join/")
    assert answer.status_code == 500
    page = answer.content.decode()
    assert "サーバーで問題が起きました" in page
    assert "insides" not in page
    assert "Traceback" not in page


BEHIND_A_PROXY = """
import django; django.setup()
from django.conf import settings
from django.core.management import call_command
from django.test import Client, RequestFactory
from musubime.web.accounts.clients import client_address
from musubime.web.accounts.models import User
call_command("migrate", verbosity=0)
User.objects.create_user("person", password="a good password 1")
plain = Client(SERVER_NAME="town.example.jp")
answer = plain.get("/")
assert answer.status_code == 301 and answer.headers["Location"] == "https://town.example.jp/", answer.headers
safe = {"HTTP_X_FORWARDED_PROTO": "https"}
answer = plain.get("/", **safe)
assert answer.headers["Strict-Transport-Security"] == "max-age=31536000", answer.headers
answer = plain.post("/account/login/", {"login": "person", "password": "a good password 1"}, **safe)
assert answer.status_code == 302, answer
assert plain.cookies["sessionid"]["secure"] and settings.CSRF_COOKIE_SECURE
assert plain.get("/", HTTP_HOST="localhost", **safe).status_code == 400
request = RequestFactory().get("/", HTTP_X_FORWARDED_FOR="6.6.6.6, 192.0.2.1", REMOTE_ADDR="127.0.0.1")
assert client_address(request) == "192.0.2.1", client_address(request)  # what the client wrote itself is not believed
assert settings.PASSWORD_HASHERS[0].split(".")[-1].startswith(("Argon2", "PBKDF2"))
print("all well")
"""


def test_behind_a_proxy_all_is_https(tmp_path: Path) -> None:
    from musubime.web.data import DataFolder

    DataFolder(tmp_path / "proxied").prepare()
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | {
        VARIABLE: str(tmp_path / "proxied"), "MUSUBIME_PROXY": "1", "MUSUBIME_HOSTS": "town.example.jp",
        "DJANGO_SETTINGS_MODULE": "musubime.web.settings",
    }
    answer = subprocess.run(
        [sys.executable, "-c", BEHIND_A_PROXY], env=environment, capture_output=True, text=True, check=False)
    assert "all well" in answer.stdout, answer.stderr[-3000:]


def test_without_a_proxy_what_a_client_says_of_itself_is_not_believed(rf: Any) -> None:
    from musubime.web.accounts.clients import client_address

    assert client_address(rf.get("/", HTTP_X_FORWARDED_FOR="6.6.6.6", REMOTE_ADDR="192.0.2.1")) == "192.0.2.1"


def test_mail_settings() -> None:
    kept = mail_settings("smtps://town%40mail:pa%2Fss@mail.example.jp?from=hall@example.jp")
    assert (kept["EMAIL_PORT"], kept["EMAIL_USE_SSL"], kept["EMAIL_USE_TLS"]) == (465, True, False)
    assert (kept["EMAIL_HOST_USER"], kept["EMAIL_HOST_PASSWORD"]) == ("town@mail", "pa/ss")
    assert kept["DEFAULT_FROM_EMAIL"] == "hall@example.jp"
    assert not mail_settings("imap://mail.example.jp")["MAIL_IS_SENT"]


def test_every_test_that_the_list_names_exists() -> None:
    root = Path(__file__).resolve().parents[3]
    named = set(re.findall(r"`(test_\w+)`", (root / "docs" / "security.md").read_text("utf-8")))
    pages = [path.read_text("utf-8") for path in root.glob("tests/web/**/*.py")]
    written = set(re.findall(r"def (test_\w+)", "".join(pages)))
    assert named
    assert not named - written
