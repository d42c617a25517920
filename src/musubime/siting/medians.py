"""p-median: exactly p sites, the weighted way to the closest one least."""

from __future__ import annotations

import time

import numpy as np

from musubime.language import text
from musubime.region import Floats

from ._engine import Clock, Mask, Told, dense_lists, make_lists
from ._prove import prove
from ._sites import (
    check_lists,
    check_memory,
    check_positions,
    check_sites,
    closest_listed,
    closest_open,
    mask_of,
    no_sites,
    site_solution,
    unreachable,
)
from .covering import fewest_sites
from .model import NearLists, PMedian, SiteSolution

LIST_BYTES = 60.0  # a pair while it is solved: cost, site, by client and by site, and room for search (measured)


def solve_p_median(
    problem: PMedian, *, seconds: float = 300.0, gap: float = 0.0, seed: int = 1,
    start: tuple[int, ...] | None = None, progress: Told | None = None,
) -> SiteSolution:
    """The best p sites, proven to `gap`, or the best found in `seconds` with the bound reached.

    start: sites to begin from, of an earlier answer say; those missing or too many are drawn. Raises InputError
    with every fault of the arrays.
    """
    began = time.perf_counter()
    clock = Clock(seconds, progress, began)
    begin = None
    if start is not None:
        check_positions(start, _sites(problem), "start")
        begin = mask_of(_sites(problem), start)
    if isinstance(problem.cost, NearLists):
        return _from_lists(problem, problem.cost, begin, gap, seed, clock)
    cost, weight = problem.cost, problem.weight
    check_sites(cost=cost, positive={"weight": weight}, must=problem.must, p=problem.p, sites=cost.shape[-1],
                clients=len(weight))
    check_memory(cost.size * LIST_BYTES, text("A table of {n} × {m} pairs", n=len(weight), m=cost.shape[1]))
    lacking = np.asarray((weight > 0) & np.isinf(cost).all(axis=1))
    if lacking.any():
        return no_sites(len(weight), [unreachable(lacking)], began)
    if np.isinf(cost).any():
        needed = fewest_sites(np.isfinite(cost[weight > 0]), problem.must, clock)
        if needed > problem.p:
            return no_sites(len(weight), [
                text("exactly {p} sites", p=problem.p),
                text("everybody is reached, which takes {needed} sites at least", needed=needed),
            ], began)
    lists = dense_lists(_weighted(cost, weight), lo=problem.p, hi=problem.p)
    must = mask_of(cost.shape[1], problem.must)
    proof = prove(lists, must=must, start=begin, gap=gap, seed=seed, clock=clock)
    assigned, nearest = closest_open(cost, proof.is_open)
    objective = float((weight[weight > 0] * nearest[weight > 0]).sum())
    if np.isinf(objective):
        reason = text("no {p} sites that reach everybody were found in {seconds:.0f} seconds", p=problem.p,
                      seconds=seconds)
        return no_sites(len(weight), [reason], began, "unknown")
    return site_solution(proof, assigned, objective, min(proof.bound, objective), clock)


def _sites(problem: PMedian) -> int:
    return problem.cost.sites if isinstance(problem.cost, NearLists) else int(problem.cost.shape[-1])


def _from_lists(
    problem: PMedian, near: NearLists, begin: Mask | None, gap: float, seed: int, clock: Clock
) -> SiteSolution:
    """From lists of the nearest sites. The bound holds for all pairs: no price goes beyond the end of a list."""
    weight = problem.weight
    check_sites(positive={"weight": weight}, must=problem.must, p=problem.p, sites=near.sites, clients=len(weight))
    check_lists(near, len(weight))
    check_memory(len(near.cost) * LIST_BYTES, text("{points} lists of {each} sites on average", points=len(weight),
                                                   each=len(near.cost) // max(len(weight), 1)))
    length = np.diff(near.ptr)
    lacking = np.asarray((length == 0) & (weight > 0))
    if lacking.any():
        return no_sites(len(weight), [unreachable(lacking)], clock.began)
    cost = near.cost * np.repeat(weight, length)
    last = cost[np.maximum(near.ptr[1:] - 1, 0)]
    lists = make_lists(
        near.ptr, near.site, cost, np.full(len(weight), np.inf), np.where(length < near.sites, last, np.inf),
        np.zeros(near.sites), problem.p, problem.p,
    )
    proof = prove(lists, must=mask_of(near.sites, problem.must), start=begin, gap=gap, seed=seed, clock=clock)
    assigned, nearest = closest_listed(lists, proof.is_open)
    if (assigned[weight > 0] < 0).any():
        reason = text("with {p} sites some clients lie beyond their lists: give longer lists", p=problem.p)
        return no_sites(len(weight), [reason], clock.began, "unknown")
    objective = float(nearest[weight > 0].sum())
    return site_solution(proof, assigned, objective, min(proof.bound, objective), clock)


def _weighted(cost: Floats, weight: Floats) -> Floats:
    """Cost times weight; clients without weight reach everything at nothing."""
    if (weight == 1).all():
        return cost
    with np.errstate(invalid="ignore"):
        return np.where(weight[:, None] > 0, cost * weight[:, None], 0.0)
