"""What readers hand to the builder: one frozen piece a file or sheet, before anything is joined.

A reader module has `FORMAT` (its name in sources.json), `recognise(probe) -> bool`, which looks inside and never
at the file's name, and `read(probe, ledger) -> list[Piece]`, which records its source and every repair in the
ledger and raises InputError with all faults when the file cannot be used.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from shapely.geometry import MultiPolygon, Polygon

from musubime.errors import Fault, InputError
from musubime.provenance import Ledger
from musubime.region import Facilities, Floats, Roads


@dataclass(frozen=True)
class Probe:
    """A file looked into: `head` its first bytes, `members` the names inside a zip (decoded), else ()."""

    path: Path
    head: bytes
    size: int
    members: tuple[str, ...] = ()


class CountError(InputError):
    """Faults of a table of people: the place that it counts must not be built as if the table were not there.

    whose: for each fault the codes (or names, where the table has no codes) of the places it concerns; empty where the
    table does not say whom it counts.
    """

    def __init__(self, faults: Iterable[Fault], whose: Iterable[Collection[str]]) -> None:
        super().__init__(faults)
        self.whose = tuple(frozenset(places) for places in whose)


@dataclass(frozen=True)
class FacilityPiece:
    """Places with coordinates (nan where the file has none). codes: six digits a row, "" where not said.

    listing: what the list is of, since a list of clinics also tells where there is none: "medical", "school",
    "childcare", "public", "evacuation", "aed", "radio" (loudspeaker posts, not buildings), "wifi", "tourism".
    """

    source: str
    facilities: Facilities
    codes: tuple[str, ...]
    addresses: tuple[str, ...]
    listing: str = ""


@dataclass(frozen=True)
class AgePiece:
    """People by unit, sex and age at one date. people: (units, 2, ages); households (units,), nan = not known.

    level: what a unit is; "former": a municipality as it stood before a merger, counted at a later date. codes: six
    digits of each unit's municipality (for a former one the present one that took it in), "" where the file does not
    say; names: the unit's own name; rows: where it stands in the spreadsheet, () where not told.
    """

    source: str
    level: Literal["district", "former", "municipality", "prefecture", "nation"]
    codes: tuple[str, ...]
    names: tuple[str, ...]
    year: int
    month: int
    age_from: tuple[int, ...]
    people: Floats
    households: Floats
    rows: tuple[int, ...] = ()


@dataclass(frozen=True)
class TotalPiece:
    """People by unit without ages, at one date. people: (units,); male, female: (units,), nan = not known."""

    source: str
    level: Literal["district", "municipality"]
    codes: tuple[str, ...]
    names: tuple[str, ...]
    year: int
    month: int
    people: Floats
    male: Floats
    female: Floats
    households: Floats


@dataclass(frozen=True)
class AreaPiece:
    """Census small areas with polygons and totals without ages. people, households: (areas,)."""

    source: str
    codes: tuple[str, ...]
    ids: tuple[str, ...]
    names: tuple[str, ...]
    districts: tuple[str, ...]
    shapes: tuple[Polygon | MultiPolygon, ...]
    people: Floats
    households: Floats
    year: int


@dataclass(frozen=True)
class AreaAgePiece:
    """People by census small area, sex and age (小地域集計), of one municipality at one census.

    ids: KEY_CODE of the areas that have no parts; year 0 where the file does not say. people: (areas, 2, ages), nan
    where hidden (秘匿); a row that holds a hidden one's people (合算) has them in it. totals: (areas, 2) men and women
    of known and unknown age, merged like people. merged_into: the id of the area that holds a hidden one's people, ""
    for none. municipality: (2, ages) and municipality_totals: (2,) of the row that sums them up, nan where none is.
    """

    source: str
    code: str
    ids: tuple[str, ...]
    names: tuple[str, ...]
    rows: tuple[int, ...]
    year: int
    age_from: tuple[int, ...]
    people: Floats
    totals: Floats
    merged_into: tuple[str, ...]
    municipality: Floats
    municipality_totals: Floats


@dataclass(frozen=True)
class PointPiece:
    """大字・町丁目 names with a point each. lon, lat: (points,). municipality: "" where the file does not say."""

    source: str
    municipality: str
    names: tuple[str, ...]
    lon: Floats
    lat: Floats


@dataclass(frozen=True)
class BoundaryPiece:
    """A municipality's outline. code: "" where the file gives a name alone; name as printed (山口県岩国市)."""

    source: str
    code: str
    name: str
    shape: MultiPolygon


@dataclass(frozen=True)
class RoadPiece:
    """Lines of any extent, JGD2011 degrees."""

    source: str
    roads: Roads


@dataclass(frozen=True)
class FeedPiece:
    """A GTFS-JP zip that can be read; points of its stops, to tell which place it serves."""

    source: str
    path: Path
    stop_lon: Floats
    stop_lat: Floats


@dataclass(frozen=True)
class VitalPiece:
    """Yearly people, births and deaths of municipalities: (rows,), one row a municipality and year.

    years: the calendar year of births and deaths; people: at its end. Where a table names places without codes,
    codes are "" and names as printed (石川県鳳珠郡能登町); `codes.fill_codes` looks them up.
    """

    source: str
    codes: tuple[str, ...]
    years: tuple[int, ...]
    people: Floats
    births: Floats
    deaths: Floats
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class MonthlyVitalPiece:
    """A municipality's births, deaths and whole change in single months; `vital.join_months` makes years of them.

    months: (year, month) of the events; people: at the month's end; change: people now less people a month before.
    """

    source: str
    codes: tuple[str, ...]
    months: tuple[tuple[int, int], ...]
    people: Floats
    births: Floats
    deaths: Floats
    change: Floats


@dataclass(frozen=True)
class CodePiece:
    """Names of municipalities by six-digit code, and codes that a merger carried into another: old to new."""

    source: str
    names: dict[str, str]
    successors: dict[str, str]


@dataclass(frozen=True)
class CatchmentPiece:
    """School catchments as lists of place names, by school: `places` lie wholly inside, of `parts` a part does."""

    source: str
    codes: tuple[str, ...]
    schools: tuple[str, ...]
    places: tuple[tuple[str, ...], ...]
    parts: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class DesignationPiece:
    """過疎 designation at one date: (prefecture, municipality) to class, with the former areas that count."""

    source: str
    date: str
    classes: dict[tuple[str, str], str]
    areas: dict[tuple[str, str], tuple[str, ...]]


@dataclass(frozen=True)
class MeshPiece:
    """Projected people by mesh: people (meshes, years, ages), total in `totals` (meshes, years); hidden flags."""

    source: str
    ids: tuple[str, ...]
    codes: tuple[str, ...]
    shapes: tuple[Polygon, ...]
    years: tuple[int, ...]
    age_from: tuple[int, ...]
    people: Floats
    totals: Floats
    merged_into: tuple[str, ...]


Piece = (
    FacilityPiece | AgePiece | TotalPiece | AreaPiece | AreaAgePiece | PointPiece | BoundaryPiece | RoadPiece
    | FeedPiece | VitalPiece | MonthlyVitalPiece | CodePiece | CatchmentPiece | DesignationPiece | MeshPiece
)


class Reader(Protocol):
    """What each module of this package offers to the sorter."""

    FORMAT: str

    def recognise(self, probe: Probe) -> bool: ...

    def read(self, probe: Probe, ledger: Ledger) -> list[Piece]: ...
