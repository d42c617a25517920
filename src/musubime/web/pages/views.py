"""The first page, the language button, and the pages for when something is wrong."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from musubime.language import text
from musubime.web.accounts.first_run import is_first_run
from musubime.web.accounts.models import User
from musubime.web.accounts.next_steps import next_steps
from musubime.web.accounts.rights import may


@may("pages.see")
def home(request: HttpRequest) -> HttpResponse:
    """What the site is, and what the reader can do next. A new site first asks for its administrator."""
    if not request.user.is_authenticated and is_first_run():
        return redirect("accounts:first_run")
    steps = next_steps(request.user) if isinstance(request.user, User) else []
    return render(request, "pages/home.html", {"is_home": True, "steps": steps})


@may("pages.see")
def icon(request: HttpRequest) -> HttpResponse:
    """Where browsers look by themselves."""
    return HttpResponseRedirect(static("musubime/knot.svg"))


@require_POST
@may("pages.see")
def set_language(request: HttpRequest) -> HttpResponse:
    """Keep the chosen language for a year and go back to where the reader was."""
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = reverse("home")
    response = HttpResponseRedirect(back)
    language = "en" if request.POST.get("language") == "en" else "ja"
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, language, max_age=365 * 86400, samesite="Lax", httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if request.path.startswith("/api/"):
        said = text("This request was not understood")
        remedy = text("See /api/v1/openapi.json for what each address takes.")
        return JsonResponse({"detail": said.as_json(), "remedy": remedy.as_json()}, status=400)
    return render(request, "pages/error.html", {"status": 400}, status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "pages/error.html", {"status": 403}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "pages/error.html", {"status": 404}, status=404)


def broken(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/error.html", {"status": 500}, status=500)
