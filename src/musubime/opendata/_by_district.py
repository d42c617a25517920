"""People counted by age in districts, or in the whole municipality, put into settlements. See docs/data/build.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from musubime.language import text
from musubime.region import Floats, MunicipalSeries

from ._by_area_age import ages_of_areas
from ._districts import STEPS, assign
from ._ground import Ground
from ._names import place_key
from ._series import Series, district_series, folded
from ._settled import Settled, amid_buildings, apart, assembled, middles, own_areas, place_the_rest
from ._spread import place_weights, spread, spread_by_age
from .model import AgePiece, CatchmentPiece, PointPiece

_CELL_M = 50.0  # rows of several lists within such a cell are one place where people are counted by places


def districts_of(ground: Ground) -> Series | None:
    code = ground.place.code
    pieces = [p for p in ground.stock.of(AgePiece) if p.level == "district" and set(p.codes) == {code}]
    return district_series(ground, pieces) if pieces else None


def counted_towns(ground: Ground, _municipal: MunicipalSeries, series: Series | None) -> Settled | None:
    """Counts by town whose names are those of the points: 本庁_みもすそ川町 stands on みもすそ川町."""
    if ground.points is None or series is None:
        return None
    lon, lat, matched, reached = _on_points(series.names, ground.points)
    share = ground.parameters.number("build.matched_share")
    if matched.mean() < share or reached < 0.5 * len(ground.points.names):
        return None
    districts = [name.split("_", 1)[0] if "_" in name else "" for name in series.names]
    place_the_rest(ground, series.names, lon, lat, matched, districts)
    return assembled(
        ground, [n.split("_", 1)[-1] for n in series.names], districts, lon, lat, series.households, "counted",
        series.dates, series.people,
    )


def _on_points(names: Sequence[str], points: PointPiece) -> tuple[Floats, Floats, NDArray[np.bool_], int]:
    """lon, lat and found (units,), and how many points were reached. A unit of several towns (A・B) stands between."""
    at = {place_key(name): i for i, name in reversed(list(enumerate(points.names)))}
    lon, lat = np.full(len(names), np.nan), np.full(len(names), np.nan)
    reached: set[int] = set()
    for unit, name in enumerate(names):
        found = [at[key] for part in name.split("_", 1)[-1].split("・") if (key := place_key(part)) in at]
        if found:
            lon[unit], lat[unit] = points.lon[found].mean(), points.lat[found].mean()
            reached |= set(found)
    return lon, lat, np.isfinite(lon), len(reached)


def districts_over_areas(ground: Ground, municipal: MunicipalSeries, series: Series | None) -> Settled | None:
    """People of a district shared over its census areas by those the census counted there, age by age if it did."""
    areas = own_areas(ground) if series is not None else None
    if series is None or areas is None:
        return None
    lon, lat = middles(areas)
    x, y = ground.plane(lon, lat)
    catchments = [p for p in ground.stock.of(CatchmentPiece) if ground.place.code in p.codes]
    told = assign(areas.names, x, y, series.names, catchments=catchments, buildings=ground.buildings,
                  town=ground.place.name)
    if (told.district < 0).any():
        return None
    weight = np.nan_to_num(areas.people)
    counted = np.bincount(told.district, weights=weight, minlength=len(series.names))
    without = [d for d in range(len(series.names)) if counted[d] <= 0]
    if any(d not in told.district for d in without):
        return None  # a district without any area: the areas do not cover the town as it is divided
    weight = np.where(np.isin(told.district, without), 1.0, weight)
    ground.stock.use(catchments)
    found = ages_of_areas(ground, municipal, areas)
    if found is None:
        people = spread(series.people, told.district, weight)
        ground.ledger.note("assumption", text(
            "People of each district were shared over its census areas by the people counted there in {year}; district "
            "totals by sex and age are kept.", year=areas.year), count=len(areas.ids))
    else:
        people = spread_by_age(series.people, told.district, found[0], weight)
        ground.ledger.note("assumption", text(
            "People of each district were shared over its census areas, each sex and age by those counted there in "
            "{year}; district totals by sex and age are kept.", year=areas.year), count=len(areas.ids))
    settled = assembled(
        ground, areas.names, [series.names[d] for d in told.district], lon, lat,
        spread(series.households, told.district, weight), "disaggregated", series.dates, people, ids=areas.ids,
    )
    return replace(settled, areas=areas.shapes)


def districts_over_points(ground: Ground, _municipal: MunicipalSeries, series: Series | None) -> Settled | None:
    """People of a district shared over its 大字 by the places that stand there."""
    if ground.points is None or series is None:
        return None
    return _over_points(ground, ground.points, series)


def _over_points(ground: Ground, points: PointPiece, series: Series, rest: int = -1) -> Settled | None:
    x, y = ground.plane(points.lon, points.lat)
    catchments = [p for p in ground.stock.of(CatchmentPiece) if ground.place.code in p.codes]
    told = assign(points.names, x, y, series.names, catchments=catchments, buildings=ground.buildings,
                  town=ground.place.name, rest=rest)
    if (told.district < 0).any():
        return None
    ground.stock.use(catchments)
    steps = Counter(STEPS[step] for step in told.step)
    weight = place_weights(_places_near(ground, points), ground.parameters.number("build.weight_exponent"))
    names, lon, lat, group = list(points.names), points.lon, points.lat, told.district
    empty = [d for d in range(len(series.names)) if d not in set(group.tolist())]
    if empty:
        extra = [amid_buildings(ground, series.names[d]) for d in empty]
        spots = apart([spot or ground.middle for spot in extra], lon, lat)
        names += [series.names[d] for d in empty]
        lon, lat = np.append(lon, spots[:, 0]), np.append(lat, spots[:, 1])
        group, weight = np.append(group, empty), np.append(weight, np.ones(len(empty)))
        ground.ledger.note("assumption", text(
            "Districts to which no place name belongs stand as one settlement, amid the buildings of their name."),
            count=len(empty), examples=[series.names[d] for d in empty])
    ground.ledger.note("assumption", text(
        "Place names were put into {districts} districts: {name} by name, {catchment} by school catchment, {building} "
        "by a building of the district's name, {beginning} by the beginning of the name, {rest} as the rest, {nearest} "
        "by the nearest place name.", districts=len(series.names), **{step: steps[step] for step in STEPS}),
        count=len(points.names) if len(series.names) > 1 else 0)
    ground.ledger.note("assumption", text(
        "People were shared over the place names of their district by (1 + places counted there) to the power of "
        "{exponent}; district totals by sex and age are kept. About 3 in 10 people may stand in a neighbouring place.",
        exponent=ground.parameters.number("build.weight_exponent")), count=len(names))
    return assembled(
        ground, names, [series.names[d] for d in group], lon, lat, spread(series.households, group, weight),
        "disaggregated", series.dates, spread(series.people, group, weight),
    )


def _places_near(ground: Ground, points: PointPiece) -> Floats:
    """How many places of any list have each point as their nearest, within the reach: (points,)."""
    spots: dict[tuple[int, int], tuple[float, float]] = {}
    for piece in ground.buildings:
        f = piece.facilities
        placed = np.isfinite(f.lon)
        for x, y in zip(*ground.plane(f.lon[placed], f.lat[placed]), strict=True):
            spots.setdefault((round(x / _CELL_M), round(y / _CELL_M)), (float(x), float(y)))
    counts = np.zeros(len(points.names))
    ground.stock.use(ground.buildings)
    if spots:
        at = np.array(list(spots.values()))
        x, y = ground.plane(points.lon, points.lat)
        away = np.hypot(at[:, :1] - x[None, :], at[:, 1:] - y[None, :])
        near = away.min(axis=1) <= ground.parameters.number("build.weight_reach_m")
        np.add.at(counts, away.argmin(axis=1)[near], 1.0)
    return counts


def districts_alone(ground: Ground, _municipal: MunicipalSeries, series: Series | None) -> Settled | None:
    if series is None:
        return None
    lon, lat = np.full(len(series.names), np.nan), np.full(len(series.names), np.nan)
    place_the_rest(ground, series.names, lon, lat, np.zeros(len(lon), dtype=bool), [""] * len(lon))
    spots = apart(list(zip(lon.tolist(), lat.tolist(), strict=True)), np.array([]), np.array([]))
    ground.ledger.note("missing", text(
        "No list of place-name points: whole districts stand as settlements, so distances inside them are not known."),
        count=len(series.names))
    return assembled(ground, list(series.names), list(series.names), spots[:, 0], spots[:, 1], series.households,
                      "counted", series.dates, series.people)


def former_municipalities(ground: Ground, _municipal: MunicipalSeries, _series: Series | None) -> Settled | None:
    """The census counts former municipalities by age: each is a district, shared over its 大字."""
    if ground.points is None:
        return None
    dated = []
    for piece in ground.stock.of(AgePiece):
        rows = [i for i, c in enumerate(piece.codes) if c == ground.place.code] if piece.level == "former" else []
        people = folded(piece) if len(rows) > 1 else None
        if people is not None and not np.isnan(people[rows]).any():
            dated.append((piece.year, piece.month, piece, rows, people[rows]))
    if not dated:
        return None
    year, month, piece, rows, people = max(dated, key=lambda d: d[:2])
    names = tuple(piece.names[i] for i in rows)
    # 錦町 begins the names of its 大字, the former 岩国市 does not: it takes what the others leave.
    rest = names.index(ground.place.name) if ground.place.name in names else -1
    series = Series(names, ((year, month),), people[None], np.full(len(rows), np.nan), (piece.source,))
    settled = _over_points(ground, ground.points, series, rest)
    if settled is not None:
        ground.stock.use([piece])
        ground.ledger.note("missing", text(
            "People are known by former municipality only: where they live inside it was estimated."),
            count=len(rows), examples=names)
    return settled


def whole_over_points(ground: Ground, municipal: MunicipalSeries, _series: Series | None) -> Settled | None:
    """One count of the whole municipality shared over its 大字: the last resort."""
    if ground.points is None:
        return None
    dates: tuple[tuple[int, int], ...]
    if municipal.population is not None:
        p = municipal.population
        people, dates = p.people[-1:, :, :, :], ((p.years[-1], p.months[-1]),)
    else:
        counts = []
        for piece in ground.stock.of(AgePiece):
            own = folded(piece) if piece.level == "municipality" and ground.place.code in piece.codes else None
            if own is not None:
                counts.append((piece.year, piece.month, own[piece.codes.index(ground.place.code)], piece))
        if not counts:
            return None
        year, month, one, piece = max(counts, key=lambda c: c[:2])
        ground.stock.use([piece])
        people, dates = one[None, None], ((year, month),)
    ground.ledger.note("missing", text(
        "People are known for the whole municipality only: where they live in it was estimated, roughly."))
    series = Series(("",), dates, people, np.array([np.nan]), ())
    return _over_points(ground, ground.points, series)
