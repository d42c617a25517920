"""musubime deck --for JP|PREF|CODE --out deck.pptx"""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from musubime.errors import Fault, InputError
from musubime.language import Language, current_language, text

from ._terminal import JsonOption, command, progress, say


def register(app: typer.Typer) -> None:
    app.command("deck", help=str(text(
        "The state of things as slides: a PowerPoint file with charts and tables that can be edited, and the same as a "
        "page. Example: musubime deck --figures figures.csv --out deck.pptx"
    )))(deck)


@command
def deck(
    out: Annotated[Path, typer.Option(help=str(text("The file to write, deck.pptx; deck.html is written beside it.")))],
    for_: Annotated[str, typer.Option("--for", metavar="JP|PREF|CODE", help=str(text(
        "Of whom: JP, a prefecture (35 or 山口県), or a municipality's code; that of the region if one is given, "
        "else JP.")))] = "",
    figures: Annotated[Path | None, typer.Option(metavar="TABLE", help=str(text(
        "A long table of figures of the nation (series, key, period, value).")))] = None,
    returns: Annotated[list[Path] | None, typer.Option(metavar="DIR", help=str(text(
        "Folder of compiled returns of a survey; may be given several times.")))] = None,
    region: Annotated[Path | None, typer.Option(metavar="DIR", help=str(text("Folder of the region.")))] = None,
    plan: Annotated[Path | None, typer.Option(
        metavar="plan.json", help=str(text("The plan made of the region.")))] = None,
    lang: Annotated[str, typer.Option(help=str(text("Language of the slides: ja or en.")))] = "",
    date: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help=str(text(
        "Date of the deck; today if it is not given.")))] = "",
    json: JsonOption = False,
) -> dict[str, Any]:
    from musubime.reports.deck import build, paged, publish_deck
    from musubime.studies.deck import DeckOptions, gather

    language = _language(lang)
    facts = gather(DeckOptions(for_, figures, tuple(returns or ()), region, plan, _date(date)), progress=progress)
    progress(text("Writing the slides"))
    made = paged(build(facts), language)
    files = publish_deck(made, out, language)
    say(text("{count} slides for {area}.", count=len(made.slides) + 1, area=facts.area.name.to(language)), json=json)
    for slide in made.slides:
        for words in slide.corrections:
            say(f"  {words.to(language)}", json=json)
    for file in files:
        say(text("Open {path}", path=str(file)), json=json)
    return {
        "out": str(out), "files": [str(file) for file in files], "for": facts.area.code, "language": language,
        "slides": [{"key": s.key, "slide_of_2022": s.origin or None, "title": s.title.to(language),
                    "corrections": [words.to(language) for words in s.corrections]} for s in made.slides],
    }


def _language(given: str) -> Language:
    if not given:
        return current_language()
    if given not in ("ja", "en"):
        raise InputError(Fault(text("There is no such language."), text("Write ja or en."), field="--lang",
                               value=given))
    return cast(Language, given)


def _date(given: str) -> str:
    """The day that the deck bears: as given, else that of SOURCE_DATE_EPOCH (reproducible builds), else today."""
    if not given:
        epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
        if epoch.isdigit():
            return dt.datetime.fromtimestamp(int(epoch), dt.UTC).date().isoformat()
        return dt.datetime.now().astimezone().date().isoformat()
    try:
        return dt.date.fromisoformat(given).isoformat()
    except ValueError:
        raise InputError(Fault(text("This is no date."), text("Write it as 2026-11-24."), field="--date",
                               value=given)) from None
