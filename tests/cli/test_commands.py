"""The command line as a user and a program meet it: real processes, exit codes, one JSON object, no traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

MUSUBIME = str(Path(sys.executable).parent / "musubime")


def run(*arguments: str, lang: str = "en") -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"MUSUBIME_LANG": lang}
    return subprocess.run([MUSUBIME, *arguments], capture_output=True, text=True, check=False, env=environment)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "town"
    answer = run("sample", str(folder))
    assert answer.returncode == 0, answer.stderr
    return folder


def test_check_finds_nothing_in_the_sample(town: Path) -> None:
    answer = run("check", str(town), "--json")
    assert answer.returncode == 0
    assert json.loads(answer.stdout) == {"faults": []}


def test_plan_says_in_json_what_the_contract_names(town: Path, tmp_path: Path) -> None:
    answer = run("plan", str(town), "--out", str(tmp_path / "plan"), "--json")
    assert answer.returncode == 0, answer.stderr
    told = json.loads(answer.stdout)
    assert set(told) >= {"out", "files", "hubs", "served_people", "unserved_people", "objective", "bound", "gap",
                         "cost_jpy_per_year", "seconds"}
    assert {Path(file).name for file in told["files"]} == {"plan.json", "plan.html", "plan.gpkg", "plan.xlsx"}
    assert all(Path(file).stat().st_size > 1000 for file in told["files"])
    assert told["bound"] <= told["objective"]


@pytest.mark.parametrize(("arguments", "word"), [
    (["plan", "{none}", "--out", "{out}"], "region.toml"),
    (["plan", "{town}", "--out", "{out}", "--years", "soon"], "years"),
    (["plan", "{town}", "--out", "{out}", "--years", "1990,2010"], "2025"),
    (["plan", "{town}", "--out", "{out}", "--hubs", "9999"], "hubs"),
    (["plan", "{town}", "--out", "{file}"], "file stands"),
    (["build", "{out}", "--municipality", "352089", "--from", "{town}"], "check digit"),
    (["build", "{out}", "--municipality", "352080", "--from", "{none}"], ""),
    (["build", "{out}", "--municipality", "352080", "--from", "{empty}"], ""),
])
def test_bad_input_ends_with_1_and_a_sentence(
    arguments: list[str], word: str, town: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("mine", "utf-8")
    places = {"none": tmp_path / "none", "town": town, "out": tmp_path / "out", "file": tmp_path / "file",
              "empty": tmp_path / "empty"}
    filled = [argument.format(**places) for argument in arguments]
    answer = run(*filled)
    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert word in answer.stderr
    assert "Traceback" not in answer.stderr
    assert "MUSUBIME_DEBUG" not in answer.stderr, "an unexpected error is not an answer to bad input"
    told = run(*filled, "--json")
    assert told.returncode == 1
    for fault in json.loads(told.stdout)["faults"]:
        assert {"file", "row", "field", "value", "remedy"} <= set(fault)
    assert (tmp_path / "file").read_text("utf-8") == "mine"
    assert not list((tmp_path / "out").glob("*")) if (tmp_path / "out").exists() else True


def test_usage_errors_end_with_2() -> None:
    assert run("plan").returncode == 2
    assert run("nonsense").returncode == 2


def test_messages_follow_the_language(town: Path, tmp_path: Path) -> None:
    assert "誤りは見つかりませんでした" in run("check", str(town), lang="ja").stdout
    assert "誤りは見つかりませんでした" in run("--lang", "ja", "check", str(town)).stdout
    assert "No fault found" in run("check", str(town)).stdout


def test_an_impossible_wish_says_what_conflicts_and_writes_nothing(town: Path, tmp_path: Path) -> None:
    answer = run("plan", str(town), "--out", str(tmp_path / "p"), "--hubs", "3", "--budget", "1000", "--json")
    assert answer.returncode == 1
    conflict = " ".join(fault["what"] for fault in json.loads(answer.stdout)["faults"])
    assert "3 hubs" in conflict
    assert "1,000 yen" in conflict
    assert not (tmp_path / "p").exists()
