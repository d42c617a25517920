"""Counts whose years were exchanged: cohorts then run backwards, which one count against another shows by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from musubime.errors import Fault
from musubime.language import Text, text
from musubime.parameters import Parameters

from .tables import FIVE_YEAR_AGES, SEXES, Floats, Population

STEP_YEARS = 5.0
SHORTEST_YEARS, LONGEST_YEARS = 0.9, 7.5
FIRST_COHORT = 6  # from 30-34 on most people stay or die; the young leave in numbers of which no table knows
FEWEST_PEOPLE = 100.0
MONTH = 1 / 12 + 1e-6
FIRST_BIRTHS = 1899  # of population.births_japan
DOUBT, PROOF = 1.5, 2.0
FAR_OFF = 0.04  # a town's cohorts miss survival by less when the years are right
PROVING_PEOPLE = 1_500.0


@dataclass(frozen=True)
class Exchanged:
    """Two counts that only make sense with their years exchanged. right, wrong: by how much cohorts miss survival as
    the years stand, and exchanged. proved: no doubt is left, since many people show it."""

    first: int
    second: int
    right: float
    wrong: float
    proved: bool

    def what(self, dates: Sequence[str]) -> Text:
        return text(
            "The counts of {first} and {second} seem to have each other's year: as they stand, cohorts of 30 and over "
            "miss what survival lets expect by {right:.0f}%, with the years exchanged by {wrong:.0f}%.",
            first=dates[self.first], second=dates[self.second], right=100 * self.right, wrong=100 * self.wrong,
        )

    remedy = text("See which count is of which year, and exchange them.")


def exchanged_years(whole: Floats, dates: Floats, parameters: Parameters) -> list[Exchanged]:
    """Pairs of counts whose years were exchanged. whole: (dates, 2, 18) people; dates: decimal years.

    Cohorts of 30 and over should change from one count to the other as survival says. How far they miss it is reckoned
    as the years stand and with the years exchanged. In the registers and censuses of Yamaguchi's cities (2000-2025,
    43 pairs of counts one to five years apart) the right order misses by 1 to 4 %, the wrong one 2.9 times as much and
    more. Of 2,176 pairs of single districts and towns of 100 people and more in the right order none is doubted.
    """
    alive = np.array([parameters.numbers("population.survival_male"), parameters.numbers("population.survival_female")])
    births = np.asarray(parameters.numbers("population.births_japan"))
    pairs = []
    for a, b in combinations(range(len(dates)), 2):
        years, size = float(dates[b] - dates[a]), float(min(whole[a].sum(), whole[b].sum()))
        if not (SHORTEST_YEARS <= years <= LONGEST_YEARS and size >= FEWEST_PEOPLE):
            continue
        right = cohorts_miss(whole[a], whole[b], float(dates[b]), years, alive, births)
        wrong = cohorts_miss(whole[b], whole[a], float(dates[b]), years, alive, births)
        if right > max(FAR_OFF, DOUBT * wrong):
            proved = right >= PROOF * wrong and size >= PROVING_PEOPLE
            pairs.append((right / max(wrong, 1e-6), Exchanged(a, b, right, wrong, proved)))
    told: set[int] = set()
    found = []
    for _, pair in sorted(pairs, key=lambda one: -one[0]):
        if not {pair.first, pair.second} & told:
            told |= {pair.first, pair.second}
            found.append(pair)
    return found


def order_faults(p: Population, parameters: Parameters, file: str) -> Iterator[Fault]:
    """A fault for each pair of exchanged years, a doubt where few people tell it; all settlements together."""
    if p.age_from != FIVE_YEAR_AGES or p.people.ndim != 4 or not np.isfinite(p.people).all():
        return
    printed = [f"{year}-{month:02d}" for year, month in zip(p.years, p.months, strict=True)]
    for pair in exchanged_years(p.people.sum(axis=1), p.dates, parameters):
        yield Fault(
            pair.what(printed), pair.remedy, file=file, row=pair.second * len(p.unit_ids) * len(SEXES) + 1,
            field="year", value=f"{printed[pair.first]}, {printed[pair.second]}", blocks=pair.proved,
        )


def cohorts_miss(first: Floats, second: Floats, date: float, years: float, alive: Floats, births: Floats) -> float:
    """Root mean square of log(cohort later / cohort x survival), weighted by people. first, second: (2, 18).

    date: of the second count, as a decimal year. alive: (2, 17) survival over five years; births: in Japan by year from
    `FIRST_BIRTHS`, which tell how many of a group of the second count belong to the younger cohort when the years apart
    are odd (those of 1945-46 and 1966 were few, those of 1947-49 many).
    """
    shift, part = divmod(years, STEP_YEARS)
    if part > STEP_YEARS - MONTH:
        shift, part = shift + 1, 0.0
    if part < MONTH:
        part = 0.0
    steps, log_alive = int(shift), np.log(alive)
    born = np.concatenate([[0.0], np.cumsum(births)])  # before the first of January of each year
    missed, weight = 0.0, 0.0
    for group in range(FIRST_COHORT, first.shape[1] - 2 - steps):
        later = second[:, group + steps].copy()
        if part:  # the cohort is the older part of one group and the younger part of the next
            later -= second[:, group + steps] * _younger(born, date, STEP_YEARS * (group + steps), part)
            later += second[:, group + steps + 1] * _younger(born, date, STEP_YEARS * (group + steps + 1), part)
        lived = log_alive[:, group : group + steps].sum(axis=1) + part / STEP_YEARS * log_alive[:, group + steps]
        there = (first[:, group] > 0) & (later > 0)
        off = np.log(later[there] / first[there, group]) - lived[there]
        missed += float((first[there, group] * off**2).sum())
        weight += float(first[there, group].sum())
    return float(np.sqrt(missed / weight)) if weight > 0 else 0.0


def _younger(born: Floats, date: float, age: float, years: float) -> float:
    """Share of the five-year group from `age` on that is younger than age + years."""
    oldest, limit, youngest = (
        float(np.interp(date - a - FIRST_BIRTHS, np.arange(len(born)), born))
        for a in (age + STEP_YEARS, age + years, age)
    )
    return (youngest - limit) / (youngest - oldest) if youngest > oldest else years / STEP_YEARS
