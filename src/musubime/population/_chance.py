"""Random numbers for hot loops: SplitMix64 streams, exact binomial and Poisson draws.

A stream starts from (seed, settlement, draw), so results do not depend on the number of threads. numba does not notice
when a function called from another file changes: after editing this file, delete __pycache__.
"""
# mypy: disable-error-code="no-untyped-def,no-untyped-call"
# mypy: disallow-untyped-decorators=False

from __future__ import annotations

import math

import numpy as np
from numba import njit

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
MIX_2 = np.uint64(0x94D049BB133111EB)
S30, S27, S31, S11, S16 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11), np.uint64(16)
LOW_16 = np.uint64(0xFFFF)
TO_UNIT = 1.0 / 9007199254740992.0  # 2 ** -53
INVERSE = 1.0 / np.maximum(np.arange(200.0), 1.0)


@njit(cache=True)
def following(state):
    """One 64-bit number; state: array of one uint64."""
    state[0] += GOLDEN
    z = state[0]
    z = (z ^ (z >> S30)) * MIX_1
    z = (z ^ (z >> S27)) * MIX_2
    return z ^ (z >> S31)


@njit(cache=True)
def unit_interval(state):
    """A number in (0, 1)."""
    return (np.float64(following(state) >> S11) + 0.5) * TO_UNIT


@njit(cache=True)
def start(state, seed, unit, draw):
    state[0] = np.uint64(seed)
    first = following(state)
    state[0] = first ^ (np.uint64(unit) * MIX_1)
    second = following(state)
    state[0] = second ^ (np.uint64(draw) * MIX_2)
    following(state)


@njit(cache=True)
def _stirling(k):
    """log(k!) less Stirling's main terms (Hoermann 1993)."""
    table = (
        0.08106146679532726, 0.04134069595540929, 0.02767792568499834, 0.02079067210376509, 0.01664469118982119,
        0.01387612882307075, 0.01189670994589177, 0.01041126526197209, 0.009255462182712733, 0.008330563433362871,
    )
    if k < 10:
        return table[int(k)]
    x = 1.0 / (k + 1.0)
    return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 * x * x) * x * x) * x


@njit(cache=True)
def binomial(state, n, p):
    """An exact binomial draw: coins for few, inversion for small means, Hoermann's BTRS above."""
    if n <= 0 or p <= 0.0:
        return 0
    if p >= 1.0:
        return n
    if n <= 24:
        return _coins(state, n, p)
    flipped = p > 0.5
    q = 1.0 - p if flipped else p
    if n * q < 10.0:
        f = math.exp(n * math.log1p(-q))
        u = unit_interval(state)
        k = 0
        if u > f:
            ratio = q / (1.0 - q)
            while u > f and k < n:  # k < n guards against what rounding leaves of u
                u -= f
                k += 1
                f *= ratio * (n - k + 1) / k
    else:
        k = _btrs(state, n, q)
    return n - k if flipped else k


@njit(cache=True)
def _coins(state, n, p):
    """Hits of n coins, four coins of 16 bits from one number; a coin on the edge is settled by a further number."""
    scaled = p * 65536.0
    limit = np.int64(scaled)
    hits = 0
    while n > 0:
        z = following(state)
        for _ in range(min(n, 4)):
            coin = np.int64(z & LOW_16)
            z >>= S16
            hits += int(coin < limit)
            if coin == limit:  # on the edge
                hits += int(unit_interval(state) < scaled - limit)
        n -= 4
    return hits


@njit(cache=True)
def _btrs(state, n, p):
    """Hoermann (1993), The generation of binomial random variates, algorithm BTRS; n p >= 10, p <= 1/2."""
    spq = math.sqrt(n * p * (1.0 - p))
    b = 1.15 + 2.53 * spq
    a = -0.0873 + 0.0248 * b + 0.01 * p
    c = n * p + 0.5
    v_r = 0.92 - 4.2 / b
    alpha = (2.83 + 5.1 / b) * spq
    m = math.floor((n + 1) * p)
    odds = p / (1.0 - p)
    while True:
        u = unit_interval(state) - 0.5
        v = unit_interval(state)
        us = 0.5 - abs(u)
        k = math.floor((2.0 * a / us + b) * u + c)
        if us >= 0.07 and v <= v_r:
            return int(k)
        if k < 0 or k > n:
            continue
        v = math.log(v * alpha / (a / (us * us) + b))
        bound = (
            (m + 0.5) * math.log((m + 1.0) / (odds * (n - m + 1.0)))
            + (n + 1.0) * math.log((n - m + 1.0) / (n - k + 1.0))
            + (k + 0.5) * math.log(odds * (n - k + 1.0) / (k + 1.0))
            + _stirling(m) + _stirling(n - m) - _stirling(k) - _stirling(n - k)
        )
        if v <= bound:
            return int(k)


@njit(cache=True)
def poisson(state, mean):
    """An exact Poisson draw: inversion below 25, Hoermann's PTRS above."""
    if mean <= 0.0:
        return 0
    if mean < 25.0:
        u = unit_interval(state)
        if u < 1.0 - mean:  # exp(-mean) is larger: nobody, and no exponential is needed
            return 0
        f = math.exp(-mean)
        k = 0
        while u > f and k < len(INVERSE) - 1:
            u -= f
            k += 1
            f *= mean * INVERSE[k]
        return k
    root = math.sqrt(mean)
    b = 0.931 + 2.53 * root
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    v_r = 0.9277 - 3.6224 / (b - 2.0)
    while True:
        u = unit_interval(state) - 0.5
        v = unit_interval(state)
        us = 0.5 - abs(u)
        k = math.floor((2.0 * a / us + b) * u + mean + 0.43)
        if us >= 0.07 and v <= v_r:
            return int(k)
        if k < 0 or (us < 0.013 and v > us):
            continue
        if math.log(v) + math.log(inverse_alpha) - math.log(a / (us * us) + b) <= (
            -mean + k * math.log(mean) - math.lgamma(k + 1.0)
        ):
            return int(k)
