"""Errors planted in clean returns, as municipalities really make them, with what must be found and where."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl

from musubime.surveys.questionnaires import Question, Questionnaire
from musubime.surveys.returns import Answers, Sent, as_given, write_workbook
from musubime.surveys.returns.layout import ANSWER, BODY, cell_name, lay_out
from musubime.surveys.returns.model import Given, Raw


@dataclass(frozen=True)
class Planted:
    """One error: its cell as Excel names it, what was written, and the kinds of finding that tell it."""

    sheet: str
    cell: str
    written: str
    kinds: tuple[str, ...]
    what: str


Writes = Callable[[Question, np.random.Generator], Raw]

NUMBERS: dict[str, tuple[Writes, tuple[str, ...]]] = {
    "full width": (lambda q, r: _wide(_possible(q, r)), ("repair",)),
    "with its unit": (lambda q, r: f"{_possible(q, r)}{q.unit.to('ja') if q.unit else ''}", ("repair",)),
    "thousands": (lambda q, r: f"１,{r.integers(100, 199)}", ("repair", "fault")),
    "about": (lambda q, r: f"約{r.integers(20, 90)}", ("query",)),
    "or so": (lambda q, r: f"{r.integers(20, 90)}程度", ("query",)),
    "range": (lambda q, r: f"{r.integers(20, 50)}～{r.integers(51, 90)}", ("query",)),
    "dash": (lambda q, r: str(r.choice(list("-－―ー"))), ("query",)),
    "unknown": (lambda q, r: str(r.choice(["不明", "調査中", "把握していない"])), ("query",)),
    "triangle": (lambda q, r: "△", ("query",)),
    "negative": (lambda q, r: f"▲{r.integers(1, 90)}", ("fault",)),
    "name": (lambda q, r: "山田太郎", ("fault",)),
    "half": (lambda q, r: float(r.integers(20, 90)) + 0.5, ("fault",)),
    "far too many": (lambda q, r: 99_999_999_999, ("fault",)),
    "ten thousands": (lambda q, r: "２万", ("query",)),
    "two numbers": (lambda q, r: "12/15", ("query",)),
    "command": (lambda q, r: "=cmd|' /C calc'!A0", ("fault",)),
    "error": (lambda q, r: "#REF!", ("fault",)),
    "kanji": (lambda q, r: "二十", ("query",)),
}
WORDS: dict[str, tuple[Writes, tuple[str, ...]]] = {
    "command": (lambda q, r: '=HYPERLINK("http://x.example","click")', ("fault",)),
    "plus command": (lambda q, r: "+cmd|'/c calc'!A1", ("fault",)),
}
CHOICES: dict[str, tuple[Writes, tuple[str, ...]]] = {
    "another": (lambda q, r: "まったく別の答え", ("query",)),
    "two": (lambda q, r: "と".join(o.label.to("ja") for o in q.options[:2]), ("query",)),
    "beginning": (lambda q, r: max((o.label.to("ja") for o in q.options), key=len)[:-2], ("repair", "query")),
}
YESNO: dict[str, tuple[Writes, tuple[str, ...]]] = {
    "circle": (lambda q, r: "○", ("repair",)), "there is": (lambda q, r: "有り", ("repair",)),
    "triangle": (lambda q, r: "△", ("query",)), "perhaps": (lambda q, r: "検討中", ("query",)),
}
TICKS: dict[str, tuple[Writes, tuple[str, ...]]] = {
    "one": (lambda q, r: 1.0, ("repair",)), "triangle": (lambda q, r: "△", ("query",)),
    "words": (lambda q, r: "一部のみ", ("query",)), "cross": (lambda q, r: "×", ("repair",)),
}
BY_KIND: dict[str, dict[str, tuple[Writes, tuple[str, ...]]]] = {
    "integer": NUMBERS, "text": WORDS, "choice": CHOICES, "yesno": YESNO, "choices": TICKS,
}


def _possible(question: Question, rng: np.random.Generator) -> int:
    """A number in the question's range."""
    low = int(question.low or 0)
    return int(rng.integers(low + 1, min(question.high or 1000, low + 90)))


