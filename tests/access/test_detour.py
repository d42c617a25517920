"""The detour factor learnt from bus shapes."""

from __future__ import annotations

import numpy as np
import pytest

from musubime.access import detour_factor
from musubime.access.detour import _shortest_by_pair
from musubime.provenance import Ledger

from .conftest import EPSG, degrees, write_feed


def shapes(*drawn):
    rows = ["shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence"]
    for k, points in enumerate(drawn):
        lon, lat = degrees(*np.asarray(points, dtype=float).T)
        rows += [f"{k},{lat[i]:.9f},{lon[i]:.9f},{i}" for i in range(len(lon))]
    return {"shapes": "\n".join(rows)}


def test_a_straight_road_has_no_detour(tmp_path, parameters):
    feed = write_feed(tmp_path / "a.zip", shapes([(0, 0), (10_000, 0)]))
    found = detour_factor([feed], EPSG, parameters)
    assert (found.basis, found.factor) == ("shapes", pytest.approx(1, abs=1e-6))
    # Points every 500 m, 20 in all; pairs 2 km apart or more: 16 + 15 + ... + 1 = 136, of which the 16 at exactly
    # 2 km may fall either way.
    assert 100 <= found.pairs <= 136


def test_a_zigzag_at_right_angles_costs_root_two(tmp_path, parameters):
    steps = [(500 * ((i + 1) // 2), 500 * (i // 2)) for i in range(41)]
    found = detour_factor([write_feed(tmp_path / "a.zip", shapes(steps))], EPSG, parameters)
    assert found.factor == pytest.approx(2**0.5, rel=0.01)


def test_a_line_drawn_often_and_a_village_loop_change_nothing(tmp_path, parameters):
    straight = [(0, 0), (10_000, 0)]
    village = [(0, 0), (5000, 0), (5000, 3000), (5000, 0), (10_000, 0)]
    once = detour_factor([write_feed(tmp_path / "a.zip", shapes(straight))], EPSG, parameters)
    thrice = write_feed(tmp_path / "b.zip", shapes(straight, straight[::-1], straight))
    often = detour_factor([thrice], EPSG, parameters)
    assert often.factor == pytest.approx(once.factor)
    both = detour_factor([write_feed(tmp_path / "c.zip", shapes(straight, village))], EPSG, parameters)
    assert both.factor == pytest.approx(1, abs=0.01)
    # Alone, the line into the village and out again still does not make 5000 m on either side of it longer.
    alone = detour_factor([write_feed(tmp_path / "d.zip", shapes([*village[:4], (8000, 0)]))], EPSG, parameters)
    assert alone.quartiles[0] == pytest.approx(1, abs=0.01)
    assert alone.factor < 1.25


def test_of_several_ways_between_two_cells_the_shortest_counts_once():
    keys = [np.array([[1, 2], [3, 4]]), np.array([[1, 2], [1, 2]])]
    assert _shortest_by_pair(keys, [np.array([1.5, 2.0]), np.array([1.2, 1.7])]).tolist() == [1.2, 2.0]


def test_too_few_pairs_fall_back_to_the_parameter_and_say_so(tmp_path, parameters):
    ledger = Ledger()
    short = write_feed(tmp_path / "a.zip", shapes([(0, 0), (2500, 0)], [(0, 0), (0, 0)]))
    none = write_feed(tmp_path / "b.zip", {})
    for feeds in ([], [short], [none]):
        found = detour_factor(feeds, EPSG, parameters, ledger)
        assert (found.basis, found.factor) == ("parameter", 1.4)
    assert len(ledger.notes) == 3


def test_iwakuni_buses_drive_about_half_as_far_again_as_the_crow_flies(shared, parameters):
    found = detour_factor([shared / "gtfs" / "352080_gtfs-jp.zip"], 6671, parameters)
    assert found.basis == "shapes"
    assert 1.2 < found.quartiles[0] < 1.4 < found.factor < 1.6 < found.quartiles[1] < 2
