"""Covering: most weight within reach of p sites, the cheapest sites that reach everybody, and p-center."""

from __future__ import annotations

import time

import numpy as np

from musubime.language import text
from musubime.region import Floats, Ints

from . import _kernels as k
from ._cover_program import cover_within, small_cover
from ._cover_search import reach_search
from ._cover_tree import prove_reach
from ._engine import PROVEN, Clock, Lists, Mask, Proof, Told, lagrange_root, make_lists
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
    must = mask_of(sites, problem.must)
    if not lists.clients:  # nobody counts, or nobody can be reached
        is_open = must.copy()
        is_open[np.flatnonzero(~must)[: problem.p - int(must.sum())]] = True
        assigned, _ = closest_open(np.where(problem.reach, 0.0, np.inf), is_open)
        return site_solution(Proof(is_open, 0.0, 0.0), assigned, 0.0, 0.0, clock)
    start = _most_reached(lists, weight, must, seed, clock)
    proof = prove_reach(lists, weight, start, must, gap, clock)
    reached = problem.reach[:, proof.is_open].any(axis=1)
    objective = float(problem.weight[reached].sum())
    assigned, _ = closest_open(np.where(problem.reach, 0.0, np.inf), proof.is_open)
    return site_solution(proof, assigned, objective, max(total - lost - proof.bound, objective), clock)


def _most_reached(lists: Lists, weight: Floats, must: Mask, seed: int, clock: Clock) -> Mask:
    """The best of several searches, the first from what a short Lagrangian chooses, the others from sites drawn; done
    when the best was met twice."""
    m, free = lists.sites, lists.hi - int(must.sum())
    ptr, client, _ = k.by_site(lists.ptr, lists.site, lists.cost, m)
    rng = np.random.default_rng(seed)
    _, chosen = lagrange_root(lists, 0.9 * float(weight.sum()) + 1.0, must, np.zeros(m, dtype=bool), most=100)
    a_step = min(free, 30) * (m + len(lists.site) / m * len(lists.site) / max(lists.clients, 1)) + 1.0
    steps = int(np.clip(2.5e8 / a_step, 300, 4000))
    best, start = -1.0, must
    for turn in range(4):
        is_open = must.copy()
        given = np.flatnonzero(chosen & ~must) if turn == 0 else rng.permutation(np.flatnonzero(~must))
        is_open[given[:free]] = True
        spare = rng.permutation(np.flatnonzero(~is_open))
        is_open[spare[: lists.hi - int(is_open.sum())]] = True
        value = reach_search(lists.ptr, lists.site, ptr, client, weight, is_open, must, steps, seed + turn)
        again = value == best
        if value > best:
            best, start = value, is_open
        if again or clock.left <= 0:
            break
    return start


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
    small = small_cover(reach, np.ones(sites), must)
    allowed = problem.p - int(small.always.sum())
    if allowed < 0 or (len(small.reach) and not small.reach.any(axis=1).all()):
        return None
    cover = _greedy_cover(small.reach, small.open_cost, np.zeros(len(small.sites), dtype=bool))
    if cover.sum() > allowed:
        cover = search_cover(small.reach, small.open_cost, cover, np.zeros(len(cover), dtype=bool), seed,
                             enough=allowed, work=2e7)
    if cover.sum() > allowed:
        if _packing(small.reach) > allowed:
            return None
        found, bound = cover_within(small, allowed, clock, clock.left)
        if found is None:
            return None if bound > allowed + 0.5 else "late"
        cover = found
    is_open = small.cover(cover)
    spare = np.flatnonzero(~is_open)[: problem.p - int(is_open.sum())]
    return is_open | mask_of(sites, spare)


def _packing(reach: Mask) -> int:
    """Clients of whom no two share a site: each needs a site of its own. Those with fewest sites first."""
    blocked = np.zeros(reach.shape[1], dtype=bool)
    count = 0
    for i in np.argsort(reach.sum(axis=1), kind="stable"):
        if not (reach[i] & blocked).any():
            blocked |= reach[i]
            count += 1
    return count


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
    """The cheapest cover: greedy, made smaller by search, a Lagrangian bound, then programs within a budget.

    Where all sites cost the same, "is there a cover with one site less than would be best so far proven" is asked
    from below: each no raises the bound by one.
    """
    m = reach.shape[1]
    open_cost = open_cost.astype(np.float64)
    musts = mask_of(m, must)
    small = small_cover(reach, open_cost, musts)
    fixed = float(open_cost[small.always].sum())
    free = len(small.sites)
    none = np.zeros(free, dtype=bool)
    if not len(small.reach):
        return Proof(small.always, fixed, fixed)
    start = _greedy_cover(small.reach, small.open_cost, none)
    best = search_cover(small.reach, small.open_cost, start, none, seed, work=2e7)
    value = float(small.open_cost[best].sum())
    ptr, site = _pairs(small.reach)
    n = len(small.reach)
    lists = make_lists(ptr, site, np.zeros(len(site)), np.full(n, np.inf), np.full(n, np.inf), small.open_cost, 0, free)
    step = 1.0 if lists.whole else 0.0
    root, _ = lagrange_root(lists, value - step * (1 - 1e-6), none, none)
    bound = min(float(np.ceil(root.bound - 1e-6)) if lists.whole else root.bound, value)
    steps = [f"search {value + fixed:.8g}, lagrange {root.bound + fixed:.8g} at {clock.spent:.2f}s, "
             f"{n} clients, {free} sites"]

    def open_gap() -> float:
        return (value - bound) / abs(value + fixed) if value + fixed else 0.0

    if open_gap() > max(gap, PROVEN) and clock.left > 0:
        better = search_cover(small.reach, small.open_cost, best, none, seed + 1, work=min(2e7 * clock.left, 1.5e8),
                              enough=bound)
        best, value = better, float(small.open_cost[better].sum())
    same = bool((small.open_cost == small.open_cost[0]).all()) and small.open_cost[0] > 0
    while open_gap() > max(gap, PROVEN) and clock.left > 0.05:
        one = float(small.open_cost[0])
        if same:
            bound = float(np.ceil(bound / one - 1e-6)) * one
        budget = bound + 1e-6 * one if same else value - max(step * (1 - 1e-6), 1e-7 * abs(value))
        found, reached = cover_within(small, budget, clock, clock.left, cheapest=not same)
        if found is not None:
            best, value = found, float(small.open_cost[found].sum())
        bound = min(max(bound, bound + one if same and np.isinf(reached) else reached), value)
        steps.append(f"covers within {budget + fixed:.8g}: bound {bound + fixed:.8g} at {clock.spent:.2f}s")
        clock.tell(Proof(small.always, value + fixed, bound + fixed))
        if not same or not np.isinf(reached):
            break
    return Proof(small.cover(best), value + fixed, bound + fixed, steps=steps)


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
