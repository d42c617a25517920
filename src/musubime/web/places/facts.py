"""What pages and maps show of a region, made once when it is brought in: no request opens a GeoPackage.

Kept in the region's folder under `.site`: facts.json, and one compressed GeoJSON for each layer. Made anew when the
folder was changed by hand, or by another version of the site.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import math
import os
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from django.urls import reverse

from musubime import parameters
from musubime.errors import MusubimeError
from musubime.provenance import Ledger
from musubime.region import SERVICES, Region
from musubime.reports.pictures import age_class
from musubime.reports.views import FACILITY_KINDS, words_of
from musubime.studies.today import Today, look_at_today
from musubime.web.pages.ground import as_geojson, bounds, ground

from .models import Region as RegionRow

VERSION = 1  # of what is kept: counted up when it changes
LAYERS = ("ground", "boundary", "roads", "settlements", "facilities")
Facts = dict[str, Any]


def facts_of(region: RegionRow) -> Facts:
    """The facts of a region, out of memory or its file. Raises FileNotFoundError when the folder is gone."""
    path, stamp = region.folder / ".site" / "facts.json", _stamp(region.folder)
    try:
        found = _read(path, path.stat().st_mtime_ns)
        if found["stamp"] == stamp and found["version"] == VERSION:
            return found
    except (FileNotFoundError, ValueError, KeyError):
        pass
    return make_facts(region.slug, region.folder)


def layer_of(region: RegionRow, layer: str) -> tuple[bytes, str]:
    """A layer's GeoJSON, compressed with gzip, and the hash of its content."""
    digest = str(facts_of(region)["layers"][layer])
    return _bytes(region.folder / ".site" / f"{layer}-{digest}.geojson.gz"), digest


def make_facts(slug: str, folder: Path) -> Facts:
    """Read the region and keep what the site shows of it."""
    stamp = _stamp(folder)
    region = Region.open(folder)
    kept = folder / ".site"
    kept.mkdir(exist_ok=True)
    digests = {}
    for layer, features in _layers(slug, region).items():
        packed = gzip.compress(as_geojson({"type": "FeatureCollection", "features": features}).encode(), 6, mtime=0)
        digests[layer] = hashlib.sha256(packed).hexdigest()[:32]
        _write(kept / f"{layer}-{digests[layer]}.geojson.gz", packed)
    made = _facts(region) | {"version": VERSION, "stamp": stamp, "layers": digests}
    _write(kept / "facts.json", json.dumps(made, ensure_ascii=False, allow_nan=False).encode())
    current = {f"{layer}-{digest}.geojson.gz" for layer, digest in digests.items()}
    for old in kept.glob("*.geojson.gz"):
        if old.name not in current:
            old.unlink(missing_ok=True)
    return made


def _stamp(folder: Path) -> list[list[int]]:
    """Changes when the folder is replaced."""
    stats = [(folder / name).stat() for name in ("region.toml", "region.gpkg")]
    return [[stat.st_mtime_ns, stat.st_size] for stat in stats]


@lru_cache(16)
def _read(path: Path, stamp: int) -> Facts:
    return dict(json.loads(path.read_text("utf-8")))


@lru_cache(32)
def _bytes(path: Path) -> bytes:
    return path.read_bytes()


