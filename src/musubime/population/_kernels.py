"""Hot loops on plain arrays: one settlement's steps draw by draw, and quantiles of what comes of them.

Results do not depend on the number of threads (`_chance`). Moments by formula and numpy's quantiles stand beside them
in tests/population/test_uncertainty.py.
"""
# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import math

import numpy as np
from numba import njit

from ._chance import LOW_16, S16, binomial, following, poisson, start, unit_interval

S32 = np.uint64(32)
LOW_32 = np.uint64(0xFFFFFFFF)
TO_HALF = 1.0 / 4294967296.0  # 2 ** -32
AGES = 18
BANDS = 5  # 0-14, 15-29, 30-64, 65+ at the start of a step, and children born
LIMITS = np.array([0, 3, 6, 13, 17])  # model.BANDS
BAND = np.repeat(np.arange(4), np.diff(LIMITS))  # of each cohort
CELLS = 2 * np.diff(LIMITS)  # sex and cohort in each band
MOST_VARIANCE = 0.25
MOST_CELLS = 14  # sex and cohort in the largest band
MANY = 40.0  # newcomers above which cohorts are drawn one by one


@njit(cache=True)
def _shocks(state, table, out):
    """Fill `out` with numbers taken by chance from a table of 65,536 (mean 0, variance 1), four from one draw."""
    z = np.uint64(0)
    for i in range(len(out)):
        if i & 3 == 0:
            z = following(state)
        out[i] = table[z & LOW_16]
        z >>= S16


@njit(cache=True)
def _log_mean(means, sd):
    """log of the mean of exp(sd x) over the table of shocks, from its values at sd = 0, 0.01, ... 1."""
    place = min(sd * 100.0, 99.999)
    low = int(place)
    return means[low] + (means[low + 1] - means[low]) * (place - low)


@njit(cache=True)
def _whole_people(state, base, people):
    """Round a settlement's people to whole ones by systematic sampling: every cell and their sum within one."""
    offset = unit_interval(state)
    cumulated = 0.0
    before = math.floor(offset)
    for sex in range(2):
        for age in range(AGES):
            cumulated += base[sex, age]
            after = math.floor(cumulated + offset + 1e-9)
            people[sex, age] = int(after - before)
            before = after


@njit(cache=True)
def _advance(
    state, people, after, come, part, stay, most, arrive, chances, others, child, boys, factor, younger,
):
    """One step of `part` of five years for whole people: (2, ages) `people` to `after`.

    stay: probability of being here five years on; most: of being alive; arrive: newcomers expected in the part
    (come: room for them; chances, others: the tables of `_alias`);
    child: children per woman; factor: what the rates of this part are multiplied by, per band; younger: share of a
    group that is still in it at the end of the part (not looked at when part is 1).
    """
    after[:] = 0
    whole = part >= 1.0
    _newcomers(state, arrive, factor, chances, others, come)
    for sex in range(2):
        for x in range(AGES):
            c = min(x, AGES - 2)
            band = BAND[c]
            here = people[sex, x]
            left = come[sex, x]
            if here > 0:
                rate, limit = stay[sex, c], most[sex, c]
                if not whole:
                    rate, limit = rate**part, limit**part
                rate *= factor[band]
                if rate > limit:  # more than stay alive: the rest are newcomers
                    left += poisson(state, (rate - limit) * here)
                    rate = limit
                left += binomial(state, here, rate)
            if left == 0:
                continue
            older = min(x + 1, AGES - 1)
            if whole or x == AGES - 1:
                after[sex, older] += left
            else:
                same = binomial(state, left, younger[sex, x])
                after[sex, x] += same
                after[sex, older] += left - same
    mothers = 0
    for x in range(3, 10):
        mothers += after[1, x]
    born = poisson(state, mothers * child * factor[4] * part)
    sons = binomial(state, born, boys)
    after[0, 0] += sons
    after[1, 0] += born - sons


