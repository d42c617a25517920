"""The layers of a plan's map as GeoJSON, made once: every case and year stands in the properties, so that the map
switches without asking again.

Properties of settlements: `p2040` people, `o2040` share of 65 and over in whole percent, `a2040` its class,
`l_CASE_2040` services out of reach (of those compared), `h_CASE` name of the hub it is tied to. Of hubs: `in_CASE`.
Of places: `on_CASE_2040` offers something, `x_CASE_2040` has lost something that it has today.
"""

from __future__ import annotations

import gzip
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from django.urls import reverse

from musubime.region import Region
from musubime.reports.pictures import age_class
from musubime.reports.views import Plan as PlanView
from musubime.web.pages.ground import as_geojson, ground

from .by_year import NONE, Reach

LAYERS = ("ground", "settlements", "hubs", "places")
Feature = dict[str, Any]


def compared(view: PlanView, year: int) -> tuple[str, ...]:
    """Services by which a year is judged: in the base year those of which a file tells where they are."""
    return view.today_services if year == view.base_year and view.today_known else view.later_services


def lacking(view: PlanView, reach: Reach, case: str, year: int) -> Any:
    """How many of the compared services lie beyond reach of each settlement: (settlements,)."""
    chosen = np.isin(reach.services, compared(view, year))
    return (~reach.within(case, year) & chosen).sum(axis=1)


def layers(key: str, region: Region, view: PlanView, reach: Reach) -> dict[str, bytes]:
    """Name to GeoJSON, compressed with gzip (without a time in it: same plan, same bytes)."""
    made = {
        "ground": ground(region)["features"], "settlements": _settlements(key, view, reach), "hubs": _hubs(view),
        "places": list(_places(view, reach)),
    }
    return {
        name: gzip.compress(as_geojson({"type": "FeatureCollection", "features": features}).encode(), 9, mtime=0)
        for name, features in made.items()
    }


def _point(lon: float, lat: float, properties: dict[str, Any]) -> Feature:
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": [round(lon, 5), round(lat, 5)]},
            "properties": properties}


def _settlements(key: str, view: PlanView, reach: Reach) -> list[Feature]:
    document = view.document
    hub_of = {a.id: view.hub_of(a) for a in document.alternatives}
    counts = {(case, year): lacking(view, reach, case, year) for case in reach.cases for year in reach.years}
    found = []
    for i, settlement in enumerate(document.settlements):
        if not (math.isfinite(settlement.lon) and math.isfinite(settlement.lat)):
            continue
        properties: dict[str, Any] = {
            "name": settlement.name, "url": reverse("plans:settlement", args=[key, settlement.id])}
        for year, count in settlement.people.items():
            share = count.over_65 / count.total if count.total > 0 else 0.0
            properties |= {f"p{year}": round(count.total, 1), f"o{year}": round(100 * share),
                           f"a{year}": age_class(share)}
        properties |= {f"l_{case}_{year}": int(n[i]) for (case, year), n in counts.items()}
        properties |= {f"h_{case}": hubs[settlement.id] for case, hubs in hub_of.items() if settlement.id in hubs}
        found.append(_point(settlement.lon, settlement.lat, properties))
    return found


def _hubs(view: PlanView) -> list[Feature]:
    places: dict[str, Feature] = {}
    for alternative in view.document.alternatives:
        for hub in alternative.hubs:
            feature = places.setdefault(hub.place, _point(hub.lon, hub.lat, {"name": hub.name}))
            feature["properties"] |= {
                f"in_{alternative.id}": True, f"n_{alternative.id}": len(hub.services),
                **{f"p_{alternative.id}_{year}": round(people) for year, people in hub.people.items()}}
    return list(places.values())


def _places(view: PlanView, reach: Reach) -> Iterator[Feature]:
    points, known = view.place_points, np.isin(reach.services, view.later_services)
    there = {(case, year): reach.offered[reach.at(case, year)][:, known]
             for case in reach.cases for year in reach.years}
    before = there[NONE, view.base_year]
    for j, place in enumerate(reach.places):
        if place not in points or not all(map(math.isfinite, points[place])):
            continue
        properties: dict[str, Any] = {"name": view.place_name(place)}
        for (case, year), offered in there.items():
            if offered[j].any():
                properties[f"on_{case}_{year}"] = True
            if (before[j] & ~offered[j]).any():
                properties[f"x_{case}_{year}"] = True
        if len(properties) > 1:
            yield _point(*points[place], properties)
