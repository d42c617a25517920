"""A region: summary and map, settlements, facilities, living areas, sources, and its layers as GeoJSON."""

from __future__ import annotations

import gzip
import re
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers

from musubime.language import current_language, text
from musubime.region.tables import age_column
from musubime.reports.views import BASES, FACILITY_KINDS, FACILITY_STATUSES, NOTE_KINDS, words_of
from musubime.web.accounts.rights import may, may_in
from musubime.web.csv_files import csv_response
from musubime.web.pages.maps import AGE, Key, Layer, MapView, Row

from ..common import find, find_with_facts, visible_regions
from ..facts import LAYERS, Facts, layer_of
from ..forms import service_words
from ..models import Region

AGES = (text("under 30%"), text("30 to 39%"), text("40 to 49%"), text("50 to 69%"), text("70% and over"))
SORTS = {
    "name": lambda one: one["name"], "area": lambda one: (one["area"], one["name"]),
    "people": lambda one: -(one["people"] or 0), "households": lambda one: -(one["households"] or 0),
    "share": lambda one: -(one["share"] or 0),
}


@may("places.see")
def listed(request: HttpRequest) -> HttpResponse:
    return render(request, "places/list.html", {"regions": visible_regions(request)})


def _frame(request: HttpRequest, region: Region, facts: Facts, **more: Any) -> dict[str, Any]:
    return {"region": region, "facts": facts, "editable": may_in(request.user, "places.import", region.code), **more}


@may("places.see")
def region(request: HttpRequest, slug: str) -> HttpResponse:
    found, facts = find_with_facts(request, slug)
    share = facts["over_65"] / facts["people"] if facts["over_65"] is not None and facts["people"] else None
    plans = found.plans.filter(published=True) if hasattr(found, "plans") else []
    return render(request, "places/region.html", _frame(
        request, found, facts, share=share, map=_map(found, facts), plans=plans, tab="region",
        plannable=may_in(request.user, "plans.publish", found.code),
        services=[(service_words(service), None if service in facts["unknown_services"] else count)
                  for service, count in facts["services"].items()]))


def _map(region: Region, facts: Facts) -> MapView:
    def address(layer: str) -> str:
        return reverse("places:layer", args=[region.slug, layer])

    kind = f"kind_{current_language()}"
    people, share = text("People"), text("65 and over, %")
    return MapView(
        text("Map of {name}", name=region.name), tuple(facts["bounds"]),
        [Layer("ground", address("ground"), "ground"),
         Layer("settlements", address("settlements"), "circles", AGE, by="age", size="people", names="near",
               popup=((people, "people"), (share, "share_65"))),
         Layer("facilities", address("facilities"), "symbols", ("#8a8a92", "#0072b2"), ("square",), by="service",
               popup=((text("Kind"), kind),))],
        [Key("circle", colour, text("{share} are 65 and over", share=words))
         for colour, words in zip(AGE, AGES, strict=True)]
        + [Key("square", "#0072b2", text("building with a service of daily life")),
           Key("square", "#8a8a92", text("other building"))],
        text("Circles are as large as their people ({year}).", year=facts["year"]),
        [Row(one["name"], reverse("places:settlement", args=[region.slug, one["id"]]),
             text("{people:,.0f} people", people=one["people"]) if one["people"] is not None else "")
         for one in facts["settlements"]],
    )


