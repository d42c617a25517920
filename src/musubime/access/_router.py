"""Shortest times between nodes of one network, by the method that is ready first."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from musubime.region import Floats, Ints

from .clock import to_minutes, to_ms

if TYPE_CHECKING:
    from .hierarchy import Hierarchy, Metric

# Below this many pairs RoutingKit's own queries answer in a few hundredths of a second; the kernels are far faster
# on more, but cost three seconds of compilation in a process that has no numba cache yet.
_FEW_PAIRS = 250_000


@dataclass(frozen=True, eq=False)
class Router:
    """One network ready to be asked; kept with it."""

    lon: Floats
    lat: Floats
    tail: Ints
    head: Ints
    minutes: Floats

    @cached_property
    def hierarchy(self) -> Hierarchy:
        """Order and shortcuts; the same whatever the times."""
        from .hierarchy import Hierarchy  # numba takes a third of a second to import

        return Hierarchy.build(self.lon, self.lat, self.tail, self.head)

    @cached_property
    def metric(self) -> Metric:
        return self.hierarchy.customised(self.minutes)

    @cached_property
    def _routingkit(self) -> Any:
        import routingkit_cch as cch

        tails, heads = self.tail.tolist(), self.head.tolist()
        # The inertial order keeps the hierarchy sparse on roads; the degree order does not.
        order = cch.compute_order_inertial(len(self.lon), tails, heads, self.lat.tolist(), self.lon.tolist())
        return cch.CCHMetric(cch.CCH(order, tails, heads, False), to_ms(self.minutes).tolist())

    def matrix(self, sources: Ints, targets: Ints) -> Floats:
        """Minutes from each source node to each target node: (sources, targets), inf where no way leads."""
        if len(sources) * len(targets) > _FEW_PAIRS:
            return self.metric.matrix(sources, targets)
        import routingkit_cch as cch

        out = np.full((len(sources), len(targets)), np.inf)
        if len(sources) and len(targets):
            query = cch.CCHManyToOne(self._routingkit, sources.tolist())
            for column, target in enumerate(targets.tolist()):
                ms = query.distances_to(target)
                out[:, column] = to_minutes(np.array([-1 if v is None else v for v in ms]))
        return out

    def with_minutes(self, minutes: Floats) -> Router:
        """The same roads with other times; the order is kept, if it has been made."""
        changed = Router(self.lon, self.lat, self.tail, self.head, minutes)
        if "hierarchy" in self.__dict__:
            changed.__dict__["hierarchy"] = self.hierarchy
        return changed
