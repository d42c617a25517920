"""What becomes of the region's people and services if nothing is done."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musubime import access, population
from musubime.region import Demand, Floats

from .places import assumed_offers
from .today import Today


@dataclass(frozen=True)
class FutureOfService:
    """Users of one service at one building, by year, and the year from which it is lost (inf: it stays)."""

    facility: int
    service: int
    users: Floats
    threshold: float
    falls_below_year: int | None
    below_today: bool
    lost_year: float


DRAWS = 300  # of the intervals of a plan: `musubime population` makes a thousand


@dataclass(frozen=True)
class Outlook:
    """years: base year first. people groups: (years, settlements). stays: (years, places, services). drawn: the
    projection with its intervals. users_drawn: (draws, years, settlements, services) users in draws of the outlook."""

    years: tuple[int, ...]
    drawn: population.DrawnProjection
    counts: population.Counts
    without_car: Floats
    demand: Demand
    futures: tuple[FutureOfService, ...]
    known: NDArray[np.bool_]
    stays: NDArray[np.bool_]
    assumed: NDArray[np.bool_]
    users_drawn: Floats

    @property
    def projection(self) -> population.Projection:
        return self.drawn.projection


def look_ahead(today: Today, years: tuple[int, ...], plan_year: int, seed: int = 1) -> Outlook:
    """Project people, then follow each service's users; known: (places, services) offered today."""
    region, parameters = today.region, today.parameters
    drawn = population.project_with_draws(
        region.population, region.municipal, years, parameters, region.settlements, DRAWS, seed,
        keep=int(parameters.number("plan.draws")))
    people = drawn.projection.population
    counts = population.counts(people)
    without_car = access.without_car(people.people, people.age_from, parameters).sum(axis=(2, 3))
    demand = population.demand(people, parameters, today.services)
    futures = _futures(today, demand, people.years, plan_year)
    stays = np.zeros((len(people.years), len(today.places), len(today.services)), dtype=bool)
    assumed = np.zeros_like(stays)
    for t, year in enumerate(people.years):
        for future in futures:
            if year < future.lost_year or t == 0:
                stays[t, today.places.of_facility[future.facility], future.service] = True
        assumed[t] = assumed_offers(
            today.places, today.services, today.unknown, today.to_places_m, demand.users[t], parameters)
    return Outlook(
        people.years, drawn, counts, without_car, demand, futures, stays[0].copy(), stays | assumed, assumed,
        _users_drawn(drawn, today))


BANDS = ((0, 14), (15, 64), (65, 74), (75, 200))


def _users_drawn(drawn: population.DrawnProjection, today: Today) -> Floats:
    """Users of each service in the draws kept: within each band of ages they change as its people do."""
    people, parameters = drawn.projection.population, today.parameters
    if drawn.counted is None:
        return np.zeros((0, *people.people.shape[:2], len(today.services)))
    total, under_15, over_65, over_75 = (np.moveaxis(drawn.counted[:, :, k], (0, 1, 2), (2, 1, 0)) for k in range(4))
    bands = (under_15, total - under_15 - over_65, over_65 - over_75, over_75)
    users = np.zeros((*total.shape, len(today.services)))
    for (low, high), there in zip(BANDS, bands, strict=True):
        expected = population.people_in(people, low, high)
        ratio = np.divide(there, expected, out=np.zeros(there.shape), where=expected > 0)
        for column, service in enumerate(today.services):
            first = max(low, parameters.number(f"service.{service}.users_age_from"))
            last = min(high, parameters.number(f"service.{service}.users_age_to"))
            if first <= last:
                share = parameters.number(f"service.{service}.users_share")
                users[..., column] += ratio * population.people_in(people, first, last) * share
    return users


def _futures(
    today: Today, demand: Demand, years: tuple[int, ...], plan_year: int
) -> tuple[FutureOfService, ...]:
    parameters, facilities = today.parameters, today.facilities
    futures: list[FutureOfService] = []
    for column, service in enumerate(today.services):
        offered = today.offered[:, column]
        if service in today.unknown:
            continue
        limit = parameters.number(f"service.{service}.limit_car_min")
        # whoever used a shop that has closed goes to the next one
        users = np.concatenate([
            access.catchment_users(today.car, there, of_year[None], limit)
            for there, of_year in zip(_there(offered, facilities.closing_year, years), demand.users[:, :, column],
                                      strict=True)])
        threshold = parameters.number(f"service.{service}.viability_people")
        market = bool(parameters[f"service.{service}.closes_below_viability"].value)
        loss = parameters.number("plan.risk_loss_share")
        for facility in np.flatnonzero(offered):
            mine = users[:, facility]
            closing = facilities.closing_year[facility]
            still = 1 + sum(not closing <= year for year in years[1:])  # nan: it stays open
            year = population.falls_below(years[:still], mine[:still], threshold)
            below_today = bool(mine[0] < threshold)
            at_plan = mine[years.index(plan_year)]
            # One that lives on fewer users than the threshold today shows that it can: it is at risk once it has
            # lost a stated share of those it has.
            bar = (1 - loss) * mine[0] if below_today else threshold
            risk = market and at_plan < bar
            lost = float("inf")
            if risk and year is not None:
                lost = plan_year if below_today else year
            if np.isfinite(closing):
                lost = min(lost, float(closing))
            futures.append(FutureOfService(int(facility), column, mine, threshold, year, below_today, lost))
    return tuple(futures)


def _there(offered: NDArray[np.bool_], closing_year: Floats, years: tuple[int, ...]) -> list[NDArray[np.bool_]]:
    """In each year, what is offered today and has not closed as announced; the base year is as it is."""
    return [offered if t == 0 else offered & ~(closing_year <= year) for t, year in enumerate(years)]