def _chosen(request: HttpRequest, facts: Facts) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Settlements as the reader searched, filtered and sorted them."""
    asked = {key: request.GET.get(key, "")[:80] for key in ("q", "area", "sort")}
    if asked["sort"] not in SORTS:
        asked["sort"] = ""
    words = asked["q"].strip().casefold()
    rows = [one for one in facts["settlements"]
            if (not words or words in one["name"].casefold()) and (not asked["area"] or one["area"] == asked["area"])]
    if asked["sort"]:
        rows = sorted(rows, key=SORTS[asked["sort"]])
    return rows, asked


@may("places.see")
def settlements(request: HttpRequest, slug: str) -> HttpResponse:
    found, facts = find_with_facts(request, slug)
    rows, asked = _chosen(request, facts)
    return render(request, "places/settlements.html", _frame(
        request, found, facts, rows=rows, asked=asked, tab="settlements", query=request.GET.urlencode(),
        heads=[("name", text("Settlement"), ""), ("area", text("Living area"), ""), ("people", text("People"), "n"),
               ("share", text("Share aged 65 and over"), "n"), ("households", text("Households"), "n")]))


@may("places.see")
def settlements_csv(request: HttpRequest, slug: str) -> HttpResponse:
    _, facts = find_with_facts(request, slug)
    rows, _ = _chosen(request, facts)
    ages = facts["age_from"]
    columns = [age_column(age, None if i + 1 == len(ages) else ages[i + 1] - 1) for i, age in enumerate(ages)]
    header = ["id", "name", "living_area", "lon", "lat", "people", "over_65", "households", "basis",
              *(f"{sex}_{column}" for sex in ("male", "female") for column in columns)]
    return csv_response(f"{slug}-settlements", header, (
        [one["id"], one["name"], one["area"], one["lon"], one["lat"], one["people"], one["over_65"], one["households"],
         one["basis"], *((n for sex in one["ages"] for n in sex) if one["ages"] else ())] for one in rows))


@may("places.see")
def settlement(request: HttpRequest, slug: str, settlement: str) -> HttpResponse:
    found, facts = find_with_facts(request, slug)
    one = next((row for row in facts["settlements"] if row["id"] == settlement), None)
    if one is None:
        raise Http404
    ages = _pyramid(facts["age_from"], one["ages"])
    near = [way | {"words": service_words(way["service"])} for way in one["near"]]
    return render(request, "places/settlement.html", _frame(
        request, found, facts, one=one, ages=ages, height=15 * len(ages) + 8, near=near, tab="settlements",
        basis=words_of(BASES, one["basis"])))


def _pyramid(age_from: list[int], counted: list[list[float]] | None) -> list[dict[str, Any]]:
    """Men and women of each age group, with where and how wide their bars are drawn: the oldest on top."""
    if counted is None:
        return []
    men, women = counted
    most = max(*men, *women) or 1.0
    last = len(age_from) - 1
    return [{
        "age": f"{age}–{age_from[i + 1] - 1}" if i < last else f"{age}+", "men": men[i], "women": women[i],
        "top": 4 + 15 * (last - i), "men_wide": round(150 * men[i] / most, 1),
        "women_wide": round(150 * women[i] / most, 1), "men_left": round(150 - 150 * men[i] / most, 1),
    } for i, age in enumerate(age_from)]


@may("places.see")
def facilities(request: HttpRequest, slug: str) -> HttpResponse:
    found, facts = find_with_facts(request, slug)
    words = request.GET.get("q", "").strip()[:80]
    kind = request.GET.get("kind", "")
    kinds = {key: words_of(FACILITY_KINDS, key) for key in sorted({one["kind"] for one in facts["facilities"]})}
    rows = [one | {"kind_words": kinds[one["kind"]], "status_words": words_of(FACILITY_STATUSES, one["status"]),
                   "service_words": [service_words(service) for service in one["services"]]}
            for one in facts["facilities"]
            if (not words or words.casefold() in one["name"].casefold()) and (not kind or one["kind"] == kind)]
    return render(request, "places/facilities.html", _frame(
        request, found, facts, rows=rows, q=words, kind=kind, kinds=list(kinds.items()), tab="facilities"))


@may("places.see")
def areas(request: HttpRequest, slug: str) -> HttpResponse:
    found, facts = find_with_facts(request, slug)
    return render(request, "places/areas.html", _frame(request, found, facts, tab="areas"))


@may("places.see")
def sources(request: HttpRequest, slug: str) -> HttpResponse:
    found, facts = find_with_facts(request, slug)
    notes = facts["sources"]["notes"]
    groups = [(words, [note for note in notes if note["kind"] == kind]) for kind, words in NOTE_KINDS.items()]
    return render(request, "places/sources.html", _frame(
        request, found, facts, tab="sources", groups=[group for group in groups if group[1]]))


@may("places.see")
def layer(request: HttpRequest, slug: str, layer: str) -> HttpResponse:
    """A layer as GeoJSON: kept compressed, sent as it is kept, and not sent at all to who has it already."""
    found = find(request, slug)
    if layer not in LAYERS:
        raise Http404
    try:
        packed, digest = layer_of(found, layer)
    except FileNotFoundError as error:
        raise Http404 from error
    etag = f'"{digest}"'
    response: HttpResponse
    if etag in re.findall(r'"[^"]*"', request.headers.get("If-None-Match", "")):
        response = HttpResponseNotModified()
    elif "gzip" in request.headers.get("Accept-Encoding", ""):
        response = HttpResponse(packed, content_type="application/geo+json")
        response.headers["Content-Encoding"] = "gzip"
    else:
        response = HttpResponse(gzip.decompress(packed), content_type="application/geo+json")
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = f"{'public' if found.public else 'private'}, no-cache"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response
