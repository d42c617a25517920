"""Small worlds counted by hand, one for each survey."""

from __future__ import annotations

from fractions import Fraction

import pytest
from survey_worlds import by_hand

from musubime.surveys.model import Returns
from musubime.surveys.tables import Table, make_tables


def _tables(returns: Returns, previous: Returns | None = None) -> dict[str, Table]:
    return {table.id: table for table in make_tables(returns, previous)}


def _column(table: Table, column: str) -> dict[str, object]:
    return {row.id: table.value(row.id, column) for row in table.rows}


HUB_TOWNS = (
    ("35001", "full", "accepted"), ("35002", "part", "submitted"), ("35003", "none", "accepted"),
    ("32001", "deemed", "accepted"), ("32002", "none", "accepted"), ("32003", "none", "queried"),
    ("32004", "full", "missing"),
)
HUB_ANSWERS = {
    "35001": {"hubs_all": 3, "hubs_in_strategy": 2, "planned_in_strategy": 0, "planned_outside_strategy": 0},
    "35002": {"hubs_all": 1, "hubs_in_strategy": 0, "planned_in_strategy": 1, "planned_outside_strategy": 0},
    "35003": {"hubs_all": 0, "hubs_in_strategy": 0, "planned_in_strategy": 2, "planned_outside_strategy": 1},
    "32001": {"hubs_all": 0, "hubs_in_strategy": 0, "planned_in_strategy": 0, "planned_outside_strategy": 1},
    "32002": {"hubs_all": 0, "hubs_in_strategy": 0, "planned_in_strategy": 0, "planned_outside_strategy": 0},
    "32003": {"hubs_all": None, "hubs_in_strategy": None, "planned_in_strategy": 0, "planned_outside_strategy": 0},
}
HUBS = tuple(
    {"code": code, "number": number, "in_strategy": strategy, "rmo": rmo, "facilities.shop": shop,
     "facilities.clinic": clinic}
    for code, number, strategy, rmo, shop, clinic in (
        ("35001", 1, "yes", "yes", True, True), ("35001", 2, "yes", "no", True, False),
        ("35001", 3, "no", "yes", None, None), ("35002", 1, "no", None, False, True),
        ("32004", 1, "yes", "yes", True, True),  # of a town that did not return: not counted
    )
)


@pytest.fixture(scope="module")
def hubs() -> dict[str, Table]:
    return _tables(by_hand("small-hubs", "2022", 2022, HUB_TOWNS, HUB_ANSWERS, {"hubs": HUBS}))


def test_response_is_shown_by_class(hubs: dict[str, Table]) -> None:
    # 過疎: 35001 accepted, 35002 submitted, 32001 accepted, 32004 missing. Other: 35003, 32002 accepted, 32003 queried.
    table = hubs["response_by_class"]
    states = ("accepted", "submitted", "queried", "missing", "asked")
    assert [table.value("depopulated", c) for c in states] == [2, 1, 0, 1, 4]
    assert [table.value("other", c) for c in states] == [2, 0, 1, 0, 3]
    assert table.value("total", "share") == Fraction(6, 7)
    assert (table.asked, table.answered) == (7, 6)


def test_both_counts_of_hubs_stand_in_tables_of_their_own(hubs: dict[str, Table]) -> None:
    strategy, everything = hubs["hubs_in_strategy_by_class"], hubs["hubs_all_by_class"]
    # 32003 did not answer, so N is 5: 3 of 過疎 and 2 others.
    for table in (strategy, everything):
        assert _column(table, "asked") == {"depopulated": 4, "other": 3, "total": 7}
        assert _column(table, "n") == {"depopulated": 3, "other": 2, "total": 5}
        assert table.n == 5
        assert table.no_answer == 1
    assert _column(strategy, "with") == {"depopulated": 1, "other": 0, "total": 1}
    assert _column(strategy, "units") == {"depopulated": 2, "other": 0, "total": 2}
    assert _column(everything, "with") == {"depopulated": 2, "other": 0, "total": 2}
    assert _column(everything, "units") == {"depopulated": 4, "other": 0, "total": 4}
    assert strategy.value("total", "share") == Fraction(1, 5)
    assert everything.value("total", "share") == Fraction(2, 5)
    assert "special wards" in strategy.base.to("en")
    assert "7 municipalities asked" in strategy.base.to("en")
    assert "5 that answered" in strategy.base.to("en")


def test_by_prefecture(hubs: dict[str, Table]) -> None:
    table = hubs["hubs_all_by_prefecture"]
    assert [row.head.to("ja") for row in table.rows] == ["島根県", "山口県", "計"]
    assert _column(table, "units") == {"32": 0, "35": 4, "total": 4}
    assert _column(table, "n") == {"32": 2, "35": 3, "total": 5}


