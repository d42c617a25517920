"""From buildings and their outlook to the hub problem: what stays, what is at risk, what may be opened where."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musubime.access import Places
from musubime.parameters import Parameters
from musubime.region import Demand, Facilities, Floats, Ints
from musubime.siting import HubProblem

EARTH_M = 6_371_008.8  # mean radius of the GRS 80 ellipsoid


def hub_problem(
    facilities: Facilities,
    places: Places,
    stays: NDArray[np.bool_],
    rescue: NDArray[np.bool_],
    demand: Demand,
    minutes: Floats,
    straight_m: Floats,
    people: Floats,
    parameters: Parameters,
    *,
    hubs: int | None,
    budget_jpy: float | None,
    users_drawn: Floats | None = None,
) -> HubProblem:
    """The problem in the terms of `siting`. minutes: (settlements, places), by car, one way; straight_m alike.

    stays, rescue: (places, services), what is still there in the plan year by itself, and what only with support.
    people: (settlements,) in the plan year; a place amid so many of them that it is a town is no small hub.

    users_drawn: (draws, years, settlements, services) users in draws of the outlook, base year first.

    Only the years after the base year count, each alike. Places without a building that can take a hub in
    (`Facilities.host`) keep what they have and open nothing.
    """
    services = demand.services
    town = np.zeros(len(places), dtype=bool)
    for ring in ("", "_wider"):
        near = straight_m <= parameters.number(f"plan.town{ring}_radius_m")
        town |= near.T @ people >= parameters.number(f"plan.town{ring}_people")
    hosts = np.flatnonzero(facilities.host & ~town[places.of_facility])
    candidates = _most_people_around(
        np.unique(places.of_facility[hosts]), minutes, demand, parameters.number("plan.hub_limit_min"),
        int(parameters.number("plan.max_places")),
    )
    hosts = hosts[np.isin(places.of_facility[hosts], candidates)]
    placeable = np.array([bool(parameters[f"service.{s}.placeable"].value) for s in services])
    may_open = np.zeros_like(stays)
    may_open[np.ix_(candidates, np.flatnonzero(placeable))] = True
    may_open &= ~stays

    apart = _too_close(places, candidates, parameters.number("plan.hub_spacing_m"))

    def each(field: str) -> Floats:
        return np.array([parameters.number(f"service.{s}.{field}") for s in services])

    floor, cost = _buildings(facilities, hosts, parameters)
    years = demand.years[1:]
    future = demand.users[1:]
    unplaceable = np.setdiff1d(np.arange(len(places.ids)), candidates)
    drawn = users_drawn[:, 1:] if users_drawn is not None and len(users_drawn) else None
    return HubProblem(
        settlement_ids=demand.settlement_ids, service_ids=services, place_ids=places.ids,
        building_ids=tuple(facilities.ids[i] for i in hosts),
        years=years, year_weights=np.full(len(years), 1 / len(years)), users=future, minutes=minutes,
        limit_min=each("limit_car_min"), trips_per_year=each("trips_per_year"),
        existing=stays, rescue=rescue, may_open=may_open, min_users=each("hub_min_people"),
        building_place=places.of_facility[hosts], floor_m2=floor, building_cost_jpy=cost,
        service_floor_m2=each("floor_m2"), service_cost_jpy=each("cost_jpy_per_year"),
        rescue_cost_jpy=each("cost_jpy_per_year") * parameters.number("plan.rescue_cost_share"),
        hub_cost_jpy=parameters.number("plan.hub_cost_jpy_per_year"),
        jpy_per_minute=parameters.number("plan.jpy_per_minute"),
        unserved_min=parameters.number("plan.unserved_min"),
        min_services=int(parameters.number("plan.min_services")),
        hubs=hubs, budget_jpy=budget_jpy, never_hubs=tuple(int(p) for p in unplaceable),
        apart=apart, draws=drawn, hold_share=parameters.number("plan.hold_share") if drawn is not None else 0.0,
    )


def _too_close(places: Places, candidates: Ints, spacing_m: float) -> tuple[tuple[int, int], ...]:
    """Pairs of candidates nearer to one another than `spacing_m`, in a straight line."""
    lat, lon = np.radians(places.lat[candidates]), np.radians(places.lon[candidates])
    half = np.sin((lat[:, None] - lat) / 2) ** 2 + np.cos(lat[:, None]) * np.cos(lat) * np.sin(
        (lon[:, None] - lon) / 2) ** 2
    metres = 2 * EARTH_M * np.arcsin(np.sqrt(half))
    first, second = np.nonzero(np.triu(metres < spacing_m, 1))
    return tuple((int(candidates[a]), int(candidates[b])) for a, b in zip(first, second, strict=True))


def _most_people_around(
    candidates: Ints, minutes: Floats, demand: Demand, limit_min: float, most: int
) -> Ints:
    """At most `most` of the candidates: those with most users within the hub limit.

    The count is shared: of the places that see the same people, a settlement's users go to its nearest one first.
    """
    if len(candidates) <= most:
        return candidates
    users = demand.users.mean(axis=(0, 2))
    near = minutes[:, candidates]
    order = np.argsort(near, axis=1)
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.broadcast_to(np.arange(len(candidates)), order.shape), axis=1)
    share = np.where(near <= limit_min, 1.0 / (1.0 + rank), 0.0)
    around = users @ share
    return np.sort(candidates[np.argsort(-around, kind="stable")[:most]])


def _buildings(facilities: Facilities, hosts: Ints, parameters: Parameters) -> tuple[Floats, Floats]:
    floor, cost = np.empty(len(hosts)), np.empty(len(hosts))
    for position, facility in enumerate(hosts):
        kind = facilities.kinds[facility]
        kind = kind if f"building.{kind}.floor_m2" in parameters else "other"
        known = facilities.floor_m2[facility]
        whole = known if np.isfinite(known) else parameters.number(f"building.{kind}.floor_m2")
        floor[position] = whole * parameters.number(f"building.{kind}.usable_share")
        cost[position] = parameters.number(f"building.{kind}.cost_jpy_per_year")
    return floor, cost


def assumed_offers(
    places: Places, services: tuple[str, ...], unknown: tuple[str, ...],
    straight_m: Floats, people: Floats, parameters: Parameters,
) -> NDArray[np.bool_]:
    """Where a service of which no file tells is supposed to exist: (places, services).

    straight_m: (settlements, places); people: (settlements, services) users in the base year. A place is
    supposed to have it when the viable number of users live within plan.assumed_radius_m of it.
    """
    near = straight_m <= parameters.number("plan.assumed_radius_m")
    around = near.T.astype(np.float64) @ people
    assumed = np.zeros((len(places.ids), len(services)), dtype=bool)
    for column, service in enumerate(services):
        if service in unknown:
            assumed[:, column] = around[:, column] >= parameters.number(f"service.{service}.viability_people")
    return assumed
