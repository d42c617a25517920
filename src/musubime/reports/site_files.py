"""site.csv, who goes where, as Excel opens it, and site.json with the answer."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from musubime.language import text
from musubime.region.files import staged
from musubime.studies.site import SiteAnswer

from .access_files import plain

FILES = ("site.csv", "site.json")


def publish_site(answer: SiteAnswer, summary: Mapping[str, Any], out: Path) -> list[Path]:
    """Write both files, or neither. Raises OutputError with a remedy when the folder cannot be written to."""
    with staged(out) as new:
        # The mark at the beginning tells Excel that the file is UTF-8.
        with (new / FILES[0]).open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([plain(cell) for cell in row] for row in _table(answer))
        (new / FILES[1]).write_text(json.dumps(summary, ensure_ascii=False, indent=1, allow_nan=False) + "\n", "utf-8",
                                    newline="\n")
    return [out / name for name in FILES]


def _table(answer: SiteAnswer) -> Iterator[list[str]]:
    """A line for each client, or where demand is split for each of its shares; a client nobody serves has no site."""
    given, solution = answer.given, answer.solution
    names = bool(given.client_names)
    yield [str(head) for head in (
        text("Client"), *((text("Client's name"),) if names else ()), text("Weight"), text("Site"),
        *((text("Site's name"),) if names else ()),
        text("Minutes") if given.from_region else text("Cost"), text("Share"),
    )]
    lost = set(answer.out_of_reach)
    for i, client in enumerate(given.client_ids):
        shares = [(int(solution.assigned[i]), 1.0)] if i not in lost or solution.assigned[i] < 0 else [(-1, 0.0)]
        if solution.flow is not None:
            shares = [(int(j), float(solution.flow[i, j])) for j in np.flatnonzero(solution.flow[i] > 0)]
        for j, share in shares:
            yield [
                client, *((given.client_names[i],) if names else ()), f"{_weight(answer, i):.10g}",
                given.site_ids[j] if j >= 0 else "", *((given.site_names[j] if j >= 0 else "",) if names else ()),
                f"{given.cost[i, j]:.10g}" if j >= 0 else "", f"{share:.6g}" if j >= 0 else "0",
            ]
    for client in answer.left_out:
        yield [client, *(("",) if names else ()), "", "", *(("",) if names else ()), "", "0"]


def _weight(answer: SiteAnswer, i: int) -> float:
    demand = answer.given.demand
    return float(demand[i] if demand is not None and answer.capacitated else answer.given.weight[i])
