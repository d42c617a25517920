"""Faults of a municipality's tables of people, each by itself and one date against another, before a build."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np

from musubime import parameters
from musubime.errors import Fault
from musubime.language import text
from musubime.region import Floats
from musubime.region.check_order import exchanged_years

from ._place import Place
from ._series import comparable_names, folded
from ._stock import Stock
from .model import AgePiece

_REORGANISED = 0.2  # share of the units that may change between two dates before it is a new division of the town
_FEW = 2
_MERGED = 0.5  # of the people who left with a unit, seen beyond expectation in another one
_DEVIATIONS = 3.0


def count_faults(place: Place, stock: Stock) -> list[Fault]:
    """Every fault that tables of this municipality's people have: a build beside them would be a guess."""
    faults = []
    for one in stock.found:
        for fault, places in zip(one.faults, one.whose, strict=False):
            named = {place.code, place.code[:5]} & places or any(
                place.holds("" if owner[:5].isdecimal() else owner, owner, True) for owner in places)
            if fault.blocks and (named or not places):
                faults.append(fault)
    series = sorted(
        (p for p in stock.of(AgePiece) if p.level == "district" and set(p.codes) == {place.code}),
        key=lambda p: (p.year, p.month),
    )
    dated: dict[tuple[int, int], AgePiece] = {}
    for piece in series:
        dated.setdefault((piece.year, piece.month), piece)
    districts = list(dated.values())
    whole = sorted(
        (p for p in stock.of(AgePiece) if p.level == "municipality" and place.code in p.codes),
        key=lambda p: (p.year, p.month),
    )
    return [
        *faults, *_once(districts), *_the_same(districts), *_exchanged(districts, None), *_exchanged(whole, place.code),
    ]


def _exchanged(pieces: list[AgePiece], code: str | None) -> list[Fault]:
    """Counts that bear each other's year. code: the municipality among the rows of its pieces; None: all rows."""
    found = [
        (piece, people if code is None else people[[piece.codes.index(code)]]) for piece in pieces
        if (people := folded(piece)) is not None
    ]
    found = [(piece, people.sum(axis=0)) for piece, people in found if not np.isnan(people).any()]
    if len(found) < _FEW:
        return []
    dates = np.array([piece.year + (piece.month - 1) / 12 for piece, _ in found])
    pairs = exchanged_years(np.stack([people for _, people in found]), dates, parameters.load())
    return [
        Fault(pair.what([_date(piece) for piece, _ in found]), pair.remedy,
              file=f"{found[pair.first][0].source}, {found[pair.second][0].source}", field="調査年月日",
              value=f"{_date(found[pair.first][0])}, {_date(found[pair.second][0])}")
        for pair in pairs if pair.proved
    ]


def _once(pieces: list[AgePiece]) -> list[Fault]:
    """Districts that stand at some dates and not at others, unless others took their people in or gave them away."""
    names = [comparable_names(piece.names) for piece in pieces]
    every = list(dict.fromkeys(key for keys in names for key in keys))
    faults = []
    for (before, keys), (after, later) in pairwise(zip(pieces, names, strict=True)):
        gone, new = set(keys) - set(later), set(later) - set(keys)
        if len(gone | new) > max(_FEW, _REORGANISED * len(every)):
            continue
        for here, own, there, others, lost in ((before, keys, after, later, gone), (after, later, before, keys, new)):
            faults += [
                Fault(
                    text("{name} is in the count of {date} and not in that of {other} ({file}); no other place took "
                         "its people in.", name=here.names[own.index(key)], date=_date(here), other=_date(there),
                         file=there.source),
                    text("Give it at every date under the same name (0 when nobody lived there); where it was joined "
                         "to another, add its people to that one in the older table, or leave the older table out."),
                    file=here.source, row=here.rows[own.index(key)] if here.rows else None, field="地域名",
                    value=here.names[own.index(key)],
                )
                for key in own if key in lost and not _taken_in(own.index(key), here, own, there, others)
            ]
    return list({(fault.value, str(fault.what)): fault for fault in faults}.values())


def _taken_in(unit: int, here: AgePiece, own: list[str], there: AgePiece, others: list[str]) -> bool:
    """Has another unit at the other date so many more people than the rest of the town lets expect?"""
    lost = _people(here)[unit]
    common = [(own.index(key), others.index(key)) for key in own if key in others]
    if not common or not np.isfinite(lost):
        return False
    a, b = (_people(piece)[[pair[i] for pair in common]] for i, piece in enumerate((here, there)))
    of_all = np.full_like(a, np.nansum(b) / max(np.nansum(a), 1.0))
    usual = float(np.nanmedian(np.divide(b, a, out=of_all, where=a > 0)))
    more = b - a * usual
    size = np.sqrt(np.maximum(a, 1.0))
    deviation = max(1.0, 1.4826 * float(np.nanmedian(np.abs(more / size))))
    return bool(np.any((more >= _MERGED * lost) & (more > _DEVIATIONS * deviation * size)))


def _the_same(pieces: list[AgePiece]) -> list[Fault]:
    """One count under two dates: every district has the same people by sex and age."""
    faults = []
    for first, second in combinations(pieces, 2):
        a, b = folded(first), folded(second)
        if a is not None and b is not None and a.shape == b.shape and a.sum() > 0 and np.array_equal(a, b):
            faults.append(Fault(
                text("This table has the same people by sex and age as {file}, though it is of {date} and that of "
                     "{other}.", file=first.source, date=_date(second), other=_date(first)),
                text("Take out the one that was copied, or correct its date."), file=second.source,
                field="調査年月日", value=_date(second),
            ))
    return faults


def _people(piece: AgePiece) -> Floats:
    return np.asarray(piece.people.sum(axis=(1, 2)))


def _date(piece: AgePiece) -> str:
    return f"{piece.year}-{piece.month:02}"
