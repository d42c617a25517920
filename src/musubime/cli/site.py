"""musubime site INPUT --model MODEL"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from musubime.errors import InputError
from musubime.language import Text, text
from musubime.region import Region
from musubime.reports import publish_site
from musubime.studies.site import MODELS, SiteAnswer, SiteOptions, make_ready, solve_sites
from musubime.studies.site_input import FORMATS
from musubime.studies.site_plan import HubAnswer, solve_plan

from ._terminal import JsonOption, command, progress, say

TOLD_EVERY_S = 5.0


def register(app: typer.Typer) -> None:
    app.command("site", help=str(text(
        "Where sites should stand, with a proof of how good the answer is; for a region or a public instance's file. "
        "Example: musubime site town --model p-median --p 3"
    )))(site)


@command
def site(
    source: Annotated[Path, typer.Argument(metavar="INPUT", help=str(text(
        "Folder of a region, or a file of an instance.")))],
    model: Annotated[str, typer.Option(metavar="|".join(MODELS), help=str(text("What is asked.")))],
    p: Annotated[int | None, typer.Option("--p", help=str(text("Exactly so many sites.")))] = None,
    limit: Annotated[float | None, typer.Option(help=str(text(
        "Coverage: how far a site reaches, in minutes or the file's unit.")))] = None,
    seconds: Annotated[float, typer.Option(help=str(text("Longest time to look for it.")))] = 300.0,
    gap: Annotated[float, typer.Option(help=str(text("Stop when so near the best possible, as a share.")))] = 0.0,
    seed: Annotated[int, typer.Option(help=str(text("Seed of every random choice.")))] = 1,
    format: Annotated[str | None, typer.Option(metavar="|".join(FORMATS), help=str(text(
        "Format of the input; when left out the file is looked at.")))] = None,
    problem: Annotated[int, typer.Option(help=str(text("Number of the problem in a file that holds several.")))] = 1,
    service: Annotated[str | None, typer.Option(metavar="ID", help=str(text(
        "Region: count the users of one service instead of all people.")))] = None,
    must: Annotated[list[str] | None, typer.Option(metavar="ID", help=str(text(
        "A site that stands already; may be given again. `existing`: all that offer the service.")))] = None,
    capacity: Annotated[float | None, typer.Option(help=str(text("What each site can hold.")))] = None,
    open_cost: Annotated[float | None, typer.Option(help=str(text("What opening a site costs.")))] = None,
    whole: Annotated[bool, typer.Option("--whole", help=str(text(
        "Everybody of a client goes to one site; else a client may be split where room is short.")))] = False,
    reachable_only: Annotated[bool, typer.Option("--reachable-only", help=str(text(
        "Leave out, and list, clients whom no site reaches.")))] = False,
    out: Annotated[Path | None, typer.Option(help=str(text("Folder for site.csv and site.json.")))] = None,
    json: JsonOption = False,
) -> dict[str, Any]:
    options = SiteOptions(
        model, p, limit, seconds, gap, seed, format, problem, service, tuple(must or ()), capacity, open_cost, whole,
        reachable_only)
    if model == "plan":
        if faults := list(options.faults(source.is_dir())):
            raise InputError(faults)
        began = time.process_time()
        hubs = solve_plan(Region.open(source), p, seconds, gap, progress)
        _say_plan(hubs, json=json)
        return _plan_summary(hubs, options) | _spent(began)
    make_ready(model)
    began = time.process_time()
    answer = solve_sites(source, options, progress, _Progress())
    summary = _summary(answer)
    _say(answer, json=json)
    files: list[Path] = []
    if out is not None and answer.solution.is_feasible():
        files = publish_site(answer, summary, out)
        for file in files:
            say(text("Open {path}", path=str(file)), json=json)
    return summary | {"files": [str(file) for file in files]} | _spent(began)


def _spent(began: float) -> dict[str, float]:
    """CPU seconds of reading and solving; of the whole process, with Python, libraries and compiled loops; memory."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"cpu_s": round(time.process_time() - began, 3), "process_cpu_s": round(time.process_time(), 3),
            "peak_mb": round(peak / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)}


class _Progress:
    """Tells value and bound, at most once in some seconds."""

    def __init__(self) -> None:
        self.last = time.perf_counter()

    def __call__(self, seconds: float, value: float, bound: float) -> None:
        if time.perf_counter() - self.last >= TOLD_EVERY_S:
            self.last = time.perf_counter()
            progress(text("{seconds:.0f} s: best {value:,.8g}, proven bound {bound:,.8g}", seconds=seconds,
                          value=value, bound=bound))


def _summary(answer: SiteAnswer) -> dict[str, Any]:
    given, solution, options = answer.given, answer.solution, answer.options
    found = solution.is_feasible()
    names = {given.site_ids[j]: given.site(j) for j in solution.open} if given.site_names else None
    return {
        "model": options.model, "input": given.name, "format": given.format, "clients": len(given.client_ids),
        "sites": len(given.site_ids), "p": options.p if options.p is not None else given.p,
        "seed": options.seed, "status": solution.status,
        "objective": solution.objective if found else None, "bound": solution.bound if found else None,
        "gap": solution.gap if found else None, "open": [given.site_ids[j] for j in solution.open],
        **({"open_names": list(names.values())} if names else {}),
        "out_of_reach": [given.client_ids[i] for i in answer.out_of_reach], "left_out": list(answer.left_out),
        "why": [str(reason) for reason in answer.why], "conflict": list(answer.conflict),
        "notes": [str(note) for note in answer.notes], "seconds": round(solution.seconds, 3),
    }


