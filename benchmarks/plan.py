"""Whole-process time and memory of the main job: one JSON line a case, seconds per stage.

    python benchmarks/plan.py [sample] [iwakuni] [noto] [mine]

Targets (2 cores): sample plan at most 30 s with a cold numba cache and 12 s warm; 岩国 build + plan at most 60 s
warm; under 1.5 GB. The real places need the open data in ../shared/data.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
CODES = {"iwakuni": "352080", "noto": "17463", "mine": "352136"}


def run(arguments: list[str], environment: dict[str, str]) -> dict[str, Any]:
    """Run musubime in its own process: wall and CPU seconds, peak memory, and its own JSON."""
    started = time.perf_counter()
    command = [str(Path(sys.executable).parent / "musubime"), *arguments, "--json"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    answer = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(arguments)} failed: {answer.decode()}")
    return {
        "wall_s": round(time.perf_counter() - started, 2), "cpu_s": round(usage.ru_utime + usage.ru_stime, 2),
        "peak_mb": round(usage.ru_maxrss / 1024), "answer": json.loads(answer),
    }


def line(case: str, steps: list[dict[str, Any]]) -> None:
    plan = steps[-1]["answer"]
    print(json.dumps({
        "case": case, "wall_s": round(sum(s["wall_s"] for s in steps), 2),
        "cpu_s": round(sum(s["cpu_s"] for s in steps), 2), "peak_mb": max(s["peak_mb"] for s in steps),
        "hubs": len(plan["hubs"]), "gap": plan["gap"], "seconds": plan["seconds"],
    }), flush=True)


def main(cases: list[str]) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        environment = os.environ | {"NUMBA_CACHE_DIR": str(folder / "cache"), "MUSUBIME_LANG": "en"}
        run(["sample", str(folder / "sample")], environment)
        arguments = ["plan", str(folder / "sample"), "--out", str(folder / "plan")]
        cold = run(arguments, environment)
        if "sample" in cases:
            line("sample, cold numba cache", [cold])
            line("sample, warm", [run(arguments, environment)])
        for case in cases:
            if case in CODES:
                region = str(folder / case)
                build = ["build", region, "--municipality", CODES[case], "--from", str(DATA)]
                plan = ["plan", region, "--out", str(folder / f"{case}-plan")]
                line(f"{case}, build and plan, warm", [run(build, environment), run(plan, environment)])


if __name__ == "__main__":
    main(sys.argv[1:] or ["sample", *CODES])
