"""One problem of sites: which model, what must hold, the answer in the ids of the region or the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from musubime.errors import Fault, InputError
from musubime.language import Text, text
from musubime.region import Floats, Region
from musubime.siting import (
    FacilityLocation,
    MaxCover,
    PCenter,
    PMedian,
    SetCover,
    SiteSolution,
    solve_facility_location,
    solve_max_cover,
    solve_p_center,
    solve_p_median,
    solve_set_cover,
)

from .site_input import FORMATS, SiteInput, Told, input_of_file, input_of_region

MODELS = ("p-median", "p-center", "coverage", "set-cover", "cfl", "ufl", "plan")
PAIR_BYTES = {"p-median": 40.0, "p-center": 40.0, "coverage": 30.0, "set-cover": 30.0, "ufl": 40.0, "cfl": 70.0}
Progress = Callable[[float, float, float], None]


@dataclass(frozen=True)
class SiteOptions:
    """What `musubime site` may be asked. limit: minutes, or the file's unit. must: ids of sites, or "existing".

    capacity, open_cost: the same for every site, in place of the input's own. whole: nobody's demand is split.
    reachable_only: clients whom no site reaches are left out of the problem and listed.
    """

    model: str
    p: int | None = None
    limit: float | None = None
    seconds: float = 300.0
    gap: float = 0.0
    seed: int = 1
    format: str | None = None
    problem: int = 1
    service: str | None = None
    must: tuple[str, ...] = ()
    capacity: float | None = None
    open_cost: float | None = None
    whole: bool = False
    reachable_only: bool = False

    def faults(self, is_folder: bool) -> Iterator[Fault]:
        """Every option that is wrong by itself."""
        if self.model not in MODELS:
            yield Fault(text("There is no model of this name."), text("Give one of {names}.", names=", ".join(MODELS)),
                        field="--model", value=self.model)
        if self.format is not None and (self.format not in FORMATS or (self.format == "region") != is_folder):
            yield Fault(
                text("The input is not of this format."),
                text("A region is a folder; of a file give one of {names}, or nothing: the file is looked at.",
                     names=", ".join(FORMATS[1:])), field="--format", value=self.format)
        for name, value, least in (("--seconds", self.seconds, 0.0), ("--limit", self.limit, None),
                                   ("--capacity", self.capacity, None), ("--open-cost", self.open_cost, None)):
            if value is not None and not (np.isfinite(value) and (value > 0 if least is not None else value >= 0)):
                yield Fault(
                    text("This is no number above zero.") if least is not None
                    else text("This is no number of zero or more."),
                    text("Give a number, for example {example}.", example=60), field=name, value=str(value))
        if not 0 <= self.gap < 1:
            yield Fault(text("A gap is a share from 0 to below 1."), text("Give for example 0.01 for one percent."),
                        field="--gap", value=str(self.gap))
        if not 0 <= self.seed < 2**31:
            yield Fault(text("A seed is a whole number from 0 to 2,147,483,647."), text("Give for example 1."),
                        field="--seed", value=str(self.seed))
        if self.p is not None and self.p < 1:
            yield Fault(text("At least one site must be asked for."), text("Give 1 or more."), field="--p",
                        value=str(self.p))
        if self.problem < 1:
            yield Fault(text("Problems of a file count from 1."), text("Give 1 or more."), field="--problem",
                        value=str(self.problem))
        yield from self._foreign(is_folder)

    def _foreign(self, is_folder: bool) -> Iterator[Fault]:
        """Options that would change nothing, which somebody surely meant otherwise."""
        covering = {"coverage", "set-cover"}
        foreign: list[tuple[str, bool, object]] = [
            ("--limit", self.model in MODELS and self.model not in covering, self.limit),
            ("--p", self.model == "set-cover", self.p),
            ("--capacity", self.model in {*covering, "p-center", "ufl", "plan"}, self.capacity),
            ("--whole", self.model in {*covering, "p-center", "ufl", "plan"}, self.whole or None),
            ("--open-cost", self.model in {"coverage", "p-center", "p-median", "plan"}, self.open_cost),
            ("--service", not is_folder or self.model == "plan", self.service),
            ("--must", self.model == "plan", self.must or None),
            ("--reachable-only", self.model in {"coverage", "plan"}, self.reachable_only or None),
        ]
        for name, is_foreign, value in foreign:
            if is_foreign and value is not None:
                yield Fault(text("The option changes nothing for this model and input."), text("Leave it out."),
                            field=name, value="" if value is True else str(value))
        if self.model == "plan" and not is_folder:
            yield Fault(text("The plan model needs a region."), text("Give the folder of a region."), field="--model",
                        value=self.model)


@dataclass(frozen=True)
class SiteAnswer:
    """given: the input as solved. values are those of the solution, in ids. out_of_reach: positions of clients that no
    open site reaches (within the limit, where there is one). left_out: ids of clients outside the problem.
    used: capacity and opening costs that applied. conflict: ids of clients that cannot be served together."""

    options: SiteOptions
    given: SiteInput
    solution: SiteSolution
    out_of_reach: tuple[int, ...]
    left_out: tuple[str, ...]
    conflict: tuple[str, ...]
    notes: tuple[Text, ...]
    why: tuple[Text, ...]
    capacitated: bool

    def way(self, i: int) -> float:
        """The cost from a client to its site."""
        j = int(self.solution.assigned[i])
        return float(self.given.cost[i, j]) if j >= 0 else float("inf")


def solve_sites(
    source: Path, options: SiteOptions, told: Told, progress: Progress | None = None
) -> SiteAnswer:
    """Read the input and solve one model. Raises InputError with every fault of options and input."""
    is_folder = source.is_dir()
    if faults := list(options.faults(is_folder)):
        raise InputError(faults)
    if is_folder:
        given = input_of_region(Region.open(source), options.service, told)
    else:
        given = input_of_file(source, options.format, options.problem, PAIR_BYTES.get(options.model, 40.0))
    return answer_of(given, options, told, progress)


def make_ready(model: str) -> None:
    """Load the compiled loops of a model, or compile them, which a machine does once and which takes up to half a
    minute: on a small instance, so that neither the limit of seconds nor the CPU seconds told are those of compiling.
    """
    rng = np.random.default_rng(1)
    spots = rng.random((90, 2))
    cost = np.round(1000 * np.hypot(*(spots[:, None] - spots[None]).transpose(2, 0, 1)))
    ones = np.ones(len(cost))
    if model == "p-median":
        solve_p_median(PMedian(cost, ones, 7), seconds=2)
    elif model == "p-center":
        solve_p_center(PCenter(cost, 7), seconds=2)
    elif model == "coverage":
        solve_max_cover(MaxCover(cost < 150, ones, 7), seconds=2)
    elif model == "set-cover":
        solve_set_cover(SetCover(cost < 150, ones), seconds=2)
    elif model in ("cfl", "ufl"):
        for single in (False, True):
            solve_facility_location(
                FacilityLocation(cost, ones * 500, ones, ones * 20 if model == "cfl" else None, single), seconds=2)


def answer_of(
    given: SiteInput, options: SiteOptions, told: Told, progress: Progress | None = None
) -> SiteAnswer:
    """Solve one model for an input."""
    given, notes = _changed(given, options)
    must = _musts(given, options)
    if faults := list(_fitting(given, options, must)):
        raise InputError(faults)
    left_out: tuple[str, ...] = ()
    if options.reachable_only:
        lost = _nobody_reaches(given, options)
        left_out = tuple(given.client_ids[i] for i in np.flatnonzero(lost))
        if lost.all():
            raise InputError(Fault(text("No site reaches anybody."), text("Raise the limit, or check the table.")))
        given = _only(given, ~lost)
        if left_out:
            notes.append(text("{count} clients whom no site reaches are left out: {who}", count=len(left_out),
                              who=_some(left_out)))
    told(text("Looking for sites"))
    solution, capacitated = _solve(given, options, must, progress)
    unreached = _out_of_reach(given, options, solution)
    conflict = tuple(given.client(i) for i in solution.conflict_clients)
    why = list(solution.why())
    if not solution.is_feasible() and not conflict:
        lost = _nobody_reaches(given, options)
        if lost.any():
            conflict = tuple(given.client(int(i)) for i in np.flatnonzero(lost))
            limit = options.model == "set-cover"
            why = [
                text("{count} clients have no site within {limit:g}: {who}", count=len(conflict),
                     limit=_limit(given, options), who=_some(conflict)) if limit else
                text("{count} clients are reached from no site: {who}", count=len(conflict), who=_some(conflict)),
                text("give --reachable-only to leave them out of the problem and have them listed"),
            ]
    elif conflict:
        why = [_named(reason, conflict) for reason in why]
    return SiteAnswer(
        options, given, solution, unreached, left_out, conflict, (*given.notes, *notes), tuple(why), capacitated)


def _named(reason: Text, who: tuple[str, ...]) -> Text:
    """The sentence with ids in place of positions."""
    return replace(reason, values=tuple((k, _some(who) if k == "who" else v) for k, v in reason.values))


def _some(who: tuple[str, ...]) -> str:
    return ", ".join(who[:10]) + (" …" if len(who) > 10 else "")


def _changed(given: SiteInput, options: SiteOptions) -> tuple[SiteInput, list[Text]]:
    """The input with the options' capacity and opening cost; what of the input the model does not use."""
    notes: list[Text] = []
    m = len(given.site_ids)
    if options.capacity is not None:
        given = replace(given, capacity=np.full(m, options.capacity),
                        demand=given.weight if given.demand is None else given.demand)
    if options.open_cost is not None:
        given = replace(given, open_cost=np.full(m, options.open_cost))
    if options.whole:
        given = replace(given, single=True)
    if options.model == "p-median" and given.format == "orlib-cap" and options.capacity is None:
        given = replace(given, capacity=None)
        notes.append(text("The file's capacities and opening costs are not part of this model; cfl and ufl use them."))
    elif options.model in {"p-center", "coverage", "set-cover", "ufl"} and given.capacity is not None:
        notes.append(text("The file's capacities are not part of this model; cfl uses them."))
    return given, notes


