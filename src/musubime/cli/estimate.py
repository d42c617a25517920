"""musubime estimate RESPONSES --population TABLE --out OUT"""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import typer

from musubime import parameters
from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.provenance import Ledger
from musubime.reports.estimate_files import as_data, conditional, name_of, percent, publish_estimate, shown
from musubime.surveys.estimates import estimate, load_rules, read_population, read_respondents

from ._terminal import JsonOption, command, progress, say


def register(app: typer.Typer) -> None:
    app.command("estimate", help=str(text(
        "The related population from a survey's answers, with its error. "
        "Example: musubime estimate answers.csv --population people.csv --out estimate"
    )))(run)


@command
def run(
    responses: Annotated[Path, typer.Argument(metavar="RESPONSES", help=str(text(
        "Answers, one row a respondent or one row a tie: CSV or Excel.")))],
    population: Annotated[list[Path], typer.Option(metavar="TABLE", help=str(text(
        "People by sex, age and area, one row a cell. Given several times: raking to each.")))],
    out: Annotated[Path, typer.Option(help=str(text(
        "Folder for estimate.xlsx, estimate.json and weights.csv.")))],
    rules: Annotated[Path | None, typer.Option(metavar="FILE", help=str(text(
        "Your own rules (YAML); MLIT's tree of 2020 when left out.")))] = None,
    age_classes: Annotated[str | None, typer.Option(metavar="18,30,45,60", help=str(text(
        "First ages of the classes to which the tables' ages are added up.")))] = None,
    min_age: Annotated[int | None, typer.Option(help=str(text("First age of the population estimated for.")))] = None,
    min_cell: Annotated[int | None, typer.Option(help=str(text("Fewest respondents of a post-stratum.")))] = None,
    replicates: Annotated[int, typer.Option(min=0, max=10_000, help=str(text("Bootstrap replicates.")))] = 500,
    level: Annotated[float, typer.Option(help=str(text("Level of the intervals, for example 0.95.")))] = 0.95,
    seed: Annotated[int, typer.Option(min=0, help=str(text("Seed of the bootstrap.")))] = 1,
    replicate_weights: Annotated[bool, typer.Option("--replicate-weights", help=str(text(
        "Write the weights of every replicate as well (replicates.parquet).")))] = False,
    json: JsonOption = False,
) -> dict[str, Any]:
    known, ledger = parameters.load(), Ledger()
    faults = []
    if not 0.5 <= level < 1:
        faults.append(Fault(text("A level lies between 0.5 and 1."), text("Write it like 0.95."), field="--level",
                            value=str(level)))
    bounds: tuple[int, ...] = ()
    if age_classes is not None:
        try:
            bounds = tuple(int(word) for word in age_classes.split(","))
        except ValueError:
            bounds = (1, 0)
        if any(b <= a for a, b in pairwise(bounds)):
            faults.append(Fault(text("These are not first ages of classes."), text("Write them like 18,30,45,60."),
                                field="--age-classes", value=age_classes))
    if faults:
        raise InputError(faults)
    first_age = min_age if min_age is not None else int(known.number("estimates.min_age"))
    classification = load_rules(rules)
    progress(text("Reading the answers"))
    people = read_respondents(responses, classification, ledger, min_age=first_age)
    margins = [read_population(path, ledger, min_age=first_age, bounds=bounds) for path in population]
    progress(text("Weighting and estimating"))
    result = estimate(
        people, margins, classification, ledger, replicates=replicates, level=level, seed=seed,
        min_cell=min_cell if min_cell is not None else int(known.number("estimates.min_cell_respondents")),
        keep_replicates=replicate_weights,
    )
    files = publish_estimate(result, ledger, out)
    for total in shown(result):
        told = {"name": name_of(result, total.id), "people": total.people, "share": total.share}
        if math.isnan(total.low):
            say(text("{name}: {people:,.0f} people ({share:.1%}), no interval", **told), json=json)
        else:
            say(text("{name}: {people:,.0f} people ({share:.1%}), {level}% interval {low:,.0f} to {high:,.0f}", **told,
                     level=percent(level), low=total.low, high=total.high), json=json)
    say(conditional(result), json=json)
    for note in ledger.notes:
        say(text("· {what} {count:,}", what=note.what, count=note.count), json=json)
    for file in files:
        say(text("Open {path}", path=str(file)), json=json)
    data = as_data(result, ledger)
    return {"out": str(out), "files": [str(file) for file in files]} | {k: v for k, v in data.items() if k != "cells"}
