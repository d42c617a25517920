"""What one cell says: a number with its Japanese signs, a date with its era, a coordinate, weekdays, a name."""

from __future__ import annotations

import math
import re
import unicodedata
from functools import lru_cache
from typing import Literal, NamedTuple

from musubime.region.codes import PREFECTURES

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


# -- places ----------------------------------------------------------------------------------------------------

# a minute mark typed as a second mark (131°59”50”) is still a minute where seconds follow
_SEXAGESIMAL = re.compile(
    r"(\d{1,3})(?:°|º|˚|度)(\d{1,2})(?:'|’|′|‘|´|分|[\"”″“](?=\d))"
    r"(?:(\d{1,2}(?:\.\d+)?)(?:\"|”|″|“|''|’’|′′|秒)?)?[NE]?", re.IGNORECASE,
)


def degrees(cell: str) -> float:
    """A coordinate in degrees, from decimal degrees or degrees, minutes and seconds; nan when it is neither.

    >>> round(degrees("34°25’28”"), 6)
    34.424444
    """
    words = squeezed(cell).removeprefix("北緯").removeprefix("東経")
    match = _SEXAGESIMAL.fullmatch(words)
    if match:
        whole, minutes, seconds = float(match[1]), float(match[2]), float(match[3] or 0)
        return whole + minutes / 60 + seconds / 3600 if minutes < 60 and seconds < 60 else math.nan
    read = number(words.rstrip("°度"))
    return read.value if read.state == "number" else math.nan


JAPAN = (122.0, 20.0, 154.5, 46.0)
"""West, south, east and north of every place of Japan, in degrees."""


def in_japan(lon: float, lat: float) -> bool:
    west, south, east, north = JAPAN
    return west <= lon <= east and south <= lat <= north


_DAYS = "月火水木金土日"
_DAY_SPAN = re.compile(rf"([{_DAYS}])曜?日?(?:~|-|ー|から)([{_DAYS}])曜?日?")
_NOT_A_DAY = re.compile(r"曜日|曜|[・,、/;.\[\]()]|及び|と|祝日?|祭日?")


def days_per_week(cell: str) -> float:
    """Days of the week in a cell (月火水, 月～金, 月・水), nan when it says more than days or nothing.

    >>> days_per_week("月～金"), days_per_week("年中無休"), days_per_week("第2・4火")
    (5.0, 7.0, nan)
    """
    words = squeezed(cell)
    if words in ("年中無休", "無休", "毎日"):
        return 7.0
    if "第" in words or "隔週" in words:
        return math.nan

    def spelled(match: re.Match[str]) -> str:
        first, last = _DAYS.index(match[1]), _DAYS.index(match[2])
        return _DAYS[first : last + 1] if first <= last else _DAYS[first:] + _DAYS[: last + 1]

    words = _NOT_A_DAY.sub("", _DAY_SPAN.sub(spelled, words))
    if not words or set(words) - set(_DAYS):
        return math.nan
    return float(len(set(words)))


# -- names -----------------------------------------------------------------------------------------------------

_LEGAL_PERSON = re.compile(
    r"(独立行政法人国立病院機構|地方独立行政法人|独立行政法人|国立病院機構|国民健康保険|国保|"
    r"(?:(?:特定医療|社会医療|医療|社会福祉|学校|宗教|一般社団|公益社団|社団|一般財団|公益財団|財団|特定非営利活動|NPO|公立大学|国立大学)法人"
    r"(?:社団|財団)?)|(?:株式|有限|合同|合資)会社|\((?:株|有|医|社|財|学|福)\))"
)
_ESTABLISHED_BY = re.compile(r"^(?:.{2,3}[都道府県])?(?:.{1,8}?[市町村])立")
_WITHIN = re.compile(r"\((?:体育館|校舎|本館|本庁舎|グラウンド|運動場|校庭)\)$|(?:体育館|屋内運動場|校舎|講堂)$")


def core_name(name: str) -> str:
    """A name without blanks, legal form and founder, to see that two lists mean one place.

    >>> core_name("岩国市立　玖珂小学校"), core_name("（医）新生会 いしい記念病院")
    ('玖珂小学校', '新生会いしい記念病院')
    """
    words = squeezed(name).replace("ヶ", "ケ")
    words = _LEGAL_PERSON.sub("", words)
    words = _ESTABLISHED_BY.sub("", words)
    return words or squeezed(name)


def building_name(name: str) -> str:
    """The core name without the part of a school that is meant (体育館, 校舎): the site it belongs to."""
    core = core_name(name)
    if "学校" in core or "学園" in core:
        return _WITHIN.sub("", core) or core
    return core


_KANJI_DIGITS = str.maketrans("〇一二三四五六七八九", "0123456789")
_ADDRESS_PARTS = re.compile(r"(?:丁目|番地?|号|の|ノ|大字|字|[-‐‑–—―−ーｰ])")


def core_address(address: str) -> str:
    """An address without prefecture and separators: 山口県岩国市錦町広瀬1125番地 and 岩国市錦町広瀬1125 are one.

    >>> core_address("山口県岩国市今津町一丁目14番51号") == core_address("岩国市今津町1-14-51")
    True
    """
    words = squeezed(address)
    for prefecture in PREFECTURES:
        if words.startswith(prefecture):
            words = words.removeprefix(prefecture)
            break
    words = re.sub(r"[一二三四五六七八九](?=丁目)", lambda m: m[0].translate(_KANJI_DIGITS), words)
    return re.sub("-+", "-", _ADDRESS_PARTS.sub("-", words)).strip("-")
