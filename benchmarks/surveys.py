"""Collecting a survey: 1,741 returned workbooks checked, kept, compiled and tabulated; one JSON line a case.

    python benchmarks/surveys.py                 small hubs, 1,741 returns, a fifth of them with planted errors
    python benchmarks/surveys.py --returns 60    to try it out
    python benchmarks/surveys.py --survey settlements-2024

The returns are fictional (tests/surveys/waves.py) and hold errors as municipalities make them
(tests/surveys/planting.py). `recall` is the share of planted errors told at their cell, `false_alarms` the number of
clean returns about which anything was said. The estimate's part of the benchmark is benchmarks/surveys_estimate.py.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "surveys"))

from planting import Planted, as_csv, planted_return
from waves import clean, municipalities

from musubime.surveys.questionnaires import questionnaire, questionnaire_text
from musubime.surveys.returns import (
    Order,
    Sent,
    as_given,
    check_folder,
    compile_waves,
    open_wave,
    overview,
    save_returns,
    write_workbook,
)
from musubime.surveys.tables import make_tables

YEAR = 2022


def write_return(job: tuple[str, str, str, str, bool]) -> tuple[str, list[Planted]]:
    """One return into the inbox; (its code, the errors planted in it)."""
    name, code, town, folder, faulty = job
    asked = questionnaire(name)
    answers = clean(asked, code, np.random.default_rng([1, int(code)]))
    given, planted = planted_return(asked, answers, np.random.default_rng([2, int(code)])) if faulty else (
        as_given(asked, answers, "ja"), [])
    path = Path(folder) / f"{code}.xlsx"
    write_workbook(Sent(asked, YEAR, code, town, given=given), path)
    if not faulty and int(code) % 10 == 3:
        path.with_suffix(".csv").write_bytes(as_csv(path, None))
        path.unlink()
    return code, planted


def inbox(name: str, count: int, folder: Path) -> tuple[Any, dict[str, list[Planted]], float]:
    places = municipalities(count)
    start = time.perf_counter()
    jobs = [
        (name, code, town, str(folder), number % 5 == 0) for number, (code, town) in enumerate(places.names.items())
    ]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        planted = dict(pool.map(write_return, jobs, chunksize=16))
    return places, planted, time.perf_counter() - start


def run(name: str, count: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as home:
        folder, out = Path(home) / "inbox", Path(home) / "wave"
        folder.mkdir()
        places, planted, written_s = inbox(name, count, folder)
        asked = questionnaire(name)
        cpu = _cpu()
        start = time.perf_counter()
        wave = check_folder(
            Order(folder, out, asked, questionnaire_text(name), YEAR, places, now="2022-06-30T12:00:00")
        )
        checked = time.perf_counter()
        returns = compile_waves([open_wave(out)])
        save_returns(returns, Path(home) / "returns")
        compiled = time.perf_counter()
        tables = make_tables(returns)
        end = time.perf_counter()
        cpu = _cpu() - cpu
        document = overview(wave, wave.standings())
        back = len(list((out / "send-back").glob("*.xlsx")))
    told = {
        m["code"][:5]: {(f["sheet"], f["cell"]): f["kind"] for f in m["findings"]} for m in document["municipalities"]
    }
    kinds = {m["code"][:5]: m["findings"] for m in document["municipalities"]}
    found = sum(any((f["sheet"], f["cell"]) == (p.sheet, p.cell) and f["kind"] in p.kinds for f in kinds[code])
                for code, errors in planted.items() for p in errors)
    total = sum(map(len, planted.values()))
    return {
        "case": name,
        "returns": count,
        "check_s": round(checked - start, 2),
        "compile_s": round(compiled - checked, 2),
        "tables_s": round(end - compiled, 2),
        "total_s": round(end - start, 2),
        "cpu_s": round(cpu, 2),
        "write_inbox_s": round(written_s, 2),
        "sent_back": back,
        "planted": total,
        "recall": round(found / total, 4),
        "false_alarms": sum(bool(told[c]) for c, errors in planted.items() if not errors),
        "tables": len(tables),
        "rows": {roster: len(table) for roster, table in returns.rosters.items()},
        "peak_mb": round(
            max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
        ),
        "cores": os.cpu_count(),
    }


def _cpu() -> float:
    """CPU seconds of this process and of those it has waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--returns", type=int, default=1741)
    parser.add_argument("--survey", default="small-hubs-2022")
    arguments = parser.parse_args()
    print(json.dumps(run(arguments.survey, arguments.returns)))


if __name__ == "__main__":
    main()
