"""Place names with their readings, put together as names of hill country are: by land form, plant and position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Name:
    kanji: str
    kana: str

    def before(self, kanji: str, kana: str) -> Name:
        return Name(kanji + self.kanji, kana + self.kana)

    def after(self, kanji: str, kana: str) -> Name:
        return Name(self.kanji + kanji, self.kana + kana)


def _names(words: str) -> tuple[Name, ...]:
    return tuple(Name(*word.split(":")) for word in words.split())


TOWN = Name("結野", "むすびの")
DISTRICTS = _names("結野:むすびの 下瀬:しもせ 大畑:おおはた 柚木:ゆのき 東谷:ひがしだに 奥原:おくはら")
"""Six former villages, in the order of `_hamlets.DISTRICT_*`."""

TOWN_BLOCKS = _names(
    "下町:しもまち 川端:かわばた 横町:よこまち 中町:なかまち 本町:ほんまち 新町:しんまち 上町:かみまち 栄町:さかえまち "
    "旭町:あさひまち"
)
"""Blocks of the town along its old street, upstream."""
_FIRST = _names(
    "柿:かき 栗:くり 杉:すぎ 松:まつ 桜:さくら 梅:うめ 竹:たけ 藤:ふじ 岩:いわ 石:いし 滝:たき 清水:しみず 鹿:しか "
    "鶴:つる 宮:みや 寺:てら 堂:どう 炭:すみ 茅:かや 萩:はぎ 葛:くず 榎:えのき 椿:つばき 朴:ほお 桑:くわ 麦:むぎ "
    "粟:あわ 蕨:わらび 芹:せり 菅:すげ 日:ひ 月:つき 霧:きり 荒:あら 平:ひら 高:たか 深:ふか 長:なが 広:ひろ 細:ほそ "
    "黒:くろ 白:しら 赤:あか 大:おお 小:こ 笹:ささ 檜:ひのき 樫:かし 楢:なら 塩:しお 金:かね 釜:かま 鷹:たか "
    "熊:くま 亀:かめ"
)
_LAST = _names(
    "谷:たに 原:はら 畑:はた 瀬:せ 沢:さわ 坂:さか 田:た 木:き 迫:さこ 河内:ごうち 郷:ごう 尾:お 平:ひら 野:の 山:やま "
    "倉:くら 石:いし 戸:と 久保:くぼ 浴:えき 川:かわ 垣内:かいち 段:だん 本:もと"
)


def hamlet_names(rng: np.random.Generator, gaps_m: Sequence[float], taken: set[str]) -> list[Name]:
    """Names for settlements in order up a valley; near neighbours may share one as 下 and 上, the last may be 奥.

    gaps_m: from each settlement to the next one.
    """
    names: list[Name] = []
    while len(names) < len(gaps_m):
        base = _compound(rng, taken)
        left = len(gaps_m) - len(names)
        if gaps_m[len(names)] < 1100 and rng.random() < 0.22:
            names += [base.before("下", "しも"), base.before("上", "かみ")]
        elif left == 1 and rng.random() < 0.6:
            names.append(base.before("奥", "おく"))
        else:
            names.append(base)
    return names


def _compound(rng: np.random.Generator, taken: set[str]) -> Name:
    while True:
        first, last = _FIRST[int(rng.integers(len(_FIRST)))], _LAST[int(rng.integers(len(_LAST)))]
        if first.kanji in last.kanji or first.kanji + last.kanji in taken:
            continue
        taken.add(first.kanji + last.kanji)
        return first.after(last.kanji, last.kana)
