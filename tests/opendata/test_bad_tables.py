"""Tables of people with mistakes as a town hall makes them, through `musubime build`: each is named with file, row,
field and remedy, all at once, and nothing is written. Copies of real tables (岩国市) in cp932 CSV, xlsx and xls."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from geo_worlds import CODE, boundary, noted, population, town_names
from typer.testing import CliRunner

from musubime.cli import app
from musubime.errors import InputError
from musubime.opendata import build_region

Rows = list[list[str]]
OLDER, NEWER = "jinko_h31", "jinko_r6"


def csv_rows(path: Path) -> Rows:
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"))))


@pytest.fixture(scope="module")
def iwakuni(shared: Path) -> tuple[Rows, Rows]:
    """岩国市's 22 districts in 2019 and in 2024."""
    folder = shared / "small_area" / "iwakuni_352080"
    return (csv_rows(folder / "352080_population_20190401.csv"),
            csv_rows(next(folder.glob("09_*20240401*.csv"))))


def written(folder: Path, name: str, rows: Rows, kind: str) -> None:
    """As a town hall saves it: CSV in cp932 with CRLF, or a workbook with numbers as numbers."""
    if kind == "csv":
        (folder / f"{name}.csv").write_bytes(("\r\n".join(",".join(row) for row in rows) + "\r\n").encode("cp932"))
        return
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append([int(c) if re.fullmatch(r"\d{1,5}", c) else float(c) if re.fullmatch(r"-?\d+\.\d", c) else c
                            for c in row])
    book.save(folder / f"{name}.xlsx")


def built(shared: Path, folder: Path, older: Rows, newer: Rows, kind: str) -> tuple[int, list[dict[str, Any]], bool]:
    """Exit code, faults, and whether anything was written."""
    files, out = folder / "files", folder / "town"
    files.mkdir()
    for part in ("boundaries/35208.json", "oaza_points/山口県/岩国市.json"):
        shutil.copy(shared / part, files)
    written(files, OLDER, older, kind)
    written(files, NEWER, newer, kind)
    answer = CliRunner().invoke(app, ["build", str(out), "--municipality", "352080", "--from", str(files), "--json"])
    return answer.exit_code, json.loads(answer.stdout)["faults"], out.exists()


def put(row: int, field: str, value: str) -> Callable[[Rows], Rows]:
    """Another value in a cell: row as the spreadsheet counts."""
    def change(rows: Rows) -> Rows:
        rows[row - 1][rows[0].index(field)] = value
        return rows

    return change


def dated(date: str) -> Callable[[Rows], Rows]:
    def change(rows: Rows) -> Rows:
        for row in rows[1:]:
            row[rows[0].index("調査年月日")] = date
        return rows

    return change


def without(wrong: Callable[[str], bool]) -> Callable[[Rows], Rows]:
    """The columns gone whose heading is so."""
    def change(rows: Rows) -> Rows:
        kept = [i for i, heading in enumerate(rows[0]) if not wrong(heading)]
        return [[row[i] for i in kept] for row in rows]

    return change


def emptied(rows: Rows) -> Rows:
    for i, heading in enumerate(rows[0]):
        if heading.endswith("の女性"):
            rows[5][i] = ""
    return rows


def renamed(old: str, new: str) -> Callable[[Rows], Rows]:
    return lambda rows: [[heading.replace(old, new) for heading in rows[0]], *rows[1:]]


def in_words(rows: Rows) -> Rows:
    def digits(match: re.Match[str]) -> str:
        return "".join("〇一二三四五六七八九"[int(c)] for c in match[0])

    return [[re.sub(r"\d+", digits, heading).replace("-", "歳から") for heading in rows[0]], *rows[1:]]


