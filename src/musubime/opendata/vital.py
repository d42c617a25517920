"""Births and deaths of municipalities: national yearly lists, a prefecture's monthly workbook, a city's monthly CSV.

See docs/data/vital.md.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.provenance import Ledger, file_source
from musubime.tabular import Date, Sheet, dates, squeezed

from ._ages import People
from ._columns import Table, find_table, read_codes
from ._json import read_json
from ._tables import load, peek
from .model import MonthlyVitalPiece, Piece, Probe, VitalPiece

FORMAT = "住民基本台帳 人口動態 (vital statistics)"

MONTHLY_FIELDS = {
    "code": ("地域コード", "全国地方公共団体コード", "市区町村コード", "都道府県コード又は市区町村コード"),
    "area": ("地域", "地域名", "地方公共団体名", "市区町村名"),
    "month": ("月次", "年月", "調査年月"),
    "survey": ("調査年月日",),
    "sex": ("性別", "男女", "男女別"),
    "births": ("出生数_合計", "出生", "出生数", "出生児数"),
    "deaths": ("死亡数_合計", "死亡", "死亡数", "死亡者数"),
    "change": ("合計_合計", "総人口増減", "人口増減", "増減"),
    "people": ("住民基本台帳月末人口_合計", "人口総数", "月末人口", "推計人口"),
}
_FIRST_OF_MONTH_COUNT = 2014
"""From this survey year on the national list counts people on 1 January and events of the calendar year before."""

_JSON_KEYS = ("fiscal_year", "prefecture", "area", "total_population", "births", "deaths")
_BOTH = ("総数", "計", "男女計")
_PUBLISHED_BY_DAY = 20
_DIGITS = re.compile(r"-?\d+(\.\d+)?")


def recognise(probe: Probe) -> bool:
    head = probe.head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith((b"[", b"{")):
        return all(f'"{key}"'.encode() in head for key in _JSON_KEYS)
    return any(_find(sheet) is not None for sheet in peek(probe))


def _find(sheet: Sheet) -> Table | None:
    def enough(columns: Mapping[str, tuple[int, ...]]) -> bool:
        dated = "month" in columns or "survey" in columns
        return dated and {"code", "births", "deaths", "people"} <= columns.keys()

    return find_table(sheet, MONTHLY_FIELDS, enough)


def read(probe: Probe, ledger: Ledger) -> list[Piece]:
    if probe.head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"[", b"{")):
        return [_read_yearly(probe, ledger)]
    tables = [table for sheet in load(probe, ledger) if (table := _find(sheet)) is not None]
    if not tables:
        raise InputError(Fault(
            text("No table of births and deaths is in this file."),
            text("It needs a code, a month, births (出生), deaths (死亡) and people (人口総数)."),
            file=probe.path.name,
        ))
    return [_read_monthly(probe, tables[0], ledger)]


# -- yearly, all municipalities, by name ---------------------------------------------------------------------------


def _read_yearly(probe: Probe, ledger: Ledger) -> VitalPiece:
    source = probe.path.name
    records = read_json(probe)
    if not isinstance(records, list):
        raise InputError(Fault(
            text("The list of births and deaths is no list of records."), text("Fetch it again from its publisher."),
            file=source,
        ))
    people = People(source)
    names: list[str] = []
    years: list[int] = []
    figures: list[list[float]] = []
    wholes: list[str] = []
    for position, record in enumerate(records, start=1):
        if not isinstance(record, dict) or not isinstance(record.get("area"), str):
            people.faults.append(Fault(
                text("This record names no place."), text("Fetch the file again from its publisher."), file=source,
                row=position,
            ))
            continue
        area = squeezed(record["area"])
        year = record.get("fiscal_year")
        if not isinstance(year, int) or not 1950 <= year <= 2100:
            people.faults.append(Fault(
                text("This record has no year."), text("Fetch the file again from its publisher."), file=source,
                row=position, field="fiscal_year", value=str(year)[:40],
            ))
            continue
        if area.endswith(("-", "郡", "島しょ")):
            wholes.append(area)
            continue
        names.append(area)
        years.append(year - 1)
        figures.append([_count(record.get(key), key, position, people) for key in _JSON_KEYS[3:]])
    people.finish(ledger)
    if not names:
        raise InputError(Fault(
            text("The list holds no municipality."), text("Fetch it again from its publisher."), file=source,
        ))
    table = np.array(figures)
    ledger.note("dropped", text("Rows of prefectures, counties (郡) and island groups were left out."),
                count=len(wholes), source=source, examples=wholes)
    ledger.note("missing", text("Municipalities without figures are kept as not known."),
                count=int(np.isnan(table).any(axis=1).sum()), source=source,
                examples=[names[i] for i in np.flatnonzero(np.isnan(table).any(axis=1))])
    ledger.note(
        "assumption",
        text("The survey of a year counts people on its 1 January and births and deaths of the year before."),
        count=len(set(years)), source=source, examples=[f"{year + 1} → {year}" for year in sorted(set(years))],
    )
    old = [year for year in set(years) if year + 1 < _FIRST_OF_MONTH_COUNT]
    ledger.note(
        "assumption", text("Before 2014 the survey counted on 31 March and by fiscal year; taken as calendar year."),
        count=len(old), source=source,
    )
    vintage = "-".join(str(year) for year in sorted({min(years), max(years)}))
    ledger.add_source(file_source(probe.path, format=FORMAT, rows=len(records), vintage=vintage))
    return VitalPiece(
        source, ("",) * len(names), tuple(years), table[:, 0], table[:, 1], table[:, 2], tuple(names),
    )


def _count(value: Any, key: str, position: int, people: People) -> float:
    if value is None:
        return np.nan
    words = str(value)
    return people.read(words if _DIGITS.fullmatch(words) else f"?{words}", position, key)


# -- monthly -------------------------------------------------------------------------------------------------------


def _read_monthly(probe: Probe, table: Table, ledger: Ledger) -> MonthlyVitalPiece:
    source = probe.path.name
    people = People(source)
    rows, sums, other_sexes = [], [], 0
    for number, row in table.body():
        if "sex" in table and squeezed(table.get(row, "sex")) not in _BOTH:
            other_sexes += 1
        elif squeezed(table.get(row, "area")).endswith("計"):
            sums.append(squeezed(table.get(row, "area")))
        else:
            rows.append((number, row))
    codes, faults = read_codes(
        [table.get(row, "code") for _, row in rows], [number for number, _ in rows], source=source,
        field=table.printed("code"), ledger=ledger,
    )
    people.faults += faults
    months = [_month(table, row, number, people) for number, row in rows]
    figures = {
        field: np.array([
            people.read(table.get(row, field), number, table.printed(field), signed=field == "change")
            for number, row in rows
        ])
        for field in ("people", "births", "deaths", "change")
    }
    for (number, row), code in zip(rows, codes, strict=True):
        if not code and not any(fault.row == number for fault in people.faults):
            people.faults.append(Fault(
                text("The row has no municipality code."),
                text("Fill the column {column}.", column=table.printed("code")), file=source, row=number,
                value=squeezed(table.get(row, "area"))[:40],
            ))
    people.finish(ledger)
    if not rows:
        raise InputError(Fault(
            text("The table has a heading and no rows."), text("Fetch it again from its publisher."), file=source,
        ))
    ledger.note("dropped", text("Rows that only sum up the others were left out."), count=len(sums), source=source,
                examples=sorted(set(sums)))
    ledger.note("dropped", text("Rows of one sex were left out, since births and deaths are wanted together."),
                count=other_sexes, source=source)
    in_name = [d for d in dates(probe.path.name) if d.month]
    if len(set(months)) == 1 and in_name and (in_name[0].year, in_name[0].month) != months[0]:
        ledger.note(
            "assumption",
            text("The date in the table means {inside}, the file's name {name}; the table's stands for now.",
                 inside=_written(months[0]), name=str(in_name[0])),
            source=source,
        )
    first, last = min(months), max(months)
    ledger.add_source(file_source(
        probe.path, format=FORMAT, rows=len(rows), vintage=f"{first[0]}-{first[1]:02} – {last[0]}-{last[1]:02}",
    ))
    return MonthlyVitalPiece(
        source, tuple(codes), tuple(months), figures["people"], figures["births"], figures["deaths"], figures["change"],
    )


def _month(table: Table, row: Sequence[str], number: int, people: People) -> tuple[int, int]:
    """The month of the events. A survey date early in a month is the day on which the month before was published."""
    row = tuple(row)
    printed = table.get(row, "month")
    found = [date for date in dates(printed or table.get(row, "survey")) if date.month]
    if not found:
        people.faults.append(Fault(
            text("This row has no month."), text("Write it like 2024-04 or 令和6年4月."), file=people.source,
            row=number, field=table.printed("month" if "month" in table else "survey"), value=printed[:40],
        ))
        return 0, 0
    date: Date = found[0]
    if printed or date.day is None or date.day > _PUBLISHED_BY_DAY:
        return date.year, date.month
    return (date.year, date.month - 1) if date.month > 1 else (date.year - 1, 12)


def join_months(pieces: Iterable[MonthlyVitalPiece], ledger: Ledger) -> list[VitalPiece]:
    """Years out of monthly tables: one piece for each municipality and set of sources; broken years are left out.

    Months link: people at one month's end are those of the month before plus the change. A month whose printed date
    disagrees with its place in such a chain (a date typed with the old year in January) is put right and noted.
    """
    by_code: dict[str, list[tuple[tuple[int, int], str, float, float, float, float]]] = {}
    for piece in pieces:
        for i, code in enumerate(piece.codes):
            by_code.setdefault(code, []).append((
                piece.months[i], piece.source, float(piece.people[i]), float(piece.births[i]), float(piece.deaths[i]),
                float(piece.change[i]),
            ))
    joined: dict[str, list[tuple[str, int, float, float, float]]] = {}
    broken: Counter[str] = Counter()
    for code, rows in sorted(by_code.items()):
        months = _mended([row[0] for row in rows], [row[2] for row in rows], [row[5] for row in rows])
        moved = [i for i, month in enumerate(months) if month != rows[i][0]]
        ledger.note(
            "repair", text("Months were put right by the chain of populations from month to month."), count=len(moved),
            source=rows[moved[0]][1] if moved else "",
            examples=[f"{rows[i][1]}: {_written(rows[i][0])} → {_written(months[i])}" for i in moved],
        )
        latest: dict[tuple[int, int], int] = {}
        for i, month in enumerate(months):
            latest.setdefault(month, i)
        for year in sorted({month[0] for month in latest}):
            chosen = [latest.get((year, month)) for month in range(1, 13)]
            whole = [rows[i] for i in chosen if i is not None]
            if len(whole) < 12 or any(np.isnan(row[3]) or np.isnan(row[4]) for row in whole):
                broken[f"{year}"] += 1
                continue
            joined.setdefault(whole[-1][1], []).append(
                (code, year, whole[-1][2], sum(row[3] for row in whole), sum(row[4] for row in whole))
            )
    ledger.note("dropped", text("Years of which some months are missing were left out."), count=sum(broken.values()),
                examples=[f"{year}: {count}" for year, count in sorted(broken.items())])
    return [
        VitalPiece(
            source, tuple(code for code, *_ in rows), tuple(year for _, year, *_ in rows),
            np.array([row[2] for row in rows]), np.array([row[3] for row in rows]),
            np.array([row[4] for row in rows]),
        )
        for source, rows in joined.items()
    ]


def _written(month: tuple[int, int]) -> str:
    return f"{month[0]}-{month[1]:02}"


def _mended(months: list[tuple[int, int]], people: list[float], change: list[float]) -> list[tuple[int, int]]:
    """Months of one municipality, each chain of linked populations dated as most of its links say."""
    after: dict[float, list[int]] = {}
    for i, (end, grown) in enumerate(zip(people, change, strict=True)):
        if not np.isnan(end - grown):
            after.setdefault(end - grown, []).append(i)
    following = {
        i: after[end][0] for i, end in enumerate(people) if len(after.get(end, [])) == 1 and after[end][0] != i
    }
    preceded = Counter(following.values())
    starts = [i for i in range(len(people)) if not preceded[i]]
    mended = list(months)
    for start in starts:
        chain, at = [start], start
        while at in following and following[at] not in chain and preceded[following[at]] == 1:
            at = following[at]
            chain.append(at)
        counted = Counter(months[i][0] * 12 + months[i][1] - 1 - step for step, i in enumerate(chain))
        first, votes = counted.most_common(1)[0]
        if 2 * votes > len(chain):
            for step, i in enumerate(chain):
                mended[i] = divmod(first + step, 12)[0], divmod(first + step, 12)[1] + 1
    return mended
