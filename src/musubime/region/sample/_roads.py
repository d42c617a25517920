"""The roads of the sample: along the valleys, over the passes, through the town, and up to where they end."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra
from shapely.geometry import LineString

from ..tables import Floats
from ._curves import along, between, locate, point_at, resample, rounded, shifted, wave
from ._roadbook import Line, RoadBook
from ._terrain import EAST, MAIN, NORTH, SOUTH, UPPER, WEST, River, Terrain

LEFT_BANK = 1  # the national road keeps to the left bank, looking upstream
_NAMES = {  # Japan's national routes end at 507, so this number belongs to no road
    MAIN: "国道599号", WEST: "県道下瀬西山線", SOUTH: "県道大畑結野線", NORTH: "県道柚木結野線", EAST: "県道東谷結野線",
    UPPER: "県道奥原線",
}
_KINDS = {
    MAIN: "primary", WEST: "tertiary", SOUTH: "secondary", NORTH: "secondary", EAST: "tertiary", UPPER: "tertiary",
}
_STEEP = 0.075  # at this slope a metre of a new pass road costs twice as much as on the level


@dataclass
class Drawing:
    """The book, and the lines by what they are: one a valley, one a minor stream, and the town's streets."""

    book: RoadBook
    valley: dict[int, Line] = field(default_factory=dict)
    minor: dict[int, Line] = field(default_factory=dict)
    banks: list[Line] = field(default_factory=list)
    streets: list[Line] = field(default_factory=list)


def draw_roads(rng: np.random.Generator, terrain: Terrain) -> Drawing:
    drawing = Drawing(RoadBook())
    _valley_roads(rng, terrain, drawing)
    _far_bank(rng, terrain, drawing, 0.0, 2500, 2300)
    lower = locate(terrain.rivers[MAIN].points, terrain.rivers[WEST].points[0])
    _far_bank(rng, terrain, drawing, lower - _town_at(terrain.rivers[MAIN]) - 1600, 1100, 1300)
    _minor_roads(rng, terrain, drawing)
    _town_streets(rng, terrain, drawing)
    _passes(terrain, drawing)
    _forest_tracks(rng, terrain, drawing)
    return drawing


def _town_at(main: River) -> float:
    return locate(main.points, np.zeros(2))


def _beside(rng: np.random.Generator, river: River, side: int, start_m: float, end_m: float) -> Floats:
    """A road line on one bank, where the flat land ends or half-way to it."""
    at = along(river.points)
    apart = np.clip(0.5 * river.floor_m, 45, 190) * (1 + 0.25 * wave(rng, at, 900))
    line = shifted(river.points, side * apart)
    return between(line, locate(line, point_at(river.points, start_m)), locate(line, point_at(river.points, end_m)))


def _valley_roads(rng: np.random.Generator, terrain: Terrain, drawing: Drawing) -> None:
    main = terrain.rivers[MAIN]
    length = along(main.points)[-1]
    drawing.valley[MAIN] = drawing.book.add(
        _beside(rng, main, LEFT_BANK, 1200, 0.99 * length), _KINDS[MAIN], _NAMES[MAIN], MAIN
    )
    for number in (WEST, SOUTH, NORTH, EAST, UPPER):
        line = _along_tributary(rng, terrain.rivers[number], terrain.streams, [drawing.valley[MAIN]], 0.99)
        drawing.valley[number] = drawing.book.branch(
            line, drawing.valley[MAIN], _KINDS[number], _NAMES[number], number
        )


def _along_tributary(
    rng: np.random.Generator, river: River, water: list[LineString], onto: list[Line], share: float
) -> Floats:
    """A road up a tributary from the road of its parent, on the bank where its first metres cross least water."""
    length = along(river.points)[-1]
    best: tuple[float, Floats] | None = None
    for side in rng.permutation([-1, 1]):
        for start_m in (130.0, 220.0, 320.0):
            line = _beside(rng, river, int(side), start_m, share * length)
            road, apart_m = RoadBook(onto).nearest(line[0])
            first = LineString(np.vstack([road.foot(line[0]), line[:4]]))
            cuts = sum(shapely.get_num_geometries(shapely.intersection(first, w)) for w in water if first.intersects(w))
            turned_back = LineString(line).distance(road.shape) < 0.6 * apart_m
            cost = cuts + (10.0 if turned_back else 0.0) + first.length / 2000
            if best is None or cost < best[0]:
                best = (cost, line)
    assert best is not None
    return best[1]


