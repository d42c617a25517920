"""Exact numbers, and the one place where they are rounded: half up on the amount without its sign (四捨五入).

Shares, means and rates are kept as fractions until they are printed, so that no digit depends on how a binary
floating-point number happens to be stored.
"""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

Exact = int | Fraction


def exact(value: Any) -> Exact | None:
    """A number from a table as it was written; None for what is not there.

    A float is taken at its shortest printed form: 0.1 is one tenth.

    >>> exact(0.1), exact(3.0), exact("28.4"), exact(None), exact(float("nan"))
    (Fraction(1, 10), 3, Fraction(142, 5), None, None)
    """
    if value is None or isinstance(value, bool):
        return None if value is None else int(value)
    if isinstance(value, int | Fraction):
        return _whole(Fraction(value))
    if isinstance(value, str | Decimal):
        return _whole(Fraction(value))
    number = float(value)
    return _whole(Fraction(repr(number))) if math.isfinite(number) else None


def _whole(value: Fraction) -> Exact:
    return value.numerator if value.denominator == 1 else value


def half_up(value: Exact, decimals: int = 0) -> Decimal:
    """Rounded half up: a half goes away from zero, as Japanese statistics print.

    >>> half_up(Fraction(5, 2)), half_up(Fraction(-5, 2)), half_up(Fraction(1, 4), 1)
    (Decimal('3'), Decimal('-3'), Decimal('0.3'))
    >>> half_up(Fraction(-1, 100))
    Decimal('0')
    """
    scaled = math.floor(abs(Fraction(value)) * 10**decimals + Fraction(1, 2))
    return Decimal(-scaled if value < 0 else scaled).scaleb(-decimals)


def ratio(part: Exact | None, whole: Exact | None) -> Fraction | None:
    """part / whole; None where one is not known or the whole is zero.

    >>> ratio(1, 3), ratio(1, 0), ratio(None, 3)
    (Fraction(1, 3), None, None)
    """
    if part is None or not whole:
        return None
    return Fraction(part) / Fraction(whole)


def printed(value: Exact | None, decimals: int = 0, *, percent: bool = False, sign: bool = False) -> str:
    """As a table prints it; an empty string for what is not known.

    >>> printed(10471075), printed(Fraction(98, 921), percent=True), printed(-349, sign=True), printed(2129, sign=True)
    ('10,471,075', '11%', '-349', '+2,129')
    """
    if value is None:
        return ""
    shown = half_up(value * 100 if percent else value, decimals)
    return f"{shown:{'+' if sign and shown else ''},f}{'%' if percent else ''}"
