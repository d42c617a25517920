"""Join the rows of all lists that mean one place: a school is in the school list, the shelters and the AED list.

See docs/data/recommended_facilities.md.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from musubime import parameters
from musubime.language import text
from musubime.provenance import Ledger
from musubime.region import Facilities, Status

from ._cells import building_name, core_address
from .model import FacilityPiece

_PRIORITY = ("medical", "school", "childcare", "public", "tourism", "evacuation", "aed", "wifi", "", "radio")
"""Which list is believed first, for name, kind and coordinates: the one that is about such places."""

_VAGUE = {"other", "shelter", "park", "tourism"}
_STATED_CLOSED = {"closed_school", "former_office"}
_SCHOOLS = ("primary_school", "junior_high_school")
_NO_CLINIC = {"dental_clinic", "pharmacy"}
_SAID_CLOSED = re.compile(r"\((?:休校中?|廃校|閉校|旧)\)|^旧|(?:休校中?|廃校|閉校)$")
_BRACKETS = str.maketrans("", "", "()「」『』〈〉[]【】・ ")
_BRACKETED = re.compile(r"\([^()]*\)")
_LEAST_LETTERS = 4
_ONE_OF_A_NAME = {
    "primary_school", "junior_high_school", "high_school", "town_office", "branch_office", "library", "hospital",
    "roadside_station", "post_office",
}
"""Kinds of which a town has one of a name: coordinates of two lists may lie farther apart and mean the same."""

_M_PER_DEGREE = 111_320.0  # of latitude; good to 0.5 % in Japan, and 150 m is no survey


@dataclass(frozen=True)
class _Row:
    piece: FacilityPiece
    at: int
    order: int

    @property
    def kind(self) -> str:
        return self.piece.facilities.kinds[self.at]

    @property
    def name(self) -> str:
        return self.piece.facilities.names[self.at]

    @property
    def code(self) -> str:
        return self.piece.codes[self.at]

    @property
    def services(self) -> tuple[str, ...]:
        return self.piece.facilities.services[self.at]

    @property
    def closed(self) -> bool:
        return self.piece.facilities.statuses[self.at] == "closed" or self.kind in _STATED_CLOSED

    def number(self, field: str) -> float:
        return float(getattr(self.piece.facilities, field)[self.at])

    @property
    def rank(self) -> tuple[bool, bool, int, bool, int]:
        """The richest row of a place first: with coordinates, of a definite kind, from the list that is about it,
        the town's own before the prefecture's."""
        listing = self.piece.listing
        return (
            math.isnan(self.number("lon")), self.kind in _VAGUE,
            _PRIORITY.index(listing) if listing in _PRIORITY else len(_PRIORITY), not self.code, self.order,
        )


def merge_facilities(pieces: Iterable[FacilityPiece], ledger: Ledger) -> Facilities:
    """One row a place: the same name within 150 m (parameter), or the same name and address.

    The richest row is kept and the services of the others are joined to it. A place that any list calls closed is
    closed. Loudspeaker posts that are no building and places without coordinates are left out, all noted.
    """
    rows = [
        _Row(piece, at, 0)
        for piece in pieces for at in range(len(piece.facilities))
        if piece.listing != "radio" or piece.facilities.kinds[at] not in _VAGUE
    ]
    rows = [_Row(row.piece, row.at, order) for order, row in enumerate(rows)]
    places = [sorted(place, key=lambda row: row.rank) for place in _same_places(rows)]
    joined = [place for place in places if len(place) > 1]
    ledger.note(
        "repair", text("Rows of several lists that mean one place were joined to it."),
        count=sum(len(place) - 1 for place in joined),
        examples=[f"{place[0].name} ({len(place)})" for place in sorted(joined, key=len, reverse=True)],
    )
    apart = [(place, metres) for place in joined if (metres := _apart_m(place)) > 2 * _same_m()]
    ledger.note(
        "assumption",
        text("Lists put one place at points far apart; the town's own list on such places was believed."),
        count=len(apart), examples=[f"{place[0].name} {metres:,.0f} m" for place, metres in apart],
    )
    unplaced = [place for place in places if math.isnan(place[0].number("lon"))]
    ledger.note("missing", text("Places without coordinates in any list were left out."), count=len(unplaced),
                examples=[place[0].name for place in unplaced])
    places = [place for place in places if not math.isnan(place[0].number("lon"))]
    disputed = [place for place in places if any(r.closed for r in place) and not all(r.closed for r in place)]
    ledger.note("assumption", text("Places that one list calls closed and another open were taken as closed."),
                count=len(disputed), examples=[place[0].name for place in disputed])
    return _table(places, _assumed_schools(places, ledger))


def _same_m() -> float:
    return parameters.load().number("opendata.same_place_m")


def _apart_m(place: Sequence[_Row]) -> float:
    lon = np.array([row.number("lon") for row in place])
    lat = np.array([row.number("lat") for row in place])
    if np.isnan(lon).all():
        return 0.0
    width = float(np.nanmax(lon) - np.nanmin(lon)) * math.cos(math.radians(float(np.nanmean(lat))))
    return math.hypot(width, float(np.nanmax(lat) - np.nanmin(lat))) * _M_PER_DEGREE


def _same_places(rows: Sequence[_Row]) -> list[list[_Row]]:
    """Rows put together, in the order of their first one."""
    parent = list(range(len(rows)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    by_key: dict[tuple[bool, str], list[int]] = {}
    for i, row in enumerate(rows):
        for key in _keys(row.name):
            by_key.setdefault(key, []).append(i)
    same_m, wide_m = _same_m(), parameters.load().number("opendata.same_institution_m")
    addresses = [core_address(row.piece.addresses[row.at]) for row in rows]
    lon = np.array([row.number("lon") for row in rows])
    lat = np.array([row.number("lat") for row in rows])
    reach = np.array([[same_m, wide_m if row.kind in _ONE_OF_A_NAME else same_m] for row in rows])
    kinds = np.array([row.kind for row in rows])
    codes = np.array([row.code for row in rows])
    for (whole, _), members in by_key.items():
        for position, i in enumerate(members):
            others = np.array(members[position + 1 :], dtype=int)
            if not others.size:
                continue
            east = (lon[others] - lon[i]) * _M_PER_DEGREE * math.cos(math.radians(lat[i]))
            north = (lat[others] - lat[i]) * _M_PER_DEGREE
            one_town = (codes[others] == codes[i]) | (codes[others] == "") | (codes[i] == "")
            alike = (kinds[others] == kinds[i]) & one_town
            limit = np.where(alike, reach[i, int(whole)], same_m)
            near = np.hypot(east, north) <= limit  # nan is not near
            numbered = addresses[i][-1:].isdecimal()
            for j, is_near in zip(others.tolist(), near.tolist(), strict=True):
                if is_near or (numbered and addresses[i] == addresses[j]):
                    first, second = sorted((root(i), root(j)))
                    parent[second] = first
    places: dict[int, list[_Row]] = {}
    for i, row in enumerate(rows):
        places.setdefault(root(i), []).append(row)
    return list(places.values())


def _keys(name: str) -> set[tuple[bool, str]]:
    """Names under which a place may stand elsewhere: with and without its town and closed or not (True: the whole
    name), and without what stands in brackets (False).

    >>> sorted({name for whole, name in _keys("美祢市大嶺公民館")}), sorted(_keys("天尾小学校（休校）"))
    (['大嶺公民館', '美祢市大嶺公民館'], [(False, '天尾小学校'), (True, '天尾小学校')])
    """
    bare = _SAID_CLOSED.sub("", building_name(name)) or name
    whole = building_name(bare.translate(_BRACKETS)) or bare
    keys = {(True, key) for key in _without_town(whole)}
    outside = building_name(_BRACKETED.sub("", bare))
    if outside != whole and len(outside) >= _LEAST_LETTERS:
        keys |= {(False, key) for key in _without_town(outside)} | {(False, key) for key in _without_town(whole)}
    elif outside == whole:
        keys |= {(False, key) for key in _without_town(whole)}
    return keys


def _without_town(name: str) -> set[str]:
    return {name} | {
        name[i + 1 :] for i, letter in enumerate(name[:7])
        if letter in "市町村" and i > 0 and len(name) - i - 1 >= _LEAST_LETTERS
    }


def _assumed_schools(places: Sequence[Sequence[_Row]], ledger: Ledger) -> set[int]:
    """Schools named by lists of shelters alone, in a municipality for which no list of schools was given."""
    told = {row.code for place in places for row in place if "school" in row.services}
    assumed = {
        i for i, place in enumerate(places)
        if place[0].kind in _SCHOOLS and not any(row.closed or "school" in row.services for row in place)
        and any(row.code and row.code not in told for row in place)
    }
    ledger.note(
        "assumption", text("No list of schools was given: schools in lists of shelters and AED were taken as open."),
        count=len(assumed), examples=[places[i][0].name for i in sorted(assumed)],
    )
    return assumed


def _table(places: Sequence[Sequence[_Row]], assumed_schools: set[int]) -> Facilities:
    kinds, services, statuses, hosts = [], [], [], []
    for i, place in enumerate(places):
        closed = next((row for row in place if row.closed), None)
        kind = closed.kind if closed is not None else place[0].kind
        offered = dict.fromkeys(service for row in place for service in row.services) if closed is None else {}
        if place[0].kind in _NO_CLINIC:
            offered.pop("clinic", None)
        if i in assumed_schools:
            offered["school"] = None
        kinds.append(kind)
        services.append(tuple(offered))
        status: Status = "closed" if closed is not None else "open"
        statuses.append(status)
        hosts.append(any(bool(row.piece.facilities.host[row.at]) for row in place))
    first = [place[0] for place in places]
    return Facilities(
        ids=tuple(row.piece.facilities.ids[row.at] for row in first), names=tuple(row.name for row in first),
        kinds=tuple(kinds), services=tuple(services), statuses=tuple(statuses),
        closing_year=np.array([_first_known(place, "closing_year") for place in places], dtype=np.float64),
        days_per_week=np.array([_first_known(place, "days_per_week") for place in places], dtype=np.float64),
        floor_m2=np.array([_first_known(place, "floor_m2") for place in places], dtype=np.float64),
        host=np.array(hosts, dtype=bool), lon=np.array([row.number("lon") for row in first], dtype=np.float64),
        lat=np.array([row.number("lat") for row in first], dtype=np.float64),
        sources=tuple(row.piece.facilities.sources[row.at] for row in first),
    )


def _first_known(place: Sequence[_Row], field: str) -> float:
    return next((value for row in place if not math.isnan(value := row.number(field))), math.nan)
