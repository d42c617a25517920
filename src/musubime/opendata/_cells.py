"""What one cell says of a place: a coordinate, weekdays, a name, an address."""

from __future__ import annotations

import math
import re

from musubime.region.codes import PREFECTURES
from musubime.tabular import number, squeezed

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
