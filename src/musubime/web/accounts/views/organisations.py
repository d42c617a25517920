"""Organisations: made and changed by the administrator, listed to those who keep them, with their history."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from musubime.language import Text, text, verbatim
from musubime.region.codes import PREFECTURES

from ..audit import record
from ..forms import OrganisationForm
from ..models import Kind, Membership, Organisation, Role
from ..rights import may, may_for, memberships, require_for, rights_of
from ..words import KINDS, SHORT_ROLES


def area_words(organisation: Organisation) -> Text:
    """An organisation's area for people: the country, a prefecture's name, or prefecture and code."""
    if not organisation.area:
        return text("All Japan")
    prefecture = PREFECTURES[int(organisation.area[:2]) - 1]
    if len(organisation.area) == 2:
        return verbatim(prefecture)
    return text("{prefecture} {code}", prefecture=prefecture, code=organisation.area)


@may("accounts.members")
def listed(request: HttpRequest) -> HttpResponse:
    """All to the administrator; to a lead those that he leads."""
    if request.user.is_superuser:
        found = list(Organisation.objects.prefetch_related("memberships"))
    else:
        found = [m.organisation for m in memberships(request.user)
                 if may_for(request.user, "accounts.members", m.organisation)]
    rows = [(o, KINDS.get(o.kind), area_words(o), o.memberships.count(),
             o.memberships.filter(role=Role.LEAD).count()) for o in found]
    return render(request, "accounts/organisations.html", {
        "rows": rows, "may_make": "accounts.organisations" in rights_of(request.user)})


@may("accounts.organisations")
def make(request: HttpRequest) -> HttpResponse:
    form = OrganisationForm(request.POST or None, initial={"kind": Kind.MUNICIPALITY})
    if request.method == "POST" and form.is_valid():
        organisation = Organisation.objects.create(**form.cleaned_data)
        record(request, "organisation_made", organisation, organisation=organisation, kind=organisation.kind,
               area=organisation.area)
        messages.success(request, str(text("{name} is there. Now invite its lead.", name=organisation.name)))
        return redirect("accounts:invite", organisation.pk)
    return render(request, "accounts/organisation_form.html", {"form": form})


@may("accounts.organisations")
def change(request: HttpRequest, pk: Any) -> HttpResponse:
    organisation = get_object_or_404(Organisation, pk=pk)
    before = {name: getattr(organisation, name) for name in ("kind", "name", "area")}
    form = OrganisationForm(request.POST or None, initial=before, organisation=organisation)
    if request.method == "POST" and form.is_valid():
        changed = [name for name, value in form.cleaned_data.items() if before[name] != value]
        if changed:
            for name in changed:
                setattr(organisation, name, form.cleaned_data[name])
            organisation.save()
            record(request, "organisation_changed", organisation, organisation=organisation, fields=changed)
        messages.success(request, str(text("Saved.")))
        return redirect("accounts:organisation", organisation.pk)
    return render(request, "accounts/organisation_form.html", {"form": form, "organisation": organisation})


@may("accounts.members")
def history(request: HttpRequest, pk: Any) -> HttpResponse:
    """What changed in an organisation and in its memberships, newest first, from the kept history."""
    organisation = get_object_or_404(Organisation, pk=pk)
    require_for(request, "accounts.members", organisation)
    rows = [*_of_organisation(organisation), *_of_members(organisation)]
    rows.sort(key=lambda row: row["at"], reverse=True)
    record(request, "looked_at_history", organisation, organisation=organisation)
    return render(request, "accounts/history.html", {"organisation": organisation, "rows": rows[:500]})


def _of_organisation(organisation: Organisation) -> list[dict[str, Any]]:
    versions = list(organisation.history.select_related("history_user").order_by("history_date", "history_id"))
    rows = []
    for before, now in zip([None, *versions], versions, strict=False):
        parts = [] if before is None else [
            text("{before} → {after}", before=getattr(before, name) or "–", after=getattr(now, name) or "–")
            for name in ("name", "area") if getattr(before, name) != getattr(now, name)]
        if before is not None and before.kind != now.kind:
            parts.append(text("{before} → {after}", before=KINDS[before.kind], after=KINDS[now.kind]))
        rows.append({"at": now.history_date, "by": now.history_user, "parts": parts, "what": text(
            "Organisation made") if before is None else text("Organisation changed")})
    return rows


def _of_members(organisation: Organisation) -> list[dict[str, Any]]:
    words = {"+": text("Joined"), "~": text("Role changed"), "-": text("Removed from the organisation")}
    versions = Membership.history.filter(organisation_id=organisation.pk).select_related("history_user", "user")
    return [{
        "at": version.history_date, "by": version.history_user, "what": words[version.history_type],
        "parts": [text("{name}: {role}", name=version.user.shown_name if version.user else "–",
                       role=SHORT_ROLES[version.role])],
    } for version in versions]
