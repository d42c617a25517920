"""Public instances of site problems, so that anyone can check the claims: OR-Library, TSPLIB, capacitated p-median.

Conventions that change the answer are those of the instances' own papers (docs/methods/siting-models.md). CSV tables
are read by `_instance_tables`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
from scipy.sparse.csgraph import shortest_path

from musubime.errors import Fault, InputError
from musubime.language import Text, text
from musubime.region import Floats

from ._instance_tables import SiteInstance, all_pairs, euclidean, read_csv, words_of
from ._instance_tables import fault_in as _fault
from ._sites import check_memory
from .near import fitted_lists, near_lists

__all__ = [
    "Format", "SiteInstance", "euclidean", "fitted_lists", "known_values", "near_lists", "read_cap", "read_cpmp",
    "read_csv", "read_instance", "read_pmed", "read_pmedcap", "read_sjc", "read_tsplib",
]

Format = Literal["orlib-pmed", "tsplib", "orlib-cap", "orlib-pmedcap", "sjc", "cpmp", "csv"]
Token = tuple[int, str]  # row, word


def read_instance(path: Path, format: Format, p: int | None = None) -> SiteInstance:
    """Read a file of one of the formats; `p` overrides the number of sites that the file gives."""
    readers: dict[str, Callable[[Path], SiteInstance]] = {
        "orlib-pmed": read_pmed, "tsplib": read_tsplib, "orlib-cap": read_cap, "orlib-pmedcap": read_pmedcap,
        "sjc": read_sjc, "cpmp": read_cpmp, "csv": read_csv,
    }
    if format not in readers:
        raise InputError(_fault(path, text("There is no format of this name."),
                                text("Formats: {names}.", names=", ".join(readers)), value=format))
    instance = readers[format](path)
    return instance if p is None else replace(instance, p=p)


class _Numbers:
    """A file's numbers one after the other. What is wrong is told with its row."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.words: list[Token] = [
            (row, word.rstrip(",")) for row, line in enumerate(words_of(path).splitlines(), start=1)
            for word in line.split()
        ]
        self.at = 0

    @property
    def left(self) -> int:
        return len(self.words) - self.at

    def wrong(self, what: Text, at: int, remedy: Text | None = None) -> InputError:
        row, word = self.words[at] if at < len(self.words) else (self.words[-1][0] if self.words else 1, "")
        return InputError(_fault(self.path, what, remedy or FORMAT_REMEDY, row, word))

    def take(self, count: int) -> Floats:
        """The next numbers. Raises InputError when fewer are left, or one is no finite number."""
        if self.left < count:
            raise self.wrong(text("The file ends too early: {count} numbers are missing.", count=count - self.left),
                             len(self.words))
        found = np.empty(count)
        for k in range(count):
            try:
                found[k] = float(self.words[self.at + k][1])
            except ValueError:
                found[k] = np.nan
            if not np.isfinite(found[k]):
                raise self.wrong(text("A number is expected here."), self.at + k)
        self.at += count
        return found

    def count(self, most: float = 1e6) -> int:
        """The next number as a count: whole, from 1."""
        value = float(self.take(1)[0])
        if not 1 <= value <= most or value != int(value):
            raise self.wrong(text("A whole number from 1 to {most:,.0f} is expected here.", most=most), self.at - 1)
        return int(value)

    def table(self, rows: int, columns: int, least: float = 0.0) -> Floats:
        """The next numbers as rows of a table, none below `least`."""
        begin = self.at
        found = self.take(rows * columns)
        low = np.flatnonzero(found < least)
        if len(low):
            raise self.wrong(text("A number of zero or more is expected here."), begin + int(low[0]))
        return found.reshape(rows, columns)

    def end(self) -> None:
        """Nothing may follow: more numbers than the head announces mean that it or the file is another's."""
        if self.left:
            raise self.wrong(text("{count} more numbers follow than the file's head announces.", count=self.left),
                             self.at)


FORMAT_REMEDY = text("Check that the file is whole and of the format named.")


def _names(count: int) -> tuple[str, ...]:
    return tuple(str(i + 1) for i in range(count))


