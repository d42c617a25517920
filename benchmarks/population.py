"""Speed of the outlook at the scale of all depopulated areas: JSON lines with people-steps a second.

    python benchmarks/population.py            61,511 settlements x 2 sexes x 18 ages x 6 steps x 200 draws
    python benchmarks/population.py --small    2,000 settlements, to try it out
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import time

import numpy as np

from musubime.parameters import load
from musubime.population import project
from musubime.population.uncertainty import project_with_draws
from musubime.region import FIVE_YEAR_AGES, MunicipalSeries, Population

SETTLEMENTS, MEAN_PEOPLE, STEPS, DRAWS = 61_511, 158.4, 6, 200  # counts of 2019: docs/methods/population.md


def settlements(units: int, seed: int = 1) -> Population:
    """Made-up settlements of 2019 and 2024: skewed sizes around the national mean, ageing, losing 6 % in five years."""
    rng = np.random.default_rng(seed)
    size = rng.lognormal(0, 1.1, units)
    size *= MEAN_PEOPLE / size.mean()
    shape = np.array([2.2, 2.8, 3.2, 3.3, 2.6, 2.8, 3.2, 3.9, 4.8, 5.8, 5.6, 5.9, 7.4, 9.2, 10.6, 9.1, 7.6, 10.0])
    age = rng.dirichlet(shape * 4, units)
    before = rng.poisson(size[:, None, None] * 0.5 * age[:, None, :].repeat(2, axis=1)).astype(float)
    stay = np.array([97, 97, 88, 65, 95, 94, 97, 98, 98, 98, 98, 98, 97, 94, 89, 82, 55]) / 100
    now = np.zeros_like(before)
    now[..., 1:] = rng.binomial(
        np.concatenate([before[..., :-2], before[..., -2:].sum(axis=-1, keepdims=True)], axis=-1).astype(int), stay
    )
    now[..., 0] = rng.poisson(0.09 * now[:, 1:2, 3:10].sum(axis=-1))
    ids = tuple(f"s{i}" for i in range(units))
    return Population(ids, (2019, 2024), (4, 4), FIVE_YEAR_AGES, np.stack([before, now]))


def bandwidth_gb_per_s() -> float:
    """Bytes a second that one large copy moves here (read and write)."""
    a = np.zeros(64_000_000)
    b = np.ones_like(a)
    best = 0.0
    for _ in range(5):
        start = time.perf_counter()
        np.copyto(a, b)
        best = max(best, 2 * a.nbytes / (time.perf_counter() - start) / 1e9)
    return best


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--small", action="store_true")
    arguments = parser.parse_args()
    units = 2_000 if arguments.small else SETTLEMENTS
    parameters = load()
    table = settlements(units)
    years = [2024 + 5 * k for k in range(1, STEPS + 1)]
    project(settlements(50), MunicipalSeries(), years, parameters)
    project_with_draws(settlements(50), MunicipalSeries(), years, parameters, draws=2)  # compiles, not timed
    memory = bandwidth_gb_per_s()
    cells = units * 2 * len(FIVE_YEAR_AGES) * STEPS

    start, cpu = time.perf_counter(), time.process_time()
    project(table, MunicipalSeries(), years, parameters)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    # each step reads people and rates and writes people, scales and copies: five passes over the cells
    report("without draws", units, 1, cells, seconds, cpu, 5 * 8 * cells / seconds / 1e9 / memory)

    start, cpu = time.perf_counter(), time.process_time()
    project_with_draws(table, MunicipalSeries(), years, parameters, draws=DRAWS)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    # what leaves the caches: the expected grid once, and four counts a settlement, year and draw written and read twice
    moved = 8 * cells + 3 * 16 * units * STEPS * DRAWS
    report("with draws", units, DRAWS, cells * DRAWS, seconds, cpu, moved / seconds / 1e9 / memory)


def report(case: str, units: int, draws: int, cells: int, seconds: float, cpu: float, share: float) -> None:
    print(json.dumps({
        "case": case, "settlements": units, "steps": STEPS, "draws": draws, "cells": cells,
        "seconds": round(seconds, 2), "cpu_seconds": round(cpu, 2), "cores": os.cpu_count(),
        "people_steps_per_s": round(cells / seconds), "share_of_memory_bandwidth": round(share, 3),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }))


if __name__ == "__main__":
    main()
