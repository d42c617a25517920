"""From the facts to the slides: the cover, every slide that has data, and one that says what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from musubime.language import Text, text, verbatim
from musubime.studies.deck_facts import DeckFacts

from ._hubs import own_indicators
from ._nation import nation_slides
from ._place import place_slides
from ._returns import returns_slides
from .model import Cell, Deck, Slide, Table

# The slides of the deck of 2022: what each shows, and what would have to be given for one like it.
_PICTURE = text("in 2022 a picture or a text without figures")
ORIGINS: dict[int, tuple[Text, Text]] = {
    1: (text("Targets of small hubs and RMOs"), text("series kpi_target, kpi_actual, hub_count, rmo_target")),
    2: (text("What RMOs do"), text("returns of the RMO survey (--returns)")),
    3: (text("Small hubs and RMOs in the whole country"), text("series small_hub_count, rmo_count; or returns")),
    4: (text("Small hubs: what the municipalities answered"), text("series hub_formation; or returns of small-hubs")),
    5: (text("RMOs by prefecture"), text("returns of the RMO survey (--returns)")),
    6: (text("Population to come"), text("a region and its plan (--region, --plan)")),
    7: (text("Population decline and ageing"), text("series population; or a region and its plan")),
    8: (text("Population of the villages"), text("a region and its plan (--region, --plan)")),
    9: (text("Settlements of kaso areas through time"), text("series settlements, settlement_population")),
    10: (text("Support personnel in settlements"), text("series extinction_by_support; or returns of settlements")),
    11: (text("Issues of RMOs"), text("returns of the RMO survey (--returns)")),
    12: (text("Interest in moving to the country"), text("series interest_in_rural_migration")),
    13: (text("Net migration of the Tokyo area"), text("series net_inflow_tokyo_area, by month")),
    14: (text("Net migration of the Tokyo Metropolis"), text("series net_inflow_tokyo_metropolis, by month")),
    15: (text("Disaster risk of Tokyo"), _PICTURE),
    16: (text("What related population is"), _PICTURE),
    17: (text("How many people are related population"), text("series related_population")),
    18: (text("What local governments do for related population"), text("series municipal_efforts; or returns")),
    19: (text("Related population and development from within"), _PICTURE),
    20: (text("A case: an intermediary"), text("series case_outcome")),
    21: (text("Guide desks"), _PICTURE),
    22: (text("The many functions of related population"), _PICTURE),
}


def build(facts: DeckFacts) -> Deck:
    """The deck, its slides in the order of the deck of 2022."""
    own = [*place_slides(facts), *returns_slides(facts)]
    if (indicators := own_indicators(facts)) is not None:
        own.append(indicators)
    nation = list(nation_slides(facts))
    if facts.area.kind != "nation":
        nation = [replace(slide, title=text("{title} (Japan)", title=slide.title)) for slide in nation]
    slides = [*own, *nation]
    slides += missing(facts, {n for slide in slides for n in (slide.origin, *slide.also)})
    title = text("Small hubs, region management organizations and related population: the state of things")
    return Deck(title, text("{area}\n{date}", area=facts.area.name, date=facts.date), facts.date, tuple(slides))


def missing(facts: DeckFacts, shown: set[int]) -> Iterator[Slide]:
    """Which slides of the deck of 2022 have no data, and what they would need."""
    lacking = [(n, *words) for n, words in ORIGINS.items() if n not in shown]
    if not lacking:
        return
    rows = tuple((Cell(verbatim(str(n))), Cell(topic, left=True), Cell(needs, left=True))
                 for n, topic, needs in lacking)
    table = Table(verbatim(""), text("Table: {count} slides of the deck of 2022 without data here.",
                                     count=len(lacking)),
                  (text("Slide"), text("Subject"), text("What it would need")), rows, largest_pt=14)
    yield Slide(
        "missing", 0, text("What this deck does not show"),
        (text("{count} of the 22 slides of the government's deck of 2022 have no data here and are left out.",
              count=len(lacking)),),
        ((table,),), text("Left out rather than shown empty. Deck for {area}.", area=facts.area.name))
