"""Who reaches what in each year, without a plan and under each of its alternatives: arrays for the map and the pages of
settlements. The counting is that of `studies.measures`; a test holds the sums against plan.json."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musubime.region import Floats
from musubime.studies.basis import PlanBasis
from musubime.studies.document import Alternative, PlanDocument

NONE = "none"  # the case "without a plan"; the others are named by their alternative


@dataclass(frozen=True)
class Reach:
    """cases: "none", then the ids of the alternatives. Arrays (cases, years, settlements, services): minutes one way by
    car and on foot to the nearest offer, NaN where there is none or no way leads, and the position of its place in
    `places`, -1 where there is none. In the base year all cases are alike: nothing is done yet. limit_min: (cases,
    services). offered: (cases, years, places, services)."""

    cases: tuple[str, ...]
    years: tuple[int, ...]
    services: tuple[str, ...]
    places: tuple[str, ...]
    car_min: NDArray[np.float32]
    walk_min: NDArray[np.float32]
    place: NDArray[np.int16]
    limit_min: Floats
    offered: NDArray[np.bool_]

    def at(self, case: str, year: int) -> tuple[int, int]:
        return self.cases.index(case), self.years.index(year)

    def within(self, case: str, year: int) -> NDArray[np.bool_]:
        """(settlements, services): whether the nearest offer lies within the limit by car."""
        k, t = self.at(case, year)
        with np.errstate(invalid="ignore"):
            return np.asarray(self.car_min[k, t] <= self.limit_min[k] + 1e-6)

    def save(self, path: Path) -> None:
        np.savez_compressed(path, allow_pickle=False, **{
            name: np.array(value) if isinstance(value, tuple) else value for name, value in vars(self).items()})

    @classmethod
    def load(cls, path: Path) -> Reach:
        with np.load(path, allow_pickle=False) as file:
            values: dict[str, Any] = {name: file[name] for name in file.files}
        for name in ("cases", "years", "services", "places"):
            values[name] = tuple(values[name].tolist())
        return cls(**values)


def reach_by_year(document: PlanDocument, basis: PlanBasis) -> Reach:
    """From the plan and the basis on which it was worked out."""
    cases = (NONE, *(a.id for a in document.alternatives))
    shape = (len(cases), len(basis.years), len(basis.settlement_ids), len(basis.service_ids))
    found = Reach(
        cases, basis.years, basis.service_ids, basis.place_ids, np.full(shape, np.nan, dtype=np.float32),
        np.full(shape, np.nan, dtype=np.float32), np.full(shape, -1, dtype=np.int16),
        np.tile(basis.limit_min, (len(cases), 1)),
        np.zeros((len(cases), len(basis.years), len(basis.place_ids), len(basis.service_ids)), dtype=bool),
    )
    position = {key: at for at, key in enumerate(basis.place_ids)}
    planned = [np.zeros_like(basis.known)] + [_planned(a, basis, position) for a in document.alternatives]
    for k in range(len(cases)):
        for t in range(len(basis.years)):
            offered = basis.known | basis.assumed[t] if t == 0 else basis.stays[t] | planned[k]
            found.offered[k, t] = offered
            for s in range(len(basis.service_ids)):
                some = np.flatnonzero(offered[:, s])
                if not len(some):
                    continue
                car, walk = basis.car_min[:, some], basis.walk_min[:, some]
                nearest = car.argmin(axis=1)
                minutes = car[np.arange(len(car)), nearest]
                found.car_min[k, t, :, s] = np.where(np.isfinite(minutes), minutes, np.nan)
                found.place[k, t, :, s] = np.where(np.isfinite(minutes), some[nearest], -1)
                on_foot = walk.min(axis=1)
                found.walk_min[k, t, :, s] = np.where(np.isfinite(on_foot), on_foot, np.nan)
    return found


def _planned(alternative: Alternative, basis: PlanBasis, position: dict[str, int]) -> NDArray[np.bool_]:
    """What an alternative opens or keeps: (places, services)."""
    planned = np.zeros_like(basis.known)
    column = {key: at for at, key in enumerate(basis.service_ids)}
    for hub in alternative.hubs:
        for service in hub.services:
            if service.action in ("opened", "kept"):
                planned[position[hub.place], column[service.service]] = True
    for kept in alternative.kept_outside:
        planned[position[kept.place], column[kept.service]] = True
    return planned


def agrees(found: Reach, document: PlanDocument) -> bool:
    """Whether these arrays belong to the plan: its people who lack a service come out of them in every year."""
    placeable = np.array([s.placeable for s in document.services])
    if [s.id for s in document.services] != list(found.services) or list(found.years) != document.years:
        return False
    for k, case in enumerate(found.cases):
        measures = document.without_plan if k == 0 else document.alternatives[k - 1].by_year
        for year, told in measures.items():
            people = np.array([s.people[year].total for s in document.settlements])
            if found.car_min.shape[2] != len(people):
                return False
            lacking = (~found.within(case, year) & placeable).any(axis=1)
            if abs(float(people[lacking].sum()) - told.unserved_people) > 0.5:
                return False
    return True
