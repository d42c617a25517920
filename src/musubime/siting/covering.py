"""Covering: most weight within reach of p sites, the cheapest sites that reach everybody, and p-center."""

from __future__ import annotations

import time

import numpy as np

from musubime.language import text
from musubime.region import Floats, Ints

from . import _kernels as k
from ._engine import Clock, Lists, Mask, Proof, Told, make_lists
from ._prove import prove
from ._search import cover_search
from ._sites import check_memory, check_sites, closest_open, mask_of, no_sites, site_solution, unreachable
from .model import MaxCover, PCenter, SetCover, SiteSolution


def solve_max_cover(
    problem: MaxCover, *, seconds: float = 300.0, gap: float = 0.0, seed: int = 1, progress: Told | None = None
) -> SiteSolution:
    """The p sites that reach most weight. The bound is an upper one."""
    began = time.perf_counter()
    clients, sites = problem.reach.shape
    check_sites(reach=problem.reach, positive={"weight": problem.weight}, must=problem.must, p=problem.p,
                sites=sites, clients=clients)
    clock = Clock(seconds, progress, began)
    total = float(problem.weight.sum())
    lists, weight = cover_lists(problem.reach, problem.weight, problem.p, problem.p)
    lost = total - float(weight.sum())  # of clients whom no site reaches
    # the gap is one of the weight reached, the engine's one of the weight missed
    proof = prove(lists, must=mask_of(sites, problem.must), gap=0.0, seed=seed, clock=clock,
                  enough=lambda p: p.value - p.bound <= gap * (total - lost - p.value))
    reached = problem.reach[:, proof.is_open].any(axis=1)
    objective = float(problem.weight[reached].sum())
    assigned, _ = closest_open(np.where(problem.reach, 0.0, np.inf), proof.is_open)
    return site_solution(proof, assigned, objective, max(total - lost - proof.bound, objective), clock)


def solve_set_cover(
    problem: SetCover, *, seconds: float = 300.0, gap: float = 0.0, seed: int = 1, progress: Told | None = None
) -> SiteSolution:
    """The cheapest sites that reach everybody."""
    began = time.perf_counter()
    clients, sites = problem.reach.shape
    check_sites(reach=problem.reach, positive={"open_cost": problem.open_cost}, must=problem.must, sites=sites,
                clients=clients)
    clock = Clock(seconds, progress, began)
    lacking = np.asarray(~problem.reach.any(axis=1))
    if lacking.any():
        return no_sites(clients, [unreachable(lacking)], began)
    proof = prove_cover(problem.reach, problem.open_cost, problem.must, gap, seed, clock)
    assigned, _ = closest_open(np.where(problem.reach, 0.0, np.inf), proof.is_open)
    objective = float(problem.open_cost[proof.is_open].sum())
    return site_solution(proof, assigned, objective, min(proof.bound, objective), clock)


