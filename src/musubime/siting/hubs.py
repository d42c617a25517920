"""Solve the hub problem exactly, with a proven bound."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Literal

import numpy as np

from musubime.errors import InputError
from musubime.language import Text, text

from ._check import problem_faults
from ._core import make_core
from ._field import can_be_packed
from ._highs import Progress, new_highs, pass_program, run_milp
from ._milp import Program, column_values, decision_of, make_program
from ._viability import TOLERANCE
from .conflict import find_conflict
from .evaluate import Evaluation, evaluate, solution, without_plan
from .model import HubProblem, HubSolution

LARGE = 2000  # links of ordered lists from which the tree of Lagrangian bounds is quicker than one program
LOOSE_SHARE = 0.75  # of the time, in which the problem is looked at without its draws
TREE_SHARE = 0.6  # of the time, before what is left goes to the one program


def solve_hubs(
    problem: HubProblem, *, seconds: float = 60.0, gap: float = 0.005, start: HubSolution | None = None,
    progress: Progress | None = None,
) -> HubSolution:
    """The plan of least yearly social cost, to a relative `gap`, or the best found in `seconds`.

    start: an earlier solution of a similar problem; what still holds of it is a first plan.
    progress: called with (seconds, best value so far, proven bound), both in yen.
    Raises InputError with every fault of the problem. When no plan meets all requirements the result says which
    of them conflict; when none was found in time its status is "unknown".
    """
    faults = problem_faults(problem)
    if faults:
        raise InputError(faults)
    began = time.perf_counter()
    if problem.draws is not None and problem.hold_share > 0:
        # the draws make every bound slower; where the best plan without them holds anyhow, it is the best with them
        loose = solve_hubs(replace(problem, hold_share=0.0), seconds=LOOSE_SHARE * seconds, gap=gap, start=start,
                           progress=progress)
        held = start_plan(problem, loose)
        if held is not None and loose.gap <= max(gap, 2 * TOLERANCE):
            return solution(held, "optimal", loose.bound_jpy, time.perf_counter() - began)
        seconds = max(seconds - (time.perf_counter() - began), (1 - LOOSE_SHARE) * seconds)
        start = loose if held is not None else start
        began = time.perf_counter()
    core = make_core(problem)
    warm = start_plan(problem, start)
    proven = -np.inf
    if len(core.links) >= LARGE and can_be_packed(problem):
        from ._field_tree import prepare, search_tree  # numba kernels: small problems do not wait for them

        prepare()
        began = time.perf_counter()
        tree = search_tree(
            problem, seconds=TREE_SHARE * seconds, gap=max(gap - 2 * TOLERANCE, 0.0), best=warm, told=progress)
        warm, proven = tree.best, tree.bound * (1 - TOLERANCE)
        spent = time.perf_counter() - began
        if warm is not None and warm.objective_jpy - proven <= gap * warm.objective_jpy:
            return solution(warm, "optimal", proven, spent)
        if warm is None and np.isinf(tree.bound):
            return no_plan(problem, "infeasible", find_conflict(problem), time.perf_counter() - began)
    program = make_program(core)

    def told(at: float, value: float, bound: float) -> None:
        if progress:
            progress(at, value * program.scale_jpy, bound * program.scale_jpy)

    best = warm
    for tolerance in (TOLERANCE, 1e-9):  # the second only if the first plan, counted out, misses a requirement
        highs = new_highs(mip_feasibility_tolerance=tolerance, primal_feasibility_tolerance=tolerance)
        hand_over(highs, program)
        answer = run_milp(
            highs, seconds=seconds - (time.perf_counter() - began), gap=max(gap - TOLERANCE, 0.0),
            start_values=column_values(program, best) if best is not None else None,
            progress=told if progress else None,
        )
        if answer.values is None:
            break
        counted = evaluate(problem, *decision_of(program, answer.values))
        if not counted.broken:
            if best is None or counted.objective_jpy < best.objective_jpy:
                best = counted
            break
    spent = time.perf_counter() - began
    if best is not None:
        # HiGHS works to tolerances: its bound is lowered by as much before it is called proven
        bound = answer.bound * program.scale_jpy
        return solution(best, answer.status, max(bound - TOLERANCE * abs(bound), proven), spent)
    if answer.status == "infeasible":
        return no_plan(problem, "infeasible", find_conflict(problem), time.perf_counter() - began)
    reason = text("no plan was found in {seconds:.0f} seconds, nor proven impossible", seconds=seconds)
    return no_plan(problem, "unknown", (reason,), spent)


def hand_over(highs: object, program: Program) -> None:
    """Pass a program of hubs to HiGHS."""
    pass_program(
        highs, cost=program.cost, constant=program.constant, lower=program.lower, upper=program.upper,
        row_lower=program.row_lower, row_upper=program.row_upper, start=program.start, index=program.index,
        value=program.value, integer=program.integer,
    )


def no_plan(
    problem: HubProblem, status: Literal["infeasible", "unknown"], reasons: tuple[Text, ...], seconds: float,
) -> HubSolution:
    """A result without a plan: its decisions are those of doing nothing, and count for nothing."""
    nothing = without_plan(problem)
    return replace(
        nothing, status=status, objective_jpy=float("inf"), bound_jpy=float("inf"), gap=0.0, seconds=seconds,
        conflict=tuple(str(reason) for reason in reasons), conflict_texts=reasons,
    )


def start_plan(problem: HubProblem, start: HubSolution | None) -> Evaluation | None:
    """The start as a plan of this problem, if it still is one."""
    if start is None or not start.is_feasible() or start.building_of.shape != problem.existing.shape:
        return None
    building_of = np.where(problem.may_open & ~problem.existing, start.building_of, -1)
    counted = evaluate(problem, start.hubs, building_of, start.rescued & problem.rescue & ~problem.existing)
    return None if counted.broken else counted
