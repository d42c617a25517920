"""Health for machines and for the administrator."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from musubime.web.accounts.rights import may

from .health import look


@may("upkeep.health")
def health(request: HttpRequest) -> HttpResponse:
    """200 and {"status": "ok"} when all is well, else 503 with the names of what is not. For load balancers; what was
    seen in detail is for the administrator."""
    bad = [finding.name for finding in look() if not finding.good]
    answer = JsonResponse({"status": "fault" if bad else "ok", "faults": bad}, status=503 if bad else 200)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@may("upkeep.administer")
def administer(request: HttpRequest) -> HttpResponse:
    """The administrator's page: is all well, and how the site is kept."""
    return render(request, "upkeep/administer.html", {
        "findings": look(),
        "backup": "musubime backup --out musubime-backup.tar.gz",
        "restore": "musubime restore musubime-backup.tar.gz --data /srv/musubime",
    })
