"""The map of the stretches of road on which most hangs."""

from __future__ import annotations

import math

from markupsafe import Markup

from musubime.language import text

from .basemap import Canvas
from .maps import Closed, Dot, Mark, settlement_map
from .svg import picture
from .views import Plan
from .words import number

CUT_OFF, LACKING, UNTOUCHED = "#7f0000", "#fc8d59", "#ffffff"


def cuts_map(plan: Plan, ground: Canvas, per_root: float, behind: str) -> Markup | None:
    """The worst stretches with their numbers, and the settlements that hang on them."""
    cuts = plan.document.road_cuts
    if cuts is None or not cuts.stretches:
        return None
    off = {one for cut in cuts.stretches for one in cut.cut_off}
    lacking = {one for cut in cuts.stretches for ids in cut.services_lost.values() for one in ids} - off
    year = plan.document.plan_year
    dots = [
        Dot(s.lon, s.lat, s.people[year].total,
            CUT_OFF if s.id in off else LACKING if s.id in lacking else UNTOUCHED, s.name)
        for s in plan.document.settlements if math.isfinite(s.lon) and math.isfinite(s.lat)
    ]
    closed = [Closed(cut.lon, cut.lat, str(n), cut.shape) for n, cut in enumerate(cuts.stretches, start=1)]
    hubs = [Mark(hub.lon, hub.lat, hub.name) for hub in plan.first.hubs]
    return picture(
        "map-cuts", settlement_map(ground, dots, per_root, hubs=hubs, closed=closed),
        text("Map: the stretches of road on which most hangs"),
        text("{count} settlements would lose every hub if one of {stretches} stretches were closed.",
             count=number(len(off)), stretches=number(len(closed))),
        behind=behind, kind="map")
