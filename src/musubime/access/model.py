"""What access takes and gives: the road network with its shapes, and the results of its methods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from musubime.region import Floats, Ints, Network

from ._router import Router

Profile = Literal["car", "van", "walk"]


class Points(Protocol):
    """Anything with ids and coordinates in degrees: Settlements, Facilities, Places."""

    @property
    def ids(self) -> tuple[str, ...]: ...
    @property
    def lon(self) -> Floats: ...
    @property
    def lat(self) -> Floats: ...


@dataclass(frozen=True, eq=False)
class RoadNetwork(Network):
    """A network that keeps what its arcs look like, so that places can be joined to a road between two junctions.

    A *piece* is a stretch of road between two nodes. shapes: (pieces,) LineStrings in metres of CRS `epsg`;
    piece_tail, piece_head: (pieces,) nodes at the start and end of the shape; piece_line: (pieces,) position in
    Roads; piece_minutes: (pieces, 2) minutes along the shape and against it, inf where that way is forbidden.
    Arcs are the passable ways of the pieces, without loops, and of parallel ones the fastest. component_km:
    (components,) road length of each joined piece.

    Where a turn is forbidden the junction is taken apart (`turns.py`): exits, entries: (pieces, 2) the node one
    comes to by the start and the end of a piece, and the one from which one enters it there; elsewhere both are
    piece_tail and piece_head. Turns are arcs of no time and no road (line -1). banned_turns: (turns, 4) piece and end
    (0 start, 1 end) one comes by, piece and end one may not go on by.
    """

    epsg: int
    profile: Profile
    shapes: NDArray[Any]
    piece_tail: Ints
    piece_head: Ints
    piece_line: Ints
    piece_minutes: Floats
    component_km: Floats
    exits: Ints
    entries: Ints
    banned_turns: Ints

    @cached_property
    def router(self) -> Router:
        """Contraction order and customised weights, made on first use and kept with the network."""
        return Router(self.lon, self.lat, self.tail, self.head, self.minutes)


@dataclass(frozen=True)
class RoadCut:
    """One stretch of road closed. lines: positions in Roads; pieces: in the network; lon, lat: its middle.

    lost: origins that have no destination within the limit any more; longer: those with a longer way; lost_by_kind:
    as `lost`, for each kind of destinations asked for. `pieces` may reach beyond the stretch where an origin or
    destination stands inside a piece; parts: (piece, from, to) what of each belongs to it, 0 to 1.
    """

    lines: tuple[int, ...]
    pieces: tuple[int, ...]
    length_m: float
    lon: float
    lat: float
    lost: tuple[int, ...]
    lost_people: float
    longer: tuple[int, ...]
    added_people_min: float
    lost_by_kind: tuple[tuple[int, ...], ...] = ()
    parts: tuple[tuple[int, float, float], ...] = ()


@dataclass(frozen=True)
class SnapReport:
    """How one set of points was joined to the roads.

    distance_m: (points,) to the road each was joined to, or to the nearest road for those beyond the cap.
    beyond: ids farther than the cap from every road. islands: ids on a road piece apart from the main network.
    """

    points: int
    distance_m: Floats
    beyond: tuple[str, ...]
    islands: tuple[str, ...]

    @property
    def median_m(self) -> float:
        return float(np.median(self.distance_m)) if self.points else 0.0

    @property
    def p90_m(self) -> float:
        return float(np.percentile(self.distance_m, 90)) if self.points else 0.0

    @property
    def max_m(self) -> float:
        return float(self.distance_m.max()) if self.points else 0.0


@dataclass(frozen=True)
class Snapping:
    """Origins and destinations as joined to the roads; without a network both are None."""

    origins: SnapReport | None = None
    destinations: SnapReport | None = None

    def figures(self) -> dict[str, float]:
        """Flat figures for publication: `origins_points`, `origins_median_m`, ... Empty without a network."""
        out: dict[str, float] = {}
        for name, report in (("origins", self.origins), ("destinations", self.destinations)):
            if report is not None:
                out |= {
                    f"{name}_points": float(report.points),
                    f"{name}_beyond_cap": float(len(report.beyond)),
                    f"{name}_on_islands": float(len(report.islands)),
                    f"{name}_median_m": report.median_m,
                    f"{name}_p90_m": report.p90_m,
                    f"{name}_max_m": report.max_m,
                }
        return out


@dataclass(frozen=True)
class DetourFactor:
    """Way driven over straight line. basis "shapes": median over `pairs` of points along bus shapes, with the
    quartiles; "parameter": the planning value, because no feed has shapes."""

    factor: float
    basis: Literal["shapes", "parameter"]
    pairs: int = 0
    quartiles: tuple[float, float] = (float("nan"), float("nan"))


@dataclass(frozen=True)
class Places:
    """Buildings gathered into places. of_facility: (facilities,) position of each one's place.

    principal: (places,) position in Facilities of the building that lends its name, point and id.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    lon: Floats
    lat: Floats
    of_facility: Ints
    principal: Ints

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Reach:
    """People by how they reach one service; `users` is everybody counted.

    within_car: in settlements within the limit by car. within_walk: within the walking limit. beyond: neither.
    over_65_beyond, without_car_beyond: of the given groups, those beyond both limits. without_car_beyond_walk:
    people without a car beyond the walking limit, however near by car. mean_car_min: users' mean over those who
    can get there at all; None when nobody can.
    """

    users: float
    within_car: float
    within_walk: float
    beyond: float
    over_65_beyond: float
    without_car_beyond: float
    without_car_beyond_walk: float
    mean_car_min: float | None


@dataclass(frozen=True)
class FoodAccess:
    """MAFF's 食料品アクセス困難人口. short: (settlements,) people 65+ without easy car use and without a food shop
    within 500 m; far_share: (settlements,) share of the settlement's living area with no shop within 500 m;
    base: (settlements,) all people 65+."""

    short: Floats
    far_share: Floats
    base: Floats


@dataclass(frozen=True)
class RoundTrip:
    """An example of a usable day: clock in minutes after midnight of the service day (may exceed 1440)."""

    weekday: int
    destination: int
    out_trip: str
    out_depart_min: float
    out_arrive_min: float
    back_trip: str
    back_depart_min: float
    back_arrive_min: float


@dataclass(frozen=True)
class BusDays:
    """When buses allow a round trip. share: (settlements, services, 7) of each weekday's dates (0 = Monday) in the
    feeds' validity on which it works. weekdays: by (settlement, service) those on which it works often enough.
    examples: (settlement, service) to one such day. dates: (7,) dates of each weekday that were looked at.
    first, last: the first and last date, as ISO text."""

    share: Floats
    weekdays: Mapping[tuple[int, int], tuple[int, ...]]
    examples: Mapping[tuple[int, int], RoundTrip]
    dates: Ints
    first: str
    last: str
