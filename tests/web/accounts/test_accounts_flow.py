"""A town hall's first day, in the browser: set-up, second factor, organisation, paper code, a lead's first sign-in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import struct
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from musubime.web.accounts.first_run import setup_code
from musubime.web.accounts.models import AuditEntry, Kind, Membership, Organisation, Role, User
from musubime.web.data import DataFolder

pytestmark = pytest.mark.django_db
GOOD, ANOTHER = "snow on the old bridge", "seven cranes fly home"


def totp(secret: str) -> str:
    """RFC 6238 with SHA-1, 30 s and six digits, written out."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start:start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def submit(page: Page) -> None:
    """Press the main button of the page's main form."""
    page.locator("main form .actions button").first.click()


def keep(page: Page, name: str) -> None:
    """A picture for people to look at, where SHOTS names a folder."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def test_the_first_day(page: Page, live_server: Any, data: DataFolder, axe_findings: Any) -> None:
    def looked_at(name: str) -> None:
        assert axe_findings(page) == [], name
        keep(page, name)

    code = setup_code(data)
    assert code is not None
    page.goto(live_server.url + "/")
    assert page.url.endswith("/accounts/first/")
    looked_at("first")

    def fill(code: str) -> None:
        page.fill("[name=code]", code)
        page.fill("[name=username]", "Soumu")
        page.fill("[name=password1]", GOOD)
        page.fill("[name=password2]", GOOD)
        submit(page)

    fill("0000-0000-0000")
    assert not User.objects.exists()
    looked_at("first-wrong")
    fill(code.lower().replace("-", " "))
    assert page.url == live_server.url + "/"
    user = User.objects.get()
    assert (user.username, user.is_superuser, user.check_password(GOOD)) == ("soumu", True, True)
    assert not (data.root / "first-run.code").exists()
    looked_at("home-administrator")

    # What holds personal data asks for a second factor, and the reader comes back to where he was going.
    page.goto(live_server.url + "/accounts/organisations/")
    assert page.url.endswith("/account/2fa/")
    looked_at("second-factor-asked")
    page.locator("main a.button").first.click()
    page.fill("[name=password]", GOOD)
    looked_at("is-it-you")
    submit(page)
    secret = page.text_content("#authenticator_secret") or ""
    looked_at("second-factor-set-up")
    page.fill("[name=code]", "000000")
    submit(page)
    assert page.locator(".errorlist").count() >= 1
    page.fill("[name=code]", totp(secret))
    submit(page)
    recovery = page.locator(".codes code").all_text_contents()
    assert len(recovery) == 10
    looked_at("recovery-codes")
    page.locator("main .actions a.button").first.click()
    assert page.url.endswith("/accounts/organisations/")
    looked_at("organisations-none")

    page.goto(live_server.url + "/accounts/organisations/new/")
    page.fill("[name=name]", "岩国市")
    page.fill("[name=area]", "352081")  # the check digit is 0
    submit(page)
    assert not Organisation.objects.exists()
    looked_at("organisation-wrong")
    page.fill("[name=area]", "35208")
    submit(page)
    organisation = Organisation.objects.get()
    assert (organisation.kind, organisation.area) == (Kind.MUNICIPALITY, "352080")
    looked_at("invite")
    assert page.is_checked(f"[name=role][value={Role.LEAD}]")  # it has none yet
    page.fill("[name=username]", "hanako")
    submit(page)
    paper = page.text_content(".sheet .big") or ""
    looked_at("sheet")
    page.reload()
    assert page.locator(".sheet").count() == 0  # shown once
    looked_at("sheet-again")
    page.goto(f"{live_server.url}/accounts/organisations/{organisation.pk}/")
    looked_at("organisation")

    # The lead comes in with the paper.
    page.goto(live_server.url + "/account/logout/")
    looked_at("sign-out")
    submit(page)
    page.goto(live_server.url + "/accounts/join/?u=hanako")
    page.fill("[name=code]", "WRONG-WRONG")
    submit(page)
    looked_at("join-wrong")
    page.fill("[name=code]", paper)
    submit(page)
    looked_at("join-finish")
    page.fill("[name=password1]", "password1234")
    page.fill("[name=password2]", "password1234")
    submit(page)
    assert not User.objects.filter(username="hanako").exists()  # a common password
    page.fill("[name=password1]", ANOTHER)
    page.fill("[name=password2]", ANOTHER)
    submit(page)
    assert page.url.endswith("/accounts/me/")
    looked_at("me")
    assert Membership.objects.get(user__username="hanako").role == Role.LEAD

    # The administrator signs in again: password, then one of the recovery codes; it works once.
    page.goto(live_server.url + "/account/logout/")
    submit(page)
    for attempt in (1, 2):
        page.goto(live_server.url + "/account/login/?next=/accounts/log/")
        if attempt == 1:
            looked_at("sign-in")
        page.fill("[name=login]", "soumu")
        page.fill("[name=password]", GOOD)
        submit(page)
        looked_at("second-factor")
        page.fill("[name=code]", recovery[0])
        submit(page)
        if attempt == 1:
            assert page.url.endswith("/accounts/log/")  # no second question
            looked_at("log")
            page.goto(live_server.url + "/account/logout/")
            submit(page)
    assert "/account/2fa/authenticate/" in page.url  # the code was used already
    done = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"first_run", "signed_in", "signed_out", "second_factor_added", "organisation_made", "invited",
            "invitation_failed", "joined", "looked_at_members", "looked_at_log", "second_factor_failed"} <= done


@pytest.mark.parametrize(("language", "width"), [("ja", 390), ("en", 1920)])
def test_pages_are_accessible_on_telephone_and_wall(
    language: str, width: int, everyone: dict[str, User], browse_as: Any, axe_findings: Any, page: Page,
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    organisation = Organisation.objects.get(kind=Kind.MUNICIPALITY, area="352080")
    for name, who, path in (
        ("home", "anyone", "/"), ("home-lead", "municipality.lead", "/"), ("log-in", "anyone", "/account/login/"),
        ("forgotten", "anyone", "/account/password/reset/"),
        ("join", "anyone", "/accounts/join/"), ("rights", "anyone", "/accounts/rights/"),
        ("me", "municipality.lead", "/accounts/me/"), ("second-factor", "administrator", "/account/2fa/"),
        ("password", "administrator", "/account/password/change/"),
        ("organisations", "administrator", "/accounts/organisations/"),
        ("new", "administrator", "/accounts/organisations/new/"),
        ("organisation", "municipality.lead", f"/accounts/organisations/{organisation.pk}/"),
        ("invite", "municipality.lead", f"/accounts/organisations/{organisation.pk}/invite/"),
        ("history", "municipality.lead", f"/accounts/organisations/{organisation.pk}/history/"),
        ("people", "administrator", "/accounts/people/"), ("log", "administrator", "/accounts/log/"),
    ):
        browse_as(everyone[who], path, language)
        assert axe_findings(page) == [], f"{name} {language} {width}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} {language} {width} is too wide"
        keep(page, f"{name}-{language}-{width}")


def test_the_keyboard_alone_signs_in(page: Page, live_server: Any, everyone: dict[str, User]) -> None:
    page.goto(live_server.url + "/account/login/")
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "login":
            break
    page.keyboard.type("person")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "password"
    page.keyboard.type("a good password 1")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(live_server.url + "/")
    assert page.locator("a[href='/accounts/me/']").count() >= 1
