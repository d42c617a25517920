"""Hidden ages (秘匿) of small areas filled, so that areas and the municipality add up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from musubime.language import text
from musubime.provenance import Ledger
from musubime.region import Floats

ROUNDS = 200
CLOSE = 1e-9


def fill_hidden(
    people: Floats, totals: Floats, merged_into: Sequence[str], ids: Sequence[str], municipality: Floats,
    ledger: Ledger, source: str = "", names: Sequence[str] = (),
) -> tuple[Floats, NDArray[np.bool_]]:
    """Fill hidden (秘匿) ages of units, taking back what was added to neighbours (合算), and say which were touched.

    people: (units, 2, ages), nan where hidden; totals: (units,), nan where even the total is hidden; merged_into: the
    id of the unit that holds a hidden unit's ages, "" for none; municipality: (2, ages).
    A hidden unit and the unit that holds its ages share those ages by their totals. What is left unknown (also where
    the unit named in merged_into is not among `ids`) gets the municipality's ages that stand nowhere else. Then units
    are fitted by iterated proportions until totals of units and ages of the municipality hold.
    """
    place = {name: i for i, name in enumerate(ids)}
    hidden: NDArray[np.bool_] = np.asarray(np.isnan(people).any(axis=(1, 2)), dtype=bool)
    filled = np.where(np.isnan(people), 0.0, people)
    touched, loose = hidden.copy(), hidden.copy()
    members: dict[int, list[int]] = {}
    for i, into in enumerate(merged_into):
        if into in place and hidden[i] and not hidden[place[into]]:
            members.setdefault(place[into], []).append(i)
    for holder, others in members.items():
        group = np.array([holder, *others])
        size = np.nan_to_num(totals[group])
        # Printed totals are each unit's own; where the holder's is hidden too, it keeps what the others leave.
        if np.isnan(totals[holder]):
            size[0] = max(people[holder].sum() - size[1:].sum(), 0.0)
        share = size / size.sum() if size.sum() > 0 else np.full(len(group), 1 / len(group))
        filled[group] = share[:, None, None] * people[holder]
        touched[holder] = True
        loose[group] = False
    if loose.any():
        rest = np.maximum(municipality - filled[~loose].sum(axis=0), 0.0)
        size = np.nan_to_num(totals[loose])
        share = size / size.sum() if size.sum() > 0 else np.full(int(loose.sum()), 1 / loose.sum())
        filled[loose] = share[:, None, None] * rest
    if touched.any():
        filled = _fit(filled, totals, municipality, touched)
        ledger.note("repair", text(
            "Ages of these areas are hidden in the source or hold those of a neighbour; they were fitted to the "
            "areas' totals and the municipality's ages."
        ), count=int(touched.sum()), source=source,
            examples=[name for name, t in zip(names or ids, touched, strict=True) if t])
    return filled, touched


def _fit(people: Floats, totals: Floats, municipality: Floats, touched: NDArray[np.bool_]) -> Floats:
    """Scale touched units by turns to their totals and to what the municipality has beyond the others."""
    target = np.maximum(municipality - people[~touched].sum(axis=0), 0.0)
    moved = people[touched]
    wanted = totals[touched]
    for _ in range(ROUNDS):
        by_unit = moved.sum(axis=(1, 2))
        scale = np.divide(wanted, by_unit, out=np.ones_like(by_unit), where=(by_unit > 0) & np.isfinite(wanted))
        moved = moved * scale[:, None, None]
        by_age = moved.sum(axis=0)
        factor = np.divide(target, by_age, out=np.ones_like(target), where=by_age > 0)
        moved = moved * factor
        if np.abs(scale - 1).max() < CLOSE and np.abs(factor - 1).max() < CLOSE:
            break
    fitted = people.copy()
    fitted[touched] = moved
    return fitted
