"""The command line: one file per noun; each parses, calls and prints."""

from __future__ import annotations

from typing import Annotated

import typer

from musubime import __version__
from musubime.language import text, use_language

from . import (
    access,
    build,
    check,
    deck,
    estimate,
    indicators,
    plan,
    population,
    sample,
    settle,
    site,
    survey,
    verify_figures,
)

app = typer.Typer(
    name="musubime", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help=str(text("Know the settlements, form the hub, and say whom it leaves unserved.")),
)
for module in (
    sample, build, check, plan, access, population, settle, estimate, indicators, site, survey, deck, verify_figures,
):
    module.register(app)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"musubime {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    lang: Annotated[str | None, typer.Option(help=str(text("Language of messages: ja or en.")))] = None,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True,
                                          help=str(text("Print the version.")))] = False,
) -> None:
    if lang is not None:
        if lang not in ("ja", "en"):
            raise typer.BadParameter("ja | en")
        use_language("ja" if lang == "ja" else "en")


def main() -> None:
    """Entry point of the `musubime` command."""
    app()
