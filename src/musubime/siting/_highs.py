"""The one place where HiGHS is called."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musubime.region import Floats

Progress = Callable[[float, float, float], None]
"""Called with (seconds, best value so far or inf, proven bound or -inf)."""


@dataclass(frozen=True)
class MilpAnswer:
    """status: "optimal" (to the gap asked for), "infeasible" or "stopped". values: None when none was found."""

    status: str
    values: Floats | None
    bound: float


@contextlib.contextmanager
def _quiet_stdout() -> Iterator[None]:
    """Send what C code writes to standard output nowhere: with `--json` it belongs to one JSON object."""
    sys.stdout.flush()
    kept = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def new_highs(**options: Any) -> Any:
    """A silent, single-threaded HiGHS: the same run gives the same answer whatever else the machine does."""
    import highspy

    with _quiet_stdout():  # HiGHS 1.16 prints its banner while it is made, before it can be told not to
        highs = highspy.Highs()  # type: ignore[no-untyped-call]
    highs.silent()
    for name, value in ({"threads": 1, "random_seed": 1} | options).items():
        highs.setOptionValue(name, value)
    return highs


def pass_program(
    highs: Any, *, cost: Floats, constant: float, lower: Floats, upper: Floats, row_lower: Floats,
    row_upper: Floats, start: NDArray[np.int32], index: NDArray[np.int32], value: Floats,
    integer: NDArray[np.int32], maximize: bool = False,
) -> None:
    """Hand over a program by rows."""
    highs.passModel(
        len(cost), len(row_lower), len(index), 2, -1 if maximize else 1, float(constant), cost, lower, upper,
        row_lower, row_upper, start[:-1], index, value, integer,
    )


def run_milp(
    highs: Any, *, seconds: float, gap: float, start_values: Floats | None, abs_gap: float = 0.0,
    progress: Progress | None = None,
) -> MilpAnswer:
    """Run what was passed, with a start if there is one."""
    import highspy

    highs.setOptionValue("time_limit", max(0.01, seconds))
    highs.setOptionValue("mip_rel_gap", gap)
    highs.setOptionValue("mip_abs_gap", abs_gap)
    if start_values is not None:
        solution = highspy.HighsSolution()
        solution.col_value = list(start_values)
        highs.setSolution(solution)
    if progress is not None:
        began = time.perf_counter()

        def told(event: Any) -> None:
            out = event.data_out
            progress(time.perf_counter() - began, float(out.mip_primal_bound), float(out.mip_dual_bound))

        highs.cbMipLogging += told
        highs.cbMipImprovingSolution += told
    highs.run()
    model_status = highs.getModelStatus()
    info = highs.getInfo()
    if model_status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
        return MilpAnswer("infeasible", None, float("inf"))
    solved = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    values = np.array(highs.getSolution().col_value) if solved else None
    status = "optimal" if model_status == highspy.HighsModelStatus.kOptimal else "stopped"
    return MilpAnswer(status, values, float(info.mip_dual_bound))
