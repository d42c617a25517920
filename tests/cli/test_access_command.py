"""musubime access as a user and a program meet it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


def run(*arguments: str, lang: str = "en") -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"MUSUBIME_LANG": lang}
    environment.pop("MUSUBIME_DEBUG", None)
    return subprocess.run(
        [sys.executable, "-c", "from musubime.cli import main; main()", "access", *arguments], capture_output=True,
        text=True, check=False, env=environment)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from musubime.region.sample import write_sample

    folder = tmp_path_factory.mktemp("access_cli") / "town"
    write_sample(folder, 1)
    return folder


def test_one_json_object_and_two_files(town: Path, tmp_path: Path) -> None:
    answer = run(str(town), "--mode", "transit", "--date", "2026-06-10", "--out", str(tmp_path / "out"), "--json")
    assert answer.returncode == 0, answer.stderr
    told = json.loads(answer.stdout)
    assert (told["mode"], told["date"], told["buses"]["dates"]) == ("transit", "2026-06-10", 1)
    assert {Path(file).name for file in told["files"]} == {"access.csv", "access.json"}
    written = json.loads((tmp_path / "out" / "access.json").read_text("utf-8"))
    assert [s["users_within"] for s in written["services"]] == pytest.approx(
        [s["users_within"] for s in told["services"]], rel=1e-6)


def test_people_read_their_own_language(town: Path, tmp_path: Path) -> None:
    answer = run(str(town), "--mode", "car", "--out", str(tmp_path), lang="ja")
    assert "経路のない人が" in answer.stdout
    assert (tmp_path / "access.csv").read_text("utf-8-sig").startswith("コード,集落")


@pytest.mark.parametrize(("arguments", "word"), [
    (["{town}", "--mode", "bicycle", "--out", "{out}"], "car, walk, transit"),
    (["{town}", "--mode", "transit", "--date", "2040-01-01", "--out", "{out}"], "outside the validity"),
    (["{town}", "--mode", "transit", "--date", "tomorrow", "--out", "{out}"], "2026-04-01"),
    (["{town}", "--mode", "transit", "--snow", "--out", "{out}"], "snow season"),
    (["{none}", "--mode", "car", "--out", "{out}"], "region.toml"),
    (["{town}", "--mode", "car", "--out", "{file}"], "file stands"),
])
def test_bad_input_ends_with_1_and_a_sentence(arguments: list[str], word: str, town: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", "utf-8")
    places = {"town": town, "none": tmp_path / "none", "out": tmp_path / "out", "file": tmp_path / "file"}
    answer = run(*(argument.format(**places) for argument in arguments), "--json")
    assert answer.returncode == 1, answer.stdout + answer.stderr
    faults = json.loads(answer.stdout)["faults"]
    assert any(word in fault["what"] + fault["remedy"] + fault["file"] for fault in faults), faults
    assert "MUSUBIME_DEBUG" not in answer.stdout
    assert not (tmp_path / "out").exists()
    assert (tmp_path / "file").read_text("utf-8") == "mine"


def test_without_a_mode_it_is_a_usage_error(town: Path, tmp_path: Path) -> None:
    assert run(str(town), "--out", str(tmp_path)).returncode == 2
