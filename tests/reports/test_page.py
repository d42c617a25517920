"""plan.html as a file: whole, offline, in two languages, without a programmer's words."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from page_reader import Page
from synthetic_plan import make_plan, words

from musubime.region import Region
from musubime.reports.page import render
from musubime.studies.document import Measures, PlanDocument

ADDRESS = re.compile(r"(?:https?:)?//[\w.-]+\.\w+")
CODE = re.compile(r"\b(?:None|nan|NaN|inf|Infinity|undefined|null|True|False)\b|\{\w+[:}]|<built-in|object at 0x")
JAPANESE = re.compile(r"[\u3041-\u309f]")  # hiragana: sentences have it, names of places need not


@pytest.fixture(scope="module")
def source(published: Path) -> str:
    return (published / "plan.html").read_text("utf-8")


@pytest.fixture(scope="module")
def page(source: str) -> Page:
    return Page(source)


def test_it_is_well_formed_and_its_ids_are_unique(page: Page) -> None:
    assert not page.faults
    counts = Counter(e.attributes["id"] for e in page.elements if "id" in e.attributes)
    assert not [key for key, count in counts.items() if count > 1]
    pointed = [e.attributes["href"][1:] for e in page.all("a", "use") if e.attributes.get("href", "").startswith("#")]
    pointed += [key for e in page.elements for name in ("aria-labelledby", "for") if name in e.attributes
                for key in e.attributes[name].split()]
    assert len(pointed) > 20
    assert set(pointed) <= set(counts)


def test_nothing_is_fetched(source: str, page: Page) -> None:
    for element in page.elements:
        for name in ("src", "href", "data", "action", "srcset"):
            value = element.attributes.get(name, "")
            assert not value or value.startswith(("#", "data:")), f"<{element.tag} {name}={value}>"
    style = page.all("style")[0].text() + page.all("script")[0].text()
    assert not re.search(r"url\(|@import|fetch\(|XMLHttpRequest|import\(", style)
    assert not ADDRESS.search(style)
    assert "default-src 'none'" in source


def test_no_programmers_words(page: Page) -> None:
    for language in ("ja", "en"):
        found = CODE.findall(page.shown(language))
        assert not found


def test_both_languages_are_complete(page: Page) -> None:
    """What is marked English has no Japanese sentence in it, and each Japanese mark has an English one beside it."""
    marked = [e for e in page.elements if e.attributes.get("lang") in {"ja", "en"} and e.inside("body")]
    by_language = Counter(e.attributes["lang"] for e in marked)
    assert by_language["ja"] == by_language["en"] > 300
    assert all(e.text() or e.tag == "svg" for e in marked)
    names = {e.text() for e in page.elements if e.attributes.get("lang") == "ja-JP"}
    for element in marked:
        words_there = element.text()
        for name in sorted(names, key=len, reverse=True):
            words_there = words_there.replace(name, "")
        if element.attributes["lang"] == "en":
            assert not JAPANESE.search(words_there), element.text()
        elif element.tag == "span" and len(words_there) > 12:
            assert re.search(r"[\u3041-\u30ff\u4e00-\u9fff]", words_there), element.text()


def test_headings_go_down_one_step_at_a_time(page: Page) -> None:
    levels = [int(e.tag[1]) for e in page.all("h1", "h2", "h3", "h4") if e.text()]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))


def test_tables_and_images_say_what_they_are(page: Page) -> None:
    tables = page.all("table")
    captions = [e for e in page.all("caption") if e.text()]
    assert len(tables) == len(captions) > 10
    assert all(e.attributes.get("scope") in {"col", "row", "colgroup", "rowgroup"} for e in page.all("th"))
    images = [e for e in page.all("svg") if e.attributes.get("aria-hidden") != "true"]
    assert len(images) > 20
    for image in images:
        assert image.attributes["role"] == "img"
        inside = {e.tag for e in page.elements if image in e.parents}
        assert {"title", "desc"} <= inside
        assert all(e.text() for e in page.all("title", "desc") if e.parents[-1] is image)


def test_words_of_files_are_not_run(small: tuple[PlanDocument, Region]) -> None:
    evil = '<script>alert(1)</script>"\'><img src=x onerror=alert(1)>&{{7*7}}'
    document, region = make_plan(12, 2)
    first = document.alternatives[0]
    hub = first.hubs[0].model_copy(update={"name": evil, "why": words(evil, evil)})
    alternative = first.model_copy(update={"hubs": [hub, *first.hubs[1:]], "name": words(evil, evil),
                                           "question": words(evil, evil)})
    document = document.model_copy(update={
        "alternatives": [alternative, *document.alternatives[1:]],
        "place": document.place.model_copy(update={"name": evil}),
        "settlements": [s.model_copy(update={"name": evil, "district": evil}) for s in document.settlements],
        "notes": [document.notes[0].model_copy(update={"examples": [evil], "source": evil, "what": words(evil, evil)})],
    })
    page = Page(render(document, region))
    assert not page.faults
    assert len(page.all("script")) == 1
    assert not page.all("img")
    assert not [e for e in page.elements if any(name.startswith("on") for name in e.attributes)]
    assert "{{7*7}}" in page.shown("ja")


def test_without_data_there_is_no_section_and_the_page_says_so(small: tuple[PlanDocument, Region]) -> None:
    document, region = small
    diagnosis = document.diagnosis.model_copy(update={
        "reach": {}, "bus_settlements": None, "food_access_short": None})
    bare = document.model_copy(update={
        "diagnosis": diagnosis, "sensitivity": None, "without_plan_assignment": [], "sources": [], "figures": [],
        "outlook": document.outlook.model_copy(update={"services": []}), "notes": [], "parameters": [],
        "settlements": [s.model_copy(update={"today": {}}) for s in document.settlements],
    })
    page = Page(render(bare, region))
    ids = {e.attributes.get("id") for e in page.elements}
    assert not ids & {"today", "sensitivity", "sources", "map-today", "map-without", "cap-falling"}
    said = page.shown("en")
    for sentence in ("Journeys by bus", "short of food access", "no sensitivity was computed", "there is no map"):
        assert sentence in said
    assert not CODE.findall(said)
    assert not [e for e in page.all("section") if not e.text()]
    linked = {e.attributes["href"][1:] for e in page.all("a") if e.attributes.get("href", "").startswith("#")}
    assert linked <= ids


def test_a_plan_without_hubs_and_numbers_that_are_not_known(small: tuple[PlanDocument, Region]) -> None:
    document, region = small
    first = document.alternatives[0]
    empty = {y: Measures(served_people=0.0, unserved_people=float("nan"), mean_min=None, worst_min=None, reach={})
             for y in first.by_year}
    alternative = first.model_copy(update={
        "hubs": [], "kept_outside": [], "unserved": [], "by_year": empty, "gap": float("inf"), "assignment": []})
    page = Page(render(document.model_copy(update={"alternatives": [alternative]}), region))
    for language in ("ja", "en"):
        assert not CODE.findall(page.shown(language))
    assert "This plan opens no small hub" in page.shown("en")
    assert "hubs" not in {e.attributes.get("id") for e in page.elements}


def test_the_example_can_be_recomputed_by_hand(page: Page, small: tuple[PlanDocument, Region]) -> None:
    document, _ = small
    section = next(e for e in page.all("section") if e.attributes.get("aria-labelledby") == "recompute")
    cells = [e.text() for e in page.all("td", "code") if section in e.parents]
    paths = [e.text() for e in page.all("code") if section in e.parents]
    position, year = re.findall(r'settlements\[(\d+)\]\.pyramid\["(\d+)"\]', paths[0])[0]
    service = document.services[int(re.findall(r"services\[(\d+)\]", paths[1])[0])]
    pyramid = document.settlements[int(position)].pyramid[int(year)]
    groups = [g for g, low in enumerate(document.age_from) if service.users_age_from <= low <= service.users_age_to]
    people = sum(sex[g] for sex in pyramid for g in groups)
    assert f"{people:,.2f}" in cells
    assert f"{people * service.users_share:,.2f}" in cells
    row = document.alternatives[0].assignment[int(re.findall(r"assignment\[(\d+)\]", paths[2])[0])]
    assert (row.settlement, row.service) == (document.settlements[int(position)].id, service.id)
    assert row.place is None, "the example is one of the unserved when there are any"
    total = document.alternatives[0].by_year[int(year)].reach[service.id].beyond
    assert f"{total:,.1f}" in cells


def test_305_settlements_stay_small_enough_for_an_old_computer(large: tuple[PlanDocument, Region]) -> None:
    source = render(*large)
    assert len(source.encode()) < 3_000_000
    page = Page(source)
    assert not page.faults
    rows = [e for e in page.all("tr") if any(p.attributes.get("id") == "cap-settlements-table" for p in e.parents)]
    assert len(rows) == 305 + 1
