"""Which district each 大字 belongs to, when the files print people by district and places by 大字.

The steps and how far each reaches are described in docs/data/build.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from musubime.region import Floats, Ints
from musubime.tabular import squeezed

from ._names import district_core, place_key, without_block
from .model import CatchmentPiece, FacilityPiece

STEPS = ("name", "catchment", "building", "beginning", "rest", "nearest")
"""How a 大字 was told, the surest first: its name is the district's; a school catchment of the district's name lists
it; a building of the district's name stands in it (or in its catchment); its name begins with the district's; the
nearest 大字 that was told by an earlier step."""

_OFFICE_WORDS = (
    "総合支所", "支所", "出張所", "連絡所", "公民館", "分館", "供用会館", "市民センター", "コミュニティ",
    "小学校", "中学校", "保育園", "保育所", "幼稚園", "認定こども園", "ふれあい", "地区", "会館", "交流",
)
_MAIN_OFFICE = "本庁"


@dataclass(frozen=True)
class Assignment:
    """district: (places,) position in the districts, -1 throughout when nothing told any; step: position in STEPS."""

    district: Ints
    step: Ints


def assign(
    places: Sequence[str], x_m: Floats, y_m: Floats, districts: Sequence[str], *,
    catchments: Sequence[CatchmentPiece] = (), buildings: Sequence[FacilityPiece] = (), town: str = "",
    rest: int = -1,
) -> Assignment:
    """The district of each 大字. places, districts: names as printed; x_m, y_m: (places,) metres in the plane.

    rest: the district that has what the others leave, where there is such a one. With one district nothing is asked.
    """
    if len(districts) == 1:
        return Assignment(np.zeros(len(places), dtype=np.int64), np.zeros(len(places), dtype=np.int64))
    keys = [place_key(p) for p in places]
    cores = [district_core(d) for d in districts]
    district = np.full(len(keys), -1, dtype=np.int64)
    step = np.full(len(keys), STEPS.index("nearest"), dtype=np.int64)

    def tell(place: int, found: int, how: str) -> None:
        if district[place] < 0 and found >= 0:
            district[place], step[place] = found, STEPS.index(how)

    for i, key in enumerate(keys):
        tell(i, _by_name(key, cores), "name")
    schools = _schools(keys, catchments)
    votes = _votes(keys, cores, buildings, town)
    named = [_by_school(school.name, cores) for school in schools]
    for school, found in zip(schools, named, strict=True):
        for i in school.members:
            tell(i, found, "catchment")
    for i, counted in enumerate(votes):
        tell(i, _winner(counted), "building")
    known = [
        found if found >= 0 else _winner(sum((votes[i] for i in school.members), Counter()))
        for school, found in zip(schools, named, strict=True)
    ]
    for school, found in zip(schools, known, strict=True):
        for i in school.members:
            tell(i, found, "building")
    for school, found in zip(schools, known, strict=True):
        if found < 0:
            shared = _winner(_shared_with(school, schools, known, keys))
            for i in school.members:
                tell(i, shared, "catchment")
    for i, key in enumerate(keys):
        tell(i, _by_beginning(key, cores), "beginning")
    for i in range(len(keys)):
        tell(i, rest, "rest")
    _by_nearness(district, x_m, y_m, [school.members for school in schools])
    return Assignment(district, step)


def _by_nearness(district: Ints, x_m: Floats, y_m: Floats, together: Sequence[Sequence[int]]) -> None:
    """Give the rest the district of the nearest 大字 already told; what shares a catchment stays together.

    A catchment goes where most of its rest are nearest to; when that is undecided, where the shortest way leads.
    """
    told, rest = np.flatnonzero(district >= 0), np.flatnonzero(district < 0)
    if not told.size:
        return
    away = np.hypot(x_m[told][None, :] - x_m[rest][:, None], y_m[told][None, :] - y_m[rest][:, None])
    nearest = {int(i): int(district[told[j]]) for i, j in zip(rest, away.argmin(axis=1), strict=True)}
    shortest = {int(i): float(d) for i, d in zip(rest, away.min(axis=1), strict=True)}
    for members in together:
        group = [i for i in members if i in nearest]
        votes = Counter(nearest[i] for i in group)
        if len(votes) > 1:
            best = max(votes, key=lambda d: (votes[d], -min(shortest[i] for i in group if nearest[i] == d)))
            nearest.update(dict.fromkeys(group, best))
    for i, found in nearest.items():
        district[i] = found


def _by_name(key: str, cores: Sequence[str]) -> int:
    """錦 takes 錦, 錦町広瀬 and 錦一丁目, but not 錦見: the district's name, alone or with its own ending. 本郷村 takes
    本郷町宇塚, since villages became 町 in the names of the town that took them in."""
    best, length = -1, 0
    for position, core in enumerate(cores):
        stem = _stem(core)
        own = key == core or key.startswith((stem + "町", stem + "村")) or without_block(key) == core
        if own and len(stem) > length:
            best, length = position, len(stem)
    return best


def _stem(core: str) -> str:
    return core[:-1] if len(core) > 1 and core[-1] in "町村" else core


def _by_beginning(key: str, cores: Sequence[str]) -> int:
    found = [i for i, core in enumerate(cores) if len(_stem(core)) >= 2 and key.startswith(_stem(core))]
    return max(found, key=lambda i: len(cores[i]), default=-1)


def _by_school(school: str, cores: Sequence[str]) -> int:
    core = district_core(squeezed(school).split("(")[0])
    return cores.index(core) if core in cores else -1


@dataclass(frozen=True)
class _School:
    """A catchment: members are the 大字 of which it has the most; parts are compared names it has a part of."""

    name: str
    members: tuple[int, ...]
    parts: frozenset[str]


def _schools(keys: Sequence[str], catchments: Sequence[CatchmentPiece]) -> list[_School]:
    """Primary schools, or all schools where none is one."""
    rows = [
        (school, {place_key(p) for p in whole}, {place_key(p) for p in partly}) for piece in catchments
        for school, whole, partly in zip(piece.schools, piece.places, piece.parts, strict=True)
    ]
    rows = [row for row in rows if "小学校" in row[0]] or rows
    best: list[tuple[float, int]] = [(0.0, -1)] * len(keys)
    for number, (_, whole, partly) in enumerate(rows):
        for i, key in enumerate(keys):
            strength = max(_strength(key, whole), 0.5 * _strength(key, partly))
            if strength > best[i][0]:
                best[i] = (strength, number)
    return [
        _School(name, tuple(i for i, (_, chosen) in enumerate(best) if chosen == number), frozenset(partly))
        for number, (name, _, partly) in enumerate(rows)
    ]


def _shared_with(
    school: _School, schools: Sequence[_School], known: Sequence[int], keys: Sequence[str]
) -> Counter[int]:
    """Districts of the schools that take in a part of this one's 大字, as the neighbour of a closed school does."""
    votes: Counter[int] = Counter()
    for other, found in zip(schools, known, strict=True):
        if found >= 0:
            votes[found] += sum(
                keys[i] in other.parts or without_block(keys[i]) in other.parts for i in school.members
            )
    return +votes


