"""Opening a wave, the ministry's board, a prefecture's desk, reminders, and whom each of them is for."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from survey_site import a_wave, address, fill, who

from musubime.web.accounts.models import AuditEntry
from musubime.web.places.models import Designation, Municipality
from musubime.web.surveys import states
from musubime.web.surveys.models import Contact, Return, Wave

pytestmark = pytest.mark.django_db
LIST = "code,name\n352080,岩国市\n352136,美祢市\n131016,千代田区\n350001,山口県\n".encode("utf-8-sig")
NEW = {"questionnaire": "small-hubs-2022", "fiscal_year": "2026", "due": "2026-12-20", "send_to": "", "codes": ""}


def test_the_ministry_opens_a_wave_from_a_list_of_codes(sign_in: Any, everyone: Any) -> None:
    client = sign_in(everyone["ministry.staff"])
    answer = client.post("/surveys/new/", NEW | {"municipalities": SimpleUploadedFile("codes.csv", LIST)})
    assert answer.headers["Location"] == "/surveys/small-hubs-2026/"
    # the survey of hubs asks no special wards and no prefectures
    assert list(Return.objects.values_list("code", "prefecture", "name")) == [
        ("352080", "35", "岩国市"), ("352136", "35", "美祢市")]
    assert AuditEntry.objects.filter(action="surveys.open").exists()
    again = client.post("/surveys/new/", NEW)
    assert again.status_code == 400
    assert "すでに開始されています" in again.content.decode()


def test_without_a_list_the_directory_is_asked_with_the_designation_of_the_day(sign_in: Any, everyone: Any) -> None:
    for code, name, former in (("352080", "岩国市", False), ("352136", "美祢市", False), ("353230", "由宇町", True)):
        Municipality.objects.create(code=code, name=name, former=former, source="codes.csv")
    for day, kind in ((dt.date(2026, 4, 1), "part"), (dt.date(2026, 6, 1), "full")):
        Designation.objects.create(municipality_id="352136", on=day, kind=kind, source="kaso.csv")
    client = sign_in(everyone["ministry.lead"])
    client.post("/surveys/new/", NEW)
    wave = Wave.objects.get()
    # the survey describes 31 May 2026: the list of April holds
    assert list(wave.returns.values_list("code", "designation")) == [("352080", "none"), ("352136", "part")]
    assert wave.designation_vintage == "kaso.csv (2026-04-01)"


@pytest.mark.parametrize(("more", "file"), [
    ({"codes": "352080 999999"}, LIST), ({"codes": "131016"}, LIST), ({}, b"nothing\n1\n"), ({}, b"\x00\xff\xfe"),
    ({}, "code,name\n352081,岩国市\n".encode()), ({}, b""), ({"fiscal_year": "20"}, LIST), ({"due": "soon"}, LIST),
])
def test_a_list_that_is_wrong_opens_nothing(sign_in: Any, everyone: Any, more: dict[str, str], file: bytes) -> None:
    answer = sign_in(everyone["ministry.lead"]).post(
        "/surveys/new/", NEW | more | {"municipalities": SimpleUploadedFile("codes.csv", file or b" ")})
    assert answer.status_code in (200, 400)
    assert not Wave.objects.exists()


def test_a_questionnaire_of_ones_own_is_asked(sign_in: Any, everyone: Any) -> None:
    own = """
survey: lights
version: "1"
fiscal_years: [2026]
title: {ja: 明かりの調査, en: Survey of lights}
about: {ja: 街路灯, en: Street lamps}
publisher: {ja: 町, en: Town}
source: ours
asks: governments
reference: "04-01"
sections:
  - id: one
    title: {ja: 一, en: One}
    questions:
      - {id: lamps, text: {ja: 灯数, en: Lamps}, type: integer, required: true, min: 0}
