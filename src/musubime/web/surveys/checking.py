"""The library's checks of a return, each finding at the field that it speaks of."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import pandas as pd

from musubime.surveys.questionnaires import Questionnaire, parse
from musubime.surveys.returns import Answers, Finding, check_record, returned_answers, tabulate

from .models import Content, Return, Wave
from .records import ROW, fresh, plain

Told = dict[str, Any]
"""A finding as it is kept: kind, path, key, value, what and remedy in both languages."""


@lru_cache(maxsize=32)
def _parsed(words: str) -> Questionnaire:
    return parse(words, "questionnaire.yaml")


def questionnaire_of(wave: Wave) -> Questionnaire:
    return _parsed(wave.questionnaire)


def content_of(one: Return, *, lock: bool = False) -> Content:
    """The content of a return, made empty where nothing was written yet."""
    found = Content.objects.select_for_update() if lock else Content.objects.all()
    content = found.filter(pk=one.pk).first()
    if content is None:
        content, _ = Content.objects.get_or_create(of=one, defaults={"record": fresh(questionnaire_of(one.wave))})
    return content


def last_of(one: Return, content: Content) -> Answers | None:
    """The same municipality's answers of the wave before, under the ids of this questionnaire; None without any.

    Only what was submitted counts. They are looked up once and kept.
    """
    if content.last is None:
        content.last = _found_last(one)
        Content.objects.filter(pk=content.pk).update(last=content.last)
    return Answers.from_json(content.last) if content.last else None


def _found_last(one: Return) -> dict[str, Any]:
    before = one.wave.previous
    if before is None:
        return {}
    given = Content.objects.filter(of__wave=before, of__code=one.code, answers__isnull=False).first()
    if given is None or not given.answers:
        return {}
    code, asked = one.code[:5], questionnaire_of(before)
    frame = pd.DataFrame({"name": [one.name], "prefecture": [one.prefecture], "designation": [None],
                          "status": ["submitted"]}, index=pd.Index([code], name="code", dtype="string"))
    returns = tabulate(asked, before.fiscal_year, frame, {code: Answers.from_json(given.answers)})
    return returned_answers(returns, asked, questionnaire_of(one.wave))[code].as_json()


def check(record: Mapping[str, Any], questionnaire: Questionnaire, last: Answers | None) -> tuple[list[Told], Answers]:
    """Everything found in a record, and its answers. A query that has its reason says so, as long as the value it
    spoke of has not changed."""
    checked = check_record(plain(record), questionnaire, last)
    told = []
    for finding in checked.findings:
        one = _told(finding, record)
        reason = record["reasons"].get(one["key"])
        if reason is not None and reason["value"] == one["value"]:
            one["reason"] = reason["reason"]
        told.append(one)
    return told, checked.answers


def _told(finding: Finding, record: Mapping[str, Any]) -> Told:
    row = ""
    path = f"a/{finding.question}" if finding.question else ""
    if finding.roster and finding.row is not None:
        row = str(record["rosters"][finding.roster][finding.row - 1][ROW])
        path = f"r/{finding.roster}/{row}/{finding.question}"
    name = finding.check or finding.question or finding.what.template[:40]
    return {
        "kind": finding.kind, "path": path, "key": ":".join((name, finding.option, finding.roster, row)).rstrip(":"),
        "value": finding.value, "what": finding.what.as_json(), "remedy": finding.remedy.as_json(),
    }


def is_open(told: Told) -> bool:
    """Whether it keeps a return from being submitted."""
    return bool(told["kind"] == "fault" or (told["kind"] == "query" and "reason" not in told))


def recheck(one: Return, content: Content) -> Answers:
    """Check the record and keep what was found, in the content and as counts of the return; both are to be saved."""
    content.findings, answers = check(content.record, questionnaire_of(one.wave), last_of(one, content))
    one.faults = sum(told["kind"] == "fault" for told in content.findings)
    one.queries = sum(told["kind"] == "query" and is_open(told) for told in content.findings)
    return answers
