"""Workbooks of 山口県: made-up blocks, and the real ones against each other and their printed totals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openpyxl
import pytest
from table_probes import noted, probe, read, recognised_by

from musubime.errors import InputError
from musubime.opendata import prefecture_workbooks
from musubime.opendata.model import AgePiece, Probe

AGES = [f"{low}～{low + 4}歳" for low in range(0, 85, 5)] + ["85歳以上"]


def _book(path: Path, rows: list[list[object]]) -> Probe:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return probe(path)


def _block(title: str, towns: dict[str, list[object]], unknown: bool = True) -> list[list[object]]:
    heading = ["市町村", "総数", *AGES, *(["年齢不詳"] if unknown else [])]
    return [
        [None],
        [title],
        ["平成12年10月1日現在", None, None, "（単位：人）"],
        heading,
        [None],
        *([name, *figures] for name, figures in towns.items()),
    ]


def test_stacked_blocks_of_men_and_women_beside_shares(tmp_path: Path) -> None:
    men = {"本 郷 村": [36, *[2] * 18, 0], "町村計": [36, *[2] * 18, 0]}
    women = {"本 郷 村": [19, *[1] * 18, 1], "町村計": [19, *[1] * 18, 1]}
    shares: dict[str, list[object]] = {"本 郷 村": [100, *[100 / 18] * 18], "町村計": [100, *[100 / 18] * 18]}
    rows = [
        *_block("山 口 県 年齢別人口（　男　）", men),
        *_block("山 口 県 年齢別人口（　女　）", women),
        *_block("山 口 県 年齢別人口（　男　）", shares, unknown=False),
    ]
    found = _book(tmp_path / "census.xlsx", rows)
    assert recognised_by(found) == ["prefecture_workbooks"]
    (piece,), ledger = read(prefecture_workbooks, found)
    assert isinstance(piece, AgePiece)
    assert (piece.names, piece.year, piece.month, piece.level) == (("本郷村",), 2000, 10, "municipality")
    assert piece.people.sum(axis=2)[0].tolist() == pytest.approx([36, 19])  # 18 women and one of unknown age
    assert noted(ledger, "dropped") == {"Rows that only sum up the others were left out.": 2}


def _list(people: dict[str, list[object]]) -> list[list[object]]:
    rows: list[list[object]] = [["推計人口（令和6年10月1日現在）"], ["地域コード", "地域", "男女", "総数", *AGES]]
    for name, figures in people.items():
        for sex in ("総数", "男", "女"):
            factor = 2 if sex == "総数" else 1
            rows.append([35341, name, sex, *(factor * figure for figure in figures)])  # type: ignore[operator]
    return rows


def test_negative_estimates_of_the_oldest_are_joined_to_the_ages_before(tmp_path: Path) -> None:
    found = _book(tmp_path / "e.xlsx", _list({"上関町": [32, *[2] * 17, -2]}))
    (piece,), ledger = read(prefecture_workbooks, found)
    assert isinstance(piece, AgePiece)
    assert piece.age_from[-1] == 80
    assert piece.people[0, 0].tolist() == [2] * 16 + [0]  # 80-84 two people, 85+ minus two
    assert piece.people.sum() == 64
    assert sum(noted(ledger, "repair").values()) == 2


def test_negative_people_elsewhere_are_a_fault(tmp_path: Path) -> None:
    found = _book(tmp_path / "e.xlsx", _list({"上関町": [30, -1, *[2] * 17]}))
    with pytest.raises(InputError, match="negative"):
        read(prefecture_workbooks, found)


def test_a_sheet_of_both_sexes_together_is_no_age_piece(tmp_path: Path) -> None:
    rows = _block("山口県 年齢別人口（総数）", {"本郷村": [36, *[2] * 18, 0]})
    with pytest.raises(InputError, match="no men and women"):
        read(prefecture_workbooks, _book(tmp_path / "c.xlsx", rows))


# file, towns, people of the prefecture, of 岩国市, year, last age group
REAL = [
    ("jinkou_5saikaikyuu_3kubun_2000.xls", 56, 1_527_964, 105_762, 2000, 85),
    ("jinkou_5saikaikyuu_3kubun_2005.xls", 29, 1_492_606, 103_507, 2005, 85),
    ("jinkou_5saikaikyuu_3kubun_2010.xls", 19, 1_451_338, 143_857, 2010, 85),
    ("jinkou_5saikaikyuu_3kubun_2015.xls", 19, 1_404_729, 136_757, 2015, 85),
    ("kokuchou2020_sichou5saikaikyuuijinnkou_hushouhokann.xlsx", 19, 1_342_059, 129_125, 2020, 100),
    ("171115.xlsx", 19, 1_296_593, 124_003, 2023, 95),
    ("reiwa6nen_simatinenreibetusuikeizinkou_5saikaikyu_3kubun.xlsx", 19, 1_279_601, 121_797, 2024, 90),
]


@pytest.mark.shared
@pytest.mark.parametrize(("name", "towns", "people", "iwakuni", "year", "last"), REAL, ids=[row[0] for row in REAL])
def test_real_workbooks(name: str, towns: int, people: int, iwakuni: int, year: int, last: int, shared: Path) -> None:
    found = probe(shared / "population_yamaguchi" / name)
    assert recognised_by(found) == ["prefecture_workbooks"]
    pieces, ledger = read(prefecture_workbooks, found)
    town, whole = pieces
    assert isinstance(town, AgePiece)
    assert isinstance(whole, AgePiece)
    assert (town.level, len(town.names), town.year, town.month, town.age_from[-1]) == (
        "municipality",
        towns,
        year,
        10,
        last,
    )
    assert (whole.level, whole.codes) == ("prefecture", ("350001",))
    assert town.people.sum() == pytest.approx(people)
    # the towns add up to the prefecture in every age and sex but for the unknown ages, spread town by town
    assert np.allclose(town.people.sum(axis=0), whole.people[0], rtol=2e-3)
    assert town.people[town.names.index("岩国市")].sum() == pytest.approx(iwakuni)
    assert not any("do not add up" in sentence for sentence in noted(ledger, "assumption"))


@pytest.mark.shared
def test_towns_before_the_mergers(shared: Path) -> None:
    (town, _), _ = read(prefecture_workbooks, probe(shared / "population_yamaguchi/jinkou_5saikaikyuu_3kubun_2000.xls"))
    assert isinstance(town, AgePiece)
    # the workbook has the three digits of each (324) to the right of the ages: 35324, check digit 8
    assert town.codes[town.names.index("本郷村")] == "353248"
    assert town.people[town.names.index("本郷村")].sum() == 1375
    parts = ["岩国市", "由宇町", "玖珂町", "本郷村", "周東町", "錦町", "美川町", "美和町"]
    # 岩国市 in today's borders had 153,985 people in 2000 and 149,702 in 2005: the prefecture's own series 1980-2020
    assert town.people[[town.names.index(part) for part in parts]].sum() == pytest.approx(153_985)
    (town, _), _ = read(prefecture_workbooks, probe(shared / "population_yamaguchi/jinkou_5saikaikyuu_3kubun_2005.xls"))
    assert isinstance(town, AgePiece)
    assert town.people[town.names.index("錦町")].sum() == 3792  # printed as 錦    町
    assert set(town.codes) == {""}  # this one has names only
    assert town.people[[town.names.index(part) for part in parts]].sum() == pytest.approx(149_702)


@pytest.mark.shared
def test_the_published_negative_estimate(shared: Path) -> None:
    found = probe(shared / "population_yamaguchi/reiwa6nen_simatinenreibetusuikeizinkou_5saikaikyu_3kubun.xlsx")
    (town, _), ledger = read(prefecture_workbooks, found)
    assert isinstance(town, AgePiece)
    # women of 上関町: 126 of 85-89, 56 of 90-94 and -2 of 95 and over; 54 from 90 on
    assert town.people[town.names.index("上関町"), 1, -2:].tolist() == [126, 54]
    assert [note.examples for note in ledger.of_kind("repair")] == [("上関町 女: -2",)]


@pytest.mark.shared
@pytest.mark.parametrize(
    "name",
    [
        "kokuchou_yamaguchi.pref_shimachi_3nennreibetsu_1980_2020.xlsx",
        "setaisuzougen_suikeisetaisu_getuzi_simatibetu.xlsx",
        "souzinkou_zinkoudoutai_nennzi-_kenkei3.xlsx",
    ],
)
def test_workbooks_of_other_kinds_are_left_alone(name: str, shared: Path) -> None:
    assert recognised_by(probe(shared / "population_yamaguchi" / name)) == []
