"""Write deck.pptx and deck.html beside each other; both appear, or what stood there before is whole."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from pathlib import Path

from musubime.errors import Fault, OutputError
from musubime.language import Language, text
from musubime.region.files import staged

from ._layout import pages
from ._page import render
from ._pptx import pptx_bytes
from .model import Deck


def paged(deck: Deck, language: Language) -> Deck:
    """The deck with long tables continued on further slides: how long they are depends on the language."""
    return replace(deck, slides=tuple(page for slide in deck.slides for page in pages(slide, language)))


def publish_deck(deck: Deck, out: Path, language: Language) -> list[Path]:
    """Write the deck to `out` (.pptx) and to the same name with .html. Raises OutputError with a remedy."""
    if out.suffix.lower() != ".pptx":
        raise OutputError(Fault(text("A deck is a file whose name ends in .pptx."),
                                text("Write for example --out deck.pptx."), field="--out", value=str(out)))
    page = out.with_suffix(".html")
    deck = paged(deck, language)
    with ThreadPoolExecutor(1) as beside:  # the charts of the page are drawn by a library that leaves Python free
        drawn = beside.submit(copy_context().run, render, deck, language)
        presentation, html = pptx_bytes(deck, language), drawn.result()
    with staged(out.parent) as new:
        (new / out.name).write_bytes(presentation)
        (new / page.name).write_text(html, "utf-8", newline="\n")
    return [out, page]
