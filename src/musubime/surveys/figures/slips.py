"""How a wrong figure may have come about: one digit, two digits exchanged, a shifted point, a sign, a rounding."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

from musubime.language import text

from .model import Cause, Explanation
from .printed import agrees, show

Agrees = Callable[[Fraction], bool]
"""Whether everything follows when the figure is replaced by this number."""


def slip(
    printed: Fraction, step: Fraction, fits: Agrees, wanted: Fraction | None = None
) -> tuple[Cause, Fraction] | None:
    """The smallest slip of the pen that turns a figure that fits into the printed one, and that figure.

    `wanted`: the number that follows when it is known; without it (a share leaves a range) slips are tried.

    >>> slip(Fraction(1763), Fraction(1), lambda x: x == 1762, Fraction(1762))
    ('digit', Fraction(1762, 1))
    >>> slip(Fraction(5321), Fraction(1), lambda x: x == 5231, Fraction(5231))[0]
    'transposition'
    """
    if step <= 0:
        return None
    digits = round(printed / step)
    tries = [round(wanted / step)] if wanted is not None else _neighbours(abs(digits))
    for candidate in tries:
        for signed in (candidate,) if wanted is not None else (candidate if digits >= 0 else -candidate,):
            value = signed * step
            if fits(value) and (cause := kind_of_slip(digits, signed)):
                return cause, value
    if wanted is None and fits(-printed):
        return "sign", -printed
    return None


def kind_of_slip(printed: int, right: int) -> Cause | None:
    """Which slip turns the digits of one whole number into another's.

    >>> kind_of_slip(1408, 1480), kind_of_slip(1408, 1508), kind_of_slip(1408, 14080), kind_of_slip(-5, 5)
    ('transposition', 'digit', 'shift', 'sign')
    >>> kind_of_slip(148, 1408), kind_of_slip(1408, 999)
    ('lost_digit', None)
    """
    if printed == right:
        return None
    if printed == -right:
        return "sign"
    if (printed < 0) != (right < 0) and printed and right:
        return None
    one, two = str(abs(printed)), str(abs(right))
    if len(one) == len(two):
        places = [n for n, (a, b) in enumerate(zip(one, two, strict=True)) if a != b]
        if len(places) == 1:
            return "digit"
        if len(places) == 2 and one[places[0]] == two[places[1]] and one[places[1]] == two[places[0]]:
            return "transposition"
        return None
    short, long = sorted((one, two), key=len)
    if long.rstrip("0") == short.rstrip("0") and short.strip("0"):
        return "shift"
    if len(long) == len(short) + 1 and any(long[:n] + long[n + 1 :] == short for n in range(len(long))):
        return "lost_digit"
    return None


def _neighbours(digits: int) -> list[int]:
    """Exchanged neighbours first, then every single digit changed, then a shifted point."""
    words = str(digits)
    near = []
    for n in range(len(words) - 1):
        if words[n] != words[n + 1]:
            near.append(int(words[:n] + words[n + 1] + words[n] + words[n + 2 :]))
    for n in range(len(words) - 1, -1, -1):
        near += [int(words[:n] + d + words[n + 1 :]) for d in "0123456789" if d != words[n]]
    return [
        *near,
        digits * 10,
        digits * 100,
        digits * 1000,
        *(digits // 10**k for k in (1, 2, 3) if digits % 10**k == 0),
    ]


def rounding(computed: Fraction, printed: Fraction, step: Fraction) -> Explanation | None:
    """Whether the printed figure was cut or raised instead of rounded."""
    places = computed / step
    if math.floor(abs(places)) * step == abs(printed) and (computed < 0) == (printed < 0 or not printed):
        return Explanation("rounding", text("Cut off instead of rounded, it gives what is printed."))
    if math.ceil(abs(places)) * step == abs(printed) and (computed < 0) == (printed < 0):
        return Explanation("rounding", text("Rounded up instead of to the nearest, it gives what is printed."))
    return None


def told(cause: Cause, right: Fraction, step: Fraction, share: str = "") -> Explanation:
    """A slip in words."""
    shown = show(right, step, share)
    match cause:
        case "digit":
            return Explanation(cause, text("One digit changed would make it follow: {right}.", right=shown))
        case "transposition":
            return Explanation(cause, text("Two digits are exchanged: {right} would follow.", right=shown))
        case "shift":
            return Explanation(
                cause, text("The decimal point or the thousands are shifted: {right} would follow.", right=shown)
            )
        case "lost_digit":
            return Explanation(cause, text("A digit is lost or added: {right} would follow.", right=shown))
        case _:
            return Explanation("sign", text("The sign is wrong: {right} would follow.", right=shown))


def off(printed: Fraction, computed: Fraction, step: Fraction, share: str = "") -> Explanation:
    """By how much, when nothing simpler explains it."""
    return Explanation("off", text("It is off by {amount}.", amount=show(printed - computed, step, share)))


def explain_number(printed: Fraction, step: Fraction, computed: Fraction, share: str = "") -> list[Explanation]:
    """By how much a figure is off, and the slip or the rounding that explains it."""
    found = [off(printed, computed, step, share)]
    exact = agrees(computed, round(computed / step) * step, Fraction(0))
    if (what := rounding(computed, printed, step)) and not exact:
        return [*found, what]
    target = round(computed / step) * step
    if cause := slip(printed, step, lambda x: agrees(computed, x, step), target):
        found.append(told(cause[0], cause[1], step, share))
    return found
