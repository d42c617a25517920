"""plan.json, plan.html and plan.xlsx tell how sure the outlook is, with the same figures."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser

from musubime.region import Region
from musubime.region.sample import sample_region
from musubime.reports.page import render
from musubime.reports.population_page import render_population
from musubime.reports.workbook import write_workbook
from musubime.studies import PlanDocument, PlanOptions, PopulationOptions, plan_region, population_of_region

LAST = 2050


@pytest.fixture(scope="module")
def region() -> Region:
    return sample_region()


@pytest.fixture(scope="module")
def document(region: Region) -> PlanDocument:
    return plan_region(region, PlanOptions(seconds_per_solve=0.5))[0]


def test_every_year_and_settlement_has_its_interval_and_chances(document: PlanDocument) -> None:
    spread = document.outlook.intervals
    assert spread is not None
    assert spread.draws == 300
    for year in document.years:
        people = document.outlook.people[year].total
        found = spread.total[year]
        assert found.low_95 <= found.low_80 <= found.middle <= found.high_80 <= found.high_95
        assert found.low_95 <= people <= found.high_95
    base = spread.total[document.years[0]]
    assert base.low_95 == base.high_95 == document.place.people
    for settlement in document.settlements:
        assert list(settlement.intervals) == list(settlement.chances) == document.years
        last = settlement.chances[LAST]
        assert 0 <= last.nobody <= last.few_households <= 1
        # the outlook lies within its own 95 % interval, but for a person that whole people cannot show
        found = settlement.intervals[LAST]
        assert found.low_95 - 1 <= settlement.people[LAST].total <= found.high_95 + 1
    small = min(document.settlements, key=lambda s: s.people[document.years[0]].total)
    large = max(document.settlements, key=lambda s: s.people[document.years[0]].total)
    relative = [(s.intervals[LAST].high_80 - s.intervals[LAST].low_80) / s.people[LAST].total for s in (small, large)]
    assert relative[0] > 2 * relative[1]


def test_the_figures_say_where_they_come_from(document: PlanDocument) -> None:
    figures = {figure.id: figure for figure in document.figures}
    spread = document.outlook.intervals
    assert spread is not None
    for end in ("low_80", "high_80", "low_95", "high_95"):
        figure = figures[f"people.{LAST}.{end}"]
        assert figure.value == getattr(spread.total[LAST], end)
        assert "300 draws" in figure.formula
        assert "docs/methods/population.md" in figure.formula
    assert figures[f"people.{LAST}"].value == document.outlook.people[LAST].total


def test_the_seed_of_the_plan_is_that_of_the_draws(region: Region, document: PlanDocument) -> None:
    other = plan_region(region, PlanOptions(seconds_per_solve=0.5, seed=2))[0]
    assert other.outlook.people == document.outlook.people
    assert other.outlook.intervals != document.outlook.intervals


def test_page_and_workbook_show_the_same(document: PlanDocument, region: Region, tmp_path: Path) -> None:
    spread = document.outlook.intervals
    assert spread is not None
    page = render(document, region)
    end = spread.total[LAST]
    assert f"{round(end.low_80):,}–{round(end.high_80):,}" in page
    for key in ("chart-fan-ja-t", "chart-fan-en-t", "map-chance-nobody-ja-t", "map-chance-few-households-en-t"):
        assert page.count(f'id="{key}"') == 1
    one = next(s for s in document.settlements if 0.2 < s.chances[LAST].few_households < 0.8)
    row = page[page.index('id="cap-settlements-table"'):]
    row = row[row.index(f">{one.name}<"):]
    row = row[: row.index("</tr>")]
    assert f"{round(one.intervals[LAST].low_80):,}–{round(one.intervals[LAST].high_80):,}" in row
    assert f"<td>{100 * one.chances[LAST].few_households:.0f}%</td>" in row
    write_workbook(document, tmp_path / "plan.xlsx", "en")
    sheet = openpyxl.load_workbook(tmp_path / "plan.xlsx", read_only=True)["By settlement"]
    heads, *rows = list(sheet.iter_rows(min_row=4, values_only=True))
    told = {row[0]: dict(zip(heads, row, strict=True)) for row in rows}[one.id]
    assert told[f"People {LAST}, 80% from"] == pytest.approx(one.intervals[LAST].low_80)
    assert told["chance of 9 households or fewer"] == pytest.approx(one.chances[LAST].few_households)


def test_a_plan_without_intervals_is_still_a_page(document: PlanDocument, region: Region) -> None:
    old = document.model_copy(update={
        "outlook": document.outlook.model_copy(update={"intervals": None}),
        "settlements": [s.model_copy(update={"intervals": {}, "chances": {}}) for s in document.settlements],
    })
    page = render(old, region)
    assert "chart-fan" not in page
    assert "map-chance" not in page


def test_no_table_of_settlements_is_cut_off_on_a4(
    document: PlanDocument, region: Region, tmp_path: Path, chromium: Browser,
) -> None:
    table = tmp_path / "prognosis.csv"  # the widest page of all: with the official classes
    table.write_text(f"集落名,将来見通し\n{region.settlements.names[0]},10年以内に無人化\n", "utf-8")
    outlook = population_of_region(region, PopulationOptions(draws=100, prognosis=table))
    pages = {"plan.html": render(document, region), "population.html": render_population(outlook, region)}
    for name, source in pages.items():
        (tmp_path / name).write_text(source, "utf-8")
        page = chromium.new_page(viewport={"width": 710, "height": 1000})  # A4 less its margins
        page.emulate_media(media="print")
        page.goto((tmp_path / name).as_uri())
        for language in ("ja", "en"):
            page.evaluate(f"document.getElementById('lang-{language}').checked = true")
            wide = page.evaluate(
                "[...document.querySelectorAll('table')]"
                ".filter(t => t.getBoundingClientRect().right > innerWidth + 1).map(t => t.id)")
            assert not wide, (name, language)
        page.close()
