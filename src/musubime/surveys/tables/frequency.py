"""How often each answer was given: one answer each (adds up to N), or several (does not)."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from musubime.language import Text, text

from ..questionnaires import Question
from .build import NO_ANSWER, TOTAL, amount, build, count, mean, no_answer_row, share, total_row
from .model import Row, Table
from .wave import Wave, answered, said

_YES_NO = (Row("yes", text("Yes")), Row("no", text("No")))


def frequency(
    wave: Wave, id: str, title: Text, question: Question, rows: pd.DataFrame, unit: Text, whose: Text,
    notes: Sequence[Text] = (),
) -> Table | None:
    """The answers to one question among `rows`; None where the column was not returned.

    whose: what the rows are, for the base ("hubs placed in the strategy"). Those who answered nothing are counted
    apart and are in no share.
    """
    if question.kind == "choices":
        return _several(wave, id, title, question, rows, unit, whose, notes)
    if question.id not in rows.columns:
        return None
    parts = _YES_NO if question.kind == "yesno" else tuple(Row(o.id, o.label) for o in question.options)
    values = rows[question.id]
    counts: dict[str, int | None] = {part.id: int(said(values, part.id).sum()) for part in parts}
    n = int(answered(values).sum())
    strange = n - sum(c for c in counts.values() if c is not None)
    listed = parts if strange == 0 else (*parts, Row("not_listed", text("An answer that is not in the list")))
    counts["not_listed"] = strange
    counts[NO_ANSWER] = len(rows) - n
    return build(
        id, title, (*listed, total_row(listed, text("Total (N)")), no_answer_row()),
        (count("count", text("Number"), unit), share("share", text("Share of N"), "count", row=TOTAL)),
        {"count": counts}, wave.standing.of(_base(whose, len(rows), n), n, *notes, n_of=len(rows)),
        row_head=question.text,
    )


def _several(
    wave: Wave, id: str, title: Text, question: Question, rows: pd.DataFrame, unit: Text, whose: Text,
    notes: Sequence[Text],
) -> Table | None:
    names = {o.id: f"{question.id}.{o.id}" for o in question.options if f"{question.id}.{o.id}" in rows.columns}
    if not names:
        return None
    given = rows[list(names.values())]
    ticked = given.fillna(False).astype(bool)
    n = int((given.notna().any(axis=1) & ticked.any(axis=1)).sum())
    parts = tuple(Row(o.id, o.label) for o in question.options if o.id in names)
    counts: dict[str, int | None] = {option: int(ticked[column].sum()) for option, column in names.items()}
    counts |= {"n": n, NO_ANSWER: len(rows) - n}
    return build(
        id, title, (*parts, Row("n", text("Answered (N)"), "base"), no_answer_row()),
        (count("count", text("Number"), unit), share("share", text("Share of N"), "count", row="n")),
        {"count": counts}, wave.standing.of(_base(whose, len(rows), n), n, *notes, n_of=len(rows)), multiple=True,
        row_head=question.text,
    )


def sums(
    wave: Wave, id: str, title: Text, questions: Sequence[Question], rows: pd.DataFrame, unit: Text, whose: Text,
    notes: Sequence[Text] = (),
) -> Table | None:
    """Totals and means of numbers, each over those who gave it; None where none was returned."""
    known = [q for q in questions if q.id in rows.columns]
    if not known:
        return None
    numbers = {q.id: pd.to_numeric(rows[q.id], errors="coerce") for q in known}
    columns = (
        count("n", text("Answered (N)"), unit), count(NO_ANSWER, text("No answer"), unit),
        amount("sum", text("Sum"), text("as asked")), mean("mean", text("Mean of N"), text("as asked"), "sum", "n"),
    )
    counts = {
        "n": {q.id: int(numbers[q.id].notna().sum()) for q in known},
        NO_ANSWER: {q.id: int(numbers[q.id].isna().sum()) for q in known},
        "sum": {q.id: _whole(numbers[q.id].sum()) for q in known},
    }
    parts = tuple(
        Row(q.id, q.text if q.unit is None else text("{question} ({unit})", question=q.text, unit=q.unit))
        for q in known
    )
    return build(id, title, parts, columns, counts,
                 wave.standing.of(text("{whose}: {number:,}", whose=whose, number=len(rows)), None, *notes),
                 row_head=text("Question"))


def _whole(value: float) -> int:
    return round(float(value))


def _base(whose: Text, number: int, n: int) -> Text:
    return text("{whose}: {number:,}; shares of the {n:,} that answered this question", whose=whose, number=number, n=n)