# what is done to the table of 2024; row, field and value of the faults; a word of the first
SPOILED: dict[str, tuple[Callable[[Rows], Rows], list[tuple[int | None, str, str]], str]] = {
    "negative": (put(6, "20-24歳の女性", "-3"), [(6, "20-24歳の女性", "-3")], "negative"),
    "fraction": (put(6, "20-24歳の女性", "2.5"), [(6, "20-24歳の女性", "2.5")], "fraction"),
    "word": (put(6, "20-24歳の女性", "二十人"), [(6, "20-24歳の女性", "二十人")], "not a number"),
    "ages miss the total": (put(6, "20-24歳の女性", "999"), [(6, "女性", "4407")], "ages add up"),
    "sexes miss the total": (put(6, "総人口", "8701"), [(6, "総人口", "8701")], "Men and women add up to 8,694"),
    "a sex of one row": (emptied, [(6, "0-4歳の女性", "")], "No women"),
    "a sex": (without(lambda h: "女性" in h), [(1, "0-4歳の男性", "")], "no women"),
    "a sex of one age": (without(lambda h: h == "20-24歳の女性"), [(1, "20-24歳の男性", "")], "no women"),
    "an age in words": (renamed("20-24歳", "二十代前半"), [(1, "二十代前半の男性", ""), (1, "二十代前半の女性", "")],
                        "not written in digits"),
    "the oldest in words": (renamed("85歳以上", "八十五歳以上"), [
        (1, "八十五歳以上の男性", ""), (1, "八十五歳以上の女性", "")], "not written in digits"),
    "1900": (dated("1900-04-01"), [(2, "調査年月日", "1900-04")], "1900"),
    "2204": (dated("2204/4/1"), [(2, "調査年月日", "2204/4/1")], "not a date"),
    "2092": (dated("2092/4/1"), [(2, "調査年月日", "2092-04")], "2092"),
    "one row of another date": (put(5, "調査年月日", "2014-04-01"), [(5, "調査年月日", "2014-04-01")], "2014-04"),
    "twice": (lambda rows: [*rows, rows[7]], [(24, "", "灘出張所管内")], "twice"),
}


@pytest.mark.shared
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("name", SPOILED)
def test_a_spoiled_table_is_named(
    shared: Path, tmp_path: Path, iwakuni: tuple[Rows, Rows], name: str, kind: str
) -> None:
    change, wanted, word = SPOILED[name]
    older, newer = ([list(row) for row in rows] for rows in iwakuni)
    code, faults, exists = built(shared, tmp_path, older, change(newer), kind)
    assert (code, exists) == (1, False)
    assert [(f["row"], f["field"], f["value"]) for f in faults] == wanted
    assert {f["file"] for f in faults} == {f"{NEWER}.{kind}"}
    assert word in faults[0]["what"]
    assert all(f["remedy"] for f in faults)


@pytest.mark.shared
def test_all_ages_in_words(shared: Path, tmp_path: Path, iwakuni: tuple[Rows, Rows]) -> None:
    older, newer = ([list(row) for row in rows] for rows in iwakuni)
    code, faults, exists = built(shared, tmp_path, older, in_words(newer), "csv")
    assert (code, exists, len(faults)) == (1, False, 36)
    assert {(f["file"], f["row"]) for f in faults} == {(f"{NEWER}.csv", 1)}


@pytest.mark.shared
def test_everything_is_told_at_once(shared: Path, tmp_path: Path, iwakuni: tuple[Rows, Rows]) -> None:
    older, newer = ([list(row) for row in rows] for rows in iwakuni)
    for change in (put(4, "0-4歳の男性", "-1"), put(10, "20-24歳の女性", "2.5"), put(13, "総人口", "99"),
                   put(14, "調査年月日", "昨年")):
        newer = change(newer)
    older = put(3, "男性", "1")(older)
    _, faults, exists = built(shared, tmp_path, older, newer, "csv")
    assert not exists
    assert {(f["file"], f["row"], f["field"], f["value"]) for f in faults} == {
        (f"{NEWER}.csv", 4, "0-4歳の男性", "-1"), (f"{NEWER}.csv", 10, "20-24歳の女性", "2.5"),
        (f"{NEWER}.csv", 13, "総人口", "99"), (f"{NEWER}.csv", 14, "調査年月日", "昨年"),
        (f"{OLDER}.csv", 3, "男性", "1"), (f"{OLDER}.csv", 3, "総人口", "10271"),  # 1 man and the women miss it too
    }


@pytest.mark.shared
def test_a_district_of_one_date_only_and_one_misspelt(
    shared: Path, tmp_path: Path, iwakuni: tuple[Rows, Rows]
) -> None:
    older, newer = iwakuni
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    _, faults, exists = built(shared, tmp_path / "a", older, newer[:7] + newer[8:], "csv")
    assert not exists
    assert [(f["file"], f["row"], f["value"]) for f in faults] == [(f"{OLDER}.csv", 8, "灘出張所管内")]
    misspelt = [list(row) for row in newer]
    misspelt = put(8, "地域名", "灘出帳所管内")(misspelt)
    _, faults, _ = built(shared, tmp_path / "b", older, misspelt, "xlsx")
    assert [(f["file"], f["row"], f["value"]) for f in faults] == [
        (f"{OLDER}.xlsx", 8, "灘出張所管内"), (f"{NEWER}.xlsx", 8, "灘出帳所管内")]


