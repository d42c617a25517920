"""How each publisher's columns tell the class of a road: tables, no code. Explained in docs/data/roads.md."""

from __future__ import annotations

from dataclasses import dataclass, field

MOTORABLE = frozenset((
    "motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link", "secondary", "secondary_link",
    "tertiary", "tertiary_link", "unclassified", "residential", "living_street", "service", "track", "road",
))
WALKABLE = frozenset(("path", "footway", "pedestrian", "steps", "cycleway", "bridleway"))
CLASSES = MOTORABLE | WALKABLE
"""Values of OpenStreetMap's `highway` that are roads or paths; anything else is no way (platform, proposed ...)."""

WORDS: tuple[tuple[str, str], ...] = (
    ("高速", "motorway"), ("自動車専用", "trunk"), ("国道", "trunk"), ("主要地方道", "primary"),
    ("都道府県道", "secondary"), ("県道", "secondary"), ("道道", "secondary"), ("府道", "secondary"),
    ("都道", "secondary"), ("市区町村道", "unclassified"), ("市町村道", "unclassified"), ("市道", "unclassified"),
    ("町道", "unclassified"), ("村道", "unclassified"), ("区道", "unclassified"), ("農道", "track"),
    ("林道", "track"), ("私道", "service"), ("徒歩道", "path"), ("歩道", "footway"), ("石段", "steps"),
)
"""Words inside a printed road kind, tried in this order (so that 都道府県道 is not taken for 都道)."""


@dataclass(frozen=True)
class RoadTable:
    """One layout. needs: columns that tell it. kinds: columns with the class, the first that says something counts;
    codes: value to class; drop: (column, value) of lines that are no open road; override: (column, value) to class,
    where the class so far is one of `MOTORABLE`."""

    title: str
    needs: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    codes: dict[str, str] = field(default_factory=dict)
    name: str = ""
    oneway: str = ""
    speed: str = ""
    drop: frozenset[tuple[str, str]] = frozenset()
    override: dict[tuple[str, str], str] = field(default_factory=dict)
    only: frozenset[str] = frozenset()  # when given, the layer has no other columns than these


_GSI_WIDTH = {("rnkWidth", "0"): "service", ("rnkWidth", "3m未満"): "service"}

TABLES: tuple[RoadTable, ...] = (
    RoadTable("国土数値情報 A37 半島循環道路等", ("A37_100002",), ("A37_100002", "A37_000003"), name="A37_000001"),
    RoadTable(
        "国土数値情報 N10 緊急輸送道路", ("N10_002", "N10_003"), ("N10_003",), name="N10_004",
        codes={"1": "motorway", "2": "motorway", "3": "trunk", "4": "primary", "5": "primary", "6": "secondary",
               "7": "tertiary", "8": "unclassified", "9": "unclassified"},
    ),
    RoadTable(
        "国土数値情報 N13 道路", ("N13_002", "N13_003"), ("N13_003",),
        codes={"1": "trunk", "2": "secondary", "3": "unclassified", "4": "motorway", "5": "service",
               "6": "unclassified"},
        drop=frozenset({("N13_004", "5")}),
        override={("N13_002", "2"): "footway", ("N13_002", "3"): "path", ("N13_002", "4"): "steps",
                  ("N13_006", "1"): "service"},
    ),
    RoadTable(
        "地理院地図 道路中心線", ("rdCtg",), ("rdCtg",),
        codes={"0": "trunk", "1": "secondary", "2": "unclassified", "3": "motorway", "5": "service",
               "6": "unclassified"},
        override=_GSI_WIDTH,
    ),
    RoadTable("OpenStreetMap roads", ("highway",), ("highway",), name="name", oneway="oneway", speed="maxspeed"),
    RoadTable("OpenStreetMap roads (Geofabrik)", ("fclass", "maxspeed"), ("fclass",), name="name", oneway="oneway",
              speed="maxspeed"),
    RoadTable("Road lines", ("道路種別",), ("道路種別",), name="路線名"),
    RoadTable("Road lines", ("路線種別",), ("路線種別",), name="路線名"),
    RoadTable("Road lines", ("道路区分",), ("道路区分",), name="路線名"),
    RoadTable("Road lines without classes", ("length",),
              only=frozenset({"id", "r_id", "fid", "osm_id", "source", "length", "name"}), name="name"),
)
"""In order of trust: the first table whose columns are all there reads the layer."""

ONEWAY = {
    "yes": 1, "true": 1, "1": 1, "t": 1, "f": 1, "-1": -1, "reverse": -1, "b": 0, "no": 0, "false": 0, "0": 0,
    "": 0,
}
"""OpenStreetMap's values, and Geofabrik's F (forwards), T (to, backwards) and B (both): see `roads_ksj`."""
