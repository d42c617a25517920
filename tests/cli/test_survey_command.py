"""musubime survey from the workbooks that go out to the tables, as a prefecture would run it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from typer.testing import CliRunner

from musubime.cli import app
from musubime.region.codes import check_digit

CODES = ["35208", "35213", "32449"]
LIST = "code,name,designation\n" + "".join(f"{c}{check_digit(c)},{n},{d}\n" for c, n, d in zip(
    CODES, ["岩国市", "美祢市", "邑南町"], ["part", "full", "full"], strict=True))


def run(*words: str | Path) -> dict[str, Any]:
    result = CliRunner().invoke(app, ["--lang", "en", "survey", *map(str, words), "--json"])
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def fill(path: Path, hubs: int, people: float | str = 800) -> None:
    book = openpyxl.load_workbook(path)
    page = book.worksheets[1]
    for cell, value in (("C6", hubs), ("C7", hubs), ("C8", 0), ("C9", 0)):
        page[cell] = value
    roster = book.worksheets[2]
    head = {str(cell.value).split(" *")[0]: cell.column for cell in roster[4] if cell.value}
    options = {str(cell.value): cell.column for cell in roster[5] if cell.value}
    for number in range(hubs):
        row = 8 + number
        for label, value in (
            ("District or hub name", f"Oku {number}"),
            ("People in its living area", people),
            ("Range covered", "Primary-school district"),
            ("Named in the municipal comprehensive strategy", "Yes"),
            ("Is there a region management organization (RMO)?", "No"),
        ):
            roster.cell(row, head[label], value)
        for label in ("Bus stop", "Route bus"):
            roster.cell(row, options[label], "○")
    book.save(path)


def test_from_the_template_to_the_tables(tmp_path: Path) -> None:
    places = tmp_path / "list.csv"
    places.write_text(LIST, "utf-8")
    outbox, inbox, wave = tmp_path / "outbox", tmp_path / "inbox", tmp_path / "wave"
    asked = ("--municipalities", places, "--year", "2026")
    assert run("template", "small-hubs-2022", "--all", *asked, "--out", outbox)["workbooks"] == 3
    inbox.mkdir()
    for path in outbox.glob("*.xlsx"):
        shutil.copy(path, inbox)
    iwakuni, mine, onan = (next(inbox.glob(f"{code}*")) for code in CODES)
    fill(iwakuni, 2)
    fill(mine, 1, "約800")
    onan.unlink()
    checked = run("check", inbox, "--questionnaire", "small-hubs-2022", *asked, "--out", wave)
    assert checked["states"] == {"accepted": 0, "submitted": 1, "queried": 1, "missing": 1}
    assert checked["send_back"] == 1
    query = run("query", wave)["open"]["352136"][0]
    assert (query["cell"], query["value"], query["kind"]) == ("D8", "約800", "query")
    fill(mine, 1, 800)
    assert run("check", inbox, "--questionnaire", "small-hubs-2022", *asked, "--out", wave)["states"]["submitted"] == 2
    signed = run("sign-off", wave, "--prefecture", "35", "--by", "Mori, prefecture")
    assert signed["signed"] == ["352080", "352136"]
    compiled = run("compile", wave, "--out", tmp_path / "returns")
    assert compiled["states"] == {"accepted": 2, "missing": 1}
    assert compiled["rows"] == {"hubs": 3}
    tables = run("tables", tmp_path / "returns", "--out", tmp_path / "tables")
    total = next(t for t in tables["tables"] if t["id"] == "hubs_all_by_class")
    assert any("3" in str(value) for row in total["rows"] for value in row["values"].values())
    assert (tmp_path / "tables" / "tables.xlsx").is_file()
    series = run("series", tmp_path / "returns", "--out", tmp_path / "series")
    assert "hubs.url" in series["removed"]
    again = run("template", "small-hubs-2022", "--municipality", "352080", "--municipalities", places, "--year", "2027",
                "--previous", wave, "--out", tmp_path / "next")
    assert again["with_last_answers"] == 1
    book = openpyxl.load_workbook(next((tmp_path / "next").glob("352080*")))
    assert book.worksheets[2]["B8"].value == "Oku 0"
    assert book.worksheets[1]["E6"].value == 2


@pytest.mark.parametrize(
    "words",
    [
        ("template", "no-such", "--all", "--out", "x"),
        ("template", "rmo-2022", "--out", "x"),
        ("template", "rmo-2022", "--municipality", "352081", "--out", "x"),
        ("check", "nowhere", "--questionnaire", "rmo-2022", "--out", "x"),
        ("compile", "nowhere", "--out", "x"),
        ("query", "nowhere"),
        ("sign-off", "nowhere", "--by", "x"),
        ("tables", "nowhere"),
        ("series", "nowhere", "--out", "x"),
    ],
)
def test_bad_input_is_told_and_nothing_is_written(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["--lang", "en", "survey", *words, "--json"])
    assert result.exit_code == 1
    faults = json.loads(result.stdout)["faults"]
    assert faults
    assert all(fault["what"] and fault["remedy"] for fault in faults)
    assert "mistake of ours" not in result.stdout
    assert list(tmp_path.iterdir()) == []
