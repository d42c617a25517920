"""What draws are made from: rates of every settlement and step, and how uncertain they are."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musubime.parameters import Parameters
from musubime.region import Floats, Ints

from . import _chance, _kernels
from .ages import AgePattern
from .model import BANDS, STEP_YEARS, Projection
from .ratios import cohorts
from .small_area import Spread

Counted = NDArray[np.int32]  # counts of draws, small enough to keep many
BLOCK = 64  # settlements that one thread takes at a time
SIDE_BY_SIDE = 256  # draws that are worked on together, few enough for the caches
MOST_VARIANCE = 0.25


@dataclass(frozen=True)
class Moves:
    """Every stretch of time that people are moved over: the looks inside a step, then the step itself.

    output: (moves,) where its end is counted, -1 for none; onward: (moves,) whether it leads to the next step; step,
    part: (moves,) which step, and how much of its five years; younger: (moves, 2, ages).
    """

    output: Ints
    onward: Ints
    step: Ints
    part: Floats
    younger: Floats

    @classmethod
    def of(cls, years: Sequence[int], base_date: float, pattern: AgePattern) -> Moves:
        """Moves that look at `years`, of which the first is the base."""
        looks = {divmod(year - years[0], STEP_YEARS): o for o, year in enumerate(years) if o}
        rows: list[tuple[int, int, int, float]] = []
        steps = max(-(-(years[-1] - years[0]) // STEP_YEARS), 1)
        for k in range(steps):
            rows += [(looks[k, rest], 0, k, rest / STEP_YEARS) for rest in range(1, STEP_YEARS) if (k, rest) in looks]
            rows.append((looks.get((k + 1, 0), -1), 1, k, 1.0))
        output, onward, step, part = (np.array(column) for column in zip(*rows, strict=True))
        younger = np.stack([pattern.younger(base_date + k * STEP_YEARS, STEP_YEARS * (1 - p)) for _, _, k, p in rows])
        return cls(output, onward, step, part.astype(np.float64), younger)


@dataclass(frozen=True)
class Drawer:
    """shocks: numbers of mean 0 and variance 1; means: log mean exp(sd x) of them for sd = 0, 0.01, ... 1. grid:
    (steps + 1, units, 2, ages) expected. town: (draws, steps, bands) shocks of the municipality, logs. unknown:
    (units, bands) sd of what a settlement keeps over all steps. arrivals: (ages - 1,) newcomers per person."""

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

    def draw(self, chosen: slice, moves: Moves) -> tuple[Counted, Ints]:
        """Counts (units, outputs, 4, draws) of total, under 15, 65+, 75+, and all people (draws, outputs, 2, 18), of
        the chosen units."""
        units = np.arange(len(self.grid[0]))[chosen]
        outputs, ages = max(int(moves.output.max()), 0) + 1, self.grid.shape[-1]
        blocks = -(-self.draws // SIDE_BY_SIDE)
        wide = -(-self.draws // blocks)
        out = np.zeros((len(units), outputs, 4, blocks, wide), dtype=np.int32)
        sums = np.zeros((outputs, 2 * ages, blocks, wide), dtype=np.int64)
        town = np.zeros((blocks * wide, *self.town.shape[1:]))
        town[: self.draws] = self.town
        common = town[:, moves.step] * moves.part[:, None]
        common = np.ascontiguousarray(np.moveaxis(common.reshape(blocks, wide, -1, len(BANDS)), (0, 1), (2, 3)))

        def work(first: int) -> Ints:
            part = slice(first, first + BLOCK)
            added = np.zeros_like(sums)
            rates = self._rates(units[part], moves)
            k1, k2 = _chance.keys(self.seed, units[part], blocks * wide)
            _kernels.simulate(
                self.grid[0, units[part]].reshape(-1, 2 * ages), rates.expected, self.shocks, common,
                np.stack([moves.output, moves.onward], axis=1), moves.part, rates.stay, rates.alive, rates.arrive,
                rates.child, rates.boys, moves.younger, rates.keep_sd, rates.fresh_sd, rates.middle,
                k1.reshape(-1, blocks, wide), k2.reshape(-1, blocks, wide),
                np.zeros((3, 2 * ages, wide), dtype=np.int32), np.zeros((5, wide), dtype=np.int32),
                np.zeros((6, wide)), np.zeros((3, len(BANDS), wide)), out[part], added,
            )
            return added

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for added in pool.map(work, range(0, len(units), BLOCK)):
                sums += added
        counted = out.reshape(len(units), outputs, 4, -1)[..., : self.draws]
        by_draw = np.moveaxis(sums.reshape(outputs, 2, ages, -1)[..., : self.draws], -1, 0)
        return counted, np.ascontiguousarray(by_draw)

    def _rates(self, units: Ints, moves: Moves) -> _RatesOfDraws:
        """Split what settlements are expected to do into staying and arriving, move by move."""
        start, end = self.grid[moves.step][:, units], self.grid[moves.step + 1][:, units]
        here, there = cohorts(start), end[..., 1:]
        part = moves.part[:, None, None, None]
        ratio = np.divide(there, here, out=np.zeros_like(there), where=here > 0)
        come = np.maximum(np.minimum(self.arrivals, ratio), ratio - self.alive)  # more than stay alive: they came
        stay = ratio - come
        arrive = np.where(here > 0, come * here, there)
        mothers, born = end[..., 1, 3:10].sum(axis=-1), end[..., 0].sum(axis=-1)
        deviation = self._deviation(here, stay, arrive, born)
        of_part = stay**part  # stayers and newcomers together keep the steady pace of their sum
        newcomers = np.where(here > 0, (ratio**part - of_part) * here, arrive * part)
        keep_sd = np.broadcast_to(self.unknown[units] * part[..., 0], deviation.shape).copy()
        fresh_sd = deviation * np.sqrt(part[..., 0])
        return _RatesOfDraws(
            start.sum(axis=(2, 3)), of_part, self.alive ** moves.part[:, None, None], newcomers,
            np.divide(born, mothers, out=np.zeros_like(born), where=mothers > 0) * moves.part[:, None],
            np.divide(end[..., 0, 0], born, out=np.full_like(born, 0.5), where=born > 0),
            keep_sd, fresh_sd, self._log_mean(keep_sd) + self._log_mean(fresh_sd),
        )

    def _deviation(self, here: Floats, stay: Floats, arrive: Floats, born: Floats) -> Floats:
        """sd of what a settlement meets in one step: (moves, units, bands). What comes to the place as a whole, and
        what few people who move together add to the chance of each of them (`spread.chance` is the variance per person
        of both; the part that single draws make already is taken off)."""
        single = here * stay * (1 - stay) + arrive
        first = BANDS[:-1]
        size = np.add.reduceat(here.sum(axis=2), first, axis=-1)
        made = np.add.reduceat(single.sum(axis=2), first, axis=-1)
        size = np.maximum(np.concatenate([size, born[..., None]], axis=-1), 1.0)
        made = np.concatenate([made, born[..., None]], axis=-1)
        together = np.maximum(self.spread.chance - made / size, 0.0) / size
        return np.asarray(np.sqrt(self.spread.passing**2 + np.minimum(together, MOST_VARIANCE)))

    def _log_mean(self, sd: Floats) -> Floats:
        return np.interp(sd, 0.01 * np.arange(len(self.means)), self.means)


@dataclass(frozen=True)
class _RatesOfDraws:
    """Arrays as in `_kernels.simulate`."""

    expected: Floats
    stay: Floats
    alive: Floats
    arrive: Floats
    child: Floats
    boys: Floats
    keep_sd: Floats
    fresh_sd: Floats
    middle: Floats


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
