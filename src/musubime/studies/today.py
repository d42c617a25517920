"""Where the region stands before any plan: buildings gathered into places, travel times, buses, people by need."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from musubime import access
from musubime.errors import Fault, InputError
from musubime.language import Text, text, verbatim
from musubime.parameters import Parameters
from musubime.provenance import Ledger
from musubime.region import Facilities, Floats, Region, TravelTimes


@dataclass(frozen=True)
class Today:
    """car, walk: (settlements, facilities) minutes. to_places: (settlements, places) minutes by car.

    to_places_m: straight metres. services: all that are planned; unknown: those of which no file tells.
    offered: (facilities, services) today. bus: None without a feed.
    """

    region: Region
    parameters: Parameters
    facilities: Facilities
    services: tuple[str, ...]
    unknown: tuple[str, ...]
    places: access.Places
    car: TravelTimes
    walk: TravelTimes
    to_places: Floats
    to_places_m: Floats
    detour: access.DetourFactor | None
    snapping: access.Snapping
    offered: NDArray[np.bool_]
    bus: access.BusDays | None
    food: access.FoodAccess | None
    car_roads: access.RoadNetwork | None = None


def look_at_today(region: Region, parameters: Parameters, ledger: Ledger) -> Today:
    """Diagnose the region. Raises InputError when there is nothing to travel from or to."""
    region = with_located(region, ledger)
    facilities = region.facilities
    services = tuple(s for s in parameters["service.order"].value)
    unknown = tuple(s for s in services if s in region.unknown_services or not facilities.offering(s).any())
    for service in unknown:
        ledger.note(
            "missing",
            text("No file tells where {service} can be had today. The plan prints nothing about today's {service}, "
                 "and supposes that it exists where its viable number of users live within {metres:,.0f} m.",
                 service=name_of(service, parameters), metres=parameters.number("plan.assumed_radius_m")),
            source="facilities",
        )
    places = access.gather_places(facilities, region.epsg, parameters.number("plan.place_diameter_m"))
    detour = None
    car_roads = walk_roads = None
    if region.roads is not None and len(region.roads):
        car_roads = access.road_network(region.roads, region.epsg, parameters, "car", ledger)
        walk_roads = access.road_network(region.roads, region.epsg, parameters, "walk")
    else:
        detour = access.detour_factor(region.transit, region.epsg, parameters, ledger)
        _note_sea(region, ledger)
    car, snapping = access.travel_times(
        car_roads, region.settlements, facilities, region.epsg, parameters, "car",
        detour.factor if detour else None, ledger,
    )
    walk, _ = access.travel_times(walk_roads, region.settlements, facilities, region.epsg, parameters, "walk")
    offered = np.column_stack([facilities.offering(s) for s in services])
    latest = region.population.latest
    food = None
    if "shop" not in unknown:
        shop = facilities.offering("shop")
        food = access.food_access(
            region.settlements, region.areas, facilities.lon[shop], facilities.lat[shop], latest,
            region.population.age_from, region.epsg, parameters,
        )
    bus = None
    if region.transit:
        bus = access.bus_days(
            region.transit, region.settlements, facilities, offered, region.epsg, parameters, ledger)
    return Today(
        region, parameters, facilities, services, unknown, places, car, walk,
        car.minutes[:, places.principal], region.straight_m(places.lon, places.lat), detour, snapping, offered,
        bus, food, car_roads,
    )


def name_of(service: str, parameters: Parameters) -> Text:
    """The service's name in both languages, as a value for a sentence."""
    return verbatim({
        "ja": parameters.words(f"service.{service}.name_ja"), "en": parameters.words(f"service.{service}.name_en"),
    })


def _note_sea(region: Region, ledger: Ledger) -> None:
    """Without roads nobody can tell a bridge from the sea: say which settlements lie apart from the largest land."""
    s = region.settlements
    mainland = max(region.boundary.geoms, key=lambda part: part.area).buffer(0.002)
    apart = ~shapely.contains_xy(mainland, s.lon, s.lat)
    ledger.note(
        "assumption",
        text("Settlements apart from the largest piece of land are reckoned as if a road led there: no road file tells "
             "of bridges or ferries."), count=int(apart.sum()), examples=[s.names[i] for i in np.flatnonzero(apart)],
    )


def with_located(region: Region, ledger: Ledger) -> Region:
    """The region without buildings and settlements that no coordinate places; both are noted."""
    s, f = region.settlements, region.facilities
    lost = [s.names[i] for i in np.flatnonzero(~(np.isfinite(s.lon) & np.isfinite(s.lat)))]
    if lost:
        raise InputError([
            Fault(text("The settlement has no coordinates."), text("Give its point in region.gpkg, layer settlements."),
                  file="region.gpkg/settlements", value=name)
            for name in lost
        ])
    known = np.isfinite(f.lon) & np.isfinite(f.lat)
    ledger.note(
        "dropped", text("Buildings without coordinates are left out of the plan."), count=int((~known).sum()),
        examples=[f.names[i] for i in np.flatnonzero(~known)[:5]], source="facilities",
    )
    faults = []
    if not len(s):
        faults.append(Fault(text("The region has no settlement."),
                            text("Build it again with files of people and of place-name points."), file="region.gpkg"))
    if not known.any():
        faults.append(Fault(
            text("The region has no building with coordinates: nobody can say what is near, nor where a hub could be."),
            text("Add a file of facilities (公共施設一覧, shops) and build again; `musubime population` and `musubime "
                 "settle` need none."), file="region.gpkg",
        ))
    if faults:
        raise InputError(faults)
    return replace(region, facilities=f.select(known))
