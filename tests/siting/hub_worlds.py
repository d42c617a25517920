"""Tiny hub problems with every kind of requirement, and every decision of them counted out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from test_hubs import all_decisions, plain_count, tiny_world

from musubime.siting import HubProblem


def rich_world(seed: int) -> HubProblem:
    """A tiny world that may ask for draws, every year, reach, distance, openings and unused buildings as well."""
    p, rng = tiny_world(seed), np.random.default_rng(seed + 999)
    more: dict = {}
    if rng.random() < 0.5:
        more["draws"] = p.users[None] * rng.uniform(0.5, 1.3, (4, 1, 6, 2))
        more["hold_share"] = float(rng.choice([0.5, 0.75, 1.0]))
        more["draw_weights"] = None if rng.random() < 0.5 else np.array([0.4, 0.3, 0.2, 0.1])
    if rng.random() < 0.3:
        more["every_year"] = True
    if rng.random() < 0.4:
        more["reach_min"] = np.array([rng.choice([20.0, 30.0, np.inf]), np.inf])
        more["excused"] = tuple(int(i) for i in rng.choice(6, int(rng.integers(0, 4)), replace=False))
    if rng.random() < 0.4:
        more["apart"] = ((0, 1),) if rng.random() < 0.5 else ((0, 1), (1, 2), (0, 2))
    if rng.random() < 0.3:
        b = int(rng.integers(len(p.building_ids)))
        more["must_open"] = (
            (int(p.building_place[b]), int(rng.integers(2)), b if rng.random() < 0.6 else -1),)
    if rng.random() < 0.2:
        more["never_buildings"] = (int(rng.integers(len(p.building_ids))),)
    return replace(p, **more)


def plain_allows(p: HubProblem, hubs: tuple[int, ...], building: dict, rescued: set) -> bool:
    """The requirements beyond those of plain_count, by plain loops: written from docs/methods/siting.md."""
    places, services = range(len(p.place_ids)), range(len(p.service_ids))
    if any(a in hubs and b in hubs for a, b in p.apart):
        return False
    if any((j, s) not in building or b not in (-1, building[j, s]) for j, s, b in p.must_open):
        return False
    if any(b in p.never_buildings for b in building.values()):
        return False
    offers = {(j, s) for j in places for s in services if p.existing[j, s]} | set(building) | rescued
    for i in range(len(p.settlement_ids)):
        for s in services:
            if p.reach_min is not None and i not in p.excused and any(p.users[t, i, s] > 0 for t in range(2)) \
                    and np.isfinite(p.reach_min[s]) \
                    and not any(p.minutes[i, j] <= p.reach_min[s] for j in places if (j, s) in offers):
                return False

    def holds(users: np.ndarray) -> bool:
        """Fewest users of every new and kept service, for users (years, settlements, services)."""
        return all(holds_one(users, at) for at in [*building, *rescued])

    def holds_one(users: np.ndarray, at: tuple[int, int]) -> bool:
        j, s = at
        mine = np.zeros(2)
        for i in range(len(p.settlement_ids)):
            near = [(p.minutes[i, k], k) for k in places if (k, s) in offers and p.minutes[i, k] <= p.limit_min[s]]
            if near and min(near)[1] == j:
                mine += users[:, i, s]
        counts = mine if p.every_year else [float(mine @ p.year_weights)]
        return all(count >= p.min_users[s] * (1 - 1e-6) for count in counts)

    if not holds(p.users):
        return False
    if p.draws is not None and p.hold_share > 0:
        weight = np.full(4, 0.25) if p.draw_weights is None else p.draw_weights
        for at in [*building, *rescued]:
            held = sum(w for w, users in zip(weight, p.draws, strict=True) if holds_one(users, at))
            if held < p.hold_share - 1e-6:
                return False
    return True


def best_of_all(p: HubProblem) -> float | None:
    """The least value of every decision that is allowed, None when none is."""
    values = [
        value for d in all_decisions(p)
        if (value := plain_count(p, *d)) is not None and plain_allows(p, *d)
    ]
    return min(values, default=None)
