"""`musubime estimate` as its user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from musubime.cli import app

ANSWERS = "回答者,性別,年齢,居住地,関わる地域がある,継続的な関わり,訪問,地縁・血縁のみ,ボランティア,訪問先\n" + "".join(
    f"=A{i},{'男' if i % 2 else '女'},{20 + i % 60},山口県,1,{int(i % 3 == 0)},1,0,○,岩国市\n" for i in range(240))
PEOPLE = "性別,年齢,人口\n男,18～49歳,1000\n男,50歳以上,2000\n女,18～49歳,1100\n女,50歳以上,2400\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "answers.csv").write_bytes(ANSWERS.encode("cp932"))
    (tmp_path / "people.csv").write_text(PEOPLE, "utf-8")
    return tmp_path


def run(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(word) for word in words])
    return done.exit_code, done.stdout


def test_one_object_with_every_figure(folder: Path) -> None:
    out = folder / "out"
    code, told = run("estimate", folder / "answers.csv", "--population", folder / "people.csv", "--out", out,
                     "--replicates", 50, "--replicate-weights", "--json")
    assert code == 0
    answer = json.loads(told)
    related = next(total for total in answer["totals"] if total["id"] == "related")
    assert answer["people"] == 6500
    assert related["respondents"] == 80
    assert related["low"] < related["people"] < related["high"]
    assert "probability sample" in answer["conditional"]["en"]
    assert {Path(file).name for file in answer["files"]} == {
        "estimate.xlsx", "estimate.json", "weights.csv", "replicates.parquet"}
    weights = (out / "weights.csv").read_text("utf-8-sig").splitlines()[1:]
    assert sum(float(row.rsplit(",", 1)[1]) for row in weights) == pytest.approx(6500, abs=0.01)
    assert weights[0].startswith("'=A0,")  # a respondent's number is never run as a formula
    book = openpyxl.load_workbook(out / "estimate.xlsx")
    assert len(book.sheetnames) == 5
    assert not any(cell.data_type == "f" for sheet in book for row in sheet.iter_rows() for cell in row)


def test_same_input_same_bytes(folder: Path) -> None:
    for name in ("one", "two"):
        assert run("estimate", folder / "answers.csv", "--population", folder / "people.csv", "--out",
                   folder / name)[0] == 0
    for file in ("estimate.json", "weights.csv"):
        assert (folder / "one" / file).read_bytes() == (folder / "two" / file).read_bytes()


def test_in_japanese(folder: Path) -> None:
    code, told = run("--lang", "ja", "estimate", folder / "answers.csv", "--population", folder / "people.csv", "--out",
                     folder / "out")
    assert code == 0
    assert "確率標本ではありません" in told
    assert "直接寄与型" in told


def test_faults_of_options_and_files_write_nothing(folder: Path) -> None:
    code, told = run("estimate", folder / "answers.csv", "--population", folder / "people.csv", "--out", folder / "out",
                     "--level", "95", "--age-classes", "60,18", "--json")
    assert code == 1
    assert {fault["field"] for fault in json.loads(told)["faults"]} == {"--level", "--age-classes"}
    code, told = run("estimate", folder / "none.csv", "--population", folder / "people.csv", "--out", folder / "out",
                     "--json")
    assert code == 1
    assert json.loads(told)["faults"][0]["file"] == "none.csv"
    assert not (folder / "out").exists()
