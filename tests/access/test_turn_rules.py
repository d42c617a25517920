"""Turn rules: by hand, and against a Dijkstra from piece to piece that knows nothing of split junctions."""

from __future__ import annotations

import heapq
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from musubime.access import RoadNetwork, close_roads, nearest_places, road_cuts, road_network, travel_times
from musubime.access.snap import Snapped, snap
from musubime.access.times import _along_roads
from musubime.parameters import load
from musubime.provenance import Ledger
from musubime.region import Roads, TurnRule

from .conftest import EPSG, roads_of, spots_at
from .test_travel_times import grids

KM_MIN = 1.5  # 1000 m at 40 km/h
# A crossing X at (0,0): roads to the west, the east and the north, each 1000 m; a loop of 2000 + 1000 + 1000 m leads
# from the east end round to the north end.
CROSSING = [
    [(-1000, 0), (0, 0)], [(0, 0), (1000, 0)], [(0, 0), (0, 1000)], [(1000, 0), (1000, 2000), (0, 2000), (0, 1000)],
]
WEST, EAST, NORTH, LOOP = 0, 1, 2, 3
ENDS = [(-1000, 0), (1000, 0), (0, 1000)]
ROUND = (WEST, NORTH, (0, 0), "no_left_turn"), (EAST, EAST, (1000, 0), "no_u_turn")


def ruled(roads: Roads, *rules: tuple[int, int, tuple[float, float], str]) -> Roads:
    """Rules as (from line, to line, junction in metres, kind)."""
    turns = []
    for come, go, junction, kind in rules:
        point = shapely.get_coordinates(shapely.points(*[float(v[0]) for v in _degrees(junction)]))[0]
        turns.append(TurnRule(come, go, float(point[0]), float(point[1]), kind))
    return replace(roads, turns=tuple(turns))


