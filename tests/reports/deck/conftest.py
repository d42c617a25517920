"""Decks to look into: of the figures of 2022, of a small plan, of fictional returns."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from pptx import Presentation
from synthetic_plan import make_plan

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "surveys"))

import waves

from musubime.language import Language
from musubime.reports.deck import Deck, build, paged, publish_deck
from musubime.studies.deck import DeckOptions, gather
from musubime.studies.deck_facts import Area, DeckFacts
from musubime.surveys.questionnaires import questionnaire
from musubime.surveys.returns import save_returns

DATE = "2022-06-01"


def written(deck: Deck, out: Path, language: Language) -> Deck:
    """The deck as it was written."""
    made = paged(deck, language)
    publish_deck(made, out, language)
    return made


@pytest.fixture(scope="session")
def of_2022(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Deck, dict[Language, Path]]:
    """The deck made of the figures of the government's deck, in both languages."""
    facts = gather(DeckOptions(figures=shared / "figures" / "deck_figures.csv", date=DATE))
    folder = tmp_path_factory.mktemp("deck-2022")
    deck = build(facts)
    files: dict[Language, Path] = {"ja": folder / "ja.pptx", "en": folder / "en.pptx"}
    for language, file in files.items():
        written(deck, file, language)
    return deck, files


@pytest.fixture(scope="session")
def of_a_plan(tmp_path_factory: pytest.TempPathFactory) -> tuple[Deck, Path]:
    document, region = make_plan(120, 20)
    area = Area("municipality", document.place.code, document_name(document.place.name))
    facts = DeckFacts(area, DATE, plan=document, region=region)
    out = tmp_path_factory.mktemp("deck-plan") / "deck.pptx"
    return written(build(facts), out, "ja"), out


def document_name(name: str):  # type: ignore[no-untyped-def]
    from musubime.language import verbatim

    return verbatim(name)


@pytest.fixture(scope="session")
def returns(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Waves of 94 fictional towns, two in every prefecture; small hubs twice."""
    places, folder = waves.municipalities(94), tmp_path_factory.mktemp("returns")
    found = []
    for name, year in (("small-hubs-2018", 2018), ("small-hubs-2022", 2022), ("rmo-2022", 2022),
                       ("settlements-2024", 2024), ("related-population-2021", 2021)):
        save_returns(waves.wave(questionnaire(name), year, places, seed=year, missing=0.05), folder / name)
        found.append(folder / name)
    return found


@pytest.fixture
def opened(of_2022: tuple[Deck, dict[Language, Path]]):  # type: ignore[no-untyped-def]
    return Presentation(str(of_2022[1]["ja"]))
