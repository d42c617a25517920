"""musubime population DIR --out OUT"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from musubime.language import text
from musubime.region import Region
from musubime.reports import publish_population
from musubime.reports.chances import chance, class_words
from musubime.studies import PopulationDocument, PopulationOptions, population_of_region

from ._terminal import JsonOption, command, progress, say


def register(app: typer.Typer) -> None:
    app.command("population", help=str(text(
        "How many people each settlement will have, with intervals and chances. "
        "Example: musubime population town --to 2050 --out people"
    )))(population)


@command
def population(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=str(text("Folder of the region.")))],
    out: Annotated[Path, typer.Option(help=str(text(
        "Folder for population.html, population.csv, municipality.csv and population.json.")))],
    to: Annotated[int, typer.Option(metavar="YEAR", help=str(text("The last year.")))] = 2050,
    draws: Annotated[int, typer.Option(help=str(text("How many possible futures the intervals rest on.")))] = 1000,
    seed: Annotated[int, typer.Option(help=str(text("Seed of every random choice.")))] = 1,
    prognosis: Annotated[Path | None, typer.Option(metavar="FILE", help=str(text(
        "The town's own prognosis of settlements (CSV or Excel: name or code, class); prognosis.csv of the region when "
        "left out.")))] = None,
    json: JsonOption = False,
) -> dict[str, Any]:
    region = Region.open(folder)
    document = population_of_region(region, PopulationOptions(to, draws, seed, prognosis), progress=progress)
    progress(text("Writing the outlook"))
    files = publish_population(document, region, out)
    _say_summary(document, json=json)
    for file in files:
        say(text("Open {path}", path=str(file)), json=json)
    last = document.years[-1]
    return {
        "out": str(out), "files": [str(file) for file in files], "years": document.years, "draws": draws, "seed": seed,
        "municipality": {
            year: found.model_dump(mode="json", include={"expected", "total", "share_65"})
            for year, found in document.municipality.by_year.items()
        },
        "chances": {
            unit.id: unit.by_year[last].chances.model_dump(mode="json") for unit in document.settlements
        },
        "prognosis": document.prognosis.model_dump(mode="json") if document.prognosis is not None else None,
    }


def _say_summary(document: PopulationDocument, *, json: bool) -> None:
    base, last = document.years[0], document.years[-1]
    found = document.municipality.by_year
    say(text("{place}: {then:,.0f} people in {base}, about {now:,.0f} in {last}; 80% interval {low:,.0f} to "
             "{high:,.0f}, 95% interval {lowest:,.0f} to {highest:,.0f}.",
             place=document.place.name, then=found[base].expected, base=base, now=found[last].expected, last=last,
             low=found[last].total.low_80, high=found[last].total.high_80, lowest=found[last].total.low_95,
             highest=found[last].total.high_95), json=json)
    if document.prognosis is not None:
        for row in document.prognosis.rows:
            say(text("  {name}: {count} settlements by the town's prognosis; by {year} the model gives a chance of "
                     "{nobody} that nobody is left and {few} of {households:g} households or fewer",
                     name=class_words()[row.name], count=row.settlements, year=last,
                     nobody=chance(row.by_year[last].nobody), few=chance(row.by_year[last].few_households),
                     households=document.few_households), json=json)
    say(text("Chances are probabilities of this model, not the classes of the national survey of settlements."),
        json=json)
