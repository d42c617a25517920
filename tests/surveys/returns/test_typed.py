"""What is typed into a form and what is read from a workbook end in one record, under one set of rules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
import waves
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from musubime.surveys.questionnaires import questionnaire, shipped
from musubime.surveys.returns import (
    Answers,
    Asked,
    Municipalities,
    Received,
    Sent,
    check_record,
    empty_record,
    given_of,
    marks_of,
    receive_one,
    record_of,
    record_of_answers,
    value_of,
    write_workbook,
)

HUBS = questionnaire("small-hubs-2022")
PLACES = Municipalities({"35208": "岩国市", "35213": "美祢市"})
LIVING = {"name": "本郷", "population": 900, "settlements": 12, "range": "former_municipality", "in_strategy": True,
          "facilities": {"shop": True, "post_office": True}, "transport": {"bus": True}, "rmo": False}


def a_record(**answers: Any) -> dict[str, Any]:
    record = empty_record(HUBS)
    record["answers"] = {"hubs_all": 1, "hubs_in_strategy": 1, "planned_in_strategy": 0, "planned_outside_strategy": 0}
    record["answers"] |= answers
    record["rosters"]["hubs"] = [dict(LIVING)]
    return record


def back(record: dict[str, Any], folder: Path, language: Any = "ja", code: str = "35208", **more: Any) -> Received:
    path = folder / "sent.xlsx"
    write_workbook(Sent(HUBS, 2026, code, PLACES.names[code], language, given=given_of(record, HUBS, language), **more),
                   path)
    asked = Asked(HUBS, 2026, PLACES, {}, folder / "kept", True, frozenset(PLACES.names))
    return receive_one("sent.xlsx", path, asked)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_form_to_workbook_to_record_is_the_same_record(tmp_path: Path, language: str) -> None:
    record = a_record(hubs_in_strategy="約20", remarks="改行が\nある備考")
    record["notes"] = {"hubs_in_strategy": "支所に照会中"}
    record["rosters"]["hubs"].append(
        {"name": "広瀬", "population": "不明", "facilities": {"shop": True, "bank": "一部"}})
    received = back(record, tmp_path, language, notes=record["notes"], mark="7")
    assert received.code == "35208"
    assert received.usable
    assert received.mark == "7"
    assert record_of(received.given, received.answers, HUBS, received.notes) == record


@pytest.mark.parametrize("about", shipped(), ids=lambda q: f"{q.survey}-{q.version}")
def test_clean_answers_of_every_survey_have_nothing_to_be_found(about: Any) -> None:
    answers = waves.clean(about, "35208", np.random.default_rng(3))
    record = record_of_answers(answers, about)
    checked = check_record(json.loads(json.dumps(record)), about, None)
    assert [f.id for f in checked.findings if f.kind == "fault"] == []
    assert checked.answers.answers == answers.answers
    assert {r: list(rows) for r, rows in checked.answers.rosters.items()} == {
        r: list(rows) for r, rows in answers.rosters.items()}


def test_the_checks_of_the_workbook_hold_for_the_form(tmp_path: Path) -> None:
    record = a_record(hubs_all=3, planned_in_strategy="約2")
    del record["rosters"]["hubs"][0]["range"]
    typed = {(f.id, f.kind) for f in check_record(record, HUBS, None).findings}
    sent = {(f.id, f.kind) for f in back(record, tmp_path).findings}
    # three hubs, one row; "about 2" is asked back; the hub's range is missing
    assert typed == sent == {
        ("a_row_for_each", "fault"), ("planned_in_strategy", "query"), ("required.range::hubs:1", "fault")}


def test_a_row_of_totals_and_an_empty_row_do_not_shift_the_rows() -> None:
    record = a_record(hubs_all=2, hubs_in_strategy=1)
    record["rosters"]["hubs"] = [{"name": "合計", "population": 900}, {}, {"name": "広瀬"}, dict(LIVING)]
    checked = check_record(record, HUBS, None)
    assert len(checked.answers.rosters["hubs"]) == 2
    assert {f.row for f in checked.findings if f.check.startswith("required.")} == {3}
    total = next(f for f in checked.findings if f.check.startswith("no_row."))
    assert (total.roster, total.row, total.question, total.kind) == ("hubs", 1, "name", "repair")


def test_what_is_certain_is_an_answer_and_the_rest_stays_as_it_was_typed() -> None:
    hubs_all = HUBS.question("hubs_all")
    remarks = HUBS.question("remarks")
    hubs = HUBS.roster("hubs")
    assert hubs_all is not None
    assert remarks is not None
    assert hubs is not None
    rmo, kind = hubs.question("rmo"), hubs.question("range")
    assert rmo is not None
    assert kind is not None
    assert [value_of(raw, hubs_all) for raw in ("２０", "20箇所", "約20", "", "不明", "9999")] == [
        20, 20, "約20", None, "不明", "9999"]
    assert [value_of(raw, rmo) for raw in ("はい", "No", "たぶん")] == [True, False, "たぶん"]
    assert [value_of(raw, kind) for raw in ("小学校区", "oaza", "どこか")] == ["school_district", "oaza", "どこか"]
    assert [value_of(raw, remarks) for raw in (" a ", "=cmd|'/C calc'!A0", "-")] == ["a", "=cmd|'/C calc'!A0", None]
    assert marks_of({"shop": "○", "bank": "×", "school": "一部"}) == {"shop": True, "school": "一部"}


def test_a_workbook_of_another_town_is_known(tmp_path: Path) -> None:
    assert back(a_record(), tmp_path, code="35213").code == "35213"


def test_a_question_whose_row_was_deleted_is_lost_and_not_answered_by_its_neighbour(tmp_path: Path) -> None:
    path = tmp_path / "cut.xlsx"
    given_ = given_of(a_record(planned_in_strategy=7), HUBS, "ja")
    write_workbook(Sent(HUBS, 2026, "35208", "岩国市", given=given_), path)
    book = openpyxl.load_workbook(path)
    page = book["調査票"]
    page.delete_rows(next(r for r in range(1, 60) if str(page.cell(r, 2).value or "").startswith("うち市町村版")))
    book.save(path)
    read = receive_one("cut.xlsx", path, Asked(HUBS, 2026, PLACES, {}, tmp_path, True, frozenset(PLACES.names)))
    assert "hubs_in_strategy" not in read.answers.answers  # the 7 below it is another question's
    assert read.answers.answers["planned_in_strategy"] == 7
    assert ("lost.hubs_in_strategy", "fault") in {(f.check, f.kind) for f in read.findings}


TYPED = st.one_of(st.integers(-10, 400).map(str), st.sampled_from(
    ["", " ", "約3", "２０", "3箇所", "1,200", "-", "不明", "なし", "=1+1", "@x(", "はい", "いいえ", "oaza", "小学校区",
     "2022/5/31", "○", "一部", "#REF!", "①"]), st.text(max_size=12))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TYPED, min_size=len(HUBS.questions), max_size=len(HUBS.questions)), st.data())
def test_a_record_read_again_is_itself(main: list[str], data: st.DataObject) -> None:
    record = empty_record(HUBS)
    record["answers"] = {q.id: v for q, raw in zip(HUBS.questions, main, strict=True)
                         if (v := value_of(raw, q)) is not None}
    row: dict[str, Any] = {}
    for q in HUBS.rosters[0].questions:
        value = (marks_of({o.id: data.draw(TYPED) for o in q.options}) if q.kind == "choices"
                 else value_of(data.draw(TYPED), q))
        if value is not None:
            row[q.id] = value
    record["rosters"]["hubs"] = [row]
    for language in ("ja", "en"):
        typed = given_of(record, HUBS, language)  # type: ignore[arg-type]
        again = record_of(typed, Answers(), HUBS, {})
        assert again == record

