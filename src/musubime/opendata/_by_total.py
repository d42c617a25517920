"""People whose ages or sexes are not known where they live: census areas, registers, meshes. docs/data/build.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from musubime.language import text
from musubime.region import FIVE_YEAR_AGES, Floats, Ints, MunicipalSeries

from ._ground import Ground
from ._names import district_core, place_key
from ._series import Series, folded
from ._settled import Settled, amid_buildings, assembled, middles, own_areas, structure_of
from ._spread import fit_ages, fit_sexes
from .model import AgePiece, MeshPiece, PointPiece, TotalPiece


def census_areas(ground: Ground, municipal: MunicipalSeries, _series: Series | None) -> Settled | None:
    """Totals by census area, with the municipality's ages fitted to each."""
    areas = own_areas(ground)
    if areas is None:
        return None
    structure = structure_of(ground, municipal, areas.year, 10)
    if structure is None:
        return None
    totals = known_totals(ground, areas.people, float(structure.sum()))
    lon, lat = middles(areas)
    empty = [n for n, people in zip(areas.names, totals, strict=True) if people == 0]
    ground.ledger.note("assumption", text("Census areas in which nobody lived were kept, with 0 people."),
                       count=len(empty), examples=empty)
    note_fit(ground, float(totals.sum()), float(structure.sum()), len(totals))
    settled = assembled(
        ground, areas.names, areas.districts, lon, lat, areas.households, "ages_fitted", ((areas.year, 10),),
        fit_ages(totals, structure)[None], ids=areas.ids,
    )
    return replace(settled, areas=areas.shapes)


def known_totals(ground: Ground, people: Floats, whole: float) -> Floats:
    """Totals with what is hidden filled: the municipality's rest, shared equally over the areas that are not known."""
    hidden = np.isnan(people)
    if not hidden.any():
        return people
    rest = max(whole - float(np.nansum(people)), 0.0)
    ground.ledger.note("assumption", text(
        "Areas whose people are hidden share equally the {rest:,.0f} people that the others leave.", rest=rest),
        count=int(hidden.sum()))
    return np.where(hidden, rest / hidden.sum(), people)


def note_fit(ground: Ground, total: float, whole: float, units: int) -> None:
    ground.ledger.note("assumption", text(
        "Ages are not known below the municipality: its structure by sex and age was fitted to each settlement's "
        "total. Differences of age between settlements are therefore not shown."), count=units)
    ground.ledger.note("assumption", text(
        "The settlements add up to {total:,.0f} people, the municipality's count by age to {whole:,.0f}: the "
        "settlements' totals were kept.", total=total, whole=whole), count=int(abs(total - whole) > 0.5))


def registered_towns(ground: Ground, municipal: MunicipalSeries, _series: Series | None) -> Settled | None:
    """Totals by 行政区 without ages, gathered at the 大字 they lie in, with the municipality's ages fitted."""
    code = ground.place.code
    pieces = [p for p in ground.stock.of(TotalPiece) if p.level == "district" and set(p.codes) == {code}]
    if not pieces or ground.points is None:
        return None
    newest = max(pieces, key=lambda p: (p.year, p.month))
    structure = structure_of(ground, municipal, newest.year, newest.month)
    if structure is None or np.isnan(newest.people).any():
        return None
    points = ground.points
    at, how = _gathered(ground, newest.names, points)
    if (how != "order").mean() < 0.5:
        ground.ledger.note("dropped", text(
            "People by district without ages were not used, since fewer than half of the districts could be placed."),
            source=newest.source, examples=[n for n, h in zip(newest.names, how, strict=True) if h == "order"])
        return None
    ground.stock.use([newest])
    known = np.isfinite(newest.male) & np.isfinite(newest.female)
    totals: Floats
    if known.all():
        totals = np.zeros((len(points.names), 2))
        np.add.at(totals, at, np.column_stack([newest.male, newest.female]))
    else:
        totals = np.zeros(len(points.names))
        np.add.at(totals, at, newest.people)
    households = np.zeros(len(points.names))
    np.add.at(households, at, newest.households)
    counted = Counter(how.tolist())
    ground.ledger.note("assumption", text(
        "Districts of the register were gathered at place-name points: {name} by name, {building} by a building of "
        "their name, {order} beside their neighbour in the list.", name=counted["name"], building=counted["building"],
        order=counted["order"]), count=len(newest.names),
        examples=[n for n, h in zip(newest.names, how, strict=True) if h == "order"])
    note_fit(ground, float(newest.people.sum()), float(structure.sum()), len(points.names))
    return assembled(
        ground, points.names, [""] * len(points.names), points.lon, points.lat, households, "ages_fitted",
        ((newest.year, newest.month),), fit_ages(totals, structure)[None],
    )


