"""The hot loop on plain arrays: a settlement's steps, all draws side by side.

Draws lie next to each other in memory, so that one instruction works on many of them. Moments by formula stand beside
it in tests/population/test_uncertainty.py.
"""
# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import math

import numpy as np
from numba import njit

from ._chance import S16, TO_UNIT, binomials, coin_limit, exponential, number, poissons

AGES = 18
CELLS = 2 * AGES  # sex and age: cell = 18 sex + age
BANDS = 5  # 0-14, 15-29, 30-64, 65+ at the start of a step, and children born
BAND = np.repeat(np.arange(4), [3, 3, 7, 4])  # of each cohort: model.BANDS


@njit(cache=True)
def whole_people(k1, k2, count, base, before, offset, people):
    """Round a settlement's people (cells,) to whole ones (cells, draws) by systematic sampling: every cell and their
    sum within one. before, offset: room for a row of draws each. Returns the next count."""
    draws = people.shape[1]
    for d in range(draws):
        offset[d] = (number(k1[d], k2[d], np.uint32(count)) + 0.5) * TO_UNIT
        before[d] = 0.0
    cumulated = 0.0
    for cell in range(CELLS):
        cumulated += base[cell]
        for d in range(draws):
            until = math.floor(cumulated + offset[d] + 1e-9)
            people[cell, d] = np.int32(until - before[d])
            before[d] = until
    return count + 1


@njit(cache=True)
def _shocks(k1, k2, count, table, out):
    """Fill `out` (bands, draws) with numbers taken by chance from a table of 65,536 (mean 0, variance 1)."""
    for b in range(BANDS):
        c = np.uint32(count + b)
        for d in range(out.shape[1]):
            out[b, d] = table[number(k1[d], k2[d], c) >> S16]
    return count + BANDS


@njit(cache=True)
def _advance(people, after, part, stay, alive, arrive, child, boys, younger, factor, k1, k2, count, whole, real):
    """People (cells, draws) one step of `part` of five years later, in `after`. Returns the next count.

    stay: (2, ages - 1) probability of being here at the end; alive: of being alive; arrive: newcomers expected for a
    settlement of the expected size; factor: (bands, draws) what the rates of this part are multiplied by; child:
    children per woman in this part; younger: (2, ages) share of a group that is still in it at the end of the part
    (not looked at when part is 1). whole (5, draws), real (6, draws): room; real[0]: size over the expected size.
    """
    draws = people.shape[1]
    come, split, limit = whole[0], whole[1], whole[2]
    size, mean, men = real[0], real[1], real[5]
    after[:] = 0
    for x in range(AGES):
        c = min(x, AGES - 2)
        turn, older = factor[BAND[c]], min(x + 1, AGES - 1)
        mean[:] = 0.0
        for sex in range(2):
            here, left = people[sex * AGES + x], whole[3 + sex]
            rate, most = stay[sex, c], alive[sex, c]
            new = arrive[sex, c] if x < AGES - 1 else 0.0
            for d in range(draws):
                wanted = rate * turn[d]
                over = max(wanted - most, 0.0)  # more than stay alive: the rest are newcomers
                men[d] = mean[d]
                mean[d] += new * size[d] * turn[d] + over * here[d]
                limit[d] = coin_limit(min(wanted, most))
            count = binomials(here, limit, k1, k2, count, left)
        # newcomers of both sexes in one go, and which of them are men
        count = poissons(mean, k1, k2, count, real[2], real[3], real[4], come)
        for d in range(draws):
            limit[d] = coin_limit(men[d] / max(mean[d], 1e-300))
        count = binomials(come, limit, k1, k2, count, split)
        for d in range(draws):
            whole[3, d] += split[d]
            whole[4, d] += come[d] - split[d]
        for sex in range(2):
            left, first = whole[3 + sex], sex * AGES
            if part < 1.0 and x < AGES - 1:
                limit[:] = coin_limit(younger[sex, x])
                count = binomials(left, limit, k1, k2, count, come)
                for d in range(draws):
                    after[first + x, d] += come[d]
                    left[d] -= come[d]
            for d in range(draws):
                after[first + older, d] += left[d]
    mean[:] = 0.0
    for x in range(AGES + 3, AGES + 10):  # women of 15-49
        for d in range(draws):
            mean[d] += after[x, d]
    for d in range(draws):
        mean[d] *= child * factor[BANDS - 1, d]
    count = poissons(mean, k1, k2, count, real[2], real[3], real[4], come)
    limit[:] = coin_limit(boys)
    count = binomials(come, limit, k1, k2, count, split)
    for d in range(draws):
        after[0, d] += split[d]
        after[AGES, d] += come[d] - split[d]
    return count