def _say(answer: SiteAnswer, *, json: bool) -> None:
    given, solution = answer.given, answer.solution
    for note in answer.notes:
        say(note, json=json)
    if not solution.is_feasible():
        say(text("There is no solution:") if solution.status == "infeasible" else text("No solution was found:"),
            json=json)
        for reason in answer.why:
            say(text("- {reason}", reason=reason), json=json)
        return
    names = [given.site(j) for j in solution.open]
    say(text("{count} of {sites} sites: {names}", count=len(names), sites=len(given.site_ids),
             names=", ".join(names[:20]) + (" …" if len(names) > 20 else "")), json=json)
    say(_objective(answer), json=json)
    say(text("Proven: nothing better exists.") if solution.status == "optimal" else
        text("Proven to within {gap:.2%} of the best possible (bound {bound:,.8g}); more time may find better.",
             gap=solution.gap, bound=solution.bound), json=json)
    if answer.out_of_reach:
        lost = [given.client(i) for i in answer.out_of_reach]
        weight = float(given.weight[list(answer.out_of_reach)].sum())
        who = ", ".join(lost[:10]) + (" …" if len(lost) > 10 else "")
        say(text("{count} settlements with {weight:,.0f} people are out of reach: {who}", count=len(lost),
                 weight=weight, who=who) if given.from_region else
            text("{count} clients, weighing {weight:,.0f}, are out of reach: {who}", count=len(lost), weight=weight,
                 who=who), json=json)


def _objective(answer: SiteAnswer) -> Text:
    """The objective in words."""
    given, solution, model = answer.given, answer.solution, answer.options.model
    value, total = solution.objective, float(given.weight.sum())
    if model == "coverage":
        return text("{value:,.0f} of {total:,.0f} people are reached.", value=value, total=total) if given.from_region \
            else text("A weight of {value:,.8g} of {total:,.8g} is reached.", value=value, total=total)
    if model == "set-cover":
        return text("They reach everybody, at a cost of {value:,.8g} (1 a site where no cost is given).", value=value)
    if model == "p-center":
        ways = np.array([answer.way(i) for i in range(len(given.client_ids))])
        who = given.client(int(ways.argmax()))
        return text("The longest way is {value:.1f} min, from {who}.", value=value, who=who) if given.from_region \
            else text("The longest way is {value:,.8g}, from {who}.", value=value, who=who)
    if model == "p-median" and given.from_region:
        return text("People go {mean:.1f} min on average, {total:,.0f} people in all (objective {value:,.8g}).",
                    mean=value / total if total else 0.0, total=total, value=value)
    if model == "p-median":
        return text("The weighted ways add up to {value:,.8g}.", value=value)
    opening = float(given.open_cost[list(solution.open)].sum()) if given.open_cost is not None else 0.0
    if given.from_region:
        return text("{value:,.0f} JPY a year in all: {opening:,.0f} for the sites, {ways:,.0f} for people's time.",
                    value=value, opening=opening, ways=value - opening)
    return text("It costs {value:,.10g}: {opening:,.10g} to open the sites and {ways:,.10g} to serve.", value=value,
                opening=opening, ways=value - opening)


def _plan_summary(found: HubAnswer, options: SiteOptions) -> dict[str, Any]:
    problem, solution = found.problem, found.solution
    usable = solution.is_feasible()
    return {
        "model": "plan", "format": "region", "clients": len(problem.settlement_ids), "sites": len(problem.place_ids),
        "p": options.p, "years": list(problem.years), "status": solution.status,
        "objective": solution.objective_jpy if usable else None, "bound": solution.bound_jpy if usable else None,
        "gap": solution.gap if usable else None, "open": [problem.place_ids[j] for j in solution.hubs],
        "open_names": [found.names[j] for j in solution.hubs],
        "cost_jpy_per_year": solution.cost_jpy if usable else None,
        "why": [str(reason) for reason in solution.why()], "seconds": round(solution.seconds, 3), "files": [],
    }


def _say_plan(found: HubAnswer, *, json: bool) -> None:
    solution = found.solution
    if not solution.is_feasible():
        say(text("There is no solution:") if solution.status == "infeasible" else text("No solution was found:"),
            json=json)
        for reason in solution.why():
            say(text("- {reason}", reason=reason), json=json)
        return
    say(text("{count} of {sites} sites: {names}", count=len(solution.hubs), sites=len(found.problem.place_ids),
             names=", ".join(found.names[j] for j in solution.hubs)), json=json)
    say(text("Cost {cost:,.0f} JPY a year; proven within {gap:.2%} of the best for this model.",
             cost=solution.cost_jpy, gap=solution.gap), json=json)