def _far_bank(
    rng: np.random.Generator, terrain: Terrain, drawing: Drawing, middle_m: float, down_m: float, up_m: float
) -> None:
    """A town road on the bank opposite the national road, joined to it by bridges."""
    main = terrain.rivers[MAIN]
    middle = _town_at(main) + middle_m
    points = _beside(rng, main, -LEFT_BANK, middle - down_m, middle + up_m)
    road = drawing.valley[MAIN]
    led_to = np.vstack([road.foot(points[0]), points])
    bank = drawing.book.branch(led_to, road, "unclassified", "", MAIN)
    drawing.banks.append(bank)
    bridges = [along(bank.points)[-1]] if down_m < 2000 else [0.36, 0.62, 1.0]
    for share in bridges:
        at = share * along(bank.points)[-1] if share <= 1 else share
        start = drawing.book.junction(bank, point_at(bank.points, at))
        _link(drawing.book, start, road, "unclassified")


def _link(book: RoadBook, start: Floats, road: Line, kind: str) -> Line:
    end = book.junction(road, road.foot(start))
    inner = resample(np.vstack([start, end]), 60)
    return book.add(np.vstack([start, inner[1:-1], end]), kind, "", MAIN)


def _minor_roads(rng: np.random.Generator, terrain: Terrain, drawing: Drawing) -> None:
    for number, river in enumerate(terrain.rivers):
        if river.parent == -1 or number in drawing.valley or rng.random() > 0.88:
            continue
        mouth = river.points[0]
        onto = [drawing.valley[river.parent]]
        if river.parent == MAIN and river.side != LEFT_BANK:
            onto += [b for b in drawing.banks if b.shape.distance(shapely.Point(mouth)) < 350]
        if onto[0].shape.distance(shapely.Point(mouth)) > 600 and len(onto) == 1:
            continue
        line = _along_tributary(rng, river, terrain.streams, onto, float(rng.uniform(0.72, 0.92)))
        chosen, _ = drawing.book.nearest(line[0], onto)
        if along(line)[-1] > 350 and not drawing.book.crosses(line, drawing.book.shapes(), 120):
            drawing.minor[number] = drawing.book.branch(line, chosen, "unclassified", "", river.parent)


def _town_streets(rng: np.random.Generator, terrain: Terrain, drawing: Drawing) -> None:
    """An old street and a new one beside the national road, and lanes between them."""
    book, road = drawing.book, drawing.valley[MAIN]
    centre = locate(road.points, np.zeros(2))
    base = between(road.points, centre - 430, centre + 920)
    old = book.add(shifted(base, 115.0), "tertiary", "本町通り", MAIN)
    new = book.add(shifted(base, 225.0), "residential", "", MAIN)
    drawing.streets += [old, new]
    at, lane = 10.0, 0
    while at < along(base)[-1] + 20:
        foot = book.junction(road, point_at(base, at))
        first = book.junction(old, foot)
        second = book.junction(new, first)
        kind = "tertiary" if lane in (0, 7) else "residential"
        drawing.streets.append(book.add(np.vstack([foot, first, second]), kind, "", MAIN))
        drawing.streets[-1].oneway = int(lane == 3)
        at += float(rng.uniform(150, 235))
        lane += 1


def _passes(terrain: Terrain, drawing: Drawing) -> None:
    """Over the ridges: two ways out of the town, and two between its valleys, from where the valley roads end."""
    ends = {number: line.points[-1] for number, line in drawing.valley.items()}
    for number, name in ((MAIN, _NAMES[MAIN]), (NORTH, _NAMES[NORTH])):
        beyond = _outside(terrain, ends[number])
        line = _over(terrain, drawing.book, ends[number], beyond)
        drawing.book.add(line, _KINDS[number], name, number)
    for a, b, kind, name in (
        (SOUTH, EAST, "tertiary", "県道大畑東谷線"), (NORTH, UPPER, "unclassified", "町道柚木奥原線"),
    ):
        heads = [
            (float(np.hypot(*(one.points[-1] - two.points[-1]))), one, two)
            for one in _ends_in(terrain, drawing, a) for two in _ends_in(terrain, drawing, b)
        ]
        _, one, two = min(heads, key=lambda head: head[0])
        drawing.book.add(_over(terrain, drawing.book, one.points[-1], two.points[-1]), kind, name, a)
        for approach in (one, two):
            if approach.kind == "unclassified":
                approach.kind, approach.name = kind, name


