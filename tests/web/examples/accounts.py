"""An address for every page of the accounts."""

from __future__ import annotations

from musubime.web.accounts import invitations
from musubime.web.accounts.models import Kind, Membership, Organisation, Role, User


def addresses() -> dict[str, dict[str, object]]:
    """Things of 岩国市: a lead, a member of the staff, and an invitation."""
    organisation = Organisation.objects.filter(kind=Kind.MUNICIPALITY, area="352080").first()
    if organisation is None:
        organisation = Organisation.objects.create(kind=Kind.MUNICIPALITY, name="岩国市", area="352080")
    lead, _ = User.objects.get_or_create(username="example-lead")
    staff, _ = User.objects.get_or_create(username="example-staff")
    Membership.objects.get_or_create(user=lead, organisation=organisation, defaults={"role": Role.LEAD})
    member, _ = Membership.objects.get_or_create(
        user=staff, organisation=organisation, defaults={"role": Role.STAFF})
    invitation, code = invitations.invite(lead, organisation, Role.READER)
    one, its = {"pk": organisation.pk}, {"pk": organisation.pk, "membership": member.pk}
    person = {"pk": staff.pk}
    return {
        "accounts:first_run": {}, "accounts:join": {}, "accounts:join_finish": {},
        "accounts:join_link": {"pk": invitation.pk, "code": code},
        "accounts:me": {}, "accounts:end_sessions": {}, "accounts:rights": {},
        "accounts:organisations": {}, "accounts:make_organisation": {},
        "accounts:organisation": one, "accounts:change_organisation": one, "accounts:history": one,
        "accounts:invite": one,
        "accounts:change_role": its, "accounts:remove": its, "accounts:new_code": its,
        "accounts:sheet": {"pk": invitation.pk}, "accounts:withdraw": {"pk": invitation.pk},
        "accounts:people": {}, "accounts:set_active": person, "accounts:set_administrator": person,
        "accounts:person_new_code": person,
        "accounts:log": {}, "accounts:log_export": {},
    }


def narrower() -> dict[str, frozenset[str]]:
    """An organisation is kept by the administrator and by those who lead just this one."""
    keepers = frozenset({"administrator", "municipality.lead"})
    names = ("organisation", "history", "invite", "change_role", "remove", "new_code", "sheet", "withdraw")
    return {f"accounts:{name}": keepers for name in names}
