"""Sentences are translated when they are shown, with their values, in the language of the reader."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musubime.language import Text, _text, current_language, text, translate, use_language, verbatim


def test_a_sentence_is_kept_untold_until_it_is_shown() -> None:
    sentence = text("Row {row} has the same id.", row=1200)
    assert (sentence.to("en"), sentence.to("ja")) == ("Row 1200 has the same id.", "1200行目と id が同じです。")
    assert sentence.as_json() == {"ja": sentence.to("ja"), "en": sentence.to("en")}
    assert str(sentence) == sentence.to("en")
    use_language("ja")
    assert str(sentence) == sentence.to("ja")


def test_a_sentence_within_a_sentence_speaks_the_same_language() -> None:
    outer = text("{unit}, {sex}, {year}: people are missing.", unit="A", sex=text("women"), year=2020)
    assert outer.to("ja") == "A・女性・2020年の人口がありません。"
    assert outer.to("en") == "A, women, 2020: people are missing."


def test_braces_in_values_are_only_letters() -> None:
    assert text("{name} lies outside Japan.", name="{year} {0}").to("en") == "{year} {0} lies outside Japan."


@given(st.text())
def test_words_from_outside_stay_as_they_are(words: str) -> None:
    assert verbatim(words).to("ja") == words
    assert verbatim({"ja": words, "en": "x"}).to("ja") == words or not words


def test_a_pair_without_the_language_falls_back() -> None:
    assert verbatim({"en": "only English"}).to("ja") == "only English"
    assert verbatim({"fr": "seulement"}).to("en") == "seulement"


def test_a_sentence_without_translation_stays_english() -> None:
    assert translate("No such sentence {x}.", "ja") == "No such sentence {x}."
    assert Text("No such sentence {x}.", (("x", 1),)).to("ja") == "No such sentence 1."


@pytest.mark.parametrize(("environment", "language"), [
    ({}, "ja"), ({"LANG": "C.UTF-8"}, "en"), ({"LANG": "ja_JP.UTF-8"}, "ja"), ({"LC_ALL": "en_US"}, "en"),
    ({"MUSUBIME_LANG": "en", "LANG": "ja_JP.UTF-8"}, "en"), ({"MUSUBIME_LANG": "ja", "LC_ALL": "C"}, "ja"),
])
def test_the_language_of_the_machine(
    environment: dict[str, str], language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MUSUBIME_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    _text._language.set(None)
    assert current_language() == language
    use_language("en")
    assert current_language() == "en"