def _wide(number: int) -> str:
    return "".join(chr(ord(digit) + 0xFEE0) for digit in str(number))


def planted_return(
    questionnaire: Questionnaire, answers: Answers, rng: np.random.Generator, count: int = 3,
) -> tuple[Given, list[Planted]]:
    """A clean return as it is typed, with `count` errors in different cells."""
    given = as_given(questionnaire, answers, "ja")
    main = dict(given.answers)
    rosters = {name: [dict(row) for row in rows] for name, rows in given.rosters.items()}
    layout = lay_out(questionnaire, "ja", {})
    planted: list[Planted] = []
    taken: set[str] = set()
    for _ in range(count * 20):
        if len(planted) == count:
            break
        filled = [roster for roster in questionnaire.rosters if rosters[roster.id]]
        if filled and rng.random() < 0.7:
            roster = filled[int(rng.integers(len(filled)))]
            number = int(rng.integers(len(rosters[roster.id])))
            question = roster.questions[int(rng.integers(len(roster.questions)))]
            cells, sheet = rosters[roster.id][number], layout.roster(roster.id)
            assert sheet is not None
            columns = {(c.question.id, c.option.id if c.option else ""): c.column for c in sheet.columns}
            places = {key: (sheet.name, cell_name(BODY + number, column)) for key, column in columns.items()}
        else:
            question = questionnaire.questions[int(rng.integers(len(questionnaire.questions)))]
            cells = main
            places = {(line.question.id, line.option.id if line.option else ""):
                      (layout.questions_name, cell_name(line.row, ANSWER)) for line in layout.lines if line.question}
        kinds = BY_KIND.get(question.kind, {})
        asked = any(key[0] == question.id for key in cells)
        if not kinds or not asked:
            continue
        name = list(kinds)[int(rng.integers(len(kinds)))]
        writes, told = kinds[name]
        if name == "with its unit" and question.unit is None:
            continue
        option = question.options[int(rng.integers(len(question.options)))].id if question.kind == "choices" else ""
        place = places[question.id, option]
        if str(place) in taken:
            continue
        taken.add(str(place))
        value = writes(question, rng)
        cells[question.id, option] = value
        planted.append(Planted(*place, str(value), told, f"{question.id}: {name}"))
    return replace(given, answers=main, rosters=rosters), planted


# -- files -----------------------------------------------------------------------------------------------------------


def filled(sent: Sent, path: Path) -> Path:
    write_workbook(sent, path)
    return path


def edited(path: Path, edit: Callable[[Any], None]) -> None:
    """Open a workbook as somebody would, change it, and save it."""
    book = openpyxl.load_workbook(path)
    edit(book)
    book.save(path)


def as_csv(path: Path, sheet: int | None, encoding: str = "cp932") -> bytes:
    """One sheet saved as CSV, or all below one another (the hidden one too little known to be saved)."""
    book = openpyxl.load_workbook(path)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    names = [name for name in book.sheetnames if not name.startswith("_")]
    for name in names if sheet is None else [names[sheet]]:
        for row in book[name].iter_rows(values_only=True):
            writer.writerow(["" if cell is None or str(cell).startswith("=") else
                             int(cell) if isinstance(cell, float) and cell.is_integer() else cell for cell in row])
    return out.getvalue().encode(encoding, "replace")


def with_member(path: Path, name: str, content: bytes) -> None:
    """Another member in the zip, as a macro is."""
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr(name, content)


def with_sheet_xml(path: Path, member: str, change: Callable[[bytes], bytes]) -> None:
    """The XML of one sheet changed by hand."""
    with zipfile.ZipFile(path) as packed:
        members = {info.filename: packed.read(info.filename) for info in packed.infolist()}
    members[member] = change(members[member])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
