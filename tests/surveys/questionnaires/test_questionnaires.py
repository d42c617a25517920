"""Questionnaires as data: the shipped ones hold together, and a faulty one is told all its faults at once."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musubime.errors import InputError
from musubime.language import LANGUAGES, use_language
from musubime.surveys.questionnaires import (
    Questionnaire,
    Scope,
    lineage,
    lineage_faults,
    parse,
    questionnaire,
    questionnaire_text,
    shipped,
)
from musubime.surveys.questionnaires.expressions import holds, value
from musubime.surveys.questionnaires.expressions import parse as expression


@pytest.fixture(autouse=True)
def _english() -> None:
    use_language("en")


def versions(survey: str) -> list[Questionnaire]:
    return sorted((q for q in shipped() if q.survey == survey), key=lambda q: q.fiscal_years)


def test_all_four_surveys_are_there_in_both_languages() -> None:
    assert {q.survey for q in shipped()} == {"small-hubs", "rmo", "settlements", "related-population"}
    for q in shipped():
        for _, question in q.everything():
            for language in LANGUAGES:
                assert question.text.to(language).strip()
                assert all(option.label.to(language).strip() for option in question.options)


@pytest.mark.parametrize("survey", ["small-hubs", "rmo", "settlements"])
def test_no_question_vanishes_between_two_versions_without_a_word(survey: str) -> None:
    for older, newer in itertools.pairwise(versions(survey)):
        assert [str(fault) for fault in lineage_faults(older, newer)] == []


def test_no_two_versions_of_a_survey_are_for_the_same_year() -> None:
    for survey in {q.survey for q in shipped()}:
        years = [year for q in versions(survey) for year in q.fiscal_years]
        assert len(years) == len(set(years))


def test_the_list_of_activities_of_rmos_breaks_the_series() -> None:
    links = lineage(versions("rmo"), "rmos", "activities")
    assert [link.version for link in links] == ["2019", "2022"]
    assert links[0].breaks is None
    assert links[1].breaks is not None
    assert {o.id for o in links[0].question.options} != {o.id for o in links[1].question.options}


def test_a_changed_list_breaks_the_series_even_where_nobody_said_so() -> None:
    older = versions("small-hubs")[0]
    silent = questionnaire_text("small-hubs-2022").replace(
        "        was: {version: \"2018\", id: transport}", "        was: {version: \"2018\", id: transport}"
    ).replace("          ferry: {ja: 船, en: Ferry}\n", "")
    newer = parse(silent, "silent.yaml")
    assert lineage((older, newer), "hubs", "transport")[1].breaks is not None
    assert any("list of answers" in str(fault.what) for fault in lineage_faults(older, newer))


def test_a_question_that_vanishes_is_missed() -> None:
    older = versions("small-hubs")[0]
    text = questionnaire_text("small-hubs-2022")
    newer = parse(text[: text.index("removed:")], "x.yaml")
    assert {fault.value for fault in lineage_faults(older, newer)} == {"hubs.area_class", "hubs.url"}


FAULTY = """
survey: Our Survey
version: "1"
fiscal_years: [2026]
title: {ja: 調査}
about: {ja: あ, en: a}
publisher: {ja: 県, en: Prefecture}
source: ours
asks: everybody
reference: "31 May"
sections:
  - id: one
    title: {ja: 一, en: One}
    questions:
      - {id: people, text: {ja: 人口, en: People}, type: integer, min: 9, max: 1}
      - {id: people, text: {ja: 人口２, en: People 2}, type: whole}
      - {id: kind, text: {ja: 種類, en: Kind}, type: choice, options: {a: {ja: あ, en: A}, b: {ja: あ, en: B}}}
      - {id: extra, text: {ja: 他, en: Extra}, type: text, required: maybe, when: {is: [kind, c]}, colour: red}
checks:
  - {id: sums, that: {equal: [people, {sum: [nobody, extra]}]}, tell: {ja: 違う, en: Differs}}
  - {id: evil, that: "__import__('os')", tell: {ja: 違う, en: Differs}}
