"""Census areas with ages of their own (小地域集計), hidden ones repaired. Method: docs/data/small_area_ages.md."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from musubime.language import text
from musubime.region import FIVE_YEAR_AGES, Basis, Floats, MunicipalSeries

from ._ground import Ground
from ._hidden import fill_hidden
from ._series import Series
from ._settled import Settled, assembled, middles, own_areas, structure_of
from .model import AreaAgePiece, AreaPiece

_OPEN = FIVE_YEAR_AGES.index(75)  # the table's last group is 75 and over; the region has 75-79, 80-84, 85 and over


def areas_by_age(ground: Ground, municipal: MunicipalSeries, _series: Series | None) -> Settled | None:
    """Census areas as the census counted them by sex and age."""
    areas = own_areas(ground)
    found = ages_of_areas(ground, municipal, areas) if areas is not None else None
    if areas is None or found is None:
        return None
    people, touched = found
    lon, lat = middles(areas)
    empty = [n for n, one in zip(areas.names, people, strict=True) if one.sum() == 0]
    ground.ledger.note("assumption", text("Census areas in which nobody lived were kept, with 0 people."),
                       count=len(empty), examples=empty)
    settled = assembled(ground, areas.names, areas.districts, lon, lat, areas.households, "counted",
                        ((areas.year, 10),), people[None], ids=areas.ids)
    basis: tuple[Basis, ...] = tuple("ages_fitted" if t else "counted" for t in touched)
    return replace(settled, settlements=replace(settled.settlements, basis=basis), areas=areas.shapes)


def ages_of_areas(
    ground: Ground, municipal: MunicipalSeries, areas: AreaPiece
) -> tuple[Floats, NDArray[np.bool_]] | None:
    """People of the outlines by sex and age (areas, 2, 18), and whose ages are not as printed; None without a table.

    People of unknown age are spread, hidden areas filled, the oldest split as in the municipality, and the people of an
    area in several outlines divided by the people of each.
    """
    pieces = [p for p in ground.stock.of(AreaAgePiece) if p.code == ground.place.code]
    fitting = [p for p in pieces if p.year in (0, areas.year)]
    ground.ledger.note("dropped", text("Ages of census areas at another census than that of the outlines ({year}).",
                                       year=areas.year), count=len(pieces) - len(fitting),
                       examples=[p.source for p in pieces if p not in fitting])
    if not fitting:
        return None
    piece = fitting[0]
    ground.stock.use([piece])
    keys = [area.split("-")[0] for area in areas.ids]
    at = {key: unit for unit, key in enumerate(piece.ids)}
    unit_of = np.array([at.get(key, -1) for key in keys])
    own = np.full(len(piece.ids), np.nan)  # every area's own people, as printed with the outlines
    for unit in set(unit_of[unit_of >= 0].tolist()):
        own[unit] = areas.people[unit_of == unit].sum()
    structure = structure_of(ground, municipal, areas.year, 10)
    known, municipality = _unknown_spread(ground, piece, structure)
    own = np.where(np.isnan(own), known.sum(axis=(1, 2)), own)
    filled, touched = fill_hidden(
        known, own, piece.merged_into, piece.ids, municipality, ground.ledger, piece.source, piece.names)
    people = _oldest_split(ground, filled, structure)
    _without_outline(ground, piece, unit_of, people)
    shares = np.zeros(len(keys))
    for unit in set(unit_of[unit_of >= 0].tolist()):
        parts = np.flatnonzero(unit_of == unit)
        size = np.nan_to_num(areas.people[parts])
        shares[parts] = size / size.sum() if size.sum() > 0 else np.arange(len(parts)) == 0
    by_area = np.where(unit_of[:, None, None] >= 0, people[unit_of] * shares[:, None, None], 0.0)
    by_area = _outline_alone(ground, areas, unit_of, by_area, people)
    return by_area, (unit_of < 0) | touched[unit_of]


def _unknown_spread(ground: Ground, piece: AreaAgePiece, structure: Floats | None) -> tuple[Floats, Floats]:
    """People with those of unknown age spread as the known ones lie (where none is known, as in the municipality): by
    area (areas, 2, 16), nan where hidden, and of the municipality (2, 16)."""
    known = piece.people.sum(axis=2)
    unknown = np.maximum(piece.totals - known, 0.0)
    ground.ledger.note(
        "assumption", text("People of unknown age were spread over the ages in proportion, by unit and sex."),
        count=round(float(np.nansum(unknown))), source=piece.source)
    whole = piece.municipality
    if np.isnan(whole).any():
        whole = np.nansum(piece.people, axis=0) if structure is None else _joined(structure)
    sexes = whole.sum(axis=1, keepdims=True)
    usual = np.divide(whole, sexes, out=np.full_like(whole, 1 / whole.shape[1]), where=sexes > 0)
    share = np.divide(piece.people, known[..., None], out=np.broadcast_to(usual, piece.people.shape).copy(),
                      where=known[..., None] > 0)
    people = np.where(np.isnan(known)[..., None], np.nan, piece.people + share * unknown[..., None])
    people = np.where(np.isnan(people).any(axis=(1, 2), keepdims=True), np.nan, people)
    if not np.isnan(piece.municipality).any():
        # what was spread in the areas, and in proportion what no area shows
        whole = whole + np.nansum(people - piece.people, axis=0)
        left = np.nan_to_num(piece.municipality_totals - whole.sum(axis=1))
        whole = whole * (1 + np.divide(np.maximum(left, 0.0), whole.sum(axis=1), out=np.zeros(2),
                                       where=whole.sum(axis=1) > 0))[:, None]
    return people, np.asarray(whole)


def _joined(people: Floats) -> Floats:
    return np.concatenate([people[..., :_OPEN], people[..., _OPEN:].sum(axis=-1, keepdims=True)], axis=-1)


def _oldest_split(ground: Ground, people: Floats, structure: Floats | None) -> Floats:
    """75 and over told apart as the municipality's own ages are; without them as survival lets expect."""
    if structure is not None and (structure[:, _OPEN:].sum(axis=1) > 0).all():
        oldest = structure[:, _OPEN:]
        ground.ledger.note("assumption", text(
            "The oldest of census areas (75 and over) were split into 75-79, 80-84 and 85 and over as in the whole "
            "municipality."), count=len(people))
    else:
        stay = np.array([ground.parameters.numbers(f"population.survival_{sex}")[-2:] for sex in ("male", "female")])
        oldest = np.column_stack([np.ones(2), stay[:, 0], stay[:, 0] * stay[:, 1] / (1 - stay[:, 1])])
        ground.ledger.note("assumption", text(
            "The oldest of census areas (75 and over) were split into 75-79, 80-84 and 85 and over by survival, since "
            "no table of the municipality tells them apart."), count=len(people))
    share = oldest / oldest.sum(axis=1, keepdims=True)
    return np.concatenate([people[..., :_OPEN], people[..., _OPEN:] * share], axis=-1)


def _without_outline(ground: Ground, piece: AreaAgePiece, unit_of: NDArray[np.int64], people: Floats) -> None:
    lost = sorted(set(range(len(piece.ids))) - set(unit_of.tolist()))
    lost = [unit for unit in lost if people[unit].sum() > 0]
    ground.ledger.note(
        "dropped", text("People of census areas without an outline were left out."), source=piece.source,
        count=round(float(people[lost].sum())), examples=[piece.names[unit] for unit in lost])


def _outline_alone(
    ground: Ground, areas: AreaPiece, unit_of: NDArray[np.int64], by_area: Floats, people: Floats
) -> Floats:
    """Outlines of which the table has no row: their people, with the ages of all others."""
    alone = np.flatnonzero((unit_of < 0) & (np.nan_to_num(areas.people) > 0))
    ground.ledger.note(
        "assumption", text("Census areas that the table of ages lacks have the ages of all others together."),
        count=len(alone), examples=[areas.names[i] for i in alone[:5]])
    usual = people.sum(axis=0)
    by_area[alone] = areas.people[alone, None, None] * usual / max(usual.sum(), 1.0)
    return by_area
