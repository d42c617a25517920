"""Whether a problem only asks for more than another: every plan of it is one of the other's, and costs no less there.

Then a bound proven for the other, or for a part of its plans, holds for it as well.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .model import HubProblem

_ALIKE = (
    "settlement_ids", "service_ids", "place_ids", "building_ids", "year_weights", "users", "minutes",
    "trips_per_year", "existing", "building_place", "jpy_per_minute", "unserved_min", "draws", "draw_weights",
)
_NO_LESS = (
    "min_users", "building_cost_jpy", "service_floor_m2", "service_cost_jpy", "rescue_cost_jpy", "hub_cost_jpy",
    "min_services", "hold_share", "every_year",
)
_NO_MORE = ("rescue", "may_open", "limit_min", "floor_m2")
_ALSO = ("must_hubs", "never_hubs", "apart", "never_buildings")


def only_restricts(first: HubProblem, changed: HubProblem) -> bool:
    """True only where it is certain. A shorter limit is such a change while nobody gains by being unserved: whoever
    goes beyond the new limit today counts as farther then, and is missed where fewest users are counted."""
    a, b = first, changed
    shorter = a.limit_min != b.limit_min
    if (shorter & ~(a.limit_min <= a.unserved_min)).any():
        return False
    if not all(_same(getattr(a, name), getattr(b, name)) for name in _ALIKE):
        return False
    if not all(np.all(np.asarray(getattr(b, name)) >= np.asarray(getattr(a, name))) for name in _NO_LESS):
        return False
    if not all(np.all(np.asarray(getattr(b, name)) <= np.asarray(getattr(a, name))) for name in _NO_MORE):
        return False
    if not all(set(getattr(a, name)) <= set(getattr(b, name)) for name in _ALSO):
        return False
    opened = {(j, s) for j, s, _ in b.must_open}
    if not all(x in b.must_open if x[2] >= 0 else x[:2] in opened for x in a.must_open):
        return False
    if a.hubs is not None and b.hubs != a.hubs:
        return False
    for limit, asked in ((a.max_hubs, (b.max_hubs, b.hubs)), (a.budget_jpy, (b.budget_jpy,))):
        if limit is not None and not any(x is not None and x <= limit for x in asked):
            return False
    if a.reach_min is not None:
        if b.reach_min is None or not (b.reach_min <= a.reach_min).all():
            return False
        if not set(b.excused) <= set(a.excused):
            return False
    return True


def _same(a: Any, b: Any) -> bool:
    return a is b or (a is not None and b is not None and np.array_equal(a, b))
