"""Lists of municipality codes, and the names that they are looked up by."""

from __future__ import annotations

from pathlib import Path

import pytest
from table_probes import noted, probe, read, recognised_by, written

from musubime.errors import InputError
from musubime.opendata import codes
from musubime.opendata.codes import own_name
from musubime.opendata.designation import same_name
from musubime.opendata.model import CodePiece
from musubime.provenance import Ledger
from musubime.region.codes import check_digit


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("山口県岩国市", "岩国市"),
        ("山口県熊毛郡田布施町", "田布施町"),
        ("北海道余市郡余市町", "余市町"),
        ("奈良県高市郡明日香村", "明日香村"),
        ("奈良県大和郡山市", "大和郡山市"),
        ("福島県郡山市", "郡山市"),
        ("兵庫県赤穂郡上郡町", "上郡町"),
        ("山口県 吉敷郡 小郡町", "小郡町"),
        ("京都府京都市右京区", "京都市右京区"),
        ("東京都 八丈支庁 八丈町", "八丈町"),
        ("栃木県芳賀郡市貝町", "市貝町"),
        ("北海道オホーツク総合振興局美幌町", "美幌町"),
        ("岩手県", "岩手県"),
    ],
)
def test_a_name_without_prefecture_and_county(printed: str, name: str) -> None:
    assert own_name(printed) == name
    assert own_name(name) == name


def test_spellings_of_one_name() -> None:
    assert same_name("七ヶ宿町") == same_name("七ケ宿町")
    assert same_name("鯵ヶ沢町") == same_name("鰺ケ沢町")
    assert same_name("須惠町") == same_name("須恵町")


def test_a_wrong_check_digit_in_a_list_is_a_fault(tmp_path: Path) -> None:
    found = written(tmp_path, "c.json", '{"山口県岩国市": "352081", "山口県下関市": "352012"}')
    assert recognised_by(found) == ["codes"]
    with pytest.raises(InputError, match="check digit"):
        codes.read(found, Ledger())


@pytest.mark.shared
@pytest.mark.parametrize(("file", "rows"), [("code-to-city.json", 1965), ("city-to-code.json", 1964)])
def test_lists_of_today(file: str, rows: int, shared: Path) -> None:
    found = probe(shared / "codes" / file)
    assert recognised_by(found) == ["codes"]
    (piece,), ledger = read(codes, found)
    assert isinstance(piece, CodePiece)
    assert len(piece.names) == rows
    assert piece.names["352080"] == "岩国市"
    assert piece.names["174637"] == "能登町"
    assert not piece.successors
    assert all(code[5] == check_digit(code[:5]) for code in piece.names)
    assert not ledger.notes


@pytest.mark.shared
def test_the_converter_of_1980_to_2020(shared: Path) -> None:
    found = probe(shared / "codes/municipality_converter_jp.csv")
    assert recognised_by(found) == ["codes"]
    (piece,), ledger = read(codes, found)
    assert isinstance(piece, CodePiece)
    assert ledger.sources[0].rows == 3627
    assert noted(ledger, "repair").keys() == {
        "Leading zeros that a spreadsheet took from municipality codes were put back.",
    }
    # the merger of 2006-03-20: seven towns and villages into 岩国市, whose own code stays
    merged = {code: piece.names[code] for code, new in piece.successors.items() if new == "352080"}
    assert merged == {
        "353221": "由宇町",
        "353230": "玖珂町",
        "353248": "本郷村",
        "353256": "周東町",
        "353264": "錦町",
        "353281": "美川町",
        "353299": "美和町",
    }
    assert piece.names["013391"] == "戸井町"
    assert piece.successors["013391"] == "012025"  # 函館市
    assert not set(piece.successors) & set(piece.successors.values())  # one step leads to today
