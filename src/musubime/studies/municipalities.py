"""Whom a survey asks, put together from a list of municipality codes and a list of 過疎 designations.

`opendata` knows the publishers' formats and `surveys` the neutral table; this hands one to the other.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.opendata import codes, designation
from musubime.opendata.model import CodePiece, DesignationPiece, Probe
from musubime.provenance import Ledger
from musubime.region.codes import PREFECTURES, six_digits
from musubime.surveys.returns import Municipalities, read_municipalities

CLASSES = {"全部過疎": "full", "一部過疎": "part", "みなし過疎": "deemed"}


def municipalities(lists: list[Path], designated: Path | None, ledger: Ledger) -> Municipalities:
    """The municipalities of one or more lists of codes, with their designation.

    A list is Musubime's own table (code, name, designation, successor) or any list of codes that `opendata` reads;
    of several lists the first that names a code counts, and mergers are taken from all. Raises InputError with all
    faults.
    """
    found = [_one(path, ledger) for path in lists]
    names: dict[str, str] = {}
    former: dict[str, str] = {}
    successors: dict[str, str] = {}
    marked: dict[str, str] = {}
    for places in found:
        for code, name in places.names.items():
            if not names or code not in found[0].successors:
                names.setdefault(code, name)
        former = {**places.former, **former}
        successors = {**places.successors, **successors}
        marked = {**places.designation, **marked}
    if len(found) > 1:  # an older list still names what has merged since
        names = {code: name for code, name in names.items() if code in found[0].names}
    successors = {old: new for old, new in successors.items() if old not in names}
    for number, prefecture in enumerate(PREFECTURES, 1):
        names.setdefault(f"{number:02}000", prefecture)
    vintage = designation_vintage = ""
    if designated is not None:
        marked, designation_vintage = _designation(designated, names, ledger)
    elif marked:
        designation_vintage = lists[0].name
    vintage = "、".join(path.name for path in lists)
    return Municipalities(names, marked, successors, former, vintage, designation_vintage)


def _one(path: Path, ledger: Ledger) -> Municipalities:
    own = read_municipalities(path)
    if own is not None:
        return own
    probe = _probe(path)
    if not codes.recognise(probe):
        raise InputError(
            Fault(
                text("This is no list of municipality codes."),
                text(
                    "Give a CSV with the columns code, name, designation and successor, or a published list of codes."
                ),
                file=path.name,
            )
        )
    pieces = [piece for piece in codes.read(probe, ledger) if isinstance(piece, CodePiece)]
    names = {code[:5]: name for piece in pieces for code, name in piece.names.items()}
    after = {old[:5]: new[:5] for piece in pieces for old, new in piece.successors.items()}
    return Municipalities(
        {code: name for code, name in names.items() if code not in after}, {}, after,
        {code: names[code] for code in after if code in names}, path.name)


def _designation(path: Path, names: dict[str, str], ledger: Ledger) -> tuple[dict[str, str], str]:
    """Classes by five-digit code. Raises InputError for names that no municipality has."""
    probe = _probe(path)
    if not designation.recognise(probe):
        raise InputError(
            Fault(
                text("This is no list of 過疎 designations."),
                text("Give 過疎地域市町村等一覧 with the columns 都道府県名, 市町村名 and 過疎区分."),
                file=path.name,
            )
        )
    pieces = [piece for piece in designation.read(probe, ledger) if isinstance(piece, DesignationPiece)]
    by_name: dict[tuple[str, str], list[str]] = {}
    for code, name in names.items():
        by_name.setdefault((PREFECTURES[int(code[:2]) - 1], designation.same_name(name)), []).append(
            six_digits(code)[:5]
        )
    marked: dict[str, str] = {}
    lost = []
    for piece in pieces:
        for (prefecture, name), kind in piece.classes.items():
            matches = by_name.get((prefecture, designation.same_name(name)), [])
            if len(matches) == 1:
                marked[matches[0]] = CLASSES[kind]
            else:
                lost.append(f"{prefecture}{name}")
    ledger.note("missing", text("Names of the 過疎 list that the list of municipalities does not have were not used."),
                count=len(lost), source=path.name, examples=lost)
    return marked, pieces[0].date or path.name if pieces else path.name


def _probe(path: Path) -> Probe:
    try:
        with path.open("rb") as file:
            head = file.read(1 << 16)
        members: tuple[str, ...] = ()
        if head.startswith(b"PK\x03\x04"):
            with zipfile.ZipFile(path) as packed:
                members = tuple(packed.namelist())
        return Probe(path, head, path.stat().st_size, members)
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise InputError(Fault(text("The file cannot be opened ({reason}).", reason=type(error).__name__),
                               text("Close it elsewhere, or give the right to read it."), file=path.name)) from error
