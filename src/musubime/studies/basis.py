"""What a plan of hubs is counted on: people, ways and buildings of a region as plain arrays, apart from the region.

Every figure that a plan tells of hubs comes from a `PlanBasis`, a problem and a solution; so a program that keeps these
three can tell a changed plan without reading the region again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musubime.region import Floats, Ints
from musubime.siting import HubProblem

from .options import PlanOptions
from .outlook import Outlook
from .places import hub_problem
from .today import Today

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class PlanBasis:
    """years: base year first; plan_year: one of them, for which the plan is made.

    limit_min, limit_walk_min, trips_per_year, placeable: (services,), as shipped or overridden, without changes.
    car_min, walk_min: (settlements, places) minutes one way, inf where no way leads. people, over_65, without_car:
    (years, settlements); users: (years, settlements, services). facility_place: position of each building's place.
    offered: (facilities, services) today; known: the same by place. stays: (years, places, services) there by itself
    in that year, the assumed ones included; assumed: those of which no file tells. lost_facility, lost_service,
    lost_year: services of buildings that end by themselves, and from which year on.
    """

    code: str
    name: str
    years: tuple[int, ...]
    plan_year: int
    hub_limit_min: float
    unserved_min: float
    settlement_ids: tuple[str, ...]
    settlement_names: tuple[str, ...]
    districts: tuple[str, ...]
    settlement_lon: Floats
    settlement_lat: Floats
    service_ids: tuple[str, ...]
    service_names_ja: tuple[str, ...]
    service_names_en: tuple[str, ...]
    placeable: Bools
    limit_min: Floats
    limit_walk_min: Floats
    trips_per_year: Floats
    place_ids: tuple[str, ...]
    place_names: tuple[str, ...]
    place_lon: Floats
    place_lat: Floats
    facility_ids: tuple[str, ...]
    facility_names: tuple[str, ...]
    facility_lon: Floats
    facility_lat: Floats
    facility_place: Ints
    car_min: Floats
    walk_min: Floats
    people: Floats
    over_65: Floats
    without_car: Floats
    users: Floats
    offered: Bools
    known: Bools
    stays: Bools
    assumed: Bools
    lost_facility: Ints
    lost_service: Ints
    lost_year: Floats

    @property
    def plan_at(self) -> int:
        """Position of the plan year."""
        return self.years.index(self.plan_year)


def basis_of_plan(today: Today, outlook: Outlook, plan_year: int) -> PlanBasis:
    """The basis of one region's plan."""
    p, s, f, places = today.parameters, today.region.settlements, today.facilities, today.places

    def each(field: str) -> Floats:
        return np.array([p.number(f"service.{service}.{field}") for service in today.services])

    def words(field: str) -> tuple[str, ...]:
        return tuple(p.words(f"service.{service}.{field}") for service in today.services)

    ending = [future for future in outlook.futures if np.isfinite(future.lost_year)]
    return PlanBasis(
        code=today.region.code, name=today.region.name, years=outlook.years, plan_year=plan_year,
        hub_limit_min=p.number("plan.hub_limit_min"), unserved_min=p.number("plan.unserved_min"),
        settlement_ids=s.ids, settlement_names=s.names, districts=s.districts,
        settlement_lon=np.asarray(s.lon), settlement_lat=np.asarray(s.lat),
        service_ids=today.services, service_names_ja=words("name_ja"), service_names_en=words("name_en"),
        placeable=np.array([bool(p[f"service.{service}.placeable"].value) for service in today.services]),
        limit_min=each("limit_car_min"), limit_walk_min=each("limit_walk_m") / p.number("access.walk.m_per_min"),
        trips_per_year=each("trips_per_year"), place_ids=places.ids, place_names=places.names,
        place_lon=np.asarray(places.lon), place_lat=np.asarray(places.lat), facility_ids=f.ids, facility_names=f.names,
        facility_lon=np.asarray(f.lon), facility_lat=np.asarray(f.lat), facility_place=places.of_facility,
        car_min=today.to_places, walk_min=today.walk.minutes[:, places.principal], people=outlook.counts.total,
        over_65=outlook.counts.over_65, without_car=outlook.without_car, users=outlook.demand.users,
        offered=today.offered, known=outlook.known, stays=outlook.stays, assumed=outlook.assumed,
        lost_facility=np.array([future.facility for future in ending], dtype=np.int64),
        lost_service=np.array([future.service for future in ending], dtype=np.int64),
        lost_year=np.array([future.lost_year for future in ending], dtype=np.float64),
    )


def problem_of_plan(today: Today, outlook: Outlook, options: PlanOptions) -> HubProblem:
    """The reference problem of one region's plan."""
    at = outlook.years.index(options.plan_year)
    stays = outlook.stays[at]
    return hub_problem(
        today.facilities, today.places, stays, outlook.known & ~stays, outlook.demand, today.to_places,
        today.to_places_m, outlook.counts.total[at], today.parameters,
        hubs=options.hubs, budget_jpy=options.budget_jpy, users_drawn=outlook.users_drawn,
    )
