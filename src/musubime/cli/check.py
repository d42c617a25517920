"""musubime check DIR"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from musubime.errors import InputError
from musubime.language import text
from musubime.region import Region

from ._terminal import JsonOption, command, say


def register(app: typer.Typer) -> None:
    app.command("check", help=str(text(
        "List every fault of a region at once, each with its place and remedy. Example: musubime check town"
    )))(check)


@command
def check(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=str(text("Folder of the region.")))],
    json: JsonOption = False,
) -> dict[str, Any]:
    faults = Region.open(folder).check()
    if faults:
        raise InputError(faults)
    say(text("No fault found."), json=json)
    return {"faults": []}
