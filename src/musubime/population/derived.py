"""What follows from people by age: counts, users of services, the year in which a threshold is crossed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from musubime.parameters import Parameters
from musubime.region import Demand, Floats, Population

from .model import Counts

OPEN_GROUP_YEARS = 15  # the oldest group is taken to span 15 years when a bound falls into it


def counts(population: Population) -> Counts:
    """Totals, under 15, 65+ and 75+ of each unit at each year."""
    return Counts(
        population.unit_ids, population.years, np.asarray(population.people.sum(axis=(2, 3))),
        people_in(population, 0, 14), people_in(population, 65), people_in(population, 75),
    )


def people_in(population: Population, age_from: float, age_to: float = 200) -> Floats:
    """People aged age_from to age_to (included): (years, units). A bound inside a group takes its even part."""
    return np.asarray(population.people.sum(axis=2) @ _overlap(population.age_from, age_from, age_to))


def _overlap(groups: Sequence[int], age_from: float, age_to: float) -> Floats:
    lower = np.asarray(groups, dtype=np.float64)
    upper = np.append(lower[1:], lower[-1] + OPEN_GROUP_YEARS)
    end = min(age_to + 1, upper[-1]) if age_to < 200 else upper[-1]
    inside = np.minimum(upper, end) - np.maximum(lower, age_from)
    return np.asarray(np.clip(inside / (upper - lower), 0.0, 1.0))


def demand(population: Population, parameters: Parameters, services: Sequence[str]) -> Demand:
    """Users of each service by settlement and year: people of the service's ages times the share who use it."""
    users = np.stack(
        [
            people_in(
                population, parameters.number(f"service.{service}.users_age_from"),
                parameters.number(f"service.{service}.users_age_to"),
            )
            * parameters.number(f"service.{service}.users_share")
            for service in services
        ],
        axis=-1,
    ) if services else np.zeros((*population.people.shape[:2], 0))
    return Demand(population.unit_ids, tuple(services), population.years, users)


def falls_below(years: Sequence[int], values: Sequence[float] | Floats, threshold: float) -> int | None:
    """The first year in which `values` lie below `threshold`, on straight lines between the years; None if never.

    The base year (`years[0]`) means that they lie below today.
    """
    if values[0] < threshold:
        return int(years[0])
    for i in range(1, len(years)):
        if values[i] < threshold:
            fall = (values[i - 1] - threshold) / (values[i - 1] - values[i])
            return int(np.floor(years[i - 1] + fall * (years[i] - years[i - 1]) + 1e-9)) + 1
    return None
