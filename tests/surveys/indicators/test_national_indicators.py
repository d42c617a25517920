"""The shipped definitions, and what a long table makes of them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from musubime.surveys.indicators import Indicator, evaluate, national, published_values, unused_targets
from musubime.surveys.series import read_series

HEAD = "series,key,period,value,unit,definition\n"


def _evaluate(folder: Path, rows: str, place: str = "JP") -> dict[str, Indicator]:
    path = folder / "figures.csv"
    path.write_text(HEAD + rows, "utf-8")
    return {i.definition.id: i for i in evaluate(read_series(path), place=place)}


def test_definitions_are_complete_in_both_languages_and_targets_have_sources() -> None:
    ids = [d.id for d in national()]
    assert len(set(ids)) == len(ids)
    targets = {(d.id, t.year): t.value for d in national() for t in d.targets}
    assert targets == {
        ("hubs_in_strategy", 2020): 1000, ("hubs_in_strategy", 2024): 1800,
        ("rmo_presence_share", 2024): Fraction(9, 10),
        ("rmos", 2020): 5000, ("rmos", 2024): 7000, ("related_governments", 2027): 1200,
        ("related_people_distinct", 2034): 10_000_000, ("related_people_cumulative", 2034): 100_000_000}
    for d in national():
        for words in (d.title, d.definition, d.unit, d.base):
            assert words.to("ja")
            assert words.to("en")
            assert words.to("ja") != words.to("en")
        assert all(t.source and t.stated for t in d.targets)
        assert set(d.not_with) <= set(ids)


@pytest.mark.shared
def test_the_deck(shared: Path) -> None:
    found = {i.definition.id: i for i in evaluate(read_series(shared / "figures" / "deck_figures.csv"))}
    hubs, share, rmos = found["hubs_in_strategy"], found["rmo_presence_share"], found["rmos"]
    assert (hubs.actual, hubs.period, hubs.target and hubs.target.value) == (1408, "2021", 1800)
    assert (hubs.pace_per_year, hubs.pace_years) == (141, 1)  # the deck gives 2020 and 2021 only, and that is told
    assert any("fewer years (1)" in note.to("en") for note in hubs.notes)
    assert share.actual == Fraction(1199, 1408)  # computed, not the printed 85%
    assert (share.light, rmos.light) == ("grey", "green")
    assert found["related_people_distinct"].actual is None  # an estimate of another definition is no substitute


def test_the_published_figures_that_come_with_it_have_sources_and_light_up() -> None:
    series = published_values()
    assert all(point.source and point.base for one in series for point in one.points)
    found = {i.definition.id: i for i in evaluate(series)}
    hubs = found["hubs_in_strategy"]
    # 1,510 in 2022, 1,267 in 2020 (2019 is not known): 121.5 a year where 145 are needed; 290 / 121.5 is 2.4, so 2025.
    assert (hubs.actual, hubs.needed_per_year, hubs.pace_per_year, hubs.pace_years) == (1510, 145, Fraction(243, 2), 2)
    assert (hubs.reached_in, hubs.light) == (2025, "amber")
    assert (found["rmos"].actual, found["rmos"].light) == (7207, "green")
    assert any("not verified" in note.to("en") for note in found["rmos"].notes)


def test_a_stretch_of_years_is_no_value_of_its_first(tmp_path: Path) -> None:
    rows = "hub_count,in_strategy,2021,1408,hubs,\nhub_count,in_strategy,2021->2024,392,hubs,\n"
    hubs = _evaluate(tmp_path, rows)["hubs_in_strategy"]
    assert (hubs.actual, hubs.period) == (1408, "2021")


def test_a_printed_share_stands_in_only_where_its_counts_are_missing_and_differences_are_told(tmp_path: Path) -> None:
    alone = _evaluate(tmp_path, "kpi_actual,rmo_presence_share,2021,85,%,\n")
    assert alone["rmo_presence_share"].actual == Fraction(17, 20)
    rows = ("kpi_actual,rmo_presence_share,2021,86,%,\nhub_rmo_presence,rmo_present,2021,1199,hubs,\n"
            "hub_count,in_strategy,2021,1408,hubs,\n")
    both = _evaluate(tmp_path, rows)["rmo_presence_share"]
    assert both.actual == Fraction(1199, 1408)
    assert any("says 85%" in note.to("en") and "says 86%" in note.to("en") for note in both.notes)


def test_a_changed_definition_leaves_no_pace(tmp_path: Path) -> None:
    rows = ((2020, 5783, "v1"), (2021, 6064, "v1"), (2022, 6900, "v2"))
    rmos = _evaluate(tmp_path, "".join(f"rmo_count_series,national,{y},{n},団体,{v}\n" for y, n, v in rows))["rmos"]
    assert (rmos.actual, rmos.light, rmos.pace_per_year) == (6900, "grey", None)
    assert "no earlier value can be compared" in rmos.why.to("en")
    assert any("2021 and 2022 are not compared" in note.to("en") for note in rmos.notes)
    assert [p.period for p in rmos.history] == ["2022"]


def test_the_earlier_target_is_judged_by_its_own_year(tmp_path: Path) -> None:
    rows = "hub_count,in_strategy,2019,1181,hubs,\nhub_count,in_strategy,2020,1267,hubs,\n"
    hubs = _evaluate(tmp_path, rows)["hubs_in_strategy"]
    assert hubs.target is not None
    assert (hubs.target.year, hubs.light) == (2020, "green")  # 1,000 by 2020
    later = _evaluate(tmp_path, rows + "hub_count,in_strategy,2021,1408,hubs,\n")["hubs_in_strategy"]
    assert later.target is not None
    assert later.target.year == 2024


def test_without_any_value_the_last_target_is_shown(tmp_path: Path) -> None:
    hubs = _evaluate(tmp_path, "other,x,2020,1,,\n")["hubs_in_strategy"]
    assert hubs.target is not None
    assert (hubs.actual, hubs.target.year, hubs.light) == (None, 2024, "grey")


def test_national_targets_are_not_a_towns_but_its_own_are(tmp_path: Path) -> None:
    rows = "rmo_count,total,2021,3,団体,\nrmo_count,total,2022,4,団体,\n"
    town = _evaluate(tmp_path, rows, "352080")
    assert (town["rmos"].actual, town["rmos"].target, town["rmos"].light) == (4, None, "grey")
    assert "related_governments" not in town
    assert "1,741" not in town["rmos"].definition.base.to("en")
    own = _evaluate(tmp_path, rows + "target,rmos,2025,7,団体,\n", "352080")["rmos"]
    assert own.target is not None
    assert (own.target.value, own.light, own.reached_in) == (7, "green", 2025)


def test_a_target_of_a_share_may_be_given_in_per_cent(tmp_path: Path) -> None:
    rows = ("hub_rmo_presence,rmo_present,2021,1,hubs,\nhub_count,in_strategy,2021,2,hubs,\n"
            "target,rmo_presence_share,2025,75,%,\n")
    found = _evaluate(tmp_path, rows, "352080")["rmo_presence_share"]
    assert found.target is not None
    assert (found.target.value, found.gap) == (Fraction(3, 4), Fraction(1, 4))


def test_people_in_ten_thousands_are_counted_as_such(tmp_path: Path) -> None:
    found = _evaluate(tmp_path, "related_people,distinct,2026,1827,万人,\n"
                      "target,related_people_distinct,2030,2,百万人,\n")
    people = found["related_people_distinct"]
    assert (people.actual, people.target and people.target.value) == (18_270_000, 2_000_000)
    assert any("multiplied" in note.to("en") for note in people.notes)


@pytest.mark.parametrize(("row", "id"), [
    ("hub_count,in_strategy,2021,85,%,", "hubs_in_strategy"),  # a share is no number of hubs
    ("hub_count,in_strategy,2021,-5,箇所,", "hubs_in_strategy"),
    ("kpi_actual,rmo_presence_share,2021,120,%,", "rmo_presence_share"),
    ("kpi_actual,rmo_presence_share,2021,85,,", "rmo_presence_share"),  # 85 of 1: the unit is missing
    ("hub_count,in_strategy,2021,1408,箇所,\nhub_rmo_presence,rmo_present,2021,1500,箇所,", "rmo_presence_share"),
])
def test_what_cannot_be_a_value_is_left_out_and_told(row: str, id: str, tmp_path: Path) -> None:
    found = _evaluate(tmp_path, row + "\n")[id]
    assert found.actual is None
    assert any("cannot be a value of this indicator" in note.to("en") for note in found.notes)


def test_an_expected_value_is_not_an_actual_one(tmp_path: Path) -> None:
    rows = [("2021", 1408), ("2022", 1510), ("2024（見込み）", 1900)]
    hubs = _evaluate(tmp_path, "".join(f"hub_count,in_strategy,{p},{v},箇所,\n" for p, v in rows))["hubs_in_strategy"]
    assert (hubs.actual, hubs.period, hubs.light) == (1510, "2022", "amber")
    assert any("expected value" in note.to("en") for note in hubs.notes)


def test_rows_in_any_order_and_words_that_name_no_year(tmp_path: Path) -> None:
    rows = [("2020", 1267), ("参考", 9999), ("2021", 1408), ("2019", 1181)]
    hubs = _evaluate(tmp_path, "".join(f"hub_count,in_strategy,{p},{v},箇所,\n" for p, v in rows))["hubs_in_strategy"]
    assert (hubs.actual, hubs.period, hubs.pace_per_year) == (1408, "2021", Fraction(1408 - 1181, 2))


def test_targets_that_no_indicator_takes_are_found(tmp_path: Path) -> None:
    (tmp_path / "figures.csv").write_text(HEAD + (
        "target,hubs,2027,60,箇所,\ntarget,hubs_in_strategy,なし,60,箇所,\ntarget,hubs_in_strategy,2027,60,箇所,\n"
        "target,rmo_presence_share,2027,75,,\n"), "utf-8")
    assert unused_targets(national(), read_series(tmp_path / "figures.csv")) == (
        "hubs 2027", "hubs_in_strategy なし", "rmo_presence_share 2027")


def test_the_table_that_was_written_is_read_again(tmp_path: Path) -> None:
    found = _evaluate(tmp_path, "indicator,hubs_in_strategy,2021,1408,hubs,\n"
                      "indicator,rmo_presence_share,2021,85.2,%,\n")
    assert found["hubs_in_strategy"].actual == 1408
    assert found["rmo_presence_share"].actual == Fraction(852, 1000)
