"""What the site models share: checks at the door, memory, and results counted from the open sites."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

import numpy as np

from musubime.errors import Fault, InputError
from musubime.language import Text, text
from musubime.region import Floats, Ints

from ._engine import PROVEN, Clock, Lists, Mask, Proof
from .model import NearLists, SiteSolution

GIGABYTE = 1e9


def check_sites(
    *, cost: Floats | None = None, reach: Mask | None = None, positive: dict[str, Floats] | None = None,
    must: Sequence[int] = (), p: int | None = None, sites: int, clients: int,
) -> None:
    """Raise InputError with every fault of the arrays of a site model."""
    faults: list[Fault] = []

    def add(what: Text, remedy: Text, field: str, value: object = "") -> None:
        faults.append(Fault(what, remedy, field=field, value=str(value)))

    table = cost if cost is not None else reach
    if table is not None and (table.ndim != 2 or table.shape != (clients, sites)):
        add(text("The table has the shape {found}, but {shape} is needed.", found=str(table.shape),
                 shape=str((clients, sites))), text("Give one value for every id."), "cost")
    if sites == 0:
        add(text("There are no sites to choose from."), text("Give one site at least."), "cost")
    if clients == 0:
        add(text("There are no clients to serve."), text("Give one client at least."), "cost")
    if cost is not None and cost.ndim == 2:
        bad = np.isnan(cost) | (cost < 0)
        if bad.any():
            i, j = np.argwhere(bad)[0]
            add(text("{count} values are negative or not a number; the first is that of client {client} and site "
                     "{site}.", count=int(bad.sum()), client=int(i), site=int(j)),
                text("Give numbers of zero or more; inf where no way leads."), "cost", cost[i, j])
    for name, values in (positive or {}).items():
        expected = clients if name in {"weight", "demand"} else sites
        if values.shape != (expected,):
            add(text("The table has the shape {found}, but {shape} is needed.", found=str(values.shape),
                     shape=str((expected,))), text("Give one value for every id."), name)
            continue
        bad = ~np.isfinite(values) | (values < 0)
        if bad.any():
            at = int(np.flatnonzero(bad)[0])
            add(text("{count} values are negative or not a number; the first is number {at}.", count=int(bad.sum()),
                     at=at), text("Give numbers of zero or more."), name, values[at])
    if p is not None and not 1 <= p <= sites:
        add(text("{p} sites are asked for, but there are {sites} to choose from.", p=p, sites=sites),
            text("Ask for 1 to {sites}.", sites=sites), "p", p)
    faults += _wrong_positions(must, sites, "must")
    if p is not None and len(set(must)) > p:
        add(text("{must} sites must be open, but only {p} may be.", must=len(set(must)), p=p),
            text("Raise the number of sites, or free some."), "must", len(set(must)))
    if faults:
        raise InputError(faults)


def check_lists(near: NearLists, clients: int) -> None:
    """Raise InputError when the lists are not what NearLists says: one a client, sites once, costs ascending."""
    faults: list[Fault] = []
    remedy = text("Make the lists with `near_lists`, or as it does.")

    def add(what: Text, field: str) -> None:
        faults.append(Fault(what, remedy, field=field))

    ptr, length = near.ptr, np.diff(near.ptr)
    if len(ptr) != clients + 1 or ptr[0] != 0 or (length < 0).any() or ptr[-1] != len(near.site) or len(
            near.site) != len(near.cost):
        add(text("The lists do not fit together: {lists} for {clients} clients, with {sites} sites and {costs} costs.",
                 lists=len(ptr) - 1, clients=clients, sites=len(near.site), costs=len(near.cost)), "ptr")
        raise InputError(faults)
    if len(near.site) and (near.site.min() < 0 or near.site.max() >= near.sites):
        add(text("{count} positions are not those of a site.",
                 count=int(((near.site < 0) | (near.site >= near.sites)).sum())), "site")
    if not np.isfinite(near.cost).all() or (near.cost < 0).any():
        add(text("{count} values are negative or not a number; the first is number {at}.",
                 count=int((~np.isfinite(near.cost) | (near.cost < 0)).sum()),
                 at=int(np.argmax(~np.isfinite(near.cost) | (near.cost < 0)))), "cost")
    client = np.repeat(np.arange(clients), length)
    same = client[1:] == client[:-1]
    if not faults and (same & (near.cost[1:] < near.cost[:-1])).any():
        add(text("A list's costs do not rise; the first is that of client {client}.",
                 client=int(client[1:][same & (near.cost[1:] < near.cost[:-1])][0])), "cost")
    pairs = np.sort(client * np.int64(max(near.sites, 1)) + near.site)
    twice = np.flatnonzero(pairs[1:] == pairs[:-1])
    if not faults and len(twice):
        add(text("A list names a site twice; the first is that of client {client}.",
                 client=int(pairs[twice[0]] // max(near.sites, 1))), "site")
    if faults:
        raise InputError(faults)


def _wrong_positions(positions: Sequence[int], sites: int, field: str) -> list[Fault]:
    wrong = [j for j in positions if not 0 <= j < sites]
    return [Fault(
        text("{count} positions are not those of a site.", count=len(wrong)),
        text("Positions run from 0 to {last}.", last=sites - 1), field=field, value=str(wrong[0]),
    )] if wrong else []


def check_positions(positions: Sequence[int], sites: int, field: str) -> None:
    """Raise InputError when a position is not one of a site."""
    faults = _wrong_positions(positions, sites, field)
    if faults:
        raise InputError(faults)


def available_bytes() -> float:
    """Memory this process may still take: what is free, or what its limit leaves."""
    import resource
    from pathlib import Path

    free = float("inf")
    try:
        for line in Path("/proc/meminfo").read_text("ascii").splitlines():
            if line.startswith("MemAvailable"):
                free = float(line.split()[1]) * 1024
        used = float(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        if limit != resource.RLIM_INFINITY:
            free = min(free, limit - used)
    except OSError:
        pass
    return free


def check_memory(needed: float, what: Text) -> None:
    """Refuse, before it is taken, memory of over a gigabyte that is not there."""
    if needed > GIGABYTE and needed > available_bytes():
        raise InputError(Fault(
            text("{what} needs about {needed:.1f} GB of memory, and {free:.1f} GB are free.", what=what,
                 needed=needed / GIGABYTE, free=max(available_bytes(), 0.0) / GIGABYTE),
            text("Give fewer clients or sites, or lists of the nearest sites instead of all pairs."),
        ))


def mask_of(sites: int, chosen: Iterable[int]) -> Mask:
    mask = np.zeros(sites, dtype=bool)
    mask[list(chosen)] = True
    return mask


def closest_open(cost: Floats, is_open: Mask) -> tuple[Ints, Floats]:
    """Each client's closest open site (the first of equals) and its cost; -1 and inf where none is reachable."""
    chosen = np.flatnonzero(is_open)
    if not len(chosen):
        return np.full(len(cost), -1, dtype=np.int64), np.full(len(cost), np.inf)
    part = cost[:, chosen]
    at = part.argmin(axis=1)
    nearest = part[np.arange(len(cost)), at]
    return np.where(np.isfinite(nearest), chosen[at], -1), nearest


