"""population.csv and municipality.csv, tables that Excel opens as they are, population.html and population.json."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from musubime.language import Language, Text, current_language, text
from musubime.region import Region
from musubime.region.files import staged
from musubime.studies.document import Interval
from musubime.studies.population_document import PopulationDocument

from .access_files import plain
from .chances import chance_words, class_words
from .plan_json import as_json
from .population_page import write_population_html

FILES = ("population.csv", "municipality.csv", "population.html", "population.json")


def publish_population(document: PopulationDocument, region: Region, out: Path) -> list[Path]:
    """Write the tables (headings in the reader's language), the page and the JSON; all appear together, or none.

    Raises OutputError with a remedy when the folder cannot be written to.
    """
    with staged(out) as new:
        tables = (_settlements(document, current_language()), _municipality(document, current_language()))
        for name, table in zip(FILES[:2], tables, strict=True):
            # The mark at the beginning tells Excel that the file is UTF-8.
            with (new / name).open("w", encoding="utf-8-sig", newline="") as file:
                csv.writer(file).writerows(table)
        write_population_html(document, region, new / FILES[2])
        (new / FILES[3]).write_text(as_json(document), "utf-8", newline="\n")
    return [out / name for name in FILES]


def _settlements(document: PopulationDocument, language: Language) -> Iterator[list[str]]:
    """One row for each settlement and year."""
    classes = class_words()
    so = chance_words(document.few_households, document.few_people)
    heads = [text("Code"), text("Settlement"), text("District"), text("Year"), text("People"), *_ends(text("People")),
             text("65 and over"), *_ends(text("65 and over")), *_ends(text("share 65 and over")),
             text("under 15"), *_ends(text("under 15")),
             *(text("chance of {what}", what=words) for words in so.values()), text("official prognosis")]
    yield [head.to(language) for head in heads]
    for unit in document.settlements:
        for year, y in unit.by_year.items():
            chances = y.chances
            yield [
                plain(unit.id), plain(unit.name), plain(unit.district), str(year),
                f"{y.expected:.1f}", *_interval(y.total), f"{y.expected_over_65:.1f}", *_interval(y.over_65),
                *(_interval(y.share_65, 3) if y.share_65 else [""] * 4),
                f"{y.expected_under_15:.1f}", *_interval(y.under_15),
                *(f"{chance:.3f}" for chance in (
                    chances.nobody, chances.few_households, chances.few_people, chances.half_over_65)),
                classes[unit.prognosis].to(language) if unit.prognosis else "",
            ]


def _municipality(document: PopulationDocument, language: Language) -> Iterator[list[str]]:
    """One row for each year, sex and age group."""
    heads = [text("Year"), text("Sex"), text("Age from"), text("Age to"), text("People"), *_ends(text("People"))]
    yield [head.to(language) for head in heads]
    sexes = [text("Men").to(language), text("Women").to(language)]
    upper = [*(str(low - 1) for low in document.age_from[1:]), ""]
    for year, found in document.pyramid.items():
        for sex, name in enumerate(sexes):
            for n, low in enumerate(document.age_from):
                parts = (found.expected, found.low_95, found.low_80, found.high_80, found.high_95)
                yield [str(year), name, str(low), upper[n], *(f"{part[sex][n]:.1f}" for part in parts)]


def _ends(what: Text) -> list[Text]:
    return [
        text("{what}, 95% from", what=what), text("{what}, 80% from", what=what), text("{what}, 80% to", what=what),
        text("{what}, 95% to", what=what),
    ]


def _interval(found: Interval, places: int = 1) -> list[str]:
    return [f"{end:.{places}f}" for end in (found.low_95, found.low_80, found.high_80, found.high_95)]
