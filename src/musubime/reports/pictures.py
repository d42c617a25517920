"""The page's maps and charts, by name, with their legends."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from markupsafe import Markup

from musubime.language import Text, text, verbatim
from musubime.region import Region
from musubime.studies.document import Alternative, SettlementOfPlan

from . import charts, fans
from .basemap import Canvas, basemap, canvas
from .chances import COLOURS, chance, chance_class, chance_legend, chance_words
from .cuts_map import CUT_OFF, LACKING, UNTOUCHED, cuts_map
from .fans import Course
from .maps import AGE, LACK, Dot, Mark, radius_per_root_person, settlement_map
from .svg import again, kept, picture
from .swatch import Swatch
from .views import Plan
from .words import DASH, as_text, listed, number, percent

GROUND = "ground"


@dataclass(frozen=True)
class Pictures:
    """Images ready for the page. alternatives: a small map by the id of each alternative that has an answer."""

    ground: Markup
    lack: dict[int, list[Swatch]]  # by the number of services compared
    ages: list[Swatch]
    sizes: list[Swatch]
    maps: dict[str, Markup]
    charts: dict[str, Markup]
    alternatives: dict[str, Markup] = field(default_factory=dict)
    cuts: list[Swatch] = field(default_factory=list)
    chances: list[Swatch] = field(default_factory=list)


def pictures(plan: Plan, region: Region) -> Pictures:
    ground = canvas(region)
    people = [c.total for s in plan.document.settlements for c in s.people.values()]
    newest = [s.people[plan.base_year].total for s in plan.document.settlements]
    most = max(people, default=1.0)
    root = radius_per_root_person(ground, [*newest, most])
    atlas = _Atlas(plan, ground, root)
    return Pictures(
        ground=kept(GROUND, basemap(ground)),
        lack={n: _lack_legend(n) for n in {len(plan.today_services), len(plan.later_services)} if n},
        ages=_age_legend(),
        sizes=size_legend(root, max(newest, default=0.0)), maps=atlas.maps(), charts=_charts(plan),
        alternatives=atlas.small_maps(), cuts=_cuts_legend(), chances=chance_legend(),
    )


@dataclass(frozen=True)
class _Atlas:
    plan: Plan
    ground: Canvas
    root: float

    def maps(self) -> dict[str, Markup]:
        plan = self.plan
        document, base, last = plan.document, plan.base_year, plan.last_year
        found: dict[str, Markup] = {}
        if plan.today_known:
            now = {s.id: plan.reached_today(s) for s in document.settlements}
            found["today"] = self._reach(
                "map-today", now, len(plan.today_services), base,
                text("Map: services within reach today, {year}", year=base),
                places=self._places_today())
        if document.without_plan_assignment:
            later = plan.reached(document.without_plan_assignment)
            offering = {a.place for a in document.without_plan_assignment if a.place}
            found["without"] = self._reach(
                "map-without", later, len(plan.later_services), last,
                text("Map: services within reach without a plan, {year}", year=last),
                places=self._at(offering), lost=self._at(plan.losing_places))
        if plan.first.assignment:
            found["plan"] = self._alternative("map-plan", plan.first, small=False)
            found["plan_again"] = again(found["plan"], "map-plan")
        if (cuts := cuts_map(plan, self.ground, self.root, GROUND)) is not None:
            found["cuts"] = cuts
        for key, year in (("age_today", base), ("age_later", last)):
            found[key] = self._ages(key.replace("_", "-"), year)
        for name in ("nobody", "few_households"):
            if (picture_of_chance := self._chances(name, last)) is not None:
                found[f"chance_{name}"] = picture_of_chance
        return found

    def _chances(self, name: str, year: int) -> Markup | None:
        document = self.plan.document
        spread = document.outlook.intervals
        told = {s.id: getattr(s.chances[year], name) for s in document.settlements if year in s.chances}
        if spread is None or not told:
            return None
        dots = self._dots(self.plan.base_year, lambda s: COLOURS[chance_class(told.get(s.id, 0.0))],
                          lambda s: f" · {chance(told[s.id]) if s.id in told else DASH}", False)
        return picture(
            f"map-chance-{name.replace('_', '-')}", settlement_map(self.ground, dots, self.root),
            text("Map: chance of {what}, {year}", what=chance_words(spread.few_households, spread.few_people)[name],
                 year=year),
            text("In {count} of {settlements} settlements the chance is half or more.",
                 count=number(sum(value >= 0.5 for value in told.values())), settlements=number(len(told))),
            behind=GROUND, kind="map")

    def small_maps(self) -> dict[str, Markup]:
        return {a.id: self._alternative(f"map-small-{n}", a, small=True)
                for n, a in enumerate(self.plan.document.alternatives) if a.assignment}

    def _reach(
        self, key: str, reached: Mapping[str, int], total: int, year: int, title: Text, *,
        hubs: list[Mark] | None = None, places: list[Mark] | None = None, lost: list[Mark] | None = None,
        small: bool = False,
    ) -> Markup:
        dots = self._dots(year, lambda s: LACK[lack_class(total - reached.get(s.id, 0), total)],
                          lambda s: "" if small else f" · {reached.get(s.id, 0)}/{total}", small)
        drawing = settlement_map(self.ground, dots, self.root * (1.5 if small else 1.0), hubs=hubs or [],
                                 places=places or [], lost=lost or [], small=small)
        everything = sum(1 for s in self.plan.document.settlements if reached.get(s.id, 0) == total)
        description = text(
            "{all} of {settlements} settlements reach all {total} services compared. {hubs}", all=everything,
            settlements=len(self.plan.document.settlements), total=total,
            hubs=text("Hubs: {names}.", names=listed(h.name for h in hubs)) if hubs else verbatim(""))
        return picture(key, drawing, title, description, behind=GROUND, kind="map")

    def _alternative(self, key: str, alternative: Alternative, *, small: bool) -> Markup:
        last = self.plan.last_year
        hubs = [Mark(h.lon, h.lat, h.name) for h in alternative.hubs]
        hub_places = {h.place for h in alternative.hubs}
        offering = {a.place for a in alternative.assignment if a.place} - hub_places
        title = text("Map: services within reach under “{name}”, {year}", name=as_text(alternative.name), year=last)
        total = len(self.plan.later_services)
        return self._reach(key, self.plan.reached(alternative.assignment), total, last, title, hubs=hubs,
                           places=[] if small else self._at(offering), small=small)

    def _ages(self, key: str, year: int) -> Markup:
        def colour(settlement: SettlementOfPlan) -> str:
            count = settlement.people[year]
            return AGE[age_class(count.over_65 / count.total)] if count.total > 0 else "#ffffff"

        def share(settlement: SettlementOfPlan) -> str:
            count = settlement.people[year]
            return f" · {percent(count.over_65, count.total)}"

        drawing = settlement_map(self.ground, self._dots(year, colour, share, False), self.root)
        count = self.plan.document.outlook.settlements_over_half_65plus.get(year)
        return picture(
            f"map-{key}", drawing, text("Map: share of people aged 65 and over, {year}", year=year),
            text("In {count} settlements at least half of the people are 65 or over.", count=number(count)),
            behind=GROUND, kind="map")

    def _dots(
        self, year: int, colour: Callable[[SettlementOfPlan], str], more: Callable[[SettlementOfPlan], str], small: bool
    ) -> list[Dot]:
        return [
            Dot(s.lon, s.lat, s.people[year].total, colour(s),
                "" if small else f"{s.name} {number(s.people[year].total)}{more(s)}")
            for s in self.plan.document.settlements if math.isfinite(s.lon) and math.isfinite(s.lat)
        ]

    def _places_today(self) -> list[Mark]:
        compared = set(self.plan.today_services)
        return self._at({f.place for f in self.plan.document.facilities
                         if f.status != "closed" and compared & set(f.services)})

    def _at(self, places: set[str]) -> list[Mark]:
        points = self.plan.place_points
        return [Mark(*points[p]) for p in sorted(places) if p in points and all(map(math.isfinite, points[p]))]


def lack_class(lacking: int, total: int) -> int:
    """0 nothing lacks, 4 everything lacks, three even steps between.

    >>> [lack_class(n, 7) for n in range(8)]
    [0, 1, 1, 2, 2, 3, 3, 4]
    """
    if lacking <= 0:
        return 0
    if lacking >= total:
        return 4
    return 1 + (lacking - 1) * 3 // (total - 1)


def age_class(share: float) -> int:
    """
    >>> [age_class(s) for s in (0.2, 0.3, 0.4, 0.5, 0.7)]
    [0, 1, 2, 3, 4]
    """
    return sum(share >= bound for bound in (0.3, 0.4, 0.5, 0.7))


def _lack_legend(total: int) -> list[Swatch]:
    classes: dict[int, list[int]] = {}
    for lacking in range(total + 1):
        classes.setdefault(lack_class(lacking, total), []).append(total - lacking)
    swatches = []
    for number_of_class, reached in sorted(classes.items()):
        low, high = min(reached), max(reached)
        words = (text("all {total}", total=total) if low == total else text("none") if high == 0
                 else verbatim(str(low)) if low == high else verbatim(f"{low}–{high}"))
        swatches.append(Swatch("circle", words, LACK[number_of_class], 7))
    return swatches


def _age_legend() -> list[Swatch]:
    bounds = ("30", "40", "50", "70")
    words = [text("under {bound}%", bound=bounds[0])]
    words += [verbatim(f"{a}–{b}%") for a, b in pairwise(bounds)]
    words.append(text("{bound}% and over", bound=bounds[-1]))
    return [Swatch("circle", w, colour, 7) for w, colour in zip(words, AGE, strict=True)]


def _cuts_legend() -> list[Swatch]:
    return [
        Swatch("circle", text("loses every hub when one of the stretches is closed"), CUT_OFF, 7),
        Swatch("circle", text("loses a service then"), LACKING, 7),
        Swatch("circle", text("neither"), UNTOUCHED, 7),
    ]


def size_legend(root: float, most: float) -> list[Swatch]:
    """Three round numbers of people, as large as the maps draw them."""
    steps = [s * 10 ** p for p in range(7) for s in (1, 2, 5)]
    top = max((s for s in steps if s <= most), default=1)
    sizes = [s for s in (top, max((x for x in steps if x <= top / 4), default=0),
                         max((x for x in steps if x <= top / 20), default=0)) if s > 0]
    return [Swatch("ring", text("{people:,} people", people=size), "", max(root * math.sqrt(size), 1.6))
            for size in sorted(sizes)]


def _charts(plan: Plan) -> dict[str, Markup]:
    document = plan.document
    found: dict[str, Markup] = {}
    reach = {s.id: document.diagnosis.reach[s.id] for s in document.services if s.id in document.diagnosis.reach}
    base, last = plan.base_year, plan.last_year
    see = text("The figures are in the table beside it.")
    if reach:
        found["reach"] = picture(
            "chart-reach", charts.in_both(lambda language: charts.reach(document, reach, language)),
            text("Chart: users within and beyond reach of each service, {year}", year=base), see)
        found["beyond"] = picture(
            "chart-beyond", charts.in_both(lambda language: charts.beyond(document, reach, language)),
            text("Chart: people aged 65 and over, and people without a car, for whom it is too far, {year}",
                 year=base), see)
    if (spread := document.outlook.intervals) is not None:
        whole = Course(document.place.code, document.place.name, {
            year: (document.outlook.people[year].total, found) for year, found in spread.total.items()})
        end = spread.total[last]
        found["fan"] = picture(
            "chart-fan", charts.in_both(lambda language: fans.fan(whole, language)),
            text("Chart: people by year with intervals"),
            text("From {then} people in {base} to {now} in {last}; 80% interval {low} to {high}.",
                 then=number(document.outlook.people[base].total), base=base,
                 now=number(document.outlook.people[last].total), last=last, low=number(end.low_80),
                 high=number(end.high_80)))
    if document.outlook.people:
        totals = document.outlook.people
        found["population"] = picture(
            "chart-population", charts.in_both(lambda language: charts.population(document, language)),
            text("Chart: people by age class and year"),
            text("From {then} people in {base} to {now} in {last}.", then=number(totals[min(totals)].total),
                 base=min(totals), now=number(totals[max(totals)].total), last=max(totals)))
    if all(base in s.pyramid and last in s.pyramid for s in document.settlements):
        found["pyramid"] = picture(
            "chart-pyramid", charts.in_both(lambda language: charts.pyramid(document, language)),
            text("Chart: men and women by age, {base} and {last}", base=base, last=last),
            text("The outline is {base}, the filled bars are {last}.", base=base, last=last))
    if any(a.by_year for a in document.alternatives):
        found["unserved"] = picture(
            "chart-unserved", charts.in_both(lambda language: charts.unserved(document, language)),
            text("Chart: people lacking a service by year, without a plan and under each alternative"), see)
    if sum(document.plan_year in a.by_year for a in document.alternatives) > 1:
        found["costs"] = picture(
            "chart-costs", charts.in_both(lambda language: charts.costs(document, language)),
            text("Chart: yearly cost and people lacking a service under each alternative, {year}",
                 year=document.plan_year), see)
    return found
