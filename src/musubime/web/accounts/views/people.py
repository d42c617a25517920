"""All accounts of the site, for the administrator."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from musubime.language import text

from ..audit import record
from ..models import User
from ..rights import may
from ..words import SHORT_ROLES
from .members import give_new_code


@may("accounts.people")
def listed(request: HttpRequest) -> HttpResponse:
    asked = request.GET.get("q", "").strip()[:80]
    found = User.objects.order_by("username").prefetch_related("memberships__organisation")
    if asked:
        found = found.filter(
            Q(username__icontains=asked) | Q(display_name__icontains=asked) | Q(organisations__name__icontains=asked),
        ).distinct()
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    rows = [(user, [(m.organisation, SHORT_ROLES.get(m.role)) for m in user.memberships.all()]) for user in page]
    record(request, "looked_at_people", count=len(rows))
    return render(request, "accounts/people.html", {"rows": rows, "page": page, "q": asked})


def _other(request: HttpRequest, pk: int) -> User:
    """Somebody else's account: nobody closes his own or takes his own rights away by mistake."""
    if pk == request.user.pk:
        raise PermissionDenied
    return get_object_or_404(User, pk=pk)


@require_POST
@may("accounts.people")
def set_active(request: HttpRequest, pk: int) -> HttpResponse:
    with transaction.atomic():
        user = _other(request, pk)
        active = request.POST.get("active") == "1"
        if user.is_active != active:
            user.is_active = active
            user.save(update_fields=["is_active"])
            if not active:
                user.end_sessions()
            record(request, "account_opened" if active else "account_closed", user)
    return redirect("accounts:people")


@require_POST
@may("accounts.people")
def set_administrator(request: HttpRequest, pk: int) -> HttpResponse:
    """Name or dismiss an administrator. The one who does it stays one, so there always is one."""
    with transaction.atomic():
        user = _other(request, pk)
        wanted = request.POST.get("administrator") == "1"
        if user.is_superuser != wanted:
            user.is_superuser = wanted
            user.save(update_fields=["is_superuser"])
            user.end_sessions()
            record(request, "administrator_named" if wanted else "administrator_removed", user)
            messages.success(request, str(text("Saved.")))
    return redirect("accounts:people")


@require_POST
@may("accounts.people")
def new_code(request: HttpRequest, pk: int) -> HttpResponse:
    return give_new_code(request, _other(request, pk), None)