def _gathered(
    ground: Ground, names: Sequence[str], points: PointPiece
) -> tuple[Ints, NDArray[np.str_]]:
    """For each district of a register the point it is gathered at, and how that was told."""
    keys = [place_key(n) for n in points.names]
    at = np.full(len(names), -1, dtype=np.int64)
    how = np.full(len(names), "order", dtype="U8")
    for unit, name in enumerate(names):
        core = district_core(name).removesuffix("区").rstrip("0123456789")
        exact = [i for i, key in enumerate(keys) if core and (key == core or key.endswith(("町" + core, "村" + core)))]
        ends = [i for i, key in enumerate(keys) if len(core) >= 2 and key.endswith(core)]
        begins = [i for i, key in enumerate(keys) if len(key) >= 2 and core.startswith(key)]
        chosen = exact or (ends if len(ends) == 1 else []) or begins
        if chosen:
            at[unit], how[unit] = chosen[0], "name"
        elif (spot := amid_buildings(ground, core) if len(core) >= 2 else None) is not None:
            away = ground.straight_m(np.array([spot[0]]), np.array([spot[1]]), points.lon, points.lat)[0]
            at[unit], how[unit] = int(away.argmin()), "building"
    told = np.flatnonzero(at >= 0)
    for unit in np.flatnonzero(at < 0).tolist():
        at[unit] = at[told[int(np.abs(told - unit).argmin())]] if told.size else 0
    return at, how


def inhabited_meshes(ground: Ground, municipal: MunicipalSeries, _series: Series | None) -> Settled | None:
    """Inhabited meshes with the projection's base year; its ages are split into men and women by a census."""
    pieces = [p for p in ground.stock.of(MeshPiece) if ground.place.code in p.codes]
    if not pieces:
        return None
    piece = pieces[0]
    ground.stock.use([piece])
    rows = [i for i, c in enumerate(piece.codes) if c == ground.place.code]
    year = piece.years[0]
    people = _unhidden(piece)[rows]
    lived = people.sum(axis=1) > 0
    rows = [row for row, keep in zip(rows, lived, strict=True) if keep]
    if not rows:
        return None
    people = people[lived]
    structure, whose = _sexes(ground, municipal, year)
    middles = [piece.shapes[row].centroid for row in rows]
    lon, lat = np.array([p.x for p in middles]), np.array([p.y for p in middles])
    ids = [piece.ids[row] for row in rows]
    names = _mesh_names(ground, ids, lon, lat)
    ground.ledger.note("assumption", text(
        "People of {year} are those of the mesh projection (estimated from an earlier census), split into men and "
        "women by age as {whose} has them.", year=year, whose=whose), count=len(rows), source=piece.source)
    ground.ledger.note("missing", text("Households by mesh are not known."), count=len(rows))
    return replace(
        assembled(ground, names, [""] * len(rows), lon, lat, np.full(len(rows), np.nan), "ages_fitted", ((year, 10),),
                   fit_sexes(people, structure)[None], ids=ids),
        areas=tuple(piece.shapes[row] for row in rows),
    )


def _unhidden(piece: MeshPiece) -> Floats:
    """People by mesh and age (18 groups) at the base year, with hidden meshes given back their own from the mesh that
    holds them: by the totals, which are printed for both."""
    ages = np.minimum(np.array(piece.age_from) // 5, len(FIVE_YEAR_AGES) - 1)
    people = np.zeros((len(piece.ids), len(FIVE_YEAR_AGES)))
    for column, group in enumerate(ages):
        people[:, group] += piece.people[:, 0, column]
    at = {mesh: i for i, mesh in enumerate(piece.ids)}
    groups: dict[int, list[int]] = {}
    for i, into in enumerate(piece.merged_into):
        if into in at and at[into] != i and np.isfinite(piece.totals[i, 0]):
            groups.setdefault(at[into], []).append(i)
    for holder, hidden in groups.items():
        members = [holder, *hidden]
        totals = piece.totals[members, 0]
        if np.isfinite(totals).all() and totals.sum() > 0:
            people[members] = np.outer(totals / totals.sum(), people[members].sum(axis=0))
    return people


def _sexes(ground: Ground, municipal: MunicipalSeries, year: int) -> tuple[Floats, str]:
    """Men and women by age (2, 18) to split by: the municipality's own, else its prefecture's, else the nation's."""
    own = structure_of(ground, municipal, year, 10)
    if own is not None:
        return own, ground.place.name
    for level in ("prefecture", "nation"):
        found: list[tuple[int, Floats, str, AgePiece]] = []
        for piece in ground.stock.of(AgePiece):
            people = folded(piece) if piece.level == level else None
            if people is None:
                continue
            found += [
                (abs(piece.year - year), people[i], piece.names[i], piece) for i, code in enumerate(piece.codes)
                if (level == "nation" or code[:2] == ground.place.code[:2]) and not np.isnan(people[i]).any()
            ]
        if found:
            _, structure, name, chosen = min(found, key=lambda f: f[0])
            ground.stock.use([chosen])
            return structure, name
    ground.ledger.note("assumption", text(
        "No count by sex is in the folder: half of every age was taken as women. Life expectancy makes that wrong for "
        "the oldest."))
    return np.ones((2, len(FIVE_YEAR_AGES))), ground.place.name


def _mesh_names(ground: Ground, ids: Sequence[str], lon: Floats, lat: Floats) -> list[str]:
    """The nearest place name with the mesh's number, since meshes have no names of their own."""
    if ground.points is None:
        return [f"メッシュ{mesh}" for mesh in ids]
    away = ground.straight_m(lon, lat, ground.points.lon, ground.points.lat)
    return [f"{ground.points.names[int(i)]}（{mesh}）" for i, mesh in zip(away.argmin(axis=1), ids, strict=True)]
