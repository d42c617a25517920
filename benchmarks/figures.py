"""How many planted errors `musubime verify-figures` finds, and how many of its alarms are planted errors.

    python benchmarks/figures.py                    2,000 tables: one error each in five of six, none in the sixth
    python benchmarks/figures.py --tables 200       fewer
    python benchmarks/figures.py --show 10          print the first ten misses and false alarms with their tables' names

Recall counts an error as found when an alarm stands at it or its failing relation contains it ("found"), and apart from
that when the alarm names the very cell ("named"). Precision: alarms whose figure or relation contains a planted error,
among all alarms, those in clean tables included. One JSON line for each kind of error.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
from figures_families import FAMILIES, WITH_SHARES
from figures_made import KINDS, Cell, Made, plant

from musubime.errors import MusubimeError
from musubime.surveys.figures import Inconsistency, verify_figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="folder in which the tables that went wrong are kept")
    options = parser.parse_args()
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    families: dict[str, Counter[str]] = defaultdict(Counter)
    shown, started = 0, time.process_time()
    with tempfile.TemporaryDirectory() as scratch:
        for n in range(options.tables):
            rng = np.random.default_rng([options.seed, n])
            kind = (*KINDS, "none")[n % 6]
            families_of = WITH_SHARES if kind in ("wrong base", "wrong rounding") else FAMILIES
            table = families_of[(n // 6) % len(families_of)](rng)
            planted: set[Cell] = set()
            if kind != "none":
                found = plant(table, kind, rng)
                if found is None:
                    counts[kind]["no place for it"] += 1
                    continue
                planted = found
            path = write(table, Path(scratch), n, rng)
            try:
                result = verify_figures(path).inconsistent
            except MusubimeError as error:
                print(json.dumps({"table": n, "family": table.family, "error": str(error)}, ensure_ascii=False))
                counts[kind]["refused"] += 1
                continue
            good = [one for one in result if hits(one, planted, table)]
            named = any(place(one, table) in planted for one in result)
            for tally in (counts[kind], families[table.family]):
                tally["tables"] += 1
                tally["found"] += bool(good)
                tally["named"] += named
                tally["alarms"] += len(result)
                tally["true alarms"] += len(good)
                tally["clean"] += kind == "none"
            if (len(good) < len(result) or (planted and not good)) and shown < options.show:
                shown += 1
                print(
                    json.dumps(
                        {
                            "table": n,
                            "family": table.family,
                            "kind": kind,
                            "planted": sorted(planted),
                            "alarms": [
                                (one.sheet, one.cell, one.printed, one.recomputed, str(one.what)[:160])
                                for one in result[:4]
                            ],
                        },
                        ensure_ascii=False,
                    )
                )
                if options.keep:
                    options.keep.mkdir(parents=True, exist_ok=True)
                    (options.keep / f"{n}{path.suffix}").write_bytes(path.read_bytes())
            path.unlink()
    report(counts, "kind", time.process_time() - started)
    report(families, "family", 0.0)


def report(counts: dict[str, Counter[str]], name: str, seconds: float) -> None:
    everything: Counter[str] = Counter()
    for kind, tally in counts.items():
        everything.update(tally)
        planted = tally["tables"] - tally["clean"]
        print(
            json.dumps(
                {
                    name: kind,
                    "tables": tally["tables"],
                    "recall": _share(tally["found"], planted),
                    "named": _share(tally["named"], planted),
                    "precision": _share(tally["true alarms"], tally["alarms"]),
                    "alarms": tally["alarms"],
                    "false": tally["alarms"] - tally["true alarms"],
                    "no place for it": tally["no place for it"],
                },
                ensure_ascii=False,
            )
        )
    if seconds:
        planted = everything["tables"] - everything["clean"]
        print(
            json.dumps(
                {
                    name: "all",
                    "tables": everything["tables"],
                    "recall": _share(everything["found"], planted),
                    "named": _share(everything["named"], planted),
                    "precision": _share(everything["true alarms"], everything["alarms"]),
                    "no place for it": everything["no place for it"],
                    "cpu_s": round(seconds, 1),
                },
                ensure_ascii=False,
            )
        )


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def place(one: Inconsistency, table: Made) -> Cell:
    return (table.sheets.index(one.sheet) if one.sheet in table.sheets else 0, one.row - 1, one.column - 1)


def hits(one: Inconsistency, planted: set[Cell], table: Made) -> bool:
    """Whether an alarm stands at a planted error or its relation contains one."""
    if place(one, table) in planted:
        return True
    if table.claims:
        rows = {int(row) for row in one.involved} | {one.row}
        return any(cell[1] + 1 in rows for cell in planted)
    names = {(table.sheets[s] + "!" if table.sheets[s] else "") + _name(i, j) for s, i, j in planted}
    return bool(names & set(one.involved))


def _name(row: int, column: int) -> str:
    letters, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def write(table: Made, folder: Path, n: int, rng: np.random.Generator) -> Path:
    """As CSV in one of the usual encodings, or as a workbook with numbers as numbers or as text."""
    if len(table.sheets) == 1 and not table.sheets[0]:
        path = folder / f"{n}.csv"
        encoding = ["utf-8", "utf-8-sig", "cp932"][rng.integers(3)]
        with path.open("w", encoding=encoding, newline="", errors="replace") as file:
            csv.writer(file).writerows(table.grid(0))
        return path
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    for number, name in enumerate(table.sheets):
        page = book.create_sheet(name)
        for row in table.grid(number):
            page.append([_typed(cell) for cell in row])
    path = folder / f"{n}.xlsx"
    book.save(path)
    return path


def _typed(cell: str) -> str | float | int | None:
    plain = cell.replace(",", "").replace("△", "-")
    if re.fullmatch(r"-?\d+", plain):
        return int(plain)
    return float(plain) if re.fullmatch(r"-?\d+\.\d+", plain) else cell or None


if __name__ == "__main__":
    main()
