"""過疎地域市町村等一覧: which municipalities count as depopulated, wholly or in which former areas.

See docs/data/designation.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.provenance import Ledger, file_source
from musubime.region.codes import PREFECTURES
from musubime.tabular import Sheet, dates, squeezed

from ._columns import Table, find_table
from ._tables import load, peek
from .model import DesignationPiece, Piece, Probe

FORMAT = "過疎地域市町村等一覧"

FIELDS = {
    "prefecture": ("都道府県名", "都道府県"),
    "municipality": ("市町村名", "市区町村名", "市町村"),
    "class": ("過疎区分", "区分"),
    "areas": ("みなされる区域", "過疎地域とみなされる区域", "区域"),
}
CLASSES = ("全部過疎", "一部過疎", "みなし過疎")
_SEPARATORS = re.compile(r"[|、，,・\n]")


def recognise(probe: Probe) -> bool:
    return any(_find(sheet) is not None for sheet in peek(probe))


def _find(sheet: Sheet) -> Table | None:
    def enough(columns: Mapping[str, tuple[int, ...]]) -> bool:
        return {"prefecture", "municipality", "class"} <= columns.keys()

    table = find_table(sheet, FIELDS, enough)
    if table is None or not any("過疎" in table.get(row, "class") for _, row in table.body()):
        return None
    return table


def read(probe: Probe, ledger: Ledger) -> list[Piece]:
    source = probe.path.name
    tables = [table for sheet in load(probe, ledger) if (table := _find(sheet)) is not None]
    if not tables:
        raise InputError(Fault(
            text("No list of depopulated municipalities is in this file."),
            text("It needs the columns 都道府県名, 市町村名 and 過疎区分."), file=source,
        ))
    classes: dict[tuple[str, str], str] = {}
    areas: dict[tuple[str, str], tuple[str, ...]] = {}
    faults, twice, cut = [], [], []
    for table in tables:
        for number, row in table.body():
            prefecture, name = squeezed(table.get(row, "prefecture")), squeezed(table.get(row, "municipality"))
            kind = squeezed(table.get(row, "class"))
            if prefecture not in PREFECTURES or not name:
                faults.append(Fault(
                    text("This row names no prefecture and municipality."), text("Fill both columns."), file=source,
                    row=number, field=table.printed("prefecture"), value=f"{prefecture} {name}".strip(),
                ))
            elif kind not in CLASSES:
                faults.append(Fault(
                    text("This is no class of depopulated areas."),
                    text("Write one of {classes}.", classes="、".join(CLASSES)), file=source, row=number,
                    field=table.printed("class"), value=kind,
                ))
            elif (prefecture, name) in classes:
                twice.append(f"{number}: {prefecture}{name}")
            else:
                classes[prefecture, name] = kind
                parts = tuple(squeezed(p) for p in _SEPARATORS.split(table.get(row, "areas")) if squeezed(p))
                areas[prefecture, name] = parts
                if parts and parts[-1][-1] not in "市町村区":
                    cut.append(f"{number}: {name} {parts[-1]}")
    if faults:
        raise InputError(faults)
    ledger.note("dropped", text("Municipalities that occur twice were taken once, the first time."), count=len(twice),
                source=source, examples=twice)
    ledger.note("missing", text("Names of former areas that are cut off in the list were kept as they stand."),
                count=len(cut), source=source, examples=cut)
    date = next((d for table in tables for d in dates(table.title()) if d.month), None)
    ledger.note("missing", text("The list does not say for which date it holds."), count=int(date is None),
                source=source)
    ledger.add_source(file_source(probe.path, format=FORMAT, rows=len(classes), vintage=str(date or "")))
    return [DesignationPiece(source, str(date or ""), classes, areas)]


def same_name(name: str) -> str:
    """A municipality's name as it is compared: 鰺ケ沢町 and 鰺ヶ沢町, 檜原村 and 桧原村 are one.

    >>> same_name("七ヶ宿町") == same_name("七ケ宿町")
    True
    """
    return squeezed(name).translate(str.maketrans("ヶ檜鯵梼龍淵惠", "ケ桧鰺檮竜渕恵"))
