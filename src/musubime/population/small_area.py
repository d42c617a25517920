"""Ratios of small areas, drawn towards those of the area above: a hamlet of twelve shows chance, not a rate."""

from __future__ import annotations

import numpy as np

from musubime.region import Floats

from .ratios import ratio


def shrink_inoue(p: Floats, q: Floats, parent_p: Floats, parent_ratio: Floats) -> Floats:
    """Inoue's weighting by square roots of the denominators, as in the nationwide small-area system and smoothHP.

        r~ = (sqrt(p) q/p + sqrt(P) Z) / (sqrt(p) + sqrt(P)),   Z where p = 0

    p, q: (units, ...); parent_p, parent_ratio broadcast against them.
    """
    own, above = np.sqrt(p), np.sqrt(parent_p)
    weight = np.divide(own, own + above, out=np.zeros_like(own), where=own + above > 0)
    return np.asarray(weight * ratio(q, p, parent_ratio) + (1 - weight) * parent_ratio)
