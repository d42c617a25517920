"""The deck's own numbers give the deck's own tables, corrected where the deck does not follow."""

from __future__ import annotations

from pathlib import Path

import pytest

from musubime.surveys.series import published_tables, read_series
from musubime.surveys.tables import Table

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def deck(shared: Path) -> dict[str, Table]:
    return {t.id: t for t in published_tables(read_series(shared / "figures" / "deck_figures.csv"))}


def _printed(table: Table) -> list[list[str]]:
    return [[table.printed(row.id, column.id) for column in table.columns] for row in table.rows]


def _notes(table: Table) -> str:
    return " ".join(note.to("en") for note in table.notes)


def test_slide_3_hubs_and_rmos_by_class(deck: dict[str, Table]) -> None:
    assert _printed(deck["published_hubs_by_class"]) == [
        ["820", "267", "33%", "1,158"], ["921", "98", "11%", "250"], ["1,741", "365", "21%", "1,408"]]
    # The deck prints 49% for 394 of 820: it is 48%.
    assert _printed(deck["published_rmos_by_class"]) == [
        ["820", "394", "48%", "2,539"], ["921", "420", "46%", "3,525"], ["1,741", "814", "47%", "6,064"]]
    assert "does not ask those" in deck["published_hubs_by_class"].base.to("en")


def test_slide_3_by_year(deck: dict[str, Table]) -> None:
    assert [row[0] for row in _printed(deck["rmo_count_series_national"])] == [
        "4,177", "4,787", "5,236", "5,783", "6,064"]
    assert _printed(deck["hub_count_in_strategy"])[1] == ["1,408", "1,267", "+141", "+11.1%"]


def test_slide_4_where_municipalities_stand(deck: dict[str, Table]) -> None:
    assert _printed(deck["published_hub_status"]) == [
        ["365", "21%"], ["209", "12%"], ["49", "3%"], ["28", "2%"], ["1,067", "62%"], ["1,718", "100%"]]
    assert _printed(deck["published_hubs_rmo"]) == [["1,199", "85%"], ["209", "15%"], ["1,408", "100%"]]


def test_slide_9_settlements(deck: dict[str, Table]) -> None:
    assert _printed(deck["published_settlements"]) == [
        ["61,860", "10,471,075", "169.3"], ["61,511", "9,745,485", "158.4"]]
    assert _printed(deck["published_settlements_change"]) == [
        ["61,511", "61,860", "-349", "-0.6%"], ["9,745,485", "10,471,075", "-725,590", "-6.9%"]]


def test_slide_10_prognosis_and_support(deck: dict[str, Table]) -> None:
    assert [row[:3] for row in _printed(deck["published_support_2015"])] == [
        ["189", "326", "515"], ["986", "1,711", "2,697"], ["1,175", "2,037", "3,212"]]
    assert [row[:3] for row in _printed(deck["published_support_2019"])] == [
        ["245", "209", "454"], ["1,181", "1,563", "2,744"], ["1,426", "1,772", "3,198"]]


def test_slide_13_tokyo_area(deck: dict[str, Table]) -> None:
    months = deck["net_inflow_tokyo_area_months"]
    assert [months.printed(y, "year") for y in ("2019", "2020", "2021", "2022")] == ["145,576", "98,005", "80,441", ""]
    assert _printed(months)[1] == ["5,343", "6,888", "70,087", "14,497", "1,167", "4,027", "-1,682", "-739", "-56",
                                   "834", "-393", "-1,968", "98,005"]
    assert _printed(deck["net_inflow_tokyo_area_against"]) == [
        ["5,699", "3,570", "+2,129", "+60%", "13,010", "-7,311", "-56%"],
        ["49,109", "46,186", "+2,923", "+6%", "54,816", "-5,707", "-10%"],
        ["43,410", "42,616", "+794", "+2%", "41,806", "+1,604", "+4%"]]


def test_slide_14_is_computed_from_its_own_months_and_the_copied_bullets_are_left_out(deck: dict[str, Table]) -> None:
    table = deck["net_inflow_tokyo_metropolis_against"]
    # January and February: 383 + 359 = 742, -1,334 - 1,593 = -2,927, 3,741 + 4,053 = 7,794.
    assert _printed(table) == [["742", "-2,927", "+3,669", "", "7,794", "-7,052", "-90%"]]
    assert "zero or negative" in table.blanks[table.rows[0].id, "rate_2021"].to("en")
    assert "left out" in _notes(table)
    assert "13,010 ≠ 7,794" in _notes(table)
    assert deck["net_inflow_tokyo_metropolis_months"].printed("2021", "year") == "10,815"


def test_slide_18_names_the_one_that_is_in_no_answer(deck: dict[str, Table]) -> None:
    assert _printed(deck["published_efforts"]) == [["1,171", "66%"], ["591", "34%"], ["1,762", "100%"], ["1", ""]]
    assert [row[0] for row in _printed(deck["published_mentions"])] == ["1,175", "200", "258", "129", "1,762", "1"]
    for name in ("published_efforts", "published_mentions"):
        assert "make 1,762, N is printed as 1,763: 1 is in none" in _notes(deck[name])
    measures = deck["published_measures"]
    assert measures.multiple
    assert [row[0] for row in _printed(measures)] == ["474", "402", "297", "238", "210", "209", "1,763"]


def test_a_total_that_its_parts_do_not_make_is_told(tmp_path: Path) -> None:
    path = tmp_path / "figures.csv"
    path.write_text(
        "series,key,period,value,unit\n"
        "hub_rmo_presence,rmo_present,2021,1199,hubs\nhub_rmo_presence,rmo_absent,2021,209,hubs\n"
        "hub_count,in_strategy,2021,1418,hubs\n", "utf-8")
    table = next(t for t in published_tables(read_series(path)) if t.id == "published_hubs_rmo")
    assert table.printed("total", "count") == "1,408"
    assert "printed as 1,418; its parts make 1,408" in _notes(table)


def test_nothing_in_the_table_gives_no_table(tmp_path: Path) -> None:
    path = tmp_path / "figures.csv"
    path.write_text("series,key,period,value\nother,x,2021,1\n", "utf-8")
    assert published_tables(read_series(path)) == ()
