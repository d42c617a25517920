"""Pages of upkeep need nothing in their addresses."""

from __future__ import annotations


def addresses() -> dict[str, dict[str, object]]:
    return {"upkeep:health": {}, "upkeep:administer": {}}
