# ruff: noqa: E501 - sentences in two languages stand side by side
"""A believable plan of a place that does not exist, made by arithmetic: the pages are tested on it, not on a study.

Its figures hang together (reach is counted from the assignment, costs are summed) so that a page can be compared with
the document and a reader would not stumble; nothing in it was optimised.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
from shapely.geometry import LineString, MultiPolygon, Polygon

from musubime.region import Facilities, Population, Region, Roads, Settlements
from musubime.region.plane import to_degrees
from musubime.studies.document import (
    AgeCounts,
    Alternative,
    Assignment,
    Diagnosis,
    FacilityOfPlan,
    FigureOfPlan,
    Hub,
    HubService,
    KeptOutside,
    Measures,
    NearestToday,
    NoteOfPlan,
    Outlook,
    ParameterOfPlan,
    PlaceOfPlan,
    PlanDocument,
    ReachOfService,
    Sensitivity,
    SensitivityRow,
    Service,
    ServiceOutlook,
    SettlementOfPlan,
    SourceOfPlan,
    Unserved,
    Words,
)

CODE = "352993"
EPSG = 6671
X0, Y0 = 2_000.0, -190_000.0
YEARS = (2025, 2030, 2040, 2050)
PLAN_YEAR = 2040
CAR_M_PER_MIN = 450.0
_NAMES = "上 中 下 奥 東 西 南 北 大 小".split()
_PLACES = "谷 原 沢 畑 野 山 川 坂 田 石 松 杉 桜 梅 滝 森".split()
_SERVICES: tuple[tuple[str, str, str, bool, float, int, int, float, float, float], ...] = (
    # id, ja, en, known, limit_min, from, to, share, viability, cost
    ("shop", "食料品・日用品店", "Food and daily goods", True, 15, 0, 200, 1.0, 2000, 6e6),
    ("clinic", "診療所・病院", "Clinic", True, 20, 0, 200, 1.0, 2000, 12e6),
    ("post", "郵便・金融", "Post and money", True, 15, 15, 200, 1.0, 800, 2e6),
    ("fuel", "給油所", "Fuel", False, 20, 20, 200, 0.8, 1500, 4e6),
    ("school", "小中学校", "School", True, 30, 5, 14, 1.0, 60, 0.0),
    ("hall", "集会・交流の場", "Meeting place", True, 10, 0, 200, 1.0, 200, 1e6),
    ("office", "行政窓口", "Town office counter", True, 20, 20, 200, 1.0, 1000, 3e6),
    ("care", "介護・見守り", "Care", True, 20, 75, 200, 0.4, 150, 8e6),
)


def words(ja: str, en: str) -> Words:
    return Words(ja=ja, en=en)


def make_plan(settlements: int = 12, hubs: int = 2, seed: int = 1, **changes: Any) -> tuple[PlanDocument, Region]:
    """A document and the region it speaks of. `changes`: fields of the document to put in the place of the made ones."""
    world = _World(settlements, hubs, seed)
    document = world.document()
    return document.model_copy(update=changes) if changes else document, world.region()


class _World:
    def __init__(self, count: int, hubs: int, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.count, self.hub_count = count, hubs
        self.radius_m = max(11_000.0, 1500.0 * math.sqrt(count))
        self._settlements()
        self._people()
        self._facilities()
        self._distances()

    # --- the place ------------------------------------------------------------------------------------------------

    def _settlements(self) -> None:
        """Strings of settlements up valleys that leave the middle in all directions."""
        valleys = max(3, round(math.sqrt(self.count) * 0.8))
        x, y, district = [0.0], [0.0], [0]
        for number in range(1, self.count):
            valley = number % valleys
            step = number // valleys + 0.6
            angle = 2 * math.pi * valley / valleys + 0.25 * math.sin(step)
            far = self.radius_m * 0.9 * step / (self.count / valleys + 1)
            x.append(far * math.cos(angle) + self.random.normal(0, 120))
            y.append(far * 0.8 * math.sin(angle) + self.random.normal(0, 120))
            district.append(valley)
        self.x, self.y = np.array(x), np.array(y)
        self.valley, self.valleys = np.array(district), valleys
        self.lon, self.lat = to_degrees(EPSG, self.x + X0, self.y + Y0)
        self.ids = tuple(f"S{n:03d}" for n in range(self.count))
        names = [a + b for b in _PLACES for a in _NAMES]
        self.names = tuple(names[n] if n < len(names) else f"{names[n % len(names)]}{n // len(names) + 1}"
                           for n in range(self.count))

    def _people(self) -> None:
        """Pyramids (settlements, years, 2, 18): older and emptier up the valley, fewer each year."""
        far = np.hypot(self.x, self.y) / self.radius_m
        size = np.round(420 * np.exp(-1.8 * far) * self.random.uniform(0.5, 1.5, self.count)) + 4
        size[0] = 900
        ages = np.arange(18)
        self.pyramid = np.zeros((self.count, len(YEARS), 2, 18))
        for n in range(self.count):
            old = 8.0 + 4.0 * far[n]
            shape = np.exp(-0.5 * ((ages - old) / 4.2) ** 2) + 0.32
            for t, year in enumerate(YEARS):
                shrink = math.exp(-(0.012 + 0.012 * far[n]) * (year - YEARS[0]))
                later = np.roll(shape, 0) * np.exp(0.012 * (year - YEARS[0]) * (ages - 9) / 9)
                one = size[n] * shrink * later / later.sum()
                self.pyramid[n, t, 0] = one * np.where(ages > 14, 0.44, 0.5)
                self.pyramid[n, t, 1] = one * np.where(ages > 14, 0.56, 0.5)
        self.pyramid = np.round(self.pyramid, 3)

    def _ages(self, n: int | None, t: int) -> AgeCounts:
        by_age = (self.pyramid[:, t].sum(axis=(0, 1)) if n is None else self.pyramid[n, t].sum(axis=0))
        return AgeCounts(
            total=by_age.sum(), under_15=by_age[:3].sum(), over_65=by_age[13:].sum(), over_75=by_age[15:].sum(),
            without_car=0.1 * by_age[4:13].sum() + 0.25 * by_age[13:15].sum() + 0.6 * by_age[15:].sum(),
        )

    def users(self, service: int, t: int) -> np.ndarray:
        _, _, _, _, _, low, high, share, _, _ = _SERVICES[service]
        top = 18 if high >= 85 else (high + 1) // 5
        return share * self.pyramid[:, t, :, low // 5:top].sum(axis=(1, 2))

    def _facilities(self) -> None:
        """The middle has all; each second valley has a post office and a hall; a closed school stands in some."""
        rows: list[tuple[str, str, tuple[str, ...], str, float, float, float, bool, int]] = [
            ("スーパー中央", "supermarket", ("shop",), "closing", 2031, 6, 900, False, 0),
            ("町立診療所", "clinic", ("clinic",), "open", math.nan, 5, 400, False, 0),
            ("中央郵便局", "post_office", ("post",), "open", math.nan, 5, 150, False, 0),
            ("町役場", "town_office", ("office", "hall"), "open", math.nan, 5, 2400, True, 0),
            ("中央小学校", "primary_school", ("school",), "open", math.nan, 5, 3000, True, 0),
            ("ケアホームさくら", "elderly_care", ("care",), "open", math.nan, 7, 800, False, 0),
        ]
        for valley in range(self.valleys):
            middle = np.flatnonzero(self.valley == valley)
            if len(middle) < 2:
                continue
            here = int(middle[len(middle) // 2])
            if valley % 2 == 0:
                rows.append((f"{self.names[here]}郵便局", "post_office", ("post",), "open", math.nan, 5, 80, False, here))
                rows.append((f"{self.names[here]}公民館", "community_hall", ("hall",), "open", math.nan, math.nan, 300, True,
                             here))
            else:
                rows.append((f"旧{self.names[here]}小学校", "closed_school", (), "closed", math.nan, math.nan, 1800, True,
                             here))
        self.rows = rows
        self.facility_ids = tuple(f"F{n:03d}" for n in range(len(rows)))
        at = np.array([row[8] for row in rows])
        angle = np.arange(len(rows)) * 2.4
        self.fx = self.x[at] + 90 * np.cos(angle)
        self.fy = self.y[at] + 90 * np.sin(angle)
        self.flon, self.flat = to_degrees(EPSG, self.fx + X0, self.fy + Y0)
        self.place_of = [f"P{row[8]:03d}" for row in rows]
        hosts = list(dict.fromkeys(row[8] for row in rows if row[7]))
        order = sorted(hosts, key=lambda n: -self.pyramid[n, 0].sum())
        self.host_settlements = order

    def _distances(self) -> None:
        places = sorted({row[8] for row in self.rows})
        self.places = places
        metres = np.hypot(self.x[:, None] - self.x[places][None], self.y[:, None] - self.y[places][None])
        self.metres = metres
        self.minutes = metres * 1.35 / CAR_M_PER_MIN

    # --- who reaches what -------------------------------------------------------------------------------------------

    def offered(self, service: str, year: int | None) -> list[int]:
        """Positions in `places` where a service stands today, or in a year."""
        return [self.places.index(row[8]) for row in self.rows
                if service in row[2] and not (year is not None and row[4] <= year)]

    def assign(self, at: dict[str, list[int]]) -> list[Assignment]:
        rows = []
        for service, _, _, _, limit, *_ in _SERVICES:
            open_ = at.get(service, [])
            for n in range(self.count):
                best = min(open_, key=lambda p: self.minutes[n, p]) if open_ else None
                served = best is not None and self.minutes[n, best] <= limit
                rows.append(Assignment(
                    settlement=self.ids[n], service=service,
                    place=f"P{self.places[best]:03d}" if served and best is not None else None,
                    minutes=float(self.minutes[n, best]) if served and best is not None else None,
                ))
        return rows

    def reach(self, assignment: list[Assignment], t: int) -> dict[str, ReachOfService]:
        found: dict[str, ReachOfService] = {}
        for column, service in enumerate(_SERVICES):
            mine = [a for a in assignment if a.service == service[0]]
            users = self.users(column, t)
            inside = np.array([a.place is not None for a in mine])
            minutes = np.array([a.minutes if a.minutes is not None else math.nan for a in mine])
            ages = [self._ages(n, t) for n in range(self.count)]
            mean = float((users * minutes)[inside].sum() / users[inside].sum()) if users[inside].sum() > 0 else None
            found[service[0]] = ReachOfService(
                users=users.sum(), within_car=users[inside].sum(), within_walk=users[minutes < 1.5].sum(),
                beyond=users[~inside].sum(),
                over_65_beyond=sum(a.over_65 for a, yes in zip(ages, inside, strict=True) if not yes),
                without_car_beyond=sum(a.without_car for a, yes in zip(ages, inside, strict=True) if not yes),
                without_car_beyond_walk=sum(a.without_car for a, m in zip(ages, minutes, strict=True) if not m < 1.5),
                mean_car_min=mean,
            )
        return found

    def measures(self, assignment: list[Assignment], t: int) -> Measures:
        lacking = {a.settlement for a in assignment if a.place is None and a.service != "school"}
        people = {key: self.pyramid[n, t].sum() for n, key in enumerate(self.ids)}
        unserved = sum(people[key] for key in lacking)
        minutes = [a.minutes for a in assignment if a.minutes is not None and a.service != "school"]
        return Measures(
            served_people=sum(people.values()) - unserved, unserved_people=unserved,
            mean_min=float(np.mean(minutes)) if minutes else None, worst_min=max(minutes) if minutes else None,
            reach=self.reach(assignment, t),
        )

    # --- the document -----------------------------------------------------------------------------------------------

    def alternative(self, key: str, name: Words, question: Words, hubs: int, gap: float) -> Alternative:
        chosen = self.host_settlements[:hubs]
        stay = {s[0]: self.offered(s[0], PLAN_YEAR) for s in _SERVICES}
        at = {s: list(p) for s, p in stay.items()}
        at["fuel"] = [0]
        parts: list[Hub] = []
        nearest = self.minutes[:, [self.places.index(p) for p in chosen]]
        for rank, place in enumerate(chosen):
            position = self.places.index(place)
            building = next(n for n, row in enumerate(self.rows) if row[8] == place and row[7])
            services = []
            mine = [n for n in range(self.count) if nearest[n].argmin() == rank and nearest[n, rank] <= 20]
            for column, (service, *_rest) in enumerate(_SERVICES):
                if service == "school" and position not in stay[service]:
                    continue
                here = position in stay[service]
                if service == "fuel" and rank == 0:
                    here = True  # no file tells: supposed to be there
                action = "assumed" if here and service == "fuel" else "stays" if here else "kept" if service == "shop" and rank == 0 else "opened"
                if service in {"care", "fuel"} and action == "opened" and rank > 0:
                    continue
                cost = 0.0 if here else _SERVICES[column][9] * (0.6 if action == "kept" else 1.0)
                opened = action == "opened"
                services.append(HubService(
                    service=service, action=action, building=self.facility_ids[building] if opened else None,
                    building_name=self.rows[building][0] if opened else None,
                    users={y: float(self.users(column, t)[mine].sum()) for t, y in enumerate(YEARS)},
                    cost_jpy_per_year=cost, floor_m2=40.0 + 20 * column if opened else 0.0,
                ))
                if not here:
                    at[service] = [*at[service], position]
            parts.append(Hub(
                place=f"P{place:03d}", name=self.names[place], lon=float(self.lon[place]), lat=float(self.lat[place]),
                buildings_used=[self.facility_ids[building]], services=services, settlements=[self.ids[n] for n in mine],
                people={y: float(self.pyramid[mine, t].sum()) for t, y in enumerate(YEARS)},
                cost_jpy_per_year=4e6 + 3.5e6 + sum(s.cost_jpy_per_year for s in services),
                why=words(f"20分以内に{len(mine)}集落があり、{self.rows[building][0]}を使えるため。",
                          f"{len(mine)} settlements lie within 20 minutes and {self.rows[building][0]} can be used."),
            ))
        outside = [p for p in range(len(self.places)) if self.places[p] not in chosen and p in stay["post"]][:1]
        kept = [KeptOutside(place=f"P{self.places[p]:03d}", name=self.names[self.places[p]], service="post",
                            cost_jpy_per_year=1.2e6) for p in outside]
        assignment = self.assign(at)
        cost = sum(h.cost_jpy_per_year for h in parts) + sum(k.cost_jpy_per_year for k in kept)
        return Alternative(
            id=key, name=name, question=question, status="optimal", hubs=parts, kept_outside=kept,
            closed=[] if hubs else [self.facility_ids[0]], assignment=assignment,
            by_year={y: self.measures(assignment, t) for t, y in enumerate(YEARS) if t},
            unserved=self._unserved(assignment, nearest), objective_jpy=cost * 9.1, bound_jpy=cost * 9.1 * (1 - gap),
            gap=gap, cost_jpy_per_year=cost, seconds=0.4,
        )

    def _unserved(self, assignment: list[Assignment], nearest: np.ndarray) -> list[Unserved]:
        t = YEARS.index(PLAN_YEAR)
        found = []
        for n, key in enumerate(self.ids):
            lacking = [a.service for a in assignment
                       if a.settlement == key and a.place is None and a.service != "school"]
            if lacking:
                minutes = float(nearest[n].min())
                found.append(Unserved(
                    settlement=key, name=self.names[n], people=float(self.pyramid[n, t].sum()), services=lacking,
                    nearest_hub_min=minutes,
                    reason=words(f"最寄りの拠点まで車で{minutes:.0f}分かかる。",
                                 f"The nearest hub is {minutes:.0f} minutes away by car."),
                ))
        return sorted(found, key=lambda row: -row.people)

    def document(self) -> PlanDocument:
        today = {s[0]: self.offered(s[0], None) for s in _SERVICES}
        now = self.assign(today)
        later = self.assign({s: [p for p in places if s not in {"shop"}] if s == "shop" else places[:1]
                             for s, places in today.items()})
        reference = self.alternative("reference", words("基準案", "Reference"),
                                     words("費用と移動をあわせて最も少なくすると？", "What costs least in money and travel together?"),
                                     self.hub_count, 0.0)
        fewer = self.alternative("fewer", words("拠点を1か所減らす案", "One hub fewer"),
                                 words("拠点を1か所減らすと？", "With one hub fewer?"), max(1, self.hub_count - 1), 0.004)
        more = self.alternative("more", words("拠点を1か所増やす案", "One hub more"),
                                words("拠点を1か所増やすと？", "With one hub more?"), self.hub_count + 1, 0.011)
        known = {s[0] for s in _SERVICES if s[3]}
        reach_now = {k: v for k, v in self.reach(now, 0).items() if k in known}
        return PlanDocument(
            version="0.1.0", created="2026-11-24T09:00:00+09:00", seed=1,
            place=PlaceOfPlan(
                code=CODE, name="結目町", prefecture="山口県", fictional=True, base_year=YEARS[0], settlements=self.count,
                people=self.pyramid[:, 0].sum(), people_65plus=self.pyramid[:, 0, :, 13:].sum(), travel_basis="road",
                detour_factor=None, settlement_basis=words("集落ごとに人口を数えています。", "People are counted in each settlement."),
            ),
            years=list(YEARS), plan_year=PLAN_YEAR,
            services=[Service(
                id=i, name=words(ja, en), known_today=k, placeable=i != "school", limit_car_min=limit, limit_walk_m=500,
                users_age_from=low, users_age_to=high, users_share=share, trips_per_year=50, viability_people=viable,
                hub_min_people=viable / 4, floor_m2=60, cost_jpy_per_year=cost,
            ) for i, ja, en, k, limit, low, high, share, viable, cost in _SERVICES],
            settlements=[self._settlement(n, now, known) for n in range(self.count)],
            facilities=[self._facility(n) for n in range(len(self.rows))],
            diagnosis=Diagnosis(
                reach=reach_now, food_access_short=self.pyramid[:, 0, :, 15:].sum() * 0.4,
                food_access_base_65plus=self.pyramid[:, 0, :, 13:].sum(),
                bus_settlements={s: int(self.count * 0.4) for s in known},
                snapped={"settlements": float(self.count), "median_m": 41.0, "farthest_m": 620.0},
            ),
            outlook=Outlook(
                people={y: self._ages(None, t) for t, y in enumerate(YEARS)},
                method=words("コーホート変化率法（小地域は町全体の率へ縮約）", "Cohort-change ratios, drawn towards those of the town"),
                controlled_to=words("国立社会保障・人口問題研究所の2023年推計", "the 2023 projection of IPSS"),
                services=[row for n in range(len(self.rows)) for row in self._service_outlook(n)],
                settlements_under_50={y: int((self.pyramid[:, t].sum(axis=(1, 2)) < 50).sum()) for t, y in enumerate(YEARS)},
                settlements_over_half_65plus={
                    y: int((self.pyramid[:, t, :, 13:].sum(axis=(1, 2)) >= 0.5 * self.pyramid[:, t].sum(axis=(1, 2))).sum())
                    for t, y in enumerate(YEARS)},
            ),
            without_plan={y: self.measures(now if t == 0 else later, t) for t, y in enumerate(YEARS)},
            without_plan_assignment=later,
            alternatives=[reference, fewer, more],
            sensitivity=self._sensitivity(reference),
            notes=[
                NoteOfPlan(kind="repair", what=words("全角数字の緯度経度を直しました。", "Latitudes in full-width digits were mended."),
                           count=3, source="facilities.csv", examples=["34°12′", "34°13′"]),
                NoteOfPlan(kind="dropped", what=words("座標のない施設を除きました。", "Facilities without a place were left out."),
                           count=2, source="facilities.csv", examples=["=HYPERLINK(\"x\")"]),
                NoteOfPlan(kind="assumption", what=words("免許保有率は県の値を使いました。", "Licence rates are those of the prefecture."),
                           count=1, source="", examples=[]),
                NoteOfPlan(kind="missing", what=words("給油所の位置を示す資料がありません。", "No file tells where petrol stations are."),
                           count=1, source="", examples=[]),
            ],
            parameters=[
                ParameterOfPlan(name="service.shop.limit_car_min",
                                description=words("食料品・日用品店：車で行ける範囲", "Food and daily goods: within reach by car"),
                                value=15, unit="min", source="Planning assumption of this project.", since="2022-04-01",
                                overridden=False),
                ParameterOfPlan(name="plan.hub_limit_min",
                                description=words("拠点の圏域（車での片道時間）", "A hub serves settlements within this time by car"),
                                value=20, unit="min", source="Town plan 2024, p. 8", since="2022-04-01", overridden=True),
                ParameterOfPlan(name="plan.jpy_per_minute",
                                description=words("移動時間1分の価値", "Value of one minute of a person's travel"),
                                value=20.5, unit="JPY per minute", source="A planning assumption.", since="2022-04-01",
                                overridden=False),
            ],
            sources=[SourceOfPlan(
                id="facilities.csv", title="公共施設一覧", file="facilities.csv", format="recommended dataset", vintage="2024-04",
                publisher="結目町", licence="CC BY 4.0", rows=len(self.rows), sha256="ab" * 32)],
            figures=[
                FigureOfPlan(id="people.2025", value=float(self.pyramid[:, 0].sum()), unit="people",
                             formula="sum of settlements[].people[2025].total", sources=["facilities.csv"]),
                FigureOfPlan(id="cost.reference", value=reference.cost_jpy_per_year, unit="JPY per year",
                             formula="sum of alternatives[0].hubs[].cost_jpy_per_year + kept_outside", sources=[]),
            ],
        )

    def _settlement(self, n: int, now: list[Assignment], known: set[str]) -> SettlementOfPlan:
        today = {}
        for service, _, _, _, limit, *_ in _SERVICES:
            if service not in known:
                continue
            offers = sorted(self.offered(service, None), key=lambda p: self.minutes[n, p])
            if not offers:
                continue
            best = offers[0]
            facility = next(f for f, row in enumerate(self.rows) if row[8] == self.places[best] and service in row[2])
            car = float(self.minutes[n, best])
            today[service] = NearestToday(
                facility=self.facility_ids[facility], name=self.rows[facility][0], car_min=car,
                walk_min=float(self.metres[n, best] / 80), straight_m=float(self.metres[n, best]),
                second_facility=None, second_car_min=float(self.minutes[n, offers[1]]) if len(offers) > 1 else None,
                within_limit_car=car <= limit, within_limit_walk=bool(self.metres[n, best] <= 500),
                bus_weekdays=[0, 1, 2, 3, 4] if self.valley[n] % 3 == 0 else [1, 4] if self.valley[n] % 3 == 1 else [],
            )
        return SettlementOfPlan(
            id=self.ids[n], name=self.names[n], district=f"第{self.valley[n] + 1}地区", lon=float(self.lon[n]),
            lat=float(self.lat[n]), basis="counted", households=float(round(self.pyramid[n, 0].sum() / 2.1)),
            people={y: self._ages(n, t) for t, y in enumerate(YEARS)},
            pyramid={y: self.pyramid[n, t].tolist() for t, y in enumerate(YEARS)},
            food_access_short=float(self.pyramid[n, 0, :, 15:].sum() * 0.4), today=today,
        )

    def _facility(self, n: int) -> FacilityOfPlan:
        name, kind, services, status, closing, days, floor, host, _ = self.rows[n]
        return FacilityOfPlan(
            id=self.facility_ids[n], name=name, kind=kind, services=list(services), status=status,
            closing_year=None if math.isnan(closing) else int(closing), days_per_week=None if math.isnan(days) else days,
            floor_m2=floor, host=host, lon=float(self.flon[n]), lat=float(self.flat[n]), place=self.place_of[n],
        )

    def _service_outlook(self, n: int) -> list[ServiceOutlook]:
        rows = []
        for service in self.rows[n][2]:
            column = next(i for i, s in enumerate(_SERVICES) if s[0] == service)
            place = self.places.index(self.rows[n][8])
            near = self.minutes[:, place] <= _SERVICES[column][4]
            users = {y: float(self.users(column, t)[near].sum()) for t, y in enumerate(YEARS)}
            threshold = _SERVICES[column][8]
            below = next((y for y in YEARS if users[y] < threshold), None)
            rows.append(ServiceOutlook(facility=self.facility_ids[n], service=service, users=users, threshold=threshold,
                                       falls_below_year=below, below_today=below == YEARS[0]))
        return rows

    def _sensitivity(self, reference: Alternative) -> Sensitivity:
        places = [hub.place for hub in reference.hubs]
        other = f"P{self.host_settlements[-1]:03d}"
        rows = [
            SensitivityRow(change=words("車で行ける範囲 +20%", "Limits by car +20%"), hubs=places, gap=0.0,
                           cost_jpy_per_year=reference.cost_jpy_per_year),
            SensitivityRow(change=words("車で行ける範囲 −20%", "Limits by car −20%"), hubs=[*places, other], gap=0.002,
                           cost_jpy_per_year=reference.cost_jpy_per_year * 1.2),
            SensitivityRow(change=words("1分の価値 −20%", "Value of a minute −20%"), hubs=places[:-1], gap=0.0,
                           cost_jpy_per_year=reference.cost_jpy_per_year * 0.7),
        ]
        return Sensitivity(rows=rows, kept_in={p: sum(p in row.hubs for row in rows) for p in places})

    # --- the region's geometry --------------------------------------------------------------------------------------

    def region(self) -> Region:
        angle = np.linspace(0, 2 * math.pi, 400)
        edge = self.radius_m * (1.02 + 0.07 * np.sin(5 * angle) + 0.03 * np.sin(23 * angle))
        lon, lat = to_degrees(EPSG, edge * np.cos(angle) + X0, 0.82 * edge * np.sin(angle) + Y0)
        lines, classes = [], []
        for valley in range(self.valleys):
            mine = [0, *np.flatnonzero(self.valley == valley)]
            order = sorted(mine, key=lambda n: math.hypot(self.x[n], self.y[n]))
            for a, b in pairwise(order):
                middle = ((self.lon[a] + self.lon[b]) / 2 + 0.001, (self.lat[a] + self.lat[b]) / 2)
                lines.append(LineString([(self.lon[a], self.lat[a]), middle, (self.lon[b], self.lat[b])]))
                classes.append("secondary" if valley % 2 == 0 else "unclassified")
        n = self.count
        nothing = np.full(len(lines), np.nan)
        return Region(
            code=CODE, name="結目町", boundary=MultiPolygon([Polygon(list(zip(lon, lat, strict=True)))]),
            settlements=Settlements(
                self.ids, self.names, tuple(f"第{v + 1}地区" for v in self.valley), self.lon, self.lat,
                self.pyramid[:, 0].sum(axis=(1, 2)) / 2.1, ("counted",) * n),
            population=Population(self.ids, (YEARS[0],), (10,), tuple(range(0, 86, 5)), self.pyramid[None, :, 0]),
            facilities=Facilities(
                self.facility_ids, tuple(r[0] for r in self.rows), tuple(r[1] for r in self.rows),
                tuple(r[2] for r in self.rows), tuple(r[3] for r in self.rows),  # type: ignore[arg-type]
                np.array([r[4] for r in self.rows], dtype=float), np.array([r[5] for r in self.rows], dtype=float),
                np.array([r[6] for r in self.rows], dtype=float), np.array([r[7] for r in self.rows]), self.flon, self.flat,
                ("facilities.csv",) * len(self.rows)),
            roads=Roads(tuple(lines), tuple(classes), np.zeros(len(lines), dtype=np.int8), nothing, nothing,
                        ("",) * len(lines)),
            fictional=True,
        )
