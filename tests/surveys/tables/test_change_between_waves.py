"""Change is counted on those who answered both times, and only where the same was asked."""

from __future__ import annotations

from fractions import Fraction

import pytest
from survey_worlds import by_hand

from musubime.errors import InputError
from musubime.surveys.tables import Table, make_tables

NOW = (("35001", "full", "accepted"), ("35002", "none", "accepted"), ("35010", "none", "accepted"),
       ("35005", "none", "accepted"), ("35006", "none", "missing"))
BEFORE = (("35001", "full", "accepted"), ("35002", "none", "accepted"), ("35003", "none", "accepted"),
          ("35004", "none", "accepted"), ("35005", "none", "missing"), ("35006", "none", "accepted"))


def _change(survey: str, now: tuple[str, int], before: tuple[str, int], question: str) -> Table:
    """35003 and 35004 were merged into 35010. 35005 answered only now, 35006 only before."""
    answers_now = {"35001": {question: 5}, "35002": {question: 1}, "35010": {question: 9}, "35005": {question: 2}}
    answers_before = {"35001": {question: 4}, "35002": {question: 2}, "35003": {question: 3}, "35004": {question: 3},
                      "35006": {question: 8}}
    tables = make_tables(by_hand(survey, *now, NOW, answers_now), by_hand(survey, *before, BEFORE, answers_before))
    return next(table for table in tables if table.id.startswith("change_2"))


def test_only_those_who_answered_both_are_compared_and_both_ns_are_printed() -> None:
    table = _change("rmo", ("2022", 2022), ("2022", 2021), "rmos")
    # 35001: 4 -> 5. 35002: 2 -> 1. Nobody else answered twice under one code: 6 -> 6, while all would give 20 -> 17.
    assert [table.value("rmos", c) for c in ("n_before", "n_now", "n")] == [5, 4, 2]
    assert [table.value("rmos", c) for c in ("before", "now", "difference")] == [6, 6, 0]
    assert table.value("rmos", "rate") == Fraction(0)
    assert "2 (of 5 in FY2021 and 4 in FY2022)" in table.base.to("en")
    notes = " ".join(note.to("en") for note in table.notes)
    assert "no longer there (merged or renumbered): 2, not compared: 町35003、町35004" in notes
    assert "not before (new by merger or newly asked): 1, not compared: 町35010" in notes


def test_the_wave_before_must_be_one() -> None:
    waves = {year: by_hand("rmo", "2022", year, NOW, {"35001": {"rmos": 1}}) for year in (2021, 2022)}
    hubs = by_hand("small-hubs", "2022", 2020, NOW, {"35001": {"hubs_all": 1}})
    for now, before in ((waves[2021], waves[2022]), (waves[2022], waves[2022]), (waves[2022], hubs)):
        with pytest.raises(InputError, match="no earlier wave"):
            make_tables(now, before)


def test_a_question_declared_comparable_is_compared_across_versions() -> None:
    table = _change("rmo", ("2022", 2022), ("2019", 2019), "rmos")
    assert table.value("rmos", "difference") == 0


def test_a_changed_question_has_no_change_and_says_why() -> None:
    now = by_hand("small-hubs", "2022", 2022, NOW[:2], {"35001": {"hubs_all": 5, "hubs_in_strategy": 1},
                                                         "35002": {"hubs_all": 1, "hubs_in_strategy": 0}})
    before = by_hand("small-hubs", "2018", 2018, NOW[:2], {"35001": {"hubs": 4}, "35002": {"hubs": 2}})
    table = next(t for t in make_tables(now, before) if t.id == "change_2018_2022")
    for column in ("before", "now", "difference", "rate"):
        assert table.value("hubs_all", column) is None
        assert "did not ask apart by the strategy" in table.blanks["hubs_all", column].to("en")
    assert table.value("hubs_all", "n") == 2  # how many could have been compared is still said


def test_a_changed_word_of_the_prognosis_is_not_compared_but_people_are() -> None:
    rows = ({"code": "35001", "number": 1, "population": 100}, {"code": "35001", "number": 2, "population": 50},
            {"code": "35002", "number": 1, "population": 10})
    later = ({"code": "35001", "number": 1, "population": 120}, {"code": "35002", "number": 1, "population": None})
    now = by_hand("settlements", "2024", 2024, NOW[:2], {"35001": {"settlements": 1}, "35002": {"settlements": 1}},
                  {"settlements": later})
    before = by_hand("settlements", "2019", 2019, NOW[:2], {"35001": {"settlements": 2}, "35002": {"settlements": 1}},
                     {"settlements": rows})
    tables = {t.id: t for t in make_tables(now, before)}
    # 35002's people are not known now: only 35001 is compared, 150 in two settlements -> 120 in one.
    means = tables["settlement_means_then_and_now"]
    assert [means.printed("FY2019", c) for c in ("settlements", "people", "mean")] == ["2", "150", "75.0"]
    assert [means.printed("FY2024", c) for c in ("settlements", "people", "mean")] == ["1", "120", "120.0"]
    change = tables["change_2019_2024"]
    assert (change.value("people", "difference"), change.printed("people", "rate")) == (-30, "-20.0%")
    assert "change_prognosis" not in tables
