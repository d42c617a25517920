"""Small made-up files in the layouts of real publishers, for the tests of layer readers and of build.

The town 結市 (35209, in the plane of 山口県) is a square of 0.1 degrees: 132.00-132.10 E, 34.00-34.10 N.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import geopandas as gpd
import pyogrio
from shapely.geometry import Polygon, box
from shapely.geometry.base import BaseGeometry

from musubime.opendata._archive import ZIP, member_names
from musubime.opendata._vector import EVERYWHERE, Scope
from musubime.opendata.folder import HEAD_BYTES, LAYERS
from musubime.opendata.model import Piece, Probe
from musubime.provenance import Ledger
from musubime.region.codes import six_digits

CODE = six_digits("35209")
TOWN = box(132.00, 34.00, 132.10, 34.10)
N03_ROW = {"N03_001": "山口県", "N03_002": None, "N03_003": None, "N03_004": "結市", "N03_007": "35209"}
STOPS = (("奥", 132.01, 34.01), ("駅", 132.02, 34.02))
AGES = (*(f"{low}-{low + 4}歳" for low in range(0, 85, 5)), "85歳以上")
POPULATION_HEAD = (
    "都道府県コード又は市区町村コード", "地域コード", "都道府県名", "市区町村名", "調査年月日", "地域名", "総人口",
    "男性", "女性", *(f"{age}の{sex}" for age in AGES for sex in ("男性", "女性")), "世帯数", "備考",
)


def probe(path: Path) -> Probe:
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    return Probe(path, head, path.stat().st_size, member_names(path) if head.startswith(ZIP) else ())


def read(reader: ModuleType, path: Path, scope: Scope = EVERYWHERE) -> tuple[list[Piece], Ledger]:
    found, ledger = probe(path), Ledger()
    assert reader.recognise(found), f"{reader.__name__} does not know {path.name}"
    return (reader.read(found, ledger, scope) if reader in LAYERS else reader.read(found, ledger)), ledger


def noted(ledger: Ledger, kind: str) -> dict[str, int]:
    """English template to count, of one kind of note."""
    return {note.what.template: note.count for note in ledger.notes if note.kind == kind}


def layer(
    path: Path, rows: Sequence[tuple[BaseGeometry, Mapping[str, Any]]], crs: str | int | None = 6668, **options: Any
) -> Path:
    """Write a layer; the driver is chosen by the suffix."""
    columns = {name: [values.get(name) for _, values in rows] for name in rows[0][1]}
    frame = gpd.GeoDataFrame(columns, geometry=[shape for shape, _ in rows], crs=crs)
    pyogrio.write_dataframe(frame, path, **options)
    return path


def geojson(path: Path, rows: Sequence[tuple[BaseGeometry, Mapping[str, Any]]]) -> Path:
    features = [{"type": "Feature", "properties": dict(p), "geometry": s.__geo_interface__} for s, p in rows]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), "utf-8")
    return path


def boundary(folder: Path, shape: BaseGeometry = TOWN) -> Path:
    return geojson(folder / "outline.geojson", [(shape, N03_ROW)])


def town_names(folder: Path, places: Mapping[str, tuple[float, float]], name: str = "names.json") -> Path:
    """A 大字 list as Geolonia publishes it: place to (lon, lat)."""
    path = folder / name
    path.write_text(json.dumps(
        [{"town": n, "koaza": "", "lat": lat, "lng": lon} for n, (lon, lat) in places.items()], ensure_ascii=False
    ), "utf-8")
    return path


def population(folder: Path, date: str, districts: Mapping[str, Mapping[str, float]], code: str = CODE) -> Path:
    """地域・年齢別人口: district to {"households": n, "m0": men 0-4, "f65": women 65-69, ...}; the rest is 0."""
    lines = [",".join(POPULATION_HEAD)]
    for name, people in districts.items():
        counts = [people.get(f"{sex}{5 * i}", 0) for i in range(len(AGES)) for sex in "mf"]
        men, women = sum(counts[::2]), sum(counts[1::2])
        row = [code, "", "山口県", "結市", date, name, men + women, men, women, *counts,
               people.get("households", 0), ""]
        lines.append(",".join(str(cell) for cell in row))
    path = folder / f"population_{date.replace('-', '')}.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def facilities(
    folder: Path, rows: Sequence[tuple[str, str, float | str, float | str]], name: str = "places.csv"
) -> Path:
    """公共施設一覧: (name, address, lon, lat)."""
    lines = ["都道府県コード又は市区町村コード,NO,都道府県名,市区町村名,名称,名称_カナ,住所,方書,緯度,経度,電話番号"]
    lines += [f"{CODE},{i},山口県,結市,{n},,{street},,{lat},{lon}," for i, (n, street, lon, lat) in enumerate(rows, 1)]
    path = folder / name
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def census(folder: Path, counts: Mapping[str, tuple[str, Sequence[float], Sequence[float]]]) -> Path:
    """Census 2020 by age: code to (name, men by 18 groups, women by 18 groups), as the prefecture's list has it."""
    path = folder / "census.csv"
    lines = [",".join(POPULATION_HEAD)]
    for code, (name, men, women) in counts.items():
        pairs = [cell for pair in zip(men, women, strict=True) for cell in pair]
        row = ["350001", code, "山口県", "", "2020-10-01", name, sum(men) + sum(women), sum(men), sum(women), *pairs,
               "", ""]
        lines.append(",".join(str(cell) for cell in row))
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def feed(path: Path, stops: Sequence[tuple[str, float, float]], leave_out: Sequence[str] = (), inside: str = "",
         more: Mapping[str, str] | None = None) -> Path:
    """A GTFS-JP zip with one line over its stops (name, lon, lat)."""
    tables = {
        "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\n1,結市,https://example.jp,Asia/Tokyo\n",
        "routes.txt": "route_id,agency_id,route_short_name,route_type\nr,1,奥線,3\n",
        "trips.txt": "route_id,service_id,trip_id\nr,s,t\n",
        "calendar.txt": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
                        "s,1,0,1,0,0,0,0,20250401,20260331\n",
        "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\n" + "".join(
            f"{i},{name},{lat},{lon}\n" for i, (name, lon, lat) in enumerate(stops)),
        "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n" + "".join(
            f"t,08:{i:02d}:00,08:{i:02d}:00,{i},{i}\n" for i in range(len(stops))),
        **(more or {}),
    }
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as packed:
        for name, content in tables.items():
            if name not in leave_out:
                packed.writestr(inside + name, content)
    path.write_bytes(data.getvalue())
    return path


def square(lon: float, lat: float, side: float = 0.01) -> Polygon:
    return box(lon, lat, lon + side, lat + side)
