"""Lists of near sites by straight distance, for problems whose table of all pairs would be too large."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from musubime.language import text
from musubime.region import Floats, Ints

from ._engine import first_sites, improve, make_lists
from ._sites import check_memory
from .model import NearLists

LIST_BYTES = 60.0  # a listed pair while lists are made, sorted and solved
REACH = 2.0  # lists end at so many times the way to the second closest site of a first, rough answer


def near_lists(xy: Floats, sites_xy: Floats, count: int, *, floor: bool = False) -> NearLists:
    """Each point's `count` nearest sites, equals in the order of their position. floor: distances are floored."""
    count = min(count, len(sites_xy))
    _check(len(xy) * count, len(xy), count)
    far, who = cKDTree(sites_xy).query(xy, k=count, workers=1)
    far, who = np.reshape(far, (len(xy), count)), np.reshape(who, (len(xy), count))
    if floor:
        far = np.floor(far)
    order = np.lexsort((who, far), axis=1)
    ptr = np.arange(len(xy) + 1, dtype=np.int64) * count
    return NearLists(
        ptr, np.take_along_axis(who, order, 1).astype(np.int32).ravel(), np.take_along_axis(far, order, 1).ravel(),
        len(sites_xy),
    )


def fitted_lists(
    xy: Floats, sites_xy: Floats, weight: Floats, p: int, *, floor: bool = False, seed: int = 1
) -> NearLists:
    """Lists as long as a p-median needs them: short where sites are dense, long where few people live far apart.

    A rough answer from short lists tells how far the second closest site is (what a client would pay to keep its
    closest one is about that); each list then holds all sites within REACH times that way, and the 24 nearest at
    least. Whatever is left out lies beyond the radius, floored or not.
    """
    m = len(sites_xy)
    tree = cKDTree(sites_xy)
    rough = near_lists(xy, sites_xy, int(np.clip(4 * m / p, 16, 128)))
    length = np.diff(rough.ptr)
    cost = rough.cost * np.repeat(weight, length)
    beyond = 3.0 * cost[rough.ptr[1:] - 1]  # what a point counts that no listed site serves
    lists = make_lists(rough.ptr, rough.site, cost, beyond, beyond, np.zeros(m), p, p)
    nobody = np.zeros(m, dtype=bool)
    is_open, _ = improve(lists, first_sites(lists, nobody, seed), nobody, 0.0, seed)
    way, _ = cKDTree(sites_xy[is_open]).query(xy, k=[min(2, p)], workers=1)
    least, _ = tree.query(xy, k=[min(24, m)], workers=1)
    radius = np.maximum(REACH * np.ravel(way), np.ravel(least)) * (1 + 1e-12)
    counts = np.asarray(tree.query_ball_point(xy, radius, return_length=True), dtype=np.int64)
    _check(float(counts.sum()), len(xy), int(counts.mean()))
    return _within(tree, xy, sites_xy, radius, counts, floor)


def _within(tree: cKDTree, xy: Floats, sites_xy: Floats, radius: Floats, counts: Ints, floor: bool) -> NearLists:
    ptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    site = np.empty(ptr[-1], dtype=np.int32)
    cost = np.empty(ptr[-1])
    for begin in range(0, len(xy), 4096):  # in parts: Python lists of all pairs at once would need ten times as much
        several = tree.query_ball_point(xy[begin : begin + 4096], radius[begin : begin + 4096], return_sorted=True)
        for i, found in enumerate(several, start=begin):
            who = np.array(found, dtype=np.int32)
            far = np.hypot(*(sites_xy[who] - xy[i]).T)
            if floor:
                far = np.floor(far)
            order = np.argsort(far, kind="stable")
            site[ptr[i] : ptr[i + 1]], cost[ptr[i] : ptr[i + 1]] = who[order], far[order]
    return NearLists(ptr, site, cost, len(sites_xy))


def _check(pairs: float, points: int, each: int) -> None:
    check_memory(pairs * LIST_BYTES, text("{points} lists of {each} sites on average", points=points, each=each))
