"""A figure as it is printed: its value, and how finely it is given.

`step` is one unit in the last place that is printed: 1 for 1,408, 0.1 for 28.4, 1,000 for 8.0万. What is printed
stands for every number that rounds to it, so it agrees with any number not farther away than half a step.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from musubime.tabular import squeezed

State = Literal["number", "empty", "dash", "unknown", "hidden", "words"]

DASHES = frozenset("-‐‑‒–—―−ー─ｰ－")
_UNKNOWN = frozenset(
    {
        "…",
        "...",
        "....",
        "......",
        "‥",
        "‥‥",
        "・・・",
        "・・",
        "***",
        "****",
        "不詳",
        "不明",
        "n/a",
        "na",
        "n.a.",
        "#n/a",
        "#div/0!",
        "#ref!",
        "#value!",
        "#name?",
        "#num!",
        "null",
        "nan",
        "未回答",
        "…(不明)",
    }
)
_HIDDEN = frozenset({"x", "χ", "×", "秘匿", "*", "＊", "xx"})
_PLAIN = re.compile(r"-?\d{1,15}(?:\.\d{1,12})?")
_AMOUNT = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_PART = re.compile(rf"({_AMOUNT})(千|百万|万|億|兆)?")
_NUMBER = re.compile(
    rf"(?P<open>\()?(?P<about>約|およそ|概ね|延べ?|計|★|※|\*|#|p|r|e)?(?P<sign>[+\-△▲▽▼‐‑‒–—―−])?"
    rf"(?P<parts>(?:{_AMOUNT}(?:千|百万|万|億|兆)?)+)(?P<exponent>e[+\-]?\d{{1,3}})?(?P<share>%|‰|パーセント|割)?"
    r"(?P<unit>ポイント|ポイン卜|pt|[人名件円世帯戸歳年月日台校所箇ヶケか町村市区団体法人回組集落施設票社店km㎡hat㎞千百万億兆/%当たりあ]{0,8})?"
    r"(?P<change>増|減)?(?P<mark>[rpe*※#]|注\d*\)?|\(?注\d*\)?)?(?P<close>\))?"
)
_POWERS = {"千": 3, "万": 4, "百万": 6, "億": 8, "兆": 12}


@dataclass(frozen=True, slots=True)
class Printed:
    """One cell. exact and step are 0 unless state is "number"; percent figures keep the printed 33, not 0.33."""

    state: State
    exact: Fraction = Fraction(0)
    step: Fraction = Fraction(1)
    share: str = ""  # "%", "‰" or ""
    words: str = ""

    @property
    def is_number(self) -> bool:
        return self.state == "number"

    @property
    def value(self) -> float:
        return float(self.exact)


@lru_cache(maxsize=200_000)
def read_printed(cell: str) -> Printed:
    """What a cell says.

    >>> read_printed("△1,682").value, read_printed("２８．４％").share, read_printed("約1,827万人").value
    (-1682.0, '%', 18270000.0)
    >>> read_printed("6万1,511").value, float(read_printed("8.0万").step), read_printed("…").state
    (61511.0, 1000.0, 'unknown')
    >>> read_printed("56%減").value, read_printed("平成27年").state, read_printed("090-1234-5678").state
    (-56.0, 'words', 'words')
    """
    if _PLAIN.fullmatch(cell):
        return _plain(cell)
    words = squeezed(cell).replace("，", ",").replace("．", ".").strip("'")
    lower = words.lower()
    if not words:
        return Printed("empty")
    if set(words) <= DASHES and len(words) <= 4:
        return Printed("dash", words=words)
    if lower in _UNKNOWN:
        return Printed("unknown", words=words)
    if lower in _HIDDEN:
        return Printed("hidden", words=words)
    match = _NUMBER.fullmatch(lower)
    if (
        match is None
        or bool(match["open"]) != bool(match["close"])
        or (match["unit"] or "")[:1] in ("年", "月", "日", "歳")
    ):
        return Printed("words", words=words)
    return _number(match, words)


def _plain(cell: str) -> Printed:
    decimals = len(cell.partition(".")[2])
    if len(cell.lstrip("-")) > 1 and cell.lstrip("-")[0] == "0" and decimals == 0:
        return Printed("words", words=cell)  # 0123 is a code
    if decimals > 9:  # computed, not printed
        return Printed("number", Fraction(cell), Fraction(1, 10**9), words=cell)
    return Printed("number", Fraction(cell), Fraction(1, 10**decimals), words=cell)


def _number(match: re.Match[str], words: str) -> Printed:
    total, step = Fraction(0), Fraction(1)
    for amount, power in _PART.findall(match["parts"]):
        plain = amount.replace(",", "")
        scale = Fraction(10) ** _POWERS.get(power, 0)
        total += Fraction(Decimal(plain)) * scale
        step = scale / 10 ** len(plain.partition(".")[2])
    exponent = Fraction(10) ** int((match["exponent"] or "e0")[1:])
    if match["exponent"] and len(match["parts"]) > 3:
        step = max(step, Fraction(1, 10**9) / exponent)
    total, step = total * exponent, step * exponent
    if match["sign"] and match["sign"] != "+":
        total = -total
    if match["change"] == "減":
        total = -abs(total)
    share = {"パーセント": "%", "割": "%"}.get(match["share"] or "", match["share"] or "")
    if match["share"] == "割":
        total, step = total * 10, step * 10
    return Printed("number", total, step, share, words)


def show(value: Fraction | float, step: Fraction | float, share: str = "") -> str:
    """A computed number, written one place finer than the printed one when it does not end there.

    >>> show(Fraction(394 * 100, 820), 1, "%"), show(Fraction(1762), 1), show(Fraction(80441), 1000)
    ('48.05%', '1,762', '80,441')
    """
    exact = Fraction(value).limit_denominator(10**12)
    decimals = 0
    while decimals < 10 and Fraction(1, 10**decimals) > Fraction(step).limit_denominator(10**12):
        decimals += 1
    if exact * 10**decimals % 1:
        decimals += 2 if decimals == 0 else 1
    text = f"{float(exact):,.{decimals}f}"
    return f"{'0' if text in ('-0', '') else text}{share}"


def agrees(computed: Fraction, printed: Fraction, step: Fraction) -> bool:
    """Whether a number rounds to what is printed; a half may go either way."""
    return abs(computed - printed) * 2 <= step
