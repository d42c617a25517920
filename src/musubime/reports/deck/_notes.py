"""Speaker's notes: what is said, what was corrected, each number with base, date and source."""

from __future__ import annotations

from musubime.language import Language, text

from ._say import when
from .model import Slide


def notes_of(slide: Slide, language: Language) -> str:
    """The notes of one slide as plain text."""
    said: list[str] = [words.to(language) for words in slide.lead]
    if slide.corrections:
        said += ["", text("Corrections").to(language), *(f"- {words.to(language)}" for words in slide.corrections)]
    if slide.evidence:
        said += ["", text("Figures: base, vintage, source").to(language)]
        for evidence in slide.evidence:
            said.append(text("{title} | base: {base} | as of: {vintage} | source: {source}", title=evidence.title,
                             base=evidence.base, vintage=when(evidence.vintage or "–"),
                             source=evidence.source).to(language))
            said += [f"- {words.to(language)}" for words in evidence.lines]
    if slide.remarks:
        said += ["", text("Remarks").to(language), *(f"- {words.to(language)}" for words in slide.remarks)]
    said += ["", slide.source.to(language)]
    if slide.origin:
        said.append(text("Answers to slide {number} of the government's deck of 2022.",
                         number=slide.origin).to(language))
    return "\n".join(said).strip()
