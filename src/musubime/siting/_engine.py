"""What the exact methods for sites share: lists, local search, the Lagrangian at the root, and the proof's state."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from musubime.region import Floats, Ints

from . import _kernels as k
from ._swaps import swap_search

Mask = NDArray[np.bool_]
Told = Callable[[float, float, float], None]


@dataclass(frozen=True)
class Lists:
    """Clients' lists of sites, nearest first, in the units of the objective (weights already in).

    miss: (n,) cost of a client whom no listed site serves, inf where it must be served. top: (n,) the list is
    complete for costs below it; inf where complete. open_cost: (sites,). lo, hi: bounds on how many open.
    whole: every value is a whole number, so that solutions differ by one at least.
    """

    ptr: Ints
    site: NDArray[np.int32]
    cost: Floats
    miss: Floats
    top: Floats
    open_cost: Floats
    lo: int
    hi: int
    whole: bool

    @property
    def clients(self) -> int:
        return len(self.ptr) - 1

    @property
    def sites(self) -> int:
        return len(self.open_cost)


@dataclass(frozen=True)
class Views:
    """The lists as the Lagrangian reads them: by site as well, and as a matrix where that is faster."""

    ptr: Ints
    client: NDArray[np.int32]
    cost: Floats
    matrix: Floats


def views(lists: Lists, price: Floats) -> Views:
    """The matrix pays where prices reach over more than a 25th of it, and it is not too large."""
    n, m = lists.clients, lists.sites
    looked = int((lists.cost < np.repeat(price, np.diff(lists.ptr))).sum())
    dense = looked > n * m / 25 and n * m <= 20_000_000
    matrix = k.as_matrix(lists.ptr, lists.site, lists.cost, m, 1e300) if dense else np.empty((m, 0))
    ptr, client, cost = k.by_site(lists.ptr, lists.site, lists.cost, m)
    return Views(ptr, client, cost, matrix)


def raise_prices(
    lists: Lists, seen: Views, price: Floats, fix: NDArray[np.int8], group: Ints, groups: int, cut: float, *,
    step: float, patience: int, most: int, shrink: float, least_step: float, clock: Clock | None = None,
) -> tuple[float, Floats, Mask]:
    """Run the Lagrangian kernel: (bound, how often each site was chosen, the choice at the best bound). With a clock
    it is run in parts and stops when the clock does."""
    often, chosen = np.zeros(lists.sites), np.zeros(lists.sites, dtype=np.int8)
    direction, best_price = np.zeros(lists.clients), price.copy()
    state = np.array([-np.inf, step, 0.0, 0.0, 0.0])
    part = most
    if clock is not None:  # about a quarter of a second
        part = max(1, int(1e8 / (seen.matrix.size + 2 * len(lists.cost) + 20 * lists.clients)))
    while state[4] == 0.0 and state[3] < most:
        k.lagrange(
            lists.ptr, lists.site, lists.cost, seen.ptr, seen.client, seen.cost, seen.matrix, lists.top,
            lists.open_cost, lists.lo, lists.hi, price, fix, group, groups, cut, min(part, most - int(state[3])),
            patience, shrink, least_step, often, chosen, direction, best_price, state,
        )
        if clock is not None and clock.left <= 0:
            break
    price[:] = best_price
    return float(state[0]), often, chosen > 0


@dataclass
class Proof:
    """Where the search stands. bound: proven; nodes: of branch and bound; steps: what was done, for benchmarks."""

    is_open: Mask
    value: float
    bound: float
    nodes: int = 0
    steps: list[str] = field(default_factory=list)
    enough: Callable[[Proof], bool] | None = None

    @property
    def gap(self) -> float:
        return (self.value - self.bound) / abs(self.value) if self.value else 0.0

    def done(self, gap: float) -> bool:
        return self.gap <= max(gap, PROVEN) or (self.enough is not None and self.enough(self))


@dataclass
class Clock:
    """Seconds of the wall, and whom to tell about progress."""

    seconds: float
    told: Told | None = None
    began: float = field(default_factory=time.perf_counter)

    @property
    def spent(self) -> float:
        return time.perf_counter() - self.began

    @property
    def left(self) -> float:
        return self.seconds - self.spent

    def tell(self, proof: Proof) -> None:
        if self.told:
            self.told(self.spent, proof.value, proof.bound)


def dense_lists(cost: Floats, *, miss: Floats | None = None, open_cost: Floats | None = None, lo: int = 0,
                hi: int | None = None) -> Lists:
    """Lists of a full matrix (clients, sites); inf pairs and those not below miss are left out."""
    n, m = cost.shape
    site, value = k.sorted_rows(np.ascontiguousarray(cost, dtype=np.float64))
    miss = np.full(n, np.inf) if miss is None else miss
    kept = np.isfinite(value) & (value < np.repeat(miss, m))
    ptr = np.concatenate([[0], np.cumsum(kept.reshape(n, m).sum(axis=1))]).astype(np.int64)
    open_cost = np.zeros(m) if open_cost is None else open_cost
    return make_lists(ptr, site[kept], value[kept], miss, np.full(n, np.inf), open_cost, lo, m if hi is None else hi)


def make_lists(
    ptr: Ints, site: NDArray[np.int32], cost: Floats, miss: Floats, top: Floats, open_cost: Floats, lo: int, hi: int
) -> Lists:
    """Lists with `whole` found out. Sums too large for their units to be told apart are not whole."""
    parts = (cost, open_cost, miss[np.isfinite(miss)])
    whole = all(bool((part == np.rint(part)).all()) for part in parts)
    most = float(cost.max(initial=0.0)) * (len(ptr) - 1) + float(open_cost.sum())
    whole = whole and slack(most) < 0.1
    return Lists(ptr, site, cost, miss, np.minimum(top, miss), open_cost, lo, hi, whole)


PROVEN = 2e-7  # relative; among real numbers the proof ends here


def cut_below(value: float, whole: bool, gap: float) -> float:
    """Solutions above this are not looked for: a better one would be lower by 1, or by the gap asked for."""
    step = max(gap, 1e-7) * abs(value)
    return value - max(step, 1.0 - slack(value)) if whole else value - step


def slack(value: float) -> float:
    """What adding up may be wrong by, generously: a sum of a million terms loses less than this part of itself."""
    return 1e-6 + 1e-11 * abs(value)


def improve(lists: Lists, is_open: Mask, fixed: Mask, work: float, seed: int) -> tuple[Mask, float]:
    """Swap local search from a set of sites; the value counts an unserved client at a large cost."""
    found = is_open.copy()
    value = swap_search(
        lists.ptr, lists.site, lists.cost, _finite_miss(lists), lists.open_cost, lists.lo, lists.hi, found, fixed,
        int(work), seed,
    )
    return found, float(value)


def _finite_miss(lists: Lists) -> Floats:
    """What an unserved client costs in the search: more than any served one where it must be served."""
    if not len(lists.cost):
        return np.where(np.isfinite(lists.miss), lists.miss, 1.0)
    large = 10.0 * (float(lists.cost.max()) + float(lists.open_cost.max(initial=0.0)) + 1.0)
    return np.where(np.isfinite(lists.miss), lists.miss, large)


def first_sites(lists: Lists, must: Mask, seed: int) -> Mask:
    """A start: the musts, and sites drawn among those that lists begin with."""
    rng = np.random.default_rng(seed)
    is_open = must.copy()
    wanted = lists.lo if lists.hi >= lists.sites else lists.hi
    order = rng.permutation(lists.sites)
    listed = np.zeros(lists.sites, dtype=bool)
    listed[lists.site] = True
    order = np.concatenate([order[listed[order]], order[~listed[order]]])
    for j in order:
        if is_open.sum() >= wanted:
            break
        is_open[j] = True
    return is_open


@dataclass
class Root:
    """The Lagrangian at the root: its prices, what it fixed, and how often each site was chosen."""

    lists: Lists
    keep: Ints
    price: Floats
    fix: NDArray[np.int8]
    often: Floats
    bound: float


def lagrange_root(
    lists: Lists, cut: float, must: Mask, never: Mask, *, patience: int = 150, most: int = 10_000,
    price: Floats | None = None, step: float = 1.0, clock: Clock | None = None,
) -> tuple[Root, Mask]:
    """Bound and fixings over all sites; then the lists without the sites that are closed for good."""
    m = lists.sites
    fix = np.full(m, k.FREE, dtype=np.int8)
    fix[must] = k.OPEN
    fix[never] = k.SHUT
    price = first_prices(lists) if price is None else price.copy()
    bound, often, chosen = raise_prices(
        lists, views(lists, price), price, fix, np.full(m, -1, dtype=np.int64), 0, cut, step=step,
        patience=patience, most=most, shrink=0.6, least_step=0.002, clock=clock,
    )
    keep = np.flatnonzero(fix != k.SHUT)
    return Root(restrict(lists, keep), keep, price, fix[keep].copy(), often[keep], bound), chosen


def first_prices(lists: Lists) -> Floats:
    """A start for the prices: the cost of a site as far down the list as the number of sites suggests, or,
    where all costs are nothing, half the miss or a share of what a site costs to open."""
    if not len(lists.cost):
        return np.where(np.isfinite(lists.top), lists.top, 0.0)
    length = np.diff(lists.ptr)
    has = length > 0
    first = np.where(has, lists.ptr[:-1], 0)
    share = lists.sites / lists.lo if lists.lo else 4.0
    at = first + np.minimum(np.maximum(length - 1, 0), int(share))
    served_by = np.maximum(np.bincount(lists.site, minlength=lists.sites), 1)
    price = 0.7 * lists.cost[at] + lists.open_cost[lists.site[first]] / served_by[lists.site[first]]
    price = np.where(price > 0, price, 0.5 * np.where(np.isfinite(lists.top), lists.top, 0.0))
    return np.minimum(np.where(has, price, lists.miss), lists.top)


def restrict(lists: Lists, keep: Ints) -> Lists:
    """The lists with only some sites, numbered anew in their order."""
    number = np.full(lists.sites, -1, dtype=np.int64)
    number[keep] = np.arange(len(keep))
    ptr, site, cost = k.keep_sites(lists.ptr, lists.site, lists.cost, number)
    return replace(lists, ptr=ptr, site=site, cost=cost, open_cost=lists.open_cost[keep])


def raise_bound(proof: Proof, bound: float, lists: Lists, gap: float) -> None:
    """Take a bound in that holds for all solutions below the cut; whole numbers are rounded up."""
    cut = cut_below(proof.value, lists.whole, gap)
    beyond = float(np.floor(cut)) + 1.0 if lists.whole else cut  # the least value that is not below the cut
    if lists.whole and np.isfinite(bound):
        bound = float(np.ceil(bound - slack(bound)))
    proof.bound = max(proof.bound, min(bound, beyond))
