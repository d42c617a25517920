"""What somebody who is signed in should do next for his organisations."""

from __future__ import annotations

from allauth.mfa.utils import is_mfa_enabled
from django.urls import reverse

from musubime.language import Text, text

from .models import Organisation, Role, User
from .rights import PERSONAL, may_for, memberships, rights_of


def next_steps(user: User) -> list[tuple[Text, str]]:
    """Sentences with the addresses where they are done, the most pressing first."""
    steps: list[tuple[Text, str]] = []
    if PERSONAL & rights_of(user) and not is_mfa_enabled(user, ["totp"]):
        steps.append((text("Set up your second factor"), reverse("mfa_index")))
    if user.is_superuser:
        if not Organisation.objects.exists():
            steps.append((text("Make the first organisation"), reverse("accounts:make_organisation")))
        steps += [
            (text("Invite the lead of {name}", name=organisation.name),
             reverse("accounts:invite", args=[organisation.pk]))
            for organisation in Organisation.objects.exclude(memberships__role=Role.LEAD)[:5]
        ]
    for membership in memberships(user):
        organisation = membership.organisation
        if may_for(user, "accounts.members", organisation) and organisation.memberships.count() == 1:
            steps.append((text("Invite the people of {name}", name=organisation.name),
                          reverse("accounts:invite", args=[organisation.pk])))
    return steps
