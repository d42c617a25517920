"""What stands and runs in and around the municipality: buildings, roads, buses, and which services nobody tells of."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from musubime.errors import Fault, InputError
from musubime.language import Text, text, verbatim
from musubime.region import SERVICES, Facilities, Floats, Roads
from musubime.region.plane import to_plane

from ._districts import address_key
from ._ground import Ground, cut_to
from ._names import place_key
from .facility_merge import merge_facilities
from .model import FacilityPiece, FeedPiece, RoadPiece

TELLING: dict[str, frozenset[str]] = {
    "shop": frozenset(("supermarket", "grocery", "convenience_store", "drugstore")),
    "clinic": frozenset(("hospital", "clinic")),
    "post": frozenset(("post_office",)),
    "fuel": frozenset(("fuel_station",)),
    "care": frozenset(("elderly_care",)),
}
"""Services that are known only where a list of such places gives one in the municipality. A roadside station among
the sights, or the supermarket that has an AED, does not tell where the others are."""

_ACROSS_THE_BORDER = frozenset(("shop", "clinic", "post", "fuel", "care"))
"""What people may use in the next town. Its schools, offices and halls serve its own residents."""

_BY_PRODUCTS = frozenset(("aed", "evacuation", "tourism", "wifi", "radio"))
"""Lists that are about something else: complete for halls, offices and schools, chance finds for the rest."""


def facilities_of(ground: Ground) -> tuple[Facilities, tuple[str, ...]]:
    """Buildings in the municipality, services of the neighbours within the margin, and the services nobody tells of."""
    pieces = []
    for piece in ground.stock.of(FacilityPiece):
        f = piece.facilities
        rows = ground.own_rows(piece)
        rows |= ground.near(f.lon, f.lat) & _open_to_all(f)
        cut = cut_to(piece, rows)
        if len(cut.facilities):
            pieces.append(_with_points(ground, cut))
    ground.stock.use(pieces)
    merged = merge_facilities(pieces, ground.ledger)
    inside = ground.inside(merged.lon, merged.lat)
    around = ~inside & _open_to_all(merged) & ground.near(merged.lon, merged.lat)
    merged = replace(merged, services=tuple(
        services if inside[i] else tuple(s for s in services if s in _ACROSS_THE_BORDER)
        for i, services in enumerate(merged.services)
    ))
    lost = [merged.names[i] for i in np.flatnonzero(~inside & ~around)]
    ground.ledger.note("dropped", text("Places that lie outside the municipality were left out."), count=len(lost),
                       examples=lost)
    ground.ledger.note("assumption", text(
        "Services of the neighbours within {km:g} km of the boundary were kept as places to go to, not as hubs.",
        km=ground.parameters.number("build.margin_km")), count=int(around.sum()),
        examples=[merged.names[i] for i in np.flatnonzero(around)])
    merged = replace(merged, host=merged.host & inside).select(inside | around)
    ground.ledger.note("missing", text("No building or service is known: the plan has no place to put a hub."),
                       count=int(not len(merged)))
    telling = {i for p in pieces if p.listing not in _BY_PRODUCTS for i in p.facilities.sources}
    return _without_guesses(ground, merged, telling)


def _open_to_all(facilities: Facilities) -> NDArray[np.bool_]:
    return np.array([bool(_ACROSS_THE_BORDER & set(s)) for s in facilities.services], dtype=bool)


def _with_points(ground: Ground, piece: FacilityPiece) -> FacilityPiece:
    """Places without coordinates put on the point of the 大字 in their address."""
    f = piece.facilities
    unplaced = np.flatnonzero(~np.isfinite(f.lon))
    if ground.points is None or not len(unplaced) or piece.listing == "radio":
        return piece
    at = {place_key(n): i for i, n in reversed(list(enumerate(ground.points.names)))}
    lon, lat = f.lon.copy(), f.lat.copy()
    placed = []
    for i in unplaced:
        street = address_key(piece.addresses[i], ground.place.name)
        found = max((key for key in at if street.startswith(key)), key=len, default="")
        if found:
            lon[i], lat[i] = ground.points.lon[at[found]], ground.points.lat[at[found]]
            placed.append(f.names[i])
    ground.ledger.note("assumption", text("Places without coordinates were put on the point of the place name in their "
                                          "address; they may stand a kilometre or two away."), count=len(placed),
                       source=piece.source, examples=placed)
    return replace(piece, facilities=replace(f, lon=lon, lat=lat))


def _without_guesses(ground: Ground, facilities: Facilities, telling: set[str]) -> tuple[Facilities, tuple[str, ...]]:
    """Services of which no list tells, and the facilities without them where only by-products of other lists do.

    telling: sources that are lists of such places.
    """
    inside = ground.inside(facilities.lon, facilities.lat)
    unknown = []
    for service in SERVICES:
        offered = np.flatnonzero(facilities.offering(service))
        needed = TELLING.get(service)
        known = [
            i for i in offered if inside[i] and (
                needed is None or (facilities.kinds[i] in needed and facilities.sources[i] in telling))
        ]
        if not known:
            unknown.append(service)
            ground.ledger.note("assumption", text(
                "Only lists of other things, or of the neighbours, give places with the service {service}; no list of "
                "them was found, so where it can be had is treated as not known.",
                service=_names(ground, [service])),
                count=len(offered), examples=[facilities.names[i] for i in offered])
    ground.ledger.note("missing", text(
        "No file tells where these services are today: {services}. The plan prints no reach for them and marks them as "
        "assumed.", services=_names(ground, unknown)), count=len(unknown))
    services = tuple(tuple(s for s in row if s not in unknown) for row in facilities.services)
    return replace(facilities, services=services), tuple(unknown)


def _names(ground: Ground, services: Sequence[str]) -> Text:
    """Services as people call them, in both languages."""
    say = ground.parameters.words
    return verbatim({
        "ja": "、".join(say(f"service.{s}.name_ja") for s in services),
        "en": ", ".join(say(f"service.{s}.name_en") for s in services),
    })


def roads_of(ground: Ground) -> Roads | None:
    """The lines of one publisher, the one with most road inside the boundary, that reach into the margin."""
    by_title: dict[str, list[RoadPiece]] = {}
    for piece in ground.stock.of(RoadPiece):
        by_title.setdefault(ground.stock.title(piece), []).append(piece)
    near: dict[str, tuple[Roads, float]] = {}
    for title, pieces in by_title.items():
        roads = _joined([_near(ground, piece.roads) for piece in pieces])
        if len(roads):
            near[title] = roads, _inside_km(ground, roads)
    near = {title: found for title, found in near.items() if found[1] > 0}
    if not near:
        ground.ledger.note("missing", text(
            "No road file covers the municipality: travel is reckoned by distance and a detour factor."))
        return None
    best = max(near, key=lambda title: near[title][1])
    ground.stock.use(by_title[best])
    roads, km = near[best]
    others = [f"{title} {length:,.0f} km" for title, (_, length) in near.items() if title != best]
    ground.ledger.note("dropped", text(
        "Roads of {title} ({km:,.0f} km inside) were used; those of others were not added, lest lines lie double.",
        title=best, km=km), count=len(others), examples=others)
    return roads


def _near(ground: Ground, roads: Roads) -> Roads:
    lines = np.array(roads.lines, dtype=object)
    lon, lat = np.split(shapely.get_coordinates(lines), 2, axis=1)
    x, y = to_plane(ground.epsg, lon[:, 0], lat[:, 0])
    inside = shapely.contains_xy(ground.around_m, x, y)
    owner = np.repeat(np.arange(len(lines)), shapely.get_num_coordinates(lines))
    return roads.select(np.unique(owner[inside]))


def _joined(parts: list[Roads]) -> Roads:
    before = np.concatenate([[0], np.cumsum([len(p) for p in parts])]).tolist()
    return Roads(
        tuple(line for p in parts for line in p.lines), tuple(c for p in parts for c in p.classes),
        np.concatenate([p.oneway for p in parts]), np.concatenate([p.speed_kmh for p in parts]),
        np.concatenate([p.slope for p in parts]), tuple(n for p in parts for n in p.names),
        tuple(
            replace(rule, from_line=rule.from_line + first, to_line=rule.to_line + first)
            for p, first in zip(parts, before, strict=False) for rule in p.turns
        ),
    )


def _inside_km(ground: Ground, roads: Roads) -> float:
    """Kilometres whose middle of segment lies inside the outline."""
    lines = np.array(roads.lines, dtype=object)
    points: Floats = shapely.get_coordinates(lines)
    x, y = to_plane(ground.epsg, points[:, 0], points[:, 1])
    owner = np.repeat(np.arange(len(lines)), shapely.get_num_coordinates(lines))
    same = owner[1:] == owner[:-1]
    length = np.hypot(np.diff(x), np.diff(y))
    inside = shapely.contains_xy(ground.outline_m, (x[1:] + x[:-1]) / 2, (y[1:] + y[:-1]) / 2)
    return float(length[same & inside].sum() / 1000)


def feeds_of(ground: Ground) -> tuple[Path, ...]:
    """Feeds with a stop inside the boundary. Raises InputError when two different ones have one file name."""
    chosen: dict[str, tuple[Path, str]] = {}
    for piece in ground.stock.of(FeedPiece):
        if not ground.inside(piece.stop_lon, piece.stop_lat).any():
            continue
        with piece.path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if piece.path.name in chosen and chosen[piece.path.name][1] != digest:
            raise InputError(Fault(
                text("Two different bus feeds have the same file name."),
                text("Rename one of them, or keep the one that is valid."), file=piece.source, value=piece.path.name,
            ))
        if any(digest == known for _, known in chosen.values()):
            ground.ledger.note("dropped", text("A bus feed that lies twice in the folder was taken once."),
                               source=piece.source)
            continue
        chosen[piece.path.name] = piece.path, digest
        ground.stock.use([piece])
    ground.ledger.note("missing", text(
        "No bus feed (GTFS-JP) serves the municipality: the plan says nothing of buses."), count=int(not chosen))
    return tuple(sorted(path for path, _ in chosen.values()))