def read_pmed(path: Path) -> SiteInstance:
    """OR-Library pmed (Beasley 1985): "n m p", then m edges. Undirected; a repeated edge overwrites the earlier one;
    the cost is the shortest path. Every node is client and site, weight 1. No way: inf."""
    numbers = _Numbers(path)
    n, m = numbers.count(), numbers.count(1e9)
    p = numbers.count(n)
    begin = numbers.at
    edges = numbers.table(m, 3)
    numbers.end()
    ends = edges[:, :2]
    wrong = np.argwhere((ends < 1) | (ends > n) | (ends != np.floor(ends)))
    if len(wrong):
        raise numbers.wrong(text("There is no node of this number; nodes run from 1 to {n}.", n=n),
                            begin + 3 * int(wrong[0][0]) + int(wrong[0][1]))
    check_memory(24.0 * n * n, text("A table of {n} × {m} pairs", n=n, m=n))
    length = np.full((n, n), np.inf)
    a, b = ends.astype(np.int64).T - 1
    for tail, head, way in zip(a.tolist(), b.tolist(), edges[:, 2].tolist(), strict=True):
        length[tail, head] = length[head, tail] = way
    np.fill_diagonal(length, 0.0)
    edges_of_nothing = (length == 0).sum() > n
    cost = _floyd(length) if edges_of_nothing else shortest_path(
        np.where(np.isinf(length), 0.0, length), method="D", directed=False)
    return SiteInstance(path.stem, np.asarray(cost, dtype=np.float64), np.ones(n), _names(n), _names(n), p)


def _floyd(length: Floats) -> Floats:
    """Shortest paths where edges of length 0 exist, which scipy takes for none."""
    cost = length.copy()
    for k in range(len(cost)):
        np.minimum(cost, cost[:, [k]] + cost[[k]], out=cost)
    return cost


def read_tsplib(path: Path) -> SiteInstance:
    """TSPLIB coordinates (EUC_2D): the cost is the floor of the Euclidean distance, every node client and site,
    weight 1. "EOF" may be missing; numbers may be written as 1.5e+03 or 1.5D+03; ids need not count from 1."""
    ids, xy = _nodes(path)
    return SiteInstance(path.stem, np.floor(all_pairs(xy)), np.ones(len(xy)), ids, ids, None, xy)


def _nodes(path: Path) -> tuple[tuple[str, ...], Floats]:
    faults: list[Fault] = []
    head: dict[str, tuple[int, str]] = {}
    points: dict[str, tuple[float, float]] = {}
    inside = ended = False
    for row, line in enumerate(words_of(path).splitlines(), start=1):
        word = line.strip()
        key = re.match(r"([A-Za-z_0-9]*[A-Za-z][A-Za-z_0-9]*)\s*(?::\s*(.*))?$", word)
        if key and key[1].upper() == "NODE_COORD_SECTION":
            inside = True
        elif key and not (inside and len(word.split()) > 1 and key[2] is None):
            ended = ended or inside  # EOF, or another section
            inside = False
            head[key[1].upper()] = (row, (key[2] or "").strip())
        elif inside and word:
            parts = word.split()
            try:
                x, y = (float(part.upper().replace("D", "E")) for part in parts[1:])
            except ValueError:
                x = y = float("nan")
            if not np.isfinite([x, y]).all():
                faults.append(_fault(path, text("A node's number, x and y are expected here."),
                                     text("Correct the line, or leave it out."), row, word))
            elif parts[0] in points:
                faults.append(_fault(path, text("{times} lines or columns have the same id.", times=2),
                                     text("Give each its own id."), row, parts[0]))
            else:
                points[parts[0]] = (x, y)
    kind_row, kind = head.get("EDGE_WEIGHT_TYPE", (0, "EUC_2D"))
    if kind.upper() != "EUC_2D":
        faults.append(_fault(path, text("Distances of the type {kind} are not read, only EUC_2D.", kind=kind),
                             text("Give a file with plane coordinates, or a CSV table of costs."), kind_row, kind))
    said_row, said = head.get("DIMENSION", (0, ""))
    if not faults and said and said != str(len(points)):
        faults.append(_fault(path, text("The file announces {said} nodes and holds {count}.", said=said,
                                        count=len(points)), FORMAT_REMEDY, said_row, said))
    if not faults and not points:
        faults.append(_fault(path, text("The file has no NODE_COORD_SECTION with nodes."), FORMAT_REMEDY))
    if faults:
        raise InputError(faults)
    return tuple(points), np.array(list(points.values()))


