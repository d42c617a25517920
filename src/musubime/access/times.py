"""Travel times by car and on foot: along the roads, or from distance where no road file exists."""

from __future__ import annotations

import os
from typing import Literal

import numpy as np
from scipy.spatial import cKDTree

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.parameters import Parameters
from musubime.provenance import Ledger
from musubime.region import Floats, Ints, TravelTimes
from musubime.region.plane import straight_m

from .model import Points, RoadNetwork, Snapping
from .snap import Snapped, check_points, snap

_BYTES_PER_PAIR = 56  # seven tables of eight bytes stand at once at the most


def travel_times(
    network: RoadNetwork | None,
    origins: Points,
    destinations: Points,
    epsg: int,
    parameters: Parameters,
    mode: Literal["car", "walk"] = "car",
    detour_factor: float | None = None,
    ledger: Ledger | None = None,
) -> tuple[TravelTimes, Snapping]:
    """One-way minutes from every origin to every destination, inf where no way leads.

    With a network (a walking one for mode "walk", else one for cars or vans) along its roads; without one, straight
    line × detour / speed.
    `detour_factor`: for mode "car" without a network, as estimated by `detour_factor()`; else the parameter's.
    """
    _check_memory(len(origins.ids) * len(destinations.ids))
    if network is None:
        check_points(origins, epsg)
        check_points(destinations, epsg)
        metres = straight_m(epsg, origins.lon, origins.lat, destinations.lon, destinations.lat)
        if mode == "walk":
            factor = parameters.number("access.walk.detour_factor")
            minutes = metres * factor / parameters.number("access.walk.m_per_min")
        else:
            factor = parameters.number("access.distance.detour_factor") if detour_factor is None else detour_factor
            minutes = metres * factor / (parameters.number("access.distance.car_kmh") * 1000 / 60)
        return TravelTimes(origins.ids, destinations.ids, mode, "distance", minutes), Snapping()
    if (network.profile == "walk") != (mode == "walk"):
        raise ValueError(f"a network for {network.profile} cannot give times by {mode}")
    start, start_report = snap(network, origins, parameters)
    stop, stop_report = snap(network, destinations, parameters)
    speed = access_m_per_min(network, parameters)
    minutes = _along_roads(network, start, stop)
    minutes += start.off_m[:, None] / speed + stop.off_m[None, :] / speed
    # Two places nearer to each other than to their roads need no road, as far as one goes to a road at most.
    metres = np.hypot(start.x[:, None] - stop.x[None, :], start.y[:, None] - stop.y[None, :])
    legs_m = start.off_m[:, None] + stop.off_m[None, :]
    by_themselves = (metres <= legs_m) & (metres <= parameters.number("access.snap.cap_m"))
    minutes = np.where(by_themselves, np.minimum(minutes, metres / speed), minutes)
    snapping = Snapping(start_report, stop_report)
    if ledger is not None:
        _note(snapping, parameters, ledger)
    return TravelTimes(origins.ids, destinations.ids, mode, "road", minutes), snapping


def nearest_places(
    network: RoadNetwork, origins: Points, destinations: Points, parameters: Parameters, count: int
) -> tuple[Ints, Floats]:
    """The `count` nearest destinations of every origin in one pass over the roads, however many there are of both.

    Positions and minutes, (origins, count), -1 and inf where fewer can be reached; of equals the first. The same as
    sorting each row of `travel_times`, without the table.
    """
    start, _ = snap(network, origins, parameters)
    stop, _ = snap(network, destinations, parameters)
    speed = access_m_per_min(network, parameters)
    begun, done = np.flatnonzero(start.piece >= 0), np.flatnonzero(stop.piece >= 0)
    rows: list[tuple[Ints, Ints, Floats]] = []
    if len(begun) and len(done):
        leave, arrive = _to_ends(network, start, begun), _from_ends(network, stop, done)
        left = (arrive + stop.off_m[done, None] / speed).T.reshape(-1)
        some = np.flatnonzero(np.isfinite(left))
        targets = network.entries[stop.piece[done]].T.reshape(-1)[some]
        who, minutes = network.router.metric.nearest(targets, count, left[some], np.tile(done, 2)[some])
        for side, ends in enumerate(network.exits[start.piece[begun]].T):
            there = minutes[ends] + leave[:, side, None] + start.off_m[begun, None] / speed
            rows.append((np.repeat(begun, count), who[ends].reshape(-1), there.reshape(-1)))
        same, other, within = _within_piece(network, start, stop, begun, done)
        legs = start.off_m[begun[same]] / speed + stop.off_m[done[other]] / speed
        rows.append((begun[same], done[other], within + legs))
    rows.append(_by_themselves(start, stop, parameters.number("access.snap.cap_m"), speed))
    origin, place, minutes = (np.concatenate(column) for column in zip(*rows, strict=True))
    known = (place >= 0) & np.isfinite(minutes)
    return _least(origin[known], place[known], minutes[known], len(start.piece), count)


def access_m_per_min(network: RoadNetwork, parameters: Parameters) -> float:
    """Metres a minute between a place and its road."""
    if network.profile == "walk":
        return parameters.number("access.walk.m_per_min")
    return parameters.number("access.snap.car_kmh") * 1000 / 60


