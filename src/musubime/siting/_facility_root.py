"""Capacitated location: a good solution by local search, the Lagrangian bound, and the proof over what is left."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from musubime.region import Floats, Ints

from . import _facility_kernels as fk
from . import _kernels as k
from ._engine import PROVEN, Clock, Mask
from ._facility_branch import Root, Tree, branch, first_root, pairs_left, raise_root
from ._facility_program import Capacitated, Closing, close_gap, transport, value_of
from ._facility_search import assign_all, search_single

FIRST_WORK = 4e7  # of one search, in distances looked at: about half a second
MANY_PAIRS = 300  # left for the program: beyond them it is run in stages
SHORT_PROGRAM = 1500  # pairs: so few are given to HiGHS at once; beyond them branching gets farther
HEAT = 0.05  # the search goes on with a solution that is worse by at most so much of what one site costs on average
HOTTEST = 0.01  # and of the whole


@dataclass
class Found:
    """Where the search stands. share: (clients, sites) of each client's demand; None while nothing was found."""

    value: float = float("inf")
    is_open: Mask | None = None
    share: Floats | None = None
    bound: float = 0.0
    steps: list[str] = field(default_factory=list)

    def gap(self) -> float:
        if not np.isfinite(self.value):
            return float("inf")
        return (self.value - self.bound) / abs(self.value) if self.value else 0.0

    def take(self, problem: Capacitated, is_open: Mask, share: Floats) -> bool:
        """Keep it if it is better."""
        value = value_of(problem, is_open, share)
        if value < self.value - 1e-9 * abs(value):
            self.value, self.is_open, self.share = value, is_open.copy(), share
            return True
        return False

    def raise_bound(self, bound: float, cut: float, whole: bool) -> None:
        """Take in a bound that holds for all solutions below the cut; there is nothing above it to know."""
        if whole and np.isfinite(bound):
            bound = float(np.ceil(bound - 1e-6))
        beyond = float(np.floor(cut)) + 1.0 if whole else cut
        self.bound = max(self.bound, min(bound, beyond, self.value))


def cut_below(value: float, whole: bool, gap: float) -> float:
    """Solutions above this are not looked for."""
    step = max(gap, 1e-7) * abs(value)
    return value - max(step, 1.0 - 1e-6) if whole else value - step


class Search:
    """Local search with everything it needs again and again."""

    def __init__(self, problem: Capacitated, must: Mask, seed: int) -> None:
        self.problem, self.must, self.seed = problem, must, seed
        finite = np.isfinite(problem.cost)
        largest = float(problem.cost[finite].max(initial=0.0)) + float(problem.open_cost.max(initial=0.0)) + 1.0
        self.cost = np.where(finite, problem.cost, 10.0 * largest)
        near = min(problem.sites, 30)
        self.near = np.argsort(self.cost, axis=1, kind="stable")[:, :near].astype(np.int64)
        self.price = float(self.cost[finite].mean()) / max(float(problem.demand.mean()), 1e-9) if finite.any() else 1.0
        self.calls = 0

    def first(self) -> Mask:
        """Sites drawn until their number and room suffice."""
        p = self.problem
        rng = np.random.default_rng(self.seed + self.calls)
        is_open = self.must.copy()
        for j in rng.permutation(p.sites):
            room = p.capacity[is_open].sum() >= 1.3 * p.demand.sum()
            if is_open.sum() >= p.hi or (is_open.sum() >= p.lo and room):
                break
            is_open[j] = True
        return is_open

    def run(self, found: Found, start: Mask, work: float, clock: Clock, turns: float = 1.0) -> bool:
        """Search from some open sites; where clients may be split, the sites found are given the cheapest shares."""
        p, improved = self.problem, False
        begin = self._fit(start)
        count = max(int(begin.sum()), 1)
        a_round = p.clients * count + 3.0 * p.clients * p.clients / count + 2.0 * p.sites * p.clients / count
        rounds = min(max(int(work / a_round), 30), int(turns * (150 * p.clients + 300)))
        part = min(rounds, max(int(1e8 / a_round), 10))  # the clock is looked at between parts
        assigned = np.empty(p.clients, dtype=np.int64)
        assign_all(self.cost, p.demand, p.capacity, begin, self.price, assigned)
        best_open, best, chosen = begin.copy(), assigned.copy(), begin.copy()
        least = (np.inf, np.inf)  # overload and value of `chosen`
        hot, done = min(HEAT / count, HOTTEST), 0  # cooled once from the first part to the last
        while done < rounds and clock.left > 0:
            self.calls += 1
            cooled = hot * (1 - min(done + part, rounds) / rounds)
            value, excess, self.price = search_single(
                self.cost, p.demand, p.capacity, p.open_cost, p.lo, p.hi, ~self.must, self.near, self.price, begin,
                assigned, best_open, best, part, hot * (1 - done / rounds), cooled, self.seed + self.calls,
            )
            self.price = float(np.clip(self.price, 1e-9, 1e12))
            done += part
            if (excess, value) < least:
                chosen[:], least = best_open, (excess, value)
            if excess <= 0:
                share = np.zeros((p.clients, p.sites))
                share[np.arange(p.clients), best] = 1.0
                if np.isfinite(p.cost[np.arange(p.clients), best]).all():
                    improved |= found.take(p, best_open, share)
        if not p.single:
            _, better = transport(p, chosen, max(clock.left, 0.1))
            if better is not None:
                improved |= found.take(p, chosen, better)
        return improved

    def _fit(self, start: Mask) -> Mask:
        """Opened or closed, the least used first, until the number is within its bounds and the musts are in."""
        p = self.problem
        is_open = start | self.must
        rng = np.random.default_rng(self.seed + 7)
        while is_open.sum() > p.hi:
            is_open[rng.choice(np.flatnonzero(is_open & ~self.must))] = False
        while is_open.sum() < max(p.lo, 1):
            is_open[rng.choice(np.flatnonzero(~is_open))] = True
        return is_open


