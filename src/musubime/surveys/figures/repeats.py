"""Figures that repeat the figures of another place one after the other, under another name."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

SHORTEST = 4
"""Fewer figures in a row are not called a copy."""

DIGITS = 10.0
"""How many digits a repeated run must have in all: chance repeats a run of n digits once in 10^n."""


@dataclass(frozen=True)
class Repeat:
    """Two runs of equal figures: line and first place of each, and how many figures."""

    first: int
    first_at: int
    second: int
    second_at: int
    length: int


def repeats(lines: Sequence[Sequence[float]], same_place: bool = False, digits: float = DIGITS) -> list[Repeat]:
    """Longest runs that two lines share (or two places of one line, if not `same_place`); NaN ends a run.

    same_place: only runs at the same positions of both lines, which is how a copied row of a table looks.

    >>> repeats([[1234, 5678, 9123, 4567], [1, 1234, 5678, 9123, 4567]])
    [Repeat(first=0, first_at=0, second=1, second_at=1, length=4)]
    """
    starts: dict[Hashable, list[tuple[int, int]]] = defaultdict(list)
    for number, line in enumerate(lines):
        for at in range(len(line) - SHORTEST + 1):
            run = tuple(line[at : at + SHORTEST])
            if all(value and not math.isnan(value) for value in run) and len(set(run)) >= 3:
                starts[(at, run) if same_place else run].append((number, at))
    found: list[Repeat] = []
    covered: set[tuple[int, int, int, int]] = set()
    for places in starts.values():
        if not 2 <= len(places) <= 6:
            continue
        for i, (one, at_one) in enumerate(places):
            for two, at_two in places[i + 1 :]:
                if one == two and (same_place or abs(at_one - at_two) < SHORTEST):
                    continue
                if (one, at_one, two, at_two) in covered:
                    continue
                found.append(_grown(lines, one, at_one, two, at_two, covered))
    return [one for one in found if _digits(lines[one.first][one.first_at : one.first_at + one.length]) >= digits]


def _grown(
    lines: Sequence[Sequence[float]],
    one: int,
    at_one: int,
    two: int,
    at_two: int,
    covered: set[tuple[int, int, int, int]],
) -> Repeat:
    a, b = lines[one], lines[two]
    back = 0
    while at_one - back > 0 and at_two - back > 0 and a[at_one - back - 1] == b[at_two - back - 1]:
        back += 1
    length = SHORTEST + back
    while (
        at_one - back + length < len(a)
        and at_two - back + length < len(b)
        and a[at_one - back + length] == b[at_two - back + length]
    ):
        length += 1
    for step in range(length - SHORTEST + 1):
        covered.add((one, at_one - back + step, two, at_two - back + step))
    return Repeat(one, at_one - back, two, at_two - back, length)


def _digits(run: Sequence[float]) -> float:
    return sum(math.log10(1 + abs(value)) for value in set(run))
