"""A plan's files in memory: read once for each process, and again when they are written anew."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from musubime.reports.views import Plan as PlanView
from musubime.studies.document import Alternative, PlanDocument, SettlementOfPlan, Unserved
from musubime.studies.plan_file import read_plan

from .by_year import Reach
from .making import VIEW
from .models import Plan

MOST = 8  # plans in memory: some 35 MB each for 300 settlements


@dataclass(frozen=True)
class Loaded:
    key: str
    folder: Path
    view: PlanView
    reach: Reach
    bounds: tuple[float, float, float, float]

    @property
    def document(self) -> PlanDocument:
        return self.view.document

    @cached_property
    def alternatives(self) -> dict[str, Alternative]:
        return {a.id: a for a in self.document.alternatives}

    @cached_property
    def hub_of(self) -> dict[str, dict[str, str]]:
        """Alternative to settlement to the name of its hub."""
        return {a.id: self.view.hub_of(a) for a in self.document.alternatives}

    @cached_property
    def offered_at(self) -> dict[tuple[str, str], str]:
        """Place and service to the name of the building there that offers it today: a place may hold several."""
        return {(f.place, service): f.name for f in reversed(self.document.facilities) if f.status != "closed"
                for service in f.services}

    @cached_property
    def unserved(self) -> dict[str, dict[str, Unserved]]:
        return {a.id: {u.settlement: u for u in a.unserved} for a in self.document.alternatives}

    def settlement(self, settlement: str) -> SettlementOfPlan | None:
        at = self.view.position.get(settlement)
        return None if at is None else self.document.settlements[at]


_kept: OrderedDict[tuple[str, int], Loaded] = OrderedDict()
_lock = threading.Lock()


def load(plan: Plan) -> Loaded:
    """The plan's files. They are read by one request while others of the same process wait for it."""
    folder = plan.folder
    stamp = (str(folder), (folder / "plan.json").stat().st_mtime_ns)
    with _lock:
        found = _kept.get(stamp)
        if found is None:
            document = read_plan(folder / "plan.json")
            bounds = json.loads((folder / VIEW / "map.json").read_text("utf-8"))["bounds"]
            found = Loaded(plan.key, folder, PlanView(document), Reach.load(folder / VIEW / "reach.npz"), bounds)
            _kept[stamp] = found
            while len(_kept) > MOST:
                _kept.popitem(last=False)
        _kept.move_to_end(stamp)
    return found
