"""The main job: diagnose, look ahead, site, and put it all into one document."""

from __future__ import annotations

import time
from collections.abc import Callable

from musubime import parameters as shipped
from musubime.errors import InputError
from musubime.language import Text, text
from musubime.provenance import Ledger
from musubime.region import Region

from .alternatives import find_alternatives, try_sensitivity
from .assemble import assemble
from .basis import problem_of_plan
from .document import PlanDocument
from .options import PlanOptions
from .outlook import look_ahead
from .today import look_at_today


def plan_region(
    region: Region, options: PlanOptions, progress: Callable[[Text], None] | None = None
) -> tuple[PlanDocument, dict[str, float]]:
    """Plan a region. Returns the document and the seconds that each stage took.

    Raises InputError with every fault of the region and of the options at once.
    """
    say = progress or (lambda _: None)
    faults = [*region.check(), *options.faults(region)]
    if blocking := [fault for fault in faults if fault.blocks]:
        raise InputError(blocking)
    parameters = shipped.load(overrides=region.parameters)
    ledger = Ledger(list(region.ledger.sources), list(region.ledger.notes))
    ledger.note(
        "assumption", text("Doubtful entries of the region were used as they stand; `musubime check` lists them."),
        count=len(faults), examples=[str(fault.what) for fault in faults],
    )
    unsourced = [p.name for p in parameters.values() if p.overridden and p.source == "region.toml"]
    ledger.note(
        "assumption",
        text("The region's own values of parameters are used as they stand; no source is given for them."),
        count=len(unsourced), examples=unsourced[:5], source="region.toml",
    )
    seconds: dict[str, float] = {}

    def stage(name: str, message: Text) -> Callable[[], None]:
        say(message)
        began = time.perf_counter()

        def done() -> None:
            seconds[name] = time.perf_counter() - began

        return done

    done = stage("diagnose", text("Looking at who reaches what today"))
    today = look_at_today(region, parameters, ledger)
    done()
    done = stage("outlook", text("Projecting people to {year}", year=options.years[-1]))
    outlook = look_ahead(today, options.years, options.plan_year, options.seed)
    done()
    done = stage("site", text("Looking for hubs"))
    problem = problem_of_plan(today, outlook, options)
    answers = find_alternatives(problem, options.seconds_per_solve, say)
    done()
    done = stage("sensitivity", text("Moving thresholds and weights"))
    trials = try_sensitivity(problem, answers[0].solution, parameters, options.seconds_per_solve, say)
    done()
    done = stage("assemble", text("Putting the plan together"))
    ledger.notes.extend(outlook.projection.notes)
    document = assemble(today, outlook, answers, trials, ledger, options)
    done()
    return document, seconds

