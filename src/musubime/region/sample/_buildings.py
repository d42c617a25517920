"""The buildings of the sample: a town that loses its supermarket, villages with empty schools, offices and shops."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..tables import FACILITY_KINDS, Facilities, Floats, Status
from ._curves import along, locate, point_at
from ._hamlets import BIG_FIELDS, CENTRE, EASTERN, INNER, LOWER, YUZU, Hamlet, hillward
from ._names import DISTRICTS
from ._roadbook import Line
from ._roads import Drawing
from ._terrain import EAST, MAIN, NORTH, SOUTH, UPPER, Terrain

SOURCE = "sample"
_NAN = float("nan")
_ROADS = {LOWER: MAIN, BIG_FIELDS: SOUTH, YUZU: NORTH, EASTERN: EAST, INNER: UPPER}


@dataclass(frozen=True)
class _Building:
    """`along_m`: metres from the district's middle up the road; in the town `street` says which road."""

    district: int
    kind: str
    name: str  # {d} is the district's name
    along_m: float
    status: Status = "open"
    closing_year: float = _NAN
    days: float = _NAN
    floor_m2: float = _NAN
    host: bool = False
    street: str = "national"


def _town(kind: str, name: str, along_m: float, street: str = "old", **more: Any) -> _Building:
    return _Building(CENTRE, kind, name, along_m, street=street, **more)


_BUILDINGS = (
    _town(
        "supermarket", "スーパーむすびの", -40, "national", status="closing", closing_year=2027, days=7, floor_m2=980
    ),
    _town("convenience_store", "コンビニ結野バイパス店", 700, "national", days=7, floor_m2=190),
    _town("drugstore", "結野ドラッグ", 240, "national", days=7, floor_m2=520),
    _town("town_office", "結野町役場", 60, days=5, floor_m2=3200),
    _town("community_hall", "結野中央公民館", 170, days=6, floor_m2=860, host=True),
    _town("library", "結野町立図書館", 260, days=5, floor_m2=540),
    _town("hospital", "結野町立病院", -330, "national", days=5, floor_m2=4100),
    _town("clinic", "本町医院", -120, days=5, floor_m2=240),
    _town("dental_clinic", "結野歯科", -210, days=5, floor_m2=120),
    _town("pharmacy", "結野薬局", -290, "national", days=6, floor_m2=90),
    _town("post_office", "結野郵便局", -30, days=5, floor_m2=310),
    _town("bank", "むすび信用組合 結野支店", 110, days=5, floor_m2=280),
    _town("fuel_station", "結野石油 本町給油所", 470, "national", days=7, floor_m2=110),
    _town("primary_school", "結野小学校", 330, "new", days=5, floor_m2=4300),
    _town("junior_high_school", "結野中学校", -360, "new", days=5, floor_m2=3900),
    _town("nursery", "結野保育所", 90, "new", days=6, floor_m2=620),
    _town("elderly_care", "デイサービスセンター結野", -170, "new", days=6, floor_m2=480),
    _town("vacant_shop", "旧丸新衣料店", 20, status="closed", floor_m2=160, host=True),
    _Building(LOWER, "roadside_station", "道の駅 しもせ", -420, days=7, floor_m2=720, host=True),
    _Building(LOWER, "branch_office", "結野町役場 {d}支所", 40, days=5, floor_m2=420, host=True),
    _Building(LOWER, "post_office", "{d}郵便局", 110, days=5, floor_m2=140),
    _Building(LOWER, "fuel_station", "{d}給油所", -190, days=6, floor_m2=90),
    _Building(LOWER, "primary_school", "{d}小学校", 260, days=5, floor_m2=2700),
    _Building(LOWER, "community_hall", "{d}公民館", 180, days=5, floor_m2=380, host=True),
    _Building(BIG_FIELDS, "grocery", "{d}ストア", -30, status="closing", closing_year=2031, days=6, floor_m2=85),
    _Building(BIG_FIELDS, "closed_school", "旧{d}小学校", 210, status="closed", floor_m2=1480, host=True),
    _Building(BIG_FIELDS, "post_office", "{d}郵便局", 50, days=5, floor_m2=110),
    _Building(BIG_FIELDS, "community_hall", "{d}公民館", 120, days=5, floor_m2=290, host=True),
    _Building(BIG_FIELDS, "elderly_care", "デイサービス{d}の里", 330, days=5, floor_m2=350),
    _Building(YUZU, "grocery", "{d}商店", 30, days=6, floor_m2=110),
    _Building(YUZU, "branch_office", "結野町役場 {d}支所", -60, days=5, floor_m2=360, host=True),
    _Building(YUZU, "clinic", "{d}診療所", -130, days=2, floor_m2=130),
    _Building(YUZU, "closed_school", "旧{d}中学校", 260, status="closed", floor_m2=2360, host=True),
    _Building(YUZU, "post_office", "{d}郵便局", 100, days=5, floor_m2=120),
    _Building(YUZU, "community_hall", "{d}公民館", 170, days=5, floor_m2=330, host=True),
    _Building(YUZU, "vacant_shop", "旧JA{d}購買店", -220, status="closed", floor_m2=240, host=True),
    _Building(EASTERN, "former_office", "旧{d}村役場", -40, status="closed", floor_m2=540, host=True),
    _Building(EASTERN, "closed_school", "旧{d}小学校", 180, status="closed", floor_m2=1260, host=True),
    _Building(EASTERN, "post_office", "{d}郵便局", 40, days=5, floor_m2=100),
    _Building(EASTERN, "fuel_station", "{d}給油所", -180, status="closing", closing_year=2029, days=5, floor_m2=70),
    _Building(EASTERN, "community_hall", "{d}公民館", 110, days=5, floor_m2=270, host=True),
    _Building(INNER, "community_hall", "{d}集会所", 50, days=3, floor_m2=210, host=True),
    _Building(INNER, "farm_market", "{d}朝市", -40, days=1, floor_m2=60),
)


