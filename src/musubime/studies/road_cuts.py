"""What hangs on single roads under the reference alternative: whom a closed stretch cuts off, and whom snow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.ops import substring

from musubime import access
from musubime.region import Floats, Roads
from musubime.region.plane import straight_m, to_degrees

from . import document as d
from .alternatives import Answer
from .outlook import Outlook
from .today import Today

_WORST = 10
_MOST_TRIED = 300  # stretches, those that carry most people to a hub first
_MAIN = frozenset({"motorway", "trunk", "primary", "secondary", "tertiary"})
_SIMPLER_M = 10.0


@dataclass(frozen=True)
class _Spots:
    """Some places as destinations."""

    ids: tuple[str, ...]
    lon: Floats
    lat: Floats


def road_cuts_of(today: Today, outlook: Outlook, answer: Answer, plan_year: int) -> d.RoadCuts | None:
    """None where there is no road file, or no hub to be cut off from."""
    network, roads, hubs = today.car_roads, today.region.roads, answer.solution.hubs
    if network is None or roads is None or not hubs or not len(network.shapes):
        return None
    parameters, places = today.parameters, today.places
    people = outlook.counts.total[outlook.years.index(plan_year)]
    is_hub = np.zeros(len(places.ids), dtype=bool)
    is_hub[list(hubs)] = True
    # Kind 0: any hub, however far; then each service where the reference offers it, within its limit.
    kinds = np.column_stack([is_hub, answer.solution.offered])
    limits = np.array([np.inf, *(parameters.number(f"service.{s}.limit_car_min") for s in today.services)])
    cuts = access.road_cuts(
        network, today.region.settlements, people, _Spots(places.ids, places.lon, places.lat), parameters, limits,
        5 * _WORST, kinds, nested=False, most_tried=_MOST_TRIED,
    )
    told = [cut for cut in cuts if _matters(cut, roads)][:_WORST]
    return d.RoadCuts(
        stretches=[_stretch(cut, today, network, roads, people) for cut in told],
        snow=_snow(today, roads, is_hub, people),
    )


def _matters(cut: access.RoadCut, roads: Roads) -> bool:
    """A main road, or any on which more than one settlement hangs: a settlement's own lane says nothing new."""
    main = any(roads.classes[line].removesuffix("_link") in _MAIN for line in cut.lines)
    return main or len({*cut.lost, *cut.longer, *(i for some in cut.lost_by_kind for i in some)}) > 1


def _stretch(
    cut: access.RoadCut, today: Today, network: access.RoadNetwork, roads: Roads, people: Floats
) -> d.RoadCut:
    settlements = today.region.settlements
    lived = people > 0
    nearest = int(np.argmin(straight_m(
        today.region.epsg, np.array([cut.lon]), np.array([cut.lat]), settlements.lon, settlements.lat)[0]))
    names = [roads.names[line] for line in cut.lines if roads.names[line]]

    def ids(some: tuple[int, ...]) -> list[str]:
        return [settlements.ids[i] for i in some if lived[i]]

    lacking = {i for some in cut.lost_by_kind for i in some}
    merged = shapely.line_merge(shapely.multilinestrings([
        line for piece, start, end in cut.parts
        if (line := substring(network.shapes[piece], start, end, normalized=True)).length > 0
    ]))
    shape = []
    for part in shapely.get_parts(shapely.simplify(merged, _SIMPLER_M)):
        lon, lat = to_degrees(network.epsg, *shapely.get_coordinates(part).T)
        shape.append([(round(float(x), 6), round(float(y), 6)) for x, y in zip(lon, lat, strict=True)])
    return d.RoadCut(
        name=max(names, key=names.count) if names else "", road_class=roads.classes[cut.lines[0]],
        near=settlements.names[nearest], lon=cut.lon, lat=cut.lat, length_m=cut.length_m, shape=shape,
        cut_off=ids(cut.lost), cut_off_people=cut.lost_people, longer=ids(cut.longer),
        longer_people=float(people[list(cut.longer)].sum()), added_people_min=cut.added_people_min,
        services_lost={
            service: lost for service, some in zip(today.services, cut.lost_by_kind[1:], strict=True)
            if (lost := ids(some))
        },
        lacking_people=float(people[sorted(lacking)].sum()),
    )


def _snow(today: Today, roads: Roads, is_hub: NDArray[np.bool_], people: Floats) -> d.SnowReach:
    parameters, places, region = today.parameters, today.places, today.region
    limit = parameters.number("plan.hub_limit_min")
    hubs = np.flatnonzero(is_hub)
    network = access.road_network(roads, region.epsg, parameters, "car", snow=True)
    spots = _Spots(tuple(places.ids[j] for j in hubs), places.lon[hubs], places.lat[hubs])
    times, _ = access.travel_times(network, region.settlements, spots, region.epsg, parameters)
    usually = today.to_places[:, hubs].min(axis=1) <= limit
    out = usually & (times.minutes.min(axis=1) > limit) & (people > 0)
    return d.SnowReach(
        share_of_car_speed=parameters.number("access.snow.share_of_car_speed"), hub_limit_min=limit,
        settlements=[region.settlements.ids[i] for i in np.flatnonzero(out)], people=float(people[out].sum()),
    )
