"""The exchange tables' few methods, counted in the tiny region."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from tiny_region import tiny_region

from musubime.region import FACILITY_KINDS, SERVICES, Region


def test_people_by_age_and_date() -> None:
    population = tiny_region().population
    # 2020: A 10+20, B 5+5, C 2+3; men are all 65 and over, women all 15 to 64. 2025: 8+16, 4+4, 1+2.
    assert population.in_ages(65).tolist() == [[10, 5, 2], [8, 4, 1]]
    assert population.in_ages(15, 64).tolist() == [[20, 5, 3], [16, 4, 2]]
    assert population.in_ages(0, 14).tolist() == [[0, 0, 0], [0, 0, 0]]
    assert population.in_ages(0).sum(axis=1).tolist() == [45, 35]
    assert population.latest.sum(axis=(1, 2)).tolist() == [24, 8, 3]
    assert population.dates.tolist() == [2020.75, 2025.75]  # October is nine twelfths of a year past


def test_what_is_offered_today_and_after_an_announced_closure() -> None:
    facilities = tiny_region().facilities  # F1 is a shop that closes in 2030; F2 is a closed school
    assert facilities.offering("shop").tolist() == [True, False]
    assert facilities.offering("shop", 2029).tolist() == [True, False]
    assert facilities.offering("shop", 2030).tolist() == [False, False]
    assert facilities.offering("school").tolist() == [False, False]


def test_a_selection_keeps_order_and_every_column() -> None:
    facilities = tiny_region().facilities
    assert facilities.select([1, 0]).ids == ("F2", "F1")
    masked = facilities.select(np.array([False, True]))
    assert (masked.ids, masked.floor_m2.tolist(), masked.host.tolist()) == (("F2",), [1200.5], [True])
    assert len(facilities.select([])) == 0


def test_tables_are_frozen() -> None:
    region = tiny_region()
    for table in (region, region.settlements, region.population, region.facilities, region.roads):
        with pytest.raises(dataclasses.FrozenInstanceError):
            table.name = "x"  # type: ignore[union-attr, misc]


def test_kinds_offer_only_services_that_exist() -> None:
    assert {service for offered in FACILITY_KINDS.values() for service in offered} == set(SERVICES)


def test_a_region_knows_its_place() -> None:
    region: Region = tiny_region()
    assert (region.prefecture, region.epsg, region.base_year) == ("山口県", 6671, 2025)
    to_shop = region.straight_m(region.facilities.lon[:1], region.facilities.lat[:1])
    # B stands where the shop stands; A is 0.02° of longitude west of it, 111,320 * cos 34.2° * 0.02 = 1,841 m.
    assert to_shop[:, 0].tolist() == pytest.approx([1843, 0, 2149], abs=3)
