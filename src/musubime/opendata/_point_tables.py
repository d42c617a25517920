"""How each publisher's point layers tell what stands there: tables, no code. Explained in docs/data/points.md."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class PointTable:
    """One layout. needs: columns that tell it; absent: columns that must not be there. name, address, code: columns;
    kind: column with the kind and codes: its values to kinds of `region.FACILITY_KINDS` ("" leaves the row out);
    default: kind of every other row ("" leaves them out); closed: (column, value) of what is closed."""

    title: str
    needs: tuple[str, ...]
    name: str
    default: str = ""
    kind: str = ""
    codes: dict[str, str] = field(default_factory=dict)
    address: str = ""
    code: str = ""
    absent: tuple[str, ...] = ()
    closed: tuple[str, str] = ("", "")


_SCHOOLS = {
    "16001": "primary_school", "16002": "junior_high_school", "16003": "junior_high_school",
    "16004": "high_school", "16011": "kindergarten", "16013": "nursery", "16014": "primary_school",
}
OSM_KINDS = {
    "supermarket": "supermarket", "convenience": "convenience_store", "greengrocer": "grocery", "butcher": "grocery",
    "seafood": "grocery", "general": "grocery", "chemist": "drugstore", "farm": "farm_market",
    "department_store": "supermarket", "hospital": "hospital", "clinic": "clinic", "doctors": "clinic",
    "dentist": "dental_clinic", "pharmacy": "pharmacy", "post_office": "post_office", "bank": "bank",
    "fuel": "fuel_station", "kindergarten": "kindergarten", "community_centre": "community_hall",
    "library": "library", "townhall": "town_office", "town_hall": "town_office", "nursing_home": "elderly_care",
    "public_building": "other", "railway_station": "station", "railway_halt": "station", "museum": "culture",
}

TABLES: tuple[PointTable, ...] = (
    PointTable("国土数値情報 P04 医療機関", ("P04_001", "P04_002"), "P04_002", kind="P04_001",
               codes={"1": "hospital", "2": "clinic", "3": "dental_clinic"}, address="P04_003"),
    PointTable("国土数値情報 P05 市町村役場等及び公的集会施設", ("P05_002", "P05_003"), "P05_003", kind="P05_002",
               codes={"1": "town_office", "2": "branch_office", "3": "branch_office", "4": "community_hall",
                      "5": "community_hall"}, address="P05_004", code="P05_001"),
    PointTable("国土数値情報 P07 燃料給油所", ("P07_001", "P07_002"), "P07_002", default="fuel_station",
               address="P07_002"),
    # Two editions of P29 use the same column names for different things; only the later one has P29_009.
    PointTable("国土数値情報 P29 学校（第2.0版）", ("P29_003", "P29_004", "P29_009"), "P29_004", kind="P29_003",
               codes=_SCHOOLS, address="P29_005", code="P29_001", closed=("P29_007", "2")),
    PointTable("国土数値情報 P29 学校", ("P29_004", "P29_005", "P29_006"), "P29_005", kind="P29_004", codes=_SCHOOLS,
               address="P29_006", code="P29_001", absent=("P29_009",)),
    PointTable("国土数値情報 P30 郵便局", ("P30_005", "P30_006"), "P30_005", default="post_office",
               address="P30_006", code="P30_001"),
    PointTable("国土数値情報 P35 道の駅", ("P35_006",), "P35_006", default="roadside_station"),
    PointTable("OpenStreetMap places (Geofabrik)", ("fclass", "name"), "name", kind="fclass", codes=OSM_KINDS),
    PointTable("OpenStreetMap places", ("amenity", "name"), "name", kind="amenity", codes=OSM_KINDS),
    PointTable("OpenStreetMap places", ("shop", "name"), "name", kind="shop", codes=OSM_KINDS),
    PointTable("Railway stations", ("name", "line", "transport_type"), "name", kind="transport_type",
               codes={"rail": "station"}),
    PointTable("Doctor-helicopter meeting points", ("名称", "所在地", "医療圏"), "名称", default="other",
               address="所在地"),
)
"""The first table whose columns are all there reads the layer."""
