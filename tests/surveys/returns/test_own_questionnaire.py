"""A ministry's own questionnaire with every type of question, from its YAML to compiled answers."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest

from musubime.language import use_language
from musubime.surveys.questionnaires import parse
from musubime.surveys.returns import (
    Answers,
    Municipalities,
    Order,
    Sent,
    as_given,
    check_folder,
    compile_waves,
    load_returns,
    save_returns,
    write_workbook,
)

OWN = """
survey: roadside
version: "1"
fiscal_years: [2026]
title: {ja: "道の駅 & 直売所 <調査>", en: "Roadside stations & shops <survey>"}
about: {ja: 説明, en: About}
publisher: {ja: 県, en: Prefecture}
source: Ours
asks: municipalities
reference: "03-31"
lists:
  state: {good: {ja: 良い, en: Good}, bad: {ja: 悪い, en: Bad}}
sections:
  - id: first
    title: {ja: 一, en: One}
    questions:
      - {id: stations, text: {ja: 道の駅の数, en: Stations}, type: integer, required: true, min: 0, max: 50}
      - {id: share, text: {ja: 地元産の割合, en: Local share}, type: number, unit: {ja: "%", en: "%"}, min: 0, max: 100}
      - {id: opened, text: {ja: 開業日, en: Opened on}, type: date}
      - {id: page, text: {ja: ページ, en: Page}, type: url}
      - {id: state, text: {ja: 状態, en: State}, type: choice, options: state}
      - {id: why, text: {ja: 理由, en: Why}, type: text, required: true, when: {is: [state, bad]}}
      - {id: plan, text: {ja: 計画の有無, en: Is there a plan?}, type: yesno, required: true}
      - id: help
        text: {ja: 支援（複数）, en: Help (several)}
        type: choices
        required: true
        options: {money: {ja: 補助金, en: Money}, people: {ja: 人, en: People}, none: {ja: なし, en: None, alone: true}}
rosters:
  - id: stations
    title: {ja: "駅ごと/一覧", en: "Each station/list"}
    one: {ja: 駅, en: station}
    key: name
    rows: 4
    most: 10
    questions:
      - {id: name, text: {ja: 駅名, en: Station}, type: text, required: true}
      - {id: visitors, text: {ja: 来客数, en: Visitors}, type: integer, unit: {ja: 人, en: people}, min: 0}
  - id: shops
    title: {ja: 店ごと, en: Each shop}
    one: {ja: 店, en: shop}
    key: shop
    rows: 4
    questions:
      - {id: shop, text: {ja: 店名, en: Shop}, type: text, required: true}
      - id: sells
        text: {ja: 品目, en: Sells}
        type: choices
        options: {rice: {ja: 米, en: Rice}, fish: {ja: 魚, en: Fish}}
      - {id: open, text: {ja: 営業, en: Open}, type: yesno, required: true}
checks:
  - {id: rows, that: {equal: [stations, {rows: stations}]}, tell: {ja: 数が違います。, en: The numbers differ.}}
  - id: visitors
    that: {at_least: [{total: stations.visitors}, stations]}
    tell: {ja: 少なすぎます。, en: Too few.}
    grade: query
"""

ANSWERS = Answers(
    {"stations": 2, "share": 62.5, "opened": "1993-04-22", "page": "https://www.example.jp/a?b=1&c=2", "state": "bad",
     "why": "屋根<雨漏り> & 床", "plan": False, "help": ("money", "people")},
    {"stations": ({"name": "岩国", "visitors": 0}, {"name": "錦 \"川\""}),
     "shops": ({"shop": "甲", "sells": ("rice",), "open": True},)},
)


@pytest.fixture(autouse=True)
def _english() -> None:
    use_language("en")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_type_of_question_comes_back(language: str, tmp_path: Path) -> None:
    asked = parse(OWN, "own.yaml")
    places = Municipalities({"35208": "岩国市"})
    (tmp_path / "in").mkdir()
    sent = Sent(asked, 2026, "35208", "岩国市", language="ja" if language == "ja" else "en", last=ANSWERS,
                given=as_given(asked, ANSWERS, "ja" if language == "ja" else "en"))
    write_workbook(sent, tmp_path / "in" / "a.xlsx")
    wave = check_folder(Order(tmp_path / "in", tmp_path / "wave", asked, OWN, 2026, places, now="now", workers=1))
    standing = wave.standings()["35208"]
    assert [f["what"]["en"] for f in standing.open] == []
    assert standing.current is not None
    assert standing.current.answers.as_json() == ANSWERS.as_json()
    returns = compile_waves([wave])
    save_returns(returns, tmp_path / "returns", OWN)
    again = load_returns(tmp_path / "returns")
    assert again.answers.loc["35208", "share"] == 62.5
    assert bool(again.answers.loc["35208", "help.money"])
    assert not bool(again.answers.loc["35208", "help.none"])
    assert again.rosters["stations"]["visitors"].isna().tolist() == [False, True]  # not known is not 0
    pd.testing.assert_frame_equal(again.rosters["shops"], returns.rosters["shops"])


def test_same_input_same_bytes(tmp_path: Path) -> None:
    asked = parse(OWN, "own.yaml")
    sent = Sent(asked, 2026, "35208", "岩国市", last=ANSWERS)
    for name in ("a", "b"):
        write_workbook(sent, tmp_path / f"{name}.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_texts_that_look_like_formulas_come_back_from_csv_as_they_were(tmp_path: Path) -> None:
    asked = parse(OWN, "own.yaml")
    wild = ["=1+1", "-5", "+81", "@x", "'quoted", "''", "\t=a", " =b", "a\nb", 'q"q']
    rows = tuple({"name": word} for word in wild)
    from musubime.surveys.returns import tabulate

    frame = pd.DataFrame({"name": ["x"], "prefecture": ["35"], "designation": ["none"], "status": ["submitted"]},
                         index=pd.Index(["35208"], name="code"), dtype="string")
    returns = tabulate(asked, 2026, frame, {"35208": Answers({}, {"stations": rows})})
    save_returns(returns, tmp_path / "r")
    assert load_returns(tmp_path / "r").rosters["stations"]["name"].tolist() == wild
    with (tmp_path / "r" / "roster-stations.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell.strip().startswith(("=", "+", "-", "@"))]
