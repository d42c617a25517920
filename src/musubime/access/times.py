"""Travel times by car and on foot: along the roads, or from distance where no road file exists."""

from __future__ import annotations

from typing import Literal

import numpy as np

from musubime.language import text
from musubime.parameters import Parameters
from musubime.provenance import Ledger
from musubime.region import Floats, TravelTimes
from musubime.region.plane import straight_m

from .model import Points, RoadNetwork, Snapping
from .snap import Snapped, check_points, snap


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
    access_m_per_min = (
        parameters.number("access.walk.m_per_min") if mode == "walk"
        else parameters.number("access.snap.car_kmh") * 1000 / 60
    )
    minutes = _along_roads(network, start, stop)
    minutes += start.off_m[:, None] / access_m_per_min + stop.off_m[None, :] / access_m_per_min
    # Two places nearer to each other than to their roads need no road, as far as one goes to a road at most.
    metres = np.hypot(start.x[:, None] - stop.x[None, :], start.y[:, None] - stop.y[None, :])
    legs_m = start.off_m[:, None] + stop.off_m[None, :]
    by_themselves = (metres <= legs_m) & (metres <= parameters.number("access.snap.cap_m"))
    minutes = np.where(by_themselves, np.minimum(minutes, metres / access_m_per_min), minutes)
    snapping = Snapping(start_report, stop_report)
    if ledger is not None:
        _note(snapping, parameters, ledger)
    return TravelTimes(origins.ids, destinations.ids, mode, "road", minutes), snapping


def _along_roads(network: RoadNetwork, start: Snapped, stop: Snapped) -> Floats:
    """Minutes between the points on the roads: by way of the ends of their pieces, or within one piece."""
    out = np.full((len(start.piece), len(stop.piece)), np.inf)
    begun, done = np.flatnonzero(start.piece >= 0), np.flatnonzero(stop.piece >= 0)
    if not len(begun) or not len(done):
        return out
    a, b = start.piece[begun], stop.piece[done]
    along, against = network.piece_minutes[:, 0], network.piece_minutes[:, 1]
    f, g = start.share[begun], stop.share[done]
    # A share of 0 of a forbidden way is no way but the node itself, so it costs nothing.
    leave = np.column_stack([_part(f, against[a]), _part(1 - f, along[a])])  # by the tail, by the head
    arrive = np.column_stack([_part(g, along[b]), _part(1 - g, against[b])])  # from the tail, from the head
    begins, ends = network.ends(a), network.ends(b)
    nodes, at = np.unique(begins, return_inverse=True)
    targets, to = np.unique(ends, return_inverse=True)
    reached = network.router.matrix(nodes, targets)
    at, to = at.reshape(begins.shape), to.reshape(ends.shape)
    from_either = np.minimum(leave[:, :1] + reached[at[:, 0]], leave[:, 1:] + reached[at[:, 1]])
    best = np.minimum(from_either[:, to[:, 0]] + arrive[:, 0], from_either[:, to[:, 1]] + arrive[:, 1])
    same, other = np.nonzero(a[:, None] == b[None, :])
    ahead = g[other] - f[same]
    within = np.where(ahead >= 0, _part(np.abs(ahead), along[a[same]]), _part(np.abs(ahead), against[a[same]]))
    best[same, other] = np.minimum(best[same, other], within)
    out[np.ix_(begun, done)] = best
    return out


def _part(share: Floats, minutes: Floats) -> Floats:
    """A share of a piece's minutes; nothing of a forbidden way is still nothing."""
    return np.where(share > 0, share, 0.0) * np.where((share <= 0) & ~np.isfinite(minutes), 0.0, minutes)


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