def read_cap(path: Path, capacity: float | None = None) -> SiteInstance:
    """OR-Library cap (Beasley 1988): warehouses with capacity and opening cost; for each customer its demand and the
    cost of its whole demand from each warehouse.

    capa, capb and capc have the word "capacity" in place of a number: one figure for all that must be given here
    (the library solves capa at 8000 to 14000, capb at 5000 to 8000, capc at 5000 to 7250; inf: no limit).
    """
    numbers = _Numbers(path)
    m, n = numbers.count(), numbers.count()
    begin = numbers.at
    blank = [begin + 2 * j for j in range(min(m, numbers.left // 2)) if numbers.words[begin + 2 * j][1] == "capacity"]
    if blank and capacity is None:
        raise numbers.wrong(
            text("The file leaves the capacity of {count} sites open.", count=len(blank)), blank[0],
            text("Give the capacity beside the file; inf for none."),
        )
    for at in blank:
        numbers.words[at] = (numbers.words[at][0], "0")
    sites = numbers.table(m, 2)
    if blank:
        sites[[(at - begin) // 2 for at in blank], 0] = capacity
    table = numbers.table(n, m + 1)
    numbers.end()
    return SiteInstance(path.stem, table[:, 1:].copy(), np.ones(n), _names(n), _names(m), None, None,
                        sites[:, 1].copy(), table[:, 0].copy(), sites[:, 0].copy())


def read_cpmp(path: Path, number: int = 1) -> SiteInstance:
    """A capacitated p-median file of either layout, told by its first line: one number (how many problems follow,
    pmedcap) or two ("n p", Lorena and Senne)."""
    first = next((line.split() for line in words_of(path).splitlines() if line.strip()), [])
    return read_pmedcap(path, number) if len(first) == 1 else read_sjc(path)


def read_pmedcap(path: Path, number: int = 1) -> SiteInstance:
    """Problem `number` of OR-Library pmedcap (Osman and Christofides 1994): floor of the Euclidean distance, one
    capacity for all, p medians among the points, demand not split."""
    numbers = _Numbers(path)
    problems = numbers.count()
    if not 1 <= number <= problems:
        raise InputError(_fault(path, text("The file holds {problems} problems, not {number}.", problems=problems,
                                           number=number),
                                text("Ask for 1 to {sites}.", sites=problems), 1, str(number)))
    for _ in range(number):
        numbers.take(2)  # number and best known value
        n = numbers.count()
        p = numbers.count(n)
        size = float(numbers.table(1, 1)[0, 0])
        table = numbers.take(4 * n).reshape(n, 4)
    xy = table[:, 1:3].copy()
    return SiteInstance(f"{path.stem} #{number}", np.floor(all_pairs(xy)), np.ones(n), _names(n), _names(n), p,
                        xy, np.zeros(n), table[:, 3].copy(), np.full(n, size), single=True)


def read_sjc(path: Path) -> SiteInstance:
    """Lorena and Senne (2004): "n p", then x, y, capacity, demand. Real Euclidean distance, p medians, not split."""
    numbers = _Numbers(path)
    n = numbers.count()
    p = numbers.count(n)
    table = numbers.take(4 * n).reshape(n, 4)
    numbers.end()
    xy = table[:, :2].copy()
    return SiteInstance(path.stem, all_pairs(xy), np.ones(n), _names(n), _names(n), p, xy, np.zeros(n),
                        table[:, 3].copy(), table[:, 2].copy(), single=True)


def known_values(path: Path) -> dict[tuple[str, str, int | None], float]:
    """Published values of instances: (problem, instance, p) to value."""
    with path.open(encoding="utf-8", newline="") as file:
        return {
            (row["problem"], row["instance"], int(row["p"]) if row["p"] else None): float(row["value"])
            for row in csv.DictReader(file)
        }
