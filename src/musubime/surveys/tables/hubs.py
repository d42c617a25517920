"""Small hubs: those in the municipal strategy and all of them, always in tables of their own."""

from __future__ import annotations

import pandas as pd

from musubime.language import Text, text

from .build import NO_ANSWER, TOTAL, build, count, no_answer_row, share, total_row
from .frequency import frequency
from .model import Row, Table
from .regional import status_table, units_tables
from .wave import Wave, answered, question, said

ROSTER = "hubs"
DESCRIBED = ("range", "facilities", "transport", "rmo_form")


def hub_tables(wave: Wave) -> list[Table]:
    """All tables of the survey of small hubs."""
    in_strategy, everything = hubs_in_strategy(wave), hubs_all(wave)
    tables: list[Table] = []
    if in_strategy is not None:
        tables += units_tables(
            wave, "hubs_in_strategy", in_strategy, text("hubs"), text("Municipalities with hubs in their strategy"),
            text("Hubs in the strategy"),
            (text("Small hubs in the municipal strategy, by class of municipality"),
             text("Small hubs in the municipal strategy, by prefecture")),
            (text("Only hubs that the municipal strategy names are counted here."),),
        )
    if everything is not None:
        tables += units_tables(
            wave, "hubs_all", everything, text("hubs"), text("Municipalities with hubs"), text("All hubs"),
            (text("All small hubs, in the strategy or not, by class of municipality"),
             text("All small hubs, in the strategy or not, by prefecture")),
            (text("All hubs are counted here, whether or not the municipal strategy names them."),),
        )
    if in_strategy is not None and everything is not None:
        tables.append(_status(wave, in_strategy, everything))
    rows = wave.roster(ROSTER)
    named = rows[said(rows["in_strategy"])] if "in_strategy" in rows.columns else rows.iloc[:0]
    for which, chosen, whose, counted in (
        ("in_strategy", named, text("hubs in the strategy that were described"), in_strategy),
        ("all", rows, text("all hubs that were described"), everything),
    ):
        if len(chosen):
            notes = _described(len(chosen), counted)
            tables += [t for t in (_with_rmo(wave, which, chosen, whose, notes),) if t is not None]
            tables += _frequencies(wave, which, chosen, whose, notes)
    return tables


def hubs_in_strategy(wave: Wave) -> pd.Series[float] | None:
    """By municipality: as asked, or counted from its described hubs where a version did not ask for the number."""
    asked = wave.number("hubs_in_strategy")
    if asked is not None:
        return asked
    rows = wave.roster(ROSTER)
    everything = hubs_all(wave)
    if everything is None or "in_strategy" not in rows.columns:
        return None
    counted = said(rows["in_strategy"]).groupby(rows["code"]).sum()
    return counted.reindex(everything.index).fillna(0.0).astype("float64").where(everything.notna())


def hubs_all(wave: Wave) -> pd.Series[float] | None:
    found = wave.number("hubs_all")
    return found if found is not None else wave.number("hubs")


def _status(wave: Wave, in_strategy: pd.Series[float], everything: pd.Series[float]) -> Table:
    """Formed in the strategy, formed outside, planned, none: each municipality once, in the first that holds."""
    split = wave.number("planned_in_strategy"), wave.number("planned_outside_strategy")
    either = wave.number("planned")
    left = everything.notna() & in_strategy.notna()
    rows: list[tuple[Row, pd.Series[bool]]] = []

    def take(id: str, head: Text, where: pd.Series[bool]) -> None:
        nonlocal left
        rows.append((Row(id, head), left & where))
        left = left & ~where

    take("formed_in_strategy", text("Formed, named in the strategy"), in_strategy > 0)
    take("formed_not_in_strategy", text("Formed, not named in the strategy"), everything > 0)
    if split[0] is not None and split[1] is not None:
        take("planned_in_strategy", text("Planned, named in the strategy"), split[0] > 0)
        take("planned_not_in_strategy", text("Planned, not named in the strategy"), split[1] > 0)
        take("none", text("Neither formed nor planned"), (split[0] == 0) & (split[1] == 0))
    elif either is not None:
        take("planned", text("Planned"), either > 0)
        take("none", text("Neither formed nor planned"), either == 0)
    else:
        take("none", text("Not formed"), everything == 0)
    n = int(sum(int(chosen.sum()) for _, chosen in rows))
    return status_table(wave, "hub_status", text("Small hubs: where municipalities stand"), rows, n)


def _with_rmo(wave: Wave, id: str, rows: pd.DataFrame, whose: Text, notes: tuple[Text, ...]) -> Table | None:
    if "rmo" not in rows.columns:
        return None
    parts = (Row("yes", text("With an RMO")), Row("no", text("Without an RMO")))
    n = int(answered(rows["rmo"]).sum())
    found = {part.id: int(said(rows["rmo"], part.id).sum()) for part in parts}
    title = text("Small hubs in the strategy with and without an RMO") if id == "in_strategy" else text(
        "All small hubs with and without an RMO")
    return build(
        f"hubs_rmo_{id}", title, (*parts, total_row(parts, text("Total (N)")), no_answer_row()),
        (count("count", text("Hubs"), text("hubs")), share("share", text("Share of N"), "count", row=TOTAL)),
        {"count": found | {NO_ANSWER: len(rows) - n}},
        wave.standing.of(text("{whose}: {number:,}; shares of the {n:,} that answered this question", whose=whose,
                              number=len(rows), n=n), n, *notes, n_of=len(rows)),
        row_head=text("Region management organization"),
    )


def _frequencies(wave: Wave, id: str, rows: pd.DataFrame, whose: Text, notes: tuple[Text, ...]) -> list[Table]:
    tables = []
    for name in DESCRIBED:
        asked = question(wave, ROSTER, name)
        if asked is None:
            continue
        of, base = rows, whose
        if name == "rmo_form" and "rmo" in rows.columns:
            of, base = rows[said(rows["rmo"])], text("{whose}, with an RMO", whose=whose)
        title = text("{question}: small hubs in the strategy", question=asked.text) if id == "in_strategy" else text(
            "{question}: all small hubs", question=asked.text)
        table = frequency(wave, f"hubs_{name}_{id}", title, asked, of, text("hubs"), base, notes)
        tables += [table] if table is not None else []
    return tables


def _described(described: int, counted: pd.Series[float] | None) -> tuple[Text, ...]:
    total = None if counted is None else int(counted.sum())
    if total is None or total == described:
        return ()
    return (text("{counted:,} hubs are counted by the municipalities, {described:,} are described one by one; this "
                 "table rests on the latter.", counted=total, described=described),)