def _musts(given: SiteInput, options: SiteOptions) -> tuple[int, ...]:
    position = {name: j for j, name in enumerate(given.site_ids)}
    wanted: list[int] = []
    faults: list[Fault] = []
    for name in options.must:
        if name in position:
            wanted.append(position[name])
        elif name == "existing" and given.service:
            wanted.extend(given.existing)
        else:
            faults.append(Fault(
                text("There is no site of this id."),
                text("Sites are for example {names}; with --service, `existing` means those that offer it today.",
                     names=", ".join(given.site_ids[:5])), field="--must", value=name))
    if faults:
        raise InputError(faults)
    return tuple(sorted(set(wanted)))


def _fitting(given: SiteInput, options: SiteOptions, must: tuple[int, ...]) -> Iterator[Fault]:
    """Options that do not fit the input."""
    m, model = len(given.site_ids), options.model
    p = options.p if options.p is not None else given.p
    if p is None and model in {"p-median", "p-center", "coverage"}:
        yield Fault(text("The number of sites is not given."), text("Give it, for example --p {p}.", p=min(3, m)),
                    field="--p")
    if p is not None and p > m:
        yield Fault(text("{p} sites are asked for, but there are {sites} to choose from.", p=p, sites=m),
                    text("Ask for 1 to {sites}.", sites=m), field="--p", value=str(p))
    elif p is not None and len(must) > p and model != "set-cover":
        yield Fault(text("{must} sites must be open, but only {p} may be.", must=len(must), p=p),
                    text("Raise the number of sites, or free some."), field="--must", value=str(len(must)))
    if model in {"coverage", "set-cover"} and options.limit is None and given.limit_min is None:
        yield Fault(text("How far a site reaches is not given."), text("Give it with --limit."), field="--limit")
    if model in {"ufl", "cfl"} and given.open_cost is None and options.open_cost is None and given.p is None:
        yield Fault(
            text("What it costs to open a site is not known."),
            text("Give --open-cost, or for a region --service, whose cost is then taken."), field="--open-cost")
    if model == "cfl" and given.capacity is None:
        yield Fault(text("What a site can hold is not known."), text("Give --capacity, or use --model ufl."),
                    field="--capacity")
    if model in {"p-median", "coverage"} and len(given.weight) and not (given.weight > 0).any():
        yield Fault(text("Every client has the weight zero, so that any choice of sites is as good as any other."),
                    text("Check the column of people; p-center and set-cover do not need it."), field="weight",
                    value="0")
    if given.from_region and given.service and not (given.weight > 0).any():
        yield Fault(text("The service has no users in this region."), text("Choose another service."),
                    field="--service", value=given.service)


