"""How sure the outlook is: draws of every settlement with chance and with rates that are not known.

A village of twelve is not a rate: people live or leave one by one (binomial), newcomers come by chance (Poisson), and
rates themselves are uncertain, lasting or anew every five years, for each settlement and for all of them together.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.parameters import Parameters
from musubime.region import Floats, Ints, MunicipalSeries, Population, Settlements

from . import _kernels
from .ages import AgePattern
from .model import BANDS, STEP_YEARS, Projection
from .outlook import project
from .small_area import Spread

Counted = NDArray[np.int32]  # counts of draws, small enough to keep many
LEVELS = (0.025, 0.1, 0.5, 0.9, 0.975)
MEASURES = ("total", "under_15", "over_65", "over_75", "share_65")
CHANCES = ("nobody", "few_households", "few_people", "half_over_65")
BLOCK = 64  # settlements that one thread takes at a time
CHUNK_BYTES = 96_000_000
MOST_DRAWS = 100_000


@dataclass(frozen=True)
class Intervals:
    """quantiles: (years, units, LEVELS, MEASURES), share_65 nan where nobody is left in any draw; chances: (years,
    units, CHANCES), the share of draws with nobody, with 9 households or fewer, with fewer than 50 people (nobody
    included in both) and with 65+ half or more of those who are there."""

    unit_ids: tuple[str, ...]
    years: tuple[int, ...]
    quantiles: Floats
    chances: Floats

    def of(self, measure: str, level: float) -> Floats:
        """One quantile: (years, units)."""
        return np.asarray(self.quantiles[:, :, LEVELS.index(level), MEASURES.index(measure)])

    def chance(self, name: str) -> Floats:
        """One probability: (years, units)."""
        return np.asarray(self.chances[:, :, CHANCES.index(name)])


@dataclass(frozen=True)
class DrawnProjection:
    """The outlook with its draws. pyramid: (years, LEVELS, 2, 18) of the municipality. These are probabilities of
    a model, not the prognosis classes of the national survey of settlements; `compare_prognosis` sets them beside."""

    projection: Projection
    settlements: Intervals
    districts: Intervals
    municipality: Intervals
    pyramid: Floats
    draws: int
    seed: int


def project_with_draws(
    population: Population, municipal: MunicipalSeries, years: Sequence[int], parameters: Parameters,
    settlements: Settlements | None = None, draws: int = 1000, seed: int = 1,
) -> DrawnProjection:
    """The outlook of `project`, with 80 % and 95 % intervals and probabilities from `draws` draws.

    In every draw the municipality is the sum of its settlements. Same input and seed give the same draws on any
    machine and any number of threads.
    """
    if not 1 <= draws <= MOST_DRAWS:
        raise InputError(Fault(
            text("The number of draws must be from 1 to {most:,}.", most=MOST_DRAWS),
            text("1,000 draws give intervals that are steady to about two percent."), field="draws", value=str(draws),
        ))
    projection = project(population, municipal, years, parameters, settlements)
    wanted, base = projection.population, projection.grid[0]
    ids = wanted.unit_ids
    districts = _districts(ids, settlements)
    number, names = districts
    small = parameters.number("population.few_households") * _household_size(base, settlements, parameters)
    few = parameters.number("population.few_people")
    base_date = float(wanted.dates[0])
    parts, younger = _looks(wanted.years, base_date, AgePattern.of(parameters))

    quantiles = np.empty((len(ids), len(parts), len(LEVELS), len(MEASURES)))
    chances = np.empty((len(ids), len(parts), len(CHANCES)))
    sums = np.zeros((draws, len(parts), 2, len(wanted.age_from)), dtype=np.int64)
    grouped = np.zeros((len(names), len(parts), draws, 4), dtype=np.int32)
    drawer = Drawer.of(projection, parameters, draws, seed)
    chunk = max(CHUNK_BYTES // (16 * draws * len(parts)), 1)
    for first in range(0, len(ids), chunk):
        chosen = slice(first, min(first + chunk, len(ids)))
        out, added = drawer.draw(chosen, parts, younger)
        _summarise(out, small[chosen] + 1e-9, few, quantiles[chosen], chances[chosen])
        for g in np.unique(number[chosen]):
            grouped[g] += out[number[chosen] == g].sum(axis=0, dtype=np.int32)
        sums += added
    sizes = small / parameters.number("population.few_households")
    whole = _of_groups(_counted(sums), few, np.array([_mean_size(base, sizes)]), parameters)
    weights = np.array([_mean_size(base[number == g], sizes[number == g]) for g in range(len(names))])
    areas = _of_groups(grouped, few, weights, parameters)
    return DrawnProjection(
        projection,
        Intervals(ids, wanted.years, quantiles.swapaxes(0, 1), chances.swapaxes(0, 1)),
        Intervals(names, wanted.years, *areas),
        Intervals(projection.municipality.unit_ids, wanted.years, *whole),
        np.quantile(sums, LEVELS, axis=0).swapaxes(0, 1), draws, seed,
    )


@dataclass(frozen=True)
class Drawer:
    """What draws are made from; arrays as in `_kernels.simulate`."""

    seed: int
    draws: int
    shocks: Floats
    means: Floats
    grid: Floats
    town: Floats
    unknown: Floats
    spread: Spread
    arrivals: Floats
    alive: Floats

    @classmethod
    def of(cls, projection: Projection, parameters: Parameters, draws: int, seed: int) -> Drawer:
        rng = np.random.default_rng(seed)
        bands = len(BANDS)
        steps = len(projection.grid) - 1
        lasting = np.asarray(parameters.numbers("population.town_lasting"))
        passing = np.asarray(parameters.numbers("population.town_passing"))
        town = lasting * rng.standard_normal((draws, 1, bands)) + passing * rng.standard_normal((draws, steps, bands))
        spread = Spread.of(parameters)
        scale = {name: parameters.number(f"population.draw_{name}") for name in ("lasting", "passing", "chance")}
        return cls(
            seed, draws, *_shocks(rng), projection.grid, town - 0.5 * (lasting**2 + passing**2),
            projection.unknown * scale["lasting"],
            Spread(spread.lasting, spread.passing * scale["passing"], spread.chance * scale["chance"]),
            parameters.number("population.arrivals") * np.asarray(parameters.numbers("population.mobility")),
            np.array(AgePattern.of(parameters).alive),
        )

    def draw(self, chosen: slice, parts: Floats, younger: Floats) -> tuple[Counted, Ints]:
        """Counts (units, outputs, draws, 4) and all people (draws, outputs, 2, 18) of the chosen units."""
        base = np.ascontiguousarray(self.grid[0, chosen])
        out = np.zeros((len(base), len(parts), self.draws, 4), dtype=np.int32)
        sums = np.zeros((self.draws, len(parts), *base.shape[1:]), dtype=np.int64)
        grid, unknown = self.grid[:, chosen], self.unknown[chosen]

        def work(first: int) -> Ints:
            part = slice(first, first + BLOCK)
            added = np.zeros_like(sums)
            _kernels.simulate(
                self.seed, chosen.start + first, self.shocks, self.means, base[part], grid[:, part], self.town,
                unknown[part], self.spread.passing, self.spread.chance, self.arrivals, self.alive, parts, younger,
                out[part], added,
            )
            return added

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for added in pool.map(work, range(0, len(base), BLOCK)):
                sums += added
        return out, sums


def _shocks(rng: np.random.Generator) -> tuple[Floats, Floats]:
    """65,536 numbers of mean 0 and variance 1 from Student's t with 3 degrees of freedom, within six deviations; and
    log mean exp(sd x) for sd = 0, 0.01, ... 1, by which shocks are made to leave the mean as it is.

    Mostly little happens; now and then a home for the aged opens or a housing estate is built.
    """
    table = np.clip(rng.standard_t(3, 1 << 16), -12, 12)
    table = np.clip(table / table.std(), -6, 6)
    table = (table - table.mean()) / table.std()
    means = np.array([np.log(np.mean(np.exp(0.01 * k * table))) for k in range(101)])
    return np.asarray(table), means


def _summarise(out: Counted, small: Floats, few: float, quantiles: Floats, chances: Floats) -> None:
    def work(first: int) -> None:
        part = slice(first, first + BLOCK)
        _kernels.summarise(out[part], np.asarray(LEVELS), small[part], few, quantiles[part], chances[part])

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(work, range(0, len(out), BLOCK)))


def _looks(years: Sequence[int], base_date: float, pattern: AgePattern) -> tuple[Floats, Floats]:
    """Where in the chain of steps to look: (outputs, 2) step and part, and the shares that have not left a group."""
    parts, younger = [], []
    for year in years:
        step, rest = divmod(year - years[0], STEP_YEARS)
        if rest or year == years[0]:
            parts.append((step, rest / STEP_YEARS))
        else:
            parts.append((step - 1, 1.0))
        younger.append(pattern.younger(base_date + step * STEP_YEARS, STEP_YEARS - rest))
    return np.array(parts, dtype=np.float64), np.stack(younger)


def _districts(ids: tuple[str, ...], settlements: Settlements | None) -> tuple[Ints, tuple[str, ...]]:
    """Number of each unit's district, and the districts' names; one nameless district where none is known."""
    if settlements is None or settlements.ids != ids:
        return np.zeros(len(ids), dtype=np.int64), ("",)
    names = tuple(sorted(set(settlements.districts)))
    return np.array([names.index(name) for name in settlements.districts], dtype=np.int64), names


def _household_size(base: Floats, settlements: Settlements | None, parameters: Parameters) -> Floats:
    """People per household of each unit: its own at the base date where known, else the parameter."""
    people = base.sum(axis=(1, 2))
    usual = np.full(len(base), parameters.number("population.household_size"))
    if settlements is None or len(settlements.households) != len(base):
        return usual
    known = np.isfinite(settlements.households) & (settlements.households > 0) & (people > 0)
    size = np.divide(people, settlements.households, out=usual.copy(), where=known)
    return np.asarray(np.clip(size, 1.0, 8.0))


def _mean_size(base: Floats, sizes: Floats) -> float:
    people = base.sum(axis=(1, 2))
    return float(people.sum() / (people / sizes).sum()) if people.sum() > 0 else float(np.mean(sizes))


def _counted(sums: Ints) -> Counted:
    """People by sex and age (draws, outputs, 2, 18) as one unit's counts: (1, outputs, draws, 4)."""
    by_age = sums.sum(axis=2)
    counted = [by_age[..., ages].sum(axis=2) for ages in (slice(None), slice(3), slice(13, None), slice(15, None))]
    return np.ascontiguousarray(np.stack(counted, axis=-1).swapaxes(0, 1)[None], dtype=np.int32)


def _of_groups(out: Counted, few: float, sizes: Floats, parameters: Parameters) -> tuple[Floats, Floats]:
    """Quantiles and probabilities of sums of settlements: (outputs, groups, ...)."""
    quantiles = np.empty((len(out), out.shape[1], len(LEVELS), len(MEASURES)))
    chances = np.empty((len(out), out.shape[1], len(CHANCES)))
    small = parameters.number("population.few_households") * sizes + 1e-9
    _summarise(out, small, few, quantiles, chances)
    return quantiles.swapaxes(0, 1), chances.swapaxes(0, 1)
