"""Minutes per metre of each road line, by profile."""

from __future__ import annotations

from collections import Counter

import numpy as np

from musubime.language import text
from musubime.parameters import Parameters
from musubime.provenance import Ledger
from musubime.region import Floats, Roads

from .model import Profile

_CAR_CLASS = {
    "motorway": "motorway", "trunk": "trunk", "primary": "primary", "secondary": "secondary",
    "tertiary": "tertiary", "unclassified": "unclassified", "road": "unclassified", "residential": "residential",
    "living_street": "service", "service": "service", "track": "track",
}
_ON_FOOT_ONLY = frozenset({
    "footway", "path", "steps", "pedestrian", "cycleway", "bridleway", "corridor", "elevator", "platform",
})
_NO_WALK = frozenset({"motorway"})


def line_minutes_per_m(
    roads: Roads, parameters: Parameters, profile: Profile, snow: bool = False, ledger: Ledger | None = None
) -> Floats:
    """Minutes per metre along each line and against it: (lines, 2), inf where that way is forbidden.

    "van" is a volunteer's kei van: a car that drives slower. snow: the season in which everything is slower.
    """
    plain = [name.removesuffix("_link") for name in roads.classes]
    if profile == "walk":
        one = tobler_time_factor(roads.slope) / parameters.number("access.walk.m_per_min")
        one = np.where(np.array([name in _NO_WALK for name in plain], dtype=bool), np.inf, one)
        one = one / (parameters.number("access.snow.share_of_walking_speed") if snow else 1.0)
        return np.column_stack([one, one])
    kmh = np.zeros(len(roads))
    unknown: Counter[str] = Counter()
    for i, name in enumerate(plain):
        if name in _ON_FOOT_ONLY:
            continue
        if name not in _CAR_CLASS:
            unknown[name] += 1
        kmh[i] = parameters.number("access.car.kmh." + _CAR_CLASS.get(name, "unclassified"))
    if snow and not parameters["access.snow.tracks_open"].value:
        kmh[np.array([name == "track" for name in plain], dtype=bool)] = 0
    posted = roads.speed_kmh * parameters.number("access.car.share_of_posted_speed")
    kmh = np.where((posted > 0) & (kmh > 0), posted, kmh)
    kmh *= parameters.number("access.van.share_of_car_speed") if profile == "van" else 1.0
    kmh *= parameters.number("access.snow.share_of_car_speed") if snow else 1.0
    if ledger is not None:
        ledger.note(
            "assumption", text("Road lines of an unknown class are given the speed of other municipal roads."),
            count=sum(unknown.values()), examples=[name or "?" for name, _ in unknown.most_common(5)],
        )
    with np.errstate(divide="ignore"):
        one = car_slope_time_factor(roads.slope, parameters) / (kmh * 1000 / 60)
    return np.column_stack([np.where(roads.oneway >= 0, one, np.inf), np.where(roads.oneway <= 0, one, np.inf)])


def car_slope_time_factor(slope: Floats, parameters: Parameters) -> Floats:
    """How much longer a car takes on a gradient (rise / run); 1 where the slope is not known."""
    percent = np.abs(np.nan_to_num(slope)) * 100 - parameters.number("access.car.slope_free_percent")
    more = np.maximum(percent, 0) * parameters.number("access.car.slope_more_time_per_percent")
    return np.asarray(np.minimum(1 + more, parameters.number("access.car.slope_most_time_factor")))


def tobler_time_factor(slope: Floats) -> Floats:
    """How much longer a walk takes there and back on a gradient than on the level; 1 where it is not known.

    Tobler's hiking function (Tobler, Three presentations on geographical analysis and modeling, NCGIA report 93-1,
    1993): speed = 6 exp(-3.5 |s + 0.05|) km/h. Roads know the gradient and not its direction, so the mean of
    up and down is taken.
    """
    s = np.abs(np.nan_to_num(slope))
    level = np.exp(-3.5 * 0.05)
    return np.asarray((level / np.exp(-3.5 * (s + 0.05)) + level / np.exp(-3.5 * np.abs(0.05 - s))) / 2)
