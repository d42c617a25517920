"""Who is asked: a small list written by hand, and the published lists."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from musubime.errors import InputError
from musubime.provenance import Ledger
from musubime.region.codes import check_digit
from musubime.studies.municipalities import municipalities
from musubime.surveys.returns import Municipalities, read_municipalities
from musubime.surveys.returns.identity import read_code

TABLE = """団体コード,団体名,過疎区分,合併後の団体コード
352080,岩国市,一部過疎,
35213,美祢市,全部過疎,
355038,旧町,,352080
13101,千代田区,,
14101,鶴見区,,
"""


def test_the_neutral_table(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    for encoding in ("utf-8-sig", "cp932"):
        path.write_bytes(TABLE.replace("355038", "35503" + check_digit("35503")).encode(encoding))
        places = read_municipalities(path)
        assert places is not None
        assert places.names["35208"] == "岩国市"
        assert dict(places.designation) == {"35208": "part", "35213": "full"}
        assert places.latest("35503") == "35208"
        # 鶴見区 is a ward of 横浜市; 千代田区 is a special ward, asked where wards are asked.
        assert places.asked("municipalities") == ("13101", "35208", "35213")
        assert places.asked("municipalities-without-wards") == ("35208", "35213")


def test_all_faults_of_a_list_at_once(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("code,name,designation\n352081,岩国市,\n35213,美祢市,半過疎\n35213,美祢市,\nx,y,\n", "utf-8")
    with pytest.raises(InputError) as refused:
        read_municipalities(path)
    assert [fault.row for fault in refused.value.faults] == [2, 3, 4, 5]


def test_mergers_are_followed_to_the_end_and_circles_end_too() -> None:
    places = Municipalities({"35208": "岩国市"}, {}, {"1": "2", "2": "35208", "3": "4", "4": "3"})
    assert places.latest("1") == "35208"
    assert places.latest("3") in ("3", "4")


@pytest.mark.parametrize(("written", "code", "told"), [
    ("352080", "35208", False), ("３５２０８０", "35208", False), ("35208", "35208", True), ("352081", "", True),
    ("11002", "01100", True),  # 011002 without its first zero; no municipality has 11002
    ("1100", "01100", True), ("01100", "01100", True), ("岩国市", "", True), ("", "", True), ("99999", "", True),
])
def test_codes_as_they_are_written(written: str, code: str, told: bool) -> None:
    places = Municipalities({"35208": "岩国市", "01100": "札幌市", "13101": "千代田区"})
    reading = read_code(written, places)
    assert (reading.code, reading.what is not None) == (code, told)


def test_five_digits_that_mean_two_places_are_not_guessed() -> None:
    # 01202 (函館市) is 012025 with its check digit; without the first zero it is 12025, and a town may have that code.
    hakodate, other = "01202", "12025"
    assert check_digit(hakodate) == "5"
    places = Municipalities({hakodate: "函館市", other: "架空市"})
    assert read_code("12025", places).code == ""
    assert read_code("12025", places, "函館市").code == hakodate


def test_the_published_lists_give_1741_municipalities_and_885_designated(shared: Path) -> None:
    ledger = Ledger()
    places = municipalities(
        [shared / "codes" / "code-to-city.json", shared / "codes" / "municipality_converter_jp.csv"],
        shared / "designation" / "中間_過疎一覧.csv", ledger)
    assert [len(places.asked(asks)) for asks in ("municipalities", "municipalities-without-wards", "governments")] == [
        1741, 1718, 1788]
    assert Counter(places.designation.values()) == {"full": 713, "part": 158, "deemed": 14}
    assert places.former["01339"] == "戸井町"
    assert places.name(places.latest("01339")) == "函館市"
    assert all(code in places.asked("municipalities-without-wards") for code in places.designation)


def test_a_list_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n", "utf-8")
    with pytest.raises(InputError, match="no list of municipality codes"):
        municipalities([path], None, Ledger())


def test_the_ministrys_workbook_and_zeros_that_excel_took(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.append(
        ["団体コード", "都道府県名\n（漢字）", "市区町村名\n（漢字）", "都道府県名\n（カナ）", "市区町村名\n（カナ）"]
    )
    for code, prefecture, name in ((10006, "北海道", None), (11002, "北海道", "札幌市"), (352080, "山口県", "岩国市")):
        page.append([code, prefecture, name])
    book.create_sheet("政令指定都市").append(["団体コード", "都道府県名（漢字）", "市区町村名（漢字）"])
    book.save(tmp_path / "codes.xlsx")
    places = read_municipalities(tmp_path / "codes.xlsx")
    assert places is not None
    assert dict(places.names) == {"01000": "北海道", "01100": "札幌市", "35208": "岩国市"}


def test_a_five_digit_code_among_six_digit_ones_is_not_guessed(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("code,name\n352080,岩国市\n35213,美祢市\n", "utf-8")
    places = read_municipalities(tmp_path / "x.csv")  # 035213 has another check digit: 35213 is itself a code
    assert places is not None
    assert set(places.names) == {"35208", "35213"}
