"""One survey through its waves: every answer ever given, joined by what each question was before, with every break.

A long table: one line for each answer, with the question's id and words in its own version and, as `segment`, a number
that changes where old and new answers may not be compared. Questions that are no longer asked stay in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from musubime.errors import Fault, InputError
from musubime.language import Text, text
from musubime.surveys.model import Returns, given_twice
from musubime.surveys.questionnaires import Answer, Link, Question, Questionnaire, lineage

from .model import Answers

COLUMNS = ("series", "roster", "fiscal_year", "version", "question", "segment", "code", "number", "row_name", "answer")
QUESTIONS = ("series", "roster", "version", "question", "ja", "en", "segment", "break", "ended")


@dataclass(frozen=True)
class Thread:
    """One question through the versions. name: its id in the newest version that asks it, with its roster's.

    ended: why it is no longer asked, None while it is. breaks: by version, why its answers and those before it may
    not stand in one series.
    """

    name: str
    roster: str
    links: tuple[Link, ...]
    breaks: tuple[tuple[str, Text], ...]
    ended: Text | None


def threads(versions: Sequence[Questionnaire]) -> tuple[Thread, ...]:
    """Every question that any version asks, each once; versions oldest first."""
    found: list[Thread] = []
    seen: set[tuple[str, str, str]] = set()
    for version in reversed(versions):
        for roster, question in version.everything():
            if (version.version, roster, question.id) in seen:
                continue
            upto = versions[: versions.index(version) + 1]
            links = lineage(upto, roster, question.id)
            seen |= {(link.version, link.roster, link.question.id) for link in links}
            breaks = tuple((link.version, link.breaks) for link in links if link.breaks is not None)
            ended = None if version is versions[-1] else _why(versions, version, roster, question)
            found.append(Thread(f"{roster}.{question.id}".lstrip("."), roster, links, breaks, ended))
    return tuple(found)


def _why(versions: Sequence[Questionnaire], last: Questionnaire, roster: str, question: Question) -> Text:
    name = f"{roster}.{question.id}".lstrip(".")
    for version in versions:
        for removed in version.removed:
            if removed.version == last.version and removed.id == name:
                return removed.why
    return text("No longer asked.")


def history(waves: Sequence[Returns], versions: Sequence[Questionnaire]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every answer of every wave (`COLUMNS`), and every question of every version (`QUESTIONS`).

    An answer that was not given has no line; nothing else is left out. `break` says why a question's answers and those
    of the version before may not stand in one series, `ended` why it is no longer asked.

    Raises InputError when the waves are of different surveys, or a version's questionnaire is not given.
    """
    faults = []
    known = {version.version: version for version in versions}
    for wave in waves:
        if wave.survey != waves[0].survey:
            faults.append(Fault(text("The waves are of different surveys."), text("Give the waves of one survey."),
                                value=f"{wave.survey} {wave.fiscal_year}"))
        elif wave.version not in known:
            faults.append(Fault(text("The questionnaire of version {version} is missing.", version=wave.version),
                                text("Give it with --questionnaire."), value=f"{wave.survey} {wave.fiscal_year}"))
    faults += given_twice(waves)
    if faults:
        raise InputError(faults)
    ordered = sorted(versions, key=lambda version: version.fiscal_years)
    pieces, lines = [], []
    for thread in threads(ordered):
        segment = 1
        for link in thread.links:
            segment += link.breaks is not None
            asked = link.question
            lines.append((
                thread.name, link.roster, link.version, asked.id, asked.text.to("ja"), asked.text.to("en"), segment,
                None if link.breaks is None else str(link.breaks),
                str(thread.ended) if thread.ended is not None and link is thread.links[-1] else None,
            ))
            for wave in sorted((w for w in waves if w.version == link.version), key=lambda w: w.fiscal_year):
                pieces.append(_answers(wave, thread, link, segment, known[link.version]))
    pieces = [piece for piece in pieces if len(piece)]
    answers = pd.concat(pieces, ignore_index=True) if pieces else pd.DataFrame(columns=list(COLUMNS))
    return answers, pd.DataFrame(lines, columns=list(QUESTIONS))


