"""Rows that name places, checked and put into one piece: coordinates, kinds, what was repaired."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from musubime.language import text
from musubime.provenance import Ledger
from musubime.region import Facilities, Status
from musubime.tabular import plain

from ._cells import degrees, in_japan
from ._kinds import Kind, kind_of
from .model import FacilityPiece


@dataclass(frozen=True)
class _Place:
    row: int
    id: str
    name: str
    code: str
    address: str
    lon: float
    lat: float
    days: float
    floor: float
    kind: Kind


@dataclass
class Places:
    """Collects the rows of one list. Coordinates come as printed; what is wrong with them is noted at the end."""

    source: str
    listing: str = ""
    prefix: str = ""
    rows: list[_Place] = field(default_factory=list)
    words: Counter[str] = field(default_factory=Counter)
    swapped: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    nameless: list[str] = field(default_factory=list)

    def add(
        self, *, row: int, name: str, lon: str, lat: str, id: str = "", code: str = "", address: str = "",
        classes: tuple[str, ...] = (), departments: str = "", days: float = math.nan, floor: float = math.nan,
        ended: bool = False,
    ) -> None:
        name = " ".join(plain(name).split())
        if not name:
            self.nameless.append(f"{row}: {address}".strip())
            return
        kind = kind_of(name, self.listing, classes, departments, ended)
        if kind.rule:
            self.words[kind.rule] += 1
        lon_deg, lat_deg = self._coordinates(row, name, lon.strip(), lat.strip())
        self.rows.append(_Place(row, id, name, code, address, lon_deg, lat_deg, days, floor, kind))

    def _coordinates(self, row: int, name: str, lon: str, lat: str) -> tuple[float, float]:
        if not lon or not lat:
            self.empty.append(f"{row}: {name}")
            return math.nan, math.nan
        x, y = degrees(lon), degrees(lat)
        if math.isnan(x) or math.isnan(y):
            self.unreadable.append(f"{row}: {name} {lat}, {lon}"[:80])
        elif in_japan(x, y):
            return x, y
        elif in_japan(y, x):
            self.swapped.append(f"{row}: {name} {lat}, {lon}")
            return y, x
        else:
            self.outside.append(f"{row}: {name} {lat}, {lon}"[:80])
        return math.nan, math.nan


def facility_piece(places: Places, ledger: Ledger) -> FacilityPiece:
    """The piece of a list, with a note for all that was repaired, is missing, or was told from words."""
    source, rows = places.source, places.rows
    for kind_of_note, what, examples in (
        ("repair", text("Latitude and longitude stood in each other's column and were swapped."), places.swapped),
        ("dropped", text("Coordinates outside Japan were left out; the places stay."), places.outside),
        ("dropped", text("Coordinates that are no numbers were left out; the places stay."), places.unreadable),
        ("missing", text("Places without coordinates."), places.empty),
        ("dropped", text("Rows without a name were left out."), places.nameless),
    ):
        ledger.note(kind_of_note, what, count=len(examples), source=source, examples=examples)  # type: ignore[arg-type]
    ledger.note(
        "assumption", text("What a place is was told from its class or from words in its name: {words}.",
                           words=", ".join(f"{word} {count}" for word, count in places.words.most_common())),
        count=places.words.total(), source=source,
    )
    statuses: tuple[Status, ...] = tuple("closed" if row.kind.closed else "open" for row in rows)
    facilities = Facilities(
        ids=tuple(f"{source}:{places.prefix}{row.row}" for row in rows), names=tuple(row.name for row in rows),
        kinds=tuple(row.kind.kind for row in rows), services=tuple(row.kind.services for row in rows),
        statuses=statuses, closing_year=np.full(len(rows), np.nan),
        days_per_week=np.array([row.days for row in rows], dtype=np.float64),
        floor_m2=np.array([row.floor for row in rows], dtype=np.float64),
        host=np.array([row.kind.host for row in rows], dtype=bool),
        lon=np.array([row.lon for row in rows], dtype=np.float64),
        lat=np.array([row.lat for row in rows], dtype=np.float64), sources=(source,) * len(rows),
    )
    return FacilityPiece(
        source, facilities, tuple(row.code for row in rows), tuple(row.address for row in rows), places.listing
    )
