"""musubime build DIR --municipality CODE --from FOLDER"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from musubime.errors import InputError
from musubime.language import Text, text
from musubime.opendata import build_region
from musubime.provenance import Ledger, Note, NoteKind

from ._terminal import JsonOption, command, progress, say


def register(app: typer.Typer) -> None:
    app.command("build", help=str(text(
        "Make a region from a folder of open data. "
        "Example: musubime build iwakuni --municipality 352080 --from downloads"
    )))(build)


@command
def build(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=str(text("Folder of the new region.")))],
    municipality: Annotated[str, typer.Option(help=str(text("Local government code, five digits or six.")))],
    source: Annotated[Path, typer.Option("--from", help=str(text("Folder of files, in any order and naming.")))],
    json: JsonOption = False,
) -> dict[str, Any]:
    region = build_region(source, municipality, progress=progress)
    faults = region.check()
    if any(fault.blocks for fault in faults):
        raise InputError(faults)
    region = region.save(folder)
    people = float(region.population.latest.sum())
    say(text("{name} ({code}): {settlements} settlements, {people:,.0f} people ({year}), written to {folder}",
             name=region.name, code=region.code, settlements=len(region.settlements), people=people,
             year=region.base_year, folder=str(folder)), json=json)
    for kind, heading in HEADINGS.items():
        notes = list(region.ledger.of_kind(kind))
        if notes:
            say(heading, json=json)
            for note in notes:
                say(f"  {_line(note)}", json=json)
    if faults:
        say(text("Doubts that the files themselves leave (musubime check {folder} shows them):", folder=str(folder)),
            json=json)
        for fault in faults:
            say(f"  {fault}", json=json)
    return {
        "out": str(folder), "code": region.code, "name": region.name, "settlements": len(region.settlements),
        "people": people, "faults": [fault.as_json() for fault in faults],
        "repairs": _notes(region.ledger, "repair") + _notes(region.ledger, "dropped"),
        "missing": _notes(region.ledger, "missing"), "assumptions": _notes(region.ledger, "assumption"),
        "sources": [source.file for source in region.ledger.sources],
    }


HEADINGS: dict[NoteKind, Text] = {
    "repair": text("Repaired:"),
    "dropped": text("Left out:"),
    "assumption": text("Assumed:"),
    "missing": text("Missing, and what the plan will therefore not say:"),
}


def _line(note: Note) -> str:
    examples = f" ({'; '.join(note.examples)})" if note.examples else ""
    source = f" [{note.source}]" if note.source else ""
    return f"{note.count:,} × {note.what}{examples}{source}"


def _notes(ledger: Ledger, kind: str) -> list[dict[str, Any]]:
    return [note.as_json() | {"what": str(note.what)} for note in ledger.notes if note.kind == kind]
