"""Food access to MAFF's definition; people without a car."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml

from musubime.access import far_share, food_access, without_car
from musubime.access.drivers import by_age_group
from musubime.region import FIVE_YEAR_AGES
from musubime.region.plane import straight_m

from .conftest import EPSG, spots_at, square

CASES = yaml.safe_load(Path(__file__).with_name("food_access.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_case(case, given):
    said = case["input"]
    parameters = given({
        "access.food.no_easy_car_share": said["share_without_car"],
        "access.food.spread_radius_m": 0,  # everybody at the point
    })
    people = np.zeros((1, 2, len(FIVE_YEAR_AGES)))
    for age, count in said["people"].items():
        people[0, :, FIVE_YEAR_AGES.index(age)] = count / 2
    metres = said["shop_m"]
    shop = spots_at([] if metres is None else [(metres, 0)])
    found = food_access(spots_at([(0, 0)]), (), shop.lon, shop.lat, people, FIVE_YEAR_AGES, EPSG, parameters)
    assert found.short[0] == pytest.approx(case["output"]["short"])
    assert found.base[0] == pytest.approx(case["output"]["base"])


def test_at_the_very_limit_a_shop_is_far(given):
    home, shop = spots_at([(0, 0)]), spots_at([(500, 0)])
    metres = float(straight_m(EPSG, home.lon, home.lat, shop.lon, shop.lat)[0, 0])
    far = [
        far_share(home, (), shop.lon, shop.lat, EPSG, given(
            {"access.food.shop_m": limit, "access.food.spread_radius_m": 0}))[0]
        for limit in (np.nextafter(metres, 0), metres, np.nextafter(metres, 1e9))
    ]
    assert far == [1, 1, 0]


def test_people_spread_over_an_area_are_far_by_the_share_of_it(parameters):
    # A square of 2000 m. A shop in its middle serves a circle of 500 m: pi 500^2 / 2000^2 = 19.6 %.
    # A shop at a corner serves a quarter of that: 4.9 %. Both together 24.5 %, for they do not overlap.
    area = square(0, 0, 2000)
    home = spots_at([(100, 100)])

    def far(*shops):
        spots = spots_at(shops)
        return far_share(home, (area,), spots.lon, spots.lat, EPSG, parameters)[0]

    circle = np.pi * 500**2 / 2000**2
    assert far((1000, 1000)) == pytest.approx(1 - circle, abs=1e-3)
    assert far((0, 0)) == pytest.approx(1 - circle / 4, abs=1e-3)
    assert far((1000, 1000), (0, 0)) == pytest.approx(1 - circle * 5 / 4, abs=1e-3)
    assert far((1000, 1000), (1000, 1000)) == pytest.approx(1 - circle, abs=1e-3)
    assert far((5000, 5000)) == 1


def test_a_point_settlement_is_a_disc(parameters):
    # Radius 250 m: a shop 250 m away covers all of it, one 750 m away none of it.
    home = spots_at([(0, 0)])
    shops = [spots_at([(x, 0)]) for x in (0, 249, 500, 751)]
    far = [far_share(home, (), shop.lon, shop.lat, EPSG, parameters)[0] for shop in shops]
    assert far[0] == far[1] == pytest.approx(0, abs=1e-3)
    assert 0.5 < far[2] < 0.65  # the circle of the shop bulges away from the middle line
    assert far[3] == 1


def test_without_car_by_sex_and_age(given):
    rates = [0.0] * 3 + [0.5] * 15
    parameters = given({"access.car.licence_share_male": rates, "access.car.licence_share_female": [0.0] * 18})
    people = np.full((1, 2, 18), 10.0)
    # Men from 15: 15 groups x 10 x 0.5 = 75. Women: 150. Children under 15 are not counted.
    found = without_car(people, FIVE_YEAR_AGES, parameters)
    assert found.sum(axis=2).tolist() == [[75, 150]]
    assert found[0, :, :3].sum() == 0


def test_shipped_licence_shares_are_shares_and_fall_in_old_age(parameters):
    for sex in ("male", "female"):
        rates = parameters.numbers(f"access.car.licence_share_{sex}")
        assert len(rates) == 18
        assert all(0 <= rate <= 1 for rate in rates)
        assert rates[-6:] == sorted(rates[-6:], reverse=True)


def test_rates_for_other_age_groups_are_means_of_the_years_they_cover():
    # Rates 1 at 0-4, 3 at 5-9, 5 from 10. Groups 0-9: 2; 10-14: 5; 15 and over: 5. A group 3-6 holds 2 + 2 years: 2.
    rates = np.array([1.0, 3.0, 5.0])
    assert by_age_group(rates, (0, 5, 10), (0, 10, 15)).tolist() == [2, 5, 5]
    assert by_age_group(rates, (0, 5, 10), (3, 7, 12)).tolist() == [2, 3 * 3 / 5 + 5 * 2 / 5, 5]
    assert by_age_group(rates, (0, 5, 10), (0, 5, 10)).tolist() == [1, 3, 5]