def _along_roads(network: RoadNetwork, start: Snapped, stop: Snapped) -> Floats:
    """Minutes between the points on the roads: by way of the ends of their pieces, or within one piece."""
    out = np.full((len(start.piece), len(stop.piece)), np.inf)
    begun, done = np.flatnonzero(start.piece >= 0), np.flatnonzero(stop.piece >= 0)
    if not len(begun) or not len(done):
        return out
    leave, arrive = _to_ends(network, start, begun), _from_ends(network, stop, done)
    begins, ends = network.exits[start.piece[begun]], network.entries[stop.piece[done]]
    nodes, at = np.unique(begins, return_inverse=True)
    targets, to = np.unique(ends, return_inverse=True)
    reached = network.router.matrix(nodes, targets)
    at, to = at.reshape(begins.shape), to.reshape(ends.shape)
    from_either = np.minimum(leave[:, :1] + reached[at[:, 0]], leave[:, 1:] + reached[at[:, 1]])
    best = np.minimum(from_either[:, to[:, 0]] + arrive[:, 0], from_either[:, to[:, 1]] + arrive[:, 1])
    same, other, within = _within_piece(network, start, stop, begun, done)
    best[same, other] = np.minimum(best[same, other], within)
    out[np.ix_(begun, done)] = best
    return out


def _to_ends(network: RoadNetwork, spots: Snapped, some: Ints) -> Floats:
    """Minutes from spots to the start and to the end of their pieces: (some, 2)."""
    along, against = network.piece_minutes[spots.piece[some]].T
    return np.column_stack([_part(spots.share[some], against), _part(1 - spots.share[some], along)])


def _from_ends(network: RoadNetwork, spots: Snapped, some: Ints) -> Floats:
    """Minutes from the start and from the end of their pieces to spots: (some, 2)."""
    along, against = network.piece_minutes[spots.piece[some]].T
    return np.column_stack([_part(spots.share[some], along), _part(1 - spots.share[some], against)])


def _within_piece(
    network: RoadNetwork, start: Snapped, stop: Snapped, begun: Ints, done: Ints
) -> tuple[Ints, Ints, Floats]:
    """Pairs on one piece, as positions in `begun` and `done`, with the minutes along it."""
    order = np.argsort(stop.piece[done], kind="stable")
    pieces = stop.piece[done][order]
    first = np.searchsorted(pieces, start.piece[begun], side="left")
    count = np.searchsorted(pieces, start.piece[begun], side="right") - first
    same = np.repeat(np.arange(len(begun)), count)
    other = order[np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)]
    ahead = stop.share[done[other]] - start.share[begun[same]]
    way = network.piece_minutes[start.piece[begun[same]], np.where(ahead >= 0, 0, 1)]
    return same, other, _part(np.abs(ahead), way)


def _part(share: Floats, minutes: Floats) -> Floats:
    """A share of a piece's minutes; nothing of a forbidden way is still nothing."""
    return np.where(share > 0, share, 0.0) * np.where((share <= 0) & ~np.isfinite(minutes), 0.0, minutes)


def _by_themselves(start: Snapped, stop: Snapped, cap_m: float, speed: float) -> tuple[Ints, Ints, Floats]:
    """Pairs nearer to each other than to their roads together, with minutes in a straight line."""
    a, b = np.column_stack([start.x, start.y]), np.column_stack([stop.x, stop.y])
    farthest = float(np.minimum(stop.off_m, cap_m).max(initial=0))
    reach_m = np.minimum(start.off_m + farthest, cap_m)
    near: list[list[int]] = list(cKDTree(b).query_ball_point(a, reach_m + 1e-6)) if len(a) and len(b) else []
    origin = np.repeat(np.arange(len(near)), [len(some) for some in near])
    place = np.array([j for some in near for j in some], dtype=np.int64)
    metres = np.hypot(*(a[origin] - b[place]).T)
    kept = (metres <= start.off_m[origin] + stop.off_m[place]) & (metres <= cap_m)
    return origin[kept], place[kept], metres[kept] / speed


def _least(origin: Ints, place: Ints, minutes: Floats, origins: int, count: int) -> tuple[Ints, Floats]:
    """The `count` least minutes of each origin, each place once: positions and minutes (origins, count)."""
    order = np.lexsort((minutes, place, origin))
    first = np.ones(len(order), dtype=bool)
    first[1:] = (origin[order][1:] != origin[order][:-1]) | (place[order][1:] != place[order][:-1])
    kept = order[first]
    kept = kept[np.lexsort((place[kept], minutes[kept], origin[kept]))]
    rank = np.arange(len(kept)) - np.searchsorted(origin[kept], origin[kept])
    kept, rank = kept[rank < count], rank[rank < count]
    who, best = np.full((origins, count), -1, dtype=np.int64), np.full((origins, count), np.inf)
    who[origin[kept], rank], best[origin[kept], rank] = place[kept], minutes[kept]
    return who, best


def _check_memory(pairs: int) -> None:
    """Refuse a table that this machine cannot hold, before anything is allocated."""
    need = pairs * _BYTES_PER_PAIR
    try:
        free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return  # not every system tells
    if need > 1e9 and need > 0.8 * free:
        raise InputError(Fault(
            text("{pairs:,} travel times need about {need:.1f} GB of memory; {free:.1f} GB are free.", pairs=pairs,
                 need=need / 1e9, free=free / 1e9),
            text("Take fewer places, or ask for the nearest ones only."),
        ))


def _note(snapping: Snapping, parameters: Parameters, ledger: Ledger) -> None:
    cap_m = parameters.number("access.snap.cap_m")
    for report in (snapping.origins, snapping.destinations):
        if report is None:
            continue
        ledger.note(
            "missing",
            text("Places farther than {cap_m:,.0f} m from every road are joined to none; nothing is reached from them.",
                 cap_m=cap_m),
            count=len(report.beyond), examples=report.beyond,
        )
        ledger.note(
            "assumption",
            text("Places stand on roads that are not joined to the main network; the rest is out of their reach."),
            count=len(report.islands), examples=report.islands,
        )
