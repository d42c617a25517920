"""Maps: settlements as circles as large as their people, coloured by what they lack or how old they are.

Colours run light to dark, so that they keep their order for the colour-blind and in a black-and-white print; hubs are
blue diamonds, which neither scale uses.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from .basemap import FOOT, Canvas
from .svg import INK, Drawing, draw, rows_of

LACK = ("#fff3d6", "#fdcc8a", "#fc8d59", "#d7301f", "#7f0000")  # nothing lacks ... everything lacks (OrRd)
AGE = ("#edf4fb", "#b3cde3", "#8c96c6", "#8856a7", "#5a0a66")  # youngest ... oldest (BuPu)
HUB = "#0072b2"  # Okabe-Ito blue
PLACE, LOST = "#333333", "#000000"
CUT = "#c4007a"  # of no scale of settlements, and darker than the roads


@dataclass(frozen=True)
class Dot:
    """A settlement on a map."""

    lon: float
    lat: float
    people: float
    colour: str
    label: str = ""


@dataclass(frozen=True)
class Mark:
    """A hub, a place that has services, or one that loses them."""

    lon: float
    lat: float
    name: str = ""


@dataclass(frozen=True)
class Closed:
    """A stretch of road that is closed: lines of longitude and latitude, and its number beside its middle."""

    lon: float
    lat: float
    name: str
    shape: Sequence[Sequence[tuple[float, float]]]


def radius_per_root_person(ground: Canvas, people: Sequence[float]) -> float:
    """Pixels per square root of a person, the same on all maps of one page: circles cover a tenth of the drawing."""
    total = sum(max(p, 0.0) for p in people)
    most = max(people, default=0.0)
    if total <= 0:
        return 1.0
    tenth = math.sqrt(0.07 * ground.width * ground.height / (math.pi * total))
    return min(tenth, 26.0 / math.sqrt(most))


def settlement_map(
    ground: Canvas, dots: Sequence[Dot], per_root: float, *, hubs: Sequence[Mark] = (), places: Sequence[Mark] = (),
    lost: Sequence[Mark] = (), closed: Sequence[Closed] = (), small: bool = False,
) -> Drawing:
    """What lies on the base map. small: for a map shown at a third of its size; no names, larger symbols."""
    layers = [_circles(ground, dots, per_root)]
    places, lost = _inside(ground, places), _inside(ground, lost)
    grow = 2.2 if small else 1.0
    if places:
        size = 80 if len(places) <= 40 else 30 if len(places) <= 120 else 14
        layers.append(_symbols(ground, places, "triangle-up", size * grow, PLACE, "white", 0.8 if size > 14 else 0.4))
    if lost:
        layers.append(_symbols(ground, lost, "M-1,-1L1,1M1,-1L-1,1", 90 * grow, None, "white", 5.0))
        layers.append(_symbols(ground, lost, "M-1,-1L1,1M1,-1L-1,1", 90 * grow, None, LOST, 2.4))
    if hubs:
        layers.append(_symbols(ground, hubs, "diamond", 360 * grow * grow, HUB, "white", 2.2))
    if closed:
        layers.append(_stretches(ground, closed))
    if (hubs or closed) and not small:
        layers.append(_names(ground, [(hub, INK) for hub in hubs] + [(one, CUT) for one in closed], dots, per_root))
    return draw(alt.layer(*layers).properties(width=ground.width, height=ground.height, padding=0))


def _inside(ground: Canvas, marks: Sequence[Mark]) -> list[Mark]:
    """Without what lies off the drawing: buildings of the neighbours that people go to."""
    x, y = ground.pixels([m.lon for m in marks], [m.lat for m in marks])
    seen = (x >= 0) & (x <= ground.width) & (y >= 0) & (y <= ground.height - FOOT)
    return [mark for mark, yes in zip(marks, seen, strict=True) if yes]


def _on(chart: alt.Chart) -> alt.Chart:
    return chart.project(type="identity", scale=1, translate=[0, 0])


def _rows(ground: Canvas, marks: Sequence[Mark | Dot | Closed]) -> list[dict[str, object]]:
    x, y = ground.pixels([m.lon for m in marks], [m.lat for m in marks])
    return [{"x": round(float(a), 1), "y": round(float(b), 1)} for a, b in zip(x, y, strict=True)]


def _circles(ground: Canvas, dots: Sequence[Dot], per_root: float) -> alt.Chart:
    rows = _rows(ground, dots)
    order = sorted(range(len(dots)), key=lambda n: -dots[n].people)  # small ones lie on top
    for row, dot in zip(rows, dots, strict=True):
        radius = max(per_root * math.sqrt(max(dot.people, 0.0)), 1.6)
        row |= {"area": math.pi * radius * radius, "colour": dot.colour, "label": dot.label}
    encoding = {
        "longitude": alt.Longitude("x:Q"), "latitude": alt.Latitude("y:Q"), "size": alt.Size("area:Q", scale=None),
        "color": alt.Color("colour:N", scale=None),
    }
    if any(dot.label for dot in dots):
        encoding["description"] = alt.Description("label:N")
    chart = alt.Chart(rows_of([rows[n] for n in order]))
    return _on(chart.mark_circle(stroke="#4d4d55", strokeWidth=0.7, opacity=1).encode(**encoding))


def _symbols(
    ground: Canvas, marks: Sequence[Mark], shape: str, size: float, fill: str | None, stroke: str, width: float
) -> alt.Chart:
    return _on(alt.Chart(rows_of(_rows(ground, marks))).mark_point(
        shape=shape, size=size, fill=fill, filled=fill is not None, stroke=stroke, strokeWidth=width, opacity=1,
    ).encode(longitude="x:Q", latitude="y:Q"))


def _stretches(ground: Canvas, closed: Sequence[Closed]) -> alt.Chart:
    """Lines, and a dot on the middle of each: many a stretch is shorter than a pixel."""
    parts: list[dict[str, object]] = []
    for one, middle in zip(closed, _rows(ground, closed), strict=True):
        lines = []
        for line in one.shape:
            x, y = ground.pixels([p[0] for p in line], [p[1] for p in line])
            lines.append([[round(float(a), 1), round(float(b), 1)] for a, b in zip(x, y, strict=True)])
        spot = [[middle["x"], middle["y"]], [float(str(middle["x"])) + 0.1, middle["y"]]]
        parts.append({"type": "Feature", "properties": {},
                      "geometry": {"type": "MultiLineString", "coordinates": [*lines, spot]}})
    return _on(alt.Chart(rows_of(parts)).mark_geoshape(
        filled=False, stroke=CUT, strokeWidth=7, strokeCap="round", strokeJoin="round"))


def _names(
    ground: Canvas, named: Sequence[tuple[Mark | Closed, str]], dots: Sequence[Dot], per_root: float
) -> alt.Chart:
    """Names of marks, each in its colour."""
    rows = _rows(ground, [mark for mark, _ in named])
    circles = [(float(str(r["x"])), float(str(r["y"])), max(per_root * math.sqrt(max(d.people, 0.0)), 1.6))
               for r, d in zip(_rows(ground, dots), dots, strict=True)]
    points = [(float(str(r["x"])), float(str(r["y"])), mark.name) for r, (mark, _) in zip(rows, named, strict=True)]
    placed = place_labels(points, circles, ground.width, ground.height)
    values = [{"x": x, "y": y, "t": name, "c": colour}
              for (x, y, name), (_, colour) in zip(placed, named, strict=True)]
    return _on(alt.Chart(rows_of(values)).mark_text(
        align="left", baseline="middle", fontSize=_NAME_PX, stroke="white", strokeWidth=4,
    ).encode(longitude="x:Q", latitude="y:Q", text="t:N", color=alt.Color("c:N", scale=None)))


_NAME_PX = 19.0
Box = tuple[float, float, float, float]  # left, top, right, bottom
Circle = tuple[float, float, float]  # middle, radius


def place_labels(
    points: Sequence[tuple[float, float, str]], circles: Sequence[Circle], width: float, height: float
) -> list[tuple[float, float, str]]:
    """Left middle of each name, beside its point, where it covers least: other names and hubs first, circles next.

    Greedy in the order given, out of twelve positions; names are short and few, which makes this enough.
    """
    taken: list[Box] = [(x - 13, y - 13, x + 13, y + 13) for x, y, _ in points]
    placed: list[tuple[float, float, str]] = []
    for x, y, name in points:
        wide = sum(1.0 if ord(letter) > 0x2000 else 0.56 for letter in name) * _NAME_PX
        best: tuple[float, Box] | None = None
        for gap in (14.0, 26.0):
            for dx, dy in ((gap, 0.0), (-gap - wide, 0.0), (-wide / 2, -gap - 6), (-wide / 2, gap + 6),
                           (gap - 4, -gap), (gap - 4, gap), (-gap - wide + 4, -gap), (-gap - wide + 4, gap)):
                box = (x + dx, y + dy - _NAME_PX / 2, x + dx + wide, y + dy + _NAME_PX / 2)
                cost = _cost(box, taken, circles, width, height) + gap / 10
                if best is None or cost < best[0]:
                    best = (cost, box)
        if best is not None:
            box = best[1]
            taken.append(box)
            placed.append((round(box[0], 1), round((box[1] + box[3]) / 2, 1), name))
    return placed


def _cost(box: Box, taken: Sequence[Box], circles: Sequence[Circle], width: float, height: float) -> float:
    left, top, right, bottom = box
    cost = 1000.0 * (left < 2 or top < 2 or right > width - 2 or bottom > height - 2)
    for a, b, c, d in taken:
        over = max(0.0, min(right, c) - max(left, a)) * max(0.0, min(bottom, d) - max(top, b))
        cost += 10.0 * over
    for x, y, radius in circles:
        over = (max(0.0, min(right, x + radius) - max(left, x - radius))
                * max(0.0, min(bottom, y + radius) - max(top, y - radius)))
        cost += 0.1 * over
    return cost
