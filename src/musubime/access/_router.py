"""Shortest times between nodes: RoutingKit's customizable contraction hierarchy, weights in whole milliseconds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musubime.region import Floats, Ints

MS_PER_MIN = 60_000
_FAR_MS = 2_147_483_647  # RoutingKit's own infinity


class Router:
    """One network ready to be asked; made once for each profile."""

    def __init__(self, lon: Floats, lat: Floats, tail: Ints, head: Ints, minutes: Floats) -> None:
        import routingkit_cch as cch

        self.nodes = len(lon)
        tails, heads = tail.tolist(), head.tolist()
        # The inertial order keeps the hierarchy sparse on roads; the degree order does not.
        order = cch.compute_order_inertial(self.nodes, tails, heads, lat.tolist(), lon.tolist())
        self._cch = cch.CCH(order, tails, heads, False)
        self._metric = cch.CCHMetric(self._cch, to_ms(minutes).tolist())

    def from_nodes(self, sources: Ints, targets: list[list[tuple[int, float]]]) -> Floats:
        """Minutes from each source node to each target, a target being nodes with minutes to go from there.

        Shape (sources, targets); inf where no way leads.
        """
        import routingkit_cch as cch

        out = np.full((len(sources), len(targets)), np.inf)
        if not len(sources):
            return out
        query = cch.CCHManyToOne(self._metric, sources.tolist())
        for column, ends in enumerate(targets):
            if ends:
                ms = query.distances_to_multi([(node, round(left * MS_PER_MIN)) for node, left in ends])
                out[:, column] = np.array([np.inf if v is None else v for v in ms]) / MS_PER_MIN
        return out


def to_ms(minutes: Floats) -> NDArray[np.uint32]:
    """Minutes as whole milliseconds for the hierarchy; what cannot be passed becomes its infinity."""
    ms = np.where(np.isfinite(minutes), np.round(minutes * MS_PER_MIN), _FAR_MS)
    return np.minimum(ms, _FAR_MS).astype(np.uint32)
