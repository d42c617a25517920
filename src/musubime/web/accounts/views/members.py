"""An organisation's members and invitations."""

from __future__ import annotations

from typing import Any

import segno
from allauth.account.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.mail import EmailMessage
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from musubime.language import text

from .. import invitations
from ..audit import record
from ..forms import InvitationForm
from ..models import Invitation, Membership, Organisation, Role, User
from ..rights import may, require_for
from ..seal import seal, unseal
from ..words import KINDS, SHORT_ROLES
from .entering import days_left, join_address
from .organisations import area_words

SHOWN_ONCE = "code_to_show"  # in the session: [invitation, its sealed code], until the sheet is shown


def _own(request: HttpRequest, pk: Any) -> Organisation:
    organisation = get_object_or_404(Organisation, pk=pk)
    require_for(request, "accounts.members", organisation)
    return organisation


def _actor(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@may("accounts.members")
def page(request: HttpRequest, pk: Any) -> HttpResponse:
    organisation = _own(request, pk)
    actor = _actor(request)
    members = organisation.memberships.select_related("user", "organisation").order_by("user__username")
    given = invitations.roles_to_give(actor, organisation)
    rows = [{
        "membership": m, "role": SHORT_ROLES.get(m.role), "second_factor": is_mfa_enabled(m.user, ["totp"]),
        "may_change": invitations.may_change(actor, m), "may_renew": invitations.may_renew(actor, m.user),
        "last_lead": invitations.is_last_lead(m),
        "roles": [(role, SHORT_ROLES[role]) for role in given],
    } for m in members]
    waiting = [{
        "invitation": i, "role": SHORT_ROLES.get(i.role), "open": invitations.is_open(i), "days": days_left(i),
    } for i in organisation.invitations.filter(used_at=None, withdrawn_at=None)]
    record(request, "looked_at_members", organisation, organisation=organisation, count=len(rows))
    return render(request, "accounts/organisation.html", {
        "organisation": organisation, "kind": KINDS.get(organisation.kind), "area": area_words(organisation),
        "rows": rows, "waiting": waiting, "may_invite": bool(given),
        "has_lead": any(m.role == Role.LEAD for m in members),
    })


@may("accounts.members")
def invite(request: HttpRequest, pk: Any) -> HttpResponse:
    organisation = _own(request, pk)
    roles = invitations.roles_to_give(_actor(request), organisation)
    has_lead = organisation.memberships.filter(role=Role.LEAD).exists()
    first = Role.LEAD if Role.LEAD in roles and not has_lead else Role.STAFF
    form = InvitationForm(request.POST or None, roles=roles, initial={"role": first})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        invitation, code = invitations.invite(
            _actor(request), organisation, Role(given["role"]), username=given["username"],
            display_name=given["display_name"], email=given["email"])
        sent = _send(request, invitation, code)
        record(request, "invited", invitation, organisation=organisation, role=invitation.role, by_mail=sent)
        if sent:
            messages.success(request, str(text("The invitation has gone out to {address}.", address=invitation.email)))
            return redirect("accounts:organisation", organisation.pk)
        return _to_sheet(request, invitation, code)
    return render(request, "accounts/invite.html", {
        "form": form, "organisation": organisation, "mail": settings.MAIL_IS_SENT})


def _send(request: HttpRequest, invitation: Invitation, code: str) -> bool:
    """Whether a letter with the link went out."""
    if not (invitation.email and settings.MAIL_IS_SENT and invitation.organisation):
        return False
    words = text(
        "You are invited to Musubime by {organisation}.\n\nOpen this address and choose a password; it works once, "
        "until {date}:\n{address}\n\nYour user name: {username}\n\nIf you did not expect this letter, do nothing.",
        organisation=invitation.organisation.name, address=join_address(request, invitation, code),
        username=invitation.username, date=timezone.localtime(invitation.expires_at).strftime("%Y-%m-%d"))
    subject = get_adapter().format_email_subject(str(text("Invitation to Musubime")))
    try:
        EmailMessage(subject, str(words), to=[invitation.email]).send()
    except OSError:
        messages.warning(
            request, str(text("The letter could not be sent. Print the sheet, or give the link yourself.")))
        return False
    return True


def _to_sheet(request: HttpRequest, invitation: Invitation, code: str) -> HttpResponse:
    request.session[SHOWN_ONCE] = [str(invitation.pk), seal(code, "sheet")]
    return redirect("accounts:sheet", invitation.pk)


@never_cache
@may("accounts.members")
def sheet(request: HttpRequest, pk: Any) -> HttpResponse:
    """One sheet of paper with user name, one-time code and the address. The code is shown once and kept nowhere."""
    invitation = get_object_or_404(Invitation.objects.select_related("organisation", "user"), pk=pk)
    if invitation.organisation is not None:
        require_for(request, "accounts.members", invitation.organisation)
    elif not _actor(request).is_superuser:
        raise PermissionDenied
    kept = request.session.pop(SHOWN_ONCE, None)
    code = unseal(kept[1], "sheet") if kept and kept[0] == str(invitation.pk) else ""
    address = join_address(request)
    return render(request, "accounts/sheet.html", {
        "invitation": invitation, "code": code, "address": address, "days": invitations.VALID_DAYS,
        "link": join_address(request, invitation, code) if code else "",
        "qr": segno.make(f"{address}?u={invitation.username}", micro=False).svg_data_uri(scale=5, border=2),
    })


@require_POST
@may("accounts.members")
def withdraw(request: HttpRequest, pk: Any) -> HttpResponse:
    invitation = get_object_or_404(Invitation, pk=pk, organisation__isnull=False)
    assert invitation.organisation is not None
    require_for(request, "accounts.members", invitation.organisation)
    if invitation.used_at is None and invitation.withdrawn_at is None:
        invitation.withdrawn_at = timezone.now()
        invitation.save(update_fields=["withdrawn_at"])
        record(request, "invitation_withdrawn", invitation, organisation=invitation.organisation)
    return redirect("accounts:organisation", invitation.organisation.pk)


def _membership(request: HttpRequest, pk: Any, membership: int) -> Membership:
    """The member to act on, of an organisation that is the actor's to keep. Raises PermissionDenied."""
    organisation = _own(request, pk)
    found = get_object_or_404(
        Membership.objects.select_related("user", "organisation"), pk=membership, organisation=organisation)
    if not invitations.may_change(_actor(request), found):
        raise PermissionDenied
    return found


def _last_lead(request: HttpRequest, membership: Membership) -> HttpResponse | None:
    """A refusal when the organisation would be left without a lead."""
    if not invitations.is_last_lead(membership):
        return None
    messages.error(request, str(text("This is the last lead. Invite another one first.")))
    return redirect("accounts:organisation", membership.organisation_id)


@require_POST
@may("accounts.members")
def change_role(request: HttpRequest, pk: Any, membership: int) -> HttpResponse:
    with transaction.atomic():
        found = _membership(request, pk, membership)
        role = request.POST.get("role", "")
        if role not in set(Role):
            return redirect("accounts:organisation", pk)
        if role not in invitations.roles_to_give(_actor(request), found.organisation):
            raise PermissionDenied
        if role != found.role:
            if (refused := _last_lead(request, found)) is not None:
                return refused
            before, found.role = found.role, role
            found.save(update_fields=["role"])
            record(request, "role_changed", found.user, organisation=found.organisation, before=before, after=role)
    return redirect("accounts:organisation", pk)


@require_POST
@may("accounts.members")
def remove(request: HttpRequest, pk: Any, membership: int) -> HttpResponse:
    """End a membership. Who belongs to nothing any more cannot sign in: the account is closed, not erased."""
    with transaction.atomic():
        found = _membership(request, pk, membership)
        if (refused := _last_lead(request, found)) is not None:
            return refused
        person = found.user
        record(request, "member_removed", person, organisation=found.organisation, role=found.role)
        found.delete()
        if not person.is_superuser and not person.memberships.exists():
            person.is_active = False
            person.save(update_fields=["is_active"])
            record(request, "account_closed", person, organisation=found.organisation)
        person.end_sessions()
    messages.success(request, str(text("{name} does not belong to it any more.", name=person.shown_name)))
    return redirect("accounts:organisation", pk)


@require_POST
@may("accounts.members")
def new_code(request: HttpRequest, pk: Any, membership: int) -> HttpResponse:
    """Paper for somebody who has forgotten the password and has no e-mail; with `second_factor` also for somebody who
    has lost the telephone."""
    found = _membership(request, pk, membership)
    return give_new_code(request, found.user, found.organisation)


def give_new_code(request: HttpRequest, person: User, organisation: Organisation | None) -> HttpResponse:
    actor = _actor(request)
    if not invitations.may_renew(actor, person):
        raise PermissionDenied
    if request.POST.get("second_factor"):
        Authenticator.objects.filter(user=person).delete()
        record(request, "second_factor_removed", person, organisation=organisation)
    invitation, code = invitations.renew(actor, person, organisation)
    record(request, "new_code_given", person, organisation=organisation)
    return _to_sheet(request, invitation, code)
