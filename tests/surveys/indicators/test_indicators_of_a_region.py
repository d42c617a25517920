"""A municipality's own indicators: counted by hand in a tiny region, and taken from its plan."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
from synthetic_plan import make_plan
from tiny_region import tiny_region
from typer.testing import CliRunner

from musubime.cli import app
from musubime.errors import InputError
from musubime.provenance import Ledger
from musubime.region import Region
from musubime.reports import publish_indicators, write_json
from musubime.studies.indicators import indicators_of_region
from musubime.surveys.indicators import Indicator
from musubime.surveys.series import Point, Series, read_series


def counted_region(**changes: Any) -> Region:
    """The tiny region with all ages counted in its settlements."""
    region = tiny_region(**changes)
    return replace(region, settlements=replace(region.settlements, basis=("counted",) * 3))


@pytest.fixture(scope="module")
def tiny() -> dict[str, Indicator]:
    return {i.definition.id: i for i in indicators_of_region(counted_region()).indicators}


def test_people_and_ageing(tiny: dict[str, Indicator]) -> None:
    # 2020: 45 people of whom 17 men are 65 and over; 2025: 35 and 13.
    assert (tiny["people"].actual, tiny["people"].period) == (35, "2025-10")
    assert (tiny["people"].pace_per_year, tiny["people"].pace_years) == (-2, 5)
    assert tiny["share_65"].actual == Fraction(13, 35)
    assert tiny["share_65"].pace_per_year == (Fraction(13, 35) - Fraction(17, 45)) / 5


def test_settlements(tiny: dict[str, Indicator]) -> None:
    assert tiny["settlements_lived_in"].actual == 3
    assert tiny["settlements_under_50"].actual == 3
    assert tiny["settlements_half_65"].actual == 1  # B: 4 of 8, exactly half
    missing = tiny["settlements_small_aged"]
    assert missing.actual is None  # households of B are not known: no number, and never zero
    assert "Households are not known in 1 of 3" in missing.why.to("en")


def test_small_and_aged_where_households_are_known() -> None:
    region = counted_region()
    known = replace(region, settlements=replace(region.settlements, households=np.array([12.0, 4.0, 2.0])))
    found = {i.definition.id: i for i in indicators_of_region(known).indicators}
    assert found["settlements_small_aged"].actual == 1


def test_what_has_no_source_is_missing_with_its_reason(tiny: dict[str, Indicator]) -> None:
    unknown = [i for i in tiny.values() if i.actual is None]
    assert all(i.light == "grey" and i.why.to("en") for i in unknown)
    assert "No plan was given" in tiny["hubs_planned"].why.to("en")
    assert "nor returns" in tiny["rmos"].why.to("en")
    assert tiny["reach_clinic_today"].actual is None
    assert "No file tells" in tiny["reach_clinic_today"].why.to("en")
    assert tiny["reach_shop_today"].actual is not None


def test_the_table_of_size_and_ageing_adds_up() -> None:
    people, table, *_ = indicators_of_region(counted_region()).tables
    assert [people.value(date, "people") for date in ("2020-10", "2025-10")] == [45, 35]
    assert people.printed("2025-10", "share") == "37.1%"
    # A: 24 people, 8 aged (33%); B: 8, 4 (50%); C: 3, 1 (33%).
    assert table.value("size_10", "age_25") == 1
    assert table.value("size_1", "age_50") == 1
    assert table.value("size_1", "age_25") == 1
    assert (table.value("total", "total"), table.value("total", "people")) == (3, 35)


def test_ages_that_are_not_a_settlements_own_say_nothing_of_it() -> None:
    # A is counted, B spread from a district, C has the municipality's ages: only A stands in a class of ageing.
    study = indicators_of_region(tiny_region())
    found = {i.definition.id: i for i in study.indicators}
    for name in ("settlements_half_65", "settlements_small_aged"):
        assert found[name].actual is None
        assert "2 of 3 settlements with people are not their own" in found[name].why.to("en")
    assert found["settlements_under_50"].actual == 3
    table = study.tables[1]
    assert [table.value("total", c.id) for c in table.columns] == [0, 1, 0, 0, 0, 2, 3, 35]


def test_with_its_plan_it_says_what_the_plan_says() -> None:
    plan, region = make_plan(12, 2)
    study = indicators_of_region(region, plan)
    found = {i.definition.id: i for i in study.indicators}
    first, at = plan.alternatives[0], plan.plan_year
    assert found["hubs_planned"].actual == len(first.hubs)
    assert float(found["served_with_plan"].actual or 0) == pytest.approx(first.by_year[at].served_people)
    assert float(found["unserved_without_plan"].actual or 0) == pytest.approx(plan.without_plan[at].unserved_people)
    shop = first.by_year[at].reach["shop"]
    assert float(found["reach_shop_with_plan"].actual or 0) == pytest.approx(shop.within_car / shop.users)
    today = plan.diagnosis.reach["shop"]
    assert float(found["reach_shop_today"].actual or 0) == pytest.approx(today.within_car / today.users)
    reach = next(t for t in study.tables if t.id == "reach_of_services")
    assert float(reach.value("shop", "car") or 0) == pytest.approx(today.within_car)
    unknown = [s.id for s in plan.services if not s.known_today]
    assert unknown
    for service in unknown:
        assert found[f"reach_{service}_today"].actual is None
        assert reach.value(service, "users") is None


def test_a_plan_of_another_place_is_refused() -> None:
    plan, _ = make_plan(12, 2)
    with pytest.raises(InputError, match="another place"):
        indicators_of_region(tiny_region(), plan)


def test_own_targets_light_up() -> None:
    target = Series("target", "people", "人", (Point("2030", 30), Point("2025", 40)))
    found = {i.definition.id: i for i in indicators_of_region(tiny_region(), series=(target,)).indicators}
    assert found["people"].light == "red"  # 35 in 2025, where 40 was the target
    assert "was missed" in found["people"].why.to("en")


def test_files(tmp_path: Path) -> None:
    plan, region = make_plan(12, 2)
    study = indicators_of_region(region, plan)
    files = publish_indicators(study, tmp_path / "out", Ledger())
    assert [file.name for file in files] == ["indicators.xlsx", "indicators.csv", "indicators.json"]
    told = json.loads(files[2].read_text("utf-8"))
    assert len(told["indicators"]) == len(study.indicators)
    assert all(one["actual"] is None or isinstance(one["actual"], int | float) for one in told["indicators"])
    again = read_series(files[1], area=study.place)  # what was written is read again, value by value
    values = {series.key: series for series in again if series.id == "indicator"}
    people = next(i for i in study.indicators if i.definition.id == "people")
    assert values["people"].latest is not None
    assert float(values["people"].latest.value or 0) == pytest.approx(float(people.actual or 0))
    book = openpyxl.load_workbook(files[0])
    assert book.worksheets[0].freeze_panes == "C6"
    assert not [cell.coordinate for page in book for row in page for cell in row if cell.data_type == "f"]


def test_the_command(tmp_path: Path) -> None:
    plan, region = make_plan(12, 2)
    region.save(tmp_path / "town")
    write_json(plan, tmp_path / "plan.json")
    out = tmp_path / "standing"
    answer = CliRunner().invoke(app, ["indicators", str(tmp_path / "town"), "--plan", str(tmp_path / "plan.json"),
                                      "--out", str(out), "--json"])
    assert answer.exit_code == 0, answer.output
    told = json.loads(answer.stdout)
    assert told["place"] == "352993" or told["place"].startswith("35299")
    assert sum(told["lights"].values()) == len(told["indicators"])
    assert {path.name for path in out.iterdir()} == {"indicators.xlsx", "indicators.csv", "indicators.json"}


def test_the_command_for_the_nation_says_what_it_does_not_know(tmp_path: Path) -> None:
    table = tmp_path / "figures.csv"
    table.write_text("series,key,period,value,unit\nrmo_count,total,2021,6064,団体\n", "utf-8")
    answer = CliRunner().invoke(app, ["--lang", "en", "indicators", "--for", "JP", "--values", str(table)])
    assert answer.exit_code == 0, answer.output
    assert "6,064" in answer.output
    assert "Not known:" in answer.output


def test_the_nation_alone_rests_on_published_figures() -> None:
    answer = CliRunner().invoke(app, ["indicators", "--for", "JP", "--json"])
    assert answer.exit_code == 0, answer.output
    told = json.loads(answer.stdout)
    assert {one["id"]: one["actual"] for one in told["indicators"]}["hubs_in_strategy"] == 1510
    assert [note["kind"] for note in told["notes"]] == ["assumption"]


@pytest.mark.parametrize(("arguments", "field"), [
    ([], ""), (["--for", "99"], "--for"), (["--for", "352081"], "--for"), (["--plan", "plan.json"], "--plan"),
    (["somewhere", "--for", "JP"], "--for"),
])
def test_what_is_wrong_is_named_and_nothing_is_written(arguments: list[str], field: str, tmp_path: Path) -> None:
    table = tmp_path / "figures.csv"
    table.write_text("series,key,period,value\na,b,2021,1\n", "utf-8")
    values = ["--values", str(table)] if "--for" in arguments or "--plan" in arguments else []
    answer = CliRunner().invoke(app, ["indicators", *arguments, *values, "--out", str(tmp_path / "out"), "--json"])
    assert answer.exit_code == 1
    told = json.loads(answer.stdout)
    assert field in [fault["field"] for fault in told["faults"]]
    assert not (tmp_path / "out").exists()


def test_a_file_that_is_no_plan(tmp_path: Path) -> None:
    tiny_region().save(tmp_path / "town")
    (tmp_path / "plan.json").write_text("{}", "utf-8")
    answer = CliRunner().invoke(app, ["indicators", str(tmp_path / "town"), "--plan", str(tmp_path / "plan.json"),
                                      "--json"])
    assert answer.exit_code == 1
    (fault,) = json.loads(answer.stdout)["faults"]
    assert fault["file"].endswith("plan.json")
