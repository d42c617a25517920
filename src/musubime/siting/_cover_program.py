"""Covers made small before they are solved, and the program that says whether a cheap enough one exists."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from musubime.region import Floats, Ints

from ._engine import Clock, Mask
from ._highs import new_highs, pass_program, run_milp

MOST_WORK = 2e10  # of one comparison of all rows or columns with one another; beyond it they are kept


def needed_rows(reach: Mask) -> Ints:
    """Clients that are not reached whenever another, harder one is (every site of the harder reaches both)."""
    packed = np.packbits(reach, axis=1)
    _, first = np.unique(packed, axis=0, return_index=True)
    rows = np.sort(first)
    if len(rows) * len(rows) * reach.shape[1] > MOST_WORK:
        return np.asarray(rows, dtype=np.int64)
    part = reach[rows].astype(np.float32)
    size = part.sum(axis=1)
    kept = np.ones(len(rows), dtype=bool)
    for i in np.argsort(-size, kind="stable"):
        inside = (part @ part[i]) >= size - 0.5  # rows whose sites all belong to i's
        inside[i] = False
        kept[i] = not (inside & kept).any()
    return np.asarray(rows[kept], dtype=np.int64)


def needed_sites(reach: Mask, open_cost: Floats) -> Ints:
    """Sites without which another, no dearer, reaches all they reach (of equals the first)."""
    n, m = reach.shape
    if float(n) * m * m > MOST_WORK:
        return np.arange(m)
    part = reach.astype(np.float32)
    size = part.sum(axis=0)
    common = part.T @ part
    inside = common >= size[:, None] - 0.5  # [j, k]: all that j reaches is reached by k
    same = inside & inside.T
    cheaper = open_cost[None, :] < open_cost[:, None]
    equal = open_cost[None, :] == open_cost[:, None]
    first = np.arange(m)[None, :] < np.arange(m)[:, None]
    worse = inside & np.where(same, cheaper | (equal & first), cheaper | equal)
    np.fill_diagonal(worse, False)
    return np.flatnonzero(~worse.any(axis=1))


@dataclass(frozen=True)
class SmallCover:
    """What is left of a cover once musts are open and the needless is gone: reach[rows][:, sites].

    always: (all sites,) musts, and sites without which somebody is reached by none.
    """

    reach: Mask
    sites: Ints
    open_cost: Floats
    always: Mask

    def cover(self, is_open: Mask) -> Mask:
        """A cover of the whole from one of what is left."""
        found = self.always.copy()
        found[self.sites[is_open]] = True
        return found


def small_cover(reach: Mask, open_cost: Floats, must: Mask) -> SmallCover:
    """Rows that the musts reach and rows and sites that others make needless are taken out, until none is left."""
    always = must.copy()
    left = reach[~reach[:, must].any(axis=1)]
    sites = np.flatnonzero(~must)
    left = left[:, sites]
    for _ in range(8):
        before = left.shape
        left = left[needed_rows(left)] if len(left) else left
        alone = left[left.sum(axis=1) == 1].any(axis=0)
        always[sites[alone]] = True
        left, sites = left[~left[:, alone].any(axis=1)][:, ~alone], sites[~alone]
        kept = needed_sites(left, open_cost[sites])
        left, sites = left[:, kept], sites[kept]
        if left.shape == before:
            break
    return SmallCover(left, sites, open_cost[sites], always)


def cover_within(
    small: SmallCover, budget: float, clock: Clock, seconds: float, *, cheapest: bool = False
) -> tuple[Mask | None, float]:
    """A cover of at most `budget`, or proof that there is none: (sites of `small`, bound of what any cover costs).

    The bound is inf when there is none within the budget, and what was reached when the time ran out. cheapest: go on
    to the cheapest.
    """
    n, m = small.reach.shape
    if n == 0:
        return np.zeros(m, dtype=bool), 0.0
    matrix = sparse.csr_array(np.vstack([small.reach.astype(np.float64), small.open_cost[None]]))
    highs = new_highs(mip_heuristic_effort=0.0 if not cheapest else 0.05)
    pass_program(
        highs, cost=small.open_cost.astype(np.float64), constant=0.0, lower=np.zeros(m), upper=np.ones(m),
        row_lower=np.concatenate([np.ones(n), [-np.inf]]), row_upper=np.concatenate([np.full(n, np.inf), [budget]]),
        start=matrix.indptr.astype(np.int32), index=matrix.indices.astype(np.int32), value=matrix.data,
        integer=np.ones(m, dtype=np.int32),
    )
    whole = bool((small.open_cost == np.rint(small.open_cost)).all())
    answer = run_milp(highs, seconds=min(max(clock.left, 0.05), seconds), gap=0.0 if cheapest else 1.0,
                      abs_gap=1.0 - 1e-6 if whole else 0.0, start_values=None)
    if answer.status == "infeasible":
        return None, float("inf")
    if answer.values is None:
        return None, answer.bound
    chosen = answer.values > 0.5
    if not small.reach[:, chosen].any(axis=1).all():
        return None, answer.bound
    return chosen, answer.bound
