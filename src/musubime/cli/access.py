"""musubime access DIR --mode car|walk|transit --out OUT"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any

import typer

from musubime.errors import Fault, InputError
from musubime.language import text, verbatim
from musubime.region import Region
from musubime.reports import publish_access
from musubime.studies import AccessOptions, AccessSummary, access_of_region

from ._terminal import JsonOption, command, progress, say


def register(app: typer.Typer) -> None:
    app.command("access", help=str(text(
        "Who reaches which service by car, on foot or by bus. Example: musubime access town --mode car --out reach"
    )))(access)


@command
def access(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=str(text("Folder of the region.")))],
    mode: Annotated[str, typer.Option(metavar="car|walk|transit", help=str(text("How people travel.")))],
    out: Annotated[Path, typer.Option(help=str(text("Folder for access.csv and access.json.")))],
    date: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help=str(text(
        "By bus: one service day instead of the usual weeks.")))] = None,
    snow: Annotated[bool, typer.Option("--snow", help=str(text(
        "By car and on foot: the season in which snow slows everybody down.")))] = False,
    json: JsonOption = False,
) -> dict[str, Any]:
    options = AccessOptions(mode, _date(date), snow)
    study = access_of_region(Region.open(folder), options, progress=progress)
    progress(text("Writing the tables"))
    files = publish_access(study, out)
    _say_summary(study.summary, json=json)
    for file in files:
        say(text("Open {path}", path=str(file)), json=json)
    told = study.summary.model_dump(mode="json", include={"mode", "date", "snow", "services", "roads", "buses"})
    return {"out": str(out), "files": [str(file) for file in files]} | told


def _date(given: str | None) -> dt.date | None:
    if given is None:
        return None
    try:
        return dt.date.fromisoformat(given)
    except ValueError as error:
        raise InputError(Fault(
            text("This is not a date."), text("Write it like 2026-04-01."), field="--date", value=given,
        )) from error


def _say_summary(summary: AccessSummary, *, json: bool) -> None:
    roads = summary.roads
    if roads is not None and roads.basis == "distance":
        say(text("No road file: times are straight-line distance × {factor:.2f} / speed.",
                 factor=roads.detour_factor or 1.0), json=json)
    if summary.buses is not None:
        say(text("Buses of {dates} dates between {first} and {last}", dates=summary.buses.dates,
                 first=summary.buses.first, last=summary.buses.last), json=json)
    for service in summary.services:
        name = verbatim({"ja": service.name.ja, "en": service.name.en})
        if summary.mode == "transit":
            say(text("{service}: {within:,.0f} of {users:,.0f} users have a usable bus there and back, {without:,.0f} "
                     "have none.", service=name, within=service.users_within, users=service.users,
                     without=service.users_without_way), json=json)
        else:
            say(text("{service}: {within:,.0f} of {users:,.0f} users within {limit:.0f} min, {beyond:,.0f} beyond, "
                     "{without:,.0f} without any way.", service=name, within=service.users_within,
                     users=service.users, limit=service.limit_min or 0.0, beyond=service.users_beyond,
                     without=service.users_without_way), json=json)