@njit(cache=True)
def _record(people, total, young, old, older, sums):
    """Total, under 15, 65+, 75+ of (cells, draws) into four rows, and everybody onto sums (cells, draws)."""
    for cell in range(CELLS):
        x = cell % AGES
        child, aged, very = np.int32(x < 3), np.int32(x >= 13), np.int32(x >= 15)
        for d in range(people.shape[1]):
            here = people[cell, d]
            total[d] += here
            young[d] += child * here
            old[d] += aged * here
            older[d] += very * here
            sums[cell, d] += here


@njit(cache=True, nogil=True)
def simulate(
    base, expected, shocks, town, moves, parts, stay, alive, arrive, child, boys, younger, keep_sd, fresh_sd, middle,
    k1, k2, tables, whole, real, shifts, out, sums,
):
    """Draws of every settlement; draws lie in blocks side by side.

    base: (units, cells) people now; expected: (moves, units) people at the start of each move. moves: (moves, 2): the
    output in which its end is counted, -1 for none, and 1 when it leads to the next step (0: people go on from where
    they were); the start is counted in output 0. parts: (moves,) of five years. stay, arrive: (moves, units, 2, ages -
    1), alive (moves, 2, ages - 1), child, boys: (moves, units), younger (moves, 2, ages): as in `_advance`. town:
    (moves, bands, blocks, draws) logs common to all; keep_sd, fresh_sd, middle: (moves, units, bands) sd of what lasts
    and of what comes anew, and the log of the mean of both; shocks: (65536,) the table that both are taken from.
    k1, k2: (units, blocks, draws). tables (3, cells, draws), whole, real, shifts (3, bands, draws): room.
    out: (units, outputs, 4, blocks, draws) counts; sums: (outputs, cells, blocks, draws) people of all settlements.
    """
    keep, fresh, factor = shifts[0], shifts[1], shifts[2]
    draws = k1.shape[2]
    for i in range(base.shape[0]):
        for g in range(k1.shape[1]):
            a, b = k1[i, g], k2[i, g]
            people, after, aside = tables[0], tables[1], tables[2]
            count = whole_people(a, b, 0, base[i], real[0], real[1], people)
            _record(people, out[i, 0, 0, g], out[i, 0, 1, g], out[i, 0, 2, g], out[i, 0, 3, g], sums[0, :, g])
            count = _shocks(a, b, count, shocks, keep)
            for m in range(len(parts)):
                size = real[0]
                size[:] = 0.0
                if expected[m, i] > 0.0:
                    for cell in range(CELLS):
                        for d in range(draws):
                            size[d] += people[cell, d]
                    for d in range(draws):
                        size[d] /= expected[m, i]
                count = _shocks(a, b, count, shocks, fresh)
                for band in range(BANDS):
                    lasting, sudden, mid = keep_sd[m, i, band], fresh_sd[m, i, band], middle[m, i, band]
                    common = town[m, band, g]
                    for d in range(draws):
                        factor[band, d] = exponential(
                            common[d] + lasting * keep[band, d] + sudden * fresh[band, d] - mid)
                then = after if moves[m, 1] else aside
                count = _advance(
                    people, then, parts[m], stay[m, i], alive[m], arrive[m, i], child[m, i], boys[m, i], younger[m],
                    factor, a, b, count, whole, real,
                )
                o = moves[m, 0]
                if o >= 0:
                    _record(then, out[i, o, 0, g], out[i, o, 1, g], out[i, o, 2, g], out[i, o, 3, g], sums[o, :, g])
                if moves[m, 1]:
                    people, after = after, people
