"""Facility location with capacities: OR-Library cap (split demand), Beasley's and Lorena's capacitated p-medians."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from musubime.siting import FacilityLocation, solve_facility_location
from musubime.siting.instances import SiteInstance, euclidean, known_values, read_cap, read_pmedcap, read_sjc
from siting import BENCH, Emit, Options, Stopwatch


def made_warehouses(sites: int, clients: int, seed: int) -> SiteInstance:
    """Split demand of the size of OR-Library's capa, capb and capc (100 × 1,000), which are not at hand."""
    rng = np.random.default_rng(seed)
    at, xy = rng.random((sites, 2)) * 1000, rng.random((clients, 2)) * 1000
    demand = rng.integers(1, 100, clients).astype(float)
    capacity = np.full(sites, np.ceil(demand.sum() / 7))
    cost = euclidean(xy, at) * demand[:, None] / 100 * rng.uniform(0.9, 1.1, (clients, sites))
    ids = tuple(str(i + 1) for i in range(max(sites, clients)))
    return SiteInstance(f"made {sites} x {clients} #{seed}", cost, np.ones(clients), ids[:clients], ids[:sites],
                        open_cost=rng.uniform(8000, 16000, sites).round(), demand=demand, capacity=capacity)


def made_medians(n: int, p: int, seed: int) -> SiteInstance:
    """Whole demand, eight clusters, nine tenths of the room used: of the kind of SJC3 and SJC4, not at hand."""
    rng = np.random.default_rng(seed)
    centers = rng.random((8, 2)) * 4000
    xy = centers[rng.integers(0, 8, n)] + rng.normal(0, 500, (n, 2))
    demand = rng.integers(1, 100, n).astype(float)
    ids = tuple(str(i + 1) for i in range(n))
    return SiteInstance(f"made {n}-{p} #{seed}", euclidean(xy, xy), np.ones(n), ids, ids, p, xy, np.zeros(n), demand,
                        np.full(n, np.ceil(demand.sum() / p / 0.9)), single=True)


def cases() -> Iterator[tuple[str, SiteInstance, float | None, float]]:
    """Model, instance, best known value, seconds."""
    known = known_values(BENCH / "values.csv")
    for path in sorted((BENCH / "orlib_cap").glob("cap*.txt")):
        yield "cfl", read_cap(path), known.get(("CFL (multi-source)", path.stem, None)), 120.0
    for number in range(1, 21):
        read = read_pmedcap(BENCH / "cpmp" / "pmedcap1.txt", number)
        yield "cpmp", read, known.get(("CPMP", f"pmedcap1 #{number}", read.p)), 120.0
    for path in sorted((BENCH / "cpmp").glob("SJC*.dat")):
        read = read_sjc(path)
        yield "cpmp", read, known.get(("CPMP", path.stem, read.p)), 120.0
    yield "cfl", made_warehouses(100, 1000, 1), None, 120.0
    yield "cpmp", made_medians(402, 40, 1), None, 120.0


def run(emit: Emit, options: Options) -> None:
    for model, read, best, seconds in cases():
        if not options.wanted(read.name.replace(" ", "")):
            continue
        assert read.open_cost is not None
        problem = FacilityLocation(read.cost, read.open_cost, read.demand, read.capacity, read.single, read.p)
        with Stopwatch() as watch:
            found = solve_facility_location(problem, seconds=min(seconds, options.seconds))
        emit(model=model, instance=read.name, n=len(read.cost), p=read.p, objective=found.objective, best_known=best,
             gap_to_best_known=(found.objective - best) / best if best else None, bound=found.bound, gap=found.gap,
             cpu_s=watch.cpu_s, wall_s=watch.wall_s)
