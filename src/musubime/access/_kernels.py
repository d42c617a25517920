"""A customizable contraction hierarchy on plain arrays: eliminate, customise, many to many, k nearest.

Nodes are numbered by contraction order ("ranks"): 0 is contracted first. Node v's upward arcs stand in
up_first[v]:up_first[v + 1], sorted by head; each carries the weight along it (up) and against it (down), in whole
milliseconds, FAR where there is no way. FAR + FAR still fits an int32. The plain twin of every query is Dijkstra.

Dibbelt, Strasser, Wagner: Customizable contraction hierarchies, ACM J. Exp. Algorithmics 21 (2016);
Delling, Goldberg, Werneck: Faster batched shortest paths in road networks (RPHAST), ATMOS 2011.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .clock import FAR_MS

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
FAR = FAR_MS
BLOCK = 64  # targets swept together: one row is two cache lines, four vector registers


@njit(cache=True)
def eliminate(first: I64, head: I32) -> tuple[I64, I32]:
    """Add the shortcuts of contraction: the upward graph whose every node's neighbours are joined to each other.

    first, head: upward arcs of the roads themselves by rank. Returns up_first (nodes + 1,), up_head (arcs,).
    """
    n = len(first) - 1
    up_first = np.zeros(n + 1, np.int64)
    up_head = np.empty(max(4 * len(head), 16), np.int32)
    child = np.full(n, -1, np.int32)  # linked lists of the elimination tree's children
    sibling = np.full(n, -1, np.int32)
    mark = np.full(n, -1, np.int32)
    used = 0
    for v in range(n):
        start = used
        mark[v] = v
        c = v  # the roads of v first, then the arcs of its children
        while c >= 0:
            low, high = (first[v], first[v + 1]) if c == v else (up_first[c], up_first[c + 1])
            if used + high - low > len(up_head):
                grown = np.empty(2 * len(up_head) + high - low, np.int32)
                grown[:used] = up_head[:used]
                up_head = grown
            for a in range(low, high):
                w = head[a] if c == v else up_head[a]
                if mark[w] != v:
                    mark[w] = v
                    place = used  # kept sorted by insertion: lists are short, and both parts arrive sorted
                    while place > start and up_head[place - 1] > w:
                        up_head[place] = up_head[place - 1]
                        place -= 1
                    up_head[place] = w
                    used += 1
            c = child[v] if c == v else sibling[c]
        up_first[v + 1] = used
        if used > start:
            parent = up_head[start]
            sibling[v] = child[parent]
            child[parent] = v
    return up_first, up_head[:used].copy()


@njit(cache=True)
def customise(up_first: I64, up_head: I32, down_first: I64, down_tail: I32, down_arc: I32, up: I32, down: I32) -> None:
    """Give every shortcut the time of the best way through lower nodes, in place.

    down_first, down_tail, down_arc: for each node the arcs that lead up to it, by tail.
    """
    n = len(up_first) - 1
    at = np.zeros(n, np.int64)
    for x in range(n):
        for a in range(up_first[x], up_first[x + 1]):
            at[up_head[a]] = a
        for k in range(down_first[x], down_first[x + 1]):
            arc = down_arc[k]
            to_v, from_v = down[arc], up[arc]  # x to v, v to x
            if to_v >= FAR and from_v >= FAR:
                continue
            for b in range(arc + 1, up_first[down_tail[k] + 1]):
                a = at[up_head[b]]
                up[a] = min(up[a], to_v + up[b])
                down[a] = min(down[a], down[b] + from_v)


@njit(cache=True)
def ancestors(up_first: I64, up_head: I32, nodes: I64) -> I32:
    """All nodes that the upward arcs of `nodes` lead to, themselves included, highest first."""
    n = len(up_first) - 1
    seen = np.zeros(n, np.bool_)
    for node in nodes:
        v = node
        while not seen[v]:
            seen[v] = True
            if up_first[v] == up_first[v + 1]:
                break
            v = up_head[up_first[v]]
    return np.flatnonzero(seen)[::-1].astype(np.int32)


@njit(cache=True)
def restrict(up_first: I64, up_head: I32, up: I32, kept: I32) -> tuple[I64, I32, I32]:
    """The passable upward arcs of `kept` (highest first) renumbered by position in it: first, head, weight."""
    local = np.full(len(up_first) - 1, -1, np.int32)
    count = 0
    for i in range(len(kept)):
        local[kept[i]] = i
        count += up_first[kept[i] + 1] - up_first[kept[i]]
    first = np.zeros(len(kept) + 1, np.int64)
    head, weight = np.empty(count, np.int32), np.empty(count, np.int32)
    used = 0
    for i in range(len(kept)):
        for a in range(up_first[kept[i]], up_first[kept[i] + 1]):
            if up[a] < FAR:
                head[used], weight[used] = local[up_head[a]], up[a]
                used += 1
        first[i + 1] = used
    return first, head[:used].copy(), weight[:used].copy()


@njit(cache=True, nogil=True)
def climb(up_first: I64, up_head: I32, down: I32, target: int, start_ms: int, far_ms: I32, path: I32) -> int:
    """Milliseconds from each ancestor of `target` down to it plus `start_ms`, into far_ms (nodes,), which was FAR.

    Returns how many ancestors were written to `path`, lowest first.
    """
    far_ms[target] = start_ms
    count = 0
    v = target
    while True:
        path[count] = v
        count += 1
        here = far_ms[v]
        if here < FAR:
            for a in range(up_first[v], up_first[v + 1]):
                w = up_head[a]
                far_ms[w] = min(far_ms[w], here + down[a])
        if up_first[v] == up_first[v + 1]:
            return count
        v = up_head[up_first[v]]


@njit(cache=True, nogil=True)
def sweep_block(
    up_first: I64, up_head: I32, down: I32, local: I32, first: I64, head: I32, weight: I32, targets: I64,
    sources: I64, out: I32,
) -> None:
    """Milliseconds from every source to up to BLOCK targets, into out (sources, targets).

    local: position of each node among those kept for the sources, -1 outside; first, head, weight: from `restrict`.
    """
    n, kept = len(up_first) - 1, len(first) - 1
    far_ms, path = np.full(n, FAR, np.int32), np.empty(n, np.int32)
    rows = np.full((kept, BLOCK), FAR, np.int32)
    for j in range(len(targets)):
        for k in range(climb(up_first, up_head, down, targets[j], 0, far_ms, path)):
            v = path[k]
            if local[v] >= 0:
                rows[local[v], j] = far_ms[v]
            far_ms[v] = FAR
    for i in range(kept):
        row = rows[i]
        for a in range(first[i], first[i + 1]):
            above, add = rows[head[a]], weight[a]
            for j in range(BLOCK):
                row[j] = min(row[j], above[j] + add)
    for s in range(len(sources)):
        for j in range(len(targets)):
            out[s, j] = rows[local[sources[s]], j]


@njit(cache=True)
def _insert(ms: I32, who: I32, new_ms: int, new_who: int) -> bool:
    """Put one label among the k least, ordered by time, then by number; False when it is not among them."""
    k = len(ms)
    if new_ms > ms[k - 1] or (new_ms == ms[k - 1] and new_who >= who[k - 1] and who[k - 1] >= 0):
        return False
    place = k - 1  # whose label is overwritten: the target's own earlier one, else the last
    for i in range(k):
        if who[i] == new_who:
            if ms[i] <= new_ms:
                return True
            place = i
            break
    while place > 0 and (ms[place - 1] > new_ms or (ms[place - 1] == new_ms and who[place - 1] > new_who)):
        ms[place], who[place] = ms[place - 1], who[place - 1]
        place -= 1
    ms[place], who[place] = new_ms, new_who
    return True


@njit(cache=True)
def nearest(
    up_first: I64, up_head: I32, up: I32, down: I32, targets: I64, start_ms: I32, name: I32, k: int
) -> tuple[I32, I32]:
    """The k nearest targets of every node: milliseconds and names, (nodes, k); FAR and -1 = none.

    start_ms, name: (targets,) what is still to go from each, and who it is; a name that comes twice counts once.
    """
    n = len(up_first) - 1
    ms, who = np.full((n, k), FAR, np.int32), np.full((n, k), -1, np.int32)
    far_ms, path = np.full(n, FAR, np.int32), np.empty(n, np.int32)
    for t in range(len(targets)):
        for i in range(climb(up_first, up_head, down, targets[t], start_ms[t], far_ms, path)):
            v = path[i]
            if far_ms[v] < FAR:
                _insert(ms[v], who[v], far_ms[v], name[t])
            far_ms[v] = FAR
    for v in range(n - 1, -1, -1):
        for a in range(up_first[v], up_first[v + 1]):
            if up[a] < FAR:
                w = up_head[a]
                for i in range(k):
                    if who[w, i] < 0 or not _insert(ms[v], who[v], ms[w, i] + up[a], who[w, i]):
                        break
    return ms, who
