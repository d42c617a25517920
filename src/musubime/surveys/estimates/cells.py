"""Post-strata: which cell of the population each respondent stands for, and cells too small to stand alone."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .model import Cell, Ints, Margin, Respondents


def match(people: Respondents, margin: Margin) -> Ints:
    """The cell of each respondent, -1 where the population has none. An age class must lie within one of the cells."""
    known: dict[tuple[str, str], list[int]] = {}
    for at, key in enumerate(zip(margin.area, margin.sex, strict=True)):
        known.setdefault(key, []).append(at)
    blank = ("",) * len(people.ids)
    codes, unique = pd.factorize(pd.MultiIndex.from_arrays([
        people.area if "area" in margin.variables else blank, people.sex if "sex" in margin.variables else blank,
        people.age_from, people.age_to,
    ]))
    found = np.full(len(unique), -1, dtype=np.int64)
    for i, (area, sex, low, high) in enumerate(unique):
        for at in known.get((area, sex), ()):
            if margin.age_from[at] <= low and high <= margin.age_to[at]:
                found[i] = at
    return np.asarray(found[codes])


def collapse(margin: Margin, counts: Ints, minimum: int) -> Ints:
    """Group of each cell, so that every group has `minimum` respondents or all are one. counts: (cells,).

    The smallest group joins the nearest: of the same area and sex the next age, else the same area, else the same sex
    and age elsewhere; the smaller of two equally near ones. Cells without people or respondents are cells like others.
    """
    groups = [[i] for i in range(len(margin.people))]
    sizes = [int(n) for n in counts]
    while len(groups) > 1:
        small = min(range(len(groups)), key=lambda g: (sizes[g], groups[g]))
        if sizes[small] >= minimum:
            break
        joined = min(
            (g for g in range(len(groups)) if g != small),
            key=lambda g: (min(_distance(margin, a, b) for a in groups[small] for b in groups[g]), sizes[g], groups[g]),
        )
        groups[joined] = sorted(groups[joined] + groups[small])
        sizes[joined] += sizes[small]
        del groups[small], sizes[small]
    out = np.empty(len(margin.people), dtype=np.int64)
    for number, group in enumerate(sorted(groups)):
        out[group] = number
    return out


def _distance(margin: Margin, a: int, b: int) -> tuple[bool, bool, float]:
    return (margin.area[a] != margin.area[b], margin.sex[a] != margin.sex[b],
            abs(float(margin.age_from[a] - margin.age_from[b])))


def describe(number: int, margin: Margin, group: Ints, counts: Ints) -> list[Cell]:
    """The post-strata as they were used, with what was put together."""
    names = margin.names()
    return [
        Cell(number, tuple(names[i] for i in np.flatnonzero(group == g)), int(counts[group == g].sum()),
             float(margin.people[group == g].sum()))
        for g in range(int(group.max()) + 1)
    ]
