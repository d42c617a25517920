"""Cells: numbers with Japanese signs, dates with eras, coordinates, weekdays, names; and what must always hold."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musubime.opendata._ages import OPEN, AgeHeading, age_heading
from musubime.opendata._cells import building_name, core_address, core_name, days_per_week, degrees, in_japan
from musubime.tabular import dates, number, plain, squeezed, years


@pytest.mark.parametrize(
    ("cell", "value", "state"),
    [
        ("1024", 1024, "number"),
        ("1,024", 1024, "number"),
        ("１，０２４", 1024, "number"),
        ("2752.00", 2752, "number"),
        ("△ 97", -97, "number"),
        ("▲97", -97, "number"),
        ("△1,139", -1139, "number"),
        ("−5", -5, "number"),
        ("－５", -5, "number"),
        ("12人", 12, "number"),
        (" 7 ", 7, "number"),
        ("-", 0, "none"),
        ("－", 0, "none"),
    ],
)
def test_numbers_as_town_halls_write_them(cell: str, value: float, state: str) -> None:
    assert number(cell) == (value, state)


@pytest.mark.parametrize(
    ("cell", "state"),
    [
        ("", "empty"),
        ("　", "empty"),
        ("…", "unknown"),
        ("不詳", "unknown"),
        ("***", "unknown"),
        ("x", "hidden"),
        ("X", "hidden"),
        ("χ", "hidden"),
        ("Ｘ", "hidden"),
        ("秘匿", "hidden"),
        ("八十", "bad"),
        ("1e400", "bad"),
        ("12-3", "bad"),
        ("99999999999999999999", "bad"),
        ("²", "number"),
        ("①", "number"),
    ],
)
def test_what_is_no_number_is_told_apart(cell: str, state: str) -> None:
    found = number(cell)
    assert found.state == state
    assert math.isnan(found.value) == (state != "number")


@settings(deadline=None)
@given(st.integers(-(10**11), 10**11))
def test_a_number_written_in_any_way_is_the_same(value: int) -> None:
    sign = "△ " if value < 0 else ""
    full_width = f"{abs(value):,}".translate(str.maketrans("0123456789,", "０１２３４５６７８９，"))
    for written in (str(value), f"{value:,}", f"{value}.00", sign + str(abs(value)), sign + full_width):
        assert number(written).value == value, written


@settings(deadline=None)
@given(st.text())
def test_no_text_breaks_the_reading_of_cells(cell: str) -> None:
    value, state = number(cell)
    assert math.isfinite(value) == (state in ("number", "none"))
    assert all(1 <= date.month <= 12 or date.month == 0 for date in dates(cell))
    assert all(1900 <= year < 2100 for year in years(cell))
    assert math.isnan(degrees(cell)) or math.isfinite(degrees(cell))
    days = days_per_week(cell)
    assert math.isnan(days) or 1 <= days <= 7
    assert core_name(cell) or not squeezed(cell)
    core_address(cell)
    building_name(cell)
    age_heading(cell)
    assert squeezed(plain(cell)) == squeezed(cell)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("2024-04-01", ["2024-04-01"]),
        ("2025/4/1", ["2025-04-01"]),
        ("2021.1.1", ["2021-01-01"]),
        ("平成１２年１０月１日現在", ["2000-10-01"]),
        ("令和6年12月　現在", ["2024-12"]),
        ("集計基準日：令和元年6月30日", ["2019-06-30"]),
        ("_20240401", ["2024-04-01"]),
        ("352161_population_20250430.csv", ["2025-04-30"]),
        ("_202009.csv", ["2020-09"]),
        ("reiwa6nen_simati", ["2024-00"]),
        ("R5.4.1", ["2023-04-01"]),
        ("平成25年01月", ["2013-01"]),
        ("2020年10月", ["2020-10"]),
        ("352080", []),
        ("11.5630", []),
        ("2024/13/1", []),
        ("電話0827-29-5000", []),
    ],
)
def test_dates(words: str, found: list[str]) -> None:
    assert [str(date) for date in dates(words)] == found


def test_coordinates_in_degrees_minutes_and_seconds() -> None:
    # 34° 25' 28" = 34 + 25/60 + 28/3600 = 34.42444...; the same in other marks, and one with a mistyped minute mark
    for written in ("34°25’28”", "34度25分28秒", "３４°２５′２８″", "北緯34°25'28\"", "34°25”28”"):
        assert degrees(written) == pytest.approx(34 + 25 / 60 + 28 / 3600), written
    assert math.isnan(degrees("34°75’28”"))  # 75 minutes do not exist
    assert math.isnan(degrees("山口県"))
    assert degrees("132.1856964") == 132.1856964


@settings(deadline=None)
@given(st.floats(20, 46), st.floats(122, 154))
def test_swapped_coordinates_can_be_told_within_japan(lat: float, lon: float) -> None:
    assert in_japan(lon, lat)
    assert not in_japan(lat, lon)


@pytest.mark.parametrize(
    ("cell", "days"),
    [
        ("月火水木金", 5),
        ("月・火・水・木・金・土", 6),
        ("月～金", 5),
        ("月曜日から金曜日", 5),
        ("土～月", 3),
        ("年中無休", 7),
        ("水", 1),
        ("火水木金土日", 6),
        ("月、水、金", 3),
    ],
)
def test_days_of_the_week(cell: str, days: float) -> None:
    assert days_per_week(cell) == days


@pytest.mark.parametrize(
    "cell", ["", "第2・4火", "休日、平日夜間", "定休日(毎月第2水曜日)を除いた日", "　　　", "隔週月"]
)
def test_days_that_cannot_be_counted_are_not_known(cell: str) -> None:
    assert math.isnan(days_per_week(cell))


def test_names_that_mean_one_place() -> None:
    assert core_name("岩国市立　玖珂小学校") == core_name("玖珂小学校") == "玖珂小学校"
    assert core_name("独立行政法人　国立病院機構　岩国医療センター") == "岩国医療センター"
    assert building_name("仁保小学校体育館") == building_name("山口市立仁保小学校") == "仁保小学校"
    assert building_name("柳東小学校（体育館）") == "柳東小学校"
    assert building_name("豊北体育館") == "豊北体育館"  # a gymnasium of its own
    assert core_address("山口県岩国市錦町広瀬1125番地") == core_address("岩国市錦町広瀬1125")


@pytest.mark.parametrize(
    ("heading", "found"),
    [
        ("0-4歳の男性", AgeHeading("age", "male", 0, 4)),
        ("85歳以上の女性", AgeHeading("age", "female", 85, OPEN)),
        ("85歳の男性以上", AgeHeading("age", "male", 85, OPEN)),
        ("０－４歳【人】", AgeHeading("age", "", 0, 4)),
        ("01_0～4歳", AgeHeading("age", "", 0, 4)),
        ("0～ 4歳", AgeHeading("age", "", 0, 4)),
        ("１００歳以上【人】", AgeHeading("age", "", 100, OPEN)),
        ("総数【人】", AgeHeading("total", "")),
        ("年齢「不詳」", AgeHeading("unknown", "")),
        ("男性", AgeHeading("total", "male")),
        ("総人口", AgeHeading("total", "")),
        ("R3_（再掲）65歳以上", None),
        ("世帯数", None),
        ("地域名", None),
        ("備考", None),
        ("10-5歳", None),
    ],
)
def test_headings_of_age_groups_in_all_tables(heading: str, found: AgeHeading | None) -> None:
    assert age_heading(heading) == found
