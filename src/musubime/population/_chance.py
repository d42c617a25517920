"""Random numbers for hot loops: keyed hashes, and binomial and Poisson numbers for many draws side by side.

Every draw of every settlement has keys of its own, made from (seed, settlement, draw), so results do not depend on the
number of threads. numba does not notice when a function called from another file changes: after editing this file,
delete __pycache__.
"""
# mypy: disable-error-code="no-untyped-def,no-untyped-call"
# mypy: disallow-untyped-decorators=False

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

GOLDEN, MIX_1, MIX_2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
S27, S30, S31, S32 = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(32)
GOLDEN_32, ODD_1, ODD_2 = np.uint32(0x9E3779B9), np.uint32(0x7FEB352D), np.uint32(0x846CA68B)
ONE, S15, S16 = np.uint32(1), np.uint32(15), np.uint32(16)
TO_UNIT = 1.0 / 4294967296.0  # 2 ** -32
TO_COIN = 2147483648.0  # 2 ** 31
INVERSE = 1.0 / np.maximum(np.arange(200.0), 1.0)
LARGEST_MEAN = 25.0  # of a Poisson number made in one go


def keys(seed: int, units: NDArray[np.int64], draws: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Two keys of each unit and draw: (units, draws), by SplitMix64."""
    with np.errstate(over="ignore"):
        first = _mixed(np.uint64(seed) + GOLDEN)
        second = _mixed((first ^ (units.astype(np.uint64) * MIX_1)) + GOLDEN)
        both = _mixed((second[:, None] ^ (np.arange(draws, dtype=np.uint64) * MIX_2)) + GOLDEN)
    return both.astype(np.uint32), (both >> S32).astype(np.uint32)


def _mixed(z):
    z = (z ^ (z >> S30)) * MIX_1
    z = (z ^ (z >> S27)) * MIX_2
    return z ^ (z >> S31)


@njit(cache=True)
def number(k1, k2, count):
    """The number `count` of the stream with these keys, 32 bits: a hash of two rounds (constants: Wellons 2018)."""
    x = np.uint32(k1 + np.uint32(count * GOLDEN_32))
    x = np.uint32(x ^ (x >> S16))
    x = np.uint32(x * ODD_1)
    x = np.uint32(x ^ (x >> S15))
    x = np.uint32(x + k2)
    x = np.uint32(x * ODD_2)
    return np.uint32(x ^ (x >> S16))


@njit(cache=True)
def coin_limit(p):
    """A coin of 31 bits falls on its lucky side when it is at most this: never for p = 0, always for p = 1."""
    return np.int32(min(max(p, 0.0), 1.0) * TO_COIN - 1.0)


@njit(cache=True)
def binomials(n, limit, k1, k2, count, hits):
    """Binomial numbers: of n (draws,) people each with the probability of `coin_limit`. Returns the next count.

    A coin for everybody, all draws at once: that is cheaper than clever numbers one after another.
    """
    most = 0
    for d in range(len(n)):
        hits[d] = 0
        most = max(most, n[d])
    for j in range(most):
        c = np.uint32(count + j)
        for d in range(len(n)):
            coin = np.int32(number(k1[d], k2[d], c) >> ONE)
            hits[d] += np.int32((coin <= limit[d]) & (np.int32(j) < n[d]))
    return count + most


@njit(cache=True)
def poissons(mean, k1, k2, count, share, below, u, hits):
    """Poisson numbers by inversion, exact to 2^-32; large means as sums of smaller ones. Returns the next count.

    share, below, u: room for a row of draws each.
    """
    draws = len(mean)
    most = 0.0
    for d in range(draws):
        hits[d] = 0
        most = max(most, mean[d])
    rounds = math.ceil(most / LARGEST_MEAN)
    for r in range(rounds):
        c, part = np.uint32(count + r), 1.0 / rounds
        for d in range(draws):
            share[d] = below[d] = exponential(-mean[d] * part)
            u[d] = (number(k1[d], k2[d], c) + 0.5) * TO_UNIT
        last, place = math.exp(-most * part), 0
        tail = 1.0 - last
        while tail > 1e-10 and place < len(INVERSE) - 1:
            place += 1
            last *= most * part * INVERSE[place]
            tail -= last
            for d in range(draws):
                hits[d] += np.int32(u[d] > below[d])
                share[d] *= mean[d] * part * INVERSE[place]
                below[d] += share[d]
    return count + rounds


@njit(cache=True)
def exponential(x):
    """exp(x) for -30 < x < 30 to 1e-9, by steps that run side by side: a series for x / 32, squared five times."""
    t = x * 0.03125
    e = 1.0 + t * (1.0 + t * (1.0 / 2) * (1.0 + t * (1.0 / 3) * (1.0 + t * (1.0 / 4) * (1.0 + t * (1.0 / 5) * (
        1.0 + t * (1.0 / 6) * (1.0 + t * (1.0 / 7) * (1.0 + t * (1.0 / 8) * (1.0 + t * (1.0 / 9) * (
            1.0 + t * (1.0 / 10) * (1.0 + t * (1.0 / 11) * (1.0 + t * (1.0 / 12) * (1.0 + t * (1.0 / 13)))))))))))))
    e *= e
    e *= e
    e *= e
    e *= e
    return e * e
