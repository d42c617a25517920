"""plan.gpkg: the plan as layers for QGIS, JGD2011 longitude and latitude (EPSG:6668)."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry

from musubime.region import Region
from musubime.studies.document import Alternative, PlanDocument

from .views import Plan

CRS = "EPSG:6668"


def write_geopackage(document: PlanDocument, region: Region, path: Path) -> None:
    """Write the layers of docs/methods/reports.md. What differs by alternative names it in a column."""
    plan = Plan(document)
    layers: dict[str, tuple[list[dict[str, Any]], list[BaseGeometry]]] = {
        "boundary": ([{"code": region.code, "name": region.name}], [region.boundary]),
        "settlements": _settlements(plan),
        "settlements_by_alternative": _settlements_by_alternative(plan),
        "hubs": _hubs(plan),
        "buildings": _buildings(plan),
        "assignment": _assignment(plan),
    }
    path.unlink(missing_ok=True)
    for name, (rows, shapes) in layers.items():
        if rows:
            frame = gpd.GeoDataFrame(pd.DataFrame(rows), geometry=list(shapes), crs=CRS)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # columns that are empty throughout
                frame.to_file(path, layer=name, driver="GPKG", engine="pyogrio", mode="a" if path.exists() else "w")


Layer = tuple[list[dict[str, Any]], list[BaseGeometry]]


def _placed(lon: float, lat: float) -> bool:
    return math.isfinite(lon) and math.isfinite(lat)


def _settlements(plan: Plan) -> Layer:
    """One point each: people by year, what is near today, and the reference alternative's answer."""
    hub_of, lacking = plan.hub_of(plan.first), {u.settlement: u.services for u in plan.first.unserved}
    rows: list[dict[str, Any]] = []
    shapes: list[BaseGeometry] = []
    for s in plan.document.settlements:
        if not _placed(s.lon, s.lat):
            continue
        row: dict[str, Any] = {"id": s.id, "name": s.name, "district": s.district, "households": s.households}
        for year in plan.document.years:
            count = s.people.get(year)
            row[f"people_{year}"] = round(count.total, 1) if count else None
            row[f"over65_{year}"] = round(count.over_65, 1) if count else None
        if plan.today_known:
            row["services_today"] = plan.reached_today(s)
        for service, near in s.today.items():
            row[f"{service}_min"] = near.car_min
        row |= {"nearest_hub": hub_of.get(s.id), "unserved": ",".join(lacking.get(s.id, [])) or None}
        rows.append(row)
        shapes.append(Point(s.lon, s.lat))
    return rows, shapes


def _settlements_by_alternative(plan: Plan) -> Layer:
    rows: list[dict[str, Any]] = []
    shapes: list[BaseGeometry] = []
    for alternative in plan.document.alternatives:
        hub_of, reached = plan.hub_of(alternative), plan.reached(alternative.assignment)
        lacking = {u.settlement: u for u in alternative.unserved}
        for s in plan.document.settlements:
            if not _placed(s.lon, s.lat) or not alternative.assignment:
                continue
            out = lacking.get(s.id)
            rows.append({
                "alternative": alternative.id, "id": s.id, "name": s.name,
                "people": round(s.people[plan.last_year].total, 1), "year": plan.last_year,
                "services_reached": reached[s.id], "nearest_hub": hub_of.get(s.id),
                "unserved": ",".join(out.services) if out else None,
                "nearest_hub_min": out.nearest_hub_min if out else None,
            })
            shapes.append(Point(s.lon, s.lat))
    return rows, shapes


def _hubs(plan: Plan) -> Layer:
    rows: list[dict[str, Any]] = []
    shapes: list[BaseGeometry] = []
    for alternative in plan.document.alternatives:
        for hub in alternative.hubs:
            row: dict[str, Any] = {
                "alternative": alternative.id, "place": hub.place, "name": hub.name,
                "services": ",".join(s.service for s in hub.services),
                "opened": ",".join(s.service for s in hub.services if s.action == "opened") or None,
                "kept": ",".join(s.service for s in hub.services if s.action == "kept") or None,
                "settlements": len(hub.settlements), "cost_jpy_per_year": round(hub.cost_jpy_per_year),
                "why_ja": hub.why.ja, "why_en": hub.why.en,
            }
            row |= {f"people_{year}": round(people, 1) for year, people in hub.people.items()}
            rows.append(row)
            shapes.append(Point(hub.lon, hub.lat))
    return rows, shapes


def _buildings(plan: Plan) -> Layer:
    """Buildings that a hub uses, with the services newly offered in each."""
    facilities = {f.id: f for f in plan.document.facilities}
    rows: list[dict[str, Any]] = []
    shapes: list[BaseGeometry] = []
    for alternative in plan.document.alternatives:
        for hub in alternative.hubs:
            for building in hub.buildings_used:
                facility = facilities.get(building)
                if facility is None or not _placed(facility.lon, facility.lat):
                    continue
                inside = [s.service for s in hub.services if s.building == building]
                rows.append({
                    "alternative": alternative.id, "id": facility.id, "name": facility.name, "kind": facility.kind,
                    "floor_m2": facility.floor_m2, "hub": hub.name, "place": hub.place,
                    "services": ",".join(inside) or None,
                })
                shapes.append(Point(facility.lon, facility.lat))
    return rows, shapes


def _assignment(plan: Plan) -> Layer:
    """A line from each settlement to the place where it is served, one for all services that lead to the same place."""
    rows: list[dict[str, Any]] = []
    shapes: list[BaseGeometry] = []
    for alternative in plan.document.alternatives:
        for (settlement, place), (services, minutes) in _journeys(alternative).items():
            position, point = plan.position.get(settlement), plan.place_points.get(place)
            if position is None or point is None:
                continue
            s = plan.document.settlements[position]
            if not (_placed(s.lon, s.lat) and _placed(*point)):
                continue
            rows.append({
                "alternative": alternative.id, "settlement": settlement, "name": s.name, "place": place,
                "place_name": plan.place_name(place), "services": ",".join(services), "minutes": minutes,
            })
            shapes.append(LineString([(s.lon, s.lat), point]))
    return rows, shapes


def _journeys(alternative: Alternative) -> dict[tuple[str, str], tuple[Sequence[str], float | None]]:
    found: dict[tuple[str, str], tuple[list[str], float | None]] = {}
    for row in alternative.assignment:
        if row.place is not None:
            found.setdefault((row.settlement, row.place), ([], row.minutes))[0].append(row.service)
    return dict(found)
