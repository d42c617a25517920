"""Public instances of site problems, so that anyone can check the claims: OR-Library, TSPLIB, CSV tables.

Conventions that change the answer are those of the instances' own papers (docs/methods/siting-models.md, "Instance files").
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from scipy.sparse.csgraph import shortest_path

from musubime.errors import Fault, InputError
from musubime.language import Text, text
from musubime.region import Floats

from .model import NearLists

Format = Literal["orlib-pmed", "tsplib", "orlib-cap", "orlib-pmedcap", "sjc", "csv"]


@dataclass(frozen=True)
class SiteInstance:
    """Clients and sites. cost: (clients, sites), per unit of weight (of a client's whole demand in orlib-cap).

    ids: of clients and of sites. p: number of sites when the file says. xy: (clients, 2) where the file has points.
    """

    name: str
    cost: Floats
    weight: Floats
    client_ids: tuple[str, ...]
    site_ids: tuple[str, ...]
    p: int | None = None
    xy: Floats | None = None
    open_cost: Floats | None = None
    demand: Floats | None = None
    capacity: Floats | None = None
    single: bool = False


def read_instance(path: Path, format: Format, p: int | None = None) -> SiteInstance:
    """Read a file of one of the formats; `p` overrides the number of sites that the file gives."""
    readers: dict[str, Callable[[Path], SiteInstance]] = {
        "orlib-pmed": read_pmed, "tsplib": read_tsplib, "orlib-cap": read_cap, "orlib-pmedcap": read_pmedcap,
        "sjc": read_sjc, "csv": read_csv,
    }
    if format not in readers:
        raise InputError(_fault(path, text("There is no format of this name."),
                                text("Formats: {names}.", names=", ".join(readers)), value=format))
    instance = readers[format](path)
    return instance if p is None else replace(instance, p=p)


def _fault(path: Path, what: Text, remedy: Text, row: int | None = None, value: str = "") -> Fault:
    return Fault(what, remedy, file=path.name, row=row, value=value)


def _words(path: Path) -> str:
    """The file's text; Japanese town halls' encodings are tried in turn."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(_fault(path, text("The file cannot be read: {why}.", why=str(error.strerror or error)),
                                text("Check its name and that it may be read."))) from None
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError(_fault(path, text("The file is not text."), text("Give a file of the format named.")))


def _numbers(path: Path) -> list[float]:
    """All numbers of a file of numbers; says in which row another word stands."""
    found: list[float] = []
    for row, line in enumerate(_words(path).splitlines(), start=1):
        for word in line.split():
            try:
                found.append(float(word.rstrip(",")))
            except ValueError:
                raise InputError(_fault(path, text("A number is expected here."),
                                        text("Check that the file is of the format named."), row, word)) from None
    return found


def _cut_short(path: Path) -> InputError:
    return InputError(_fault(path, text("The file ends too early, or its first numbers do not fit the rest."),
                             text("Check that the file is whole and of the format named.")))


def _names(count: int) -> tuple[str, ...]:
    return tuple(str(i + 1) for i in range(count))


def _checked(count: float, path: Path) -> int:
    """A count read from a file: whole, from 1, and small enough that a table of pairs can exist."""
    if not 1 <= count <= 1e6 or count != int(count):
        raise _cut_short(path)
    return int(count)


