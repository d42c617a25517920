"""What happens when a road is closed: whom each main stretch carries, and who is cut off without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from musubime.parameters import Parameters
from musubime.region import Floats, Ints
from musubime.region.plane import to_degrees

from .model import Points, RoadCut, RoadNetwork
from .snap import snap
from .stretches import WaysHome, cut_at_points

_SAME_MIN = 1e-6
_TRIED_AT_ONCE = 50  # stretches between two looks at whether the rest can still be worse


def close_roads(network: RoadNetwork, pieces: Sequence[int] | Ints) -> RoadNetwork:
    """The same network with some pieces closed both ways; order and shortcuts are kept, so it is ready at once.

    Where a closed piece was the faster of two between the same junctions, the other carries the traffic.
    """
    piece_minutes = network.piece_minutes.copy()
    piece_minutes[np.asarray(pieces, dtype=np.int64)] = np.inf
    n = len(network.lon)
    key = np.concatenate([
        network.entries[:, 0] * n + network.exits[:, 1], network.entries[:, 1] * n + network.exits[:, 0]
    ])
    arcs = network.tail * n + network.head
    order = np.argsort(arcs)
    at = np.searchsorted(arcs[order], key)
    known = at < len(arcs)
    known[known] = arcs[order][at[known]] == key[known]
    minutes = np.where(network.line < 0, network.minutes, np.inf)  # turns stay as they are
    np.minimum.at(minutes, order[at[known]], piece_minutes.T.reshape(-1)[known])
    closed = replace(network, minutes=minutes, piece_minutes=piece_minutes)
    closed.__dict__["router"] = network.router.with_minutes(minutes)
    return closed


def road_cuts(
    network: RoadNetwork, origins: Points, people: Floats, destinations: Points, parameters: Parameters,
    limit_min: float | Floats = np.inf, worst: int = 10, offered: NDArray[np.bool_] | None = None, *,
    nested: bool = True, most_tried: int | None = None,
) -> tuple[RoadCut, ...]:
    """The stretches of road whose closure hurts most: people who lose every destination, then minutes added.

    A stretch lies between two points where one could turn off or stop: junctions, origins and destinations. Only
    stretches on the way from an origin to its nearest destination are tried, one at a time, for no other closure
    changes anything. An origin is *lost* when it had a destination within `limit_min` and has none without the
    stretch (limit inf: no way at all). people: (origins,).

    offered: (destinations, kinds) asks the same for several kinds of destinations at once, with a limit for each:
    the first kind is told as above, and of all `lost_by_kind`; order by people lost of the first, then by people who
    lose any. nested False: of stretches in a row, those whose closure hits nobody whom a worse one does not hit as
    hard are left out. most_tried: those that carry most people to the first kind; fewer are tried
    where the rest cannot be worse.
    """
    kinds = np.ones((len(destinations.ids), 1), dtype=bool) if offered is None else offered
    limits = np.broadcast_to(np.asarray(limit_min, dtype=np.float64), kinds.shape[1])
    start, _ = snap(network, origins, parameters)
    stop, _ = snap(network, destinations, parameters)
    roads = cut_at_points(network, start, stop, parameters)
    trials = [_Trial(WaysHome(roads, kinds[:, kind]), float(limit), people) for kind, limit in enumerate(limits)]
    everybody = {stretch for trial in trials for stretch in trial.carried}
    most_first = sorted(everybody, key=lambda stretch: (
        -trials[0].carried.get(stretch, 0.0), -max(trial.carried.get(stretch, 0.0) for trial in trials), stretch))
    cuts: list[tuple[float, RoadCut]] = []
    for n, stretch in enumerate(most_first[:most_tried]):
        if n and n % _TRIED_AT_ONCE == 0:
            cuts = _worst_first(cuts, nested)
            carried = trials[0].carried.get(stretch, 0.0)
            if len(cuts) >= worst and cuts[worst - 1][1].lost_people > carried:
                break
        found = [trial.close(stretch) for trial in trials]
        any_lost = np.unique(np.concatenate([lost for lost, _, _ in found]))
        lost, longer, added = found[0]
        if not len(any_lost) and not len(longer):
            continue
        members = np.flatnonzero(roads.stretch == stretch)
        longest = members[np.argmax(roads.length_m[members])]
        lon, lat = to_degrees(network.epsg, *roads.middle[longest])
        cuts.append((float(people[any_lost].sum()), RoadCut(
            lines=tuple(int(line) for line in np.unique(roads.line[members])),
            pieces=tuple(int(piece) for piece in np.unique(roads.piece[members])),
            length_m=float(roads.length_m[members].sum()), lon=float(lon), lat=float(lat),
            lost=_whole(lost), lost_people=float(people[lost].sum()),
            longer=_whole(longer), added_people_min=float(people[longer] @ added),
            lost_by_kind=tuple(_whole(some) for some, _, _ in found),
            parts=tuple((int(roads.piece[e]), float(roads.share[e, 0]), float(roads.share[e, 1])) for e in members),
        )))
    return tuple(cut for _, cut in _worst_first(cuts, nested))[:worst]


class _Trial:
    """Closing stretches for one kind of destinations. carried: by stretch, people who go along it."""

    def __init__(self, ways: WaysHome, limit_min: float, people: Floats) -> None:
        self._ways, self._limit_min = ways, limit_min
        self._had = np.isfinite(ways.minutes) & (ways.minutes <= limit_min)
        self.carried = ways.carrying(np.flatnonzero(self._had), people)

    def close(self, stretch: int) -> tuple[Ints, Ints, Floats]:
        """Origins that lose what they had, those with a longer way, and how many minutes longer."""
        if stretch not in self.carried:
            return _NOBODY, _NOBODY, np.zeros(0)
        who, after = self._ways.without(stretch)
        before = self._ways.minutes[who]
        changed = self._had[who] & (after > before + _SAME_MIN)
        gone = changed & ~(np.isfinite(after) & (after <= self._limit_min))
        longer = changed & ~gone
        return who[gone], who[longer], after[longer] - before[longer]


def _worst_first(cuts: list[tuple[float, RoadCut]], nested: bool) -> list[tuple[float, RoadCut]]:
    """By people lost of the first kind, people who lose any, settlements, minutes; see `road_cuts`."""
    cuts = sorted(cuts, key=lambda cut: (
        -cut[1].lost_people, -cut[0], -len(cut[1].lost), -cut[1].added_people_min, cut[1].pieces))
    if nested:
        return cuts
    kept: list[tuple[float, RoadCut]] = []
    seen: list[tuple[set[int], set[int], set[int]]] = []
    for cut in cuts:
        lost, longer = set(cut[1].lost), set(cut[1].longer)
        lacking = {i for some in cut[1].lost_by_kind for i in some}
        if not any(lost <= a and lacking <= b and longer <= c for a, b, c in seen):
            kept.append(cut)
            seen.append((lost, lacking, longer | lost))
    return kept


def _whole(positions: Ints) -> tuple[int, ...]:
    return tuple(int(i) for i in positions)


_NOBODY = np.zeros(0, dtype=np.int64)
