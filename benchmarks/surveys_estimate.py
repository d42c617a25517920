"""`musubime estimate` on a simulated internet panel with known truth: speed, equality with R's survey, coverage.

Run: python benchmarks/surveys_estimate.py [speed] [coverage] [--panels 500] [--respondents 148831]
One JSON line a case. The peers are svy's own bootstrap, a plain NumPy bootstrap of the post-stratified total, and R's
survey package (where Rscript and r-cran-survey are installed), on the same data in the same run.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from musubime.provenance import Ledger
from musubime.surveys.estimates import (
    RELATED,
    Margin,
    Respondents,
    estimate,
    load_rules,
    read_population,
    read_respondents,
)
from musubime.surveys.estimates.rules import classify

AREAS = ("北海道", "東北", "関東", "中部", "近畿", "中国", "四国", "九州")
AREA_SHARE = np.array([0.042, 0.068, 0.347, 0.168, 0.163, 0.057, 0.029, 0.126])
AGES = ((18, 29), (30, 44), (45, 59), (60, np.inf))
AGE_SHARE = np.array([0.15, 0.21, 0.25, 0.39])
PEOPLE = 106_150_000  # 18 and over in 2020, as MLIT's survey was expanded to
CLASSES = ("direct", "onsite", "telework", "exchange", "hobby", "non_visiting", "family", "not_continuing", "no_tie")
TICKED = {"direct": "volunteering", "onsite": "farm_work", "telework": "remote_main_work", "exchange": "events",
          "hobby": "eating", "non_visiting": "hometown_tax"}
QUESTIONS = {  # outside, continuing, visits, family only
    **dict.fromkeys(("direct", "onsite", "telework", "exchange", "hobby"), (1, 1, 1, 0)), "non_visiting": (1, 1, 0, 0),
    "family": (1, 1, 1, 1), "not_continuing": (1, 0, 1, 0), "no_tie": (0, 0, 0, 0),
}


def population() -> tuple[pd.DataFrame, np.ndarray]:
    """Cells of the population, and for each cell the chances of the classes: the truth."""
    cells = pd.DataFrame([
        {"area": area, "sex": sex, "age": f"{low}+" if np.isinf(high) else f"{low}-{high}",
         "people": round(PEOPLE * a * half * b)}
        for area, a in zip(AREAS, AREA_SHARE, strict=True) for sex, half in (("male", 0.48), ("female", 0.52))
        for (low, high), b in zip(AGES, AGE_SHARE, strict=True)
    ])
    base = np.array([0.030, 0.014, 0.009, 0.035, 0.084, 0.035, 0.12, 0.18])
    tilt = np.random.default_rng(7).uniform(0.6, 1.5, (len(cells), len(base)))
    chances = base * tilt
    return cells, np.column_stack([chances, 1 - chances.sum(axis=1)])


def panel(seed: int, respondents: int, *, tied: float = 1.0) -> pd.DataFrame:
    """Answers of a panel in which the young and the cities are too many. Within a cell its members are like everybody
    else, unless `tied` differs from 1: then who is tied to a place answers so many times as often."""
    rng = np.random.default_rng(seed)
    cells, chances = population()
    lean = cells.people.to_numpy() * np.where(cells.age.isin(["18-29", "30-44"]), 1.8, 0.8)
    lean *= np.where(cells.area == "関東", 1.3, 0.9)
    cell = rng.choice(len(cells), respondents, p=lean / lean.sum())
    odds = chances * np.where(np.arange(len(CLASSES)) < 6, tied, 1.0)
    cumulated = np.cumsum(odds / odds.sum(axis=1, keepdims=True), axis=1)
    kind = (rng.random(respondents)[:, None] > cumulated[cell]).sum(axis=1).clip(max=len(CLASSES) - 1)
    frame = pd.DataFrame({"respondent": np.arange(respondents), "sex": cells.sex.to_numpy()[cell],
                          "area": cells.area.to_numpy()[cell]})
    low = np.array([a[0] for a in AGES])[cell % 4]
    high = np.array([min(a[1], 84) for a in AGES])[cell % 4]
    frame["age"] = (low + rng.random(respondents) * (high - low + 1)).astype(int)
    answers = np.array([QUESTIONS[c] for c in CLASSES])[kind]
    for at, name in enumerate(("outside_daily_area", "continuing", "visits", "family_only")):
        frame[name] = answers[:, at]
    for name in load_rules().columns:
        if name not in frame:
            frame[name] = 0
    for at, name in enumerate(CLASSES):
        if name in TICKED:
            frame.loc[kind == at, TICKED[name]] = 1
    frame["destination"] = np.where(kind < 6, np.array(AREAS)[rng.integers(0, len(AREAS), respondents)], "")
    return frame


def truth() -> dict[str, float]:
    cells, chances = population()
    people = dict(zip(CLASSES, cells.people.to_numpy() @ chances, strict=True))
    people["visiting"] = sum(people[c] for c in CLASSES[:5])
    people[RELATED] = people["visiting"] + people["non_visiting"]
    return people


def as_input(frame: pd.DataFrame, folder: Path) -> tuple[Respondents, Margin]:
    frame.to_csv(folder / "answers.csv", index=False)
    population()[0].to_csv(folder / "population.csv", index=False)
    rules = load_rules()
    return (read_respondents(folder / "answers.csv", rules, Ledger()),
            read_population(folder / "population.csv", Ledger()))


def directly(frame: pd.DataFrame) -> Respondents:
    """What read_respondents makes of the panel, without the way through a file."""
    rules, n = load_rules(), len(frame)
    answers = {name: frame[name].to_numpy(np.int8) for name in rules.columns}
    found, ids, stopped = classify(rules, answers, n)
    age = frame.age.to_numpy(float)
    return Respondents(
        tuple(map(str, range(n))), tuple(frame.sex), age, age, tuple(frame.area), np.ones(n),
        np.zeros(n, dtype=np.int64), np.arange(n), ids, found, np.arange(n), found, tuple(frame.destination), stopped,
    )


def coverage(panels: int, respondents: int, tied: float) -> dict[str, object]:
    """How often the intervals held the truth over many panels."""
    rules, known = load_rules(), truth()
    held: dict[str, list[bool]] = {name: [] for name in known}
    off: dict[str, list[float]] = {name: [] for name in known}
    with tempfile.TemporaryDirectory() as name:
        _, margin = as_input(panel(0, 1000), Path(name))
    for seed in range(panels):
        result = estimate(directly(panel(seed, respondents, tied=tied)), [margin], rules, Ledger(), replicates=0)
        for total in result.totals:
            if total.id in known:
                held[total.id].append(total.low <= known[total.id] <= total.high)
                off[total.id].append(total.people / known[total.id] - 1)
    return {
        "case": "coverage", "panels": panels, "respondents": respondents, "tied_answer_more": tied,
        "held_percent": {k: round(100 * float(np.mean(v)), 1) for k, v in held.items()},
        "bias_percent": {k: round(100 * float(np.mean(v)), 2) for k, v in off.items()},
    }


def speed(respondents: int, replicates: int) -> dict[str, object]:
    rules = load_rules()
    frame = panel(1, respondents)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        frame.to_csv(folder / "answers.csv", index=False)
        population()[0].to_csv(folder / "population.csv", index=False)
        estimate(*_small(folder, rules), rules, Ledger(), replicates=2)  # compiled
        wall, cpu = time.perf_counter(), time.process_time()
        people = read_respondents(folder / "answers.csv", rules, Ledger())
        margin = read_population(folder / "population.csv", Ledger())
        read_s = time.perf_counter() - wall
        wall = time.perf_counter()
        result = estimate(people, [margin], rules, Ledger(), replicates=replicates)
        estimate_s = time.perf_counter() - wall
        cpu_s = time.process_time() - cpu
        related = next(t for t in result.totals if t.id == RELATED)
        answer: dict[str, object] = {
            "case": "speed", "respondents": respondents, "replicates": replicates, "read_s": round(read_s, 2),
            "estimate_s": round(estimate_s, 2), "cpu_s": round(cpu_s, 2), "related": round(related.people),
            "se": round(related.se), "bootstrap_se": round(related.bootstrap_se),
            "numpy_bootstrap_s": round(_numpy_bootstrap(people, margin, replicates), 2),
            "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        }
        if shutil.which("Rscript"):
            answer |= _r_survey(folder, people, replicates)
    return answer


def _small(folder: Path, rules: object) -> tuple[Respondents, list[Margin]]:
    panel(2, 2000).to_csv(folder / "small.csv", index=False)
    return (read_respondents(folder / "small.csv", rules, Ledger()),  # type: ignore[arg-type]
            [read_population(folder / "population.csv", Ledger())])


def _numpy_bootstrap(people: Respondents, margin: Margin, replicates: int) -> float:
    """Seconds of the plain way: resample positions, count cells, expand."""
    rng = np.random.default_rng(1)
    known = {cell: i for i, cell in enumerate(margin.names())}
    cell = np.array([
        known[f"{a} {s} {'60+' if g >= 60 else '45-59' if g >= 45 else '30-44' if g >= 30 else '18-29'}"]
        for a, s, g in zip(people.area, people.sex, people.age_from, strict=True)
    ])
    counted = (people.class_of < 6).astype(float)
    began = time.perf_counter()
    for _ in range(replicates):
        at = rng.integers(0, len(cell), len(cell))
        of = cell[at]
        ((np.bincount(of, weights=counted[at], minlength=len(known)) / np.bincount(of, minlength=len(known)))
         @ margin.people)
    return time.perf_counter() - began


R_SCRIPT = """
suppressMessages(library(survey))
d <- read.csv("r.csv"); pop <- read.csv("population.csv")
pop$cell <- paste(pop$area, pop$sex, pop$age)
des <- postStratify(svydesign(ids = ~1, weights = ~w, data = d), ~cell, data.frame(cell = pop$cell, Freq = pop$people))
t <- svytotal(~counted, des)
began <- proc.time()[[3]]
if (%d > 0) { b <- as.svrepdesign(des, type = "bootstrap", replicates = %d); r <- svytotal(~counted, b) }
cat(sprintf("%%.8f %%.8f %%.2f", coef(t), SE(t), proc.time()[[3]] - began))
"""


def _r_survey(folder: Path, people: Respondents, replicates: int) -> dict[str, object]:
    age = np.select([people.age_from >= 60, people.age_from >= 45, people.age_from >= 30], ["60+", "45-59", "30-44"],
                    "18-29")
    pd.DataFrame({"cell": [f"{a} {s} {g}" for a, s, g in zip(people.area, people.sex, age, strict=True)], "w": 1,
                  "counted": (people.class_of < 6).astype(int)}).to_csv(folder / "r.csv", index=False)
    (folder / "t.R").write_text(R_SCRIPT % (min(replicates, 50), min(replicates, 50)), "utf-8")
    done = subprocess.run(["Rscript", "t.R"], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"r_survey": done.stderr.strip().split("\n")[-1][:120]}
    people_r, se_r, seconds = (float(word) for word in done.stdout.split())
    return {"r_total": people_r, "r_se": se_r, "r_seconds_of_50_replicates": seconds}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("cases", nargs="*", default=["speed", "coverage"])
    options.add_argument("--panels", type=int, default=500)
    options.add_argument("--respondents", type=int, default=148_831)
    options.add_argument("--replicates", type=int, default=500)
    given = options.parse_args()
    if "speed" in given.cases:
        print(json.dumps(speed(given.respondents, given.replicates), ensure_ascii=False), flush=True)
    if "coverage" in given.cases:
        for tied in (1.0, 1.3):
            print(json.dumps(coverage(given.panels, given.respondents, tied), ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
