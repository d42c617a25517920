"""Faults of a population table that make an outlook meaningless, all at once, each with its row and remedy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musubime.errors import Fault
from musubime.language import Text, text
from musubime.region import Floats, Population

EARLIEST, LATEST = 1920, 2100
MOST_YEARS_APART = 60
TOLERANCE = 0.5


def check_population(
    population: Population, *, totals: Floats | None = None, whole: bool = True, file: str = "population"
) -> list[Fault]:
    """Negative or fractional people, a missing sex, ages that miss the total, dates out of order or not believable, a
    settlement that stands at one date only.

    totals: (years, units) as printed, nan where not; whole: people are counted, so fractions are a fault (False for
    tables divided from others). nan is "not told"; rows count from 2, one a date and unit, dates first.
    """
    faults: list[Fault] = []
    people = population.people
    units = len(population.unit_ids)

    def fault(what: Text, remedy: Text, date: int, unit: int, field: str = "", value: object = "") -> None:
        faults.append(Fault(
            what, remedy, file=file, row=2 + date * units + unit,
            field=field or f"{population.unit_ids[unit]}, {population.years[date]}", value=str(value),
        ))

    for year in population.years:
        if not EARLIEST <= year <= LATEST:
            faults.append(Fault(
                text("A count of {year} cannot be meant.", year=year),
                text("Write the Western year of the count, like 2020."), file=file, field="year", value=str(year),
            ))
    dates = population.dates
    for date in range(1, len(dates)):
        if dates[date] <= dates[date - 1]:
            faults.append(Fault(
                text("The counts are not in order of their dates."),
                text("Sort them from the oldest to the newest, each date once."), file=file, field="year",
                value=f"{population.years[date - 1]}, {population.years[date]}",
            ))
        elif dates[date] - dates[date - 1] > MOST_YEARS_APART:
            faults.append(Fault(
                text("Two counts lie {years:.0f} years apart.", years=dates[date] - dates[date - 1]),
                text("See whether a year is mistyped (1900 in place of 2020)."), file=file, field="year",
                value=f"{population.years[date - 1]}, {population.years[date]}",
            ))
    told: NDArray[np.bool_] = np.asarray(np.isfinite(people).any(axis=(2, 3)), dtype=bool)
    for date, unit, sex, age in np.argwhere(people < 0):
        fault(
            text("The number of people is negative."), text("Correct it, or leave the cell empty if it is not known."),
            date, unit, f"{population.unit_ids[unit]}, {population.age_from[age]}", people[date, unit, sex, age],
        )
    if whole:
        broken = np.isfinite(people) & (np.abs(people - np.round(people)) > 1e-6)
        for date, unit in np.argwhere(broken.any(axis=(2, 3))):
            first = np.argwhere(broken[date, unit])[0]
            fault(
                text("A counted number of people has a fraction."),
                text("Give whole people, or say that this table is an estimate."), date, unit,
                f"{population.unit_ids[unit]}, {population.age_from[first[1]]}", people[date, unit, first[0], first[1]],
            )
    for date, unit in np.argwhere(told):
        sexes = np.isfinite(people[date, unit]).any(axis=1)
        if not sexes.all():
            fault(
                text("One sex is missing."), text("Give men and women, both by age."), date, unit,
                value="male" if not sexes[0] else "female",
            )
    if totals is not None:
        added = np.nansum(people, axis=(2, 3))
        for date, unit in np.argwhere(np.isfinite(totals) & told & (np.abs(added - np.nan_to_num(totals)) > TOLERANCE)):
            fault(
                text("The ages add up to {added:,.0f}, not to the total of {total:,.0f}.",
                     added=added[date, unit], total=totals[date, unit]),
                text("Correct the ages or the total; people of unknown age need a column of their own."), date, unit,
                value=totals[date, unit],
            )
    if len(population.years) > 1:
        for unit in np.flatnonzero(told.sum(axis=0) == 1).tolist():
            date = int(np.argmax(told[:, unit]))
            fault(
                text("This settlement stands at one date only."),
                text("Give it at every date under the same name, or join it to the one it came from."), date, unit,
            )
    return faults
