"""p-median on TSPLIB points, floored distances: rl1304 and u1432 for every p that has a published value."""

from __future__ import annotations

from siting_pmed import median_line

from musubime.siting.instances import known_values, read_tsplib
from siting import BENCH, Emit, Options


def run(emit: Emit, options: Options) -> None:
    known = known_values(BENCH / "values.csv")
    for name in sorted(path.stem for path in (BENCH / "tsplib").glob("*.tsp")):
        instance = read_tsplib(BENCH / "tsplib" / f"{name}.tsp")
        for (model, of, p), best in sorted(known.items(), key=lambda item: item[0][2] or 0):
            if model == "p-median" and of == name and p is not None and options.wanted(f"{name}-{p}"):
                median_line(emit, options, instance, p, best)