def read_pmed(path: Path) -> SiteInstance:
    """OR-Library pmed (Beasley 1985): "n m p", then m edges. Undirected; a repeated edge overwrites the earlier one;
    the cost is the shortest path. Every node is client and site, weight 1."""
    numbers = _numbers(path)
    if len(numbers) < 3:
        raise _cut_short(path)
    n, m, p = (_checked(value, path) for value in numbers[:3])
    if len(numbers) < 3 + 3 * m:
        raise _cut_short(path)
    edges = np.array(numbers[3 : 3 + 3 * m]).reshape(m, 3)
    ends = edges[:, :2].astype(np.int64) - 1
    if ends.min() < 0 or ends.max() >= n or (edges[:, 2] < 0).any():
        row = int(np.argmax(((ends < 0) | (ends >= n)).any(axis=1) | (edges[:, 2] < 0)))
        raise InputError(_fault(path, text("An edge names a node beyond {n}, or its length is negative.", n=n),
                                text("Check that the file is whole and of the format named."), row + 2))
    length = np.full((n, n), np.inf)
    for (a, b), way in zip(ends, edges[:, 2], strict=True):
        length[a, b] = length[b, a] = way
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
    """TSPLIB coordinates: the cost is the floor of the Euclidean distance, every node client and site, weight 1."""
    points: list[tuple[float, float]] = []
    inside = False
    for row, line in enumerate(_words(path).splitlines(), start=1):
        word = line.strip()
        if word.startswith("NODE_COORD_SECTION"):
            inside = True
        elif word.startswith("EOF"):
            break
        elif inside and word:
            parts = word.split()
            try:
                points.append((float(parts[1]), float(parts[2])))
            except (IndexError, ValueError):
                raise InputError(_fault(path, text("A number is expected here."),
                                        text("Check that the file is of the format named."), row, word)) from None
    if not points:
        raise _cut_short(path)
    xy = np.array(points)
    cost = np.floor(euclidean(xy, xy))
    return SiteInstance(path.stem, cost, np.ones(len(xy)), _names(len(xy)), _names(len(xy)), None, xy)


def euclidean(a: Floats, b: Floats) -> Floats:
    """Straight distances (a, b), a coordinate at a time to spare memory."""
    return np.asarray(np.sqrt((a[:, None, 0] - b[None, :, 0]) ** 2 + (a[:, None, 1] - b[None, :, 1]) ** 2))


def read_cap(path: Path) -> SiteInstance:
    """OR-Library cap (Beasley 1988): warehouses with capacity and opening cost; for each customer its demand and
    the cost of its whole demand from each warehouse. A capacity that the file leaves as a word is unlimited."""
    words = _words(path).split()
    try:
        m, n = _checked(float(words[0]), path), _checked(float(words[1]), path)
        capacity = np.array([_number_or_inf(words[2 + 2 * j]) for j in range(m)])
        open_cost = np.array([float(words[3 + 2 * j]) for j in range(m)])
        rest = np.array([float(word) for word in words[2 + 2 * m :]])
    except (IndexError, ValueError):
        raise _cut_short(path) from None
    if len(rest) < n * (m + 1):
        raise _cut_short(path)
    table = rest[: n * (m + 1)].reshape(n, m + 1)
    return SiteInstance(path.stem, table[:, 1:].copy(), np.ones(n), _names(n), _names(m), None, None, open_cost,
                        table[:, 0].copy(), capacity)


