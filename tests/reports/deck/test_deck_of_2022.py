"""The deck made of the government's own numbers gives them back to the digit, corrected where they do not follow."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from deck_reader import charts, data, frames, notes, tables, title, titled, words
from pptx import Presentation
from pptx.util import Pt

from musubime.language import Language
from musubime.reports.deck import Deck, build, paged, publish_deck
from musubime.studies.deck import DeckOptions, gather

Made = tuple[Deck, dict[Language, Path]]


@pytest.fixture
def given(shared: Path) -> dict[tuple[str, str, str], float]:
    with (shared / "figures" / "deck_figures.csv").open(encoding="utf-8") as file:
        return {(r["series"], r["key"], r["period"]): float(r["value"]) for r in csv.DictReader(file) if r["value"]}


def test_slides_follow_the_deck_of_2022(of_2022: Made) -> None:
    deck, _ = of_2022
    # Slides 2, 5, 6, 8, 11, 15, 16, 19, 21 and 22 are pictures or texts without figures (DOMAIN.md, section 8).
    assert [s.origin for s in deck.slides] == [1, 3, 4, 7, 9, 10, 12, 13, 14, 17, 18, 20, 0]
    missing = deck.slides[-1]
    assert [row[0].words.to("en") for row in missing.blocks[0].rows] == [  # type: ignore[union-attr]
        "2", "5", "6", "8", "11", "15", "16", "19", "21", "22"]


def test_slide_1_targets(opened: Any) -> None:
    slide = titled(opened, "小さな拠点・地域運営組織：目標")
    shown = words(slide)
    # 1,800 - 1,408 = 392, in three years 130.67 a year; 1,408 - 1,267 = 141 in the last year.
    for number in ("1,408", "1,800", "+392", "+131", "+141", "85%", "90%", "6,064", "7,000", "+936", "+312", "+426"):
        assert number in shown, number


def test_slide_3_share_is_corrected(opened: Any) -> None:
    slide = titled(opened, "全国における")
    (table,) = tables(slide)
    assert table[1][1:] == ["820", "267", "33%", "1,158", "394", "48%", "2,539"]
    assert table[2][1:] == ["921", "98", "11%", "250", "420", "46%", "3,525"]
    assert table[3][1:] == ["1,741", "365", "21%", "1,408", "814", "47%", "6,064"]
    note = next(s for s in slide.placeholders if s.placeholder_format.idx == 13).text_frame.text
    assert "49%" in note
    assert "48%" in note
    assert "394" in note
    assert note in notes(slide).replace("- ", "")


def test_slide_3_charts_hold_the_series(opened: Any, given: dict[tuple[str, str, str], float]) -> None:
    rmos, shares = (data(c) for c in charts(titled(opened, "全国における")))
    years = ["2017", "2018", "2019", "2020", "2021"]
    assert [rmos["地域運営組織"][y] for y in years] == [given["rmo_count_series", "national", y] for y in years]
    assert rmos["目標"]["2024（目標）"] == 7000
    assert rmos["地域運営組織"]["2024（目標）"] is None  # a gap and no zero
    for name, series in (("小さな拠点", "small_hub_municipality_share_series"),
                         ("地域運営組織", "rmo_municipality_share_series")):
        assert list(shares[name].values()) == [given[series, "national", y] for y in years]


def test_slide_4_counts_and_shares(opened: Any) -> None:
    slide = titled(opened, "小さな拠点づくりに関する実態")
    states, presence = (data(c) for c in charts(slide))
    (counts,) = states.values()
    assert counts == {"形成済み（位置付け有）（21%）": 365, "形成済み（位置付け無）（12%）": 209,
                      "形成予定（位置付け有）（3%）": 49, "形成予定（位置付け無）（2%）": 28,
                      "形成されていない（62%）": 1067}
    assert list(presence.values()) == [{"地域運営組織あり（85%）": 1199, "地域運営組織なし（15%）": 209}]
    for number in ("1,718", "574", "33%", "365", "21%", "1,267", "1,408"):
        assert number in words(slide)


def test_slides_9_and_10(opened: Any) -> None:
    settlements = titled(opened, "過疎地域における集落の経年変化")
    assert [row[1:] for row in tables(settlements)[0][1:]] == [
        ["61,860", "10,471,075", "169.3"], ["61,511", "9,745,485", "158.4"]]
    shown = words(settlements)
    for number in ("-349", "-0.6%", "-725,590", "-6.9%"):
        assert number in shown
    support = titled(opened, "集落におけるサポート人材")
    assert [row[1:4] for row in tables(support)[0][1:]] == [
        ["189", "326", "515"], ["245", "209", "454"], ["986", "1,711", "2,697"], ["1,181", "1,563", "2,744"]]
    (chart,) = charts(support)
    assert [list(v.values()) for v in data(chart).values()] == [[189, 245, 986, 1181], [326, 209, 1711, 1563]]


@pytest.mark.parametrize(("start", "series"), [
    ("東京圏の", "net_inflow_tokyo_area"), ("東京都の", "net_inflow_tokyo_metropolis")])
def test_slides_13_and_14_months(
    opened: Any, given: dict[tuple[str, str, str], float], start: str, series: str
) -> None:
    slide = titled(opened, start)
    (chart,) = charts(slide)
    for year, months in data(chart).items():
        for month, value in months.items():
            assert value == given.get((series, "monthly", f"{year}-{int(month):02}")), (year, month)
    monthly = tables(slide)[1]
    assert len(monthly) == 5
    for row in monthly[1:]:
        year = row[0].rstrip("年")
        for month, cell in enumerate(row[1:13], start=1):
            value = given.get((series, "monthly", f"{year}-{month:02}"))
            assert cell == ("–" if value is None else f"{value:,.0f}")


def test_slide_13_bullets(opened: Any) -> None:
    compared = tables(titled(opened, "東京圏の"))[0]
    assert compared[1][1:] == ["13,010", "12,231", "3,570", "5,699", "+2,129", "+60%", "-7,311", "-56%"]
    assert compared[2][1:] == ["54,816", "53,736", "46,186", "49,109", "+2,923", "+6%", "-5,707", "-10%"]
    assert compared[3][1:] == ["41,806", "41,505", "42,616", "43,410", "+794", "+2%", "+1,604", "+4%"]
    assert [row[-1] for row in tables(titled(opened, "東京圏の"))[1][1:]] == ["145,576", "98,005", "80,441", "–"]


def test_slide_14_is_recomputed_and_says_so(opened: Any) -> None:
    slide = titled(opened, "東京都の")
    compared = tables(slide)[0]
    # 383 + 359 = 742; 742 - (-1,334 - 1,593) = 3,669, and no percentage of -2,927; 742 - 7,794 = -7,052 = -90%.
    assert compared[1][1:] == ["7,794", "7,671", "-2,927", "742", "+3,669", "–", "-7,052", "-90%"]
    assert all(cell == "–" for row in compared[2:] for cell in row[1:])  # arrivals and departures are not known
    assert "18個" in words(slide)
    for copied in ("13,010", "12,231", "5,699", "54,816", "49,109", "43,410", "60%", "56%"):
        assert copied not in words(slide), copied
    assert [row[-1] for row in tables(slide)[1][1:]] == ["86,575", "38,374", "10,815", "–"]


def test_slide_17_and_18(opened: Any) -> None:
    estimate = words(titled(opened, "関係人口の概数"))
    for number in ("1,827万人", "10,615万人", "148,831", "17.2%"):
        assert number in estimate
    efforts = titled(opened, "関係人口に関する地方公共団体")
    done, mention, several = (next(iter(data(c).values())) for c in charts(efforts))
    assert list(done.values()) == [1171, 591]
    assert list(mention.values()) == [1175, 258, 200, 129]
    assert list(several.values()) == [474, 402, 297, 238, 210, 209]
    assert "N=1,763" in words(efforts)
    assert "1,762" in words(efforts)


def test_the_data_sheet_behind_a_chart_holds_its_numbers(of_2022: Made) -> None:
    """What opens in Excel when somebody edits the data."""
    with zipfile.ZipFile(of_2022[1]["ja"]) as file:
        sheets = [n for n in file.namelist() if n.endswith(".xlsx")]
        books = [openpyxl.load_workbook(io.BytesIO(file.read(n))) for n in sheets]
    values = [[[c.value for c in row] for row in book.worksheets[0].rows] for book in books]
    assert len(books) == 15
    sheets_of = {"サポート人材あり": [189, 326]}
    assert any(rows[0][1:2] == [name] and rows[1][1:] == first for rows in values for name, first in sheets_of.items())


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_slide_can_be_shown(of_2022: Made, language: Language) -> None:
    deck = Presentation(str(of_2022[1][language]))
    assert (deck.slide_width, deck.slide_height) == (12192000, 6858000)  # 16:9
    titles = [title(slide) for slide in deck.slides]
    assert all(titles)
    assert len(set(titles)) == len(titles)
    for number, slide in enumerate(deck.slides, start=1):
        assert notes(slide).strip(), number
        for shape in slide.shapes:
            assert shape.left >= 0
            assert shape.left + shape.width <= deck.slide_width
            assert shape.top + shape.height <= deck.slide_height
            if shape.has_chart or shape.has_table or shape.shape_type == 13:
                description = shape._element.xpath(".//p:cNvPr/@descr")
                assert description, f"{number}: {shape.name}"
                assert len(description[0]) > 10, f"{number}: {shape.name}"
            if shape.has_chart:
                values = [v for s in shape.chart.plots[0].series for v in s.values if v is not None]
                assert values, f"{number}: an empty chart"
                assert shape.chart.has_title
        for placeholder in slide.placeholders:
            assert placeholder.text_frame.text.strip(), f"{number}: {placeholder.name} is empty"
        if number > 1:
            kinds = [str(p.placeholder_format.type) for p in slide.placeholders]
            assert any("SLIDE_NUMBER" in kind for kind in kinds), number


@pytest.mark.parametrize("language", ["ja", "en"])
def test_type_is_readable_and_in_its_language(of_2022: Made, language: Language) -> None:
    deck = Presentation(str(of_2022[1][language]))
    for slide in deck.slides:
        for name, frame in frames(slide):
            for run in (run for paragraph in frame.paragraphs for run in paragraph.runs):
                assert run.font.size is None or run.font.size >= Pt(12), (title(slide), name, run.text)
                assert run._r.rPr.get("lang") == {"ja": "ja-JP", "en": "en-GB"}[language]
        for chart in charts(slide):
            assert chart.chart.font.size >= Pt(12)
        if language == "en":
            assert not re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", words(slide)), words(slide)


def test_typefaces_of_the_theme(of_2022: Made) -> None:
    with zipfile.ZipFile(of_2022[1]["ja"]) as file:
        themes = [file.read(n).decode() for n in file.namelist() if re.search(r"theme\d+\.xml$", n)]
        chart = file.read(next(n for n in file.namelist() if n.startswith("ppt/charts/chart"))).decode()
    assert len(themes) == 2  # of the slides and of the notes
    for theme in themes:
        assert theme.count('<a:ea typeface="Yu Gothic"/>') == 2
        assert '<a:latin typeface="Arial"/>' in theme
    assert '<a:ea typeface="+mn-ea"/>' in chart


def test_sources_and_bases_stand_in_the_notes(opened: Any) -> None:
    for slide in list(opened.slides)[1:-1]:
        said = notes(slide)
        assert "出典：" in said, title(slide)
        assert "母数：" in said, title(slide)
        assert "時点：" in said, title(slide)
        source = next(s for s in slide.placeholders if s.placeholder_format.idx == 14).text_frame.text
        assert source.startswith("出典："), title(slide)


def test_same_input_same_bytes(shared: Path, tmp_path: Path) -> None:
    options = DeckOptions(figures=shared / "figures" / "deck_figures.csv", date="2022-06-01")
    for name in ("one", "two"):
        publish_deck(paged(build(gather(options)), "en"), tmp_path / f"{name}.pptx", "en")
    assert (tmp_path / "one.pptx").read_bytes() == (tmp_path / "two.pptx").read_bytes()
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


def test_the_page_holds_the_same_slides(of_2022: Made) -> None:
    deck, files = of_2022
    for language, file in files.items():
        page = file.with_suffix(".html").read_text("utf-8")
        assert page.count('<section class="slide"') == len(deck.slides) + 1
        for slide in deck.slides:
            assert slide.title.to(language) in page
        assert page.count("<svg role") == 15
        assert not re.search(r"https?://(?!www\.w3\.org)", page)  # works offline
        assert "3,669" in page
        assert page.count("<desc>") == 15
