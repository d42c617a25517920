"""The map of a plan's page: which layers, which legend, and the same as a list."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from django.urls import reverse

from musubime.language import Text, text, verbatim
from musubime.reports.pictures import lack_class
from musubime.reports.words import as_text
from musubime.web.pages.maps import AGE, HUB, LACK, LOST, PLACE, Key, Layer, MapView, Row

from .by_year import NONE
from .layers import compared, lacking
from .reading import Loaded

REACH, AGES = "reach", "age"
AGE_BOUNDS = ("30", "40", "50", "70")  # percent; the classes are those of reports.pictures.age_class


def case_name(loaded: Loaded, case: str) -> Text:
    return text("without a plan") if case == NONE else as_text(loaded.alternatives[case].name)


def plan_map(loaded: Loaded, case: str, year: int, show: str, *, key: str = "map", lists: bool = True) -> MapView:
    """The map of one case and year, which the page's script may switch to any other."""
    document, view = loaded.document, loaded.view
    base = document.years[0]

    def url(name: str) -> str:
        return reverse("plans:layer", args=[loaded.key, name])

    people = (text("People, {year}", year="{year}"), "p{year}")
    old = (text("aged 65 and over (%)"), "o{year}")
    lacks = (text("Services out of reach"), "l_{case}_{year}")
    settlements = Layer(
        "settlements", url("settlements"), "circles", _colours(len(compared(view, document.years[-1]))),
        by="l_{case}_{year}", size="p{year}", measure=f"p{base}", names="near",
        popup=(people, old, lacks, (text("Hub it is tied to"), "h_{case}")),
    )
    now = {"colours": _colours(len(compared(view, base))), "popup": [[str(w), p] for w, p in (people, old, lacks)]}
    return MapView(
        label=text("Map of {place}", place=document.place.name), bounds=loaded.bounds,
        layers=(
            Layer("ground", url("ground"), "ground"), settlements,
            Layer("places", url("places"), "symbols", (PLACE,), ("triangle",), only="on_{case}_{year}"),
            Layer("lost", url("places"), "symbols", (LOST,), ("cross",), only="x_{case}_{year}"),
            Layer("hubs", url("hubs"), "symbols", (HUB,), ("diamond",), only="in_{case}", names="always",
                  popup=((text("Services"), "n_{case}"),
                         (text("People near it, {year}", year="{year}"), "p_{case}_{year}"))),
        ),
        legend=legend(loaded, case, year, show),
        source=text("A circle is a settlement, as large as its people. Geometry: the region's own files."),
        rows=_rows(loaded, case, year) if lists else (),
        views={REACH: {}, "now": {"settlements": now, "hubs": {"hidden": True}},
               AGES: {"settlements": {"by": "a{year}", "colours": list(AGE)}}},
        view=view_name(loaded, year, show), values={"case": case, "year": year}, id=key,
    )


def view_name(loaded: Loaded, year: int, show: str) -> str:
    return AGES if show == AGES else "now" if year == loaded.document.years[0] else REACH


def _colours(total: int) -> list[str]:
    """By the number of services that lie beyond reach."""
    return [LACK[lack_class(n, total)] for n in range(total + 1)]


def legend(loaded: Loaded, case: str, year: int, show: str) -> list[Key]:
    keys = _age_keys() if show == AGES else _lack_keys(len(compared(loaded.view, year)))
    if case != NONE and year != loaded.document.years[0]:
        keys.append(Key("diamond", HUB, text("hub")))
    keys.append(Key("triangle", PLACE, text("place with services")))
    if year != loaded.document.years[0]:
        keys.append(Key("cross", LOST, text("a service ends here")))
    return keys


def _lack_keys(total: int) -> list[Key]:
    classes: dict[int, list[int]] = {}
    for n in range(total + 1):
        classes.setdefault(lack_class(n, total), []).append(n)
    keys = []
    for number, counts in sorted(classes.items()):
        low, high = min(counts), max(counts)
        if high == 0:
            words = text("every service within reach")
        elif low == total:
            words = text("none within reach")
        else:
            words = text("{count} out of reach", count=str(low) if low == high else f"{low}–{high}")
        keys.append(Key("circle", LACK[number], words))
    return keys


def _age_keys() -> list[Key]:
    words = [text("65 and over: under {bound}%", bound=AGE_BOUNDS[0])]
    words += [verbatim(f"{a}–{b}%") for a, b in pairwise(AGE_BOUNDS)]
    words.append(text("{bound}% and over", bound=AGE_BOUNDS[-1]))
    return [Key("circle", colour, w) for colour, w in zip(AGE, words, strict=True)]


def _rows(loaded: Loaded, case: str, year: int) -> list[Row]:
    """Every settlement, those that lack most first."""
    document = loaded.document
    counts = lacking(loaded.view, loaded.reach, case, year)
    order = sorted(range(len(document.settlements)),
                   key=lambda i: (-int(counts[i]), -document.settlements[i].people[year].total))
    return [
        Row(settlement.name, reverse("plans:settlement", args=[loaded.key, settlement.id]),
            text("{people:,.0f} people; services out of reach: {count}", people=settlement.people[year].total,
                 count=int(counts[i])))
        for i in order for settlement in [document.settlements[i]]
    ]


def switches(loaded: Loaded) -> Mapping[str, Any]:
    """What the page's switch offers: years, cases and what is shown, as (value, words)."""
    base, *later = loaded.document.years
    return {
        "years": [(base, text("Today ({year})", year=base)), *((year, verbatim(str(year))) for year in later)],
        "cases": [(case, case_name(loaded, case)) for case in loaded.reach.cases],
        "shows": [(REACH, text("Services out of reach")), (AGES, text("Share of people 65 and over"))],
    }
