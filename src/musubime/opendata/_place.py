"""Which municipality is meant: its name, the former ones in it, its outline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import MultiPolygon

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.provenance import Ledger
from musubime.region import Floats
from musubime.region.codes import prefecture_name
from musubime.region.plane import plane_epsg, shape_to_plane, to_degrees

from . import boundaries, small_areas
from ._stock import Stock
from ._vector import one_area, polygons
from .codes import own_name
from .designation import same_name
from .model import (
    AgePiece,
    AreaPiece,
    BoundaryPiece,
    CodePiece,
    FacilityPiece,
    MeshPiece,
    Piece,
    PointPiece,
    TotalPiece,
)

_POINT_MARGIN_M = 1000.0
_HULL_RATIO = 0.3  # 0 follows every point, 1 is the convex hull


@dataclass(frozen=True)
class Place:
    """A municipality. former: codes merged into it; former_names: names of those, and its own, as compared."""

    code: str
    name: str
    former: frozenset[str]
    former_names: frozenset[str]

    @property
    def prefecture(self) -> str:
        return prefecture_name(self.code)

    def holds(self, code: str, name: str, same_prefecture: bool) -> bool:
        """Is a unit of a table this municipality, or one that was merged into it?"""
        if code:
            return code == self.code or code in self.former
        return same_prefecture and same_name(own_name(name)) in self.former_names


def identify(code: str, stock: Stock, ledger: Ledger) -> Place:
    """Name and mergers of a municipality. Raises InputError when no file knows the code, or it was merged away."""
    lists = stock.of(CodePiece)
    names: dict[str, str] = {}
    successors: dict[str, str] = {}
    for piece in lists:
        names |= piece.names
        successors |= piece.successors
    if code in successors:
        today = _last(code, successors)
        raise InputError(Fault(
            text("{name} ({code}) was merged into {today_name} ({today}).", name=names.get(code, code), code=code,
                 today_name=names.get(today, today), today=today),
            text("Build {today} instead.", today=today), field="--municipality", value=code,
        ))
    mentioned = _mentioned(code, stock)
    name = names.get(code, "") or _name_in_tables(code, stock) or _name_of_outline(code, stock, ledger)
    if not name and (lists or not mentioned):
        raise InputError(Fault(
            text("No file of the folder knows the municipality {code}.", code=code),
            text("Look the code up again, or add the files of this municipality to the folder."),
            field="--municipality", value=code,
        ))
    if not name:
        ledger.note("missing", text("No file tells the municipality's name; its code stands in its place."))
    stock.use(piece for piece in lists if code in piece.names)
    former = frozenset(old for old in successors if _last(old, successors) == code)
    old_names = {same_name(names[old]) for old in former if old in names} | {same_name(name)}
    old_names |= {
        same_name(n) for p in stock.of(AgePiece) if p.level == "former"
        for c, n in zip(p.codes, p.names, strict=True) if c == code
    }
    return Place(code, name or code, former, frozenset(old_names - {""}))


def _last(code: str, successors: dict[str, str]) -> str:
    seen = set()
    while code in successors and code not in seen:
        seen.add(code)
        code = successors[code]
    return code


def _mentioned(code: str, stock: Stock) -> bool:
    kinds: tuple[type[Piece], ...] = (AgePiece, TotalPiece, AreaPiece, FacilityPiece, MeshPiece)
    return any(
        code in piece.codes for one in stock.found for piece in one.pieces if isinstance(piece, kinds)  # type: ignore[union-attr]
    ) or any(piece.code == code for piece in stock.of(BoundaryPiece)) or any(
        piece.municipality == code for piece in stock.of(PointPiece))


def _name_in_tables(code: str, stock: Stock) -> str:
    for piece in stock.of(BoundaryPiece):
        if piece.code == code:
            return own_name(piece.name)
    tables: list[AgePiece | TotalPiece] = [*stock.of(AgePiece), *stock.of(TotalPiece)]
    for table in tables:
        if table.level == "municipality" and code in table.codes:
            return own_name(table.names[table.codes.index(code)])
    return ""


def _name_of_outline(code: str, stock: Stock, ledger: Ledger) -> str:
    """The name printed with the outline in which most places of this code lie, else the only outline there is."""
    outlines = [p for p in stock.of(BoundaryPiece) if p.name.startswith(prefecture_name(code)) and not p.code]
    votes: Counter[str] = Counter()
    for piece in stock.of(FacilityPiece):
        own = np.array([c == code for c in piece.codes], dtype=bool) & np.isfinite(piece.facilities.lon)
        for outline in outlines:
            inside = shapely.contains_xy(outline.shape, piece.facilities.lon[own], piece.facilities.lat[own])
            votes[outline.name] += int(np.sum(inside))
    chosen = votes.most_common(1)[0][0] if votes.total() else outlines[0].name if len(outlines) == 1 else ""
    if chosen:
        ledger.note("assumption", text("The name was taken from the outline: {name}.", name=chosen))
    return own_name(chosen)


def outline_of(place: Place, stock: Stock, ledger: Ledger) -> MultiPolygon:
    """The municipality's outline: its boundary file; else its census areas, its meshes, or a hull of its points."""
    pieces = stock.of(BoundaryPiece)
    mine = [p for p in pieces if p.code == place.code] or [
        p for p in pieces if not p.code and p.name.startswith(place.prefecture)
        and same_name(own_name(p.name)) == same_name(place.name)
    ]
    if mine:
        stock.use(mine[:1])
        ledger.note("dropped", text("More than one outline of the municipality was found; the first was used."),
                    count=len({p.source for p in mine}) - 1, examples=[p.source for p in mine[1:]])
        return mine[0].shape
    areas = [p for p in stock.of(AreaPiece) if place.code in p.codes]
    if areas:
        stock.use(areas)
        ledger.note("assumption", text("No boundary file: the census areas together were taken as the outline."))
        return one_area(polygons((s for p in areas for s in p.shapes), Ledger(), ""))
    meshes = [p for p in stock.of(MeshPiece) if place.code in p.codes]
    if meshes:
        stock.use(meshes)
        ledger.note("assumption", text("No boundary file: the inhabited meshes together were taken as the outline."))
        return one_area(s for p in meshes for s, c in zip(p.shapes, p.codes, strict=True) if c == place.code)
    lists = [p for p in stock.of(PointPiece) if p.municipality == place.code] or _own_list(place, stock)
    if lists:
        stock.use(lists)
        ledger.note("assumption", text(
            "No boundary file: an outline was drawn {metres:,.0f} m around the place-name points. Buildings near it "
            "may be given to the wrong municipality.", metres=_POINT_MARGIN_M))
        return _hull(place, lists)
    raise InputError([
        *stock.faults(boundaries.FORMAT, small_areas.FORMAT),
        Fault(text("No outline of {name} ({code}) is in the folder.", name=place.name, code=place.code),
              text("Add the administrative boundaries (国土数値情報 N03), or the census small areas of the place.")),
    ])


