"""population.html and its tables: figures are those of the result, both languages are whole, nothing is fetched."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from pathlib import Path

import pytest
from page_reader import Page

from musubime.region import Region
from musubime.region.sample import sample_region
from musubime.reports import publish_population
from musubime.reports.population_page import render_population
from musubime.studies import PopulationDocument, PopulationOptions, population_of_region

CODE = re.compile(r"\b(?:None|nan|NaN|inf|undefined|null|True|False)\b|\{\w+[:}]|<built-in|object at 0x")
JAPANESE = re.compile(r"[\u3041-\u309f]")

Drawn = tuple[PopulationDocument, Region]


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    region = sample_region()
    return population_of_region(region, PopulationOptions(to=2035, draws=100)), region


@pytest.fixture(scope="module")
def out(drawn: Drawn, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("people") / "out"
    publish_population(*drawn, folder)
    return folder


@pytest.fixture(scope="module")
def page(out: Path) -> Page:
    return Page((out / "population.html").read_text("utf-8"))


def _rows(page: Page, table: str) -> list[list[str]]:
    def of_table(element: object) -> bool:
        return any(parent.attributes.get("id") == table for parent in element.parents)  # type: ignore[attr-defined]

    rows = [e for e in page.all("tr") if of_table(e) and e.inside("tbody")]
    return [[cell.text() for cell in page.all("td", "th") if cell.parents[-1] is row] for row in rows]


def test_figures_of_the_page_are_those_of_the_result(drawn: Drawn, page: Page) -> None:
    document = drawn[0]
    rows = _rows(page, "cap-settlements-table")
    assert len(rows) == len(document.settlements) == 120
    for row, unit in zip(rows, document.settlements, strict=True):
        last = unit.by_year[2035]
        assert row[0] == unit.name
        assert row[2] == f"{round(unit.by_year[2025].expected):,}"
        assert row[4] == f"{round(last.expected):,}"
        assert row[5] == f"{round(last.total.low_80):,}–{round(last.total.high_80):,}"
        assert row[6] == f"{round(last.total.low_95):,}–{round(last.total.high_95):,}"
        if 0.01 <= last.chances.few_people <= 0.99:
            assert row[12] == f"{100 * last.chances.few_people:.0f}%"
    whole = {row[0]: row for row in _rows(page, "cap-whole-table")}
    last = document.municipality.by_year[2035]
    assert whole["2035"][1] == f"{round(last.expected):,}"
    assert whole["2035"][2] == f"{round(last.total.low_80):,}–{round(last.total.high_80):,}"


def test_the_tables_hold_every_settlement_and_year(drawn: Drawn, out: Path) -> None:
    document = drawn[0]
    with (out / "population.csv").open(encoding="utf-8-sig", newline="") as file:
        heads, *rows = list(csv.reader(file))
    assert len(rows) == 120 * 3
    assert all(len(row) == len(heads) for row in rows)
    assert sum(float(row[4]) for row in rows if row[3] == "2035") == pytest.approx(
        document.municipality.by_year[2035].expected, abs=120 * 0.05)
    for row in rows:
        low_95, low_80, high_80, high_95 = map(float, row[5:9])
        assert low_95 <= low_80 <= high_80 <= high_95
    with (out / "municipality.csv").open(encoding="utf-8-sig", newline="") as file:
        ages = list(csv.reader(file))[1:]
    assert len(ages) == 3 * 2 * 18
    assert sum(float(row[4]) for row in ages if row[0] == "2025") == pytest.approx(11_000, abs=2)
    told = json.loads((out / "population.json").read_text("utf-8"))
    assert told["schema"] == "musubime-population/1"
    assert told["municipality"]["by_year"]["2035"]["total"]["low_80"] == pytest.approx(
        document.municipality.by_year[2035].total.low_80)


def test_it_is_whole_and_offline(page: Page) -> None:
    assert not page.faults
    counts = Counter(e.attributes["id"] for e in page.elements if "id" in e.attributes)
    assert not [key for key, count in counts.items() if count > 1]
    for element in page.elements:
        for name in ("src", "href"):
            value = element.attributes.get(name, "")
            assert not value or value.startswith(("#", "data:"))
            if value.startswith("#") and len(value) > 1:
                assert value[1:] in counts


def test_both_languages_are_complete(page: Page) -> None:
    marked = [e for e in page.elements if e.attributes.get("lang") in {"ja", "en"} and e.inside("body")]
    by_language = Counter(e.attributes["lang"] for e in marked)
    assert by_language["ja"] == by_language["en"] > 150
    names = sorted({e.text() for e in page.elements if e.attributes.get("lang") == "ja-JP"}, key=len, reverse=True)
    for element in marked:
        told = element.text()
        for name in names:
            told = told.replace(name, "")
        if element.attributes["lang"] == "en" and element.tag == "span":
            assert not JAPANESE.search(told), element.text()
        elif element.tag == "span" and len(told) > 12:
            assert re.search(r"[\u3041-\u30ff\u4e00-\u9fff]", told), element.text()
    for language in ("ja", "en"):
        assert not CODE.findall(page.shown(language))


def test_tables_and_images_say_what_they_are(page: Page) -> None:
    assert len(page.all("table")) == len([e for e in page.all("caption") if e.text()]) >= 5
    images = [e for e in page.all("svg") if e.attributes.get("aria-hidden") != "true"]
    assert len(images) == 2 * (2 + 2 + 4)  # pyramid and fan, districts and largest, four maps: in two languages
    for image in images:
        assert image.attributes["role"] == "img"
        assert all(e.text() for e in page.all("title", "desc") if e.parents[-1] is image)


def test_official_classes_are_shown_apart_from_chances(drawn: Drawn, tmp_path: Path) -> None:
    region = drawn[1]
    table = tmp_path / "prognosis.csv"
    names = region.settlements.names
    table.write_text(f"集落名,将来見通し\n{names[0]},当面存続\n{names[-1]},当面存続\n{names[1]},不明\n", "utf-8")
    document = population_of_region(region, PopulationOptions(to=2055, draws=100, prognosis=table))
    page = Page(render_population(document, region))
    assert not page.faults
    rows = {row[0]: row for row in _rows(page, "cap-prognosis-table")}
    assert len(rows) == 2
    for language, heading in (("ja", "市町村の将来見通し"), ("en", "Official prognosis")):
        shown = page.shown(language)
        assert heading in shown
        assert not CODE.findall(shown)
    assert "12.6" in page.shown("en")
    assert names[-1] in page.shown("en").split("more likely than not:")[1].split(".")[0]  # few households by 2055
    publish_population(document, region, tmp_path / "out")
    with (tmp_path / "out" / "population.csv").open(encoding="utf-8-sig", newline="") as file:
        told = list(csv.reader(file))
    assert {row[-1] for row in told if row[1] == names[1]} <= {"不明", "not known"}
    assert {row[-1] for row in told if row[1] == names[5]} == {""}


def test_one_settlement_without_district_or_place_makes_a_page(drawn: Drawn) -> None:
    document, region = drawn
    alone = document.settlements[0].model_copy(update={"lon": None, "lat": None, "district": "", "name": "<b>奥</b>"})
    source = render_population(document.model_copy(update={"settlements": [alone], "districts": []}), region)
    assert "<b>奥" not in source
    assert not Page(source).faults
