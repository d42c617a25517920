"""The settlements and their people, from the finest files that the folder holds. Methods: docs/data/build.md."""

from __future__ import annotations

from collections.abc import Callable

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.region import MunicipalSeries

from . import census_tables, oaza_points, recommended_population, register_totals, small_areas
from ._by_area_age import areas_by_age
from ._by_district import (
    counted_towns,
    districts_alone,
    districts_of,
    districts_over_areas,
    districts_over_points,
    former_municipalities,
    whole_over_points,
)
from ._by_total import census_areas, inhabited_meshes, registered_towns
from ._ground import Ground
from ._series import Series
from ._settled import Settled


def settle(ground: Ground, municipal: MunicipalSeries) -> Settled:
    """Try the ways in order of what they rest on: counts of the place itself first, shares of a whole town last.

    Raises InputError that names the lacking files when none of them works.
    """
    series = districts_of(ground)
    ways: tuple[Callable[[Ground, MunicipalSeries, Series | None], Settled | None], ...] = (
        counted_towns, districts_over_areas, areas_by_age, districts_over_points, census_areas, registered_towns,
        inhabited_meshes, districts_alone, former_municipalities, whole_over_points,
    )
    for way in ways:
        settled = way(ground, municipal, series)
        if settled is not None:
            return settled
    raise InputError([
        *ground.stock.faults(oaza_points.FORMAT, small_areas.FORMAT, recommended_population.FORMAT,
                             register_totals.FORMAT, census_tables.FORMAT),
        Fault(
            text("The folder does not tell where people of {name} ({code}) live and how old they are.",
                 name=ground.place.name, code=ground.place.code),
            text("Add one of: people by district and age (地域・年齢別人口) with a list of place-name points; census "
                 "small areas (e-Stat) with a census table by age; the 1 km mesh projection (国土数値情報)."),
        ),
    ])
