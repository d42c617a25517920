"""Roads that are closed: by hand, and against closing every stretch in turn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import settings

from musubime.access import close_roads, road_cuts, road_network, travel_times
from musubime.access.snap import snap
from musubime.parameters import load

from .conftest import EPSG, roads_of, spots_at
from .test_travel_times import grids

# A valley: hub at (0,0). The main road runs 3000 m east to a fork at (3000,0); north of the fork 1000 m to village N
# at (3000,1000), east of it 2000 m to village E at (5000,0); a track of 6000 m joins N straight back to the hub.
VALLEY = [
    [(0, 0), (3000, 0)], [(3000, 0), (3000, 1000)], [(3000, 0), (5000, 0)],
    [(3000, 1000), (1500, 3598), (0, 0)],  # about 3000 + 3898 m
]
VILLAGES = [(3000, 1000), (5000, 0)]


@pytest.fixture
def valley(parameters):
    return road_network(roads_of(VALLEY, ["primary", "primary", "primary", "track"]), EPSG, parameters)


def test_each_stretch_by_hand(valley, parameters):
    # Main road closed: N takes the track, E goes by N: nobody lost, both longer. The road to E closed: E lost.
    # The road to N closed: N takes the track, alone.
    people = np.array([30.0, 50.0])
    cuts = road_cuts(valley, spots_at(VILLAGES, "v"), people, spots_at([(0, 0)]), parameters)
    assert [(cut.lines, cut.lost, cut.longer, cut.lost_people) for cut in cuts] == [
        ((2,), (1,), (), 50), ((0,), (), (0, 1), 0), ((1,), (), (0,), 0),
    ]
    assert [round(cut.length_m) for cut in cuts] == [2000, 3000, 1000]
    # By the main road 3000 + 1000 m at 40 km/h = 6 min to N, 7.5 to E; by the track 6898 m at 12 km/h = 34.5 min to N
    # and 3000 m more = 39.0 to E. Closing the main road adds 28.5 x 30 + 31.5 x 50; closing the road to N 28.5 x 30.
    assert cuts[1].added_people_min == pytest.approx(28.5 * 30 + 31.5 * 50, abs=8)
    assert cuts[2].added_people_min == pytest.approx(28.5 * 30, abs=4)


def test_within_a_limit_a_longer_way_is_a_loss(valley, parameters):
    cuts = road_cuts(
        valley, spots_at(VILLAGES, "v"), np.array([30.0, 50.0]), spots_at([(0, 0)]), parameters, limit_min=20)
    assert [(cut.lines, cut.lost) for cut in cuts] == [((0,), (0, 1)), ((2,), (1,)), ((1,), (0,))]
    assert road_cuts(
        valley, spots_at(VILLAGES, "v"), np.array([30.0, 50.0]), spots_at([(0, 0)]), parameters, worst=1,
    )[0].lost_people == 50


def test_a_village_inside_a_piece_is_cut_off_from_one_side_only(valley, parameters):
    # Halfway on the road to E the hamlet H stands at (4000,0): its stretch to the fork carries H and E,
    # the stretch beyond it only E.
    people = np.array([7.0, 50.0])
    cuts = road_cuts(valley, spots_at([(4000, 0), (5000, 0)]), people, spots_at([(0, 0)]), parameters)
    assert [(cut.lost, round(cut.length_m)) for cut in cuts if cut.lost] == [((0, 1), 1000), ((1,), 1000)]


def test_closing_the_faster_of_two_roads_leaves_the_slower(parameters):
    roads = roads_of([[(0, 0), (1000, 0)], [(0, 0), (0, 500), (1000, 500), (1000, 0)]], ["primary", "track"])
    network = road_network(roads, EPSG, parameters)
    ends = spots_at([(0, 0), (1000, 0)])
    for order_made in (False, True):
        if order_made:
            assert network.router.metric.matrix(np.array([0]), np.array([1]))[0, 0] == pytest.approx(1.5, abs=1e-3)
        closed = close_roads(network, [0])
        assert closed.minutes == pytest.approx([10, 10], abs=2e-3)
        assert travel_times(closed, ends, ends, EPSG, parameters)[0].minutes[0, 1] == pytest.approx(10, abs=2e-3)
        both = close_roads(network, [0, 1])
        assert np.isinf(travel_times(both, ends, ends, EPSG, parameters)[0].minutes[0, 1])
    assert network.minutes == pytest.approx([1.5, 1.5], abs=1e-3)  # the network itself is as it was
    assert closed.router.metric.matrix(np.array([0]), np.array([1]))[0, 0] == pytest.approx(10, abs=2e-3)
    assert closed.router.hierarchy is network.router.hierarchy


@settings(max_examples=40, deadline=None)
@drawn(grids())
def test_whole_pieces_agree_with_closing_them_and_asking_again(world):
    lines, oneway, classes, homes, shops = world
    if not lines:
        return
    parameters = load(overrides={"access.snap.island_min_km": 0})
    network = road_network(roads_of(lines, classes, oneway), EPSG, parameters)
    # Places at junctions, so that every stretch is made of whole pieces.
    corner = [(400 * round(x / 400), 400 * round(y / 400)) for x, y in [*homes, *shops]]
    origins, places = spots_at(corner[:len(homes)]), spots_at(corner[len(homes):])
    shares = [snap(network, spots, parameters)[0].share for spots in (origins, places)]
    if not all(np.all((share < 1e-9) | (share > 1 - 1e-9)) for share in shares):
        return

    def nearest(net):
        # Without the direct line between neighbours off the road, which a closed road does not touch.
        start, stop = snap(network, origins, parameters)[0], snap(network, places, parameters)[0]
        from musubime.access.times import _along_roads

        minutes = _along_roads(net, start, stop) + start.off_m[:, None] / 250 + stop.off_m[None, :] / 250
        return minutes.min(axis=1)

    people = np.arange(1.0, len(homes) + 1)
    cuts = road_cuts(network, origins, people, places, parameters, worst=10**6)
    before = nearest(network)
    told = {cut.pieces: cut for cut in cuts}
    for pieces, cut in told.items():
        after = nearest(close_roads(network, pieces[:1]))
        lost = np.flatnonzero(np.isfinite(before) & ~np.isfinite(after))
        assert cut.lost == tuple(lost.tolist())
        assert cut.longer == tuple(np.flatnonzero(np.isfinite(after) & (after > before + 1e-6)).tolist())
    for piece in range(len(network.shapes)):
        if not any(piece in pieces for pieces in told):
            after = nearest(close_roads(network, [piece]))
            assert np.array_equal(np.isfinite(before), np.isfinite(after))
            assert np.allclose(before[np.isfinite(before)], after[np.isfinite(after)])


def test_noto_names_its_ten_worst_stretches(noto_roads, noto_areas, parameters):
    network = road_network(noto_roads, 6675, parameters)
    hubs = spots_at([])
    hubs = type(hubs)(("h0", "h1", "h2"), noto_areas.lon[[10, 80, 150]], noto_areas.lat[[10, 80, 150]])
    cuts = road_cuts(network, noto_areas, np.ones(202), hubs, parameters)
    assert len(cuts) == 10
    assert [cut.lost_people for cut in cuts] == sorted((cut.lost_people for cut in cuts), reverse=True)
    assert cuts[0].lost_people == len(cuts[0].lost) > 0
    # Closing the piece of the worst stretch that is whole leaves just those without a hub.
    whole = next(cut for cut in cuts if len(cut.pieces) == 1)
    times, _ = travel_times(close_roads(network, whole.pieces), noto_areas, hubs, 6675, parameters)
    assert set(whole.lost) <= set(np.flatnonzero(np.isinf(times.minutes).all(axis=1)).tolist())


def test_several_kinds_of_places_at_once(valley, parameters):
    # Hub at (0,0); shops at the hub and in N, where a clinic stands alone. Within 10 minutes E (50 people) reaches the
    # hub (7.5), the shops and the clinic (2000 + 1000 m: 4.5). The road to E closed: E loses all three. The main road
    # closed: the hub is 34.5 and 39 min away, still a way; N (30 people) keeps its own shop, E that of N.
    # The road to N closed: N takes the track, E (7.5 min to the hub's shop) loses the clinic alone.
    people = np.array([30.0, 50.0])
    places = spots_at([(0, 0), (3000, 1000)])
    offered = np.array([[True, True, False], [False, True, True]])  # hub, shop, clinic
    cuts = road_cuts(
        valley, spots_at(VILLAGES, "v"), people, places, parameters, np.array([np.inf, 10, 10]), offered=offered)
    assert [(cut.lines, cut.lost_by_kind, cut.longer) for cut in cuts] == [
        ((2,), ((1,), (1,), (1,)), ()), ((1,), ((), (), (1,)), (0,)), ((0,), ((), (), ()), (0, 1)),
    ]


def test_of_stretches_in_a_row_the_worst_is_enough(valley, parameters):
    # Hamlet H (7 people) halfway to E (50): the stretch to H takes the hub from both, the one beyond from E only.
    people = np.array([7.0, 50.0])
    homes = spots_at([(4000, 0), (5000, 0)])
    row = road_cuts(valley, homes, people, spots_at([(0, 0)]), parameters)
    assert [cut.lost for cut in row] == [(0, 1), (1,), ()]
    # The main road closed makes both ways longer by the track, and nobody's as bad.
    assert [cut.lost for cut in road_cuts(valley, homes, people, spots_at([(0, 0)]), parameters, nested=False)] == [
        (0, 1)]


@settings(max_examples=30, deadline=None)
@drawn(grids())
def test_trying_the_busiest_first_finds_the_same_worst(world):
    lines, oneway, classes, homes, shops = world
    if not lines:
        return
    import musubime.access.cuts as module

    parameters = load(overrides={"access.snap.island_min_km": 0})
    network = road_network(roads_of(lines, classes, oneway), EPSG, parameters)
    people = np.arange(1.0, len(homes) + 1)
    everything = road_cuts(network, spots_at(homes), people, spots_at(shops), parameters, worst=10**6)
    at_once = module._TRIED_AT_ONCE
    try:
        module._TRIED_AT_ONCE = 1  # looks at whether to stop after every stretch
        worst = road_cuts(network, spots_at(homes), people, spots_at(shops), parameters, worst=2)
    finally:
        module._TRIED_AT_ONCE = at_once
    assert worst == everything[:2]
    some = road_cuts(network, spots_at(homes), people, spots_at(shops), parameters, worst=10**6, most_tried=1)
    assert set(some) <= set(everything)
    assert len(some) <= 1
