"""What changed between two waves, counted only on those who answered both, and only where the same was asked."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from musubime.language import Text, text

from ..questionnaires import Questionnaire, lineage, shipped
from .build import amount, build, count, mean, share
from .measures import MEASURES, people_of
from .model import Column, Row, Table
from .settlements import ROSTER as SETTLEMENTS
from .settlements import there
from .wave import Wave, answered, question, said


def change_tables(now: Wave, before: Wave) -> list[Table]:
    """One table: each number then and now on the municipalities that gave it both times, with both Ns beside it."""
    measures = MEASURES.get(now.returns.survey, ())
    if not measures:
        return []
    earlier, later = f"FY{before.returns.fiscal_year}", f"FY{now.returns.fiscal_year}"
    unit = text("as asked")
    columns: tuple[Column, ...] = (
        count("n_before", text("Answered in {year}", year=earlier), now.unit),
        count("n_now", text("Answered in {year}", year=later), now.unit),
        count("n", text("Answered both times (comparable)"), now.unit),
        amount("before", text("{year}, comparable", year=earlier), unit),
        amount("now", text("{year}, comparable", year=later), unit),
        Column("difference", text("Change"), "difference", unit, 0, "now", "before"),
        Column("rate", text("Change in %"), "rate", text("%"), 1, "difference", "before"),
    )
    counts: dict[str, dict[str, int | None]] = {c.id: {} for c in columns if c.kind in ("count", "amount")}
    why: dict[tuple[str, str], Text] = {}
    rows: list[Row] = []
    gone = _comparable_notes(now, before)
    for m in measures:
        a, b = m.of(now), m.of(before)
        if a is None and b is None:
            continue
        rows.append(Row(m.id, text("{what} ({unit})", what=m.head, unit=m.unit)))
        reason = broken_between(now, before, m.asked)
        if a is None or b is None:
            reason = text("Not asked in {year}.", year=later if a is None else earlier)
        a_known, b_known = _known(a), _known(b)
        both = a_known.index.intersection(b_known.index)
        counts["n_now"][m.id], counts["n_before"][m.id] = len(a_known), len(b_known)
        counts["n"][m.id] = len(both)
        if reason is not None:
            why[m.id, "*"] = reason
            counts["before"][m.id] = counts["now"][m.id] = None
        else:
            counts["now"][m.id] = round(float(a_known.loc[both].sum()))
            counts["before"][m.id] = round(float(b_known.loc[both].sum()))
    if not rows:
        return []
    comparable = now.codes.intersection(before.codes)
    standing = now.standing.of(
        text("{unit} that answered in both years: {number:,} (of {then:,} in {earlier} and {now:,} in {later})",
             unit=now.unit, number=len(comparable), then=len(before.codes), earlier=earlier, now=len(now.codes),
             later=later), len(comparable), *gone)
    tables = [build(f"change_{before.returns.fiscal_year}_{now.returns.fiscal_year}",
                    text("Change from {earlier} to {later} on the comparable set", earlier=earlier, later=later), rows,
                    columns, counts, standing, row_head=text("Number"), why=why)]
    if now.returns.survey == "settlements":
        tables += _means(now, before, gone)
    return tables + _answers(now, before, comparable, earlier, later, gone)


def _means(now: Wave, before: Wave, notes: tuple[Text, ...]) -> list[Table]:
    """Settlements, people and the mean then and now, in municipalities whose settlements all have a figure twice."""
    a, b = people_of(now), people_of(before)
    if a is None or b is None or broken_between(now, before, (SETTLEMENTS, "population")) is not None:
        return []
    both = a.dropna().index.intersection(b.dropna().index)
    unit = text("settlements")
    rows = tuple(Row(f"FY{w.returns.fiscal_year}", text("FY{year}", year=w.returns.fiscal_year)) for w in (before, now))
    counts: dict[str, dict[str, int | None]] = {"settlements": {}, "people": {}}
    for row, wave, people in zip(rows, (before, now), (b, a), strict=True):
        described = there(wave.roster(SETTLEMENTS))
        counts["settlements"][row.id] = int(described["code"].isin(both).sum())
        counts["people"][row.id] = round(float(people.loc[both].sum()))
    return [build(
        "settlement_means_then_and_now", text("Settlements, their people and the mean, on the comparable set"), rows,
        (count("settlements", text("Settlements"), unit), amount("people", text("People"), text("people")),
         mean("mean", text("Mean people per settlement"), text("people per settlement"), "people", "settlements")),
        counts, now.standing.of(
            text("municipalities whose settlements all have a figure in both years: {number:,}", number=len(both)),
            len(both), *notes), row_head=text("Year"))]


def _known(numbers: pd.Series[float] | None) -> pd.Series[float]:
    return pd.Series(dtype="float64") if numbers is None else numbers.dropna()


def _comparable_notes(now: Wave, before: Wave) -> tuple[Text, ...]:
    asked_now, asked_before = now.returns.asked, before.returns.asked
    gone = asked_before.index.difference(asked_now.index)
    new = asked_now.index.difference(asked_before.index)
    notes = []
    if len(gone):
        notes.append(text("Asked before and no longer there (merged or renumbered): {number:,}, not compared: {names}",
                          number=len(gone), names=_names(asked_before.loc[gone, "name"])))
    if len(new):
        notes.append(text("Asked now and not before (new by merger or newly asked): {number:,}, not compared: {names}",
                          number=len(new), names=_names(asked_now.loc[new, "name"])))
    return tuple(notes)


def _names(names: Sequence[str]) -> str:
    listed = [str(name) for name in names]
    return "、".join(listed[:10]) + ("…" if len(listed) > 10 else "")


def broken_between(now: Wave, before: Wave, asked: tuple[str, str]) -> Text | None:
    """Why the question may not be compared between the two versions; None if it may."""
    if now.form.version == before.form.version:
        return None
    versions = _versions(now, before)
    links = lineage(versions, *asked)
    labels = [link.version for link in links]
    if before.form.version not in labels or now.form.version not in labels:
        return text("The version of {version} does not ask it, or not so that it can be followed.",
                    version=before.form.version if before.form.version not in labels else now.form.version)
    low, high = sorted((labels.index(before.form.version), labels.index(now.form.version)))
    return next((link.breaks for link in links[low + 1: high + 1] if link.breaks is not None), None)


def _versions(now: Wave, before: Wave) -> list[Questionnaire]:
    known = {q.version: q for q in shipped() if q.survey == now.form.survey}
    known |= {before.form.version: before.form, now.form.version: now.form}
    return sorted(known.values(), key=lambda q: q.fiscal_years)


def _answers(
    now: Wave, before: Wave, comparable: pd.Index[str], earlier: str, later: str, notes: tuple[Text, ...],
) -> list[Table]:
    """Answers to municipal questions then and now, each over the comparable municipalities that answered it twice."""
    tables = []
    unit = now.unit
    for asked in now.form.questions:
        old = question(before, "", asked.was.id if asked.was and asked.was.version == before.form.version else asked.id)
        if asked.kind not in ("choice", "yesno", "choices") or old is None or old.kind != asked.kind:
            continue
        if broken_between(now, before, ("", asked.id)) is not None:
            continue
        options = {"yes": text("Yes"), "no": text("No")} if asked.kind == "yesno" else {
            o.id: o.label for o in asked.options}
        a, b = _given(now, asked.id, tuple(options)), _given(before, old.id, tuple(options))
        if a is None or b is None:
            continue
        both = comparable.intersection(a.index).intersection(b.index)
        rows = [*(Row(o, label) for o, label in options.items()), Row("n", text("Answered both times (N)"), "base")]
        counts = {
            "before": {o: int(b.loc[both, o].sum()) for o in options} | {"n": len(both)},
            "now": {o: int(a.loc[both, o].sum()) for o in options} | {"n": len(both)},
        }
        columns = (
            count("before", text("{year}, comparable", year=earlier), unit),
            share("before_share", text("{year}: share of N", year=earlier), "before", row="n"),
            count("now", text("{year}, comparable", year=later), unit),
            share("now_share", text("{year}: share of N", year=later), "now", row="n"),
            Column("difference", text("Change"), "difference", unit, 0, "now", "before"),
        )
        tables.append(build(
            f"change_{asked.id}", text("{question}: {earlier} and {later} on the comparable set", question=asked.text,
                                       earlier=earlier, later=later), rows, columns, counts,
            now.standing.of(text("{unit} that answered this question in both years: {number:,}", unit=unit,
                                 number=len(both)), len(both), *notes),
            multiple=asked.kind == "choices", row_head=asked.text))
    return tables


def _given(wave: Wave, id: str, options: tuple[str, ...]) -> pd.DataFrame | None:
    """Who gave which answer, among those who answered the question."""
    answers = wave.answers
    if id in answers.columns:
        of = answers[answered(answers[id])]
        return pd.DataFrame({o: said(of[id], o) for o in options})
    names = [f"{id}.{o}" for o in options]
    if not set(names) <= set(answers.columns):
        return None
    ticked = answers[names].fillna(False).astype(bool)
    ticked.columns = pd.Index(options)
    return ticked[ticked.any(axis=1)]
