"""musubime backup --out FILE [--data DIR]"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from musubime.language import text

from ._terminal import JsonOption, command, say
from .serve import DataOption, need_web


def register(app: typer.Typer) -> None:
    app.command("backup", help=str(text(
        "Everything the site holds, in one file, while it runs. Example: musubime backup --out site.tar.gz"
    )))(backup)


@command
def backup(
    out: Annotated[Path, typer.Option(metavar="FILE", help=str(text("File of the backup (.tar.gz).")))],
    data: DataOption = None,
    json: JsonOption = False,
) -> dict[str, Any]:
    need_web()
    from musubime.web.upkeep import serving

    folder = serving.existing(data)
    from musubime.web.upkeep.backup import back_up

    answer = back_up(folder, out)
    say(text("{files:,} files in {out}, {megabytes:,.1f} MB. It holds personal data and the keys of the site: keep it "
             "where only the administrator can read it.", files=answer["files"], out=str(out),
             megabytes=answer["bytes"] / 1e6), json=json)
    return answer
