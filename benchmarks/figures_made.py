"""Tables like those of town halls and ministries, right in every figure, and errors planted into them.

A table is built from counts; totals, shares, means and changes are computed and rounded half up as printed. Each knows
its equations, so that an error is planted only where at least one equation shows it: a digit changed within rounding,
or a figure that nothing else depends on, cannot be found by anybody and is counted apart.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

import numpy as np

Cell = tuple[int, int, int]
"""Sheet, row, column, from 0."""

PREFECTURES = (
    "北海道 青森県 岩手県 宮城県 秋田県 山形県 福島県 茨城県 栃木県 群馬県 埼玉県 "
    "千葉県 東京都 神奈川県 新潟県 富山県 石川県 福井県 山梨県 長野県 岐阜県 静岡県 "
    "愛知県 三重県 滋賀県 京都府 大阪府 兵庫県 奈良県 和歌山県 鳥取県 島根県 岡山県 "
    "広島県 山口県 徳島県 香川県 愛媛県 高知県 福岡県 佐賀県 長崎県 熊本県 大分県 "
    "宮崎県 鹿児島県 沖縄県"
).split()
REGIONS = {
    "北海道・東北": PREFECTURES[:7],
    "関東": PREFECTURES[7:14],
    "中部": PREFECTURES[14:23],
    "近畿": PREFECTURES[23:30],
    "中国・四国": PREFECTURES[30:39],
    "九州・沖縄": PREFECTURES[39:],
}
TOWNS = (
    "錦町 本郷村 美川町 美和町 周東町 玖珂町 由宇町 秋芳町 美東町 阿武町 "
    "川上村 むつみ村 須佐町 旭村 福栄村 日置町 三隅町 油谷町 豊北町 豊田町"
).split()
ACTIVITIES = (
    "祭り・運動会 交流事業 健康づくり 防災訓練 高齢者の見守り 買物支援 送迎 "
    "公的施設の維持管理 特産品の加工 体験交流 広報誌 その他"
).split()


@dataclass
class Number:
    """A printed number. style: thousands, plain, percent, full-width."""

    value: Fraction
    decimals: int = 0
    style: str = "thousands"

    @property
    def step(self) -> Fraction:
        return Fraction(1, 10**self.decimals)

    def print(self) -> str:
        places = Decimal(1).scaleb(-self.decimals)
        words = f"{Decimal(self.value.numerator) / Decimal(self.value.denominator):.{self.decimals}f}"
        words = f"{Decimal(words).quantize(places):,}" if self.style != "plain" else words
        if self.style == "triangle" and words.startswith("-"):
            words = "△" + words[1:]
        if self.style == "percent":
            words += "%"
        return words.translate(str.maketrans("0123456789", "０１２３４５６７８９")) if self.style == "wide" else words


@dataclass
class Equation:
    """What a figure must equal, from other figures, and by how much rounding may hide it."""

    target: Cell
    others: tuple[Cell, ...]
    of: Callable[[list[Fraction]], Fraction | None]
    room: Fraction
    kind: str = "sum"


@dataclass
class Made:
    """A table: words and numbers by cell. base: for a share the cells of its count and its base."""

    family: str
    sheets: list[str] = field(default_factory=lambda: [""])
    words: dict[Cell, str] = field(default_factory=dict)
    numbers: dict[Cell, Number] = field(default_factory=dict)
    equations: list[Equation] = field(default_factory=list)
    shares: dict[Cell, tuple[Cell, Cell, int]] = field(default_factory=dict)
    lines: list[list[Cell]] = field(default_factory=list)
    claims: bool = False

    def total(self, target: Cell, parts: list[Cell], signs: list[int] | None = None) -> None:
        signs = signs or [1] * len(parts)
        if target not in self.numbers:
            value = sum((self.numbers[p].value * s for p, s in zip(parts, signs, strict=True)), Fraction(0))
            first = self.numbers[parts[0]]
            self.numbers[target] = Number(value, first.decimals, first.style)
        loose = any(self.numbers[c].decimals for c in (target, *parts))
        room = sum((self.numbers[c].step for c in (target, *parts)), Fraction(0)) / 2 if loose else Fraction(0)
        self.equations.append(
            Equation(
                target, tuple(parts), lambda v: sum((x * s for x, s in zip(v, signs, strict=True)), Fraction(0)), room
            )
        )

    def share(
        self, target: Cell, above: Cell, base: Cell, decimals: int, style: str, factor: int = 100, offset: int = 0
    ) -> None:
        def of(v: list[Fraction]) -> Fraction | None:
            return factor * v[0] / v[1] - offset if v[1] > 0 else None

        value = of([self.numbers[above].value, self.numbers[base].value])
        if value is None:
            self.words[target] = "-"
            return
        self.numbers[target] = Number(half_up(value, decimals), decimals, style)
        self.equations.append(Equation(target, (above, base), of, Fraction(1, 2 * 10**decimals), "share"))
        if not offset:
            self.shares[target] = (above, base, factor)

    def fails(self) -> list[Equation]:
        bad = []
        for one in self.equations:
            if one.target in self.numbers and all(c in self.numbers for c in one.others):
                value = one.of([self.numbers[c].value for c in one.others])
                if value is None or abs(value - self.numbers[one.target].value) > one.room:
                    bad.append(one)
        return bad

    def grid(self, sheet: int) -> list[list[str]]:
        cells = {c: w for c, w in self.words.items() if c[0] == sheet} | {
            c: n.print() for c, n in self.numbers.items() if c[0] == sheet
        }
        height, width = max(c[1] for c in cells) + 1, max(c[2] for c in cells) + 1
        return [[cells.get((sheet, i, j), "") for j in range(width)] for i in range(height)]


def half_up(value: Fraction, decimals: int) -> Fraction:
    scaled = math.floor(abs(value) * 10**decimals + Fraction(1, 2))
    return Fraction(-scaled if value < 0 else scaled, 10**decimals)


# -- planting ---------------------------------------------------------------------------------------------------

KINDS = ("one digit", "transposition", "copied block", "wrong base", "wrong rounding")


def plant(table: Made, kind: str, rng: np.random.Generator) -> set[Cell] | None:
    """One error of a kind; the cells changed, or None when the table has no place where it would show."""
    for _ in range(40):
        changed = _try(table, kind, rng)
        if changed is None:
            return None
        before = {cell: table.numbers[cell] for cell in changed}
        table.numbers |= changed
        if table.fails():
            return {cell for cell in changed if changed[cell].value != before[cell].value}
        table.numbers |= before
    return None


def _try(table: Made, kind: str, rng: np.random.Generator) -> dict[Cell, Number] | None:
    cells = list(table.numbers)
    if kind in ("one digit", "transposition"):
        cell = cells[rng.integers(len(cells))]
        old = table.numbers[cell]
        digits = list(str(abs(int(old.value * 10**old.decimals))))
        at = int(rng.integers(len(digits)))
        if kind == "one digit":
            digits[at] = str(
                rng.choice([d for d in "0123456789" if d != digits[at] and (at or d != "0" or len(digits) == 1)])
            )
        elif at + 1 < len(digits) and digits[at] != digits[at + 1] and (at or digits[1] != "0"):
            digits[at], digits[at + 1] = digits[at + 1], digits[at]
        else:
            return {}
        value = Fraction(int("".join(digits)), 10**old.decimals)
        return {cell: Number(-value if old.value < 0 else value, old.decimals, old.style)}
    if kind == "copied block":
        return _copy(table, rng)
    if not table.shares:
        return None
    target = list(table.shares)[rng.integers(len(table.shares))]
    above, base, factor = table.shares[target]
    old = table.numbers[target]
    if kind == "wrong base":
        bases = [
            c
            for c in table.numbers
            if c[0] == base[0]
            and c not in (base, above, target)
            and (c[1] == base[1] or c[2] == base[2])
            and not table.numbers[c].decimals
            and table.numbers[c].value >= table.numbers[above].value > 0
        ]
        if not bases:
            return {}
        other = table.numbers[bases[rng.integers(len(bases))]].value
        value = half_up(factor * table.numbers[above].value / other, old.decimals)
    else:
        exact = factor * table.numbers[above].value / table.numbers[base].value
        down = math.floor(exact * 10**old.decimals)
        value = Fraction(down + (1 if Fraction(down, 10**old.decimals) == old.value else 0), 10**old.decimals)
    return {target: Number(value, old.decimals, old.style)}


def _copy(table: Made, rng: np.random.Generator) -> dict[Cell, Number] | None:
    if len(table.lines) < 2:
        return None
    one, two = rng.choice(len(table.lines), 2, replace=False)
    source, target = table.lines[one], table.lines[two]
    if (source[0][1] == source[-1][1]) != (target[0][1] == target[-1][1]):  # nobody pastes a column into a row
        return {}
    length = int(rng.integers(4, 9))
    size = min(len(source), len(target))
    if size < 4:
        return None
    start = int(rng.integers(0, max(1, size - length + 1)))
    pairs = [
        (a, b)
        for a, b in zip(source[start : start + length], target[start : start + length], strict=False)
        if a in table.numbers and b in table.numbers and table.numbers[a].decimals == table.numbers[b].decimals
    ]
    if len(pairs) < 4 or sum(table.numbers[a].value != table.numbers[b].value for a, b in pairs) < 4:
        return {}
    digits = sum(math.log10(1 + abs(float(table.numbers[a].value))) for a, _ in pairs)
    return {b: table.numbers[a] for a, b in pairs} if digits >= 8 else {}