"""


def test_a_questionnaire_with_many_faults_is_told_all_of_them() -> None:
    with pytest.raises(InputError) as refused:
        parse(FAULTY, "own.yaml")
    told = {(fault.field, fault.value) for fault in refused.value.faults}
    for field, value_ in [
        ("survey", "Our Survey"), ("title", "{'ja': '調査'}"), ("asks", "everybody"), ("reference", "31 May"),
        ("one.people", "9.0 > 1.0"), ("one.people.type", "whole"), ("questions", "people"), ("one.kind.options", "あ"),
        ("one.extra.required", "maybe"), ("one", "colour"), ("extra.when", "kind: c"), ("sums.that", "nobody"),
        ("sums.that", "extra"), ("evil.that", "__import__('os')"),
    ]:
        assert (field, value_) in told, (field, value_, told)
    assert all(str(fault.remedy) for fault in refused.value.faults)


@pytest.mark.parametrize(
    "content", ["", "[]", "a: [", "\t- x", "survey: !!python/object/apply:os.system ['true']", "&a [*a]"]
)
def test_what_is_no_questionnaire_is_refused(content: str) -> None:
    with pytest.raises(InputError):
        parse(content, "x.yaml")


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(InputError, match="small-hubs-2022"):
        questionnaire("small-hub")


# -- conditions ------------------------------------------------------------------------------------------------------

ANSWERS = {"hubs": 3, "named": 2, "rmo": True, "kinds": ("bus", "shop"), "form": "npo"}
ROWS = {"hubs": [{"people": 10, "rmo": True}, {"people": 5, "rmo": False}, {"rmo": True}]}


@pytest.mark.parametrize(("given_", "wanted"), [
    ({"equal": ["hubs", {"rows": "hubs"}]}, True),
    ({"equal": ["named", {"rows": "hubs", "where": {"is": ["rmo", "yes"]}}]}, True),  # rows 1 and 3
    ({"equal": [{"total": "hubs.people"}, 15]}, None),  # the third row has no number: the total is not known
    ({"at_most": ["named", "hubs"]}, True),
    ({"at_least": [{"minus": ["named", "hubs"]}, 0]}, False),  # 2 - 3 = -1
    ({"equal": [{"sum": ["named", 1]}, "hubs"]}, True),
    ({"near": ["hubs", {"last": "hubs"}], "share": 0.5, "least": 3}, None),  # no last year
    ({"is": ["kinds", "shop", "clinic"]}, True), ({"is": ["kinds", "clinic"]}, False),
    ({"is": ["form", "npo"]}, True), ({"is": ["nothing", "npo"]}, None),
    ({"answered": "nothing"}, False), ({"not": {"answered": "hubs"}}, False),
    ({"implies": [{"is": ["rmo", "no"]}, {"equal": ["hubs", 0]}]}, True),  # there is an RMO: nothing is demanded
    ({"implies": [{"is": ["rmo", "yes"]}, {"equal": ["hubs", 0]}]}, False),
    ({"any": [{"answered": "nothing"}, {"is": ["nothing", "x"]}]}, None),
    ({"any": [{"answered": "hubs"}, {"is": ["nothing", "x"]}]}, True),
    ({"all": [{"answered": "hubs"}, {"is": ["nothing", "x"]}]}, None),
    ({"all": [{"answered": "nothing"}, {"is": ["nothing", "x"]}]}, False),
])
def test_conditions(given_: object, wanted: bool | None) -> None:
    assert holds(expression(given_), Scope(ANSWERS, ROWS)) is wanted


def test_last_year_and_rows_are_looked_at_together() -> None:
    near = expression({"near": ["people", {"last": "people"}], "share": 0.3, "least": 100})
    # 30 % of 1,000 is 300: 1,300 is near, 1,301 is not; of 10 it is 3, so the least tolerance of 100 counts.
    for now, before, wanted in ((1300, 1000, True), (1301, 1000, False), (110, 10, True), (111, 10, False)):
        scope = Scope({}, {}, {"people": 7}, {"people": now}, {"people": before})
        assert holds(near, scope) is wanted


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "sum",
                        "minus",
                        "rows",
                        "total",
                        "last",
                        "equal",
                        "near",
                        "is",
                        "answered",
                        "not",
                        "all",
                        "any",
                        "implies",
                        "where",
                        "share",
                        "least",
                        "x",
                    ]
                ),
                inner,
                max_size=3,
            )
        ),
        max_leaves=12,
    )
)
def test_whatever_is_written_as_a_condition_is_understood_or_refused(data: object) -> None:
    try:
        found = expression(data)
    except ValueError:
        return
    scope = Scope(ANSWERS, ROWS)
    if found.op in ("equal", "at_most", "at_least", "near", "is", "answered", "not", "all", "any", "implies"):
        assert holds(found, scope) in (True, False, None)
    else:
        assert value(found, scope) is None or isinstance(value(found, scope), float)


@given(st.lists(st.sampled_from([True, False, None]), min_size=1, max_size=4))
def test_and_or_and_not_follow_each_other(states: list[bool | None]) -> None:
    """not (a and b) is (not a) or (not b), also where something is not known."""
    part = {True: {"answered": "hubs"}, False: {"answered": "nothing"}, None: {"is": ["nothing", "x"]}}
    scope = Scope(ANSWERS, ROWS)
    left = holds(expression({"not": {"all": [part[s] for s in states]}}), scope)
    right = holds(expression({"any": [{"not": part[s]} for s in states]}), scope)
    assert left is right
