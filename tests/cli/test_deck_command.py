"""musubime deck as its users meet it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from musubime.cli import app
from musubime.language import use_language

RUN = CliRunner()
TABLE = "series,key,period,value,unit\nhub_count,in_strategy,2023,10,hubs\nhub_count,in_strategy,2024,20,hubs\n"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    (tmp_path / "figures.csv").write_text(TABLE, "utf-8")
    return tmp_path / "figures.csv"


def deck(*arguments: object) -> tuple[int, dict[str, object]]:
    answer = RUN.invoke(app, ["--lang", "en", "deck", "--json", *map(str, arguments)])
    use_language("en")
    return answer.exit_code, json.loads(answer.stdout)


def test_writes_both_files_and_says_what_is_in_them(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "deck.pptx"
    code, answer = deck("--figures", table, "--out", out, "--lang", "ja", "--date", "2024-06-01")
    assert code == 0
    assert sorted(p.name for p in out.parent.iterdir()) == ["deck.html", "deck.pptx"]
    assert answer["language"] == "ja"
    assert [s["slide_of_2022"] for s in answer["slides"]] == [1, 4, None, None]  # type: ignore[union-attr,attr-defined]


def test_a_fault_leaves_the_earlier_deck_whole(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "deck.pptx"
    assert deck("--figures", table, "--out", out)[0] == 0
    before = out.read_bytes()
    table.write_text(TABLE.replace("20", "about 20"), "utf-8")
    code, answer = deck("--figures", table, "--out", out)
    assert code == 1
    assert answer["status"] == "fault"
    assert out.read_bytes() == before


@pytest.mark.parametrize("arguments", [
    ("--lang", "fr"), ("--date", "yesterday"), ("--for", "77"), ("--plan", "none.json"), ("--region", "none"),
])
def test_bad_options_are_told_without_a_traceback(arguments: tuple[str, str], table: Path, tmp_path: Path) -> None:
    code, answer = deck("--figures", table, "--out", tmp_path / "deck.pptx", *arguments)
    assert code == 1
    for fault in answer["faults"]:  # type: ignore[attr-defined]
        assert fault["what"]
        assert fault["remedy"]
        assert "mistake of ours" not in fault["remedy"]
    assert not (tmp_path / "deck.pptx").exists()


def test_outputs_that_cannot_be_written(table: Path, tmp_path: Path) -> None:
    for out in (tmp_path / "deck.ppt", table / "deck.pptx", tmp_path):
        code, answer = deck("--figures", table, "--out", out)
        assert code == 1
        assert answer["faults"]
    folder = tmp_path / "taken.pptx"
    folder.mkdir()
    assert deck("--figures", table, "--out", folder)[0] == 1
