"""musubime verify-figures as a user and a program meet it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

TABLE = (
    "町,総数,男,女\n錦,2463,1102,1361\n川,1006,478,528\n郷,820,391,429\n東,4298,1971,2318\n"  # 1,971 + 2,318 = 4,289
)


def run(*arguments: str, lang: str = "en") -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"MUSUBIME_LANG": lang}
    environment.pop("MUSUBIME_DEBUG", None)
    return subprocess.run(
        [sys.executable, "-c", "from musubime.cli import main; main()", "verify-figures", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )


def test_the_json_contract(tmp_path: Path) -> None:
    table, out = tmp_path / "t.csv", tmp_path / "o.xlsx"
    table.write_text(TABLE, "utf-8")
    answer = run(str(table), "--json", "--out", str(out))
    assert answer.returncode == 0
    assert not answer.stderr
    found = json.loads(answer.stdout)
    assert (found["rows"], found["checked"]) == (4, 12)
    (one,) = found["inconsistent"]
    assert (one["row"], one["printed"], one["recomputed"]) == (5, "4298", "4,289")
    assert "exchanged" in one["why"]
    assert "入れ違い" in one["why_in"]["ja"]
    assert out.is_file()


def test_a_table_on_the_terminal_in_japanese(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text(TABLE, "utf-8")
    answer = run(str(table), lang="ja")
    assert answer.returncode == 0
    assert "4,289" in answer.stdout
    assert "合わないものは1個です" in answer.stdout


def test_faults_end_with_exit_one_and_nothing_written(tmp_path: Path) -> None:
    table, out = tmp_path / "t.csv", tmp_path / "o.xlsx"
    table.write_text("series,key,period,value,unit,claim\ns,a,2020,5,人,value + = 3\ns,b,2020,6,人,value\n", "utf-8")
    answer = run(str(table), "--json", "--out", str(out))
    assert answer.returncode == 1
    assert [fault["row"] for fault in json.loads(answer.stdout)["faults"]] == [2, 3]
    assert not out.exists()
