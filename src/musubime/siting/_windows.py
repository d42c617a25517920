"""The closest-site ("radius") program over the sites left free, in HiGHS, with short lists that grow as needed.

For each client only the head of its list is written out. z of a head is 1 when none of its sites is open; the cost
rises by the step to the next site while z = 1. Beyond the head the cost is not counted, so the program bounds from
below whatever the length; where its solution goes beyond, the list is made longer and the program run again.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from musubime.region import Floats, Ints

from . import _kernels as k
from ._engine import Clock, Lists, Mask, Proof, Root, cut_below, improve, raise_bound
from ._highs import new_highs, pass_program, run_milp

INTERIOR = 8_000  # columns: beyond them the first program is solved from inside (u1432, p = 50: 2 s instead of 39)


def _first_lengths(part: Lists, price: Floats, fix: NDArray[np.int8]) -> Ints:
    """How far lists are written out at first: a third beyond the price, so that mostly one run is enough; but only to
    the price where a few sites more, all at equal costs, would make the program much larger."""
    short = _lengths(part, price, fix, 0)
    longer = _lengths(part, price, fix, max(3, round(0.3 * float(short.mean()))))
    return longer if longer.sum() <= 1.8 * short.sum() else short


def _lengths(part: Lists, price: Floats, fix: NDArray[np.int8], extra: int) -> Ints:
    """How far each list is written out: to the price and `extra` sites more, or to a site open for good."""
    length = np.diff(part.ptr)
    clients = np.repeat(np.arange(part.clients), length)
    below = np.bincount(clients[part.cost < price[clients]], minlength=part.clients)
    return _to_level(part, np.minimum(below + extra, length), fix)


def _to_level(part: Lists, wanted: Ints, fix: NDArray[np.int8]) -> Ints:
    """Lengths that end where the cost rises, or right after a site that is open for good."""
    length = np.diff(part.ptr)
    clients = np.repeat(np.arange(part.clients), length)
    position = np.arange(len(part.cost)) - part.ptr[clients]
    found = wanted.copy()
    if len(part.cost):
        last = np.clip(part.ptr[:-1] + wanted - 1, 0, len(part.cost) - 1)
        level = np.where(wanted > 0, part.cost[last], -np.inf)
        np.maximum.at(found, clients, np.where(part.cost <= level[clients], position + 1, 0))
    sure = np.full(part.clients, np.iinfo(np.int64).max)
    is_sure = fix[part.site] == k.OPEN
    np.minimum.at(sure, clients[is_sure], position[is_sure] + 1)
    return np.asarray(np.minimum(found, sure), dtype=np.int64)


def window_columns(part: Lists, price: Floats, fix: NDArray[np.int8], extra: int) -> int:
    """About how many columns the program has, before heads are shared: one for each cost of each list."""
    length = _lengths(part, price, fix, extra)
    clients = np.repeat(np.arange(part.clients), np.diff(part.ptr))
    position = np.arange(len(part.cost)) - part.ptr[clients]
    rises = np.ones(len(part.cost), dtype=bool)
    rises[1:] = (part.cost[1:] != part.cost[:-1]) | (clients[1:] != clients[:-1])
    return part.sites + int((rises & (position < length[clients])).sum())


def closest_site_program(
    proof: Proof, root: Root, lists: Lists, fixed: Mask, *, gap: float, clock: Clock, seconds: float, seed: int
) -> None:
    """Run the program with lists growing until it proves the value, or the seconds run out."""
    part, fix = root.lists, root.fix
    length = _first_lengths(part, root.price, fix)
    ends = clock.spent + seconds
    while ends - clock.spent > 0.05:
        cut = cut_below(proof.value, lists.whole, gap)
        highs = new_highs(objective_bound=cut, mip_heuristic_effort=0.0)  # good sites are known already
        _pass(highs, part, fix, length)
        if highs.getNumCol() > INTERIOR:
            highs.setOptionValue("mip_lp_solver", "ipm")
        step = (1.0 - 1e-6) if lists.whole else 0.0
        answer = run_milp(highs, seconds=ends - clock.spent, gap=gap, abs_gap=step, start_values=None)
        if answer.status == "infeasible":  # nothing below the cut
            raise_bound(proof, np.inf, lists, gap)
            return
        raise_bound(proof, answer.bound, lists, gap)
        proof.steps.append(f"program {answer.bound:.8g}, lists of {length.mean():.1f} at {clock.spent:.2f}s")
        clock.tell(proof)
        if proof.done(gap) or answer.values is None or answer.status != "optimal":
            return
        chosen = answer.values[: part.sites] > 0.5
        found = np.zeros(lists.sites, dtype=bool)
        found[root.keep[chosen]] = True
        better, value = improve(lists, found, fixed, 1e6, seed)
        if value < proof.value * (1 - 1e-9):
            proof.is_open, proof.value = better, value
        beyond = _first_open(part, chosen) >= length
        grown = np.minimum(np.where(beyond, 2 * length + 4, length), np.diff(part.ptr))
        grown = np.maximum(_to_level(part, grown, fix), length)
        if (grown == length).all():
            return  # the lists are whole where it matters: the bound is the program's
        length = grown


def _first_open(part: Lists, chosen: Mask) -> Ints:
    """Position of each client's first open site in its list, the list's length where there is none."""
    length = np.diff(part.ptr)
    clients = np.repeat(np.arange(part.clients), length)
    first = length.copy()
    hit = chosen[part.site]
    np.minimum.at(first, clients[hit], (np.arange(len(part.site)) - part.ptr[clients])[hit])
    return first


Link = tuple[int, tuple[int, ...], int]  # head, the sites that come next at one cost, head with them (-2 = none shut)


def _pass(highs: object, part: Lists, fix: NDArray[np.int8], length: Ints) -> None:
    """Write the program out. Columns: sites, then heads of more than one site."""
    known: dict[int, int] = {0: -1}
    cost: list[float] = []
    single: list[int] = []  # the site of a head of one, else -1
    links: dict[Link, None] = {}
    constant = 0.0
    full = np.diff(part.ptr).tolist()
    ptr, sites, values = part.ptr.tolist(), part.site.tolist(), part.cost.tolist()
    top, is_sure = part.top.tolist(), (fix == k.OPEN).tolist()
    for i, count in enumerate(length.tolist()):
        begin = ptr[i]
        if not count:
            constant += top[i] if full[i] == 0 and top[i] < np.inf else (values[begin] if full[i] else 0.0)
            continue
        constant += values[begin]
        mask, head, q, stop = 0, -1, begin, begin + count
        while q < stop:
            ends = q + 1
            while ends < stop and values[ends] == values[q]:
                ends += 1
            group = tuple(sorted(sites[q:ends]))
            here, q = values[q], ends
            if any(is_sure[j] for j in group):
                break
            if q == stop and count == full[i] and top[i] == np.inf:
                links[head, group, -2] = None  # one of them is open
                break
            for j in group:
                mask |= 1 << j
            child = known.get(mask)
            if child is None:
                child = known[mask] = len(cost)
                cost.append(0.0)
                single.append(group[0] if head < 0 and len(group) == 1 else -1)
            links[head, group, child] = None
            if begin + full[i] > q:
                cost[child] += values[q] - here
            elif top[i] < np.inf:
                cost[child] += max(top[i] - here, 0.0)
            head = child
    _hand_over(highs, part, fix, constant, np.array(cost), np.array(single, dtype=np.int64), links)


def _hand_over(
    highs: object, part: Lists, fix: NDArray[np.int8], constant: float, cost: Floats, single: Ints,
    links: dict[Link, None],
) -> None:
    m = part.sites
    columns = m + len(cost)
    objective = np.zeros(columns)
    objective[:m] = part.open_cost
    one = single >= 0
    constant += float(cost[one].sum())
    np.add.at(objective, single[one], -cost[one])  # a head of one site is 1 - y
    objective[m:] = np.where(one, 0.0, cost)
    lower, upper = np.zeros(columns), np.ones(columns)
    lower[:m][fix == k.OPEN] = 1.0
    upper[m:][one] = 0.0
    row: list[int] = []
    col: list[int] = []
    val: list[float] = []
    rhs: list[float] = []
    is_one, its_site = one.tolist(), single.tolist()
    for parent, group, child in links:  # shut(child) >= shut(parent) - sum of the sites between
        if child >= 0 and is_one[child]:
            continue
        r = len(rhs)
        if child >= 0:
            row.append(r)
            col.append(m + child)
            val.append(1.0)
        if parent >= 0:
            row.append(r)
            col.append(its_site[parent] if is_one[parent] else m + parent)
            val.append(1.0 if is_one[parent] else -1.0)
        rhs.append(1.0 if parent < 0 or is_one[parent] else 0.0)
        for j in group:
            row.append(r)
            col.append(j)
            val.append(1.0)
    r = len(rhs)
    row += [r] * m
    col += range(m)
    val += [1.0] * m
    row_lower = np.array([*rhs, float(part.lo)])
    row_upper = np.array([np.inf] * r + [float(part.hi)])
    matrix = sparse.csr_array((val, (row, col)), shape=(r + 1, columns))
    integer = np.zeros(columns, dtype=np.int32)
    integer[:m] = 1
    pass_program(
        highs, cost=objective, constant=constant, lower=lower, upper=upper, row_lower=row_lower, row_upper=row_upper,
        start=matrix.indptr.astype(np.int32), index=matrix.indices.astype(np.int32), value=matrix.data,
        integer=integer,
    )
