"""The workshop as people hold it, in a real browser."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from musubime.web.workshop.models import Comment, Variant, Vote
from musubime.web.workshop.rooms import Room

pytestmark = pytest.mark.django_db(transaction=True)
BASE = "/workshop/trialplan/"


def _hubs(page: Page) -> list[str]:
    return sorted(page.locator(".ws-frame svg .hub[data-place]").evaluate_all("all => all.map(e => e.dataset.place)"))


def _move(page: Page) -> tuple[str, str]:
    """Move the second hub on the list to a building that stands at no hub: (from place, building)."""
    hubs = _hubs(page)
    building = page.locator("#move-building optgroup").evaluate_all(
        "(groups, names) => groups.filter(g => !names.includes(g.label))[0].querySelector('option').value",
        page.locator("#move-place option").all_inner_texts())
    page.select_option("#move-place", hubs[1])
    page.select_option("#move-building", building)
    page.click("#move-go")
    expect(page.locator(".ws-status .ws-asked li")).to_have_count(1)
    return hubs[1], building


def test_from_a_question_to_the_results(
    browse_as: Any, chromium: Browser, live_server: Any, everyone: Any, room: Room
) -> None:
    page = browse_as(None, BASE)
    before = _hubs(page)
    assert len(before) == len(room.shop.solution.hubs)

    # move a hub: answer and map change, without loading the page
    page.evaluate("window.sameDocument = true")
    gone, building = _move(page)
    site = room.shop.problem.place_ids[int(room.shop.problem.building_place[room.shop.building_at[building]])]
    after = _hubs(page)
    assert gone not in after
    assert site in after
    assert page.evaluate("window.sameDocument") is True
    assert re.search(r"/v/[0-9a-f]{20}/", page.url)
    expect(page.locator(".ws-gap strong")).to_be_visible()
    expect(page.locator("#said")).not_to_be_empty()
    assert page.locator("#move-building option").count() > 2  # the long lists are still there
    moved = page.url

    # undo, redo
    page.click("#undo")
    expect(page.locator(".ws-status .ws-asked li")).to_have_count(0)
    assert _hubs(page) == before
    page.click("#redo")
    expect(page.locator(".ws-status .ws-asked li")).to_have_count(1)
    assert _hubs(page) == after
    page.go_back()
    page.wait_for_function("document.querySelectorAll('.ws-status .ws-asked li').length === 0")
    page.goto(moved)

    # a name, and the link in another browser
    page.fill("#name", "川上に移す案")
    page.get_by_role("button", name="名前を保存する").click()
    page.get_by_role("link", name="この案を共有する").click()
    link = page.input_value("#link")
    other = chromium.new_context(viewport={"width": 390, "height": 844}, locale="ja-JP")
    resident = other.new_page()
    resident.goto(link)
    assert _hubs(resident) == after
    assert "川上に移す案" not in resident.content()  # not read yet

    # vote and comment without an account
    resident.get_by_role("button", name="賛成", exact=True).click()
    expect(resident.locator("#voices")).to_contain_text("この案に賛成 1、反対 0")
    resident.fill("#words", "母が歩いて行けるようになります。")
    resident.get_by_role("button", name="意見を送る").click()
    expect(resident.locator("#voices")).to_contain_text("確認が済むまで、あなただけに見えます")
    assert (Vote.objects.count(), Comment.objects.count()) == (1, 1)

    # moderate
    desk = browse_as(everyone["municipality.staff"], f"{BASE}desk/")
    expect(desk.get_by_text("川上に移す案").first).to_be_visible()
    desk.get_by_role("button", name="公開する").first.click()
    desk.get_by_role("button", name="公開する").first.click()
    expect(desk.get_by_text("確認待ちのものはありません。")).to_be_visible()
    resident.goto(live_server.url + f"{BASE}variants/")
    expect(resident.get_by_role("link", name="川上に移す案")).to_be_visible()
    resident.get_by_role("checkbox", name="川上に移す案").check()
    resident.get_by_role("button", name="比べる").click()
    assert resident.locator("svg.plan-map").count() == 2
    other.close()

    # export
    with desk.expect_download() as download:
        desk.get_by_role("link", name="表（CSV）").click()
    rows = list(csv.reader(io.StringIO(download.value.path().read_text("utf-8-sig"))))
    assert rows[1][1] == "川上に移す案"
    assert rows[1][3:5] == ["1", "0"]
    assert "母が歩いて行けるようになります。" in rows[1]
    assert Variant.objects.exclude(name="").count() == 1


def test_a_better_plan_that_is_found_later_comes_onto_the_board(browse_as: Any, room: Room) -> None:
    page = browse_as(None, BASE)
    page.get_by_text("拠点の数を変える").click()
    page.fill("#count", "3")
    page.click("#hubs-go")
    expect(page.locator(".ws-status .ws-asked li")).to_have_count(1)
    variant = Variant.objects.get(asks__asks__0__exactly=3)
    poor = variant.answer | {"bound_jpy": variant.answer["objective_jpy"] * 0.9}
    room.searches.clear()
    room.told.clear()
    Variant.objects.filter(pk=variant.key).update(answer=poor)
    page.reload()
    expect(page.locator(".ws-gap")).to_contain_text("さらに良い案を探しています")
    expect(page.locator(".ws-gap")).not_to_contain_text("さらに良い案を探しています", timeout=30_000)
    assert Variant.objects.get(pk=variant.key).answer["bound_jpy"] > poor["bound_jpy"]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_nothing_serious_for_axe(browse_as: Any, axe_findings: Any, everyone: Any, room: Room, language: str) -> None:
    page = browse_as(None, BASE, language)
    assert axe_findings(page) == []
    page.locator(".ws-controls summary").last.click()
    page.fill("#count", "2")
    page.click("#hubs-go")
    expect(page.locator(".ws-status .ws-asked li")).to_have_count(1)
    for summary in page.locator(".ws-controls summary").all():
        summary.click()
    assert axe_findings(page) == []
    key = page.url.split("/v/")[1].split("/")[0]
    base = Variant.objects.exclude(pk=key).get().key
    for address in ("", f"{BASE}v/{key}/share/", f"{BASE}v/{key}/paper/", f"{BASE}variants/",
                    f"{BASE}compare/?v={base}&v={key}", "/workshop/"):
        page.goto(page.url.split("/workshop/")[0] + (address or BASE))
        assert axe_findings(page) == [], address
    page = browse_as(everyone["municipality.staff"], f"{BASE}desk/", language)
    Comment.objects.create(variant_id=key, voice="v", words="words")
    page.reload()
    assert axe_findings(page) == []


def test_what_cannot_be_is_said_and_found_a_way_out_of(browse_as: Any, axe_findings: Any, room: Room) -> None:
    page = browse_as(None, BASE)
    page.get_by_text("拠点の数を変える").click()
    page.fill("#count", "400")
    page.click("#hubs-go")
    expect(page.locator(".ws-status")).to_contain_text("この組み合わせは成り立ちません")
    assert axe_findings(page) == []
    expect(page.locator("#search")).to_contain_text("次のどれか一つを取り消すと成り立ちます", timeout=30_000)
    page.locator("#search button").click()
    expect(page.locator(".ws-status .ws-asked li")).to_have_count(0)


def test_the_keyboard_alone_suffices(browse_as: Any, room: Room) -> None:
    page = browse_as(None, BASE)

    def tab_to(selector: str) -> None:
        for _ in range(120):
            if page.evaluate("s => document.activeElement?.matches(s) ?? false", selector):
                return
            page.keyboard.press("Tab")
        pytest.fail(f"no way to {selector} with the tabulator")

    tab_to(".ws-controls details:last-of-type > summary")
    page.keyboard.press("Enter")
    tab_to("#count")
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    expect(page.locator(".ws-status .ws-asked li")).to_have_count(1)
    assert len(_hubs(page)) == 3
    expect(page.locator("#count")).to_be_visible()  # what one was busy with is still open
    tab_to("#undo")
    page.keyboard.press("Enter")
    expect(page.locator(".ws-status .ws-asked li")).to_have_count(0)
    tab_to("[data-zoom=in]")
    page.keyboard.press("Enter")
    assert page.locator("svg.plan-map.near").count() == 1


def test_without_a_script_everything_is_there(chromium: Browser, live_server: Any, room: Room) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="ja-JP")
    page = context.new_page()
    page.goto(live_server.url + BASE)
    before = page.locator(".ws-frame svg .hub[data-place]").count()
    page.get_by_text("拠点の数を変える").click()
    page.fill("#count", str(before - 1))
    page.click("#hubs-go")
    assert page.locator(".ws-frame svg .hub[data-place]").count() == before - 1
    page.click("#undo")
    assert page.locator(".ws-frame svg .hub[data-place]").count() == before
    page.click("#redo")
    assert page.locator(".ws-frame svg .hub[data-place]").count() == before - 1
    page.get_by_role("button", name="賛成", exact=True).click()
    assert "この案に賛成 1、反対 0" in page.content()
    context.close()


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1920, 1080)])
def test_nothing_sticks_out_of_the_screen(browse_as: Any, room: Room, width: int, height: int) -> None:
    page = browse_as(None, BASE)
    page.set_viewport_size({"width": width, "height": height})
    if width > 1000:
        page.get_by_role("button", name="大画面用の表示").click()
    for summary in page.locator(".ws-controls summary").all():
        summary.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = page.locator(".ws-controls button, .ws-controls select").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect().height).filter(h => h > 0 && h < 43.5)")
    assert small == []
