"""Outlines of municipalities: 国土数値情報 行政区域 (N03, any edition) and Geolonia's japanese-admins.

See docs/data/boundaries.md.
"""

from __future__ import annotations

import re

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.provenance import Ledger, file_source
from musubime.region.codes import PREFECTURES, check_digit

from ._vector import EVERYWHERE, Layer, Scope, layers, layers_or_none, one_area, polygons, read_layer, words
from .model import BoundaryPiece, Piece, Probe

FORMAT = "Municipal boundaries"

_NAME_PARTS = ("N03_001", "N03_003", "N03_004", "N03_005")
_PREFIX = re.compile("^(" + "|".join(PREFECTURES) + ").+[市区町村]$")


def recognise(probe: Probe) -> bool:
    return any(_is_n03(layer) or _is_admins(probe, layer) for layer in layers_or_none(probe))


def _is_n03(layer: Layer) -> bool:
    return layer.has("N03_001", "N03_007") and "olygon" in layer.geometry


def _is_admins(probe: Probe, layer: Layer) -> bool:
    """Geolonia's files: areas with no property but `name`, which begins with the prefecture."""
    if layer.fields != ("name",) or "olygon" not in layer.geometry:
        return False
    found = re.search(r'"name"\s*:\s*"([^"]+)"', probe.head.decode("utf-8", errors="ignore"))
    return bool(found and _PREFIX.match(found[1]))


def read(probe: Probe, ledger: Ledger, scope: Scope = EVERYWHERE) -> list[Piece]:
    pieces: list[Piece] = []
    rows = 0
    for layer in layers(probe):
        if _is_n03(layer):
            # The edition of 2024 names cities in N03_004 and their wards in N03_005; earlier ones have no N03_005.
            where = f"N03_007 = '{scope.code[:5]}'" if scope.code else None
            frame = read_layer(probe, layer, ledger, columns=[*_NAME_PARTS, "N03_007"], where=where)
            codes = [code.zfill(5) if code else "" for code in words(frame, "N03_007")]
            columns = [words(frame, part) for part in _NAME_PARTS]
            names = ["".join(parts) for parts in zip(*columns, strict=True)]
            ledger.note("dropped", text("Areas that belong to no municipality were left out."),
                        count=codes.count(""), source=probe.path.name)
        elif _is_admins(probe, layer):
            frame = read_layer(probe, layer, ledger, columns=["name"])
            names = words(frame, "name")
            codes = [""] * len(names)
        else:
            continue
        rows += len(frame)
        shapes = polygons(frame.geometry, ledger, probe.path.name)
        groups: dict[tuple[str, str], list[int]] = {}
        for row, (code, name) in enumerate(zip(codes, names, strict=True)):
            if shapes[row] is not None and (code or layer.fields == ("name",)):
                groups.setdefault((code, name), []).append(row)
        pieces += [
            BoundaryPiece(probe.path.name, _six(code), name, one_area(shapes[row] for row in members))
            for (code, name), members in groups.items()
        ]
    if not pieces and not scope.code:
        raise InputError(Fault(
            text("No municipality's outline could be read from this file."),
            text("Fetch the administrative boundaries (N03) of your prefecture again."), file=probe.path.name,
        ))
    ledger.add_source(file_source(probe.path, format=FORMAT, rows=rows))
    return pieces


def _six(code: str) -> str:
    return code + check_digit(code) if len(code) == 5 and code.isascii() and code.isdigit() else ""