def _ends_in(terrain: Terrain, drawing: Drawing, valley: int) -> list[Line]:
    return [line for number, line in drawing.minor.items() if terrain.rivers[number].parent == valley] + [
        drawing.valley[valley]
    ]


def _outside(terrain: Terrain, start: Floats) -> Floats:
    """The lowest place a little beyond the nearest stretch of the boundary."""
    ring = resample(np.array(terrain.boundary.buffer(250).exterior.coords), 150)
    near = ring[np.hypot(*(ring - start).T) < np.hypot(*(ring - start).T).min() + 900]
    return np.asarray(near[np.argmin(terrain.heights(near))], dtype=np.float64)


def _over(terrain: Terrain, book: RoadBook, start: Floats, end: Floats) -> Floats:
    """The cheapest line over the hills between two places: it bends as mountain roads bend, to keep its slope down."""
    x, y, height = terrain.x, terrain.y, terrain.height_m
    step = float(x[1] - x[0])
    low, high = np.minimum(start, end) - 1500, np.maximum(start, end) + 1500
    columns = np.flatnonzero((x > low[0]) & (x < high[0]))
    rows = np.flatnonzero((y > low[1]) & (y < high[1]))
    h = height[np.ix_(rows, columns)]
    gx, gy = np.meshgrid(x[columns], y[rows])
    nodes = np.column_stack([gx.ravel(), gy.ravel()])
    taken = shapely.union_all(terrain.streams + book.shapes())
    far_start, far_end = (np.hypot(*(nodes - place).T) for place in (start, end))
    near = (shapely.distance(shapely.points(nodes), taken) < 0.8 * step) & (np.minimum(far_start, far_end) > 300)
    number = np.arange(h.size).reshape(h.shape)
    tails, heads, costs = [], [], []
    for di, dj in ((0, 1), (1, 0), (1, 1), (1, -1), (1, 2), (2, 1), (1, -2), (2, -1)):
        a = number[: h.shape[0] - di, max(0, -dj): h.shape[1] - max(0, dj)].ravel()
        b = number[di:, max(0, dj): h.shape[1] + min(0, dj)].ravel()
        metres = step * np.hypot(di, dj)
        slope = np.abs(h.ravel()[a] - h.ravel()[b]) / metres
        cost = metres * (1 + (slope / _STEEP) ** 2) * np.where(near[a] | near[b], 12, 1)
        tails += [a, b]
        heads += [b, a]
        costs += [cost, cost]
    graph = coo_array(
        (np.concatenate(costs), (np.concatenate(tails), np.concatenate(heads))), shape=(h.size, h.size)
    ).tocsr()
    first, last = int(np.argmin(far_start)), int(np.argmin(far_end))
    _, before = dijkstra(graph, indices=[first], return_predecessors=True)
    path = [last]
    while path[-1] != first:
        path.append(int(before[0, path[-1]]))
    path = path[::-1]
    leave = max(i for i, node in enumerate(path) if far_start[node] < 180)  # no loop around the first grid point
    arrive = min(i for i, node in enumerate(path) if far_end[node] < 180)
    line = np.vstack([start, nodes[path[leave + 1: arrive]], end])
    return resample(rounded(line, 3), 45)


def _forest_tracks(rng: np.random.Generator, terrain: Terrain, drawing: Drawing) -> None:
    """From the end of many small roads a track climbs on and ends in the forest."""
    joined = {tuple(line.points[0]) for line in drawing.book.lines} | {
        tuple(line.points[-1]) for line in drawing.book.lines if line.name.startswith(("県道大畑東", "町道柚木奥"))
    }
    within = terrain.boundary.buffer(-150)
    for line in list(drawing.minor.values()) + list(drawing.valley.values()):
        end = line.points[-1]
        if tuple(end) in joined or rng.random() > 0.7:
            continue
        heading = np.arctan2(*(end - line.points[-4])[::-1])
        anchors = [end]
        for _ in range(int(rng.integers(2, 5))):
            heading += rng.normal(0, 0.45)
            anchors.append(anchors[-1] + rng.uniform(220, 420) * np.array([np.cos(heading), np.sin(heading)]))
        track = resample(rounded(np.array(anchors), 3), 50)
        inside = within.contains(LineString(track))
        if inside and not drawing.book.crosses(track, drawing.book.shapes() + terrain.streams):
            drawing.book.add(track, "track", "", line.valley)