@pytest.mark.shared
def test_exchanged_years_are_proved_by_the_cohorts(
    shared: Path, tmp_path: Path, iwakuni: tuple[Rows, Rows]
) -> None:
    older, newer = ([list(row) for row in rows] for rows in iwakuni)
    code, faults, exists = built(shared, tmp_path, dated("2024-04-01")(older), dated("2019-04-01")(newer), "csv")
    assert (code, exists) == (1, False)
    (fault,) = faults
    # The boom of 1947-49, 70-74 in 2019, would be 65-69 five years later.
    assert (fault["value"], fault["field"]) == ("2019-04, 2024-04", "調査年月日")
    assert f"{NEWER}.csv" in fault["file"]
    assert f"{OLDER}.csv" in fault["file"]
    assert "by 24%" in fault["what"]
    assert "by 1%" in fault["what"]


@pytest.mark.shared
def test_a_copy_under_another_date(shared: Path, tmp_path: Path, iwakuni: tuple[Rows, Rows]) -> None:
    older = iwakuni[0]
    copy = dated("2024-04-01")([list(row) for row in older])
    code, faults, exists = built(shared, tmp_path, older, copy, "csv")
    assert (code, exists) == (1, False)
    assert ["same people" in f["what"] for f in faults] == [True]


@pytest.mark.shared
def test_both_dates_in_one_table_are_two_counts(shared: Path, tmp_path: Path, iwakuni: tuple[Rows, Rows]) -> None:
    older, newer = iwakuni
    for part in ("boundaries/35208.json", "oaza_points/山口県/岩国市.json"):
        shutil.copy(shared / part, tmp_path)
    written(tmp_path, "both", older + newer[1:], "csv")
    region = build_region(tmp_path, "352080")
    assert region.population.years == (2019, 2024)
    assert region.population.people.sum(axis=(1, 2, 3)).tolist() == pytest.approx([134_197, 125_628])


@pytest.mark.shared
def test_a_figure_changed_in_an_old_workbook(shared: Path, tmp_path: Path) -> None:
    """xls: 岩国市's men of 2015 (64,455) made 64,456 by changing the bytes of that number alone."""
    name = "jinkou_5saikaikyuu_3kubun_2015.xls"
    data = (shared / "population_yamaguchi" / name).read_bytes()
    old, new = (struct.pack("<d", men)[4:] for men in (64_455, 64_456))  # an RK number: the upper half of a double
    assert data.count(old) == 1
    folder = tmp_path / "files"
    folder.mkdir()
    at = data.index(old)
    (folder / name).write_bytes(data[:at] + new + data[at + 4:])
    for part in ("boundaries/35208.json", "oaza_points/山口県/岩国市.json", "codes/code-to-city.json"):
        shutil.copy(shared / part, folder)
    with pytest.raises(InputError) as caught:
        build_region(folder, "352080")
    told = {(f.file, f.row, f.field, f.value): str(f.what) for f in caught.value.faults}
    assert "64,455, not to the printed total of 64,456" in told[name, 19, "総数", "64456"]
    assert "136,758, not to the printed total of 136,757" in told[name, 19, "総数", "136757"]


# -- small made-up tables ---------------------------------------------------------------------------------------------


def test_a_district_that_another_took_in_is_no_fault(tmp_path: Path) -> None:
    boundary(tmp_path)
    town_names(tmp_path, {f"字{i}": (132.01 + i / 100, 34.02) for i in range(8)})
    people = {f"字{i}": {"m10": 100 + i, "f40": 90} for i in range(8)}
    population(tmp_path, "2023-04-01", people)
    merged = {name: dict(p) for name, p in people.items() if name != "字7"}
    merged["字6"] = {"m10": 213, "f40": 180}  # its own 106 and the 107 of 字7, 90 and 90 women
    population(tmp_path, "2024-04-01", merged)
    region = build_region(tmp_path, CODE)
    left_out = noted(region.ledger, "dropped")
    assert left_out["Dates on which the districts were others than on the newest were left out."] == 1


def test_a_mistake_in_another_towns_table_stops_nothing(tmp_path: Path) -> None:
    boundary(tmp_path)
    town_names(tmp_path, {"東": (132.02, 34.02), "西": (132.08, 34.08)})
    population(tmp_path, "2024-04-01", {"東": {"m0": 8}, "西": {"f65": 9}})
    other = population(tmp_path, "2023-04-01", {"奥": {"m0": 8}}, code="352080")
    other.write_text(other.read_text("utf-8").replace(",8,", ",-8,"), "utf-8")
    region = build_region(tmp_path, CODE)
    assert region.population.latest.sum() == pytest.approx(17)
    assert any(other.name in note.source for note in region.ledger.of_kind("dropped"))
