"""musubime population and settle as a user meets them: files, one JSON object, a sentence for what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

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
])
def test_settle_names_a_wrong_option(option: str, value: str, town: Path) -> None:
    answer = CliRunner().invoke(app, ["settle", str(town), option, value, "--json"])
    assert answer.exit_code == 1
    assert [fault["field"] for fault in json.loads(answer.stdout)["faults"]] == [option]
