"""Bad tables as a town hall meets them: through `musubime build`, `check` and `population`. Each is named with its row
and remedy, and nothing is written."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyogrio
import pytest
from typer.testing import CliRunner

from musubime.cli import app
from musubime.region.sample import write_sample

AGES = [*(f"{low}-{low + 4}歳" for low in range(0, 85, 5)), "85歳以上"]
HEADING = ["市区町村コード", "都道府県名", "市区町村名", "調査年月日", "地域名", "総人口", "男性", "女性",
           *(f"{age}の{sex}" for age in AGES for sex in ("男性", "女性")), "世帯数"]


def row(area: str, date: str = "2024/4/1", people: list[str] | None = None) -> str:
    return ",".join(["352080", "山口県", "岩国市", date, area, "", "", "", *(people or ["5"] * 36), "40"])


def told(*arguments: str) -> tuple[int, list[dict[str, object]]]:
    answer = CliRunner().invoke(app, [*arguments, "--json"])
    return answer.exit_code, json.loads(answer.stdout).get("faults", [])


@pytest.mark.parametrize(("cell", "word"), [("-3", "negative"), ("2.5", "fraction"), ("二十人", "not a number")])
def test_a_wrong_cell_of_a_table_is_named_by_build(tmp_path: Path, cell: str, word: str) -> None:
    files, out = tmp_path / "files", tmp_path / "town"
    files.mkdir()
    people = ["5"] * 36
    people[9] = cell  # women of 20-24
    (files / "jinko.csv").write_text("\n".join([",".join(HEADING), row("本郷"), row("錦", people=people)]), "utf-8")
    code, faults = told("build", str(out), "--municipality", "352080", "--from", str(files))
    assert code == 1
    named = [f for f in faults if f.get("file") == "jinko.csv"]
    assert [(f["row"], f["field"], f["value"]) for f in named] == [(3, "20-24歳の女性", cell)]
    assert word in json.dumps(named[0]["what"])
    assert named[0]["remedy"]
    assert not out.exists()


def test_one_sex_alone_is_no_table_of_people(tmp_path: Path) -> None:
    files, out = tmp_path / "files", tmp_path / "town"
    files.mkdir()
    men = [n for n, head in enumerate(HEADING) if not head.endswith("の女性")]
    lines = [HEADING, row("本郷").split(",")]
    (files / "jinko.csv").write_text("\n".join(",".join(line[n] for n in men) for line in lines), "utf-8")
    code, faults = told("build", str(out), "--municipality", "352080", "--from", str(files))
    assert code == 1
    assert faults
    assert not out.exists()


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bad") / "town"
    write_sample(folder)
    return folder


def spoiled(town: Path, folder: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Path:
    """A copy of the town with another table of people."""
    copy = folder / "town"
    shutil.copytree(town, copy)
    table = pyogrio.read_dataframe(copy / "region.gpkg", layer="population")
    with sqlite3.connect(copy / "region.gpkg") as database:
        database.execute("DROP TABLE population")
        for kept in ("gpkg_contents", "gpkg_ogr_contents"):
            database.execute(f"DELETE FROM {kept} WHERE table_name = 'population'")
    database.close()
    pyogrio.write_dataframe(change(table), copy / "region.gpkg", layer="population", driver="GPKG", append=True)
    return copy


def cell(value: object) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def change(table: pd.DataFrame) -> pd.DataFrame:
        column = table["age_20_24"].astype(object)
        column[7] = value
        return table.assign(age_20_24=column if isinstance(value, str) else column.astype(float))

    return change


def without(year: int, sex: str | None) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def change(table: pd.DataFrame) -> pd.DataFrame:
        gone = (table.unit_id == "S001") & (table.year == year) & ((table.sex == sex) | (sex is None))
        return table[~gone].reset_index(drop=True)

    return change


@pytest.mark.parametrize(("change", "place"), [
    (cell(-3), {"row": 8, "field": "age_20_24", "value": "-3"}),
    (cell(2.5), {"row": 8, "field": "age_20_24", "value": "2.5"}),
    (cell("二十人"), {"row": 8, "field": "age_20_24", "value": "二十人"}),
    (cell(np.nan), {"row": 8, "field": "age_20_24"}),
    (lambda table: table.assign(year=table.year.replace(2020, 1900)), {"row": 1, "field": "year", "value": "1900-10"}),
    (lambda table: table.assign(sex=table.sex.where(table.index != 7, "女")),
     {"row": 8, "field": "sex", "value": "女"}),
    (without(2025, "female"), {"field": "unit_id", "value": "S001"}),
    (without(2015, None), {"field": "unit_id", "value": "S001"}),
    (lambda table: pd.concat([table, table.iloc[[3]]], ignore_index=True), {"row": 721, "field": "unit_id"}),
    (lambda table: table.rename(columns={"age_20_24": "age_twenties"}), {"field": "age_twenties"}),
], ids=["negative", "fraction", "word", "empty", "1900", "no sex", "sex missing", "one date only", "twice",
        "ages in words"])
def test_a_spoiled_region_is_refused_by_every_command(
    town: Path, tmp_path: Path, change: Callable[[pd.DataFrame], pd.DataFrame], place: dict[str, object]
) -> None:
    folder = spoiled(town, tmp_path, change)
    for arguments in (("check", str(folder)), ("population", str(folder), "--out", str(tmp_path / "people")),
                      ("settle", str(folder), "--out", str(tmp_path / "people")),
                      ("plan", str(folder), "--out", str(tmp_path / "people"))):
        code, faults = told(*arguments)
        assert code == 1, arguments
        assert any(place.items() <= fault.items() and fault["remedy"] for fault in faults), faults
    assert not (tmp_path / "people").exists()


def exchanged(table: pd.DataFrame) -> pd.DataFrame:
    years = sorted(table.year.unique())
    return table.assign(year=table.year.replace({years[0]: years[-1], years[-1]: years[0]}))


def test_exchanged_years_are_refused_by_every_command(town: Path, tmp_path: Path) -> None:
    # The table of 2015 says 2025 and that of 2025 says 2015: the cohorts of 1947-49 grow younger.
    folder = spoiled(town, tmp_path, exchanged)
    for arguments in (("check", str(folder)), ("population", str(folder), "--out", str(tmp_path / "people")),
                      ("settle", str(folder), "--out", str(tmp_path / "people")),
                      ("plan", str(folder), "--out", str(tmp_path / "people"))):
        code, faults = told(*arguments)
        assert code == 1, arguments
        found = [fault for fault in faults if "each other's year" in str(fault["what"])]
        assert [(fault["file"], fault["field"], fault["blocks"]) for fault in found] == [
            ("region.gpkg/population", "year", True)], faults
        assert found[0]["remedy"]
    assert not (tmp_path / "people").exists()


def test_rows_in_any_order_are_the_same_region(town: Path, tmp_path: Path) -> None:
    # Two dates in the wrong order are no fault of a layer: every row says its date, and the reader sorts them.
    folder = spoiled(town, tmp_path, lambda table: table.sample(frac=1, random_state=1).reset_index(drop=True))
    outs = []
    for place in (town, folder):
        out = tmp_path / f"people-{place.parent.name}"
        assert CliRunner().invoke(app, ["population", str(place), "--draws", "100", "--to", "2035", "--out", str(out),
                                        "--json"]).exit_code == 0
        outs.append((out / "population.json").read_bytes())
    assert outs[0] == outs[1]
