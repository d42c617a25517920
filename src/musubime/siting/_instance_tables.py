"""Site problems from CSV: a table of costs, or points with x and y. And what all readers of instances share."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from musubime.errors import Fault, InputError
from musubime.language import Text, text
from musubime.region import Floats
from musubime.tabular import decode, delimiter_of, plain

from ._sites import check_memory

MOST_FAULTS = 50  # of one kind are named; a wrong file has as many as cells
NAMES = {"name", "名称", "名前", "地区名", "集落名"}
WEIGHTS = {"weight", "重み", "人口", "人数", "people"}
DEGREES = {"lat", "lon", "lng", "latitude", "longitude", "緯度", "経度"}


@dataclass(frozen=True)
class SiteInstance:
    """Clients and sites. cost: (clients, sites), per unit of weight (of a client's whole demand in orlib-cap).

    ids: of clients and of sites; client_names: where the file has them. p: number of sites when the file says.
    xy: (clients, 2) where the file has points. demand, capacity, open_cost: of facility location; single: demand
    may not be split.
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
    client_names: tuple[str, ...] = ()


def fault_in(
    path: Path, what: Text, remedy: Text, row: int | None = None, value: str = "", field: str = ""
) -> Fault:
    return Fault(what, remedy, file=path.name, row=row, value=value, field=field)


def words_of(path: Path) -> str:
    """The file's text, in whatever encoding Japanese offices write."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(fault_in(path, text("The file cannot be read: {why}.", why=str(error.strerror or error)),
                                  text("Check its name and that it may be read."))) from None
    decoded, _, unreadable = decode(data, path)
    if unreadable or "\0" in decoded:
        raise InputError(fault_in(path, text("The file is not text."), text("Give a file of the format named.")))
    return decoded


def euclidean(a: Floats, b: Floats) -> Floats:
    """Straight distances (a, b), a coordinate at a time to spare memory."""
    return np.asarray(np.sqrt((a[:, None, 0] - b[None, :, 0]) ** 2 + (a[:, None, 1] - b[None, :, 1]) ** 2))


def all_pairs(xy: Floats) -> Floats:
    """Straight distances between all points, if there is memory for them."""
    check_memory(24.0 * len(xy) ** 2, text("A table of {n} × {m} pairs", n=len(xy), m=len(xy)))
    return euclidean(xy, xy)


def read_csv(path: Path) -> SiteInstance:
    """A table of costs: first column the client's id, then optionally `weight` and `name`, then a column for each
    site. Or points: columns x and y (metres in a plane) and optionally weight and name, every point client and site.

    An empty cell of a table of costs means that no way leads. All faults are told at once.
    """
    rows = _rows(path)
    if len(rows) < 2:
        raise InputError(fault_in(path, text("The table has no rows."),
                                  text("Give headings and one row at least."), 1))
    head = [plain(cell) for cell in rows[0][1]]
    lower = [cell.lower() for cell in head]
    faults = _head_faults(path, rows[0][0], head)
    columns = [c for c, name in enumerate(lower) if c > 0 and name not in WEIGHTS | NAMES]
    points = {"x", "y"} <= {lower[c] for c in columns}
    if points:
        columns = [lower.index("x"), lower.index("y")]
    if not columns:
        faults.append(fault_in(path, text("The table has no column for a site."),
                               text("Give a column of costs for each site, or the columns x and y."), rows[0][0]))
    weight_at = next((c for c, name in enumerate(lower) if c > 0 and name in WEIGHTS), None)
    name_at = next((c for c, name in enumerate(lower) if c > 0 and name in NAMES), None)
    table = np.empty((len(rows) - 1, len(columns)))
    weight = np.ones(len(rows) - 1)
    for r, (number, row) in enumerate(rows[1:]):
        if (len(row) > len(head) and any(cell.strip() for cell in row[len(head):])) or len(row) < len(head):
            faults.append(fault_in(path, text("The row has {cells} cells, the headings {columns}.", cells=len(row),
                                              columns=len(head)), text("Give one cell for each heading."), number))
            continue
        for k, c in enumerate(columns):
            table[r, k] = _value(row[c], points, np.nan if points else np.inf)
        bad = [columns[k] for k in np.flatnonzero(np.isnan(table[r]))]
        if weight_at is not None:
            weight[r] = _value(row[weight_at], False, np.nan)
            bad += [weight_at] if not np.isfinite(weight[r]) else []
        faults += [
            fault_in(path, text("A number is expected here.") if points and c in columns
                     else text("A number of zero or more is expected here."),
                     text("Correct the cell."), number, row[c], head[c]) for c in bad
        ]
    ids = tuple(plain(row[0]) if row else "" for _, row in rows[1:])
    again = Counter(ids)
    faults += [
        fault_in(path, text("{times} lines or columns have the same id.", times=times), text("Give each its own id."),
                 rows[ids.index(name) + 1][0], name, head[0]) for name, times in again.items() if times > 1
    ]
    if faults:
        raise InputError(faults[:MOST_FAULTS])
    names = tuple(row[name_at].strip() for _, row in rows[1:]) if name_at is not None else ()
    if points:
        return SiteInstance(path.stem, all_pairs(table), weight, ids, ids, None, table, client_names=names)
    return SiteInstance(path.stem, table, weight, ids, tuple(head[c] for c in columns), client_names=names)


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """Rows that are not blank, each with its number in the file."""
    decoded = words_of(path)
    reader = csv.reader(io.StringIO(decoded, newline=""), delimiter=delimiter_of(decoded), strict=True)
    found = []
    before = 0
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                found.append((before + 1, row))
            before = reader.line_num
    except csv.Error as error:
        raise InputError(fault_in(path, text("The table cannot be read: {why}.", why=str(error)),
                                  text("Save it anew as CSV (UTF-8)."), before + 1)) from None
    return found


def _head_faults(path: Path, row: int, head: list[str]) -> list[Fault]:
    faults = [
        fault_in(path, text("{times} lines or columns have the same id.", times=times), text("Give each its own id."),
                 row, name) for name, times in Counter(head).items() if times > 1
    ]
    degrees = [name for name in head if name.lower() in DEGREES]
    if degrees:
        faults.append(fault_in(path, text("Longitude and latitude are not read: they are no lengths."),
                               text("Give x and y in metres (a plane rectangular zone), or a table of costs."), row,
                               degrees[0], degrees[0]))
    return faults


def _value(cell: str, coordinate: bool, empty: float) -> float:
    """A cell's number: a coordinate, finite, or a cost, not negative; NaN when it is not."""
    word = plain(cell).replace(",", "")
    if not word:
        return empty
    try:
        value = float(word)
    except ValueError:
        return float("nan")
    return value if (np.isfinite(value) if coordinate else value >= 0) else float("nan")
