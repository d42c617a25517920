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

from .ages import AgePattern
from .draws import BLOCK, Counted, Drawer, Moves
from .model import Projection
from .outlook import project

LEVELS = (0.025, 0.1, 0.5, 0.9, 0.975)
MEASURES = ("total", "under_15", "over_65", "over_75", "share_65")
CHANCES = ("nobody", "few_households", "few_people", "half_over_65")
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
    counted: NDArray[np.int32] | None = None  # (units, years, 4, kept draws): total, under 15, 65+, 75+; when asked for


def project_with_draws(
    population: Population, municipal: MunicipalSeries, years: Sequence[int], parameters: Parameters,
    settlements: Settlements | None = None, draws: int = 1000, seed: int = 1,
    keep: int = 0,
) -> DrawnProjection:
    """The outlook of `project`, with 80 % and 95 % intervals and probabilities from `draws` draws.

    keep: of so many draws the counts themselves are kept. In every draw the municipality is the sum of its
    settlements. Same input and seed give the same draws on any
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
    moves = Moves.of(wanted.years, float(wanted.dates[0]), AgePattern.of(parameters))
    looks = len(wanted.years)
    quantiles = np.empty((len(ids), looks, len(LEVELS), len(MEASURES)))
    chances = np.empty((len(ids), looks, len(CHANCES)))
    sums = np.zeros((draws, looks, 2, len(wanted.age_from)), dtype=np.int64)
    grouped = np.zeros((len(names), looks, 4, draws), dtype=np.int32)
    drawer = Drawer.of(projection, parameters, draws, seed)
    keep = min(keep, draws)
    kept = np.empty((len(ids), looks, 4, keep), dtype=np.int32) if keep else None
    chunk = max(CHUNK_BYTES // (16 * draws * looks), 1)
    for first in range(0, len(ids), chunk):
        chosen = slice(first, min(first + chunk, len(ids)))
        out, added = drawer.draw(chosen, moves)
        if kept is not None:
            kept[chosen] = out[..., :keep]
        quantiles[chosen], chances[chosen] = summarise(out, small[chosen] + 1e-9, few)
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
        np.quantile(sums, LEVELS, axis=0).swapaxes(0, 1), draws, seed, kept,
    )


def summarise(out: Counted, small: Floats, few: float) -> tuple[Floats, Floats]:
    """Quantiles (units, outputs, LEVELS, MEASURES) and chances (units, outputs, CHANCES) of counts (units, outputs,
    4, draws); small: (units,) people that make the fewest households, few: number of people."""
    quantiles = np.empty((*out.shape[:2], len(LEVELS), len(MEASURES)))
    chances = np.empty((*out.shape[:2], len(CHANCES)))

    def work(first: int) -> None:
        part = slice(first, first + BLOCK)
        counted = out[part]
        total, old = counted[:, :, 0], counted[:, :, 2]
        quantiles[part, ..., :4] = np.moveaxis(_quantiles(np.sort(counted, axis=-1)), -1, 2)
        empty = total == 0
        share = np.divide(old, total, out=np.full(total.shape, np.inf), where=~empty)  # the empty stand last
        quantiles[part, ..., 4] = _quantiles(np.sort(share, axis=-1), (~empty).sum(axis=-1))
        so = (empty, total < small[part, None, None], total < few, (2 * old >= total) & ~empty)
        for kind, is_so in enumerate(so):
            chances[part, ..., kind] = is_so.mean(axis=-1)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(work, range(0, len(out), BLOCK)))
    return quantiles, chances


def _quantiles(ordered: NDArray[np.int32] | Floats, counts: Ints | None = None) -> Floats:
    """LEVELS of rows (..., draws) in order, by straight lines between them as numpy does; of the first `counts` of
    each row where given, nan where that is none: (..., LEVELS)."""
    number = np.full(ordered.shape[:-1], ordered.shape[-1]) if counts is None else counts
    place = np.asarray(LEVELS) * np.maximum(number - 1, 0)[..., None]
    low = np.floor(place).astype(np.int64)
    high = np.minimum(low + 1, np.maximum(number - 1, 0)[..., None])
    below, above = (np.take_along_axis(ordered, at, axis=-1).astype(np.float64) for at in (low, high))
    with np.errstate(invalid="ignore"):  # inf - inf, where nobody is left in any draw
        found = below + (above - below) * (place - low)
    return np.where(number[..., None] > 0, found, np.nan)


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
    """People by sex and age (draws, outputs, 2, 18) as one unit's counts: (1, outputs, 4, draws)."""
    by_age = sums.sum(axis=2)
    counted = [by_age[..., ages].sum(axis=2) for ages in (slice(None), slice(3), slice(13, None), slice(15, None))]
    return np.ascontiguousarray(np.stack(counted).transpose(2, 0, 1)[None], dtype=np.int32)


def _of_groups(out: Counted, few: float, sizes: Floats, parameters: Parameters) -> tuple[Floats, Floats]:
    """Quantiles and probabilities of sums of settlements: (outputs, groups, ...)."""
    small = parameters.number("population.few_households") * sizes + 1e-9
    quantiles, chances = summarise(out, small, few)
    return quantiles.swapaxes(0, 1), chances.swapaxes(0, 1)
