"""A country of 61,511 settlements, every one a client and a candidate: p-median from lists of near sites.

Made, not surveyed: what it shares with Japan is the number, people lying in few plains and many small places up the
valleys, and gaps (sea, mountains) between. 47 regions along an arc of 2,000 km; in each, towns whose sizes fall by
rank, settlements around them along valleys; people heavy-tailed. Cost: straight kilometres, by people.
"""

from __future__ import annotations

import numpy as np

from musubime.siting import PMedian, solve_p_median
from musubime.siting.instances import fitted_lists
from siting import Emit, Options, Stopwatch

NATION, HUBS = 61_511, 1_800


def country(n: int, seed: int = 47) -> tuple[np.ndarray, np.ndarray]:
    """Positions in km (n, 2) and people (n,)."""
    rng = np.random.default_rng(seed)
    along = np.sort(rng.uniform(0, 1, 47))
    arc = np.stack([2000 * along, 500 * np.sin(2.2 * along) + 60 * rng.normal(size=47)], axis=1)
    share = rng.dirichlet(np.full(47, 2.5))
    region = rng.choice(47, n, p=share)
    towns = 38  # about 1,750 municipalities in 47 regions
    centre = arc[:, None] + rng.normal(0, 28, (47, towns, 2)) * [1.2, 0.8]
    rank = rng.zipf(1.35, n)
    town = np.minimum(rank - 1, towns * 50) % towns
    lean = rng.uniform(0, np.pi, (47, towns))  # the way the valley runs
    far, aside = rng.exponential(6.0, n) * rng.choice([-1, 1], n), rng.normal(0, 1.2, n)
    angle = lean[region, town]
    across, up = np.cos(angle), np.sin(angle)
    offset = np.stack([far * across - aside * up, far * up + aside * across], axis=1)
    size = 1.0 / (1.0 + np.abs(far) / 3.0) / (1.0 + town) ** 0.5
    people = np.maximum(1.0, np.rint(rng.lognormal(np.log(900 * size), 1.1)))
    return np.round(centre[region, town] + offset, 3), people


def run(emit: Emit, options: Options) -> None:
    for n in (1_000, 4_000, 16_000, NATION):
        if not options.wanted(f"japan-{n}"):
            continue
        xy, people = country(n)
        p = round(HUBS * n / NATION)
        with Stopwatch() as lists:
            near = fitted_lists(xy, xy, people, p)
        with Stopwatch() as watch:
            found = solve_p_median(PMedian(near, people, p), seconds=options.seconds, gap=0.001 if n > 20_000 else 0.0)
        emit(model="p-median", instance=f"japan-{n}", n=n, p=p, objective=found.objective, best_known=None,
             bound=found.bound, gap=found.gap, cpu_s=watch.cpu_s, wall_s=watch.wall_s, lists_cpu_s=lists.cpu_s,
             pairs=len(near.cost), status=found.status, steps=found.steps)
