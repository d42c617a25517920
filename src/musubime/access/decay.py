"""How much a place still counts at a distance: 1 at the door, 0 where nobody would go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from musubime.region import Floats


class Decay(Protocol):
    """Minutes to weights of the same shape, 0 to 1; inf minutes weigh 0."""

    def __call__(self, minutes: Floats) -> Floats: ...


@dataclass(frozen=True)
class Cutoff:
    """Everything within the limit counts in full, the limit included."""

    limit_min: float

    def __call__(self, minutes: Floats) -> Floats:
        return (minutes <= self.limit_min).astype(np.float64)


@dataclass(frozen=True)
class Steps:
    """1 before the first step, then each step's weight from its minute on: Steps((10, 20), (0.5, 0))."""

    from_min: tuple[float, ...]
    weights: tuple[float, ...]

    def __call__(self, minutes: Floats) -> Floats:
        at = np.searchsorted(np.asarray(self.from_min), minutes, side="right")
        return np.asarray((1.0, *self.weights))[at] * np.isfinite(minutes)


@dataclass(frozen=True)
class Exponential:
    """exp(-rate × minutes)."""

    rate_per_min: float

    def __call__(self, minutes: Floats) -> Floats:
        return np.asarray(np.exp(-self.rate_per_min * minutes) * np.isfinite(minutes))


@dataclass(frozen=True)
class Logistic:
    """A smooth cutoff: the share of people whose own limit, logistic about `middle_min`, is longer, 1 at the door.

    The form of R `accessibility::decay_logistic` (Bauer, Groneberg 2016), with its standard deviation.
    """

    middle_min: float
    sd_min: float

    def __call__(self, minutes: Floats) -> Floats:
        slope = np.pi / (self.sd_min * np.sqrt(3))
        top = 1 + np.exp(-slope * self.middle_min)
        over = np.minimum(slope * (minutes - self.middle_min), 700.0)
        return np.asarray(top / (1 + np.exp(over)) * np.isfinite(minutes))
