"""Minutes outside, whole milliseconds inside, so that every method adds up the same integers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from musubime.region import Floats

MS_PER_MIN = 60_000
FAR_MS = 1_073_741_823  # no way; FAR_MS + FAR_MS still fits an int32


def to_ms(minutes: Floats) -> NDArray[np.int32]:
    """Minutes as whole milliseconds, FAR_MS where a way is closed (or longer than twelve days)."""
    ms = np.where(np.isfinite(minutes), np.round(np.nan_to_num(minutes, posinf=0) * MS_PER_MIN), FAR_MS)
    return np.minimum(ms, FAR_MS).astype(np.int32)


def to_minutes(ms: NDArray[np.integer[Any]]) -> Floats:
    """Whole milliseconds as minutes; FAR_MS and more, and what is below 0, is no way."""
    return np.where((ms >= FAR_MS) | (ms < 0), np.inf, ms / MS_PER_MIN)