def test_each_municipality_stands_in_one_state(hubs: dict[str, Table]) -> None:
    # 35002 has a hub outside the strategy and plans one in it: what is formed comes first.
    table = hubs["hub_status"]
    assert _column(table, "total") == {
        "formed_in_strategy": 1, "formed_not_in_strategy": 1, "planned_in_strategy": 1, "planned_not_in_strategy": 1,
        "none": 1, "total": 5}
    assert _column(table, "depopulated") == {
        "formed_in_strategy": 1, "formed_not_in_strategy": 1, "planned_in_strategy": 0, "planned_not_in_strategy": 1,
        "none": 0, "total": 3}


def test_hubs_with_and_without_an_rmo(hubs: dict[str, Table]) -> None:
    assert (hubs["hubs_rmo_all"].n, hubs["hubs_rmo_all"].n_of, hubs["hubs_rmo_all"].no_answer) == (3, 4, 1)
    assert _column(hubs["hubs_rmo_in_strategy"], "count") == {"yes": 1, "no": 1, "total": 2, "no_answer": 0}
    assert _column(hubs["hubs_rmo_all"], "count") == {"yes": 2, "no": 1, "total": 3, "no_answer": 1}
    assert hubs["hubs_rmo_all"].value("yes", "share") == Fraction(2, 3)


def test_several_answers_show_their_n(hubs: dict[str, Table]) -> None:
    # Of four hubs one left the question open: N is 3. Two have a shop, two a clinic.
    table = hubs["hubs_facilities_all"]
    assert table.multiple
    assert (table.n, table.value("n", "count"), table.value("no_answer", "count")) == (3, 3, 1)
    assert table.value("shop", "share") == Fraction(2, 3)
    assert table.value("clinic", "share") == Fraction(2, 3)
    assert "Several answers" in table.notes[-1].to("en")


def test_a_municipality_of_unknown_designation_has_a_row_of_its_own() -> None:
    asked = (("35001", "full", "accepted"), ("35002", None, "accepted"), ("35003", "none", "accepted"))
    answers = {code: {"rmos": n} for code, n in (("35001", 1), ("35002", 2), ("35003", 4))}
    table = _tables(by_hand("rmo", "2022", 2022, asked, answers))["rmos_by_class"]  # type: ignore[arg-type]
    assert _column(table, "units") == {"depopulated": 1, "other": 4, "unknown_class": 2, "total": 7}


def test_who_was_not_asked_is_in_no_table_and_is_named() -> None:
    table = _tables(by_hand("rmo", "2022", 2022, HUB_TOWNS[:1], {"35001": {"rmos": 1}, "40001": {"rmos": 50}}))[
        "rmos_by_class"]
    assert (table.answered, table.value("total", "units")) == (1, 1)
    assert any("40001" in note.to("en") for note in table.notes)


@pytest.mark.parametrize(("survey", "question", "asked", "noted"), [
    ("small-hubs", "hubs_all", 2, True), ("rmo", "rmos", 4, False)])
def test_special_wards_are_in_the_base_of_surveys_that_ask_them_only(
    survey: str, question: str, asked: int, noted: bool
) -> None:
    towns = (("13101", "none", "missing"), ("13123", "none", "missing"), ("13201", "none", "accepted"),
             ("13362", "full", "accepted"))
    table = make_tables(by_hand(survey, "2022", 2022, towns, {"13201": {question: 0}, "13362": {question: 1}}))[0]
    assert table.value("total", "asked") == asked
    assert any("2 special wards" in note.to("en") for note in table.notes) is noted


def test_an_old_version_without_the_number_in_the_strategy_counts_the_described_hubs() -> None:
    returns = by_hand(
        "small-hubs", "2018", 2018, HUB_TOWNS[:3],
        {"35001": {"hubs": 2, "planned": 0}, "35002": {"hubs": 1, "planned": 0}, "35003": {"hubs": 0, "planned": 1}},
        {"hubs": ({"code": "35001", "number": 1, "in_strategy": "yes"},
                  {"code": "35001", "number": 2, "in_strategy": "no"},
                  {"code": "35002", "number": 1, "in_strategy": "no"})})
    tables = _tables(returns)
    assert tables["hubs_in_strategy_by_class"].value("total", "units") == 1
    assert _column(tables["hub_status"], "total") == {
        "formed_in_strategy": 1, "formed_not_in_strategy": 1, "planned": 1, "none": 0, "total": 3}


