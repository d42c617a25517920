"""The overview of a wave: who has answered, what was found, and what became of every file; for Excel and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from musubime.language import Language, Text, text, verbatim
from musubime.region.codes import check_digit
from musubime.surveys.questionnaires import Questionnaire

from . import words
from ._styles import Styles, lines_of
from .municipalities import prefecture_of
from .wave import Standing, Wave

STATES: Mapping[str, Text] = {
    "accepted": text("accepted"),
    "submitted": text("submitted"),
    "queried": text("queried"),
    "missing": text("missing"),
}
KINDS: Mapping[str, Text] = {"fault": text("Fault"), "query": text("Query"), "repair": text("Repair")}


_MUNICIPALITIES = (
    (text("Municipality code"), 10), (text("Name of the municipality"), 16), (text("Prefecture"), 10),
    (text("State"), 10),
    (text("Faults"), 8), (text("Queries"), 8), (text("Repairs"), 8), (text("Versions"), 8), (text("Signed off by"), 22),
    (text("Department"), 20), (text("Name of the person in charge"), 14), (text("Telephone"), 14), (text("E-mail"), 24),
    (text("Files"), 50),
)
_FINDINGS = (
    (text("Municipality code"), 10), (text("Name of the municipality"), 14), (text("Kind"), 8), (text("Still open"), 8),
    (text("File"), 28), (text("Sheet"), 16), (text("Cell"), 8), (text("Question"), 26), (text("Row"), 6),
    (text("What you wrote"), 18), (text("What is wrong"), 44), (text("How to mend it"), 44), (text("Id"), 18),
)
_NOTES = (
    (text("Municipality code"), 10), (text("Name of the municipality"), 16), (text("Question"), 44),
    (text("Your notes"), 80),
)
_FILES = (
    (text("File"), 40), (text("Municipality code"), 10), (text("Counted"), 8), (text("Same as"), 30),
    (text("SHA-256"), 66),
)


def overview(wave: Wave, standings: Mapping[str, Standing]) -> dict[str, Any]:
    """The overview as one JSON object: counts, each municipality with what is open, and each file of the last run."""
    last_run = wave.runs[-1]["run"] if wave.runs else 0
    files = [line for line in wave.files if line["run"] == last_run]
    kinds = [wave.places.designation.get(code, "none") for code in wave.asked]
    return {
        "schema": "musubime-survey-check/1", "survey": wave.questionnaire.survey, "version": wave.questionnaire.version,
        "fiscal_year": wave.fiscal_year, "asked": len(wave.asked), "complete": wave.complete,
        "codes": wave.places.vintage, "designation": wave.places.designation_vintage,
        "states": {state: sum(s.state == state for s in standings.values()) for state in STATES},
        "designated": {kind: kinds.count(kind) for kind in ("full", "part", "deemed", "none")},
        "municipalities": [_municipality(wave, standing) for standing in standings.values()],
        "files": [{key: line[key] for key in ("file", "sha256", "code", "usable", "twin", "known")} for line in files],
        "unplaced": [line for line in files if not line["code"]],
    }


def _municipality(wave: Wave, standing: Standing) -> dict[str, Any]:
    versions = [version for version in wave.versions if version.code == standing.code]
    shown = [standing.current] if standing.current is not None else versions
    return {
        "code": standing.code + check_digit(standing.code), "name": wave.places.name(standing.code),
        "state": standing.state, "signed_by": standing.signed_by, "outdated_signature": standing.outdated_signature,
        "contact": dict(shown[0].contact) if shown else {}, "notes": [dict(v.notes) for v in shown if v.notes],
        "versions": [{"id": v.id, "run": v.run, "received": v.received, "usable": v.usable,
                      "files": [name for name, _ in v.files]} for v in versions],
        "open": list(standing.open), "findings": [finding for version in shown for finding in version.findings],
        "other_findings": [finding for version in versions if version not in shown and not version.usable
                           for finding in version.findings],
    }


def write_overview(wave: Wave, standings: Mapping[str, Standing], folder: Path, language: Language) -> None:
    """overview.json and overview.xlsx."""
    document = overview(wave, standings)
    (folder / "overview.json").write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", "utf-8")
    book = xlsxwriter.Workbook(str(folder / "overview.xlsx"), {
        "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
    })
    styles = Styles(book)
    _summary(book, styles, wave, document, language)
    towns = document["municipalities"]
    _table(book, styles, text("Each municipality"), _MUNICIPALITIES, language, (_row(m, language) for m in towns))
    _table(book, styles, text("Findings"), _FINDINGS, language, _findings(document, wave.questionnaire, language))
    _table(book, styles, text("Notes of municipalities"), _NOTES, language, (
        (m["code"], m["name"], _question_words(wave.questionnaire, name, language), note)
        for m in towns for notes in m["notes"] for name, note in notes.items()))
    answer = {True: text("yes").to(language), False: text("no").to(language)}
    _table(
        book,
        styles,
        text("Files"),
        _FILES,
        language,
        (
            (
                f["file"],
                f["code"] + check_digit(f["code"]) if f["code"] else "",
                answer[f["usable"]],
                f["twin"],
                f["sha256"],
            )
            for f in document["files"]
        ),
    )
    book.close()


def _question_words(questionnaire: Questionnaire, name: str, language: Language) -> str:
    question = questionnaire.question(name)
    return name if question is None else question.text.to(language)


def _row(m: Mapping[str, Any], language: Language) -> tuple[Any, ...]:
    kinds = Counter(finding["kind"] for finding in [*m["findings"], *m["other_findings"]])
    files = "、".join(name for version in m["versions"] for name in version["files"])
    signed = m["signed_by"] or (text("signed off before it changed").to(language) if m["outdated_signature"] else "")
    asked = ("department", "person", "telephone", "email")
    contact = (m["contact"].get(words.CONTACT[name].template, "") for name in asked)
    return (m["code"], m["name"], prefecture_of(m["code"][:5]), STATES[m["state"]].to(language), kinds["fault"],
            kinds["query"], kinds["repair"], len(m["versions"]), signed, *contact, files)


def _findings(
    document: Mapping[str, Any], questionnaire: Questionnaire, language: Language
) -> Iterable[tuple[Any, ...]]:
    order = {"fault": 0, "query": 1, "repair": 2}

    def line(code: str, name: str, finding: Mapping[str, Any], still: bool) -> tuple[Any, ...]:
        roster = questionnaire.roster(finding["roster"]) if finding["roster"] else None
        question = (roster.question(finding["question"]) if roster else questionnaire.question(finding["question"]))
        return (
            code,
            name,
            KINDS[finding["kind"]].to(language),
            "●" if still else "",
            finding["file"],
            finding["sheet"],
            finding["cell"],
            question.text.to(language) if question else "",
            finding["row"] or "",
            finding["value"],
            verbatim(finding["what"]).to(language),
            verbatim(finding["remedy"]).to(language),
            finding["id"],
        )

    for unplaced in document["unplaced"]:
        for finding in unplaced["findings"]:
            yield line("", "", finding, finding["kind"] != "repair")
    for m in document["municipalities"]:
        still = {finding["id"] for finding in m["open"]}
        extra = [finding for finding in m["open"] if finding["id"] == "two_returns"]
        for finding in sorted([*extra, *m["findings"], *m["other_findings"]], key=lambda f: order[f["kind"]]):
            yield line(m["code"], m["name"], finding, finding["id"] in still)


def _summary(book: Any, styles: Styles, wave: Wave, document: Mapping[str, Any], language: Language) -> None:
    page = book.add_worksheet(text("Overview").to(language))
    page.hide_gridlines(2)
    page.set_column(0, 0, 34)
    page.set_column(1, 5, 12)
    page.write_string(0, 0, wave.questionnaire.title.to(language), styles.title)
    page.set_row(0, 28)
    page.write_string(1, 0, text("{publisher}: fiscal year {year}", publisher=wave.questionnaire.publisher,
                                 year=wave.fiscal_year).to(language), styles.subtitle)
    lists = text("List of municipalities: {codes}. 過疎 designation: {designation}.", codes=wave.places.vintage or "–",
                 designation=wave.places.designation_vintage or "–")
    page.write_string(2, 0, lists.to(language), styles.small)
    if not wave.complete:
        page.write_string(3, 0, text("No list of municipalities was given: who is missing is not known.").to(language),
                          styles.small)
    heads = [text("Prefecture"), text("Asked"), *STATES.values()]
    for column, head in enumerate(heads):
        page.write_string(4, column, head.to(language), styles.head)
    page.freeze_panes(5, 1)
    asked = Counter(code[:2] for code in wave.asked)
    by_state = Counter((m["code"][:2], m["state"]) for m in document["municipalities"])
    prefectures = sorted(set(asked) | {prefecture for prefecture, _ in by_state})
    rows = [(prefecture_of(p + "000"), asked[p], *(by_state[p, state] for state in STATES)) for p in prefectures]
    rows.append((text("Total").to(language), len(wave.asked), *(document["states"][state] for state in STATES)))
    for number, row in enumerate(rows, 5):
        style = styles.total if number == 4 + len(rows) else styles.label
        for column, value in enumerate(row):
            if column == 0:
                page.write_string(number, column, value, style)
            else:
                page.write_number(number, column, value, styles.total if style is styles.total else styles.count)
    page.fit_to_pages(1, 0)
    page.set_paper(9)


def _table(book: Any, styles: Styles, name: Text, columns: Sequence[tuple[Text, float]], language: Language,
           rows: Iterable[Sequence[Any]]) -> None:
    """A plain table with a filter. Text that could be taken for a formula is quoted and never one."""
    page = book.add_worksheet(name.to(language))
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.freeze_panes(1, 2)
    page.repeat_rows(0)
    for column, (head, width) in enumerate(columns):
        page.set_column(column, column, width)
        page.write_string(0, column, head.to(language), styles.head)
    last = 0
    for number, row in enumerate(rows, 1):
        last = number
        page.set_row(
            number, 15 * max(lines_of(str(value), width) for value, (_, width) in zip(row, columns, strict=True))
        )
        for column, value in enumerate(row):
            if isinstance(value, int | float):
                page.write_number(number, column, value, styles.count)
            elif value == "":
                page.write_blank(number, column, None, styles.label)
            else:
                live = str(value)[:1] in "=+-@\t\r"
                page.write_string(number, column, str(value)[:32_000], styles.quoted("query") if live else styles.label)
    page.autofilter(0, 0, max(1, last), len(columns) - 1)
