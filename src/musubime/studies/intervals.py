"""Intervals and chances of draws, as the documents keep them."""

from __future__ import annotations

import numpy as np

from musubime.population import Intervals

from . import document as d

_LEVELS = {"low_95": 0.025, "low_80": 0.1, "middle": 0.5, "high_80": 0.9, "high_95": 0.975}


def interval(found: Intervals, measure: str, t: int, i: int) -> d.Interval:
    return d.Interval(**{name: float(found.of(measure, level)[t, i]) for name, level in _LEVELS.items()})


def share_interval(found: Intervals, t: int, i: int) -> d.Interval | None:
    """Of the share of 65+; None where nobody is left in any draw."""
    return interval(found, "share_65", t, i) if np.isfinite(found.of("share_65", 0.5)[t, i]) else None


def chances(found: Intervals, t: int, i: int) -> d.Chances:
    return d.Chances(**{name: float(found.chance(name)[t, i]) for name in d.Chances.model_fields})
