"""国土地理院 指定緊急避難場所・指定避難所データ as GeoJSON points. See docs/data/shelters.md."""

from __future__ import annotations

import json
from typing import Any

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.provenance import Ledger, file_source
from musubime.region.codes import PREFECTURES, six_digits

from ._facilities import Places, facility_piece
from ._json import read_json
from .model import Piece, Probe

FORMAT = "指定緊急避難場所・指定避難所データ (国土地理院)"

_NAME, _ID, _ADDRESS, _NUMBER = "施設・場所名", "共通ID", "住所", "NO"


def recognise(probe: Probe) -> bool:
    head = probe.head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return head.startswith(b"{") and all(
        word.encode() in probe.head or json.dumps(word)[1:-1].encode() in probe.head for word in (_NAME, _ID)
    )


def read(probe: Probe, ledger: Ledger) -> list[Piece]:
    document = read_json(probe)
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise InputError(Fault(
            text("This GeoJSON has no list of features."), text("Fetch it again from its publisher."),
            file=probe.path.name,
        ))
    places = Places(probe.path.name, "evacuation")
    for position, feature in enumerate(features, start=1):
        given = feature.get("properties") if isinstance(feature, dict) else None
        properties: dict[str, Any] = given if isinstance(given, dict) else {}
        lon, lat = _point(feature)
        places.add(
            row=position, id=str(properties.get(_ID) or ""), name=str(properties.get(_NAME) or ""),
            code=_code(str(properties.get(_ID) or "")), address=_address(properties), lon=lon, lat=lat,
        )
    piece = facility_piece(places, ledger)
    ledger.add_source(file_source(probe.path, format=FORMAT, rows=len(features)))
    return [piece]


def _point(feature: Any) -> tuple[str, str]:
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    coordinates = geometry.get("coordinates") if isinstance(geometry, dict) else None
    if isinstance(coordinates, list) and len(coordinates) >= 2:
        lon, lat = ("" if value is None else str(value) for value in coordinates[:2])
        return lon, lat
    return "", ""


def _code(common_id: str) -> str:
    """The municipality in a 共通ID such as E3520800017111: a letter, then the five digits of its code."""
    try:
        return six_digits(common_id[1:6])
    except InputError:
        return ""


def _address(properties: dict[str, Any]) -> str:
    address, town = str(properties.get(_ADDRESS) or ""), str(properties.get("都道府県名及び市町村名") or "")
    return address if address.startswith(tuple(PREFECTURES)) else town + address
