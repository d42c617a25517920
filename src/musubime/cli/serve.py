"""musubime serve [--region DIR]... [--data DIR] [--port N]"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from musubime.errors import Fault, InputError
from musubime.language import text

from ._terminal import command, say

DataOption = Annotated[Path | None, typer.Option(metavar="DIR", help=str(text(
    "Folder of the site. In your own data folder when it is not given.")))]


def register(app: typer.Typer) -> None:
    app.command("serve", help=str(text(
        "The web site, on this machine: town hall, workshop and residents. Example: musubime serve --region town"
    )))(serve)


@command
def serve(
    region: Annotated[list[Path] | None, typer.Option(metavar="DIR", help=str(text(
        "Folder of a region to bring in; may be given several times.")))] = None,
    plan: Annotated[list[Path] | None, typer.Option(metavar="OUT", help=str(text(
        "Folder that `musubime plan` wrote for a region of the site, to publish; may be given several times."
    )))] = None,
    data: DataOption = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help=str(text("Port to listen on.")))] = 8000,
    host: Annotated[str, typer.Option(help=str(text(
        "Address to listen on; 0.0.0.0 lets other machines in.")))] = "127.0.0.1",
    name: Annotated[list[str] | None, typer.Option(help=str(text(
        "Name or address under which others reach this site; may be given several times.")))] = None,
) -> None:
    need_web()
    from musubime.web.upkeep import serving

    if name:
        os.environ["MUSUBIME_HOSTS"] = ",".join([*name, "localhost", "127.0.0.1"])
    serving.check_port(host, port)
    folder, code = serving.prepare(data, region or (), plan or ())
    at = f"http://{name[0] if name else 'localhost'}:{port}/"
    say(text("The site is at {address} ; its data stand in {folder}. Ctrl-C ends it.", address=at,
             folder=str(folder.root)), json=False)
    if code:
        say(text("First use: open {address} and enter the code {code} to make the administrator.",
                 address=at, code=code), json=False)
    raise typer.Exit(serving.run(host, port))


def need_web() -> None:
    """Raises InputError when the libraries of the site are not installed."""
    try:
        import allauth  # noqa: F401
        import django  # noqa: F401
    except ImportError as error:
        raise InputError(Fault(
            text("The site needs libraries that are not installed ({reason}).", reason=str(error)),
            text("Install them: pip install 'musubime[web]'"),
        )) from error
