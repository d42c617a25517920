"""The kernels against a plain Dijkstra: every pair, whatever the graph."""

from __future__ import annotations

import heapq

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from musubime.access import _router, road_network, travel_times
from musubime.access.clock import FAR_MS as FAR
from musubime.access.clock import to_minutes, to_ms
from musubime.access.hierarchy import Hierarchy


def plain_dijkstra(n: int, tail, head, ms, source: int) -> list[float]:
    """The twin: a heap and nothing else."""
    ways: dict[int, list[tuple[int, int]]] = {}
    for a, b, w in zip(tail, head, ms, strict=True):
        if w < FAR:
            ways.setdefault(int(a), []).append((int(b), int(w)))
    far = [float("inf")] * n
    heap = [(0, source)]
    while heap:
        here, v = heapq.heappop(heap)
        if here < far[v]:
            far[v] = here
            for w, more in ways.get(v, []):
                if here + more < far[w]:
                    heapq.heappush(heap, (here + more, w))
    return far


@st.composite
def graphs(draw):
    n = draw(st.integers(2, 14))
    node = st.integers(0, n - 1)
    arcs = draw(st.lists(st.tuples(node, node, st.integers(1, 9)), min_size=1, max_size=40))
    arcs = [arc for arc in arcs if arc[0] != arc[1]] or [(0, 1, 1)]
    chosen = st.lists(node, min_size=1, max_size=6)
    return n, arcs, draw(chosen), draw(chosen), draw(st.integers(1, 4))


def hierarchy_of(n, tail, head):
    rng = np.random.default_rng(n)
    return Hierarchy.build(rng.random(n), rng.random(n), tail, head)


@settings(max_examples=150, deadline=None)
@drawn(graphs())
def test_matrix_and_nearest_agree_with_plain_dijkstra(world):
    n, arcs, sources, targets, count = world
    tail, head, ms = (np.array(column, dtype=np.int64) for column in zip(*arcs, strict=True))
    metric = hierarchy_of(n, tail, head).customised(ms / 60_000)
    far = np.array([plain_dijkstra(n, tail, head, ms, source) for source in range(n)])
    expected = far[np.ix_(sources, targets)]
    found = metric.matrix(np.array(sources), np.array(targets))
    assert np.array_equal(found * 60_000, expected)
    # The same target twice counts as two; of equals the first in the list.
    order = np.argsort(far[:, targets], axis=1, kind="stable")
    ordered = np.take_along_axis(far[:, targets], order, axis=1)
    index, minutes = metric.nearest(np.array(targets), count)
    for k in range(count):
        there = ordered[:, k] if k < len(targets) else np.full(n, np.inf)
        assert np.array_equal(minutes[:, k] * 60_000, there)
        who = np.where(np.isfinite(there), order[:, min(k, len(targets) - 1)], -1)
        assert np.array_equal(index[:, k], who)


@settings(max_examples=50, deadline=None)
@drawn(graphs(), st.data())
def test_new_times_need_no_new_order(world, data):
    n, arcs, sources, targets, _ = world
    tail, head, ms = (np.array(column, dtype=np.int64) for column in zip(*arcs, strict=True))
    hierarchy = hierarchy_of(n, tail, head)
    closed = np.array(data.draw(st.lists(st.booleans(), min_size=len(ms), max_size=len(ms))))
    changed = np.where(closed, FAR, ms * 2)
    found = hierarchy.customised(np.where(closed, np.inf, ms * 2 / 60_000)).matrix(np.array(sources), np.array(targets))
    expected = np.array([plain_dijkstra(n, tail, head, changed, source) for source in sources])[:, targets]
    assert np.array_equal(found * 60_000, expected)


def test_more_targets_than_one_block_and_more_than_sources():
    # A ring of 200 nodes driven one way: from i to j it is (j - i) mod 200 steps.
    n = 200
    tail = np.arange(n)
    metric = hierarchy_of(n, tail, (tail + 1) % n).customised(np.full(n, 1.0))
    sources = np.arange(0, n, 67)
    expected = (tail[None, :] - sources[:, None]) % n
    assert metric.matrix(sources, tail).tolist() == expected.tolist()
    assert metric.matrix(tail, sources).tolist() == ((sources[None, :] - tail[:, None]) % n).tolist()


def test_milliseconds_there_and_back():
    minutes = np.array([0, 1.5, 1e-9, np.inf, 1e12])
    assert to_ms(minutes).tolist() == [0, 90_000, 0, FAR, FAR]
    assert to_minutes(np.array([0, 90_000, FAR, FAR + 5, -1])).tolist() == [0, 1.5, np.inf, np.inf, np.inf]


def test_both_engines_of_the_router_give_the_same_times(noto_roads, noto_areas, parameters, monkeypatch):
    network = road_network(noto_roads, 6675, parameters)
    few, _ = travel_times(network, noto_areas, noto_areas, 6675, parameters)
    monkeypatch.setattr(_router, "_FEW_PAIRS", 0)
    many, _ = travel_times(network, noto_areas, noto_areas, 6675, parameters)
    assert np.array_equal(few.minutes, many.minutes)
    assert few.minutes.max() == pytest.approx(59.3, abs=1)
