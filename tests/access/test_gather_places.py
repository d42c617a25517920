"""Buildings gathered into places."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from musubime.access import gather_places
from musubime.region.plane import to_plane

from .conftest import EPSG, facilities_of


def test_a_village_centre_is_one_place_named_after_its_principal_building():
    # clinic - 150 m - office with counter and hall - 200 m - shop: 350 m across. A school 900 m on is another place.
    found = gather_places(facilities_of([
        ("clinic", 0, 0, ("clinic",), False), ("office", 150, 0, ("office", "hall"), True),
        ("shop", 350, 0, ("shop",), False), ("school", 1250, 0, (), True),
    ]), EPSG, 500)
    assert found.of_facility.tolist() == [0, 0, 0, 1]
    assert found.ids == ("P-office", "P-school")
    assert found.names == ("name of office", "name of school")
    assert found.principal.tolist() == [1, 3]


def test_a_chain_of_shops_is_cut_where_it_gets_longer_than_the_diameter():
    # Five shops 200 m apart: a chain of 800 m cannot be one place of 500 m.
    rows = [(f"s{i}", 200 * i, 0, ("shop",), False) for i in range(5)]
    found = gather_places(facilities_of(rows), EPSG, 500)
    assert len(found) == 2


def test_of_equals_the_building_that_may_hold_a_hub_is_principal():
    rows = [("a", 0, 0, (), False), ("b", 10, 0, (), True)]
    assert gather_places(facilities_of(rows), EPSG, 500).ids == ("P-b",)


def test_what_a_closed_building_offered_does_not_make_it_principal():
    facilities = facilities_of([("a", 0, 0, ("shop", "post"), True), ("b", 10, 0, ("shop",), True)])
    assert gather_places(facilities, EPSG, 500).ids == ("P-a",)
    assert gather_places(replace(facilities, statuses=("closed", "open")), EPSG, 500).ids == ("P-b",)


def test_no_buildings_no_places():
    assert len(gather_places(facilities_of([]), EPSG, 500)) == 0


spots = st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 2000)), min_size=1, max_size=25)


@settings(max_examples=50, deadline=None)
@drawn(spots, st.integers(50, 800), st.randoms(use_true_random=False))
def test_no_place_is_wider_than_the_diameter_and_the_order_of_the_table_does_not_matter(where, diameter_m, random):
    rows = [(f"f{i:02d}", x, y, ("shop",) if i % 3 else (), i % 2 == 0) for i, (x, y) in enumerate(where)]
    facilities = facilities_of(rows)
    found = gather_places(facilities, EPSG, diameter_m)
    x, y = to_plane(EPSG, facilities.lon, facilities.lat)
    apart = np.hypot(x[:, None] - x[None, :], y[:, None] - y[None, :])
    assert apart[found.of_facility[:, None] == found.of_facility[None, :]].max() <= diameter_m + 1e-6
    assert set(found.of_facility.tolist()) == set(range(len(found)))
    assert found.of_facility[found.principal].tolist() == list(range(len(found)))
    shuffled = rows.copy()
    random.shuffle(shuffled)
    again = gather_places(facilities_of(shuffled), EPSG, diameter_m)
    before = {row[0]: found.ids[place] for row, place in zip(rows, found.of_facility, strict=True)}
    after = {row[0]: again.ids[place] for row, place in zip(shuffled, again.of_facility, strict=True)}
    assert before == after