def _limit(given: SiteInput, options: SiteOptions) -> float:
    return options.limit if options.limit is not None else float(given.limit_min or 0.0)


def _only(given: SiteInput, kept: np.ndarray) -> SiteInput:
    """The input without some clients."""
    at = np.flatnonzero(kept)
    return replace(
        given, client_ids=tuple(given.client_ids[i] for i in at),
        client_names=tuple(given.client_names[i] for i in at) if given.client_names else (), cost=given.cost[at],
        weight=given.weight[at], demand=None if given.demand is None else given.demand[at],
        yearly=None if given.yearly is None else given.yearly[at],
    )


def whole_cost(given: SiteInput, options: SiteOptions) -> Floats:
    """Each client's whole demand from each site: the file's own cost, cost × weight, or JPY a year in a region."""
    if given.whole_cost:
        return given.cost
    factor = given.yearly if given.yearly is not None and options.model in {"ufl", "cfl"} else given.weight
    if (factor == 1).all():
        return given.cost
    with np.errstate(invalid="ignore"):
        return np.where(np.isinf(given.cost), np.inf, given.cost * factor[:, None])


def _solve(
    given: SiteInput, options: SiteOptions, must: tuple[int, ...], progress: Progress | None
) -> tuple[SiteSolution, bool]:
    """Call the model; says whether capacities applied."""
    model, p = options.model, options.p if options.p is not None else given.p
    seconds, gap, seed = options.seconds, options.gap, options.seed
    if model == "p-center":
        return solve_p_center(PCenter(given.cost, p or 0, must), seconds=seconds, seed=seed, progress=progress), False
    if model == "coverage":
        return solve_max_cover(MaxCover(given.cost <= _limit(given, options), given.weight, p or 0, must),
                               seconds=seconds, gap=gap, seed=seed, progress=progress), False
    if model == "set-cover":
        price = np.ones(len(given.site_ids))
        if options.open_cost is not None or (given.open_cost is not None and not given.from_region):
            price = np.asarray(given.open_cost, dtype=np.float64)
        return solve_set_cover(SetCover(given.cost <= _limit(given, options), price, must),
                               seconds=seconds, gap=gap, seed=seed, progress=progress), False
    if model == "p-median" and given.capacity is None:
        weight = np.ones(len(given.weight)) if given.whole_cost else given.weight
        return solve_p_median(PMedian(given.cost, weight, p or 0, must),
                              seconds=seconds, gap=gap, seed=seed, progress=progress), False
    capacitated = model != "ufl"
    free = model == "p-median" or given.open_cost is None
    open_cost = np.zeros(len(given.site_ids)) if free else np.asarray(given.open_cost, dtype=np.float64)
    problem = FacilityLocation(
        whole_cost(given, options), open_cost, given.demand if capacitated else None,
        given.capacity if capacitated else None, given.single, p, must)
    return solve_facility_location(problem, seconds=seconds, gap=gap, seed=seed, progress=progress), capacitated


def _nobody_reaches(given: SiteInput, options: SiteOptions) -> np.ndarray:
    if options.model == "set-cover":
        return np.asarray(~(given.cost <= _limit(given, options)).any(axis=1))
    return np.asarray(np.isinf(given.cost).all(axis=1))


def _out_of_reach(given: SiteInput, options: SiteOptions, solution: SiteSolution) -> tuple[int, ...]:
    """Clients with no open site within the limit, or with none at all where no limit is asked."""
    if not solution.is_feasible():
        return ()
    nearest = given.cost[:, list(solution.open)].min(axis=1)
    beyond = nearest > _limit(given, options) if options.model in {"coverage", "set-cover"} else np.isinf(nearest)
    return tuple(int(i) for i in np.flatnonzero(beyond))
