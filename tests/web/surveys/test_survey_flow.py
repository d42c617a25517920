"""The true flow in a real browser, two people at once, lost sessions, the keyboard alone, and every page under axe."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.test import Client
from survey_site import KEY, address, fill

from musubime.web.jobs.queue import run_job
from musubime.web.surveys import works
from musubime.web.surveys.models import Content, Made, Pending, Return, Wave

pytestmark = pytest.mark.django_db(transaction=True)
FORMATION = address("sections/formation/")


@pytest.fixture
def people(chromium: Any, live_server: Any) -> Iterator[Any]:
    """people(user) -> a browser of his own, signed in; with `script=False` without JavaScript."""
    opened = []

    def one(user: Any, *, script: bool = True, width: int = 1280, language: str = "ja") -> Any:
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        session = client.session
        session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": time.time()}]
        session["account_authentication_methods_user"] = str(user.pk)
        session.save()
        context = chromium.new_context(viewport={"width": width, "height": 900}, locale="ja-JP",
                                       java_script_enabled=script, base_url=live_server.url)
        context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url},
                             {"name": "language", "value": language, "url": live_server.url}])
        opened.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        return page

    yield one
    for context in opened:
        context.close()


def told(page: Any, words: str) -> None:
    """Wait until the line about saving says this."""
    page.locator("#saving", has_text=words).wait_for()


def saved(page: Any) -> None:
    told(page, "保存しました")


def record() -> dict[str, Any]:
    return Content.objects.get(of__code="352080").record


def test_template_filled_uploaded_sent_back_corrected_accepted_counted(
    everyone: Any, people: Any, tmp_path: Path, monkeypatch: Any,
) -> None:
    monkeypatch.setattr(works, "_write_deck", lambda folder, area: (folder / "deck-ja.pptx").write_bytes(b"slides"))
    # the ministry opens the wave
    ministry = people(everyone["ministry.staff"])
    ministry.goto("/surveys/new/")
    codes = tmp_path / "codes.csv"
    codes.write_text("code,name\n352080,岩国市\n352136,美祢市\n", "utf-8-sig")
    ministry.select_option("select[name=questionnaire]", "small-hubs-2022")
    ministry.fill("[name=fiscal_year]", "2026")
    ministry.set_input_files("input[name=municipalities]", codes)
    ministry.click("main form button:has-text('調査を開始')")
    assert ministry.locator("main dl dd").first.inner_text() == "2"
    # the town downloads the workbook, fills it and sends it
    town = people(everyone["municipality.staff"])
    town.goto("/surveys/")
    town.click("main a:has-text('小さな拠点')")
    with town.expect_download() as downloaded:
        town.click("text=調査票をダウンロード")
    book = openpyxl.load_workbook(io.BytesIO(Path(downloaded.value.path()).read_bytes()))
    page = book["調査票"]
    for row in range(1, 40):
        label = str(page.cell(row, 2).value or "")
        for begin, value in (("形成されている", 1), ("うち市町村版", 1), ("今後形成", 0)):
            if label.startswith(begin):
                page.cell(row, 3).value = value
    hubs = book["2 小さな拠点ごとの状況"]
    for column in range(1, hubs.max_column + 1):
        for head, value in (("地区名", "本郷"), ("集落生活圏の人口", 900), ("対象範囲", "旧市町村"),
                            ("市町村版", "はい"), ("地域運営組織の有無", "いいえ")):
            if str(hubs.cell(4, column).value or "").startswith(head):
                hubs.cell(8, column).value = value
        if hubs.cell(5, column).value in ("郵便局", "路線バス"):
            hubs.cell(8, column).value = "○"
    filled = io.BytesIO()
    book.save(filled)
    town.click("text=記入した調査票をアップロード")
    town.set_input_files("#file", {"name": "回答.xlsx", "mimeType": "application/octet-stream",
                                   "buffer": filled.getvalue()})
    town.click("main button:has-text('アップロード')")
    assert "5件の回答・行を更新しました" in town.inner_text("main")
    town.click("text=回答の概要へ")
    town.click("text=回答を提出する")
    assert "提出しました" in town.inner_text("main")
    # the prefecture comments and sends it back
    desk = people(everyone["prefecture.staff"])
    desk.goto(f"/surveys/{KEY}/prefectures/35/")
    desk.click("a:has-text('岩国市')")
    desk.click("a:has-text('1 小さな拠点の形成状況')")
    box = desk.locator("#q-a-planned_in_strategy")
    box.locator("summary").click()
    box.locator("textarea").fill("計画書では2箇所です")
    box.locator("button").click()
    assert "計画書では2箇所です" in desk.inner_text("#q-a-planned_in_strategy")
    desk.goto(address())
    desk.click("button:has-text('差し戻す')")
    # the town corrects it in the form
    town.reload()
    town.click("section a:has-text('今後形成')")
    town.fill("#i-a-planned_in_strategy", "２箇所")
    town.press("#i-a-planned_in_strategy", "Tab")
    saved(town)
    assert town.input_value("#i-a-planned_in_strategy") == "2"
    town.click("text=保存して回答の概要へ")
    town.click("text=回答を提出する")
    assert "提出しました" in town.inner_text("main")
    # accepted, and counted
    desk.goto(f"/surveys/{KEY}/prefectures/35/")
    desk.click("button:has-text('受理する')")
    assert "受理しました" in desk.inner_text("main")
    ministry.goto(f"/surveys/{KEY}/files/")
    ministry.click("button:has-text('集計とスライドを作成')")
    run_job.call(str(Made.objects.get().job))
    ministry.goto(f"/surveys/{KEY}/files/")
    assert "対象2団体のうち、受理済みの1件を集計しました" in ministry.inner_text("main")
    with ministry.expect_download() as downloaded:
        ministry.click("text=集計表(Excel・日本語)")
    assert len(openpyxl.load_workbook(io.BytesIO(Path(downloaded.value.path()).read_bytes())).sheetnames) > 5
    assert record()["answers"]["planned_in_strategy"] == 2


def test_two_browsers_in_one_field_end_in_a_choice(hubs: Wave, everyone: Any, people: Any) -> None:
    first, second = people(everyone["municipality.staff"]), people(everyone["municipality.lead"])
    first.goto(FORMATION)
    second.goto(FORMATION)
    first.fill("#i-a-hubs_all", "3")
    first.press("#i-a-hubs_all", "Tab")
    saved(first)
    second.fill("#i-a-hubs_in_strategy", "1")  # another field: both are kept, and it is said
    second.press("#i-a-hubs_in_strategy", "Tab")
    told(second, "ほかの方が次の項目を変更しました")
    second.fill("#i-a-hubs_all", "5")
    second.press("#i-a-hubs_all", "Tab")
    second.wait_for_selector("#saving a")
    assert record()["answers"] == {"hubs_all": 3, "hubs_in_strategy": 1}
    second.click("#saving a")
    said = second.inner_text("fieldset.conflict")
    assert "municipality-staff" in said
    assert "3" in said
    assert "5" in said
    second.check("input[value=mine]")
    second.click("text=選択を保存")
    assert record()["answers"] == {"hubs_all": 5, "hubs_in_strategy": 1}
    assert not Pending.objects.exists()


def test_the_form_works_without_scripts(hubs: Wave, everyone: Any, people: Any) -> None:
    page = people(everyone["municipality.staff"], script=False)
    page.goto(FORMATION)
    page.fill("#i-a-hubs_all", "1")
    page.check("[name='a/planned_in_strategy?']")
    page.fill("#i-a-remarks", "一行目\n二行目")
    page.click("text=保存して次へ")
    assert page.url.endswith("/rows/hubs/")
    assert record()["answers"] == {"hubs_all": 1, "planned_in_strategy": "不明", "remarks": "一行目\n二行目"}
    page.goto(FORMATION)
    assert page.input_value("#i-a-remarks") == "一行目\n二行目"
    assert page.is_checked("[name='a/planned_in_strategy?']")
    page.fill("#q-a-planned_in_strategy .why input[type=text]", "庁内で照会中")
    page.click("button:text-is('保存')")
    assert record()["reasons"]["planned_in_strategy"]["reason"] == "庁内で照会中"
    assert record()["answers"]["remarks"] == "一行目\n二行目"


def test_what_was_typed_survives_an_expired_session_and_a_closed_browser(
    hubs: Wave, everyone: Any, people: Any, live_server: Any,
) -> None:
    page = people(everyone["municipality.staff"])
    page.goto(FORMATION)
    cookies = page.context.cookies()
    page.context.clear_cookies(name="sessionid")
    page.fill("#i-a-remarks", "失くしたくない備考")
    page.press("#i-a-remarks", "Tab")
    told(page, "ログインの有効時間が切れました")
    assert not Content.objects.filter(record__answers__remarks="失くしたくない備考").exists()
    page.close()
    later = _again(page.context, cookies)
    later.goto(FORMATION)
    saved(later)
    assert later.input_value("#i-a-remarks") == "失くしたくない備考"
    assert record()["answers"] == {"remarks": "失くしたくない備考"}


def _again(context: Any, cookies: Any) -> Any:
    """The same browser later, signed in again."""
    context.add_cookies(cookies)
    page = context.new_page()
    page.set_default_timeout(15_000)
    return page


def test_without_scripts_an_expired_session_gives_the_fields_back(hubs: Wave, everyone: Any, people: Any) -> None:
    page = people(everyone["municipality.staff"], script=False)
    page.goto(FORMATION)
    cookies = page.context.cookies()
    page.fill("#i-a-remarks", "一行目\n二行目")
    page.context.clear_cookies(name="sessionid")
    page.click("text=保存して次へ")
    assert "入力された内容は残っています" in page.inner_text("main")
    page.context.add_cookies(cookies)
    page.click("text=もう一度送信する")
    assert record()["answers"] == {"remarks": "一行目\n二行目"}


def test_a_server_that_is_away_loses_nothing(hubs: Wave, everyone: Any, people: Any) -> None:
    page = people(everyone["municipality.staff"])
    page.goto(FORMATION)
    page.route("**/save/", lambda route: route.abort())
    page.fill("#i-a-hubs_all", "4")
    page.press("#i-a-hubs_all", "Tab")
    told(page, "サイトに接続できません")
    page.unroute("**/save/")
    saved(page)  # it tries again by itself
    assert record()["answers"] == {"hubs_all": 4}


def test_the_keyboard_alone_fills_and_submits(hubs: Wave, everyone: Any, people: Any) -> None:
    fill(_client(everyone["municipality.staff"]))
    page = people(everyone["municipality.staff"])
    page.goto(FORMATION)
    _tab_to(page, "i-a-planned_in_strategy")
    page.keyboard.press("Control+A")
    page.keyboard.type("2")
    page.keyboard.press("Tab")
    saved(page)
    page.goto(address())
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "回答を提出する":
            break
    page.keyboard.press("Enter")
    page.wait_for_selector(".notice.success")
    assert Return.objects.get(code="352080").state == "submitted"


def _client(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def _tab_to(page: Any, name: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == name:
            return
    raise AssertionError(f"the keyboard does not reach {name}")


def test_every_page_is_accessible_in_both_languages_and_fits_a_phone(
    hubs: Wave, everyone: Any, people: Any, axe_findings: Any,
) -> None:
    town = everyone["municipality.staff"]
    client = _client(town)
    fill(client)
    client.post(address("save/"), {"on": ["a/hubs_all", "a/planned_in_strategy"], "a/hubs_all": "3",
                                   "a/planned_in_strategy": "約2", "seen": "3"})
    one = Return.objects.get(code="352080")
    pending = Pending.objects.create(of=one, user=town, patches={"a/hubs_all": 7})
    made = Made.objects.create(wave=hubs, user=town, counts={"asked": 4, "counted": 1, "left": 0, "missing": 3},
                               files=["tables-ja.xlsx"], done_at=one.changed_at, published_at=one.changed_at)
    pages = {
        "municipality.staff": ["/surveys/", address(), FORMATION, address("rows/hubs/"), address("rows/hubs/1/"),
                               address("upload/"), address("history/"), address("contact/"),
                               address(f"conflicts/{pending.pk}/")],
        "prefecture.staff": [f"/surveys/{KEY}/prefectures/35/", f"/surveys/{KEY}/reminders/?prefecture=35",
                             FORMATION.replace("352080", "352136")],
        "ministry.staff": ["/surveys/", "/surveys/new/", f"/surveys/{KEY}/", f"/surveys/{KEY}/settings/",
                           f"/surveys/{KEY}/files/", f"/surveys/{KEY}/reminders/", f"/surveys/{KEY}/published/"],
        "municipality.reader": [FORMATION, address("rows/hubs/1/")],
    }
    found = []
    for name, paths in pages.items():
        for language, width in (("ja", 390), ("en", 1280)):
            page = people(everyone[name], width=width, language=language)
            for path in paths:
                page.goto(path)
                found += [f"{path} {language}: {finding}" for finding in axe_findings(page)]
                if page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1"):
                    found.append(f"{path} {language}: wider than the screen")
    assert made.pk
    assert found == []