def _write(path: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    Path(name).replace(path)


def _known(value: float, digits: int = 6) -> float | None:
    return round(float(value), digits) if math.isfinite(value) else None


# --- facts ------------------------------------------------------------------------------------------------------

def _facts(region: Region) -> Facts:
    population = region.population
    over_65 = population.in_ages(65)[-1] if 65 in population.age_from else None
    latest, row = population.latest, {unit: i for i, unit in enumerate(population.unit_ids)}
    today = _today(region)
    s = region.settlements
    settlements: list[dict[str, Any]] = []
    for i, identity in enumerate(s.ids):
        people = latest[row[identity]] if identity in row else None
        total = None if people is None else float(people.sum())
        old = None if people is None or over_65 is None else float(over_65[row[identity]])
        settlements.append({
            "id": identity, "name": s.names[i], "area": s.districts[i], "basis": s.basis[i],
            "lon": _known(s.lon[i]), "lat": _known(s.lat[i]), "households": _known(s.households[i], 1),
            "people": total, "over_65": old, "share": old / total if total and old is not None else None,
            "ages": None if people is None else [[round(float(n), 2) for n in sex] for sex in people],
            "near": _near(today, i) if today else [],
        })
    f = region.facilities
    facilities: list[dict[str, Any]] = [{
        "id": f.ids[j], "name": f.names[j], "kind": f.kinds[j], "services": list(f.services[j]),
        "status": f.statuses[j], "closing_year": _known(f.closing_year[j], 0), "days": _known(f.days_per_week[j], 1),
        "host": bool(f.host[j]), "lon": _known(f.lon[j]), "lat": _known(f.lat[j]), "source": f.sources[j],
    } for j in range(len(f))]
    known = [one for one in settlements if one["people"] is not None]
    people = sum(one["people"] for one in known)
    return {
        "code": region.code, "name": region.name, "prefecture": region.prefecture, "fictional": region.fictional,
        "year": region.base_year, "month": population.months[-1], "bounds": list(bounds(region)),
        "people": people, "over_65": None if over_65 is None else sum(one["over_65"] for one in known),
        "households": None if any(one["households"] is None for one in settlements) else
        sum(one["households"] for one in settlements),
        "age_from": list(population.age_from), "settlements": settlements, "facilities": facilities,
        "areas": _areas(settlements), "services": {
            service: sum(service in one["services"] and one["status"] != "closed" for one in facilities)
            for service in SERVICES},
        "unknown_services": list(region.unknown_services), "times": today.car.basis if today else "",
        "sources": region.ledger.as_json(), "roads": 0 if region.roads is None else len(region.roads),
        "feeds": [feed.name for feed in region.transit],
        "series": [[year, month, float(counted)] for year, month, counted in zip(
            population.years, population.months, population.people.sum(axis=(1, 2, 3)), strict=True)],
    }


def _areas(settlements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Living areas in the order in which they are met; without a name the settlements belong to none."""
    found: dict[str, dict[str, Any]] = {}
    for one in settlements:
        if one["area"]:
            area = found.setdefault(one["area"], {"name": one["area"], "settlements": 0, "people": 0.0, "over_65": 0.0})
            area["settlements"] += 1
            area["people"] += one["people"] or 0.0
            area["over_65"] = None if area["over_65"] is None or one["over_65"] is None else (
                area["over_65"] + one["over_65"])
    return list(found.values())


def _today(region: Region) -> Today | None:
    """Times to services, as every plan reckons them; None where nobody can say them."""
    try:
        return look_at_today(region, parameters.load(overrides=region.parameters), Ledger())
    except MusubimeError:
        return None


def _near(today: Today, i: int) -> list[dict[str, Any]]:
    """The nearest place of each service of settlement i: by car, and the minutes on foot there."""
    found = []
    for k, service in enumerate(today.services):
        minutes = np.where(today.offered[:, k], today.car.minutes[i], np.inf)
        if len(minutes) and math.isfinite(minutes.min()):
            j = int(minutes.argmin())
            found.append({"service": service, "name": today.facilities.names[j], "car_min": round(float(minutes[j]), 1),
                          "walk_min": _known(today.walk.minutes[i, j], 1)})
    return found


# --- layers -----------------------------------------------------------------------------------------------------

def _layers(slug: str, region: Region) -> dict[str, list[dict[str, Any]]]:
    features = ground(region)["features"]
    return {
        "ground": features,
        "boundary": [one for one in features if one["properties"]["kind"] == "boundary"],
        "roads": [one for one in features if one["properties"]["kind"] == "road"],
        "settlements": list(_settlement_points(slug, region)), "facilities": list(_facility_points(region)),
    }


def _point(lon: float, lat: float, properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": [round(lon, 5), round(lat, 5)]},
            "properties": properties}


def _settlement_points(slug: str, region: Region) -> Iterator[dict[str, Any]]:
    population, s = region.population, region.settlements
    totals = population.latest.sum(axis=(1, 2))
    over_65 = population.in_ages(65)[-1] if 65 in population.age_from else np.full(len(totals), np.nan)
    row = {unit: i for i, unit in enumerate(population.unit_ids)}
    for i, identity in enumerate(s.ids):
        if not (math.isfinite(s.lon[i]) and math.isfinite(s.lat[i])):
            continue
        properties: dict[str, Any] = {"id": identity, "name": s.names[i], "area": s.districts[i],
                                      "url": reverse("places:settlement", args=[slug, identity])}
        if identity in row:
            total, old = float(totals[row[identity]]), float(over_65[row[identity]])
            properties["people"] = round(total, 1)
            if total > 0 and math.isfinite(old):
                properties |= {"share_65": round(100 * old / total), "age": age_class(old / total)}
        yield _point(s.lon[i], s.lat[i], properties)


def _facility_points(region: Region) -> Iterator[dict[str, Any]]:
    f = region.facilities
    for j in range(len(f)):
        if math.isfinite(f.lon[j]) and math.isfinite(f.lat[j]) and f.statuses[j] != "closed":
            kind = words_of(FACILITY_KINDS, f.kinds[j])
            yield _point(f.lon[j], f.lat[j], {
                "name": f.names[j], "kind": f.kinds[j], "kind_ja": kind.to("ja"), "kind_en": kind.to("en"),
                "services": len(f.services[j]), "service": int(bool(f.services[j])),
            })
