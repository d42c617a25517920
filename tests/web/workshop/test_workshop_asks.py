"""What people ask for: kept, read again, refused, and handed to the engine."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musubime.errors import InputError
from musubime.siting import changes
from musubime.studies import Workshop
from musubime.web.workshop import asks as a


def _openable(shop: Workshop) -> tuple[str, str]:
    site = next(site for site in shop.sites if site.candidate and site.may_open)
    return site.id, site.may_open[0]


def _at_risk(shop: Workshop) -> tuple[str, str]:
    site = next(site for site in shop.sites if site.at_risk)
    return site.id, site.at_risk[0]


def _candidates(shop: Workshop) -> list[str]:
    return [site.id for site in shop.sites if site.candidate and site.buildings]


def _some_of_each(shop: Workshop) -> a.Asks:
    first, second, *_ = _candidates(shop)
    place, service = _openable(shop)
    risk, lost = _at_risk(shop)
    building = shop.sites[shop.place_at[second]].buildings[0].id
    return (
        a.Move(place=first, building=building), a.Hub(place=_candidates(shop)[2], be=True),
        a.Offer(place=place, service=service, be="open"), a.Offer(place=risk, service=lost, be="close"),
        a.Budget(jpy=30_000_000), a.Limit(service=None, minutes=25), a.Limit(service="clinic", minutes=15),
        a.Hubs(most=4),
    )


def test_what_is_kept_is_read_again_and_says_the_same(shop: Workshop) -> None:
    asks = _some_of_each(shop)
    kept = json.loads(json.dumps(a.kept_of(asks)))
    assert a.read(kept, shop) == asks
    assert a.key_of("plan", a.read(kept, shop)) == a.key_of("plan", asks) != a.key_of("other", asks)
    for ask in asks:
        told = a.words_of(ask, shop)
        assert told.to("ja") != told.to("en")


def test_the_engine_is_asked_by_position(shop: Workshop) -> None:
    first, second, *_ = _candidates(shop)
    building = shop.sites[shop.place_at[second]].buildings[0]
    assert a.changes_of((a.Move(place=first, building=building.id),), shop) == (
        changes.NeverHub(shop.place_at[first]), changes.MustHub(shop.place_at[second]),
        changes.FixBuilding(shop.place_at[second], None, building.position))
    own = shop.sites[shop.place_at[first]].buildings[0]
    assert a.changes_of((a.Move(place=first, building=own.id),), shop) == (
        changes.MustHub(shop.place_at[first]), changes.FixBuilding(shop.place_at[first], None, own.position))
    assert a.changes_of((a.Limit(service="clinic", minutes=15), a.Budget(jpy=None)), shop) == (
        changes.Budget(None), changes.Limit(shop.service_at["clinic"], 15.0))


def test_a_later_ask_about_the_same_stands_for_an_earlier_one(shop: Workshop) -> None:
    first, second, *_ = _candidates(shop)
    into_second = a.Move(place=first, building=shop.sites[shop.place_at[second]].buildings[0].id)
    cases: list[tuple[a.Asks, list[int]]] = [
        ((a.Budget(jpy=1), a.Hubs(most=3), a.Budget(jpy=2)), [1, 2]),
        ((a.Hub(place=first, be=False), a.Hub(place=first, be=True)), [1]),
        ((into_second, a.Hub(place=second, be=False)), [1]),  # the move led to where no hub is wanted any more
        ((a.Hub(place=second, be=False), into_second), [1]),
        ((a.Limit(service="clinic", minutes=9), a.Limit(service=None, minutes=20)), [1]),
        ((a.Limit(service=None, minutes=20), a.Limit(service="clinic", minutes=9)), [0, 1]),
        ((a.Limit(service=None, minutes=20), a.Limit(service="clinic", minutes=9), a.Limit(service=None, minutes=5)),
         [2]),
    ]
    for asks, stand in cases:
        assert a.standing(asks, shop) == stand, asks


def test_taking_one_back_takes_back_what_it_stood_for(shop: Workshop) -> None:
    asks = (a.Budget(jpy=1), a.Hubs(most=3), a.Budget(jpy=2))
    assert a.without(asks, 2, shop) == (a.Hubs(most=3),)
    assert a.without(asks, 1, shop) == (a.Budget(jpy=1), a.Budget(jpy=2))


@given(order=st.permutations(range(8)))
def test_the_order_of_asking_does_not_change_what_the_engine_is_asked(order: list[int]) -> None:
    from trial_workshop import shop

    asks = _some_of_each(shop())
    # the limit of all services must come before that of the clinic; nothing else depends on the order
    order = [n for n in order if n != 5]
    order.insert(order.index(6), 5)
    assert a.changes_of(tuple(asks[n] for n in order), shop()) == a.changes_of(asks, shop())


@pytest.mark.parametrize("kept", [
    None, 3, "x", [], {}, {"v": 1}, {"v": 2, "asks": []}, {"v": 1, "asks": {}}, {"v": 1, "asks": [{}]},
    {"v": 1, "asks": [], "more": 1}, {"v": 1, "asks": [{"do": "burn", "place": "P"}]},
    {"v": 1, "asks": [{"do": "budget", "jpy": "1"}]}, {"v": 1, "asks": [{"do": "budget", "jpy": -1}]},
    {"v": 1, "asks": [{"do": "budget", "jpy": 1.5}]}, {"v": 1, "asks": [{"do": "budget", "jpy": True}]},
    {"v": 1, "asks": [{"do": "limit", "service": None, "minutes": 0}]},
    {"v": 1, "asks": [{"do": "hub", "place": "nowhere", "be": True}]},
    {"v": 1, "asks": [{"do": "hub", "place": "", "be": True}]},
    {"v": 1, "asks": [{"do": "hubs", "exactly": 2, "most": 3}]},
    {"v": 1, "asks": [{"do": "limit", "service": "<script>", "minutes": 9}]},
    {"v": 1, "asks": [{"do": "hubs", "most": 3}] * (a.MOST + 1)},
])
def test_garbage_is_refused(kept: object, shop: Workshop) -> None:
    with pytest.raises(InputError):
        a.read(kept, shop)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=8)
    | st.sampled_from(["hub", "move", "service", "budget", "limit", "hubs", "open", "clinic"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["v", "asks", "do", "place", "service", "be", "jpy", "minutes", "exactly", "most", "building"]),
        inner, max_size=5), max_leaves=12)


@given(asks=st.lists(_json, max_size=3))
def test_whatever_is_read_can_be_told_and_asked(asks: list[Any]) -> None:
    """Either it is refused, or it is whole: no other fault than InputError."""
    from trial_workshop import shop

    try:
        read = a.read({"v": 1, "asks": asks}, shop())
    except InputError:
        return
    a.changes_of(read, shop())
    assert all(str(a.words_of(ask, shop())) for ask in read)


def test_all_that_cannot_be_is_said_at_once(shop: Workshop) -> None:
    place, service = _openable(shop)
    with pytest.raises(InputError) as caught:
        a.check((a.Offer(place=place, service=service, be="close"), a.Hub(place="nowhere", be=False)), shop)
    assert len(caught.value.faults) == 2