@njit(cache=True)
def _newcomers(state, arrive, factor, chances, others, come):
    """Poisson newcomers by sex and cohort into come (2, 17): their number first, then who they are one by one; cohort
    by cohort where they are many."""
    come[:] = 0
    first = second = third = fourth = 0.0
    for c in range(3):
        first += arrive[0, c] + arrive[1, c]
    for c in range(3, 6):
        second += arrive[0, c] + arrive[1, c]
    for c in range(6, 13):
        third += arrive[0, c] + arrive[1, c]
    for c in range(13, AGES - 1):
        fourth += arrive[0, c] + arrive[1, c]
    first *= factor[0]
    second = first + second * factor[1]
    third = second + third * factor[2]
    expected = third + fourth * factor[3]
    if expected > MANY:
        for b in range(BANDS - 1):
            for c in range(LIMITS[b], LIMITS[b + 1]):
                come[0, c] = poisson(state, arrive[0, c] * factor[b])
                come[1, c] = poisson(state, arrive[1, c] * factor[b])
        return
    for _ in range(poisson(state, expected)):
        z = following(state)  # the upper half tells the band, the lower half the cell in it
        u = np.float64(z >> S32) * TO_HALF * expected
        b = int(u >= first) + int(u >= second) + int(u >= third)
        place = np.float64(z & LOW_32) * TO_HALF * CELLS[b]
        cell = int(place)
        if place - cell >= chances[b, cell]:
            cell = others[b, cell]
        come[cell & 1, LIMITS[b] + (cell >> 1)] += 1


@njit(cache=True)
def _alias(arrive, chances, others):
    """Walker's alias tables, one a band, by which newcomers find their sex and cohort; cell 2 k + sex of a band.

    chances: (4, cells) of staying with the cell that was hit; others: (4, cells) where to go else.
    """
    left = np.empty(chances.shape[1])
    for b in range(BANDS - 1):
        cells = CELLS[b]
        total = 0.0
        for i in range(cells):
            total += arrive[i & 1, LIMITS[b] + (i >> 1)]
        for i in range(cells):
            left[i] = arrive[i & 1, LIMITS[b] + (i >> 1)] / total * cells if total > 0.0 else 1.0
            chances[b, i], others[b, i] = 1.0, i
        for _ in range(cells):  # pair the poorest with the richest until all are level
            poor, rich = -1, -1
            for i in range(cells):
                if chances[b, i] == 1.0 and others[b, i] == i and left[i] >= 0.0:
                    if left[i] < 1.0 - 1e-12 and (poor < 0 or left[i] < left[poor]):
                        poor = i
                    if left[i] > 1.0 + 1e-12 and (rich < 0 or left[i] > left[rich]):
                        rich = i
            if poor < 0 or rich < 0:
                break
            chances[b, poor], others[b, poor] = left[poor], rich
            left[rich] -= 1.0 - left[poor]
            left[poor] = -1.0


@njit(cache=True)
def _record(people, row, sums):
    """Total, under 15, 65+, 75+ of (2, ages) into row (4,), and everybody onto sums (2, ages)."""
    young = middle = old = older = 0
    for sex in range(2):
        for x in range(3):
            young += people[sex, x]
        for x in range(3, 13):
            middle += people[sex, x]
        for x in range(13, 15):
            old += people[sex, x]
        for x in range(15, AGES):
            older += people[sex, x]
        for x in range(AGES):
            sums[sex, x] += people[sex, x]
    row[0], row[1], row[2], row[3] = young + middle + old + older, young, old + older, older


@njit(cache=True)
def _rates(start, end, arrivals, alive, stay, most, arrive):
    """Split what a settlement is expected to do in one step into staying and arriving.

    start, end: expected (2, ages). Returns children per woman and the share of boys.
    """
    for sex in range(2):
        for c in range(AGES - 1):
            here = start[sex, c] if c < AGES - 2 else start[sex, c] + start[sex, c + 1]
            there = end[sex, c + 1]
            most[sex, c] = alive[sex, c]
            if here <= 0.0:
                stay[sex, c] = 0.0
                arrive[sex, c] = there
                continue
            ratio = there / here
            come = min(arrivals[c], ratio)
            if ratio - come > alive[sex, c]:
                come = ratio - alive[sex, c]
            stay[sex, c] = ratio - come
            arrive[sex, c] = come * here
    mothers = 0.0
    for x in range(3, 10):
        mothers += end[1, x]
    born = end[0, 0] + end[1, 0]
    child = born / mothers if mothers > 0.0 else 0.0
    boys = end[0, 0] / born if born > 0.0 else 0.5
    return child, boys


