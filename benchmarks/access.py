"""Road travel times side by side with the peers: one JSON line for each tool and task.

    python benchmarks/access.py                      a made road network of New York's size and shape
    python benchmarks/access.py --roads FOLDER       the DIMACS files USA-road-t.NY.gr.gz and USA-road-d.NY.co.gz
    python benchmarks/access.py --check              compare every pair with scipy's Dijkstra (half a minute more)
    python benchmarks/access.py --small              a hundredth of it, to see that everything runs

Wall seconds on two threads, best of three; peers that are not installed are said to be absent. Peers: routingkit-cch,
scipy, pandana (pip install pandana; not a dependency of Musubime).
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import json
import os
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree
from scipy.spatial import Delaunay

from musubime.access.clock import MS_PER_MIN
from musubime.access.hierarchy import Hierarchy


@dataclass(frozen=True)
class Roads:
    """lon, lat: degrees (nodes,); tail, head: (arcs,); ms: (arcs,) whole milliseconds."""

    name: str
    lon: np.ndarray
    lat: np.ndarray
    tail: np.ndarray
    head: np.ndarray
    ms: np.ndarray


def read_dimacs(folder: Path) -> Roads:
    """New York of the 9th DIMACS challenge: travel times, taken as tenths of a second."""
    with gzip.open(folder / "USA-road-d.NY.co.gz", "rt") as file:
        xy = np.array([line.split()[2:] for line in file if line.startswith("v")], dtype=float) / 1e6
    with gzip.open(folder / "USA-road-t.NY.gr.gz", "rt") as file:
        arcs = np.array([line.split()[1:] for line in file if line.startswith("a")], dtype=np.int64)
    return Roads("DIMACS New York", xy[:, 0], xy[:, 1], arcs[:, 0] - 1, arcs[:, 1] - 1, arcs[:, 2] * 100)


def make_roads(nodes: int, seed: int) -> Roads:
    """A planar network with New York's 2.776 arcs a node: Delaunay's short edges over a spanning tree.

    Nodes crowd about a few centres; one edge in twelve is a fast road, so that long ways bundle as they do.
    """
    rng = np.random.default_rng(seed)
    centres = rng.random((12, 2))
    crowd = rng.integers(0, 12, nodes)
    spread = np.where(rng.random(nodes) < 0.6, 0.04, 0.25)[:, None]
    points = centres[crowd] + rng.normal(0, 1, (nodes, 2)) * spread
    triangles = Delaunay(points).simplices
    pairs = np.unique(np.sort(triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1), axis=0)
    length = np.hypot(*(points[pairs[:, 0]] - points[pairs[:, 1]]).T)
    graph = csr_array((length, (pairs[:, 0], pairs[:, 1])), shape=(nodes, nodes))
    tree = minimum_spanning_tree(graph).tocoo()
    in_tree = set(zip(tree.row.tolist(), tree.col.tolist(), strict=True))
    wanted = round(nodes * 733_846 / 264_346 / 2)
    order = np.argsort(length * rng.uniform(0.5, 1.5, len(length)))
    more = [k for k in order.tolist() if (int(pairs[k, 0]), int(pairs[k, 1])) not in in_tree][: wanted - len(tree.row)]
    edges = np.concatenate([np.column_stack([tree.row, tree.col]), pairs[more]])
    metres = np.hypot(*(points[edges[:, 0]] - points[edges[:, 1]]).T) * 100_000
    kmh = np.where(rng.random(len(edges)) < 1 / 12, 60.0, 25.0)
    ms = np.maximum(np.round(metres / kmh * 3600), 1).astype(np.int64)
    return Roads(
        f"made, seed {seed}", points[:, 0] + 139, points[:, 1] + 35,
        np.concatenate([edges[:, 0], edges[:, 1]]), np.concatenate([edges[:, 1], edges[:, 0]]), np.tile(ms, 2),
    )


def best_of(repeat: int, run: Callable[[], Any]) -> tuple[float, float, Any]:
    """Least wall and CPU seconds, and the last result."""
    walls, cpus, result = [], [], None
    for _ in range(repeat):
        wall, cpu = time.perf_counter(), time.process_time()
        result = run()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return min(walls), min(cpus), result


def say(roads: Roads, tool: str, task: str, wall: float | None, cpu: float | None, **more: Any) -> None:
    print(json.dumps({
        "network": roads.name, "nodes": len(roads.lon), "arcs": len(roads.tail), "tool": tool, "task": task,
        "wall_s": wall and round(wall, 4), "cpu_s": cpu and round(cpu, 4),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024), **more,
    }), flush=True)


def reverse_graph(roads: Roads) -> csr_array:
    """For scipy, from targets backwards; of parallel arcs the faster, for a sparse matrix would add them up."""
    n = len(roads.lon)
    order = np.lexsort((roads.ms, roads.tail, roads.head))
    first = np.ones(len(order), dtype=bool)
    first[1:] = np.diff(roads.head[order] * n + roads.tail[order]) != 0
    kept = order[first]
    return csr_array((roads.ms[kept].astype(float), (roads.head[kept], roads.tail[kept])), shape=(n, n))


def run(roads: Roads, sources: np.ndarray, targets: np.ndarray, *, check: bool, skip_slow: bool) -> None:
    pairs = f"{len(sources)} x {len(targets)} matrix"
    minutes = roads.ms / MS_PER_MIN
    wall, cpu, hierarchy = best_of(1, lambda: Hierarchy.build(roads.lon, roads.lat, roads.tail, roads.head))
    say(roads, "musubime", "order and contract", wall, cpu, up_arcs=len(hierarchy.up_head))
    hierarchy.customised(minutes).matrix(sources[:70], targets[:70], 2)  # compile outside the clock
    hierarchy.customised(minutes).nearest(targets[:3], 3)
    wall, cpu, metric = best_of(3, lambda: hierarchy.customised(minutes))
    say(roads, "musubime", "customise", wall, cpu)
    shut = np.where(np.arange(len(minutes)) == len(minutes) // 2, np.inf, minutes)
    wall, cpu, _ = best_of(3, lambda: hierarchy.customised(shut))
    say(roads, "musubime", "close one road", wall, cpu)
    wall, cpu, ours = best_of(3, lambda: metric.matrix(sources, targets, 2))
    say(roads, "musubime", pairs, wall, cpu)
    ours_wall = wall
    wall, cpu, (who, near) = best_of(3, lambda: metric.nearest(targets, 3))
    say(roads, "musubime", "3 nearest of every node", wall, cpu)

    wall, cpu, theirs = best_of(2, routingkit(roads, sources, targets))
    say(roads, "routingkit-cch 0.1", pairs, wall, cpu, times_slower=round(wall / ours_wall, 1),
        agrees=bool(np.array_equal(np.round(ours * MS_PER_MIN), theirs)))
    if importlib.util.find_spec("pandana") is None:
        say(roads, "pandana", pairs, None, None, absent="not installed")
    elif not skip_slow:
        pandana(roads, sources, targets, pairs, ours_wall)
    if check:
        graph = reverse_graph(roads)
        wall, cpu, far = best_of(1, lambda: dijkstra(graph, indices=targets))
        same = np.array_equal(np.round(ours * MS_PER_MIN).T, far[:, sources])
        least = np.argsort(far, axis=0, kind="stable")[:3]
        near_same = np.array_equal(np.round(near * MS_PER_MIN).T, np.take_along_axis(far, least, axis=0))
        say(roads, "scipy Dijkstra, one thread", f"{len(targets)} from all", wall, cpu,
            times_slower=round(wall / ours_wall, 1), every_pair_agrees=same,
            every_nearest_agrees=near_same and np.array_equal(who.T, least))


def routingkit(roads: Roads, sources: np.ndarray, targets: np.ndarray) -> Callable[[], np.ndarray]:
    import routingkit_cch as cch

    tail, head = roads.tail.tolist(), roads.head.tolist()
    order = cch.compute_order_inertial(len(roads.lon), tail, head, roads.lat.tolist(), roads.lon.tolist())
    metric = cch.CCHMetric(cch.CCH(order, tail, head, False), roads.ms.tolist())

    def loop() -> np.ndarray:
        query = cch.CCHManyToOne(metric, sources.tolist())
        columns = [query.distances_to(target) for target in targets.tolist()]
        return np.array(columns, dtype=float).T  # None becomes nan

    return loop


def pandana(roads: Roads, sources: np.ndarray, targets: np.ndarray, pairs: str, ours_wall: float) -> None:
    import pandana as pdna
    import pandas as pd

    frame = pd.DataFrame({"minutes": roads.ms / MS_PER_MIN})
    wall, cpu, network = best_of(1, lambda: pdna.Network(
        pd.Series(roads.lon), pd.Series(roads.lat), pd.Series(roads.tail), pd.Series(roads.head), frame, twoway=False))
    say(roads, "pandana", "build", wall, cpu)
    a, b = np.repeat(sources, len(targets)), np.tile(targets, len(sources))
    wall, cpu, _ = best_of(1, lambda: network.shortest_path_lengths(a, b))
    say(roads, "pandana", pairs, wall, cpu, times_slower=round(wall / ours_wall, 1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--roads", type=Path, help="folder with the DIMACS files")
    parser.add_argument("--check", action="store_true", help="compare every pair with Dijkstra")
    parser.add_argument("--small", action="store_true", help="a hundredth of the size")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    size = 2_643 if args.small else 264_346
    roads = read_dimacs(args.roads) if args.roads else make_roads(size, args.seed)
    rng = np.random.default_rng(args.seed)
    n = len(roads.lon)
    sources = rng.choice(n, min(5000, n), replace=False)
    targets = rng.choice(n, min(500, n // 2), replace=False)
    run(roads, sources, targets, check=args.check or args.small, skip_slow=False)


if __name__ == "__main__":
    main()
