"""What headings and labels say about figures: totals, shares, means, changes, codes, units."""

from __future__ import annotations

import re

from musubime.tabular import squeezed

TOTAL = re.compile(
    r"(合計|総数|総計|小計|中計|全体|全国|総額|総人口|全域|全市|全県|総世帯|(?<![推統家設時会温寒累])計(?![画算測量上])|"
    r"^total|total$|^sum$|^all$|^全$)",
    re.I,
)
RATIO = re.compile(
    r"(率(?!先)|割合|構成比|構成割合|シェア|当たり|あたり|当り|平均|密度|指数|性比|前年比|前年同[月期]比|前月比|対比|比$|比[(（]|"
    r"[％%‰]|人/|/km|/ha|/㎢|ポイント|rate|share$|ratio|percent|mean$|average|per\s)",
    re.I,
)
SHARE = re.compile(r"(構成比|割合|シェア|占める|share|構成率|比率)", re.I)
CHANGE = re.compile(
    r"(増減|増加|減少|伸び|変化|前年|前月|前回|前期|前々|対前|年比|月比|差引|超過|差$|過不足|収支|change|growth|diff)",
    re.I,
)
RUNNING = re.compile(r"(累計|累積|通算|cumulative|running)", re.I)
MEAN = re.compile(r"(平均|mean|average)", re.I)
AMOUNT = re.compile(r"(面積|金額|[費額量円]$|km2|km²|㎢|㎡|ha$|収入|支出|予算|決算|延長|千人|万人|百万|億)")
PART = re.compile(r"^[(（]?(うち|内数|内訳?[)）:：]|再掲|\(内\)|of\s*which)", re.I)
CODE = re.compile(
    r"(コード|code|番号|(^|[_\s])id([_\s]|$)|_id|^no\.?$|^№|緯度|経度|latitude|longitude|lat$|lon$|lng$|電話|郵便|〒|fax|tel|url|"
    r"順位|rank|^x$|^y$|座標|標高|識別|年月日|開始|終了|曜日|時間|住所|番地|法人番号|時間軸|通番|連番|基準日|備考|注)",
    re.I,
)
PERIOD = re.compile(
    r"^(年|年度|年次|西暦|和暦|月|月次|年月|期|期間|時点|調査年|年齢|歳|age|year|month|period|四半期|区分年|国勢調査年)$",
    re.I,
)
COARSE = re.compile(
    r"(千|万|百万|億|兆)(人|円|世帯|戸|トン|t|㎡|ha|台|件|kwh|kl)?[)）]?$|単位[:：]?(千|万|百万|億|兆)", re.I
)
ROUNDED = re.compile(r"(四捨五入|端数|単位未満|概数|一致しない|rounded|rounding|推計値|按分)", re.I)
_YEAR = re.compile(
    r"(?:(?:19|20)\d{2}|(?:令和|平成|昭和|大正|[RHST])\.?(?:元|\d{1,2}))(?:年度?|年次|fy)?(?:\(.*\))?|fy\d{2,4}", re.I
)


def clean(words: str) -> str:
    """A label in the form in which labels are compared.

    >>> clean("下　関 市"), clean("  総　数"), clean("01_0～4歳")
    ('下関市', '総数', '0~4歳')
    """
    short = squeezed(words)
    short = short.replace("～", "~").replace("〜", "~")
    return re.sub(r"^\d{1,2}_", "", short)


def is_year(words: str) -> bool:
    """2015, 2015年, 令和2年度, R2, H27(前回).

    >>> is_year("令和２年度"), is_year("2015"), is_year("１５０")
    (True, True, False)
    """
    return _YEAR.fullmatch(squeezed(words)) is not None
