"""地域・年齢別人口: made-up tables counted by hand, and every real one against the figures of its publisher."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from table_probes import noted, probe, read, recognised_by, written

from musubime.errors import InputError
from musubime.opendata import recommended_population
from musubime.opendata.model import AgePiece, Probe
from musubime.provenance import Ledger

AGES = [f"{low}-{low + 4}歳" for low in range(0, 85, 5)] + ["85歳以上"]
HEADING = [
    "市区町村コード",
    "地域コード",
    "都道府県名",
    "市区町村名",
    "調査年月日",
    "地域名",
    "総人口",
    "男性",
    "女性",
    *(f"{age}の{sex}" for age in AGES for sex in ("男性", "女性")),
    "世帯数",
]


def _row(
    code: str, date: str, area: str, men: list[object], women: list[object], total: object = "", **more: str
) -> str:
    ages = [str(value) for pair in zip(men, women, strict=True) for value in pair]
    sums = [more.get("all_men", ""), more.get("all_women", "")]
    return ",".join([code, "", "山口県", "岩国市", date, area, str(total), *sums, *ages, more.get("households", "9")])


def _table(tmp_path: Path, *rows: str, name: str = "population.csv", heading: list[str] = HEADING) -> Probe:
    return written(tmp_path, name, "\n".join([",".join(heading), *rows]) + "\n")


def _read(found: Probe) -> tuple[AgePiece, Ledger]:
    pieces, ledger = read(recommended_population, found)
    (piece,) = pieces
    assert isinstance(piece, AgePiece)
    return piece, ledger


def test_a_small_table_counted_by_hand(tmp_path: Path) -> None:
    # 18 men of each age group in 本郷 (18 × 1 = 18) and 2 women of each (36); 錦: full-width and comma'd 1,000 men
    # aged 85 and over, nobody else.
    found = _table(
        tmp_path,
        _row("35208", "2024/4/1", "本郷", [1] * 18, [2] * 18),
        _row("352080", "2024/4/1", "錦", [0] * 17 + ['"１,０００"'], ["-"] * 18, households="600"),
    )
    assert recognised_by(found) == ["recommended_population"]
    piece, ledger = _read(found)
    assert (piece.level, piece.codes, piece.names) == ("district", ("352080", "352080"), ("本郷", "錦"))
    assert (piece.year, piece.month, piece.age_from[-1]) == (2024, 4, 85)
    assert piece.people.sum(axis=2).tolist() == [[18, 36], [1000, 0]]
    assert piece.households.tolist() == [9, 600]
    assert not ledger.notes
    assert ledger.sources[0].vintage == "2024-04"


def test_suppressed_figures_are_unknown_and_flagged(tmp_path: Path) -> None:
    piece, ledger = _read(_table(tmp_path, _row("35208", "2024/4/1", "本郷", ["χ", *[1] * 17], ["x", *[1] * 17])))
    assert np.isnan(piece.people[0, :, 0]).all()
    assert piece.people[0, :, 1:].sum() == 34
    assert noted(ledger, "missing")["Suppressed figures (秘匿) are kept as not known."] == 2


def test_empty_cells_are_nobody_only_if_the_printed_total_says_so(tmp_path: Path) -> None:
    men, women = ["", *[2] * 17], [1] * 18
    piece, ledger = _read(
        _table(tmp_path, _row("35208", "2024/4/1", "a", men, women, 52, all_men="34", all_women="18"))
    )
    assert piece.people[0, 0, 0] == 0  # 17 × 2 = 34, as printed
    assert sum(noted(ledger, "assumption").values()) == 1
    with pytest.raises(InputError, match="row 2, 0-4歳の男性: The cell is empty"):  # one man is somewhere
        _read(_table(tmp_path, _row("35208", "2024/4/1", "a", men, women, 53, all_men="35", all_women="18")))
    piece, _ = _read(_table(tmp_path, _row("35208", "2024/4/1", "a", men, women, 52)))  # 34 men and 18 women
    assert piece.people[0, 0, 0] == 0


def test_unknown_ages_are_spread_in_proportion_and_counted(tmp_path: Path) -> None:
    heading = [*HEADING, "年齢不詳の男性", "年齢不詳の女性"]
    row = _row("35208", "2024/4/1", "a", [10] * 18, [0] * 18) + ",18,3"
    piece, ledger = _read(_table(tmp_path, row, heading=heading))
    assert piece.people[0, 0].tolist() == pytest.approx([11] * 18)  # 180 men and 18 of unknown age: 10 × 198/180
    assert piece.people[0, 1].sum() == 0  # three women of whom no age is known
    notes = noted(ledger, "assumption") | noted(ledger, "dropped")
    assert notes["People of unknown age were spread over the ages in proportion, by unit and sex."] == 18
    assert notes["People of unknown age in units without any known age were left out."] == 3


def test_a_total_that_does_not_add_up_is_a_fault(tmp_path: Path) -> None:
    row = _row("35208", "2024/4/1", "a", [1] * 18, [1] * 18, 38, all_men="19", all_women="18")
    with pytest.raises(InputError) as caught:
        _read(_table(tmp_path, row))
    assert [(f.row, f.field, f.value) for f in caught.value.faults] == [(2, "男性", "19"), (2, "総人口", "38")]


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    found = _table(
        tmp_path,
        _row("352081", "", "a", [-1, *[1] * 17], [1] * 18),
        _row("999", "", "b", ["多数", *[1] * 17], [1] * 18),
    )
    with pytest.raises(InputError) as caught:
        recommended_population.read(found, Ledger())
    places = {(fault.row, fault.field, fault.value) for fault in caught.value.faults}
    # two codes, a negative number, a word, and no date anywhere
    assert places == {
        (2, "市区町村コード", "352081"),
        (3, "市区町村コード", "999"),
        (2, "0-4歳の男性", "-1"),
        (3, "0-4歳の男性", "多数"),
        (None, "調査年月日", ""),
    }


def test_age_groups_with_a_gap_are_refused(tmp_path: Path) -> None:
    heading = [cell for cell in HEADING if not cell.startswith("20-24")]
    cells = _row("35208", "2024/4/1", "a", [1] * 18, [1] * 18).split(",")
    row = ",".join(cell for cell, name in zip(cells, HEADING, strict=True) if not name.startswith("20-24"))
    with pytest.raises(InputError, match="do not follow one another"):
        recommended_population.read(_table(tmp_path, row, heading=heading), Ledger())


def test_a_total_row_is_left_out_and_compared(tmp_path: Path) -> None:
    rows = [
        _row("35208", "2024/4/1", "a", [1] * 18, [1] * 18),
        _row("", "", "b", [1] * 18, [1] * 18),
    ]
    piece, ledger = _read(_table(tmp_path, *rows, _row("", "", "計", [2] * 18, [2] * 18)))
    assert piece.names == ("a", "b")
    assert piece.codes == ("352080", "352080")
    assert noted(ledger, "dropped")["Rows that only sum up the others were left out."] == 1
    with pytest.raises(InputError) as caught:
        _read(_table(tmp_path, *rows, _row("", "", "計", [2] * 18, [*[2] * 17, 3])))
    assert [(f.row, f.field, f.value) for f in caught.value.faults] == [(4, "85歳以上の女性", "3")]


def test_the_date_of_the_file_name_is_the_last_resort(tmp_path: Path) -> None:
    row = _row("35208", "", "a", [1] * 18, [1] * 18)
    piece, ledger = _read(_table(tmp_path, row, name="352080_population_20230930.csv"))
    assert (piece.year, piece.month) == (2023, 9)
    assert noted(ledger, "assumption") == {"The survey date 2023-09-30 was taken from the file's name.": 1}
    dated = _row("35208", "2024-04-01", "a", [1] * 18, [1] * 18)
    piece, ledger = _read(_table(tmp_path, dated, name="352080_population_20230930.csv"))
    assert (piece.year, piece.month) == (2024, 4)
    assert not ledger.notes


# file, units, people, households, year, month
REAL = [
    ("small_area/iwakuni_352080/352080_population_20190401.csv", 22, 134_197, 65_649, 2019, 4),
    ("small_area/iwakuni_352080/352080_population_20200401.csv", 22, 132_585, 65_438, 2020, 4),
    ("small_area/iwakuni_352080/352080_population_20210401.csv", 22, 131_081, 65_466, 2021, 4),
    ("small_area/iwakuni_352080/352080_population_20220401.csv", 22, 129_081, 65_109, 2022, 4),
    ("small_area/iwakuni_352080/352080_population_20230401.csv", 22, 127_543, 65_070, 2023, 4),
    ("small_area/iwakuni_352080/09_352080_population_20240401.csv_2534_marked.csv", 22, 125_628, 64_790, 2024, 4),
    ("small_area/iwakuni_352080/09_352080_population_20240401.csv_2534_marked.xlsx", 22, 125_628, 64_790, 2024, 4),
    ("small_area/hofu_352063/04_352063_population.csv", 16, 112_279, 56_974, 2025, 4),
    ("small_area/mine_352136/_202009.csv", 8, 23_455, 10_907, 2020, 9),
    ("small_area/mine_352136/_202109.csv", 8, 22_901, 10_842, 2021, 9),
    ("small_area/mine_352136/202209.csv", 8, 22_325, 10_780, 2022, 9),
    ("small_area/mine_352136/202309.csv", 8, 21_617, 10_594, 2023, 9),
    ("small_area/mine_352136/202409.csv", 8, 20_992, 10_458, 2024, 9),
    ("small_area/sanyo-onoda_352161/352161_population_20201231.csv", 12, 61_565, 28_969, 2020, 12),
    ("small_area/sanyo-onoda_352161/352161_population_20210430.csv", 12, 61_241, 29_066, 2021, 4),
    ("small_area/sanyo-onoda_352161/352161_population_20220430.csv", 11, 60_540, 28_982, 2022, 4),
    ("small_area/sanyo-onoda_352161/352161_population_20230430.csv", 11, 59_920, 29_124, 2023, 4),
    ("small_area/sanyo-onoda_352161/352161_population_20240430.csv", 11, 59_311, 29_257, 2024, 4),
    ("small_area/sanyo-onoda_352161/352161_population_20250430.csv", 11, 58_511, 29_197, 2025, 4),
    ("small_area/shimonoseki_352012/352012_population_20190930.csv", 592, 261_403, 130_364, 2019, 9),
    ("small_area/shimonoseki_352012/352012_population_20200331.csv", 592, 259_346, 130_077, 2020, 3),
    ("small_area/shimonoseki_352012/352012_population_20200930.csv", 592, 258_240, 130_156, 2020, 9),
    ("small_area/shimonoseki_352012/352012_population_20210331.csv", 592, 256_400, 129_975, 2021, 3),
    ("small_area/shimonoseki_352012/352012_population_20210930.csv", 592, 254_905, 129_626, 2021, 9),
    ("small_area/yanai_352128/11.5630.xlsx", 9, 29_840, 15_319, 2023, 6),
]


@pytest.mark.shared
@pytest.mark.parametrize(("file", "units", "people", "households", "year", "month"), REAL, ids=[r[0] for r in REAL])
def test_real_tables(file: str, units: int, people: int, households: int, year: int, month: int, shared: Path) -> None:
    found = probe(shared / file)
    assert recognised_by(found) == ["recommended_population"]
    piece, _ = _read(found)
    assert piece.level == "district"
    assert (len(piece.names), piece.people.sum(), piece.households.sum()) == (units, people, households)
    assert (piece.year, piece.month) == (year, month)
    assert set(piece.codes) == {file.split("/")[1].split("_")[1]}


def test_real_hill_districts_of_iwakuni(shared: Path) -> None:
    piece, _ = _read(probe(shared / "small_area/iwakuni_352080/09_352080_population_20240401.csv_2534_marked.csv"))
    of = dict(zip(piece.names, piece.people.sum(axis=(1, 2)), strict=True))
    assert of["美和総合支所管内"] == 3298  # printed in the file
    assert of["美川支所管内"] == 736
    assert piece.people[piece.names.index("美川支所管内"), :, 0].tolist() == [0, 1]  # one girl aged 0 to 4


def test_a_prefecture_table_gives_prefecture_and_municipalities(shared: Path) -> None:
    pieces, ledger = read(recommended_population, probe(shared / "population_yamaguchi/350001_population.csv"))
    by_level = {piece.level: piece for piece in pieces if isinstance(piece, AgePiece)}
    assert {level: len(piece.names) for level, piece in by_level.items()} == {"municipality": 19, "prefecture": 1}
    towns = by_level["municipality"]
    assert (towns.year, towns.month, towns.age_from[-1]) == (2021, 1, 100)
    assert towns.codes[0] == "352012"
    # the printed totals of two towns and of the prefecture include 34 people of unknown age: 3 + 2, 4 + 25
    assert [note.count for note in ledger.of_kind("repair")] == [34, 34]
    assert towns.people.sum() == pytest.approx(by_level["prefecture"].people.sum()) == 645_033 + 711_111


def test_a_total_beside_unknown_ages_is_found_alone(shared: Path, tmp_path: Path) -> None:
    # 上関町 and 阿武町 have men of unknown age in their totals, as many as the prefecture has; 美祢市 gets 100 more.
    path = shared / "population_yamaguchi/350001_population.csv"
    rows = [line.split(",") for line in path.read_text("utf-8-sig").splitlines()]
    area, men = rows[0].index("地域名"), rows[0].index("男性")
    mine = next(i for i, row in enumerate(rows) if row[area] == "美祢市")
    rows[mine][men] = str(int(rows[mine][men]) + 100)
    with pytest.raises(InputError) as caught:
        _read(written(tmp_path, "350001_population.csv", "\n".join(",".join(row) for row in rows)))
    assert [(f.row, f.field) for f in caught.value.faults] == [(mine + 1, "男性"), (mine + 1, "総人口")]


def test_a_table_without_any_date_is_refused(shared: Path) -> None:
    found = probe(shared / "small_area/yanai_352128/11.5630.csv")
    assert recognised_by(found) == ["recommended_population"]
    with pytest.raises(InputError, match="when people were counted"):
        recommended_population.read(found, Ledger())
