"""Made-up hub problems of a believable shape: valleys of settlements, a town at the mouth, services thinning uphill."""

from __future__ import annotations

import numpy as np

from musubime.siting.model import HubProblem

#            limit trips users from share, floor, cost, rescue, min_users
SERVICES = {
    "shop": (15.0, 100.0, 1.00, 150.0, 6.0e6, 500.0),
    "clinic": (20.0, 18.0, 1.00, 120.0, 12.0e6, 500.0),
    "post": (15.0, 24.0, 0.90, 30.0, 2.5e6, 300.0),
    "fuel": (20.0, 24.0, 0.85, 200.0, 4.0e6, 500.0),
    "school": (30.0, 200.0, 0.06, 0.0, 0.0, 60.0),
    "hall": (15.0, 12.0, 1.00, 100.0, 1.5e6, 50.0),
    "office": (20.0, 4.0, 0.90, 40.0, 5.0e6, 300.0),
    "care": (20.0, 100.0, 0.06, 150.0, 8.0e6, 25.0),
}


def valley_town(
    settlements: int = 120, places: int = 40, *, people: float = 11_000.0, years: int = 3, seed: int = 1,
    **limits: object,
) -> HubProblem:
    """A town of `settlements` in valleys with `places` where buildings stand; `limits` go to HubProblem."""
    rng = np.random.default_rng(seed)
    valleys = max(3, settlements // 25)
    size_km = 6.0 * np.sqrt(settlements / 40)
    valley = rng.integers(0, valleys, settlements)
    up = rng.beta(1.2, 1.6, settlements)  # 0 at the mouth, 1 at the head
    angle = np.linspace(0, 2 * np.pi, valleys, endpoint=False) + rng.normal(0, 0.15, valleys)
    bend = rng.normal(0, 0.25, valleys)
    theta = angle[valley] + bend[valley] * up
    x = size_km * up * np.cos(theta) + rng.normal(0, 0.3, settlements)
    y = size_km * up * np.sin(theta) + rng.normal(0, 0.3, settlements)

    weight = rng.lognormal(0, 0.9, settlements) * np.exp(-1.5 * up)
    base = people * weight / weight.sum()
    chosen = rng.choice(settlements, places, replace=False, p=(weight**0.5) / (weight**0.5).sum())
    px, py = x[chosen] + rng.normal(0, 0.1, places), y[chosen] + rng.normal(0, 0.1, places)
    pv, pu = valley[chosen], up[chosen]

    # along the valley and over the mouth: the detour of a hilly road network, 25 to 45 km/h
    straight = np.hypot(x[:, None] - px, y[:, None] - py)
    over = size_km * (up[:, None] + pu)
    same = valley[:, None] == pv
    road = np.where(same, straight * 1.25, np.minimum(straight * 1.9, np.maximum(over, straight * 1.2)))
    minutes = 1.0 + 60.0 * road / rng.uniform(26, 42, settlements)[:, None]
    cut = rng.random((settlements, places)) < 0.002
    minutes[cut] = np.inf

    names = tuple(SERVICES)
    table = np.array(list(SERVICES.values()))
    decline = np.linspace(1.0, 0.55, years)[:, None] ** (0.5 + up)[None]
    users = (base * decline)[:, :, None] * table[:, 2]

    presence = np.array([0.28, 0.22, 0.30, 0.18, 0.15, 0.45, 0.12, 0.18])
    today = rng.random((places, len(names))) < presence * np.exp(-0.9 * pu)[:, None] * 1.4
    closing = today & (rng.random(today.shape) < 0.35 + 0.3 * pu[:, None])
    placeable = np.array([name != "school" for name in names])

    per_place = rng.integers(0, 4, places)
    building_place = np.repeat(np.arange(places), per_place)
    buildings = len(building_place)
    floor = np.where(rng.random(buildings) < 0.3, np.inf, rng.uniform(60, 900, buildings).round())
    has_room = np.zeros(places, bool)
    has_room[building_place] = True
    return HubProblem(
        settlement_ids=tuple(f"s{i}" for i in range(settlements)), service_ids=names,
        place_ids=tuple(f"p{j}" for j in range(places)), building_ids=tuple(f"b{b}" for b in range(buildings)),
        years=tuple(2030 + 10 * t for t in range(years)), year_weights=np.full(years, 1 / years), users=users,
        minutes=minutes, limit_min=table[:, 0].copy(), trips_per_year=table[:, 1].copy(),
        existing=today & ~closing, rescue=closing,
        may_open=placeable & ~today & has_room[:, None], min_users=table[:, 5].copy(),
        building_place=building_place, floor_m2=floor,
        building_cost_jpy=rng.uniform(0.5e6, 4e6, buildings).round(-3),
        service_floor_m2=table[:, 3].copy(), service_cost_jpy=table[:, 4].copy(),
        rescue_cost_jpy=table[:, 4] * 0.6, hub_cost_jpy=5e6, jpy_per_minute=float(limits.pop("jpy_per_minute", 20.0)),
        unserved_min=float(limits.pop("unserved_min", 60.0)), min_services=int(limits.pop("min_services", 3)),
        **limits,  # type: ignore[arg-type]
    )
