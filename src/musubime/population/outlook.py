"""The outlook of every settlement: ratios from what is known, drawn together level by level, under one control."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musubime.errors import Fault, InputError
from musubime.language import Text, text
from musubime.parameters import Parameters
from musubime.provenance import Ledger
from musubime.region import Floats, MunicipalSeries, Population, Settlements

from .ages import AgePattern
from .model import BANDS, STEP_YEARS, Projection, Rates
from .ratios import Change, changes, child_woman_ratio, distinct, five_year_ages, ratio, to_five_years, women
from .small_area import Spread, credible_factors, shrink_inoue
from .steps import at_years, run
from .vital import Calibrated, calibrate, reference_rates

FARTHEST_YEARS = 100


@dataclass(frozen=True)
class _Whole:
    """What the municipality's people do: rates for the first and for later steps, and how they were found."""

    first: Rates
    later: Rates
    method: Text


def project(
    population: Population, municipal: MunicipalSeries, years: Sequence[int], parameters: Parameters,
    settlements: Settlements | None = None,
) -> Projection:
    """Every settlement's people by sex and age at the base date and in `years`, controlled to the municipality.

    `settlements` tells which district a settlement lies in and how its people are known: where they were divided
    from district totals, the district's change holds for its settlements. Method: docs/methods/population.md.
    Raises InputError for years before the base or more than 100 years after it.
    """
    population = five_year_ages(population)
    base_year, wanted = population.years[-1], _wanted(population.years[-1], years)
    base = population.latest
    ledger = Ledger()
    reference = reference_rates(parameters)
    pattern = AgePattern.of(parameters)
    most = int(parameters.number("population.periods"))
    own = distinct(changes(population, pattern), most)
    whole = _municipality(population, municipal, own, reference, parameters, ledger)
    rates, unknown, how = _settlement_rates(population, own, whole.later, reference, parameters, settlements, ledger)

    steps = max(-(-(max(wanted) - base_year) // STEP_YEARS), 1)
    everyone = base.sum(axis=0, keepdims=True)
    first = run(everyone, whole.first, 1)
    totals = np.concatenate([first[:1], run(first[1], whole.later, steps - 1)])
    grid = run(base, rates, steps, totals[:, 0])
    people, total = at_years(grid, totals, base_year, float(population.dates[-1]), wanted, pattern)
    return Projection(
        population=_table(population, population.unit_ids, wanted, people),
        municipality=_table(population, ("all",), wanted, total),
        method=text("{whole} {settlements}", whole=whole.method, settlements=how),
        controlled_to=text(
            "The settlements add up to the municipality by sex and five-year age group at every date."
        ),
        notes=tuple(ledger.notes), grid=grid, unknown=unknown,
    )


def _wanted(base_year: int, years: Sequence[int]) -> tuple[int, ...]:
    faults = [
        Fault(
            text("The population cannot be projected to this year: the newest count is of {base}.", base=base_year),
            text("Choose years from {first} to {last}.", first=base_year, last=base_year + FARTHEST_YEARS),
            field="years", value=str(year),
        )
        for year in years
        if not base_year <= year <= base_year + FARTHEST_YEARS
    ]
    if faults:
        raise InputError(faults)
    return tuple(sorted({base_year, *(int(year) for year in years)}))


def _table(population: Population, ids: tuple[str, ...], years: tuple[int, ...], people: Floats) -> Population:
    return Population(ids, years, (population.months[-1],) * len(years), population.age_from, people)


def _municipality(
    population: Population, municipal: MunicipalSeries, own: list[Change], reference: Rates, parameters: Parameters,
    ledger: Ledger,
) -> _Whole:
    """Ratios of the municipality: a mean of its newest periods, the settlements' own first; older ones count less."""
    series = five_year_ages(municipal.population) if municipal.population is not None else None
    most = int(parameters.number("population.periods"))
    periods = [change.summed() for change in own]
    if series is not None and len(periods) < most:
        # A census half a year into the settlements' own period still counts as before it.
        earlier = changes(series, AgePattern.of(parameters), ends_by=own[-1].start + 0.5 if own else np.inf)
        periods += distinct(earlier, most - len(periods))
    base = population.latest.sum(axis=0, keepdims=True)
    cwr = child_woman_ratio(base, reference.cwr)
    if periods:
        ratios = [to_five_years(ratio(c.q, c.p, reference.ccr ** (c.years / STEP_YEARS)), c.years) for c in periods]
        weights = parameters.number("population.period_weight") ** np.arange(len(ratios))
        ccr = np.average(ratios, axis=0, weights=weights)
        old = BANDS[-2]  # at 65 and over, ratios are survival, which rises: the newest period alone tells it
        ccr[..., old:] = ratios[0][..., old:]
        rates = Rates(ccr, cwr)
        dates = ", ".join(f"{_dated(c.start)}–{_dated(c.end)}" for c in periods)
        for change in periods:
            if change.years != STEP_YEARS:
                ledger.note("assumption", text(
                    "The counts lie {years:.1f} years apart ({dates}); the change was carried on at the same yearly "
                    "pace to five years.", years=change.years, dates=f"{_dated(change.start)}–{_dated(change.end)}",
                ))
        return _Whole(rates, rates, text(
            "The municipality's people move up the ages as its cohorts did in {dates} (newer periods count more; from "
            "65 on only the newest); children follow the women aged 15-49 as at the base date.", dates=dates,
        ))
    return _from_reference(base, cwr, population, municipal, reference, parameters, ledger)


def _from_reference(
    base: Floats, cwr: Floats, population: Population, municipal: MunicipalSeries, reference: Rates,
    parameters: Parameters, ledger: Ledger,
) -> _Whole:
    fitted: Calibrated | None = None
    if municipal.vital is not None:
        fitted = calibrate(base[0], float(population.dates[-1]), municipal.vital, parameters)
    ledger.note("assumption", text(
        "Only one count by age is usable: people move up the ages as in six depopulated municipalities of Yamaguchi "
        "prefecture from 2015 to 2020, not as measured here."
    ), count=len(population.unit_ids))
    if fitted is None:
        return _Whole(Rates(reference.ccr, cwr), Rates(reference.ccr, cwr), text(
            "People move up the ages as in depopulated municipalities (reference schedule), since only one count by "
            "age is known here."
        ))
    ledger.note("assumption", text(
        "The reference was scaled to the town's registered deaths (mortality × {mortality:.2f}), births and people; "
        "what remains is migration of {migration:,.0f} people in five years.",
        mortality=fitted.mortality, migration=fitted.migration_first,
    ))
    if fitted.outliers:
        ledger.note("assumption", text(
            "Migration of {years} was far from other years. The first five years contain it; later years follow the "
            "median year ({migration:,.0f} people in five years).",
            years=", ".join(map(str, fitted.outliers)), migration=fitted.migration_later,
        ), count=len(fitted.outliers))
    return _Whole(fitted.first, fitted.later, text(
        "People move up the ages as in depopulated municipalities (reference schedule), scaled to the town's "
        "registered births, deaths and people."
    ))


def _dated(date: float) -> str:
    return f"{int(date + 1e-6)}-{round((date + 1e-6) % 1 * 12) + 1:02d}"


def _settlement_rates(
    population: Population, found: list[Change], whole: Rates, reference: Rates, parameters: Parameters,
    settlements: Settlements | None, ledger: Ledger,
) -> tuple[Rates, Floats, Text]:
    """Rates of each settlement (units, ...), drawn to its district's and the municipality's; the sd (units, bands + 1)
    of what remains unknown of its lasting difference; and how it was done."""
    units = len(population.unit_ids)
    spread = Spread.of(parameters)
    group = _groups(population, settlements)
    divided = settlements is not None and all(b in ("disaggregated", "ages_fitted") for b in settlements.basis)
    same = Rates(np.repeat(whole.ccr, units, axis=0), np.repeat(whole.cwr, units, axis=0))
    unknown = np.tile(spread.lasting, (units, 1))
    if not found or (divided and group is None):
        return same, unknown, text("Every settlement changes as the municipality does.")
    if divided:
        ledger.note("assumption", text(
            "People of settlements were divided from district counts; every settlement changes as its district does."
        ), count=units)
    else:
        empty = int((found[0].p.sum(axis=(1, 2)) == 0).sum())
        ledger.note("assumption", text(
            "Nobody lived here at the earlier date; these settlements change as the area above them does."
        ), count=empty)
    if parameters.words("population.shrinkage") == "inoue":
        return _inoue(population.latest, found[0], whole, reference, group, divided), unknown, text(
            "Ratios are drawn towards those of the area above by the square roots of the people they rest on (Inoue)."
        )
    mothers, children = women(population.latest), population.latest[..., 0].sum(axis=-1)
    above = [ratio(c.summed().q, c.summed().p, reference.ccr ** (c.years / STEP_YEARS)) for c in found]
    born = whole.cwr.sum(axis=-1)
    factor = np.ones((units, len(BANDS)))
    if group is not None:
        count = int(group.max()) + 1
        part = credible_factors(
            [c.summed(group, count) for c in found], above, np.bincount(group, mothers, count).astype(np.float64),
            np.bincount(group, children, count).astype(np.float64), born, spread,
        )
        factor, unknown = part.factor[group], np.sqrt(part.sd[group] ** 2 + spread.lasting**2)
        above = [
            ratios * part.by_step()[group] ** (c.years / STEP_YEARS) for ratios, c in zip(above, found, strict=True)
        ]
        born = born * factor[:, -1]
    if not divided:
        own = credible_factors(found, above, mothers, children, born, spread)
        factor = factor * own.factor
        unknown = own.sd if group is None else np.sqrt(part.sd[group] ** 2 + own.sd**2)
    by_step = np.repeat(factor[:, :-1], np.diff(BANDS), axis=1)[:, None, :]
    return Rates(whole.ccr * by_step, whole.cwr * factor[:, -1:]), unknown, text(
        "Settlements differ from the area above them as far as their past bears it out: the fewer people it rests on, "
        "the less (empirical Bayes)."
    )


def _inoue(
    base: Floats, change: Change, whole: Rates, reference: Rates, group: NDArray[np.int64] | None, divided: bool
) -> Rates:
    """Inoue's weights cell by cell, municipality to district to settlement."""
    summed = change.summed()
    above_p, above = summed.p, ratio(summed.q, summed.p, reference.ccr ** (change.years / STEP_YEARS))
    level = ratio(whole.ccr, to_five_years(above, change.years), 1.0)
    mothers, children = women(base)[:, None], base[..., 0]
    child_p, child = mothers.sum(axis=0, keepdims=True), whole.cwr
    if group is not None:
        count = int(group.max()) + 1
        part = change.summed(group, count)
        part_mothers, part_children = np.zeros((count, 1)), np.zeros((count, 2))
        np.add.at(part_mothers, group, mothers)
        np.add.at(part_children, group, children)
        above_p, above = part.p[group], shrink_inoue(part.p, part.q, above_p, above)[group]
        child_p, child = part_mothers[group], shrink_inoue(part_mothers, part_children, child_p, child)[group]
    if not divided:
        above = shrink_inoue(change.p, change.q, above_p, above)
        child = shrink_inoue(mothers, children, child_p, child)
    return Rates(to_five_years(above, change.years) * level, child)


def _groups(population: Population, settlements: Settlements | None) -> NDArray[np.int64] | None:
    """The district of each unit as a number, or None when districts are not known or as many as the units."""
    if settlements is None or settlements.ids != population.unit_ids:
        return None
    names = sorted(set(settlements.districts))
    if len(names) < 2 or len(names) >= len(settlements.ids):
        return None
    number = {name: i for i, name in enumerate(names)}
    return np.array([number[name] for name in settlements.districts], dtype=np.int64)
