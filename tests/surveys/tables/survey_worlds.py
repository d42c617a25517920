"""Returns made by hand, and at random from a questionnaire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from musubime.surveys.model import Returns
from musubime.surveys.questionnaires import Question, questionnaire
from musubime.surveys.returns.tables import columns_of


def by_hand(
    survey: str, version: str, fiscal_year: int, asked: Sequence[tuple[str, str, str]],
    answers: Mapping[str, Mapping[str, Any]], rosters: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
) -> Returns:
    """asked: (code, designation, status). Who is not in `answers` did not answer."""
    codes = [code for code, _, _ in asked]
    table = pd.DataFrame({
        "name": [f"町{code}" for code in codes], "prefecture": [code[:2] for code in codes],
        "designation": [d for _, d, _ in asked], "status": [s for _, _, s in asked],
    }, index=pd.Index(codes, dtype=object))
    answered = pd.DataFrame([dict(row) for row in answers.values()], index=pd.Index(list(answers), dtype=object))
    return as_compiled(Returns(survey, fiscal_year, version, table, answered, {
        name: pd.DataFrame([dict(row) for row in rows]) for name, rows in (rosters or {}).items()}))


def at_random(survey: str, version: str, fiscal_year: int, n: int, seed: int, rows_each: int = 2) -> Returns:
    """n municipalities over all prefectures; a few do not return, a few leave questions open."""
    rng = np.random.default_rng(seed)
    form = questionnaire(f"{survey}-{version}")
    codes = [f"{1 + i % 47:02}{200 + i // 47:03}" for i in range(n)]
    asked = pd.DataFrame({
        "name": [f"町{i}" for i in range(n)], "prefecture": [c[:2] for c in codes],
        "designation": rng.choice(["full", "part", "deemed", "none"], n, p=[0.4, 0.05, 0.03, 0.52]),
        "status": rng.choice(["accepted", "submitted", "queried", "missing"], n, p=[0.85, 0.05, 0.03, 0.07]),
    }, index=pd.Index(codes, dtype=object))
    who = asked.index[asked["status"] != "missing"]
    rosters = {}
    for roster in form.rosters:
        k = len(who) * rows_each
        table = pd.DataFrame(_columns(roster.questions, k, rng))
        table.insert(0, "code", rng.choice(who, k) if k else [])
        table.insert(1, "number", range(k))
        rosters[roster.id] = table
    answers = pd.DataFrame(_columns(form.questions, len(who), rng), index=who)
    return as_compiled(Returns(survey, fiscal_year, version, asked, answers, rosters))


def as_compiled(returns: Returns) -> Returns:
    """With the types that compiled returns have: Int64, boolean and string, with NA where nothing was answered."""
    form = questionnaire(f"{returns.survey}-{returns.version}")
    parts = {"": form.questions} | {r.id: r.questions for r in form.rosters}
    typed = {
        name: _typed(returns.answers if name == "" else returns.rosters[name], columns_of(questions))
        for name, questions in parts.items() if name == "" or name in returns.rosters
    }
    answers = typed.pop("")
    answers.index = answers.index.astype("string")
    asked = returns.asked.astype("string")
    asked.index = asked.index.astype("string")
    return Returns(returns.survey, returns.fiscal_year, returns.version, asked, answers, typed)


def _typed(table: pd.DataFrame, types: Mapping[str, str]) -> pd.DataFrame:
    copy = table.copy()
    for name in copy.columns:
        kind = types.get(name, "string" if name == "code" else "Int64")
        if kind == "boolean":
            truth = {"yes": True, "no": False, True: True, False: False}
            copy[name] = pd.array([None if pd.isna(v) else truth[v] for v in copy[name]], dtype="boolean")
        else:
            copy[name] = pd.array([None if pd.isna(v) else v for v in copy[name]], dtype=kind)  # type: ignore[call-overload]
    return copy


def _columns(questions: Sequence[Question], k: int, rng: np.random.Generator) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for q in questions:
        silent = rng.random(k) < 0.06
        if q.kind == "choice":
            ids = np.array([o.id for o in q.options], dtype=object)
            found[q.id] = np.where(silent, None, ids[rng.integers(len(ids), size=k)])
        elif q.kind == "yesno":
            found[q.id] = np.where(silent, None, np.where(rng.random(k) < 0.7, "yes", "no"))
        elif q.kind == "choices":
            for o in q.options:
                found[f"{q.id}.{o.id}"] = np.where(silent, None, rng.random(k) < 0.3)
        elif q.kind in ("integer", "number"):
            high = 400 if q.id == "population" else 200 if q.id.startswith("aged") else 4
            found[q.id] = np.where(silent, np.nan, rng.integers(0, high, k))
        else:
            found[q.id] = [f"名{i}" for i in range(k)]
    return found
