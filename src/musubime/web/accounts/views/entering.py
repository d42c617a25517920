"""Coming in: the set-up page of a new site, signing in, and invitations."""

from __future__ import annotations

from typing import Any

from allauth.account import views as allauth_views
from django.contrib import messages
from django.contrib.auth import login
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from musubime.language import text
from musubime.web.data import data_folder

from .. import invitations
from ..audit import record
from ..first_run import is_first_run, is_setup_code, setup_code
from ..forms import FirstRunForm, JoinForm, NewAccountForm, PasswordsForm
from ..models import AuditEntry, Invitation, User
from ..rights import may

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
JOINING = "joining"  # in the session: the invitation whose code was right


@may("accounts.enter")
def closed(request: HttpRequest) -> HttpResponse:
    """A page of allauth that has no use here."""
    raise Http404


@may("accounts.enter")
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.method == "GET" and not request.user.is_authenticated and is_first_run():
        return redirect("accounts:first_run")
    response: HttpResponse = allauth_views.login(request)
    return response


@sensitive_post_parameters()
@never_cache
@may("accounts.enter")
def first_run(request: HttpRequest) -> HttpResponse:
    """Only while nobody has an account, and only for whom holds the code: the first administrator."""
    if not is_first_run():
        raise Http404
    setup_code(data_folder())
    form = FirstRunForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if not is_setup_code(data_folder(), form.cleaned_data["code"]):
            form.add_error("code", str(text(
                "This is not the set-up code. Look at the window in which musubime serve runs.")))
        else:
            user = _make_first(form.cleaned_data)
            setup_code(data_folder())  # takes the file away
            login(request, user, backend=BACKEND)
            record(request, "first_run", user)
            messages.success(request, str(text(
                "The site is yours. Next: set up your second factor, then make the first organisation.")))
            return redirect("home")
    return render(request, "accounts/first_run.html", {"form": form})


def _make_first(given: dict[str, Any]) -> User:
    with transaction.atomic():
        if User.objects.select_for_update().exists():
            raise Http404
        return User.objects.create_superuser(
            given["username"].lower(), given["email"].lower(), given["password1"], display_name=given["display_name"])


def _wrong(request: HttpRequest, username: str) -> None:
    known = Invitation.objects.filter(username__iexact=username[:150]).first() if username else None
    record(request, "invitation_failed", known, organisation=known.organisation if known else None)


@never_cache
@may("accounts.enter")
def join(request: HttpRequest) -> HttpResponse:
    """User name and one-time code from paper."""
    form = JoinForm(request.POST or None, initial={"username": request.GET.get("u", "")[:150]})
    if request.method == "POST" and form.is_valid():
        invitation = invitations.find(form.cleaned_data["username"], form.cleaned_data["code"])
        if invitation is not None:
            return _go_on(request, invitation)
        _wrong(request, form.cleaned_data["username"].strip())
        form.add_error(None, str(text(
            "User name and code do not belong together, or the code has been used or is too old. After ten wrong tries "
            "a code is worth nothing: ask for a new one.")))
    return render(request, "accounts/join.html", {"form": form})


@never_cache
@may("accounts.enter")
def join_link(request: HttpRequest, pk: Any, code: str) -> HttpResponse:
    """The link of a letter. The code leaves the address at once, so that it stands in no history and no referrer."""
    invitation = Invitation.objects.filter(pk=pk).first()
    found = invitations.find_by(invitation, code) if invitation is not None else None
    if found is None:
        record(request, "invitation_failed", invitation,
               organisation=invitation.organisation if invitation else None)
        return render(request, "accounts/join_over.html", status=404)
    return _go_on(request, found)


def _go_on(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    request.session.cycle_key()
    request.session[JOINING] = str(invitation.pk)
    return redirect("accounts:join_finish")


@sensitive_post_parameters()
@never_cache
@may("accounts.enter")
def join_finish(request: HttpRequest) -> HttpResponse:
    """The code was right: choose a password, or join with the account that is signed in."""
    key = request.session.get(JOINING)
    invitation = Invitation.objects.select_related("organisation", "user").filter(pk=key).first() if key else None
    if invitation is None or not invitations.is_open(invitation):
        request.session.pop(JOINING, None)
        return render(request, "accounts/join_over.html", status=404)
    try:
        if invitation.user is not None:
            return _renew(request, invitation)
        if request.user.is_authenticated:
            return _join_with(request, invitation)
        return _open_account(request, invitation)
    except invitations.UsedAlreadyError:
        return render(request, "accounts/join_over.html", status=404)


def _renew(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    form = PasswordsForm(request.POST or None, user=invitation.user)
    if request.method == "POST" and form.is_valid():
        user = invitations.choose_password(invitation, form.cleaned_data["password1"])
        _as(user, "password_reset", invitation)
        request.session.pop(JOINING, None)
        messages.success(request, str(text("Your password is kept. Sign in with it.")))
        return redirect("account_login")
    return render(request, "accounts/join_finish.html", {"form": form, "invitation": invitation})


def _join_with(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    assert isinstance(request.user, User)
    if request.method == "POST":
        invitations.join_with(invitation, request.user)
        _as(request.user, "joined", invitation)
        request.session.pop(JOINING, None)
        return redirect("accounts:me")
    return render(request, "accounts/join_finish.html", {"invitation": invitation})


def _open_account(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    form = NewAccountForm(
        request.POST or None, initial={"display_name": invitation.display_name},
        user=User(username=invitation.username, email=invitation.email))
    if request.method == "POST" and form.is_valid():
        if User.objects.filter(username__iexact=invitation.username).exists():
            raise invitations.UsedAlreadyError
        user = invitations.open_account(
            invitation, display_name=form.cleaned_data["display_name"], password=form.cleaned_data["password1"])
        login(request, user, backend=BACKEND)
        _as(user, "joined", invitation)
        request.session.pop(JOINING, None)
        messages.success(request, str(text("Welcome. You are signed in.")))
        return redirect("accounts:me")
    return render(request, "accounts/join_finish.html", {"form": form, "invitation": invitation})


def _as(user: User, action: str, invitation: Invitation) -> None:
    AuditEntry.objects.create(
        user=user, organisation=invitation.organisation, action=action, object_kind=User._meta.label,
        object_id=str(user.pk), detail={"role": invitation.role} if invitation.role else {})


def join_address(request: HttpRequest, invitation: Invitation | None = None, code: str = "") -> str:
    """The whole address for paper, or, with a code, that of a letter's link."""
    if invitation is not None and code:
        return request.build_absolute_uri(reverse("accounts:join_link", args=(invitation.pk, code)))
    return request.build_absolute_uri(reverse("accounts:join"))


def days_left(invitation: Invitation) -> int:
    return max(0, (invitation.expires_at - timezone.now()).days)
