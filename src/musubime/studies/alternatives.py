"""Three to five answers to different questions, and which hubs stay when thresholds and weights move."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from musubime.errors import Fault, InputError
from musubime.language import Text, text
from musubime.parameters import Parameters
from musubime.siting import HubProblem, HubSolution, solve_hubs

Progress = Callable[[Text], None]

GAP = 1e-4  # of the reference; what the time does not allow is reported as the gap reached
DEPARTURE_GAP = 1e-3
WORST_GAP = 0.02  # a departure known no better is left out: it would be compared with proven ones
SENSITIVITY_GAP = 0.005  # enough to see whether a hub stays


@dataclass(frozen=True)
class Answer:
    """One alternative: what it asks, and what was found."""

    id: str
    name: Text
    question: Text
    problem: HubProblem
    solution: HubSolution


@dataclass(frozen=True)
class Trial:
    """One row of the sensitivity table."""

    change: Text
    solution: HubSolution


def find_alternatives(problem: HubProblem, seconds: float, progress: Progress) -> list[Answer]:
    """The reference first, then departures from it: fewer and more hubs, cheaper, fairer.

    A departure that finds no plan in time, or the same hubs and services as one before it, is left out. Raises
    InputError with the requirements that conflict when there is no reference.
    """
    progress(text("Siting: the reference"))
    answers = [answer_reference(problem, seconds)]
    reference = answers[0].solution
    if not reference.is_feasible():
        raise InputError(no_reference(reference))
    for name, steps in _departures(problem, reference):
        for key, asked, changed in steps:
            progress(text("Siting: {name}", name=name))
            found = solve_hubs(changed, seconds=seconds, gap=DEPARTURE_GAP, start=reference)
            if found.is_feasible() and found.gap > WORST_GAP:
                found = solve_hubs(changed, seconds=3 * seconds, gap=DEPARTURE_GAP, start=found)
            if not found.is_feasible() or found.gap > WORST_GAP:
                break
            if not any(_same(found, answer.solution) for answer in answers):
                answers.append(Answer(key, name, asked, changed, found))
                break
    return answers


def answer_reference(problem: HubProblem, seconds: float) -> Answer:
    """The first answer of a plan; it may say that there is none."""
    question = (
        text("Where should exactly {hubs} hubs be?", hubs=problem.hubs) if problem.hubs is not None
        else text("How many hubs, and where, cost residents, town and RMO least in all?")
    )
    return Answer("reference", text("Reference"), question, problem, solve_hubs(problem, seconds=3 * seconds, gap=GAP))


def no_reference(found: HubSolution) -> list[Fault]:
    """Why there is no plan."""
    return [
        Fault(text(
            "No plan meets everything that was asked; this is one of the requirements that conflict: {reason}.",
            reason=reason),
              text("Give up any one of them, or change its figure."))
        for reason in found.why()
    ]


Step = tuple[str, Text, HubProblem]


def _departures(problem: HubProblem, reference: HubSolution) -> Iterator[tuple[Text, list[Step]]]:
    """Each departure with the steps to try until one leads elsewhere."""
    hubs, step = len(reference.hubs), max(1, round(len(reference.hubs) / 3))
    if hubs > 1:
        fewer = max(1, hubs - step)
        yield text("Fewer hubs"), [
            ("fewer", text("What if there are only {hubs} hubs?", hubs=fewer), replace(problem, hubs=fewer)),
        ]
    more = hubs + step
    yield text("More hubs"), [
        ("more", text("What if there are {hubs} hubs?", hubs=more), replace(problem, hubs=more)),
    ]
    if reference.cost_jpy > 0:
        yield text("Cheaper"), [
            ("cheaper", text("What if town and RMO can pay only {budget:,.0f} yen a year?", budget=budget),
             replace(problem, hubs=None, budget_jpy=budget))
            for budget in (np.floor(share * reference.cost_jpy / 1e5) * 1e5 for share in (0.7, 0.5, 0.3))
        ]
    yield text("Fairer"), [
        ("fairer", text("What if a trip that cannot be made counts {times} times as much?", times=times),
         replace(problem, hubs=None, unserved_min=times * problem.unserved_min))
        for times in (2, 4, 8)
    ]


def _same(a: HubSolution, b: HubSolution) -> bool:
    return a.hubs == b.hubs and bool((a.offered == b.offered).all())


def try_sensitivity(
    problem: HubProblem, reference: HubSolution, parameters: Parameters, seconds: float, progress: Progress
) -> list[Trial]:
    """Solve again with one thing moved at a time, by `plan.sensitivity_share` up and down."""
    share = parameters.number("plan.sensitivity_share")
    trials: list[Trial] = []
    for sign in (1 + share, 1 - share):
        moved: list[tuple[Text, HubProblem]] = [
            (text("Fewest users of a service × {factor:.1f}", factor=sign),
             replace(problem, min_users=problem.min_users * sign)),
            (text("Value of a minute × {factor:.1f}", factor=sign),
             replace(problem, jpy_per_minute=problem.jpy_per_minute * sign)),
            (text("Costs of hubs, buildings and services × {factor:.1f}", factor=sign),
             replace(problem, hub_cost_jpy=problem.hub_cost_jpy * sign,
                     building_cost_jpy=problem.building_cost_jpy * sign,
                     service_cost_jpy=problem.service_cost_jpy * sign,
                     rescue_cost_jpy=problem.rescue_cost_jpy * sign)),
            (text("Travel limits × {factor:.1f}", factor=sign), replace(problem, limit_min=problem.limit_min * sign)),
            (text("People in every settlement × {factor:.1f}", factor=sign),
             replace(problem, users=problem.users * sign,
                     draws=None if problem.draws is None else problem.draws * sign)),
        ]
        for change, changed in moved:
            progress(text("Sensitivity: {change}", change=change))
            found = solve_hubs(changed, seconds=seconds, gap=SENSITIVITY_GAP, start=reference)
            if found.is_feasible():
                trials.append(Trial(change, found))
    return trials
