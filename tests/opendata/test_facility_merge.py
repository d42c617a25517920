"""Rows of several lists that mean one place: joined, the richest kept, everything noted."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from table_probes import noted, probe

from musubime.opendata import recommended_facilities, shelters
from musubime.opendata._facilities import Places, facility_piece
from musubime.opendata.facility_merge import merge_facilities
from musubime.opendata.model import FacilityPiece
from musubime.provenance import Ledger
from musubime.region import Facilities

METRE = 1 / 111_320  # degrees of latitude


def _list(listing: str, *rows: tuple[object, ...], source: str = "") -> FacilityPiece:
    """Rows of name, longitude, latitude and, if given, address, class and code."""
    places = Places(source or f"{listing}.csv", listing)
    for number, (name, lon, lat, *more) in enumerate(rows, start=2):
        address, given, code = [*more, "", "", ""][:3]
        places.add(
            row=number,
            name=str(name),
            lon=str(lon),
            lat=str(lat),
            address=str(address),
            code=str(code),
            classes=(str(given),),
            days=5.0 if listing == "medical" else math.nan,
        )
    return facility_piece(places, Ledger())


def _merged(*pieces: FacilityPiece) -> tuple[Facilities, Ledger]:
    ledger = Ledger()
    return merge_facilities(pieces, ledger), ledger


def test_a_hall_in_three_lists_is_one_place() -> None:
    # 100 m apart and named with and without its town: one; the list of public places gives name and point
    found, ledger = _merged(
        _list("aed", ("大嶺公民館", 131.2, 34.2)),
        _list("public", ("美祢市大嶺公民館", 131.2, 34.2 + 100 * METRE)),
        _list("evacuation", ("大嶺公民館（2階ホール）", 131.2, 34.2)),
    )
    assert found.names == ("美祢市大嶺公民館",)
    assert found.ids == ("public.csv:2",)
    assert found.lat[0] == pytest.approx(34.2 + 100 * METRE)
    assert found.services == (("hall",),)
    assert noted(ledger, "repair") == {"Rows of several lists that mean one place were joined to it.": 2}


@pytest.mark.parametrize(("metres", "places"), [(149, 1), (151, 2), (5000, 2)])
def test_halls_of_one_name_are_one_place_within_150_m(metres: float, places: int) -> None:
    found, _ = _merged(
        _list("aed", ("谷集会所", 132.0, 34.2)), _list("public", ("谷集会所", 132.0, 34.2 + metres * METRE))
    )
    assert len(found) == places


def test_east_is_measured_along_the_parallel() -> None:
    # 150 m east at 34° are 150 / cos 34° = 181 m as counted in degrees of the equator
    at = 34.0
    found, _ = _merged(_list("aed", ("谷集会所", 132.0, at)), _list("public", ("谷集会所", 132.0 + 175 * METRE, at)))
    assert len(found) == 1


def test_the_same_name_and_address_are_one_place_however_far() -> None:
    far = _list("public", ("谷集会所", 132.0, 34.4, "岩国市錦町広瀬1125番地"))
    near = _list("aed", ("谷集会所", 132.0, 34.2, "山口県岩国市錦町広瀬1125"))
    elsewhere = _list("wifi", ("谷集会所", 132.0, 34.3, "岩国市錦町広瀬1126"))
    found, ledger = _merged(near, far, elsewhere)
    assert len(found) == 2
    assert found.lat[0] == 34.4  # the list of public places is believed, and the distance told
    assert sum(noted(ledger, "assumption").values()) == 1


def test_a_school_has_its_name_once_in_a_town() -> None:
    school = _list("school", ("広瀬小学校", 132.0, 34.2, "", "B1", "352080"))
    coarse = _list("aed", ("岩国市立広瀬小学校体育館", 132.0, 34.2 + 3000 * METRE))
    other_town = _list("school", ("広瀬小学校", 132.0, 34.2 + 3000 * METRE, "", "B1", "352136"), source="b")
    found, _ = _merged(school, coarse)
    assert (len(found), found.lat[0]) == (1, 34.2)
    found, _ = _merged(school, other_town)
    assert len(found) == 2


def test_a_closure_that_one_list_states_wins() -> None:
    found, ledger = _merged(
        _list("school", ("天尾小学校", 132.0, 34.2, "", "B1")),
        _list("evacuation", ("天尾小学校（休校）", 132.0, 34.2)),
        _list("evacuation", ("旧祖生東小学校体育館", 132.1, 34.2), source="c"),
    )
    assert found.kinds == ("closed_school", "closed_school")
    assert found.statuses == ("closed", "closed")
    assert found.services == ((), ())
    assert found.host.all()
    assert noted(ledger, "assumption") == {
        "Places that one list calls closed and another open were taken as closed.": 1
    }


def test_schools_of_shelter_lists_teach_only_where_no_list_of_schools_says_otherwise() -> None:
    shelter = _list(
        "evacuation", ("小木小学校", 137.2, 37.3, "", "", "174637"), ("旧三波小学校", 137.1, 37.3, "", "", "174637")
    )
    found, ledger = _merged(shelter)
    assert found.services == (("school",), ())
    assert noted(ledger, "assumption") == {
        "No list of schools was given: schools in lists of shelters and AED were taken as open.": 1,
    }
    listed = _list("school", ("松波小学校", 137.25, 37.35, "", "B1", "174637"))
    found, ledger = _merged(shelter, listed)
    assert found.services == ((), (), ("school",))
    assert not noted(ledger, "assumption")


def test_services_and_days_are_joined_and_a_dentist_stays_one() -> None:
    found, _ = _merged(
        _list(
            "medical", ("本郷診療所", 132.0, 34.2, "", "無床診療所"), ("美川歯科診療所", 131.9, 34.2, "", "歯科診療所")
        ),
        _list("aed", ("本郷診療所", 132.0, 34.2), ("美川歯科診療所", 131.9, 34.2)),
        _list("public", ("美川歯科診療所", 131.9, 34.2, "", "診療所")),
    )
    assert found.services == (("clinic",), ())
    assert found.kinds == ("clinic", "dental_clinic")
    assert found.days_per_week.tolist() == [5, 5]


def test_posts_and_places_without_coordinates_are_left_out() -> None:
    found, ledger = _merged(
        _list("radio", ("ぼうさいうさ", 132.0, 34.4), ("本油谷集会所", 131.0, 34.4)),
        _list("public", ("錦公民館", "", "")),
        _list("medical", ("甲医院", "", "", "岩国市錦町1"), ("乙医院", 132.0, 34.2)),
    )
    assert found.names == ("本油谷集会所", "乙医院")
    (note,) = ledger.of_kind("missing")
    assert (note.count, note.examples) == (2, ("錦公民館", "甲医院"))


def test_nothing_gives_an_empty_table() -> None:
    found, ledger = _merged()
    assert len(found) == 0
    assert not ledger.notes


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["甲公民館", "乙小学校", "丙医院", "丁公園"]), st.integers(0, 30)), max_size=12),
    st.randoms(use_true_random=False),
)
def test_the_order_of_lists_does_not_change_what_there_is(rows: list[tuple[str, int]], shuffle: object) -> None:
    # along a road, a multiple of 80 m from its end: neighbours of one name are one place, and so on to the next
    pieces = [
        _list("public", (name, 132.0, 34.0 + 80 * steps * METRE), source=f"{i}.csv")
        for i, (name, steps) in enumerate(rows)
    ]
    first, _ = _merged(*pieces)
    shuffle.shuffle(pieces)  # type: ignore[attr-defined]
    second, _ = _merged(*pieces)
    assert sorted(zip(first.names, first.services, strict=True)) == sorted(
        zip(second.names, second.services, strict=True)
    )
    once, ledger = _merged(*pieces, *pieces)
    assert len(once) == len(second)  # a list given twice adds nothing
    assert sum(noted(ledger, "repair").values()) == 2 * len(rows) - len(once)


@pytest.mark.shared
def test_all_lists_of_iwakuni(shared: Path) -> None:
    ledger = Ledger()
    pieces: list[FacilityPiece] = []
    for file in sorted((shared / "facilities/iwakuni_352080").glob("*.csv")):
        if recommended_facilities.recognise(probe(file)):
            pieces += [p for p in recommended_facilities.read(probe(file), Ledger()) if isinstance(p, FacilityPiece)]
    for kind in ("evacuation", "emergency"):
        pieces += [
            p
            for p in shelters.read(probe(shared / f"shelters/{kind}/352080.json"), Ledger())
            if isinstance(p, FacilityPiece)
        ]
    found = merge_facilities(pieces, ledger)
    rows = sum(len(piece.facilities) for piece in pieces)
    posts = 245  # none of 岩国's posts is named after a building
    kept = len(found) + sum(noted(ledger, "repair").values()) + sum(noted(ledger, "missing").values())
    assert rows - posts == kept  # every row is a place, or joined to one, or has no coordinates
    assert not np.isnan(found.lon).any()
    assert len(set(found.ids)) == len(found)
    closed = {name for name, status in zip(found.names, found.statuses, strict=True) if status == "closed"}
    assert {"美川小学校", "天尾小学校"} <= closed  # in the list of schools, and 休校 in the list of shelters
    hospitals = [name for name, kind in zip(found.names, found.kinds, strict=True) if kind == "hospital"]
    assert len(hospitals) == 17
    assert int(found.offering("school").sum()) >= 50
