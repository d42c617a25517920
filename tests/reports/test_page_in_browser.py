"""plan.html in a real browser: offline, in two languages, nothing cut off, and its figures are the plan's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from musubime.region import Region
from musubime.reports import write_html
from musubime.studies.document import PlanDocument


@pytest.fixture
def browser(chromium: Browser) -> Browser:
    return chromium


def _open(browser: Browser, path: Path, width: int = 1280, *, script: bool = True) -> tuple[Page, list[str]]:
    context = browser.new_context(viewport={"width": width, "height": 800}, java_script_enabled=script)
    page, troubles = context.new_page(), list[str]()
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", lambda asked: troubles.append(asked.url) if asked.url[:5] not in {"file:", "data:"} else None)
    page.goto(path.as_uri())
    return page, troubles


@pytest.fixture(scope="module")
def large_file(large: tuple[PlanDocument, Region], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("large") / "plan.html"
    write_html(*large, path)
    return path


@pytest.fixture(scope="module")
def file(published: Path) -> Path:
    return published / "plan.html"


def test_it_opens_in_japanese_and_switches(browser: Browser, file: Path) -> None:
    page, troubles = _open(browser, file)
    assert page.get_by_role("heading", level=1).inner_text() == "結目町 小さな拠点の計画"
    page.get_by_text("English", exact=True).click()
    assert page.get_by_role("heading", level=1).inner_text() == "Small hubs for 結目町: a plan"
    assert page.evaluate("document.documentElement.lang") == "en"
    visible = page.locator("body").inner_text()
    assert "年間費用" not in visible
    assert "Cost a year" in visible
    page.get_by_role("radio", name="日本語").focus()
    page.keyboard.press("Space")
    assert page.get_by_role("heading", level=1).inner_text() == "結目町 小さな拠点の計画"
    assert not troubles


def test_the_switch_works_without_script(browser: Browser, file: Path) -> None:
    page, troubles = _open(browser, file, script=False)
    heading = page.locator("h1")
    assert heading.inner_text() == "結目町 小さな拠点の計画"
    page.locator('label[for="lang-en"]').click()
    assert heading.inner_text() == "Small hubs for 結目町: a plan"
    assert page.locator("svg.map:visible").count() > 5
    assert not troubles


def test_the_first_screen_says_where_what_it_costs_and_whom_it_leaves(
    browser: Browser, file: Path, small: tuple[PlanDocument, Region]
) -> None:
    document, _ = small
    first, year = document.alternatives[0], document.plan_year
    page, _ = _open(browser, file)
    page.get_by_text("English", exact=True).click()
    lead = page.locator(".lead").inner_text()
    assert all(hub.name in lead for hub in first.hubs)
    assert f"{len(first.hubs)} small hubs" in lead
    figures = {e.get_attribute("data-figure"): e.inner_text() for e in page.locator("[data-figure]").all()}
    plan, nothing = first.by_year[year], document.without_plan[year]
    assert figures == {
        "cost": f"{first.cost_jpy_per_year / 1e6:,.1f} million JPY",
        "unserved": f"{plan.unserved_people:,.0f} people",
        "unserved-without": f"without a plan: {nothing.unserved_people:,.0f} people",
        "mean": f"{plan.mean_min:.1f} min",
        "mean-without": f"without a plan: {nothing.mean_min:.1f} min",
    }
    for locator in (".lead", ".tiles", ".why", ".main-map svg:visible"):
        box = page.locator(locator).first.bounding_box()
        assert box is not None
        assert box["y"] + min(box["height"], 100) < 800, locator
    assert f"Settlements that lack at least one service: {len(first.unserved)};" in page.locator(".said").inner_text()
    rows = page.locator("#cap-compare-table tbody tr").all()
    shown = [[cell.inner_text() for cell in row.locator("th, td").all()] for row in rows]
    # Nothing is said of today's people when a file is lacking that tells of today's services.
    years = document.years if all(service.known_today for service in document.services) else document.years[1:]
    assert [row[0] for row in shown] == [str(y) for y in years]
    for y, row in zip(years, shown, strict=True):
        assert row[1] == f"{document.without_plan[y].unserved_people:,.0f}"
        assert row[2] == (f"{first.by_year[y].unserved_people:,.0f}" if y in first.by_year else "–")


@pytest.mark.parametrize("width", [390, 820, 1280])
@pytest.mark.parametrize("language", ["ja", "en"])
def test_nothing_sticks_out_of_the_window(browser: Browser, file: Path, width: int, language: str) -> None:
    page, troubles = _open(browser, file, width)
    page.locator(f'label[for="lang-{language}"]').click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert not troubles


@pytest.mark.parametrize(("paper", "width"), [("A4", 710), ("A3", 1040)])
def test_no_table_is_cut_off_on_paper(browser: Browser, large_file: Path, paper: str, width: int) -> None:
    for language in ("ja", "en"):
        page, _ = _open(browser, large_file, width)
        page.locator(f'label[for="lang-{language}"]').click()
        page.emulate_media(media="print")
        wide = page.evaluate(
            "[...document.querySelectorAll('table')].filter(t => t.getBoundingClientRect().right > innerWidth + 1)"
            ".map(t => t.id)")
        assert not wide, paper
        assert page.locator(".switch-label:visible").count() == 0
        assert page.evaluate("getComputedStyle(document.querySelector('thead')).display") == "table-header-group"
        assert page.evaluate("[...document.querySelectorAll('thead button')].every("
                             "b => getComputedStyle(b).display === 'contents')"), "Chromium does not repeat buttons"


def test_it_reads_well_to_a_screen_reader(browser: Browser, file: Path) -> None:
    page, _ = _open(browser, file)
    page.get_by_text("English", exact=True).click()
    assert page.get_by_role("main").count() == 1
    assert page.get_by_role("navigation", name="Contents").count() == 1
    images = page.get_by_role("img").all()
    assert len(images) > 8
    for image in images:
        name = image.evaluate("e => e.querySelector('title').textContent")
        assert re.match(r"(Map|Chart): ", name)
    tables = page.get_by_role("table").all()
    assert len(tables) > 10
    assert page.get_by_role("table", name=re.compile("Compared with doing nothing")).count() == 1
    regions = page.locator(".scroll").all()
    assert all(region.get_attribute("tabindex") == "0" for region in regions)


def test_the_table_of_settlements_sorts(browser: Browser, file: Path, small: tuple[PlanDocument, Region]) -> None:
    document, _ = small
    page, troubles = _open(browser, file)
    page.get_by_role("button", name="人口 2050年").click()
    names = [row.inner_text() for row in page.locator("#cap-settlements-table tbody th").all()]
    by_people = sorted(document.settlements, key=lambda s: -s.people[2050].total)
    assert names == [s.name for s in by_people]
    page.get_by_role("button", name="人口 2050年").click()
    names = [row.inner_text() for row in page.locator("#cap-settlements-table tbody th").all()]
    assert names == [s.name for s in reversed(by_people)]
    assert not troubles


def test_words_stand_out_from_their_ground(browser: Browser, file: Path) -> None:
    """Contrast of at least 4.5 (WCAG AA) of every visible text with the nearest painted ground behind it."""
    page, _ = _open(browser, file)
    faint = page.evaluate("""() => {
      const rgb = c => (c.match(/[\\d.]+/g) || []).map(Number);
      const lum = c => { const [r, g, b] = rgb(c).slice(0, 3).map(v => (v /= 255) <= 0.04045 ? v / 12.92
        : Math.pow((v + 0.055) / 1.055, 2.4)); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
      const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
        if (rgb(c).length === 3 || rgb(c)[3] > 0) return c; } return 'rgb(255,255,255)'; };
      const out = [];
      for (const e of document.querySelectorAll('body *')) {
        if (e.closest('svg') || !e.offsetParent) continue;
        if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
        const a = lum(getComputedStyle(e).color), b = lum(ground(e));
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < 4.5) out.push(e.className + ' ' + ratio.toFixed(2) + ' ' + e.textContent.slice(0, 30));
      }
      return out;
    }""")
    assert not faint
