"""One plan of 岩国市, for the test that opens every address as everybody."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "plans"))

import trial_plans


def addresses() -> dict[str, dict[str, object]]:
    plan = trial_plans.trial_plan()
    of_plan = ("page", "settlements", "basis", "qr", "publish", "withdraw", "rename", "delete")
    settlement = trial_plans.document().settlements[0].id
    return (
        {"plans:list": {}, "plans:compare": {}, "plans:choose": {}}
        | {f"plans:{name}": {"slug": plan.region.slug} for name in ("new", "bring")}
        | {f"plans:{name}": {"key": plan.key} for name in of_plan}
        | {"plans:settlement": {"key": plan.key, "settlement": settlement},
           "plans:chart": {"key": plan.key, "chart": "fan", "language": "ja", "settlement": settlement},
           "plans:layer": {"key": plan.key, "name": "hubs"}, "plans:file": {"key": plan.key, "name": "plan.xlsx"}}
    )
