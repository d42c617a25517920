"""Waves of a survey become a series: counted, with how many answered, and broken where the question changed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "tables"))

from survey_worlds import by_hand

from musubime.errors import InputError
from musubime.surveys.indicators import evaluate
from musubime.surveys.model import Returns
from musubime.surveys.questionnaires import shipped
from musubime.surveys.returns import history
from musubime.surveys.series import Series, compare, select, series_of_waves

TOWNS = (("35001", "full", "accepted"), ("35002", "none", "accepted"), ("32001", "none", "accepted"))


def _rmos(version: str, year: int, numbers: dict[str, int | None]) -> Returns:
    return by_hand("rmo", version, year, TOWNS, {code: {"rmos": n} for code, n in numbers.items()})


@pytest.fixture(scope="module")
def waves() -> list[Returns]:
    return [_rmos("2022", 2022, {"35001": 4, "35002": 1, "32001": 2}), _rmos("2019", 2019, {"35001": 3, "32001": None})]


def _values(series: Series | None) -> list[tuple[str, object, str]]:
    assert series is not None
    return [(p.period, p.value, p.base) for p in series.points]


def test_sums_stand_with_how_many_answered(waves: list[Returns]) -> None:
    rmos = select(series_of_waves(waves), "rmo_count", "total")
    assert _values(rmos) == [("FY2019", 3, "1/3"), ("FY2022", 7, "3/3")]
    assert rmos is not None
    assert not rmos.breaks  # declared comparable
    assert any("1/3 answered" in note.to("en") for note in rmos.notes)


@pytest.mark.parametrize(("area", "found"), [
    ("35", [("FY2019", 3, "1/2"), ("FY2022", 5, "2/2")]), ("32001", [("FY2019", None, "0/1"), ("FY2022", 2, "1/1")]),
    ("350010", [("FY2019", 3, "1/1"), ("FY2022", 4, "1/1")]),
])
def test_of_a_prefecture_or_a_municipality(
    waves: list[Returns], area: str, found: list[tuple[str, object, str]]
) -> None:
    assert _values(select(series_of_waves(waves, area=area), "rmo_count", "total")) == found


def test_a_question_asked_otherwise_breaks_the_series() -> None:
    old = by_hand("small-hubs", "2018", 2018, TOWNS, {"35001": {"hubs": 2}})
    new = by_hand("small-hubs", "2022", 2022, TOWNS, {"35001": {"hubs_all": 3, "hubs_in_strategy": 1}})
    hubs = select(series_of_waves([old, new]), "hub_count", "all")
    assert hubs is not None
    assert [(b.before, b.after) for b in hubs.breaks] == [("FY2018", "FY2022")]
    found = compare(hubs, "FY2022", "FY2018")
    assert found.difference is None
    assert "did not ask apart" in found.why.to("en")  # type: ignore[union-attr]


def test_indicators_are_computed_from_the_waves(waves: list[Returns]) -> None:
    rmos = next(i for i in evaluate(series_of_waves(waves)) if i.definition.id == "rmos")
    assert (rmos.actual, rmos.period, rmos.pace_years) == (7, "FY2022", 3)


def test_a_wave_that_is_given_twice_is_not_counted_twice(waves: list[Returns]) -> None:
    with pytest.raises(InputError) as caught:
        series_of_waves([*waves, waves[0]])
    assert [fault.value for fault in caught.value.faults] == ["rmo 2022"]
    with pytest.raises(InputError):
        history([waves[0], waves[0]], [q for q in shipped() if q.survey == "rmo"])
