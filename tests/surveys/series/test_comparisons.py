"""Differences and percentages are taken only where they mean something."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musubime.language import verbatim
from musubime.surveys.series import (
    Break,
    Point,
    Series,
    against,
    compare,
    compare_years_before,
    difference_of,
    latest_months,
    months_table,
    periods_table,
    share_of,
    sums_of_months,
    unbroken,
)


def _series(values: dict[str, int | None], breaks: tuple[Break, ...] = (), unit: str = "人") -> Series:
    return Series("a", "b", unit, tuple(Point(p, v) for p, v in values.items()), breaks)


CUT = Break("2021", "2022", verbatim("the list of answers changed"))


def test_a_difference_and_a_percentage() -> None:
    found = compare(_series({"2019": 13010, "2022": 5699}), "2022", "2019")
    assert (found.difference, found.rate) == (-7311, Fraction(-7311, 13010))


@pytest.mark.parametrize("base", [0, -1, -2927])
def test_no_percentage_from_zero_or_less(base: int) -> None:
    found = compare(_series({"2021": base, "2022": 742}), "2022", "2021")
    assert found.difference == 742 - base
    assert found.rate is None
    assert "zero or negative" in found.why.to("en")  # type: ignore[union-attr]


def test_nothing_across_a_break() -> None:
    series = _series({"2020": 1, "2021": 2, "2022": 30, "2023": 33}, (CUT,))
    assert compare(series, "2022", "2021").difference is None
    assert compare(series, "2023", "2020").why == CUT.why
    assert compare(series, "2023", "2022").difference == 3
    assert compare(series, "2021", "2020").difference == 1
    assert [[p.period for p in stretch] for stretch in unbroken(series)] == [["2020", "2021"], ["2022", "2023"]]
    table = periods_table(series, verbatim("t"))
    assert [table.printed(row.id, "difference") for row in table.rows] == ["", "+1", "", "+3"]
    assert any("not compared" in note.to("en") for note in table.notes)


def test_what_is_missing_is_said() -> None:
    series = _series({"2020": 1, "2021": None})
    assert "no value for 2021" in compare(series, "2021", "2020").why.to("en")  # type: ignore[union-attr]
    assert "no value for 2019" in compare(series, "2020", "2019").why.to("en")  # type: ignore[union-attr]
    assert compare_years_before(series, "2020").against == "2019"


TOKYO_AREA = (1432, 2138, 57419, 15071, 3871, 3136, -2062, 349, 99, 509, -260, -1261)
MONTHS = {f"2021-{m:02}": v for m, v in enumerate(TOKYO_AREA, 1)}


def test_a_year_is_the_sum_of_its_twelve_months_or_nothing() -> None:
    series = _series(MONTHS | {"2022-01": 2784, "2022-02": 2915})
    sums = sums_of_months(series)
    assert sums.value("2021") == 80_441  # the deck prints 8.0万
    assert sums.value("2022") is None
    assert latest_months(series) == (1, 2)
    first = sums_of_months(series, (1, 2))
    assert (first.value("2021"), first.value("2022")) == (3570, 5699)
    table = months_table(series, verbatim("t"))
    assert table.printed("2021", "year") == "80,441"
    assert table.printed("2022", "year") == ""
    assert "twelve months" in table.blanks["2022", "year"].to("en")


def test_a_sum_across_a_changed_definition_is_none() -> None:
    points = tuple(Point(p, v, definition="1" if p < "2021-06" else "2") for p, v in MONTHS.items())
    series = Series("a", "b", "人", points, (Break("2021-05", "2021-06", verbatim("changed")),))
    assert sums_of_months(series).value("2021") is None
    assert sums_of_months(series, (1, 2)).value("2021") == 3570


@given(st.lists(st.integers(-10**6, 10**6), min_size=24, max_size=24), st.integers(1, 12))
def test_sums_of_months_add_up(values: list[int], upto: int) -> None:
    series = _series({f"{2020 + n // 12}-{n % 12 + 1:02}": v for n, v in enumerate(values)})
    sums = sums_of_months(series, tuple(range(1, upto + 1)))
    assert [p.value for p in sums.points] == [sum(values[:upto]), sum(values[12:12 + upto])]


def test_shares_and_net_flows_of_two_series() -> None:
    aged, everybody = _series({"2019": 3589}), _series({"2019": 12617, "2020": 12615})
    assert share_of("p", "ageing", aged, everybody).value("2019") == Fraction(3589, 12617)
    net = difference_of("net", "x", _series({"2021": 46186, "2022": 49109}), _series({"2022": 43410}))
    assert (net.value("2021"), net.value("2022")) == (None, 5699)  # not known is not zero


def test_what_a_year_is_compared_with() -> None:
    assert against("2022", "2019") == ("2021", "2019")
    assert against("2020", "2019") == ("2019",)