def closest_listed(lists: Lists, is_open: Mask) -> tuple[Ints, Floats]:
    """As `closest_open`, from lists."""
    clients = np.repeat(np.arange(lists.clients), np.diff(lists.ptr))
    hit = np.flatnonzero(is_open[lists.site])
    first, at = np.unique(clients[hit], return_index=True)
    assigned = np.full(lists.clients, -1, dtype=np.int64)
    nearest = np.full(lists.clients, np.inf)
    assigned[first] = lists.site[hit[at]]
    nearest[first] = lists.cost[hit[at]]
    return assigned, nearest


def site_solution(
    proof: Proof, assigned: Ints, objective: float, bound: float, clock: Clock, *, steps: Sequence[str] | None = None
) -> SiteSolution:
    """A result whose gap is that of the counted objective."""
    gap = abs(objective - bound) / abs(objective) if objective else abs(bound)
    return SiteSolution(
        "optimal" if gap <= 2 * PROVEN else "feasible", tuple(int(j) for j in np.flatnonzero(proof.is_open)),
        assigned, objective, bound, gap, clock.spent, steps=tuple(proof.steps if steps is None else steps),
    )


def no_sites(clients: int, reasons: Sequence[Text], began: float, status: str = "infeasible") -> SiteSolution:
    """A result without sites, and why."""
    return SiteSolution(
        "unknown" if status == "unknown" else "infeasible", (), np.full(clients, -1, dtype=np.int64), float("inf"),
        float("inf"), 0.0, time.perf_counter() - began, tuple(reasons),
    )


def unreachable(mask: Mask) -> Text:
    """Clients that no site reaches."""
    who = np.flatnonzero(mask)
    return text("{count} clients are reached from no site: {who}", count=len(who),
                who=", ".join(str(int(i)) for i in who[:10]) + (" …" if len(who) > 10 else ""))