def solve_p_center(
    problem: PCenter, *, seconds: float = 300.0, seed: int = 1, progress: Told | None = None
) -> SiteSolution:
    """The p sites with the shortest longest way: bisection over the distances that occur.

    A distance is too short when p sites cannot reach everybody within it, which a covering bound proves.
    """
    began = time.perf_counter()
    clients, sites = problem.cost.shape
    check_sites(cost=problem.cost, must=problem.must, p=problem.p, sites=sites, clients=clients)
    clock = Clock(seconds, progress, began)
    lacking = np.asarray(np.isinf(problem.cost).all(axis=1))
    if lacking.any():
        return no_sites(clients, [unreachable(lacking)], began)
    needed = fewest_sites(np.isfinite(problem.cost), problem.must, clock) if np.isinf(problem.cost).any() else 0
    if needed > problem.p:
        return no_sites(clients, [
            text("exactly {p} sites", p=problem.p),
            text("everybody is reached, which takes {needed} sites at least", needed=needed),
        ], began)
    is_open = _farthest_first(problem, seed)
    far = float(closest_open(problem.cost, is_open)[1].max())
    ways = np.unique(problem.cost[np.isfinite(problem.cost)])
    low = int(np.searchsorted(ways, problem.cost.min(axis=1).max()))  # nobody comes nearer than its nearest site
    high = int(np.searchsorted(ways, far))
    steps = [f"start {far:.8g}"]
    first_open = low  # every distance below ways[first_open] is proven too short
    while first_open < high and clock.left > 0:
        middle = (first_open + high) // 2
        found = _within(problem, ways[middle], is_open, seed, clock)
        steps.append(f"{ways[middle]:.8g}: {'yes' if found is not None else 'no'} at {clock.spent:.2f}s")
        if isinstance(found, str):
            break
        if found is None:
            first_open = middle + 1
        else:
            is_open = found
            high = int(np.searchsorted(ways, closest_open(problem.cost, is_open)[1].max()))
        if progress:
            progress(clock.spent, float(ways[high]), float(ways[first_open]))
    assigned, nearest = closest_open(problem.cost, is_open)
    objective = float(nearest.max())
    return site_solution(
        Proof(is_open, objective, 0.0), assigned, objective, min(float(ways[first_open]), objective), clock, steps=steps
    )


def _within(problem: PCenter, way: float, start: Mask, seed: int, clock: Clock) -> Mask | str | None:
    """p sites within `way` of everybody, None when there are none, "late" when the time ran out."""
    sites = problem.cost.shape[1]
    reach, must = problem.cost <= way, mask_of(problem.cost.shape[1], problem.must)
    rows = _needed_rows(reach)
    cover = _greedy_cover(reach[rows], np.ones(sites), must)
    if cover.sum() > problem.p:
        cover = search_cover(reach[rows], np.ones(sites), cover, must, seed, enough=problem.p, work=2e7)
    if cover.sum() <= problem.p:
        spare = np.flatnonzero(~cover)[: problem.p - int(cover.sum())]
        return cover | mask_of(sites, spare)
    lists, _ = cover_lists(reach[rows], np.ones(len(rows)), problem.p, problem.p)
    proof = prove(
        lists, must=must, start=start, seed=seed, clock=clock,
        enough=lambda p: p.value < 0.5 or p.bound > 0.5,
    )
    if proof.value < 0.5:
        return proof.is_open
    return None if proof.bound > 0.5 else "late"


def _farthest_first(problem: PCenter, seed: int) -> Mask:
    """Each next site is the one nearest to whoever is farthest from those open."""
    is_open = mask_of(problem.cost.shape[1], problem.must)
    rng = np.random.default_rng(seed)
    while is_open.sum() < problem.p:
        nearest = closest_open(problem.cost, is_open)[1]
        farthest = int(rng.integers(len(nearest))) if not is_open.any() else int(nearest.argmax())
        cost = np.where(is_open, np.inf, problem.cost[farthest])
        is_open[int(cost.argmin()) if np.isfinite(cost).any() else int(np.flatnonzero(~is_open)[0])] = True
    return is_open


def cover_lists(reach: Mask, weight: Floats, lo: int, hi: int) -> tuple[Lists, Floats]:
    """Lists of cost 0 within reach and the weight as miss; clients with the same sites are put together."""
    check_memory(reach.size * 10.0, text("A table of {n} × {m} pairs", n=reach.shape[0], m=reach.shape[1]))
    counted = reach.any(axis=1) & (weight > 0)
    packed = np.packbits(reach[counted], axis=1)
    _, first, same = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    rows = np.flatnonzero(counted)[first]
    joined = np.bincount(same.ravel(), weights=weight[counted], minlength=len(rows)).astype(np.float64)
    ptr, site = _pairs(reach[rows])
    return make_lists(
        ptr, site, np.zeros(len(site)), joined, np.full(len(rows), np.inf), np.zeros(reach.shape[1]), lo, hi
    ), joined


