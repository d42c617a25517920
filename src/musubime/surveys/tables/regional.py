"""Municipalities and what they have, by 過疎 and other and by prefecture; and who answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from musubime.language import Text, text

from .build import TOTAL, amount, build, count, share, total_row
from .model import Column, Row, Table
from .wave import Wave

STATUSES = ("accepted", "submitted", "queried", "missing")


def response_tables(wave: Wave) -> list[Table]:
    """Who was asked and who answered, by class and by prefecture."""
    status = wave.returns.asked["status"]
    heads = {
        "accepted": text("Signed off"), "submitted": text("Sent in"), "queried": text("Queried"),
        "missing": text("Not returned"),
    }
    columns = (
        *(count(s, heads[s], wave.unit) for s in STATUSES),
        count("asked", text("Asked"), wave.unit, sum_of=STATUSES),
        count("answered", text("Returned"), wave.unit),
        share("share", text("Response rate"), "answered", "asked"),
    )
    has_answered = pd.Series(status.index.isin(wave.codes), index=status.index)
    standing = replace(wave.standing, n=None, n_of=None)
    tables = []
    for by, title, groups, parts, head in _groupings(wave, text("Response by class of municipality"),
                                                     text("Response by prefecture")):
        counts = {s: wave.everywhere(parts, wave.by(groups, status == s)) for s in STATUSES}
        counts["answered"] = wave.everywhere(parts, wave.by(groups, has_answered))
        tables.append(build(f"response_{by}", title, (*parts, total_row(parts)), columns, counts, standing,
                            row_head=head))
    return tables


def units_tables(
    wave: Wave, id: str, numbers: pd.Series[float], unit: Text, has: Text, units: Text, titles: tuple[Text, Text],
    notes: Sequence[Text] = (),
) -> list[Table]:
    """How many municipalities have something and how many there are, by class and by prefecture.

    numbers: by code, missing where not answered. Shares are of the municipalities that answered the question.
    """
    known = numbers.notna()
    columns = (
        count("asked", text("Asked"), wave.unit), count("n", text("Answered (N)"), wave.unit),
        count("with", has, wave.unit), share("share", text("Share of N"), "with", "n"),
        amount("units", units, unit),
    )
    standing = wave.standing.of(
        text("{asked}; shares of the {n:,} that answered this question", asked=wave.asked_of, n=int(known.sum())),
        int(known.sum()), *notes, n_of=len(wave.codes),
    )
    everybody = pd.Series(True, index=wave.returns.asked.index)
    tables = []
    for by, title, groups, parts, head in _groupings(wave, *titles):
        tables.append(build(
            f"{id}_{by}", title, (*parts, total_row(parts)), columns,
            {
                "asked": wave.everywhere(parts, wave.by(groups, everybody)),
                "n": wave.everywhere(parts, wave.by(groups, known)),
                "with": wave.everywhere(parts, wave.by(groups, numbers > 0)),
                "units": wave.everywhere(parts, wave.by(groups, numbers[known])),
            }, standing, row_head=head,
        ))
    return tables


def status_table(
    wave: Wave, id: str, title: Text, statuses: Sequence[tuple[Row, pd.Series[bool]]], n: int,
    notes: Sequence[Text] = (),
) -> Table:
    """Each municipality in one of several states, by class. statuses: rows with who is in them, none in two."""
    parts = [row for row, _ in statuses]
    class_columns = [count(row.id, row.head, wave.unit) for row in wave.class_rows]
    columns: list[Column] = [
        *class_columns, count(TOTAL, text("All"), wave.unit, sum_of=tuple(c.id for c in class_columns)),
        share("share", text("Share of N"), TOTAL, row=TOTAL),
    ]
    counts: dict[str, dict[str, int]] = {c.id: {} for c in class_columns}
    for row, chosen in statuses:
        found = wave.by(wave.classes, chosen)
        for c in class_columns:
            counts[c.id][row.id] = found.get(c.id, 0)
    standing = wave.standing.of(
        text("{asked}; shares of the {n:,} that answered this question", asked=wave.asked_of, n=n), n, *notes,
        n_of=len(wave.codes))
    return build(id, title, (*parts, total_row(parts)), columns, counts, standing, row_head=text("Status"))


Grouping = tuple[str, Text, "pd.Series[str]", tuple[Row, ...], Text]


def _groupings(wave: Wave, by_class: Text, by_prefecture: Text) -> tuple[Grouping, Grouping]:
    return (
        ("by_class", by_class, wave.classes, wave.class_rows, text("Class")),
        ("by_prefecture", by_prefecture, wave.prefectures, wave.prefecture_rows, text("Prefecture")),
    )
