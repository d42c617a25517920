"""musubime sample DIR"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from musubime.language import text
from musubime.region.sample import write_sample

from ._terminal import JsonOption, command, say


def register(app: typer.Typer) -> None:
    app.command("sample", help=str(text(
        "Write the built-in fictional hill town. Example: musubime sample town"
    )))(sample)


@command
def sample(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=str(text("Folder of the new region.")))],
    seed: Annotated[int, typer.Option(help=str(text("Another seed makes another town.")))] = 1,
    json: JsonOption = False,
) -> dict[str, Any]:
    region = write_sample(folder, seed)
    people = float(region.population.latest.sum())
    say(text("{name} (fictional): {settlements} settlements, {people:,.0f} people, written to {folder}",
             name=region.name, settlements=len(region.settlements), people=people, folder=str(folder)), json=json)
    return {"out": str(folder), "name": region.name, "settlements": len(region.settlements), "people": people}
