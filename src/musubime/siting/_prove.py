"""One exact method for sites that serve clients: local search above, Lagrangian bound below, then proof.

The problem is that of `_kernels`: open sites within lo..hi so that opening costs plus each client's cheapest open
site (or its miss) are least. The proof goes on where the bound stops: a Lagrangian branch and bound, or the
closest-site program of `_windows` in HiGHS, over the few sites that reduced costs leave free.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from . import _kernels as k
from ._branch import branch_and_bound
from ._engine import Clock, Lists, Mask, Proof, cut_below, first_sites, improve, lagrange_root, raise_bound
from ._merge import Pool
from ._windows import closest_site_program, window_columns

FEW, MANY = 150, 500  # sites left free: below, and above which, branching is, and is not, the first thing to try
SHORT, LONG = 3.0, 9.5  # columns a client of the program: below, and above which, it is, and is not, the thing to try
LONGEST, MOST_COLUMNS = 30.0, 40_000  # columns a client, and in all: beyond LONG, up to which it is tried all the same


def prove(
    lists: Lists, *, must: Mask | None = None, never: Mask | None = None, start: Mask | None = None, gap: float = 0.0,
    seed: int = 1, clock: Clock, enough: Callable[[Proof], bool] | None = None,
    effort: float = 1.0,
) -> Proof:
    """The best set of sites with a proven bound, to the gap asked for or until the clock runs out.

    The problem must have a solution (`lists.lo` sites at least, every client with a site or a miss).
    enough: ends the search early, when the value or the bound already answers the question. effort: share of the
    usual local search, small where the start is known to be good.
    """
    m = lists.sites
    must = np.zeros(m, dtype=bool) if must is None else must
    never = np.zeros(m, dtype=bool) if never is None else never
    fixed = must | never
    begin = first_sites(replace(lists, hi=min(lists.hi, m)), must, seed) if start is None else start
    begin = fill(begin, lists, must, never, seed)
    sweep = len(lists.cost)
    is_open, value = improve(lists, begin, fixed, effort * min(2e7, 40.0 * sweep + 1e6), seed)
    proof = Proof(is_open, value, 0.0, steps=[f"search {value:.8g} at {clock.spent:.2f}s"], enough=enough)
    if proof.done(gap):
        return proof

    root, chosen = lagrange_root(lists, cut_below(value, lists.whole, gap), must, never, clock=clock)
    pool = Pool(lists, fixed, must, seed)
    pool.add(is_open, value)
    idle = 0
    for attempt in range(8):
        raise_bound(proof, root.bound, lists, gap)
        proof.steps.append(f"lagrange {root.bound:.8g}, {len(root.keep)} sites at {clock.spent:.2f}s")
        clock.tell(proof)
        if proof.done(gap) or clock.left <= 0:
            return proof
        # few sites left: the proof is at hand. Else search again, longer each time, and from the Lagrangian's choice
        if attempt == 0 and (root.fix == k.FREE).sum() <= 150:
            branch_and_bound(proof, root, lists, fixed, gap=gap, seed=seed, clock=clock, most_nodes=64)
            if proof.done(gap):
                return proof
        if attempt < 2:
            pool.add(*improve(lists, fill(chosen, lists, must, never, seed), fixed, effort * 2e7, seed + 10 + attempt))
        better, value = pool.breed(effort * 1e8 * min(2.0**attempt, 4.0), clock)
        proof.steps.append(f"search {value:.8g} at {clock.spent:.2f}s")
        if value < proof.value * (1 - 1e-9):
            idle = 0
            proof.is_open, proof.value = better, value
            root, chosen = lagrange_root(
                lists, cut_below(value, lists.whole, gap), must, never, price=root.price, step=0.3, patience=100,
                clock=clock,
            )
        else:
            idle += 1
            if idle >= 2:
                break
    # Many sites, each near few clients: HiGHS proves in a few rounds. Few sites, each near many: branch. Between them
    # branch while it gets on; and whatever is left undone, branch in the time that is left.
    free = int((root.fix == k.FREE).sum())
    columns = window_columns(root.lists, root.price, root.fix, 3) / lists.clients
    branches = partial(branch_and_bound, proof, root, lists, fixed, gap=gap, seed=seed, clock=clock)
    large = columns > LONG and free >= MANY
    able = columns <= LONG or (large and columns <= LONGEST and columns * lists.clients <= MOST_COLUMNS)
    if able and (large or free < MANY):
        branches(hopeful=large or free >= FEW or columns <= SHORT)
        proof.steps.append(f"branches {proof.bound:.8g}, {proof.nodes} nodes at {clock.spent:.2f}s")
    if not proof.done(gap) and clock.left > 0 and able:
        seconds = clock.left * (0.9 if large else 0.6 if columns > SHORT else 1.0)
        closest_site_program(proof, root, lists, fixed, gap=gap, clock=clock, seconds=seconds, seed=seed)
    if not proof.done(gap) and clock.left > 0:
        branches()
        proof.steps.append(f"branches {proof.bound:.8g}, {proof.nodes} nodes at {clock.spent:.2f}s")
    return proof


def fill(is_open: Mask, lists: Lists, must: Mask, never: Mask, seed: int) -> Mask:
    """With the musts and without the nevers; then opened or closed at random until the number is within its bounds."""
    rng = np.random.default_rng(seed)
    found = (is_open | must) & ~never
    lack = lists.lo - int(found.sum())
    if lack > 0:
        found[rng.choice(np.flatnonzero(~found & ~never), lack, replace=False)] = True
    spare = int(found.sum()) - lists.hi
    if spare > 0:
        found[rng.choice(np.flatnonzero(found & ~must), spare, replace=False)] = False
    return found
