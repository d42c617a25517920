"""Reading a plain long table: what people write is understood, what cannot be is told at once."""

from __future__ import annotations

import contextlib
import datetime as dt
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from musubime.errors import InputError
from musubime.provenance import Ledger
from musubime.surveys.series import Series, period, read_series, select, year_before

HEAD = "series,key,period,value,unit,source,vintage,base,definition\n"


def _read(folder: Path, rows: str, head: str = HEAD, encoding: str = "utf-8", **more: str) -> tuple[Series, ...]:
    path = folder / "figures.csv"
    path.write_text(head + rows, encoding)
    return read_series(path, **more)  # type: ignore[arg-type]


def _faults(folder: Path, rows: str, head: str = HEAD) -> list[tuple[int | None, str, str]]:
    with pytest.raises(InputError) as caught:
        _read(folder, rows, head)
    return [(fault.row, fault.field, fault.value) for fault in caught.value.faults]


def test_values_are_exact_and_periods_have_one_spelling(tmp_path: Path) -> None:
    rows = ('人口,総数,令和３年,"１，２３４",人,,,,\n' "人口,総数,2019年,1300.50,人,台帳,2020,全住民,1\n"
            "人口,総数,R2,△5,人,,,,\n")
    series = _read(tmp_path, rows, encoding="cp932")
    assert [(p.period, p.value, p.decimals) for p in series[0].points] == [
        ("2019", Fraction(2601, 2), 2), ("2020", -5, 0), ("2021", 1234, 0)]
    assert (series[0].unit, series[0].points[0].source, series[0].points[0].base) == ("人", "台帳", "全住民")
    assert series[0].points[1].source == "figures.csv"  # at least the table that it stands in


def test_japanese_headings_and_a_workbook_that_made_dates_of_months(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.append(["転入超過数（月別）"])
    page.append([])
    page.append(["系列", "項目", "年月", "値", "単位"])
    page.append(["net", "月別", dt.date(2019, 1, 1), 6089, "人"])
    page.append(["net", "月別", "2019年2月", 6921, "人"])
    path = tmp_path / "figures.xlsx"
    book.save(path)
    (series,) = read_series(path)
    assert [(p.period, p.value) for p in series.points] == [("2019-01", 6089), ("2019-02", 6921)]


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    found = _faults(tmp_path, (
        "a,b,2020,約20,人,,,,\n"  # a number with a word
        "a,b,2021,20人以上,人,,,,\n"
        "a,b,2022,-,人,,,,\n"  # a dash may be zero or unknown: not guessed
        "a,,2020,1,人,,,,\n"  # no key
        "a,c,,1,人,,,,\n"  # a value without a period
        "d,e,2020,1,人,,,,\n"
        "d,e,2020,2,人,,,,\n"  # another value for the same period
        "d,e,2021,2,％,,,,\n"  # another unit in one series
    ))
    assert found == [(2, "value", "約20"), (3, "value", "20人以上"), (4, "value", "-"), (5, "key", "1"),
                     (6, "period", "1"), (8, "value", "2"), (9, "unit", "％")]


def test_no_table_at_all(tmp_path: Path) -> None:
    assert _faults(tmp_path, "1,2\n", "a,b\n") == [(None, "", "")]
    assert _faults(tmp_path, "") == [(None, "", "")]


def test_unknown_hidden_and_empty_are_not_zero(tmp_path: Path) -> None:
    path = tmp_path / "figures.csv"
    rows = ("a,b,2019,,人", "a,b,2020,χ,人", "a,b,2021,不明,人", "a,b,,,人", "a,b,2022,0,人")
    path.write_text(HEAD + "\n".join(rows), "utf-8")
    ledger = Ledger()
    (series,) = read_series(path, ledger)
    assert [p.value for p in series.points] == [None, None, None, 0]
    assert {(n.kind, n.count) for n in ledger.notes} == {("missing", 2), ("dropped", 1)}
    assert ledger.sources[0].file == "figures.csv"


def test_the_same_row_twice_is_once(tmp_path: Path) -> None:
    (series,) = _read(tmp_path, "a,b,2020,1,人,,,,\na,b,2020,1,人,,,,\n")
    assert len(series.points) == 1


def test_a_changed_definition_breaks_the_series_and_a_changed_base_is_told(tmp_path: Path) -> None:
    (series,) = _read(tmp_path, "rmo,n,2021,6064,団体,,,1741,v1\nrmo,n,2022,7207,団体,,,1741,v2\n"
                                "rmo,n,2023,7710,団体,,,1718,v2\n")
    assert [(b.before, b.after) for b in series.breaks] == [("2021", "2022")]
    assert "from v1 to v2" in series.breaks[0].why.to("en")
    assert "1741 in 2022, 1718 in 2023" in series.notes[0].to("en")


def test_months_and_years_in_one_series_are_not_joined(tmp_path: Path) -> None:
    (series,) = _read(tmp_path, "a,b,2019,1,人,,,,\na,b,2020-01,1,人,,,,\n")
    assert [(b.before, b.after) for b in series.breaks] == [("2019", "2020-01")]


def test_a_table_of_many_areas_gives_one(tmp_path: Path) -> None:
    head, rows = "series,key,period,value,area\n", "a,b,2020,1,JP\na,b,2020,2,352080\na,b,2020,3,35208\na,b,2021,4,35\n"
    assert [p.value for p in _read(tmp_path, rows, head)[0].points] == [1]
    assert [p.value for p in _read(tmp_path, rows, head, area="35")[0].points] == [4]
    with pytest.raises(InputError):  # 352080 and 35208 are one place: two values for 2020
        _read(tmp_path, rows, head, area="352080")


def test_a_table_without_areas_is_taken_for_the_place_and_that_is_noted(tmp_path: Path) -> None:
    path = tmp_path / "figures.csv"
    path.write_text(HEAD + "a,b,2020,1,人,,,,\n", "utf-8")
    ledger = Ledger()
    read_series(path, ledger, area="352080")
    assert [n.kind for n in ledger.notes] == ["assumption"]
    assert not Ledger().notes


@pytest.mark.parametrize(("words", "label", "kind"), [
    ("2021", "2021", "year"), ("２０２１年", "2021", "year"), ("令和元年", "2019", "year"),
    ("R3年度", "FY2021", "fiscal"),
    ("平成31年4月", "2019-04", "month"), ("2021/4", "2021-04", "month"), ("202104", "2021-04", "month"),
    ("2021-04-01", "2021-04", "month"), ("2021-03-31", "2021-03-31", "day"), ("2019 (R1)", "2019 (R1)", "year"),
    ("2021->2024", "2021->2024", "other"), ("第4回調査", "第4回調査", "other"), ("2021年13月", "2021年13月", "other"),
])
def test_periods(words: str, label: str, kind: str) -> None:
    assert period(words)[:2] == (label, kind)


def test_a_year_before() -> None:
    assert [year_before(p) for p in ("2022-02", "FY2022", "2022", "2015 (H27)", "第4回調査")] == [
        "2021-02", "FY2021", "2021", None, None]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=120))
def test_no_words_make_it_fall_over(tmp_path: Path, words: str) -> None:
    path = tmp_path / "figures.csv"
    path.write_text(HEAD + words, "utf-8")
    with contextlib.suppress(InputError):
        for series in read_series(path):
            assert select((series,), series.id, series.key) is series


def test_the_same_heading_twice_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("series,key,period,value,value\na,b,2021,1,2\n", "utf-8")
    with pytest.raises(InputError) as caught:
        read_series(tmp_path / "t.csv")
    assert [fault.field for fault in caught.value.faults] == ["value"]
