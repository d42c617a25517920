"""Opening hours of clinics as a town prints them: one place over several rows, a circle under each open weekday."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from musubime.provenance import Ledger
from musubime.tabular import Row, Sheet, plain, squeezed

from ._facilities import Places, facility_piece
from .model import FacilityPiece, Probe

_NAMES = {"医療機関名": "", "病院名": "", "診療所名": "", "歯科医院名": "歯科診療所", "薬局名": "薬局"}
_DAYS = ("月", "火", "水", "木", "金", "土", "日・祝", "日", "日祝")
_SIX_DAYS = 6
_WITHIN = 12


@dataclass(frozen=True)
class Hours:
    heading: int
    name: int
    days: tuple[int, ...]
    kind: str


def find_hours(sheet: Sheet) -> Hours | None:
    for index, row in enumerate(sheet.rows[:_WITHIN]):
        words = [squeezed(cell) for cell in row]
        days = tuple(c for c, word in enumerate(words) if word in _DAYS)
        name = next((c for c, word in enumerate(words) if word in _NAMES), None)
        if name is not None and len(days) >= _SIX_DAYS - 1:
            return Hours(index, name, days, _NAMES[words[name]])
    return None


def read_hours(probe: Probe, sheet: Sheet, hours: Hours, ledger: Ledger) -> FacilityPiece:
    """Places with the weekdays on which any of their rows has a mark; such tables have no coordinates."""
    places = Places(probe.path.name, "medical", prefix=f"{sheet.name}:")
    for number, name, open_days in _places(sheet.rows, hours):
        places.add(
            row=number, name=name, lon="", lat="", classes=(hours.kind,) if hours.kind else (),
            days=float(open_days) if open_days else math.nan,
        )
    return facility_piece(places, ledger)


def _places(rows: Sequence[Row], hours: Hours) -> list[tuple[int, str, int]]:
    found: list[tuple[int, str, set[int]]] = []
    for index in range(hours.heading + 1, len(rows)):
        row = rows[index]
        name = plain(row[hours.name]).split("\n")[0] if len(row) > hours.name else ""
        if name and squeezed(name) not in _NAMES:
            found.append((index + 1, name, set()))
        if found:
            found[-1][2].update(day for day in hours.days if day < len(row) and row[day].strip())
    return [(number, name, len(days)) for number, name, days in found]
