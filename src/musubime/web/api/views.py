"""The page on which an organisation's lead makes and revokes tokens."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from musubime.language import text
from musubime.web.accounts.audit import record
from musubime.web.accounts.models import Organisation, User
from musubime.web.accounts.rights import RIGHTS, may, memberships

from .forms import TokenForm
from .models import Token
from .reader import digest_of, new_token

RIGHT = "api.tokens"


def _organisations(request: HttpRequest) -> list[Organisation]:
    """Those for which the reader keeps tokens."""
    return [m.organisation for m in memberships(request.user) if m.principal in RIGHTS[RIGHT]]


@may(RIGHT)
def tokens(request: HttpRequest) -> HttpResponse:
    """GET: every token of the reader's organisations. POST: a new one, shown this once."""
    organisations = _organisations(request)
    form = TokenForm(request.POST or None)
    made = None
    if request.method == "POST" and form.is_valid():
        organisation = next((o for o in organisations if str(o.pk) == request.POST.get("organisation")), None)
        if organisation is None or not isinstance(request.user, User):
            raise PermissionDenied
        made = new_token()
        with transaction.atomic():
            token = Token.objects.create(
                organisation=organisation, name=form.cleaned_data["name"], scopes=form.cleaned_data["scopes"],
                digest=digest_of(made), expires_at=timezone.now() + timedelta(days=form.cleaned_data["days"]),
                made_by=request.user,
            )
            record(request, "api.token_made", token, organisation=organisation, scopes=token.scopes)
        form = TokenForm()
    response = render(request, "api/tokens.html", {
        "organisations": organisations, "form": form, "made": made, "now": timezone.now(),
        "tokens": Token.objects.filter(organisation__in=organisations).select_related("organisation", "made_by"),
    })
    response.headers["Cache-Control"] = "no-store"
    return response


@require_POST
@may(RIGHT)
def revoke(request: HttpRequest, token: UUID) -> HttpResponse:
    """From this moment the token opens nothing."""
    found = get_object_or_404(Token, pk=token, organisation__in=_organisations(request))
    if found.revoked_at is None:
        with transaction.atomic():
            found.revoked_at = timezone.now()
            found.save(update_fields=["revoked_at"])
            record(request, "api.token_revoked", found, organisation=found.organisation)
    messages.success(request, str(text("The token no longer works.")))
    return redirect("api_pages:tokens")
