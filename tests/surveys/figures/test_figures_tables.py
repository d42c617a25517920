"""Any table: what relates its figures is found, and what does not follow is named. Tables counted by hand."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from musubime.errors import InputError
from musubime.surveys.figures import Verification, verify_figures


def check(folder: Path, words: str, encoding: str = "utf-8") -> Verification:
    path = folder / "table.csv"
    path.write_text(words, encoding)
    return verify_figures(path)


def named(found: Verification) -> list[tuple[str, str, str]]:
    return [(one.cell, one.printed, one.recomputed) for one in found.inconsistent]


RMO = """表2　地域運営組織の形成数,,,,
（単位：団体、％）,,,,
都道府県,令和2年度,令和3年度,増減数,増減率
北海道,204,221,17,8.3
青森県,89,95,6,6.7
岩手県,311,340,29,9.3
宮城県,150,149,△1,△0.7
秋田県,120,133,13,10.8
山形県,98,112,14,14.3
福島県,77,77,-,0.0
全国計,"1,049","1,127",78,7.4
"""
# 204+89+311+150+120+98+77 = 1,049; 221+95+340+149+133+112+77 = 1,127; 1,127 - 1,049 = 78; 78 / 1,049 = 7.4%

ANSWERS = """問3 課題（複数回答）,,
項目,件数,割合
担い手不足,"5,012",82.7%
資金不足,"3,222",53.1%
後継者,"2,918",48.1%
その他,412,6.8%
回答数,"6,064",100.0%
"""

YEARS = """年度,歳入,前年比,歳出,差引
2016,1205,-,1180,25
2017,1250,103.7,1211,39
2018,1301,104.1,1290,11
2019,1288,99.0,1275,13
2020,1422,110.4,1399,23
2021,1377,96.8,1360,17
2022,1350,98.0,1341,9
"""

LEVELS = """区分,拠点,組織
全国,"1,550","4,860"
東日本計,760,"1,920"
北海道,310,820
東北,250,640
関東,200,460
西日本計,790,"2,940"
近畿,330,"1,210"
中国,280,"1,130"
九州,180,600
"""

MEANS = """地区,1月,2月,3月,計
東,120,133,141,394
西,88,91,95,274
南,45,47,52,144
北,210,205,199,614
平均,115.8,119.0,121.8,356.5
"""

RUNNING = """月,新規,累計
4月,12,12
5月,15,27
6月,9,36
7月,22,58
8月,31,89
9月,18,107
10月,7,114
11月,26,140
"""

HEADED = """,令和2年,,,令和3年,,
町,総数,男,女,総数,男,女
錦町,"2,463","1,102","1,361","2,381","1,066","1,315"
美川町,"1,006",478,528,970,455,515
本郷村,820,391,429,799,380,419
周東町,"12,041","5,733","6,308","11,930","5,688","6,242"
"""


@pytest.mark.parametrize("words", [RMO, ANSWERS, YEARS, LEVELS, MEANS, RUNNING, HEADED])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932"])
def test_right_tables_raise_no_alarm(tmp_path: Path, words: str, encoding: str) -> None:
    found = check(tmp_path, words, encoding)
    assert not named(found)
    assert found.checked > 0.7 * found.figures


@pytest.mark.parametrize(
    ("words", "right", "wrong", "cell", "follows", "cause"),
    [
        (RMO, "311,340", "311,350", "C6", "340", "digit"),  # fails beside 311 + 29 and in the column's total
        (RMO, '"1,127"', '"1,217"', "C11", "1,127", "transposition"),
        (RMO, "14,14.3", "14,13.4", "E9", "14.29", "transposition"),  # 14 / 98
        (RMO, "△0.7", "0.7", "E7", "-0.67", "sign"),
        (ANSWERS, "48.1%", "58.2%", "C5", "48.12%", "base"),  # 2,918 / 5,012
        (ANSWERS, "53.1%", "53.2%", "C4", "53.13%", "rounding"),  # 53.13 raised
        (YEARS, "1422,110.4", "1422,114.0", "C6", "110.40", "transposition"),
        (YEARS, "1275,13", "1275,31", "E5", "13", "transposition"),
        (LEVELS, "近畿,330", "近畿,380", "B8", "330", "digit"),  # 760 + 790 = 1,550 clears the subtotal
        (LEVELS, "760,", "670,", "B3", "760", "transposition"),
        (MEANS, "121.8", "112.8", "D6", "121.8", "transposition"),
        (RUNNING, "31,89", "31,98", "C6", "89", "transposition"),
        (HEADED, "391,429,799", "391,492,799", "A0", "", ""),
    ],
)
def test_one_error_is_named(
    tmp_path: Path, words: str, right: str, wrong: str, cell: str, follows: str, cause: str
) -> None:
    assert words.count(right) == 1
    found = check(tmp_path, words.replace(right, wrong))
    if cell == "A0":  # total or women: 391 + 492 = 883, printed 820; the alarm names the total and suspects the women
        (one,) = found.inconsistent
        assert one.row == 5
        assert {"B5", "D5"} <= set(one.involved)
        return
    assert (cell, follows) in [(one.cell, one.recomputed) for one in found.inconsistent]
    entry = next(one for one in found.inconsistent if one.cell == cell)
    assert cause in [one.cause for one in entry.explanations]
    assert len(found.inconsistent) == 1


def test_rounded_thousands_are_within_rounding(tmp_path: Path) -> None:
    # 61,411 + 64,756 = 126,167; 587 + 660 = 1,247 beside 1,246; 1,127 + 1,180 = 2,307 beside 2,306.
    words = (
        '人口（千人）,,,\n区分,総数,男,女\n全国,"126,167","61,411","64,756"\n北海道,"5,250","2,476","2,773"\n'
        '青森県,"1,246",587,660\n岩手県,"1,227",592,635\n宮城県,"2,306","1,127","1,180"\n秋田県,966,456,510\n'
    )
    found = check(tmp_path, words)
    assert not found.inconsistent
    assert found.relations[0].within_rounding == 3


def test_a_copied_block_is_called_a_copy(tmp_path: Path) -> None:
    rows = [["町", "計", "男", "女"]]
    men = [1102, 478, 391, 5733, 912, 640, 377, 1288, 2105]
    women = [1361, 528, 429, 6308, 1001, 702, 415, 1390, 2260]
    for name, m, w in zip("錦川本周由玖秋美阿", men, women, strict=True):
        rows.append([name, str(m + w), str(m), str(w)])
    rows.append(["計", str(sum(men) + sum(women)), str(sum(men)), str(sum(women))])
    for n in range(2, 6):  # the women of four towns are the men's figures
        rows[n][3] = rows[n][2]
    path = tmp_path / "copy.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    found = verify_figures(path)
    assert [(one.cell, one.kind, one.recomputed) for one in found.inconsistent] == [
        ("D3", "copy", "528"),
        ("D4", "copy", "429"),
        ("D5", "copy", "6,308"),
        ("D6", "copy", "1,001"),
    ]


def test_a_percentage_of_a_negative_base_and_a_part_above_its_whole(tmp_path: Path) -> None:
    words = (
        "年,収支,増減率(%)\n2015,100,-\n2016,120,20.0\n2017,-30,-125.0\n2018,-60,100.0\n2019,50,-183.3\n"
        "2020,80,60.0\n2021,100,25.0\n"
    )
    assert [(one.cell, one.kind) for one in check(tmp_path, words).inconsistent] == [("C5", "base"), ("C6", "base")]
    words = "町,人口,うち65歳以上\nA,5000,1800\nB,700,350\nC,6000,2100\nD,200,2110\nE,900,400\n"
    assert [(one.cell, one.kind) for one in check(tmp_path, words).inconsistent] == [("C5", "range")]


def test_figures_without_relation_are_left_alone_and_said_to_be_unchecked(tmp_path: Path) -> None:
    found = check(tmp_path, "施設,定員,面積\nA,120,300.5\nB,80,210.0\nC,45,99.2\nD,61,188.4\n")
    assert not found.inconsistent
    assert found.checked == 0
    assert found.notes


def test_the_men_on_one_sheet_the_women_on_another(tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    men, women = [[10, 20, 35], [41, 52, 63], [77, 81, 90]], [[11, 22, 30], [44, 50, 66], [70, 85, 91]]
    for name, table in {
        "総数": [[a + b for a, b in zip(x, y, strict=True)] for x, y in zip(men, women, strict=True)],
        "男": men,
        "女": women,
    }.items():
        page = book.create_sheet(name)
        page.append(["町", "0-14歳", "15-64歳", "65歳以上"])
        for town, row in zip(("錦町", "美川町", "本郷村"), table, strict=True):
            page.append([town, *row])
    book["総数"]["C3"] = 120  # 52 + 50 = 102
    book.save(tmp_path / "sheets.xlsx")
    found = verify_figures(tmp_path / "sheets.xlsx")
    assert [(one.sheet, one.cell, one.printed, one.recomputed) for one in found.inconsistent] == [
        ("総数", "C3", "120", "102")
    ]


def test_real_tables_of_yamaguchi_raise_no_false_alarm(shared: Path) -> None:
    folder = shared / "population_yamaguchi"
    for name in (
        "171115.xlsx",
        "kokuchou_yamaguchi.pref_shimachi_3nennreibetsu_1980_2020.xlsx",
        "jinkou_5saikaikyuu_3kubun_2015.xls",
        "souzinkou_zinkoudoutai_nennzi-_kenkei3.xlsx",
    ):
        found = verify_figures(folder / name)
        assert not found.inconsistent, name
        assert found.checked > 0.5 * found.figures


def test_a_real_fault_is_found_two_rows_exchanged(shared: Path) -> None:
    # April 2024: the households of the cities (+3,252) and of the counties (+25) stand in each other's row.
    found = verify_figures(shared / "population_yamaguchi" / "setaisuzougen_suikeisetaisu_getuzi_simatibetu.xlsx")
    assert named(found) == [("E2974", "25", "3,252"), ("E2975", "3252", "25")]


@pytest.mark.parametrize(
    "folder",
    [
        "small_area/nagato_352110",
        "small_area/yanai_352128",
        "small_area/mine_352136",
        "facilities/iwakuni_352080",
        "facilities/yamaguchi-city_352039",
    ],
)
def test_lists_and_small_areas_raise_no_alarm(shared: Path, folder: str) -> None:
    for path in sorted((shared / folder).iterdir()):
        try:
            found = verify_figures(path)
        except InputError:
            continue  # a list without figures
        assert not found.inconsistent, path.name
