"""Siting models beside their peers: one JSON line an instance.

    python benchmarks/siting.py [pmed] [tsplib] [made] [japan] [coverage] [cfl] [plan]

Every line has model, instance, n, p, objective, best_known, bound, gap, cpu_s, wall_s, peak_mb, and, where a peer is
asked for, peer, peer_objective, peer_cpu_s and ratio (the peer's CPU seconds by ours).

A case is a module `siting_<case>.py` beside this file with `run(emit, options)`: it calls emit(model=…, …) once an
instance. Each case runs in a process of its own, so that peak memory is its own.
"""

from __future__ import annotations

import argparse
import importlib
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
BENCH = HERE.parents[1] / "shared" / "bench" / "siting"
"""Public instances, where they lie beside the checkout."""

Emit = Callable[..., None]


@dataclass(frozen=True)
class Options:
    """seconds: limit of one solve. peers: the Python that has peers installed, or nothing: measure none; peer: which
    (all if empty). only: names of instances, all if empty."""

    seconds: float
    peers: str
    peer: str
    only: tuple[str, ...]

    def wanted(self, name: str) -> bool:
        return not self.only or name in self.only


@dataclass
class Stopwatch:
    """CPU and wall seconds of a block."""

    cpu_s: float = 0.0
    wall_s: float = 0.0

    def __enter__(self) -> Stopwatch:
        self._cpu, self._wall = time.process_time(), time.perf_counter()
        return self

    def __exit__(self, *error: object) -> None:
        self.cpu_s = round(time.process_time() - self._cpu, 3)
        self.wall_s = round(time.perf_counter() - self._wall, 3)


def peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def emit(**line: Any) -> None:
    """Print one line; ratio is worked out where a peer was measured."""
    if line.get("peer_cpu_s") and line.get("cpu_s"):
        line["ratio"] = round(line["peer_cpu_s"] / line["cpu_s"], 1)
    print(json.dumps({"peak_mb": peak_mb()} | line, default=float), flush=True)


def main() -> None:
    cases = sorted(path.stem.removeprefix("siting_") for path in HERE.glob("siting_*.py"))
    parser = argparse.ArgumentParser(description="Measure the siting models.")
    parser.add_argument("cases", nargs="+", choices=cases)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--peers", default="", metavar="PYTHON", help="measure the peers installed for this Python too")
    parser.add_argument("--peer", default="", help="of the peers only this one")
    parser.add_argument("--only", default="", help="names of instances, with commas")
    given = parser.parse_args()
    if len(given.cases) > 1:
        flags = ["--seconds", str(given.seconds), "--only", given.only, "--peers", given.peers,
                 "--peer", given.peer]
        for case in given.cases:
            subprocess.run([sys.executable, __file__, case, *flags], check=True)
        return
    sys.path.insert(0, str(HERE))
    only = tuple(name for name in given.only.split(",") if name)
    importlib.import_module(f"siting_{given.cases[0]}").run(emit, Options(given.seconds, given.peers, given.peer, only))


if __name__ == "__main__":
    main()
