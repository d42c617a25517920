"""Fictional municipalities and what they answer: clean waves of every shipped survey, for tests and benchmarks.

The numbers of a return hang together as its questionnaire's checks demand, so a clean return has nothing to be found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from musubime.surveys.model import Returns
from musubime.surveys.questionnaires import Answer, Question, Questionnaire, Scope
from musubime.surveys.questionnaires.expressions import holds
from musubime.surveys.returns import Answers, Municipalities
from musubime.surveys.returns.tables import tabulate

FIRST = (
    "朝霧 青葉 岩滝 梅里 大楠 霞沢 北浜 清川 桜瀬 汐見 白滝 杉谷 高峰 月野 虹ヶ原 花坂 日向野 藤里 松ヶ崎 緑山".split()
)
PLACES = "上 下 東 西 南 北 中 奥 前 後".split()
KINDS = "沢 原 谷 浜 野 坂 瀬 峰 田 窪".split()


def municipalities(count: int = 47, seed: int = 1) -> Municipalities:
    """`count` fictional towns spread over the prefectures, codes from 301 up; half of them designated."""
    rng = np.random.default_rng(seed)
    names: dict[str, str] = {}
    for number in range(count):
        prefecture, place = number % 47 + 1, number // 47
        names[f"{prefecture:02}{301 + place}"] = f"{FIRST[(number * 7) % 20]}{KINDS[place % 10]}{'町村市'[number % 3]}"
    kinds = rng.choice(["none", "full", "part", "deemed"], count, p=[0.5, 0.4, 0.08, 0.02])
    designation = {code: str(kind) for code, kind in zip(names, kinds, strict=True) if kind != "none"}
    return Municipalities(names, designation, vintage="fictional", designation_vintage="fictional")


def asked(places: Municipalities, status: Mapping[str, str] | None = None) -> pd.DataFrame:
    """The table `asked` of a wave; who is not in `status` has submitted."""
    codes = sorted(places.names)
    return pd.DataFrame({
        "name": pd.array([places.names[c] for c in codes], dtype="string"),
        "prefecture": pd.array([c[:2] for c in codes], dtype="string"),
        "designation": pd.array([places.designation.get(c, "none") for c in codes], dtype="string"),
        "status": pd.array([(status or {}).get(c, "submitted") for c in codes], dtype="string"),
    }, index=pd.Index(codes, name="code", dtype="string"))


def wave(questionnaire: Questionnaire, fiscal_year: int, places: Municipalities, seed: int = 1,
         missing: float = 0.0) -> Returns:
    """A compiled wave of clean returns; a share `missing` of those asked sent nothing."""
    rng = np.random.default_rng(seed)
    silent = {code for code in sorted(places.names) if rng.random() < missing}
    returned = {code: answers for code, answers in returns(questionnaire, places, seed).items() if code not in silent}
    return tabulate(questionnaire, fiscal_year, asked(places, dict.fromkeys(silent, "missing")), returned)


def returns(questionnaire: Questionnaire, places: Municipalities, seed: int = 1) -> dict[str, Answers]:
    """Clean answers of every municipality."""
    return {
        code: clean(questionnaire, code, np.random.default_rng([seed, int(code)])) for code in sorted(places.names)
    }


def clean(questionnaire: Questionnaire, code: str, rng: np.random.Generator) -> Answers:
    """Answers that break no check."""
    fixed: dict[str, Answer] = {}
    rosters: dict[str, list[dict[str, Answer]]] = {}
    for roster in questionnaire.rosters:
        count = 0 if rng.random() < 0.4 else int(rng.integers(1, min(roster.rows, 8) + 1))
        if questionnaire.survey == "settlements":
            count = int(rng.integers(5, 50))
        rosters[roster.id] = []
        for number in range(count):
            row = _row(questionnaire, rng)
            row[roster.key] = (
                f"{PLACES[number % 10]}{KINDS[number // 10 % 10]}{number + 1}{'地区' if number % 2 else ''}"
            )
            rosters[roster.id].append(_fill(roster.questions, row, {}, rng))
    if questionnaire.survey == "small-hubs":
        rows = rosters["hubs"]
        if questionnaire.version == "2018":
            fixed["hubs"] = len(rows)
        else:
            fixed["hubs_all"] = len(rows)
            fixed["hubs_in_strategy"] = sum(row["in_strategy"] is True for row in rows)
            fixed["planned_in_strategy"], fixed["planned_outside_strategy"] = int(rng.integers(3)), int(rng.integers(3))
    elif questionnaire.survey == "rmo":
        fixed["rmos"] = len(rosters["rmos"])
    elif questionnaire.survey == "settlements":
        fixed["settlements"] = len(rosters["settlements"])
        for name in ("uninhabited", "vanished", "merged", "new"):
            fixed[name] = int(rng.integers(0, 3))
    elif questionnaire.survey == "related-population":
        fixed["did"] = bool(rosters["initiatives"])
        fixed |= {"number": int(rng.integers(5000, 90_000)), "registered": int(rng.integers(0, 5000)),
                  "knows_number": bool(rng.random() < 0.3), "target_year": 2027}
    return Answers(_fill(questionnaire.questions, fixed, fixed, rng), rosters)


def _row(questionnaire: Questionnaire, rng: np.random.Generator) -> dict[str, Answer]:
    people = int(rng.lognormal(6, 1)) + 20
    if questionnaire.survey == "settlements":
        people = int(rng.lognormal(4.3, 1)) + 3
        aged = int(people * rng.uniform(0.2, 0.8))
        return {"population": people, "aged_65": aged, "aged_75": int(aged * rng.uniform(0.3, 0.7)),
                "households": max(1, int(people / rng.uniform(1.8, 3))), "since_last": "kept",
                "town_hall_km": round(float(rng.uniform(0.5, 40)), 1)}
    return {"population": people, "settlements": int(rng.integers(1, 15)), "founded": int(rng.integers(1990, 2022)),
            "started": int(rng.integers(2015, 2024)), "url": "https://www.town.example.jp/hub/",
            "page": "https://www.town.example.jp/hub/"}


def _fill(questions: Sequence[Question], given: Mapping[str, Answer], main: Mapping[str, Answer],
          rng: np.random.Generator) -> dict[str, Answer]:
    """The questions in order, as far as their `when` holds; `given` answers come first."""
    answers: dict[str, Answer] = {}
    for question in questions:
        if question.when is not None and holds(question.when, Scope(dict(main) | answers, {})) is not True:
            continue
        answer = given[question.id] if question.id in given else _answer(question, rng)
        if answer is not None:
            answers[question.id] = answer
    return answers


def _answer(question: Question, rng: np.random.Generator) -> Any:
    if not question.required and rng.random() < 0.2:
        return None
    if question.kind == "yesno":
        return bool(rng.random() < 0.7)
    if question.kind == "choice":
        return question.options[int(rng.integers(len(question.options)))].id
    if question.kind == "choices":
        several = [option.id for option in question.options if not option.alone]
        alone = [option.id for option in question.options if option.alone]
        if alone and rng.random() < 0.1:
            return (alone[0],)
        chosen = {int(i) for i in rng.integers(len(several), size=int(rng.integers(1, 5)))}
        return tuple(several[i] for i in sorted(chosen))
    if question.kind in ("integer", "number"):
        low, high = question.low or 0, min(question.high or 1000, (question.low or 0) + 5000)
        return int(rng.integers(int(low), int(high) + 1))
    if question.kind == "date":
        return f"2022-{rng.integers(1, 13):02}-{rng.integers(1, 28):02}"
    if question.kind == "url":
        return "https://www.town.example.jp/"
    return f"{FIRST[int(rng.integers(20))]}{PLACES[int(rng.integers(10))]}"


def changed(answers: Answers, **main: Answer) -> Answers:
    """The same answers with some of the return's own replaced."""
    return replace(answers, answers=dict(answers.answers) | main)