def _pairs(reach: Mask) -> tuple[Ints, np.ndarray]:
    row, site = np.nonzero(reach)
    ptr = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(reach)))]).astype(np.int64)
    return ptr, site.astype(np.int32)


def prove_cover(
    reach: Mask, open_cost: Floats, must: tuple[int, ...], gap: float, seed: int, clock: Clock
) -> Proof:
    """The cheapest cover: greedy, made smaller by search, then the engine."""
    rows = _needed_rows(reach)
    ptr, site = _pairs(reach[rows])
    n, m = len(rows), reach.shape[1]
    lists = make_lists(ptr, site, np.zeros(len(site)), np.full(n, np.inf), np.full(n, np.inf),
                       open_cost.astype(np.float64), 0, m)
    start = _greedy_cover(reach[rows], open_cost, mask_of(m, must))
    proof = None
    for work, share in ((2e7, 0.1), (min(2e8 * clock.left, 1e9), 1.0)):
        start = search_cover(reach[rows], open_cost, start, mask_of(m, must), seed, work=work)
        part = Clock(max(clock.left * share, 1.0), clock.told)
        proof = prove(lists, must=mask_of(m, must), start=start, gap=gap, seed=seed, clock=part, effort=0.02)
        if proof.done(gap):
            break
        start = proof.is_open
    assert proof is not None
    return proof


def _needed_rows(reach: Mask) -> Ints:
    """Clients that are not reached whenever another, harder one is (every site of the harder reaches both)."""
    packed = np.packbits(reach, axis=1)
    _, first = np.unique(packed, axis=0, return_index=True)
    rows = np.sort(first)
    if len(rows) * len(rows) * reach.shape[1] > 2e10:
        return np.asarray(rows, dtype=np.int64)
    part = reach[rows].astype(np.float32)
    size = part.sum(axis=1)
    kept = np.ones(len(rows), dtype=bool)
    for i in np.argsort(-size, kind="stable"):
        inside = (part @ part[i]) >= size - 0.5  # rows whose sites all belong to i's
        inside[i] = False
        kept[i] = not (inside & kept).any()
    return np.asarray(rows[kept], dtype=np.int64)


def _greedy_cover(reach: Mask, open_cost: Floats, must: Mask) -> Mask:
    is_open = must.copy()
    left = ~reach[:, is_open].any(axis=1)
    weights = reach.astype(np.float32)
    while left.any():
        gain = weights[left].sum(axis=0) / np.maximum(open_cost, 1e-9)
        best = int(gain.argmax())
        is_open[best] = True
        left &= ~reach[:, best]
    for j in np.flatnonzero(is_open & ~must)[::-1]:  # leave out what the others have made needless
        is_open[j] = False
        if not reach[:, is_open].any(axis=1).all():
            is_open[j] = True
    return is_open


def search_cover(
    reach: Mask, open_cost: Floats, start: Mask, must: Mask, seed: int, *, enough: float = 0.0, work: float = 3e8
) -> Mask:
    """A cheaper cover by local search; `work` is about how many pairs are looked at."""
    ptr, site = _pairs(reach)
    zeros = np.zeros(len(site))
    back_ptr, client, _ = k.by_site(ptr, site, zeros, reach.shape[1])
    a_step = 2.0 * len(site) / reach.shape[1] * len(site) / len(reach) + 2.0 * reach.shape[1]
    return np.asarray(cover_search(
        ptr, site, back_ptr, client, open_cost.astype(np.float64), start, must, enough, int(work / a_step) + 10, seed,
    ))


def fewest_sites(reach: Mask, must: tuple[int, ...], clock: Clock) -> int:
    """A proven lower bound on how many sites reach everybody."""
    if not len(reach):
        return 0
    proof = prove_cover(reach, np.ones(reach.shape[1]), must, 0.0, 1, Clock(max(clock.left / 2, 1.0)))
    return int(np.ceil(proof.bound - 1e-6))
