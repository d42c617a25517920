"""大字・町丁目 with a point each: Geolonia's japanese-addresses lists, and 位置参照情報 (大字・町丁目レベル).

See docs/data/oaza_points.md.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re

import numpy as np

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.provenance import Ledger, file_source
from musubime.region.codes import check_digit

from ._vector import EVERYWHERE, JAPAN, Scope
from .model import Piece, PointPiece, Probe

FORMAT = "Oaza and town-block points"

_LIST = re.compile(rb'^\s*\[\s*\{[^{}]*"town"\s*:[^{}]*"l(at|ng)"\s*:')
_CSV_FIELDS = ("市区町村コード", "大字町丁目名", "緯度", "経度")


def recognise(probe: Probe) -> bool:
    head = probe.head.removeprefix(b"\xef\xbb\xbf")
    if _LIST.match(head[:4096]):
        return True
    first = _decoded(head).split("\n", 1)[0]
    return all(field in first for field in _CSV_FIELDS)


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp932", errors="replace")


def read(probe: Probe, ledger: Ledger, scope: Scope = EVERYWHERE) -> list[Piece]:
    data = probe.path.read_bytes()
    listed = data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"[")
    rows = _json_rows(data, probe) if listed else _csv_rows(data, probe)
    groups: dict[str, list[tuple[str, float, float]]] = {}
    nameless, outside = [], []
    for code, name, lat, lng in rows:
        lon_deg, lat_deg = _number(lng), _number(lat)
        if not name:
            nameless.append(f"{lat}, {lng}")
        elif not (JAPAN[0] <= lon_deg <= JAPAN[2] and JAPAN[1] <= lat_deg <= JAPAN[3]):
            outside.append(name)
        elif not scope.code or not code or code[:5] == scope.code[:5]:
            groups.setdefault(code, []).append((name, lon_deg, lat_deg))
    source = probe.path.name
    ledger.note("dropped", text("Points without a name were left out."), count=len(nameless), source=source,
                examples=nameless)
    ledger.note("dropped", text("Points without usable coordinates were left out."), count=len(outside),
                source=source, examples=outside)
    if not groups and not rows:
        raise InputError(Fault(
            text("This list of place names holds no place."), text("Fetch it again from its publisher."), file=source,
        ))
    ledger.add_source(file_source(probe.path, format=FORMAT, rows=len(rows)))
    return [
        PointPiece(source, code, tuple(n for n, _, _ in group), np.array([x for _, x, _ in group]),
                   np.array([y for _, _, y in group]))
        for code, group in groups.items()
    ]


def _json_rows(data: bytes, probe: Probe) -> list[tuple[str, str, object, object]]:
    try:
        found = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InputError(Fault(
            text("This list of place names cannot be read ({reason}).", reason=str(error).split("\n", 1)[0]),
            text("Fetch it again from its publisher."), file=probe.path.name,
        )) from error
    if not isinstance(found, list):
        found = []
    return [
        ("", f"{row.get('town') or ''}{row.get('koaza') or ''}".strip(), row.get("lat"), row.get("lng"))
        for row in found if isinstance(row, dict)
    ]


def _csv_rows(data: bytes, probe: Probe) -> list[tuple[str, str, object, object]]:
    try:
        table = list(csv.DictReader(io.StringIO(_decoded(data))))
    except csv.Error as error:
        raise InputError(Fault(
            text("This list of place names cannot be read ({reason}).", reason=str(error)),
            text("Fetch it again from its publisher."), file=probe.path.name,
        )) from error
    rows: list[tuple[str, str, object, object]] = []
    for row in table:
        five = (row.get("市区町村コード") or "").strip().zfill(5)
        known = len(five) == 5 and five.isascii() and five.isdigit()
        rows.append((five + check_digit(five) if known else "", (row.get("大字町丁目名") or "").strip(),
                     row.get("緯度"), row.get("経度")))
    return rows


def _number(value: object) -> float:
    try:
        number = float(str(value))
    except ValueError:
        return math.nan
    return number if math.isfinite(number) else math.nan
