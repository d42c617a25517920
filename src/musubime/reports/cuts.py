"""What hangs on single roads: words for roads, and the sheet of the worst stretches."""

from __future__ import annotations

from collections.abc import Mapping

from musubime.language import Text, text, verbatim
from musubime.studies.document import RoadCut

from .sheet import PEOPLE, WHOLE, Column, Sheet
from .views import Plan
from .words import as_text, listed

ROAD_CLASSES: Mapping[str, Text] = {
    "motorway": text("motorway"), "trunk": text("national highway"), "primary": text("principal prefectural road"),
    "secondary": text("prefectural road"), "tertiary": text("main municipal road"),
    "unclassified": text("municipal road"), "residential": text("street in a village"),
    "service": text("access lane"), "living_street": text("shared street"), "track": text("farm or forest road"),
}


def road_words(road_class: str) -> Text:
    return ROAD_CLASSES.get(road_class.removesuffix("_link"), text("road"))


def settlement_names(plan: Plan, ids: list[str]) -> list[str]:
    return [plan.document.settlements[plan.position[one]].name for one in ids if one in plan.position]


def lost_elsewhere(plan: Plan, cut: RoadCut) -> list[tuple[Text, list[str]]]:
    """Services that settlements lose although a hub can still be reached: name of each, and names of those."""
    off = set(cut.cut_off)
    lost = ((service, [one for one in ids if one not in off]) for service, ids in cut.services_lost.items())
    return [(plan.service_name(service), settlement_names(plan, ids)) for service, ids in lost if ids]


def cuts_sheet(plan: Plan) -> Sheet | None:
    cuts = plan.document.road_cuts
    if cuts is None:
        return None
    columns = [
        Column(text("No."), WHOLE, 6), Column(text("Road"), width=22), Column(text("Kind of road"), width=20),
        Column(text("Near"), width=16), Column(text("Length (m)"), WHOLE, 10),
        Column(text("Settlements cut off from every hub"), WHOLE, 12), Column(text("People cut off"), PEOPLE, 11),
        Column(text("Cut off"), width=40), Column(text("Services lost where a hub is still reached"), width=40),
        Column(text("People who lose a hub or a service"), PEOPLE, 13),
        Column(text("People with a longer way to a hub"), PEOPLE, 13),
        Column(text("People × minutes longer"), WHOLE, 12), Column(text("Longitude"), "0.000000", 12),
        Column(text("Latitude"), "0.000000", 12),
    ]
    rows = [
        [n, cut.name, road_words(cut.road_class), cut.near, round(cut.length_m), len(cut.cut_off), cut.cut_off_people,
         listed(settlement_names(plan, cut.cut_off)), _elsewhere(plan, cut), cut.lacking_people, cut.longer_people,
         round(cut.added_people_min), cut.lon, cut.lat]
        for n, cut in enumerate(cuts.stretches, start=1)
    ]
    return Sheet(
        text("Road cuts"), text("What hangs on single roads"),
        text("Hubs and services: alternative “{name}”; people: of {year}.", name=as_text(plan.first.name),
             year=plan.document.plan_year), columns, rows)


def _elsewhere(plan: Plan, cut: RoadCut) -> Text:
    parts = [text("{service}: {names}", service=service, names=listed(names))
             for service, names in lost_elsewhere(plan, cut)]
    return verbatim({key: " / ".join(part.to(key) for part in parts) for key in ("ja", "en")})
