"""Who is asked: names by code, the 過疎 designation on the day of the survey, and what merged into what.

A neutral table that any list of codes can be turned into; as a file it is a CSV or workbook with the columns code,
name, designation and successor (団体コード, 団体名, 過疎区分, 合併後の団体コード).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.region.codes import PREFECTURES, check_digit, prefecture_name, six_digits
from musubime.surveys.questionnaires import same
from musubime.surveys.questionnaires.model import Asks
from musubime.tabular import plain, read_tables

DESIGNATIONS = {"全部過疎": "full", "一部過疎": "part", "みなし過疎": "deemed"}
_HEADS = {
    "code": ("code", "団体コード", "市区町村コード", "市町村コード", "自治体コード"),
    "name": ("name", "団体名", "市区町村名", "市町村名", "自治体名", "市区町村名（漢字）"),
    "prefecture": ("prefecture", "都道府県名", "都道府県名（漢字）"),
    "designation": ("designation", "過疎区分", "区分"),
    "successor": ("successor", "合併後の団体コード", "合併先コード"),
}
_WARDS_OF_TOKYO = range(13101, 13124)
_NORTHERN_VILLAGES = range(1695, 1701)
"""Six villages on the Northern Territories have codes but no municipal office: 1,741 does not count them."""


@dataclass(frozen=True)
class Municipalities:
    """By five-digit code. designation: full, part or deemed (過疎); who is not in it is "none".

    successors: former municipality to the one it is part of now. former: names of those that are no more.
    """

    names: Mapping[str, str]
    designation: Mapping[str, str] = field(default_factory=dict)
    successors: Mapping[str, str] = field(default_factory=dict)
    former: Mapping[str, str] = field(default_factory=dict)
    vintage: str = ""
    designation_vintage: str = ""

    def asked(self, asks: Asks) -> tuple[str, ...]:
        """The codes a survey asks, in order. Wards of designated cities are nobody's; prefectures where asked."""
        codes = []
        for code in sorted(self.names):
            number = int(code)
            if number % 1000 == 0:
                kept = asks == "governments"
            elif number in _WARDS_OF_TOKYO:
                kept = asks != "municipalities-without-wards"
            else:
                kept = not self._is_ward(code) and number not in _NORTHERN_VILLAGES
            if kept:
                codes.append(code)
        return tuple(codes)

    def _is_ward(self, code: str) -> bool:
        """A ward of a designated city (101 to 199, named …区): no municipality."""
        return 100 < int(code[2:]) < 200 and self.names[code].endswith("区") and not code.startswith("13")

    def name(self, code: str) -> str:
        return self.names.get(code) or self.former.get(code, "")

    def latest(self, code: str) -> str:
        """The municipality that a code belongs to now, through every merger."""
        seen = set()
        while code in self.successors and code not in seen:
            seen.add(code)
            code = self.successors[code]
        return code


def read_municipalities(path: Path) -> Municipalities | None:
    """The neutral table from a CSV or workbook; None when the file is something else. Raises InputError, all faults.

    The ministry's own workbook of codes (団体コード, 都道府県名（漢字）, 市区町村名（漢字）) is such a table too.
    """
    try:
        with path.open("rb") as file:
            if file.read(4096).lstrip(b"\xef\xbb\xbf \r\n\t").startswith((b"{", b"[")):
                return None
    except OSError as error:
        raise InputError(Fault(
            text("The list of municipalities cannot be read ({reason}).", reason=type(error).__name__),
            text("Give a file that exists and may be read."), file=path.name)) from error
    wanted = {key: {same(name) for name in names} for key, names in _HEADS.items()}
    for sheet in read_tables(path):
        for number, row in enumerate(sheet.rows[:20]):
            heads = [same(cell) for cell in row]
            columns = {
                key: next((i for i, head in enumerate(heads) if head in names), None) for key, names in wanted.items()
            }
            if columns["code"] is not None and columns["name"] is not None:
                return _from_rows(sheet.rows[number + 1:], number + 2, columns, path.name)
    return None


def _codes(written: list[str]) -> list[str]:
    """Codes with the first zero that a spreadsheet took, where the other codes of the list show that it did.

    Beside six-digit codes one of five digits has lost its zero (and must have the right check digit with it); beside
    five-digit ones one of four.
    """
    digits = [plain(code) for code in written]
    lengths = {len(code) for code in digits if code.isdigit()}
    if {5, 6} <= lengths:
        return ["0" + code if len(code) == 5 and "0" + code == f"0{code[:4]}{check_digit('0' + code[:4])}" else code
                for code in digits]
    return ["0" + code if len(code) == 4 and code.isdigit() and 5 in lengths else code for code in digits]


def _from_rows(
    rows: Sequence[Sequence[str]], first: int, columns: Mapping[str, int | None], file: str
) -> Municipalities:
    names: dict[str, str] = {}
    designation: dict[str, str] = {}
    successors: dict[str, str] = {}
    former: dict[str, str] = {}
    faults: list[Fault] = []

    def cell(row: Sequence[str], key: str) -> str:
        column = columns.get(key)
        return row[column].strip() if column is not None and column < len(row) else ""

    codes = _codes([cell(row, "code") for row in rows])
    for number, (row, written) in enumerate(zip(rows, codes, strict=True), first):
        if not written and not cell(row, "name"):
            continue
        try:
            code = six_digits(written, file=file, row=number, field="code")[:5]
            after = cell(row, "successor")
            later = six_digits(after, file=file, row=number, field="successor")[:5] if after else ""
        except InputError as error:
            faults += error.faults
            continue
        if code in names or code in former:
            faults.append(Fault(text("This code occurs twice."), text("Keep one of the rows."), file=file, row=number,
                                field="code", value=code))
        kind = cell(row, "designation")
        kind = DESIGNATIONS.get(kind, kind)
        if kind not in ("", "none", *DESIGNATIONS.values()):
            faults.append(Fault(text("This is no class of depopulated areas."),
                                text("Write one of {classes}.", classes="full, part, deemed, none"), file=file,
                                row=number, field="designation", value=kind))
        elif kind not in ("", "none"):
            designation[code] = kind
        if later and later != code:
            successors[code], former[code] = later, cell(row, "name")
        else:
            names[code] = cell(row, "name") or (cell(row, "prefecture") if code.endswith("000") else "")
    if faults:
        raise InputError(faults)
    return Municipalities(names, designation, successors, former, vintage=file)


def prefecture_of(code: str) -> str:
    """The prefecture's name of a municipality or of the prefecture itself.

    >>> prefecture_of("35208")
    '山口県'
    """
    return prefecture_name(code) if 1 <= int(code[:2]) <= len(PREFECTURES) else ""
