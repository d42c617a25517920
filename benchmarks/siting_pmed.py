"""OR-Library p-median, and larger graphs of the same recipe (Beasley 1985) where the files are not at hand."""

from __future__ import annotations

import numpy as np
from _siting_peers import peer_lines

from musubime.siting import PMedian, solve_p_median
from musubime.siting.instances import SiteInstance, known_values, read_pmed
from siting import BENCH, Emit, Options, Stopwatch

# pmed21-40: n and p of OR-Library
LARGER = {
    21: (500, 5), 22: (500, 10), 23: (500, 50), 24: (500, 100), 25: (500, 167), 26: (600, 5), 27: (600, 10),
    28: (600, 60), 29: (600, 120), 30: (600, 200), 31: (700, 5), 32: (700, 10), 33: (700, 70), 34: (700, 140),
    35: (800, 5), 36: (800, 10), 37: (800, 80), 38: (900, 5), 39: (900, 10), 40: (900, 90),
}


def made(number: int) -> SiteInstance:
    """A random connected graph of n nodes and n²/50 edges of length 1..100, as the recipe says."""
    from scipy.sparse.csgraph import shortest_path

    n, p = LARGER[number]
    rng = np.random.default_rng(number)
    length = np.zeros((n, n))
    order = rng.permutation(n)
    edges = [(int(order[k]), int(order[rng.integers(k)])) for k in range(1, n)]  # a tree keeps it connected
    edges += [tuple(rng.choice(n, 2, replace=False)) for _ in range(n * n // 50 - n + 1)]
    for a, b in edges:
        length[a, b] = length[b, a] = rng.integers(1, 101)
    names = tuple(str(i + 1) for i in range(n))
    return SiteInstance(f"like-pmed{number}", shortest_path(length, method="D", directed=False), np.ones(n), names,
                        names, p)


def run(emit: Emit, options: Options) -> None:
    known = known_values(BENCH / "values.csv")
    for number in range(1, 41):
        file = BENCH / "orlib_pmed" / f"pmed{number}.txt"
        name = f"pmed{number}" if file.exists() else f"like-pmed{number}"
        if not options.wanted(name):
            continue
        instance = read_pmed(file) if file.exists() else made(number)
        assert instance.p is not None
        median_line(emit, options, instance, instance.p, known.get(("p-median", instance.name, instance.p)))


def median_line(emit: Emit, options: Options, instance: SiteInstance, p: int, best: float | None) -> None:
    """Solve one p-median and print its line, with a line's worth of each peer."""
    with Stopwatch() as watch:
        found = solve_p_median(PMedian(instance.cost, instance.weight, p), seconds=options.seconds)
    line = {
        "model": "p-median", "instance": instance.name, "n": len(instance.weight), "p": p,
        "objective": found.objective, "best_known": best, "bound": found.bound, "gap": found.gap,
        "cpu_s": watch.cpu_s, "wall_s": watch.wall_s,
    }
    if not options.peers:
        emit(**line)
        return
    for peer in peer_lines(options.peers, instance.cost, p, options.seconds, options.peer):
        emit(**line, **peer)
