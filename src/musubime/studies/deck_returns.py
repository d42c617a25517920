"""A deck's facts from returns of surveys: the part of its area, its tables, and for one municipality what it said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from musubime.errors import Fault, InputError
from musubime.language import Text, text, verbatim
from musubime.surveys.model import Returns
from musubime.surveys.questionnaires import Question
from musubime.surveys.returns import load_returns
from musubime.surveys.series import series_of_waves
from musubime.surveys.series.waves import of_area
from musubime.surveys.tables import Exact, Row, Table, build, make_tables
from musubime.surveys.tables.build import amount
from musubime.surveys.tables.hubs import hubs_all, hubs_in_strategy
from musubime.surveys.tables.wave import Wave

from .deck_facts import Area, Listing, SurveyFacts

_LISTED: Mapping[str, tuple[str, tuple[str, ...]]] = {  # survey -> roster, and the questions that a slide has room for
    "small-hubs": ("hubs", ("name", "population", "settlements", "range", "in_strategy", "rmo_name")),
    "rmo": ("rmos", ("name", "founded", "legal_form", "structure", "population", "has_base")),
    "related-population": ("initiatives", ("name", "started", "participants", "partner")),
}

_ONE_BY_ONE: Mapping[str, Text] = {
    "small-hubs": text("Hub by hub"), "rmo": text("RMO by RMO"), "related-population": text("Initiative by initiative")}


def surveys(folders: Sequence[Path], area: Area, faults: list[Fault]) -> tuple[SurveyFacts, ...]:
    """One entry for each survey, its newest wave with the change since the wave before, if that was given too."""
    waves: dict[str, list[Returns]] = {}
    for folder in folders:
        try:
            waves_of = _within(load_returns(folder), area, folder)
        except InputError as error:
            faults += error.faults
            continue
        waves.setdefault(waves_of.survey, []).append(waves_of)
    found = []
    for several in waves.values():
        several.sort(key=lambda one: one.fiscal_year)
        twice = {one.fiscal_year for one in several if sum(o.fiscal_year == one.fiscal_year for o in several) > 1}
        faults += [Fault(text("Two folders hold returns of {survey} of FY{year}.", survey=several[0].survey, year=year),
                         text("Give each wave once."), field="--returns") for year in sorted(twice)]
        if not twice:
            found.append(_facts(several, area))
    return tuple(found)


def _within(returns: Returns, area: Area, folder: Path) -> Returns:
    """The returns of the area alone; an area where nobody was asked is a fault."""
    kept = of_area(returns, area.code)
    if not len(kept.asked):
        raise InputError(Fault(
            text("Nobody in {area} was asked in these returns.", area=area.code),
            text("Give returns of this area, or another code with --for."), file=folder.name, field="--returns",
            value=area.code))
    return kept


def _facts(waves: Sequence[Returns], area: Area) -> SurveyFacts:
    newest, before = waves[-1], (waves[-2] if len(waves) > 1 else None)
    wave = Wave.of(newest)
    tables = {table.id: table for table in make_tables(newest, before)}
    units = _units(wave) if area.kind == "prefecture" else None
    listing = _listing(wave) if area.kind == "municipality" else None
    answers = _answers(wave) if area.kind == "municipality" else None
    return SurveyFacts(newest.survey, newest.fiscal_year, wave.form.title, tables, units, listing, answers,
                       len(newest.asked), len(newest.answers), _name(newest), series_of_waves(waves))


def _name(returns: Returns) -> str:
    """Of the municipality, where one alone was kept."""
    return str(returns.asked["name"].iloc[0]) if len(returns.asked) == 1 else ""


def _units(wave: Wave) -> Table | None:
    """Hubs or RMOs of each municipality of a prefecture."""
    columns: dict[str, tuple[Text, Any]] = {}
    if wave.returns.survey == "small-hubs":
        columns = {"in_strategy": (text("Hubs in the strategy"), hubs_in_strategy(wave)),
                   "all": (text("All hubs"), hubs_all(wave))}
        unit = text("hubs")
    elif wave.returns.survey == "rmo":
        columns, unit = {"rmos": (text("RMOs"), wave.number("rmos"))}, text("organisations")
    known = {name: (head, values) for name, (head, values) in columns.items() if values is not None}
    if not known:
        return None
    names = wave.returns.asked["name"]
    rows = [Row(str(code), verbatim(str(names[code]))) for code in wave.returns.asked.index]
    counts = {name: {str(code): _whole(values.get(code)) for code in wave.returns.asked.index}
              for name, (_, values) in known.items()}
    return build(f"{wave.returns.survey}_by_municipality", text("By municipality"), rows,
                 [amount(name, head, unit) for name, (head, _) in known.items()], counts, wave.standing,
                 row_head=text("Municipality"), why={("*", name): text("No answer") for name in known})


def _whole(value: Any) -> Exact | None:
    return None if value is None or pd.isna(value) else int(value)


def _listing(wave: Wave) -> Listing | None:
    """What one municipality described, one row each, in words."""
    roster, chosen = _LISTED.get(wave.returns.survey, ("", ()))
    form = wave.form.roster(roster) if roster else None
    rows = wave.roster(roster) if form is not None else None
    if form is None or rows is None or rows.empty:
        return None
    questions = [q for name in chosen for q in form.questions if q.id == name and name in rows.columns]
    said = tuple(tuple(_said(q, row[q.id]) for q in questions) for _, row in rows.iterrows())
    return Listing(_ONE_BY_ONE[wave.returns.survey], tuple(q.text for q in questions), said)


def _answers(wave: Wave) -> Listing | None:
    """What one municipality answered for itself, question by question."""
    if wave.answers.empty:
        return None
    row = wave.answers.iloc[0]
    said: list[tuple[Text, Text]] = []
    for question in wave.form.questions:
        if question.kind == "choices":
            ticked = [o.label for o in question.options if _true(row.get(f"{question.id}.{o.id}"))]
            answer = _side_by_side(ticked) if ticked else verbatim("–")
        elif question.kind in ("url", "text"):
            continue
        else:
            answer = _said(question, row.get(question.id))
        said.append((question.text, answer))
    return Listing(text("What the municipality answered"), (text("Question"), text("Answer")), tuple(said))


def _true(value: Any) -> bool:
    return value is not None and not pd.isna(value) and bool(value)


def _side_by_side(words: Sequence[Text]) -> Text:
    return verbatim({"ja": "、".join(w.to("ja") for w in words), "en": ", ".join(w.to("en") for w in words)})


def _said(question: Question, value: Any) -> Text:
    """One answer in words; a dash where nothing was answered."""
    if value is None or pd.isna(value) or value == "":
        return verbatim("–")
    if question.kind == "choice":
        return next((o.label for o in question.options if o.id == value), verbatim(str(value)))
    if question.kind == "yesno":
        yes = value == "yes" if isinstance(value, str) else bool(value)
        return text("yes") if yes else text("no")
    if question.kind in ("integer", "number"):
        year = question.id in ("founded", "started", "target_year")
        return verbatim(str(int(value)) if year else f"{value:,.10g}")
    return verbatim(str(value))
