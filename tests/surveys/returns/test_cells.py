"""What one cell says: certain repairs are made, everything with two readings is asked back, nothing is guessed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musubime.language import verbatim
from musubime.surveys.questionnaires import Option, Question
from musubime.surveys.returns.cells import read_cell, read_tick
from musubime.surveys.returns.workbook import _Date


def words(label: str) -> Any:
    return verbatim({"ja": label, "en": label})


PEOPLE = Question("people", words("人口"), "integer", unit=verbatim({"ja": "人", "en": "people"}), low=0, high=9999)
COST = Question(
    "cost", words("事業費"), "integer", unit=verbatim({"ja": "千円", "en": "thousand yen"}), low=0, high=99_999
)
KM = Question("km", words("距離"), "number", unit=verbatim({"ja": "km", "en": "km"}), low=0, high=150)
FOUNDED = Question("year", words("設立年"), "integer", low=1900, high=2060)
CHANGE = Question("change", words("増減"), "integer", unit=verbatim({"ja": "人", "en": "people"}))
FORM = Question(
    "form",
    words("状況"),
    "choice",
    options=(
        Option("good", words("良好")),
        Option("declining", words("低下")),
        Option("npo", words("NPO法人（認定NPO法人を含む）")),
        Option("other", words("その他")),
    ),
)
YES = Question("rmo", words("有無"), "yesno")
NAME = Question("name", words("名称"), "text", required=True)
DAY = Question("day", words("日"), "date")
PAGE = Question("page", words("ページ"), "url")


@pytest.mark.parametrize(
    ("question", "raw", "answer", "grade"),
    [
        # numbers as they are
        (PEOPLE, 20.0, 20, None),
        (PEOPLE, "20", 20, None),
        (PEOPLE, " 20 ", 20, None),
        (PEOPLE, "", None, None),
        (PEOPLE, "　", None, None),
        (KM, "3.5", 3.5, None),
        (PEOPLE, 0.0, 0, None),
        (PEOPLE, "0020", 20, None),
        # one reading only
        (PEOPLE, "２０", 20, "repair"),
        (PEOPLE, "20人", 20, "repair"),
        (PEOPLE, "２０名", 20, "repair"),
        (PEOPLE, "1,234", 1234, "repair"),
        (PEOPLE, "１，２３４人", 1234, "repair"),
        (PEOPLE, "20（人）", 20, "repair"),
        (PEOPLE, "1 234", 1234, "repair"),
        (KM, "3.5㎞", 3.5, "repair"),
        (KM, "12キロ", 12.0, "repair"),
        (FOUNDED, "2005年", 2005, "repair"),
        (CHANGE, "△5", -5, "repair"),
        (CHANGE, "▲1,234", -1234, "repair"),
        (CHANGE, "－5", -5, "repair"),
        (COST, "1,200千円", 1200, "repair"),
        # more than one reading, or none that is exact
        (PEOPLE, "約20", None, "query"),
        (PEOPLE, "20程度", None, "query"),
        (PEOPLE, "20～30", None, "query"),
        (PEOPLE, "-", None, "query"),
        (PEOPLE, "―", None, "query"),
        (PEOPLE, "不明", None, "query"),
        (PEOPLE, "△", None, "query"),
        (PEOPLE, "２万", None, "query"),
        (COST, "50万円", None, "query"),
        (COST, "500円", None, "query"),
        (PEOPLE, "1,23", None, "query"),
        (PEOPLE, "12 34", None, "query"),
        (PEOPLE, "二十", None, "query"),
        (PEOPLE, "なし", None, "query"),
        (PEOPLE, "20%", None, "query"),
        (PEOPLE, "①", None, "query"),
        (PEOPLE, "20²", None, "query"),
        (PEOPLE, "10(うち男5)", None, "query"),
        (PEOPLE, "20以上", None, "query"),
        (PEOPLE, "30世帯", None, "query"),
        (FOUNDED, "平成17年", None, "query"),
        (PEOPLE, "20\n30", None, "query"),
        (PEOPLE, "1e3", None, "query"),
        # cannot be
        (PEOPLE, "山田太郎", None, "fault"),
        (PEOPLE, 20.5, None, "fault"),
        (PEOPLE, -1.0, None, "fault"),
        (PEOPLE, "△5", None, "fault"),
        (PEOPLE, 10_000.0, None, "fault"),
        (PEOPLE, True, None, "fault"),
        (PEOPLE, _Date("2022-01-02"), None, "fault"),
        (PEOPLE, "#REF!", None, "fault"),
        (PEOPLE, 1e300, None, "fault"),
        (PEOPLE, "=cmd|' /C calc'!A0", None, "fault"),
        (NAME, "=1+1", None, "fault"),
        (NAME, "@SUM(1)", None, "fault"), (NAME, "@iwakuni", "@iwakuni", None),
        (NAME, "+cmd|'/c'!A1", None, "fault"),
        (FORM, '=HYPERLINK("http://x")', None, "fault"),
        # choices
        (FORM, "良好", "good", None),
        (FORM, "ＮＰＯ法人(認定NPO法人を含む)", "npo", None),
        (FORM, "NPO法人", "npo", "repair"),
        (FORM, "その他（町営）", "other", "repair"),
        (FORM, "良好ではない", None, "query"),
        (FORM, "良好・低下", None, "query"),
        (FORM, "1", None, "query"),
        (FORM, 1.0, None, "query"),
        (FORM, "不明", None, "query"),
        (YES, "はい", True, None),
        (YES, "いいえ", False, None),
        (YES, "有", True, "repair"),
        (YES, "なし", False, "repair"),
        (YES, "○", True, "repair"),
        (YES, "×", False, "repair"),
        (YES, "△", None, "query"),
        (YES, "1", None, "query"),
        (YES, "検討中", None, "query"),
        (YES, "-", None, "query"),
        (YES, "不明", None, "query"),
        # words
        (NAME, "中央地区", "中央地区", None),
        (NAME, 12.0, "12", None),
        (NAME, "-", None, "repair"),
        (NAME, "＝等号から始まる", None, "fault"),
        (NAME, "a" * 5000, None, "fault"),
        (NAME, "-5番地", "-5番地", None),
        (DAY, _Date("2022-05-31"), "2022-05-31", None),
        (DAY, "令和4年5月31日", "2022-05-31", None),
        (DAY, "R4.5.31", "2022-05-31", None),
        (DAY, "2022/5/32", None, "query"),
        (DAY, "平成元年1月8日", "1989-01-08", None),
        (PAGE, "https://www.town.example.jp/a", "https://www.town.example.jp/a", None),
        (PAGE, "www.town.example.jp", "https://www.town.example.jp", "repair"),
        (PAGE, "町のHP", None, "query"),
    ],
)
def test_one_cell(question: Question, raw: Any, answer: Any, grade: str | None) -> None:
    reading = read_cell(raw, question)
    assert (reading.answer, reading.grade) == (answer, grade)
    assert (reading.what is None) == (grade is None)


@pytest.mark.parametrize(
    ("raw", "answer", "grade"),
    [
        ("○", True, None),
        ("〇", True, None),
        ("", None, None),
        ("✓", True, "repair"),
        (1.0, True, "repair"),
        ("Ｏ", True, "repair"),
        ("×", False, "repair"),
        ("-", False, "repair"),
        (True, True, None),
        ("△", None, "query"),
        (0.0, None, "query"),
        ("？", None, "query"),
        (3.0, None, "query"),
        ("一部", None, "query"),
    ],
)
def test_one_mark(raw: Any, answer: Any, grade: str | None) -> None:
    reading = read_tick(raw)
    assert (reading.answer, reading.grade) == (answer, grade)


@pytest.mark.parametrize(("formula", "answer", "grade"), [
    ("=SUM(A1:A3)", 20, "query"), ("=[1]Sheet1!A1", None, "fault"), ("=cmd|'/c calc'!A1", None, "fault"),
    ('=HYPERLINK("http://x")', None, "fault"),
])
def test_formulas_are_told_and_commands_give_nothing(formula: str, answer: Any, grade: str) -> None:
    reading = read_cell(20.0, PEOPLE, formula)
    assert (reading.answer, reading.grade) == (answer, grade)


@given(st.text(max_size=30) | st.floats() | st.booleans() | st.integers(), st.sampled_from(
    [PEOPLE, KM, FOUNDED, FORM, YES, NAME, DAY, PAGE]))
def test_nothing_a_person_writes_breaks_a_reader(raw: Any, question: Question) -> None:
    reading = read_cell(raw, question)
    assert reading.grade in (None, "fault", "query", "repair")
    if reading.grade in ("fault", "query"):
        assert reading.answer is None
    assert read_tick(raw).answer in (True, False, None)


@given(st.integers(0, 9999))
def test_every_way_of_writing_a_number_is_read_as_that_number(number: int) -> None:
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in str(number))
    for written in (float(number), str(number), wide, f"{number}人", f"{number:,}", f" {wide}名"):
        assert read_cell(written, PEOPLE).answer == number
