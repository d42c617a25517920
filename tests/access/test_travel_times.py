"""Snapping and travel times: by hand, and against a plain Dijkstra on a graph cut at every snapped point."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from musubime.access import RoadNetwork, nearest_places, road_network, travel_times
from musubime.access.snap import Snapped, snap
from musubime.errors import InputError
from musubime.parameters import load
from musubime.provenance import Ledger

from .conftest import EPSG, Spots, roads_of, spots_at

MS = 60_000


def plain_times(network: RoadNetwork, start: Snapped, stop: Snapped) -> np.ndarray:
    """Dijkstra on the pieces cut at every snapped point; no shortcut shared with the method under test."""
    nodes = len(network.lon)
    on_piece: dict[int, list[tuple[float, int]]] = {}
    for base, snapped in ((nodes, start), (nodes + len(start.piece), stop)):
        for i, (piece, share) in enumerate(zip(snapped.piece, snapped.share, strict=True)):
            if piece >= 0:
                on_piece.setdefault(int(piece), []).append((float(share), base + i))
    best: dict[tuple[int, int], float] = {}
    for piece in range(len(network.shapes)):
        chain = [(0.0, int(network.piece_tail[piece])), *sorted(on_piece.get(piece, [])),
                 (1.0, int(network.piece_head[piece]))]
        for (f, a), (g, b) in pairwise(chain):
            for way, (tail, head) in enumerate(((a, b), (b, a))):
                minutes = network.piece_minutes[piece, way]
                cost = 0.0 if g == f else (g - f) * minutes
                if np.isfinite(cost):
                    best[tail, head] = min(best.get((tail, head), np.inf), max(cost, 1e-9))
    size = nodes + len(start.piece) + len(stop.piece)
    tails, heads = zip(*best, strict=True) if best else ((), ())
    graph = csr_array((list(best.values()), (tails, heads)), shape=(size, size))
    found = dijkstra(graph, indices=np.arange(nodes, nodes + len(start.piece)))
    return found[:, nodes + len(start.piece):]


def test_a_place_between_junctions_leaves_from_where_it_stands(parameters):
    # Road of 1000 m at 40 km/h. Home stands 300 m along and 50 m off; shop at 900 m, 100 m off.
    # 600 m of road = 0.9 min; 150 m of access at 15 km/h (250 m/min) = 0.6 min. Together 1.5 min.
    network = road_network(roads_of([[(0, 0), (1000, 0)]]), EPSG, parameters)
    times, snapping = travel_times(network, spots_at([(300, 50)]), spots_at([(900, -100)]), EPSG, parameters)
    assert times.minutes[0, 0] == pytest.approx(1.5, abs=1e-3)
    assert times.basis == "road"
    assert snapping.figures()["origins_median_m"] == pytest.approx(50, abs=0.1)
    assert snapping.figures()["destinations_max_m"] == pytest.approx(100, abs=0.1)


def test_on_foot_the_same_way_takes_750_m_at_80_m_a_minute(parameters):
    network = road_network(roads_of([[(0, 0), (1000, 0)]]), EPSG, parameters, "walk")
    times, _ = travel_times(network, spots_at([(300, 50)]), spots_at([(900, -100)]), EPSG, parameters, "walk")
    assert times.minutes[0, 0] == pytest.approx(750 / 80, abs=2e-3)


def test_against_a_one_way_road_the_way_round_is_taken(parameters):
    # A square of 1000 m sides, the south side one way eastwards. From 800 m to 200 m along it: on to the corner
    # 200 m, round three sides 3000 m, and 200 m in again: 3400 m at 40 km/h = 5.1 min; forwards 600 m = 0.9 min.
    sides = [[(0, 0), (1000, 0)], [(1000, 0), (1000, 1000)], [(1000, 1000), (0, 1000)], [(0, 1000), (0, 0)]]
    network = road_network(roads_of(sides, oneway=[1, 0, 0, 0]), EPSG, parameters)
    ends = spots_at([(200, 0), (800, 0)])
    times, _ = travel_times(network, ends, ends, EPSG, parameters)
    assert times.minutes == pytest.approx(np.array([[0, 0.9], [5.1, 0]]), abs=2e-3)


def test_neighbours_far_from_the_road_need_no_road(parameters):
    # Both 500 m off the road and 100 m apart: 100 m at 250 m/min, not 1000 m there and back.
    network = road_network(roads_of([[(0, 0), (1000, 0)]]), EPSG, parameters)
    times, _ = travel_times(network, spots_at([(300, 500)]), spots_at([(400, 500)]), EPSG, parameters)
    assert times.minutes[0, 0] == pytest.approx(0.4, abs=1e-3)


def test_islands_and_far_places_are_named_and_unreachable(parameters):
    # Main road 20 km; an island road of 6 km, 3 km north of it; a 300 m scrap 100 m north of the main road.
    roads = roads_of([[(0, 0), (20_000, 0)], [(0, 3000), (6000, 3000)], [(10_000, 100), (10_300, 100)]])
    network = road_network(roads, EPSG, parameters)
    homes = spots_at([(5000, 10), (3000, 2950), (10_100, 120), (10_000, -2500)], "home")
    ledger = Ledger()
    times, snapping = travel_times(network, homes, homes, EPSG, parameters, ledger=ledger)
    assert snapping.origins is not None
    # home2 stands 20 m from the scrap, which leads nowhere, and is joined to the main road 120 m away.
    assert np.round(snapping.origins.distance_m).tolist() == [10, 50, 120, 2500]
    assert snapping.origins.islands == ("home1",)
    assert snapping.origins.beyond == ("home3",)
    reached = np.isfinite(times.minutes)
    assert reached.tolist() == [
        [True, False, True, False], [False, True, False, False], [True, False, True, False],
        [False, False, False, True],  # only itself
    ]
    assert {note.kind for note in ledger.notes} == {"missing", "assumption"}


def test_without_roads_distance_speaks(parameters):
    # 3000 m straight: x 1.4 at 35 km/h = 7.2 min; with a factor of 1.75 from shapes 9 min; on foot x 1.3 / 80.
    a, b = spots_at([(0, 0)]), spots_at([(3000, 0)])
    car, snapping = travel_times(None, a, b, EPSG, parameters)
    assert (car.basis, snapping.figures()) == ("distance", {})
    assert car.minutes[0, 0] == pytest.approx(7.2, abs=2e-3)
    longer, _ = travel_times(None, a, b, EPSG, parameters, detour_factor=1.75)
    assert longer.minutes[0, 0] == pytest.approx(9, abs=2e-3)
    walk, _ = travel_times(None, a, b, EPSG, parameters, "walk", detour_factor=9.9)
    assert walk.minutes[0, 0] == pytest.approx(48.75, abs=0.01)


def test_an_empty_network_reaches_nothing(parameters):
    network = road_network(roads_of([[(0, 0), (100, 0)]], ["steps"]), EPSG, parameters)
    times, snapping = travel_times(network, spots_at([(0, 0)]), spots_at([(50, 0), (5000, 0)]), EPSG, parameters)
    assert np.isinf(snapping.origins.distance_m).all()
    assert snapping.origins.beyond == ("p0",)
    assert times.minutes[0].tolist() == pytest.approx([50 / 250, np.inf])  # 50 m apart; 5 km without a road


def test_places_without_usable_coordinates_are_refused_by_name(parameters):
    bad = Spots(("ok", "empty", "typed 343"), np.array([132.1, np.nan, 132.2]), np.array([34.2, 34.2, 343.2]))
    with pytest.raises(InputError) as caught:
        travel_times(None, bad, bad, EPSG, parameters)
    assert [fault.value for fault in caught.value.faults] == ["empty", "typed 343"]


def test_the_wrong_profile_is_a_programming_error(parameters):
    network = road_network(roads_of([[(0, 0), (100, 0)]]), EPSG, parameters, "walk")
    with pytest.raises(ValueError, match="walk"):
        travel_times(network, spots_at([(0, 0)]), spots_at([(50, 0)]), EPSG, parameters, "car")


@st.composite
def grids(draw):
    """A grid of roads with gaps, one-ways and bends, and places anywhere about it."""
    n = draw(st.integers(2, 4))
    lines, oneway, classes = [], [], []
    for i in range(n):
        for j in range(n):
            for di, dj in ((1, 0), (0, 1)):
                if i + di < n and j + dj < n and draw(st.integers(0, 3)):
                    bend = draw(st.integers(-80, 80))
                    a, b = (400 * i, 400 * j), (400 * (i + di), 400 * (j + dj))
                    middle = ((a[0] + b[0]) / 2 + bend * dj, (a[1] + b[1]) / 2 + bend * di)
                    lines.append([a, middle, b])
                    oneway.append(draw(st.sampled_from([0, 0, 1, -1])))
                    classes.append(draw(st.sampled_from(["trunk", "residential"])))
    where = st.tuples(st.integers(-100, 1300), st.integers(-100, 1300))
    places = st.lists(where, min_size=1, max_size=6)
    return lines, oneway, classes, draw(places), draw(places)


@settings(max_examples=60, deadline=None)
@drawn(grids())
def test_every_pair_agrees_with_plain_dijkstra(world):
    lines, oneway, classes, homes, shops = world
    if not lines:
        return
    parameters = load(overrides={"access.snap.island_min_km": 0})
    network = road_network(roads_of(lines, classes, oneway), EPSG, parameters)
    a, b = spots_at(homes), spots_at(shops)
    times, _ = travel_times(network, a, b, EPSG, parameters)
    start, stop = snap(network, a, parameters)[0], snap(network, b, parameters)[0]
    legs = (start.off_m[:, None] + stop.off_m[None, :]) / 250
    metres = np.hypot(start.x[:, None] - stop.x[None, :], start.y[:, None] - stop.y[None, :])
    expected = plain_times(network, start, stop) + legs
    near = (metres <= legs * 250) & (metres <= 2000)
    expected = np.where(near, np.minimum(expected, metres / 250), expected)
    assert np.array_equal(np.isfinite(times.minutes), np.isfinite(expected))
    known = np.isfinite(expected)
    # Offsets within a piece are rounded to a millisecond.
    assert np.abs(times.minutes[known] - expected[known]).max(initial=0) * MS <= 1.01


@settings(max_examples=60, deadline=None)
@drawn(grids(), st.integers(1, 4))
def test_the_nearest_in_one_pass_are_the_nearest_of_the_table(world, count):
    lines, oneway, classes, homes, shops = world
    if not lines:
        return
    parameters = load(overrides={"access.snap.island_min_km": 0})
    network = road_network(roads_of(lines, classes, oneway), EPSG, parameters)
    a, b = spots_at(homes), spots_at(shops)
    table = travel_times(network, a, b, EPSG, parameters)[0].minutes
    index, minutes = nearest_places(network, a, b, parameters, count)
    padded = np.column_stack([np.sort(table, axis=1), np.full((len(table), count), np.inf)])[:, :count]
    assert np.array_equal(np.isfinite(minutes), np.isfinite(padded))
    known = np.isfinite(padded)
    assert np.abs(minutes[known] - padded[known]).max(initial=0) * MS <= 1.01
    assert np.array_equal(index >= 0, known)
    assert np.abs(np.take_along_axis(table, np.maximum(index, 0), axis=1)[known] - padded[known]).max(initial=0) < 1e-4


def test_a_table_that_no_machine_holds_is_refused_before_it_is_made(parameters):
    network = road_network(roads_of([[(0, 0), (100, 0)]]), EPSG, parameters)
    many = Spots(("x",) * 3_000_000, np.zeros(0), np.zeros(0))
    with pytest.raises(InputError, match="GB"):
        travel_times(network, many, many, EPSG, parameters)


def test_noto_agrees_with_plain_dijkstra_and_with_its_source(noto_roads, noto_areas, parameters, given):
    network = road_network(noto_roads, 6675, parameters)
    times, snapping = travel_times(network, noto_areas, noto_areas, 6675, parameters)
    start, _ = snap(network, noto_areas, parameters)
    legs = (start.off_m[:, None] + start.off_m[None, :]) / 250
    metres = np.hypot(start.x[:, None] - start.x[None, :], start.y[:, None] - start.y[None, :])
    expected = plain_times(network, start, start) + legs
    expected = np.where(metres <= legs * 250, np.minimum(expected, metres / 250), expected)
    assert np.abs(times.minutes - expected).max() * MS <= 1.01
    assert snapping.origins.beyond == ()
    # ../shared/data/SOURCES.md: 114 m (median), 562 m (90th percentile), 1,310 m at most from the nearest A37 road.
    _, nearest = snap(network, noto_areas, given({"access.snap.island_min_km": 0}))
    assert (nearest.median_m, nearest.p90_m, nearest.max_m) == pytest.approx((114, 562, 1310), rel=0.02)
