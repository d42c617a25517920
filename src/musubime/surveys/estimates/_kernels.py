"""Totals of bootstrap replicates, each weighted to the population anew. Arrays only; the plain twin is in the tests."""

from __future__ import annotations

import numba as nb
import numpy as np

from .model import Ints


@nb.njit(cache=True)
def _next(state):  # type: ignore[no-untyped-def]
    """splitmix64 (Steele, Lea, Flood 2014): a replicate's draws depend on its number, not on the thread."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@nb.njit(cache=True)
def draw(seed, replicate, stratum_ptr, unit_ptr, unit_kind, kinds):  # type: ignore[no-untyped-def]
    """How often somebody of each kind is drawn: n - 1 of a stratum's n units, with replacement (Rao and Wu).

    stratum_ptr: (strata + 1,) units in the order of their strata; unit u holds somebody of each of the kinds
    unit_kind[unit_ptr[u]:unit_ptr[u + 1]], or of unit_kind[u] alone where unit_ptr is empty (four times as fast). A
    stratum of one unit keeps it.
    """
    state = np.empty(1, np.uint64)
    state[0] = np.uint64(seed) * np.uint64(0xD1342543DE82EF95) + np.uint64(replicate)
    _next(state)
    times = np.zeros(kinds, np.int32)
    for h in range(len(stratum_ptr) - 1):
        first = stratum_ptr[h]
        n = stratum_ptr[h + 1] - first
        for _ in range(max(n - 1, 1)):
            u = first + np.int64(((_next(state) >> np.uint64(32)) * np.uint64(n)) >> np.uint64(32))
            if len(unit_ptr) == 0:
                times[unit_kind[u]] += 1
            else:
                for e in range(unit_ptr[u], unit_ptr[u + 1]):
                    times[unit_kind[e]] += 1
    return times


@nb.njit(cache=True)
def fit(sums, cell_group, group_ptr, target, sweeps, tolerance):  # type: ignore[no-untyped-def]
    """Factor of each cross cell that makes the sums of every margin's groups its targets; the misfit that is left.

    sums: (cross cells,) weights. cell_group: (margins, cross cells) group, numbered through all margins; group_ptr:
    (margins + 1,) first group of each. One margin: post-stratification. A group nobody was drawn from keeps 1.
    """
    factor = np.ones(len(sums))
    reached = np.empty(len(target))
    worst = 0.0
    for _ in range(sweeps):
        worst = 0.0
        for m in range(len(cell_group)):
            reached[:] = 0.0
            for c in range(len(sums)):
                reached[cell_group[m, c]] += sums[c] * factor[c]
            for g in range(group_ptr[m], group_ptr[m + 1]):
                if reached[g] > 0.0:
                    worst = max(worst, abs(reached[g] / target[g] - 1.0))
            for c in range(len(sums)):
                g = cell_group[m, c]
                if reached[g] > 0.0:
                    factor[c] *= target[g] / reached[g]
        if len(cell_group) == 1:
            return factor, 0.0
        if worst < tolerance:
            break
    return factor, worst


@nb.njit(cache=True)
def expand(seed, replicate, sample, sweeps, tolerance):  # type: ignore[no-untyped-def]
    """People that each kind stands for in one replicate: (kinds,).

    sample: see `draw` and `fit`; its weight and cross: (kinds,) design weight times n / (n - 1), and cross cell.
    """
    stratum_ptr, unit_ptr, unit_kind, weight, cross, cell_group, group_ptr, target = sample
    people = draw(seed, replicate, stratum_ptr, unit_ptr, unit_kind, len(weight)) * weight
    sums = np.zeros(cell_group.shape[1])
    for i in range(len(weight)):
        sums[cross[i]] += people[i]
    factor, _ = fit(sums, cell_group, group_ptr, target, sweeps, tolerance)
    for i in range(len(weight)):
        people[i] *= factor[cross[i]]
    return people


@nb.njit(parallel=True, cache=True)
def replicate_totals(  # type: ignore[no-untyped-def]
    seed, replicates, sample, sweeps, tolerance, domain_ptr, domain, domains
):
    """People in each domain by replicate: (replicates, domains).

    Kind i belongs to the domains domain[domain_ptr[i]:domain_ptr[i + 1]].
    """
    totals = np.zeros((replicates, domains))
    for r in nb.prange(replicates):
        people = expand(seed, r, sample, sweeps, tolerance)
        for i in range(len(people)):
            if people[i] > 0.0:
                for e in range(domain_ptr[i], domain_ptr[i + 1]):
                    totals[r, domain[e]] += people[i]
    return totals


@nb.njit(parallel=True, cache=True)
def replicate_weights(seed, replicates, sample, sweeps, tolerance):  # type: ignore[no-untyped-def]
    """The weights themselves: (replicates, kinds), single precision."""
    weights = np.empty((replicates, len(sample[3])), np.float32)
    for r in nb.prange(replicates):
        weights[r] = expand(seed, r, sample, sweeps, tolerance)
    return weights


def ragged(rows: Ints, values: Ints, count: int) -> tuple[Ints, Ints]:
    """Pairs (row, value) as pointers and values in the order of rows."""
    order = np.argsort(rows, kind="stable")
    return np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=count))]).astype(np.int64), values[order]

