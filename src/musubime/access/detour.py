"""How much longer a road is than the straight line, learnt from where buses drive."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from musubime.language import text
from musubime.parameters import Parameters
from musubime.provenance import Ledger
from musubime.region import Floats, Ints
from musubime.region.plane import to_plane

from .model import DetourFactor
from .timetable import read_shapes

_STEP_M = 25.0  # spacing of the points that a shape is walked by
_PAIR_STEPS = 20  # every 500 m stands a point that is compared with others
_CELL_M = 500.0  # pairs between the same two cells of this side are one pair
_MEET_M = 30.0  # a shape that comes back this near to itself is on the same road, or at a crossing
_FEWEST_PAIRS = 30


def detour_factor(
    feeds: Sequence[Path], epsg: int, parameters: Parameters, ledger: Ledger | None = None
) -> DetourFactor:
    """Median of (metres along a bus shape / straight metres) over points of one shape 2 to 20 km apart.

    Where a shape comes back to itself (into a village and out again) the loop is left out, for a car would not
    drive it. Of pairs between the same two 500 m cells the shortest way on any shape counts, once, so a line that
    is drawn often weighs no more. Buses still go round more than cars do: the factor leans high. Fewer than 30
    pairs: the parameter's value.
    """
    from_m = parameters.number("access.distance.pairs_from_km") * 1000
    to_m = parameters.number("access.distance.pairs_to_km") * 1000
    keys: list[Ints] = []
    ratios: list[Floats] = []
    for lon, lat in (shape for feed in feeds for shape in read_shapes(feed)):
        points, way = _ways(*to_plane(epsg, lon, lat))
        straight = np.hypot(*(points[:, None, :] - points[None, :, :]).transpose(2, 0, 1))
        i, j = np.nonzero(np.triu((straight >= from_m) & (straight <= to_m), 1))
        cell = np.round(points / _CELL_M).astype(np.int64) @ np.array([1_000_003, 1])
        keys.append(np.column_stack([np.minimum(cell[i], cell[j]), np.maximum(cell[i], cell[j])]))
        ratios.append(way[i, j] / straight[i, j])
    shortest = _shortest_by_pair(keys, ratios)
    if len(shortest) < _FEWEST_PAIRS:
        found = DetourFactor(parameters.number("access.distance.detour_factor"), "parameter", len(shortest))
    else:
        low, middle, high = np.percentile(shortest, [25, 50, 75])
        found = DetourFactor(float(middle), "shapes", len(shortest), (float(low), float(high)))
    if ledger is not None:
        _note(found, ledger)
    return found


def _ways(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Points every 500 m of a shape (points, 2), and metres between them along it, loops left out."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
    at = np.arange(0.0, max(float(along[-1]), 1.0), _STEP_M)
    points = np.column_stack([np.interp(at, along, x), np.interp(at, along, y)])
    n = len(at)
    meet = cKDTree(points).query_pairs(_MEET_M, output_type="ndarray").reshape(-1, 2)
    meet = meet[(meet[:, 1] - meet[:, 0]) * _STEP_M > 4 * _MEET_M]
    tail = np.concatenate([np.arange(n - 1), meet[:, 0]])
    head = np.concatenate([np.arange(1, n), meet[:, 1]])
    metres = np.concatenate([np.full(n - 1, _STEP_M), np.hypot(*(points[meet[:, 0]] - points[meet[:, 1]]).T) + 1e-6])
    graph = coo_array((metres, (tail, head)), shape=(n, n)).tocsr()
    compared = np.arange(0, n, _PAIR_STEPS)
    way = dijkstra(graph, directed=False, indices=compared)[:, compared]
    return points[compared], np.asarray(way, dtype=np.float64)


def _shortest_by_pair(keys: list[Ints], ratios: list[Floats]) -> Floats:
    if not keys:
        return np.zeros(0)
    key, ratio = np.concatenate(keys), np.concatenate(ratios)
    order = np.lexsort((ratio, key[:, 1], key[:, 0]))
    key = key[order]
    first = np.ones(len(key), dtype=bool)
    first[1:] = (key[1:] != key[:-1]).any(axis=1)
    return np.asarray(ratio[order][first], dtype=np.float64)


def _note(found: DetourFactor, ledger: Ledger) -> None:
    if found.basis == "shapes":
        ledger.note("assumption", text(
            "No road file: ways are taken as {factor:.2f} times the straight line, the median of {pairs:,} pairs of "
            "points along the bus shapes (middle half {low:.2f} to {high:.2f}). Buses go round, so this leans high.",
            factor=found.factor, pairs=found.pairs, low=found.quartiles[0], high=found.quartiles[1],
        ))
    else:
        ledger.note("assumption", text(
            "No road file and too few bus shapes: ways are taken as {factor:.2f} times the straight line.",
            factor=found.factor,
        ))
