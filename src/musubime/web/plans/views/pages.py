"""What everybody may read of a plan that is published, and its area of one that is not yet."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from musubime.language import text
from musubime.reports.views import silences
from musubime.web.accounts.rights import may, rights_of

from .. import settlement as told_of
from .. import told
from ..by_year import NONE
from ..common import find_loaded, frame, visible_plans
from ..comparing import compare as compare_plans
from ..drawings import has_chart
from ..making import FILES
from ..mapping import AGES, REACH, case_name, plan_map, switches
from ..models import Plan
from ..reading import Loaded

PER_PAGE = 100


@may("plans.see")
def listed(request: HttpRequest) -> HttpResponse:
    """All plans that the reader may see, by region."""
    plans = sorted(visible_plans(request), key=lambda p: (p.region.code, p.region.slug))
    regions: dict[str, dict[str, Any]] = {}
    for plan in plans:
        regions.setdefault(plan.region.slug, {"region": plan.region, "plans": []})["plans"].append(plan)
    return render(request, "plans/list.html", {
        "regions": regions.values(), "may_make": "plans.publish" in rights_of(request.user)})


def _asked(request: HttpRequest, loaded: Loaded) -> tuple[str, int, str]:
    """Case, year and what is shown, as asked in the address; the reference in the plan year otherwise."""
    document = loaded.document
    case = request.GET.get("case", "")
    year = request.GET.get("year", "")
    show = request.GET.get("show", "")
    return (
        case if case in loaded.reach.cases else document.alternatives[0].id,
        int(year) if year.isascii() and year.isdigit() and int(year) in document.years else document.plan_year,
        show if show in (REACH, AGES) else REACH,
    )


@may("plans.see")
def page(request: HttpRequest, key: str) -> HttpResponse:
    plan, loaded = find_loaded(request, key)
    document = loaded.document
    case, year, show = _asked(request, loaded)
    alternative = loaded.alternatives.get(case)
    unserved = told.unserved(loaded, alternative) if alternative else []
    first = document.alternatives[0]
    return render(request, "plans/page.html", frame(
        request, plan, loaded=loaded, document=document, case=case, year=year, show=show,
        chosen=alternative, chosen_name=case_name(loaded, case), lead=told.lead(loaded), first=first,
        measures=first.by_year.get(document.plan_year), before=document.without_plan.get(document.plan_year),
        proof=told.proof(alternative) if alternative else None, map=plan_map(loaded, case, year, show),
        switches=switches(loaded), seen=told.in_view(loaded, case, year), alternatives=told.alternatives(loaded),
        years=told.years(loaded, alternative) if alternative else [],
        hubs=told.hubs(loaded, alternative) if alternative else [], unserved=unserved[:told.SHOWN],
        unserved_count=len(unserved), last_year=document.years[-1],
        files=[name for name in FILES if (loaded.folder / name).is_file()],
        address=request.build_absolute_uri(plan.get_absolute_url()),
        others=[p for p in visible_plans(request) if p.region_id == plan.region_id and p.key != plan.key],
    ))


SORTS = {"lack": "services", "people": "people", "name": "name"}


@may("plans.see")
def settlements(request: HttpRequest, key: str) -> HttpResponse:
    """Every settlement in one table, a hundred on a page."""
    plan, loaded = find_loaded(request, key)
    case, year, _ = _asked(request, loaded)
    words = request.GET.get("q", "").strip()[:60]
    rows = [row for row in told_of.table(loaded, case, year) if not words or words in row["name"]
            or words in row["district"]]
    order = request.GET.get("sort", "lack")
    rows.sort(key={
        "people": lambda r: -r["people"], "name": lambda r: (r["district"], r["name"]),
    }.get(order, lambda r: (-r["lacks"], -r["people"])))
    return render(request, "plans/settlements.html", frame(
        request, plan, loaded=loaded, document=loaded.document, case=case, year=year, words=words,
        order=order if order in SORTS else "lack", base=loaded.document.years[0],
        rows=Paginator(rows, PER_PAGE).get_page(request.GET.get("page")), switches=switches(loaded),
        case_name=case_name(loaded, case),
    ))


@may("plans.see")
def settlement(request: HttpRequest, key: str, settlement: str) -> HttpResponse:
    plan, loaded = find_loaded(request, key)
    found = loaded.settlement(settlement)
    if found is None:
        raise Http404
    case, year, _ = _asked(request, loaded)
    if year == loaded.document.years[0]:
        year = loaded.document.plan_year
    if case == NONE:
        case = loaded.document.alternatives[0].id
    spread = loaded.document.outlook.intervals
    people = found.people
    return render(request, "plans/settlement.html", frame(
        request, plan, loaded=loaded, document=loaded.document, settlement=found, case=case, year=year,
        case_name=case_name(loaded, case), base=loaded.document.years[0], last_year=loaded.document.years[-1],
        first_people=people[loaded.document.years[0]], last_people=people[loaded.document.years[-1]],
        services=told_of.services(loaded, found, case, year), ages=told_of.ages(loaded, found),
        outlook=told_of.outlook(loaded, found), chance_heads=told_of.chance_heads(loaded),
        hubs=told_of.hubs(loaded, found), spread=spread, switches=switches(loaded),
        pyramid=has_chart(loaded, found, "pyramid"), fan=has_chart(loaded, found, "fan"),
        hub=loaded.hub_of[case].get(found.id, ""), bus_known=loaded.document.diagnosis.bus_settlements is not None,
    ))


@may("plans.see")
def basis(request: HttpRequest, key: str) -> HttpResponse:
    """Assumptions, notes, sources: what the plan stands on and what it does not say."""
    from musubime.reports.views import NOTE_KINDS, source_words, unit, value_words

    plan, loaded = find_loaded(request, key)
    document = loaded.document
    parameters = [
        {"name": p.name, "description": p.description.model_dump(), "value": value_words(p.value), "unit": unit(p.unit),
         "source": source_words(p.source), "since": p.since, "overridden": p.overridden}
        for p in document.parameters
    ]
    return render(request, "plans/basis.html", frame(
        request, plan, document=document, silences=silences(loaded.view), parameters=parameters,
        own=[p for p in parameters if p["overridden"]],
        notes=[{"kind": NOTE_KINDS[n.kind], "what": n.what.model_dump(), "count": n.count, "source": n.source,
                "examples": n.examples} for n in document.notes],
        method=document.outlook.method.model_dump(), basis=document.place.settlement_basis.model_dump(),
    ))


@may("plans.see")
def compare(request: HttpRequest) -> HttpResponse:
    """Two plans of one region side by side; without two, the choice of them."""
    plans = visible_plans(request)
    by_key = {plan.key: plan for plan in plans}
    chosen = [by_key.get(request.GET.get(name, "")) for name in ("a", "b")]
    context: dict[str, Any] = {"plans": plans, "chosen": chosen, "projector": request.GET.get("projector") == "1"}
    a, b = chosen
    if a is not None and b is not None:
        if a.region_id != b.region_id:
            context["fault"] = text("These two plans are of two regions; only plans of one region can be compared.")
        else:
            context |= _compared(request, a, b)
    return render(request, "plans/compare.html", context)


def _compared(request: HttpRequest, a: Plan, b: Plan) -> dict[str, Any]:
    (_, one), (_, two) = find_loaded(request, a.key), find_loaded(request, b.key)
    maps = [
        plan_map(loaded, loaded.document.alternatives[0].id, loaded.document.plan_year, REACH, key=key, lists=False)
        for key, loaded in (("map-a", one), ("map-b", two))
    ]
    return {"compared": compare_plans(one, two), "maps": list(zip((a, b), maps, strict=True)), "both": (a, b)}
