"""Who reaches which service by one mode: by car, on foot, or by bus."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import cast, get_args

import numpy as np
from numpy.typing import NDArray

from musubime import __version__, access, population
from musubime import parameters as shipped
from musubime.errors import Fault, InputError
from musubime.language import Text, text
from musubime.parameters import Parameters
from musubime.provenance import Ledger
from musubime.region import Facilities, Floats, Region, TravelTimes

from . import document as d
from .access_document import AccessMode, AccessRow, AccessStudy, AccessSummary, Buses, Roads, ServiceAccess
from .assemble import notes_of, parameters_of
from .today import name_of, with_located

MODES: tuple[str, ...] = get_args(AccessMode)


@dataclass(frozen=True)
class AccessOptions:
    """mode: one of MODES. date: by bus, one service day. snow: by car and on foot, the season in which roads are slow.
    """

    mode: str
    date: dt.date | None = None
    snow: bool = False

    def faults(self, region: Region) -> list[Fault]:
        """Every option that does not fit the region."""
        faults: list[Fault] = []
        if self.mode not in MODES:
            faults.append(Fault(
                text("There is no such way to travel."), text("Give one of {modes}.", modes=", ".join(MODES)),
                field="--mode", value=self.mode,
            ))
        if self.mode == "transit" and not region.transit:
            faults.append(Fault(
                text("The region has no bus feed, so nothing can be said of its buses."),
                text("Put the GTFS-JP zip of the operator into the region's folder transit, or build the region again "
                     "with it."),
                file="transit", field="--mode", value=self.mode,
            ))
        if self.mode in ("car", "walk") and self.date is not None:
            faults.append(Fault(
                text("A date changes nothing for cars and people on foot."),
                text("Leave it out, or ask for --mode transit."), field="--date", value=self.date.isoformat(),
            ))
        if self.mode == "transit" and self.snow:
            faults.append(Fault(
                text("No timetable for the snow season is known; buses are looked at as their feed says."),
                text("Leave it out, or ask for --mode car."), field="--snow",
            ))
        return faults


def access_of_region(
    region: Region, options: AccessOptions, progress: Callable[[Text], None] | None = None
) -> AccessStudy:
    """Study one mode. Raises InputError with every fault of the region and of the options at once."""
    say = progress or (lambda _: None)
    faults = [*region.check(), *options.faults(region)]
    if faults:
        raise InputError(faults)
    parameters = shipped.load(overrides=region.parameters)
    ledger = Ledger(list(region.ledger.sources), list(region.ledger.notes))
    region = with_located(region, ledger)
    facilities = region.facilities
    services = tuple(
        s for s in parameters["service.order"].value
        if s not in region.unknown_services and facilities.offering(s).any()
    )
    for service in (s for s in parameters["service.order"].value if s not in services):
        ledger.note("missing", text("No file tells where {service} can be had today; nothing is said of it.",
                                    service=name_of(service, parameters)), source="facilities")
    if not services:
        raise InputError(Fault(
            text("No building of the region offers a service of which anything could be said."),
            text("Give the services in region.gpkg, layer facilities, or build the region with a file of facilities."),
            file="region.gpkg/facilities",
        ))
    newest = region.population
    people = population.counts(newest).total[-1]
    users = population.demand(newest, parameters, services).users[-1]
    offered = np.column_stack([facilities.offering(s) for s in services])
    asked = _Asked(region, options, parameters, ledger, services, offered, people, users)
    say(text("Finding who reaches what"))
    found = _by_bus(asked) if options.mode == "transit" else _by_road(asked)
    summary = AccessSummary(
        version=__version__, code=region.code, place=region.name, fictional=region.fictional,
        base_year=region.base_year, mode=cast("AccessMode", options.mode), snow=options.snow,
        date=options.date.isoformat() if options.date else None, settlements=len(region.settlements),
        people=float(people.sum()), services=found.services, roads=found.roads, buses=found.buses,
        notes=notes_of(ledger),
        parameters=[p for p in parameters_of(parameters) if p.name.startswith(("access.", "service."))],
        sources=[d.SourceOfPlan(**vars(source)) for source in ledger.sources],
    )
    return AccessStudy(summary, tuple(found.rows))


@dataclass(frozen=True)
class _Asked:
    """people: (settlements,); users: (settlements, services); offered: (facilities, services)."""

    region: Region
    options: AccessOptions
    parameters: Parameters
    ledger: Ledger
    services: tuple[str, ...]
    offered: NDArray[np.bool_]
    people: Floats
    users: Floats

    def name(self, service: str) -> d.Words:
        return d.words(name_of(service, self.parameters))

    def row(self, i: int, s: int) -> AccessRow:
        """What a row says whatever the mode."""
        at = self.region.settlements
        return AccessRow(
            at.ids[i], at.names[i], at.districts[i], float(self.people[i]), self.services[s],
            self.name(self.services[s]), float(self.users[i, s]),
        )


@dataclass(frozen=True)
class _Found:
    services: list[ServiceAccess]
    rows: list[AccessRow]
    roads: Roads | None = None
    buses: Buses | None = None


def _by_road(asked: _Asked) -> _Found:
    parameters, facilities = asked.parameters, asked.region.facilities
    times, roads = _times(asked)
    on_foot = asked.options.mode == "walk"
    limit = np.array([
        parameters.number(f"service.{s}.limit_walk_m") / parameters.number("access.walk.m_per_min") if on_foot
        else parameters.number(f"service.{s}.limit_car_min") for s in asked.services
    ])
    table = access.access_table(times, asked.offered, asked.users, limit)
    services = [
        ServiceAccess(
            service=service, name=asked.name(service), offers=int(asked.offered[:, s].sum()),
            users=float(asked.users[:, s].sum()), users_within=float(table.users_within[s]),
            users_beyond=float(table.users_beyond[s] - table.users_without_way[s]),
            users_without_way=float(table.users_without_way[s]),
            settlements_within=int((table.within[:, s] > 0).sum()), limit_min=float(limit[s]),
            mean_min=_finite(table.mean_min[s]), worst_tenth_min=_finite(table.worst_tenth_min[s]),
            gini=_finite(table.gini[s]), without_car=None, without_car_without_way=None, mean_weekdays=None,
            worst_tenth_weekdays=None,
        )
        for s, service in enumerate(asked.services)
    ]
    rows = []
    for i, s in np.ndindex(*asked.users.shape):
        first, second = int(table.nearest[i, s]), int(table.second[i, s])
        rows.append(replace(
            asked.row(i, s), nearest=_id(facilities, first), nearest_name=_name(facilities, first),
            nearest_min=_finite(float(table.nearest_min[i, s])), second=_id(facilities, second),
            second_name=_name(facilities, second), second_min=_finite(float(table.second_min[i, s])),
            within=int(table.within[i, s]), limit_min=float(limit[s]),
        ))
    return _Found(services, rows, roads=roads)


def _times(asked: _Asked) -> tuple[TravelTimes, Roads]:
    """Minutes between settlements and buildings, along the roads or, without a road file, from distance."""
    region, parameters, options = asked.region, asked.parameters, asked.options
    on_foot = options.mode == "walk"
    network = detour = None
    if region.roads is not None and len(region.roads):
        network = access.road_network(
            region.roads, region.epsg, parameters, "walk" if on_foot else "car", asked.ledger, options.snow)
        access.note_islands(network, asked.ledger)
    else:
        asked.ledger.note("assumption", text(
            "The region has no road file: times are straight-line distance × a detour factor / speed."))
        if not on_foot:
            detour = access.detour_factor(region.transit, region.epsg, parameters, asked.ledger)
    times, snapping = access.travel_times(
        network, region.settlements, region.facilities, region.epsg, parameters, "walk" if on_foot else "car",
        detour.factor if detour else None, asked.ledger,
    )
    factor = detour.factor if detour else None
    if network is None:
        if options.snow:
            share = parameters.number(
                "access.snow.share_of_walking_speed" if on_foot else "access.snow.share_of_car_speed")
            times = replace(times, minutes=times.minutes / share)
        factor = parameters.number("access.walk.detour_factor") if on_foot else factor
    reports = [(report, points) for report, points in (
        (snapping.origins, region.settlements), (snapping.destinations, region.facilities)) if report is not None]
    names = {id_: name for _, points in reports for id_, name in zip(points.ids, points.names, strict=True)}
    km = network.component_km if network is not None else np.zeros(0)
    return times, Roads(
        basis=times.basis, detour_factor=factor,
        main_km=float(km[0]) if len(km) else None, apart_km=float(km[1:].sum()) if len(km) else None,
        islands=max(len(km) - 1, 0), turn_rules=len(network.banned_turns) if network is not None else 0,
        on_islands=[names[one] for report, _ in reports for one in report.islands],
        beyond_cap=[names[one] for report, _ in reports for one in report.beyond], snapped=snapping.figures(),
    )


def _by_bus(asked: _Asked) -> _Found:
    region, parameters, facilities = asked.region, asked.parameters, asked.region.facilities
    bus = access.bus_days(
        region.transit, region.settlements, facilities, asked.offered, region.epsg, parameters, asked.ledger,
        date=asked.options.date,
    )
    newest = region.population
    no_car = access.without_car(newest.latest, newest.age_from, parameters).sum(axis=(1, 2))
    days = np.zeros(asked.users.shape)
    for (i, s), weekdays in bus.weekdays.items():
        days[i, s] = len(weekdays)
    inside = days > 0
    of_dates = bus.share @ bus.dates / max(int(bus.dates.sum()), 1)
    services = [
        ServiceAccess(
            service=service, name=asked.name(service), offers=int(asked.offered[:, s].sum()),
            users=float(asked.users[:, s].sum()), users_within=float(asked.users[inside[:, s], s].sum()),
            users_beyond=0.0, users_without_way=float(asked.users[~inside[:, s], s].sum()),
            settlements_within=int(inside[:, s].sum()), limit_min=None, mean_min=None, worst_tenth_min=None,
            gini=_finite(access.gini(days[:, s], asked.users[:, s])), without_car=float(no_car.sum()),
            without_car_without_way=float(no_car[~inside[:, s]].sum()),
            mean_weekdays=_finite(access.tail_mean(days[:, s], asked.users[:, s], 1.0)),
            worst_tenth_weekdays=_finite(
                access.tail_mean(days[:, s], asked.users[:, s], 0.1, worst_is_high=False)),
        )
        for s, service in enumerate(asked.services)
    ]
    rows = []
    for i, s in np.ndindex(*asked.users.shape):
        row = replace(asked.row(i, s), weekdays=bus.weekdays.get((i, s), ()), share_of_dates=float(of_dates[i, s]))
        trip = bus.examples.get((i, s))
        if trip is not None:
            row = replace(
                row, nearest=_id(facilities, trip.destination), nearest_name=_name(facilities, trip.destination),
                out_depart_min=trip.out_depart_min, out_arrive_min=trip.out_arrive_min,
                back_depart_min=trip.back_depart_min, back_arrive_min=trip.back_arrive_min,
            )
        rows.append(row)
    return _Found(services, rows, buses=Buses(
        feeds=[feed.name for feed in region.transit], first=bus.first, last=bus.last, dates=int(bus.dates.sum())))


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _id(facilities: Facilities, position: int) -> str:
    return facilities.ids[position] if position >= 0 else ""


def _name(facilities: Facilities, position: int) -> str:
    return facilities.names[position] if position >= 0 else ""
