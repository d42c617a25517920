"""Roads of an OpenStreetMap extract (.osm.pbf, .osm), read with osmium. See docs/data/roads.md."""

from __future__ import annotations

from typing import Any

import numpy as np
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.provenance import Ledger, file_source
from musubime.region import Roads

from ._road_tables import CLASSES, ONEWAY
from ._vector import EVERYWHERE, Bounds, Scope
from .model import Piece, Probe, RoadPiece

FORMAT = "OpenStreetMap roads"

_CLOSED = ("no", "private")


def recognise(probe: Probe) -> bool:
    # A .pbf begins with the length of its first header (4 bytes) and the word OSMHeader; XML with <osm.
    return b"OSMHeader" in probe.head[:64] or b"<osm" in probe.head[:512]


def read(probe: Probe, ledger: Ledger, scope: Scope = EVERYWHERE) -> list[Piece]:
    import osmium

    source = probe.path.name
    kind = "pbf" if b"OSMHeader" in probe.head[:64] else "osm"
    lines: list[BaseGeometry] = []
    classes: list[str] = []
    oneway: list[int] = []
    speeds: list[float] = []
    names: list[str] = []
    cut = 0
    try:
        file = osmium.io.File(str(probe.path), kind)
        if not _reaches(file, scope):
            ledger.add_source(file_source(probe.path, format=FORMAT, title="OpenStreetMap"))
            return []
        processor = osmium.FileProcessor(file, osmium.osm.NODE | osmium.osm.WAY).with_locations()
        processor = processor.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
        ways: Any = processor.with_filter(osmium.filter.KeyFilter("highway"))
        for way in ways:
            tags = dict(way.tags)
            highway = tags.get("highway", "")
            if highway not in CLASSES or tags.get("area") == "yes" or _closed(tags):
                continue
            points = [(node.lon, node.lat) for node in way.nodes if node.location.valid()]
            cut += len(points) < len(way.nodes)
            if len(points) < 2 or not _in_box(points, scope.bounds):
                continue
            lines.append(LineString(points))
            classes.append(highway)
            oneway.append(_direction(tags))
            speeds.append(_speed(tags.get("maxspeed", "")))
            names.append(tags.get("name") or tags.get("ref") or "")
    except (RuntimeError, ValueError, OSError) as error:
        raise InputError(Fault(
            text("This OpenStreetMap file cannot be read ({reason}).", reason=str(error).split("\n", 1)[0]),
            text("Fetch the extract again; it may have been cut off while it was copied."), file=source,
        )) from error
    ledger.note("repair", text("Roads that run out of the extract were cut at its edge."), count=cut, source=source)
    ledger.add_source(file_source(probe.path, format=FORMAT, title="OpenStreetMap", rows=len(lines)))
    if not lines:
        if scope.bounds is None:
            raise InputError(Fault(
                text("This OpenStreetMap file holds no roads."),
                text("Export ways with the tag highway, with their nodes."), file=source,
            ))
        return []
    return [RoadPiece(source, Roads(
        tuple(lines), tuple(classes), np.array(oneway, dtype=np.int8), np.array(speeds, dtype=np.float64),
        np.full(len(lines), np.nan), tuple(names),
    ))]


def _reaches(file: Any, scope: Scope) -> bool:
    import osmium

    with osmium.io.Reader(file) as reader:
        box = reader.header().box()
    if not box.valid():
        return True
    return scope.overlaps((box.bottom_left.lon, box.bottom_left.lat, box.top_right.lon, box.top_right.lat))


def _closed(tags: dict[str, str]) -> bool:
    """Closed to the public, on wheels and on foot."""
    access = tags.get("motor_vehicle", tags.get("vehicle", tags.get("access", "")))
    return access in _CLOSED and tags.get("foot", tags.get("access", "")) in _CLOSED


def _direction(tags: dict[str, str]) -> int:
    said = tags.get("oneway", "").lower()
    if not said and (tags.get("junction") == "roundabout" or tags.get("highway") == "motorway"):
        return 1
    return ONEWAY.get(said, 0)


def _speed(said: str) -> float:
    number = said.split(";", maxsplit=1)[0].strip()
    return float(number) if number.isdigit() and 0 < int(number) <= 130 else float("nan")


def _in_box(points: list[tuple[float, float]], box: Bounds | None) -> bool:
    if box is None:
        return True
    lons, lats = [p[0] for p in points], [p[1] for p in points]
    return max(lons) >= box[0] and min(lons) <= box[2] and max(lats) >= box[1] and min(lats) <= box[3]
