"""Who may invite, change and remove whom; and that a code opens one account, once."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import check_password
from django.core import mail
from django.utils import timezone

from musubime.errors import InputError
from musubime.web.accounts import invitations
from musubime.web.accounts.areas import area_of
from musubime.web.accounts.codes import ALPHABET, new_code, plain
from musubime.web.accounts.models import AuditEntry, Invitation, Kind, Membership, Organisation, Role, User
from musubime.web.accounts.rights import may_for, may_in

pytestmark = pytest.mark.django_db
PASSWORD = "snow on the old bridge"


@pytest.fixture
def town(everyone: dict[str, User]) -> Organisation:
    return Organisation.objects.get(kind=Kind.MUNICIPALITY, area="352080")


def member(town: Organisation, role: Role) -> Membership:
    return Membership.objects.get(organisation=town, role=role)


def join(client: Any, invitation: Invitation, code: str, **more: str) -> Any:
    client.post("/accounts/join/", {"username": invitation.username, "code": code})
    return client.post("/accounts/join/finish/", {"password1": PASSWORD, "password2": PASSWORD, **more})


def test_a_lead_gives_roles_below_his_own_and_only_at_home(everyone: dict[str, User], town: Organisation) -> None:
    elsewhere = everyone["elsewhere"].memberships.get().organisation
    lead = everyone["municipality.lead"]
    assert invitations.roles_to_give(lead, town) == (Role.STAFF, Role.READER)
    assert invitations.roles_to_give(lead, elsewhere) == ()
    assert invitations.roles_to_give(everyone["municipality.staff"], town) == ()
    assert invitations.roles_to_give(everyone["prefecture.lead"], town) == ()
    assert invitations.roles_to_give(everyone["administrator"], town) == (Role.LEAD, Role.STAFF, Role.READER)


@pytest.mark.parametrize(("who", "status"), [
    ("municipality.staff", 403), ("municipality.reader", 403), ("elsewhere", 403), ("prefecture.lead", 403),
    ("rmo.lead", 403), ("ministry.lead", 403),
])
def test_nobody_else_keeps_the_members(
    who: str, status: int, everyone: dict[str, User], town: Organisation, sign_in: Any,
) -> None:
    staff = member(town, Role.STAFF)
    client = sign_in(everyone[who])
    root = f"/accounts/organisations/{town.pk}/"
    assert client.get(root).status_code == status
    assert client.post(f"{root}invite/", {"role": "reader"}).status_code == status
    for action in ("role", "remove", "code"):
        assert client.post(f"{root}members/{staff.pk}/{action}/", {"role": "reader"}).status_code == status
    assert Membership.objects.get(pk=staff.pk).role == Role.STAFF
    assert not Invitation.objects.exists()


def test_nobody_raises_rights(everyone: dict[str, User], town: Organisation, sign_in: Any) -> None:
    lead, staff = member(town, Role.LEAD), member(town, Role.STAFF)
    client = sign_in(everyone["municipality.lead"])
    root = f"/accounts/organisations/{town.pk}/"
    assert client.post(f"{root}members/{staff.pk}/role/", {"role": "lead"}).status_code == 403
    assert client.post(f"{root}members/{lead.pk}/role/", {"role": "staff"}).status_code == 403  # one's own
    answer = client.post(f"{root}invite/", {"role": "lead", "username": "second"})
    assert answer.status_code == 200  # the form again: there is no such choice
    assert not Invitation.objects.exists()
    assert client.post(f"/accounts/people/{everyone['municipality.lead'].pk}/administrator/",
                       {"administrator": "1"}).status_code == 403
    # A member named in another organisation's address is not found there.
    other = everyone["elsewhere"].memberships.get()
    assert client.post(f"{root}members/{other.pk}/remove/").status_code == 404
    client = sign_in(everyone["administrator"])
    assert client.post(f"/accounts/people/{everyone['administrator'].pk}/administrator/",
                       {"administrator": "0"}).status_code == 403


def test_a_lead_changes_and_removes_staff_and_sessions_end(
    everyone: dict[str, User], town: Organisation, sign_in: Any,
) -> None:
    from django.test import Client

    staff = member(town, Role.STAFF)
    theirs = Client()
    theirs.force_login(staff.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert theirs.get("/accounts/me/").status_code == 200
    client = sign_in(everyone["municipality.lead"])
    root = f"/accounts/organisations/{town.pk}/members/{staff.pk}"
    client.post(f"{root}/role/", {"role": "reader"})
    assert Membership.objects.get(pk=staff.pk).role == Role.READER
    client.post(f"{root}/remove/")
    assert not Membership.objects.filter(pk=staff.pk).exists()
    assert not User.objects.get(pk=staff.user_id).is_active  # belongs to nothing any more
    assert theirs.get("/accounts/me/").status_code == 302
    assert list(AuditEntry.objects.filter(organisation=town).values_list("action", flat=True)[:3]) == [
        "account_closed", "member_removed", "role_changed"]


def test_the_last_lead_stays(everyone: dict[str, User], town: Organisation, sign_in: Any) -> None:
    lead = member(town, Role.LEAD)
    client = sign_in(everyone["administrator"])
    root = f"/accounts/organisations/{town.pk}/members/{lead.pk}"
    client.post(f"{root}/remove/")
    client.post(f"{root}/role/", {"role": "staff"})
    assert Membership.objects.get(pk=lead.pk).role == Role.LEAD
    second = User.objects.create_user("second")
    Membership.objects.create(user=second, organisation=town, role=Role.LEAD)
    client.post(f"{root}/role/", {"role": "staff"})
    assert Membership.objects.get(pk=lead.pk).role == Role.STAFF


def test_somebody_with_rights_elsewhere_gets_no_new_way_in_from_a_lead(
    everyone: dict[str, User], town: Organisation, sign_in: Any,
) -> None:
    """A new code is as good as the account: a lead who gave one to somebody with further rights would get them."""
    both = member(town, Role.STAFF)
    prefecture = Organisation.objects.get(kind=Kind.PREFECTURE)
    Membership.objects.create(user=both.user, organisation=prefecture, role=Role.STAFF)
    client = sign_in(everyone["municipality.lead"])
    root = f"/accounts/organisations/{town.pk}/members"
    assert client.post(f"{root}/{both.pk}/code/").status_code == 403
    Membership.objects.create(user=everyone["administrator"], organisation=town, role=Role.READER)
    administrator = Membership.objects.get(user=everyone["administrator"])
    assert client.post(f"{root}/{administrator.pk}/code/").status_code == 403
    assert client.post(f"{root}/{member_reader(town).pk}/code/").status_code == 302


def member_reader(town: Organisation) -> Membership:
    return Membership.objects.exclude(user__is_superuser=True).get(organisation=town, role=Role.READER)


# Codes


def test_a_code_is_sixty_bits_and_read_as_people_write_it() -> None:
    assert len(ALPHABET) ** 12 == 2 ** 60
    assert len({new_code() for _ in range(200)}) == 200
    assert plain(" abcd-0il1　ｗｘｙｚ ") == "ABCD0111WXYZ"


def test_paper_opens_one_account_once(client: Any, everyone: dict[str, User], town: Organisation) -> None:
    invitation, code = invitations.invite(everyone["municipality.lead"], town, Role.STAFF, username="hanako")
    assert code not in invitation.code
    assert check_password(plain(code), invitation.code)
    answer = join(client, invitation, f" {code.lower()} ")
    assert answer.headers["Location"] == "/accounts/me/"
    hanako = User.objects.get(username="hanako")
    assert hanako.check_password(PASSWORD)
    assert hanako.memberships.get().role == Role.STAFF
    client.logout()
    assert client.post("/accounts/join/", {"username": "hanako", "code": code}).status_code == 200  # refused
    assert client.post("/accounts/join/finish/").status_code == 404


@pytest.mark.parametrize("what", ["expired", "withdrawn", "forged", "worn out"])
def test_a_code_that_is_not_good_is_refused(
    what: str, client: Any, everyone: dict[str, User], town: Organisation,
) -> None:
    invitation, code = invitations.invite(everyone["municipality.lead"], town, Role.STAFF, username="hanako")
    if what == "expired":
        Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif what == "withdrawn":
        Invitation.objects.update(withdrawn_at=timezone.now())
    elif what == "forged":
        code = new_code()
    else:
        for _ in range(invitations.MOST_FAILURES):
            client.post("/accounts/join/", {"username": "hanako", "code": new_code()})
    assert join(client, invitation, code).status_code == 404
    assert client.get(f"/accounts/join/{invitation.pk}/{code}/").status_code == 404
    assert not User.objects.filter(username="hanako").exists()
    assert AuditEntry.objects.filter(action="invitation_failed").exists()


def test_an_unknown_name_and_a_wrong_code_are_answered_alike(
    client: Any, everyone: dict[str, User], town: Organisation,
) -> None:
    invitations.invite(everyone["municipality.lead"], town, Role.STAFF, username="hanako")
    pages = [re.sub(r'value="[^"]*"|"X-CSRFToken": "[^"]*"', "", client.post(
        "/accounts/join/", {"username": name, "code": "AAAA-AAAA-AAAA"}).content.decode())
        for name in ("hanako", "nobody")]
    assert pages[0] == pages[1]


def test_two_who_come_at_once_get_one_account(everyone: dict[str, User], town: Organisation) -> None:
    invitation, _ = invitations.invite(everyone["municipality.lead"], town, Role.STAFF, username="hanako")
    same = Invitation.objects.get(pk=invitation.pk)
    invitations.open_account(invitation, display_name="", password=PASSWORD)
    with pytest.raises(invitations.UsedAlreadyError):
        invitations.open_account(same, display_name="", password=PASSWORD)


def test_a_letter_carries_a_link_that_hides_its_code(
    sign_in: Any, everyone: dict[str, User], town: Organisation, settings: Any, client: Any,
) -> None:
    settings.MAIL_IS_SENT = True
    keeper = sign_in(everyone["municipality.lead"])
    keeper.post(f"/accounts/organisations/{town.pk}/invite/",
                {"role": "staff", "username": "taro", "email": "taro@example.jp"})
    link = re.search(r"http://testserver(/accounts/join/\S+)", mail.outbox[0].body)
    assert link is not None
    assert mail.outbox[0].to == ["taro@example.jp"]
    client.logout()
    answer = client.get(link[1])
    assert answer.headers["Location"] == "/accounts/join/finish/"  # the code is gone from the address
    answer = client.post("/accounts/join/finish/", {"password1": PASSWORD, "password2": PASSWORD})
    assert User.objects.get(username="taro").email == "taro@example.jp"


def test_who_has_an_account_joins_with_it_and_keeps_a_role(
    sign_in: Any, everyone: dict[str, User], town: Organisation,
) -> None:
    person = everyone["signed in"]
    invitation, code = invitations.invite(everyone["municipality.lead"], town, Role.STAFF)
    client = sign_in(person)
    client.get(f"/accounts/join/{invitation.pk}/{code}/")
    client.post("/accounts/join/finish/")
    assert person.memberships.get().role == Role.STAFF
    # An invitation is no way around a lead: who is a reader stays one.
    reader = everyone["municipality.reader"]
    invitation, code = invitations.invite(everyone["municipality.lead"], town, Role.STAFF)
    client = sign_in(reader)
    client.get(f"/accounts/join/{invitation.pk}/{code}/")
    client.post("/accounts/join/finish/")
    assert reader.memberships.get().role == Role.READER


def test_a_new_code_gives_a_new_password_and_ends_sessions(
    sign_in: Any, everyone: dict[str, User], town: Organisation, client: Any,
) -> None:
    from django.test import Client

    staff = member(town, Role.STAFF)
    theirs = Client()
    theirs.force_login(staff.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    keeper = sign_in(everyone["municipality.lead"])
    answer = keeper.post(f"/accounts/organisations/{town.pk}/members/{staff.pk}/code/")
    page = keeper.get(answer.headers["Location"])
    code = re.search(r"key big\">([0-9A-Z-]{14})<", page.content.decode())
    assert code is not None
    assert "no-store" in page.headers["Cache-Control"]
    client.logout()
    answer = join(client, Invitation.objects.get(), code[1])
    assert answer.headers["Location"] == "/account/login/"  # not signed in: a second factor is not gone round
    assert User.objects.get(pk=staff.user_id).check_password(PASSWORD)
    assert theirs.get("/accounts/me/").status_code == 302


# Organisations


@pytest.mark.parametrize(("kind", "given", "kept"), [
    (Kind.MUNICIPALITY, "35208", "352080"), (Kind.MUNICIPALITY, "３５２０８０", "352080"),
    (Kind.RMO, " 352080 ", "352080"),
    (Kind.PREFECTURE, "35", "35"), (Kind.PREFECTURE, "350001", "35"), (Kind.MINISTRY, "", ""), (Kind.COMPANY, "", ""),
    (Kind.COMPANY, "35208", "352080"), (Kind.MUNICIPALITY, "01101", "011011"),
])
def test_codes_of_areas(kind: Kind, given: str, kept: str) -> None:
    assert area_of(kind, given) == kept


@pytest.mark.parametrize(("kind", "given"), [
    (Kind.MUNICIPALITY, "352081"), (Kind.MUNICIPALITY, "35"), (Kind.MUNICIPALITY, "350001"), (Kind.MUNICIPALITY, ""),
    (Kind.MUNICIPALITY, "1101"), (Kind.PREFECTURE, "48"), (Kind.PREFECTURE, "352080"), (Kind.PREFECTURE, ""),
    (Kind.MINISTRY, "35"), (Kind.RMO, "99999"), (Kind.PREFECTURE, "²5"), (Kind.MUNICIPALITY, "<b>35208"),
])
def test_codes_that_are_none(kind: Kind, given: str) -> None:
    with pytest.raises(InputError):
        area_of(kind, given)


def test_an_area_ends_where_it_ends(everyone: dict[str, User], town: Organisation) -> None:
    """岩国市 (352080) lies in 山口県 (35); 美祢市 (352136) does not lie in 岩国市."""
    lead = everyone["municipality.lead"]
    assert may_in(lead, "plans.publish", "352080")
    assert not may_in(lead, "plans.publish", "352136")
    assert may_in(everyone["prefecture.staff"], "plans.publish", "352136")
    assert not may_in(everyone["prefecture.staff"], "plans.publish", "342025")
    assert not may_in(everyone["prefecture.reader"], "plans.publish", "352080")
    assert may_for(lead, "accounts.members", town)
    assert not may_for(everyone["prefecture.lead"], "accounts.members", town)


def test_a_script_in_a_name_stays_words(sign_in: Any, everyone: dict[str, User]) -> None:
    client = sign_in(everyone["administrator"])
    name = "<script>alert(1)</script>"
    client.post("/accounts/organisations/new/", {"kind": "municipality", "name": name, "area": "352136"})
    organisation = Organisation.objects.get(name=name)
    for path in ("/accounts/organisations/", f"/accounts/organisations/{organisation.pk}/",
                 f"/accounts/organisations/{organisation.pk}/history/",
                 f"/accounts/organisations/{organisation.pk}/invite/", "/accounts/log/", "/"):
        page = client.get(path).content.decode()
        assert "<script>alert" not in page, path


def test_history_tells_what_an_organisation_was(sign_in: Any, everyone: dict[str, User], town: Organisation) -> None:
    client = sign_in(everyone["administrator"])
    before = town.name
    client.post(f"/accounts/organisations/{town.pk}/change/",
                {"kind": "municipality", "name": "岩国市", "area": "352080"})
    page = client.get(f"/accounts/organisations/{town.pk}/history/").content.decode()
    assert f"{before} → 岩国市" in page
    assert "administrator" in page


def test_every_right_stands_in_words_on_the_page(client: Any, everyone: dict[str, User]) -> None:
    from musubime.web.accounts.rights import PERSONAL, RIGHTS
    from musubime.web.accounts.words import RIGHT_WORDS

    assert set(RIGHT_WORDS) == set(RIGHTS)
    rows = client.get("/accounts/rights/").context["rows"]
    assert len(rows) == len(RIGHTS)
    members = next(row for row in rows if row["words"] == RIGHT_WORDS["accounts.members"])
    assert (members["anyone"], members["signed_in"], members["administrator"]) == (False, False, True)
    assert [str(cell) for cell in members["cells"]] == ["責任者"] * 6
    assert sum(row["personal"] for row in rows) == len(PERSONAL)
