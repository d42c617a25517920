"""When a new or kept service has its fewest users: in the average year, in every year, in enough draws.

Each way of counting people is a *view*: the average planning year, one year, or either in one draw of the outlook.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musubime.region import Floats, Ints

from .model import Bools, HubProblem

TOLERANCE = 1e-6  # relative; fewest users hold to this


@dataclass(frozen=True)
class Views:
    """users: (views, settlements, services). draw: (views,) the draw a view belongs to, -1 = the outlook itself,
    which must hold in any case. weight: (draws,). share: weight of the draws in which a service must hold."""

    users: Floats
    draw: Ints
    weight: Floats
    share: float

    def holding(self, users_at: Floats, fewest: Floats) -> tuple[Bools, Floats]:
        """For users (views, ...) against `fewest`, which broadcasts: whether the outlook's own views hold, and the
        weight of the draws that do."""
        enough = users_at >= fewest * (1 - TOLERANCE)
        itself = np.asarray(enough[self.draw < 0].all(axis=0), dtype=bool)
        weight = np.zeros(itself.shape)
        for d, w in enumerate(self.weight):
            weight += w * enough[self.draw == d].all(axis=0)
        return itself, weight

    def enough(self, users_at: Floats, fewest: Floats) -> Bools:
        """Whether a service with these users may be offered."""
        itself, weight = self.holding(users_at, fewest)
        return np.asarray(itself & (weight >= self.share - TOLERANCE), dtype=bool)


def views_of(problem: HubProblem, *, told: bool = False) -> Views:
    """The views under which fewest users are required; with `told` also those of draws that nothing requires."""
    p = problem

    def seen(users: NDArray[np.float64]) -> NDArray[np.float64]:
        """(years, ...) -> (views, ...)"""
        return users if p.every_year else np.tensordot(p.year_weights, users, axes=1)[None]

    rows, draw = [seen(p.users)], [-1]
    weight = np.zeros(0)
    if p.draws is not None and (p.hold_share > 0 or told):
        weight = draw_weights(p)
        rows += [seen(users) for users in p.draws]
        draw += list(range(len(weight)))
    return Views(
        np.concatenate(rows), np.repeat(np.array(draw, dtype=np.int64), len(rows[0])), weight,
        p.hold_share if len(weight) else 0.0,
    )


def draw_weights(problem: HubProblem) -> Floats:
    """(draws,) sum 1."""
    assert problem.draws is not None
    n = len(problem.draws)
    return np.full(n, 1 / n) if problem.draw_weights is None else problem.draw_weights
