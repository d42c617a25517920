"""p-median at the sizes of the larger TSPLIB files (n = 2,103 to 5,934), on points made here: even, in clusters, and
on the grid of a drilling problem. Floored distances, every point client and site."""

from __future__ import annotations

import numpy as np
from siting_pmed import median_line

from musubime.siting.instances import SiteInstance, euclidean
from siting import Emit, Options

CASES = {
    "even2103": (2103, (5, 50, 200, 500)), "drill2152": (2152, (20, 100, 300)), "clusters3038": (3038, (10, 100, 400)),
    "even3038": (3038, (50, 300)), "even5934": (5934, (10, 100, 500, 1000)), "clusters5934": (5934, (50, 500)),
}


def points(name: str) -> np.ndarray:
    n = CASES[name][0]
    rng = np.random.default_rng(n)
    if name.startswith("drill"):  # many equal distances: the hard kind
        cells = rng.choice(150 * 90, n, replace=False)
        return np.stack([cells % 150, cells // 150], axis=1) * 100.0
    if name.startswith("clusters"):
        centres = rng.uniform(0, 20000, (40, 2))
        return np.rint(centres[rng.integers(0, 40, n)] + rng.normal(0, 700, (n, 2)))
    return np.rint(rng.uniform(0, 20000, (n, 2)))


def run(emit: Emit, options: Options) -> None:
    for name, (n, several) in CASES.items():
        if not any(options.wanted(f"{name}-{p}") for p in several):
            continue
        xy = points(name)
        names = tuple(str(i + 1) for i in range(n))
        instance = SiteInstance(name, np.floor(euclidean(xy, xy)), np.ones(n), names, names, None, xy)
        for p in several:
            if options.wanted(f"{name}-{p}"):
                median_line(emit, options, instance, p, None)
