"""The peers of the p-median case, each in a process of its own, in the Python that has them installed.

    python -m venv peers && peers/bin/pip install spopt pbp-pmedian highspy pulp
    python benchmarks/siting.py pmed --peers peers/bin/python

Run as a program it solves one table of costs: siting_peers.py PEER COSTS.npy P SECONDS.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

PEERS = ("spopt", "pbp-pmedian")


def peer_lines(python: str, cost: np.ndarray, p: int, seconds: float, only: str = "") -> Iterator[dict[str, Any]]:
    """What each peer reports: its objective, whether it says optimal, CPU seconds and memory of its process."""
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "cost.npy"
        np.save(file, cost)
        for name in [only] if only else PEERS:
            limit = f"import resource; resource.setrlimit(resource.RLIMIT_CPU, ({int(2 * seconds) + 60},) * 2)"
            code = f"{limit}; import runpy, sys; sys.argv = {['x', name, str(file), str(p), str(seconds)]!r}; " \
                   f"runpy.run_path({__file__!r}, run_name='__main__')"
            ran = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
            last = (ran.stdout.strip().splitlines() or [""])[-1]
            if last.startswith("{"):
                yield json.loads(last)
            else:
                yield {"peer": name, "peer_status": (ran.stderr.strip().splitlines() or ["killed at the limit"])[-1]}


def _spopt(cost: np.ndarray, p: int, seconds: float) -> tuple[float, str]:
    import pulp
    from spopt.locate import PMedian

    solver = pulp.HiGHS(msg=False, timeLimit=seconds, threads=1)
    model = PMedian.from_cost_matrix(cost, np.ones(len(cost)), p_facilities=p).solve(solver)
    return float(model.problem.objective.value()), pulp.LpStatus[model.problem.status]


def _pbp(cost: np.ndarray, p: int, seconds: float) -> tuple[float, str]:
    import pbp_pmedian

    value, _, _, status, engine = pbp_pmedian.solve(cost.T.copy(), p, time_limit=seconds)
    return float(value), f"{status} ({engine})"


def main(name: str, file: str, p: str, seconds: str) -> None:
    cost = np.load(file)
    began, wall = time.process_time(), time.perf_counter()
    value, status = {"spopt": _spopt, "pbp-pmedian": _pbp}[name](cost, int(p), float(seconds))
    print(json.dumps({
        "peer": name, "peer_objective": value, "peer_status": status,
        "peer_cpu_s": round(time.process_time() - began, 2), "peer_wall_s": round(time.perf_counter() - wall, 2),
        "peer_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }))


if __name__ == "__main__":
    main(*sys.argv[1:])