def prove_capacitated(
    problem: Capacitated, must: Mask, *, gap: float, seed: int, clock: Clock, start: Mask | None = None
) -> Found:
    """The best solution with a proven bound, to the gap asked for or until the clock runs out."""
    found = Found()
    search = Search(problem, must, seed)
    search.run(found, search.first() if start is None else start, FIRST_WORK, clock)
    root = first_root(problem, must)
    _note(found, "search", clock)
    done = max(gap, PROVEN)
    for attempt in range(3):
        cut = cut_below(found.value, problem.whole, gap) if found.share is not None else _loose_cut(problem)
        raise_root(problem, root, cut, clock, step=1.0 if attempt == 0 else 0.3)
        found.raise_bound(root.bound, cut, problem.whole)
        _note(found, f"lagrange, {int((root.fix != k.SHUT).sum())} sites", clock)
        if found.gap() <= done or clock.left <= 0:
            return found
        if not search.run(found, root.chosen, FIRST_WORK, clock) and attempt > 0:
            break
    few = problem.clients * int((root.fix != k.SHUT).sum()) <= SHORT_PROGRAM
    if (few or found.share is None) and _close(problem, root, found, gap, clock, 3.0 if few else clock.left):
        return found
    tree: Tree | None = None
    seconds, turns, again = 5.0, 2.0, 0
    while found.share is not None and found.gap() > done and clock.left > 0:
        if tree is None or not tree.heap:
            raise_root(problem, root, cut_below(found.value, problem.whole, gap), clock, step=0.2, most=100)
            tree = Tree([(root.bound, 0, replace(root))])
        _branch(problem, tree, found, gap, clock, clock.spent + seconds)
        if not tree.heap or found.gap() <= done:
            break
        seconds *= 2.0
        if not problem.single:
            continue  # parts give their own solutions: the cheapest shares of the sites chosen
        # longer searches each time: from the Lagrangian's choice, from sites drawn anew, from the best
        begin = (root.chosen, search.first(), found.is_open)[again % 3]
        part = Clock(min(seconds / 2, clock.left))
        search.run(found, root.chosen if begin is None else begin, turns * 4e8, part, turns)
        _note(found, "search", clock)
        again += 1
        turns = min(2.0 * turns, 16.0)
    return found


@cache
def made_ready() -> None:
    """Compile the kernels (a matter of seconds, once on a machine) before anybody's clock runs."""
    one = np.ones(2)
    tiny = Capacitated(np.ones((2, 2)), np.ones((2, 2)), one, one, np.zeros(2), True, 1, 2, True)
    root = first_root(tiny, np.zeros(2, dtype=bool))
    Search(tiny, np.zeros(2, dtype=bool), 1).run(Found(), np.ones(2, dtype=bool), 1.0, Clock(60.0))
    raise_root(tiny, root, 2.0, Clock(60.0), most=2)
    fk.pair_bounds(tiny.by_site, one, one, tiny.open_cost, 1, 2, root.price, root.fix, 2.0, 10, True)


def _loose_cut(problem: Capacitated) -> float:
    """Above every solution: all sites, and each client's dearest one."""
    dearest = np.where(np.isfinite(problem.cost), problem.cost, 0.0).max(axis=1).sum()
    return float(problem.open_cost.sum() + dearest) * 1.001 + 1.0


def _note(found: Found, what: str, clock: Clock) -> None:
    found.steps.append(f"{what} {found.value:.10g} {found.bound:.10g} at {clock.spent:.2f}s")
    if clock.told:
        clock.told(clock.spent, found.value, found.bound)


