"""How numbers and sentences read in both languages."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musubime.language import text
from musubime.reports import words
from musubime.reports.views import UNITS, value_words


@pytest.mark.parametrize(("jpy", "japanese", "english"), [
    (0, "0円", "0 JPY"),
    (9_999, "9,999円", "9,999 JPY"),
    (43_800_000, "4,380万円", "43.8 million JPY"),
    (100_000_000, "1億円", "100.0 million JPY"),
    (1_953_000_000, "19億5,300万円", "1,953.0 million JPY"),
    (99_999_999, "1億円", "100.0 million JPY"),  # rounds up across the unit
    (-43_800_000, "−4,380万円", "−43.8 million JPY"),
])
def test_money_reads_as_a_town_hall_writes_it(jpy: float, japanese: str, english: str) -> None:
    assert words.money(jpy).to("ja") == japanese
    assert words.money(jpy).to("en") == english


@pytest.mark.parametrize("missing", [None, math.nan, math.inf, -math.inf])
def test_what_is_not_known_is_a_dash(missing: float | None) -> None:
    assert {words.number(missing), words.percent(missing), words.gap_percent(missing), words.money(missing).to("ja"),
            words.money_cell(missing).to("en"), value_words(missing).to("en")} == {"–"}


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_no_number_prints_a_programmers_word(value: float) -> None:
    said = [words.number(value), words.number(value, 1), words.percent(value), words.gap_percent(value),
            words.money(value).to("ja"), words.money(value).to("en"), value_words(value).to("ja")]
    assert not any(word in one.lower() for one in said for word in ("nan", "inf", "none"))
    assert words.number(value) != "-0"
    assert words.number(value, 1) != "-0.0"


def test_a_sentence_is_escaped_and_its_strong_value_is_marked() -> None:
    shown = words.spans(text("{people} people", people=words.strong("<b>12</b>")))
    assert shown == ('<span lang="ja"><strong>&lt;b&gt;12&lt;/b&gt;</strong>人</span>'
                     '<span lang="en"><strong>&lt;b&gt;12&lt;/b&gt;</strong> people</span>')
    assert words.say(text("{people} people", people=words.strong(12)), "en") == "12 people"


def test_names_beyond_the_most_are_counted() -> None:
    assert words.listed(["a", "b", "c", "d"], 2).to("en") == "a, b and 2 more"
    assert words.listed(["a", "b"], 2).to("ja") == "a、b"


def test_every_unit_of_the_parameters_is_said_in_both_languages() -> None:
    from musubime import parameters

    units = {p.unit for p in parameters.load().values()} - {"text", "ids"}
    assert not units - set(UNITS), "add it to UNITS in reports/views.py"
