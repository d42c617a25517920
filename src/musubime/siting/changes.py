"""Changes that people ask for in a workshop, and the hub problem with them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from musubime.errors import Fault, InputError
from musubime.language import text

from ._check import problem_faults
from .model import Bools, HubProblem


@dataclass(frozen=True)
class MustHub:
    """The place is a hub. Undoes an earlier NeverHub."""

    place: int


@dataclass(frozen=True)
class NeverHub:
    """The place is no hub. Undoes an earlier MustHub."""

    place: int


@dataclass(frozen=True)
class FixBuilding:
    """A hub at the place opens the service in this building; without a service, whatever it opens is opened there."""

    place: int
    service: int | None
    building: int


@dataclass(frozen=True)
class CloseService:
    """What can be had there today is gone, and cannot be kept. A hub there may open it anew only if it may anyhow."""

    place: int
    service: int


@dataclass(frozen=True)
class KeepService:
    """What can be had there today stays by itself, at no cost to the plan."""

    place: int
    service: int


@dataclass(frozen=True)
class MayOpen:
    """A hub at the place may, or may not, open the service."""

    place: int
    service: int
    allowed: bool = True


@dataclass(frozen=True)
class MustOpen:
    """A hub at the place opens the service."""

    place: int
    service: int


@dataclass(frozen=True)
class Budget:
    """At most so many yen a year; None: no limit."""

    jpy: float | None


@dataclass(frozen=True)
class Limit:
    """Users of the service travel at most so many minutes; of all services when None."""

    service: int | None
    minutes: float


@dataclass(frozen=True)
class Hubs:
    """Exactly, or at most, so many hubs; both None: as many as serve best."""

    exactly: int | None = None
    most: int | None = None


@dataclass(frozen=True)
class MinUsers:
    """A new or kept service has so many users at least; of all services when None, as a factor of what they need."""

    service: int | None
    users: float


@dataclass(frozen=True)
class Reach:
    """Nobody lives farther than so many minutes from an offer of the service, but the excused settlements."""

    service: int
    minutes: float
    excused: tuple[int, ...] = ()


@dataclass(frozen=True)
class Apart:
    """These two places are not both hubs."""

    first: int
    second: int


@dataclass(frozen=True)
class HoldShare:
    """New and kept services have their fewest users in so large a share of the draws of the outlook."""

    share: float


Change = (
    MustHub | NeverHub | FixBuilding | CloseService | KeepService | MayOpen | MustOpen | Budget | Limit | Hubs
    | MinUsers | Reach | Apart | HoldShare
)


def apply(problem: HubProblem, *changes: Change) -> HubProblem:
    """The problem with the changes, one after another; the problem given stays what it is.

    Raises InputError with every change that points outside the problem, and every fault of the result.
    """
    faults = [fault for change in changes for fault in _faults(problem, change)]
    if faults:
        raise InputError(faults)
    for change in changes:
        problem = _apply(problem, change)
    if faults := problem_faults(problem):
        raise InputError(faults)
    return problem


def _faults(p: HubProblem, change: Change) -> list[Fault]:
    sizes = {
        "place": len(p.place_ids), "first": len(p.place_ids), "second": len(p.place_ids),
        "service": len(p.service_ids), "building": len(p.building_ids),
    }
    faults = [
        Fault(text("{change}: there is no {field} number {value}.", change=type(change).__name__, field=name,
                   value=getattr(change, name)),
              text("Positions run from 0 to {last}.", last=size - 1), field=name, value=str(getattr(change, name)))
        for name, size in sizes.items()
        if getattr(change, name, None) is not None and not 0 <= getattr(change, name) < size
    ]
    if not faults and isinstance(change, FixBuilding) and p.building_place[change.building] != change.place:
        faults.append(Fault(
            text("{building} does not stand at {place}.", building=p.building_ids[change.building],
                 place=p.place_ids[change.place]),
            text("Give a building of the same place."), field="building", value=str(change.building),
        ))
    return faults


def _apply(p: HubProblem, change: Change) -> HubProblem:
    def with_cell(values: Bools, value: bool) -> Bools:
        new = values.copy()
        new[change.place, change.service] = value  # type: ignore[union-attr]
        return new

    match change:
        case MustHub(j):
            never = tuple(x for x in p.never_hubs if x != j)
            return replace(p, must_hubs=tuple(sorted({*p.must_hubs, j})), never_hubs=never)
        case NeverHub(j):
            must = tuple(x for x in p.must_hubs if x != j)
            return replace(p, never_hubs=tuple(sorted({*p.never_hubs, j})), must_hubs=must)
        case FixBuilding(j, None, b):
            others = {int(x) for x in np.flatnonzero(p.building_place == j)} - {b}
            return replace(p, never_buildings=tuple(sorted({*p.never_buildings, *others} - {b})))
        case FixBuilding(j, s, b):
            rest = tuple(x for x in p.must_open if x[:2] != (j, s))
            return replace(p, must_open=(*rest, (j, int(s or 0), b)))
        case MustOpen(j, s):
            return p if any(x[:2] == (j, s) for x in p.must_open) else replace(p, must_open=(*p.must_open, (j, s, -1)))
        case CloseService():
            return replace(p, existing=with_cell(p.existing, False), rescue=with_cell(p.rescue, False))
        case KeepService():
            return replace(p, existing=with_cell(p.existing, True), may_open=with_cell(p.may_open, False))
        case MayOpen(_, _, allowed):
            return replace(p, may_open=with_cell(p.may_open, allowed))
        case Budget(jpy):
            return replace(p, budget_jpy=jpy)
        case Limit(s, minutes):
            limit = p.limit_min.copy()
            limit[slice(None) if s is None else s] = minutes
            return replace(p, limit_min=limit)
        case Hubs(exactly, most):
            return replace(p, hubs=exactly, max_hubs=most)
        case MinUsers(None, factor):
            return replace(p, min_users=p.min_users * factor)
        case MinUsers(s, users):
            fewest = p.min_users.copy()
            fewest[s] = users
            return replace(p, min_users=fewest)
        case Reach(s, minutes, excused):
            reach = np.full(len(p.service_ids), np.inf) if p.reach_min is None else p.reach_min.copy()
            reach[s] = minutes
            return replace(p, reach_min=reach, excused=tuple(sorted({*p.excused, *excused})))
        case Apart(a, b):
            return replace(p, apart=(*p.apart, (a, b)))
        case HoldShare(share):
            return replace(p, hold_share=share)
