"""Whose return a file is, of which survey and year: printed on every sheet, written on the hidden one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from musubime.language import Text, text
from musubime.region.codes import PREFECTURES, check_digit
from musubime.surveys.questionnaires import same

from . import words
from .cells import plain
from .model import Raw
from .municipalities import Municipalities
from .workbook import Grid

_IDENTITY = re.compile(words.IDENTITY)
_DIGITS = re.compile(r"(?<!\d)(\d{6}|\d{5})(?!\d)")
_COVER_ROWS, _COVER_COLUMNS = 60, 8


@dataclass(frozen=True)
class Identity:
    """What a file says about itself; "" and None where it does not. notes: codes that had to be completed.

    code: five digits, as the machine's line says. cover: what a person reads on the cover, raw. guessed: the code is
    only in the file's name. mark: what the sender had put on the hidden sheet, to know the workbook again.
    """

    survey: str = ""
    version: str = ""
    fiscal_year: int | None = None
    code: str = ""
    cover_code: str = ""
    cover_name: str = ""
    where: tuple[str, int, int] | None = None
    name_code: str = ""
    mark: str = ""


def identify(grids: Sequence[Grid], file: str) -> Identity:
    """What the sheets and the name of a file say about whose return it is."""
    survey = version = code = cover_code = cover_name = ""
    year: int | None = None
    where: tuple[str, int, int] | None = None
    labels = words.both(words.CODE) | {
        same(word) for word in ("団体コード", "市区町村コード", "市町村コード", "自治体コード")
    }
    names = words.both(words.NAME) | {same(word) for word in ("市区町村名", "市町村名", "団体名", "自治体名")}
    for grid in grids:
        for number, row in enumerate(grid.rows[:_COVER_ROWS]):
            for column, cell in enumerate(row[:_COVER_COLUMNS]):
                if not isinstance(cell, str) or not cell:
                    continue
                if not survey and (match := _IDENTITY.search(cell)) is not None:
                    survey, version, year, code = match[1], match[2], int(match[3]), match[4]
                label = same(cell) if len(cell) < 40 else ""
                if label and label in labels and not cover_code:
                    place = _beside(grid, number, column)
                    if place is not None:
                        cover_code, where = _as_code(grid.at(*place)), (grid.name, *place)
                if label and label in names and not cover_name and (place := _beside(grid, number, column)) is not None:
                    cover_name = plain(grid.at(*place))
    match = _DIGITS.search(plain(file))
    mark = next((plain(grid.at(1, 3)) for grid in grids
                 if grid.at(0, 0) == words.MACHINE and grid.at(1, 2) == words.MARK), "")
    return Identity(survey, version, year, code[:5], cover_code, cover_name, where, match[1] if match else "", mark)


def _as_code(raw: Raw) -> str:
    return str(int(raw)) if isinstance(raw, float) and raw.is_integer() else plain(raw)


def _beside(grid: Grid, row: int, column: int) -> tuple[int, int] | None:
    """The first filled cell to the right of a label."""
    for at in range(column + 1, column + 5):
        if str(grid.at(row, at)).strip():
            return row, at
    return None


@dataclass(frozen=True)
class CodeReading:
    """A code as it was written. code: five digits, "" when it is none. what, remedy: what has to be told."""

    code: str
    what: Text | None = None
    remedy: Text | None = None
    certain: bool = True


def read_code(written: str, places: Municipalities, name: str = "") -> CodeReading:
    """The municipality that a written code means.

    Six digits must have the right check digit. Five are taken without it, and told. A zero that Excel took from the
    front is put back only where exactly one municipality asked fits.
    """
    digits = re.sub(r"[\s\-]", "", plain(written))
    known = {*places.names, *places.successors}
    if not digits.isascii() or not digits.isdigit() or len(digits) not in (4, 5, 6):
        return CodeReading("", text("This is not a municipality code."),
                           text("Write the six digits of your municipality, for example 352080."))
    if len(digits) == 6:
        if digits[5] == check_digit(digits[:5]) and 1 <= int(digits[:2]) <= len(PREFECTURES):
            return CodeReading(digits[:5])
        return CodeReading("", text("The check digit of this code is wrong."),
                           text("Write the six digits of your municipality, for example 352080."), certain=False)
    padded = "0" + digits
    candidates = []
    if len(digits) == 5:
        if digits in known:
            candidates.append(digits)
        if padded[:5] in known and padded[5] == check_digit(padded[:5]):
            candidates.append(padded[:5])
    elif padded in known:
        candidates.append(padded)
    if name and len(candidates) > 1:
        named = [code for code in candidates if same(places.name(code)) == same(name)]
        candidates = named or candidates
    if len(candidates) != 1:
        return CodeReading(
            "",
            text("The code lacks its check digit or its first zero, and may mean more than one place."),
            text("Write the six digits of your municipality, for example 352080."),
        )
    right = candidates[0] + check_digit(candidates[0])
    if len(digits) == 5 and candidates[0] == digits:
        return CodeReading(digits, text("The code has no check digit; it was completed to {code}.", code=right),
                           text("Write all six digits next time."))
    return CodeReading(candidates[0], text("The code has lost its first zero; it was completed to {code}.", code=right),
                       text("Write all six digits next time."))
