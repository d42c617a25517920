"""musubime verify-figures TABLE"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from musubime.language import text
from musubime.surveys.figures import Inconsistency, Verification
from musubime.surveys.figures import verify_figures as check

from ._terminal import JsonOption, command, progress, say

_WIDTH = 150
"""Columns of the list where no terminal says how wide it is."""


def register(app: typer.Typer) -> None:
    app.command(
        "verify-figures",
        help=str(
            text(
                "Does what is printed follow? Recomputes sums, shares, differences and rates of a table (Excel or "
                "CSV), or the claims of a long table, and lists what does not add up. "
                "Example: musubime verify-figures table.xlsx"
            )
        ),
    )(verify_figures)


@command
def verify_figures(
    table: Annotated[Path, typer.Argument(metavar="TABLE", help=str(text("Excel workbook or CSV file.")))],
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help=str(text("Excel file to write: the same table, with what does not follow coloured and explained.")),
        ),
    ] = None,
    json: JsonOption = False,
) -> dict[str, Any]:
    progress(text("Recomputing the figures"))
    found = check(table)
    if not json:
        _say(found)
    answer = found.as_json()
    if out is not None:
        from musubime.reports.figures_workbook import write_marked

        answer["out"] = str(write_marked(found, out))
        say(text("Written: {file}", file=answer["out"]), json=json)
    return answer


def _say(found: Verification) -> None:
    for note in found.notes:
        examples = f" ({', '.join(note.examples)})" if note.examples else ""
        say(f"{note.what} [{note.count}]{examples}", json=False)
    if found.inconsistent:
        console = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH)
        console.print(_table(found.inconsistent))
    if found.layout == "claims":
        say(
            text(
                "{rows:,} rows, {checked:,} of them checked; {count:,} do not follow.",
                rows=found.rows,
                checked=found.checked,
                count=len(found.inconsistent),
            ),
            json=False,
        )
    else:
        say(
            text(
                "{rows:,} rows with {figures:,} figures; {checked:,} of them stand in a sum, share or comparison "
                "that was found ({relations:,} relations); {count:,} do not follow.",
                rows=found.rows,
                figures=found.figures,
                checked=found.checked,
                relations=len(found.relations),
                count=len(found.inconsistent),
            ),
            json=False,
        )


def _table(entries: tuple[Inconsistency, ...]) -> Table:
    table = Table(show_lines=True)
    several = len({one.sheet for one in entries}) > 1
    table.add_column(escape(str(text("Place"))), no_wrap=True)
    table.add_column(escape(str(text("Figure"))), ratio=3)
    table.add_column(escape(str(text("Printed"))), justify="right")
    table.add_column(escape(str(text("Follows"))), justify="right")
    table.add_column(escape(str(text("Why"))), ratio=6)
    for one in entries:
        place = f"{one.sheet} {one.cell}" if several else one.cell
        why = " ".join(str(words) for words in one.why)
        if one.suspects:
            why += " " + str(text("Or: {cells}", cells="; ".join(one.suspects[:3])))
        table.add_row(*(escape(words) for words in (place, one.key, one.printed, one.recomputed or "–", why)))
    return table