def test_rmos_and_where_their_income_comes_from() -> None:
    rows = (
        {"code": "35001", "number": 1, "legal_form": "none", "income_1": "subsidy", "income_2": "fees"},
        {"code": "35001", "number": 2, "legal_form": "npo", "income_1": "fees", "income_2": "fees"},
        {"code": "32001", "number": 1, "legal_form": None, "income_1": None, "income_2": None},
    )
    tables = _tables(by_hand(
        "rmo", "2022", 2022, HUB_TOWNS, {"35001": {"rmos": 2}, "32001": {"rmos": 1}, "32002": {"rmos": 0}},
        {"rmos": rows}))
    assert _column(tables["rmos_by_class"], "units") == {"depopulated": 3, "other": 0, "total": 3}
    assert tables["rmos_by_class"].value("total", "share") == Fraction(2, 3)  # of the three that answered, not of seven
    form = tables["rmo_legal_form"]
    assert (form.value("none", "count"), form.value("npo", "count"), form.n, form.value("no_answer", "count")) == (
        1, 1, 2, 1)
    income = tables["rmo_income"]
    # Fees: first once; among the first five in both organisations (named twice by one: once).
    assert (income.value("fees", "first"), income.value("fees", "any"), income.value("n", "any")) == (1, 2, 2)
    assert income.value("fees", "any_share") == 1


SETTLEMENTS = (
    {"code": "35001", "number": 1, "population": 100, "aged_65": 50, "aged_75": 10, "prognosis": "lasting",
     "support.settlement_supporter": True, "support.none": False, "last_prognosis": "lasting", "since_last": "kept"},
    {"code": "35001", "number": 2, "population": 3, "aged_65": 3, "aged_75": 3, "prognosis": "within_10_years",
     "support.settlement_supporter": False, "support.none": True, "last_prognosis": "within_10_years",
     "since_last": "kept"},
    {"code": "35001", "number": 3, "population": None, "aged_65": None, "aged_75": None, "prognosis": "eventually",
     "support.settlement_supporter": None, "support.none": None, "last_prognosis": None, "since_last": None},
    {"code": "35002", "number": 1, "population": 0, "aged_65": 0, "aged_75": 0, "prognosis": "within_10_years",
     "support.settlement_supporter": False, "support.none": True, "last_prognosis": "within_10_years",
     "since_last": "uninhabited"},
)


def test_settlements_people_mean_ageing_and_prognosis() -> None:
    tables = _tables(by_hand(
        "settlements", "2024", 2024, HUB_TOWNS[:2], {"35001": {"settlements": 3}, "35002": {"settlements": 0}},
        {"settlements": SETTLEMENTS}))
    people = tables["settlement_people"]
    # The uninhabited one is no settlement any more; of three, two have people: 103 / 2 = 51.5, not 103 / 3.
    assert [people.value("total", c) for c in ("settlements", "n", "people")] == [3, 2, 103]
    assert people.printed("total", "mean") == "51.5"
    ageing = tables["settlement_ageing"]
    assert _column(ageing, "count") == {
        "from_0": 0, "from_25": 0, "from_50": 1, "from_70": 1, "total": 2, "nobody": 0, "no_answer": 1, "all_65": 1,
        "all_75": 1}  # exactly half is half and more
    crossed = tables["settlement_prognosis_support"]
    assert (crossed.value("lasting", "yes"), crossed.value("within_10_years", "no"), crossed.value("total", "n")) == (
        1, 1, 2)
    assert crossed.value("eventually", "no_answer") == 1
    back = tables["settlement_back_test"]
    # Of two predicted to be empty within ten years one is: half, not certainty.
    assert (back.value("within_10_years", "n"), back.value("within_10_years", "uninhabited")) == (2, 1)
    assert back.value("within_10_years", "share") == Fraction(1, 2)


def test_initiatives_for_related_population() -> None:
    tables = _tables(by_hand("related-population", "2021", 2021, HUB_TOWNS[:4], {
        "35001": {"did": "yes", "measures.coordination": True, "measures.registration": True, "registered": 20},
        "35002": {"did": "yes", "measures.coordination": True, "measures.registration": False, "registered": None},
        "35003": {"did": "no", "measures.coordination": None, "measures.registration": None, "registered": None},
        "32001": {"did": None, "measures.coordination": None, "measures.registration": None, "registered": None},
    }))
    assert _column(tables["related_did"], "count") == {"yes": 2, "no": 1, "total": 3, "no_answer": 1}
    measures = tables["related_measures"]
    assert measures.n == 2  # of those that carried out anything
    assert measures.value("registration", "share") == Fraction(1, 2)
    numbers = tables["related_numbers"]
    assert [numbers.value("registered", c) for c in ("n", "sum", "mean")] == [1, 20, 20]
