"""The map of a variant as SVG: who reaches everything, who gains, who loses, where hubs stand, come and go.

Shape tells as much as colour: a circle is served, a square lacks something, a plus gains, a minus loses; a full diamond
is a hub, a ringed one is new, a crossed one is gone. Colours are of Okabe and Ito.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
from django.utils.safestring import SafeString, mark_safe

from musubime.studies import Workshop
from musubime.studies.document import Hub

from .ground import Ground
from .told import Told

HUB, SERVED, LACKS, GAINS, LOSES, INK = "#00528c", "#cfe3f2", "#f3a712", "#007a5a", "#b03a00", "#1a1a1c"
_LABEL_PX, _LINE_PX = 15.0, 18.0


def radii(shop: Workshop, ground: Ground) -> list[float]:
    """Of settlements, in pixels: areas are as people, all circles together a twentieth of the map."""
    people = np.maximum([s.people[shop.basis.plan_year] for s in shop.settlements], 0.0)
    per_root = math.sqrt(0.045 * ground.width * ground.height / (math.pi * max(float(people.sum()), 1.0)))
    per_root = min(per_root, 20.0 / math.sqrt(max(float(people.max(initial=1.0)), 1.0)))
    return [float(r) for r in np.maximum(per_root * np.sqrt(people), 2.6)]


def picture(now: Told, base: Told, shop: Workshop, ground: Ground, words: Mapping[str, str], below: str) -> SafeString:
    """The SVG of a variant. below: address of the ground. words: "map" (what the picture is, for a screen reader),
    "lacks", "gains", "loses", "people", "none": for the titles that a pointer shows."""
    x, y = (v.tolist() for v in ground.pixels(
        np.array([s.lon for s in shop.settlements]), np.array([s.lat for s in shop.settlements])))
    size = radii(shop, ground)
    year = now.year
    names = {service.id: service.name for service in shop.services}
    language = words["language"]

    def told(services: Sequence[str]) -> str:
        return ", ".join(str(getattr(names[s], language)) for s in services)

    rows = now.answer.settlements or base.answer.settlements
    before = {row.id: row for row in base.answer.settlements}
    hubs = {h.place: h for h in (now.answer.plan.hubs if now.answer.plan else [])}
    at = {place: _xy(ground, hub) for place, hub in hubs.items()}
    lines: dict[str, list[str]] = {}
    marks: list[tuple[float, str]] = []
    for n, row in enumerate(rows):
        if row.hub in at and row.within_hub_limit:
            hub = row.hub or ""
            lines.setdefault(hub, []).append(f"M{at[hub][0]:.0f},{at[hub][1]:.0f}L{x[n]:.0f},{y[n]:.0f}")
        if shop.settlements[n].people[year] < 0.5:
            continue
        lacks, lacked = row.lacking[year], before[row.id].lacking[year]
        gains, loses = [s for s in lacked if s not in lacks], [s for s in lacks if s not in lacked]
        title = f"{shop.settlements[n].name}, {words['people'].format(count=shop.settlements[n].people[year])}"
        for key, services in (("lacks", lacks), ("gains", gains), ("loses", loses)):
            if services:
                title += f"; {words[key]} {told(services)}"
        marks.append((-size[n] + (-1000.0 if not (gains or loses) else 0.0), _settlement(
            x[n], y[n], size[n], bool(lacks), bool(gains), bool(loses), escape(title))))
    below_all = f'<image href="{escape(below)}" width="{ground.width:g}" height="{ground.height:g}"/>'
    spokes = "".join(f'<path d="{"".join(parts)}"/>' for parts in lines.values())
    spokes = f'<g fill="none" stroke="{HUB}" stroke-opacity=".35">{spokes}</g>'
    gone = [hub for hub in (base.answer.plan.hubs if base.answer.plan else []) if hub.place not in hubs]
    known = set(base.hub_ids)
    diamonds = [_diamond(*_xy(ground, hub), "gone", escape(hub.name), hub.place) for hub in gone]
    diamonds += [_diamond(*at[p], "stays" if p in known else "new", escape(hub.name), p) for p, hub in hubs.items()]
    labels = _labels([(*at[p], hub.name, p not in known) for p, hub in hubs.items()], ground)
    drawn = "".join(mark for _, mark in sorted(marks, key=lambda one: one[0]))
    return mark_safe(
        f'<svg class="plan-map" role="img" aria-label="{escape(words["map"])}" '
        f'viewBox="0 0 {ground.width:g} {ground.height:g}">'
        f"{below_all}{spokes}{drawn}{''.join(diamonds)}{labels}</svg>")  # every name in it is escaped above


def _xy(ground: Ground, hub: Hub) -> tuple[float, float]:
    x, y = ground.pixels(np.array([hub.lon]), np.array([hub.lat]))
    return float(x[0]), float(y[0])


def _settlement(x: float, y: float, r: float, lacks: bool, gains: bool, loses: bool, title: str) -> str:
    if gains or loses:
        r = max(r, 6.5)
        colour = GAINS if gains and not loses else LOSES
        arm = r * 0.6
        sign = f"M{x - arm:.1f},{y:.1f}h{2 * arm:.1f}" + (
            f"M{x:.1f},{y - arm:.1f}v{2 * arm:.1f}" if gains and not loses else "")
        return (f'<g><title>{title}</title><circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}" fill="{colour}" stroke="#fff" '
                f'stroke-width="1"/><path d="{sign}" stroke="#fff" stroke-width="{max(1.8, r / 4):.1f}"/></g>')
    if lacks:
        r *= 0.89  # a square of the same area
        return (f'<rect x="{x - r:.1f}" y="{y - r:.1f}" width="{2 * r:.1f}" height="{2 * r:.1f}" fill="{LACKS}" '
                f'stroke="#5a3d00" stroke-width=".8"><title>{title}</title></rect>')
    return (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}" fill="{SERVED}" stroke="#3b6a8f" stroke-width=".8">'
            f"<title>{title}</title></circle>")


def _diamond(x: float, y: float, kind: str, name: str, place: str) -> str:
    body = f"M{x:.1f},{y - 10:.1f}l10,10l-10,10l-10,-10z"
    title = f"<title>{name}</title>"
    if kind == "gone":
        return (f'<g class="hub gone">{title}<path d="{body}" fill="#fff" stroke="#4d4d55" stroke-width="2" '
                f'stroke-dasharray="3 2"/><path d="M{x - 5:.1f},{y - 5:.1f}l10,10m0,-10l-10,10" stroke="#4d4d55" '
                f'stroke-width="2.4"/></g>')
    ring = f'<path d="M{x:.1f},{y - 17:.1f}l17,17l-17,17l-17,-17z" fill="#fff" stroke="{INK}" stroke-width="2.4"/>'
    return (f'<g class="hub" data-place="{escape(place)}">{title}{ring if kind == "new" else ""}'
            f'<path d="{body}" fill="{HUB}" stroke="#fff" stroke-width="2"/></g>')


def _labels(hubs: list[tuple[float, float, str, bool]], ground: Ground) -> str:
    """Names beside the hubs where they do not lie upon one another; the new ones first."""
    taken = [(x - 11, y - 11, x + 11, y + 11) for x, y, _, _ in hubs]
    out = []
    for x, y, name, new in sorted(hubs, key=lambda one: not one[3]):
        shown = name if len(name) <= 16 else name[:15] + "…"
        wide = sum(_LABEL_PX if ord(c) > 0x2E7F else _LABEL_PX * 0.56 for c in shown)
        gap = 20.0 if new else 13.0
        near = gap * 0.6
        for left, top in ((x + gap, y - 9), (x - gap - wide, y - 9), (x - wide / 2, y - gap - _LINE_PX),
                          (x - wide / 2, y + gap), (x + near, y - near - _LINE_PX), (x + near, y + near),
                          (x - near - wide, y - near - _LINE_PX), (x - near - wide, y + near)):
            box = (left, top, left + wide, top + _LINE_PX)
            inside = box[0] >= 2 and box[1] >= 2 and box[2] <= ground.width - 2 and box[3] <= ground.height - 2
            if inside and not any(a[0] < box[2] and box[0] < a[2] and a[1] < box[3] and box[1] < a[3] for a in taken):
                taken.append(box)
                weight = ' font-weight="700"' if new else ""
                out.append(f'<text x="{left:.1f}" y="{top + 14:.1f}"{weight}>{escape(shown)}</text>')
                break
    return (f'<g font-size="{_LABEL_PX:g}" fill="{INK}" stroke="#fff" stroke-width="3.5" paint-order="stroke" '
            f'stroke-linejoin="round">{"".join(out)}</g>')
