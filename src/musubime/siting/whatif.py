"""What if …? A changed plan in the time of a sentence, its gap in the open, and proven further in the background."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from musubime.errors import InputError
from musubime.language import Text, text

from . import _field_search as ks
from ._check import problem_faults
from ._field import Field, can_be_packed, make_field, make_ground
from ._field_tree import HEAVY, SPREAD, Leaf, Prices, bound, counted, prepare, search_tree, start_weights, state_of
from ._highs import Progress
from ._restricts import only_restricts
from ._viability import TOLERANCE
from .changes import Change, apply
from .conflict import find_conflict
from .evaluate import Evaluation, evaluate, solution, unreached
from .hubs import no_plan, solve_hubs, start_plan
from .model import Bools, HubProblem, HubSolution

WIDE_GAP = 0.02  # a bound from the first prices that is no better starts from the parts of the first problem
SHOWN_WIDE = 0.0195  # what is then aimed at
SHOWN_GAP = 0.005  # a first answer with no more than this needs no more of the talkers' time
LEAF_GAP = 0.016  # the first problem is taken apart until each part is known so well: a changed one begins with them
MOST_LEAVES = 60
FAR, KICKS = 0.01, 8
DEAR = (1.25, 1.6, 2.2, 3.5)  # times the money: plans for smaller budgets
MOST_STARTS = 30  # of the latest variants
KEPT = 200  # variants remembered


@dataclass(frozen=True)
class _Variant:
    problem: HubProblem
    solution: HubSolution
    prices: Prices | None
    proven_none: bool = False


class _Start(NamedTuple):
    """A plan, as a search begins with it."""

    hubs: tuple[int, ...]
    opened: Bools
    rescued: Bools


class WhatIf:
    """A solved hub problem that answers changes quickly. Each answer is of the first problem with *all* the changes
    given; fewer of them again is an undo, and costs nothing.

    May be used from several threads: `refine` of one variant can run while another is answered.
    """

    def __init__(
        self, problem: HubProblem, solved: HubSolution | None = None, *, seconds: float = 20.0, gap: float = 0.005,
    ) -> None:
        """solved: a solution of the problem; found here, in at most `seconds`, when there is none.

        Raises InputError with every fault of the problem.
        """
        if faults := problem_faults(problem):
            raise InputError(faults)
        self._problem = problem
        self._ground = make_ground(problem)
        self._quick = can_be_packed(problem)
        if self._quick:
            prepare()
        self._known: dict[tuple[Change, ...], _Variant] = {}
        self._lock = threading.Lock()
        if solved is None:
            solved = solve_hubs(problem, seconds=seconds, gap=gap)
        plan, prices = start_plan(problem, solved), None
        self._leaves: list[Leaf] = []
        self._thrifty: list[_Start] = []
        self._floor = solved.bound_jpy if solved.is_feasible() else -np.inf  # of every plan, and of what asks for more
        self._root_gap = 0.0  # what the bound before any branching leaves open
        if plan is not None and self._quick:
            loose = _loosened(problem)
            tree = search_tree(loose, seconds=seconds / 2, gap=LEAF_GAP, best=plan, ground=self._ground, kicks=0,
                               fix=False)
            prices = tree.prices
            self._leaves = tree.leaves if 1 < len(tree.leaves) <= MOST_LEAVES else []
            self._thrifty = self._spend_less(plan)
            self._root_gap = max(0.0, 1 - tree.root_bound / plan.objective_jpy) if plan.objective_jpy else 0.0
        self._remember((), _Variant(problem, solved, prices, solved.status == "infeasible"))

    @property
    def problem(self) -> HubProblem:
        """The problem without changes."""
        return self._problem

    @property
    def base(self) -> HubSolution:
        """The answer without changes."""
        return self._known[()].solution

    def answer(self, *changes: Change, seconds: float = 0.2, near: tuple[Change, ...] = ()) -> HubSolution:
        """A plan for the problem with these changes, and its proven gap; or why there is none.

        seconds: what may be spent after the first plan on a better one and a better bound. near: changes of a
        variant answered before, from whose plan the search starts besides the first plan and the last one.
        Raises InputError with every fault of a change. A status "unknown" means that no plan was found in the time.
        """
        with self._lock:
            if known := self._known.get(changes):
                return known.solution
        began = time.perf_counter()
        problem = apply(self._problem, *changes)
        if not self._quick:
            slow = solve_hubs(problem, seconds=max(seconds, 1.0), start=self.base)
            return self._remember(changes, _Variant(problem, slow, None, slow.status == "infeasible"))
        loose = _loosened(problem)
        variant = self._search(problem, loose, changes, near, seconds, began)
        if loose is not problem and variant.solution.is_feasible():
            held = start_plan(problem, variant.solution)
            if held is not None:
                found = solution(held, "optimal", variant.solution.bound_jpy, variant.solution.seconds)
                variant = replace(variant, problem=problem, solution=found)
            else:
                left = max(seconds / 2, began + seconds - time.perf_counter())
                variant = self._search(problem, problem, changes, near, left, time.perf_counter())
        return self._remember(changes, variant)

    def _search(
        self, asked: HubProblem, problem: HubProblem, changes: tuple[Change, ...], near: tuple[Change, ...],
        seconds: float, began: float,
    ) -> _Variant:
        """A plan for `problem`: what is asked, or that without its draws, of which the bound holds for both."""
        field = make_field(problem, self._ground)
        if field is None:
            return _nothing(problem, None, began)
        parent = self._nearest(changes, near)
        restricts = only_restricts(self._problem, asked)
        best = self._first_plan(problem, field, self._starts(parent))
        upper = best.objective_jpy if best else 2.0 * float(field.cost[field.ptr[1:] - 1].sum())
        got = bound(field, parent.prices, upper, most=15 if self._leaves else 60, step=0.5)
        left = began + seconds - time.perf_counter()
        proven, prices = got.value, got.prices
        if restricts:
            proven = max(proven, self._floor)
        if np.isfinite(proven) and left > 0 and (best is None or best.objective_jpy - proven > SHOWN_GAP * upper):
            open_gap = np.inf if best is None else (best.objective_jpy - proven) / upper
            # far more than the first problem leaves open: it is the plan that is not good yet
            kicks = KICKS if np.isinf(open_gap) or (not self._leaves and open_gap > self._root_gap + FAR) else 0
            tighter = best is not None and best.objective_jpy - got.value < (self._root_gap - FAR) * upper
            if self._leaves and not tighter and (restricts or open_gap > WIDE_GAP):
                parts = [replace(leaf, bound=leaf.bound if restricts else -np.inf) for leaf in self._leaves]
                tree = search_tree(
                    problem, seconds=left, gap=SHOWN_WIDE if open_gap > WIDE_GAP else SHOWN_GAP * 0.9, best=best,
                    prices=prices, ground=self._ground, leaves=parts, below=proven, kicks=kicks)
            else:
                tree = search_tree(
                    problem, seconds=left, gap=SHOWN_GAP * 0.9, best=best, prices=prices, ground=self._ground,
                    kicks=kicks)
            best, proven = tree.best, max(proven, tree.bound)
        if best is None:
            return _nothing(problem, proven, began)
        found = solution(best, "optimal", proven * (1 - TOLERANCE), time.perf_counter() - began)
        return _Variant(asked, found, prices)

    def refine(
        self, *changes: Change, seconds: float = 20.0, gap: float = 0.005, progress: Progress | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> HubSolution:
        """Go on with a variant until its gap is proven, time is up, or stop() says so; later answers know it.

        progress: called with (seconds, best value, bound), in yen. For a variant without a plan it looks longer for
        one, or says which requirements conflict.
        """
        shown = self.answer(*changes)
        variant = self._known.get(changes) or _Variant(apply(self._problem, *changes), shown, None)
        if shown.is_feasible() and shown.gap <= gap:
            return shown
        began = time.perf_counter()
        problem, best = variant.problem, start_plan(variant.problem, shown)
        if variant.proven_none:
            return self._remember(changes, _Variant(problem, no_plan(
                problem, "infeasible", find_conflict(problem), time.perf_counter() - began), None, False))
        if not self._quick:
            return self._remember(changes, _Variant(problem, solve_hubs(
                problem, seconds=seconds, gap=gap, start=shown, progress=progress), None))
        loose = _loosened(problem)
        tree = search_tree(
            loose, seconds=0.7 * seconds, gap=gap - 2 * TOLERANCE, best=best, prices=variant.prices,
            ground=self._ground, told=progress, stop=stop)
        if loose is not problem and tree.best is not None:
            held = _counted_with(problem, tree.best)
            if held is not None:
                tree.best = held
            else:  # the best plan without draws does not hold: its bound stays, the plan is looked for with them
                with_draws = search_tree(
                    problem, seconds=0.7 * seconds - (time.perf_counter() - began), gap=gap - 2 * TOLERANCE, best=best,
                    prices=variant.prices, ground=self._ground, told=progress, stop=stop)
                with_draws.bound = max(with_draws.bound, tree.bound)
                tree = with_draws
        spent = time.perf_counter() - began
        before = shown.bound_jpy if shown.is_feasible() else -np.inf
        if tree.best is not None:
            found = solution(tree.best, "optimal", max(before, tree.bound * (1 - TOLERANCE)), spent)
            if found.gap > gap and not (stop and stop()):
                longer = solve_hubs(problem, seconds=seconds - spent, gap=gap, start=found, progress=progress)
                if longer.is_feasible():
                    counted_again = evaluate(problem, longer.hubs, longer.building_of, longer.rescued)
                    found = solution(counted_again, "optimal", max(longer.bound_jpy, found.bound_jpy),
                                     time.perf_counter() - began)
        elif stop and stop():
            found = shown
        else:
            found = solve_hubs(problem, seconds=max(1.0, seconds - spent), gap=gap, progress=progress)
        return self._remember(changes, _Variant(problem, found, tree.prices or variant.prices))

    def _remember(self, changes: tuple[Change, ...], variant: _Variant) -> HubSolution:
        with self._lock:
            self._known[changes] = variant
            while len(self._known) > KEPT:
                del self._known[next(key for key in self._known if key)]
        return variant.solution

    def _nearest(self, changes: tuple[Change, ...], near: tuple[Change, ...]) -> _Variant:
        """The variant answered before that shares most changes: its plan and prices fit best."""
        with self._lock:
            if near in self._known and near:
                return self._known[near]
            shared = {
                key: len(set(key) & set(changes)) - len(set(key) - set(changes)) for key, v in self._known.items()
                if v.solution.is_feasible() and v.prices is not None
            }
            return self._known[max(shared, key=lambda key: shared[key])] if shared else self._known[()]

    def _starts(self, parent: _Variant) -> list[_Start]:
        """Plans to begin a search with: of the nearest variant, the first problem, what was found for others, and the
        cheap ones."""
        with self._lock:
            latest = list(self._known.values())[-MOST_STARTS:]
        seen = {id(v.solution): v.solution for v in (parent, self._known[()], *latest)}
        told = [_Start(s.hubs, s.opened, s.rescued) for s in seen.values() if s.is_feasible()]
        return [*told[:2], *self._thrifty, *told[2:]]

    def _spend_less(self, plan: Evaluation) -> list[_Start]:
        """Plans that are good where money is dear: what budgets will ask for."""
        p, found = _loosened(self._problem), []
        for dear in DEAR:
            weight = start_weights(p)
            field = make_field(replace(
                p, hub_cost_jpy=p.hub_cost_jpy * dear, building_cost_jpy=p.building_cost_jpy * dear,
                service_cost_jpy=p.service_cost_jpy * dear, rescue_cost_jpy=p.rescue_cost_jpy * dear), self._ground)
            if field is None:
                continue
            state, best = state_of(field, weight, plan.hubs, plan.opened, plan.rescued), ks.fresh(field)
            if ks.search(field, state, best, weight, np.array([1], dtype=np.uint64), KICKS, SPREAD):
                own = counted(p, field, best)
                if own is not None:
                    found.append(_Start(own.hubs, own.opened, own.rescued))
        return found

    def _first_plan(self, problem: HubProblem, field: Field, known: list[_Start]) -> Evaluation | None:
        """The best plan that short searches reach from plans of other variants: repaired with heavy weights they stay
        what they are but for what the change forbids, with light ones they may become other plans."""
        weight = start_weights(problem)

        def state(s: _Start) -> ks.State:
            return state_of(field, weight, s.hubs, s.opened, s.rescued)

        # of all the two that suit best as they are, missing things being dear, and the two nearest
        fit = sorted(range(len(known)), key=lambda n: float(ks.value(field, state(known[n]), weight * HEAVY)))
        starts = [known[n] for n in dict.fromkeys([0, 1, *fit[:2]]) if n < len(known)]
        least, at = np.inf, None
        for heavy in (HEAVY, 10.0, 1.0, 0.1):
            if heavy < 1.0 and at is not None:
                break
            for tried in [state(s) for s in starts] or [ks.fresh(field)]:
                if ks.settle(field, tried, weight * heavy, False):
                    value = float(tried.total[ks.TRAVEL] + tried.total[ks.COST])
                    if value < least:
                        least, at = value, tried
        if at is None:
            return None
        best = counted(problem, field, at)
        if ks.settle(field, at, weight * HEAVY, True):
            polished = counted(problem, field, at)
            if polished is not None and (best is None or polished.objective_jpy < best.objective_jpy):
                best = polished
        return best


def _loosened(problem: HubProblem) -> HubProblem:
    """Without draws, which make every bound slower: what is found mostly holds with them as well."""
    if problem.draws is None:
        return problem
    return replace(problem, draws=None, draw_weights=None, hold_share=0.0)


def _counted_with(problem: HubProblem, plan: Evaluation) -> Evaluation | None:
    """A plan of the loosened problem with its draws counted, if it holds in them."""
    held = evaluate(problem, plan.hubs, plan.building_of, plan.rescued)
    return None if held.broken else held


def _nothing(problem: HubProblem, proven: float | None, began: float) -> _Variant:
    """No plan was found. proven: its bound, inf or None where it is certain that there is none."""
    spent = time.perf_counter() - began
    certain = proven is None or bool(np.isinf(proven))
    if certain:
        return _Variant(problem, no_plan(problem, "infeasible", _reasons(problem), spent), None, True)
    reason = text("no plan was found in {seconds:.1f} seconds, nor proven impossible", seconds=spent)
    return _Variant(problem, no_plan(problem, "unknown", (reason,), spent), None)


def _reasons(problem: HubProblem) -> tuple[Text, ...]:
    """What can be said at once about why there is no plan; `refine` finds the smallest set that conflicts."""
    may = problem.existing | problem.rescue | problem.may_open
    may[list(problem.never_hubs)] &= (problem.existing | problem.rescue)[list(problem.never_hubs)]
    reasons = [
        text("nothing could bring {service} within reach of {settlement}", service=problem.service_ids[s],
             settlement=problem.settlement_ids[i])
        for i, s in unreached(problem, may)[:5]
    ]
    both = sorted(set(problem.must_hubs) & set(problem.never_hubs))
    reasons += [text("{place} must be and must not be a hub", place=problem.place_ids[j]) for j in both]
    must = len({*problem.must_hubs, *(j for j, _, _ in problem.must_open)})
    most = min((x for x in (problem.hubs, problem.max_hubs) if x is not None), default=None)
    if most is not None and must > most:
        reasons.append(text("{must} places must be hubs, but only {most} are allowed", must=must, most=most))
    for j, s, b in problem.must_open:
        if problem.existing[j, s] or not problem.may_open[j, s] or j in problem.never_hubs:
            reasons.append(text("{service} cannot be opened at {place}", service=problem.service_ids[s],
                                place=problem.place_ids[j]))
        elif b >= 0 and problem.floor_m2[b] < problem.service_floor_m2[s]:
            reasons.append(text("{service} does not fit into {building}", service=problem.service_ids[s],
                                building=problem.building_ids[b]))
    return tuple(reasons) or (text("what is asked for cannot hold together"),)
