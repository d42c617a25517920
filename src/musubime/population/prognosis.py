"""The official prognosis classes of settlements beside the draws: an opinion is one thing, a share of draws another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from musubime.errors import Fault, InputError
from musubime.language import Text, text

from .uncertainty import DrawnProjection

CLASSES = ("within_10_years", "eventually", "for_now", "unknown")  # 10年以内に無人化, いずれ無人化, 当面存続, 不明


@dataclass(frozen=True)
class PrognosisClass:
    """Settlements that the municipality put in one class, and what draws say of them at `year`: nobody_mean, the mean
    probability that nobody is left; few_households_mean, that nine households or fewer are."""

    name: str
    settlements: int
    year: int
    nobody_mean: float
    few_households_mean: float


def compare_prognosis(
    drawn: DrawnProjection, classes: Mapping[str, str], year: int
) -> tuple[tuple[PrognosisClass, ...], Text]:
    """Set the classes (settlement id to one of CLASSES) beside the draws, and say what is known of the classes' worth.

    Raises InputError for unknown settlements, classes or years, all at once.
    """
    ids, years = drawn.settlements.unit_ids, drawn.settlements.years
    faults = [
        Fault(text("There is no settlement of this id."), text("Use the ids of region.gpkg."), field="id", value=name)
        for name in classes if name not in ids
    ]
    faults += [
        Fault(
            text("There is no prognosis class of this name."), text("Use {names}.", names=", ".join(CLASSES)),
            field="class", value=value,
        )
        for value in sorted(set(classes.values())) if value not in CLASSES
    ]
    if year not in years:
        faults.append(Fault(
            text("This year was not projected."), text("Choose one of {years}.", years=", ".join(map(str, years))),
            field="year", value=str(year),
        ))
    if faults:
        raise InputError(faults)
    at = years.index(year)
    told = []
    for name in CLASSES:
        inside = [ids.index(i) for i, value in classes.items() if value == name]
        if inside:
            chances = drawn.settlements.chances[at, inside]
            nobody, few = (float(mean) for mean in chances[:, :2].mean(axis=0))
            told.append(PrognosisClass(name, len(inside), year, nobody, few))
    return tuple(told), text(
        "Of 499 settlements that towns expected to be uninhabited within ten years, 63 (12.6 %) were after five: a "
        "class is not a probability."
    )


def nobody_year(drawn: DrawnProjection, chance: float = 0.5) -> tuple[int | None, ...]:
    """For each settlement the first projected year in which nobody is left in at least this share of draws."""
    reached = drawn.settlements.chance("nobody") >= chance
    first = np.where(reached.any(axis=0), reached.argmax(axis=0), -1)
    return tuple(None if i < 0 else drawn.settlements.years[i] for i in first)
