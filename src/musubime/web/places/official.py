"""The official lists that fill the directory: local government codes, mergers, and 過疎 designations.

Codes come in 総務省's workbook (団体コード, 都道府県名（漢字）, 市区町村名（漢字） …), which also has the kana, or in a
layout that `opendata.codes` reads. Nothing is deleted: a municipality that a newer list no longer names stays, marked
as former where the list says into which one it was carried.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from django.db import transaction

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.opendata import codes, designation
from musubime.opendata.codes import own_name
from musubime.opendata.designation import same_name
from musubime.opendata.model import CodePiece, DesignationPiece, Probe
from musubime.provenance import Ledger
from musubime.region.codes import PREFECTURES, six_digits
from musubime.tabular import Sheet, read_tables, squeezed

from .models import Class, Designation, Municipality, Succession

CLASSES = {"全部過疎": Class.FULL, "一部過疎": Class.PART, "みなし過疎": Class.DEEMED}
_HEADINGS = {
    "code": "団体コード", "prefecture": "都道府県名(漢字)", "name": "市区町村名(漢字)", "kana": "市区町村名(カナ)",
}


@dataclass
class Told:
    """What an import did."""

    municipalities: int = 0
    successions: int = 0
    designations: int = 0
    ledger: Ledger = field(default_factory=Ledger)


def take(path: Path, name: str, on: dt.date | None = None) -> Told:
    """Read an official list and keep what it says, all or nothing. on: the date for which a 過疎 list holds, where it
    does not say so itself. Raises InputError with all faults."""
    probe = _probe(path)
    sheets = _tables(path)
    workbook = [(sheet, place) for sheet in sheets if (place := _headings(sheet)) is not None]
    told = Told()
    try:
        with transaction.atomic():
            if workbook:
                _keep_codes(*_from_workbook(workbook, name), name, told)
            elif codes.recognise(probe):
                for piece in codes.read(probe, told.ledger):
                    if isinstance(piece, CodePiece):
                        _keep_codes(piece.names, {}, piece.successors, name, told)
            elif designation.recognise(probe):
                for found in designation.read(probe, told.ledger):
                    if isinstance(found, DesignationPiece):
                        _keep_designations(found, on, name, told)
            else:
                raise InputError(Fault(
                    text("This is neither a list of municipality codes nor one of 過疎 designations."),
                    text("Give 総務省's workbook of local government codes, or 過疎地域市町村等一覧.")))
    except InputError as error:
        raise InputError([Fault(f.what, f.remedy, name, f.row, f.field, f.value) for f in error.faults]) from error
    return told


def _probe(path: Path) -> Probe:
    with path.open("rb") as file:
        return Probe(path, file.read(1 << 16), path.stat().st_size)


def _tables(path: Path) -> tuple[Sheet, ...]:
    """Its sheets; none where it is no table, as JSON is not."""
    try:
        return read_tables(path)
    except InputError:
        return ()


def _headings(sheet: Sheet) -> tuple[int, dict[str, int]] | None:
    """The row of headings of 総務省's workbook, and the column of each."""
    for number, row in enumerate(sheet.rows[:10]):
        cells = [unicodedata.normalize("NFKC", squeezed(cell)) for cell in row]
        columns = {key: cells.index(heading) for key, heading in _HEADINGS.items() if heading in cells}
        if {"code", "prefecture", "name"} <= columns.keys():
            return number, columns
    return None


def _from_workbook(
    sheets: list[tuple[Sheet, tuple[int, dict[str, int]]]], source: str,
) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    names: dict[str, str] = {}
    kana: dict[str, str] = {}
    faults: list[Fault] = []
    for sheet, (top, columns) in sheets:
        for number, row in enumerate(sheet.rows[top + 1:], start=top + 2):
            cell = {key: squeezed(row[at]) if at < len(row) else "" for key, at in columns.items()}
            if not any(cell.values()):
                continue
            try:
                code = six_digits(cell["code"], file=source, row=number, field=_HEADINGS["code"])
            except InputError as error:
                faults += error.faults
                continue
            if cell["prefecture"] != PREFECTURES[int(code[:2]) - 1]:
                faults.append(Fault(text("Code and prefecture do not fit together."), text("See which is right."),
                                    file=source, row=number, value=f"{code} {cell['prefecture']}"))
            if code[2:5] != "000":  # the prefecture itself
                names[code] = own_name(cell["name"])
                kana[code] = unicodedata.normalize("NFKC", cell.get("kana", ""))
    if faults:
        raise InputError(faults[:50])
    return names, kana, {}


def _keep_codes(
    names: dict[str, str], kana: dict[str, str], successors: dict[str, str], source: str, told: Told,
) -> None:
    known = Municipality.objects.in_bulk()
    rows = {code: name for code, name in names.items() if code[2:5] != "000"}
    for code, name in rows.items():
        one = known.get(code) or Municipality(code=code)
        # A list of mergers ends in a past year: it knows former codes, and does not undo what a newer list says.
        newer = not successors or code not in known
        if newer:
            one.name, one.source, one.former = name, source, code in successors
        if kana.get(code):
            one.kana = kana[code]
        known[code] = one
    Municipality.objects.bulk_create(
        [known[code] for code in rows], batch_size=400, update_conflicts=True, unique_fields=["code"],
        update_fields=["name", "kana", "former", "source"])
    pairs = [Succession(former_id=old, successor_id=new) for old, new in successors.items()
             if old in known and new in known]
    before = Succession.objects.count()
    Succession.objects.bulk_create(pairs, batch_size=400, ignore_conflicts=True)
    told.municipalities += len(rows)
    told.successions += Succession.objects.count() - before


def _keep_designations(found: DesignationPiece, on: dt.date | None, source: str, told: Told) -> None:
    at = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", found.date)
    date = dt.date(*map(int, at.groups())) if at else on
    if date is None:
        raise InputError(Fault(
            text("The list does not say for which date it holds."), text("Give the date beside the file.")))
    by_name: dict[tuple[str, str], list[str]] = {}
    for code, name in Municipality.objects.filter(former=False).values_list("code", "name"):
        by_name.setdefault((PREFECTURES[int(code[:2]) - 1], same_name(name)), []).append(code)
    if not by_name:
        raise InputError(Fault(
            text("The directory knows no municipality yet."), text("Bring in a list of municipality codes first.")))
    rows, lost = [], []
    for (prefecture, name), kind in found.classes.items():
        matches = by_name.get((prefecture, same_name(name)), [])
        if len(matches) == 1:
            rows.append(Designation(municipality_id=matches[0], on=date, kind=CLASSES[kind].value, source=source,
                                    areas=list(found.areas.get((prefecture, name), ()))))
        else:
            lost.append(f"{prefecture}{name}")
    told.ledger.note(
        "missing", text("Names of the 過疎 list that the list of municipalities does not have were not used."),
        count=len(lost), source=source, examples=lost)
    Designation.objects.filter(on=date).delete()  # a corrected list of the same date takes its place
    Designation.objects.bulk_create(rows, batch_size=400)
    told.designations += len(rows)
