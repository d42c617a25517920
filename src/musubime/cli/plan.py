"""musubime plan DIR --out OUT"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.region import Region
from musubime.reports import publish
from musubime.studies import PlanDocument, PlanOptions, plan_region

from ._terminal import JsonOption, command, progress, say


def register(app: typer.Typer) -> None:
    app.command("plan", help=str(text(
        "Plan small hubs for a region: who reaches what today, the outlook, where hubs go, and what they cost. "
        "Example: musubime plan town --out plan"
    )))(plan)


@command
def plan(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=str(text("Folder of the region.")))],
    out: Annotated[Path, typer.Option(help=str(text("Folder for plan.html, plan.xlsx, plan.gpkg and plan.json.")))],
    hubs: Annotated[int | None, typer.Option(min=1, help=str(text("Exactly so many hubs.")))] = None,
    budget: Annotated[float | None, typer.Option(min=0, metavar="JPY", help=str(text(
        "Most that town and RMO can pay a year.")))] = None,
    years: Annotated[str, typer.Option(help=str(text("Years to look at, with commas.")))] = "2030,2040,2050",
    seed: Annotated[int, typer.Option(help=str(text("Seed of every random choice.")))] = 1,
    json: JsonOption = False,
) -> dict[str, Any]:
    started = time.perf_counter()
    options = PlanOptions(years=_years(years), hubs=hubs, budget_jpy=budget, seed=seed)
    region = Region.open(folder)
    opened = time.perf_counter()
    document, seconds = plan_region(region, options, progress=progress)
    progress(text("Writing the plan"))
    began = time.perf_counter()
    files = publish(document, region, out)
    seconds = {"open": opened - started} | seconds | {"publish": time.perf_counter() - began}
    first = document.alternatives[0]
    measures = first.by_year[document.plan_year]
    _say_summary(document, out, json=json)
    return {
        "out": str(out), "files": [str(file) for file in files],
        "hubs": [{"place": hub.place, "name": hub.name, "services": [s.service for s in hub.services]}
                 for hub in first.hubs],
        "served_people": measures.served_people,
        "unserved_people": measures.unserved_people,
        "objective": first.objective_jpy, "bound": first.bound_jpy, "gap": first.gap,
        "cost_jpy_per_year": first.cost_jpy_per_year, "status": first.status,
        "seconds": {stage: round(value, 3) for stage, value in seconds.items()},
    }


def _years(given: str) -> tuple[int, ...]:
    parts = [part.strip() for part in given.split(",") if part.strip()]
    if not parts or not all(part.isdigit() and 1900 <= int(part) <= 2200 for part in parts):
        raise InputError(Fault(
            text("These are not years."), text("Write years with commas, for example 2030,2040,2050."),
            field="--years", value=given,
        ))
    return tuple(sorted({int(part) for part in parts}))


def _say_summary(document: PlanDocument, out: Path, *, json: bool) -> None:
    first = document.alternatives[0]
    say(text("{count} hubs in {place}: {names}", count=len(first.hubs), place=document.place.name,
             names=", ".join(hub.name for hub in first.hubs)), json=json)
    say(text("Cost {cost:,.0f} JPY a year; proven within {gap:.2%} of the best for this model.",
             cost=first.cost_jpy_per_year, gap=first.gap), json=json)
    say(text("Open {path}", path=str(out / "plan.html")), json=json)
