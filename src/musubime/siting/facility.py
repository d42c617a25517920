"""Facility location: open sites and serve every client at least cost, with or without capacities."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from musubime.errors import Fault, InputError
from musubime.language import Text, text
from musubime.region import Floats, Ints

from ._engine import Clock, Mask, Proof, Told, dense_lists
from ._facility_conflict import conflict_of
from ._facility_program import Capacitated
from ._facility_root import assigned_of, made_ready, prove_capacitated
from ._prove import prove
from ._sites import check_memory, check_sites, closest_open, mask_of, no_sites, site_solution, unreachable
from .covering import fewest_sites
from .model import FacilityLocation, SiteSolution

PAIR_BYTES = 70.0  # a pair while a capacitated problem is solved: costs twice, shares, bounds, and the program's rows
LIST_BYTES = 40.0  # a pair without capacities: cost, sorted lists, and room for search


def solve_facility_location(
    problem: FacilityLocation, *, seconds: float = 300.0, gap: float = 0.0, seed: int = 1,
    start: tuple[int, ...] | None = None, progress: Told | None = None,
) -> SiteSolution:
    """The cheapest sites and who goes where, proven to `gap`, or the best found in `seconds` with the bound reached.

    Without capacities every client goes to its cheapest open site. With them a client's demand may be split (`flow`
    in the result says how), or with `single` may not. start: open sites to begin from. When there is no solution,
    why() names a smallest set of clients that cannot be served together, and `conflict_clients` their positions.
    Raises InputError with every fault of the arrays.
    """
    began = time.perf_counter()
    clock = Clock(seconds, progress, began)
    _check(problem)
    n, m = problem.cost.shape
    size = text("A table of {n} × {m} pairs", n=n, m=m)
    lacking = np.asarray(np.isinf(problem.cost).all(axis=1))
    if lacking.any():
        return _none(n, [unreachable(lacking)], np.flatnonzero(lacking), began)
    begin = mask_of(m, start) if start else None
    if problem.capacity is None or problem.demand is None or _has_room(problem.demand, problem.capacity):
        check_memory(problem.cost.size * LIST_BYTES, size)
        return _without_capacities(problem, gap, seed, begin, clock)
    check_memory(problem.cost.size * PAIR_BYTES, size)
    made_ready()
    clock = Clock(seconds, progress)
    given = _arrays(problem, problem.demand, problem.capacity)
    must = mask_of(m, problem.must)
    conflict = conflict_of(given, must, clock, sure=False)
    if conflict is not None:
        return _none(n, conflict.reasons, conflict.clients, began)
    found = prove_capacitated(given, must, gap=gap, seed=seed, clock=clock, start=begin)
    if found.share is None or found.is_open is None:
        conflict = conflict_of(given, must, Clock(max(clock.left, 5.0)), sure=True)
        if conflict is not None:
            return _none(n, conflict.reasons, conflict.clients, began)
        return no_sites(n, [
            text("no sites that serve everybody within the capacities were found in {seconds:.0f} seconds, and it was "
                 "not proven that there are none", seconds=seconds),
        ], began, "unknown")
    answer = site_solution(
        Proof(found.is_open, found.value, found.bound, steps=found.steps), assigned_of(found.share), found.value,
        min(found.bound, found.value), clock,
    )
    return answer if problem.single else replace(answer, flow=found.share)


def _none(n: int, reasons: Sequence[Text], clients: Ints, began: float) -> SiteSolution:
    return replace(no_sites(n, reasons, began), conflict_clients=tuple(int(i) for i in clients))


def _has_room(demand: Floats, capacity: Floats) -> bool:
    return bool((capacity >= demand.sum()).all())


def _check(problem: FacilityLocation) -> None:
    """Raise InputError with every fault of the arrays."""
    cost = problem.cost
    clients, sites = cost.shape if cost.ndim == 2 else (0, 0)
    faults: list[Fault] = []
    positive = {"open_cost": problem.open_cost}
    if problem.capacity is not None:
        if problem.demand is None:
            faults.append(Fault(text("Capacities are given, but no demand."), text("Give each client's demand."),
                                field="demand"))
        else:
            positive["demand"] = problem.demand
        positive["capacity"] = np.where(np.isposinf(problem.capacity), 0.0, problem.capacity)
    try:
        check_sites(cost=cost, positive=positive, must=problem.must, p=problem.p, sites=sites, clients=clients)
    except InputError as error:
        faults.extend(error.faults)
    if faults:
        raise InputError(faults)


def _arrays(problem: FacilityLocation, demand: Floats, capacity: Floats) -> Capacitated:
    cost = np.ascontiguousarray(problem.cost, dtype=np.float64)
    finite = cost[np.isfinite(cost)]
    open_cost = problem.open_cost.astype(np.float64)
    whole = problem.single and bool((finite == np.rint(finite)).all() and (open_cost == np.rint(open_cost)).all())
    sites = cost.shape[1]
    return Capacitated(
        cost, np.ascontiguousarray(cost.T), demand.astype(np.float64),
        np.minimum(capacity, demand.sum()).astype(np.float64), open_cost, problem.single,
        problem.p if problem.p is not None else 1, problem.p if problem.p is not None else sites, whole,
    )


def _without_capacities(
    problem: FacilityLocation, gap: float, seed: int, begin: Mask | None, clock: Clock
) -> SiteSolution:
    """Every client goes to its cheapest open site: the engine of the p-median with opening costs."""
    n, m = problem.cost.shape
    if problem.p is not None and np.isinf(problem.cost).any():
        needed = fewest_sites(np.isfinite(problem.cost), problem.must, clock)
        if needed > problem.p:
            return no_sites(n, [
                text("exactly {p} sites", p=problem.p),
                text("everybody is reached, which takes {needed} sites at least", needed=needed),
            ], clock.began)
    lo = problem.p if problem.p is not None else max(1, len(set(problem.must)))
    lists = dense_lists(problem.cost, open_cost=problem.open_cost.astype(np.float64), lo=lo,
                        hi=problem.p if problem.p is not None else m)
    proof = prove(lists, must=mask_of(m, problem.must), start=begin, gap=gap, seed=seed, clock=clock)
    assigned, nearest = closest_open(problem.cost, proof.is_open)
    objective = float(problem.open_cost[proof.is_open].sum() + nearest.sum())
    if np.isinf(objective):
        return no_sites(n, [
            text("no {p} sites that reach everybody were found in {seconds:.0f} seconds",
                 p=int(proof.is_open.sum()), seconds=clock.seconds)], clock.began, "unknown")
    return site_solution(proof, assigned, objective, min(proof.bound, objective), clock)