def _strength(key: str, listed: set[str]) -> float:
    """How surely a list of places means this 大字: by its name, by the town it is a block of, by the old town."""
    if key in listed:
        return 3.0
    if without_block(key) in listed:
        return 2.5
    if any(place[-1:] in ("町", "村") and key.startswith(place) for place in listed):
        return 2.0
    return 1.5 if any(len(place) >= 2 and key.endswith(("町" + place, "村" + place)) for place in listed) else 0.0


def _votes(
    keys: Sequence[str], cores: Sequence[str], buildings: Sequence[FacilityPiece], town: str
) -> list[Counter[int]]:
    """For each 大字, how many buildings that bear a district's name have an address in it."""
    votes: list[Counter[int]] = [Counter() for _ in keys]
    by_length = sorted(range(len(keys)), key=lambda i: -len(keys[i]))
    seen: set[tuple[str, int]] = set()
    for piece in buildings:
        for name, kind, address in zip(piece.facilities.names, piece.facilities.kinds, piece.addresses, strict=True):
            found = _by_building(squeezed(name), kind, cores)
            if found < 0 or not address:
                continue
            street = address_key(address, town)
            place = next((i for i in by_length if street.startswith(keys[i])), -1)
            if place >= 0 and (street, found) not in seen:
                seen.add((street, found))
                votes[place][found] += 1
    return votes


def address_key(address: str, town: str) -> str:
    """An address from its 大字 on, as it is compared: 山口県岩国市下446-2 is 下446-2."""
    words = squeezed(address)
    return place_key(words.split(town, 1)[1] if town and town in words else words)


def _by_building(name: str, kind: str, cores: Sequence[str]) -> int:
    for position, core in enumerate(cores):
        if core == _MAIN_OFFICE and kind == "town_office":
            return position
        if len(core) >= 2 and any(core + word in name for word in _OFFICE_WORDS):
            return position
    return -1


def _winner(counted: Counter[int]) -> int:
    ranked = counted.most_common(2)
    if not ranked or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return -1
    return ranked[0][0]
