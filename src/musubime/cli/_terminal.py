"""What every command shares: faults in the user's language, one JSON object on request, progress on a terminal."""

from __future__ import annotations

import functools
import json
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from typing import Annotated, Any, ParamSpec

import typer
from rich.console import Console
from rich.markup import escape

from musubime.errors import Fault, MusubimeError
from musubime.language import Text, text

P = ParamSpec("P")

JsonOption = Annotated[bool, typer.Option("--json", help=str(text("Print one JSON object and nothing else.")))]

stdout = Console(highlight=False, soft_wrap=True, emoji=False)
stderr = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)  # a:x:b is no picture


def command(function: Callable[P, Mapping[str, Any] | None]) -> Callable[P, None]:
    """Run a command so that no traceback reaches its user.

    The function returns what `--json` prints; faults end with exit code 1, printed all at once.
    """

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        as_json = bool(kwargs.get("json", False))
        try:
            answer = function(*args, **kwargs)
        except MusubimeError as error:
            _print_faults(error.faults, as_json)
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            stderr.print(escape(str(text("Stopped. What stood there before is whole."))))
            raise typer.Exit(130) from None
        except MemoryError:
            _print_faults([Fault(
                text("The memory of this machine does not suffice; nothing was written."),
                text("Close other programs, or give less at once."),
            )], as_json)
            raise typer.Exit(1) from None
        except typer.Exit:
            raise
        except Exception as error:
            if os.environ.get("MUSUBIME_DEBUG"):
                traceback.print_exc()
            _print_faults([Fault(
                text("Musubime met something it was not made for ({kind}: {reason}); nothing was written.",
                     kind=type(error).__name__, reason=str(error).split("\n", 1)[0][:200]),
                text("This is a mistake of ours. Set MUSUBIME_DEBUG=1, run again, and report what it prints."),
            )], as_json)
            raise typer.Exit(1) from None
        if as_json and answer is not None:
            sys.stdout.write(json.dumps(answer, ensure_ascii=False, allow_nan=False) + "\n")

    return run


def _print_faults(faults: tuple[Fault, ...] | list[Fault], as_json: bool) -> None:
    if as_json:
        answer = {"status": "fault", "faults": [fault.as_json() for fault in faults]}
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
        return
    for fault in faults:
        stderr.print(f"[bold red]✗[/] {escape(str(fault))}")


def say(message: Text | str, *, json: bool) -> None:
    """A line on stdout, kept back when `--json` owns stdout."""
    if not json:
        stdout.print(escape(str(message)))


def progress(message: Text | str) -> None:
    """A step that has begun: on stderr, and only on a terminal."""
    if sys.stderr.isatty():
        stderr.print(f"[dim]· {escape(str(message))}[/]")
