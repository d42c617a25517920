"""musubime settle DIR"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from musubime.language import Text, text
from musubime.region import Region
from musubime.studies.settle import AreaNeed, SettleStudy, settle_region

from ._terminal import JsonOption, command, progress, say


def register(app: typer.Typer) -> None:
    app.command("settle", help=str(text(
        "How many households a year a place needs so that it holds its people for thirty years. "
        "Example: musubime settle town --households 2"
    )))(settle)


@command
def settle(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=str(text("Folder of the region.")))],
    settlement: Annotated[str | None, typer.Option(metavar="ID", help=str(text(
        "One settlement alone, by code or name.")))] = None,
    households: Annotated[float | None, typer.Option(metavar="N", help=str(text(
        "What happens if so many households come to each place every year.")))] = None,
    json: JsonOption = False,
) -> dict[str, Any]:
    progress(text("Counting households"))
    study = settle_region(Region.open(folder), settlement, households)
    if not json:
        _say(study, asked=households is not None)
    return asdict(study) | {"method": study.method.as_json()}


def _say(study: SettleStudy, *, asked: bool) -> None:
    say(study.method, json=False)
    say(text("A household is in equal parts a young couple, a family with a child and a retired couple; a set is one "
             "of each."), json=False)
    level = ""
    for area in study.areas:
        if level and area.level != level:
            say("", json=False)
        level = area.level
        say(_need(area, study), json=False)
        if asked and area.with_households is not None:
            say(text("  with {households:g} a year: {people:,.0f} people in {year}, {children:,.0f} under 15, "
                     "{share} aged 65 and over", households=area.households, people=area.with_households[0],
                     year=study.last_year, children=area.with_households[1], share=_share(area.with_households)),
                json=False)


def _need(area: AreaNeed, study: SettleStudy) -> Text:
    if area.least is None or area.sets is None:
        return text("{place}: no number of households reaches the goals; without any, {today:,.0f} people become "
                    "{people:,.0f} in {year}, {share} aged 65 and over.", place=area.name, today=area.today[0],
                    people=area.without[0], year=study.last_year, share=_share(area.without))
    return text("{place}: {households:.2f} households a year ({sets:.2f} sets); without any, {today:,.0f} people "
                "become {people:,.0f} in {year}, {share} aged 65 and over.", place=area.name, households=area.least,
                sets=area.sets, today=area.today[0], people=area.without[0], year=study.last_year,
                share=_share(area.without))


def _share(people: tuple[float, float, float]) -> str:
    return f"{100 * people[2] / people[0]:.0f}%" if people[0] > 0 else "–"
