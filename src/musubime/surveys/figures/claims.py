"""Claims about figures, `LEFT = RIGHT`: read by a grammar, computed exactly, compared at what RIGHT prints."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Any, Protocol

import lark

from .printed import Printed, read_printed

_UNITS = "%|‰|パーセント|ポイント|pt|人|団体|件|世帯|市町村|箇所|か所|割"
_GRAMMAR = (
    r"""
claim: sum ("=" sum)+
?sum: product | sum "+" product -> add | sum "-" product -> subtract
?product: signed | product "*" signed -> multiply | product "/" signed -> divide
?signed: atom | "-" signed -> negative | "+" signed
?atom: NUMBER -> number | VALUE -> value | "(" sum ")" | ABS "(" sum ")" -> absolute
     | GET "(" word "," word "," word ")" -> get | SUM "(" word "," word ("," word)+ ")" -> total
word: QUOTED | WORD
VALUE.3: /value|値/
ABS.3: /abs(?=\s*\()/i
GET.3: /get(?=\s*\()/i
SUM.3: /sum(?=\s*\()/i
NUMBER.2: /約?(?:(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?(?:千|百万|万|億|兆)?)+(?:"""
    + _UNITS
    + r""")?/
QUOTED.2: /"[^"]*"|'[^']*'/
WORD: /[^\s,()"'][^,()"]*(?:\([^()]*\)[^,()"]*)*/
%ignore /\s+/
"""
)
_SAME = str.maketrans(
    {
        "×": "*",
        "÷": "/",
        "−": "-",
        "–": "-",
        "—": "-",
        "‐": "-",
        "△": "-",
        "▲": "-",
        "≒": "=",
        "≈": "=",
        "“": '"',
        "”": '"',
        "\u200b": "",
    }
)


def spelled(words: str) -> str:
    """Full-width and half-width, one blank or several: names are compared in this form."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", words).translate(_SAME)).strip()


@cache
def _parser() -> lark.Lark:
    return lark.Lark(_GRAMMAR, start="claim", parser="lalr", lexer="contextual")


class ClaimError(ValueError):
    """A claim that cannot be read or computed; `place` is where in it."""

    def __init__(self, reason: str, near: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.near = near


class UnknownFigureError(ClaimError):
    """`get` or `sum` names figures that the table does not have."""


class MissingFigureError(ClaimError):
    """A figure that a claim needs is not printed (-, …, x or empty)."""


@dataclass(frozen=True)
class Figure:
    """A printed figure of the table with the row in which it stands; percent: its unit or its cell says %."""

    row: int
    printed: Printed
    percent: bool


class Table(Protocol):
    """Where `value`, `get` and `sum` find figures. Replaced: figures tried instead of the printed ones, by row."""

    def value(self) -> Figure: ...
    def get(self, series: str, key: str, period: str) -> Figure: ...
    def matching(self, series: str, key: str, periods: list[str]) -> list[Figure]: ...


@dataclass
class Computed:
    """A side of a claim: its number, the rows it rests on, and whether it counts in percent already."""

    number: Fraction
    figures: dict[int, Figure] = field(default_factory=dict)
    percents: bool = False
    divides: bool = False
    hundred: bool = False
    bad_base: Fraction | None = None


@dataclass(frozen=True)
class Claim:
    """One LEFT = RIGHT. words: as written. right: the printed side, a number or a reference to one."""

    words: str
    left: Any
    right: Any

    def literals(self) -> Iterator[tuple[str, Printed]]:
        """The numbers written out in the claim, RIGHT first."""
        for side in (self.right, self.left):
            if isinstance(side, lark.Tree):
                for tree in side.find_data("number"):
                    yield str(tree.children[0]), read_printed(str(tree.children[0]))


def read_claims(words: str) -> list[Claim]:
    """Every claim of a cell.

    >>> [claim.words for claim in read_claims("1158 + 250 = 1408; value / 820 = 33%")]
    ['1158 + 250 = 1408', 'value / 820 = 33%']
    """
    claims: list[Claim] = []
    for part in _parts(spelled(words)):
        if "=" not in part:
            raise ClaimError("no_equals", part)
        try:
            tree = _parser().parse(part)
        except lark.exceptions.UnexpectedInput as error:
            at = getattr(error, "pos_in_stream", None)
            raise ClaimError(
                "unreadable", part[at : at + 12] if isinstance(at, int) and at >= 0 else part[-12:]
            ) from None
        *lefts, right = tree.children
        if not _is_figure(right):
            if len(lefts) == 1 and _is_figure(lefts[0]):
                lefts, right = [right], lefts[0]
            else:
                raise ClaimError("right", part)
        claims += [Claim(part, left, right) for left in lefts]
    return claims


def _parts(words: str) -> list[str]:
    parts, quoted, start = [], False, 0
    for n, letter in enumerate(words):
        if letter == '"':
            quoted = not quoted
        elif letter == ";" and not quoted:
            parts.append(words[start:n])
            start = n + 1
    return [part.strip() for part in (*parts, words[start:]) if part.strip()]


def _is_figure(side: Any) -> bool:
    while side.data == "negative" or (side.data == "signed" and len(side.children) == 1):
        side = side.children[0]
    return side.data in ("number", "value", "get")


def compute(side: Any, table: Table, replaced: dict[int, Fraction] | None = None) -> Computed:
    """One side as an exact number. Raises ClaimError when it cannot be computed."""
    result = Computed(Fraction(0))
    result.number = _compute(side, table, replaced or {}, result)
    return result


def _compute(tree: Any, table: Table, replaced: dict[int, Fraction], result: Computed) -> Fraction:
    def of(child: Any) -> Fraction:
        return _compute(child, table, replaced, result)

    def figure(one: Figure) -> Fraction:
        if one.printed.state in ("empty", "unknown", "hidden", "words"):
            raise MissingFigureError("missing", one.printed.words)
        result.figures[one.row] = one
        result.percents |= one.percent
        return replaced.get(one.row, one.printed.exact)

    match tree.data:
        case "number":
            printed = read_printed(str(tree.children[0]))
            result.hundred |= printed.exact in (100, 1000)
            return printed.exact / {"%": 100, "‰": 1000}.get(printed.share, 1)
        case "value":
            return figure(table.value())
        case "get":
            return figure(table.get(*(_word(child) for child in tree.children if isinstance(child, lark.Tree))))
        case "total":
            words = [_word(child) for child in tree.children if isinstance(child, lark.Tree)]
            return sum((figure(one) for one in table.matching(words[0], words[1], words[2:])), Fraction(0))
        case "absolute":
            return abs(of(tree.children[-1]))
        case "negative":
            return -of(tree.children[0])
        case "signed":
            return of(tree.children[0])
        case "add":
            return of(tree.children[0]) + of(tree.children[1])
        case "subtract":
            return of(tree.children[0]) - of(tree.children[1])
        case "multiply":
            return of(tree.children[0]) * of(tree.children[1])
        case "divide":
            above, base = of(tree.children[0]), of(tree.children[1])
            result.divides = True
            if base <= 0:
                result.bad_base = base
            if not base:
                raise ClaimError("zero", "/ 0")
            return above / base
        case _:  # pragma: no cover - the grammar has no other
            raise ClaimError("unreadable", str(tree.data))


def _word(tree: lark.Tree[Any]) -> str:
    return str(tree.children[0]).strip().strip("\"'").strip()


def printed_side(right: Any, table: Table) -> tuple[Printed, Figure | None]:
    """RIGHT as it is printed, and the figure of the table it names."""
    sign = 1
    while right.data in ("negative", "signed"):
        sign = -sign if right.data == "negative" else sign
        right = right.children[0]
    named: Figure | None = None
    if right.data == "number":
        printed = read_printed(str(right.children[0]))
    else:
        named = (
            table.value()
            if right.data == "value"
            else table.get(*(_word(child) for child in right.children if isinstance(child, lark.Tree)))
        )
        printed = named.printed
        if not printed.is_number and printed.state != "dash":
            raise MissingFigureError("missing", printed.words)
    if sign < 0:
        printed = Printed(printed.state, -printed.exact, printed.step, printed.share, f"-{printed.words}")
    return printed, named


def scales(left: Computed, right: Printed, named: Figure | None) -> tuple[Fraction, ...]:
    """By what LEFT is multiplied before it is compared, since 0.33 is printed as 33%. Several: either may agree."""
    per = {"%": Fraction(100), "‰": Fraction(1000)}.get(right.share)
    if named is not None and named.percent and per is None:
        per = Fraction(100)
    if per is None:
        return (Fraction(1), Fraction(1, 100)) if left.percents else (Fraction(1),)
    if left.percents:
        return Fraction(1), per
    if named is not None:  # the unit says %: a bare ratio is a share, anything else counts in percent already
        return (per,) if left.divides and not left.hundred else (Fraction(1),)
    return (Fraction(1),) if left.hundred and left.divides and right.share == "%" and abs(left.number) > 2 else (per,)
