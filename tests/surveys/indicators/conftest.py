"""A region to count by hand and a plan made by arithmetic, borrowed from the tests of regions and reports."""

from __future__ import annotations

import sys
from pathlib import Path

for folder in ("region", "reports"):
    path = str(Path(__file__).parents[2] / folder)
    if path not in sys.path:
        sys.path.append(path)
