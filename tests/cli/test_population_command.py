"""musubime population and settle as a user meets them: files, one JSON object, a sentence for what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from musubime.cli import app
from musubime.region.sample import write_sample


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("population") / "town"
    write_sample(folder)
    return folder


def test_it_writes_four_files_and_tells_what_they_say(town: Path, tmp_path: Path) -> None:
    out = tmp_path / "people"
    answer = CliRunner().invoke(
        app, ["population", str(town), "--to", "2030", "--draws", "100", "--out", str(out), "--json"])
    assert answer.exit_code == 0, answer.output
    told = json.loads(answer.stdout)
    assert {Path(file).name for file in told["files"]} == {path.name for path in out.iterdir()} == {
        "population.csv", "municipality.csv", "population.html", "population.json"}
    assert told["years"] == [2025, 2030]
    written = json.loads((out / "population.json").read_text("utf-8"))
    assert told["municipality"]["2030"]["expected"] == pytest.approx(
        written["municipality"]["by_year"]["2030"]["expected"])
    assert len(told["chances"]) == 120
    first = {path.name: path.read_bytes() for path in out.iterdir()}
    again = CliRunner().invoke(app, ["population", str(town), "--to", "2030", "--draws", "100", "--out", str(out)])
    assert again.exit_code == 0
    assert first == {path.name: path.read_bytes() for path in out.iterdir()}


@pytest.mark.parametrize(("option", "value"), [
    ("--to", "1990"), ("--to", "2025"), ("--to", "2400"), ("--draws", "0"), ("--draws", "-5"), ("--draws", "1000000"),
    ("--seed", "-1"),
])
def test_a_wrong_option_is_named_and_nothing_is_written(option: str, value: str, town: Path, tmp_path: Path) -> None:
    out = tmp_path / "people"
    answer = CliRunner().invoke(app, ["population", str(town), option, value, "--out", str(out), "--json"])
    assert answer.exit_code == 1
    told = json.loads(answer.stdout)
    assert [(fault["field"], fault["value"]) for fault in told["faults"]] == [(option, value)]
    assert not out.exists()


def test_settle_tells_the_least_number_and_what_a_given_number_does(town: Path) -> None:
    answer = CliRunner().invoke(app, ["settle", str(town), "--households", "1", "--json"])
    assert answer.exit_code == 0, answer.output
    told = json.loads(answer.stdout)
    levels = [area["level"] for area in told["areas"]]
    assert (levels.count("municipality"), levels.count("district"), levels.count("settlement")) == (1, 6, 120)
    whole = told["areas"][0]
    assert whole["today"][0] == pytest.approx(11_000)
    # Exact by linearity: with as many as needed, the goal that binds is just met.
    again = CliRunner().invoke(app, ["settle", str(town), "--households", repr(whole["least"]), "--json"])
    with_least = json.loads(again.stdout)["areas"][0]["with_households"]
    today, keep = whole["today"], told["keep"]
    slack = [with_least[0] - keep * today[0], with_least[1] - keep * today[1],
             today[2] / today[0] - with_least[2] / with_least[0]]
    assert min(slack) == pytest.approx(0, abs=1e-6)
    lines = CliRunner().invoke(app, ["settle", str(town), "--settlement", told["areas"][-1]["name"]]).stdout
    assert told["areas"][-1]["name"] in lines


@pytest.mark.parametrize(("option", "value"), [
    ("--settlement", "nowhere"), ("--households", "-1"), ("--households", "nan"), ("--households", "inf"),
    ("--households", "many"), ("--mix", "robots:1"), ("--mix", "family:x"), ("--mix", "couple"), ("--mix", "couple:0"),
    ("--mix", "couple:-1"), ("--start", "2024"), ("--start", "2055"), ("--leavers", "150%"), ("--leavers", "-1"),
    ("--leavers", "some"), ("--level", "village"),
])
def test_settle_names_a_wrong_option(option: str, value: str, town: Path) -> None:
    answer = CliRunner().invoke(app, ["settle", str(town), option, value, "--json"])
    assert answer.exit_code == 1
    assert [fault["field"] for fault in json.loads(answer.stdout)["faults"]] == [option]


def test_settle_answers_for_a_mix_a_start_and_leavers(town: Path, tmp_path: Path) -> None:
    out = tmp_path / "settle"
    answer = CliRunner().invoke(app, [
        "settle", str(town), "--households", "1, 2.5", "--mix", "couple:1,family:2", "--start", "2030", "--leavers",
        "30%", "--level", "district", "--out", str(out), "--json"])
    assert answer.exit_code == 0, answer.output
    told = json.loads(answer.stdout)
    assert told["mix"] == pytest.approx({"couple": 1 / 3, "family": 2 / 3})
    assert (told["start_year"], told["leavers_share"], told["households_in_a_set"]) == (2030, 0.3, 3)
    assert [area["level"] for area in told["areas"]] == ["district"] * 6
    area = told["areas"][0]
    assert [one["households"] for one in area["outcomes"]] == [1, 2.5]
    # Exact by linearity: what one household a year adds, 2.5 add two and a half times.
    added = [[outcome["people"][i] - area["without"][i] for i in range(3)] for outcome in area["outcomes"]]
    assert [2.5 * a for a in added[0]] == pytest.approx(added[1])
    assert area["with_rounded"][0] >= 0.9 * area["today"][0]
    assert area["kept"] is True
    plain = json.loads(CliRunner().invoke(app, ["settle", str(town), "--level", "district", "--json"]).stdout)
    assert area["without"][0] > plain["areas"][0]["without"][0]  # leavers who stay
    assert {path.name for path in out.iterdir()} == {"settle.xlsx", "settle.json"}
    assert json.loads((out / "settle.json").read_text("utf-8"))["areas"] == told["areas"]
    book = openpyxl.load_workbook(out / "settle.xlsx")
    rows = list(book.worksheets[0].iter_rows(min_row=5, values_only=True))
    assert [row[2] for row in rows] == [one["name"] for one in told["areas"]]
    assert rows[0][9] == pytest.approx(area["least"])
    assert len(list(book.worksheets[1].iter_rows(min_row=5, values_only=True))) == 6 * 3 * 7


def test_settle_tells_of_one_district_and_shows_colons_as_they_are(town: Path) -> None:
    answer = CliRunner().invoke(app, ["settle", str(town), "--settlement", "奥原", "--leavers", "2"])
    assert answer.exit_code == 0, answer.output
    assert answer.stdout.count("奥原") == 1
    assert "family:x:" in CliRunner().invoke(app, ["settle", str(town), "--mix", "family:x:"]).output
