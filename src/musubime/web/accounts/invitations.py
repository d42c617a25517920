"""How a person comes in: an invitation is made, its code is given once, and it opens one account."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from .codes import new_code, plain
from .models import Invitation, Membership, Organisation, Role, User

VALID_DAYS = 14
MOST_FAILURES = 10


def roles_to_give(actor: User, organisation: Organisation) -> tuple[Role, ...]:
    """Roles that somebody may give in an organisation: the administrator all, a lead those below his own."""
    if actor.is_superuser:
        return tuple(Role)
    leads = actor.memberships.filter(organisation=organisation, role=Role.LEAD).exists()
    return (Role.STAFF, Role.READER) if leads else ()


def may_change(actor: User, membership: Membership) -> bool:
    """Whether somebody may change or end a membership. Nobody changes his own role; leads are the administrator's."""
    if membership.user_id == actor.pk:
        return False
    return membership.role in roles_to_give(actor, membership.organisation) or actor.is_superuser


def may_renew(actor: User, person: User) -> bool:
    """Whether somebody may give another a new way in. It is as good as the account itself, so a lead may only do it for
    people who have no rights beyond those that he gives."""
    if person.pk == actor.pk:
        return False
    if actor.is_superuser:
        return True
    found = list(person.memberships.select_related("organisation"))
    return not person.is_superuser and bool(found) and all(may_change(actor, m) for m in found)


def is_last_lead(membership: Membership) -> bool:
    return membership.role == Role.LEAD and not Membership.objects.filter(
        organisation=membership.organisation, role=Role.LEAD, user__is_active=True,
    ).exclude(pk=membership.pk).exists()


def free_username(organisation: Organisation) -> str:
    """A name nobody has: what the organisation is, and four figures."""
    stem = organisation.area or organisation.kind
    while True:
        name = f"{stem}-{secrets.randbelow(10_000):04d}"
        if not is_taken(name):
            return name


def is_taken(username: str) -> bool:
    return User.objects.filter(username__iexact=username).exists() or Invitation.objects.filter(
        username__iexact=username, user=None, used_at=None, withdrawn_at=None, expires_at__gt=timezone.now(),
    ).exists()


def invite(
    by: User, organisation: Organisation, role: Role, *, username: str = "", display_name: str = "", email: str = "",
) -> tuple[Invitation, str]:
    """Make an invitation and its code, which is kept nowhere."""
    code = new_code()
    invitation = Invitation.objects.create(
        organisation=organisation, role=role, username=username or free_username(organisation),
        display_name=display_name, email=email, code=make_password(plain(code)), made_by=by,
        expires_at=timezone.now() + timedelta(days=VALID_DAYS),
    )
    return invitation, code


def renew(by: User, person: User, organisation: Organisation | None) -> tuple[Invitation, str]:
    """A code with which somebody who has an account chooses a new password. Codes given before are worth nothing."""
    Invitation.objects.filter(user=person, used_at=None, withdrawn_at=None).update(withdrawn_at=timezone.now())
    code = new_code()
    invitation = Invitation.objects.create(
        organisation=organisation, user=person, username=person.username, code=make_password(plain(code)), made_by=by,
        expires_at=timezone.now() + timedelta(days=VALID_DAYS),
    )
    return invitation, code


def is_open(invitation: Invitation) -> bool:
    return (
        invitation.used_at is None and invitation.withdrawn_at is None and invitation.failures < MOST_FAILURES
        and invitation.expires_at > timezone.now()
    )


def find(username: str, code: str) -> Invitation | None:
    """The open invitation to which both belong. A wrong code is counted, and ten make the invitation worthless; an
    unknown name takes as long as a known one."""
    found = [i for i in Invitation.objects.filter(username__iexact=username.strip()[:150]) if is_open(i)]
    if not found:
        make_password(plain(code)[:64])
        return None
    return find_by(found[0], code)


def find_by(invitation: Invitation, code: str) -> Invitation | None:
    """The same for an invitation that the address names."""
    if not is_open(invitation):
        make_password(plain(code)[:64])
        return None
    if check_password(plain(code)[:64], invitation.code):
        return invitation
    Invitation.objects.filter(pk=invitation.pk).update(failures=F("failures") + 1)
    return None


class UsedAlreadyError(Exception):
    """Somebody else was quicker."""


def _use(invitation: Invitation) -> None:
    used = Invitation.objects.filter(pk=invitation.pk, used_at=None, withdrawn_at=None)
    if not used.update(used_at=timezone.now()):
        raise UsedAlreadyError


@transaction.atomic
def open_account(invitation: Invitation, *, display_name: str, password: str) -> User:
    """The account and the membership that were promised. Raises UsedAlreadyError."""
    _use(invitation)
    user = User(username=invitation.username, display_name=display_name, email=invitation.email.lower())
    user.set_password(password)
    user.save()
    _join(invitation, user)
    return user


@transaction.atomic
def join_with(invitation: Invitation, user: User) -> None:
    """Somebody who has an account joins with it. Raises UsedAlreadyError."""
    _use(invitation)
    _join(invitation, user)


def _join(invitation: Invitation, user: User) -> None:
    """A role that the person already has there is never changed: an invitation is no way around a lead."""
    if invitation.organisation is not None:
        Membership.objects.get_or_create(
            user=user, organisation=invitation.organisation, defaults={"role": invitation.role},
        )


@transaction.atomic
def choose_password(invitation: Invitation, password: str) -> User:
    """The person's new password; every session ends. Raises UsedAlreadyError."""
    _use(invitation)
    user = invitation.user
    assert user is not None, "this invitation makes an account"
    user.set_password(password)
    user.save()
    user.end_sessions()
    return user
