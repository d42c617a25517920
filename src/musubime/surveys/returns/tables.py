"""Answers of a wave laid out as tables, and kept as a folder of one JSON and UTF-8 CSV files.

The folder opens in Excel as it is. Written through `region.files.staged`: all files appear together, or the earlier
ones stay. A CSV cell that Excel would take for a formula gets an apostrophe in front, which reading takes off again.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.region.files import staged
from musubime.surveys.model import Returns
from musubime.surveys.questionnaires import Answer, Question, Questionnaire
from musubime.tabular import harmless

from .model import Answers

SCHEMA = "musubime-returns/1"
DTYPES = {
    "integer": "Int64", "number": "Float64", "yesno": "boolean", "choice": "string", "text": "string", "date": "string",
    "url": "string",
}


def columns_of(questions: Sequence[Question]) -> dict[str, str]:
    """Column to dtype for a list of questions: several choices are one boolean column each."""
    columns: dict[str, str] = {}
    for question in questions:
        if question.kind == "choices":
            columns |= {f"{question.id}.{option.id}": "boolean" for option in question.options}
        else:
            columns[question.id] = DTYPES[question.kind]
    return columns


def tabulate(
    questionnaire: Questionnaire, fiscal_year: int, asked: pd.DataFrame, returned: Mapping[str, Answers]
) -> Returns:
    """The exchange tables of a wave. `asked`: as in `Returns`; `returned`: answers by five-digit code."""
    codes = sorted(returned)
    answers = _frame(questionnaire.questions, [returned[code].answers for code in codes])
    answers.index = pd.Index(codes, name="code", dtype="string")
    rosters = {}
    for roster in questionnaire.rosters:
        rows, keys, numbers = [], [], []
        for code in codes:
            for number, row in enumerate(returned[code].rosters.get(roster.id, ()), 1):
                rows.append(row)
                keys.append(code)
                numbers.append(number)
        table = pd.DataFrame({"code": pd.array(keys, dtype="string"), "number": pd.array(numbers, dtype="Int64")})
        rosters[roster.id] = pd.concat([table, _frame(roster.questions, rows)], axis=1)
    return Returns(questionnaire.survey, fiscal_year, questionnaire.version, asked, answers, rosters)


def _frame(questions: Sequence[Question], rows: Sequence[Mapping[str, Answer]]) -> pd.DataFrame:
    columns: dict[str, Any] = {}
    for question in questions:
        values: Any = [row.get(question.id) for row in rows]
        if question.kind == "choices":
            for option in question.options:
                ticked = [None if v is None else isinstance(v, tuple) and option.id in v for v in values]
                columns[f"{question.id}.{option.id}"] = pd.array(ticked, dtype="boolean")
        else:
            columns[question.id] = pd.array(values, dtype=_dtype(question))
    return pd.DataFrame(columns, index=range(len(rows)))


def _dtype(question: Question) -> Any:
    return DTYPES[question.kind]


def save_returns(returns: Returns, folder: Path, questionnaire_text: str = "") -> list[Path]:
    """Write returns.json, asked.csv, answers.csv and roster-*.csv. Raises OutputError when that is impossible.

    questionnaire_text: kept beside them as questionnaire.yaml, so that the answers can always be read.
    """
    tables = {"asked": returns.asked, "answers": returns.answers} | {
        f"roster-{name}": table for name, table in returns.rosters.items()
    }
    about = {
        "schema": SCHEMA, "survey": returns.survey, "fiscal_year": returns.fiscal_year, "version": returns.version,
        "rosters": list(returns.rosters),
        "tables": {name: {str(c): str(t) for c, t in table.dtypes.items()} for name, table in tables.items()},
    }
    with staged(folder) as new:
        if questionnaire_text:
            (new / "questionnaire.yaml").write_text(questionnaire_text, "utf-8")
        (new / "returns.json").write_text(json.dumps(about, ensure_ascii=False, indent=1) + "\n", "utf-8")
        for name, table in tables.items():
            indexed = name in ("asked", "answers")
            (new / f"{name}.csv").write_text(
                csv_text(table.reset_index(names="code") if indexed else table), "utf-8-sig"
            )
    return [folder / "returns.json", *(folder / f"{name}.csv" for name in tables)]


def csv_text(table: pd.DataFrame) -> str:
    """A table as CSV that no spreadsheet runs: text that looks like a formula is quoted with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.columns)
    texts = {name for name, kind in table.dtypes.items() if kind in ("string", "str", "object")}
    columns = []
    for name in table.columns:
        values = table[name].tolist()
        if name in texts:
            columns.append(["" if pd.isna(v) else harmless(str(v)) for v in values])
        else:
            columns.append(["" if pd.isna(v) else _number(v) for v in values])
    writer.writerows(zip(*columns, strict=True))
    return out.getvalue()


def _number(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value)


def load_returns(folder: Path) -> Returns:
    """The tables that `save_returns` wrote. Raises InputError when the folder holds none."""
    try:
        about = json.loads((folder / "returns.json").read_text("utf-8"))
        if about["schema"] != SCHEMA:
            raise ValueError(about["schema"])
        tables = {name: _read_table(folder / f"{name}.csv", types) for name, types in about["tables"].items()}
        return Returns(
            about["survey"], int(about["fiscal_year"]), about["version"], tables["asked"].set_index("code"),
            tables["answers"].set_index("code"), {name: tables[f"roster-{name}"] for name in about["rosters"]},
        )
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        raise InputError(Fault(
            text("This folder holds no compiled returns ({reason}).", reason=type(error).__name__),
            text("Give the folder that musubime survey compile wrote."), file=folder.name,
        )) from error


def _read_table(path: Path, types: Mapping[str, str]) -> pd.DataFrame:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    head, body = rows[0], rows[1:]
    wanted = {"code": "string"} | dict(types)
    columns: dict[str, Any] = {}
    for position, name in enumerate(head):
        cells = [row[position] for row in body]
        kind = wanted[name]
        if kind == "boolean":
            columns[name] = pd.array([None if c == "" else c in ("1", "True") for c in cells], dtype="boolean")
        elif kind in ("Int64", "int64"):
            columns[name] = pd.array([None if c == "" else int(c) for c in cells], dtype="Int64")
        elif kind in ("Float64", "float64"):
            columns[name] = pd.array([None if c == "" else float(c) for c in cells], dtype="Float64")
        else:
            columns[name] = pd.array([None if c == "" else c.removeprefix("'") for c in cells], dtype="string")
    return pd.DataFrame(columns, index=range(len(body)))
