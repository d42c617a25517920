"""e-Stat census tables against the published totals of Japan, prefectures and towns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from table_probes import noted, probe, read, recognised_by, written

from musubime.errors import InputError
from musubime.opendata import census_tables
from musubime.opendata.model import AgePiece, CountError, TotalPiece
from musubime.provenance import Ledger

AGES = [f"{low}～{low + 4}歳" for low in range(0, 100, 5)] + ["100歳以上"]


def _table(*rows: str) -> str:
    heading = ",".join(["男女 コード", "男女", "市区町村 コード", "市区町村", "総数", *AGES, "年齢「不詳」"])
    return "\n".join(['"実施年月：","2020年","10月"', '"***","当該数値がないもの"', "", heading, *rows]) + "\n"


def _row(sex: str, code: str, name: str, ages: list[object], unknown: object = "-", total: object = "") -> str:
    return ",".join(["0", sex, code, name, str(total), *map(str, ages), str(unknown)])


def test_a_small_table_counted_by_hand(tmp_path: Path) -> None:
    found = written(
        tmp_path,
        "census.csv",
        _table(
            _row("総数", "35208", "岩国市", [3] * 20 + [1], 21, 82),
            _row("男", "35208", "岩国市", [1] * 21, 21, 42),
            _row("女", "35208", "岩国市", [2] * 20 + ["***"], "-", 40),
            _row("男", "3520F", "（旧：岩国市）", [1] * 21),
            _row("女", "3520F", "（旧：岩国市）", [1] * 21),
            _row("男", "35001", "山口県市部", [1] * 21),
            _row("女", "35001", "山口県市部", [1] * 21),
        ),
    )
    assert recognised_by(found) == ["census_tables"]
    pieces, ledger = read(census_tables, found)
    now, former = pieces
    assert isinstance(now, AgePiece)
    assert isinstance(former, AgePiece)
    assert (now.level, now.codes, now.names, now.year, now.month) == (
        "municipality",
        ("352080",),
        ("岩国市",),
        2020,
        10,
    )
    assert now.people[0, 0].tolist() == pytest.approx([2] * 21)  # 21 men of known and 21 of unknown age: each doubled
    assert now.people[0, 1].tolist() == [2] * 20 + [0]
    # its own code has a letter; the municipality that stands above it is the one it lies in
    assert (former.level, former.codes, former.names) == ("former", ("352080",), ("岩国市",))
    assert noted(ledger, "dropped") == {
        "Rows that sum up others or count parts of them (市部, 郡部, DID) were left out.": 2,
    }


def test_a_census_that_does_not_add_up_is_named_with_its_row(tmp_path: Path) -> None:
    found = written(tmp_path, "census.csv", _table(
        _row("総数", "35208", "岩国市", [2] * 21, "-", 43),  # 21 men and 21 women
        _row("男", "35208", "岩国市", [1] * 21, "-", 21),
        _row("女", "35208", "岩国市", [1] * 21, "-", 22),
        _row("男", "35212", "柳井市", [1] * 21, 2, 23),
        _row("男", "35213", "美祢市", ["", *[1] * 20], 2, 23),
        _row("女", "35213", "美祢市", [1] * 21, 2, 23),
    ))
    with pytest.raises(CountError) as caught:
        census_tables.read(found, Ledger())
    told = {(fault.row, fault.field, fault.value): whose for fault, whose in zip(
        caught.value.faults, caught.value.whose, strict=True)}
    assert told == {
        (7, "総数", "22"): {"352080"},  # the women, 21; men and women then make up the 43
        (8, "男女", "柳井市"): {"352128"},  # women are missing
        (9, "0~4歳", ""): {"352136"},
    }


def test_codes_that_are_none_are_faults(tmp_path: Path) -> None:
    found = written(
        tmp_path,
        "census.csv",
        _table(
            _row("男", "99208", "岩国市", [1] * 21),
            _row("女", "3520", "岩国市", [1] * 21),
        ),
    )
    with pytest.raises(InputError) as caught:
        census_tables.read(found, Ledger())
    assert [(fault.row, fault.value) for fault in caught.value.faults] == [(5, "99208"), (6, "3520")]


@pytest.mark.shared
def test_census_of_2020(shared: Path) -> None:
    found = probe(shared / "population_national/population_census_2020.csv")
    assert recognised_by(found) == ["census_tables"]
    pieces, ledger = read(census_tables, found)
    by_level = {piece.level: piece for piece in pieces if isinstance(piece, AgePiece)}
    counts = {level: len(piece.names) for level, piece in by_level.items()}
    assert counts == {"nation": 1, "prefecture": 47, "municipality": 1917, "former": 2121}
    assert sum(counts.values()) == 4086
    assert all(len(code) == 6 for level in ("prefecture", "municipality", "former") for code in by_level[level].codes)
    # published: 126,146,099 people, of them 2,931,838 of unknown age, who were spread
    assert by_level["nation"].people.sum() == pytest.approx(126_146_099)
    assert by_level["prefecture"].people.sum() == pytest.approx(126_146_099)
    assert next(ledger.of_kind("assumption")).count == 2_931_838
    towns = dict(zip(by_level["municipality"].codes, by_level["municipality"].people.sum(axis=(1, 2)), strict=True))
    assert towns["352080"] == pytest.approx(129_125)
    assert towns["174637"] == pytest.approx(15_687)  # equals the sum of its census small areas
    former = by_level["former"]
    of_iwakuni = {
        name: people
        for code, name, people in zip(former.codes, former.names, former.people.sum(axis=(1, 2)), strict=True)
        if code == "352080"
    }
    assert set(of_iwakuni) == {"岩国市", "由宇町", "玖珂町", "本郷村", "周東町", "錦町", "美川町", "美和町"}
    assert sum(of_iwakuni.values()) == pytest.approx(129_125)


@pytest.mark.shared
def test_census_of_1980(shared: Path) -> None:
    found = probe(shared / "population_national/population_census_1980.csv")
    assert recognised_by(found) == ["census_tables"]
    pieces, _ = read(census_tables, found)
    by_level = {piece.level: piece for piece in pieces if isinstance(piece, AgePiece)}
    assert {level: len(piece.names) for level, piece in by_level.items()} == {"prefecture": 47, "municipality": 3400}
    assert by_level["prefecture"].people.sum() == pytest.approx(117_060_396)  # published
    towns = by_level["municipality"]
    assert (towns.year, towns.month) == (1980, 10)
    assert not np.isnan(towns.people).any()
    # 岩国市 in today's borders had 163,692 people (山口県's series 1980-2020): the city of then and seven towns
    today = ["352080", "353221", "353230", "353248", "353256", "353264", "353281", "353299"]
    assert towns.people[[towns.codes.index(code) for code in today]].sum() == pytest.approx(163_692)


@pytest.mark.shared
def test_list_of_2010_without_a_heading(shared: Path) -> None:
    found = probe(shared / "population_national/2010estat.csv")
    assert recognised_by(found) == ["census_tables"]
    (piece,), ledger = read(census_tables, found)
    assert isinstance(piece, TotalPiece)
    assert piece.people.sum() == 128_057_352  # published
    assert (piece.year, piece.month) == (2010, 10)
    assert piece.codes[0] == "011011"
    assert piece.people[piece.codes.index("352080")] == 143_857  # published for 岩国市
    assert noted(ledger, "repair") == {
        "Leading zeros that a spreadsheet took from municipality codes were put back.": 491,
    }
    assert len(noted(ledger, "assumption")) == 2
