"""What one cell says: a number with its Japanese signs, or a date with its era."""

from __future__ import annotations

import math
import re
import unicodedata
from functools import lru_cache
from typing import Literal, NamedTuple

State = Literal["number", "empty", "none", "unknown", "hidden", "bad"]


class Number(NamedTuple):
    """A cell read as a number. state: "none" is a printed dash (nothing counted), "hidden" a suppressed figure."""

    value: float
    state: State


_DASHES = {"-", "‐", "‑", "–", "—", "―", "−", "ー", "─"}
_UNKNOWN = {"…", "...", "・・・", "***", "不詳", "不明", "n/a", "na", "null", "none", "#n/a"}
_HIDDEN = {"x", "χ", "秘匿", "*"}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,2})?")
_UNIT = re.compile(r"(人|世帯|名|件)$")
_WIDEST = 1e12


@lru_cache(maxsize=65_536)
def plain(cell: str) -> str:
    """Full-width Latin letters and digits made half-width, blanks at both ends and invisible characters removed."""
    return unicodedata.normalize("NFKC", cell).replace("\u200b", "").replace("\ufeff", "").strip()


@lru_cache(maxsize=65_536)
def squeezed(cell: str) -> str:
    """As `plain`, without any blank: names are padded with them (錦    町) and headings broken by them."""
    return re.sub(r"\s+", "", plain(cell))


def number(cell: str) -> Number:
    """The number in a cell.

    >>> number("△ 1,024").value, number("２７５２.00").value, number("χ").state, number("-").state
    (-1024.0, 2752.0, 'hidden', 'none')
    """
    if cell.isascii() and cell.isdigit() and len(cell) < 13:
        return Number(float(cell), "number")
    words = squeezed(cell).replace(",", "").replace("，", "").lower()
    if not words:
        return Number(math.nan, "empty")
    if words in _DASHES:
        return Number(0.0, "none")
    if words in _UNKNOWN:
        return Number(math.nan, "unknown")
    if words in _HIDDEN:
        return Number(math.nan, "hidden")
    sign = 1.0
    if words[0] in "△▲" or words[0] in _DASHES:
        sign, words = -1.0, words[1:]
    words = _UNIT.sub("", words)
    if not words.isascii() or not _NUMBER.fullmatch(words):
        return Number(math.nan, "bad")
    value = sign * float(words)
    return Number(value, "number") if abs(value) < _WIDEST else Number(math.nan, "bad")


# -- dates -----------------------------------------------------------------------------------------------------


class Date(NamedTuple):
    year: int
    month: int
    day: int | None

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02}" + (f"-{self.day:02}" if self.day else "")


_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "R": 2018, "H": 1988, "S": 1925, "reiwa": 2018, "heisei": 1988}
_ERA_DATE = re.compile(
    r"(令和|平成|昭和|reiwa|heisei|(?<![A-Za-z])[RHS])[.\-]?(元|\d{1,2})(?:年|nen|[./\-])"
    r"(?:(\d{1,2})(?:月|[./\-])(?:(\d{1,2})日?)?)?"
)
_WESTERN_DATE = re.compile(
    r"(?<!\d)((?:19|20)\d{2})(?:年|[./\-])(?:(\d{1,2})(?:月|[./\-]|(?!\d))(?:(\d{1,2})(?!\d)日?)?)?"
)
_RUN_TOGETHER = re.compile(r"(?<!\d)((?:19|20)\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])?(?!\d)")
_YEAR_ALONE = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d)")


def dates(words: str) -> list[Date]:
    """The dates in a cell, a title or a file's name, in order; month 0 where only a year stands.

    >>> [str(date) for date in dates("平成１２年１０月１日現在")], dates("2021.1.1")[0].month
    (['2000-10-01'], 1)
    """
    words = squeezed(words)
    found = [
        (match.start(), _ERAS[match[1]] + (1 if match[2] == "元" else int(match[2])), match[3], match[4])
        for match in _ERA_DATE.finditer(words)
    ]
    found += [(m.start(), int(m[1]), m[2], m[3]) for m in _WESTERN_DATE.finditer(words)]
    found += [(m.start(), int(m[1]), m[2], m[3]) for m in _RUN_TOGETHER.finditer(words)]
    return [
        Date(year, int(month or 0), int(day) if day else None)
        for _, year, month, day in sorted(found, key=lambda item: item[0])
        if 1900 <= year <= 2100 and 0 <= int(month or 0) <= 12 and (day is None or 1 <= int(day) <= 31)
    ]


def years(words: str) -> list[int]:
    """Western years that stand alone (2010estat)."""
    return [int(match[1]) for match in _YEAR_ALONE.finditer(squeezed(words))]


# What a spreadsheet takes for the beginning of a formula; the apostrophe, so that one of the file's own is not lost.
_LIVE = ("=", "+", "-", "@", "\t", "\r", "'")


def harmless(words: str) -> str:
    """Text that a spreadsheet will not run as a formula.

    >>> harmless("=cmd|' /C calc'!A0"), harmless("岩国市")
    ("'=cmd|' /C calc'!A0", '岩国市')
    """
    return "'" + words if words.lstrip(" \u3000\u200b\ufeff").startswith(_LIVE) or words.startswith(_LIVE) else words
