"""Hubs and RMOs, kept by the municipality's staff, with their history."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from musubime.errors import InputError
from musubime.language import text
from musubime.region.codes import prefecture_name, six_digits
from musubime.web.accounts.audit import record
from musubime.web.accounts.rights import may, may_in, require_in

from ..common import is_visible
from ..forms import KINDS, service_words
from ..models import Hub, Kept, Municipality, Region, Rmo

RIGHT = "places.edit"
HEADINGS = {"hubs": text("Small hub"), "rmos": text("Region management organization")}
NEW = {"hubs": text("A new small hub"), "rmos": text("A new region management organization")}


def _place_name(request: HttpRequest, code: str) -> str:
    """The municipality's name; its code where the site does not know more, or may not say it to this reader."""
    place = Municipality.objects.filter(pk=code).first()
    if place:
        return place.name
    region = next((r for r in Region.objects.filter(code=code) if is_visible(request.user, r)), None)
    return region.name if region else code


def _kept(kind: str, pk: int) -> Kept:
    return get_object_or_404(KINDS[kind][0]._default_manager.all(), pk=pk)


def _frame(request: HttpRequest, kind: str, code: str, **more: Any) -> dict[str, Any]:
    known = Municipality.objects.filter(pk=code).exists() or any(
        is_visible(request.user, region) for region in Region.objects.filter(code=code))
    return {"kind": kind, "code": code, "heading": HEADINGS[kind], "place_name": _place_name(request, code),
            "prefecture": prefecture_name(code), "known": known, **more}


@may("places.see")
def one(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    found = _kept(kind, pk)
    assert isinstance(found, Hub | Rmo)
    editable = may_in(request.user, RIGHT, found.code)
    return render(request, "places/kept.html", _frame(
        request, kind, found.code, one=found, services=[service_words(service) for service in found.services],
        editable=editable, history=found.history.select_related("history_user")[:50] if editable else []))


@may(RIGHT)
def new(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    try:
        if six_digits(code) != code:
            raise Http404
    except InputError as error:
        raise Http404 from error
    require_in(request, RIGHT, code)
    model, form_of = KINDS[kind]
    form = form_of(request.POST or None, instance=model(code=code))
    if request.method == "POST" and form.is_valid():
        made = form.save()
        record(request, RIGHT, made, code=code, did="made")
        messages.success(request, str(text("Saved.")))
        return redirect("places:kept", kind=kind, pk=made.pk)
    return render(request, "places/kept_form.html", _frame(request, kind, code, form=form, title=NEW[kind]),
                  status=422 if form.errors else 200)


@may(RIGHT)
def edit(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    found = _kept(kind, pk)
    require_in(request, RIGHT, found.code)
    model, form_of = KINDS[kind]
    form = form_of(request.POST or None, instance=found, initial={"version": found.version})
    if request.method == "POST" and form.is_valid():
        # Counted up by the database and only from the version that was read: of two at once one is told.
        if model._default_manager.filter(pk=pk, version=found.version).update(version=F("version") + 1):
            found.version += 1
            form.save()
            record(request, RIGHT, found, code=found.code, fields=form.changed_data)
            messages.success(request, str(text("Saved.")))
            return redirect("places:kept", kind=kind, pk=pk)
        form.add_error(None, str(text("Somebody else has changed it meanwhile; nothing was saved. Open the page anew "
                                      "and enter your changes again.")))
    return render(request, "places/kept_form.html", _frame(
        request, kind, found.code, form=form, one=found, title=found.name), status=422 if form.errors else 200)


@require_POST
@may(RIGHT)
def delete(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    found = _kept(kind, pk)
    require_in(request, RIGHT, found.code)
    code = found.code
    found.delete()
    record(request, RIGHT, None, code=code, kind=kind, did="deleted", id=pk)
    messages.success(request, str(text("{name} was deleted.", name=found.name)))
    known = Municipality.objects.filter(pk=code).exists() or Region.objects.filter(code=code, public=True).exists()
    return redirect("places:municipality", code=code) if known else redirect("places:list")
