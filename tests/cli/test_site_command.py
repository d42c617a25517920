"""musubime site as a user and a program meet it: every model, every format, every fault of the list in its words."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from musubime.cli import app
from musubime.region.sample import write_sample

KEYS = {"objective", "bound", "gap", "open", "cpu_s", "peak_mb", "status"}

# A road with settlements at km 0, 1, 2 and 10 (30, 10, 10 and 20 people), as in tests/siting/test_sites.py.
ROAD = "id,weight,a,b,c,d\nA,30,0,1,2,10\nB,10,1,0,1,9\nC,10,2,1,0,8\nD,20,10,9,8,0\n"


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSUBIME_LANG", "en")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "town"
    write_sample(folder, 1)
    return folder


@pytest.fixture
def road(tmp_path: Path) -> Path:
    return written(tmp_path, ROAD)


def written(folder: Path, words: str, name: str = "road.csv") -> Path:
    path = folder / name
    path.write_text(words, "utf-8")
    return path


def run(source: Path, *options: str) -> Result:
    return CliRunner().invoke(app, ["site", str(source), *options])


def told(source: Path, *options: str) -> dict[str, object]:
    answer = run(source, *options, "--json")
    assert answer.exit_code == 0, answer.output
    found: dict[str, object] = json.loads(answer.stdout)
    return found


def faults(source: Path, *options: str) -> list[dict[str, str]]:
    answer = run(source, *options, "--json")
    assert answer.exit_code == 1, answer.output
    found: list[dict[str, str]] = json.loads(answer.stdout)["faults"]
    assert not any("MUSUBIME_DEBUG" in fault["remedy"] for fault in found)
    return found


@pytest.mark.parametrize(("options", "objective", "sites"), [
    (["p-median", "--p", "1"], 220, ["b"]),  # counted in tests/siting/test_sites.py
    (["p-median", "--p", "2"], 30, ["a", "d"]),
    (["p-median", "--p", "2", "--must", "c"], 70, ["c", "d"]),
    (["p-center", "--p", "2"], 1, ["b", "d"]),
    (["coverage", "--p", "1", "--limit", "1"], 50, ["b"]),
    (["set-cover", "--limit", "1"], 2, ["b", "d"]),
    # 5 a site: a and d 10 + 30; b and d 10 + 40; all four 20 + 0; a, b and d 15 + 10; a, c, d 15 + 10: all four
    (["ufl", "--open-cost", "5"], 20, ["a", "b", "c", "d"]),
    # 15 a site: a and d 30 + 30; a, b and d 45 + 10: 55; a, c and d the same; all 60; b and d 30 + 40; one 235 and more
    (["ufl", "--open-cost", "15", "--must", "c"], 55, ["a", "c", "d"]),
    # each holds 40, split: a has 30, d 20, ten of the twenty between go to a as well, ten to d at 8 each: 10 + 80
    # or b and d: 40 at b cost 30 + 0 + 10 = 40, ten of C's 10 beyond 40 people go to d at 8: 30 + 80 - so a and d
    (["p-median", "--p", "2", "--capacity", "40"], 90, ["a", "d"]),
])
def test_every_model_on_a_road_counted_by_hand(
    options: list[str], objective: float, sites: list[str], road: Path
) -> None:
    answer = told(road, "--model", *options)
    assert set(answer) >= KEYS
    assert (answer["status"], answer["format"]) == ("optimal", "csv")
    assert answer["objective"] == pytest.approx(objective)
    assert answer["bound"] == pytest.approx(objective, rel=1e-6)
    assert answer["open"] == sites


def test_the_files_say_who_goes_where_and_add_up(road: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    answer = told(road, "--model", "p-median", "--p", "2", "--capacity", "40", "--out", str(out))
    assert {path.name for path in out.iterdir()} == {"site.csv", "site.json"}
    with (out / "site.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert sum(float(r["Weight"]) * float(r["Cost"]) * float(r["Share"]) for r in rows) == pytest.approx(90)
    for site in ("a", "d"):
        assert sum(float(r["Weight"]) * float(r["Share"]) for r in rows if r["Site"] == site) <= 40 + 1e-6
    assert json.loads((out / "site.json").read_text("utf-8"))["objective"] == answer["objective"]
    again = tmp_path / "again"
    told(road, "--model", "p-median", "--p", "2", "--capacity", "40", "--out", str(again))
    assert (out / "site.csv").read_bytes() == (again / "site.csv").read_bytes()


def test_people_read_what_was_found_and_what_is_proven(road: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = run(road, "--model", "coverage", "--p", "1", "--limit", "1").stdout.splitlines()
    assert lines == ["1 of 4 sites: b", "A weight of 50 of 70 is reached.", "Proven: nothing better exists.",
                     "1 clients, weighing 20, are out of reach: D"]
    monkeypatch.setenv("MUSUBIME_LANG", "ja")
    lines = run(road, "--model", "coverage", "--p", "1", "--limit", "1").stdout.splitlines()
    assert lines[0] == "候補地 4 か所のうち 1 か所：b"
    assert "証明されています" in lines[2]


def test_a_region_by_people_and_by_a_service(town: Path) -> None:
    people = told(town, "--model", "p-median", "--p", "3")
    assert (people["format"], people["clients"], people["status"]) == ("region", 120, "optimal")
    assert len(people["open"]) == 3  # type: ignore[arg-type]
    clinic = told(town, "--model", "coverage", "--p", "2", "--service", "clinic")
    assert clinic["objective"] == clinic["bound"]
    covering = told(town, "--model", "set-cover", "--limit", "15")
    assert covering["out_of_reach"] == []
    yen = told(town, "--model", "ufl", "--service", "shop", "--must", "existing")
    held = told(town, "--model", "cfl", "--service", "shop", "--capacity", "2000", "--must", "existing")
    assert held["objective"] >= yen["objective"] - 1  # type: ignore[operator]


def test_the_plan_model_is_the_plans_reference(town: Path) -> None:
    answer = told(town, "--model", "plan", "--seconds", "30", "--gap", "0.01")
    assert set(answer) >= KEYS
    assert answer["status"] in {"optimal", "feasible"}
    assert answer["gap"] <= 0.01  # type: ignore[operator]
    assert answer["open"]
    assert answer["bound"] <= answer["objective"]  # type: ignore[operator]


def test_public_files_are_told_apart_by_looking_inside(shared: Path) -> None:
    bench = shared.parent / "bench" / "siting"
    pmed = bench / "orlib_pmed" / "pmed1.txt"
    assert told(pmed, "--model", "p-median")["objective"] == 5819
    assert told(pmed, "--model", "p-center")["objective"] == 127
    split = told(bench / "orlib_cap" / "cap44.txt", "--model", "cfl")
    assert (split["format"], split["objective"]) == ("orlib-cap", pytest.approx(1235500.45))
    free = told(bench / "orlib_cap" / "cap74.txt", "--model", "ufl")
    assert free["objective"] == pytest.approx(1034976.975)
    assert free["notes"]
    assert told(bench / "cpmp" / "SJC1.dat", "--model", "p-median")["objective"] == pytest.approx(17288.99, abs=0.01)
    second = told(bench / "cpmp" / "pmedcap1.txt", "--model", "cfl", "--problem", "2")
    assert (second["objective"], second["p"]) == (740, 5)
    tsplib = told(bench / "tsplib" / "u1432.tsp", "--model", "coverage", "--p", "1400", "--limit", "200")
    assert (tsplib["format"], tsplib["clients"], tsplib["objective"]) == ("tsplib", 1432, 1432)


# The list of bad input: each named, explained, and nothing dropped silently.


def test_disconnected_demand_is_an_answer_that_names_it_and_says_what_to_do(tmp_path: Path) -> None:
    source = written(tmp_path, "id,weight,a,b\nA,3,1,2\nIsle,4,,\nB,5,2,1\n")
    answer = told(source, "--model", "p-median", "--p", "1")
    assert (answer["status"], answer["conflict"], answer["objective"]) == ("infeasible", ["Isle"], None)
    assert answer["why"] == ["1 clients are reached from no site: Isle",
                             "give --reachable-only to leave them out of the problem and have them listed"]
    for model in (["p-center", "--p", "1"], ["set-cover", "--limit", "5"], ["ufl", "--open-cost", "1"],
                  ["cfl", "--open-cost", "1", "--capacity", "9"]):
        assert told(source, "--model", *model)["conflict"] == ["Isle"]
    covered = told(source, "--model", "coverage", "--p", "1", "--limit", "5")
    assert (covered["objective"], covered["out_of_reach"]) == (8, ["Isle"])
    rest = told(source, "--model", "p-median", "--p", "1", "--reachable-only", "--out", str(tmp_path / "out"))
    assert (rest["status"], rest["left_out"], rest["objective"]) == ("optimal", ["Isle"], 11)
    assert "Isle" in (tmp_path / "out" / "site.csv").read_text("utf-8-sig")


def test_a_negative_cost_and_nan_in_a_matrix_are_told_with_their_cells(tmp_path: Path) -> None:
    source = written(tmp_path, "id,weight,a,b\nA,3,1,-2\nB,nan,2,1\nC,5,NaN,1\nD,5,x,1\n")
    found = faults(source, "--model", "p-median", "--p", "1")
    assert [(f["row"], f["field"], f["value"]) for f in found] == [
        (2, "b", "-2"), (3, "weight", "nan"), (4, "a", "NaN"), (5, "a", "x")]
    cap = written(tmp_path, "2 2\n10 -5\n10 nan\n3\n1 2\n4\n3 nan\n", "cap.txt")
    assert {f["field"] for f in faults(cap, "--model", "cfl")} <= {"open_cost", "cost", ""}
    assert faults(written(tmp_path, ROAD), "--model", "ufl", "--open-cost", "-5")[0]["field"] == "--open-cost"


def test_capacity_below_one_settlements_people(road: Path) -> None:
    whole = told(road, "--model", "p-median", "--p", "4", "--capacity", "25", "--whole")
    assert (whole["status"], whole["conflict"]) == ("infeasible", ["A"])
    assert whole["why"] == ["1 clients each ask for more than any site that reaches them can hold: A"]
    # split it can be: A's 30 people are more than one site's 25, all 70 less than four sites' 100
    assert told(road, "--model", "p-median", "--p", "4", "--capacity", "25")["status"] == "optimal"
    few = told(road, "--model", "p-median", "--p", "2", "--capacity", "25")
    assert few["why"] == ["exactly 2 sites", "all clients together ask for 70, and 2 sites hold 50 at most"]


def test_two_sites_on_one_point_are_told_and_solved(tmp_path: Path) -> None:
    source = written(tmp_path, "id,weight,a,b,c\nA,3,1,1,5\nB,4,2,2,6\n")
    answer = told(source, "--model", "p-median", "--p", "2")
    assert answer["status"] == "optimal"
    assert answer["notes"] == ["1 pairs of sites cost every client the same, as if they stood on one point: a = b"]


def test_zero_people_everywhere_is_a_fault_where_people_count(tmp_path: Path) -> None:
    source = written(tmp_path, "id,weight,a,b\nA,0,1,2\nB,0,2,1\n")
    found = faults(source, "--model", "p-median", "--p", "1")
    assert "weight zero" in found[0]["what"]
    assert told(source, "--model", "p-center", "--p", "1")["objective"] == 2


@pytest.mark.parametrize(("options", "field"), [
    (["p-median", "--p", "5"], "--p"), (["p-median", "--p", "0"], "--p"), (["p-median"], "--p"),
    (["p-median", "--p", "2", "--seconds", "0"], "--seconds"), (["p-median", "--seconds", "nan"], "--seconds"),
    (["p-median", "--p", "2", "--gap", "-1"], "--gap"), (["p-median", "--p", "2", "--seed", "-1"], "--seed"),
    (["p-median", "--p", "2", "--must", "z"], "--must"),
    (["p-median", "--p", "1", "--must", "a", "--must", "b"], "--must"),
    (["p-median", "--p", "2", "--limit", "3"], "--limit"), (["coverage", "--p", "2"], "--limit"),
    (["coverage", "--p", "2", "--limit", "-3"], "--limit"), (["set-cover", "--limit", "3", "--p", "2"], "--p"),
    (["cfl", "--open-cost", "3"], "--capacity"), (["cfl", "--open-cost", "3", "--capacity", "inf"], "--capacity"),
    (["ufl"], "--open-cost"), (["plan"], "--model"), (["p-mean", "--p", "2"], "--model"),
    (["p-median", "--p", "2", "--service", "shop"], "--service"),
    (["p-median", "--p", "2", "--format", "region"], "--format"),
    (["p-median", "--p", "2", "--format", "shape"], "--format"),
    (["p-median", "--p", "2", "--problem", "3"], "--problem"),
])
def test_a_wrong_option_is_named(options: list[str], field: str, road: Path, tmp_path: Path) -> None:
    found = faults(road, "--model", *options, "--out", str(tmp_path / "out"))
    assert found[0]["field"] == field
    assert found[0]["what"]
    assert found[0]["remedy"]
    assert not (tmp_path / "out").exists()


def test_faults_of_a_region_and_of_files(town: Path, tmp_path: Path) -> None:
    assert faults(town, "--model", "coverage", "--p", "2", "--service", "cinema")[0]["field"] == "--service"
    assert faults(town, "--model", "p-median", "--p", "999")[0]["field"] == "--p"
    assert faults(town, "--model", "ufl")[0]["field"] == "--open-cost"
    assert faults(tmp_path / "none.csv", "--model", "p-median", "--p", "1")[0]["file"] == "none.csv"
    assert faults(tmp_path, "--model", "p-median", "--p", "1")  # a folder that is no region
    assert faults(written(tmp_path, "", "empty.txt"), "--model", "p-median", "--p", "1")[0]["field"] == "--format"
    assert faults(written(tmp_path, "hello world\nthere\n", "words.txt"), "--model", "p-median", "--p", "1")
    twice = written(tmp_path, "id,weight,a,a\nA,3,1,2\nA,4,2,1\n", "twice.csv")
    assert faults(twice, "--model", "p-median", "--p", "1")
    (tmp_path / "noise.bin").write_bytes(bytes(range(256)) * 4)
    assert faults(tmp_path / "noise.bin", "--model", "p-median", "--p", "1")


def test_what_stood_in_the_folder_stays_when_there_is_no_answer(road: Path, tmp_path: Path) -> None:
    told(road, "--model", "p-median", "--p", "2", "--out", str(tmp_path / "out"))
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    told(road, "--model", "p-median", "--p", "2", "--capacity", "3", "--out", str(tmp_path / "out"))
    faults(road, "--model", "p-median", "--p", "9", "--out", str(tmp_path / "out"))
    assert before == {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    file = written(tmp_path, "mine", "file")
    assert "file" in faults(road, "--model", "p-median", "--p", "2", "--out", str(file))[0]["file"]
    assert file.read_text("utf-8") == "mine"


@pytest.mark.skipif(sys.platform != "linux", reason="ulimit -v is of Linux")
@pytest.mark.parametrize("kind", ["csv", "tsplib"])
def test_ten_million_pairs_under_two_gigabytes_end_in_an_answer_or_in_words(kind: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    n = 3200
    xy = rng.integers(0, 10_000, (n, 2))
    if kind == "csv":
        source = tmp_path / "large.csv"
        cost = np.abs(xy[:, None, 0] - xy[None, :, 0])
        with source.open("w", encoding="utf-8") as file:
            file.write("id," + ",".join(f"s{j}" for j in range(n)) + "\n")
            for i in range(n):
                file.write(f"c{i}," + ",".join(map(str, cost[i].tolist())) + "\n")
    else:
        points = "\n".join(f"{i + 1} {x} {y}" for i, (x, y) in enumerate(xy.tolist()))
        source = written(tmp_path, f"NAME: large\nDIMENSION: {n}\nNODE_COORD_SECTION\n{points}\nEOF\n", "large.tsp")
    answer = subprocess.run(
        ["bash", "-c", 'ulimit -v 2000000; exec "$0" -c "from musubime.cli import main; main()" "$@"', sys.executable,
         "site", str(source), "--model", "p-median", "--p", "20", "--seconds", "5", "--json"],
        capture_output=True, text=True, check=False, env=os.environ | {"MUSUBIME_LANG": "en"})
    assert "Traceback" not in answer.stderr
    found = json.loads(answer.stdout)
    if answer.returncode == 0:
        assert found["status"] in {"optimal", "feasible"}
        assert found["peak_mb"] < 2048
    else:
        assert answer.returncode == 1
        assert "memory" in found["faults"][0]["what"]


def test_a_table_too_large_is_refused_before_it_is_taken(tmp_path: Path) -> None:
    points = "\n".join(f"{i} {i} 0" for i in range(200_000))
    source = written(tmp_path, f"NODE_COORD_SECTION\n{points}\nEOF\n", "huge.tsp")
    found = faults(source, "--model", "p-median", "--p", "3")
    assert "GB of memory" in found[0]["what"]
    assert "200001" in found[0]["what"] or "200002" in found[0]["what"] or "200000" in found[0]["what"]
