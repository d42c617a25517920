"""Road lines from any layer file: 国土数値情報 A37, N10, N13, GSI centre lines, OpenStreetMap cuts, a town's own.

Which columns tell the class of a road stands in `_road_tables`. See docs/data/roads.md.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.provenance import Ledger, file_source
from musubime.region import Floats, Roads

from ._road_tables import CLASSES, MOTORABLE, ONEWAY, TABLES, WORDS, RoadTable
from ._vector import EVERYWHERE, Layer, Scope, layers, layers_or_none, read_layer, words
from .model import Piece, Probe, RoadPiece

FORMAT = "Road lines"
UNKNOWN_CLASS = "unclassified"


def recognise(probe: Probe) -> bool:
    return any(_table(layer) for layer in layers_or_none(probe))


def _table(layer: Layer) -> RoadTable | None:
    if "Line" not in layer.geometry:
        return None
    for table in TABLES:
        if layer.has(*table.needs) and (not table.only or table.only.issuperset(f.lower() for f in layer.fields)):
            return table
    return None


def read(probe: Probe, ledger: Ledger, scope: Scope = EVERYWHERE) -> list[Piece]:
    pieces: list[Piece] = []
    source = probe.path.name
    rows, title = 0, ""
    for layer in layers(probe):
        table = _table(layer)
        if table is None or not scope.overlaps(layer.bounds):
            continue
        columns = [*table.kinds, table.name, table.oneway, table.speed, *(c for c, _ in (*table.drop, *table.override))]
        frame = read_layer(probe, layer, ledger, columns=columns, scope=scope)
        frame = frame.explode(index_parts=False, ignore_index=True)
        lines = np.asarray(frame.geometry.to_numpy(), dtype=object)
        whole = (shapely.get_type_id(lines) == shapely.GeometryType.LINESTRING) & (shapely.length(lines) > 0)
        ledger.note("dropped", text("Road features that are no lines were left out."), count=int((~whole).sum()),
                    source=source)
        frame = frame[whole].reset_index(drop=True)
        roads = _roads(frame, table, ledger, source)
        rows, title = rows + len(roads), title or table.title
        if len(roads):
            pieces.append(RoadPiece(source, roads))
    if not rows and scope.bounds is None:
        raise InputError(Fault(
            text("No road line could be read from this file."),
            text("Fetch the road file of your prefecture again."), file=source,
        ))
    ledger.add_source(file_source(probe.path, format=FORMAT, title=title, rows=rows))
    return pieces


def _roads(frame: gpd.GeoDataFrame, table: RoadTable, ledger: Ledger, source: str) -> Roads:
    classes = _classes(frame, table, ledger, source)
    keep = np.array([c in CLASSES for c in classes], dtype=bool)
    for column, value in table.drop:
        keep &= np.array([v != value for v in words(frame, column)], dtype=bool)
    ledger.note("dropped", text("Lines that are no open road (planned, being built, other uses) were left out."),
                count=int((~keep).sum()), source=source,
                examples=sorted({c for c, k in zip(classes, keep, strict=True) if not k}))
    frame = frame[keep].reset_index(drop=True)
    kept = [c for c, k in zip(classes, keep, strict=True) if k]
    return Roads(
        tuple(frame.geometry), tuple(kept), _oneway(words(frame, table.oneway), table),
        _speeds(words(frame, table.speed)), np.full(len(frame), np.nan), tuple(words(frame, table.name)),
    )


def _classes(frame: gpd.GeoDataFrame, table: RoadTable, ledger: Ledger, source: str) -> list[str]:
    columns = [words(frame, kind) for kind in table.kinds]
    classes, odd = [], []
    for row in range(len(frame)):
        printed = next((column[row] for column in columns if column[row]), "")
        found = road_class(printed, table.codes)
        if not found:
            odd.append(printed)
        classes.append(found or UNKNOWN_CLASS)
    if table.kinds:
        ledger.note("assumption", text("Roads whose kind is empty or not known were taken as ordinary local roads."),
                    count=len(odd), source=source, examples=sorted(set(odd) - {""}))
    else:
        ledger.note("assumption", text("The file tells no kind of road: all were taken as ordinary local roads."),
                    count=len(classes), source=source)
    for (column, value), instead in table.override.items():
        for row, printed in enumerate(words(frame, column)):
            narrower = classes[row] == UNKNOWN_CLASS if instead == "service" else classes[row] in MOTORABLE
            if printed == value and narrower:
                classes[row] = instead
    return classes


def road_class(printed: str, codes: dict[str, str]) -> str:
    """The class of a road kind as printed: by code, by OSM value, or by the words in it; "" when unknown.

    >>> [road_class(kind, {"3": "trunk"}) for kind in ("市区町村道等", "都道府県道", "3", "residential", "?")]
    ['unclassified', 'secondary', 'trunk', 'residential', '']
    """
    if printed in codes:
        return codes[printed]
    if printed.isascii():
        return printed.split(";", maxsplit=1)[0].strip().lower() if any(c.isalpha() for c in printed) else ""
    return next((kind for word, kind in WORDS if word in printed), "")


def _oneway(values: list[str], table: RoadTable) -> np.ndarray[tuple[int], np.dtype[np.int8]]:
    geofabrik = "fclass" in table.needs
    return np.array([
        -1 if geofabrik and value.upper() == "T" else ONEWAY.get(value.lower(), 0) for value in values
    ], dtype=np.int8)


def _speeds(values: list[str]) -> Floats:
    """Posted speeds in km/h; 0 and words count as not known."""
    speeds = np.full(len(values), np.nan)
    for i, value in enumerate(values):
        number = value.lower().removesuffix("km/h").strip()
        if number.replace(".", "", 1).isdigit() and 0 < float(number) <= 130:
            speeds[i] = float(number)
    return speeds