@njit(cache=True, nogil=True)
def simulate(
    seed, first_unit, shocks, means, base, grid, town, sd_keep, sd_step, chance, arrivals, alive, parts, younger, out,
    sums,
):
    """Draws of every settlement.

    base: (units, 2, ages) now; grid: (steps + 1, units, 2, ages) expected; town: (draws, steps, bands) shocks of the
    municipality, logs; sd_keep: (units, bands) what a settlement keeps over all steps; sd_step: (bands,) what it
    meets anew in each; chance: (bands,) variance per person of those who move together. parts: (outputs, 2):
    step, and part of it at which to look; younger: (outputs, 2, ages). out: (units, outputs, draws, 4) counts.
    sums: (draws, outputs, 2, ages) people of all settlements. first_unit numbers the random streams; shocks:
    (65536,) the table that deviations are taken from, means: (101,) as in `_log_mean`.
    """
    units, draws, steps = base.shape[0], out.shape[2], grid.shape[0] - 1
    state = np.zeros(1, dtype=np.uint64)
    people = np.zeros((2, AGES), dtype=np.int64)
    after = np.zeros((2, AGES), dtype=np.int64)
    aside = np.zeros((2, AGES), dtype=np.int64)
    come = np.zeros((2, AGES), dtype=np.int64)
    chances = np.ones((steps, BANDS - 1, MOST_CELLS))
    others = np.zeros((steps, BANDS - 1, MOST_CELLS), dtype=np.int64)
    part_chances = np.ones((BANDS - 1, MOST_CELLS))
    part_others = np.zeros((BANDS - 1, MOST_CELLS), dtype=np.int64)
    stay = np.zeros((steps, 2, AGES - 1))
    most = np.zeros((steps, 2, AGES - 1))
    arrive = np.zeros((steps, 2, AGES - 1))
    scaled = np.zeros((2, AGES - 1))
    child, boys, expected = np.zeros(steps), np.zeros(steps), np.zeros(steps)
    deviation, middle = np.zeros((steps, BANDS)), np.zeros((steps, BANDS))
    keep, fresh = np.zeros(BANDS), np.zeros(BANDS)
    factor = np.ones(BANDS)
    for i in range(units):
        for k in range(steps):
            child[k], boys[k] = _rates(grid[k, i], grid[k + 1, i], arrivals, alive, stay[k], most[k], arrive[k])
            expected[k] = grid[k, i].sum()
            _deviation(grid[k, i], grid[k + 1, i], stay[k], arrive[k], sd_step, chance, deviation[k])
            _alias(arrive[k], chances[k], others[k])
            for b in range(BANDS):
                middle[k, b] = _log_mean(means, sd_keep[i, b]) + _log_mean(means, deviation[k, b])
        for d in range(draws):
            start(state, seed, first_unit + i, d)
            _whole_people(state, base[i], people)
            _shocks(state, shocks, keep)
            for k in range(steps):
                total = 0
                for sex in range(2):
                    for x in range(AGES):
                        total += people[sex, x]
                size = total / expected[k] if expected[k] > 0.0 else 0.0
                for o in range(len(parts)):
                    if int(parts[o, 0]) != k or parts[o, 1] >= 1.0:
                        continue
                    part = parts[o, 1]
                    if part <= 0.0:
                        aside[:] = people
                    else:
                        _shocks(state, shocks, fresh)
                        for b in range(BANDS):
                            lasting, sudden = sd_keep[i, b] * part, deviation[k, b] * math.sqrt(part)
                            factor[b] = math.exp(
                                town[d, k, b] * part + lasting * keep[b] + sudden * fresh[b]
                                - _log_mean(means, lasting) - _log_mean(means, sudden)
                            )
                        _arrivals_of_part(grid[k, i], stay[k], arrive[k], part, size, scaled)
                        _alias(scaled, part_chances, part_others)
                        _advance(
                            state, people, aside, come, part, stay[k], most[k], scaled, part_chances, part_others,
                            child[k], boys[k], factor, younger[o],
                        )
                    _record(aside, out[i, o, d], sums[d, o])
                if total > 0:
                    _shocks(state, shocks, fresh)
                    for b in range(BANDS):
                        factor[b] = math.exp(
                            town[d, k, b] + sd_keep[i, b] * keep[b] + deviation[k, b] * fresh[b] - middle[k, b]
                        )
                    for sex in range(2):
                        for c in range(AGES - 1):
                            scaled[sex, c] = arrive[k, sex, c] * size
                    _advance(
                        state, people, after, come, 1.0, stay[k], most[k], scaled, chances[k], others[k], child[k],
                        boys[k], factor, younger[0],
                    )
                    people, after = after, people
                for o in range(len(parts)):
                    if int(parts[o, 0]) == k and parts[o, 1] >= 1.0:
                        _record(people, out[i, o, d], sums[d, o])


