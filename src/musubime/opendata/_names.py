"""Place names as they are compared: 大字, 字, 丁目 and the endings of districts written in many ways."""

from __future__ import annotations

import re

from musubime.tabular import squeezed

_KANJI = ("", "一", "二", "三", "四", "五", "六", "七", "八", "九")
_SAME = str.maketrans("ヶヵ檜鯵桧之", "ケカ桧鰺桧ノ")
_COUNTED = re.compile(r"(\d{1,2})丁目")
_BLOCK = re.compile(r"[一二三四五六七八九十]+丁目$")
_DISTRICT_ENDING = re.compile(
    r"([小中]学校区|総合支所|支所|出張所|連絡所|行政センター|市民センター|コミュニティセンター|公民館|小学校|中学校)?"
    r"(管内|地区|地域|校区|学区|区域|通学区)?$"
)


def place_key(name: str) -> str:
    """A 大字's or town block's name as it is compared.

    >>> place_key("豊田町大字一ノ俣"), place_key("字七見"), place_key("旭町1丁目") == place_key("旭町一丁目")
    ('豊田町一ノ俣', '七見', True)
    """
    words = squeezed(name).translate(_SAME)
    words = re.sub(r"大字(?=.)", "", words)
    words = re.sub(r"^字(?=.)", "", words)
    return _COUNTED.sub(lambda m: f"{kanji_number(int(m[1]))}丁目", words)


def without_block(key: str) -> str:
    """旭町一丁目 is a part of 旭町.

    >>> without_block("旭町一丁目"), without_block("柱島")
    ('旭町', '柱島')
    """
    return _BLOCK.sub("", key) or key


def district_core(name: str) -> str:
    """What is left of a district's name without its ending; the whole name when nothing is left.

    >>> [district_core(n) for n in ("錦総合支所管内", "平田出張所管内", "本庁管内", "大嶺町", "柳井小学校区")]
    ['錦', '平田', '本庁', '大嶺町', '柳井']
    """
    key = place_key(name)
    return _DISTRICT_ENDING.sub("", key) or key


def kanji_number(number: int) -> str:
    """1 to 99 in kanji.

    >>> kanji_number(1), kanji_number(10), kanji_number(23)
    ('一', '十', '二十三')
    """
    tens, units = divmod(number, 10)
    return ("" if not tens else ("" if tens == 1 else _KANJI[tens]) + "十") + _KANJI[units]


def kanji_value(word: str) -> int:
    """The number a word such as 二十三 means; 0 when it means none.

    >>> kanji_value("二十三"), kanji_value("十"), kanji_value("七"), kanji_value("百")
    (23, 10, 7, 0)
    """
    tens, found, units = word.partition("十")
    if not found:
        return _KANJI.index(word) if word in _KANJI else 0
    return 10 * (_KANJI.index(tens) if tens in _KANJI[1:] else 1) + (_KANJI.index(units) if units in _KANJI else 0)
