"""What is counted: the same tables as from the workbooks, with honest counts of what is in and what is missing."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pptx
import pytest
from survey_site import ANSWERS, PLACES, a_wave, address, fill, typed, who

from musubime.surveys.questionnaires import questionnaire, questionnaire_text
from musubime.surveys.returns import Order, check_folder, compile_waves, save_returns
from musubime.web.jobs.models import Job
from musubime.web.jobs.queue import run_job
from musubime.web.surveys import states, works
from musubime.web.surveys.models import Made, Return, Wave
from musubime.web.surveys.waves import compile_returns

pytestmark = pytest.mark.django_db
FILES = "/surveys/small-hubs-2026/files/"


@pytest.fixture
def counted(hubs: Wave, sign_in: Any, everyone: Any) -> Wave:
    """岩国 accepted, 下関 submitted, 美祢 a draft, 廿日市 nothing."""
    desk = who(everyone["prefecture.staff"])
    for code in ("352080", "352012"):
        fill(sign_in(everyone["prefecture.staff"]), code)
        assert states.submit(Return.objects.get(wave=hubs, code=code).pk, desk) == []
    states.accept(Return.objects.get(wave=hubs, code="352080").pk, desk)
    sign_in(everyone["prefecture.staff"]).post(address("save/", "352136"), typed("a/", {"hubs_all": "9"}))
    return hubs


@pytest.fixture(autouse=True)
def _without_slides(request: Any, monkeypatch: Any) -> None:
    """Slides take seconds; one test makes them."""
    if "slides" not in request.node.name:
        monkeypatch.setattr(works, "_write_deck", lambda folder, area: None)


def order(client: Any, area: str = "", which: str = "accepted") -> Made:
    answer = client.post(FILES + "order/", {"area": area, "which": which})
    assert answer.status_code == 302, answer
    made = Made.objects.latest("pk")
    run_job.call(str(made.job))
    made.refresh_from_db()
    return made


def test_accepted_returns_alone_count_unless_others_are_asked_for(counted: Wave) -> None:
    returns, counts = compile_returns(counted)
    assert counts.as_json() == {"asked": 4, "counted": 1, "left": 1, "missing": 2}
    assert returns.asked["status"].to_dict() == {
        "34213": "missing", "35201": "missing", "35208": "accepted", "35213": "missing"}
    assert returns.asked["designation"].to_dict()["35213"] == "full"
    assert list(returns.answers.index) == ["35208"]
    _, counts = compile_returns(counted, accepted_only=False)
    assert counts.as_json() == {"asked": 4, "counted": 2, "left": 0, "missing": 2}
    _, counts = compile_returns(counted, "34")
    assert counts.as_json() == {"asked": 1, "counted": 0, "left": 0, "missing": 1}


def test_the_same_as_survey_compile_gives_from_the_same_workbooks(
    counted: Wave, sign_in: Any, everyone: Any, tmp_path: Path,
) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for code in ("352080", "352012"):
        (inbox / f"{code}.xlsx").write_bytes(
            sign_in(everyone["prefecture.staff"]).get(address("workbook/", code)).content)
    name = "small-hubs-2022"
    wave = check_folder(Order(inbox, tmp_path / "wave", questionnaire(name), questionnaire_text(name), 2026, PLACES,
                              now="2026-11-24", workers=1))
    by_command = compile_waves([wave])
    on_the_site, _ = compile_returns(counted, accepted_only=False)
    pd.testing.assert_frame_equal(by_command.answers, on_the_site.answers)
    for roster in by_command.rosters:
        pd.testing.assert_frame_equal(by_command.rosters[roster], on_the_site.rosters[roster])
    pd.testing.assert_frame_equal(by_command.asked.drop(columns="status"), on_the_site.asked.drop(columns="status"))
    assert by_command.asked["status"].to_dict()["35208"] == "submitted"  # a signature is the command's own matter
    first, second = tmp_path / "first", tmp_path / "second"
    save_returns(by_command, first)
    save_returns(on_the_site, second)
    assert (first / "answers.csv").read_bytes() == (second / "answers.csv").read_bytes()
    assert (first / "roster-hubs.csv").read_bytes() == (second / "roster-hubs.csv").read_bytes()


def test_tables_slides_and_raw_answers_are_made_and_say_what_is_missing(
    counted: Wave, sign_in: Any, everyone: Any,
) -> None:
    client = sign_in(everyone["ministry.staff"])
    made = order(client)
    job = Job.objects.get(pk=made.job)
    assert (job.state, job.faults) == ("done", [])
    assert made.counts == {"asked": 4, "counted": 1, "left": 1, "missing": 2}
    page = client.get(FILES).content.decode()
    assert "対象4団体のうち、受理済みの1件を集計しました。提出済みで未受理が1件、未提出が2件あります。" in page
    book = openpyxl.load_workbook(io.BytesIO(_taken(client, made, "tables-ja.xlsx")))
    assert len(book.sheetnames) > 5
    slides = pptx.Presentation(io.BytesIO(_taken(client, made, "deck-ja.pptx")))
    assert len(slides.slides) > 2
    document = json.loads(_taken(client, made, "tables.json"))
    assert document["counts"]["missing"] == 2
    with zipfile.ZipFile(io.BytesIO(_taken(client, made, "returns.zip"))) as packed:
        assert {"returns/answers.csv", "returns/asked.csv", "returns/questionnaire.yaml"} <= set(packed.namelist())


def _taken(client: Any, made: Made, name: str) -> bytes:
    answer = client.get(f"{FILES}{made.pk}/{name}")
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment")
    return b"".join(answer.streaming_content)


def test_a_formula_in_an_answer_is_harmless_in_what_is_exported(hubs: Wave, sign_in: Any, everyone: Any) -> None:
    client = sign_in(everyone["prefecture.staff"])
    fill(client)
    one = Return.objects.get(code="352080")
    client.post(address("save/"), typed("a/", {"remarks": "-1+1 は式ではない"}, one.version))
    states.submit(one.pk, who(everyone["prefecture.staff"]))
    made = order(sign_in(everyone["ministry.lead"]), which="submitted")
    with zipfile.ZipFile(io.BytesIO(_taken(sign_in(everyone["ministry.lead"]), made, "returns.zip"))) as packed:
        assert "'-1+1 は式ではない" in packed.read("returns/answers.csv").decode("utf-8-sig")


def test_a_prefecture_makes_its_own_and_nobody_elses(counted: Wave, sign_in: Any, everyone: Any) -> None:
    client = sign_in(everyone["prefecture.lead"])
    made = order(client, "35")
    assert made.counts == {"asked": 3, "counted": 1, "left": 1, "missing": 1}
    assert client.post(FILES + "order/", {"area": "34"}).status_code == 403
    assert client.post(FILES + "order/", {"area": ""}).status_code == 403
    national = order(sign_in(everyone["ministry.lead"]))
    assert sign_in(everyone["prefecture.lead"]).get(f"{FILES}{national.pk}/tables-ja.xlsx").status_code == 404


def test_nothing_accepted_is_told_and_makes_nothing(hubs: Wave, sign_in: Any, everyone: Any) -> None:
    made = order(sign_in(everyone["ministry.lead"]))
    job = Job.objects.get(pk=made.job)
    assert job.state == "failed"
    assert "集計できる回答がありません" in job.faults[0]["what"]["ja"]
    assert not made.folder.exists()


def test_the_public_sees_tables_once_they_are_published_and_raw_answers_never(
    counted: Wave, sign_in: Any, everyone: Any,
) -> None:
    made = order(sign_in(everyone["ministry.lead"]))
    public, path = "/surveys/small-hubs-2026/published/", f"{FILES}{made.pk}/tables-ja.xlsx"
    nobody = sign_in(None)
    assert (nobody.get(public).status_code, nobody.get(path).status_code) == (404, 404)
    assert sign_in(everyone["prefecture.lead"]).post(f"{FILES}{made.pk}/publish/").status_code == 403
    sign_in(everyone["ministry.lead"]).post(f"{FILES}{made.pk}/publish/")
    nobody = sign_in(None)
    assert nobody.get(public).status_code == 200
    assert nobody.get(path).status_code == 200
    assert nobody.get(f"{FILES}{made.pk}/returns.zip").status_code == 404
    assert "returns.zip" not in nobody.get(public).content.decode()
    assert nobody.get(f"{FILES}{made.pk}/..%2f..%2fsite.sqlite3").status_code == 404
    sign_in(everyone["ministry.lead"]).post(f"{FILES}{made.pk}/publish/")
    assert sign_in(None).get(path).status_code == 404


def test_the_change_since_the_wave_before_is_counted(counted: Wave, sign_in: Any, everyone: Any) -> None:
    later = a_wave(2027)
    client = sign_in(everyone["prefecture.staff"])
    fill(client, key=later.key)
    one = Return.objects.get(wave=later, code="352080")
    states.submit(one.pk, who(everyone["prefecture.staff"]))
    states.accept(one.pk, who(everyone["prefecture.staff"]))
    ministry = sign_in(everyone["ministry.lead"])
    ministry.post(f"/surveys/{later.key}/files/order/", {"area": "", "which": "accepted"})
    made = Made.objects.latest("pk")
    run_job.call(str(made.job))
    document = json.loads((made.folder / "tables.json").read_text("utf-8"))
    assert any("change" in table["id"] or "since" in table["title"]["en"].lower() for table in document["tables"])
    assert later.due > dt.date(2027, 1, 1)
    assert ANSWERS["hubs_all"] == "1"
