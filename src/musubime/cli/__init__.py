"""The command line: one file per noun; each parses, calls and prints."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from musubime import __version__
from musubime.language import text, use_language

# In the order of the help. A command's module is loaded when it is called: all of them cost two seconds to load.
COMMANDS = {name: name.replace("-", "_") for name in (
    "sample", "build", "check", "plan", "access", "population", "settle", "estimate", "indicators", "site", "survey",
    "deck", "verify-figures", "serve", "backup", "restore",
)}


class _Commands(TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        one = typer.Typer()
        import_module(f".{COMMANDS[cmd_name]}", __package__).register(one)
        return typer.main.get_group(one).commands[cmd_name]


app = typer.Typer(
    name="musubime", cls=_Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help=str(text("Know the settlements, form the hub, and say whom it leaves unserved.")),
)


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
