"""MLIT's tree: exclusions first, then the deepest of what was done; what was not answered stays unclassified."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from musubime.errors import InputError
from musubime.surveys.estimates import UNCLASSIFIED, load_rules
from musubime.surveys.estimates.rules import classify, depth


def class_of(**answers: int) -> str:
    found, ids, stopped = classify(load_rules(), {k: np.array([v], dtype=np.int8) for k, v in answers.items()}, 1)
    assert sum(stopped) == 1
    return ids[found[0]]


TIED = {"outside_daily_area": 1, "continuing": 1, "visits": 1, "family_only": 0}


@pytest.mark.parametrize(("answers", "expected"), [
    ({"outside_daily_area": 0}, "no_tie"),  # decided, whatever else was left out
    ({"outside_daily_area": 1, "continuing": 0}, "not_continuing"),
    ({**TIED, "family_only": 1, "volunteering": 1, "hometown_tax": 1}, "family"),  # exclusions come first
    ({**TIED, "volunteering": 1, "eating": 1, "remote_main_work": 1}, "direct"),  # the deepest decides
    ({**TIED, "farm_work": 1, "events": 1}, "onsite"),
    ({**TIED, "remote_other_work": 1, "events": 1}, "telework"),
    ({**TIED, "events": 1, "hobby": 1}, "exchange"),
    ({**TIED, "hobby": 1, "hometown_tax": 1}, "hobby"),
    ({**TIED, "hometown_tax": 1}, "other_visitor"),  # visits, but named nothing done there
    ({**TIED, "visits": 0, "hometown_tax": 1}, "non_visiting"),
    ({**TIED, "visits": 0, "events": 1}, "other_tie"),
    ({"outside_daily_area": -1}, UNCLASSIFIED),
    ({**TIED, "continuing": -1}, UNCLASSIFIED),
    ({**TIED, "visits": -1, "family_only": 0, "hometown_tax": 1}, UNCLASSIFIED),  # visiting or not: cannot be told
    ({**TIED, "visits": 0, "family_only": -1, "online": 1}, "non_visiting"),  # no visit: the family does not matter
])
def test_the_tree(answers: dict[str, int], expected: str) -> None:
    assert class_of(**answers) == expected


def test_somebody_with_several_ties_is_what_the_deepest_makes_of_him() -> None:
    rules = load_rules()
    ids = (*rules.classes, UNCLASSIFIED)
    rank = dict(zip(ids, depth(rules, ids), strict=True))
    order = ["direct", "onsite", "telework", "exchange", "hobby", "non_visiting", UNCLASSIFIED, "family",
             "not_continuing", "no_tie"]
    assert sorted(order, key=lambda c: rank[c]) == order


def test_faults_of_own_rules_come_all_at_once(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(
        "columns: {a: {kind: tick}, b: {kind: number}}\nclasses: {x: {counted: true, group: none}}\ngroups: {}\n"
        "rules: [{class: x, when: {c: true}}, {class: y}, {class: x, when: {a: maybe}}]\n", "utf-8")
    with pytest.raises(InputError) as caught:
        load_rules(tmp_path / "own.yaml")
    assert {fault.field for fault in caught.value.faults} == {
        "columns.b", "classes.x", "rules[1]", "rules[2]", "rules[3]"}


@pytest.mark.parametrize("words", ["", "[", "3", "rules: 1", "\x00"])
def test_a_file_that_is_none(words: str, tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(words, "utf-8")
    with pytest.raises(InputError):
        load_rules(tmp_path / "own.yaml")


OWN = "columns: {a: {kind: tick}}\nclasses: {x: {counted: true, group: g}, y: {counted: true}}\ngroups: {g: G}\n"


@pytest.mark.parametrize(("words", "field"), [
    (OWN + "rules: [{class: x, when: [1]}, {class: x}]", "rules[1]"),
    (OWN + "rules: [{class: x, when: 5}, {class: x}]", "rules[1]"),
    (OWN + "rules: [{class: x, any: 5}, {class: x}]", "rules[1].any"),
    (OWN + "rules: []", "rules"),
    (OWN.replace("{kind: tick}", "{kind: tick, headings: 3}") + "rules: [{class: x}]", "columns.a.headings"),
    (OWN.replace("y:", "g:") + "rules: [{class: x}]", "classes.g"),  # two totals of one name
    (OWN.replace("y:", "related:") + "rules: [{class: x}]", "classes.related"),
])
def test_rules_that_are_made_wrongly(words: str, field: str, tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(words, "utf-8")
    with pytest.raises(InputError) as caught:
        load_rules(tmp_path / "own.yaml")
    assert field in {fault.field for fault in caught.value.faults}
