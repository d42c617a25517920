"""settle.xlsx, a table of the households a year that each place needs, and settle.json with all of it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from musubime.language import Text, current_language, text, verbatim
from musubime.region.files import staged
from musubime.studies.settle import AreaNeed, SettleStudy

from .sheet import PEOPLE, SHARE, Column, Sheet
from .workbook import write_sheets

FILES = ("settle.xlsx", "settle.json")
HOUSEHOLDS = "0.00"


def household_types() -> dict[str, Text]:
    """What each type of household is."""
    return {
        "couple": text("a man and a woman of 20-24"),
        "family": text("a couple of 30-34 with a child of 0-4"),
        "retired": text("a couple of 60-64"),
    }


def level_words() -> dict[str, Text]:
    return {"municipality": text("municipality"), "district": text("living area"), "settlement": text("settlement")}


def goal_words() -> dict[str, Text]:
    """The goals by the field `binding` of the result."""
    return {"total": text("people"), "under_15": text("children"), "share_65": text("share 65 and over")}


def mix_words(study: SettleStudy) -> Text:
    """Who comes, in what mix, from when on; and which school leavers stay."""
    types = household_types()
    told = [text("{what} ({share:.0%})", what=types[name], share=share) for name, share in study.mix.items()]
    joined = verbatim({"ja": "、".join(one.to("ja") for one in told), "en": ", ".join(one.to("en") for one in told)})
    who = text("A household is {types}; a set is {count:g} households of this mix, from {year} on.", types=joined,
               count=study.households_in_a_set, year=study.start_year)
    if study.leavers_share > 0:
        return text("{who} {share:.0%} of the net loss of people from 10-14 to 20-24 is stopped.", who=who,
                    share=study.leavers_share)
    if study.leavers_people > 0:
        return text("{who} In each area {count:g} people a year who would leave between 10-14 and 20-24 stay, as far "
                    "as so many leave.", who=who, count=study.leavers_people)
    return who


def as_data(study: SettleStudy) -> dict[str, Any]:
    """The whole result for JSON."""
    return asdict(study) | {"method": study.method.as_json(), "notes": [note.as_json() for note in study.notes]}


def publish_settle(study: SettleStudy, out: Path) -> list[Path]:
    """Write settle.xlsx and settle.json; both appear together, or neither.

    Raises OutputError with a remedy when the folder cannot be written to.
    """
    with staged(out) as new:
        write_sheets([_needs(study), _by_year(study)], study.name, new / FILES[0], current_language())
        (new / FILES[1]).write_text(
            json.dumps(as_data(study), ensure_ascii=False, allow_nan=False, indent=1) + "\n", "utf-8", newline="\n")
    return [out / name for name in FILES]


def _about(study: SettleStudy) -> Text:
    return text("{method} {mix}", method=study.method, mix=mix_words(study))


def _needs(study: SettleStudy) -> Sheet:
    asked = [one.households for one in study.areas[0].outcomes] if study.areas else []
    base, last = study.base_year, study.last_year
    columns = [
        Column(text("Level"), width=13), Column(text("Code"), width=14), Column(text("Name"), width=20),
        *_heads(text("{year}", year=base)), *_heads(text("{year}, nobody comes", year=last)),
        Column(text("households a year needed"), HOUSEHOLDS, 13), Column(text("the same in sets"), HOUSEHOLDS, 10),
        Column(text("rounded up"), "0.0", 10), Column(text("people a year"), "0.0", 10),
        Column(text("people a year in % of people"), "0.0", 12), Column(text("goal that decides"), width=16),
        Column(text("verified by the projection"), width=12), Column(text("leavers kept a year"), "0.0", 11),
    ]
    for number in asked:
        columns += [
            *_heads(text("{year}, {count:g} households a year", year=last, count=number)),
            Column(text("goals reached with {count:g}", count=number), width=11),
        ]
    rows: list[list[Any]] = []
    for area in study.areas:
        row = [
            level_words()[area.level], area.id, area.name, *_cells(area.today), *_cells(area.without), area.least,
            area.sets, area.rounded, area.people_a_year, area.percent_of_population,
            _goal(area), text("yes") if area.kept else text("no"), area.leavers_a_year,
        ]
        for outcome in area.outcomes:
            row += [*_cells(outcome.people), text("yes") if outcome.kept else text("no")]
        rows.append(row)
    return Sheet(text("Households needed"), text("Households a year that keep each place"), _about(study), columns,
                 rows, 3)


def _by_year(study: SettleStudy) -> Sheet:
    columns = [
        Column(text("Level"), width=13), Column(text("Code"), width=14), Column(text("Name"), width=20),
        Column(text("households a year"), HOUSEHOLDS, 12), Column(text("Year"), "0", 8),
        Column(text("People"), PEOPLE, 10), Column(text("under 15"), PEOPLE, 10),
        Column(text("65 and over"), PEOPLE, 10), Column(text("share 65 and over"), SHARE, 11),
    ]
    rows: list[list[Any]] = []
    for area in study.areas:
        courses = [(0.0, area.without_by_year), *((one.households, one.by_year) for one in area.outcomes)]
        for households, people in courses:
            rows += [
                [level_words()[area.level], area.id, area.name, households, year, *three, _share(three)]
                for year, three in zip(study.years, people, strict=True)
            ]
    return Sheet(text("By year"), text("People every five years"), _about(study), columns, rows, 3)


def _heads(when: Text) -> list[Column]:
    return [
        Column(text("People, {year}", year=when), PEOPLE, 11), Column(text("Under 15, {year}", year=when), PEOPLE, 11),
        Column(text("65 and over, {year}", year=when), SHARE, 11),
    ]


def _cells(three: tuple[float, float, float]) -> list[float | None]:
    return [three[0], three[1], _share(three)]


def _share(three: tuple[float, float, float]) -> float | None:
    return three[2] / three[0] if three[0] > 0 else None


def _goal(area: AreaNeed) -> Text:
    if area.binding is None:
        return text("none: all hold by themselves")
    if area.least is None:
        return text("{goal}: out of reach", goal=goal_words()[area.binding])
    return goal_words()[area.binding]
