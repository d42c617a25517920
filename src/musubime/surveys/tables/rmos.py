"""Region management organizations: how many, where, what they are, do, live on and lack."""

from __future__ import annotations

import pandas as pd

from musubime.language import Text, text

from .build import NO_ANSWER, build, count, no_answer_row, share
from .frequency import frequency
from .model import Row, Table
from .regional import units_tables
from .wave import Wave, answered, question, said

ROSTER = "rmos"
DESCRIBED = ("activities", "legal_form", "structure", "income", "issues", "members", "has_base", "base", "own_income")
RANKED = tuple(f"income_{rank}" for rank in range(1, 6))


def rmo_tables(wave: Wave) -> list[Table]:
    """All tables of the survey of RMOs."""
    tables: list[Table] = []
    numbers = wave.number("rmos")
    if numbers is not None:
        tables += units_tables(
            wave, "rmos", numbers, text("organisations"), text("Municipalities with an RMO"), text("RMOs"),
            (text("RMOs by class of municipality"), text("RMOs by prefecture")),
            (text("RMOs are counted with or without a small hub; their number is no share of hubs."),),
        )
    rows = wave.roster(ROSTER)
    whose = text("RMOs that were described")
    notes: tuple[Text, ...] = ()
    if numbers is not None and int(numbers.sum()) != len(rows):
        notes = (text("{counted:,} RMOs are counted by the municipalities, {described:,} are described one by one; "
                      "this table rests on the latter.", counted=int(numbers.sum()), described=len(rows)),)
    if not len(rows):
        return tables
    for name in DESCRIBED:
        asked = question(wave, ROSTER, name)
        if asked is None:
            continue
        of, base = rows, whose
        if name == "base" and "has_base" in rows.columns:
            of, base = rows[said(rows["has_base"])], text("RMOs that have a base")
        table = frequency(wave, f"rmo_{name}", text("RMOs: {question}", question=asked.text), asked, of,
                          text("organisations"), base, notes)
        tables += [table] if table is not None else []
    if (ranked := _ranked_income(wave, rows, whose, notes)) is not None:
        tables.append(ranked)
    for name in ("support", "reason_none"):
        asked = question(wave, "", name)
        if asked is not None and numbers is not None:
            with_rmo = name == "support"
            of = wave.answers[(numbers > 0) if with_rmo else (numbers == 0)]
            base = text("municipalities with an RMO") if with_rmo else text("municipalities without an RMO")
            table = frequency(wave, f"rmo_{name}", text("RMOs: {question}", question=asked.text), asked, of,
                              wave.unit, base)
            tables += [table] if table is not None else []
    return tables


def _ranked_income(wave: Wave, rows: pd.DataFrame, whose: Text, notes: tuple[Text, ...]) -> Table | None:
    """Where the first to fifth source is asked: how often each source comes first, and how often it is among them."""
    first = question(wave, ROSTER, "income_1")
    ranks = [name for name in RANKED if name in rows.columns]
    if first is None or "income_1" not in ranks:
        return None
    parts = tuple(Row(o.id, o.label) for o in first.options)
    n = int(answered(rows["income_1"]).sum())
    named = {o.id: pd.concat([said(rows[name], o.id) for name in ranks], axis=1).any(axis=1) for o in first.options}
    whole = {"n": n, NO_ANSWER: len(rows) - n}
    counts = {
        "first": {o.id: int(said(rows["income_1"], o.id).sum()) for o in first.options} | whole,
        "any": {o.id: int((named[o.id] & answered(rows["income_1"])).sum()) for o in first.options} | whole,
    }
    unit = text("organisations")
    return build(
        "rmo_income", text("RMOs: sources of income, first to fifth"),
        (*parts, Row("n", text("Answered (N)"), "base"), no_answer_row()),
        (count("first", text("First source"), unit),
         share("first_share", text("First source: share of N"), "first", row="n"),
         count("any", text("Among the first five"), unit),
         share("any_share", text("Among the first five: share of N"), "any", row="n")),
        counts, wave.standing.of(
            text("{whose}: {number:,}; shares of the {n:,} that answered this question", whose=whose, number=len(rows),
                 n=n), n, *notes,
            text("A source named at two ranks by one organisation counts once among the first five."),
            n_of=len(rows),
        ), multiple=True, row_head=text("Source of income"),
    )
