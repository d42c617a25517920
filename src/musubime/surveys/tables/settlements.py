"""Settlements: number, people and mean; prognosis and support personnel; ageing; what became of the last prognosis."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from musubime.language import Text, text

from .build import NO_ANSWER, TOTAL, amount, build, count, mean, no_answer_row, share, total_row
from .frequency import frequency, sums
from .model import Row, Table
from .wave import Wave, answered, question, said

ROSTER = "settlements"
DESCRIBED = ("prognosis", "area_class", "mutual_help", "production", "resources", "services", "transport", "problems",
             "support")
GONE = ("uninhabited", "vanished")
AGEING = ((0, 25), (25, 50), (50, 70), (70, 100))


def settlement_tables(wave: Wave) -> list[Table]:
    """All tables of the survey of settlements. Those that no longer exist are not counted as settlements."""
    everything = wave.roster(ROSTER)
    rows = there(everything)
    if not len(rows):
        return []
    notes: tuple[Text, ...] = ()
    if len(everything) > len(rows):
        notes = (text("{gone:,} described settlements became uninhabited since the last survey and are not counted.",
                      gone=len(everything) - len(rows)),)
    unit, whose = text("settlements"), text("settlements that were described")
    tables = [_people(wave, rows, notes)]
    if (ageing := _ageing(wave, rows, notes)) is not None:
        tables.append(ageing)
    if (crossed := _prognosis_by_support(wave, rows, notes)) is not None:
        tables.append(crossed)
    for name in DESCRIBED:
        asked = question(wave, ROSTER, name)
        if asked is not None:
            table = frequency(wave, f"settlement_{name}", text("Settlements: {question}", question=asked.text), asked,
                              rows, unit, whose, notes)
            tables += [table] if table is not None else []
    moved = [q for name in ("settlements", "uninhabited", "vanished", "merged", "new")
             if (q := question(wave, "", name)) is not None]
    table = sums(wave, "settlement_changes", text("Settlements since the last survey"), moved, wave.answers, wave.unit,
                 wave.unit)
    tables += [table] if table is not None else []
    if (tested := _back_test(wave, everything)) is not None:
        tables.append(tested)
    return tables


def there(rows: pd.DataFrame) -> pd.DataFrame:
    """The described settlements that still exist."""
    return rows[~rows["since_last"].isin(GONE)] if "since_last" in rows.columns else rows


def _people(wave: Wave, rows: pd.DataFrame, notes: Sequence[Text]) -> Table:
    """By class: settlements, those whose people are known, their people, and the mean of these."""
    groups = rows["code"].map(wave.classes)
    people = pd.to_numeric(rows.get("population", pd.Series(index=rows.index, dtype=float)), errors="coerce")
    parts = wave.class_rows
    unit = text("settlements")
    columns = (
        count("settlements", text("Settlements"), unit), count("n", text("of these with people known (N)"), unit),
        amount("people", text("People of N"), text("people")),
        mean("mean", text("Mean people per settlement of N"), text("people per settlement"), "people", "n"),
    )

    def by_class(values: pd.Series[float] | pd.Series[bool]) -> dict[str, int]:
        found = values.groupby(groups).sum()
        return {row.id: round(float(found.get(row.id, 0))) for row in parts}

    known = people.notna()
    return build(
        "settlement_people", text("Settlements, their people and the mean"), (*parts, total_row(parts)), columns,
        {"settlements": by_class(pd.Series(True, index=rows.index)), "n": by_class(known),
         "people": by_class(people[known])},
        wave.standing.of(text("settlements that were described: {number:,}; people and mean of the {n:,} whose people "
                              "are known", number=len(rows), n=int(known.sum())), int(known.sum()), *notes,
                         text("The mean is people divided by settlements whose people are known, not by all."),
                         n_of=len(rows)),
        row_head=text("Class"),
    )


def _ageing(wave: Wave, rows: pd.DataFrame, notes: Sequence[Text]) -> Table | None:
    if not {"population", "aged_65"} <= set(rows.columns):
        return None
    people, aged = (pd.to_numeric(rows[name], errors="coerce") for name in ("population", "aged_65"))
    known = people.notna() & aged.notna() & (people > 0)
    nobody = people == 0
    parts = [Row(f"from_{low}", text("{low}% to under {high}%", low=low, high=high) if high < 100 else
                 text("{low}% and more", low=low)) for low, high in AGEING]
    found: dict[str, int | None] = {}
    for part, (low, high) in zip(parts, AGEING, strict=True):
        # Compared as products of whole numbers, so that exactly half is half.
        inside = (aged * 100 >= people * low) & ((aged * 100 < people * high) if high < 100 else True)
        found[part.id] = int((known & inside).sum())
    n = int(known.sum())
    found |= {"nobody": int(nobody.sum()), NO_ANSWER: len(rows) - n - int(nobody.sum()),
              "all_65": int((known & (aged >= people)).sum())}
    old = pd.to_numeric(rows["aged_75"], errors="coerce") if "aged_75" in rows.columns else None
    if old is not None:
        found["all_75"] = int((known & old.notna() & (old >= people)).sum())
    listed = [
        *parts, total_row(parts, text("Total (N)")), Row("nobody", text("Without people"), "no_answer"),
        no_answer_row(),
        Row("all_65", text("Of N: all aged 65 and over"), "base"),
        *([Row("all_75", text("Of N: all aged 75 and over"), "base")] if old is not None else []),
    ]
    return build(
        "settlement_ageing", text("Settlements by share of people aged 65 and over"), listed,
        (count("count", text("Settlements"), text("settlements")),
         share("share", text("Share of N"), "count", row=TOTAL)),
        {"count": found}, wave.standing.of(
            text("settlements with people whose number and age are known: {n:,}", n=n), n, *notes,
            text("A settlement of exactly half counts as half and more (以上)."), n_of=len(rows) - int(nobody.sum())),
        row_head=text("Share aged 65 and over"),
    )


def _prognosis_by_support(wave: Wave, rows: pd.DataFrame, notes: Sequence[Text]) -> Table | None:
    asked = question(wave, ROSTER, "prognosis")
    support = question(wave, ROSTER, "support")
    if asked is None or support is None or "prognosis" not in rows.columns:
        return None
    if support.kind == "choices":
        helpers = [f"support.{o.id}" for o in support.options if not o.alone and f"support.{o.id}" in rows.columns]
        nobody = [f"support.{o.id}" for o in support.options if o.alone and f"support.{o.id}" in rows.columns]
        has = rows[helpers].fillna(False).astype(bool).any(axis=1)
        none = rows[nobody].fillna(False).astype(bool).any(axis=1) & ~has
    else:
        has, none = said(rows["support"]), said(rows["support"], "no")
    parts = tuple(Row(o.id, o.label) for o in asked.options)
    by_prognosis = rows["prognosis"].where(answered(rows["prognosis"]), NO_ANSWER).fillna(NO_ANSWER)
    counts: dict[str, dict[str, int]] = {}
    for name, chosen in (("yes", has), ("no", none), (NO_ANSWER, ~(has | none))):
        found = by_prognosis[chosen].value_counts()
        counts[name] = {row: int(found.get(row, 0)) for row in (*(p.id for p in parts), NO_ANSWER)}
    unit = text("settlements")
    columns = (
        count("yes", text("Support personnel: yes"), unit), count("no", text("Support personnel: no"), unit),
        count("n", text("Answered (N)"), unit, sum_of=("yes", "no")),
        share("share", text("With support: share of N"), "yes", "n"),
        count(NO_ANSWER, text("No answer on support"), unit),
    )
    n = sum(counts["yes"][p.id] + counts["no"][p.id] for p in parts)
    return build(
        "settlement_prognosis_support", text("Settlements by prognosis and support personnel"),
        (*parts, total_row(parts), no_answer_row()), columns, counts,
        wave.standing.of(text("settlements that were described: {number:,}; {n:,} answered both questions",
                              number=len(rows), n=n), n, *notes,
                         text("Support personnel: at least one settlement supporter, cooperator or other helper."),
                         text("A prognosis is the municipality's opinion and no probability."), n_of=len(rows)),
        row_head=asked.text,
    )


def _back_test(wave: Wave, rows: pd.DataFrame) -> Table | None:
    """What became of each class of the last prognosis."""
    before, since = question(wave, ROSTER, "last_prognosis"), question(wave, ROSTER, "since_last")
    if before is None or since is None or not {"last_prognosis", "since_last"} <= set(rows.columns):
        return None
    both = rows[answered(rows["last_prognosis"]) & answered(rows["since_last"])]
    if not len(both):
        return None
    parts = tuple(Row(o.id, o.label) for o in before.options)
    outcomes = [o for o in since.options if o.id != "new"]
    unit = text("settlements")
    lost = next((o.id for o in outcomes if o.id in ("uninhabited", "vanished")), "")
    columns = [
        *(count(o.id, o.label, unit) for o in outcomes),
        count("n", text("Answered (N)"), unit, sum_of=tuple(o.id for o in outcomes)),
        *([share("share", text("Became uninhabited: share of N"), lost, "n")] if lost else []),
    ]
    counts = {
        o.id: {p.id: int(((both["last_prognosis"] == p.id) & (both["since_last"] == o.id)).sum()) for p in parts}
        for o in outcomes
    }
    n = sum(sum(found.values()) for found in counts.values())
    return build(
        "settlement_back_test", text("What became of the prognoses of the last survey"), (*parts, total_row(parts)),
        columns, counts, wave.standing.of(
            text("settlements whose last prognosis and present state are both told: {n:,}", n=n), n),
        row_head=before.text,
    )
