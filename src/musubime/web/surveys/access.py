"""Whose return it is, for whom somebody acts, and keeping what was typed when a session is over."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from musubime.language import text
from musubime.web.accounts.models import User
from musubime.web.accounts.rights import RIGHTS, may_in, memberships, require_in

from .models import Return, Wave
from .saving import Who, is_editable

View = Callable[..., HttpResponse]


def found_wave(key: str) -> Wave:
    wave = Wave.objects.select_related("previous").filter(pk=key).first()
    if wave is None:
        raise Http404
    return wave


def found_return(request: HttpRequest, key: str, code: str, right: str) -> Return:
    """The return, for those who may do this in its municipality; to others it is as if it were not there."""
    if not may_in(request.user, right, code):
        if may_in(request.user, "surveys.return", code):
            raise PermissionDenied
        raise Http404
    one = Return.objects.select_related("wave", "wave__previous").filter(wave=key, code=code).first()
    if one is None:
        raise Http404
    return one


def require_prefecture(request: HttpRequest, right: str, prefecture: str) -> None:
    """Raises PermissionDenied unless the reader may do this in the whole prefecture (two digits)."""
    require_in(request, right, f"{prefecture}0000")


def may_prefecture(request: HttpRequest, right: str, prefecture: str) -> bool:
    return may_in(request.user, right, f"{prefecture}0000")


def may_everywhere(request: HttpRequest, right: str) -> bool:
    """Whether the reader may do this for the whole country."""
    return may_in(request.user, right, "")


def who(request: HttpRequest, right: str, code: str) -> Who:
    """The reader and the organisation that lets him do this: the nearest to the municipality."""
    fitting = [m.organisation for m in memberships(request.user)
               if m.principal in RIGHTS[right] and m.organisation.covers(code)]
    nearest = max(fitting, key=lambda organisation: len(organisation.area), default=None)
    return Who(request.user if isinstance(request.user, User) else None, nearest)


BEHALF = "surveys_on_behalf"
"""In the session: the return that a desk is filling in for a municipality. Else it reads, and cannot slip."""


def may_answer(request: HttpRequest, one: Return) -> bool:
    return is_editable(one) and may_in(request.user, "surveys.answer", one.code)


def is_own(request: HttpRequest, one: Return) -> bool:
    """Whether the reader answers for his own organisation's place, not on behalf of it."""
    return any(m.organisation.area in (one.code, one.code[:2] if one.code[2:5] == "000" else one.code)
               and m.principal in RIGHTS["surveys.answer"] for m in memberships(request.user))


def writes(request: HttpRequest, one: Return) -> bool:
    """Whether pages of the return are shown as a form."""
    return may_answer(request, one) and (is_own(request, one) or request.session.get(BEHALF) == one.pk)


def wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def keeps_typed(view: View) -> View:
    """For views that take what somebody typed: when the session is over or the page too old, the fields come back on a
    page from which they can be sent again. The check of the token is Django's own, made here so that its refusal does
    not throw the fields away."""

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST" and "on" in request.POST:
            refused = CsrfViewMiddleware(lambda _: HttpResponse()).process_view(request, _checked, (), {})
            if not request.user.is_authenticated or refused is not None:
                if wants_json(request):
                    return JsonResponse({"signed_out": True}, status=401)
                fields = [(name, value) for name in request.POST if name != "csrfmiddlewaretoken"
                          for value in request.POST.getlist(name)]
                return render(request, "surveys/kept.html", {"fields": fields}, status=401)
        elif request.method == "POST" and (
                CsrfViewMiddleware(lambda _: HttpResponse()).process_view(request, _checked, (), {}) is not None):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def _checked(request: HttpRequest) -> HttpResponse:
    """Stands for a view whose token is to be checked."""
    return HttpResponse()


def say(request: HttpRequest, good: bool, done: Any) -> None:
    """Tell what was done, or that the return has moved on meanwhile."""
    if good:
        messages.success(request, str(done))
    else:
        messages.warning(request, str(text("The return has moved on meanwhile; nothing was done.")))
