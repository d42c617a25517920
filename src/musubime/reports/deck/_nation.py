"""Slides from a table of figures: those of the government's deck of 2022 that have numbers."""

from __future__ import annotations

from collections.abc import Iterator

from musubime.studies.deck_facts import DeckFacts

from . import _hubs, _people, _related
from ._migration import migration
from .model import Slide


def nation_slides(facts: DeckFacts) -> Iterator[Slide]:
    """Every slide for which the table of figures has data, in the order of the deck of 2022."""
    makers = (_hubs.targets, _hubs.formation, _hubs.hub_survey, _people.population, _people.settlements,
              _people.support, _people.interest, _related.estimate, _related.efforts, _related.case)
    found = [slide for make in makers if (slide := make(facts)) is not None]
    found += [migration(facts, one) for one in facts.migration]
    yield from sorted(found, key=lambda slide: slide.origin or 99)
