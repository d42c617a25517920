"""An OpenStreetMap extract (.osm.pbf, .osm): roads, turn restrictions, shops and services, read with osmium.

See docs/data/roads.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from shapely.geometry import LineString

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.provenance import Ledger, file_source
from musubime.region import FACILITY_KINDS, Facilities, Roads, Status, TurnRule

from ._kinds import rules
from ._point_tables import OSM_KINDS
from ._road_tables import CLASSES, ONEWAY
from ._vector import EVERYWHERE, Bounds, Scope
from .model import FacilityPiece, Piece, Probe, RoadPiece

FORMAT = "OpenStreetMap extract"

_CLOSED = ("no", "private")


def recognise(probe: Probe) -> bool:
    # A .pbf begins with the length of its first header (4 bytes) and the word OSMHeader; XML with <osm.
    return b"OSMHeader" in probe.head[:64] or b"<osm" in probe.head[:512]


def read(probe: Probe, ledger: Ledger, scope: Scope = EVERYWHERE) -> list[Piece]:
    source = probe.path.name
    kind = "pbf" if b"OSMHeader" in probe.head[:64] else "osm"
    ways = _Ways(scope)
    try:
        ways.collect(str(probe.path), kind)
    except (RuntimeError, ValueError, OSError) as error:
        raise InputError(Fault(
            text("This OpenStreetMap file cannot be read ({reason}).", reason=str(error).split("\n", 1)[0]),
            text("Fetch the extract again; it may have been cut off while it was copied."), file=source,
        )) from error
    ledger.note("repair", text("Roads that run out of the extract were cut at its edge."), count=ways.cut,
                source=source)
    ledger.note("dropped", text("Turn restrictions that lead over a road, not a junction, or whose roads are missing."),
                count=ways.lost_turns, source=source)
    ledger.add_source(file_source(probe.path, format=FORMAT, title="OpenStreetMap", rows=len(ways.lines)))
    if not ways.lines and not ways.places and scope.bounds is None:
        raise InputError(Fault(
            text("This OpenStreetMap file holds no roads."),
            text("Export ways with the tag highway, with their nodes."), file=source,
        ))
    pieces: list[Piece] = [RoadPiece(source, ways.roads())] if ways.lines else []
    if ways.places:
        ledger.note("assumption", text(
            "Shops and services of OpenStreetMap are what volunteers have drawn; some will be missing or closed."),
            count=len(ways.places), source=source)
        pieces.append(ways.facilities(source))
    return pieces


@dataclass
class _Ways:
    """Roads and places of an extract as they are met, and the turn rules between the roads."""

    scope: Scope
    lines: list[LineString] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)
    oneway: list[int] = field(default_factory=list)
    speeds: list[float] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    turns: list[TurnRule] = field(default_factory=list)
    places: list[tuple[str, str, str, float, float]] = field(default_factory=list)
    nodes: list[dict[int, tuple[float, float]]] = field(default_factory=list)
    at: dict[int, int] = field(default_factory=dict)
    cut: int = 0
    lost_turns: int = 0

    def collect(self, path: str, kind: str) -> None:
        import osmium

        file = osmium.io.File(path, kind)
        if not _reaches(file, self.scope):
            return
        entities = osmium.osm.NODE | osmium.osm.WAY | osmium.osm.RELATION
        processor = osmium.FileProcessor(file, entities).with_locations()
        found: Any = processor.with_filter(osmium.filter.KeyFilter(
            "highway", "restriction", *(f"restriction:{name}" for name in _CARS), "amenity", "shop"))
        for thing in found:  # ways come before relations in every extract
            if thing.is_relation():
                self._turn(thing)
            else:
                tags = dict(thing.tags)
                if "amenity" in tags or "shop" in tags:
                    self._place(thing, tags)
                elif thing.is_way():
                    self._way(thing, tags)

    def _place(self, thing: Any, tags: dict[str, str]) -> None:
        """A shop or service, at its point or amid its outline."""
        kind = OSM_KINDS.get(tags.get("shop", "")) or OSM_KINDS.get(tags.get("amenity", ""))
        nodes = [thing] if thing.is_node() else [node for node in thing.nodes if node.location.valid()]
        name = tags.get("name") or tags.get("brand") or tags.get("operator") or ""
        if not kind or not name or not nodes:
            return
        points = [(node.location.lon, node.location.lat) for node in nodes]
        if _in_box(points, self.scope.bounds):
            lon, lat = np.array(points).mean(axis=0)
            self.places.append((f"{'n' if thing.is_node() else 'w'}{thing.id}", name, kind, float(lon), float(lat)))

    def _way(self, way: Any, tags: dict[str, str]) -> None:
        highway = tags.get("highway", "")
        if highway not in CLASSES or tags.get("area") == "yes" or _closed(tags):
            return
        nodes = [(node.ref, (node.lon, node.lat)) for node in way.nodes if node.location.valid()]
        points = [point for _, point in nodes]
        if len(points) < 2 or len(set(points)) < 2 or not _in_box(points, self.scope.bounds):
            self.cut += len(points) < len(way.nodes)
            return
        self.cut += len(points) < len(way.nodes)
        self.at[way.id] = len(self.lines)
        self.nodes.append(dict(nodes))
        self.lines.append(LineString(points))
        self.classes.append(highway)
        self.oneway.append(_direction(tags))
        self.speeds.append(_speed(tags.get("maxspeed", "")))
        self.names.append(tags.get("name") or tags.get("ref") or "")

    def _turn(self, relation: Any) -> None:
        """Rules for cars. no_entry forbids the way out of several roads into one, no_exit out of one into several."""
        kind = _rule_for_cars(dict(relation.tags))
        if not kind:
            return
        members = [(member.role, member.type, member.ref) for member in relation.members]
        starts, ends = ([self.at.get(ref) for role, of, ref in members if (role, of) == (end, "w")]
                        for end in ("from", "to"))
        via = [ref for role, of, ref in members if (role, of) == ("via", "n")]
        several = (len(starts) > 1) * (kind != "no_entry") + (len(ends) > 1) * (kind != "no_exit")
        if len(via) != 1 or several or None in starts or None in ends or not starts or not ends:
            self.lost_turns += any(end is not None for end in (*starts, *ends))
            return
        for start in starts:
            for end in ends:
                point = self.nodes[start].get(via[0])  # type: ignore[index]
                if point is None or via[0] not in self.nodes[end]:  # type: ignore[index]
                    self.lost_turns += 1
                else:
                    self.turns.append(TurnRule(start, end, point[0], point[1], kind))  # type: ignore[arg-type]

    def roads(self) -> Roads:
        return Roads(
            tuple(self.lines), tuple(self.classes), np.array(self.oneway, dtype=np.int8),
            np.array(self.speeds, dtype=np.float64), np.full(len(self.lines), np.nan), tuple(self.names),
            tuple(self.turns),
        )

    def facilities(self, source: str) -> FacilityPiece:
        ids, names, kinds, lon, lat = zip(*self.places, strict=True)
        unknown = np.full(len(ids), np.nan)
        opened: Status = "open"
        return FacilityPiece(source, Facilities(
            tuple(f"{source}:{i}" for i in ids), names, kinds, tuple(FACILITY_KINDS[kind] for kind in kinds),
            (opened,) * len(ids), unknown, unknown.copy(), unknown.copy(),
            np.array([kind in rules().hosts for kind in kinds], dtype=bool), np.array(lon), np.array(lat),
            (source,) * len(ids),
        ), ("",) * len(ids), ("",) * len(ids), "public")


_CARS = ("motorcar", "motor_vehicle", "vehicle")


def _rule_for_cars(tags: dict[str, str]) -> str:
    """no_left_turn and the like, "" where the relation forbids cars nothing. The narrower key is the stronger one."""
    excepted = {word.strip() for word in tags.get("except", "").split(";")}
    kind = next((tags[key] for key in (*(f"restriction:{name}" for name in _CARS), "restriction") if key in tags), "")
    return kind if kind.startswith(("no_", "only_")) and not excepted.intersection(_CARS) else ""


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
