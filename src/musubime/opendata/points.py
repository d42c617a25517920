"""Point layers of buildings and services: 国土数値情報 P04, P05, P07, P29, P30, P35, OpenStreetMap cuts, stations.

Which columns tell what stands there is written in `_point_tables`. See docs/data/points.md.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.provenance import Ledger, file_source
from musubime.region import FACILITY_KINDS, Facilities, Status
from musubime.region.codes import check_digit

from ._kinds import rules
from ._point_tables import TABLES, PointTable
from ._vector import EVERYWHERE, Layer, Scope, layers, layers_or_none, read_layer, words
from .model import FacilityPiece, Piece, Probe

FORMAT = "Point layers of buildings and services"

_LISTINGS = {"hospital": "medical", "clinic": "medical", "dental_clinic": "medical", "primary_school": "school",
             "junior_high_school": "school", "closed_school": "school"}


def recognise(probe: Probe) -> bool:
    return any(_table(layer) for layer in layers_or_none(probe))


def _table(layer: Layer) -> PointTable | None:
    if "Point" not in layer.geometry:
        return None
    for table in TABLES:
        if layer.has(*table.needs) and not any(column in layer.fields for column in table.absent):
            return table
    return None


def read(probe: Probe, ledger: Ledger, scope: Scope = EVERYWHERE) -> list[Piece]:
    pieces: list[Piece] = []
    rows, title = 0, ""
    for layer in layers(probe):
        table = _table(layer)
        if table is None or not scope.overlaps(layer.bounds):
            continue
        columns = [table.name, table.kind, table.address, table.code, table.closed[0]]
        frame = read_layer(probe, layer, ledger, columns=columns, scope=scope)
        piece = _piece(frame, table, probe.path.name, ledger)
        rows, title = rows + len(piece.facilities), title or table.title
        if len(piece.facilities):
            pieces.append(piece)
    if not rows and scope.bounds is None:
        raise InputError(Fault(
            text("No building or service could be read from this point layer."),
            text("Fetch it again from its publisher."), file=probe.path.name,
        ))
    ledger.add_source(file_source(probe.path, format=FORMAT, title=title, rows=rows))
    return pieces


def _piece(frame: gpd.GeoDataFrame, table: PointTable, source: str, ledger: Ledger) -> FacilityPiece:
    names, printed = words(frame, table.name), words(frame, table.kind)
    kinds = [table.codes.get(value, table.default) for value in printed] if table.kind else [table.default] * len(names)
    shut = words(frame, table.closed[0]) if table.closed[0] else [""] * len(names)
    codes = [_six(code) for code in words(frame, table.code)] if table.code else [""] * len(names)
    addresses = words(frame, table.address) if table.address else [""] * len(names)
    named = [bool(kind and name) for kind, name in zip(kinds, names, strict=True)]
    ledger.note("dropped", text("Points of other things, or without a name, were left out."),
                count=named.count(False), source=source,
                examples=sorted({p for p, n in zip(printed, named, strict=True) if not n and p}))
    kept = [row for row, keep in enumerate(named) if keep]
    points = shapely.point_on_surface(frame.geometry.to_numpy())[kept] if kept else np.array([], dtype=object)
    final = []
    statuses: list[Status] = []
    for row in kept:
        closed = bool(table.closed[1]) and shut[row] == table.closed[1]
        school = kinds[row] in ("primary_school", "junior_high_school")
        final.append("closed_school" if closed and school else kinds[row])
        statuses.append("closed" if closed else "open")
    unknown = np.full(len(kept), np.nan)
    hosts = rules().hosts
    listings = {_LISTINGS.get(kind, "public") for kind in final}
    return FacilityPiece(
        source,
        Facilities(
            tuple(f"{source}:{row + 1}" for row in kept), tuple(names[row] for row in kept), tuple(final),
            tuple(FACILITY_KINDS[kind] for kind in final), tuple(statuses), unknown, unknown.copy(), unknown.copy(),
            np.array([kind in hosts for kind in final], dtype=bool),
            np.asarray(shapely.get_x(points), dtype=np.float64), np.asarray(shapely.get_y(points), dtype=np.float64),
            (source,) * len(kept),
        ),
        tuple(codes[row] for row in kept), tuple(addresses[row] for row in kept),
        listings.pop() if len(listings) == 1 else "public",
    )


def _six(code: str) -> str:
    return code + check_digit(code) if len(code) == 5 and code.isascii() and code.isdigit() else ""