@njit(cache=True)
def _deviation(now, then, stay, arrive, sd_step, chance, deviation):
    """sd of what a settlement meets in one step, per band: what comes to the place as a whole, and what few people
    who move together add to the chance of each of them (`chance` is the variance per person of both; the part that
    single draws make already is taken off)."""
    for b in range(BANDS):
        size = single = 0.0
        if b == BANDS - 1:
            size = single = then[0, 0] + then[1, 0]
        else:
            for sex in range(2):
                for c in range(LIMITS[b], LIMITS[b + 1]):
                    here = now[sex, c] if c < AGES - 2 else now[sex, c] + now[sex, c + 1]
                    size += here
                    single += here * stay[sex, c] * (1.0 - stay[sex, c]) + arrive[sex, c]
        size = max(size, 1.0)
        together = max(chance[b] - single / size, 0.0) / size
        deviation[b] = math.sqrt(sd_step[b] ** 2 + min(together, MOST_VARIANCE))


@njit(cache=True)
def _arrivals_of_part(now, stay, arrive, part, size, scaled):
    """Newcomers expected in a part of a step, so that stayers and newcomers keep the steady pace of their sum."""
    for sex in range(2):
        for c in range(AGES - 1):
            here = now[sex, c] if c < AGES - 2 else now[sex, c] + now[sex, c + 1]
            if here > 0.0:
                whole = stay[sex, c] + arrive[sex, c] / here
                scaled[sex, c] = (whole**part - stay[sex, c] ** part) * here * size
            else:
                scaled[sex, c] = arrive[sex, c] * part * size


@njit(cache=True, nogil=True)
def summarise(out, levels, small_people, few_people, quantiles, chances):
    """Quantiles and probabilities of every settlement.

    out: (units, outputs, draws, 4); levels: (q,) shares; small_people: (units,) people that make the fewest
    households; few_people: number of people. quantiles: (units, outputs, q, 5): total, under 15, 65+, 75+, share
    of 65+ (nan when nobody is left in any draw); chances: (units, outputs, 4): nobody, few households, few people,
    65+ half or more.
    """
    units, outputs, draws, _ = out.shape
    row = np.zeros(draws)
    for i in range(units):
        for o in range(outputs):
            for kind in range(4):
                ordered = _sorted(out[i, o, :, kind], row)
                for q in range(len(levels)):
                    quantiles[i, o, q, kind] = _quantile(ordered, draws, levels[q])
            lived = 0
            nobody = small = few = old = 0
            for d in range(draws):
                total = out[i, o, d, 0]
                if total == 0:
                    nobody += 1
                if total < small_people[i]:
                    small += 1
                if total < few_people:
                    few += 1
                if total > 0:
                    row[lived] = out[i, o, d, 2] / total
                    lived += 1
                    if 2 * out[i, o, d, 2] >= total:
                        old += 1
            ordered = np.sort(row[:lived])
            for q in range(len(levels)):
                quantiles[i, o, q, 4] = _quantile(ordered, lived, levels[q]) if lived > 0 else np.nan
            chances[i, o, 0] = nobody / draws
            chances[i, o, 1] = small / draws
            chances[i, o, 2] = few / draws
            chances[i, o, 3] = old / draws


@njit(cache=True)
def _sorted(counts, row):
    """Whole numbers in order, by counting where they lie close together (they do in small settlements)."""
    draws = len(counts)
    low = high = counts[0]
    for d in range(draws):
        low, high = min(low, counts[d]), max(high, counts[d])
    if high - low > 8 * draws:
        for d in range(draws):
            row[d] = counts[d]
        row.sort()
        return row
    tally = np.zeros(high - low + 1, dtype=np.int64)
    for d in range(draws):
        tally[counts[d] - low] += 1
    place = 0
    for value in range(len(tally)):
        for _ in range(tally[value]):
            row[place] = low + value
            place += 1
    return row


@njit(cache=True)
def _quantile(ordered, count, level):
    """Linear interpolation between order statistics, as numpy's default."""
    place = level * (count - 1)
    low = math.floor(place)
    high = min(low + 1, count - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
