"""The log: who did what, and who looked at whom."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date

from musubime.language import current_language, text, use_language
from musubime.web.csv_files import safe_cell

from ..audit import record
from ..models import AuditEntry, Membership, Role, User
from ..rights import may
from ..words import ACTIONS, RIGHT_WORDS, SIGN_INS, action_words


def visible_entries(user: User) -> QuerySet[AuditEntry]:
    """All to the administrator. To a lead what was done in the own organisations, and their members' sign-ins."""
    entries = AuditEntry.objects.select_related("user", "organisation")
    if user.is_superuser:
        return entries
    led = list(user.memberships.filter(role=Role.LEAD).values_list("organisation_id", flat=True))
    people = Membership.objects.filter(organisation_id__in=led).values_list("user_id", flat=True)
    return entries.filter(
        Q(organisation_id__in=led) | Q(organisation=None, action__in=SIGN_INS, user_id__in=list(people)))


def _day(given: str) -> date | None:
    """A day that a calendar and a database know; None for anything else."""
    try:
        day = parse_date(given)
    except ValueError:
        return None
    return day if day is not None and 2000 <= day.year < 2200 else None


def _wanted(request: HttpRequest, entries: QuerySet[AuditEntry]) -> tuple[QuerySet[AuditEntry], dict[str, str]]:
    """The entries asked for by ?from=, ?to=, ?action=, ?person=, and what was understood."""
    asked = {name: request.GET.get(name, "").strip()[:80] for name in ("from", "to", "action", "person")}
    zone = timezone.get_current_timezone()
    if (first := _day(asked["from"])) is not None:
        entries = entries.filter(at__gte=datetime.combine(first, time.min, zone))
    if (last := _day(asked["to"])) is not None:
        entries = entries.filter(at__lt=datetime.combine(last + timedelta(days=1), time.min, zone))
    if asked["action"]:
        entries = entries.filter(action=asked["action"])
    if asked["person"]:
        people = User.objects.filter(Q(username__iexact=asked["person"]) | Q(display_name__iexact=asked["person"]))
        entries = entries.filter(user_id__in=list(people.values_list("pk", flat=True)))
    return entries, asked


def _detail(entry: AuditEntry) -> str:
    return ", ".join(f"{name}: {_plain(value)}" for name, value in entry.detail.items())


def _plain(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


@may("accounts.log")
def page(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    entries, asked = _wanted(request, visible_entries(request.user))
    shown = Paginator(entries, 100).get_page(request.GET.get("page"))
    rows = [(entry, action_words(entry.action), _detail(entry)) for entry in shown]
    if not request.GET.get("page"):
        record(request, "looked_at_log")
    query = request.GET.copy()
    query.pop("page", None)
    return render(request, "accounts/log.html", {
        "rows": rows, "page": shown, "asked": asked, "query": query.urlencode(), "after": asked["from"],
        "actions": sorted(((name, str(words)) for name, words in {**ACTIONS, **RIGHT_WORDS}.items()),
                          key=lambda pair: pair[1]),
    })


@may("accounts.log")
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The same entries as a CSV file that a spreadsheet opens (UTF-8 with BOM)."""
    assert isinstance(request.user, User)
    entries, _ = _wanted(request, visible_entries(request.user))
    record(request, "log_exported", count=entries.count())
    language = current_language()

    def lines() -> Iterator[str]:
        use_language(language)
        yield "\ufeff" + _line([text("Time"), text("User name"), text("Name"), text("Organisation"), text("Action"),
                                text("Thing"), text("Number"), text("Details")])
        for entry in entries.iterator(1000):
            yield _line([
                timezone.localtime(entry.at).isoformat(timespec="seconds"),
                entry.user.username if entry.user else "", entry.user.display_name if entry.user else "",
                entry.organisation.name if entry.organisation else "", action_words(entry.action),
                entry.object_kind, entry.object_id, _detail(entry),
            ])

    answer = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="musubime-log.csv"'
    return answer


def _line(cells: list[object]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([safe_cell(str(cell)) for cell in cells])
    return out.getvalue()