def _answers(wave: Returns, thread: Thread, link: Link, segment: int, version: Questionnaire) -> pd.DataFrame:
    question = link.question
    roster = version.roster(link.roster) if link.roster else None
    table = wave.rosters[link.roster] if link.roster else wave.answers.reset_index(names="code")
    if question.kind == "choices":
        columns = {option.id: f"{question.id}.{option.id}" for option in question.options}
        ticked = [option for option, column in columns.items() if column in table.columns]
        flags = table[[columns[option] for option in ticked]].fillna(False).astype(bool).to_numpy()
        words = [";".join(option for option, yes in zip(ticked, row, strict=True) if yes) for row in flags]
        values = pd.Series([word or None for word in words], index=table.index, dtype="string")
    elif question.kind == "yesno":
        values = table[question.id].map({True: "yes", False: "no"}).astype("string")
    else:
        values = table[question.id].astype("string")
    kept = table[values.notna()]
    return pd.DataFrame({
        "series": thread.name, "roster": link.roster, "fiscal_year": wave.fiscal_year, "version": link.version,
        "question": question.id, "segment": segment, "code": kept["code"],
        "number": kept["number"] if roster is not None else pd.array([None] * len(kept), dtype="Int64"),
        "row_name": kept[roster.key] if roster is not None else pd.array([None] * len(kept), dtype="string"),
        "answer": values[values.notna()],
    })[list(COLUMNS)]


def returned_answers(returns: Returns, asked: Questionnaire, about: Questionnaire) -> dict[str, Answers]:
    """The answers of compiled returns by code, under the ids of a later version `about`.

    Of an earlier version only the questions that may be compared come along.
    """
    if asked.survey != about.survey:
        raise InputError(Fault(text("The wave before is of another survey ({survey}).", survey=asked.survey),
                               text("Give an earlier wave of {survey}.", survey=about.survey)))
    names: dict[tuple[str, str], tuple[str, Question]] = {}
    for roster, question in about.everything():
        links = [Link(about.version, roster, question, None)]
        if asked.version != about.version:
            links = list(lineage((asked, about), roster, question.id))
            if len(links) != 2 or links[1].breaks is not None:
                continue
        names[roster, question.id] = (links[0].roster, links[0].question)
    answers = {
        str(code): _row_answers(row, [(q.id, *names["", q.id]) for q in about.questions if ("", q.id) in names])
        for code, row in zip(returns.answers.index, returns.answers.to_dict("records"), strict=True)
    }
    rosters: dict[str, dict[str, list[dict[str, Answer]]]] = {code: {} for code in answers}
    for part in about.rosters:
        wanted = [(q.id, *names[part.id, q.id]) for q in part.questions if (part.id, q.id) in names]
        if wanted and wanted[0][1] in returns.rosters:
            for row in returns.rosters[wanted[0][1]].to_dict("records"):
                rosters[str(row["code"])].setdefault(part.id, []).append(_row_answers(row, wanted))
    return {code: Answers(answers[code], rosters[code]) for code in answers}


def _row_answers(row: Mapping[Any, Any], wanted: Sequence[tuple[str, str, Question]]) -> dict[str, Answer]:
    answers: dict[str, Answer] = {}
    for name, _, question in wanted:
        if question.kind == "choices":
            flags = {option.id: row.get(f"{question.id}.{option.id}") for option in question.options}
            if not any(pd.isna(flag) for flag in flags.values()):
                answers[name] = tuple(option for option, flag in flags.items() if flag)
        else:
            value = row.get(question.id)
            if value is not None and not pd.isna(value):
                answers[name] = _PLAIN[question.kind](value)
    return answers


_PLAIN: Mapping[str, Callable[[Any], Answer]] = {
    "integer": int, "number": float, "yesno": bool, "choice": str, "text": str, "date": str, "url": str,
}
