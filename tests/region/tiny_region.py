"""A region small enough to count by hand: three settlements on one road in a square of about 9 by 11 km."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from shapely.geometry import LineString, MultiPolygon, box

from musubime.language import text
from musubime.provenance import Ledger, Source
from musubime.region import (
    Facilities,
    MunicipalSeries,
    Population,
    Region,
    Roads,
    Settlements,
    VitalYears,
)

NAN = float("nan")


def tiny_region(**changes: Any) -> Region:
    """People: 2020: A 10+20, B 5+5, C 2+3 (men+women), 45 in all; 2025: 8+16, 4+4, 1+2, 35 in all."""
    people = np.zeros((2, 3, 2, 3))
    for t, sizes in enumerate((((10, 20), (5, 5), (2, 3)), ((8, 16), (4, 4), (1, 2)))):
        for u, (men, women) in enumerate(sizes):
            people[t, u, 0, 2], people[t, u, 1, 1] = men, women  # men are 65 and over, women 15 to 64
    ledger = Ledger()
    ledger.add_source(Source("s1", "Register", "register.csv", "csv", vintage="2025-10", rows=3))
    ledger.note("repair", text("The id is empty."), count=2, source="s1", examples=["row 7"])
    fields: dict[str, Any] = {
        "code": "352080", "name": "小さな町",
        "boundary": MultiPolygon([box(131.95, 34.15, 132.05, 34.25)]),
        "settlements": Settlements(
            ("A", "B", "C"), ("上田", "中田", "下田"), ("東", "東", "西"),
            np.array([131.98, 132.0, 132.02]), np.array([34.2, 34.2, 34.21]), np.array([12.0, NAN, 2.0]),
            ("counted", "disaggregated", "ages_fitted"),
        ),
        "population": Population(("A", "B", "C"), (2020, 2025), (10, 10), (0, 15, 65), people),
        "facilities": Facilities(
            ("F1", "F2"), ("店", "旧校舎"), ("supermarket", "closed_school"), (("shop",), ()), ("closing", "closed"),
            np.array([2030.0, NAN]), np.array([6.0, NAN]), np.array([400.0, 1200.5]), np.array([False, True]),
            np.array([132.0, 132.021]), np.array([34.2, 34.211]), ("s1", "s1"),
        ),
        "roads": Roads(
            (
                LineString([(131.98, 34.2), (131.99, 34.201), (132.0, 34.2)]),
                LineString([(132.0, 34.2), (132.02, 34.21)]),
            ),
            ("primary", "unclassified"), np.array([0, 1], dtype=np.int8), np.array([50.0, NAN]),
            np.array([0.01, NAN]), ("国道", ""),
        ),
        "municipal": MunicipalSeries(
            Population(("352080",), (2020, 2025), (10, 10), (0, 15, 65), people.sum(axis=1, keepdims=True)),
            VitalYears((2023, 2024), np.array([39.0, 37.0]), np.array([0.0, NAN]), np.array([2.0, 2.0])),
        ),
        "ledger": ledger,
    }
    return Region(**fields | changes)


def changed(array: np.ndarray, index: Any, value: float) -> np.ndarray:
    """A copy of an array with one value put in."""
    copy = array.copy()
    copy[index] = value
    return copy


def swapped_in(words: Iterable[Any], position: int, value: Any) -> tuple[Any, ...]:
    """A copy of a tuple with one value put in."""
    listed = list(words)
    listed[position] = value
    return tuple(listed)
