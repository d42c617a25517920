"""The rule of the light, case by case, and what must always hold of it."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musubime.surveys.indicators import Target
from musubime.surveys.indicators.pace import Judgement, judge

HUBS = ((2018, 1069), (2019, 1181), (2020, 1267), (2021, 1408))
RMOS = ((2017, 4177), (2018, 4787), (2019, 5236), (2020, 5783), (2021, 6064))


def _judge(history: object, value: int | Fraction | None, year: int = 2024, rising: bool = True) -> Judgement:
    target = None if value is None else Target(value, year, "2022", "test")
    return judge(history, target, rising=rising, share=False, decimals=0, pace_years=3, amber_years=2)  # type: ignore[arg-type]


def test_hubs_of_2021_need_130_a_year_and_made_113() -> None:
    found = _judge(HUBS, 1800)
    assert (found.gap, found.needed_per_year) == (392, Fraction(392, 3))
    assert (found.pace_per_year, found.pace_years) == (113, 3)  # (1408 - 1069) / 3
    assert found.expected == 1408 + 3 * 113
    # 1408 + 3 * 113 = 1747 in 2024, 1860 in 2025: a year late, so amber.
    assert (found.reached_in, found.light) == (2025, "amber")
    assert "+113 a year over the last 3 years, +131 a year needed" in found.why.to("en")


def test_from_2022_on_145_a_year_were_needed() -> None:
    found = _judge((*HUBS, (2022, 1510)), 1800)
    assert found.needed_per_year == 145


def test_rmos_were_on_their_way() -> None:
    found = _judge(RMOS, 7000)
    assert (found.pace_per_year, found.needed_per_year) == (Fraction(6064 - 4787, 3), 312)
    assert (found.reached_in, found.light) == (2024, "green")


@pytest.mark.parametrize(("history", "target", "rising", "light"), [
    (HUBS, 1747, True, "green"),  # reached exactly in its year
    (HUBS, 1748, True, "amber"),  # one more: 2025
    (HUBS, 1860, True, "amber"), (HUBS, 1973, True, "amber"),  # 2025, 2026: two years late at most
    (HUBS, 1974, True, "red"),  # 2027
    (HUBS, 1408, True, "green"), (HUBS, 1000, True, "green"),  # reached already
    (((2018, 100), (2021, 100)), 101, True, "red"),  # it does not move
    (((2018, 100), (2021, 90)), 101, True, "red"),  # it moves away
    (((2018, 100), (2021, 90)), 80, False, "green"),  # falling is better: -10 in three years, 80 in 2024
    (((2018, 100), (2021, 90)), 79, False, "amber"), (((2018, 90), (2021, 100)), 80, False, "red"),
    (((2021, 1408),), 1800, True, "grey"),  # nothing to take a pace from
    ((), 1800, True, "grey"), (HUBS, None, True, "grey"),
    (((2023, 1700), (2024, 1800)), 1800, True, "green"), (((2023, 1700), (2024, 1799)), 1800, True, "red"),
    (((2024, 1799), (2025, 1900)), 1800, True, "red"),  # late is late: the value of the target's year decides
    (((2025, 1900),), 1800, True, "green"),  # no value of that year: the newest after it
])
def test_lights(history: object, target: int | None, rising: bool, light: str) -> None:
    assert _judge(history, target, rising=rising).light == light


def test_a_survey_every_five_years_takes_the_pace_from_the_one_before() -> None:
    found = _judge(((2014, 100), (2019, 110)), 120)
    assert (found.pace_per_year, found.pace_years, found.reached_in) == (2, 5, 2024)


def test_points_of_a_share_are_not_per_cent() -> None:
    target = Target(Fraction(9, 10), 2024, "2022", "test")
    history = ((2020, Fraction(84, 100)), (2021, Fraction(1199, 1408)))
    found = judge(history, target, rising=True, share=True, decimals=1, pace_years=3, amber_years=2)
    assert "points a year over the last year" in found.why.to("en")
    assert "ポイント" in found.why.to("ja")


@settings(deadline=None)
@given(st.lists(st.integers(-1000, 1000), min_size=2, max_size=6), st.integers(-2000, 2000), st.booleans(),
       st.integers(1, 9))
def test_the_year_in_which_it_arrives_is_the_first_that_does(
    values: list[int], target: int, rising: bool, ahead: int
) -> None:
    history = tuple((2010 + n, v) for n, v in enumerate(values))
    year, value = history[-1]
    found = _judge(history, target, year + ahead, rising)
    reached = value >= target if rising else value <= target
    if reached:
        assert found.light == "green"
        return
    assert found.pace_per_year is not None
    # Walked year by year instead of divided.
    arrives = None
    for later in range(1, 3001):
        at = value + found.pace_per_year * later
        if (at >= target) if rising else (at <= target):
            arrives = year + later
            break
        if later > 2 and not ((found.pace_per_year > 0) if rising else (found.pace_per_year < 0)):
            break
    if arrives is not None or found.reached_in is None or found.reached_in <= year + 3000:
        assert found.reached_in == arrives
    if found.light == "green":
        assert found.reached_in is not None
        assert found.reached_in <= year + ahead
        assert (found.expected >= target) if rising else (found.expected <= target)  # type: ignore[operator]
    if found.light == "red":
        assert found.reached_in is None or found.reached_in > year + ahead + 2
    assert found.needed_per_year == Fraction(target - value, ahead)
