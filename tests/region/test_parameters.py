"""Parameters: dated, sourced, in both languages, and overridden only by what fits."""

from __future__ import annotations

import datetime as dt

import pytest

from musubime import parameters
from musubime.errors import InputError
from musubime.parameters import _reader


@pytest.fixture
def two_dates(monkeypatch: pytest.MonkeyPatch) -> None:
    both = {"en": "Pay", "ja": "時給"}
    documents = {"hub.pay_jpy": {"description": both, "unit": "JPY per hour", "values": {
        dt.date(2024, 4, 1): {"value": 1050, "source": "Ordinance 12"},
        dt.date(2025, 4, 1): {"value": 1090, "source": "Ordinance 4"},
    }}}
    monkeypatch.setattr(_reader, "_documents", lambda: documents)


@pytest.mark.usefixtures("two_dates")
@pytest.mark.parametrize(("on", "value"), [
    (None, 1090), (dt.date(2024, 4, 1), 1050), (dt.date(2025, 3, 31), 1050), (dt.date(2025, 4, 1), 1090),
    (dt.date(2000, 1, 1), 1050),  # before the first date the first value is all that is known
])
def test_the_value_of_a_day(on: dt.date | None, value: int) -> None:
    assert parameters.load(on).number("hub.pay_jpy") == value


@pytest.mark.usefixtures("two_dates")
def test_a_region_puts_its_own_value_in() -> None:
    own = parameters.load(overrides={"hub.pay_jpy": {"value": 1200.5, "source": "Council, 3 March"}})["hub.pay_jpy"]
    assert (own.value, own.source, own.overridden) == (1200.5, "Council, 3 March", True)
    bare = parameters.load(overrides={"hub.pay_jpy": 1200})["hub.pay_jpy"]
    assert (bare.value, bare.source) == (1200, "region.toml")
    assert own.as_json()["description"] == {"ja": "時給", "en": "Pay"}


def test_all_wrong_overrides_are_told_at_once() -> None:
    wrong = {"service.shop.limit_min": 3, "service.shop.limit_car_min": "ten", "service.shop.placeable": 1,
             "service.order": ["shop"], "service.shop.users_age_to": [1],
             "service.shop.limit_walk_m": True, "service.shop.name_ja": 3,
             "service.shop.users_share": {"source": "no value"}}
    with pytest.raises(InputError) as caught:
        parameters.load(overrides=wrong)
    assert [fault.field for fault in caught.value.faults] == list(wrong)
    assert {fault.file for fault in caught.value.faults} == {"region.toml"}


@pytest.mark.parametrize(("name", "value", "fits"), [
    ("service.shop.limit_car_min", -5, False), ("service.shop.limit_car_min", 0, True),
    ("service.shop.users_share", 1.01, False), ("service.shop.users_share", 1, True),
    ("access.walk.m_per_min", 0, False), ("access.walk.m_per_min", 70, True),
])
def test_no_value_out_of_range(name: str, value: float, fits: bool) -> None:
    if fits:
        assert parameters.load(overrides={name: value}).number(name) == value
    else:
        with pytest.raises(InputError) as caught:
            parameters.load(overrides={name: value})
        assert (caught.value.faults[0].field, caught.value.faults[0].value) == (name, str(value))
        assert "out of range" in caught.value.faults[0].what.to("en")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_number_must_be_a_number(value: float) -> None:
    with pytest.raises(InputError):
        parameters.load(overrides={"service.shop.limit_car_min": value})


def test_every_shipped_parameter_is_dated_sourced_and_in_both_languages() -> None:
    for name, document in _reader._documents().items():
        assert {"en", "ja"} <= set(document["description"]), name
        assert all(document["description"].values()), name
        assert document["unit"], name
        assert document["values"], name
        for day, given in document["values"].items():
            assert isinstance(day, dt.date), name
            assert str(given["source"]).strip(), name
            assert "value" in given, name
        kinds = {type(given["value"]) for given in document["values"].values()} - {int}
        assert len(kinds) <= 1, name


def test_no_name_stands_in_two_files() -> None:
    from importlib import resources

    import yaml

    seen: dict[str, str] = {}
    for entry in resources.files("musubime.parameters").iterdir():
        if entry.name.endswith(".yaml"):
            for name in yaml.safe_load(entry.read_text("utf-8")) or {}:
                assert seen.setdefault(name, entry.name) == entry.name, name


def test_parameters_are_a_mapping() -> None:
    loaded = parameters.load()
    assert len(loaded) == len(list(loaded)) > 50
    assert loaded.words("service.shop.name_en") == "Food and daily goods"
    assert loaded["service.order"].value[0] == "shop"
    with pytest.raises(KeyError):
        loaded["nothing"]
