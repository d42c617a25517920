"""Buildings within a short walk of one another, gathered into places."""

from __future__ import annotations

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from scipy.spatial.distance import pdist

from musubime.region import Facilities, Ints
from musubime.region.plane import to_plane

from .model import Places
from .snap import check_points


def gather_places(facilities: Facilities, epsg: int, diameter_m: float) -> Places:
    """Group buildings so that any two of one place are at most `diameter_m` apart in a straight line.

    Complete-linkage clustering cut at the diameter; each building is in exactly one place. The order of the table
    does not matter: buildings are taken by id. The principal building, which lends the place its name, is the one
    offering most services, then one that may hold a hub, then the larger, then the first by id.
    """
    check_points(facilities, epsg)
    n = len(facilities)
    x, y = to_plane(epsg, facilities.lon, facilities.lat)
    points = np.column_stack([x, y]).reshape(n, 2)
    by_id = np.array(sorted(range(n), key=lambda i: facilities.ids[i]), dtype=np.int64)
    group = np.empty(n, dtype=np.int64)
    group[by_id] = _complete_linkage(points[by_id], diameter_m)
    members: dict[int, list[int]] = {}
    for i in range(n):
        members.setdefault(int(group[i]), []).append(i)
    principal = np.array(sorted(min(m, key=lambda i: _rank(facilities, i)) for m in members.values()), dtype=np.int64)
    place_of_group = {int(group[p]): k for k, p in enumerate(principal)}
    return Places(
        ids=tuple(f"P-{facilities.ids[p]}" for p in principal),
        names=tuple(facilities.names[p] for p in principal),
        lon=facilities.lon[principal], lat=facilities.lat[principal],
        of_facility=np.array([place_of_group[int(g)] for g in group], dtype=np.int64), principal=principal,
    )


def _rank(facilities: Facilities, i: int) -> tuple[int, bool, float, str]:
    services = len(facilities.services[i]) if facilities.statuses[i] != "closed" else 0
    floor_m2 = float(np.nan_to_num(facilities.floor_m2[i]))
    return -services, not facilities.host[i], -floor_m2, facilities.ids[i]


def _complete_linkage(points: np.ndarray, diameter_m: float) -> Ints:
    """Cluster number of each point. Points farther apart than the diameter never meet, so each chain of near
    points is clustered by itself and a nation's buildings cost no n × n matrix."""
    n = len(points)
    group = np.zeros(n, dtype=np.int64)
    if n == 0:
        return group
    near = cKDTree(points).sparse_distance_matrix(cKDTree(points), diameter_m, output_type="coo_matrix")
    count, chain = connected_components(near, directed=False)
    order = np.argsort(chain, kind="stable")
    bounds = np.searchsorted(chain[order], np.arange(count + 1))
    used = 0
    for k in range(count):
        some = order[bounds[k]:bounds[k + 1]]
        if len(some) == 1:
            group[some] = used
            used += 1
            continue
        labels = fcluster(linkage(pdist(points[some]), method="complete"), diameter_m, criterion="distance")
        group[some] = used + labels - 1
        used += int(labels.max())
    return group
