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
