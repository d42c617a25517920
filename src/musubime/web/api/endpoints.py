"""Addresses under /api/v1/. They only read. Formats: ?format=json (pages of `limit`), geojson or csv (whole)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from django.db.models import Count
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI, Query
from ninja.errors import AuthenticationError, ValidationError
from pydantic import Field

from musubime import __version__
from musubime.language import Text, text
from musubime.studies.document import Alternative
from musubime.web.csv_files import csv_response
from musubime.web.places.facts import facts_of
from musubime.web.places.models import Region
from musubime.web.plans.models import Plan
from musubime.web.plans.reading import load as load_plan
from musubime.web.surveys.models import Made, Return, State, Wave

from . import schemas
from .models import Scope
from .reader import Reader, TokenIfGiven
from .tables import (
    Row,
    as_cells,
    as_geojson,
    plan_hubs,
    plan_indicators,
    plan_settlements,
    region_settlements,
    survey_cells,
)

Limit = Annotated[int, Query(ge=1, le=1000, description="Most items of a page.")]
Offset = Annotated[int, Query(ge=0, le=10_000_000, description="Items before this page.")]
Format = Literal["json", "geojson", "csv"]
FlatFormat = Literal["json", "csv"]
Year = Annotated[int, Query(ge=0, le=2300, description="0: the year of the plan.")]
Choice = Annotated[str, Query(pattern=r"^[a-z_]{0,40}$", description="Its id; the first when empty.")]
OfRegion = Annotated[str, Query(pattern=r"^[-a-zA-Z0-9_]{0,60}$", description="All when empty.")]
Slug = Annotated[str, Field(pattern=r"^[-a-zA-Z0-9_]{1,60}$")]

api = NinjaAPI(
    title="Musubime", version=__version__, docs_url=None, urls_namespace="api", auth=TokenIfGiven(),
    description="Regions, plans, settlements, indicators and survey tables. What is public needs no token; a token of "
                "an organisation also opens what is not public in its area.",
)
OPEN: dict[str, Any] = {"security": [{}, {"TokenIfGiven": []}]}  # a token may be given and need not be
CSV: dict[str, Any] = {"text/csv": {"schema": {"type": "string"}}}
GEOJSON: dict[str, Any] = {"application/geo+json": {"schema": {"type": "object"}}}
POINTS = OPEN | {"responses": {200: {"content": CSV | GEOJSON}}}
FIGURES = OPEN | {"responses": {200: {"content": CSV}}}


def _problem(status: int, detail: Text, remedy: Text) -> HttpResponse:
    return JsonResponse({"detail": detail.as_json(), "remedy": remedy.as_json()}, status=status,
                        json_dumps_params={"ensure_ascii": False})


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, error: Exception) -> HttpResponse:
    return _problem(404, text("There is no such thing, or it is not open to you."),
                    text("See the list above it, or give a token of an organisation that may see it."))


@api.exception_handler(AuthenticationError)
def _unknown_token(request: HttpRequest, error: Exception) -> HttpResponse:
    return _problem(401, text("The token is wrong, expired or revoked."),
                    text("Ask the lead of your organisation for a new one; what is public needs none."))


@api.exception_handler(ValidationError)
def _not_understood(request: HttpRequest, error: Exception) -> HttpResponse:
    places = [".".join(map(str, one["loc"])) for one in getattr(error, "errors", [])]
    return _problem(422, text("This part of the address was not understood: {places}.", places=", ".join(places)),
                    text("See /api/v1/openapi.json for what each address takes."))


def _page(request: HttpRequest, rows: Sequence[Any], limit: int, offset: int) -> dict[str, Any]:
    query = request.GET.dict() | {"limit": str(limit), "offset": str(offset + limit)}
    return {
        "count": len(rows), "items": list(rows[offset:offset + limit]),
        "next": (request.build_absolute_uri(f"{request.path}?{urlencode(query)}")
                 if offset + limit < len(rows) else None),
    }


def _table(request: HttpRequest, name: str, rows: list[Row], form: str, limit: int, offset: int) -> Any:
    if form == "csv":
        return csv_response(name, *as_cells(rows))
    if form == "geojson":
        return JsonResponse(as_geojson(rows), content_type="application/geo+json",
                            json_dumps_params={"ensure_ascii": False, "allow_nan": False})
    return _page(request, rows, limit, offset)


def _reader(request: HttpRequest) -> Reader:
    reader: Reader = request.auth  # type: ignore[attr-defined]  # ninja puts there what the token opened
    return reader


def _regions(request: HttpRequest) -> list[Region]:
    reader = _reader(request)
    return [region for region in Region.objects.all() if region.public or reader.opens(Scope.PLACES, region.code)]


def _region(request: HttpRequest, slug: str) -> Region:
    found = next((region for region in _regions(request) if region.slug == slug), None)
    if found is None:
        raise Http404
    return found


def _plans(request: HttpRequest, **wanted: Any) -> list[Plan]:
    reader = _reader(request)
    return [plan for plan in Plan.objects.filter(**wanted).select_related("region")
            if (plan.published and plan.region.public) or reader.opens(Scope.PLANS, plan.region.code)]


def _plan(request: HttpRequest, key: str) -> Plan:
    found = _plans(request, key=key)
    if not found:
        raise Http404
    return found[0]


def _region_row(region: Region) -> Row:
    return {
        "slug": region.slug, "code": region.code, "name": region.name, "prefecture": region.prefecture,
        "people": region.people, "settlements": region.settlements, "public": region.public,
        "updated": region.imported_at.isoformat(timespec="seconds"),
    }


def _plan_row(plan: Plan) -> Row:
    return {
        "key": plan.key, "name": plan.name, "region": plan.region_id, "code": plan.region.code,
        "published": plan.published, "made": plan.made_at.isoformat(timespec="seconds"),
        "plan_year": plan.summary.get("plan_year"), "hubs": plan.summary.get("hubs", []),
        "cost_jpy_per_year": plan.summary.get("cost_jpy_per_year"), "gap": plan.summary.get("gap"),
    }


ERRORS: dict[Any, Any] = {400: schemas.Problem, 401: schemas.Problem, 404: schemas.Problem, 422: schemas.Problem}
LIST_ERRORS: dict[Any, Any] = {400: schemas.Problem, 401: schemas.Problem, 422: schemas.Problem}


@api.get("/regions", response={200: schemas.RegionPage} | LIST_ERRORS, openapi_extra=OPEN, summary="Regions")
def regions(request: HttpRequest, limit: Limit = 100, offset: Offset = 0) -> Any:
    return _page(request, [_region_row(region) for region in _regions(request)], limit, offset)


@api.get("/regions/{slug}", response={200: schemas.RegionRow} | ERRORS, openapi_extra=OPEN, summary="One region")
def region(request: HttpRequest, slug: Slug) -> Any:
    return _region_row(_region(request, slug))


@api.get("/regions/{slug}/settlements", response={200: schemas.SettlementPage} | ERRORS, openapi_extra=POINTS,
         summary="Settlements of a region and their people at the newest count")
def settlements_of_region(
    request: HttpRequest, slug: Slug, format: Format = "json", limit: Limit = 100, offset: Offset = 0,
) -> Any:
    found = _region(request, slug)
    rows = list(region_settlements(facts_of(found)))
    return _table(request, f"settlements-{slug}", rows, format, limit, offset)


@api.get("/plans", response={200: schemas.PlanPage} | LIST_ERRORS, openapi_extra=OPEN, summary="Plans")
def plans(request: HttpRequest, region: OfRegion = "", limit: Limit = 100, offset: Offset = 0) -> Any:
    wanted = {} if not region else {"region_id": region}
    return _page(request, [_plan_row(plan) for plan in _plans(request, **wanted)], limit, offset)


@api.get("/plans/{key}", response={200: schemas.PlanDetail} | ERRORS, openapi_extra=OPEN,
         summary="One plan: its alternatives, and where the rest is")
def plan(request: HttpRequest, key: Slug) -> Any:
    found = _plan(request, key)
    document = load_plan(found).document
    here = request.build_absolute_uri(f"/api/v1/plans/{key}")
    return _plan_row(found) | {
        "years": list(document.years), "settlements": f"{here}/settlements", "hub_list": f"{here}/hubs",
        "indicators": f"{here}/indicators", "document": f"{here}/document",
        "alternatives": [{"id": a.id, "name": a.name.model_dump(), "status": a.status, "gap": a.gap,
                          "cost_jpy_per_year": a.cost_jpy_per_year} for a in document.alternatives],
    }


def _chosen(request: HttpRequest, key: str, alternative: str, year: int) -> tuple[Any, Alternative, int]:
    document = load_plan(_plan(request, key)).document
    first = document.alternatives[0].id
    found = next((a for a in document.alternatives if a.id == (alternative or first)), None)
    year = year or document.plan_year
    if found is None or year not in document.years:
        raise Http404
    return document, found, year


@api.get("/plans/{key}/settlements", response={200: schemas.PlannedSettlementPage} | ERRORS, openapi_extra=POINTS,
         summary="Settlements under an alternative (the first when not said) in a year (the plan's when not said)")
def settlements_of_plan(
    request: HttpRequest, key: Slug, alternative: Choice = "", year: Year = 0,
    format: Format = "json", limit: Limit = 100, offset: Offset = 0,
) -> Any:
    document, chosen, at = _chosen(request, key, alternative, year)
    rows = list(plan_settlements(document, chosen, at))
    return _table(request, f"settlements-{key}-{chosen.id}-{at}", rows, format, limit, offset)


@api.get("/plans/{key}/hubs", response={200: schemas.HubPage} | ERRORS, openapi_extra=POINTS,
         summary="Hubs of an alternative")
def hubs_of_plan(
    request: HttpRequest, key: Slug, alternative: Choice = "", year: Year = 0,
    format: Format = "json", limit: Limit = 100, offset: Offset = 0,
) -> Any:
    _, chosen, at = _chosen(request, key, alternative, year)
    return _table(request, f"hubs-{key}-{chosen.id}-{at}", list(plan_hubs(chosen, at)), format, limit, offset)


@api.get("/plans/{key}/indicators", response={200: schemas.IndicatorPage} | ERRORS, openapi_extra=FIGURES,
         summary="Indicators by alternative and year, and if nothing is done")
def indicators_of_plan(
    request: HttpRequest, key: Slug, format: FlatFormat = "json", limit: Limit = 100, offset: Offset = 0,
) -> Any:
    document = load_plan(_plan(request, key)).document
    return _table(request, f"indicators-{key}", list(plan_indicators(document)), format, limit, offset)


@api.get("/plans/{key}/document", response={200: dict[str, Any]} | ERRORS, openapi_extra=OPEN,
         summary="plan.json as `musubime plan` wrote it (docs/plan-json.md)")
def document_of_plan(request: HttpRequest, key: Slug) -> Any:
    path: Path = _plan(request, key).folder / "plan.json"
    return FileResponse(path.open("rb"), content_type="application/json")


def _survey_row(request: HttpRequest, wave: Wave) -> Row:
    states = wave.states  # type: ignore[attr-defined]  # annotated by _waves
    return {
        "key": wave.key, "title": wave.title, "fiscal_year": wave.fiscal_year, "due": wave.due.isoformat(),
        "open": wave.is_open, "asked": sum(states.values()),
        "submitted": states.get(State.SUBMITTED, 0) + states.get(State.ACCEPTED, 0),
        "accepted": states.get(State.ACCEPTED, 0), "tables": len(_made(request, wave)),
    }


def _waves(**wanted: Any) -> list[Wave]:
    found = list(Wave.objects.filter(**wanted).defer("questionnaire"))
    counted = Return.objects.filter(wave__in=found).values_list("wave_id", "state").annotate(n=Count("pk"))
    states: dict[str, dict[str, int]] = {wave.key: {} for wave in found}
    for key, state, n in counted.order_by():
        states[key][state] = n
    for wave in found:
        wave.states = states[wave.key]  # type: ignore[attr-defined]
    return found


def _made(request: HttpRequest, wave: Wave) -> list[Made]:
    """Tables of a wave that this reader may see, the newest of each area."""
    reader, newest = _reader(request), {}
    for made in wave.made.exclude(done_at=None).order_by("at"):
        if made.published_at is not None or reader.opens_area(Scope.SURVEYS, made.area):
            newest[made.area] = made
    return [newest[area] for area in sorted(newest)]


@api.get("/surveys", response={200: schemas.SurveyPage} | LIST_ERRORS, openapi_extra=OPEN, summary="Waves of surveys")
def surveys(request: HttpRequest, limit: Limit = 100, offset: Offset = 0) -> Any:
    return _page(request, [_survey_row(request, wave) for wave in _waves()], limit, offset)


@api.get("/surveys/{key}/tables", response={200: schemas.SurveyCellPage} | ERRORS, openapi_extra=FIGURES,
         summary="Tables of a wave, one cell a row: published ones, and with a token those of the own area")
def tables_of_survey(
    request: HttpRequest, key: Slug, format: FlatFormat = "json", limit: Limit = 100, offset: Offset = 0,
) -> Any:
    waves = _waves(key=key)
    if not waves:
        raise Http404
    rows = [row for made in _made(request, waves[0])
            for row in survey_cells(key, made.area, json.loads((made.folder / "tables.json").read_text("utf-8")))]
    return _table(request, f"tables-{key}", rows, format, limit, offset)
