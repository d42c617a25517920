"""Lists of local government codes: names by code, and which municipality a former one was merged into.

Three layouts: code-to-city.json (by prefecture), city-to-code.json (names as keys), and the converter table of
municipalities 1980 to 2020. See docs/data/codes.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.provenance import Ledger, file_source
from musubime.region.codes import PREFECTURES, six_digits
from musubime.tabular import Sheet, squeezed

from ._columns import Table, find_table, read_codes
from ._json import read_json
from ._tables import load, peek
from .designation import same_name
from .model import CodePiece, Piece, Probe, VitalPiece

FORMAT = "全国地方公共団体コード"

_BY_PREFECTURE = re.compile(rb'^\s*\{\s*"\d{2}"\s*:\s*\{[^{}]*"cities"\s*:', re.DOTALL)
_BY_NAME = re.compile(rb'^\s*\{\s*"(?:[^"\x00-\x1f]{2,60})"\s*:\s*"\d{6}"\s*,\s*"[^"\x00-\x1f]{2,60}"\s*:\s*"\d{6}"')
_CONVERTER = re.compile(r"(id|name)_muni(\d{4})")
_COUNTY = re.compile(r"^.{1,9}?(?:郡|支庁|振興局)(?=.+[町村]$)")

_REMARK = re.compile(r"\([^()]*\)$")


def recognise(probe: Probe) -> bool:
    head = probe.head.removeprefix(b"\xef\xbb\xbf")
    if head.lstrip().startswith(b"{"):
        return bool(_BY_PREFECTURE.match(head[:4096]) or _BY_NAME.match(head[:4096]))
    return any(_find(sheet) is not None for sheet in peek(probe))


def _find(sheet: Sheet) -> Table | None:
    """The converter: columns id_muni1980 … and name_muni1980 …, of at least two years."""
    first = next(iter(sheet.rows), ())
    fields = {
        f"{match[1]}{match[2]}": (match[0],) for cell in first if (match := _CONVERTER.fullmatch(squeezed(cell)))
    }
    years = _years(fields)
    return find_table(sheet, fields, lambda columns: len(columns) == len(fields)) if len(years) > 1 else None


def _years(fields: Iterable[str]) -> list[str]:
    fields = list(fields)
    return sorted(name[2:] for name in fields if name.startswith("id") and f"name{name[2:]}" in fields)


def read(probe: Probe, ledger: Ledger) -> list[Piece]:
    source = probe.path.name
    if probe.head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        names = _names_from_json(read_json(probe), source)
        successors: dict[str, str] = {}
        rows = len(names)
    else:
        tables = [table for sheet in load(probe, ledger) if (table := _find(sheet)) is not None]
        if not tables:
            raise InputError(Fault(
                text("No list of municipality codes is in this file."),
                text("It needs the columns id_muni2020 and name_muni2020, and those of earlier years."), file=source,
            ))
        names, successors, rows = _from_converter(tables[0], source, ledger)
    if not names:
        raise InputError(Fault(
            text("The list of codes is empty."), text("Fetch it again from its publisher."), file=source,
        ))
    ledger.add_source(file_source(probe.path, format=FORMAT, rows=rows))
    return [CodePiece(source, names, successors)]


def _names_from_json(document: Any, source: str) -> dict[str, str]:
    pairs: list[tuple[str, str]] = []
    if isinstance(document, dict):
        for key, value in document.items():
            if isinstance(value, str):
                pairs.append((value, str(key)))
            elif isinstance(value, dict) and isinstance(value.get("cities"), dict):
                pairs += [
                    (str(city.get("code", "")), str(city.get("name", "")))
                    for city in value["cities"].values() if isinstance(city, dict)
                ]
    names: dict[str, str] = {}
    faults: list[Fault] = []
    for code, name in pairs:
        try:
            names[six_digits(code, file=source, field=name)] = own_name(name)
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    return names


def _from_converter(table: Table, source: str, ledger: Ledger) -> tuple[dict[str, str], dict[str, str], int]:
    body = list(table.body())
    numbers = [number for number, _ in body]
    years = _years(table.columns)
    newest = years[-1]
    codes: dict[str, list[str]] = {}
    faults: list[Fault] = []
    zeros = Ledger()
    for year in years:
        codes[year], wrong = read_codes(
            [table.get(row, f"id{year}") for _, row in body], numbers, source=source, field=f"id_muni{year}",
            ledger=zeros, prefectures=[squeezed(table.get(row, f"name{year}").split(" ")[0]) for _, row in body],
        )
        faults += wrong
    if faults:
        raise InputError(faults)
    ledger.note(
        "repair", text("Leading zeros that a spreadsheet took from municipality codes were put back."),
        count=sum(note.count for note in zeros.notes), source=source,
        examples=[example for note in zeros.notes for example in note.examples],
    )
    names: dict[str, str] = {}
    successors: dict[str, str] = {}
    for position, (_, row) in enumerate(body):
        today = codes[newest][position]
        for year in years:  # the newest name of a code stands
            code, name = codes[year][position], table.get(row, f"name{year}")
            if code and name:
                names[code] = own_name(name)
            if code and today and code != today:
                successors[code] = today
    present = set(codes[newest])
    return names, {old: new for old, new in successors.items() if old not in present}, len(body)


def own_name(name: str) -> str:
    """A municipality's name without prefecture and county.

    >>> own_name("山口県熊毛郡田布施町"), own_name("北海道 渡島支庁 戸井町"), own_name("山口県")
    ('田布施町', '戸井町', '山口県')
    """
    words = _REMARK.sub("", squeezed(name))
    for prefecture in PREFECTURES:
        if words.startswith(prefecture) and words != prefecture:
            words = words.removeprefix(prefecture)
            break
    return _COUNTY.sub("", words)


def fill_codes(piece: VitalPiece, lists: Iterable[CodePiece], ledger: Ledger) -> VitalPiece:
    """A table that names places, with the codes looked up by prefecture and name; what is not found is left out.

    Where a prefecture has two places of one name, both are left out rather than guessed.
    """
    known: dict[tuple[str, str], set[str]] = {}
    for codes in lists:
        for code, name in codes.names.items():
            if code not in codes.successors:
                known.setdefault((PREFECTURES[int(code[:2]) - 1], same_name(name)), set()).add(code)
    found = []
    for code, name in zip(piece.codes, piece.names or piece.codes, strict=True):
        words = squeezed(name)
        prefecture = next((p for p in PREFECTURES if words.startswith(p)), "")
        choices = known.get((prefecture, same_name(own_name(name))), set())
        found.append(code or (next(iter(choices)) if len(choices) == 1 else ""))
    kept = [i for i, code in enumerate(found) if code]
    lost = [piece.names[i] for i, code in enumerate(found) if not code]
    ledger.note("dropped", text("Places whose name no list of codes tells for certain were left out."), count=len(lost),
                source=piece.source, examples=lost)
    return replace(
        piece, codes=tuple(found[i] for i in kept), years=tuple(piece.years[i] for i in kept),
        people=piece.people[kept], births=piece.births[kept], deaths=piece.deaths[kept],
        names=tuple(piece.names[i] for i in kept) if piece.names else (),
    )
