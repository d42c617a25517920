"""Roads become nodes, pieces and arcs: counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from musubime.access import road_network
from musubime.access.speeds import car_slope_time_factor, tobler_time_factor
from musubime.provenance import Ledger

from .conftest import EPSG, roads_of


def test_a_side_road_makes_three_pieces_and_keeps_every_bend(parameters):
    # Main road (0,0)-(600,0)-(1000,0)-(1000,1000); a side road of 500 m leaves from (1000,0).
    # Nodes: the three ends and the junction = 4. (600,0) is only a bend. Pieces 1000, 1000, 500 m; arcs both ways 6.
    roads = roads_of([[(0, 0), (600, 0), (1000, 0), (1000, 1000)], [(1500, 0), (1000, 0)]])
    network = road_network(roads, EPSG, parameters)
    assert len(network.lon) == 4
    assert sorted(np.round(network.length_m).tolist()) == [500, 500, 1000, 1000, 1000, 1000]
    assert sorted(network.line.tolist()) == [0, 0, 0, 0, 1, 1]
    assert network.component.tolist() == [0, 0, 0, 0]


def test_minutes_follow_class_posted_speed_and_slope(parameters):
    # 1000 m at 40 km/h = 1.5 min; posted 50 km/h, driven at 45: 1.333 min; 10 % slope is 6 over the free 4: x 1.3;
    # 60 % would be x 3.8 and is held at x 2. A footpath carries no car; an unknown class drives at 25 km/h: 2.4 min.
    lines = [[(0, 1000 * i), (1000, 1000 * i)] for i in range(6)]
    roads = roads_of(
        lines, ["primary", "primary_link", "primary", "primary", "footway", "cowpath"],
        speed_kmh=[np.nan, 50, np.nan, np.nan, 50, np.nan], slope=[np.nan, 0, -0.1, 0.6, 0, 0],
    )
    ledger = Ledger()
    network = road_network(roads, EPSG, parameters, ledger=ledger)
    by_line = dict(zip(network.line.tolist(), network.minutes.tolist(), strict=True))
    expected = {0: 1.5, 1: 4 / 3, 2: 1.95, 3: 3.0, 5: 2.4}
    assert by_line == pytest.approx(expected, abs=1e-3)  # the plane's scale is off by 1e-4 at most
    assert [note.count for note in ledger.of_kind("assumption")] == [1]


def test_on_foot_a_footpath_is_open_a_motorway_is_not_and_one_way_does_not_count(parameters):
    roads = roads_of(
        [[(0, 0), (800, 0)], [(0, 100), (800, 100)], [(0, 200), (800, 200)]], ["footway", "motorway", "primary"],
        oneway=[0, 0, 1],
    )
    network = road_network(roads, EPSG, parameters, "walk")
    assert sorted(network.line.tolist()) == [0, 0, 2, 2]
    assert network.minutes == pytest.approx(10, abs=2e-3)  # 800 m at 80 m/min


@pytest.mark.parametrize(("oneway", "ways"), [(0, {(0, 1), (1, 0)}), (1, {(0, 1)}), (-1, {(1, 0)})])
def test_one_way_roads_are_driven_one_way(parameters, oneway, ways):
    network = road_network(roads_of([[(0, 0), (500, 0)]], oneway=[oneway]), EPSG, parameters)
    west = int(np.argmin(network.lon))
    found = {(int(t != west), int(h != west)) for t, h in zip(network.tail, network.head, strict=True)}
    assert found == ways


def test_ends_join_within_a_metre_and_crossings_without_a_shared_end_do_not(parameters):
    # The second road ends 0.6 m short of the first road's end: joined. The third ends 3 m away: apart.
    # The fourth passes over the first with a vertex 0.5 m from its middle vertex: a bridge, not a junction.
    roads = roads_of([
        [(0, 0), (500, 0), (1000, 0)], [(1000.6, 0), (2000, 0)], [(-3, 0), (-400, 0)],
        [(500.5, -90), (500.5, 0), (500.5, 90)],
    ])
    network = road_network(roads, EPSG, parameters)
    # Nodes: 2 ends + 1 joined pair on the long road, 2 on the third, 2 on the bridge.
    assert len(network.lon) == 7
    assert sorted(np.round(network.component_km, 2).tolist()) == [0.18, 0.4, 2.0]
    assert np.bincount(network.component).tolist() == [3, 2, 2]  # 0 is the longest


def test_of_two_roads_between_the_same_junctions_the_faster_is_an_arc_and_both_are_pieces(parameters):
    # Straight 1000 m track at 12 km/h (5 min) and a bowed 2000 m primary at 40 km/h (3 min).
    roads = roads_of([[(0, 0), (1000, 0)], [(0, 0), (0, 500), (1000, 500), (1000, 0)]], ["track", "primary"])
    network = road_network(roads, EPSG, parameters)
    assert network.line.tolist() == [1, 1]
    assert network.minutes == pytest.approx(3, abs=1e-3)
    assert len(network.shapes) == 2


def test_a_loop_is_a_piece_without_an_arc(parameters):
    roads = roads_of([[(0, 0), (1000, 0)], [(1000, 0), (1100, 100), (1200, 0), (1000, 0)]])
    network = road_network(roads, EPSG, parameters)
    assert len(network.shapes) == 2
    assert network.line.tolist() == [0, 0]


def test_a_region_without_any_passable_road_gives_an_empty_network(parameters):
    network = road_network(roads_of([[(0, 0), (100, 0)]], ["steps"]), EPSG, parameters)
    assert len(network.lon) == len(network.tail) == len(network.shapes) == 0


def test_tobler_by_hand():
    # Level 1. At 20 %: up exp(3.5 * (0.25 - 0.05)) = exp(0.7) = 2.0138; down exp(3.5 * (0.15 - 0.05)) = 1.4191.
    assert tobler_time_factor(np.array([0.0, 0.2, np.nan])) == pytest.approx([1, (2.013753 + 1.419068) / 2, 1])


def test_the_car_slope_factor_never_helps(parameters):
    factor = car_slope_time_factor(np.linspace(-1, 1, 41), parameters)
    assert factor.min() == 1
    assert factor.max() == 2


def test_noto_has_the_pieces_that_its_source_states(noto_roads, parameters):
    # ../shared/data/SOURCES.md: 2,962 km; 94,363 vertices in 517 joined pieces of exactly shared vertices.
    network = road_network(noto_roads, 6675, parameters)
    assert network.component_km.sum() == pytest.approx(2962, abs=1)
    assert 480 <= len(network.component_km) <= 517
    assert network.component_km[0] > 2700
