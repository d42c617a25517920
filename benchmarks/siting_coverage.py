"""Covering, 5,000 demands × 500 sites (points drawn in a square, reach 0.1), and the p-centers of OR-Library."""

from __future__ import annotations

import numpy as np

from musubime.siting import MaxCover, PCenter, SetCover, solve_max_cover, solve_p_center, solve_set_cover
from musubime.siting.instances import known_values, read_pmed
from siting import BENCH, Emit, Options, Stopwatch

P = 20
REACH = 0.1
HIGHS = "HiGHS 1.15"  # by the anchors, 2 cores: maximal 14.6 s; set covering 48 sites, bound 46 after 300 s


def drawn(seed: int, kind: str, demands: int = 5000, sites: int = 500) -> tuple[np.ndarray, np.ndarray]:
    """Distances (demands, sites) and weights of 1 to 99; clustered: 40 clusters, sites at demands."""
    rng = np.random.default_rng(seed)
    if kind == "uniform":
        xy, at = rng.random((demands, 2)), rng.random((sites, 2))
    else:
        centers = rng.random((40, 2))
        xy = centers[rng.integers(0, 40, demands)] + rng.normal(0, 0.05, (demands, 2))
        at = xy[rng.choice(demands, sites, replace=False)]
    weight = rng.integers(1, 100, demands).astype(float)
    return np.sqrt(((xy[:, None] - at[None]) ** 2).sum(axis=2)), weight


def run(emit: Emit, options: Options) -> None:
    warm, weight = drawn(9, "uniform", 60, 20)
    solve_max_cover(MaxCover(warm < 0.2, weight, 3))
    solve_set_cover(SetCover(warm < 1.0, np.ones(20)))
    for kind, seed in (("uniform", 1), ("uniform", 2), ("clustered", 1)):
        name = f"{kind}-{seed}"
        if not options.wanted(name):
            continue
        way, weight = drawn(seed, kind)
        first = name == "uniform-1"
        with Stopwatch() as watch:
            found = solve_max_cover(MaxCover(way < REACH, weight, P), seconds=options.seconds)
        emit(model="max-cover", instance=name, n=len(weight), p=P, objective=found.objective, bound=found.bound,
             gap=found.gap, cpu_s=watch.cpu_s, wall_s=watch.wall_s,
             **({"peer": HIGHS, "peer_cpu_s": 14.6} if first else {}))
        reach = way < REACH
        reach = reach[reach.any(axis=1)]
        with Stopwatch() as watch:
            found = solve_set_cover(SetCover(reach, np.ones(reach.shape[1])), seconds=min(options.seconds, 60.0))
        emit(model="set-cover", instance=name, n=len(reach), p=None, objective=found.objective, bound=found.bound,
             gap=found.gap, cpu_s=watch.cpu_s, wall_s=watch.wall_s)
    known = known_values(BENCH / "values.csv")
    for number in range(1, 41):
        path = BENCH / "orlib_pmed" / f"pmed{number}.txt"
        if not path.exists() or not options.wanted(path.stem):
            continue
        read = read_pmed(path)
        with Stopwatch() as watch:
            found = solve_p_center(PCenter(read.cost, read.p or 0), seconds=options.seconds)
        emit(model="p-center", instance=path.stem, n=len(read.cost), p=read.p, objective=found.objective,
             best_known=known.get(("p-center", path.stem, read.p)), bound=found.bound, gap=found.gap,
             cpu_s=watch.cpu_s, wall_s=watch.wall_s)
