"""musubime restore FILE [--data DIR]"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from musubime.language import text

from ._terminal import JsonOption, command, say
from .serve import DataOption, need_web


def register(app: typer.Typer) -> None:
    app.command("restore", help=str(text(
        "Fill an empty site from a backup, on the same or another machine or database. "
        "Example: musubime restore site.tar.gz --data new"
    )))(restore)


@command
def restore(
    backup: Annotated[Path, typer.Argument(metavar="FILE", help=str(text("File that `musubime backup` wrote.")))],
    data: DataOption = None,
    json: JsonOption = False,
) -> dict[str, Any]:
    need_web()
    from musubime.web.upkeep import serving

    folder, _ = serving.prepare(data)
    from musubime.web.upkeep.backup import restore as fill

    answer = fill(backup, folder)
    say(text("Restored {files:,} files into {folder}. Start the site: musubime serve --data {folder}",
             files=answer["files"], folder=str(folder.root)), json=json)
    return answer
