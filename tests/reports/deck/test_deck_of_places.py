"""Decks of a municipality's plan and of returns: what stands on the slides is what the plan and the tables say."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from deck_reader import charts, data, frames, notes, tables, title, titled, words
from pptx import Presentation
from pptx.util import Pt
from synthetic_plan import make_plan

from musubime.errors import InputError
from musubime.language import Language
from musubime.reports.deck import Deck, build, paged, publish_deck
from musubime.studies.deck import DeckOptions, gather
from musubime.surveys.returns import load_returns
from musubime.surveys.tables import make_tables


def sound(file: Path) -> Any:
    """Opened, and nothing on it empty, too small or off the slide."""
    deck = Presentation(str(file))
    for slide in deck.slides:
        assert title(slide)
        assert notes(slide).strip()
        for shape in slide.shapes:
            assert shape.top + shape.height <= deck.slide_height, f"{title(slide)}: {shape.name}"
            assert shape.left + shape.width <= deck.slide_width
            if shape.has_chart:
                assert any(v is not None for s in shape.chart.plots[0].series for v in s.values), title(slide)
            if shape.has_table:
                below = sum(row.height for row in shape.table.rows) + shape.top
                assert below <= Pt(486), f"{title(slide)}: the table covers the source line"
        for _, frame in frames(slide):
            assert all(r.font.size is None or r.font.size >= Pt(12) for p in frame.paragraphs for r in p.runs)
    return deck


def test_the_hubs_of_a_plan(of_a_plan: tuple[Deck, Path]) -> None:
    document, _ = make_plan(120, 20)
    deck = sound(of_a_plan[1])
    first = document.alternatives[0]
    rows = [row for slide in deck.slides if "計画する小さな拠点" in title(slide)
            for table in tables(slide) for row in table[1:]]
    assert len(rows) == 10  # on more than one slide: none is lost where the table runs on
    for n, (row, hub) in enumerate(zip(rows, first.hubs, strict=True), start=1):
        assert row[0] == f"{n} {hub.name}"
        assert row[1] == str(len(hub.settlements))
        assert row[3] == f"{hub.people[document.plan_year]:,.0f}"


def test_the_people_of_a_plan(of_a_plan: tuple[Deck, Path]) -> None:
    document, _ = make_plan(120, 20)
    stacked, ageing = (data(c) for c in charts(titled(sound(of_a_plan[1]), f"{document.place.name}の人口と高齢化")))
    for year, count in document.outlook.people.items():
        parts = [values[str(year)] for values in stacked.values()]
        assert len(parts) == 4
        assert sum(parts) == pytest.approx(count.total, abs=2.0)  # four rounded classes
        assert ageing["65歳以上"][str(year)] == round(100 * count.over_65 / count.total, 1)


def test_the_map_is_a_picture_with_words(of_a_plan: tuple[Deck, Path]) -> None:
    slide = next(s for s in sound(of_a_plan[1]).slides if "集落と拠点" in title(s))
    (picture,) = [shape for shape in slide.shapes if shape.shape_type == 13]
    assert picture.image.content_type == "image/png"
    assert picture.image.size[0] > 700
    assert "120集落" in picture._element.xpath(".//p:cNvPr/@descr")[0]


def test_what_a_plan_cannot_show_is_listed(of_a_plan: tuple[Deck, Path]) -> None:
    slide = titled(sound(of_a_plan[1]), "この資料に含まれないもの")
    numbers = [row[0] for table in tables(slide) for row in table[1:]]
    assert "13" in numbers  # net migration of the Tokyo area
    assert not {"1", "3", "6", "7", "8", "9"} & set(numbers)  # hubs, map, people, settlements are shown


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("area", ["JP", "35"])
def test_returns_are_counted_as_the_tables_count_them(
    returns: list[Path], tmp_path: Path, area: str, language: Language
) -> None:
    deck = paged(build(gather(DeckOptions(area, returns=tuple(returns), date="2023-01-01"))), language)
    publish_deck(deck, tmp_path / "deck.pptx", language)
    shown = sound(tmp_path / "deck.pptx")
    keys = [slide.key for slide in deck.slides]
    hubs = shown.slides[keys.index("returns_formation") + 1]
    if area == "JP":
        table = next(t for t in make_tables(load_returns(returns[1])) if t.id == "hubs_in_strategy_by_class")
        printed = [[table.printed(row.id, c) for c in ("asked", "n", "with", "share", "units")] for row in table.rows]
        assert [row[1:] for row in tables(hubs)[0][1:]] == printed
    places = shown.slides[keys.index("returns_rmo_places_1") + 1]
    (chart,) = charts(places)
    (values,) = data(chart).values()
    assert len(values) == (47 if area == "JP" else 2)
    assert {"returns_hubs", "returns_rmo_issues_1", "returns_support", "returns_related_1"} <= set(keys)


def test_one_municipality_sees_its_own_answers(returns: list[Path], tmp_path: Path) -> None:
    answered = load_returns(returns[1]).answers.index[0]
    deck = paged(build(gather(DeckOptions(str(answered), returns=tuple(returns), date="2023-01-01"))), "ja")
    publish_deck(deck, tmp_path / "deck.pptx", "ja")
    shown = sound(tmp_path / "deck.pptx")
    own = load_returns(returns[1])
    said = words(next(s for s in shown.slides if "の小さな拠点（2022年度）" in title(s)))
    assert str(own.answers.loc[answered, "hubs_all"]) in said
    assert own.asked.loc[answered, "name"] in title(shown.slides[1])
    for name in own.rosters["hubs"].query("code == @answered")["name"]:
        assert name in "\n".join(words(s) for s in shown.slides)


def test_the_nations_figures_are_marked_in_a_municipal_deck(shared: Path, returns: list[Path]) -> None:
    options = DeckOptions("35", shared / "figures" / "deck_figures.csv", tuple(returns), date="2023-01-01")
    for slide in build(gather(options)).slides:
        if slide.key in ("formation", "hub_survey", "estimate"):
            assert slide.title.to("en").endswith("(Japan)")
            assert slide.title.to("ja").endswith("（全国）")


def _codes(error: InputError) -> list[str]:
    return [fault.what.template for fault in error.faults]


def test_wrong_codes_are_told() -> None:
    for code in ("48", "999999", "35208x", "Yamaguchi-ken", "352089", "00"):
        with pytest.raises(InputError) as caught:
            gather(DeckOptions(code))
        assert len(caught.value.faults) == 2, code  # the code, and that there is nothing to show


def test_all_faults_of_a_table_and_a_code_at_once(tmp_path: Path) -> None:
    table = tmp_path / "figures.csv"
    table.write_text(
        "series,key,period,value,unit\nhub_count,in_strategy,2020,about 20,hubs\n,x,2021,5,hubs\n"
        "hub_count,in_strategy,2021,10,hubs\nhub_count,in_strategy,2021,11,hubs\n", "utf-8")
    with pytest.raises(InputError) as caught:
        gather(DeckOptions("99", table, (tmp_path / "none",), date="2023-01-01"))
    rows = {fault.row for fault in caught.value.faults if fault.file.startswith("figures.csv")}
    assert {2, 3, 5} <= rows
    assert any(fault.field == "--for" for fault in caught.value.faults)


def test_returns_of_somebody_else_and_a_folder_without_returns(returns: list[Path], tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        gather(DeckOptions("35208", returns=(returns[0], returns[2], tmp_path), date="2023-01-01"))
    assert len(caught.value.faults) == 3
    with pytest.raises(InputError) as caught:
        gather(DeckOptions("JP", returns=(returns[0], returns[0]), date="2023-01-01"))
    assert _codes(caught.value) == ["Two folders hold returns of {survey} of FY{year}."]


def test_a_table_with_totals_that_do_not_add_up_is_shown_as_printed(tmp_path: Path) -> None:
    table = tmp_path / "figures.csv"
    table.write_text(
        "series,key,period,value,unit\nsmall_hub_count,kaso,2023,100,hubs\nsmall_hub_count,non_kaso,2023,50,hubs\n"
        "small_hub_count,total,2023,151,hubs\n", "utf-8")
    deck = build(gather(DeckOptions("JP", table, date="2024-01-01")))
    (slide,) = [s for s in deck.slides if s.key == "formation"]
    shown = [[c.words.to("en") for c in row] for row in slide.blocks[0].rows]  # type: ignore[union-attr]
    assert [row[4] for row in shown] == ["100", "50", "151"]
    assert shown[0][1] == "–"  # the number of municipalities is not in the table, and is no zero
    assert any("not the sum" in line.to("en") for e in slide.evidence for line in e.lines)


def test_months_of_another_year_and_no_percentage_of_a_negative_base(tmp_path: Path) -> None:
    rows = ["series,key,period,value,unit"]
    for year, months in ((2023, [-5, -5, -10]), (2024, [10, 20, 30])):
        rows += [f"net_inflow_here,monthly,{year}-{m:02},{v},persons" for m, v in enumerate(months, start=1)]
    table = tmp_path / "figures.csv"
    table.write_text("\n".join(rows) + "\n", "utf-8")
    (slide,) = [s for s in build(gather(DeckOptions("JP", table, date="2024-04-01"))).slides if s.key != "missing"]
    # January to March: 60 against -20, so +80 and no percentage.
    compared = slide.rows[0][1]
    assert [c.words.to("en") for c in compared.rows[0]] == [  # type: ignore[union-attr]
        "Net migration", "-20", "60", "+80", "–"]
    assert "Jan to Mar" in slide.lead[0].to("en")


def test_a_picture_of_words_that_are_no_formula(tmp_path: Path) -> None:
    """Names from a table stand as words, never as XML or a formula."""
    table = tmp_path / "figures.csv"
    table.write_text(
        'series,key,period,value,unit\nefforts_multiple_answer,"<b>=cmd|x</b> & ""y""",FY2020,5,organisations\n',
        "utf-8")
    deck = build(gather(DeckOptions("JP", table, date="2024-04-01")))
    publish_deck(deck, tmp_path / "deck.pptx", "en")
    slide = titled(sound(tmp_path / "deck.pptx"), "What local governments do")
    assert '<b>=cmd|x</b> & "y"' in next(iter(data(charts(slide)[0]).values()))
    assert "<b>=cmd" not in (tmp_path / "deck.html").read_text("utf-8")
    with zipfile.ZipFile(tmp_path / "deck.pptx") as file:
        assert not [n for n in file.namelist() if re.search(r"vba|macro", n, re.IGNORECASE)]