def _degrees(junction: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    spot = spots_at([junction])
    return spot.lon, spot.lat


def between(network: RoadNetwork, parameters, points=ENDS) -> np.ndarray:
    ends = spots_at(points)
    return travel_times(network, ends, ends, EPSG, parameters)[0].minutes


def crossing(parameters, *rules) -> np.ndarray:
    return between(road_network(ruled(roads_of(CROSSING), *rules), EPSG, parameters), parameters)


def test_a_forbidden_left_turn_is_driven_round(parameters):
    # West to north: 2 km = 3 min. Without the turn: on to the east end, turn back there and right: 1 + 1 + 1 + 1 km.
    # The way back, from the north to the west, is not forbidden. Where turning back at the east end is, too, the loop
    # is left: 2 + 4 km = 9 min.
    free = crossing(parameters)
    assert free[0, 2] == pytest.approx(2 * KM_MIN, abs=2e-3)
    ruled_times = crossing(parameters, (WEST, NORTH, (0, 0), "no_left_turn"))
    assert ruled_times[0, 2] == pytest.approx(4 * KM_MIN, abs=4e-3)
    assert ruled_times[2, 0] == pytest.approx(2 * KM_MIN, abs=2e-3)
    same = np.ones((3, 3), dtype=bool)
    same[0, 2] = False
    assert np.array_equal(ruled_times[same], free[same])
    assert crossing(parameters, *ROUND)[0, 2] == pytest.approx(6 * KM_MIN, abs=4e-3)


def test_only_straight_on_forbids_every_other_way(parameters):
    # From the north one must go to the east: to the west only round by the east end, where nothing forbids to turn
    # back: 1 + 1 km to the east end, and 2 km back. A turn back at the crossing itself is no straight on either.
    times = crossing(parameters, (NORTH, EAST, (0, 0), "only_left_turn"))
    assert times[2, 0] == pytest.approx(4 * KM_MIN, abs=4e-3)
    assert times[2, 1] == pytest.approx(2 * KM_MIN, abs=2e-3)
    assert times[0, 2] == pytest.approx(2 * KM_MIN, abs=2e-3)


def test_two_only_rules_from_one_road_allow_both(parameters):
    times = crossing(parameters, (WEST, EAST, (0, 0), "only_straight_on"), (WEST, NORTH, (0, 0), "only_left_turn"))
    assert np.array_equal(times, crossing(parameters))


def test_of_parallel_roads_the_one_that_may_be_turned_into_is_taken(parameters):
    # From the crossing two roads lead to the same end: the straight one of 1000 m, and a bow of about 2236 m.
    # Who comes from the west may not turn into the straight one: 1000 + 2236 m instead of 2000 m.
    roads = roads_of([[(-1000, 0), (0, 0)], [(0, 0), (1000, 0)], [(0, 0), (500, 1000), (1000, 0)]])
    bow = 2 * np.hypot(500, 1000) / 1000 * KM_MIN
    network = road_network(ruled(roads, (0, 1, (0, 0), "no_straight_on")), EPSG, parameters)
    times = between(network, parameters, [(-1000, 0), (1000, 0)])
    assert times[0, 1] == pytest.approx(KM_MIN + bow, abs=4e-3)
    assert times[1, 0] == pytest.approx(2 * KM_MIN, abs=4e-3)
    closed = close_roads(network, [2])  # the bow: now on over the other end is no way at all
    assert np.isinf(between(closed, parameters, [(-1000, 0), (1000, 0)])[0, 1])
    assert between(closed, parameters, [(-1000, 0), (1000, 0)])[1, 0] == pytest.approx(2 * KM_MIN, abs=4e-3)


def test_turning_back_is_forbidden_where_a_rule_says_so(parameters):
    # A (0,0) to J (1000,0) to B (2000,0), and D (1000,1000) beside J. From D only straight on to A is left: to B one
    # would drive to A, turn there, and come back: 1 + 1 + 2 km. With no turn back at A either, there is no way.
    lines = [[(0, 0), (1000, 0)], [(1000, 0), (2000, 0)], [(1000, 1000), (1000, 0)]]
    places = [(1000, 1000), (2000, 0)]
    one = ruled(roads_of(lines), (2, 1, (1000, 0), "no_left_turn"), (2, 2, (1000, 0), "no_u_turn"))
    assert between(road_network(one, EPSG, parameters), parameters, places)[0, 1] == pytest.approx(
        4 * KM_MIN, abs=4e-3)
    two = ruled(roads_of(lines), (2, 1, (1000, 0), "no_left_turn"), (2, 2, (1000, 0), "no_u_turn"),
                (0, 0, (0, 0), "no_u_turn"))
    assert np.isinf(between(road_network(two, EPSG, parameters), parameters, places)[0, 1])


def test_people_on_foot_turn_where_they_like(parameters):
    rules = ruled(roads_of(CROSSING), (WEST, NORTH, (0, 0), "no_left_turn"))
    walk = road_network(rules, EPSG, parameters, "walk")
    assert not len(walk.banned_turns)
    assert len(road_network(rules, EPSG, parameters, "van").banned_turns) == 1


def test_without_rules_the_network_is_the_same_and_with_them_only_their_junctions_grow(parameters):
    plain = road_network(roads_of(CROSSING), EPSG, parameters)
    assert np.array_equal(plain.exits, np.column_stack([plain.piece_tail, plain.piece_head]))
    assert np.array_equal(plain.exits, plain.entries)
    ruled_net = road_network(ruled(roads_of(CROSSING), (WEST, NORTH, (0, 0), "no_left_turn")), EPSG, parameters)
    # Three roads meet at the crossing: 6 nodes more, and 3 x 3 turns less the forbidden one.
    assert len(ruled_net.lon) == len(plain.lon) + 6
    assert (ruled_net.line < 0).sum() == 8
    assert ruled_net.banned_turns.tolist() == [[0, 1, 2, 0]]


def test_rules_that_name_no_end_are_said_and_not_obeyed(parameters):
    # The road to the east runs on through (1000,0), so a rule there does not tell which half is meant.
    roads = roads_of([[(0, 0), (1000, 0), (2000, 0)], [(1000, 0), (1000, 1000)]])
    ledger = Ledger()
    network = road_network(ruled(roads, (1, 0, (1000, 0), "no_left_turn"), (0, 1, (300, 0), "no_left_turn")), EPSG,
                           parameters, ledger=ledger)
    assert not len(network.banned_turns)
    assert [(note.kind, note.count) for note in ledger.notes] == [("dropped", 2)]


def test_a_closed_road_is_told_with_the_turns_that_are_left(parameters):
    # The hub stands at the north end, the village at the west end; the left turn, and turning back, are forbidden: the
    # village's way leads over the east end and the loop. Closing the loop takes the hub from it; else it would not.
    village, hub = spots_at([(-1000, 0)], "v"), spots_at([(0, 1000)], "h")
    for rules, lost in (((), False), (ROUND, True)):
        network = road_network(ruled(roads_of(CROSSING), *rules), EPSG, parameters)
        cuts = road_cuts(network, village, np.array([7.0]), hub, parameters)
        assert any(LOOP in cut.lines and cut.lost == (0,) for cut in cuts) == lost
        for cut in cuts:
            after = travel_times(close_roads(network, cut.pieces), village, hub, EPSG, parameters)[0].minutes
            assert np.isinf(after[0, 0]) == (cut.lost == (0,))


def from_piece_to_piece(network: RoadNetwork, start: Snapped, stop: Snapped) -> np.ndarray:
    """Dijkstra whose states are "came by this end of that piece"; junctions are the pieces' own, not split."""
    ends = np.column_stack([network.piece_tail, network.piece_head])
    at: dict[int, list[tuple[int, int]]] = {}
    for piece, side in np.ndindex(*ends.shape):
        at.setdefault(int(ends[piece, side]), []).append((piece, side))
    banned = {(int(p), int(s), int(q), int(t)) for p, s, q, t in network.banned_turns}
    out = np.full((len(start.piece), len(stop.piece)), np.inf)

    def part(share: float, minutes: float) -> float:
        return share * minutes if share > 0 else 0.0

    for i, piece in enumerate(start.piece):
        if piece < 0:
            continue
        along, against = network.piece_minutes[piece]
        queue = [(part(1 - start.share[i], along), (int(piece), 1)), (part(start.share[i], against), (int(piece), 0))]
        done: dict[tuple[int, int], float] = {}
        while queue:
            minutes, (p, s) = heapq.heappop(queue)
            if (p, s) in done or not np.isfinite(minutes):
                continue
            done[p, s] = minutes
            for q, t in at[int(ends[p, s])]:
                if (p, s, q, t) not in banned:
                    heapq.heappush(queue, (minutes + network.piece_minutes[q, t], (q, 1 - t)))
                    for j in np.flatnonzero(stop.piece == q):
                        share = stop.share[j] if t == 0 else 1 - stop.share[j]
                        out[i, j] = min(out[i, j], minutes + part(share, network.piece_minutes[q, t]))
        for j in np.flatnonzero(stop.piece == piece):
            ahead = stop.share[j] - start.share[i]
            out[i, j] = min(out[i, j], part(abs(ahead), along if ahead >= 0 else against))
    return out


@settings(max_examples=60, deadline=None)
@drawn(grids(), st.lists(st.tuples(st.integers(0, 50), st.integers(0, 1), st.integers(0, 50), st.booleans()),
                         min_size=1, max_size=8))
def test_times_are_those_of_a_dijkstra_from_piece_to_piece(world, rules):
    lines, oneway, classes, homes, shops = world
    if not lines:
        return
    roads = roads_of(lines, classes, oneway)
    turns = []
    for come, side, go, only in rules:
        point = shapely.get_coordinates(roads.lines[come % len(lines)])[-side]
        turns.append(TurnRule(come % len(lines), go % len(lines), *map(float, point),
                              "only_straight_on" if only else "no_left_turn"))
    parameters = load(overrides={"access.snap.island_min_km": 0})
    network = road_network(replace(roads, turns=tuple(turns)), EPSG, parameters)
    origins, places = spots_at(homes, "h"), spots_at(shops, "s")
    start, stop = snap(network, origins, parameters)[0], snap(network, places, parameters)[0]
    expected = from_piece_to_piece(network, start, stop)
    found = _along_roads(network, start, stop)
    assert np.array_equal(np.isfinite(found), np.isfinite(expected))
    assert np.allclose(found[np.isfinite(found)], expected[np.isfinite(found)], atol=1e-9)
    # The own kernels say the same, and so does the search for the nearest.
    nodes = np.arange(len(network.lon))
    kernels, routingkit = network.router.metric.matrix(nodes, nodes), network.router.matrix(nodes, nodes)
    assert np.array_equal(kernels, routingkit)
    times, _ = travel_times(network, origins, places, EPSG, parameters)
    _, nearest = nearest_places(network, origins, places, parameters, 1)
    least = times.minutes.min(axis=1)
    assert np.array_equal(np.isfinite(nearest[:, 0]), np.isfinite(least))
    assert np.allclose(nearest[:, 0][np.isfinite(least)], least[np.isfinite(least)], atol=1e-4)  # whole ms


@settings(max_examples=40, deadline=None)
@drawn(grids(), st.lists(st.tuples(st.integers(0, 50), st.integers(0, 1), st.integers(0, 50)), max_size=6))
def test_closed_stretches_agree_with_closing_them_and_asking_again(world, rules):
    lines, oneway, classes, homes, shops = world
    if not lines:
        return
    roads = roads_of(lines, classes, oneway)
    turns = tuple(
        TurnRule(come % len(lines), go % len(lines),
                 *map(float, shapely.get_coordinates(roads.lines[come % len(lines)])[-side]), "no_left_turn")
        for come, side, go in rules)
    parameters = load(overrides={"access.snap.island_min_km": 0})
    network = road_network(replace(roads, turns=turns), EPSG, parameters)
    corner = [(400 * round(x / 400), 400 * round(y / 400)) for x, y in [*homes, *shops]]
    origins, places = spots_at(corner[:len(homes)]), spots_at(corner[len(homes):])
    start, stop = snap(network, origins, parameters)[0], snap(network, places, parameters)[0]
    if not all(np.isin(snapped.share, (0, 1)).all() for snapped in (start, stop)):
        return

    def nearest(net: RoadNetwork) -> np.ndarray:
        minutes = _along_roads(net, start, stop) + start.off_m[:, None] / 250 + stop.off_m[None, :] / 250
        return minutes.min(axis=1)

    before = nearest(network)
    cuts = road_cuts(network, origins, np.ones(len(homes)), places, parameters, worst=10**6)
    for cut in cuts:
        # A place at a junction that is taken apart stands on its piece: a stretch may then end inside that.
        if abs(shapely.length(network.shapes[list(cut.pieces)]).sum() - cut.length_m) > 0.1:
            continue
        after = nearest(close_roads(network, cut.pieces))
        assert cut.lost == tuple(np.flatnonzero(np.isfinite(before) & ~np.isfinite(after)).tolist())
        assert cut.longer == tuple(np.flatnonzero(np.isfinite(after) & (after > before + 1e-6)).tolist())
    told = {piece for cut in cuts for piece in cut.pieces}
    for piece in set(range(len(network.shapes))) - told:
        after = nearest(close_roads(network, [piece]))
        assert np.array_equal(np.isfinite(before), np.isfinite(after))
        assert np.allclose(before[np.isfinite(before)], after[np.isfinite(after)])
