"""How much longer a road is than the straight line, learnt from where buses drive."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from musubime.language import text
from musubime.parameters import Parameters
from musubime.provenance import Ledger
from musubime.region import Floats, Ints
from musubime.region.plane import to_plane

from .model import DetourFactor
from .timetable import read_shapes

_STEP_M = 500.0  # spacing of the points compared, and side of the cells that make two pairs "the same pair"
_FEWEST_PAIRS = 30


def detour_factor(
    feeds: Sequence[Path], epsg: int, parameters: Parameters, ledger: Ledger | None = None
) -> DetourFactor:
    """Median of (metres along a bus shape / straight metres) over pairs of points on the same shape, 2 to 20 km apart.

    Points stand every 500 m along each shape. Pairs between the same two 500 m cells count once, with the shortest
    way found on any shape, so a line drawn many times weighs no more and village loops count less. Buses still make
    turns that a car does not: the factor leans high. Fewer than 30 pairs: the parameter's value.
    """
    from_m = parameters.number("access.distance.pairs_from_km") * 1000
    to_m = parameters.number("access.distance.pairs_to_km") * 1000
    keys: list[Ints] = []
    ratios: list[Floats] = []
    for lon, lat in (shape for feed in feeds for shape in read_shapes(feed)):
        x, y = to_plane(epsg, lon, lat)
        along = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
        at = np.arange(0.0, along[-1], _STEP_M)
        px, py = np.interp(at, along, x), np.interp(at, along, y)
        i, j = np.triu_indices(len(at), 1)
        straight = np.hypot(px[i] - px[j], py[i] - py[j])
        fits = (straight >= from_m) & (straight <= to_m)
        i, j = i[fits], j[fits]
        cell = np.round(px / _STEP_M).astype(np.int64) * 1_000_003 + np.round(py / _STEP_M).astype(np.int64)
        keys.append(np.column_stack([np.minimum(cell[i], cell[j]), np.maximum(cell[i], cell[j])]))
        ratios.append((at[j] - at[i]) / straight[fits])
    shortest = _shortest_by_pair(keys, ratios)
    if len(shortest) < _FEWEST_PAIRS:
        found = DetourFactor(parameters.number("access.distance.detour_factor"), "parameter", len(shortest))
    else:
        low, middle, high = np.percentile(shortest, [25, 50, 75])
        found = DetourFactor(float(middle), "shapes", len(shortest), (float(low), float(high)))
    if ledger is not None:
        _note(found, ledger)
    return found


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
            "points along the bus shapes (middle half {low:.2f} to {high:.2f}).",
            factor=found.factor, pairs=found.pairs, low=found.quartiles[0], high=found.quartiles[1],
        ))
    else:
        ledger.note("assumption", text(
            "No road file and too few bus shapes: ways are taken as {factor:.2f} times the straight line.",
            factor=found.factor,
        ))
