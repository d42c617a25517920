"""One line of a legend."""

from __future__ import annotations

import math
from dataclasses import dataclass

from musubime.language import Text


@dataclass(frozen=True)
class Swatch:
    """One line of a legend."""

    kind: str  # circle, ring, hub, place, lost
    words: Text
    colour: str = ""
    radius: float = 6.0

    @property
    def half(self) -> int:
        """Half the side of its picture in pixels."""
        return max(math.ceil(self.radius + 1), 9)
