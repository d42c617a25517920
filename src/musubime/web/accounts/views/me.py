"""One's own account."""

from __future__ import annotations

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from musubime.language import text

from ..audit import record
from ..forms import NameForm
from ..models import AuditEntry, User
from ..rights import PERSONAL, may, memberships, rights_of
from ..second_factor import has_second_factor
from ..words import KINDS, SHORT_ROLES, SIGN_INS, action_words


@may("accounts.me")
def me(request: HttpRequest) -> HttpResponse:
    user = request.user
    assert isinstance(user, User)
    form = NameForm(request.POST or None, initial={"display_name": user.display_name, "email": user.email})
    if request.method == "POST" and form.is_valid():
        changed = [name for name, value in form.cleaned_data.items() if getattr(user, name) != value]
        if "email" in changed and not has_second_factor(request) and is_mfa_enabled(user, ["totp"]):
            changed.remove("email")  # an address is a way to a new password
        if changed:
            user.display_name = form.cleaned_data["display_name"]
            if "email" in changed:
                user.email = form.cleaned_data["email"].lower()
            with transaction.atomic():
                user.save(update_fields=["display_name", "email"])
                record(request, "name_changed", user, fields=changed)
        messages.success(request, str(text("Saved.")))
        return redirect("accounts:me")
    recent = AuditEntry.objects.filter(user=user, action__in=SIGN_INS)[:10]
    return render(request, "accounts/me.html", {
        "form": form,
        "memberships": [(m, KINDS.get(m.organisation.kind), SHORT_ROLES.get(m.role)) for m in memberships(user)],
        "second_factor": is_mfa_enabled(user, ["totp"]), "needs_second_factor": bool(PERSONAL & rights_of(user)),
        "recent": [(entry.at, action_words(entry.action)) for entry in recent],
    })


@require_POST
@may("accounts.me")
def end_sessions(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    user = request.user
    assert isinstance(user, User)
    user.end_sessions()
    update_session_auth_hash(request, user)
    record(request, "signed_out_everywhere", user)
    messages.success(request, str(text("You are signed out everywhere but here.")))
    return redirect("accounts:me")