def _number_or_inf(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return float("inf")


def read_pmedcap(path: Path, number: int = 1) -> SiteInstance:
    """Problem `number` of OR-Library pmedcap (Osman and Christofides 1994): floor of the Euclidean distance, one
    capacity for all, p medians among the points, demand not split."""
    numbers = _numbers(path)
    if not numbers:
        raise _cut_short(path)
    at = 1
    for _ in range(number):
        if len(numbers) < at + 5:
            raise _cut_short(path)
        n, p, size = _checked(numbers[at + 2], path), _checked(numbers[at + 3], path), numbers[at + 4]
        table = np.array(numbers[at + 5 : at + 5 + 4 * n])
        if len(table) < 4 * n:
            raise _cut_short(path)
        at += 5 + 4 * n
    table = table.reshape(n, 4)
    xy = table[:, 1:3].copy()
    return SiteInstance(f"{path.stem} #{number}", np.floor(euclidean(xy, xy)), np.ones(n), _names(n), _names(n), p,
                        xy, np.zeros(n), table[:, 3].copy(), np.full(n, size), single=True)


def read_cpmp(path: Path, number: int = 1) -> SiteInstance:
    """A capacitated p-median file of either layout, told by its first line: one number (how many problems follow,
    pmedcap) or two ("n p", Lorena and Senne)."""
    first = next((line.split() for line in _words(path).splitlines() if line.strip()), [])
    return read_pmedcap(path, number) if len(first) == 1 else read_sjc(path)


def read_sjc(path: Path) -> SiteInstance:
    """Lorena and Senne (2004): "n p", then x, y, capacity, demand. Real Euclidean distance, p medians, not split."""
    numbers = _numbers(path)
    if len(numbers) < 2:
        raise _cut_short(path)
    n, p = _checked(numbers[0], path), _checked(numbers[1], path)
    if len(numbers) < 2 + 4 * n:
        raise _cut_short(path)
    table = np.array(numbers[2 : 2 + 4 * n]).reshape(n, 4)
    xy = table[:, :2].copy()
    return SiteInstance(path.stem, euclidean(xy, xy), np.ones(n), _names(n), _names(n), p, xy, np.zeros(n),
                        table[:, 3].copy(), table[:, 2].copy(), single=True)


def read_csv(path: Path) -> SiteInstance:
    """A table of costs: first column the client's id, then optionally `weight`, then a column for each site.

    Or points: columns x and y (metres in a plane) and optionally weight, every point client and site. An empty
    cell of a table of costs means that no way leads. All faults are told at once.
    """
    rows = [row for row in csv.reader(io.StringIO(_words(path))) if any(cell.strip() for cell in row)]
    if len(rows) < 2:
        raise InputError(_fault(path, text("The table has no rows."), text("Give headings and one row at least.")))
    head = [cell.strip() for cell in rows[0]]
    lower = [cell.lower() for cell in head]
    columns = [c for c, name in enumerate(lower) if c > 0 and name != "weight"]
    points = {"x", "y"} <= {lower[c] for c in columns}
    if points:
        columns = [lower.index("x"), lower.index("y")]
    if not columns:
        raise InputError(_fault(path, text("The table has no column for a site."),
                                text("Give a column of costs for each site, or the columns x and y.")))
    faults: list[Fault] = []
    table = np.empty((len(rows) - 1, len(columns)))
    weight = np.ones(len(rows) - 1)
    for r, row in enumerate(rows[1:]):
        for k, c in enumerate(columns):
            table[r, k] = _cell(path, row, c, r + 2, head, faults, np.nan if points else np.inf)
        if "weight" in lower:
            weight[r] = _cell(path, row, lower.index("weight"), r + 2, head, faults, np.nan)
    if faults:
        raise InputError(faults)
    ids = tuple(row[0].strip() for row in rows[1:])
    if points:
        return SiteInstance(path.stem, euclidean(table, table), weight, ids, ids, None, table)
    return SiteInstance(path.stem, table, weight, ids, tuple(head[c] for c in columns))


def _cell(
    path: Path, row: list[str], column: int, number: int, head: list[str], faults: list[Fault], empty: float
) -> float:
    word = row[column].strip() if column < len(row) else ""
    try:
        value = float(word.replace(",", "")) if word else empty
    except ValueError:
        value = np.nan
    if np.isnan(value) or (value < 0 and head[column].lower() not in {"x", "y"}):
        faults.append(Fault(
            text("A number of zero or more is expected here."), text("Correct the cell."), file=path.name, row=number,
            field=head[column], value=word,
        ))
    return value


def near_lists(xy: Floats, sites_xy: Floats, count: int) -> NearLists:
    """Each point's `count` nearest sites by straight distance, for problems too large for all pairs."""
    from scipy.spatial import cKDTree

    count = min(count, len(sites_xy))
    far, who = cKDTree(sites_xy).query(xy, k=count, workers=1)
    far, who = np.reshape(far, (len(xy), count)), np.reshape(who, (len(xy), count))
    order = np.lexsort((who, far), axis=1)  # equals in the order of their position
    ptr = np.arange(len(xy) + 1, dtype=np.int64) * count
    return NearLists(
        ptr, np.take_along_axis(who, order, 1).astype(np.int32).ravel(), np.take_along_axis(far, order, 1).ravel(),
        len(sites_xy),
    )


def known_values(path: Path) -> dict[tuple[str, str, int | None], float]:
    """Published values of instances: (problem, instance, p) to value."""
    with path.open(encoding="utf-8", newline="") as file:
        return {
            (row["problem"], row["instance"], int(row["p"]) if row["p"] else None): float(row["value"])
            for row in csv.DictReader(file)
        }
