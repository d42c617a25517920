"""What the ways of settling people share: the result, and where things stand of which no file gives a point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon

from musubime.language import text
from musubime.region import FIVE_YEAR_AGES, Basis, Floats, MunicipalSeries, Population, Settlements

from ._districts import address_key
from ._ground import Ground
from ._names import district_core, place_key
from ._series import folded
from .model import AgePiece, AreaPiece


@dataclass(frozen=True)
class Settled:
    """The result: areas is () where the files give points only."""

    settlements: Settlements
    population: Population
    areas: tuple[Polygon | MultiPolygon | None, ...] = ()


def assembled(
    ground: Ground, names: Sequence[str], districts: Sequence[str], lon: Floats, lat: Floats, households: Floats,
    basis: Basis, dates: Sequence[tuple[int, int]], people: Floats, ids: Sequence[str] = (),
) -> Settled:
    five = ground.place.code[:5]
    own = tuple(ids) or tuple(f"{five}-{i:03d}" for i in range(1, len(names) + 1))
    settlements = Settlements(own, tuple(names), tuple(districts), np.asarray(lon, dtype=np.float64),
                              np.asarray(lat, dtype=np.float64), households, (basis,) * len(own))
    population = Population(own, tuple(d[0] for d in dates), tuple(d[1] for d in dates), FIVE_YEAR_AGES, people)
    return Settled(settlements, population)


def place_the_rest(
    ground: Ground, names: Sequence[str], lon: Floats, lat: Floats,
    known: NDArray[np.bool_], districts: Sequence[str],
) -> None:
    """Put units without a point (in place) where buildings of their name or address stand, else amid their district."""
    by_building: list[str] = []
    amid: list[str] = []
    nowhere: list[str] = []
    for unit in np.flatnonzero(~known).tolist():
        name = names[unit].split("_", 1)[-1]
        spot = amid_buildings(ground, name)
        if spot is not None:
            by_building.append(name)
        else:
            same = [i for i in np.flatnonzero(known).tolist() if districts[i] and districts[i] == districts[unit]]
            spot = (float(lon[same].mean()), float(lat[same].mean())) if same else ground.middle
            (amid if same else nowhere).append(name)
        lon[unit], lat[unit] = spot
    ledger = ground.ledger
    ledger.note("assumption", text("Settlements without a point stand amid the buildings of their name or address."),
                count=len(by_building), examples=by_building)
    ledger.note("assumption", text("Settlements without a point or building stand amid their district."),
                count=len(amid), examples=amid)
    ledger.note("assumption", text("Settlements of which nothing tells the place stand in the middle of the town."),
                count=len(nowhere), examples=nowhere)


def amid_buildings(ground: Ground, name: str) -> tuple[float, float] | None:
    """The mean of buildings whose address begins with a name, else of those that bear it."""
    core, key = district_core(name), place_key(name)
    addressed, named = [], []
    for piece in ground.buildings:
        f = piece.facilities
        for i in np.flatnonzero(np.isfinite(f.lon)):
            if piece.addresses[i] and address_key(piece.addresses[i], ground.place.name).startswith((key, core)):
                addressed.append((f.lon[i], f.lat[i]))
            elif len(core) >= 2 and core in f.names[i]:
                named.append((f.lon[i], f.lat[i]))
    for spots in (addressed, named):
        if spots:
            lon, lat = np.array(spots).mean(axis=0)
            if ground.inside(np.array([lon]), np.array([lat]))[0]:
                return float(lon), float(lat)
            return float(spots[0][0]), float(spots[0][1])
    return None


def apart(spots: Sequence[tuple[float, float]], lon: Floats, lat: Floats) -> Floats:
    """Spots (n, 2), moved north by some ten metres where something stands there already."""
    taken = set(zip(lon.tolist(), lat.tolist(), strict=True))
    out = []
    for x, y in spots:
        moved = y
        while (x, moved) in taken:
            moved += 0.0002
        taken.add((x, moved))
        out.append((x, moved))
    return np.array(out).reshape(-1, 2)


def middles(areas: AreaPiece) -> tuple[Floats, Floats]:
    points = shapely.point_on_surface(np.array(areas.shapes, dtype=object))
    return np.asarray(shapely.get_x(points)), np.asarray(shapely.get_y(points))


def own_areas(ground: Ground) -> AreaPiece | None:
    pieces = [p for p in ground.stock.of(AreaPiece) if set(p.codes) == {ground.place.code}]
    if not pieces:
        return None
    newest = max(pieces, key=lambda p: p.year)
    ground.ledger.note("dropped", text("Older census areas were left out."), count=len(pieces) - 1,
                       examples=[p.source for p in pieces if p is not newest])
    ground.stock.use([newest])
    return newest


def structure_of(ground: Ground, municipal: MunicipalSeries, year: int, month: int) -> Floats | None:
    """The municipality's people by sex and age (2, 18) at the date nearest to one given, from any count of it."""
    found: list[tuple[float, int, Floats, AgePiece | None]] = []
    if municipal.population is not None:
        p = municipal.population
        found += [(abs((y - year) + (m - month) / 12), 0, people[0], None)
                  for y, m, people in zip(p.years, p.months, p.people, strict=True)]
    for piece in ground.stock.of(AgePiece):
        if piece.level == "municipality" and ground.place.code in piece.codes:
            folded_people = folded(piece)
            if folded_people is not None:
                own = folded_people[piece.codes.index(ground.place.code)]
                found.append((abs((piece.year - year) + (piece.month - month) / 12), 1, own, piece))
    found = [f for f in found if f[2].sum() > 0 and not np.isnan(f[2]).any()]
    if not found:
        return None
    away, _, structure, chosen = min(found, key=lambda f: f[:2])
    if chosen is not None:
        ground.stock.use([chosen])
    ground.ledger.note("assumption", text(
        "The ages were taken from a count {years:.1f} years away from that of the people.", years=away),
        count=int(away >= 0.5))
    return structure
