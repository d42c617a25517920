"""Births and deaths: yearly lists by name, monthly workbooks, months that link to one another."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from table_probes import noted, probe, read, recognised_by, written

from musubime.errors import InputError
from musubime.opendata import codes, vital
from musubime.opendata.model import CodePiece, MonthlyVitalPiece, VitalPiece
from musubime.provenance import Ledger


def _record(area: str, **changed: object) -> dict[str, object]:
    return {
        "fiscal_year": 2025,
        "prefecture": "山口県",
        "area": area,
        "source": "x",
        "total_population": 100,
        "births": 1,
        "deaths": 2,
    } | changed


def test_a_yearly_list_leaves_out_prefectures_and_counties(tmp_path: Path) -> None:
    records = [
        _record("山口県-"),
        _record("山口県熊毛郡"),
        _record("山口県岩国市"),
        _record("山口県熊毛郡平生町", births=None),
    ]
    found = written(tmp_path, "x.json", json.dumps(records, ensure_ascii=False))
    assert recognised_by(found) == ["vital"]
    (piece,), ledger = read(vital, found)
    assert isinstance(piece, VitalPiece)
    assert piece.names == ("山口県岩国市", "山口県熊毛郡平生町")
    assert piece.years == (2024, 2024)  # the survey of 2025: people on its 1 January, events of 2024
    assert piece.births.tolist()[0] == 1
    assert np.isnan(piece.births[1])
    assert sum(noted(ledger, "dropped").values()) == 2
    assert sum(noted(ledger, "missing").values()) == 1


@pytest.mark.parametrize("changed", [{"births": -1}, {"births": "many"}, {"fiscal_year": "x"}, {"births": [1]}])
def test_faulty_records_are_named(changed: dict[str, object], tmp_path: Path) -> None:
    found = written(tmp_path, "x.json", json.dumps([_record("a市"), _record("b市", **changed)]))
    with pytest.raises(InputError) as caught:
        vital.read(found, Ledger())
    assert [(fault.file, fault.row) for fault in caught.value.faults] == [("x.json", 2)]


def _months(first: int, changes: list[float], start: float = 1000.0, code: str = "352080") -> MonthlyVitalPiece:
    people = np.cumsum([start, *changes])[1:]
    dates = tuple(((first + i) // 12, (first + i) % 12 + 1) for i in range(len(changes)))
    n = len(changes)
    return MonthlyVitalPiece("m", (code,) * n, dates, people, np.ones(n), np.full(n, 2.0), np.array(changes))


def test_twelve_months_make_a_year() -> None:
    # 2023-03 to 2025-02: of the three years only 2024 is whole; 12 births, 24 deaths, people at the end of December
    ledger = Ledger()
    (piece,) = vital.join_months([_months(2023 * 12 + 2, [-1.0] * 24)], ledger)
    assert (piece.codes, piece.years) == (("352080",), (2024,))
    assert (piece.births[0], piece.deaths[0]) == (12, 24)
    assert piece.people[0] == 1000 - 22  # December 2024 is the 22nd month
    assert sum(noted(ledger, "dropped").values()) == 2
    assert not noted(ledger, "repair")


@settings(deadline=None)
@given(st.lists(st.integers(-400, 400), min_size=14, max_size=30), st.integers(0, 12), st.integers(1, 5))
def test_a_wrong_year_is_put_right_by_the_chain(changes: list[int], at: int, wrong: int) -> None:
    # populations of months that differ: each links to one other only, so a mistyped year shows
    steps = [float(change) + 0.5 + i / 64 for i, change in enumerate(changes)]
    whole = _months(2022 * 12, steps)
    typed = list(whole.months)
    for i in range(at, min(at + wrong, len(typed) // 2 - 1 + at, len(typed))):
        typed[i] = (typed[i][0] - 1, typed[i][1])
    if sum(a != b for a, b in zip(typed, whole.months, strict=True)) * 2 >= len(typed):
        return
    mistyped = MonthlyVitalPiece("m", whole.codes, tuple(typed), whole.people, whole.births, whole.deaths, whole.change)
    (right,), (mended,) = vital.join_months([whole], Ledger()), vital.join_months([mistyped], Ledger())
    assert right.years == mended.years
    assert right.people.tolist() == mended.people.tolist()


def test_months_of_two_places_do_not_mix() -> None:
    first, second = _months(2023 * 12, [1.0] * 12), _months(2023 * 12, [1.0] * 12, start=1012, code="352136")
    ledger = Ledger()
    (piece,) = vital.join_months([first, second], ledger)
    assert piece.codes == ("352080", "352136")
    assert piece.people.tolist() == [1012, 1024]
    assert not ledger.notes


NATION = [  # survey year, rows, people, births, deaths: published by the ministry for all Japan
    (2021, 2271, 126_654_244, 861_844, 1_381_568),
    (2022, 2271, 125_927_902, 830_322, 1_449_820),
    (2023, 2271, 125_416_877, 788_650, 1_573_901),
    (2024, 2267, 124_885_175, 748_912, 1_588_433),
    (2025, 2267, 124_330_690, 710_427, 1_608_923),
]


@pytest.mark.shared
@pytest.mark.parametrize(("year", "rows", "people", "births", "deaths"), NATION)
def test_national_lists(year: int, rows: int, people: int, births: int, deaths: int, shared: Path) -> None:
    found = probe(shared / f"population_national/FY{year}-population_dynamics_municipal.json")
    assert recognised_by(found) == ["vital"]
    (piece,), ledger = read(vital, found)
    assert isinstance(piece, VitalPiece)
    assert ledger.sources[0].rows == rows
    assert set(piece.years) == {year - 1}
    # wards are parts of their cities (浜松市中央区, in one year with a remark); the rest adds up but for 東京都島しょ
    wards = np.array(["市" in name[2:] and name.split("(")[0].endswith("区") for name in piece.names])
    records = json.loads(found.path.read_text("utf-8"))
    (islands,) = (record for record in records if record["area"] == "東京都島しょ")
    assert islands["total_population"] > 20_000  # a sum of towns that are listed too
    assert np.nansum(piece.people[~wards]) == people
    assert np.nansum(piece.births[~wards]) == births
    assert np.nansum(piece.deaths[~wards]) == deaths


@pytest.mark.shared
def test_codes_are_looked_up_by_prefecture_and_name(shared: Path) -> None:
    (listed,), _ = read(codes, probe(shared / "codes/code-to-city.json"))
    (piece,), _ = read(vital, probe(shared / "population_national/FY2025-population_dynamics_municipal.json"))
    assert isinstance(listed, CodePiece)
    assert isinstance(piece, VitalPiece)
    ledger = Ledger()
    coded = codes.fill_codes(piece, [listed], ledger)
    of = {code: (p, b, d) for code, p, b, d in zip(coded.codes, coded.people, coded.births, coded.deaths, strict=True)}
    assert of["352080"] == (124_568, 669, 2240)
    assert of["174637"] == (14_331, 34, 410)  # printed as 石川県鳳珠郡能登町
    assert len(set(coded.codes)) == len(coded.codes) == 1911
    # 泊村 is two places in Hokkaido, and nobody lives in one of them
    assert [note.examples for note in ledger.notes] == [("北海道古宇郡泊村",)]


@pytest.mark.shared
def test_monthly_workbook_of_the_prefecture(shared: Path) -> None:
    name = "zinkoudoutai_suikeizinkou_getuzi_simati_kennkei_danzyobetu.xlsx"
    found = probe(shared / "population_yamaguchi" / name)
    assert recognised_by(found) == ["vital"]
    (piece,), ledger = read(vital, found)
    assert isinstance(piece, MonthlyVitalPiece)
    assert len(piece.codes) == 148 * 19  # January 2013 to April 2025, nineteen towns
    assert len(piece.codes) + sum(noted(ledger, "dropped").values()) == 9768  # every row of the sheet is accounted for
    (years,) = vital.join_months([piece], ledger)
    assert sorted(set(years.years)) == list(range(2013, 2025))
    at = next(i for i, key in enumerate(zip(years.codes, years.years, strict=True)) if key == ("352080", 2024))
    assert (years.births[at], years.deaths[at]) == (669, 2225)  # births as in the national list of 2025


@pytest.mark.shared
def test_monthly_files_of_iwakuni(shared: Path) -> None:
    files = sorted((shared / "small_area/iwakuni_352080").glob("*movement*.csv"))
    assert len(files) == 26
    pieces, ledger = [], Ledger()
    for file in files:
        found = probe(file)
        assert recognised_by(found) == ["vital"]
        pieces += vital.read(found, ledger)
    months = [piece.months[0] for piece in pieces if isinstance(piece, MonthlyVitalPiece)]
    assert months[0] == (2023, 4)  # published on 2023-05-08
    assert months.count((2023, 4)) == 2  # the file of April 2024 says 2023/5/5
    assert pieces[0].change[0] == 125
    assert pieces[-1].change[0] == -139  # △ 139
    (year,) = vital.join_months(pieces, ledger)
    assert (year.years, year.people[0], year.births[0], year.deaths[0]) == ((2024,), 124_576, 669, 2225)
    assert noted(ledger, "repair") == {"Months were put right by the chain of populations from month to month.": 5}
