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
    limit_min: float | Floats = np.inf, worst: int = 10, offered: NDArray[np.bool_] | None = None,
) -> tuple[RoadCut, ...]:
    """The stretches of road whose closure hurts most: people who lose every destination, then minutes added.

    A stretch lies between two points where one could turn off or stop: junctions, origins and destinations. Only
    stretches on the way from an origin to its nearest destination are tried, one at a time, for no other closure
    changes anything. An origin is *lost* when it had a destination within `limit_min` and has none without the
    stretch (limit inf: no way at all). people: (origins,).

    offered: (destinations, kinds) asks the same for several kinds of destinations at once, with a limit for each:
    the first kind is told as above, and of all `lost_by_kind`; order by people lost of the first, then by people who
    lose any.
    """
    kinds = np.ones((len(destinations.ids), 1), dtype=bool) if offered is None else offered
    limits = np.broadcast_to(np.asarray(limit_min, dtype=np.float64), kinds.shape[1])
    start, _ = snap(network, origins, parameters)
    stop, _ = snap(network, destinations, parameters)
    graph = cut_at_points(network, start, stop, parameters)
    lost: dict[int, list[Ints]] = {}
    first: dict[int, tuple[Ints, Floats]] = {}  # with a longer way to the first kind: who, and minutes more
    nobody = np.zeros(0, dtype=np.int64)
    for kind, limit in enumerate(limits):
        ways = WaysHome(graph, kinds[:, kind])
        had = np.isfinite(ways.minutes) & (ways.minutes <= limit)
        for stretch in ways.carrying(np.flatnonzero(had)):
            who, after = ways.without(stretch)
            changed = had[who] & (after > ways.minutes[who] + _SAME_MIN)
            who, after = who[changed], after[changed]
            gone = ~np.isfinite(after) | (after > limit)
            if gone.any():
                lost.setdefault(stretch, [nobody] * len(limits))[kind] = who[gone]
            if kind == 0 and not gone.all():
                first[stretch] = who[~gone], after[~gone] - ways.minutes[who[~gone]]
    cuts = []
    for stretch in sorted({*lost, *first}):
        members = np.flatnonzero(graph.stretch == stretch)
        longest = members[np.argmax(graph.length_m[members])]
        lon, lat = to_degrees(network.epsg, *graph.middle[longest])
        gone_by_kind = lost.get(stretch, [nobody] * len(limits))
        longer, added = first.get(stretch, (nobody, np.zeros(0)))
        any_lost = np.unique(np.concatenate(gone_by_kind))
        cuts.append((float(people[any_lost].sum()), RoadCut(
            lines=tuple(int(line) for line in np.unique(graph.line[members])),
            pieces=tuple(int(piece) for piece in np.unique(graph.piece[members])),
            length_m=float(graph.length_m[members].sum()), lon=float(lon), lat=float(lat),
            lost=tuple(int(i) for i in gone_by_kind[0]), lost_people=float(people[gone_by_kind[0]].sum()),
            longer=tuple(int(i) for i in longer), added_people_min=float(people[longer] @ added),
            lost_by_kind=tuple(tuple(int(i) for i in some) for some in gone_by_kind),
        )))
    cuts.sort(key=lambda cut: (
        -cut[1].lost_people, -cut[0], -len(cut[1].lost), -cut[1].added_people_min, cut[1].pieces))
    return tuple(cut for _, cut in cuts)[:worst]
