"""Faults of people and households, and of the municipality's own totals."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from musubime.errors import Fault
from musubime.language import text
from musubime.parameters import Parameters

from .check_order import order_faults
from .tables import SEXES, MunicipalSeries, Population, Settlements, age_column

if TYPE_CHECKING:
    from .model import Region

POPULATION = "region.gpkg/population"
MUNICIPAL = "region.gpkg/municipal_population"
VITAL = "region.gpkg/vital_years"
_SEX = (text("men"), text("women"))  # in the order of SEXES
_FIRST_CENSUS, _LAST_YEAR = 1920, 2100  # Japan's first census; later years are projections, not counts
_MOST_YEARS_APART = 60
_ROUNDING = 1e-6
_FEW, _FEW_SHARE = 3, 0.01  # fractional cells that are slips of the pen and not a method


def people_faults(region: Region, parameters: Parameters) -> Iterator[Fault]:
    """Faults of population, households and municipal totals, and where the two disagree."""
    s, p = region.settlements, region.population
    yield from _unit_faults(s, p)
    yield from _population_faults(p, POPULATION)
    fits = p.people.ndim == 4 and p.people.shape == (len(p.years), len(s), len(SEXES), len(p.age_from))
    yield from order_faults(p, parameters, POPULATION)
    if fits and p.unit_ids == s.ids and len(p.years):
        yield from _fraction_faults(s, p)
        yield from _household_faults(s, p.latest.sum(axis=(1, 2)))
    yield from _municipal_faults(region.municipal, region.code)
    if region.municipal.population is not None:
        yield from order_faults(region.municipal.population, parameters, MUNICIPAL)
        yield from _sum_faults(p, region.municipal.population, parameters.number("check.municipal_total_share"))


def _unit_faults(s: Settlements, p: Population) -> Iterator[Fault]:
    if p.unit_ids == s.ids:
        return
    known, counted = set(s.ids), set(p.unit_ids)
    for unit in dict.fromkeys(s.ids):
        if unit not in counted:
            yield Fault(
                text("No people are given for this settlement."), text("Add its rows; write 0 where nobody lives."),
                file=POPULATION, field="unit_id", value=unit,
            )
    for unit in dict.fromkeys(p.unit_ids):
        if unit not in known:
            yield Fault(
                text("People are given for a settlement that does not exist."),
                text("Use an id of the layer settlements."), file=POPULATION, field="unit_id", value=unit,
            )
    if known == counted:
        yield Fault(
            text("The order of the units differs from that of the settlements."),
            text("Build the region again."), file=POPULATION, field="unit_id",
        )


def _population_faults(p: Population, file: str) -> Iterator[Fault]:
    if not p.years or not p.unit_ids:
        yield Fault(text("There is no count of people."), text("Give at least one date."), file=file)
        return
    yield from _date_faults(p, file)
    if p.age_from[:1] != (0,) or any(a >= b for a, b in zip(p.age_from[:-1], p.age_from[1:], strict=True)):
        yield Fault(
            text("The age groups do not begin at 0 and rise."), text("Order the columns age_0_4, age_5_9 and so on."),
            file=file, field="age", value=", ".join(map(str, p.age_from)),
        )
    shape = (len(p.years), len(p.unit_ids), len(SEXES), len(p.age_from))
    if p.people.shape != shape:
        yield Fault(
            text("The table of people has the shape {given}, not {wanted}.", given=p.people.shape, wanted=shape),
            text("Build the region again."), file=file,
        )
        return
    uppers = [*(a - 1 for a in p.age_from[1:]), None]
    for wrong, missing in ((~np.isfinite(p.people), True), (p.people < 0, False)):
        for t, u, x in np.argwhere(wrong.any(axis=3)).tolist():
            a = int(wrong[t, u, x].argmax())  # a row is told once for each fault, with its first age group
            value, words = float(p.people[t, u, x, a]), {"unit": p.unit_ids[u], "sex": _SEX[x], "year": p.years[t]}
            yield Fault(
                text("{unit}, {sex}, {year}: people are missing.", **words) if missing else
                text("{unit}, {sex}, {year}: people are negative.", **words),
                text("Write the number, 0 where nobody lives."), file=file,
                row=(t * len(p.unit_ids) + u) * len(SEXES) + x + 1,
                field=age_column(p.age_from[a], uppers[a]), value="" if np.isnan(value) else f"{value:g}",
            )
    if np.isfinite(p.people[-1]).all() and p.people[-1].sum() == 0:
        yield Fault(
            text("Nobody lives here on the newest date."), text("Check the columns of ages."), file=file,
            field="year", value=str(p.years[-1]),
        )


def _date_faults(p: Population, file: str) -> Iterator[Fault]:
    per_date = len(p.unit_ids) * len(SEXES)
    for t, (year, month) in enumerate(zip(p.years, p.months, strict=True)):
        fault = partial(Fault, file=file, row=t * per_date + 1, value=f"{year}-{month:02d}")
        if not (_FIRST_CENSUS <= year <= _LAST_YEAR):
            yield fault(
                text("A count of people of this year is not plausible."),
                text("Write the Western year of the count, for example 2020."), field="year",
            )
        if not 1 <= month <= 12:
            yield fault(
                text("This is not a month."), text("Write 1 to 12; 10 for a census of 1 October."), field="month"
            )
        if t and (year, month) == (p.years[t - 1], p.months[t - 1]):
            yield fault(text("The date occurs twice."), text("Keep one count for each date."), field="year")
        elif t and (year, month) < (p.years[t - 1], p.months[t - 1]):
            yield fault(text("The dates are out of order."), text("Put the oldest first."), field="year")
        elif t and year - p.years[t - 1] > _MOST_YEARS_APART and p.years[t - 1] >= _FIRST_CENSUS:
            yield fault(
                text("Two counts lie {years} years apart.", years=year - p.years[t - 1]),
                text("See whether a year is mistyped (1920 in place of 2020)."), field="year",
            )


def _fraction_faults(s: Settlements, p: Population) -> Iterator[Fault]:
    """Fractions among settlements that were counted: where only a few cells have them, these were mistyped.

    Where people of unknown age were spread over the ages, many cells have fractions; that is no fault.
    """
    counted = np.array([basis in ("counted", "sample") for basis in s.basis], dtype=bool)
    filled = np.isfinite(p.people) & (p.people > 0) & counted[None, :, None, None]
    with np.errstate(invalid="ignore"):  # infinity, which has a fault of its own
        broken = filled & (np.abs(p.people - np.round(p.people)) > _ROUNDING)
    if broken.sum() > max(_FEW, _FEW_SHARE * filled.sum()):
        return
    uppers = [*(a - 1 for a in p.age_from[1:]), None]
    for t, u, x, a in np.argwhere(broken).tolist():
        yield Fault(
            text("{unit}, {sex}, {year}: a counted number of people has a fraction.", unit=p.unit_ids[u], sex=_SEX[x],
                 year=p.years[t]),
            text("Write whole people."), file=POPULATION, row=(t * len(p.unit_ids) + u) * len(SEXES) + x + 1,
            field=age_column(p.age_from[a], uppers[a]), value=f"{p.people[t, u, x, a]:g}",
        )


def _household_faults(s: Settlements, people: np.ndarray) -> Iterator[Fault]:
    for i in np.flatnonzero((s.households < 0) | np.isinf(s.households)):
        yield Fault(
            text("Households are negative or without bound."), text("Write the number, or leave it empty."),
            file="region.gpkg/settlements", row=int(i) + 1, field="households", value=f"{s.households[i]:g}",
        )
    for i in np.flatnonzero(np.isfinite(s.households) & (s.households > people) & (people > 0)):
        yield Fault(
            text("{name} has more households than its {people:g} people.", name=s.names[i], people=float(people[i])),
            text("Look whether the two columns were swapped, or are of different dates."),
            file="region.gpkg/settlements", row=int(i) + 1, field="households", value=f"{s.households[i]:g}",
            blocks=False,
        )


def _municipal_faults(municipal: MunicipalSeries, code: str) -> Iterator[Fault]:
    if municipal.population is not None:
        yield from _population_faults(municipal.population, MUNICIPAL)
        if municipal.population.unit_ids != (code,):
            yield Fault(
                text("The only unit of this table is the municipality's code."),
                text("Write {code} in every row.", code=code), file=MUNICIPAL, field="unit_id",
                value=", ".join(municipal.population.unit_ids[:3]),
            )
    if (vital := municipal.vital) is not None:
        for row, (earlier, later) in enumerate(zip(vital.years[:-1], vital.years[1:], strict=True), start=2):
            if later <= earlier:
                yield Fault(
                    text("The dates are out of order."), text("Put the oldest first."), file=VITAL, row=row,
                    field="year", value=str(later),
                )
        for field in ("people", "births", "deaths"):
            for i in np.flatnonzero(getattr(vital, field) < 0):
                yield Fault(
                    text("A number of people cannot be negative."), text("Write the number, or leave it empty."),
                    file=VITAL, row=int(i) + 1, field=field, value=f"{getattr(vital, field)[i]:g}",
                )


def _sum_faults(p: Population, municipal: Population, tolerance: float) -> Iterator[Fault]:
    if municipal.people.ndim != 4 or p.people.ndim != 4:
        return
    dates = {date: i for i, date in enumerate(zip(municipal.years, municipal.months, strict=True))}
    for t, date in enumerate(zip(p.years, p.months, strict=True)):
        if date not in dates or t >= len(p.people) or dates[date] >= len(municipal.people):
            continue
        counted, printed = float(p.people[t].sum()), float(municipal.people[dates[date]].sum())
        if np.isfinite(counted) and np.isfinite(printed) and abs(counted - printed) > tolerance * max(printed, 1.0):
            yield Fault(
                text("The settlements add up to {counted:,.0f} people on {year}-{month:02d}, "
                     "the municipality has {printed:,.0f}.",
                     counted=counted, printed=printed, year=date[0], month=date[1]),
                text("Look for settlements that are missing or counted twice; "
                     "check.municipal_total_share is the difference allowed."),
                file=POPULATION, row=t * len(p.unit_ids) * len(SEXES) + 1, field="year", value=f"{counted:g}",
                blocks=False,
            )
