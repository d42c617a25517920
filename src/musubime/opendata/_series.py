"""Counts of people put in line: by district over several dates, and of the municipality as a whole."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from musubime.language import text
from musubime.provenance import Ledger
from musubime.region import FIVE_YEAR_AGES, Floats, MunicipalSeries, Population, VitalYears

from ._ages import to_five_year
from ._ground import Ground
from ._names import district_core, place_key
from ._place import Place
from .codes import own_name
from .designation import same_name
from .model import AgePiece, MonthlyVitalPiece, VitalPiece
from .vital import join_months

_CENSUS_MONTH = 10  # the census counts on 1 October of every fifth year


@dataclass(frozen=True)
class Series:
    """People by unit at several dates. people: (dates, units, 2, 18); households: (units,) at the newest date."""

    names: tuple[str, ...]
    dates: tuple[tuple[int, int], ...]
    people: Floats
    households: Floats
    sources: tuple[str, ...]


def folded(piece: AgePiece) -> Floats | None:
    """People in the 18 groups 0-4 … 85+: (units, 2, 18); None when its groups cannot be made into those."""
    if piece.age_from[-1] < FIVE_YEAR_AGES[-1]:
        return None
    try:
        return to_five_year(piece.age_from, piece.people)[1]
    except ValueError:
        return None


def district_series(ground: Ground, pieces: Iterable[AgePiece]) -> Series | None:
    """Counts by district on every date whose districts are those of the newest date."""
    ledger = ground.ledger
    by_date: dict[tuple[int, int], tuple[AgePiece, Floats]] = {}
    useless: list[str] = []
    for piece in pieces:
        people = folded(piece)
        date = (piece.year, piece.month)
        if people is None or np.isnan(people).any():
            useless.append(piece.source)
        elif date in by_date:
            kept, known = by_date[date]
            if abs(known.sum() - people.sum()) > 0.5:
                ledger.note("assumption", text(
                    "Two files count the same date differently: {kept} was used, {other} was not.", kept=kept.source,
                    other=piece.source))
        else:
            by_date[date] = piece, people
    ledger.note("dropped", text("Counts by district with unknown ages, or without 85 and over, were not used."),
                count=len(useless), examples=useless)
    if not by_date:
        return None
    dates = sorted(by_date)
    newest, _ = by_date[dates[-1]]
    keys = comparable_names(newest.names)
    chosen, rows, sources = [], [], []
    other: list[str] = []
    for date in dates:
        piece, people = by_date[date]
        at = {key: i for i, key in enumerate(comparable_names(piece.names))}
        if set(at) != set(keys) or len(piece.names) != len(keys) or len(at) != len(keys):
            other.append(f"{date[0]}-{date[1]:02}: {len(piece.names)}")
            continue
        chosen.append(date)
        rows.append(people[[at[key] for key in keys]])
        sources.append(piece.source)
    ledger.note("dropped", text("Dates on which the districts were others than on the newest were left out."),
                count=len(other), examples=other)
    if not chosen:
        return None
    ground.stock.use(by_date[date][0] for date in chosen)
    return Series(newest.names, tuple(chosen), np.stack(rows), newest.households, tuple(sources))


def comparable_names(names: Sequence[str]) -> list[str]:
    """Names of districts as they are compared between dates: 玖珂総合支所管内 became 玖珂支所管内 and is the same."""
    cores = [district_core(name) for name in names]
    return cores if len(set(cores)) == len(cores) else [place_key(name) for name in names]


def municipal_series(ground: Ground) -> MunicipalSeries:
    return MunicipalSeries(_census_series(ground), _vital_years(ground))


def _census_series(ground: Ground) -> Population | None:
    """The municipality in its present area at every census, former municipalities summed; no other counts mixed in."""
    found: dict[tuple[int, int], tuple[AgePiece, Floats]] = {}
    others: dict[str, str] = {}
    useless: list[str] = []
    pieces = [*ground.stock.of(AgePiece)]
    for piece in sorted(pieces, key=lambda p: p.level == "former"):
        if piece.level not in ("municipality", "former"):
            continue
        rows = _rows_of(ground, piece)
        if not rows:
            continue
        date = (piece.year, piece.month)
        if piece.month != _CENSUS_MONTH or piece.year % 5:
            others[piece.source] = f"{date[0]}-{date[1]:02}"
            continue
        people = folded(piece)
        if people is None or np.isnan(people[rows]).any():
            useless.append(piece.source)
            continue
        total = people[rows].sum(axis=0)
        if date in found:
            kept, known = found[date]
            if piece.level == "former":
                continue
            both = (kept, known) if known.sum() >= total.sum() else (piece, total)
            if abs(known.sum() - total.sum()) > 0.5 or np.abs(known - total).max() > 0.5:
                ground.ledger.note("assumption", text(
                    "Two files give the census of {year}: {kept} was used, since it leaves fewest without an age.",
                    year=date[0], kept=both[0].source))
            found[date] = both
        else:
            found[date] = piece, total
    ground.ledger.note(
        "dropped", text("Registers and estimates of the municipality were not mixed with its censuses."),
        count=len(others), examples=[f"{source} ({date})" for source, date in others.items()])
    ground.ledger.note("dropped", text("Censuses with unknown ages, or without 85 and over, were not used."),
                       count=len(useless), examples=useless)
    dates = _unbroken(ground, {date: float(people.sum()) for date, (_, people) in found.items()})
    if not dates:
        ground.ledger.note("missing", text(
            "No census of the municipality by age is in the folder: long trends are not known."))
        return None
    ground.stock.use(found[date][0] for date in dates)
    people = np.stack([found[date][1] for date in dates])[:, None]
    return Population((ground.place.code,), tuple(d[0] for d in dates), tuple(d[1] for d in dates), FIVE_YEAR_AGES,
                      people)


def _rows_of(ground: Ground, piece: AgePiece) -> list[int]:
    prefecture = ground.place.code[:2]
    same = any(
        p.source == piece.source and p.level == "prefecture" and all(c[:2] == prefecture for c in p.codes if c)
        for p in ground.stock.of(AgePiece)
    )
    return [
        i for i, (code, name) in enumerate(zip(piece.codes, piece.names, strict=True))
        if ground.place.holds(code, name, same)
    ]


def _unbroken(ground: Ground, totals: dict[tuple[int, int], float]) -> list[tuple[int, int]]:
    """The newest dates between which the area cannot have changed, oldest first."""
    limit = ground.parameters.number("build.series_break_per_year")
    dates = sorted(totals)
    kept = dates[-1:]
    for earlier, later in reversed(list(pairwise(dates))):
        years = later[0] - earlier[0] + (later[1] - earlier[1]) / 12
        if totals[earlier] <= 0 or abs(math.log(totals[later] / totals[earlier])) / years > limit:
            left = [d for d in dates if d <= earlier]
            ground.ledger.note("dropped", text(
                "Censuses before {year} were left out: the people jump from {before:,.0f} to {after:,.0f}, so the area "
                "was another (a merger the lists of codes do not tell).", year=later[0], before=totals[earlier],
                after=totals[later]), count=len(left), examples=[str(d[0]) for d in left])
            break
        kept.append(earlier)
    return kept[::-1]


def _vital_years(ground: Ground) -> VitalYears | None:
    """Births and deaths by year, from one publisher only: the one with the longest row of years."""
    place = ground.place
    candidates: dict[str, dict[int, tuple[float, float, float]]] = {}
    users: dict[str, list[VitalPiece | MonthlyVitalPiece]] = {}
    for piece in ground.stock.of(VitalPiece):
        for i in _rows_by_name(piece, place):
            candidates.setdefault("yearly lists", {})[piece.years[i]] = (
                float(piece.people[i]), float(piece.births[i]), float(piece.deaths[i]))
            users.setdefault("yearly lists", []).append(piece)
    groups: dict[str, list[MonthlyVitalPiece]] = {}
    for months in ground.stock.of(MonthlyVitalPiece):
        if place.code in months.codes:
            groups.setdefault("monthly tables" if len(months.codes) < 24 else months.source, []).append(months)
    joining = {name: Ledger() for name in groups}
    for name, group in groups.items():
        for joined in join_months([_cut_by_code(p, place.code) for p in group], joining[name]):
            for year, people, births, deaths in zip(joined.years, joined.people, joined.births, joined.deaths,
                                                    strict=True):
                candidates.setdefault(name, {})[year] = (float(people), float(births), float(deaths))
        users.setdefault(name, []).extend(group)
    candidates = {name: years for name, years in candidates.items() if years}
    if not candidates:
        ground.ledger.note("missing", text("No births and deaths of the municipality are in the folder."))
        return None
    best = max(candidates, key=lambda name: (len(candidates[name]), max(candidates[name]), name))
    ground.stock.use(users[best])
    ground.ledger.notes += joining.get(best, Ledger()).notes
    rest = [f"{p.source}" for name in candidates if name != best for p in users[name]]
    ground.ledger.note("dropped", text(
        "Births and deaths of other publishers, or shorter rows of years, were not mixed in."), count=len(rest),
        examples=rest)
    years = tuple(sorted(candidates[best]))
    table = np.array([candidates[best][year] for year in years])
    return VitalYears(years, table[:, 0], table[:, 1], table[:, 2])


def _rows_by_name(piece: VitalPiece, place: Place) -> list[int]:
    """Rows of a municipality in a table without codes: by prefecture and name, where only one row a year fits."""
    rows = [
        i for i, (code, printed) in enumerate(zip(piece.codes, piece.names or piece.codes, strict=True))
        if code == place.code or (
            not code and printed.startswith(place.prefecture) and same_name(own_name(printed)) == same_name(place.name)
        )
    ]
    often = Counter(piece.years[i] for i in rows)
    return [i for i in rows if often[piece.years[i]] == 1]


def _cut_by_code(piece: MonthlyVitalPiece, code: str) -> MonthlyVitalPiece:
    rows = [i for i, c in enumerate(piece.codes) if c == code]
    return MonthlyVitalPiece(
        piece.source, tuple(code for _ in rows), tuple(piece.months[i] for i in rows), piece.people[rows],
        piece.births[rows], piece.deaths[rows], piece.change[rows],
    )
