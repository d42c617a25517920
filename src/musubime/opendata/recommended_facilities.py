"""Lists of places in the recommended data sets, all generations: public buildings, clinics, schools, child care,
evacuation places, AED, sights, wireless LAN, loudspeaker posts. See docs/data/recommended_facilities.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.provenance import Ledger, file_source
from musubime.tabular import Row, Sheet, dates, number, plain, squeezed

from ._cells import days_per_week
from ._columns import Table, filled, find_table, read_codes
from ._facilities import Places, facility_piece
from ._hours_table import find_hours, read_hours
from ._tables import is_workbook, load, peek
from .model import FacilityPiece, Piece, Probe

FORMAT = "推奨データセット 施設一覧 (recommended data set)"

FIELDS = {
    "code": (
        "所在地_全国地方公共団体コード", "住所_全国地方公共団体コード", "全国地方公共団体コード",
        "都道府県コード又は市区町村コード", "市区町村コード", "都道府県コード又は市町村コード",
        "防災行政無線_全国地方公共団体コード", "団体コード",
    ),
    "id": ("ID", "NO", "No", "No.", "施設_ID", "防災行政無線_ID", "教育機関_学校コード"),
    "prefecture": ("所在地_都道府県", "住所_都道府県", "都道府県名"),
    "town": (
        "所在地_市区町村", "住所_市区町村(郡)", "市区町村名", "地方公共団体名", "教育機関_学校所在地(市区町村)",
    ),
    "name": (
        "名称", "施設名", "施設名称", "施設_名称", "教育機関_学校名", "医療機関名", "医療機関名称", "学校名",
        "施設・場所名", "設置施設名", "防災行政無線_名称", "避難所名", "避難場所名",
    ),
    "address": (
        "所在地_連結表記", "住所", "所在地", "住所_連結表記", "教育機関_学校所在地_連結表記", "施設所在地",
        "所在地住所",
    ),
    "street": ("所在地_町字", "教育機関_学校所在地(町字)", "住所_町字"),
    "number": ("所在地_番地以下", "所在地_-以下", "教育機関_学校所在地(番地以下)", "住所_番地以下"),
    "lat": (
        "緯度", "施設_緯度", "教育機関_緯度", "防災行政無線_緯度", "住所_緯度", "北緯", "Y座標",
        "lat", "latitude",
    ),
    "lon": (
        "経度", "施設_経度", "教育機関_経度", "防災行政無線_経度", "住所_経度", "東経", "X座標",
        "lon", "lng", "longitude",
    ),
    "class": ("医療機関の種類", "教育機関_学校コード", "教育機関_学校種", "学校種別", "種別", "施設種別"),
    "departments": ("診療科目",),
    "days": ("診療曜日", "開館曜日", "利用可能曜日", "営業曜日"),
    "floor": ("延床面積", "延床面積(m2)", "延べ床面積", "床面積"),
    "ended": ("教育機関_属性情報廃止年月日",),
}
_MARKS = {
    "medical": ("医療機関の種類", "診療科目", "診療曜日"),
    "radio": ("防災行政無線_ID", "防災行政無線_名称"),
    "school": ("教育機関_学校名", "学校種別"),
    "childcare": ("受入年齢", "認可等年月日", "収容定員", "一時預かりの有無"),
    "evacuation": ("災害種別_洪水", "災害種別_地震", "指定避難所との重複", "想定収容人数"),
    "aed": ("小児対応設備の有無", "設置位置"),
    "wifi": ("SSID",),
    "tourism": ("料金(基本)", "説明_英語", "名称_英語"),
}
"""Headings by which a list shows what it is of, in the order in which they are tried; else it is of public places."""

_SCHOOL_ROOMS = {"primary_school", "junior_high_school", "high_school", "closed_school"}
_SUMS = {"計", "合計", "総計"}


def recognise(probe: Probe) -> bool:
    """Lists of places. A workbook that cannot be opened is claimed too, so that `read` can say why."""
    sheets = peek(probe)
    if not sheets:
        return is_workbook(probe)
    return any(_find(sheet) is not None or find_hours(sheet) is not None for sheet in sheets)


def _find(sheet: Sheet) -> Table | None:
    def enough(columns: Mapping[str, tuple[int, ...]]) -> bool:
        placed = ("lat" in columns and "lon" in columns) or "address" in columns or "number" in columns
        return "name" in columns and placed

    return find_table(sheet, FIELDS, enough)


def read(probe: Probe, ledger: Ledger) -> list[Piece]:
    pieces: list[Piece] = []
    vintage = ""
    rows = 0
    for sheet in load(probe, ledger):
        table = _find(sheet)
        if table is not None:
            piece = _read_table(probe, table, ledger)
            titles = [table.title(), sheet.name]
        elif (hours := find_hours(sheet)) is not None:
            piece = read_hours(probe, sheet, hours, ledger)
            titles = [cell for row in sheet.rows[: hours.heading] for cell in row]
        else:
            continue
        vintage = vintage or next((str(date) for title in titles for date in dates(title)), "")
        rows += len(piece.facilities)
        pieces.append(piece)
    if not pieces or not rows:
        raise InputError(Fault(
            text("No place is listed in this file."),
            text("It needs a heading with 名称 and 緯度, 経度 or 住所, and rows below it."), file=probe.path.name,
        ))
    ledger.add_source(file_source(probe.path, format=FORMAT, rows=rows, vintage=vintage))
    return pieces


def _listing(table: Table) -> str:
    printed = {squeezed(cell) for cell in table.rows[table.heading]}
    return next((listing for listing, marks in _MARKS.items() if printed & set(marks)), "public")


def _read_table(probe: Probe, table: Table, ledger: Ledger) -> FacilityPiece:
    source = probe.path.name
    body = [
        (number_of_row, row) for number_of_row, row in table.body()
        if table.get(row, "name") not in _SUMS and any(table.get(row, f) for f in ("name", "address", "lat", "lon"))
    ]
    codes = _codes(table, body, source, ledger)
    places = Places(source, _listing(table))
    for (number_of_row, row), code in zip(body, codes, strict=True):
        places.add(
            row=number_of_row, id=table.get(row, "id"), name=table.get(row, "name"), code=code,
            address=_address(table, row), lon=table.get(row, "lon"), lat=table.get(row, "lat"),
            classes=tuple(row[c] for c in table.columns.get("class", ()) if c < len(row)),
            departments=table.get(row, "departments"), days=_days(places.listing, table.get(row, "days")),
            floor=_floor(table.get(row, "floor")), ended=bool(table.get(row, "ended")),
        )
    return facility_piece(places, ledger)


def _codes(table: Table, body: list[tuple[int, Row]], source: str, ledger: Ledger) -> list[str]:
    """Six digits a row; the prefecture's own code, which a prefecture's list repeats, says no municipality: ""."""
    if "code" not in table:
        return [""] * len(body)
    codes, faults = read_codes(
        [table.get(row, "code") for _, row in body], [number_of_row for number_of_row, _ in body], source=source,
        field=table.printed("code"), ledger=ledger, prefectures=[table.get(row, "prefecture") for _, row in body],
    )
    ledger.note("dropped", text("Municipality codes that are none were left out; the places stay."), count=len(faults),
                source=source, examples=[f"{fault.row}: {fault.value}" for fault in faults])
    codes = filled(codes, source=source, what=table.printed("code"), ledger=ledger)
    return ["" if code[2:5] == "000" else code for code in codes]


def _address(table: Table, row: Row) -> str:
    whole = table.get(row, "address")
    if whole:
        return plain(whole)
    return plain("".join(table.get(row, part) for part in ("prefecture", "town", "street", "number")))


def _days(listing: str, cell: str) -> float:
    """Days of the week; a school's column means the hours in which its hall is lent."""
    return days_per_week(cell) if listing in ("medical", "public", "tourism") and cell else math.nan


def _floor(cell: str) -> float:
    read_one = number(cell)
    return read_one.value if read_one.state == "number" and read_one.value > 0 else math.nan
