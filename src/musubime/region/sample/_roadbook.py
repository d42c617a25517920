"""Road lines while they are being drawn: joined at shared vertices, then cut at junctions and bridges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra
from shapely.geometry import LineString

from ..tables import Floats
from ._curves import along, between, point_at

_SAME_M = 12.0  # a junction this near to a vertex uses the vertex
_HALF_BRIDGE_M = 26.0


@dataclass(eq=False)
class Line:
    points: Floats
    kind: str  # OSM highway value
    name: str
    valley: int  # whose living area it belongs to
    oneway: int = 0
    bridge: bool = False
    _drawn: tuple[Floats, LineString] | None = field(default=None, init=False, repr=False)

    @property
    def shape(self) -> LineString:
        if self._drawn is None or self._drawn[0] is not self.points:
            self._drawn = (self.points, LineString(self.points))
        return self._drawn[1]

    def foot(self, point: Floats) -> Floats:
        """The place on the line that is nearest to a point."""
        place = self.shape.interpolate(self.shape.project(shapely.Point(point)))
        return np.array([place.x, place.y], dtype=np.float64)


@dataclass
class RoadBook:
    lines: list[Line] = field(default_factory=list)

    def add(self, points: Floats, kind: str, name: str = "", valley: int = 0) -> Line:
        line = Line(np.round(points, 2), kind, name, valley)
        self.lines.append(line)
        return line

    def junction(self, line: Line, near: Floats) -> Floats:
        """A vertex of the line nearest to a point, put in where the line has none."""
        at = line.shape.project(shapely.Point(near))
        known = along(line.points)
        closest = int(np.argmin(np.abs(known - at)))
        if abs(known[closest] - at) < _SAME_M:
            return np.asarray(line.points[closest], dtype=np.float64)
        vertex = np.round(point_at(line.points, at), 2)
        line.points = np.insert(line.points, int(np.searchsorted(known, at)), vertex, axis=0)
        return vertex

    def nearest(self, point: Floats, among: Iterable[Line] | None = None) -> tuple[Line, float]:
        lines = list(self.lines if among is None else among)
        far = shapely.distance([line.shape for line in lines], shapely.Point(point))
        return lines[int(np.argmin(far))], float(far.min())

    def branch(self, points: Floats, onto: Line, kind: str, name: str = "", valley: int = 0) -> Line:
        """Add a line that starts on another: its first vertex becomes a junction of both."""
        start = self.junction(onto, points[0])
        rest = points[1:] if np.hypot(*(points[0] - start)) < 40 else points
        return self.add(np.vstack([start[None, :], rest]), kind, name, valley)

    def crosses(self, points: Floats, others: Sequence[LineString], ends_free_m: float = 5.0) -> bool:
        """Does a line cut any other, its first metres aside?"""
        shape = LineString(between(points, ends_free_m, along(points)[-1]))
        return bool(shapely.intersects(shape, np.array(others, dtype=object)).any())

    def shapes(self) -> list[LineString]:
        return [line.shape for line in self.lines]

    def join_crossings(self) -> None:
        """Where two lines cross without a common vertex, make one: nothing here passes over another road."""
        shapes = np.array(self.shapes(), dtype=object)
        first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
        for a, b in zip(first, second, strict=True):
            if a >= b:
                continue
            common = {tuple(p) for p in self.lines[a].points} & {tuple(p) for p in self.lines[b].points}
            for point in shapely.get_coordinates(shapely.intersection(shapes[a], shapes[b])):
                if all(np.hypot(*(point - np.array(c))) > 0.05 for c in common):
                    for line in (self.lines[a], self.lines[b]):
                        at = line.shape.project(shapely.Point(point))
                        place = int(np.searchsorted(along(line.points), at))
                        line.points = np.insert(line.points, place, np.round(point, 2), axis=0)

    def cut(self, streams: Sequence[LineString], bridge_names: Iterable[str]) -> list[Line]:
        """The lines in pieces: cut at every junction, with bridges over streams as pieces of their own."""
        uses = Counter(tuple(p) for line in self.lines for p in line.points.tolist())
        water = shapely.union_all(streams)
        names = iter(bridge_names)
        pieces: list[Line] = []
        for line in self.lines:
            for part in _split(line.points, uses):
                crossings = shapely.get_coordinates(shapely.intersection(LineString(part), water))
                if line.kind == "track" or not len(crossings):
                    pieces.append(replace(line, points=part))
                    continue
                pieces += _bridged(part, crossings, line, names)
        return pieces


def _split(points: Floats, uses: Counter[tuple[float, ...]]) -> list[Floats]:
    inner = [i for i in range(1, len(points) - 1) if uses[tuple(points[i].tolist())] > 1]
    bounds = [0, *inner, len(points) - 1]
    parts = [points[a:b + 1] for a, b in pairwise(bounds) if b > a]
    return [part for part in parts if along(part)[-1] > 0]


def _bridged(part: Floats, crossings: Floats, line: Line, names: Iterator[str]) -> list[Line]:
    length = along(part)[-1]
    spans: list[tuple[float, float]] = []
    for at in sorted(LineString(part).project(shapely.points(crossings)).tolist()):
        start, end = at - _HALF_BRIDGE_M, at + _HALF_BRIDGE_M
        start, end = (0.0 if start < 5 else start), (length if end > length - 5 else end)
        if spans and start < spans[-1][1] + 5:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    bounds = [0.0]
    for start, end in spans:
        bounds += [start, end]
    bounds.append(length)
    pieces = []
    for number, (start, end) in enumerate(pairwise(bounds)):
        if end <= start:
            continue
        points = np.round(between(part, start, end), 2)
        points[0] = part[0] if start == 0 else points[0]
        points[-1] = part[-1] if end == length else points[-1]
        bridge = number % 2 == 1
        pieces.append(replace(line, points=points, name=next(names) if bridge else line.name, bridge=bridge))
    return pieces


def way(lines: Sequence[Line], stops: Sequence[Floats], weight: dict[str, float]) -> Floats:
    """The quickest way along the lines through some of their vertices; `weight` multiplies metres by class."""
    points = np.vstack([line.points for line in lines])
    vertices, index = np.unique(points, axis=0, return_inverse=True)
    tails, heads, cost = [], [], []
    start = 0
    for line in lines:
        node = index[start:start + len(line.points)]
        start += len(line.points)
        tails.append(node[:-1])
        heads.append(node[1:])
        cost.append(np.diff(along(line.points)) * weight.get(line.kind, 4.0))
    tail, head, metres = np.concatenate(tails), np.concatenate(heads), np.concatenate(cost)
    graph = coo_array(
        (np.tile(metres, 2), (np.concatenate([tail, head]), np.concatenate([head, tail]))),
        shape=(len(vertices), len(vertices)),
    ).tocsr()
    nodes = [int(np.argmin(np.hypot(*(vertices - stop).T))) for stop in stops]
    _, before = dijkstra(graph, indices=nodes[:-1], return_predecessors=True)
    path: list[int] = [nodes[0]]
    for row, target in enumerate(nodes[1:]):
        leg = [target]
        while leg[-1] != nodes[row]:
            leg.append(int(before[row, leg[-1]]))
        path += leg[::-1][1:]
    return np.asarray(vertices[path], dtype=np.float64)


