"""The prefecture's step: what was received is kept, versions follow one another, people decide, and signatures hold."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from musubime.errors import InputError
from musubime.surveys.questionnaires import questionnaire
from musubime.surveys.returns import (
    Answers,
    Wave,
    compile_waves,
    history,
    load_returns,
    open_wave,
    returned_answers,
    save_returns,
    settle,
    sign_off,
    tabulate,
    use,
)
from musubime.surveys.returns.receipts import append, damaged, read_log


def states(wave: Wave) -> dict[str, str]:
    return {code: standing.state for code, standing in wave.standings().items()}


def with_hubs(world: Any, code: str, **changes: Any) -> Answers:
    answers = world.answers[code]
    return Answers(dict(answers.answers) | changes, answers.rosters)


def test_everybody_is_somewhere(world: Callable) -> None:
    # Five towns: one clean, one with more hubs in the strategy than hubs, one unreadable, two silent.
    here = world()
    here.put("01301")
    here.put("02301", answers=with_hubs(here, "02301", hubs_in_strategy=99))
    here.put("03301").write_bytes(b"PK\x03\x04 half")
    (here.inbox / "03301.xlsx").rename(here.inbox / "033014.xlsx")
    wave = here.check()
    assert states(wave) == {
        "01301": "submitted", "02301": "queried", "03301": "queried", "04301": "missing", "05301": "missing"}
    returns = compile_waves([wave])
    assert list(returns.asked["status"]) == ["submitted", "queried", "queried", "missing", "missing"]
    assert list(returns.answers.index) == ["01301", "02301"]
    assert returns.answers.loc["02301", "hubs_in_strategy"] == 99  # a cross-check blames no single answer


def test_compiled_returns_are_what_was_answered(world: Callable, tmp_path: Path) -> None:
    here = world("rmo-2022", towns=8)
    here.put_all()
    returns = compile_waves([here.check()])
    expected = tabulate(here.questionnaire, 2022, returns.asked, here.answers)
    pd.testing.assert_frame_equal(returns.answers, expected.answers)
    pd.testing.assert_frame_equal(returns.rosters["rmos"], expected.rosters["rmos"])
    save_returns(returns, tmp_path / "r")
    again = load_returns(tmp_path / "r")
    pd.testing.assert_frame_equal(again.answers, returns.answers)
    pd.testing.assert_frame_equal(again.rosters["rmos"], returns.rosters["rmos"])
    pd.testing.assert_frame_equal(again.asked, returns.asked)
    assert (
        returned_answers(again, here.questionnaire, here.questionnaire)["01301"].as_json()
        == here.answers["01301"].as_json()
    )


def test_without_a_designation_list_nobody_is_called_not_designated(world: Callable) -> None:
    here = world()
    here.put("01301")
    assert set(compile_waves([here.check()]).asked["designation"]) <= {"none", "full", "part", "deemed"}
    here.places = replace(here.places, designation={}, designation_vintage="")
    assert compile_waves([here.check()]).asked["designation"].isna().all()


def test_a_corrected_return_takes_the_place_of_the_first_and_both_are_kept(world: Callable) -> None:
    here = world()
    first = here.put("01301", "first.xlsx", answers=with_hubs(here, "01301", hubs_all=99))
    assert states(here.check())["01301"] == "queried"
    before = {path: path.read_bytes() for path in (here.out / "receipts").glob("??/*")}
    first.unlink()  # the inbox was emptied; the receipt is not
    here.put("01301", "second.xlsx")
    wave = here.check()
    assert states(wave)["01301"] == "submitted"
    assert [version.run for version in wave.versions] == [1, 2]
    after = {path: path.read_bytes() for path in (here.out / "receipts").glob("??/*")}
    assert len(after) == 2
    assert {path: after[path] for path in before} == before
    for path, content in after.items():
        assert path.name == hashlib.sha256(content).hexdigest()
        assert not path.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP)
    assert damaged(here.out) == []


def test_what_goes_back_can_be_corrected_and_sent_again(world: Callable) -> None:
    here = world()
    code = next(c for c in here.codes if here.answers[c].rosters["hubs"])
    rows = [dict(row) for row in here.answers[code].rosters["hubs"]]
    right = rows[0]["population"]
    rows[0]["population"] = 999_999
    here.put(code, answers=Answers(here.answers[code].answers, {"hubs": rows}))
    here.check()
    back = next(iter((here.out / "send-back").glob("*.xlsx")))
    book = openpyxl.load_workbook(back)
    assert book.sheetnames[0] == "要訂正" or book.sheetnames[0] == "To be corrected"
    page = next(page for page in book.worksheets if page["D8"].value == 999_999)
    assert page["D8"].comment is not None
    assert page["D8"].fill.start_color.rgb.endswith("F8CBCB")
    page["D8"] = right
    book.save(here.inbox / "corrected.xlsx")
    (here.inbox / f"{code}.xlsx").unlink()
    wave = here.check()
    assert states(wave)[code] == "submitted"
    current = wave.standings()[code].current
    assert current is not None
    assert current.answers.as_json() == here.answers[code].as_json()
    assert list((here.out / "send-back").glob("*.xlsx")) == []


def test_a_query_is_settled_and_a_fault_is_not(world: Callable) -> None:
    here = world()
    here.last = {"01301": with_hubs(here, "01301", hubs_all=here.answers["01301"].answers["hubs_all"] + 40)}
    here.put("01301")
    here.put("02301", answers=with_hubs(here, "02301", hubs_in_strategy=99))
    wave = here.check()
    assert [f["id"] for f in wave.standings()["01301"].open] == ["as_many_as_last_year"]
    settle(wave, "01301", "as_many_as_last_year", "Mori, prefecture", "closed by telephone", "2022-07-01")
    assert states(open_wave(here.out))["01301"] == "submitted"
    with pytest.raises(InputError, match="no open query"):
        settle(wave, "02301", "strategy_within_all", "Mori", "", "2022-07-01")
    with pytest.raises(InputError, match="Nobody is named"):
        settle(wave, "01301", "as_many_as_last_year", " ", "", "2022-07-01")
    assert states(here.check())["01301"] == "submitted"  # the decision outlives another check


def test_of_two_returns_one_is_chosen(world: Callable) -> None:
    here = world()
    here.put("01301", "a.xlsx")
    here.put("01301", "b.xlsx", answers=with_hubs(here, "01301", planned_in_strategy=7))
    wave = here.check()
    rival = next(v for v in wave.standings()["01301"].rivals if v.files[0][0] == "b.xlsx")
    use(wave, "01301", rival.id[:8], "Mori, prefecture", "", "2022-07-01")
    chosen = open_wave(here.out).standings()["01301"]
    assert chosen.state == "submitted"
    assert chosen.current is not None
    assert chosen.current.answers.answers["planned_in_strategy"] == 7


def test_a_signature_covers_what_was_signed_and_nothing_that_came_later(world: Callable) -> None:
    here = world()
    for code in here.codes[:3]:
        here.put(code)
    wave = here.check()
    with pytest.raises(InputError) as refused:
        sign_off(wave, "Mori, prefecture", "2022-07-01")
    assert [fault.value for fault in refused.value.faults] == ["04301", "05301"]
    signed = sign_off(wave, "Mori, prefecture", "2022-07-01", partly=True)
    assert signed.signed == ("01301", "02301", "03301")
    assert signed.left == ("04301", "05301")
    assert list(states(open_wave(here.out)).values()) == ["accepted"] * 3 + ["missing"] * 2
    here.put("02301", "later.xlsx", answers=with_hubs(here, "02301", planned_in_strategy=8))
    (here.inbox / "02301.xlsx").unlink()
    wave = here.check()
    assert states(wave)["02301"] == "submitted"
    assert wave.standings()["02301"].outdated_signature
    assert states(wave)["01301"] == "accepted"
    again = sign_off(wave, "Mori, prefecture", "2022-07-02", code="02301")
    assert again.hash != signed.hash
    assert states(open_wave(here.out))["02301"] == "accepted"


def test_a_log_that_was_changed_is_refused(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    append(log, [{"a": 1}, {"a": 2}])
    append(log, [{"a": 3}])
    assert [line["a"] for line in read_log(log)] == [1, 2, 3]
    log.write_text(log.read_text().replace('"a": 2', '"a": 5'))
    with pytest.raises(InputError, match="changed afterwards"):
        read_log(log)


def test_a_log_whose_last_line_was_cut_off_is_read_and_continued(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    append(log, [{"a": 1}, {"a": 2}])
    log.write_bytes(log.read_bytes()[:-20])
    assert [line["a"] for line in read_log(log)] == [1]
    append(log, [{"a": 3}])
    assert [line["a"] for line in read_log(log)] == [1, 3]


def test_another_survey_never_overwrites_a_wave(world: Callable) -> None:
    here = world()
    here.put("01301")
    here.check()
    with pytest.raises(InputError, match="another wave"):
        here.check(fiscal_year=2023)
    assert json.loads((here.out / "wave.json").read_text("utf-8"))["fiscal_year"] == 2022


def test_prefectures_are_put_together_and_overlap_is_refused(world: Callable, tmp_path: Path) -> None:
    here = world()
    here.put_all()
    parts = [here.check(out=tmp_path / p, prefecture=p) for p in ("01", "02", "03", "04", "05")]
    whole = compile_waves(parts)
    assert list(whole.answers.index) == here.codes
    assert len(whole.asked) == 5
    with pytest.raises(InputError, match="same municipality"):
        compile_waves([parts[0], parts[0]])


def test_many_processes_say_the_same_as_one(world: Callable, tmp_path: Path) -> None:
    here = world(towns=30)
    here.put_all()
    one = here.check(out=tmp_path / "one", workers=1)
    two = here.check(out=tmp_path / "two", workers=2)
    assert [v.as_json() for v in one.versions] == [v.as_json() for v in two.versions]


def test_old_answers_stay_in_the_series_and_breaks_show(world: Callable) -> None:
    import waves

    old, new = questionnaire("small-hubs-2018"), questionnaire("small-hubs-2022")
    places = waves.municipalities(6)
    answers, questions = history([waves.wave(old, 2018, places), waves.wave(new, 2022, places, seed=2)], [old, new])
    # Removed in 2022 and still there: the web page of each hub.
    urls = answers[answers["series"] == "hubs.url"]
    assert set(urls["fiscal_year"]) == {2018}
    assert len(urls) == waves.wave(old, 2018, places).rosters["hubs"]["url"].notna().sum()
    assert questions.set_index("series").loc["hubs.url", "ended"]
    # Another list of answers: two segments. The same question in both: one.
    assert set(answers[answers["series"] == "hubs.facilities"].groupby("version")["segment"].max()) == {1, 2}
    assert set(answers[answers["series"] == "hubs.rmo"]["segment"]) == {1}
    # Asked in 2022 as hubs_all, in 2018 as hubs: one thread with a break, both years in it.
    total = answers[answers["series"] == "hubs_all"]
    assert set(total["question"]) == {"hubs", "hubs_all"}
    assert dict(total.groupby("fiscal_year")["segment"].first()) == {2018: 1, 2022: 2}
    # Nothing is lost: as many answers as there are in both waves.
    count = sum(int(frame.drop(columns=["code", "number"], errors="ignore").notna().sum().sum())
                for wave in (waves.wave(old, 2018, places), waves.wave(new, 2022, places, seed=2))
                for frame in (wave.answers, *wave.rosters.values()))
    choices = sum((len(q.options) - 1) * sum(w.rosters["hubs"][f"{q.id}.{q.options[0].id}"].notna())
                  for w, form in ((waves.wave(old, 2018, places), old), (waves.wave(new, 2022, places, seed=2), new))
                  for q in form.rosters[0].questions if q.kind == "choices")
    assert len(answers) == count - choices


def test_last_answers_come_along_only_where_they_may_be_compared(world: Callable) -> None:
    import waves

    old, new = questionnaire("small-hubs-2018"), questionnaire("small-hubs-2022")
    places = waves.municipalities(6)
    last = returned_answers(waves.wave(old, 2018, places), old, new)
    row = next(rows[0] for a in last.values() if (rows := a.rosters.get("hubs")))
    assert "name" in row
    assert "facilities" not in row  # the list of answers changed
    assert all("hubs_all" not in a.answers for a in last.values())


def _deadly(task: tuple[tuple[str, Path], ...]) -> Any:
    import os

    from musubime.surveys.returns.reading import receive

    if task[0][0] == "evil.xlsx":
        os._exit(9)
    return receive(task)


def test_a_file_that_kills_its_reader_does_not_take_the_others_along(world: Callable, monkeypatch: pytest.MonkeyPatch
                                                                      ) -> None:
    from musubime.surveys.returns import collect

    here = world(towns=30)
    here.put_all()
    (here.inbox / "evil.xlsx").write_bytes(b"PK\x03\x04 evil")
    monkeypatch.setattr(collect, "receive", _deadly)
    wave = here.check(workers=2)
    assert list(states(wave).values()) == ["submitted"] * 30
    assert [line["file"] for line in wave.files if not line["code"]] == ["evil.xlsx"]