"""
    client = sign_in(everyone["ministry.lead"])
    client.post("/surveys/new/", NEW | {
        "own_questionnaire": SimpleUploadedFile("lights.yaml", own.encode()),
        "municipalities": SimpleUploadedFile("codes.csv", LIST)})
    wave = Wave.objects.get(pk="lights-2026")
    assert wave.returns.count() == 3 + 47  # governments: municipalities, wards too, and prefectures
    assert client.get("/surveys/lights-2026/returns/350001/").status_code == 200
    desk = sign_in(everyone["prefecture.staff"])
    desk.post(address("save/", "350001", "lights-2026"), {"on": "a/lamps", "a/lamps": "12", "seen": "0"})
    desk.post(address("submit/", "350001", "lights-2026"))
    assert wave.returns.get(code="350001").state == "submitted"
    bad = sign_in(everyone["ministry.lead"]).post("/surveys/new/", NEW | {
        "own_questionnaire": SimpleUploadedFile("bad.yaml", b"survey: [1"),
        "municipalities": SimpleUploadedFile("codes.csv", LIST)})
    assert bad.status_code == 400


def test_the_board_counts_every_state_by_prefecture(hubs: Wave, sign_in: Any, everyone: Any,
                                                    django_assert_max_num_queries: Any) -> None:
    fill(sign_in(everyone["municipality.staff"]))
    states.submit(Return.objects.get(code="352080").pk, who(everyone["municipality.staff"]))
    client = sign_in(everyone["ministry.reader"])
    with django_assert_max_num_queries(12):
        page = client.get("/surveys/small-hubs-2026/")
    total = page.context["total"]
    assert (total["asked"], total["in"], total["left"], total["missing"], total["overdue"]) == (4, 1, 3, 3, 0)
    assert [(line["code"], line["asked"], line["in"]) for line in page.context["lines"]] == [("34", 1, 0), ("35", 3, 1)]
    hubs.due = dt.date(2026, 1, 1)
    hubs.save()
    assert client.get("/surveys/small-hubs-2026/").context["total"]["overdue"] == 3


def test_a_desk_sees_its_own_municipalities_and_reminds_them(hubs: Wave, sign_in: Any, everyone: Any) -> None:
    client = sign_in(everyone["prefecture.staff"])
    page = client.get("/surveys/small-hubs-2026/prefectures/35/").content.decode()
    assert all(name in page for name in ("岩国市", "美祢市", "下関市"))
    assert "廿日市市" not in page
    assert client.get("/surveys/small-hubs-2026/prefectures/34/").status_code == 403
    assert client.get("/surveys/small-hubs-2026/prefectures/99/").status_code == 404
    assert client.get("/surveys/small-hubs-2026/").status_code == 403
    assert client.get(address(code="342131")).status_code == 404
    reminders = client.get("/surveys/small-hubs-2026/reminders/?prefecture=35&as=csv").content.decode("utf-8-sig")
    assert reminders.count("未着手") == 3
    client.post("/surveys/small-hubs-2026/reminded/", {"code": ["352080", "342131"], "prefecture": "35"})
    assert Return.objects.get(code="352080").reminded_at is not None
    assert Return.objects.get(code="342131").reminded_at is None  # another prefecture's
    assert sign_in(everyone["prefecture.reader"]).post(
        "/surveys/small-hubs-2026/reminded/", {"code": ["352080"]}).status_code == 403


def test_what_a_desk_enters_on_behalf_says_so(hubs: Wave, sign_in: Any, everyone: Any) -> None:
    fill(sign_in(everyone["prefecture.staff"]))
    page = sign_in(everyone["municipality.reader"]).get(address("history/")).content.decode()
    assert "prefecture of 35" in page


def test_readers_read_and_others_see_nothing(hubs: Wave, sign_in: Any, everyone: Any) -> None:
    fill(sign_in(everyone["municipality.staff"]))
    reader = sign_in(everyone["municipality.reader"])
    page = reader.get(address("rows/hubs/1/")).content.decode()
    assert "旧市町村" in page
    assert 'name="r/hubs/1/range"' not in page
    assert reader.post(address("save/"), {"on": "a/hubs_all", "a/hubs_all": "9", "seen": "3"}).status_code == 403
    for other in ("rmo.lead", "company.staff", "intermediary.lead", "signed in"):
        assert sign_in(everyone[other]).get(address()).status_code == 403
    for path in ("", "sections/formation/", "rows/hubs/", "rows/hubs/1/", "workbook/", "history/"):
        assert sign_in(everyone["elsewhere"]).get(address(path)).status_code == 404
    answer = sign_in(everyone["elsewhere"]).post(address("save/"), {"on": "a/hubs_all", "a/hubs_all": "9", "seen": "3"})
    assert answer.status_code == 404


def test_a_contact_is_personal_data(hubs: Wave, sign_in: Any, everyone: Any) -> None:
    path = address("contact/")
    client = sign_in(everyone["municipality.staff"])
    client.post(path, {"department": "企画課", "person": "", "telephone": "0827-00-0000", "email": ""})
    assert Contact.objects.get().telephone == "0827-00-0000"
    assert sign_in(everyone["municipality.staff"], False).get(path).status_code == 302  # asked for a second factor
    assert "0827" in sign_in(everyone["prefecture.staff"]).get(path).content.decode()
    looks = AuditEntry.objects.filter(action="looked")
    assert looks.count() == 1
    assert "0827" not in str(list(AuditEntry.objects.values_list("detail", flat=True)))
    assert sign_in(everyone["prefecture.reader"]).get(path).status_code == 403
    sign_in(everyone["municipality.staff"]).post(path, {"erase": "1"})
    assert not Contact.objects.exists()


def test_names_with_scripts_are_shown_as_words(hubs: Wave, sign_in: Any, everyone: Any) -> None:
    client = sign_in(everyone["municipality.staff"])
    client.post(address("rows/hubs/new/"), {"name": "<script>alert(1)</script>"})
    for path in ("", "rows/hubs/", "rows/hubs/1/", "history/"):
        assert "<script>alert" not in client.get(address(path)).content.decode()


def test_hundreds_of_rows_are_paged_and_searched(everyone: Any, sign_in: Any,
                                                 django_assert_max_num_queries: Any) -> None:
    from musubime.web.surveys import saving
    from musubime.web.surveys.models import Action
    from musubime.web.surveys.records import row_path

    a_wave(name="settlements-2024")
    one = Return.objects.get(code="352080")
    saving.save(one.pk, {row_path("settlements", n): {"name": f"集落{n}", "population": n} for n in range(1, 301)}, 0,
                who(everyone["municipality.staff"]), Action.UPLOADED)
    client = sign_in(everyone["municipality.staff"])
    there = address("rows/settlements/", key="settlements-2026")
    with django_assert_max_num_queries(15):
        page = client.get(there)
    assert page.context["page"].paginator.num_pages == 6
    assert len(page.content) < 150_000
    assert "調査票(Excel)が便利です" in page.content.decode()
    assert client.get(there + "?q=集落29").context["total"] == 11  # 29, 290 … 299
    assert client.get(there + "?page=99").status_code == 200


def test_a_desk_reads_and_fills_in_only_when_it_says_so(hubs: Wave, sign_in: Any, everyone: Any) -> None:
    client = sign_in(everyone["prefecture.staff"])
    there = address("sections/formation/")
    assert 'name="a/hubs_all"' not in client.get(there).content.decode()
    client.post(address("behalf/"))
    assert 'name="a/hubs_all"' in client.get(there).content.decode()
    assert 'name="a/hubs_all"' not in client.get(there.replace("352080", "352136")).content.decode()
    client.post(address("behalf/"))
    assert 'name="a/hubs_all"' not in client.get(there).content.decode()
    assert 'name="a/hubs_all"' in sign_in(everyone["municipality.lead"]).get(there).content.decode()
