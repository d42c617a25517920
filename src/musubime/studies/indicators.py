"""The indicators of one municipality from its own region, its plan and a table of figures, where these exist.

What cannot be computed is listed with the reason, never as zero. See docs/methods/indicators.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from musubime import parameters as shipped
from musubime import population
from musubime.errors import Fault, InputError
from musubime.language import LANGUAGES, Text, text, verbatim
from musubime.parameters import Parameters
from musubime.region import Region
from musubime.region.codes import prefecture_name, six_digits
from musubime.surveys.indicators import Definition, Indicator, evaluate, indicator, with_own_targets
from musubime.surveys.series import Point, Series
from musubime.surveys.tables import Exact, Table, exact

from .access import AccessOptions, access_of_region
from .assemble import basis_of
from .document import PlanDocument, ReachOfService
from .place_tables import ages_known, people_table, reach_table, settlement_table

NATION = "JP"
_FEW_PEOPLE = 50


@dataclass(frozen=True)
class IndicatorStudy:
    """The indicators of a place, and the tables that stand behind them. place: JP, two digits, or six."""

    place: str
    name: Text
    indicators: tuple[Indicator, ...]
    pace_years: int
    amber_years: int
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True)
class _Rules:
    pace_years: int
    amber_years: int


def indicators_of_table(series: Sequence[Series], place: str = NATION) -> IndicatorStudy:
    """The national list of indicators for the nation, a prefecture or a municipality, from its own figures."""
    rules = _rules(shipped.load())
    found = evaluate(series, place=place, pace_years=rules.pace_years, amber_years=rules.amber_years)
    return IndicatorStudy(place, _name(place), found, rules.pace_years, rules.amber_years)


def indicators_of_region(
    region: Region, plan: PlanDocument | None = None, series: Sequence[Series] = (),
    progress: Callable[[Text], None] | None = None,
) -> IndicatorStudy:
    """Every indicator of a municipality: its people and settlements, who reaches which service today and with the
    plan, the plan itself; and what its table of figures says of hubs, RMOs and related people.

    Raises InputError when the region is at fault, or the plan is of another place.
    """
    faults = [fault for fault in region.check() if fault.blocks]
    if plan is not None and six_digits(plan.place.code) != six_digits(region.code):
        faults.append(Fault(text("The plan is of another place than the region."),
                            text("Give the plan.json that was made of this region."), file="plan.json",
                            value=plan.place.code))
    if faults:
        raise InputError(faults)
    values = shipped.load(overrides=region.parameters)
    study = _Study(region, six_digits(region.code), plan, series, _rules(values))
    tables = [people_table(region), settlement_table(region)]
    found = [*study.people(), *study.settlements()]
    reach = _reach_today(region, plan, progress)
    found += [*study.services(reach, values), *study.of_plan()]
    if reach or plan is not None:
        tables.append(reach_table(region, reach or {}, plan, values))
    found += evaluate(series, place=study.place, pace_years=study.rules.pace_years,
                      amber_years=study.rules.amber_years)
    return IndicatorStudy(study.place, verbatim(region.name), tuple(found), study.rules.pace_years,
                          study.rules.amber_years, tuple(tables))


def _rules(values: Parameters) -> _Rules:
    return _Rules(round(values.number("indicator.pace_years")), round(values.number("indicator.amber_years")))


def _name(place: str) -> Text:
    if place == NATION:
        return text("Japan")
    return verbatim(prefecture_name(place)) if len(place) == 2 else verbatim(f"{prefecture_name(place)} {place}")


def _reach_today(
    region: Region, plan: PlanDocument | None, progress: Callable[[Text], None] | None,
) -> dict[str, ReachOfService] | Text:
    """Who reaches what today: from the plan where there is one, else looked at now; a sentence says why not."""
    if plan is not None:
        return dict(plan.diagnosis.reach)
    try:
        by_mode = {mode: access_of_region(region, AccessOptions(mode), progress).summary for mode in ("car", "walk")}
    except InputError as error:
        return error.faults[0].what
    walk = {s.service: s for s in by_mode["walk"].services}
    return {
        s.service: ReachOfService(
            users=s.users, within_car=s.users_within, within_walk=walk[s.service].users_within,
            beyond=s.users - s.users_within, over_65_beyond=0.0, without_car_beyond=0.0, mean_car_min=s.mean_min)
        for s in by_mode["car"].services if s.service in walk
    }


@dataclass(frozen=True)
class _Study:
    region: Region
    place: str
    plan: PlanDocument | None
    series: Sequence[Series]
    rules: _Rules

    def make(
        self, definition: Definition, points: Sequence[Point], notes: Sequence[Text] = (), missing: Text | None = None,
    ) -> Indicator:
        (own,) = with_own_targets([definition], self.series)
        actual = Series(definition.id, self.place, "", tuple(points)) if points else None
        return indicator(own, actual, notes, place=self.place, pace_years=self.rules.pace_years,
                         amber_years=self.rules.amber_years, missing=missing)

    # -- people and settlements ----------------------------------------------------------------------------------

    def people(self) -> Iterator[Indicator]:
        counts = population.counts(self.region.population)
        source = _counted(self.region)
        dates = self._dates()
        basis = basis_of(self.region.settlements)
        total, aged = counts.total.sum(axis=1), counts.over_65.sum(axis=1)
        yield self.make(
            Definition("people", text("People"), text("Everybody who lives in the municipality's settlements."),
                       text("people"), text("all settlements of the region")),
            [Point(date, rounded(n), source, date) for date, n in zip(dates, total, strict=True)], [basis])
        yield self.make(
            Definition("share_65", text("Share aged 65 and over"), text("People aged 65 and over among all people."),
                       text("%"), text("all people of the region"), rising=False, share=True, decimals=1),
            [Point(date, _ratio(a, n), source, date) for date, a, n in zip(dates, aged, total, strict=True) if n > 0],
            [basis])

    def settlements(self) -> Iterator[Indicator]:
        counts = population.counts(self.region.population)
        dates, source = self._dates(), _counted(self.region)
        lived = np.asarray((counts.total > 0).sum(axis=1), dtype=np.int64)
        basis = basis_of(self.region.settlements)
        everything = text("settlements of the region with people")
        rows: tuple[tuple[str, Text, Text, NDArray[np.int64]], ...] = (
            ("settlements_lived_in", text("Settlements with people"), text("Settlements in which somebody lives."),
             lived),
            ("settlements_under_50", text("Settlements of fewer than {people} people", people=_FEW_PEOPLE),
             text("Settlements with people, but fewer than {people}.", people=_FEW_PEOPLE), counts.below(_FEW_PEOPLE)),
            ("settlements_half_65", text("Settlements where half or more are 65 and over"),
             text("Settlements with people of whom 50% or more (以上) are aged 65 and over."), counts.half_over_65()),
        )
        unknown_ages = self._unknown_ages(counts.total[-1] > 0)
        for name, title, definition, numbers in rows:
            made = Definition(name, title, definition, text("settlements"), everything,
                              rising=name == "settlements_lived_in")
            if name == "settlements_half_65" and unknown_ages is not None:
                yield self.make(made, [], missing=unknown_ages)
                continue
            points = [Point(date, int(n), source, date) for date, n in zip(dates, numbers, strict=True)]
            yield self.make(made, points, [basis])
        households = self.region.settlements.households
        small = Definition(
            "settlements_small_aged", text("Small and aged settlements"),
            text("Settlements with people, at most 19 households, of whom 50% or more are 65 and over (Shimane)."),
            text("settlements"), everything, rising=False)
        latest = counts.total[-1] > 0
        if unknown_ages is not None:
            yield self.make(small, [], missing=unknown_ages)
        elif not np.isfinite(households[latest]).all():
            unknown = int((~np.isfinite(households[latest])).sum())
            yield self.make(small, [], missing=text(
                "Households are not known in {unknown} of {number} settlements with people.", unknown=unknown,
                number=int(latest.sum())))
        else:
            found = latest & (households <= 19) & (2 * counts.over_65[-1] >= counts.total[-1])
            yield self.make(small, [Point(dates[-1], int(found.sum()), source, dates[-1])], [basis])

    def _unknown_ages(self, lived: NDArray[np.bool_]) -> Text | None:
        """Why it cannot be said which settlements are aged: their ages are those of something larger."""
        unknown = int((lived & ~ages_known(self.region)).sum())
        if not unknown:
            return None
        return text("The ages of {unknown} of {number} settlements with people are not their own: they were taken from "
                    "the municipality or a larger district.", unknown=unknown, number=int(lived.sum()))

    def _dates(self) -> list[str]:
        p = self.region.population
        return [f"{year}-{month:02}" for year, month in zip(p.years, p.months, strict=True)]

    # -- services and the plan -----------------------------------------------------------------------------------

    def services(self, today: dict[str, ReachOfService] | Text, values: Parameters) -> Iterator[Indicator]:
        year = str(self.region.base_year)
        for service in values["service.order"].value:
            name = service_name(service, values)
            found = today.get(service) if isinstance(today, dict) else None
            missing = text("No file tells where {service} can be had today.", service=name) if isinstance(
                today, dict) else today
            yield self._reach(f"reach_{service}_today", text("Within reach by car today: {service}", service=name),
                              found, year, missing)
            if self.plan is None:
                continue
            at = self.plan.plan_year
            for key, title, measures in (
                (f"reach_{service}_without_plan", text("Within reach by car in {year} without a plan: {service}",
                                                       year=at, service=name), self.plan.without_plan.get(at)),
                (f"reach_{service}_with_plan", text("Within reach by car in {year} with the plan: {service}", year=at,
                                                    service=name),
                 self.plan.alternatives[0].by_year.get(at) if self.plan.alternatives else None),
            ):
                yield self._reach(key, title, None if measures is None else measures.reach.get(service), str(at),
                                  text("The plan says nothing of {service} in {year}.", service=name, year=at))

    def _reach(self, id: str, title: Text, found: ReachOfService | None, year: str, missing: Text) -> Indicator:
        definition = Definition(
            id, title, text("Users who reach the nearest offer within the service's limit by car, among all users."),
            text("%"), text("users of the service"), share=True, decimals=1)
        if found is None or found.users <= 0:
            return self.make(definition, [], missing=missing if found is None else text("It has no users."))
        based = replace(definition, base=text("{users:,.0f} users of the service", users=found.users))
        notes = [text("{within:,.0f} of {users:,.0f} users.", within=found.within_car, users=found.users)]
        return self.make(based, [Point(year, _ratio(found.within_car, found.users), self._origin(), year)], notes)

    def _origin(self) -> str:
        return "region" if self.plan is None else "plan.json"

    def of_plan(self) -> Iterator[Indicator]:
        plan = self.plan
        first = plan.alternatives[0] if plan is not None and plan.alternatives else None
        at = plan.plan_year if plan is not None else None
        with_it = first.by_year.get(at) if first is not None and at is not None else None
        without = plan.without_plan.get(at) if plan is not None and at is not None else None
        missing = text("No plan was given: make one with `musubime plan` and give its plan.json with --plan.")
        if plan is not None:
            missing = text("The plan has no such figure.")
        food = plan.diagnosis.food_access_short if plan is not None else None
        base = text("first alternative of the plan, {year}", year=at) if at else text("the plan")
        people = text("people")
        rows: tuple[tuple[str, Text, Text, Text, bool, float | None], ...] = (
            ("hubs_planned", text("Hubs in the plan"), text("Small hubs of the plan's first alternative."),
             text("hubs"), True, None if first is None else len(first.hubs)),
            ("served_with_plan", text("People with every service of a hub within reach, with the plan"),
             text("People of settlements from which every service that a hub may offer lies within its limit by car."),
             people, True, None if with_it is None else with_it.served_people),
            ("unserved_with_plan", text("People who lack at least one service, with the plan"),
             text("Everybody else."), people, False, None if with_it is None else with_it.unserved_people),
            ("unserved_without_plan", text("People who lack at least one service, without a plan"),
             text("The same people in the same year if nothing is done."), people, False,
             None if without is None else without.unserved_people),
            ("cost_of_plan", text("Yearly cost of the plan"), text("Cost to the town and RMO a year."),
             text("JPY per year"), False, None if first is None else first.cost_jpy_per_year),
            ("food_access_short", text("Aged people short of food access"),
             text("People aged 65 and over without easy use of a car, 500 m or more from the nearest food shop "
                  "(MAFF)."), people, False, food),
        )
        for key, title, definition, unit, rising, value in rows:
            today = key == "food_access_short"
            period = str(self.region.base_year if today or at is None else at)
            points = [] if value is None else [Point(period, rounded(value), "plan.json", period)]
            yield self.make(
                Definition(key, title, definition, unit, text("people aged 65 and over, today") if today else base,
                           rising=rising), points, missing=missing)


def service_name(service: str, values: Parameters) -> Text:
    return verbatim({language: values.words(f"service.{service}.name_{language}") for language in LANGUAGES})


def rounded(value: float) -> Exact | None:
    """A computed number without the last digits of binary arithmetic."""
    return exact(round(float(value), 6))


def _ratio(part: float, whole: float) -> Exact | None:
    upper, lower = rounded(part), rounded(whole)
    return None if upper is None or not lower else Fraction(upper) / Fraction(lower)


def _counted(region: Region) -> str:
    return region.ledger.sources[0].title if len(region.ledger.sources) == 1 else "region.gpkg/population"