def _close(problem: Capacitated, root: Root, found: Found, gap: float, clock: Clock, seconds: float) -> bool:
    """The program over what the bound leaves. First below a part of the gap, where little is left: that raises the
    bound by the part, or finds a better solution. Returns True when the search is over."""
    until = clock.spent + seconds
    share, staged = 1.0, False
    while clock.left > 0.05 and clock.spent < until:
        whole_cut = cut_below(found.value, problem.whole, gap) if found.share is not None else np.inf
        if root.fix.size and np.isfinite(whole_cut):
            raise_root(problem, root, whole_cut, clock, step=0.1, most=60)
            found.raise_bound(root.bound, whole_cut, problem.whole)
        if found.gap() <= max(gap, PROVEN):
            return True
        low = max(found.bound, root.bound) if np.isfinite(root.bound) else found.bound
        cut = whole_cut if share >= 1.0 else low + share * (whole_cut - low)
        pairs, fix = pairs_left(problem, root, cut)
        if share >= 1.0 and problem.single and np.isfinite(cut) and not staged:
            staged = True
            if pairs.sum() > MANY_PAIRS:
                share = 0.3
                continue
        answer = _program(problem, fix, pairs, cut, gap, clock, until - clock.spent)
        better = False
        if answer.is_open is not None and answer.share is not None:
            better = _take(problem, found, answer.is_open, answer.share)
        if answer.status == "infeasible" or answer.bound >= cut - 1e-9 * abs(cut):
            found.raise_bound(np.inf, cut, problem.whole)
        else:
            found.raise_bound(answer.bound, cut, problem.whole)
        _note(found, f"program below {cut:.10g}, {int(pairs[:, fix != k.SHUT].sum())} pairs", clock)
        if answer.status == "infeasible" and found.share is None:
            return True
        if answer.status == "stopped" and not better:
            return False
        if share >= 1.0 and answer.status != "stopped":
            return True
        share = 1.0 if share > 0.5 else share * 2
    return False


def _branch(problem: Capacitated, tree: Tree, found: Found, gap: float, clock: Clock, until: float) -> None:
    """Branch and bound for some seconds."""

    def cut() -> float:
        return cut_below(found.value, problem.whole, gap)

    def settle(part: Root, surely: bool) -> float:
        if not problem.single:
            is_open = part.fix == k.OPEN if surely else part.chosen
            if problem.capacity[is_open].sum() < problem.demand.sum() or not problem.lo <= is_open.sum() <= problem.hi:
                return np.inf
            value, shares = transport(problem, is_open, max(clock.left, 0.1))
            if shares is not None:
                found.take(problem, is_open, shares)
            return value if surely else part.bound
        if not surely:
            return part.bound
        limit = cut()
        pairs, fix = pairs_left(problem, part, limit)
        answer = _program(problem, fix, pairs, limit, gap, clock, max(until - clock.spent, 1.0))
        if answer.is_open is not None and answer.share is not None:
            _take(problem, found, answer.is_open, answer.share)
        return np.inf if answer.status == "infeasible" else max(answer.bound, part.bound)

    branch(problem, tree, cut, settle, clock, until)
    found.raise_bound(tree.bound, cut(), problem.whole)
    _note(found, f"{tree.parts} parts", clock)


def _program(
    problem: Capacitated, fix: NDArray[np.int8], pairs: Mask, cut: float, gap: float, clock: Clock, seconds: float
) -> Closing:
    """Without asking HiGHS when a client has no pair left: then no solution lies below the cut."""
    if not (pairs & (fix != k.SHUT)).any(axis=1).all() or (fix != k.SHUT).sum() < problem.lo:
        return Closing("infeasible", np.inf)
    return close_gap(problem, fix, pairs, cut=cut, gap=gap, clock=clock, seconds=seconds)


def _take(problem: Capacitated, found: Found, is_open: Mask, share: Floats) -> bool:
    """The program's sites, with shares made exact."""
    if problem.single:
        assigned = share.argmax(axis=1)
        load = np.bincount(assigned, weights=problem.demand, minlength=problem.sites)
        if (load > problem.capacity * (1 + 1e-9) + 1e-9).any() or not is_open[assigned].all():
            return False
        exact = np.zeros_like(share)
        exact[np.arange(problem.clients), assigned] = 1.0
        return found.take(problem, is_open, exact)
    _, shares = transport(problem, is_open)
    return shares is not None and found.take(problem, is_open, shares)


def assigned_of(share: Floats) -> Ints:
    """The site with the largest share of each client, the first of equals."""
    return np.asarray(share.argmax(axis=1), dtype=np.int64)