def build(terrain: Terrain, drawing: Drawing, hamlets: list[Hamlet]) -> tuple[Facilities, Floats]:
    """The facilities, without degrees yet, and their places in the plane: (facilities, 2)."""
    points = np.array([_place(terrain, drawing, hamlets, building) for building in _BUILDINGS])
    away = np.full(len(_BUILDINGS), _NAN)
    return Facilities(
        ids=tuple(f"F{number:03d}" for number in range(1, len(_BUILDINGS) + 1)),
        names=tuple(b.name.format(d=DISTRICTS[b.district].kanji) for b in _BUILDINGS),
        kinds=tuple(b.kind for b in _BUILDINGS),
        services=tuple(() if b.status == "closed" else FACILITY_KINDS[b.kind] for b in _BUILDINGS),
        statuses=tuple(b.status for b in _BUILDINGS),
        closing_year=np.array([b.closing_year for b in _BUILDINGS]),
        days_per_week=np.array([b.days for b in _BUILDINGS]),
        floor_m2=np.array([b.floor_m2 for b in _BUILDINGS]),
        host=np.array([b.host for b in _BUILDINGS]),
        lon=away, lat=away, sources=(SOURCE,) * len(_BUILDINGS),
    ), points


def _place(terrain: Terrain, drawing: Drawing, hamlets: list[Hamlet], building: _Building) -> Floats:
    if building.district == CENTRE:
        road = {
            "national": drawing.valley[MAIN], "old": drawing.streets[0], "new": drawing.streets[1],
        }[building.street]
        middle = locate(road.points, point_at(drawing.streets[0].points, 0.5 * along(drawing.streets[0].points)[-1]))
    else:
        core = next(h for h in hamlets if h.core and h.district == building.district)
        road = drawing.valley[_ROADS[building.district]]
        middle = locate(road.points, core.point)
    return _by_the_road(terrain, road, middle + building.along_m, large=building.floor_m2 > 1000)


def _by_the_road(terrain: Terrain, road: Line, at: float, large: bool) -> Floats:
    return point_at(road.points, at) + hillward(terrain, road, at) * (70.0 if large else 28.0)
