"""The map of settlements and planned hubs: drawn as the page draws it, hubs as numbered discs, legend beside it."""

from __future__ import annotations

import math

from markupsafe import escape

from musubime.language import text, verbatim
from musubime.studies.deck_facts import DeckFacts

from ..basemap import Canvas, basemap, canvas
from ..maps import HUB, LACK, Dot, Mark, radius_per_root_person, settlement_map
from ..pictures import lack_class
from ..views import Plan
from ..words import number
from . import _say as say
from ._layout import HEADING
from ._shared import source_of
from ._template import BODY_BOX
from .model import Cell, Evidence, Picture, Slide, Table, Words

_MOST_NAMES = 13
_MAP_HEIGHT_PT = BODY_BOX.height - HEADING - 20  # what the layout leaves a map at least, by which words in it are sized


def map_slide(facts: DeckFacts, plan: Plan) -> Slide:
    assert facts.region is not None
    document, year = plan.document, plan.document.plan_year
    ground = canvas(facts.region)
    title = text("Settlements and hubs of {place}, {year}", place=document.place.name, year=year)
    reached, total = plan.reached(plan.first.assignment), len(plan.later_services)
    whole = sum(1 for s in document.settlements if reached.get(s.id, 0) == total)
    description = text(
        "Map of {settlements} settlements as circles as large as their people in {year}, darker the more services they "
        "lack, and {hubs} planned hubs as numbered discs. {whole} settlements reach all {total} services.",
        settlements=len(document.settlements), year=year, hubs=len(plan.first.hubs), whole=whole, total=total)
    picture = Picture(verbatim(""), description, _svg(plan, ground, year), ground.width, ground.height,
                      weight=max(min(ground.width / ground.height, 1.6), 0.9))
    beside = _names(plan) if len(plan.first.hubs) <= _MOST_NAMES else _legend(plan)
    lead = [text("{whole} of {settlements} settlements reach every service of a hub within its limit by car.",
                 whole=whole, settlements=len(document.settlements)),
            text("Discs with numbers: hubs. Circles: settlements, as large as their people; darker: more services "
                 "beyond reach (palest: none).")]
    lines = [text("{number} {hub}: longitude {lon}, latitude {lat}", number=n, hub=h.name, lon=f"{h.lon:.4f}",
                  lat=f"{h.lat:.4f}") for n, h in enumerate(plan.first.hubs, start=1)]
    found = Evidence(text("Map"), tuple(lines), text("{count} settlements", count=len(document.settlements)), str(year),
                     source_of(document))
    return Slide("place_map", 3, title, tuple(lead), ((picture, beside),), say.source_line([found]), (found,))


def _svg(plan: Plan, ground: Canvas, year: int) -> str:
    document = plan.document
    reached, total = plan.reached(plan.first.assignment), len(plan.later_services)
    people = [s.people[year].total for s in document.settlements]
    root = radius_per_root_person(ground, people)
    dots = [Dot(s.lon, s.lat, s.people[year].total, LACK[lack_class(total - reached.get(s.id, 0), total)])
            for s in document.settlements if math.isfinite(s.lon) and math.isfinite(s.lat)]
    drawing = settlement_map(ground, dots, root)
    marks = [Mark(h.lon, h.lat, h.name) for h in plan.first.hubs]
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {ground.width:g} {ground.height:g}" '
            f'width="{ground.width:g}" height="{ground.height:g}" font-family="Noto Sans CJK JP, sans-serif">'
            f"{basemap(ground).inner}{drawing.inner}{_discs(ground, marks)}</svg>")


def _discs(ground: Canvas, marks: list[Mark]) -> str:
    """Numbered discs with type of 12 points on the slide, moved apart where they would cover each other."""
    size = 12.0 * ground.height / _MAP_HEIGHT_PT
    radius = 0.85 * size
    x, y = ground.pixels([m.lon for m in marks], [m.lat for m in marks])
    placed: list[tuple[float, float]] = []
    parts = []
    for n, (left, top) in enumerate(zip(x, y, strict=True), start=1):
        at = _free(float(left), float(top), radius, placed, ground)
        placed.append(at)
        parts.append(f'<line x1="{left:.1f}" y1="{top:.1f}" x2="{at[0]:.1f}" y2="{at[1]:.1f}" stroke="{HUB}" '
                     f'stroke-width="2"/><circle cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="{radius:.1f}" fill="{HUB}" '
                     f'stroke="white" stroke-width="2"><title>{escape(marks[n - 1].name)}</title></circle>'
                     f'<text x="{at[0]:.1f}" y="{at[1] + 0.35 * size:.1f}" font-size="{size:.1f}" text-anchor="middle" '
                     f'fill="white">{n}</text>')
    return "".join(parts)


def _free(x: float, y: float, radius: float, placed: list[tuple[float, float]], ground: Canvas) -> tuple[float, float]:
    """The place itself, else the nearest on a spiral that no earlier disc covers."""
    for step in range(120):
        away, turn = radius * 0.12 * step, 2.4 * step
        at = (x + away * math.cos(turn), y + away * math.sin(turn))
        inside = radius < at[0] < ground.width - radius and radius < at[1] < ground.height - radius
        if inside and all(math.dist(at, other) > 2 * radius for other in placed):
            return at
    return x, y


def _names(plan: Plan) -> Table:
    year = plan.document.plan_year
    rows = tuple((Cell(text("{number} {name}", number=n, name=h.name)), Cell(verbatim(number(h.people.get(year)))))
                 for n, h in enumerate(plan.first.hubs, start=1))
    return Table(verbatim(""), text("Table: names and people of {count} hubs.", count=len(rows)),
                 (text("Hub"), text("People {year}", year=year)), rows, largest_pt=14, weight=0.8)


def _legend(plan: Plan) -> Words:
    names = [f"{n} {h.name}" for n, h in enumerate(plan.first.hubs, start=1)]
    return Words(text("Hubs"), (say.listed(names, 40),), weight=0.9)
