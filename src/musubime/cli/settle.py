"""musubime settle DIR"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from musubime.language import Text, text
from musubime.region import Region
from musubime.reports import publish_settle
from musubime.reports.settle_files import as_data, goal_words, mix_words
from musubime.studies.settle import AreaNeed, Outcome, SettleOptions, SettleStudy, settle_region

from ._terminal import JsonOption, command, progress, say


def register(app: typer.Typer) -> None:
    app.command("settle", help=str(text(
        "How many households a year a place needs so that it holds its people for thirty years. "
        "Example: musubime settle town --households 1,2 --mix couple:1,family:2 --start 2027 --leavers 30%"
    )))(settle)


@command
def settle(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=str(text("Folder of the region.")))],
    settlement: Annotated[str | None, typer.Option(metavar="ID", help=str(text(
        "One settlement (code or name) or one district (name) alone.")))] = None,
    level: Annotated[str | None, typer.Option(help=str(text(
        "Areas of one level alone: settlement, district or municipality.")))] = None,
    households: Annotated[str | None, typer.Option(metavar="N,N", help=str(text(
        "What happens if so many households come to each place every year; several with commas.")))] = None,
    mix: Annotated[str | None, typer.Option(metavar="TYPE:N,...", help=str(text(
        "Who comes: weights of couple, family and retired; one of each when left out.")))] = None,
    start: Annotated[int | None, typer.Option(metavar="YEAR", help=str(text(
        "The first year in which households come and leavers stay.")))] = None,
    leavers: Annotated[str | None, typer.Option(metavar="SHARE|N", help=str(text(
        "School leavers who stay: a share of the net loss (30% or 0.3), or people a year in each area (2).")))] = None,
    out: Annotated[Path | None, typer.Option(help=str(text("Folder for settle.xlsx and settle.json.")))] = None,
    json: JsonOption = False,
) -> dict[str, Any]:
    progress(text("Counting households"))
    study = settle_region(
        Region.open(folder), SettleOptions(settlement, level, households, mix, start, leavers))
    files = publish_settle(study, out) if out is not None else []
    if not json:
        _say(study)
    for file in files:
        say(text("Open {path}", path=str(file)), json=json)
    written = {"out": str(out), "files": [str(file) for file in files]} if out is not None else {}
    return as_data(study) | written


def _say(study: SettleStudy) -> None:
    say(study.method, json=False)
    say(mix_words(study), json=False)
    level = ""
    for area in study.areas:
        if level and area.level != level:
            say("", json=False)
        level = area.level
        say(_need(area, study), json=False)
        for outcome in area.outcomes:
            say(_outcome(outcome, study), json=False)


def _need(area: AreaNeed, study: SettleStudy) -> Text:
    if area.least is None or area.sets is None:
        return text("{place}: no number of households reaches the goals ({goal}); without any, {today:,.0f} people "
                    "become {people:,.0f} in {year}, {share} aged 65 and over.", place=area.name,
                    goal=goal_words()[area.binding or "total"], today=area.today[0],
                    people=area.without[0], year=study.last_year, share=_share(area.without))
    return text("{place}: {households:.2f} households a year ({sets:.2f} sets); without any, {today:,.0f} people "
                "become {people:,.0f} in {year}, {share} aged 65 and over.", place=area.name, households=area.least,
                sets=area.sets, today=area.today[0], people=area.without[0], year=study.last_year,
                share=_share(area.without))


def _outcome(one: Outcome, study: SettleStudy) -> Text:
    line = text("  with {households:g} a year: {people:,.0f} people in {year}, {children:,.0f} under 15, {share} aged "
                "65 and over", households=one.households, people=one.people[0], year=study.last_year,
                children=one.people[1], share=_share(one.people))
    return text("{line}; the goals are reached", line=line) if one.kept else line


def _share(people: tuple[float, float, float]) -> str:
    return f"{100 * people[2] / people[0]:.0f}%" if people[0] > 0 else "–"