def _own_list(place: Place, stock: Stock) -> list[PointPiece]:
    """The list of place names (which does not say its municipality) amid which most places of this code stand."""
    lists = [p for p in stock.of(PointPiece) if not p.municipality and len(p.names)]
    spots = [
        (lon, lat) for piece in stock.of(FacilityPiece)
        for code, lon, lat in zip(piece.codes, piece.facilities.lon, piece.facilities.lat, strict=True)
        if code == place.code and np.isfinite(lon) and np.isfinite(lat)
    ]
    if not spots or not lists:
        return lists if len(lists) == 1 and not _of_another(place, lists[0], stock) else []
    tree = shapely.STRtree(shapely.points(
        np.concatenate([p.lon for p in lists]), np.concatenate([p.lat for p in lists])))
    owner = np.repeat(np.arange(len(lists)), [len(p.names) for p in lists])
    votes = np.bincount(owner[tree.nearest(shapely.points(np.array(spots)))], minlength=len(lists))
    best = int(votes.argmax())
    return [lists[best]] if votes[best] >= 0.6 * votes.sum() else []


def _of_another(place: Place, names: PointPiece, stock: Stock) -> bool:
    """Does the folder show that these place names are another municipality's: by its outline, or by its places?"""
    inside = any(
        shapely.contains_xy(outline.shape, names.lon, names.lat).mean() > 0.5
        for outline in stock.of(BoundaryPiece) if outline.code != place.code
    )
    return inside or any(code and code != place.code for piece in stock.of(FacilityPiece) for code in piece.codes)


def _hull(place: Place, lists: Iterable[PointPiece]) -> MultiPolygon:
    lon = np.concatenate([p.lon for p in lists])
    lat = np.concatenate([p.lat for p in lists])
    epsg = plane_epsg(place.code, float(lon.mean()))
    points = shape_to_plane(epsg, shapely.MultiPoint(np.column_stack([lon, lat])))
    around = shapely.concave_hull(points, ratio=_HULL_RATIO).buffer(_POINT_MARGIN_M)

    def back(xy: Floats) -> Floats:
        return np.column_stack(to_degrees(epsg, xy[:, 0], xy[:, 1]))

    return one_area([shapely.transform(around, back)])
