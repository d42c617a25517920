"""Shelters of 国土地理院: points, municipalities out of their ids, and which are buildings."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from table_probes import noted, probe, read, recognised_by, written

from musubime.errors import InputError
from musubime.opendata import shelters
from musubime.opendata.model import FacilityPiece, Probe
from musubime.provenance import Ledger


def _feature(name: str, lon: object, lat: object, id_: str = "E3520800017111") -> dict[str, object]:
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
        "properties": {
            "NO": 1,
            "共通ID": id_,
            "都道府県名及び市町村名": "山口県岩国市",
            "施設・場所名": name,
            "住所": "錦町広瀬1",
        },
    }


def _file(tmp_path: Path, *features: object) -> Probe:
    return written(tmp_path, "s.json", json.dumps({"type": "FeatureCollection", "features": features}))  # escaped names


def test_buildings_and_open_ground(tmp_path: Path) -> None:
    found = _file(
        tmp_path,
        _feature("錦公民館", 131.95, 34.26),
        _feature("錦中央公園", 131.95, 34.26),
        _feature("広瀬小学校", 34.26, 131.95),
        _feature("旧深川小学校", None, None),
        _feature("広瀬小学校グラウンド", 343.2, 34.2),
        _feature("", 131, 34),
        {"type": "Feature"},
    )
    assert recognised_by(found) == ["shelters"]
    (piece,), ledger = read(shelters, found)
    assert isinstance(piece, FacilityPiece)
    f = piece.facilities
    assert list(zip(f.names, f.kinds, f.services, f.host.tolist(), f.statuses, strict=True)) == [
        ("錦公民館", "community_hall", ("hall",), True, "open"),
        ("錦中央公園", "park", (), False, "open"),
        ("広瀬小学校", "primary_school", (), True, "open"),  # a list of shelters does not say whether it teaches
        ("旧深川小学校", "closed_school", (), True, "closed"),
        ("広瀬小学校グラウンド", "park", (), False, "open"),
    ]
    assert (f.lon[2], f.lat[2]) == (131.95, 34.26)  # swapped back
    assert np.isnan(f.lon[3:]).all()
    assert set(piece.codes) == {"352080"}
    assert piece.addresses[0] == "山口県岩国市錦町広瀬1"
    assert noted(ledger, "repair") == {"Latitude and longitude stood in each other's column and were swapped.": 1}
    assert noted(ledger, "missing") == {"Places without coordinates.": 1}
    assert sorted(noted(ledger, "dropped").values()) == [1, 2]  # a coordinate outside Japan; two without a name


@pytest.mark.parametrize(
    "content",
    ['{"施設・場所名", "共通ID"', '{"x": "施設・場所名 共通ID"}', '{"features": 3, "a": "施設・場所名 共通ID"}'],
)
def test_broken_json_is_one_clear_error(content: str, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        shelters.read(written(tmp_path, "s.json", content), Ledger())


@pytest.mark.shared
@pytest.mark.parametrize(
    ("code", "evacuation", "emergency"),
    [
        ("352080", 12, 131),
        ("174637", 37, 135),
        ("174611", 53, 145),
        ("172057", 35, 133),
        ("172049", 48, 78),
        ("324493", 61, 87),
        ("325058", 30, 84),
        ("212067", 60, 66),
        ("103837", 18, 1),
        ("103667", 24, 6),
        ("103829", 15, 14),
        ("352136", 58, 60),
    ],
)
def test_real_shelters(code: str, evacuation: int, emergency: int, shared: Path) -> None:
    for kind, count in (("evacuation", evacuation), ("emergency", emergency)):
        found = probe(shared / f"shelters/{kind}/{code}.json")
        assert recognised_by(found) == ["shelters"]
        (piece,), ledger = read(shelters, found)
        assert isinstance(piece, FacilityPiece)
        assert len(piece.facilities) == count
        assert not np.isnan(piece.facilities.lon).any()
        assert set(piece.codes) == {code}
        assert {note.kind for note in ledger.notes} <= {"assumption"}


@pytest.mark.shared
def test_every_shelter_file_can_be_read(shared: Path) -> None:
    files = sorted((shared / "shelters").rglob("*.json"))
    pieces = [piece for file in files for piece in read(shelters, probe(file))[0] if isinstance(piece, FacilityPiece)]
    assert len(files) == 2 * 27
    assert sum(len(piece.facilities) for piece in pieces) == 1453 + 2418  # features of 指定避難所 and of 緊急避難場所
