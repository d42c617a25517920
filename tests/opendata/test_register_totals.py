"""Register tables of a town: units in blocks side by side, and single ages folded to five years."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from table_probes import noted, probe, read, recognised_by

from musubime.errors import InputError
from musubime.opendata import register_totals
from musubime.opendata.model import AgePiece, CountError, Probe, TotalPiece


def _book(path: Path, sheets: dict[str, list[list[object]]]) -> Probe:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return probe(path)


UNITS = ["行政区", "世帯数", "男", "女", "計"]
SIDE_BY_SIDE: list[list[object]] = [
    ["行政区別人口", None, None, None, None, None, "令和6年6月30日現在"],
    [*UNITS, None, *UNITS],
    ["通１区", 50, 42, 46, 88, None, "滝坂", 35, 34, 38, 72],
    ["通２区", 18, 18, 19, 37, None, "合計", 35, 34, 38, 72],
    ["合計", 68, 60, 65, 125, None, None, None, None, None, None],
    [None, None, None, None, None, None, *UNITS],
    [None, None, None, None, None, None, "総合計", 103, 94, 103, 197],
]


def test_blocks_side_by_side_and_below_each_other(tmp_path: Path) -> None:
    (piece,), ledger = read(register_totals, _book(tmp_path / "units.xlsx", {"全員": SIDE_BY_SIDE}))
    assert isinstance(piece, TotalPiece)
    assert piece.names == ("通1区", "通2区", "滝坂")
    assert piece.people.tolist() == [88, 37, 72]  # 197 in all, as printed at the bottom right
    assert (piece.year, piece.month, piece.codes) == (2024, 6, ("", "", ""))
    assert noted(ledger, "dropped") == {"Rows that only sum up the others were left out.": 3}
    assert not noted(ledger, "assumption")


def test_sums_that_disagree_are_faults(tmp_path: Path) -> None:
    rows = [list(row) for row in SIDE_BY_SIDE]
    rows[2][3] = 47  # one woman more than the printed 88, and than the total of women
    rows[6][10] = 200
    with pytest.raises(CountError) as caught:
        read(register_totals, _book(tmp_path / "units.xlsx", {"全員": rows}))
    assert [(fault.row, fault.field, fault.value) for fault in caught.value.faults] == [
        (3, "通1区", "88"), (7, "総合計", "200")]
    assert "197" in str(caught.value.faults[1].what)


def _ages(japanese: bool = False) -> list[list[object]]:
    title = "長門市年齢別人口（日本人）" if japanese else "長門市年齢別人口"
    rows: list[list[object]] = [["年齢", "男人数", "女人数", "計", None, title], [0, 1, 2, 3, None, "令和6年6月30日"]]
    rows += [[age, 1, 2, 3] for age in range(1, 104)]
    return [*rows, ["104以上", 1, 2, 3], ["計", 105, 210, 315]]


def test_mistakes_in_single_ages_have_their_rows(tmp_path: Path) -> None:
    rows = _ages()
    rows[21][0], rows[31][1] = "二十", ""  # ages 20 and 30 stand in rows 22 and 32
    with pytest.raises(CountError) as caught:
        read(register_totals, _book(tmp_path / "352110_age.xlsx", {"全員": rows}))
    assert [(f.row, f.field, f.value) for f in caught.value.faults] == [(22, "年齢", "二十")]
    rows[21][0] = 20
    rows[41][1] = 9  # ten less one more man than the printed 105
    with pytest.raises(CountError) as caught:
        read(register_totals, _book(tmp_path / "352110_again.xlsx", {"全員": rows}))
    assert (32, "男", "") in [(f.row, f.field, f.value) for f in caught.value.faults]


def test_single_ages_are_folded_to_five_years(tmp_path: Path) -> None:
    found = _book(tmp_path / "352110_age.xlsx", {"日本人": _ages(japanese=True), "日本人＋外国人": _ages()})
    (piece,), ledger = read(register_totals, found)
    assert isinstance(piece, AgePiece)
    assert piece.age_from == tuple(range(0, 101, 5))
    # five ages of one man and two women each; 100, 101, 102, 103 and 104 and over make the last group
    assert piece.people.tolist() == [[[5] * 21, [10] * 21]]
    assert (piece.level, piece.codes, piece.names) == ("municipality", ("352110",), ("長門市",))
    assert noted(ledger, "assumption") == {"The municipality 352110 was taken from the file's name.": 1}
    assert [note.examples for note in ledger.of_kind("dropped")] == [("日本人",)]


def test_a_missing_age_is_a_fault(tmp_path: Path) -> None:
    rows = _ages()
    del rows[40]
    with pytest.raises(InputError, match="do not run from 0"):
        read(register_totals, _book(tmp_path / "ages.xlsx", {"x": rows}))


@pytest.mark.shared
def test_nagato_by_unit(shared: Path) -> None:
    found = probe(shared / "small_area/nagato_352110/352110_ad_population_202406.xlsx")
    assert recognised_by(found) == ["register_totals"]
    (piece,), ledger = read(register_totals, found)
    assert isinstance(piece, TotalPiece)
    # the printed grand total: 15,478 households, 14,187 men, 16,335 women, 30,522 people
    sums = [piece.households.sum(), piece.male.sum(), piece.female.sum(), piece.people.sum()]
    assert sums == [15_478, 14_187, 16_335, 30_522]
    assert len(piece.names) == 232
    assert (piece.year, piece.month, set(piece.codes)) == (2024, 6, {"352110"})
    assert "assumption" in {note.kind for note in ledger.notes}  # whose table it is stands in the file's name only


@pytest.mark.shared
def test_nagato_by_single_age(shared: Path) -> None:
    found = probe(shared / "small_area/nagato_352110/352110_age_population_202406.xlsx")
    assert recognised_by(found) == ["register_totals"]
    (piece,), _ = read(register_totals, found)
    assert isinstance(piece, AgePiece)
    assert piece.people.sum(axis=(0, 2)).tolist() == [14_187, 16_335]
    assert piece.people[0, 0, 0] == 53 + 63 + 55 + 50 + 72  # boys of 0 to 4 in the file
    old = piece.people[0, :, list(piece.age_from).index(65) :].sum()
    assert old == 13_772  # printed beside the table as ６５歳以上
