"""Signing in: what is refused, what is not told, what ends."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from cryptography.fernet import InvalidToken
from django.core import mail
from django.test import Client

from musubime.web import settings as ours
from musubime.web.accounts.first_run import is_setup_code, setup_code
from musubime.web.accounts.middleware import BEGAN
from musubime.web.accounts.models import AuditEntry, User
from musubime.web.accounts.seal import seal, unseal
from musubime.web.data import DataFolder

pytestmark = pytest.mark.django_db
RIGHT = "a good password 1"


def try_password(client: Any, name: str, password: str, **more: Any) -> Any:
    return client.post("/account/login/", {"login": name, "password": password}, **more)


def _without_secrets(page: str) -> str:
    return re.sub(r'value="[^"]*"|"X-CSRFToken": "[^"]*"', "", page)


# First run


def test_a_stranger_who_comes_first_makes_nothing(client: Any, data: DataFolder) -> None:
    assert client.get("/").headers["Location"] == "/accounts/first/"
    assert client.get("/account/login/").headers["Location"] == "/accounts/first/"
    code = setup_code(data)
    form = {"username": "thief", "password1": "snow on the old bridge", "password2": "snow on the old bridge"}
    for wrong in ("", "0000-0000-0000", f"{code}0"):
        assert client.post("/accounts/first/", {**form, "code": wrong}).status_code == 200
    assert not User.objects.exists()
    assert client.post("/accounts/first/", {**form, "code": code}).status_code == 302
    assert client.post("/accounts/first/", {**form, "username": "second", "code": code}).status_code == 404
    assert User.objects.count() == 1


def test_the_code_is_its_owners_alone_and_goes(data: DataFolder) -> None:
    code = setup_code(data)
    path = data.root / "first-run.code"
    assert path.stat().st_mode & 0o777 == 0o600
    assert code is not None
    assert setup_code(data) == code  # a restart shows the same
    assert is_setup_code(data, code.lower().replace("-", ""))
    User.objects.create_user("somebody")
    assert not is_setup_code(data, code)
    assert not path.exists()


# Passwords


@pytest.mark.parametrize(("name", "password"), [("person", "wrong"), ("nobody", "wrong"), ("", "wrong")])
def test_a_name_that_exists_is_answered_like_one_that_does_not(
    name: str, password: str, client: Any, everyone: dict[str, User],
) -> None:
    unknown = _without_secrets(try_password(Client(), "nobody at all", password).content.decode())
    answer = try_password(client, name or "x", password)
    assert _without_secrets(answer.content.decode()) == unknown


def test_a_forgotten_password_tells_nothing(client: Any, everyone: dict[str, User], settings: Any) -> None:
    settings.MAIL_IS_SENT = True
    User.objects.filter(username="person").update(email="person@example.jp")
    answers = [client.post("/account/password/reset/", {"email": address}) for address in
               ("person@example.jp", "nobody@example.jp")]
    assert [(a.status_code, a.headers["Location"]) for a in answers] == [(302, "/account/password/reset/done/")] * 2
    assert [message.to for message in mail.outbox] == [["person@example.jp"]]  # and no stranger is written to


def test_a_new_password_by_letter_once_and_without_being_signed_in(
    client: Any, everyone: dict[str, User], settings: Any,
) -> None:
    settings.MAIL_IS_SENT = True
    User.objects.filter(username="person").update(email="person@example.jp")
    client.post("/account/password/reset/", {"email": "person@example.jp"})
    link = re.search(r"http://testserver(/account/password/reset/key/\S+)", mail.outbox[0].body)
    assert link is not None
    address = client.get(link[1]).headers["Location"]  # the key is gone from the address
    client.post(address, {"password1": "snow on the old bridge", "password2": "snow on the old bridge"})
    assert User.objects.get(username="person").check_password("snow on the old bridge")
    assert "_auth_user_id" not in client.session
    again = Client().get(link[1])
    assert again.status_code == 200
    assert "password1" not in again.content.decode()


def test_five_wrong_passwords_lock_whatever_the_spelling(everyone: dict[str, User]) -> None:
    client = Client()
    for name in ("person", "Person", "PERSON", "pErson", "person"):
        answer = try_password(client, name, "wrong")
    assert answer.status_code == 429
    assert try_password(client, "person", RIGHT).status_code in (200, 429)
    assert "_auth_user_id" not in client.session
    assert AuditEntry.objects.filter(action="locked_out", user=everyone["signed in"]).exists()


def test_somebody_elses_errors_lock_nobody_else(everyone: dict[str, User]) -> None:
    stranger = Client(REMOTE_ADDR="192.0.2.7")
    for _ in range(6):
        try_password(stranger, "municipality-lead", "wrong")
    assert try_password(Client(REMOTE_ADDR="192.0.2.8"), "person", RIGHT).status_code == 302


@pytest.mark.parametrize("password", [
    "short", "123456789012", "password1234", "            ", "abababababab",
])
def test_passwords_that_are_refused(password: str, everyone: dict[str, User], sign_in: Any) -> None:
    client = sign_in(everyone["signed in"])
    client.post("/account/password/change/", {"oldpassword": RIGHT, "password1": password, "password2": password})
    assert User.objects.get(username="person").check_password(RIGHT)


@pytest.mark.parametrize("password", ["雪の古い橋を渡る七羽の鶴", "x" * 64 + " and blanks", "🦢 seven cranes"])
def test_passwords_that_are_taken(password: str, everyone: dict[str, User], sign_in: Any) -> None:
    client = sign_in(everyone["signed in"])
    client.post("/account/password/change/", {"oldpassword": RIGHT, "password1": password, "password2": password})
    assert User.objects.get(username="person").check_password(password)


def test_passwords_are_kept_with_a_slow_hash() -> None:
    from django.contrib.auth.hashers import make_password
    from django.test import override_settings

    with override_settings(PASSWORD_HASHERS=ours.PASSWORD_HASHERS):
        assert make_password("x").startswith(("argon2$argon2id$", "pbkdf2_sha256$"))


# Sessions


def test_a_session_that_was_planted_is_not_used(client: Any, everyone: dict[str, User]) -> None:
    client.get("/accounts/join/")
    client.cookies["sessionid"] = "planted" * 5
    try_password(client, "person", RIGHT)
    assert client.cookies["sessionid"].value != "planted" * 5
    before = client.cookies["sessionid"].value
    client.post("/account/logout/")
    try_password(client, "person", RIGHT)
    assert client.cookies["sessionid"].value != before


def test_a_new_password_ends_the_other_sessions(sign_in: Any, everyone: dict[str, User]) -> None:
    other = Client()
    other.force_login(everyone["signed in"], backend="allauth.account.auth_backends.AuthenticationBackend")
    client = sign_in(everyone["signed in"])
    new = "snow on the old bridge"
    client.post("/account/password/change/", {"oldpassword": RIGHT, "password1": new, "password2": new})
    assert client.get("/accounts/me/").status_code == 200
    assert other.get("/accounts/me/").status_code == 302


def test_signing_out_everywhere(sign_in: Any, everyone: dict[str, User]) -> None:
    other = Client()
    other.force_login(everyone["signed in"], backend="allauth.account.auth_backends.AuthenticationBackend")
    client = sign_in(everyone["signed in"])
    client.post("/accounts/me/sessions/")
    assert client.get("/accounts/me/").status_code == 200
    assert other.get("/accounts/me/").status_code == 302


def test_a_session_lasts_half_a_day_however_busy(client: Any, everyone: dict[str, User]) -> None:
    try_password(client, "person", RIGHT)
    assert client.get("/accounts/me/").status_code == 200
    session = client.session
    session[BEGAN] = time.time() - 12 * 3600 - 1
    session.save()
    assert client.get("/accounts/me/").status_code == 302


def test_a_closed_account_is_out(client: Any, sign_in: Any, everyone: dict[str, User]) -> None:
    sign_in(everyone["signed in"])
    User.objects.filter(username="person").update(is_active=False)
    assert client.get("/accounts/me/").status_code == 302
    again = Client()
    assert try_password(again, "person", RIGHT).headers["Location"] == "/account/inactive/"
    assert "_auth_user_id" not in again.session


# Second factor


@pytest.fixture
def with_totp(everyone: dict[str, User]) -> tuple[User, str]:
    user = everyone["municipality.lead"]
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    return user, secret


def test_the_password_alone_is_not_enough(client: Any, with_totp: tuple[User, str]) -> None:
    answer = try_password(client, with_totp[0].username, RIGHT)
    assert answer.headers["Location"].startswith("/account/2fa/authenticate/")
    assert client.get("/accounts/me/").status_code == 302
    for _ in range(12):
        answer = client.post("/account/2fa/authenticate/", {"code": "000000"})
    assert "_auth_user_id" not in client.session
    assert AuditEntry.objects.filter(action="second_factor_failed").count() <= 5  # then no further guess is looked at


def test_secrets_of_second_factors_stand_sealed(with_totp: tuple[User, str]) -> None:
    kept = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    assert with_totp[1] not in kept
    for code in RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).get_unused_codes():
        assert code not in kept
    with pytest.raises(InvalidToken):
        unseal(seal("x", "sheet"), "second factor")


def test_without_the_second_factor_pages_with_people_are_closed_again(
    sign_in: Any, with_totp: tuple[User, str],
) -> None:
    client = sign_in(with_totp[0], second_factor=False)
    answer = client.get("/accounts/organisations/")
    assert answer.headers["Location"] == "/account/2fa/reauthenticate/?next=%2Faccounts%2Forganisations%2F"
    client = sign_in(with_totp[0])
    assert client.get("/accounts/organisations/").status_code == 200
    session = client.session
    session["account_authentication_methods"] = [
        {"method": "mfa", "type": "totp", "at": time.time(), "reauthenticated": True}]
    session.save()
    client.post("/account/2fa/totp/deactivate/")
    assert not Authenticator.objects.exists()
    assert client.get("/accounts/organisations/").headers["Location"] == "/account/2fa/"


# What there is not


@pytest.mark.parametrize("path", [
    "/account/signup/", "/account/email/", "/account/confirm-email/", "/account/password/set/", "/account/login/code/",
    "/account/3rdparty/", "/account/2fa/webauthn/", "/admin/",
])
def test_pages_that_have_no_use_here_are_not_there(path: str, sign_in: Any, everyone: dict[str, User]) -> None:
    assert sign_in(everyone["administrator"]).get(path).status_code == 404
