"""Answers and population tables as they are sent: every fault at once, nothing guessed, nothing lost in silence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openpyxl
import pytest

from musubime.errors import InputError
from musubime.provenance import Ledger
from musubime.surveys.estimates import load_rules, read_population, read_respondents
from musubime.surveys.estimates.responses import age_span

HEAD = "回答者,性別,年齢,居住地,関わる地域がある,継続的な関わり,訪問,地縁・血縁のみ,ボランティア,ふるさと納税,訪問先\n"


def read(tmp_path: Path, words: str, encoding: str = "utf-8", name: str = "answers.csv"):  # type: ignore[no-untyped-def]
    (tmp_path / name).write_bytes(words.encode(encoding))
    ledger = Ledger()
    return read_respondents(tmp_path / name, load_rules(), ledger), ledger


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_japanese_answers(encoding: str, tmp_path: Path) -> None:
    people, ledger = read(tmp_path, HEAD + (
        "A1,男性,３４,東京都,はい,はい,はい,いいえ,○,,岩国市\n"
        "A2,女,60代,山口県,1,1,0,,,ふるさと納税,岩国市\n"  # a tick in the option's own words; no visit: family left out
        "A3,女性,17,山口県,0,,,,,,\n"
        "A4,,40,山口県,0,,,,,,\n"
        "A5,男,75歳以上,山口県,1,,,,,,\n"
    ), encoding)
    assert people.ids == ("A1", "A2", "A5")
    assert people.sex == ("male", "female", "male")
    assert people.age_from.tolist() == [34, 60, 75]
    assert people.age_to.tolist() == [34, 69, np.inf]
    assert [people.class_ids[c] for c in people.class_of] == ["direct", "non_visiting", "unclassified"]
    assert people.destination == ("岩国市", "岩国市", "")
    told = {note.what.template: note.count for note in ledger.of_kind("dropped")}
    assert told["Respondents under {age}, or of an age class that begins below it, were left out."] == 1
    assert told["Respondents without sex or age were left out: they stand in no post-stratum."] == 1


def test_rows_are_ties_where_a_respondent_has_several(tmp_path: Path) -> None:
    people, _ = read(tmp_path, HEAD + (
        "A1,男,34,東京都,1,1,0,,,1,岩国市\nA1,男,34,東京都,1,1,1,0,1,,能登町\nA2,女,50,東京都,0,,,,,,\n"))
    assert people.ids == ("A1", "A2")
    assert people.tie_person.tolist() == [0, 0, 1]
    assert [people.class_ids[c] for c in people.class_of] == ["direct", "no_tie"]


def test_every_fault_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, HEAD + (
            "A1,男,若者,東京都,1,1,1,0,,,\nA2,男児,34,東京都,たぶん,1,1,0,,,\nA3,男,34,東京都,0,,,,5,,\n"
            "A3,女,34,東京都,0,,,,,,\n,男,34,東京都,0,,,,,,\n"))
    found = {(fault.field, fault.row) for fault in caught.value.faults}
    assert found == {("年齢", 2), ("性別", 3), ("関わる地域がある", 3), ("ボランティア", 4), ("性別", 5), ("回答者", 6)}


def test_columns_that_are_missing_or_twice(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, "性別,年齢,年代,訪問\n男,34,30代,1\n")
    assert {fault.field for fault in caught.value.faults} == {
        "年齢", "outside_daily_area", "continuing", "family_only"}


def test_a_workbook_with_a_title_above_its_headings(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["令和2年度 地域との関わりについてのアンケート"])
    sheet.append([])
    sheet.append(["性別", "年齢", "関わる地域がある", "継続的な関わり", "訪問", "地縁・血縁のみ", "飲食"])
    sheet.append(["男", 34, 1, 1, 1, 0, 1])
    book.save(tmp_path / "answers.xlsx")
    people = read_respondents(tmp_path / "answers.xlsx", load_rules(), Ledger())
    assert people.ids == ("4",)  # the row of the sheet, where nobody has a number
    assert people.class_ids[people.class_of[0]] == "hobby"


@pytest.mark.parametrize("words", ["", "a,b\n1,2\n", '性別,年齢\n"男,34\n', "\x00\x01\x02"])
def test_a_file_that_is_none(words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        read(tmp_path, words)


@pytest.mark.parametrize(("words", "span"), [
    ("34", (34, 34)), ("34.0", (34, 34)), ("18～29歳", (18, 29)), ("20代", (20, 29)), ("70代以上", (70, np.inf)),
    ("65歳以上", (65, np.inf)), ("75+", (75, np.inf)), ("60~", (60, np.inf)), ("29-18", None), ("若者", None),
    ("-3", None), ("200", None), ("999", None), ("満34歳", (34, 34)), ("４５才", (45, 45)),
    ("18歳以上29歳以下", (18, 29)), ("18歳から29歳まで", (18, 29)), ("20歳未満", None), ("1990年", None),
    ("100歳以上", (100, np.inf)),
])
def test_ages(words: str, span: tuple[float, float] | None) -> None:
    assert age_span(words) == span


POPULATION = (
    "年齢,性別,人口\n0～17歳,男,500\n18～29歳,男,\"1,000\"\n18～29歳,女,900\n30歳以上,男,3000\n30歳以上,女,3200\n総数,計,8600\n"
)


def test_a_population_table(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_bytes(POPULATION.encode("cp932"))
    margin = read_population(tmp_path / "people.csv", Ledger())
    assert margin.variables == ("sex", "age")
    assert dict(zip(margin.names(), margin.people.tolist(), strict=True)) == {
        "male 18-29": 1000, "female 18-29": 900, "male 30+": 3000, "female 30+": 3200}


def test_single_ages_are_added_up_to_the_classes_wanted(tmp_path: Path) -> None:
    rows = "".join(f"{age},{sex},{age}\n" for age in range(15, 90) for sex in ("男", "女"))
    (tmp_path / "people.csv").write_text("年齢,性別,人口\n" + rows + "90歳以上,男,5\n90歳以上,女,7\n", "utf-8")
    margin = read_population(tmp_path / "people.csv", Ledger(), bounds=(18, 30, 60))
    found = dict(zip(margin.names(), margin.people.tolist(), strict=True))
    assert found["male 18-29"] == sum(range(18, 30))
    assert found["female 60+"] == sum(range(60, 90)) + 7


@pytest.mark.parametrize(("rows", "fields"), [
    ("15～19歳,男,10\n", {"年齢"}),  # under 18 and others
    ("18～29歳,男,10\n25～39歳,男,10\n", {"age"}),  # 25 to 29 twice
    ("18～29歳,男,10\n18～29歳,男,12\n", {"人口"}),
    ("18～29歳,男,-10\n20代半ば,男,10\n18～29歳,X,10\n", {"人口", "年齢", "性別"}),
    ("18～29歳,男,0\n", {""}),
    ("18～29歳,男,x\n", {"人口"}),  # a suppressed figure is not 0
])
def test_population_tables_with_faults(rows: str, fields: set[str], tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("年齢,性別,人口\n" + rows, "utf-8")
    with pytest.raises(InputError) as caught:
        read_population(tmp_path / "people.csv", Ledger())
    assert {fault.field for fault in caught.value.faults} == fields


def population(tmp_path: Path, words: str, **asked: object):  # type: ignore[no-untyped-def]
    (tmp_path / "people.csv").write_text(words, "utf-8")
    ledger = Ledger()
    margin = read_population(tmp_path / "people.csv", ledger, **asked)  # type: ignore[arg-type]
    return dict(zip(margin.names(), margin.people.tolist(), strict=True)), {
        note.what.template: (note.count, note.examples) for note in ledger.notes}


SCALED = "The table gives people in units of {scale:,}: its numbers were multiplied."


@pytest.mark.parametrize("words", [
    "男女別人口,（単位：千人）\n性別,人口\n男,1.5\n女,2\n",
    "性別,人口（千人）\n男,1.5\n女,2\n",
    "性別,人口\n男,1.5\n女,2\n(単位 千人),\n",
    "性別,単位,人口\n男,千人,1.5\n女,千人,2\n",
])
def test_people_in_thousands_are_counted_as_such(words: str, tmp_path: Path) -> None:
    cells, notes = population(tmp_path, words)
    assert cells == {"male": 1500, "female": 2000}
    assert notes[SCALED][0] == 2


def test_fractions_of_people_are_told(tmp_path: Path) -> None:
    cells, notes = population(tmp_path, "性別,人口（人）\n男,1.5\n女,2\n")
    assert cells == {"male": 1.5, "female": 2}
    (note,) = (n for n in notes if n.startswith("Numbers of people with a fraction"))
    assert notes[note][0] == 1


def test_the_nation_among_its_prefectures_is_not_counted_twice(tmp_path: Path) -> None:
    rows = "全国,男,30\n全国,女,32\n東京都,男,20\n東京都,女,20\n山口県,男,10\n山口県,女,11\n県計,計,60\n"
    cells, notes = population(tmp_path, "居住地,性別,人口\n" + rows)
    assert sum(cells.values()) == 61
    # 20 + 11 women are 31 and not 32; 61 people are not 60
    assert notes["Totals that their parts do not add up to; the parts were used."] == (
        2, ("全国 女 32 ≠ 31", "県計 計 60 ≠ 61"))


def test_a_column_of_totals_alone_tells_nobody_apart(tmp_path: Path) -> None:
    assert population(tmp_path, "居住地,性別,人口\n全国,男,30\n全国,女,32\n")[0] == {"male": 30, "female": 32}


def test_a_total_without_its_parts_would_be_lost(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        population(tmp_path, "居住地,性別,人口\n東京都,男,20\n東京都,女,20\n山口県,計,21\n")
    assert [(fault.row, fault.value) for fault in caught.value.faults] == [(4, "山口県 計")]
    with pytest.raises(InputError):
        population(tmp_path, "居住地,性別,人口\n全国,計,20\n")


@pytest.mark.parametrize("words", [
    "年齢,計,男,女\n0～17歳,9,4,5\n18～64歳,30,10,20\n65歳以上,7,3,4\n総数,46,17,29\n注：住民基本台帳による。,,,\n",
    "年齢,総人口,,\n,男女計,男,女\n18～64歳,30,10,20\n65歳以上,7,3,4\n",  # the heading in two rows
    "性別,総数,0～17歳,18～64歳,65歳以上\n男,17,4,10,3\n女,29,5,20,4\n計,46,9,30,7\n",
    "年齢,男,女,計,年齢,男,女,計\n0～17歳,4,5,9,65歳以上,3,4,7\n18～64歳,10,20,30,合計,17,29,46\n",  # two blocks
])
def test_sexes_or_ages_side_by_side(words: str, tmp_path: Path) -> None:
    cells, notes = population(tmp_path, words)
    assert cells == {"male 18-64": 10, "female 18-64": 20, "male 65+": 3, "female 65+": 4}
    assert "Totals that their parts do not add up to; the parts were used." not in notes


@pytest.mark.parametrize("heading", ["年齢,年代,性別,人口", "年齢,性別,人口,総人口", "年齢,男,女,男,女"])
def test_which_of_two_columns_counts_is_not_guessed(heading: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        population(tmp_path, heading + "\n18～29歳,男,10,10,10\n")
    assert "Two columns say the same" in caught.value.faults[0].what.template


def test_people_of_unknown_age_are_left_out_and_counted(tmp_path: Path) -> None:
    cells, notes = population(tmp_path, "年齢,性別,人口\n18歳以上,男,10\n18歳以上,女,11\n年齢不詳,男,3\n総数,計,24\n")
    assert cells == {"male 18+": 10, "female 18+": 11}
    assert notes["People of unknown age or sex were left out of the population."][0] == 3


ROW = "A{n},男,34,東京都,1,1,1,0,○,,{place}\n"


def test_rows_are_numbered_as_in_the_file(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, HEAD + ROW.format(n=1, place="") + "\n,,,,,,,,,,\n　, ,,,,,,,,,\n" + "A2,X,34,東京都,0,,,,,,\n")
    assert [(fault.field, fault.row) for fault in caught.value.faults] == [("性別", 6)]


def test_a_cell_too_many_shifts_nothing(tmp_path: Path) -> None:
    people, _ = read(tmp_path, HEAD + "".join(ROW.format(n=n, place="岩国市,") for n in (1, 2)))  # each ends in a comma
    assert people.ids == ("A1", "A2")
    assert people.destination == ("岩国市", "岩国市")
    with pytest.raises(InputError) as caught:
        read(tmp_path, HEAD + ROW.format(n=1, place="") + ROW.format(n=2, place="岩国市,錦町"))
    assert [fault.row for fault in caught.value.faults] == [3]


def test_the_same_heading_twice(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, HEAD.replace("訪問先", "年齢") + ROW.format(n=1, place="60"))
    assert [fault.field for fault in caught.value.faults] == ["年齢"]


def test_headings_alone(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, HEAD)
    assert "No row of answers" in caught.value.faults[0].what.template


def test_codes_and_numbered_questions_of_panel_companies(tmp_path: Path) -> None:
    people, ledger = read(tmp_path, (
        "回答者,F1_性別,年齢（歳）,Q1 関わる地域がある,問2．継続的な関わり,Q3_1_訪問,Q4 地縁・血縁のみ,"
        "ボランティア（MA）\n"
        "1,1,34,1.0,1.0,1.0,2.0,1.0\n2,2,40,0.0,,,,\n"))
    assert people.sex == ("male", "female")
    assert [people.class_ids[c] for c in people.class_of] == ["direct", "no_tie"]
    assert [note.count for note in ledger.of_kind("assumption")] == [2]  # 1 and 2 are sexes: told


def test_strata_and_units_that_some_rows_lack(tmp_path: Path) -> None:
    head = "性別,年齢,層,調査地点,関わる地域がある,継続的な関わり,訪問,地縁・血縁のみ\n"
    people, _ = read(tmp_path, head + "男,34,,,0,,,\n女,40,,,0,,,\n")  # columns that nobody filled in are none
    assert people.psu.tolist() == [0, 1]
    with pytest.raises(InputError) as caught:
        read(tmp_path, head + "男,34,甲,1,0,,,\n女,40,甲,,0,,,\n")
    assert [(fault.field, fault.row) for fault in caught.value.faults] == [("調査地点", 3)]


def test_people_who_stand_there_again_are_not_counted_again(tmp_path: Path) -> None:
    cells, notes = population(tmp_path, "年齢,男,女\n18～64歳,10,20\n65歳以上,3,4\n小計,13,24\n75歳以上（再掲）,1,2\n")
    assert sum(cells.values()) == 37
    assert notes["Totals of the population were left out: the cells add up to them."][0] == 4
