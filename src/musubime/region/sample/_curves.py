"""Lines in the plane as (n, 2) arrays of metres: the few operations with which valleys and roads are drawn."""

from __future__ import annotations

import numpy as np

from ..tables import Floats


def along(line: Floats) -> Floats:
    """Metres from the start at every vertex: (n,)."""
    return np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])


def resample(line: Floats, step_m: float) -> Floats:
    """The same line with vertices about every `step_m`; both ends stay."""
    at = along(line)
    to = np.linspace(0.0, at[-1], max(2, round(at[-1] / step_m) + 1))
    return np.column_stack([np.interp(to, at, line[:, 0]), np.interp(to, at, line[:, 1])])


def rounded(line: Floats, times: int = 3) -> Floats:
    """Corners cut off (Chaikin), both ends kept."""
    for _ in range(times):
        if len(line) < 3:
            return line
        near, far = 0.75 * line[:-1] + 0.25 * line[1:], 0.25 * line[:-1] + 0.75 * line[1:]
        inner = np.stack([near, far], axis=1).reshape(-1, 2)[1:-1]
        line = np.concatenate([line[:1], inner, line[-1:]])
    return line


def normals(line: Floats) -> Floats:
    """Unit vectors to the left of the direction of travel: (n, 2)."""
    tangent = np.gradient(line, axis=0)
    tangent /= np.maximum(np.hypot(tangent[:, 0], tangent[:, 1]), 1e-9)[:, None]
    return np.column_stack([-tangent[:, 1], tangent[:, 0]])


def shifted(line: Floats, left_m: Floats | float, step_m: float = 60.0) -> Floats:
    """The line beside a line: `left_m` to its left (negative: right). Loops inside tight bends are cut out."""
    apart = np.broadcast_to(np.asarray(left_m, dtype=np.float64), (len(line),))
    beside = line + normals(line) * apart[:, None]
    clear = np.array([
        np.hypot(*(line - point).T).min() > 0.75 * abs(gap) for point, gap in zip(beside, apart, strict=True)
    ])
    return resample(rounded(beside[clear], 1), step_m)


def between(line: Floats, start_m: float, end_m: float) -> Floats:
    """The part of a line between two distances from its start."""
    at = along(line)
    start_m, end_m = max(start_m, 0.0), min(end_m, float(at[-1]))
    inner = line[(at > start_m + 1) & (at < end_m - 1)]
    return np.vstack([point_at(line, start_m), inner, point_at(line, end_m)])


def point_at(line: Floats, distance_m: float) -> Floats:
    at = along(line)
    return np.array([np.interp(distance_m, at, line[:, 0]), np.interp(distance_m, at, line[:, 1])])


def locate(line: Floats, point: Floats) -> float:
    """Distance along the line of the vertex nearest to a point."""
    return float(along(line)[np.argmin(np.hypot(*(line - point).T))])


def wave(rng: np.random.Generator, at: Floats, length_m: float) -> Floats:
    """Smooth noise in [-1, 1] along a line; humps are about `length_m` long."""
    knots = rng.uniform(-1, 1, int(at.max() // length_m) + 3)
    place = at / length_m
    left = np.floor(place).astype(int)
    share = place - left
    share = share * share * (3 - 2 * share)
    return np.asarray(knots[left] * (1 - share) + knots[left + 1] * share, dtype=np.float64)


def noise(rng: np.random.Generator, x: Floats, y: Floats, length_m: float, octaves: int = 4) -> Floats:
    """Smooth noise in the plane, about [-1, 1], same shape as x."""
    total, weight = np.zeros_like(x), 0.0
    for octave in range(octaves):
        size, share = length_m / 2**octave, 0.5**octave
        lattice = rng.uniform(-1, 1, (64, 64))
        u, v = x / size + 512.0, y / size + 512.0
        i, j = np.floor(u).astype(int), np.floor(v).astype(int)
        a, b = u - i, v - j
        a, b = a * a * (3 - 2 * a), b * b * (3 - 2 * b)
        i0, i1, j0, j1 = i % 64, (i + 1) % 64, j % 64, (j + 1) % 64
        total += share * (
            (lattice[i0, j0] * (1 - a) + lattice[i1, j0] * a) * (1 - b)
            + (lattice[i0, j1] * (1 - a) + lattice[i1, j1] * a) * b
        )
        weight += share
    return np.asarray(total / weight * 1.6, dtype=np.float64)
